"""From a repository's files to its Python toolchains."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

from autopack.model.toolchain import Command, Toolchain
from autopack.model.workspace import Workspace
from autopack_py.managers import BARE_VENV, VENV, Manager, choose_manager
from autopack_py.manifests import LOCKS, Project, read_project, table
from autopack_py.markers import MARKERS
from autopack_py.roots import HERE, Root, find_roots
from autopack_py.runners import Tests, choose_tests, hatch_test
from autopack_py.workflows import Named, find_extra, find_manager, find_marks

_ENTRY_FILES = ("main.py", "app.py", "server.py", "bot.py", "manage.py", "__main__.py")
_SCRATCH = (
    ".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox", "build", "dist",
    "*.egg-info", "src/*.egg-info", ".coverage", ".pdm-python",
)  # fmt: skip
# Not compiled by the smoke check: what is not the project's code may be broken on purpose.
_NOT_COMPILED = (
    r"(^|/)(\.\w+|venv|node_modules|fixtures|testdata|test_data|test-data|templates|examples?|samples?|tests?/(.*/)?data)/"
)
_ALWAYS = (
    # Results come back whatever runs pytest.  Its cache is new each time, so that no earlier failure chooses the tests.
    ("PYTEST_ADDOPTS", "--junitxml='{results}/pytest.xml' -o junit_family=xunit1 -o cache_dir='{results}/pytest-cache'"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    # Whatever a plan or a script installs, it must not land in the user's Python.
    ("PIP_REQUIRE_VIRTUALENV", "1"),
)


def find_toolchains(workspace: Workspace) -> tuple[Toolchain, ...]:
    """Every Python toolchain, the repository's own root first; stray scripts are none."""
    found = [tool for root in find_roots(workspace) if (tool := _detect(workspace, root)) is not None]
    if found and found[0].root == HERE:
        # The repository is about its own root, however much better a folder below it is described.
        most = round(found[0].confidence - 0.05, 2)
        found[1:] = [replace(tool, confidence=min(tool.confidence, most)) for tool in found[1:]]
    return tuple(found)


def _detect(workspace: Workspace, root: Root) -> Toolchain | None:
    project = read_project(workspace, root.folder, root.manifests, root.sources)
    tests = choose_tests(workspace, project, root)
    confidence = _confidence(project, root, tests)
    if confidence is None:
        return None
    extra, named = find_extra(workspace, project), find_manager(workspace, project)
    project = replace(project, workflow_extra=extra.name or None)
    manager, python, notes = _settle(choose_manager(project, named.name), project, tests)
    marks = find_marks(workspace, project) if tests.runner == "pytest" else Named()
    notes += tuple(f"{one.source}: names {one.name}" for one in (named, extra, marks) if one.name)
    prepare, install = manager.commands(project)
    return Toolchain(
        name="python",
        package_manager=manager.name,
        root=root.folder,
        confidence=confidence,
        evidence=(*_evidence(project, root), *project.problems, tests.evidence, *notes),
        prepare=prepare,
        install=install,
        test=_test_commands(project, manager, python, tests, ("-m", marks.name) if marks.name else ()),
        smoke=_smoke(root, manager, python),
        env=(*manager.env, *_search_path(root, manager), *_ALWAYS),
        manifests=project.files,
        scratch=_SCRATCH,
        dependencies=_declared(workspace, project),
        test_markers=MARKERS,
    )


# Keys of the tools' own tables that say what is installed, or from where.
_DECISIVE = (
    "build-requires", "constraint-dependencies", "dependencies", "dev-dependencies", "extra-index-url", "find-links", "group",
    "index", "index-url", "override-dependencies", "overrides", "resolution", "source", "sources",
)  # fmt: skip


def _declared(workspace: Workspace, project: Project) -> tuple[str, ...]:
    """All that decides what an install brings, and from where; what the install itself runs (`setup.py`) too."""
    rows = {row.text or row.name for row in project.requirements}
    if "build-system" in project.pyproject:
        rows.add(f"build-system: {json.dumps(project.pyproject['build-system'], sort_keys=True, default=str)}")
    tools = table(project.pyproject, "tool")
    for tool in sorted(tools):
        for key in _DECISIVE:
            if key in project.tool(tool):
                rows.add(f"tool.{tool}.{key}: {json.dumps(project.tool(tool)[key], sort_keys=True, default=str)}")
    for path in project.files:
        text = workspace.read_text(path) or ""
        if path.name in (*LOCKS, "setup.py"):
            rows.add(f"{path.name} {hashlib.sha256(text.encode()).hexdigest()[:12]}")
        elif path.suffix in (".txt", ".in"):
            # Another requirement file is read itself.
            lines = (line.strip() for line in text.splitlines())
            rows |= {line for line in lines if line.startswith("-") and not line.startswith(("-r", "--requirement"))}
    return tuple(sorted(rows))


def _confidence(project: Project, root: Root, tests: Tests) -> float | None:
    """How sure, by the kind of evidence; `None` when it is too little to speak of a project."""
    if not project.files:
        return 0.5 if _find_entry(root) or (tests.runs and root.sources) else None
    if not root.sources:
        return 0.4  # a manifest without any code beside it often only serves documentation or tools
    if project.has(*LOCKS):
        return 0.95
    return 0.9 if project.pyproject else 0.8


def _evidence(project: Project, root: Root) -> tuple[str, ...]:
    if project.files:
        return tuple(str(path) for path in project.files)
    return (_find_entry(root) or root.sources[0],)


def _find_entry(root: Root) -> str:
    """The file that starts the program; empty when none has a name that says so."""
    return next((path for name in _ENTRY_FILES if (path := str(root.folder / name)) in root.sources), "")


def _settle(manager: Manager, project: Project, tests: Tests) -> tuple[Manager, str, tuple[str, ...]]:
    """The manager, the interpreter's name, and what to say about them.

    An environment has `python`.  Without one it is whichever name this machine has.
    """
    if manager.prefix:
        return manager, "python", ()
    if not manager.prepare and tests.runner == "unittest":
        # Nothing from outside is needed, so nothing from the machine may help: an empty environment, made without a network.
        # It also has the name `python`, which Debian leaves out and plans write.
        bare = replace(manager, prepare=(BARE_VENV,), env=VENV)
        return bare, "python", ("nothing to install: an empty environment",)
    if not manager.prepare:
        python = "python" if shutil.which("python") else "python3"
        return manager, python, (f"nothing to install: runs with the machine's `{python}`",)
    if tests.runner == "pytest" and project.declares_pytest is None:
        # Nobody allowed to install it, so the one that the developer has must do, as it does without an environment.
        prepare = (("python3", "-m", "venv", "--system-site-packages", "{env}"),)
        return replace(manager, prepare=prepare), "python", ("pytest is not declared: the machine's is used",)
    return manager, "python", ()


def _search_path(root: Root, manager: Manager) -> tuple[tuple[str, str], ...]:
    """A src layout must be found: installed, or else named, which needs neither a network nor a build."""
    src = str(root.folder / "src") + "/"
    has_src = any(path.startswith(src) for path in root.sources) and f"{src}__init__.py" not in root.sources
    return (("PYTHONPATH", "src"),) if has_src and not manager.installed else ()


def _test_commands(project: Project, manager: Manager, python: str, tests: Tests, chosen: tuple[str, ...]) -> tuple[Command, ...]:
    own = hatch_test(project) if manager.name == "hatch" else None
    if own is not None:
        return (Command(argv=own, cwd=project.root),)
    return tuple(Command(argv=(*manager.prefix, python, *args, *chosen), cwd=folder) for folder, args in tests.runs)


def _smoke(root: Root, manager: Manager, python: str) -> tuple[Command, ...]:
    if not root.sources:
        return ()
    # Compiling writes; into an empty folder, so that nothing is taken for up to date and the tree stays clean.
    env = (("PYTHONPYCACHEPREFIX", "{results}/pycache"),)
    argv = (*manager.prefix, python, "-m", "compileall", "-q", "-x", _NOT_COMPILED, ".")
    return (Command(argv=argv, cwd=root.folder, env=env),)
