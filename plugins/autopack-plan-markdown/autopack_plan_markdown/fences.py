"""Files that fences name: trees of what is wanted, lists of what to read, blocks of file operations, and code with its file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autopack.model.draft import Block, PathRole
from autopack_plan_markdown.ground import Ground
from autopack_plan_markdown.page import LINE_LIMIT, Page
from autopack_plan_markdown.paths import find_mentions, read_path
from autopack_plan_markdown.trees import is_tree, read_tree

_WANTED = re.compile(
    r"\b(?:desired|wanted|target|proposed|planned|new|final|after|to be (?:added|created)|to (?:add|create)|will)\b",
    re.IGNORECASE,
)
_CURRENT = re.compile(r"\b(?:current|existing|today|before|now|as[- ]is)\b", re.IGNORECASE)
_TO_READ = re.compile(
    r"[ \t]{0,20}-?[ \t]{0,8}(?:file|docfile|doc|path)[ \t]{0,4}:[ \t]{1,8}[\"']?([^\s\"'][^\n\"']{0,300})", re.IGNORECASE
)
_WHY = re.compile(r"[ \t]{1,20}-?[ \t]{0,8}(?:why|reason|critical|section|note)[ \t]{0,4}:", re.IGNORECASE)
_OPERATION = re.compile(
    r"[ \t]{0,20}(?:-[ \t]{1,4})?(CREATE|ADD|WRITE|MODIFY|UPDATE|EDIT|EXTEND|REPLACE|RENAME|MOVE|DELETE|REMOVE|READ|"
    r"MIRROR|FOLLOW|PRESERVE|COPY|"
    r"REFERENCE|[Aa]dd to:)[ \t]"
)
_OPERATIONS: dict[str, PathRole] = {
    "CREATE": "create", "ADD": "create", "WRITE": "create", "DELETE": "delete", "REMOVE": "delete", "READ": "read",
    "MIRROR": "read",
    "FOLLOW": "read", "PRESERVE": "read", "COPY": "read", "REFERENCE": "read",
}  # fmt: skip
_NAMED_INFO = re.compile(
    r"(?:title|file|filename|path)=[\"']?([^\s\"'}]{1,300})|^[\w+#.-]{1,20}[: ]([\w./@+-]{1,300}/?[\w.-]+\.\w{1,8})$"
)
_COMMENT = re.compile(
    r"[ \t]{0,8}(?:#|//|--|;|/\*|"
    r"<!--)[ \t]{0,4}(?:file(?:name)?:[ \t]{0,4})?([\w./@+()\[\]-]{1,300}\.\w{1,10})[ \t]{0,4}(?:\*/|-->)?$"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A path that a fence names on a line of the plan."""

    path: str
    line: int
    action: PathRole
    rule: str
    surely: bool = True


def find_named(page: Page, ground: Ground) -> Iterator[Named]:
    for block in page.draft.blocks:
        if block.kind != "fence" or page.role(block.span.start) in ("non_goal", "bookkeeping", "future"):
            continue
        lines = block.text.split("\n")
        first = first_line(page, block)
        if is_tree(lines):
            yield from _wanted(page, block, lines, first)
        elif any(_TO_READ.match(line[:LINE_LIMIT]) for line in lines) and any(_WHY.match(line[:LINE_LIMIT]) for line in lines):
            yield from _to_read(lines, first, ground)
        else:
            yield from _operations(lines, first, ground)
            yield from _file_of(page, block, lines, first, ground)


def first_line(page: Page, block: Block) -> int:
    """The line that the first line of the fence's text is; an indented fence has no line of its own in front."""
    opening = page.draft.lines[block.span.start - 1].lstrip(" \t-*+0123456789.)>")
    return block.span.start + (1 if opening.startswith(("```", "~~~")) else 0)


def _wanted(page: Page, block: Block, lines: list[str], first: int) -> Iterator[Named]:
    """What a tree of the wanted state adds; one of the present state only shows what is there."""
    title = page.owners[block.span.start - 1].title[:200]
    above = next(
        (row for row in reversed(page.draft.lines[max(0, block.span.start - 4) : block.span.start - 1]) if row.strip()), ""
    )
    words = f"{title} {above[:200]}"
    wanted = _WANTED.search(words) is not None
    if _CURRENT.search(words) and not wanted:
        return
    for leaf in read_tree(lines):
        is_said = leaf.is_new or leaf.is_changed or leaf.is_read
        if wanted or is_said:
            action: PathRole = "create" if leaf.is_new else "modify" if leaf.is_changed else "read" if leaf.is_read else "create"
            yield Named(leaf.path, first + leaf.offset, action, "tree", surely=is_said)


def _to_read(lines: list[str], first: int, ground: Ground) -> Iterator[Named]:
    for offset, line in enumerate(lines):
        match = _TO_READ.match(line[:LINE_LIMIT])
        path = read_path(match[1].strip(), ground, marked=True, listed=True) if match else None
        if path:
            yield Named(path, first + offset, "read", "read-list")


def _operations(lines: list[str], first: int, ground: Ground) -> Iterator[Named]:
    """`CREATE src/a.py:`, `MIRROR pattern from: src/b.py`."""
    for offset, line in enumerate(lines):
        match = _OPERATION.match(line[:LINE_LIMIT])
        for mention in find_mentions(line[match.end() : LINE_LIMIT], ground)[:1] if match else ():
            yield Named(mention.path, first + offset, _OPERATIONS.get(match[1] if match else "", "modify"), "operation")


def _file_of(page: Page, block: Block, lines: list[str], first: int, ground: Ground) -> Iterator[Named]:
    """The file that a fence's info string or first comment says its code is from."""
    info = _NAMED_INFO.search(block.info[:400])
    if info and (path := read_path((info[1] or info[2]).strip(), ground, marked=True)):
        yield Named(path, block.span.start, "unknown", "fence-info")
        return
    comment = _COMMENT.match(lines[0][:400])
    if comment and page.role(block.span.start) == "work" and (path := read_path(comment[1], ground, marked=True)):
        yield Named(path, first, "unknown", "fence-comment")
