"""The fenced blocks of a plan, with what stands above them, and the lines outside of any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autopack.model.draft import Block, Draft, Span
from autopack_plan_payload.lines import Line

_OPENING = re.compile(r"^[\s>*+-]*(?:\d{1,9}[.)]\s+)?(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """One fence.  `above` are the lines that may name it: back to the last fence, heading, numbered or checkbox item.

    `heading` is the heading of the section it stands in.
    """

    info: str
    span: Span
    body: tuple[Line, ...]
    is_closed: bool
    above: tuple[Line, ...]
    heading: Line | None


def find_fences(draft: Draft) -> list[Fence]:
    """Every fence with fence lines of its own, in order.  An indented block has none: indents are often for looks."""
    fences = []
    boundary = 1
    heading: Line | None = None
    for block in draft.blocks:
        start = block.span.start
        if block.kind == "heading":
            boundary, heading = start, Line(start, block.text)
        elif block.kind == "item" and (block.number or block.checkbox):
            boundary = start
        elif block.kind == "fence":
            opening = _OPENING.match(draft.lines[start - 1][:4096])
            if opening is None:
                continue
            above = tuple(Line(number, draft.lines[number - 1]) for number in range(boundary, start))
            fences.append(
                Fence(
                    info=block.info,
                    span=block.span,
                    body=tuple(Line(start + offset, text) for offset, text in enumerate(_body(block), 1)),
                    is_closed=_is_closed(draft, block, opening[1]),
                    above=above,
                    heading=heading,
                )
            )
            boundary = block.span.end + 1
    return fences


def find_prose(draft: Draft, fences: Sequence[Fence]) -> list[list[Line]]:
    """The runs of lines that stand in no fence."""
    runs: list[list[Line]] = []
    position = 1
    for span in [fence.span for fence in fences] + [Span(start=len(draft.lines) + 1, end=len(draft.lines) + 1)]:
        if span.start > position:
            runs.append([Line(number, draft.lines[number - 1]) for number in range(position, span.start)])
        position = span.end + 1
    return runs


def _body(block: Block) -> list[str]:
    return block.text.removesuffix("\n").split("\n") if block.text else []


def _is_closed(draft: Draft, block: Block, opening: str) -> bool:
    closing = draft.lines[block.span.end - 1].lstrip(" \t>").rstrip()
    return block.span.end > block.span.start and set(closing) == {opening[0]} and len(closing) >= len(opening)
