"""Phases and items: which lines each piece of work owns, and how the pieces are grouped."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from autopack.model.draft import Claim, GroupValue, Span, TextValue
from autopack_plan_markdown.carriers import NUMBERED, WORK_OR_CONTEXT, find_items, find_items_within
from autopack_plan_markdown.chat import chat_requests
from autopack_plan_markdown.items import Item, is_work, join_repeats, section_state
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, short_title, stated
from autopack_plan_markdown.progress import ORDINAL, find_states, with_states
from autopack_plan_markdown.records import action_items, ask_for_work, find_record, is_record

_PHASE = re.compile(
    r"\W{0,6}(?:(phase|milestone|sprint|stage|part|iteration|epic|wave|p|m(?=\d{1,2}\s?[:：–—-])|etappe|meilenstein|étape|jalon|fase|etapa|hito|marco|этап|фаза|"
    r"阶段|階段|フェーズ|里程碑|マイルストーン)[\s-]{0,2}"
    r"([0-9]{1,3}(?:\.[0-9]{1,2})?[a-z]?|[ivx]{1,4}|one|two|three|four|five|six|seven|eight|nine|ten|[一二三四五六七八九十]{1,3})|(第)\s?([\d一二三四五六七八九十]{1,3})\s?(?:阶段|階段|期|部分|フェーズ|段階))(?=$|[\s:：.)–—-])"
    r"[\s:：.)–—-]*(.*)$",
    re.IGNORECASE,
)

# Carriers whose items own exactly the lines of their heading, tag or entry.
_WHOLE_SPAN = frozenset(
    [
        "task-heading",
        "titled-heading",
        "numbered-heading",
        "work-heading",
        "task-tag",
        "fenced-task",
        "front-matter-todo",
        "table-row",
        "letter-line",
    ]
)
# A title is cut short, so it never stands on more lines of its item than these.
TITLE_LINES = 12


def claim_groups(page: Page) -> Iterator[Claim]:
    if page.draft.format == "diff":
        first = next(number for number, line in enumerate(page.draft.lines, start=1) if line.strip())
        value = GroupValue(title=short_title(page.draft.lines[first - 1]), extent=Span(start=1, end=len(page.draft.lines)))
        yield stated("item", value, Span(start=first, end=first), 0.7, "whole-patch")
        return
    if page.draft.format == "chat":
        for request in chat_requests(page):
            yield _item(request, request.cited or request.span)
        return
    kind = find_record(page)
    states = find_states(page)
    phases = with_states(page, _phases(page), states)
    rows = with_states(page, _without_phases(find_items(page, has_phases=bool(phases)), phases), states)
    if is_record(page, kind, rows):
        actions = action_items(page) if kind == "minutes" else []
        yield from (_item(action, action.span) for action in actions)
        yield from () if actions else ask_for_work(page, kind)
        yield from _dropped(page)
        return
    starts = [item.span.start for item in rows]
    bare = [phase.span for phase in phases if not _holds_any(phase.span, starts)]
    rows = sorted([*rows, *find_items_within(page, bare)], key=lambda item: item.span)
    items = _with_extents(page, rows, phases)
    phases, items = _fit(page, phases, _finished(items, phases))
    for phase in phases:
        value = GroupValue(title=phase.title, extent=phase.span, source_id=phase.source_id, state=phase.state)
        yield stated("phase", value, Span(start=phase.span.start, end=phase.span.start), phase.confidence, phase.rule)
    yield from (_item(item, cited) for item, cited in items if item.title)
    yield from _dropped(page)


def _item(item: Item, cited: Span) -> Claim:
    value = GroupValue(title=item.title, extent=item.span, source_id=item.source_id, state=item.state)
    return stated("item", value, cited, item.confidence, item.rule)


# -- phases -----------------------------------------------------------------------------------------------------------


def _phases(page: Page) -> list[Item]:
    """Headings that say "Phase 2" or the like, outermost only; what they hold is judged later."""
    found: list[Item] = []
    for section in page.headings():
        match = _PHASE.match(plain(section.title))
        if not match or section.role in ("future", "bookkeeping", "non_goal", "context", "acceptance"):
            continue
        if found and found[-1].span.holds(section.span):
            continue
        title, name = (
            short_title(section.title),
            match.string[match.start(1) : match.end(2)] if match[1] else plain(match[0])[: match.start(5)].strip(" :："),
        )
        span = page.trim(section.span.start, section.span.end)
        source_id = name if name in title else None
        state = section_state(page, section)
        found.append(Item(title=title, span=span, rule="phase-heading", confidence=0.9, source_id=source_id, state=state))
    return join_repeats(found)


def _without_phases(items: Sequence[Item], phases: Sequence[Item]) -> list[Item]:
    """The items without those that only name a phase: a summary list in front of the details."""
    names = {_ordinal(phase.title) for phase in phases}
    return [item for item in items if _ordinal(item.title) is None or _ordinal(item.title) not in names]


def _ordinal(title: str) -> str | None:
    match = ORDINAL.match(title)
    return f"{match[1]} {match[2]}".casefold() if match else None


def _finished(items: Sequence[tuple[Item, Span]], phases: Sequence[Item]) -> list[tuple[Item, Span]]:
    """What stands in a finished phase is finished."""
    done = [phase for phase in phases if phase.state in ("done", "cancelled")]
    starts = [phase.span.start for phase in done]
    rows = []
    for item, cited in items:
        at = bisect_right(starts, item.span.start) - 1
        inside = at >= 0 and done[at].span.end >= item.span.start
        rows.append((replace(item, state=done[at].state) if inside and item.state == "todo" else item, cited))
    return rows


def _fit(page: Page, phases: Sequence[Item], items: Sequence[tuple[Item, Span]]) -> tuple[list[Item], list[tuple[Item, Span]]]:
    """Phases with their work: one without items takes the lines behind it, or is itself the piece of work."""
    fitted, extra = [], []
    starts = [item.span.start for item, _ in items]
    for number, phase in enumerate(phases):
        if not _holds_any(phase.span, starts):
            following = phases[number + 1].span.start - 1 if number + 1 < len(phases) else len(page.draft.lines)
            wider = page.trim(phase.span.start, max(phase.span.end, following))
            if _holds_any(wider, starts):
                phase = replace(phase, span=wider)
            else:
                cited = Span(start=phase.span.start, end=phase.span.start)
                extra.append((replace(phase, rule="phase-is-work", confidence=0.6), cited))
        fitted.append(phase)
    if not phases:
        fitted = _numbered_phases(page, items)
    return fitted, sorted([*items, *extra], key=lambda row: row[0].span)


def _numbered_phases(page: Page, items: Sequence[tuple[Item, Span]]) -> list[Item]:
    """`## 1. Group` headings, when at least two of them hold checkboxes or tasks."""
    starts = [item.span.start for item, _ in items if item.rule in ("checkbox", "task-heading", "task-tag")]
    found: list[Item] = []
    for section in page.headings():
        match = NUMBERED.match(plain(section.title))
        if match and section.level < LABEL_LEVEL and _holds_any(Span(start=section.span.start + 1, end=section.span.end), starts):
            if found and found[-1].span.holds(section.span):
                continue
            span = page.trim(section.span.start, section.span.end)
            title = short_title(match[2]) or match[1]
            found.append(Item(title=title, span=span, rule="numbered-group", confidence=0.8, source_id=match[1]))
    return found if len(found) > 1 else []


def _holds_any(span: Span, starts: Sequence[int]) -> bool:
    return bisect_right(starts, span.end) > bisect_left(starts, span.start)


# -- extents ----------------------------------------------------------------------------------------------------------


def _with_extents(page: Page, items: Sequence[Item], phases: Sequence[Item]) -> list[tuple[Item, Span]]:
    """Items with the lines they own, each beside the lines its title stands on."""
    borders = _borders(page, phases, items[0].rule if items else "")
    rows: list[tuple[Item, Span]] = []
    for number, item in enumerate(items):
        following = items[number + 1].span.start if number + 1 < len(items) else len(page.draft.lines) + 1
        if item.rule == "whole-text":
            rows.append((replace(item, span=page.trim(1, len(page.draft.lines))), item.span))
            continue
        start, cited_end = item.span.start, min(item.span.end, item.span.start + TITLE_LINES)
        if item.rule in _WHOLE_SPAN:
            end, cited_end = min(item.span.end, following - 1), start
        else:
            end = min(_tail(page, item, items, number, borders), following - 1)
        cited = item.cited or Span(start=start, end=max(start, min(cited_end, end)))
        rows.append((replace(item, span=page.trim(start, end)), cited))
    return rows


def _borders(page: Page, phases: Iterable[Item], rule: str) -> list[int]:
    """First lines of what ends a list item's tail: headings, labels of another kind, phases, list items of the same carrier."""
    lines = {phase.span.start for phase in phases}
    for section in page.draft.sections:
        if 0 < section.level < LABEL_LEVEL or (section.level == LABEL_LEVEL and section.role != "work"):
            lines.add(section.span.start)
    for block in page.outermost:
        is_sibling = block.checkbox if rule == "checkbox" else (block.number is not None) == (rule == "numbered-item")
        if is_sibling or not is_work(page, block, WORK_OR_CONTEXT):
            lines.add(block.span.start)
    return sorted(lines)


def _tail(page: Page, item: Item, items: Sequence[Item], number: int, borders: Sequence[int]) -> int:
    """The last line a list item or step line owns, with the fences and paragraphs that follow it.

    What follows a list of several items belongs to all of them, so the last one owns it only when it announces it.
    """
    after = bisect_right(borders, item.span.end)
    border = borders[after] if after < len(borders) else len(page.draft.lines) + 1
    if item.rule == "step-line":
        return border - 1
    more = number + 1 < len(items) and items[number + 1].span.start <= border
    alone = number == 0 or page.trim(items[number - 1].span.end, item.span.start - 1).end != items[number - 1].span.end
    announces = page.draft.lines[item.span.end - 1].rstrip().endswith(":")
    return border - 1 if more or alone or announces else item.span.end


def _dropped(page: Page) -> Iterator[Claim]:
    outer: Span | None = None
    for section in page.draft.sections:
        if section.role not in ("bookkeeping", "future") or section.level == 0 or (outer and outer.holds(section.span)):
            continue
        outer = section.span
        span = page.trim(section.span.start, section.span.end)
        yield stated("dropped", TextValue(text=plain(section.title)), span, 0.9, f"{section.role}-section")
