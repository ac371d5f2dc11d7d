"""Work without stated phases, cut into phases of a size that one attempt can finish and one person can review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autopack.decide.category import categorise_paths
from autopack.model.draft import GroupValue, Span

MOST_ITEMS = 8
MOST_FILES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An item with the files it states."""

    item: GroupValue
    paths: frozenset[str] = frozenset()


def pack_items(pieces: Sequence[Piece]) -> tuple[GroupValue, ...]:
    """Groups of neighbouring items, at most 8 items and 12 files each; none when all of them fit into one phase.

    File order is kept, since it is the only order that the plan states for them.  What only tests stays with what is
    before it.  Items that share their lines (structured text on one line) cannot be cut apart.
    """
    todo = [piece for piece in pieces if piece.item.state not in ("done", "cancelled")]
    files = frozenset().union(*(piece.paths for piece in todo))
    starts = [piece.item.extent.start for piece in pieces]
    if (len(todo) <= MOST_ITEMS and len(files) <= MOST_FILES) or len(set(starts)) < len(starts):
        return ()
    packs: list[list[Piece]] = []
    for piece in pieces:
        if not packs or not _fits(packs[-1], piece):
            packs.append([])
        packs[-1].append(piece)
    ends = [pack[0].item.extent.start - 1 for pack in packs[1:]]
    ends.append(max(piece.item.extent.end for piece in packs[-1]))
    return tuple(
        GroupValue(title=_title(pack), extent=Span(start=pack[0].item.extent.start, end=max(end, pack[0].item.extent.start)))
        for pack, end in zip(packs, ends, strict=True)
    )


def _fits(pack: Sequence[Piece], piece: Piece) -> bool:
    if piece.paths and categorise_paths(piece.paths) == "tests" and len(pack) <= MOST_ITEMS:
        return True
    if piece.item.state in ("done", "cancelled"):
        return True
    todo = [row for row in pack if row.item.state not in ("done", "cancelled")]
    return len(todo) < MOST_ITEMS and len(frozenset().union(piece.paths, *(row.paths for row in todo))) <= MOST_FILES


def _title(pack: Sequence[Piece]) -> str:
    first = next((row.item.title for row in pack if row.item.state not in ("done", "cancelled")), pack[0].item.title)
    return first if len(pack) == 1 else f"{first} and {len(pack) - 1} more"
