"""A cheaper test command for a change; none where it could leave out a test that the change can break."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Toolchain
from autopack_node.managers import BERRY, BUN, NPM, PNPM
from autopack_node.roots import SUFFIXES
from autopack_node.scripts import find_runner, read_script

# Files that can only be tests, by name.  What merely stands in a folder of tests may help others.
_TESTS = {
    "vitest": re.compile(r"(?:^|/)[^/]*\.(?:test|spec)\.[cm]?[jt]sx?$"),
    "jest": re.compile(r"(?:^|/)[^/]*\.(?:test|spec)\.[cm]?[jt]sx?$"),
    "mocha": re.compile(r"(?:^|/)[^/]*[._-](?:test|spec)\.[cm]?js$"),
    "node": re.compile(r"(?:^|/)[^/]*[._-]test\.[cm]?js$"),
    "bun": re.compile(r"(?:^|/)[^/]*[._](?:test|spec)\.[jt]sx?$"),
    "deno": re.compile(r"(?:^|/)[^/]*[._]test\.(?:[jt]sx?|m[jt]s)$"),
}
_ANY_TEST = re.compile(r"(?:^|/)[^/]*[._-](?:test|spec)\.[cm]?[jt]sx?$")
# These reach tests over no import, so that nothing tells which: settings, what runs before all tests, stand-ins, types.
_REACHES_ALL = re.compile(r"config|setup|global|env|mock|polyfill|fixture|jest|vitest|(?:^|/)\.|\.d\.[cm]?ts$", re.IGNORECASE)
# Words that a runner must not take for options or patterns.
_PLAIN_PATH = re.compile(r"[\w@.][\w@./+-]*")
# How a program of the project is started where the test command begins with this word.
_PROGRAMS = {"npm": NPM.programs, "npx": NPM.programs, "pnpm": PNPM.programs, "yarn": BERRY.programs, "bun": BUN.programs}


def narrow(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """The changed tests, if nothing but tests changed; with Vitest and Jest also those that import what changed.

    In a workspace, whose members are tested by themselves, the one member that holds all of it, with those that need it where
    the manager can tell; the others are left to the full command.
    """
    if toolchain.name != "node" or not toolchain.test or not paths:
        return None
    inside = [PurePosixPath(path) for path in paths if toolchain.root in PurePosixPath(path).parents]
    names = [str(path.relative_to(toolchain.root)) for path in inside]
    if len(names) < len(paths) or not all(_PLAIN_PATH.fullmatch(name) for name in names):
        return None
    # Without one, there may be nothing to run, which would prove less than the full command does.
    if not any(_ANY_TEST.search(name) for name in names):
        return None
    return _narrow_to_member(toolchain, inside) if _is_for_members(toolchain) else _narrow_to_files(toolchain, names)


def _is_for_members(toolchain: Toolchain) -> bool:
    words = toolchain.test[0].argv
    return toolchain.test[0].cwd != toolchain.root or not {"--workspaces", "-r", "--filter", "foreach", "turbo", "nx"}.isdisjoint(
        words
    )


def _narrow_to_member(toolchain: Toolchain, paths: Sequence[PurePosixPath]) -> Command | None:
    folders = {path.parent for path in toolchain.manifests if path.name == "package.json"}
    owners = {next((folder for folder in path.parents if folder in folders), None) for path in paths}
    owner = owners.pop()
    if owners or owner in (None, toolchain.root):
        return None
    assert owner is not None
    member = str(owner.relative_to(toolchain.root))
    words = toolchain.test[0].argv
    if words[:2] == ("npm", "run") and "--workspaces" in words:
        return replace(toolchain.test[0], argv=("npm", "run", "test", f"--workspace={member}", "--if-present"))
    if words[:2] == ("pnpm", "-r"):
        return replace(toolchain.test[0], argv=("pnpm", "--filter", f"...{{./{member}}}", "--if-present", "run", "test"))
    if words[:3] == ("bun", "run", "--filter"):
        return replace(toolchain.test[0], argv=("bun", "run", "--filter", f"./{member}", "test"))
    if len(toolchain.test) > 1:
        return next((command for command in toolchain.test if command.cwd == owner), None)
    return None


def _narrow_to_files(toolchain: Toolchain, names: Sequence[str]) -> Command | None:
    (test, *others) = toolchain.test
    script = read_script(toolchain.evidence)
    runner, takes_files = find_runner(script) if script else (_own_runner(test.argv), True)
    if others or runner not in _TESTS or not takes_files:
        return None
    only_tests = all(_TESTS[runner].search(name) for name in names)
    if not only_tests and not all(_can_be_followed(name) for name in names):
        return None
    files = tuple(f"./{name}" if runner == "bun" else name for name in dict.fromkeys(names))
    if runner == "vitest" and not only_tests:
        return _related(test, script, files)
    if not only_tests and runner != "jest":
        return None
    # A word that is a pattern to Jest is a file after this one.
    more = ("--findRelatedTests", *files) if runner == "jest" else files
    dashes = ("--",) if script and test.argv[0] == "npm" and "--" not in test.argv else ()
    return replace(test, argv=(*test.argv, *dashes, *more))


def _can_be_followed(name: str) -> bool:
    return PurePosixPath(name).suffix in SUFFIXES and not _REACHES_ALL.search(name)


def _own_runner(argv: Sequence[str]) -> str:
    """The runner of a command that was not a script."""
    if argv[:2] in (("node", "--test"), ("bun", "test"), ("deno", "test")):
        return argv[0]
    return next((word for word in ("vitest", "jest", "mocha") if word in argv), "")


def _related(test: Command, script: str, files: tuple[str, ...]) -> Command | None:
    """Vitest follows imports in a mode of its own, which a script cannot be told by words at its end."""
    if script not in ("", "vitest", "vitest run"):
        return None
    results = tuple(word for word in test.argv if word.startswith(("--reporter", "--outputFile")))
    return replace(test, argv=(*_PROGRAMS[test.argv[0]], "vitest", "related", "--run", *results, *files))
