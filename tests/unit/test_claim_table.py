"""Claims found by field and lines."""

from __future__ import annotations

import random

from autopack.decide.claim_table import ClaimTable
from autopack.model.draft import Claim, GroupValue, PathValue, Span, TextValue


def path(name: str, start: int, end: int | None = None, confidence: float = 0.9) -> Claim:
    span = Span(start=start, end=end or start)
    return Claim(
        field="path", value=PathValue(path=name), origin="stated", confidence=confidence, rule="r", span=span, package="p"
    )


ROWS = [path("a", 1), path("b", 5), path("c", 5, 6), path("d", 9), path("e", 20), path("f", 3, confidence=0.5)]


def names(rows: list[tuple[PathValue, Claim]]) -> list[str]:
    return [value.path for value, _ in rows]


def test_values_come_best_first_whatever_the_order_they_came_in() -> None:
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    assert names(ClaimTable(shuffled).values("path", PathValue)) == ["a", "b", "c", "d", "e", "f"]
    assert ClaimTable(ROWS).values("path", TextValue) == ClaimTable(ROWS).values("goal", TextValue) == []


def test_a_group_owns_what_lies_within_its_lines_and_its_parts() -> None:
    group = GroupValue(title="x", extent=Span(start=2, end=5), parts=(Span(start=20, end=21),))
    assert names(ClaimTable(ROWS).within("path", PathValue, group)) == ["b", "e", "f"]
    other = GroupValue(title="y", extent=Span(start=9, end=9))
    assert names(ClaimTable(ROWS).outside("path", PathValue, [group, other])) == ["a", "c"]


def test_pointers_tell_values_on_one_line_apart() -> None:
    rows = [
        Claim(
            field="path",
            value=PathValue(path=name),
            origin="stated",
            confidence=0.9,
            rule="r",
            span=Span(start=1, end=1, pointer=f"/{index}/path"),
            package="p",
        )
        for index, name in enumerate("abc")
    ]
    group = GroupValue(title="x", extent=Span(start=1, end=1, pointer="/1"))
    assert names(ClaimTable(rows).within("path", PathValue, group)) == ["b"]
