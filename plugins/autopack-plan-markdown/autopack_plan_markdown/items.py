"""One piece of work: how a line of a list or a heading becomes one, and what is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autopack.model.draft import Block, ItemState, Role, Section, Span
from autopack_plan_markdown.marks import leading_state, mark_of, read_status, without_struck
from autopack_plan_markdown.page import MARKERS, Page, plain, short_title
from autopack_plan_markdown.proofs import is_proof, writes_tests

SOURCE_ID = re.compile(
    r"((?:[A-Z]{1,6}-?\d{1,5}[a-z]?|\d{1,3}(?:\.\d{1,3}){1,3}\.?|\d{1,3}\.|\d{2}(?:\.\d{1,2})?-\d{2}|"
    r"(?:Task|Story|Step|Aufgabe|Tâche|Tarea|Tarefa|Задача)\s+\d[\d.]{0,8}|(?:任务|任務|タスク)\s?\d[\d.]{0,8}|#\d{1,6}))"
    r"(?:-PLAN\.md)?(?=[\s:：]|$)[:：\s]*(?:[-–—]\s+)?"
)
# Words in front that only say that what follows is a task.
_KIND = re.compile(
    r"(?:task|todo|to-do|action item|action|feature request|任务|タスク|aufgabe|tâche|tarea|tarefa|задача)\s*[:：]\s*", re.I
)
# Templates ask for promises: "I have searched ...".
_PROMISE = re.compile(r"I(?:['’](?:ve|m|d|ll))?\s")
_NOTHING = re.compile(
    r"\W*(?:tbd|tba|n/?a|none|nothing|to be (?:defined|decided|determined)|placeholder|tbc|\?{2,}|\.{3}|…)\W*$", re.I
)
_WORDS = re.compile(r"\w+")
_STATUS_LINE = re.compile(
    r"[\s*_+-]{0,8}(?:status|state|estado|statut|état|статус|状态|状態|ステータス)[*_\s]{0,4}[:：]([^\n]{1,120})$", re.I
)


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of work, or a group of them.  `span` is what its own heading or list item covers, `cited` where its title stands
    when that is not on the first lines."""

    title: str
    span: Span
    rule: str
    confidence: float
    source_id: str | None = None
    state: ItemState = "todo"
    cited: Span | None = None


def is_work(page: Page, block: Block, roles: frozenset[Role]) -> bool:
    words, role = plain(block.text), page.role(block.span.start)
    if role == "validation" and "work" in roles and block.checkbox:
        return writes_tests(without_number(words))
    return role in roles and any(ch.isalnum() for ch in words) and names_work(words)


def names_work(words: str) -> bool:
    """Whether an entry of a list is something to do: no promise, no placeholder, no mere check."""
    rest = without_number(words)
    return not (_PROMISE.match(rest) or _NOTHING.match(rest) or is_proof(rest))


def without_number(words: str) -> str:
    """An entry's words behind its number, its markers like `[P]` and "Task:"."""
    rest = words[first.end() :] if (first := SOURCE_ID.match(words)) else words
    rest = rest[markers.end() :] if (markers := MARKERS.match(rest)) else rest
    return rest[kind.end() :] if (kind := _KIND.match(rest)) else rest


def read_list_item(page: Page, block: Block, rule: str, confidence: float) -> Item:
    text = block.text.partition("\n\n")[0]
    number = SOURCE_ID.match(text)
    words = plain(text[: number.end()] + without_struck(text[number.end() :]) if number else without_struck(text))
    match = SOURCE_ID.match(words)
    rest = without_number(words)
    rest = rest[named[1] :] if (named := leading_state(rest)) else rest
    title = short_title(rest) or short_title(words)
    source_id = match[1].rstrip(".") if match and rest else None
    state = _entry_state(page, block)
    return Item(title=title, span=block.span, rule=rule, confidence=confidence, source_id=source_id, state=state)


def _entry_state(page: Page, block: Block) -> ItemState:
    text = block.text.partition("\n\n")[0]
    number = SOURCE_ID.match(text)
    marked = mark_of(text, page.legend, number.end() if number else 0)
    if not block.checkbox:
        return marked
    if block.state == "cancelled":
        # Some tools write "[-]" for what is under way; a list of steps, some ticked, tells.
        steps = {box.state for box in page.boxes_in(Span(start=block.span.start + 1, end=block.span.end))}
        return "in_progress" if {"todo", "done"} <= steps and block.span.end > block.span.start else "cancelled"
    return "cancelled" if marked == "cancelled" and block.state != "done" else block.state


def section_state(page: Page, section: Section) -> ItemState:
    """Whether a heading's work is done: its own mark, else its status line, else its boxes when all of them are ticked."""
    title = section.title.replace("**", "")
    number = SOURCE_ID.match(title)
    state = mark_of(title, page.legend, number.end() if number else 0)
    if state != "todo":
        return state
    for line in page.draft.lines[section.span.start : section.span.start + 12]:
        if line.startswith("#"):
            break
        if match := _STATUS_LINE.match(line[:400]):
            return known if (known := read_status(match[1])) != "unknown" else "todo"
    boxes = page.boxes_in(section.span)
    return "done" if boxes and all(box.state in ("done", "cancelled") for box in boxes) else "todo"


def join_repeats(items: Sequence[Item]) -> list[Item]:
    """Each piece of work once: a summary list often repeats what the details say.  The longest mention wins, done stays done."""
    best: dict[str, Item] = {}
    for item in items:
        key = (
            item.source_id.casefold()
            if item.source_id and not item.source_id[0].isdigit()
            else " ".join(_WORDS.findall(item.title.casefold())) or item.title
        )
        known = best.get(key)
        if known is None:
            best[key] = item
            continue
        longer = item if item.span.end - item.span.start > known.span.end - known.span.start else known
        best[key] = replace(longer, state="done" if "done" in (item.state, known.state) else longer.state)
    return sorted(best.values(), key=lambda item: item.span)
