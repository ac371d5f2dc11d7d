"""What one Python project declares, read from its manifests; nothing is executed."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from autopack.model.parse import Unreadable, load_toml
from autopack.model.workspace import Workspace
from autopack_py.names import normalise
from autopack_py.requirements import Requirement, parse_requirement, read_requirement_files

TEST_EXTRAS = ("test", "tests", "testing", "dev")
# Who writes which lock, the surest first.
LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}

# Backends that only copy Python files.  Any other may compile, so nothing works before an install.
_COPYING_BACKENDS = re.compile(r"^(?:setuptools|hatchling|flit_core|flit|poetry|pdm|uv_build)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One root and what its manifests say.

    `is_package`: there is something that `pip install -e .` can build.  `needs_build`: the code does not work, or its
    commands do not exist, without that.  `modules` are the top-level names that its own files can be imported by.
    `extras` are the names of optional dependencies, `groups` dependency groups.
    `default_files` are the requirement files of a developer's install, `problems` what could not be read.
    `workflow_extra` is one that the workflows install, where none has a name that says what it is for.
    """

    root: PurePosixPath
    files: tuple[PurePosixPath, ...]
    modules: frozenset[str]
    pyproject: Mapping[str, Any]
    requirements: tuple[Requirement, ...]
    default_files: tuple[PurePosixPath, ...]
    extras: tuple[str, ...]
    groups: tuple[str, ...]
    is_package: bool
    needs_build: bool
    problems: tuple[str, ...]
    workflow_extra: str | None = None

    def has(self, *names: str) -> bool:
        """Whether one of these files stands in the root."""
        return any(self.root / name in self.files for name in names)

    def tool(self, name: str) -> Mapping[str, Any]:
        """The `[tool.NAME]` table; empty when absent."""
        return table(table(self.pyproject, "tool"), name)

    def of(self, *places: str) -> tuple[Requirement, ...]:
        """What stands in these places: `main`, `extra NAME`, `group NAME`, `file PATH`."""
        return tuple(requirement for requirement in self.requirements if requirement.place in places)

    @property
    def test_extra(self) -> str | None:
        return next((name for name in TEST_EXTRAS if name in self.extras), self.workflow_extra)

    @property
    def test_groups(self) -> tuple[str, ...]:
        return tuple(name for name in TEST_EXTRAS if name in self.groups)

    @property
    def declares_pytest(self) -> Requirement | None:
        """The requirement that brings pytest, itself or as the base of a plugin."""
        return _find_pytest(self.requirements)

    def brings_pytest(self, extra: str) -> bool:
        """Whether pytest comes with the extra."""
        return _find_pytest(self.of(f"extra {extra}")) is not None


def _find_pytest(rows: Iterable[Requirement]) -> Requirement | None:
    return next((row for row in rows if row.name == "pytest" or row.name.startswith("pytest-")), None)


def table(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The nested table; empty when a step is absent or no table."""
    for key in keys:
        value = data.get(key)
        data = value if isinstance(value, dict) else {}
    return data


def read_toml(workspace: Workspace, path: PurePosixPath) -> Mapping[str, Any] | None:
    """The file's content; `None` when it cannot be read or parsed."""
    text = workspace.read_text(path)
    try:
        return load_toml(text) if text is not None else None
    except Unreadable:
        return None


def read_project(workspace: Workspace, root: PurePosixPath, files: tuple[PurePosixPath, ...], sources: Iterable[str]) -> Project:
    """Read every manifest of one root; `files` are those that stand in it, `sources` its Python files."""
    reader = _Reader(workspace, root, files)
    reader.read()
    found = read_requirement_files(workspace, root, files)
    return Project(
        root=root,
        files=tuple(sorted({*files, *found.files})),
        modules=frozenset(_own_modules(root, sources)),
        pyproject=reader.pyproject,
        requirements=(*reader.requirements, *found.requirements),
        default_files=found.default_files,
        extras=tuple(reader.extras),
        groups=tuple(reader.groups),
        is_package=reader.is_package,
        needs_build=reader.needs_build,
        problems=tuple(reader.problems),
    )


def _own_modules(root: PurePosixPath, sources: Iterable[str]) -> Iterable[str]:
    start = len(f"{root}/") if root.parts else 0
    for path in sources:
        first, _, rest = path[start:].partition("/")
        yield first.removesuffix(".py")
        if rest and first == "src":
            yield rest.partition("/")[0].removesuffix(".py")


@dataclass(slots=True)
class _Reader:
    workspace: Workspace
    root: PurePosixPath
    files: tuple[PurePosixPath, ...]
    pyproject: Mapping[str, Any] = field(default_factory=dict)
    requirements: list[Requirement] = field(default_factory=list)
    extras: dict[str, None] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    is_package: bool = False
    needs_build: bool = False
    problems: list[str] = field(default_factory=list)

    def read(self) -> None:
        if self.root / "pyproject.toml" in self.files:
            self._pyproject(self.root / "pyproject.toml")
        if self.root / "setup.cfg" in self.files:
            self._setup_cfg(self.root / "setup.cfg")
        if self.root / "setup.py" in self.files:
            self._setup_py(self.root / "setup.py")
        if self.root / "Pipfile" in self.files:
            path = self.root / "Pipfile"
            pipfile = read_toml(self.workspace, path) or {}
            self._add(path, "main", table(pipfile, "packages"))
            self._add(path, "group dev", table(pipfile, "dev-packages"))
        for name in ("environment.yml", "environment.yaml"):
            if self.root / name in self.files:
                text = self.workspace.read_text(self.root / name) or ""
                self._add(self.root / name, "main", re.findall(r"^\s*-\s+([\w.-]+)", text, re.MULTILINE))

    def _add(self, path: PurePosixPath, place: str, rows: object) -> None:
        """Take a list of requirement strings, or a table whose keys are names (its versions are not pip's)."""
        if isinstance(rows, dict):
            rows = [name for name in rows if isinstance(name, str) and normalise(name) != "python"]
            self.requirements += [Requirement(name=normalise(name), text="", source=path, place=place) for name in rows]
            return
        for row in rows if isinstance(rows, list) else ():
            requirement = parse_requirement(row, path, place) if isinstance(row, str) else None
            if requirement is not None:
                self.requirements.append(requirement)

    def _add_extras(self, path: PurePosixPath, extras: Mapping[str, Any]) -> None:
        for name, rows in extras.items():
            self.extras[name] = None
            self._add(path, f"extra {name}", rows)

    def _pyproject(self, path: PurePosixPath) -> None:
        content = read_toml(self.workspace, path)
        if content is None:
            self.problems.append(f"{path}: cannot be read as TOML")
            return
        if not content:
            self.problems.append(f"{path}: is empty")
        self.pyproject = content
        project, tool = table(content, "project"), table(content, "tool")
        self._add(path, "main", project.get("dependencies"))
        self._add_extras(path, table(project, "optional-dependencies"))
        groups = table(content, "dependency-groups")
        for name in groups:
            self.groups[name] = None
            self._add(path, f"group {name}", _expand_group(groups, name))
        for place, rows in (
            ("group dev", table(tool, "uv").get("dev-dependencies")),
            ("main", table(tool, "poetry", "dependencies")),
            ("group dev", table(tool, "poetry", "dev-dependencies")),
        ):
            self._add(path, place, rows)
        for owner in (("poetry", "group"), ("pdm", "dev-dependencies"), ("hatch", "envs")):
            for name, rows in table(tool, *owner).items():
                self._add(path, f"group {name}", rows.get("dependencies") if isinstance(rows, dict) else rows)
        build = table(content, "build-system")
        self.is_package |= bool(build)
        backend = build.get("build-backend", "setuptools")
        dynamic = project.get("dynamic", [])
        self.needs_build |= bool(
            any(key in project for key in ("scripts", "gui-scripts", "entry-points"))
            or (build and not _COPYING_BACKENDS.match(str(backend)))
            or (isinstance(dynamic, list) and "dependencies" in dynamic)
        )

    def _setup_cfg(self, path: PurePosixPath) -> None:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string(self.workspace.read_text(path) or "")
        except configparser.Error:
            self.problems.append(f"{path}: cannot be read")
            return
        for option in ("install_requires", "tests_require"):
            self._add(path, "main", parser.get("options", option, fallback="").splitlines())
        if parser.has_section("options.extras_require"):
            self._add_extras(path, {name: text.splitlines() for name, text in parser.items("options.extras_require")})
        self.needs_build |= parser.has_section("options.entry_points")

    def _setup_py(self, path: PurePosixPath) -> None:
        self.is_package = True
        keywords = _setup_keywords(self.workspace.read_text(path) or "")
        if keywords is None:
            # A script that computes its answers may say anything, so only building tells.
            self.needs_build = True
            return
        for option in ("install_requires", "tests_require"):
            self._add(path, "main", keywords.get(option))
        extras = keywords.get("extras_require")
        self._add_extras(path, extras if isinstance(extras, dict) else {})
        self.needs_build |= any(name in keywords for name in ("ext_modules", "entry_points", "scripts", "cmdclass"))


def _expand_group(groups: Mapping[str, Any], name: str, seen: tuple[str, ...] = ()) -> list[Any]:
    """The group's requirements with those it includes."""
    rows = groups.get(name)
    found: list[Any] = []
    for row in rows if isinstance(rows, list) and name not in seen else ():
        included = row.get("include-group") if isinstance(row, dict) else None
        found += _expand_group(groups, included, (*seen, name)) if isinstance(included, str) else [row]
    return found


def _setup_keywords(text: str) -> dict[str, Any] | None:
    """The arguments of the one `setup()` call; `None` when what it installs is computed."""
    try:
        calls = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "setup"
        ]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(calls) != 1:
        return None
    keywords: dict[str, Any] = {}
    for keyword in calls[0].keywords:
        try:
            keywords[keyword.arg or "**"] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            if keyword.arg in (None, "install_requires", "extras_require", "tests_require"):
                return None
            keywords[keyword.arg] = None
    return keywords
