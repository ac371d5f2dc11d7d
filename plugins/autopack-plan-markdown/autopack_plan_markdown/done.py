"""Lines of work that is finished or given up: the files and steps they name are no longer this plan's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from autopack.model.draft import Span
from autopack_plan_markdown.page import Page

_OVER = ("done", "cancelled")


def find_done_lines(page: Page) -> frozenset[int]:
    """Ticked boxes of work with what they hold, and what `find_finished_lines` gives."""
    return _lines_of([*_ticked(page), *_finished(page)])


def find_finished_lines(page: Page) -> frozenset[int]:
    """Items that are finished, and phases of nothing but such items."""
    return _lines_of(_finished(page))


def _lines_of(spans: Iterable[Span]) -> frozenset[int]:
    lines: set[int] = set()
    end = 0
    for span in sorted(set(spans)):
        lines.update(range(max(span.start, end + 1), span.end + 1))
        end = max(end, span.end)
    return frozenset(lines)


def _ticked(page: Page) -> Iterator[Span]:
    for block in page.draft.blocks:
        is_over = block.kind == "item" and (block.state in _OVER or block.text.startswith("~~"))
        if is_over and block.state == "cancelled" and any(box.state == "todo" for box in page.boxes_in(block.span)):
            # `[-]` above open boxes: begun, not given up.
            continue
        if is_over and page.role(block.span.start) in ("work", "files", "context"):
            yield block.span


def _finished(page: Page) -> Iterator[Span]:
    groups = page.known_groups()
    items = {claim.value for claim in page.draft.known if claim.field == "item"}
    rows = [group for group in groups if group in items]
    yield from (group.extent for group in rows if group.state in _OVER)
    count = len(page.draft.lines) + 2
    started, open_ = [0] * count, [0] * count
    for group in rows:
        if group.extent.start < count:
            started[group.extent.start] += 1
            open_[group.extent.start] += group.state not in _OVER
    started, open_ = list(accumulate(started)), list(accumulate(open_))
    for group in groups:
        first, last = group.extent.start, min(group.extent.end, count - 1)
        if group not in items and started[last] > started[first - 1] and open_[last] == open_[first - 1]:
            yield group.extent
