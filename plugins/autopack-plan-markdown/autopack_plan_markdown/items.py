"""One piece of work: how a line of a list or a heading becomes one, and what is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autopack.model.draft import Block, ItemState, Role, Section, Span
from autopack_plan_markdown.page import Page, plain, short_title

_SOURCE_ID = re.compile(
    r"((?:[A-Z]{1,6}-?\d{1,5}[a-z]?|\d{1,3}(?:\.\d{1,3}){1,3}\.?|\d{1,3}\.|\d{2}(?:\.\d{1,2})?-\d{2}|"
    r"(?:Task|Story|Step|Aufgabe|Tâche|Tarea|Tarefa|Задача)\s+\d[\d.]{0,8}|(?:任务|任務|タスク)\s?\d[\d.]{0,8}|#\d{1,6}))"
    r"(?:-PLAN\.md)?(?=[\s:：]|$)[:：\s]*(?:[-–—]\s+)?"
)
# Words in front that only say that what follows is a task.
_KIND = re.compile(
    r"(?:task|todo|to-do|action item|action|feature request|任务|タスク|aufgabe|tâche|tarea|tarefa|задача)\s*[:：]\s*", re.I
)
# "test it with `pytest -q`" proves; "test it in `tests/test_x.py`" is work on that file.
_PROOF = re.compile(
    r"(?:(?:checkpoint|gate)\W{1,4})?(?:then\s+|finally,?\s+)?"
    r"(?:run|verify|check|test|confirm|ensure|make sure|execute|re-?run|validate)\b"
    r"(?:[^`]{0,80}`(?![\w./-]{1,200}\.\w{1,5}`)[^`]+`|(?: that)?(?: all| the| full| whole| entire| unit| existing)*"
    r"\s+(?:tests?|test suite|suite|linters?|checks?|build)\b)",
    re.IGNORECASE,
)
# An entry that is nothing but a command, and a check that a person makes.
_BARE_COMMAND = re.compile(r"`[^`\s]+(?:\s[^`]*)`[\s.]*$")
_BY_HAND = re.compile(r"\b(?:user )?manual (?:verification|check|test|review)\b|\bsign[- ]?off\b", re.IGNORECASE)
_CHANGES_TOO = re.compile(r"\b(?:add|create|write|fix|update|implement|modify|remove|change)\b", re.IGNORECASE)
# Templates ask for promises: "I have searched ...".
_PROMISE = re.compile(r"I(?:['’](?:ve|m|d|ll))?\s")
_NOTHING = re.compile(
    r"\W*(?:tbd|tba|n/?a|none|nothing|to be (?:defined|decided|determined)|placeholder|tbc|\?{2,}|\.{3}|…)\W*$", re.I
)
_DONE = re.compile(
    r"✅|☑|✔|\[x\]|[(\[](?:done|completed?|shipped|finished|released|erledigt|fertig|fait|terminé|hecho|completado|feito|"
    r"concluído|готово|сделано|已完成|完成|完了|済)\b[^()\[\]]{0,40}[)\]]|[-–—:] (?:done|completed?|shipped|erledigt)$",
    re.IGNORECASE,
)
_CANCELLED = re.compile(
    r"[(\[](?:cancelled|canceled|dropped|won['’]?t do|obsolete|rejected|abandoned|verworfen|已取消|取消|中止)"
    r"[^()\[\]]{0,40}[)\]]",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\w+")
_STATUS_LINE = re.compile(
    r"[\s*_+-]{0,8}(?:status|state|estado|statut|état|статус|状态|状態|ステータス)[*_\s]{0,4}[:：]([^\n]{1,120})$", re.I
)
_STATUS_WORDS: Sequence[tuple[re.Pattern[str], ItemState]] = (
    (re.compile(r"not (?:started|done)|todo|to do|pending|open|offen|未开始|未着手|pendiente|pendente|à faire", re.I), "todo"),
    (
        re.compile(r"in[ -]progress|in arbeit|started|en cours|en curso|em andamento|в работе|进行中|作業中|進行中|wip", re.I),
        "in_progress",
    ),
    (
        re.compile(
            r"✅|✔|☑|\b(?:done|complete|completed|finished|shipped|closed|merged|erledigt|fertig|terminé|hecho|completado|feito|"
            r"concluído|готово|сделано)\b|已完成|完成|完了|済",
            re.I,
        ),
        "done",
    ),
    (re.compile(r"cancel|dropped|won['’]?t|obsolete|取消", re.I), "cancelled"),
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
    words = plain(block.text)
    if page.role(block.span.start) not in roles or not any(ch.isalnum() for ch in words):
        return False
    return names_work(words)


def names_work(words: str) -> bool:
    """Whether an entry of a list is something to do: no promise, no placeholder, no mere check."""
    first = _SOURCE_ID.match(words)
    rest = words[first.end() :] if first else words
    rest = rest[kind.end() :] if (kind := _KIND.match(rest)) else rest
    if _PROMISE.match(rest) or _NOTHING.match(rest) or _BARE_COMMAND.match(rest) or _BY_HAND.search(rest[:200]):
        return False
    return not (_PROOF.match(rest) and not _CHANGES_TOO.search(rest))


def read_list_item(block: Block, rule: str, confidence: float) -> Item:
    words = plain(block.text.partition("\n\n")[0])
    match = _SOURCE_ID.match(words)
    rest = words[match.end() :] if match else words
    rest = rest[kind.end() :] if (kind := _KIND.match(rest)) else rest
    title = short_title(rest) or short_title(words)
    state: ItemState = block.state if block.checkbox else "cancelled" if block.text.startswith("~~") else mark_of(words)
    source_id = match[1].rstrip(".") if match and rest else None
    return Item(title=title, span=block.span, rule=rule, confidence=confidence, source_id=source_id, state=state)


def mark_of(words: str) -> ItemState:
    """What marks in a title say: "✅", "(done)", "(shipped in 0.3)"."""
    return "cancelled" if _CANCELLED.search(words[:400]) else "done" if _DONE.search(words[:400]) else "todo"


def read_status(words: str) -> ItemState:
    """What the value of a status field or cell says."""
    return next((state for pattern, state in _STATUS_WORDS if pattern.search(words)), "unknown")


def section_state(page: Page, section: Section) -> ItemState:
    """Whether a heading's work is done: its own mark, else its status line, else its boxes when all of them are ticked."""
    state = mark_of(section.title)
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
