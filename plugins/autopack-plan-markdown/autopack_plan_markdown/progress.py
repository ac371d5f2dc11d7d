"""What a plan says about its own progress: boxes and tables that tell the state of work listed elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from autopack.model.draft import Block, ItemState, Role, Span
from autopack_plan_markdown.items import Item, names_work, read_list_item
from autopack_plan_markdown.marks import read_status
from autopack_plan_markdown.page import LINE_LIMIT, Page, plain
from autopack_plan_markdown.words import words_of

DONE_TITLE = re.compile(
    r"\W*(?:done|completed?|finished|shipped|erledigt|fertig|abgeschlossen|fait|faits|terminée?s?|hecho|hechas|completad[oa]s?|"
    r"feito|feitas|concluíd[oa]s?|готово|сделано|выполнено|завершено|已完成|完成|完了|完了済み|済み)\b",
    re.IGNORECASE,
)
DOING_TITLE = re.compile(
    r"\W*(?:in[ -]progress|doing|in arbeit|in bearbeitung|en cours|en curso|en progreso|em andamento|em progresso|в работе|"
    r"进行中|進行中|作業中)",
    re.IGNORECASE,
)
ORDINAL = re.compile(
    r"\W{0,6}(phase|milestone|sprint|stage|part|iteration|epic|wave|task|story|step|p)[\s-]{0,2}(\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\W{0,6}(\d{1,3}(?:\.\d{1,3}){0,2})[.):]?\s")
_REFERENCE = re.compile(r"[A-Z]{1,4}-?\d{1,5}|\d{1,3}(?:\.(?:\d{1,3}|[xX*])){1,3}|\d{1,3}\.?[xX*]")
_REFERENCES = re.compile(
    rf"(?:{_REFERENCE.pattern})(?:\s?(?:,|/|\+|&|–|-|and|und|et|y|e|и)\s?(?:{_REFERENCE.pattern})){{0,12}}(?=[\s:]|$)"
)
_BOX = re.compile(r"\[.\]\s*")
_STAMP = re.compile(r"\([^()]{1,40}\)\s*")
_CHECKBOX_LIST = re.compile(
    r"\W*(?:progress|status|checklist|todo|to do|avancement|progreso|progresso|fortschritt|进度|進捗|прогресс)", re.I
)


def progress_boxes(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    """The boxes of a progress section: where the work itself is told in prose, they are what its author ticks off."""
    for block in page.boxes:
        owner = page.owners[block.span.start - 1]
        if block.level == 0 and owner.role == "bookkeeping" and _CHECKBOX_LIST.match(plain(owner.title)):
            block = _without_stamp(block)
            if names_work(plain(block.text)):
                yield read_list_item(page, block, "progress-box", 0.7)


def find_states(page: Page) -> dict[str, ItemState]:
    """The state of each piece of work that a progress list, a progress table or a list of phases names."""
    states: dict[str, ItemState] = {}
    for block in page.boxes:
        words = plain(_without_stamp(block).text)
        if page.role(block.span.start) == "bookkeeping" or ORDINAL.match(words):
            for key in _keys(words, numbered="number"):
                states.setdefault(key, block.state)
    for block in page.draft.blocks:
        if block.kind == "table" and page.role(block.span.start) == "bookkeeping":
            for words, state in _rows(block):
                for key in _keys(words, numbered="phase"):
                    states.setdefault(key, state)
    return states


def with_states(page: Page, items: Iterable[Item], states: dict[str, ItemState]) -> list[Item]:
    """The items, finished where the progress of the plan says so."""
    found, rows = [], list(items)
    numbers = [_heading_number(page, item) for item in rows]
    once = Counter(numbers)
    for item, number in zip(rows, numbers, strict=True):
        keys = _keys(f"{item.source_id or ''}: {item.title}" if item.source_id else item.title)
        # A list of what is done repeats the numbers of headings, and says the rest in other words.
        keys += [f"number {number}"] if number and once[number] == 1 else []
        told = next((states[key] for key in keys if key in states), None)
        found.append(replace(item, state=told) if told in ("done", "cancelled") and item.state == "todo" else item)
    return found


def without_retold(page: Page, items: Sequence[Item]) -> list[Item]:
    """The items without lists that only name others by their numbers: "1.2, 1.3 the rest of the parser", "2.x printer"."""
    named = [(item, _refers_to(page, item)) for item in items]
    first: dict[str, Span] = {}
    for item in items:
        if item.source_id:
            first.setdefault(item.source_id, page.owners[item.span.start - 1].span)
    known = set(first) | {known.rpartition(".")[0] for known in first}
    retelling = {
        page.owners[item.span.start - 1].span
        for item, refs in named
        if (len(refs) > 1 or any(ref[-1] in "xX*" for ref in refs)) and any(ref.rstrip(".xX*") in known for ref in refs)
    }
    return [
        item
        for item, refs in named
        if (place := page.owners[item.span.start - 1].span) not in retelling
        or not any(ref.rstrip(".xX*") in known and first.get(ref) != place for ref in refs)
    ]


def _refers_to(page: Page, item: Item) -> list[str]:
    """The numbers that an entry begins with."""
    words = plain(page.draft.lines[item.span.start - 1][:LINE_LIMIT].lstrip(" \t-*+"))
    words = words[box.end() :] if (box := _BOX.match(words)) else words
    match = _REFERENCES.match(words)
    return _REFERENCE.findall(match[0]) if match else []


def _heading_number(page: Page, item: Item) -> str | None:
    line = page.draft.lines[item.span.start - 1][:LINE_LIMIT] if item.rule == "numbered-heading" else ""
    number = _NUMBER.match(plain(line.lstrip("# ")))
    return number[1] if number else None


def _rows(table: Block) -> Iterator[tuple[str, ItemState]]:
    for line in table.text.split("\n")[2:]:
        cells = [plain(cell) for cell in line[:LINE_LIMIT].strip("| ").split("|")]
        state = next((known for cell in cells[1:] if (known := read_status(cell)) != "unknown"), None)
        if cells[0] and state:
            yield cells[0], state


def _keys(words: str, numbered: str = "") -> list[str]:
    """What a piece of work is called by: its ordinal, and its words."""
    named = ORDINAL.match(words)
    number = _NUMBER.match(words) if numbered and not named else None
    rest = words[named.end() :] if named else words[number.end() :] if number else words
    keys = [f"{named[1]} {named[2]}".casefold()] if named else [f"{numbered} {number[1]}"] if number else []
    title = " ".join(words_of(rest))
    return [*keys, title] if title else keys


def _without_stamp(block: Block) -> Block:
    """A progress box without the date in front."""
    stamp = _STAMP.match(block.text)
    return replace(block, text=block.text[stamp.end() :]) if stamp else block
