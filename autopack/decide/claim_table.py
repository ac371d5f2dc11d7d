"""Verified claims, found by field and by the lines of a phase or an item without looking at each of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeVar

from autopack.decide.claims import rank_claim
from autopack.model.draft import Claim, Field, GroupValue, Span

V = TypeVar("V")


class ClaimTable:
    """Claims in the order of their rank, best first, whatever the order they came in."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        self._rows: dict[Field, list[Claim]] = {}
        for claim in sorted(claims, key=rank_claim):
            self._rows.setdefault(claim.field, []).append(claim)
        self._starts: dict[Field, list[tuple[int, int]]] = {
            field: sorted((row.span.start, index) for index, row in enumerate(rows) if row.span)
            for field, rows in self._rows.items()
        }

    def values(self, field: Field, kind: type[V]) -> list[tuple[V, Claim]]:
        """Every value of this kind."""
        return [(row.value, row) for row in self._rows.get(field, ()) if isinstance(row.value, kind)]

    def within(self, field: Field, kind: type[V], group: GroupValue) -> list[tuple[V, Claim]]:
        """The values whose lines a phase or an item owns."""
        rows = self._rows.get(field, [])
        found = sorted({index for span in (group.extent, *group.parts) for index in self._between(field, span)})
        claims = [rows[index] for index in found]
        return [(row.value, row) for row in claims if isinstance(row.value, kind) and row.span and group.holds(row.span)]

    def outside(self, field: Field, kind: type[V], groups: Sequence[GroupValue]) -> list[tuple[V, Claim]]:
        """The values whose lines none of the groups owns."""
        owned = {id(claim) for group in groups for _, claim in self.within(field, kind, group)}
        return [(value, claim) for value, claim in self.values(field, kind) if id(claim) not in owned]

    def _between(self, field: Field, span: Span) -> list[int]:
        starts = self._starts.get(field, [])
        first, last = bisect_left(starts, (span.start, -1)), bisect_left(starts, (span.end + 1, -1))
        return [index for _, index in starts[first:last]]
