"""The pieces of work a plan lists: each way of listing them is a carrier, and the first that finds any is taken."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from autopack.model.draft import Block, Role, Section, Span, TextValue
from autopack_plan_markdown.items import (
    SOURCE_ID,
    Item,
    is_work,
    join_repeats,
    names_work,
    read_list_item,
    section_state,
    without_number,
)
from autopack_plan_markdown.marked import fenced_tasks, front_matter_todos, table_tasks, tagged_tasks
from autopack_plan_markdown.marks import has_mark, mark_of
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, short_title
from autopack_plan_markdown.progress import DOING_TITLE, DONE_TITLE, progress_boxes, without_retold
from autopack_plan_markdown.proofs import is_proof
from autopack_plan_markdown.titles import claim_title
from autopack_plan_markdown.words import is_imperative, words_of

Carrier = Callable[[Page, frozenset[Role]], Iterator[Item]]

NUMBERED = re.compile(r"\W{0,6}(\d{1,3}(?:\.\d{1,3}){0,3})[\s.)\ufe0f\u20e3:–—-]+(.*)$")
# Kinds of work whose headings carry a number, the finest first: steps stand below tasks, tasks below stories.
_KINDS = (
    "task", "aufgabe", "tâche", "tarea", "tarefa", "задача", "任务", "任務", "タスク", "work item", "ticket", "issue", "change",
    "fix", "feature", "story", "user story", "requirement", "step", "schritt", "étape", "paso", "passo", "шаг", "步骤", "步驟",
    "ステップ",
)  # fmt: skip
_TASK = re.compile(
    rf"\W{{0,6}}({'|'.join(sorted(_KINDS, key=len, reverse=True))})\s{{0,3}}"
    r"(#?[\w.]{0,12}\d[\w.]{0,8})(?=$|[\s:：.)–—-])[\s:：.)–—-]*(.*)$",
    re.IGNORECASE,
)
_TITLED = re.compile(r"\W{0,6}(requirement|task|story|user story|feature|change)\s{0,3}[:：]\s{0,3}(\S.*)$", re.IGNORECASE)
_PLAIN_STEP = re.compile(r"(STEP|Step|TASK|Task)\s+(\d{1,3})\s*[:.)–—-]+\s*(.*)$")
# "`total()` returns None when ..." says what is wrong, not what to do.
_STATEMENT = re.compile(
    r".{1,80}?\s(?:is|are|was|were|returns?|fails?|crashes|raises|throws|gets|has|have|"
    r"does(?:n['’]t| not)|do(?:n['’]t| not)|can(?:not|['’]t))\s",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"\W{0,4}(?:problem|fix|cause|solution|proposal|files?|changes?|lösung|ursache|dateien?|änderung|problème|cause|correctif|fichiers?|"
    r"problema|arreglo|solución|archivos?|solução|arquivos?|проблема|решение|файлы?|问题|修复|方案|文件|問題|修正|対応|ファイル)\W*$",
    re.IGNORECASE,
)
# "**Why.** ..." explains.
_LED = re.compile(
    r"\*\*(?!(?:notes?|why|how|background|context|risks?|warning|hint|tip|rationale|goal|owner|hinweis|warum|ziel|nota|por qué|"
    r"objetivo|riesgo|note|pourquoi|but|objectif|备注|注意|目标|背景)\b)([^*\n]{3,80}?)[.:]?\*\*[.:]?\s+\S",
    re.IGNORECASE,
)
_LETTERED = re.compile(r"[ \t]{0,3}\(?([A-Za-z])\)[ \t]+(\S.*)$")
_LETTERS = "abcdefghijklmnopqrstuvwxyz."
_CHOICE = re.compile(
    r"\b(?:options?|either|choose|alternatives?|which of|entweder|oder|choix|opciones|opções|варианты)\b", re.IGNORECASE
)
_CONTAINERS = frozenset(
    "changes tasks task plan implementation steps work approach solution deliverables features fix".split()  # noqa: SIM905  one line
)
WORK: frozenset[Role] = frozenset(["work"])
WORK_OR_CONTEXT: frozenset[Role] = frozenset(["work", "context"])
_BOOKKEEPING: frozenset[Role] = frozenset(["bookkeeping"])

# One of these is enough: nobody writes them by chance.
_SURE = frozenset(["task-heading", "task-tag", "front-matter-todo"])
_OWN_PLACE = frozenset(["front-matter-todo", "progress-box"])


def find_items(page: Page, *, has_phases: bool) -> list[Item]:
    """The first carrier that yields two pieces of work, else one; else the whole text is one piece."""
    progress: list[Carrier] = [] if has_phases else [progress_boxes]
    marked = [_marked(front_matter_todos), _marked(tagged_tasks), _task_headings, _marked(fenced_tasks)]
    clear: list[Carrier] = [
        *marked,
        _field_headings,
        _checkboxes,
        _step_lines,
        _numbered_headings,
        table_tasks,
        _letter_lines,
        *progress,
    ]
    announced: list[Carrier] = [_only_listed(_numbered_items), _only_listed(_bullets)]
    rest: list[Carrier] = [_numbered_items, _bullets, _work_headings]
    for roles, least in ((WORK, 2), (WORK, 1), (WORK_OR_CONTEXT, 1)):
        for carrier in (*clear, *announced, *rest):
            found = join_repeats(list(carrier(page, roles)))
            # What stands in a list of finished work is kept, and proves no list of work.
            wanted = [item for item in found if page.role(item.span.start) in roles or item.rule in _OWN_PLACE]
            if len(wanted) >= least or (wanted and wanted[0].rule in _SURE):
                return found
    return [] if has_phases else _whole(page)


def find_items_within(page: Page, spans: list[Span]) -> list[Item]:
    """What lists say within each of these spans, for phases that the plan's own carrier left empty: two entries at least."""
    chosen: list[Item] = []
    for carrier in (
        _checkboxes,
        _numbered_headings,
        _only_listed(_numbered_items),
        _only_listed(_bullets),
        _bullets,
        _led_paragraphs,
    ):
        found = list(carrier(page, WORK)) if spans else []
        starts = [item.span.start for item in found]
        for span in list(spans):
            mine = found[bisect_left(starts, span.start) : bisect_right(starts, span.end)]
            if len(mine) > 1:
                chosen += mine
                spans.remove(span)
    return chosen


def _marked(carrier: Callable[[Page], Iterator[Item]]) -> Carrier:
    return lambda page, roles: carrier(page)


def _only_listed(carrier: Carrier) -> Carrier:
    """The carrier, below headings that announce work; finished lists stand beside those."""
    return lambda page, roles: (
        item
        for item in carrier(page, roles)
        if item.span.start in page.listed or (item.state == "done" and page.role(item.span.start) == "bookkeeping")
    )


def _task_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    rows: list[tuple[Section, re.Match[str]]] = []
    for section in page.headings():
        match = _TASK.match(plain(section.title))
        if match and section.role in roles:
            rows.append((section, match))
    # Steps stand below tasks, tasks below stories: the work is the task, and a lone "Step 1" label proves nothing.
    kinds = {match[1].casefold() for _, match in rows}
    wanted = next((kind for kind in _KINDS if kind in kinds), "")
    chosen = [(section, match) for section, match in rows if match[1].casefold() == wanted]
    if wanted != "task" and len(chosen) < 2:
        yield from _titled_headings(page, roles)
        return
    outer: Span | None = None
    for section, match in chosen:
        if outer and outer.holds(section.span):
            continue
        outer = section.span
        title = short_title(match[3]) or plain(section.title)
        name = f"{match[1]} {match[2].rstrip('.')}"
        yield _from_heading(page, section, title, "task-heading", 0.9, name if name in plain(section.title) else None)


def _titled_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    """`### Requirement: Two factors`: a kind of work without a number."""
    for section in page.headings():
        match = _TITLED.match(plain(section.title)) if section.level < LABEL_LEVEL and section.role in roles else None
        if match:
            yield _from_heading(page, section, short_title(match[2]), "titled-heading", 0.85)


def _from_heading(page: Page, section: Section, title: str, rule: str, confidence: float, source_id: str | None = None) -> Item:
    state = section_state(page, section)
    return Item(title=title, span=section.span, rule=rule, confidence=confidence, source_id=source_id, state=state)


def _checkboxes(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    found: list[tuple[Block, Item]] = []
    majors: dict[str, int] = {}
    checks: frozenset[str] = frozenset()
    ordered_above = end = 0
    for block in page.draft.blocks:
        if block.kind != "item":
            continue
        if block.level == 0:
            ordered_above = 0 if block.number is None or block.checkbox else block.span.end
        if not block.checkbox or block.span.start <= end:
            continue
        if not _is_listed_work(page, block, roles):
            # What stands below a check is part of it, by indent or by number.
            if page.role(block.span.start) in roles and is_proof(without_number(plain(block.text))):
                end, checks = block.span.end, checks | {_number_of(block)}
            continue
        # Boxes below numbered items are the steps of those.
        if block.level and block.span.start <= ordered_above:
            continue
        end = block.span.end
        item = _from_list(page, block, "checkbox", 0.85)
        # "1.1" beside "1" is a step of it, whatever the indent says.
        major = (item.source_id or "").split(".")[0]
        if major != item.source_id and major in checks:
            continue
        if item.source_id and "." in item.source_id.rstrip(".") and major in majors and found:
            index = majors[major]
            parent = found[index][1]
            found[index] = (found[index][0], replace(parent, span=Span(start=parent.span.start, end=block.span.end)))
            continue
        if item.source_id:
            majors[item.source_id.rstrip(".")] = len(found)
        found.append((block, item))
    yield from without_retold(page, [item for _, item in found])


def _number_of(block: Block) -> str:
    match = SOURCE_ID.match(plain(block.text))
    return match[1].rstrip(".") if match else "-"


def _step_lines(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    for number, line in page.prose():
        match = _PLAIN_STEP.match(plain(line))
        if match and match[3] and page.role(number) in roles and not line.lstrip().startswith("#"):
            span = Span(start=number, end=number)
            yield Item(
                title=short_title(match[3]), span=span, rule="step-line", confidence=0.75, source_id=f"{match[1]} {match[2]}"
            )


def _numbered_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    rows: list[tuple[Section, str, str]] = []
    level = 0
    for section in page.headings():
        match = NUMBERED.match(plain(section.title))
        if not match or section.role not in roles or section.level == LABEL_LEVEL or (level and section.level > level):
            continue
        title = short_title(match[2])
        if not title or title.casefold() in _CONTAINERS:
            continue
        level = section.level
        rows.append((section, match[1], title))
    # Numbers that begin anew in each group name nothing.
    times = Counter(number for _, number, _ in rows)
    for section, number, title in rows:
        yield _from_heading(page, section, title, "numbered-heading", 0.75, number if times[number] == 1 else None)


def _letter_lines(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    """`a) ...`, `(b) ...` on lines of their own outside of lists: Markdown knows no such list, people do."""
    rows: list[tuple[int, str]] = []
    inside = {number for block in page.outermost for number in range(block.span.start, block.span.end + 1)}
    for number, line in page.prose():
        match = _LETTERED.match(line) if number not in inside and page.role(number) in roles else None
        if match and match[1].casefold() == _LETTERS[len(rows)]:
            rows.append((number, match[2]))
    doing = sum(1 for number, words in rows if is_imperative(words) or number in page.listed)
    offered = rows and _CHOICE.search(" ".join(page.draft.lines[max(0, rows[0][0] - 4) : rows[0][0] - 1])[-400:])
    if len(rows) > 1 and doing * 2 > len(rows) and not offered:
        for number, words in rows:
            if names_work(words):
                span = Span(start=number, end=number)
                yield Item(
                    title=short_title(plain(words)), span=span, rule="letter-line", confidence=0.7, state=mark_of(words, {})
                )


def _field_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    """Numbered sections that most say "Problem", "Fix" or "Files" of themselves: the boxes of a few are the steps of those."""
    found = list(_numbered_headings(page, roles))
    told = {section.span.start for section in page.draft.sections if section.level == LABEL_LEVEL and _FIELD.match(section.title)}
    starts, boxed = sorted(told), [item for item in found if page.boxes_in(item.span)]
    fielded = [item for item in found if bisect_right(starts, item.span.end) > bisect_left(starts, item.span.start)]
    if len(fielded) > 1 and len(fielded) * 2 > len(found) > len(boxed) * 2:
        yield from found


def _numbered_items(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    rows = [
        (block, is_imperative(plain(block.text)) or _is_announced(page, block))
        for block in page.outermost
        if block.number is not None and is_work(page, block, roles)
    ]
    # An answer explains its code in numbered points, too; only verbs tell those from steps.
    if sum(doing for _, doing in rows) * 2 < len(rows) and any(block.kind == "fence" for block in page.draft.blocks):
        return
    steps = [(block, doing) for block, doing in rows if doing or not _STATEMENT.match(plain(block.text))]
    times = Counter(block.number for block, _ in steps or rows)
    for block, doing in steps or rows:
        item = read_list_item(page, block, "numbered-item", 0.75 if doing else 0.6)
        # "(after 1)" means the entry of that number, where only one has it.
        yield item if item.source_id or times[block.number] > 1 else replace(item, source_id=block.number)


def _bullets(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    for block in page.outermost:
        if (
            block.number is None
            and _is_listed_work(page, block, roles)
            and (is_imperative(plain(block.text)) or _is_announced(page, block) or page.role(block.span.start) == "bookkeeping")
        ):
            yield _from_list(page, block, "bullet", 0.6)


def _led_paragraphs(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    """`**Table and model.** A migration ...`: paragraphs that each begin with what they are about."""
    for block in page.draft.blocks:
        lead = _LED.match(block.text[:200]) if block.kind == "paragraph" and page.role(block.span.start) in roles else None
        if lead and names_work(lead[1]):
            yield Item(title=short_title(lead[1]), span=block.span, rule="led-paragraph", confidence=0.6)


def _work_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    outer: Span | None = None
    for section in page.headings():
        if section.role in roles and section.level < LABEL_LEVEL and not (outer and outer.holds(section.span)):
            title = short_title(section.title)
            if is_imperative(title) and len(words_of(title)) > 1:
                outer = section.span
                yield Item(title=title, span=section.span, rule="work-heading", confidence=0.6)


def _whole(page: Page) -> list[Item]:
    title = claim_title(page)
    if title is None or title.span is None or not isinstance(title.value, TextValue):
        return []
    carries_code = any(block.kind == "fence" for block in page.draft.blocks)
    clear = carries_code or is_imperative(title.value.text)
    return [Item(title=title.value.text, span=title.span, rule="whole-text", confidence=0.7 if clear else 0.35)]


def _is_announced(page: Page, block: Block) -> bool:
    """Whether an entry stands below a heading that announces work, or says itself how far it is."""
    return block.span.start in page.listed or has_mark(block.text, page.legend)


def _is_listed_work(page: Page, block: Block, roles: frozenset[Role]) -> bool:
    """Whether a list entry is work, be it finished: lists are kept as "To do", "In progress" and "Done"."""
    if page.role(block.span.start) == "bookkeeping" and DONE_TITLE.match(page.owners[block.span.start - 1].title[:80]):
        return is_work(page, block, _BOOKKEEPING)
    return is_work(page, block, roles)


def _from_list(page: Page, block: Block, rule: str, confidence: float) -> Item:
    """A list entry, with the state that its section gives it."""
    item, title = read_list_item(page, block, rule, confidence), page.owners[block.span.start - 1].title[:80]
    if item.state == "todo" and page.role(block.span.start) == "bookkeeping":
        return replace(item, state="done")
    return replace(item, state="in_progress") if item.state == "todo" and DOING_TITLE.match(title) else item
