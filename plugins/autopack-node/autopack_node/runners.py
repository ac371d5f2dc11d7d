"""Which commands test, build and check a project."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import PurePosixPath

from autopack.model.toolchain import Command
from autopack.model.workspace import Workspace
from autopack_node.managers import Manager, run_script
from autopack_node.manifests import Package
from autopack_node.roots import Root, is_shown
from autopack_node.scripts import is_outside, is_placeholder, reaches_outside, tell_script, watches, words_for_results

_TEST_SCRIPTS = ("test", "test:unit", "test:ci", "unit", "tests")
_RUNNERS = {
    "vitest": ("vitest", "run", "--reporter=default", "--reporter=json", "--outputFile.json={results}/vitest.json"),
    "jest": ("jest", "--json", "--outputFile={results}/jest.json"),
    "mocha": ("mocha",),
    "ava": ("ava",),
    "tap": ("tap",),
    "jasmine": ("jasmine",),
}
_TEST_FILE = re.compile(
    r"(?:^|/)(?:[^/]*[._-](?:test|spec)\.[cm]?[jt]sx?|test\.[cm]?[jt]s|tests?/[^/]+\.[cm]?[jt]sx?|__tests__/.*\.[cm]?[jt]sx?)$"
)
# Without a runner to transpile them, what Node itself finds and runs.
_NODE_FILE = re.compile(r"(?:^|/)(?:[^/]*[._-]test\.[cm]?js|test(?:-[^/]*)?\.[cm]?js|test/.*\.[cm]?js)$")
_IMPORTS_NODE_TEST = re.compile(r"""(?:from|require\(|import)\s*['"]node:test['"]""")
_IMPORTS_BUN_TEST = re.compile(r"""(?:from|require\(|import)\s*['"]bun:test['"]""")
# Reading a file of a git tree costs a process, and the first few files tell the style of all.
_MOST_READ = 40
# Their sources are not plain JavaScript, whatever the files are called.
_TRANSPILED = re.compile(
    r"^(?:react|react-native|preact|solid-js|flow-bin|next|gatsby|expo|@babel/(?:core|cli)|babel-core|@swc/core|esbuild|vite"
    r"|webpack|parcel|rollup|@rspack/core|@sveltejs/kit|svelte|vue|nuxt|astro|ember-source|@angular/core)$"
)
_BUILDS_QUIETLY = re.compile(r"[\^~>=v ]*(?:[6-9]|[1-9]\d|5\.(?:[6-9]|[1-9]\d))(?!\d)")
# Compiles every plain source, as a script or else as a module, and names those that are neither.  Nothing is run or written.
_CHECK_SYNTAX = (
    "const fs=require('fs'),path=require('path'),vm=require('vm');let bad=0;"
    "const skip=/^(\\..*|node_modules|fixtures|__fixtures__|testdata|templates?|examples?|vendor|dist|build|coverage|public)$/;"
    "const compile=(file)=>{const code=fs.readFileSync(file,'utf8').replace(/^#!.*/,'');"
    "try{new vm.SourceTextModule(code,{identifier:file});return}catch(error){if(!/\\.mjs$/.test(file))"
    "try{vm.compileFunction(code,[],{filename:file});return}catch(other){"
    "if(!/import statement|token 'export'|import.meta/.test(other.message))error=other}"
    "bad++;console.error(file+': '+error.name+': '+error.message)}};"
    "const walk=(folder)=>{for(const row of fs.readdirSync(folder,{withFileTypes:true})){const full=path.join(folder,row.name);"
    "if(row.isDirectory()){if(!skip.test(row.name))walk(full)}else if(row.isFile()&&/\\.[cm]?js$/.test(row.name))compile(full)}};"
    "walk('.');process.exit(bad?1:0)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """The commands that test a root, none when nothing says how, and where that stands."""

    __test__ = False  # pytest would collect the name

    commands: tuple[Command, ...]
    evidence: str


def choose_tests(workspace: Workspace, root: Root, manager: Manager) -> Tests:
    """The root's tests: its own script, its task runner, its members' scripts, a declared runner, Node's own; else nothing."""
    notes: list[str] = []
    script = _test_script(root.package, notes)
    if script:
        words = words_for_results(root.package.scripts[script])
        evidence = tell_script(f"{root.package.path}: scripts", script, root.package.scripts[script])
        return Tests(commands=_at(root, run_script(manager, script, words)), evidence=evidence)
    members = [member for member in root.members if _test_script(member, notes) == "test"]
    all_good = len(members) == len([member for member in root.members if "test" in member.scripts])
    for tool, config, words in (
        ("turbo", "turbo.json", ("turbo", "run", "test")),
        ("nx", "nx.json", ("nx", "run-many", "-t", "test")),
    ):
        # They run what the members call by that name, so none of it may be what is not run.
        if root.has(config) and tool in root.package.declared and all_good and (members or tool == "nx"):
            return Tests(commands=_at(root, (*manager.programs, *words)), evidence=f"{root.folder / config}: {tool}")
    if members:
        return Tests(commands=_run_members(root, manager, "test", members), evidence=f"{members[0].path}: scripts.test")
    start = len(f"{root.folder}/") if root.folder.parts else 0
    files = [path for path in root.sources if _TEST_FILE.search(path[start:]) and not _is_material(path[start:])]
    for runner, words in _RUNNERS.items():
        if files and runner in root.declared:
            evidence = f"{root.package.path}: declares {runner}"
            return Tests(commands=_at(root, (*manager.programs, *words)), evidence=evidence)
    for path in files[:_MOST_READ]:
        text = workspace.read_text(PurePosixPath(path)) or ""
        if manager.name == "bun" and _IMPORTS_BUN_TEST.search(text):
            return Tests(commands=_at(root, ("bun", "test")), evidence=f"{path}: imports bun:test")
        if _NODE_FILE.search(path[start:]) and _IMPORTS_NODE_TEST.search(text):
            return Tests(commands=_at(root, ("node", "--test")), evidence=f"{path}: imports node:test")
    return Tests(commands=(), evidence="; ".join(dict.fromkeys((*notes, "no sign of a test runner: no test command"))))


def _is_material(path: str) -> bool:
    """Whether a test file is an example or material; what stands above the first folder named for tests decides."""
    above = takewhile(lambda part: part not in ("test", "tests", "__tests__"), path.split("/")[:-1])
    return is_shown(tuple(above))


def _test_script(package: Package, notes: list[str]) -> str:
    """The name of the script that tests the package; empty without one that does."""
    for name in _TEST_SCRIPTS:
        text = package.scripts.get(name)
        if text is None:
            continue
        if reaches_outside(package.scripts, name):
            notes.append(f"{package.path}: scripts.{name} reaches outside this machine, so it is not run")
        elif is_placeholder(text):
            notes.append(f"{package.path}: scripts.{name} is a placeholder")
        else:
            return name
    return ""


def _run_members(root: Root, manager: Manager, script: str, members: Sequence[Package]) -> tuple[Command, ...]:
    """The script of exactly these members."""
    if manager.members and len(members) == len([member for member in root.members if script in member.scripts]):
        return _at(root, tuple(word.replace("{script}", script) for word in manager.members))
    # Some may not be asked, or the manager's own way fails on the first without the script: each in its folder.
    return tuple(Command(argv=run_script(manager, script), cwd=member.folder) for member in members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """The commands that build a root, none when nothing says how or it may not be run, and where that stands."""

    commands: tuple[Command, ...]
    evidence: tuple[str, ...] = ()


def choose_build(workspace: Workspace, root: Root, manager: Manager) -> Build:
    """The script `build`, or `compile` where it calls the compiler; its task runner; its members' scripts.

    One that deploys, migrates or keeps watching is not run, and that is said.
    """
    for name in ("build", "compile"):
        text = root.package.scripts.get(name, "")
        if not is_placeholder(text) and (name == "build" or "tsc" in text.split()):
            notes = _refusals(root.package, name)
            return Build(commands=() if notes else _at(root, run_script(manager, name)), evidence=notes)
    building = [member for member in root.members if not is_placeholder(member.scripts.get("build", ""))]
    notes = tuple(note for member in building for note in _refusals(member, "build"))
    members = [member for member in building if not _refusals(member, "build")]
    for tool, config, words in (
        ("turbo", "turbo.json", ("turbo", "run", "build")),
        ("nx", "nx.json", ("nx", "run-many", "-t", "build")),
    ):
        if root.has(config) and tool in root.package.declared and members and not notes:
            targets = (workspace.read_text(member.folder / "project.json") or "" for member in members if tool == "nx")
            if not any(is_outside(text) for text in targets):
                return Build(commands=_at(root, (*manager.programs, *words)))
    return Build(commands=_run_members(root, manager, "build", members) if members else (), evidence=notes)


def _refusals(package: Package, name: str) -> tuple[str, ...]:
    """Why a script of this package is not run; empty when it may be."""
    if reaches_outside(package.scripts, name):
        return (f"{package.path}: scripts.{name} reaches outside this machine, so it is not run",)
    if watches(package.scripts, name):
        return (f"{package.path}: scripts.{name} does not end by itself, so it is not run",)
    return ()


def choose_smoke(workspace: Workspace, root: Root, manager: Manager) -> tuple[Command, ...]:
    """The type check where it is set up, else the syntax of the sources where they are plain JavaScript."""
    if "typescript" in root.declared and root.has("tsconfig.json"):
        text = workspace.read_text(root.folder / "tsconfig.json") or ""
        if '"references"' not in text:
            return _at(root, (*manager.programs, "tsc", "--noEmit", "-p", "."))
        # Of such a project only a build sees all parts, and older compilers cannot build without writing.
        builds = _BUILDS_QUIETLY.match(root.declared["typescript"])
        return _at(root, (*manager.programs, "tsc", "-b", "--noEmit")) if builds else ()
    if any(_TRANSPILED.match(name) for name in root.declared):
        return ()
    if not any(path.endswith((".js", ".cjs", ".mjs")) for path in root.sources):
        return ()
    # In a variable, since the command is what reports call the check by.
    argv = ("node", "--no-warnings", "--experimental-vm-modules", "-e", "eval(process.env.CHECK_SYNTAX)")
    return (Command(argv=argv, cwd=root.folder, env=(("CHECK_SYNTAX", _CHECK_SYNTAX),)),)


def _at(root: Root, argv: tuple[str, ...]) -> tuple[Command, ...]:
    return (Command(argv=argv, cwd=root.folder),)
