"""Which phase a piece of work belongs to, found without looking at each of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from autopack.model.draft import GroupValue, Span


class OwnerTable:
    """Groups by the lines and the place in structured text that they own."""

    def __init__(self, groups: Sequence[GroupValue]) -> None:
        spans = sorted((span, index) for index, group in enumerate(groups) for span in (group.extent, *group.parts))
        by_pointer: dict[str, list[tuple[Span, int]]] = {}
        for span, index in spans:
            by_pointer.setdefault(span.pointer, []).append((span, index))
        self._all = _Spans(spans)
        self._by_pointer = {pointer: _Spans(rows) for pointer, rows in by_pointer.items()}
        starts = sorted((group.extent.start, index) for index, group in enumerate(groups))
        self._starts = [start for start, _ in starts]
        self._first_from = list(accumulate((index for _, index in reversed(starts)), min))[::-1]
        self._last = len(groups) - 1

    def holding(self, extent: Span) -> set[int]:
        """The groups that hold the first line of an extent."""
        first = Span(start=extent.start, end=extent.start, pointer=extent.pointer)
        if not extent.pointer:
            return set(self._all.holding(first))
        # Only who owns a value that holds this one, or plain lines, can hold it.
        parts = extent.pointer.split("/")
        pointers = ["", *("/".join(parts[:count]) for count in range(2, len(parts) + 1))]
        tables = [self._by_pointer[pointer] for pointer in pointers if pointer in self._by_pointer]
        return {index for table in tables for index in table.holding(first)}

    def find(self, extent: Span) -> int:
        """The first group that holds the first line of an extent; outside all, the next one, else the last."""
        holding = self.holding(extent)
        if holding:
            return min(holding)
        later = bisect_right(self._starts, extent.start)
        return self._first_from[later] if later < len(self._starts) else self._last


class _Spans:
    def __init__(self, rows: Sequence[tuple[Span, int]]) -> None:
        self._rows = rows
        self._starts = [span.start for span, _ in rows]
        self._ends = list(accumulate((span.end for span, _ in rows), max))

    def holding(self, sought: Span) -> Iterator[int]:
        at = bisect_right(self._starts, sought.start) - 1
        while at >= 0 and self._ends[at] >= sought.start:
            span, index = self._rows[at]
            if span.holds(sought):
                yield index
            at -= 1
