"""What a plan file is as a whole: structured text, a patch, or (when nothing here says so) Markdown and plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from autopack.decide.nodes import MAX_DEPTH, find_delimiter, read_json, read_json_lines, read_table, read_yaml
from autopack.errors import WrongUse
from autopack.model.draft import Node
from autopack.model.parse import BadSyntax, Unreadable

LINE_CHARS = 4096

_FRONT_MATTER_KEY = re.compile(r"[\"']?\w[\w.-]*[\"']?[ \t]*:(?:[ \t]|$)")
_WORK_KEY = re.compile(
    r"(?:tasks|phases|todos?|stories|user_?stories|issues|epics|items|features|milestones|steps|plan)\s*:\s*$", re.I
)
_COLUMNS = frozenset(
    ["summary", "title", "name", "task", "description", "issue key", "issue type", "key", "status", "priority", "labels", "id"]
)
_DIFF_START = re.compile(r"diff --git |\*\*\* Begin Patch\b|Index: \S")


def read_structured(lines: Sequence[str], name: str) -> tuple[str, float, Node] | None:
    """The format, how sure that is, and the values of a file that is structured as a whole: by its name or by its looks."""
    text, suffix = "\n".join(lines), PurePosixPath(name).suffix.lower()
    first = next(line for line in lines if line.strip()).lstrip()
    readers: tuple[tuple[str, tuple[str, ...], bool, Callable[[], Node | None]], ...] = (
        ("json", (".json", ".jsonc", ".json5"), first.startswith(("{", "[")), lambda: read_json(text)),
        ("jsonl", (".jsonl", ".ndjson"), first.startswith("{"), lambda: read_json_lines(lines)),
        ("yaml", (".yaml", ".yml"), _looks_like_yaml(lines), lambda: read_yaml(text)),
        ("csv", (".csv", ".tsv"), _looks_like_table(lines), lambda: read_table(lines)),
    )
    for format_, suffixes, looks, read in readers:
        if not looks and suffix not in suffixes:
            continue
        try:
            tree = read()
        except BadSyntax as error:
            if suffix in suffixes:
                raise _unreadable(name, format_, error) from None
        except Unreadable as error:
            raise _unreadable(name, format_, error) from None
        else:
            if tree is not None and tree.kind in ("map", "list"):
                return format_, 0.95 if suffix in suffixes or format_ == "json" else 0.8, tree
    return None


def _unreadable(name: str, format_: str, error: Unreadable) -> WrongUse:
    words = {"json": "JSON", "jsonl": "JSON lines", "yaml": "YAML", "csv": "a table"}[format_]
    hint = error.hint or f"use fewer than {MAX_DEPTH} levels and each key once"
    return WrongUse(f"{name!r} cannot be read as {words}: {error}", hint=hint)


def _looks_like_yaml(lines: Sequence[str]) -> bool:
    """Whether the text begins with a key that lists of work stand under, or ends its only front matter never."""
    filled = [line for line in lines if line.strip() and not line.startswith("#")]
    body = filled[1:] if filled and filled[0].rstrip() == "---" else filled
    return bool(body) and _WORK_KEY.match(body[0][:LINE_CHARS]) is not None and not front_matter_end(lines)


def _looks_like_table(lines: Sequence[str]) -> bool:
    """Whether the first line names at least three columns, two of them as trackers do."""
    header = lines[0][:LINE_CHARS]
    names = [cell.strip(' "').casefold() for cell in header.split(find_delimiter(header))]
    return len(lines) > 1 and len(names) > 2 and len(_COLUMNS.intersection(names)) > 1 and not header.lstrip().startswith("|")


def is_diff(lines: Sequence[str]) -> bool:
    """Whether the text as a whole is a patch."""
    filled = [line for line in lines if line.strip()]
    first = filled[0].lstrip()
    return bool(_DIFF_START.match(first)) or (first.startswith("--- ") and len(filled) > 1 and filled[1].startswith("+++ "))


def front_matter_end(lines: Sequence[str]) -> int:
    """How many lines the front matter takes, 0 without one.  A rule (`---`) above plain text is not front matter."""
    if lines[0].rstrip() != "---":
        return 0
    body = next((line for line in lines[1:] if line.strip()), "")
    if not _FRONT_MATTER_KEY.match(body):
        return 0
    return next((number for number, line in enumerate(lines[1:], start=2) if line.rstrip() in ("---", "...")), 0)
