"""Walking a YAML document of somebody else by its nodes, which know their lines; whatever is not as expected is absent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autopack.model.parse import Unreadable, compose_yaml


class Place:
    """A value in the document, or the absence of one; `key_line` is where its key stands, from 1."""

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
