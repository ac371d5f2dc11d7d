"""Pieces of work as a list gives them, and which of them belong to which: epics hold stories, stories hold sub-tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autopack.model.draft import ItemState, Node
from autopack_plan_structured.rows import Row, cut_title, fold, word_of
from autopack_plan_structured.shapes import EPICS, STATES, YES, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A phase or an item.  `title_node` is the value the title stands in; `parts` are rows elsewhere that belong to it."""

    row: Row
    title: str
    title_node: Node
    source_id: str | None = None
    state: ItemState = "todo"
    parts: tuple[Row, ...] = ()


def read_piece(row: Row, shape: Shape) -> Piece | None:
    """The piece of work that a map (or a text by itself) is; `None` without a title in words."""
    if row.node.kind == "text":
        title = cut_title(row.node.text)
        return Piece(row=row, title=title, title_node=row.node) if title else None
    for node in row.all(shape.title):
        title = cut_title(node.text) if node.kind == "text" else ""
        if title:
            return Piece(
                row=row, title=title, title_node=node, source_id=row.word(shape.ids) or None, state=_read_state(row, shape)
            )
    return None


def _read_state(row: Row, shape: Shape) -> ItemState:
    if any(fold(node.text) in YES for node in row.all(shape.done) if node.text):
        return "done"
    state = STATES.get(fold(row.word(shape.status)))
    if state:
        return state
    return "in_progress" if any(fold(node.text) in YES for node in row.all(shape.begun) if node.text) else "todo"


def key_of(name: str) -> str:
    """An id for comparing: `#12` is `12`."""
    return " ".join(name.casefold().split()).lstrip("#")


def link_pieces(shape: Shape, pieces: Sequence[Piece], named: Sequence[Piece]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Phases and items of a flat list whose members name what they belong to, by id or title.

    An epic (or one of the phases `named` in a list of their own) with members is a phase; what belongs to any other piece is a
    step of it.
    """
    everything = [*named, *pieces]
    names: dict[str, int] = {}
    for index, piece in enumerate(everything):
        for name in (piece.source_id, piece.title):
            if name:
                names.setdefault(key_of(name), index)
    above = [_parent(shape, piece, index, names) for index, piece in enumerate(everything)]
    is_epic = [index < len(named) or fold(piece.row.word(shape.types)) in EPICS for index, piece in enumerate(everything)]
    tops = [_top(index, above, is_epic) for index in range(len(everything))]
    epics = {above[top] for top in set(tops) if not is_epic[top]} - {None}
    steps: dict[int, list[Row]] = {}
    members: dict[int, list[Row]] = {}
    for index, piece in enumerate(everything):
        top = tops[index]
        if top != index:
            steps.setdefault(top, []).append(piece.row)
        owner = above[top]
        if owner is not None and not is_epic[index]:
            members.setdefault(owner, []).append(piece.row)
    phases = tuple(
        replace(piece, parts=tuple(members[index]))
        for index, piece in enumerate(everything)
        if index in epics and index in members
    )
    parents = {owner for owner in above if owner is not None}
    items = tuple(
        replace(piece, parts=tuple(steps.get(index, ())))
        for index, piece in enumerate(everything)
        if index >= len(named) and tops[index] == index and not (is_epic[index] and index in parents)
    )
    return phases, items


def _parent(shape: Shape, piece: Piece, index: int, names: dict[str, int]) -> int | None:
    for word in _parent_words(shape, piece.row):
        found = names.get(key_of(word))
        if found is not None and found != index:
            return found
    return None


def _parent_words(shape: Shape, row: Row) -> Iterator[str]:
    if shape.parent_type:
        for link in (link for node in row.all(shape.after) for link in node.children):
            if read_link_type(link) == shape.parent_type:
                yield link_target(link)
    for node in row.all(shape.parent):
        yield word_of(node)


def read_link_type(link: Node) -> str:
    node = link.get("type", "dependency_type")
    return node.text.casefold() if node else ""


def link_target(link: Node) -> str:
    """The id that a link names: of a map the one it depends on, else its own."""
    node = (
        link.get("depends_on_id", "depends_on", "task", "identifier", "key", "id", "title", "name")
        if link.kind == "map"
        else link
    )
    return word_of(node) if node else ""


def _top(index: int, above: Sequence[int | None], is_epic: Sequence[bool]) -> int:
    """The item that a piece is a step of, itself when it belongs to none; whoever belongs to each other is left alone."""
    seen = {index}
    at = index
    while not is_epic[at]:
        owner = above[at]
        if owner is None or is_epic[owner]:
            return at
        if owner in seen:
            return index
        seen.add(owner)
        at = owner
    return at
