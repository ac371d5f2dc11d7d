"""Which program installs a project, and how it is asked to install, to run a script and to run a program of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autopack.model.workflows import list_steps
from autopack.model.workspace import Workspace
from autopack_node.manifests import Package, texts
from autopack_node.roots import Root

NAMES = ("npm", "pnpm", "yarn", "bun")
_PROGRAM = re.compile(r"(?:^|[;&|]\s*|\s)(?P<name>pnpm|bunx?|yarn)\s|\bonly-allow (?P<only>npm|pnpm|yarn|bun)\b")
# What everybody runs; a script for one environment of many may use another manager.
_COMMON_SCRIPTS = ("preinstall", "test", "build", "start", "dev", "prepare")
# A range, not a sentence such as "please-use-pnpm".
_RANGE = re.compile(r"[\^~<>=*v\d]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """How one manager is spoken to.

    `locked` installs exactly the lock, `loose` without one and, where it can, without writing one.  `run` goes before the
    name of a script, `programs` before a program of the project and never downloads it, `members` runs a script of every
    member that has it (empty: only one by one).  With `dashes`, what goes on to the script stands after `--`.
    `cache` is set for installs alone, `env` always.
    """

    name: str
    locked: tuple[str, ...]
    loose: tuple[str, ...]
    run: tuple[str, ...]
    programs: tuple[str, ...]
    members: tuple[str, ...] = ()
    dashes: bool = False
    cache: tuple[tuple[str, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    tool_roots: tuple[str, ...] = ()


# Corepack's shims fetch the manager itself when it is first used: with the install, which may, and into the environment.
_COREPACK = (("COREPACK_HOME", "{env}/corepack"), ("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0"))
# What was fetched once is not asked for again, so that a second run needs no network.
_PREFER_CACHE = ("npm_config_prefer_offline", "true")

NPM = Manager(
    name="npm",
    locked=("npm", "ci", "--no-audit", "--no-fund"),
    loose=("npm", "install", "--no-audit", "--no-fund", "--no-package-lock"),
    run=("npm", "run"),
    programs=("npx", "--no-install"),
    members=("npm", "run", "{script}", "--workspaces", "--if-present"),
    dashes=True,
    cache=(("npm_config_cache", "{cache}/npm"), _PREFER_CACHE),
    env=(("npm_config_update_notifier", "false"),),
)
PNPM = Manager(
    name="pnpm",
    locked=("pnpm", "install", "--frozen-lockfile"),
    loose=("pnpm", "install", "--no-lockfile"),
    run=("pnpm", "run"),
    programs=("pnpm", "exec"),
    members=("pnpm", "-r", "--if-present", "run", "{script}"),
    cache=(("npm_config_store_dir", "{cache}/pnpm"), ("npm_config_cache_dir", "{cache}/pnpm-metadata"), _PREFER_CACHE),
    # Else it fetches the version that the project names, in a check too, which has no network; and it would look for, or
    # make, the install again before each script.
    env=(
        ("npm_config_manage_package_manager_versions", "false"),
        ("npm_config_verify_deps_before_run", "false"),
        ("npm_config_update_notifier", "false"),
        *_COREPACK,
    ),
    tool_roots=("~/.local/share/pnpm",),
)
YARN = Manager(
    name="yarn",
    locked=("yarn", "install", "--frozen-lockfile", "--non-interactive"),
    loose=("yarn", "install", "--no-lockfile", "--non-interactive"),
    run=("yarn", "run"),
    programs=("yarn", "run"),
    cache=(("YARN_CACHE_FOLDER", "{cache}/yarn"),),
    env=_COREPACK,
)
BERRY = Manager(
    name="yarn",
    locked=("yarn", "install", "--immutable"),
    loose=("yarn", "install", "--no-immutable"),
    run=("yarn", "run"),
    programs=("yarn", "run"),
    members=("yarn", "workspaces", "foreach", "--all", "run", "{script}"),
    cache=(("YARN_ENABLE_GLOBAL_CACHE", "false"), ("YARN_CACHE_FOLDER", "{cache}/yarn")),
    env=(("YARN_ENABLE_TELEMETRY", "0"), *_COREPACK),
)
BUN = Manager(
    name="bun",
    locked=("bun", "install", "--frozen-lockfile"),
    loose=("bun", "install", "--no-save"),
    run=("bun", "run"),
    programs=("bun", "run"),
    members=("bun", "run", "--filter", "*", "{script}"),
    cache=(("BUN_INSTALL_CACHE_DIR", "{cache}/bun"),),
    tool_roots=("~/.bun",),
)
_BY_NAME = {"npm": NPM, "pnpm": PNPM, "yarn": YARN, "bun": BUN}


def choose_manager(workspace: Workspace, root: Root) -> tuple[Manager, str]:
    """The manager of a root, and the evidence: what names it, then a lock, then what hints at it, then npm."""
    name, version, evidence = next(_candidates(workspace, root))
    if name != "yarn":
        return _BY_NAME[name], evidence
    if version:
        is_berry = not version.startswith(("1", "0"))
    else:
        is_berry = root.has(".yarnrc.yml") or "__metadata:" in (workspace.read_text(root.folder / "yarn.lock") or "")[:4096]
    # Its usual linker writes one file into the tree itself and leaves the packages in the cache, which checks cannot rely on.
    # A project that has committed that file wants it so.
    if is_berry and not workspace.exists(root.folder / ".pnp.cjs"):
        berry = replace(BERRY, env=(("YARN_NODE_LINKER", "node-modules"), *BERRY.env))
        if not root.has("yarn.lock"):
            # It refuses to run anything without a lock, and one that the install writes is no part of the tree that is checked.
            berry = replace(berry, run=NPM.run, programs=NPM.programs, members=NPM.members, dashes=True)
        return berry, evidence
    return (BERRY if is_berry else YARN), evidence


def _candidates(workspace: Workspace, root: Root) -> Iterator[tuple[str, str, str]]:
    """Name, version if it is told, and evidence, the surest first."""
    package = root.package
    named = package.content.get("packageManager")
    if isinstance(named, str):
        name, _, version = named.partition("@")
        if name in NAMES:
            yield name, version, f"{package.path}: packageManager {named.partition('+')[0][:40]}"
    engines = package.content.get("devEngines")
    rows = engines.get("packageManager") if isinstance(engines, dict) else None
    for row in rows if isinstance(rows, list) else [rows]:
        wanted = texts(row)
        if wanted.get("name") in NAMES:
            yield wanted["name"], wanted.get("version", "").lstrip("^~>=v "), f"{package.path}: devEngines.packageManager"
    lock_names = {"pnpm-lock.yaml": "pnpm", "bun.lock": "bun", "bun.lockb": "bun", "yarn.lock": "yarn"}
    for lock, name in lock_names.items():
        if root.has(lock):
            yield name, "", str(package.folder / lock)
    if root.has("pnpm-workspace.yaml") and not root.lock:
        yield "pnpm", "", str(package.folder / "pnpm-workspace.yaml")
    if root.has(".yarnrc.yml"):
        yield "yarn", "", str(package.folder / ".yarnrc.yml")
    if root.lock:
        yield "npm", "", str(package.folder / root.lock)
    yield from _hints(root, package)
    yield from _used_by_workflows(workspace, package.folder)
    yield "npm", "", f"{package.path}: nothing names another manager"


def _hints(root: Root, package: Package) -> Iterator[tuple[str, str, str]]:
    engines = texts(package.content.get("engines"))
    for name in ("pnpm", "bun", "yarn"):
        if _RANGE.match(engines.get(name, "")):
            yield name, engines[name].lstrip("^~>=v "), f"{package.path}: engines.{name}"
    if root.has("bunfig.toml"):
        yield "bun", "", str(package.folder / "bunfig.toml")
    for script in _COMMON_SCRIPTS:
        if found := _PROGRAM.search(package.scripts.get(script, "")[:4096]):
            name = found["only"] or found["name"].removesuffix("x")
            yield name, "", f"{package.path}: the script {script} names {name}"


def _used_by_workflows(workspace: Workspace, folder: PurePosixPath) -> Iterator[tuple[str, str, str]]:
    """The manager that workflows install with, in this folder if they do there, where all of them use the same."""
    steps = [step for step in list_steps(workspace, *NAMES) if _installs(step.words)]
    steps = [step for step in steps if step.cwd == folder] or steps
    if len({step.words[0] for step in steps}) == 1:
        yield steps[0].words[0], "", f"{steps[0].source}: installs with {steps[0].words[0]}"


def _installs(words: Sequence[str]) -> bool:
    is_global = not {"-g", "--global"}.isdisjoint(words)
    return len(words) > 1 and words[0] in NAMES and words[1] in ("ci", "i", "install") and not is_global


def needs_install(root: Root) -> bool:
    """Whether there is anything to install: a dependency, a member to link, or a script that an install runs."""
    return bool(root.declared or root.members or any(package.runs_on_install for package in root.packages))


def install_commands(manager: Manager, root: Root) -> tuple[str, ...]:
    """The install: exactly the lock where this manager has one, else what the manifests say.

    Empty when npm, which every project has that names no other, would find nothing to do.
    """
    own = {
        "npm": ("package-lock.json", "npm-shrinkwrap.json"),
        "pnpm": ("pnpm-lock.yaml",),
        "yarn": ("yarn.lock",),
        "bun": ("bun.lock", "bun.lockb"),
    }
    if root.has(*own[manager.name]):
        return manager.locked
    return manager.loose if needs_install(root) or manager.name != "npm" else ()


def run_script(manager: Manager, script: str, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The command that runs a script of package.json, with more words at its end."""
    head = ("npm", "test") if manager.name == "npm" and script == "test" else (*manager.run, script)
    return (*head, *(("--",) if more and manager.dashes else ()), *more)
