"""Which command runs a project's tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace, share_files
from autopack_py.manifests import Project, table
from autopack_py.roots import Root

# Reading a file of a git tree costs a process, and the first few files tell the style of all.
_MOST_READ = 40
_MATERIAL = frozenset({"fixtures", "testdata", "test_data", "test-data", "data", "examples", "templates", "node_modules"})
# Blanks of the line itself only: `\s*` would go through all empty lines from each of them.
_IMPORTS_PYTEST = re.compile(r"^[ \t]*(?:import|from)\s.*\bpytest\b", re.MULTILINE)
_IMPORTS_UNITTEST = re.compile(r"^[ \t]*(?:import|from)\s.*\bunittest\b", re.MULTILINE)
_IMPORTS_DJANGO = re.compile(r"^from django\.test import", re.MULTILINE)
_PLAIN_TEST = re.compile(r"^(?:async )?def test\w*\(|^class Test\w*(?:\(object\))?:", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """The arguments after `python`, each with the folder it runs in; empty `runs` when nothing says how to test."""

    __test__ = False  # pytest would collect the name

    runner: str
    runs: tuple[tuple[PurePosixPath, tuple[str, ...]], ...]
    evidence: str


def choose_tests(workspace: Workspace, project: Project, root: Root) -> Tests:
    """The project's tests: pytest where anything asks for it, else Django's command, else unittest, else nothing.

    A test command is never invented: without a sign of a runner there is none.
    """
    shares = share_files(root.sources, [root.folder], skips=lambda parts: not _MATERIAL.isdisjoint(parts))
    own = shares[root.folder]
    files = [path for path in own if _is_test(path)]
    reason = _pytest_setting(workspace, project, own)
    if reason is None and project.declares_pytest is not None:
        reason = f"{project.declares_pytest.source}: declares {project.declares_pytest.name}"
    if reason is not None:
        return _pytest(project, reason)
    manage = _find_manage(workspace, root.folder, own)
    styles = [(path, _style(workspace.read_text(PurePosixPath(path)) or "")) for path in files[:_MOST_READ]]
    if manage is not None and files and not any(style == "pytest" for _, style in styles):
        return Tests(runner="django", runs=((manage.parent, ("manage.py", "test")),), evidence=f"{manage}: Django's test command")
    for path, style in styles:
        if style in ("pytest", "plain"):
            return _pytest(project, f"{path}: imports pytest" if style == "pytest" else f"{path}: plain test functions")
    cases = [path for path, style in styles if style == "unittest"]
    if cases:
        cases += files[_MOST_READ:]
        runs = tuple((project.root, ("-m", "unittest", *args)) for args in _discoveries(workspace, project.root, cases))
        return Tests(runner="unittest", runs=runs, evidence=f"{cases[0]}: imports unittest")
    return Tests(runner="", runs=(), evidence="no sign of a test runner: no test command")


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py") or name == "tests.py"


def _pytest(project: Project, evidence: str) -> Tests:
    return Tests(runner="pytest", runs=((project.root, ("-m", "pytest")),), evidence=evidence)


def _pytest_setting(workspace: Workspace, project: Project, sources: Sequence[str]) -> str | None:
    """Where pytest is configured: its own file, its section in a shared one, or a conftest.py."""
    for name in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        if workspace.exists(project.root / name):
            return str(project.root / name)
    # A pyproject.toml that only holds settings of tools is no manifest, so it may not be among the project's files.
    for name, section in (("pyproject.toml", "[tool.pytest"), ("setup.cfg", "[tool:pytest]"), ("tox.ini", "[pytest]")):
        if section in (workspace.read_text(project.root / name) or ""):
            return f"{project.root / name}: {section.rstrip(']')}]"
    return next((path for path in sources if path == "conftest.py" or path.endswith("/conftest.py")), None)


def _find_manage(workspace: Workspace, root: PurePosixPath, sources: Sequence[str]) -> PurePosixPath | None:
    """Django's manage.py, at most two folders below the root."""
    found = [PurePosixPath(path) for path in sources if path.endswith("manage.py")]
    for path in sorted(found, key=lambda path: (len(path.parts), path)):
        if (
            path.name == "manage.py"
            and len(path.relative_to(root).parts) <= 3
            and "django" in (workspace.read_text(path) or "").lower()
        ):
            return path
    return None


def _style(text: str) -> str:
    if _IMPORTS_PYTEST.search(text):
        return "pytest"
    # `unittest.mock` alone is used with pytest just as well.
    if ("TestCase" in text and _IMPORTS_UNITTEST.search(text)) or _IMPORTS_DJANGO.search(text):
        return "unittest"
    return "plain" if _PLAIN_TEST.search(text) else ""


def _discoveries(workspace: Workspace, root: PurePosixPath, files: Sequence[str]) -> list[tuple[str, ...]]:
    """The fewest `discover` calls that find all files.

    Discovery goes down into packages only, and with `-t` every folder on the way must be one.  So a package is discovered from
    the folder above it, and a folder without `__init__.py` is its own start.
    """
    starts: dict[tuple[str, ...], set[str]] = {}
    for folder, pattern in {(path.rpartition("/")[0], _pattern_of(path)) for path in files}:
        package = PurePosixPath(folder)
        while workspace.exists(package.parent / "__init__.py") and package != root:
            package = package.parent
        if package != root and workspace.exists(package / "__init__.py"):
            start: tuple[str, ...] = (
                "-s", str(package.relative_to(root)), "-t", str(package.parent.relative_to(root)),
            )  # fmt: skip
        else:
            start = ("-s", str(PurePosixPath(folder).relative_to(root)))
        starts.setdefault(start, set()).add(pattern)
    if ("-s", ".") in starts:
        # It goes down into every package itself.
        for start in [start for start in starts if start[2:] == ("-t", ".")]:
            starts[("-s", ".")] |= starts.pop(start)
    return [
        ("discover", "-v", *start, *(("-p", pattern) if pattern != "test*.py" else ()))
        for start in sorted(starts)
        for pattern in sorted(starts[start], reverse=True)
    ]


def _pattern_of(path: str) -> str:
    return "test*.py" if path.rpartition("/")[2].startswith("test") else "*_test.py"


def hatch_test(project: Project) -> tuple[str, ...] | None:
    """Hatch's own test command, when its environments define one."""
    envs = table(project.tool("hatch"), "envs")
    if "hatch-test" in envs:
        return ("hatch", "test")
    return ("hatch", "run", "test") if "test" in table(envs, "default", "scripts") else None
