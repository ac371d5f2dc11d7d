"""One map of a structured file with its fields by name, and the words of a value."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autopack.model.draft import Node

TITLE_CHARS = 160
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\d])")
_MARK = re.compile(r"\A(?:(?:[-*+•]|#{1,6}|\d{1,3}[.)])\s+(?:\[[ xX~-]\]\s+)?|\[[ xX~-]\]\s+)")
# What trackers call a value inside a map of its own: `{"status": {"name": "Done"}}`.
_WORD_NAMES = ("name", "title", "value", "label", "key", "identifier", "id")


@functools.lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A name without case, `_`, `-` and blanks."""
    return "".join(ch for ch in name.casefold() if ch.isalnum()) or name


@dataclass(frozen=True, slots=True)
class Row:
    """A map (or one text of a list of texts, without fields) and its values by folded name, each in file order."""

    node: Node
    fields: dict[str, list[Node]]

    def first(self, names: Sequence[str]) -> Node | None:
        """The value of the first of these names that has a text or members."""
        return next((node for node in self.all(names) if node.text or node.children), None)

    def all(self, names: Sequence[str]) -> Iterator[Node]:
        for name in names:
            yield from self.fields.get(fold(name), ())

    def word(self, names: Sequence[str]) -> str:
        """The text of the first of these that has one; of a map, of its name."""
        return next((word for node in self.all(names) if (word := word_of(node))), "")


def read_row(node: Node) -> Row:
    """A map's values by name; those of an inner map `fields` (as trackers export) count as its own."""
    fields: dict[str, list[Node]] = {}
    for key, child in zip(node.keys, node.children, strict=False):
        if fold(key) == "fields" and child.kind == "map":
            for inner, value in zip(child.keys, child.children, strict=False):
                fields.setdefault(fold(inner), []).append(value)
        fields.setdefault(fold(key), []).append(child)
    return Row(node, fields)


def word_of(node: Node) -> str:
    """The one word that a value is."""
    if node.kind == "map":
        inner = node.get(*_WORD_NAMES)
        return inner.text.strip() if inner else ""
    return node.text.strip()


def cut_title(text: str) -> str:
    """The first line as a title: without a list mark, at most one sentence when it is long, at most 160 characters."""
    line = next((line.strip() for line in text.splitlines() if any(ch.isalnum() for ch in line)), "")[:4096]
    line = _MARK.sub("", line, count=1)
    if len(line) > TITLE_CHARS:
        line = _SENTENCE_END.split(line, maxsplit=1)[0]
    if len(line) > TITLE_CHARS:
        # Not within a word: such a title does not stand in the text.
        line = line[: next((at for at in range(TITLE_CHARS, 0, -1) if not (line[at].isalnum() or line[at] == "_")), None)]
    return line.strip()


def passages(text: str) -> list[str]:
    """The lines of a text as entries of a list, without their marks; what ends in a colon introduces others."""
    lines = [_MARK.sub("", line.strip()[:4096], count=1).strip() for line in text.splitlines()]
    kept = [line for line in lines if any(ch.isalnum() for ch in line)]
    return [line for line in kept if not line.endswith(":")] or kept
