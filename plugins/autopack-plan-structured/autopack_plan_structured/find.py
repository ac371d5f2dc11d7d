"""Where a structured file lists its work: the first list that fits a shape.  Data that lists none gives none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autopack.model.draft import ItemState, Node
from autopack_plan_structured.links import Piece, link_pieces, read_piece
from autopack_plan_structured.rows import Row, fold, read_row
from autopack_plan_structured.shapes import (
    BROAD_GROUPS,
    FOREIGN,
    GENERIC,
    ROOT,
    SHAPES,
    SIGNS,
    STATES,
    SURE_LISTS,
    SURE_TITLES,
    TELLING_STATES,
    TRACKED,
    VERBS,
    Shape,
)
from autopack_plan_structured.uses import BOOKKEEPING

_DEPTH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a file lists: phases, items in file order, and the maps around them, outermost first.

    `groups` hold their items by place or by `parts`.  `left` are other lists of work that are not this plan.
    """

    shape: Shape
    holders: tuple[Row, ...]
    items: tuple[Piece, ...] = ()
    groups: tuple[Piece, ...] = ()
    left: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    name: str
    node: Node
    holders: tuple[Row, ...] = ()


def find_work(tree: Node) -> Work | None:
    """The work of the first list that fits, tools before generic lists; else the one issue that the file is."""
    places = list(_places(tree))
    for shape in SHAPES:
        fitting = [(place, work) for place in places if (work := _work_at(shape, place)) is not None]
        if fitting:
            return _choose(shape, fitting)
    for place in places:
        phases = _bare_phases(place)
        if phases:
            return Work(shape=GENERIC, holders=place.holders, groups=phases)
    return _single_issue(tree)


def _places(tree: Node) -> Iterator[_Place]:
    """The values that maps within maps hold, outermost first."""
    level = [_Place(name=ROOT, node=tree)]
    for _ in range(_DEPTH + 1):
        yield from level
        level = [
            _Place(name=fold(key), node=child, holders=(*place.holders, holder))
            for place in level
            if place.node.kind == "map"
            for holder in (read_row(place.node),)
            for key, child in zip(place.node.keys, place.node.children, strict=False)
            if child.children and fold(key) not in BOOKKEEPING
        ]


def _choose(shape: Shape, fitting: Sequence[tuple[_Place, Work]]) -> Work:
    """The outermost list; of several that stand side by side, in a map each, one is the plan (tags) or each is a phase."""
    place, work = fitting[0]
    beside = [
        (other, found)
        for other, found in fitting
        if other.name == place.name and len(other.holders) == len(place.holders) > 1 and not found.groups
    ]
    if len(beside) < 2 or work.groups:
        return work
    if shape.tags:
        order = sorted(beside, key=lambda row: (not _is_open(row[1]), _holder_key(row[0]) != "master"))
        _, chosen = order[0]
        return replace(chosen, left=tuple(other.node for other, found in beside if found is not chosen))
    groups = [_holder_piece(other) for other, _ in beside]
    return replace(
        work,
        holders=place.holders[:-1],
        groups=tuple(group for group in groups if group),
        items=tuple(item for _, found in beside for item in found.items),
    )


def _is_open(work: Work) -> bool:
    return any(item.state in ("todo", "in_progress") for item in work.items)


def _holder_key(place: _Place) -> str:
    outer, inner = place.holders[-2].node, place.holders[-1].node
    return next((key for key, child in zip(outer.keys, outer.children, strict=False) if child is inner), "")


def _holder_piece(place: _Place) -> Piece | None:
    """A map as a phase that is called by its name in the map around it."""
    named = read_piece(place.holders[-1], GENERIC)
    if named:
        return named
    key = _holder_key(place)
    # The name belongs to the map around, so that is where it stands.
    return Piece(row=place.holders[-1], title=key, title_node=place.holders[-2].node) if any(ch.isalnum() for ch in key) else None


def _work_at(shape: Shape, place: _Place) -> Work | None:
    groups = _groups_at(shape, place)
    if groups:
        return Work(shape=shape, holders=place.holders, groups=tuple(groups[0]), items=tuple(groups[1]))
    items = _items_at(shape, place)
    if not items:
        return None
    around = place.holders[-1] if place.holders else None
    named = [piece for list_ in around.all(shape.groups) for piece in _read_all(shape, list_)] if around else []
    phases, pieces = link_pieces(shape, items, named)
    return Work(shape=shape, holders=place.holders, groups=phases, items=pieces)


# -- phases -----------------------------------------------------------------------------------------------------------


def _groups_at(shape: Shape, place: _Place) -> tuple[list[Piece], list[Piece]] | None:
    """Phases that hold lists of work, or further phases, and their items; `None` when no member holds any."""
    if place.name not in {fold(name) for name in shape.groups}:
        return None
    phases: list[Piece] = []
    items: list[Piece] = []
    for piece in _read_all(shape, place.node):
        inner = _inside(shape, piece, BROAD_GROUPS.get(place.name, shape.lists))
        phases += inner[0] if inner and inner[0] else [piece]
        items += inner[1] if inner else []
    return (phases, items) if items else None


def _inside(shape: Shape, piece: Piece, lists: Sequence[str]) -> tuple[list[Piece], list[Piece]] | None:
    for name in shape.groups:
        for node in piece.row.all((name,)):
            found = _groups_at(shape, _Place(name=fold(name), node=node))
            if found:
                return found
    for name in lists:
        for node in piece.row.all((name,)):
            items = _items_at(shape, _Place(name=fold(name), node=node), inside=True)
            if items:
                return [], items
    return None


def _bare_phases(place: _Place) -> tuple[Piece, ...]:
    """Phases that list nothing: each is a piece of work itself."""
    if place.name not in {fold(name) for name in GENERIC.groups} - set(BROAD_GROUPS):
        return ()
    pieces = _read_all(GENERIC, place.node)
    likely = [piece for piece in pieces if _looks_like_work(piece, sure=False)]
    return tuple(pieces) if likely and len(likely) * 2 >= len(place.node.children) else ()


# -- items ------------------------------------------------------------------------------------------------------------


def _items_at(shape: Shape, place: _Place, *, inside: bool = False) -> list[Piece]:
    if place.name not in {name if name == ROOT else fold(name) for name in shape.lists}:
        return []
    if place.name in STATES and place.holders:
        return _columns(shape, place.holders[-1])
    sure = place.name in SURE_LISTS
    pieces = _read_all(shape, place.node)
    maps = [child for child in place.node.children if child.kind == "map"]
    texts = [piece for piece in pieces if piece.row.node.kind == "text"]
    if place.node.kind == "map" and (not sure or len(maps) < len(place.node.children)):
        return []
    if shape.marks:
        marked = [child for child in maps if _is_marked(shape, read_row(child))]
        return [piece for piece in pieces if piece.row.node.kind == "map"] if marked and len(marked) * 2 >= len(maps) else []
    if any(FOREIGN.intersection(piece.row.fields) for piece in pieces):
        return []
    named = [piece for piece in pieces if piece.row.node.kind == "map"]
    likely = [piece for piece in named if _looks_like_work(piece, sure=sure or inside)]
    likely += [piece for piece in texts if sure or inside or _begins_with_verb(piece.title)]
    # A list of texts at the top of a file, or mere numbers, is data.
    fits = likely and len(likely) * 2 >= len(place.node.children) and (named or place.name != ROOT)
    return pieces if fits else []


def _columns(shape: Shape, board: Row) -> list[Piece]:
    """The lists of a board, whose names are the state of what they hold; a list `todo` alone is a list like any other."""
    found: list[Piece] = []
    for key, child in zip(board.node.keys, board.node.children, strict=False):
        state: ItemState | None = STATES.get(fold(key))
        if state and child.kind == "list":
            pieces = _read_all(shape, child)
            found += [replace(piece, state=state) if piece.state == "todo" else piece for piece in pieces]
    return found if not shape.marks else []


def _read_all(shape: Shape, node: Node) -> list[Piece]:
    """The members of a list (or of a map of maps, called by their names) that have a title, in file order."""
    pieces = []
    for index, child in enumerate(node.children if node.kind in ("list", "map") else ()):
        piece = read_piece(read_row(child), shape)
        if piece and node.kind == "map" and not piece.source_id:
            piece = replace(piece, source_id=node.keys[index])
        if piece:
            pieces.append(piece)
    return pieces


def _is_marked(shape: Shape, row: Row) -> bool:
    return all(any(fold(name) in row.fields for name in names) for names in shape.marks)


def _looks_like_work(piece: Piece, *, sure: bool) -> bool:
    fields = piece.row.fields
    if (sure and not SURE_TITLES.isdisjoint(fields)) or not SIGNS.isdisjoint(fields):
        return True
    return fold(piece.row.word(GENERIC.status)) in TELLING_STATES or _begins_with_verb(piece.title)


def _begins_with_verb(title: str) -> bool:
    return title.partition(" ")[0].casefold() in VERBS and " " in title


def _single_issue(tree: Node) -> Work | None:
    """A file that is one issue: a title, with what only trackers and plans give to one."""
    if tree.kind != "map":
        return None
    shape = replace(GENERIC, name="one-issue", title=("title", "summary"), ids=("identifier", "key", "number", "iid", "id"))
    row = read_row(tree)
    piece = read_piece(row, shape)
    known_state = fold(row.word(shape.status)) in STATES
    if piece is None or FOREIGN.intersection(row.fields) or not (known_state or (TRACKED | SIGNS).intersection(row.fields)):
        return None
    return Work(shape=shape, holders=(), items=(piece,))
