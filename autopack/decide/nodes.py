"""Structured text (JSON, JSON lines, YAML, tables) to `Node`s that know their lines, so that plans in it can be cited."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]  # the decoder in C, which tells where the string ends
from typing import TYPE_CHECKING, Literal

from autopack.model.draft import Node, Span
from autopack.model.parse import BadSyntax, Unreadable, compose_yaml

if TYPE_CHECKING:
    import yaml

MAX_DEPTH = 60

_BLANKS = re.compile(r"[ \t\r\n]*")
_LITERAL = re.compile(r"true|false|null|-?\d[\d.eE+-]*")
Kind = Literal["text", "number", "flag", "null", "list", "map"]
_KINDS: dict[str, Kind] = {
    "int": "number", "float": "number", "bool": "flag", "null": "null",
}  # fmt: skip


def read_json(text: str) -> Node:
    """JSON as people keep it: comments and a comma behind the last member are passed over.

    Raises `BadSyntax` for what is no JSON, `Unreadable` for a key that stands twice and for too deep a nesting.
    """
    return _Json(text).whole()


def read_json_lines(lines: Sequence[str]) -> Node:
    """One JSON value a line, as a list.  Raises like `read_json`, with the line."""
    rows: list[Node] = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            rows.append(_Json(line, first_line=number, pointer=f"/{len(rows)}").whole())
    return Node(kind="list", span=Span(start=1, end=max(1, len(lines))), children=tuple(rows))


def read_yaml(text: str, first_line: int = 1) -> Node | None:
    """One plain YAML document (see `autopack.model.parse`); `None` when it is empty.  `first_line` is where the text begins."""
    node = compose_yaml(text, max_depth=MAX_DEPTH)
    return None if node is None else _from_yaml(node, "", first_line - 1)


def read_table(lines: Sequence[str]) -> Node:
    """A table of comma-, semicolon- or tab-separated values as a list of maps, one a row, empty rows left out.

    Raises `BadSyntax` when a quoted cell is not closed or a row has more cells than there are names.
    """
    delimiter = find_delimiter(lines[0])
    reader = csv.reader(io.StringIO("\n".join(lines) + "\n"), delimiter=delimiter, strict=True)
    rows: list[Node] = []
    names: list[str] = []
    last = 0
    try:
        for cells in reader:
            first, last = last + 1, reader.line_num
            if not names:
                names = [name.strip() for name in cells]
            elif any(cell.strip() for cell in cells):
                rows.append(_row(names, cells, first, last, len(rows)))
    except csv.Error as error:
        raise BadSyntax(str(error), reader.line_num) from None
    return Node(kind="list", span=Span(start=1, end=max(1, len(lines))), children=tuple(rows))


def find_delimiter(header: str) -> str:
    """What separates the names of a header line."""
    return max(",;\t|", key=header.count)


def _row(names: Sequence[str], cells: Sequence[str], first: int, last: int, index: int) -> Node:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise BadSyntax(f"{len(cells)} cells, but the first line has {len(names)} names", first)
    children = tuple(
        Node(kind="text", span=Span(start=first, end=last, pointer=f"/{index}/{_escape(name)}"), text=cell.strip())
        for name, cell in zip(names, cells, strict=False)
    )
    return Node(
        kind="map", span=Span(start=first, end=last, pointer=f"/{index}"), children=children, keys=tuple(names[: len(children)])
    )


class _Json:
    def __init__(self, text: str, first_line: int = 1, pointer: str = "") -> None:
        self._text = text
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._first = first_line
        self._pointer = pointer

    def whole(self) -> Node:
        node, at = self._value(self._skip(0), self._pointer, 0)
        if self._skip(at) != len(self._text):
            raise self._wrong("something stands behind the end", self._skip(at))
        return node

    def _line(self, at: int) -> int:
        return self._first + bisect_right(self._breaks, at - 1)

    def _wrong(self, problem: str, at: int) -> BadSyntax:
        return BadSyntax(problem, self._line(at))

    def _skip(self, at: int) -> int:
        while True:
            at = _BLANKS.match(self._text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self._text.startswith("//", at):
                end = self._text.find("\n", at)
                at = len(self._text) if end < 0 else end
            elif self._text.startswith("/*", at):
                end = self._text.find("*/", at)
                if end < 0:
                    raise self._wrong("a comment is not closed", at)
                at = end + 2
            else:
                return at

    def _value(self, at: int, pointer: str, depth: int) -> tuple[Node, int]:
        first = self._text[at : at + 1]
        if first in ("{", "["):
            if depth >= MAX_DEPTH:
                raise Unreadable(f"nested more than {MAX_DEPTH} levels deep", self._line(at))
            return self._members(at, pointer, depth, first == "{")
        if first == '"':
            text, end = self._string(at)
            return self._node("text", at, end, pointer, text), end
        match = _LITERAL.match(self._text, at)
        constant = next((name for name in ("NaN", "Infinity", "-Infinity") if self._text.startswith(name, at)), "")
        if constant:
            raise Unreadable(f"{constant} is not JSON", self._line(at))
        if not match:
            raise self._wrong("a value is missing" if not first else f"unexpected {first!r}", at)
        word = match[0]
        kind: Kind = "null" if word == "null" else "flag" if word in ("true", "false") else "number"
        if kind == "number":
            self._require_number(word, at)
        return self._node(kind, at, match.end(), pointer, "" if word == "null" else word), match.end()

    def _require_number(self, word: str, at: int) -> None:
        """Refuse what other readers of JSON would take for something else."""
        try:
            finite = math.isfinite(float(word)) if word.strip("-0123456789") else bool(str(int(word)))
        except ValueError as error:
            # Python reads no whole number of thousands of digits, since that takes quadratic time.
            raise Unreadable(str(error).split(":")[0][:80], self._line(at)) from None
        if not finite:
            raise Unreadable(f"{word[:20]} is too large for a number", self._line(at))

    def _members(self, at: int, pointer: str, depth: int, named: bool) -> tuple[Node, int]:
        start, closing = at, "}" if named else "]"
        children: list[Node] = []
        keys: list[str] = []
        at = self._skip(at + 1)
        while not self._text.startswith(closing, at):
            name = str(len(children))
            if named:
                if not self._text.startswith('"', at):
                    raise self._wrong("a name in quotes is missing", at)
                name, end = self._string(at)
                if name in keys:
                    raise Unreadable(f"duplicate key {name[:80]!r}", self._line(at))
                keys.append(name)
                at = self._skip(end)
                if not self._text.startswith(":", at):
                    raise self._wrong("`:` is missing", at)
                at = self._skip(at + 1)
            child, at = self._value(at, f"{pointer}/{_escape(name)}", depth + 1)
            children.append(child)
            at = self._skip(at)
            if self._text.startswith(",", at):
                at = self._skip(at + 1)
            elif not self._text.startswith(closing, at):
                raise self._wrong(f"`,` or `{closing}` is missing", at)
        span = Span(start=self._line(start), end=self._line(at), pointer=pointer)
        return Node(kind="map" if named else "list", span=span, children=tuple(children), keys=tuple(keys)), at + 1

    def _string(self, at: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self._text, at + 1, False)
        except json.JSONDecodeError as error:
            raise self._wrong(error.msg, error.pos) from None
        return text, end

    def _node(self, kind: Kind, at: int, end: int, pointer: str, text: str) -> Node:
        return Node(kind=kind, span=Span(start=self._line(at), end=self._line(end - 1), pointer=pointer), text=text)


def _from_yaml(node: yaml.Node, pointer: str, before: int) -> Node:
    import yaml

    start, end = node.start_mark.line + 1, node.end_mark.line + 1
    # A block ends where the next one begins, at the margin of a later line.
    if end > start and node.end_mark.column == 0:
        end -= 1
    span = Span(start=before + start, end=before + end, pointer=pointer)
    if isinstance(node, yaml.SequenceNode):
        parts = tuple(_from_yaml(part, f"{pointer}/{index}", before) for index, part in enumerate(node.value))
        return Node(kind="list", span=_covering(span, parts), children=parts)
    if isinstance(node, yaml.MappingNode):
        keys = tuple(_yaml_keys(node))
        parts = tuple(
            _from_yaml(value, f"{pointer}/{_escape(key)}", before) for key, (_, value) in zip(keys, node.value, strict=True)
        )
        return Node(kind="map", span=_covering(span, parts), children=parts, keys=keys)
    kind: Kind = _KINDS.get(node.tag.rpartition(":")[2], "text")
    return Node(kind=kind, span=span, text="" if kind == "null" else str(node.value))


def _covering(span: Span, parts: Sequence[Node]) -> Span:
    """The lines of a collection end with its last part: its own end mark stands behind blank lines and comments."""
    return Span(start=span.start, end=parts[-1].span.end if parts else span.end, pointer=span.pointer)


def _yaml_keys(node: yaml.MappingNode) -> Iterator[str]:
    import yaml

    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable("a key must be a text", line)
        if key.value in seen:
            raise Unreadable(f"duplicate key {key.value[:80]!r}", line)
        seen.add(key.value)
        yield str(key.value)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
