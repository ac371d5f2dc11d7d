"""The grammar that go.mod and go.work share: a verb and its words on a line, or a verb and a block of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace

LINE_LIMIT_CHARS = 4096
_WORD = re.compile(r"\"([^\"]*)\"|`([^`]*)`|([^\s\"`()]+|[()])")
_GO = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModFile:
    """What one file says, by verb, in its order; `problem` is why it cannot be read, empty when it can."""

    path: PurePosixPath
    rows: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    problem: str = ""

    def of(self, verb: str) -> tuple[tuple[str, ...], ...]:
        """The words after each `verb`."""
        return self.rows.get(verb, ())

    def word(self, verb: str) -> str:
        """The first word after the first `verb`; empty when there is none."""
        return next((words[0] for words in self.of(verb)), "")

    @property
    def go(self) -> tuple[int, int] | None:
        """The version of the language that it asks for."""
        match = _GO.match(self.word("go"))
        return (int(match[1]), int(match[2])) if match else None

    @property
    def replaced(self) -> frozenset[str]:
        """Modules that are taken from a folder instead of being downloaded."""
        rows = [(words[0], words[words.index("=>") + 1 :]) for words in self.of("replace") if "=>" in words]
        return frozenset(module for module, target in rows if len(target) == 1 and target[0].startswith(("./", "../", "/")))


def read_modfile(workspace: Workspace, path: PurePosixPath) -> ModFile:
    """Read a go.mod or go.work; never raises, whatever stands in it."""
    text = workspace.read_text(path)
    if text is None:
        return ModFile(path=path, problem=f"{path}: cannot be read")
    rows: dict[str, list[tuple[str, ...]]] = {}
    for verb, words in _statements(text):
        if words:
            rows.setdefault(verb, []).append(words)
    needed = "go" if path.name == "go.work" else "module"
    problem = "" if needed in rows or (needed == "go" and "use" in rows) else f"{path}: has no `{needed}` line"
    return ModFile(path=path, rows={verb: tuple(found) for verb, found in rows.items()}, problem=problem)


def _statements(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    block = ""
    for line in text.splitlines():
        words = tuple(_words(line[:LINE_LIMIT_CHARS]))
        if not words:
            continue
        if block and words[0] == ")":
            block = ""
        elif block:
            yield block, words
        elif words[1:] == ("(",):
            block = words[0]
        else:
            yield words[0], words[1:]


def _words(line: str) -> Iterator[str]:
    for match in _WORD.finditer(line):
        word = match[1] or match[2] or match[3] or ""
        if match[3] and word.startswith("//"):
            return
        if word:
            yield word
