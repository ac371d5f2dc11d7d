"""Projects that Deno runs: a deno.json, or sources that only it can import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from autopack.model.parse import Unreadable, load_json
from autopack.model.toolchain import Command, Toolchain
from autopack.model.workspace import Workspace, share_files
from autopack_node.manifests import texts
from autopack_node.markers import MARKERS
from autopack_node.roots import HERE, MOST_DEPTH, SUFFIXES, is_shown
from autopack_node.scripts import is_placeholder, reaches_outside, tell_script, watches

_TEST_FILE = re.compile(r"(?:^|[/._])test\.(?:[jt]sx?|m[jt]s)$")
_IMPORTS_DENO = re.compile(r"""(?:from|import)\s*['"](?:https://deno\.land/|jsr:)""")
# An unclosed text or comment goes to the end, so that the search stays linear.
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|,(?=\s*[}\]])')
_MOST_READ = 40
# Read by every command, filled by the install alone.
_ENV = (("DENO_DIR", "{env}"), ("DENO_NO_UPDATE_CHECK", "1"))
# What was fetched once is there for the next run, which may have no network; what a run reads is its own.
_CACHE = "{cache}/deno"


def find_deno(workspace: Workspace) -> tuple[Toolchain, ...]:
    """One toolchain for each folder whose deno.json is more than settings, and the root where only sources say so."""
    folders = sorted(
        {path.parent for name in ("deno.json", "deno.jsonc") for path in workspace.named(name)},
        key=lambda folder: (len(folder.parts), folder),
    )
    found: list[Toolchain] = []
    for folder in folders:
        # A workspace's members have a deno.json each and share what stands in its root.
        if len(folder.parts) > MOST_DEPTH or is_shown(folder.parts) or any(tool.root in folder.parents for tool in found):
            continue
        path = next(folder / name for name in ("deno.json", "deno.jsonc") if workspace.exists(folder / name))
        content = _read(workspace, path)
        has_package = workspace.exists(folder / "package.json")
        # Beside a package.json it may only format or lint.
        if not has_package or any(key in content for key in ("tasks", "imports", "workspace")):
            found.append(_detect(workspace, folder, path, content, 0.95 if workspace.exists(folder / "deno.lock") else 0.9))
    if not folders and not workspace.named("package.json"):
        sources = (path for path in workspace.ending(*SUFFIXES) if not is_shown(path.split("/")[:-1]))
        for path in map(PurePosixPath, islice(sources, _MOST_READ)):
            if _IMPORTS_DENO.search(workspace.read_text(path) or ""):
                return (_detect(workspace, HERE, path, {}, 0.6),)
    return tuple(found)


def _read(workspace: Workspace, path: PurePosixPath) -> Mapping[str, Any]:
    """The settings; comments and commas before a closing bracket are allowed in both spellings."""
    text = workspace.read_text(path) or ""
    try:
        found = load_json(_COMMENT.sub(lambda match: match[0] if match[0].startswith('"') else "", text))
    except Unreadable:
        return {}
    return found if isinstance(found, dict) else {}


def _detect(
    workspace: Workspace, folder: PurePosixPath, path: PurePosixPath, content: Mapping[str, Any], sure: float
) -> Toolchain:
    tasks = {
        name: text if isinstance(text, str) else texts(text).get("command", "")
        for name, text in (content.get("tasks") or {}).items()
    } if isinstance(content.get("tasks"), dict) else {}  # fmt: skip
    files = share_files(workspace.ending(*SUFFIXES), [folder])[folder]
    start = len(f"{folder}/") if folder.parts else 0
    tests = [one for one in files if _TEST_FILE.search(one[start:])]
    test: tuple[str, ...] = ()
    evidence = "no sign of tests: no test command"
    if "test" in tasks and not is_placeholder(tasks["test"]) and not reaches_outside(tasks, "test"):
        test, evidence = ("deno", "task", "test"), tell_script(f"{path}: tasks", "test", tasks["test"])
    elif tests:
        test, evidence = ("deno", "test", "-A"), f"{tests[0]}: named as a test"
    build = ("deno", "task", "build") if _may_build(tasks) else ()
    locked = workspace.exists(folder / "deno.lock")
    # Without a lock, a frozen install fails as soon as there is one dependency.
    install = ("deno", "install", "--frozen") if locked else ("deno", "install", "--no-lock")
    needed = locked or bool(content.get("imports") or content.get("workspace")) or workspace.exists(folder / "package.json")
    fetch = Command(argv=install, cwd=folder, env=(("DENO_DIR", _CACHE),))
    copy = Command(argv=("cp", "-R", f"{_CACHE}/.", "{env}"), cwd=folder)
    manifests = [name for name in ("deno.json", "deno.jsonc", "deno.lock", "package.json") if workspace.exists(folder / name)]
    return Toolchain(
        name="node",
        package_manager="deno",
        root=folder,
        confidence=sure,
        evidence=(str(path), evidence),
        prepare=_command(folder, ("mkdir", "-p", _CACHE, "{env}") if needed else ()),
        install=(fetch, copy) if needed else (),
        build=_command(folder, build),
        test=_command(folder, test),
        smoke=_command(folder, ("deno", "check", ".") if files else ()),
        env=_ENV,
        manifests=tuple(folder / name for name in sorted(manifests)),
        scratch=("node_modules", "coverage", "dist", "build", "out", "_fresh", ".vite"),
        installed=("node_modules",) if needed and "package.json" in manifests else (),
        tool_roots=("~/.deno",),
        dependencies=tuple(sorted(f"{name} {target}" for name, target in texts(content.get("imports")).items())),
        test_markers=MARKERS,
    )


def _may_build(tasks: Mapping[str, str]) -> bool:
    return not is_placeholder(tasks.get("build", "")) and not reaches_outside(tasks, "build") and not watches(tasks, "build")


def _command(folder: PurePosixPath, argv: tuple[str, ...]) -> tuple[Command, ...]:
    return (Command(argv=argv, cwd=folder),) if argv else ()
