"""Which folders of a repository are Python projects of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace, share_files
from autopack_py.manifests import read_toml, table
from autopack_py.requirements import is_requirement_file

HERE = PurePosixPath(".")
MOST_DEPTH = 4
# Projects in here show or test something; the repository is not about them.
SHOWN = frozenset(
    {
        "examples", "example", "samples", "sample", "fixtures", "__fixtures__", "testdata", "test_data", "test-data", "test",
        "tests", "templates", "template", "benchmarks", "third_party", "docs", "doc", "node_modules", "vendor",
    }
)  # fmt: skip
_MANIFESTS = frozenset(
    {
        "pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock",
        "environment.yml", "environment.yaml",
    }
)  # fmt: skip

# Names that other things have too: a module named setup, settings of linters, the environments of other tools.
_SIGNS = {
    "setup.py": re.compile(r"\b(?:setuptools|distutils|skbuild)\b"),
    "setup.cfg": re.compile(r"^\[(?:metadata|options)\]", re.MULTILINE),
    "environment.yml": re.compile(r"^dependencies:", re.MULTILINE),
    "environment.yaml": re.compile(r"^dependencies:", re.MULTILINE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A folder, its manifests, and the Python files that belong to it and to no root below it."""

    folder: PurePosixPath
    manifests: tuple[PurePosixPath, ...]
    sources: tuple[str, ...]


def find_roots(workspace: Workspace) -> tuple[Root, ...]:
    """Every folder with a manifest, the shallowest first, and the repository's own root when only sources stand there.

    Members of a uv workspace belong to its root, since they share its lock.
    """
    manifests: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in _list_manifests(workspace):
        folder = _root_of(path)
        if folder is not None and _is_manifest(workspace, path):
            manifests.setdefault(folder, []).append(path)
    for folder in sorted(manifests):
        for member in _members(workspace, folder, tuple(manifests)):
            del manifests[member]
    manifests.setdefault(HERE, [])
    sources = _share_sources(workspace, manifests)
    return tuple(
        Root(folder=folder, manifests=tuple(sorted(manifests[folder])), sources=tuple(sources[folder]))
        for folder in sorted(manifests, key=lambda folder: (len(folder.parts), folder))
        if manifests[folder] or sources[folder]
    )


def is_shown(folder: PurePosixPath) -> bool:
    """Whether a folder holds examples, templates or test material."""
    return any(part in SHOWN or part.startswith((".", "{{")) for part in folder.parts)


def _list_manifests(workspace: Workspace) -> Iterator[PurePosixPath]:
    """Every file whose name says that it may be a manifest."""
    for name in sorted(_MANIFESTS):
        yield from workspace.named(name)
    for text in workspace.ending(".txt"):
        if "requirements" in text and is_requirement_file(path := PurePosixPath(text)):
            yield path


def _root_of(path: PurePosixPath) -> PurePosixPath | None:
    """The folder that this file is a manifest of, if it can be one."""
    folder = path.parent.parent if path.parent.name == "requirements" else path.parent
    return None if len(folder.parts) > MOST_DEPTH or is_shown(folder) else folder


def _is_manifest(workspace: Workspace, path: PurePosixPath) -> bool:
    """Whether the file says how to install something; pyproject.toml and setup.cfg often hold only settings of tools."""
    if path.name == "pyproject.toml":
        content = read_toml(workspace, path)
        if not content:
            return True  # a fault to report, not a reason to overlook the project
        managers = ("poetry", "pdm", "uv", "hatch")
        return any(key in content for key in ("project", "build-system", "dependency-groups")) or any(
            name in table(content, "tool") for name in managers
        )
    sign = _SIGNS.get(path.name)
    return sign is None or bool(sign.search(workspace.read_text(path) or ""))


def _members(workspace: Workspace, folder: PurePosixPath, folders: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """The folders that the uv workspace at `folder`, if it is one, takes in."""
    content = read_toml(workspace, folder / "pyproject.toml") or {}
    rows = table(content, "tool", "uv", "workspace").get("members")
    globs = [str(folder / row) for row in rows if isinstance(row, str)] if isinstance(rows, list) else []
    return [other for other in folders if other != folder and any(fnmatchcase(str(other), glob) for glob in globs)]


def _share_sources(
    workspace: Workspace, manifests: Mapping[PurePosixPath, Sequence[PurePosixPath]]
) -> dict[PurePosixPath, list[str]]:
    """Each Python file with the innermost folder that holds it; a setup.py that installs is no source."""
    known = {str(path) for files in manifests.values() for path in files if path.suffix == ".py"}
    return share_files([path for path in workspace.ending(".py") if path not in known], manifests)
