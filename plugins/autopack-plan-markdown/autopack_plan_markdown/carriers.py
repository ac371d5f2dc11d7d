"""The pieces of work a plan lists: each way of listing them is a carrier, and the first that finds any is taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autopack.model.draft import Block, ItemState, Role, Section, Span, TextValue
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, short_title
from autopack_plan_markdown.titles import claim_title
from autopack_plan_markdown.words import is_imperative, words_of

NUMBERED = re.compile(r"\W{0,6}(\d{1,3}(?:\.\d{1,3}){0,3})[\s.)\ufe0f\u20e3:–—-]+(.*)$")
_TASK = re.compile(
    r"\W{0,6}(task|work item|ticket|user story|story|feature|issue|change|fix|step)\s+"
    r"(#?[\w.]{0,12}\d[\w.]{0,8})(?=$|[\s:.)–—-])[\s:.)–—-]*(.*)$",
    re.IGNORECASE,
)
_PLAIN_STEP = re.compile(r"(STEP|Step|TASK|Task)\s+(\d{1,3})\s*[:.)–—-]+\s*(.*)$")
_SOURCE_ID = re.compile(
    r"((?:[A-Z]{1,6}-?\d{1,5}[a-z]?|\d{1,3}(?:\.\d{1,3}){1,3}\.?|\d{1,3}\.|Task\s+\d[\d.]{0,8}))(?=[\s:]|$)[:\s]*"
)
# "test it with `pytest -q`" proves; "test it in `tests/test_x.py`" is work on that file.
_PROOF = re.compile(
    r"(?:then\s+|finally,?\s+)?(?:run|verify|check|test|confirm|ensure|make sure|execute|re-?run|validate)\b"
    r"(?:[^`]{0,80}`(?![\w./-]{1,200}\.\w{1,5}`)[^`]+`|(?: that)?(?: all| the| full| whole| entire| unit| existing)*"
    r"\s+(?:tests?|test suite|suite|linters?|checks?|build)\b)",
    re.IGNORECASE,
)
_CHANGES_TOO = re.compile(r"\b(?:add|create|write|fix|update|implement|modify|remove|change)\b", re.IGNORECASE)
_DONE = re.compile(r"✅|☑|\[x\]|\((?:done|completed?)\)|[-–—] (?:done|completed?)$", re.IGNORECASE)
# "`total()` returns None when ..." says what is wrong, not what to do.
_STATEMENT = re.compile(
    r".{1,80}?\s(?:is|are|was|were|returns?|fails?|crashes|raises|throws|gets|has|have|"
    r"does(?:n['’]t| not)|do(?:n['’]t| not)|can(?:not|['’]t))\s",
    re.IGNORECASE,
)
_CONTAINERS = frozenset(
    "changes tasks task plan implementation steps work approach solution deliverables features fix".split()  # noqa: SIM905  one line
)
_TASK_LISTS = frozenset(
    ["task", "tasks", "todo", "todos", "steps", "plan", "changes", "implementation", "deliverables", "actions", "fixes"]
)

WORK: frozenset[Role] = frozenset(["work"])
WORK_OR_CONTEXT: frozenset[Role] = frozenset(["work", "context"])


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of work, or a group of them.  `span` is what its own heading or list item covers."""

    title: str
    span: Span
    rule: str
    confidence: float
    source_id: str | None = None
    state: ItemState = "todo"


def find_items(page: Page, *, has_phases: bool) -> list[Item]:
    """The first carrier that yields two pieces of work, else one; else the whole text is one piece."""
    for roles, least in ((WORK, 2), (WORK, 1), (WORK_OR_CONTEXT, 1)):
        for carrier in (_task_headings, _checkboxes, _step_lines, _numbered_headings, _numbered_items, _bullets, _work_headings):
            found = join_repeats(list(carrier(page, roles)))
            if len(found) >= least or (found and found[0].rule == "task-heading"):
                return found
    return [] if has_phases else _whole(page)


def _task_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    rows: list[tuple[Section, re.Match[str]]] = []
    for section in page.headings():
        match = _TASK.match(plain(section.title))
        if match and section.role in roles:
            rows.append((section, match))
    # Steps stand below tasks, tasks below stories: the work is the task, and a lone "Step 1" label proves nothing.
    kinds = {match[1].casefold() for _, match in rows}
    wanted = next(
        (
            kind
            for kind in ("task", "work item", "ticket", "issue", "change", "fix", "feature", "story", "user story", "step")
            if kind in kinds
        ),
        "",
    )
    chosen = [(section, match) for section, match in rows if match[1].casefold() == wanted]
    if wanted != "task" and len(chosen) < 2:
        return
    outer: Span | None = None
    for section, match in chosen:
        if outer and outer.holds(section.span):
            continue
        outer = section.span
        title = short_title(match[3]) or plain(section.title)
        state: ItemState = "done" if _DONE.search(section.title[:400]) else "todo"
        yield Item(
            title=title,
            span=section.span,
            rule="task-heading",
            confidence=0.9,
            source_id=f"{match[1]} {match[2].rstrip('.')}",
            state=state,
        )


def _checkboxes(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    found: list[tuple[Block, Item]] = []
    majors: dict[str, int] = {}
    ordered_above = end = 0
    for block in page.draft.blocks:
        if block.kind != "item":
            continue
        if block.level == 0:
            ordered_above = 0 if block.number is None or block.checkbox else block.span.end
        if not block.checkbox or block.span.start <= end or not is_work(page, block, roles):
            continue
        # Boxes below numbered items are the steps of those.
        if block.level and block.span.start <= ordered_above:
            continue
        end = block.span.end
        item = _list_item(block, "checkbox", 0.85)
        # "1.1" beside "1" is a step of it, whatever the indent says.
        major = (item.source_id or "").split(".")[0]
        if item.source_id and "." in item.source_id.rstrip(".") and major in majors and found:
            index = majors[major]
            parent = found[index][1]
            found[index] = (found[index][0], replace(parent, span=Span(start=parent.span.start, end=block.span.end)))
            continue
        if item.source_id:
            majors[item.source_id.rstrip(".")] = len(found)
        found.append((block, item))
    yield from (item for _, item in found)


def _step_lines(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    for number, line in page.prose():
        match = _PLAIN_STEP.match(plain(line))
        if match and match[3] and page.role(number) in roles and not line.lstrip().startswith("#"):
            span = Span(start=number, end=number)
            yield Item(
                title=short_title(match[3]), span=span, rule="step-line", confidence=0.75, source_id=f"{match[1]} {match[2]}"
            )


def _numbered_headings(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    level = 0
    for section in page.headings():
        match = NUMBERED.match(plain(section.title))
        if not match or section.role not in roles or section.level == LABEL_LEVEL or (level and section.level > level):
            continue
        title = short_title(match[2])
        if not title or title.casefold() in _CONTAINERS:
            continue
        level = section.level
        state: ItemState = "done" if _DONE.search(section.title[:400]) else "todo"
        yield Item(title=title, span=section.span, rule="numbered-heading", confidence=0.75, state=state)


def _numbered_items(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    rows = [
        (block, is_imperative(plain(block.text)) or _in_task_list(page, block))
        for block in page.outermost
        if block.number is not None and is_work(page, block, roles)
    ]
    # An answer explains its code in numbered points, too; only verbs tell those from steps.
    if sum(doing for _, doing in rows) * 2 < len(rows) and any(block.kind == "fence" for block in page.draft.blocks):
        return
    steps = [(block, doing) for block, doing in rows if doing or not _STATEMENT.match(plain(block.text))]
    yield from (_list_item(block, "numbered-item", 0.75 if doing else 0.6) for block, doing in steps or rows)


def _bullets(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    for block in page.outermost:
        if (
            block.number is None
            and is_work(page, block, roles)
            and (is_imperative(plain(block.text)) or _in_task_list(page, block))
        ):
            yield _list_item(block, "bullet", 0.6)


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


def is_work(page: Page, block: Block, roles: frozenset[Role]) -> bool:
    words = plain(block.text)
    if page.role(block.span.start) not in roles or not any(ch.isalnum() for ch in words):
        return False
    first = _SOURCE_ID.match(words)
    rest = words[first.end() :] if first else words
    # Templates ask for promises ("I have searched ..."), and a line that only runs the tests is a check.
    return not rest.startswith(("I have ", "I've ")) and not (_PROOF.match(rest) and not _CHANGES_TOO.search(rest))


def _in_task_list(page: Page, block: Block) -> bool:
    return not _TASK_LISTS.isdisjoint(words_of(page.owners[block.span.start - 1].title))


def _list_item(block: Block, rule: str, confidence: float) -> Item:
    words = plain(block.text.partition("\n\n")[0])
    match = _SOURCE_ID.match(words)
    rest = words[match.end() :] if match else words
    title = short_title(rest) or short_title(words)
    state: ItemState = (
        block.state
        if block.checkbox
        else ("cancelled" if block.text.startswith("~~") else "done" if _DONE.search(words) else "todo")
    )
    return Item(
        title=title,
        span=block.span,
        rule=rule,
        confidence=confidence,
        source_id=match[1].rstrip(".") if match and rest else None,
        state=state,
    )


def join_repeats(items: Sequence[Item]) -> list[Item]:
    """Each piece of work once: a summary list often repeats what the details say.  The longest mention wins, done stays done."""
    best: dict[str, Item] = {}
    for item in items:
        key = (
            item.source_id.casefold()
            if item.source_id and not item.source_id[0].isdigit()
            else " ".join(words_of(item.title)) or item.title
        )
        known = best.get(key)
        if known is None:
            best[key] = item
            continue
        longer = item if item.span.end - item.span.start > known.span.end - known.span.start else known
        best[key] = replace(longer, state="done" if "done" in (item.state, known.state) else longer.state)
    return sorted(best.values(), key=lambda item: item.span)
