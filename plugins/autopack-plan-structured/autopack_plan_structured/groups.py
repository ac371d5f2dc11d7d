"""Title, goal, phases and items of the work that was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autopack.model.draft import Claim, ClaimValue, Field, GroupValue, Node, Span, TextValue
from autopack_plan_structured.edges import linked_names
from autopack_plan_structured.find import Work
from autopack_plan_structured.links import Piece
from autopack_plan_structured.rows import Row, cut_title, fold, read_row
from autopack_plan_structured.uses import BOOKKEEPING

_TITLES = ("title", "project", "project_name", "name", "feature", "plan", "epic", "summary")
_GOALS = ("goal", "goals", "objective", "overview", "description", "purpose", "summary")
_GOAL_CHARS = 600


def stated(field: Field, value: ClaimValue, span: Span, confidence: float, rule: str) -> Claim:
    return Claim(field=field, value=value, origin="stated", confidence=confidence, rule=rule, span=span)


def claim_groups(work: Work) -> Iterator[Claim]:
    """In file order: what the plan is called and for, its phases, its items, and what the file only records."""
    sure = 0.95 if work.shape.marks else 0.85
    yield from _about(work)
    linked = linked_names(work)
    for field, pieces in (("phase", work.groups), ("item", work.items)):
        for piece in pieces:
            yield _group("phase" if field == "phase" else "item", piece, linked, sure, work.shape.name)
    yield from _dropped(work)


def _group(field: Field, piece: Piece, linked: frozenset[str], confidence: float, rule: str) -> Claim:
    value = GroupValue(
        title=piece.title,
        extent=piece.row.node.span,
        # What others name by its title bears that as its id.
        source_id=piece.source_id or (piece.title if piece.title in linked else None),
        state=piece.state,
        parts=tuple(row.node.span for row in piece.parts),
    )
    return stated(field, value, piece.title_node.span, confidence, rule)


def _about(work: Work) -> Iterator[Claim]:
    """The title and the goal that stand around the list, those of the innermost map first."""
    if not work.holders:
        yield from [
            stated("title", TextValue(text=p.title), p.title_node.span, 0.9, "issue-title")
            for p in work.items[:1]
            if work.shape.name == "one-issue"
        ]
        return
    maps = list(reversed(work.holders))
    maps += [read_row(node) for row in maps for node in row.all(("project", "meta", "metadata", "plan")) if node.kind == "map"]
    title = _first_text(maps, _TITLES)
    if title and (words := cut_title(title.text)):
        yield stated("title", TextValue(text=words), title.span, 0.9, "title-field")
    goal = _first_text([row for row in maps if row.node.kind == "map" and fold_last(row.node) not in BOOKKEEPING], _GOALS)
    if goal and goal is not title and (words := cut_title(goal.text) if len(goal.text) > _GOAL_CHARS else goal.text.strip()):
        yield stated("goal", TextValue(text=words), goal.span, 0.85, "goal-field")


def fold_last(node: Node) -> str:
    return fold(node.span.pointer.rpartition("/")[2])


def _first_text(rows: Sequence[Row], names: Sequence[str]) -> Node | None:
    return next((node for row in rows for node in row.all(names) if node.kind == "text" and node.text.strip()), None)


def _dropped(work: Work) -> Iterator[Claim]:
    """Records beside the list, and lists of work that are another plan's."""
    for holder in work.holders:
        for key, child in zip(holder.node.keys, holder.node.children, strict=False):
            if fold(key) in BOOKKEEPING and (child.text or child.children):
                # The name stands in the map around its value.
                span = Span(start=child.span.start, end=child.span.end, pointer=holder.node.span.pointer)
                yield stated("dropped", TextValue(text=key), span, 0.9, "records")
    for node in work.left:
        title = next((text for text in node.texts() if any(ch.isalnum() for ch in text)), "")
        if title:
            yield stated("dropped", TextValue(text=cut_title(title)), node.span, 0.8, "other-tag")
