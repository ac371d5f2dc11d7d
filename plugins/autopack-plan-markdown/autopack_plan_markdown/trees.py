"""Folders and files drawn as a tree in a fence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_BRANCH = re.compile(r"([│|\s]{0,200})(?:[├└+`|]|[|])(?:[─-]{1,4})[ \t]{0,3}(\S.*)$")
_DRAWN = re.compile(r"[├└│]|^\s*(?:\||\+|`)--")
_NOTE = re.compile(r"\s+(?:#|//|<-+|←|--|—|–|\()|\s{2,}|\s+\*")
_NEW = re.compile(r"\b(?:new|create|created|add|added|neu|nuevo)\b|^\s*(?:#|//|<-+|←)\s*\+|新", re.IGNORECASE)
_CHANGED = re.compile(r"\b(?:modif\w+|chang\w+|updat\w+|edit\w*|extend\w*)\b|^\s*(?:#|//|<-+|←)\s*[+~]|改", re.IGNORECASE)
_TO_READ = re.compile(r"\b(?:read|read[- ]only|reference|see|look at)\b", re.IGNORECASE)
_NAME = re.compile(r"[\w.@+~()\[\]/-]{1,200}$")
_MOST_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file or empty folder of a tree; `offset` counts the lines of the drawing, `note` is what stands behind the name."""

    path: str
    offset: int
    is_new: bool
    is_changed: bool
    is_read: bool


def is_tree(lines: Sequence[str]) -> bool:
    return _is_drawn(lines) or _is_indented(lines)


def _is_drawn(lines: Sequence[str]) -> bool:
    return sum(1 for line in lines if _DRAWN.search(line[:400])) >= 2


def _is_indented(lines: Sequence[str]) -> bool:
    """Whether lines are nothing but names, the first of which is a folder that holds others by their indent."""
    rows = [line[:400] for line in lines if line.strip()]
    names = [_name_and_note(row.strip())[0] for row in rows]
    return (
        len(rows) > 1
        and names[0].endswith("/")
        and rows[0][0] not in " \t"
        and rows[1][0] in " \t"
        and all(_NAME.match(name) for name in names)
    )


def _name_and_note(words: str) -> tuple[str, str]:
    note = _NOTE.search(words)
    return (words[: note.start()], words[note.start() :]) if note else (words, "")


def read_tree(lines: Sequence[str]) -> Iterator[Leaf]:
    """The leaves of a drawing, top to bottom; a line without a branch in front names the folder that the next ones stand in."""
    drawn = _is_drawn(lines)
    stack: list[tuple[int, str]] = []
    rows: list[tuple[int, int, str, str]] = []
    for offset, line in enumerate(lines):
        match = _BRANCH.match(line[:400])
        words = match[2] if match else line[:400].strip()
        depth = match.start(2) if match else 0 if drawn else len(line) - len(line.lstrip())
        if not words or words.lstrip("│| ") == "":
            continue
        name, note = _name_and_note(words)
        rows.append((offset, depth, name.strip("`").removeprefix("./").strip(), note))
    for index, (offset, depth, name, remark) in enumerate(rows):
        while stack and stack[-1][0] >= depth:
            stack.pop()
        path = "/".join(filter(None, [*(folder for _, folder in stack), name.rstrip("/")]))
        has_more = index + 1 < len(rows) and rows[index + 1][1] > depth
        if has_more and len(stack) < _MOST_DEPTH:
            stack.append((depth, "" if name.strip("./") == "" else name.rstrip("/")))
        elif name.strip("./…") and (depth or "/" in path):
            whole = path + "/" * name.endswith("/")
            yield Leaf(
                path=whole,
                offset=offset,
                is_new=_NEW.search(remark) is not None,
                is_changed=_CHANGED.search(remark) is not None,
                is_read=_TO_READ.search(remark) is not None,
            )
