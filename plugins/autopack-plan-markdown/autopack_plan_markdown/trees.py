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
_MOST_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Leaf:
    """A file or empty folder of a tree; `offset` counts the lines of the drawing, `note` is what stands behind the name."""

    path: str
    offset: int
    is_new: bool
    is_changed: bool


def is_tree(lines: Sequence[str]) -> bool:
    return sum(1 for line in lines if _DRAWN.search(line[:400])) >= 2


def read_tree(lines: Sequence[str]) -> Iterator[Leaf]:
    """The leaves of a drawing, top to bottom; a line without a branch in front names the folder that the next ones stand in."""
    stack: list[tuple[int, str]] = []
    rows: list[tuple[int, int, str, str]] = []
    for offset, line in enumerate(lines):
        match = _BRANCH.match(line[:400])
        depth = match.start(2) if match else 0
        words = match[2] if match else line[:400].strip()
        if not words or words.lstrip("│| ") == "":
            continue
        note = _NOTE.search(words)
        name = words[: note.start()] if note else words
        rows.append((offset, depth, name.strip("`").removeprefix("./").strip(), words[note.start() :] if note else ""))
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
                path=whole, offset=offset, is_new=_NEW.search(remark) is not None, is_changed=_CHANGED.search(remark) is not None
            )
