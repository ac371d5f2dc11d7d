"""Words of the work that stand where code stands: the front matter's list of todos, and tasks told in a fence."""

from __future__ import annotations

import re

from autopack.model.draft import Block, Draft, Node

LINE_LIMIT = 4096
FENCED_TASK = re.compile(r"(?:-[ \t]+)?(?:Task|TASK|Step|STEP)[ \t]+(\d{1,3}(?:\.\d{1,3})?)[ \t]*[:.)–—-]+[ \t]*(\S.*)$")

_TODO_KEYS = ("todos", "todo", "tasks")
_TODO_TITLES = ("content", "title", "name", "task", "description", "text", "summary")
_TEXT_FENCES = frozenset(["", "yaml", "yml", "text", "txt", "plaintext", "plain"])


def find_todos(draft: Draft) -> tuple[Node, ...]:
    """The members of the front matter's list of work."""
    todos = draft.tree.get(*_TODO_KEYS) if draft.format == "markdown" and draft.tree and draft.tree.kind == "map" else None
    return todos.children if todos is not None and todos.kind == "list" else ()


def find_todo_title(todo: Node) -> Node | None:
    """A todo is its own title, or a map with one."""
    found = todo if todo.kind != "map" else todo.get(*_TODO_TITLES)
    return found if found is not None and found.kind == "text" and any(ch.isalpha() for ch in found.text) else None


def find_fenced_tasks(block: Block, draft: Draft) -> list[tuple[int, re.Match[str]]]:
    """The lines of a fence of text that begin a task, with what they say; none when there are fewer than two."""
    if block.kind != "fence" or block.info.split(" ")[0].casefold() not in _TEXT_FENCES:
        return []
    rows = [
        (number, match)
        for number in range(block.span.start, block.span.end + 1)
        if (match := FENCED_TASK.match(draft.lines[number - 1][:LINE_LIMIT])) is not None
    ]
    return rows if len(rows) > 1 else []


def find_prose_in_code(draft: Draft) -> set[int]:
    """The lines of front matter and fences that rules may read as prose."""
    titles = [title.span for todo in find_todos(draft) if (title := find_todo_title(todo)) is not None]
    lines = {number for span in titles for number in range(span.start, span.end + 1)}
    for block in draft.blocks:
        if rows := find_fenced_tasks(block, draft):
            lines.update(range(rows[0][0], block.span.end))
    return lines
