"""Work that is marked as such: front matter `todos`, `<task>` blocks, and `Task 1:` lines in a fence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack.model.draft import ItemState, Node, Role, Section, Span
from autopack_plan_markdown.embedded import FENCED_TASK, find_fenced_tasks, find_todo_title, find_todos
from autopack_plan_markdown.items import Item, names_work
from autopack_plan_markdown.marks import read_status
from autopack_plan_markdown.page import LABEL_LEVEL, LINE_LIMIT, Page, plain, short_title

_TASK_TAG = re.compile(r"[ \t]{0,40}<(?:task|step|work-item|todo)\b([^<>\n]{0,300})>")
_TAG = re.compile(r"</?[\w-]{1,40}[^<>]{0,300}>")
# Stops where a person looks at the work; no builder does them.
_BY_HAND = re.compile(r"type=[\"']?(?:checkpoint|human|manual)", re.IGNORECASE)
_TASK_COLUMNS = ("task", "work item", "todo", "item", "story", "aufgabe", "tâche", "tarea", "tarefa", "задача", "任务", "タスク")
_STATE_COLUMNS = ("status", "state", "done", "estado", "statut", "статус", "状态", "状態")


def front_matter_todos(page: Page) -> Iterator[Item]:
    """`todos` of the front matter: a list of maps or of plain strings."""
    for todo in find_todos(page.draft):
        title = find_todo_title(todo)
        words = short_title(title.text) if title else ""
        if title is None or not words or not names_work(words):
            continue
        source_id = todo.get("id", "key") if todo.kind == "map" else None
        yield Item(
            title=words,
            span=Span(start=todo.span.start, end=todo.span.end),
            rule="front-matter-todo",
            confidence=0.95,
            source_id=source_id.text if source_id else None,
            state=_state_of(todo),
            cited=Span(start=title.span.start, end=title.span.end),
        )


def _state_of(todo: Node) -> ItemState:
    if todo.kind != "map":
        return "todo"
    done, status = todo.get("done", "completed", "passes"), todo.get("status", "state")
    if done is not None and done.text.casefold() in ("true", "yes"):
        return "done"
    known = read_status(status.text.replace("_", " ")) if status else "todo"
    return "todo" if known == "unknown" else known


def tagged_tasks(page: Page) -> Iterator[Item]:
    """`<task>` blocks, those left out that are a stop for a person."""
    sections = page.draft.sections
    end = 0
    for index, section in enumerate(sections):
        if section.level != LABEL_LEVEL or section.role != "work" or section.span.start <= end:
            continue
        tag = _TASK_TAG.match(page.draft.lines[section.span.start - 1][:LINE_LIMIT])
        if not tag:
            continue
        end = section.span.end
        inside = [inner for inner in sections[index + 1 : index + 12] if section.span.holds(inner.span)]
        words, cited = _tag_title(page, section, inside)
        if words and not _BY_HAND.search(tag[1]):
            named = FENCED_TASK.match(words)
            yield Item(
                title=short_title(named[2] if named else words),
                span=section.span,
                rule="task-tag",
                confidence=0.95,
                source_id=f"Task {named[1]}" if named else None,
                cited=cited,
            )


def _tag_title(page: Page, task: Section, inside: list[Section]) -> tuple[str, Span]:
    """The words of `<name>`, else the first words."""
    named = next((section for section in inside if section.title in ("name", "title")), task)
    line = named.span.start
    if line == named.span.end:
        return plain(_TAG.sub(" ", page.draft.lines[line - 1][:LINE_LIMIT])), named.span
    first = next(iter(page.texts_in(named.span)), None)
    if first is None:
        return "", task.span
    return plain(first.text.split("\n")[0]), Span(start=first.span.start, end=first.span.start)


def table_tasks(page: Page, roles: frozenset[Role]) -> Iterator[Item]:
    """Rows of a table that has a column of tasks, with their number and state where columns say them."""
    for block in page.draft.blocks:
        if block.kind != "table" or page.role(block.span.start) not in roles:
            continue
        rows = [[plain(cell) for cell in row[:LINE_LIMIT].strip("| ").split("|")] for row in block.text.split("\n")]
        names = [cell.casefold() for cell in rows[0]]
        column = next((names.index(name) for name in _TASK_COLUMNS if name in names), None)
        status = next((names.index(name) for name in _STATE_COLUMNS if name in names), None)
        for offset, row in enumerate(rows[2:], start=2):
            title = short_title(row[column]) if column is not None and column < len(row) else ""
            if title and not title.isdecimal() and names_work(title):
                span = Span(start=block.span.start + offset, end=block.span.start + offset)
                known = read_status(row[status]) if status is not None and status < len(row) else "todo"
                state: ItemState = "todo" if known == "unknown" else known
                yield Item(title=title, span=span, rule="table-row", confidence=0.75, state=state)


def fenced_tasks(page: Page) -> Iterator[Item]:
    """`Task 1: ...` at the margin of a fence of text, two at least; each owns the lines down to the next."""
    for block in page.draft.blocks:
        rows = find_fenced_tasks(block, page.draft) if page.role(block.span.start) == "work" else []
        for index, (number, match) in enumerate(rows):
            end = rows[index + 1][0] - 1 if index + 1 < len(rows) else max(number, block.span.end - 1)
            span = Span(start=number, end=end)
            title, name = short_title(match[2]), f"Task {match[1]}"
            yield Item(title=title, span=span, rule="fenced-task", confidence=0.9, source_id=name)
