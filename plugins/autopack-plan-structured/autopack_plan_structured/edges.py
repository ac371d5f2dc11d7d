"""Which piece of work waits for which: fields that name others by id or title.  The order of a list or a priority is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autopack.model.draft import Claim, EdgeValue, Node, Span
from autopack_plan_structured.find import Work
from autopack_plan_structured.links import Piece, key_of, link_target, read_link_type
from autopack_plan_structured.rows import Row, read_row, word_of
from autopack_plan_structured.said import find_awaited

_SEPARATOR = re.compile(r"[,;\n]|\band\b|&")


@dataclass(frozen=True, slots=True)
class _Names:
    """Who bears which name.  `steps` maps the ids of steps (`5.2`) to the names of their items."""

    pieces: dict[str, str]
    steps: dict[str, str]

    def find(self, words: str) -> str | None:
        key = key_of(words)
        return self.pieces.get(key) or self.steps.get(key)


def claim_edges(work: Work) -> Iterator[Claim]:
    """Each edge once, in file order; names that nobody bears, and one's own, give none."""
    seen: set[tuple[str, str]] = set()
    for value, span in _edges(work):
        if (value.source_id, value.after) not in seen:
            seen.add((value.source_id, value.after))
            yield Claim(field="edge", value=value, origin="stated", confidence=0.95, rule=work.shape.name, span=span)


def linked_names(work: Work) -> frozenset[str]:
    """Every name that stands at one end of an edge."""
    return frozenset(name for value, _ in _edges(work) for name in (value.source_id, value.after))


def _edges(work: Work) -> Iterator[tuple[EdgeValue, Span]]:
    names = _read_names(work)
    items = set(map(id, work.items))
    groups = set(map(id, work.groups))
    for piece in (*work.groups, *work.items):
        own = _name(piece)
        for row in (piece.row, *(piece.parts if id(piece) in items else ())):
            yield from _of_row(work, row, own, names)
            yield from _said(row, own, names)
        for step in _steps(work, piece) if id(piece) not in groups else ():
            # A bare number names a step beside it; only `3.1` leads out of the item.
            yield from ((edge, span) for edge, span in _of_row(work, step, own, names, inner=True))


def _of_row(work: Work, row: Row, own: str, names: _Names, *, inner: bool = False) -> Iterator[tuple[EdgeValue, Span]]:
    for field, reverse in ((work.shape.after, False), (work.shape.before, True)):
        for node in row.all(field):
            for words, place in _targets(work, node, names):
                if inner and "." not in words:
                    continue
                other = names.find(words)
                if other and other != own:
                    value = (
                        EdgeValue(source_id=other, after=own) if reverse else EdgeValue(source_id=own, after=other, words=words)
                    )
                    # Values of a repeated column share their pointer, and the own id stands only in the row: cite that.
                    shared = reverse or sum(1 for child in row.node.children if child.span == place.span) > 1
                    yield value, row.node.span if shared else place.span


def _said(row: Row, own: str, names: _Names) -> Iterator[tuple[EdgeValue, Span]]:
    """Edges that a longer text states: "Dependencies: KILN-35"."""
    for node in row.all(("description", "details", "notes", "body")):
        for words in find_awaited(node.text) if node.kind == "text" else ():
            other = names.find(words)
            if other and other != own:
                yield EdgeValue(source_id=own, after=other, words=words), node.span


def _targets(work: Work, node: Node, names: _Names) -> Iterator[tuple[str, Node]]:
    """The names in a field, and the values they stand in."""
    if node.kind == "list":
        for child in node.children:
            yield from _targets(work, child, names)
    elif node.kind == "map":
        if not work.shape.edge_type or read_link_type(node) == work.shape.edge_type:
            target = link_target(node)
            yield (target if names.find(target) else word_of(node)), node
    elif names.find(node.text):
        yield node.text, node
    else:
        for words in _SEPARATOR.split(node.text[:4096]):
            if words.strip():
                yield words.strip(), node


def _name(piece: Piece) -> str:
    return piece.source_id or piece.title


def _read_names(work: Work) -> _Names:
    pieces: dict[str, str] = {}
    steps: dict[str, str] = {}
    everything = (*work.groups, *work.items)
    for piece in everything:
        pieces.setdefault(key_of(_name(piece)), _name(piece))
    for piece in everything:
        # Titles and further ids (`identifier` beside `id`) lead to the same piece, where they are nobody's own.
        for other in (piece.title, *(word_of(node) for node in piece.row.all(work.shape.ids))):
            if other:
                pieces.setdefault(key_of(other), _name(piece))
    groups = set(map(id, work.groups))
    for piece in work.items:
        for step in _steps(work, piece) if id(piece) not in groups else ():
            number = step.word(work.shape.ids)
            if number:
                steps.setdefault(number if "." in number else f"{piece.source_id}.{number}", _name(piece))
        for part in piece.parts:
            steps.setdefault(key_of(part.word(work.shape.ids)), _name(piece))
    return _Names(pieces, steps)


def _steps(work: Work, piece: Piece) -> Iterator[Row]:
    """The steps of an item and their own steps, as maps."""
    queue = [piece.row]
    while queue:
        row = queue.pop()
        inner = [read_row(child) for node in row.all(work.shape.steps) for child in node.children if child.kind == "map"]
        yield from inner
        queue += inner
