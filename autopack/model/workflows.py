"""The steps of a project's workflows: what its authors run themselves on every change, read and never run.

Plugins use it for what manifests leave open; what a step is for, and whether it may be taken, is not known here.
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from autopack.model.parse import Unreadable, compose_yaml
from autopack.model.workspace import Workspace

_HERE = PurePosixPath(".")
_EVENTS = frozenset({"push", "pull_request"})
_FILLED = re.compile(r"\$\{\{[ \t]*matrix\.([\w-]{1,100})[ \t]*\}\}")
_SHELLS = frozenset({"", "bash", "sh"})
_OTHER_SYSTEMS = ("windows", "macos")
_NO_JOBS = frozenset(
    {
        "after_script", "before_script", "cache", "default", "image", "include", "pages", "services", "spec", "stages",
        "variables", "workflow",
    }
)  # fmt: skip
_GO_TO = re.compile(r"cd[ \t]+([\w./-]{1,200})")
_OPENS, _CLOSES = frozenset({"if", "for", "while", "until", "case", "{"}), frozenset({"fi", "done", "esac", "}"})
_MOST_FILES = 60
_MOST_BLOCKS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of a workflow as shell text, the folder that it runs in, and where it stands (`file:line`)."""

    text: str
    cwd: PurePosixPath
    source: str

    @property
    def words(self) -> tuple[str, ...]:
        """Its words; none where the quotes do not close."""
        try:
            return tuple(shlex.split(self.text))
        except ValueError:
            return ()


def find_workflows(workspace: Workspace) -> tuple[PurePosixPath, ...]:
    """The files of workflows that `read_steps` can read, in their order."""
    found = [PurePosixPath(path) for path in workspace.ending(".yml", ".yaml") if path.startswith(".")]
    return tuple(path for path in found if _is_workflow(path))[:_MOST_FILES]


def list_steps(workspace: Workspace, *mentions: str) -> Iterator[Step]:
    """The steps of every workflow; with `mentions`, only of those whose text holds one of them, since reading costs."""
    for path in find_workflows(workspace):
        text = workspace.read_text(path) or ""
        if not mentions or any(word in text for word in mentions):
            yield from read_steps(text, path)


@functools.lru_cache(maxsize=64)
def read_steps(text: str, path: PurePosixPath) -> tuple[Step, ...]:
    """The steps of one file, in its order, that run on a change, on a system like this one, whatever came before.

    What stands in a loop or under a condition is left out, and so is all that runs outside of the repository.
    """
    root = read_yaml(text)
    match path.parts[0]:
        case ".github":
            blocks = _github(root)
        case ".circleci":
            blocks = _circle(root)
        case ".gitlab-ci.yml":
            blocks = _gitlab(root)
        case _:
            blocks = _script(root.at("script"))
    found: list[Step] = []
    folder: PurePosixPath | None = _HERE
    for block in islice(blocks, _MOST_BLOCKS):
        folder = folder if block.folder is None else block.folder
        if folder is not None:
            steps, folder = _read_block(block, folder, path)
            found += steps
    return tuple(found)


def join_lines(text: str) -> str:
    """The text with lines that go on in the next one put together."""
    return text.replace("\r\n", "\n").replace("\\\n", " ")


def split_steps(text: str) -> Iterator[tuple[int, str]]:
    """What runs one after the other: (lines above it, text), split at `;`, `&&` and line ends outside quotes and brackets.

    What stands in a loop, under a condition or in a function is left out, and all after a text that is fed to a command.
    """
    depth = 0
    for line, step in split_all(text):
        first = step.split(None, 1)[0] if step.split() else ""
        depth += first in _OPENS or step.endswith((" {", "){"))
        if not depth and step:
            if "<<" in step:
                return
            yield line, step
        depth -= first in _CLOSES


def split_all(text: str) -> Iterator[tuple[int, str]]:
    """The same, with what may not run, and empty lines."""
    quote, nested, line, began = "", 0, 0, 0
    parts: list[str] = []
    position = 0
    while position < len(text):
        char = text[position]
        width = 1
        ends = False
        if char == "\\" and quote != "'":
            width = 2
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "()":
            nested = max(0, nested + (1 if char == "(" else -1))
        elif char == "#" and (position == 0 or text[position - 1] in " \t\n;"):
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
            continue
        elif char == "\n" or (not nested and (char == ";" or text.startswith("&&", position))):
            width = 2 if char == "&" else 1
            ends = True
        line += text.count("\n", position, position + width)
        if ends:
            yield began, "".join(parts).strip()
            parts, began = [], line
            nested = 0 if char == "\n" else nested
        else:
            parts.append(text[position : position + width])
        position += width
    yield began, "".join(parts).strip()


# -- a document by its nodes ----------------------------------------------------------------------------------------------


class Place:
    """A value in somebody else's YAML, which knows its line, or the absence of one: what is not as expected is absent.

    `key_line` is where its key stands, from 1.
    """

    def __init__(self, node: Any, key_line: int = 0) -> None:
        self._node = node
        self.key_line = key_line

    @property
    def line(self) -> int:
        """Where the value begins, from 1."""
        return self._node.start_mark.line + 1 if self._node is not None else 0

    @property
    def text(self) -> str:
        """The scalar as it is written; empty when it is none.  A key `on` is a text here, where YAML 1.1 has a boolean."""
        return str(self._node.value) if self._is("scalar") else ""

    @property
    def is_block(self) -> bool:
        """Whether the text stands below its key, in lines of its own."""
        return self._is("scalar") and self._node.style in ("|", ">")

    def at(self, *keys: str) -> Place:
        """The value below these keys."""
        place = self
        for key in keys:
            place = next((value for name, value in place.items() if name == key), _ABSENT)
        return place

    def items(self) -> Iterator[tuple[str, Place]]:
        """Keys and values of a mapping."""
        for key, value in self._node.value if self._is("mapping") else ():
            yield Place(key).text, Place(value, key_line=key.start_mark.line + 1)

    def rows(self) -> list[Place]:
        """The entries of a sequence; a text is one by itself."""
        if self._is("sequence"):
            return [Place(part) for part in self._node.value]
        return [self] if self.text else []

    def texts(self) -> list[str]:
        """The texts in a sequence or alone, and the keys of a mapping."""
        return [name for name, _ in self.items()] or [row.text for row in self.rows() if row.text]

    def _is(self, kind: str) -> bool:
        return self._node is not None and self._node.id == kind


_ABSENT = Place(None)


def read_yaml(text: str) -> Place:
    """The document's root; absent when it is no plain YAML."""
    try:
        return Place(compose_yaml(text))
    except Unreadable:
        return _ABSENT


# -- services -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Shell lines, with the line of the file that the first stands in; without a folder they go on where those before ended."""

    text: str
    line: int
    folder: PurePosixPath | None


def _is_workflow(path: PurePosixPath) -> bool:
    if path.parts[:2] == (".github", "workflows"):
        return len(path.parts) == 3
    return str(path) in (".gitlab-ci.yml", ".circleci/config.yml", ".travis.yml")


def _read_block(block: _Block, folder: PurePosixPath, path: PurePosixPath) -> tuple[list[Step], PurePosixPath | None]:
    """The steps, and the folder in which the next block goes on; none when it is outside of the repository."""
    found: list[Step] = []
    for above, text in split_steps(block.text.replace("\r\n", "\n")):
        step = join_lines(text)
        if moved := _GO_TO.fullmatch(step):
            folder = folder / moved[1]
            if folder.is_absolute() or ".." in folder.parts:
                return found, None
        else:
            found.append(Step(text=step, cwd=folder, source=f"{path}:{block.line + above}"))
    return found, folder


def _block(place: Place, folder: str | None, text: str = "") -> Iterator[_Block]:
    below = None if folder is None else PurePosixPath(folder or ".")
    if place.text and (below is None or not (below.is_absolute() or ".." in below.parts or "$" in str(below))):
        yield _Block(text=text or place.text, line=place.line + place.is_block, folder=below)


def _github(root: Place) -> Iterator[_Block]:
    if _EVENTS.isdisjoint(root.at("on").texts()):
        return
    folder = root.at("defaults", "run", "working-directory").text
    shell = root.at("defaults", "run", "shell").text
    for _, job in root.at("jobs").items():
        if any(system in job.at("runs-on").text.lower() for system in _OTHER_SYSTEMS):
            continue
        here = job.at("defaults", "run", "working-directory").text or folder
        matrix = {name: rows.rows()[0].text for name, rows in job.at("strategy", "matrix").items() if len(rows.rows()) == 1}
        for step in job.at("steps").rows():
            if step.at("shell").text not in _SHELLS or (not step.at("shell").text and shell not in _SHELLS):
                continue
            # What only runs elsewhere, or after a failure, is not what proves a change.
            condition = step.at("if").text.lower()
            if any(word in condition for word in (*_OTHER_SYSTEMS, "failure()", "cancelled()", "secrets.")):
                continue
            run = step.at("run")
            yield from _block(run, step.at("working-directory").text or here, _fill_in(run.text, matrix))


def _fill_in(text: str, matrix: Mapping[str, str]) -> str:
    return _FILLED.sub(lambda found: matrix.get(found[1]) or found[0], text)


def _gitlab(root: Place) -> Iterator[_Block]:
    for name, job in root.items():
        if name in _NO_JOBS or name.startswith(".") or job.at("when").text == "manual" or job.at("only").texts() == ["tags"]:
            continue
        yield from _script(job.at("script"))


def _circle(root: Place) -> Iterator[_Block]:
    for _, job in root.at("jobs").items():
        for step in job.at("steps").rows():
            run = step.at("run")
            line = run if run.text else run.at("command")
            folder = run.at("working_directory").text or job.at("working_directory").text
            yield from _block(line, folder.removeprefix("~/project").lstrip("/"))


def _script(place: Place) -> Iterator[_Block]:
    for number, row in enumerate(place.rows()):
        yield from _block(row, None if number else "")
