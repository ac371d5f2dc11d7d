"""Requirement files and the lines in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace
from autopack_py.names import normalise

_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?=$|[\[<>=!~;@(])")
_INCLUDE = re.compile(r"(?:-r|--requirement)[ =]*(\S+)")
_DEV = "test|tests|testing|dev|devel|develop|development"
_DEV_FILE = re.compile(rf"requirements[-_.](?:{_DEV})\.txt|(?:{_DEV})[-_.]requirements\.txt")
_DEV_IN_FOLDER = re.compile(rf"(?:requirements[-_.])?(?:{_DEV})\.txt")
_MAIN_IN_FOLDER = ("requirements.txt", "base.txt", "main.txt", "common.txt")
_ANY_FILE = re.compile(r"requirements.*\.txt|.*[-_.]requirements\.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One declared distribution: normalised name, what pip understands (empty when it is in another tool's language), where."""

    name: str
    text: str
    source: PurePosixPath
    place: str


@dataclass(slots=True)
class RequirementFiles:
    """`files` are all that were read, `default_files` those that a developer installs."""

    files: list[PurePosixPath] = field(default_factory=list)
    default_files: tuple[PurePosixPath, ...] = ()
    requirements: list[Requirement] = field(default_factory=list)
    bare: set[PurePosixPath] = field(default_factory=set)


def is_requirement_file(path: PurePosixPath) -> bool:
    """Whether the name says that pip installs from it."""
    return bool(_ANY_FILE.fullmatch(path.name)) or (path.parent.name == "requirements" and path.suffix == ".txt")


def parse_requirement(row: str, source: PurePosixPath, place: str) -> Requirement | None:
    """The requirement in a line; `None` for options, paths and blank lines."""
    text = re.split(r"(?:^|\s)#|\s--", row, maxsplit=1)[0].strip().rstrip("\\").strip()
    match = _NAME.match(text)
    return Requirement(name=normalise(match[1]), text=text, source=source, place=place) if match else None


def read_requirement_files(workspace: Workspace, root: PurePosixPath, files: Sequence[PurePosixPath]) -> RequirementFiles:
    """Read the requirement files of a root, with those they include.

    A developer's install takes requirements.txt (or the base file of a requirements folder) and every file for tests and
    development; a file that asks for nothing is left out.
    """
    found = RequirementFiles()
    for path in files:
        if is_requirement_file(path):
            _read(workspace, path, found)
    inside = [path for path in files if path.parent == root / "requirements"]
    main = [path for path in files if path == root / "requirements.txt"]
    main = main or [root / "requirements" / name for name in _MAIN_IN_FOLDER if root / "requirements" / name in inside][:1]
    dev = [path for path in files if path.parent == root and _DEV_FILE.fullmatch(path.name)]
    dev += [path for path in inside if _DEV_IN_FOLDER.fullmatch(path.name)]
    found.default_files = tuple(path for path in (*main, *dev) if path not in found.bare)
    return found


def _read(workspace: Workspace, path: PurePosixPath, found: RequirementFiles) -> None:
    text = workspace.read_text(path)
    if path in found.files or text is None:
        return
    found.files.append(path)
    rows = [row.strip() for row in text.splitlines()]
    rows = [row for row in rows if row and not row.startswith("#")]
    if not rows:
        found.bare.add(path)
    for row in rows:
        include = _INCLUDE.match(row)
        if include:
            _read(workspace, _join(path.parent, include[1]), found)
            continue
        requirement = parse_requirement(row, path, f"file {path}")
        if requirement is not None:
            found.requirements.append(requirement)


def _join(folder: PurePosixPath, name: str) -> PurePosixPath:
    """The path without `..` steps; one that leaves the root names nothing that exists in a workspace."""
    parts: list[str] = list(folder.parts)
    for part in PurePosixPath(name).parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)
