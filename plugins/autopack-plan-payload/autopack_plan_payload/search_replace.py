"""SEARCH/REPLACE blocks, as aider writes them (ORIGINAL/UPDATED in its older form)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autopack.model.draft import Edit, Payload
from autopack_plan_payload.lines import Exists, Found, Line, Problem, Result, join_lines
from autopack_plan_payload.paths import only_path

_OPEN = re.compile(r"<{5,9} ?(?:SEARCH|ORIGINAL)\b")
_MIDDLE = re.compile(r"={5,9}\s*$")
_CLOSE = re.compile(r">{5,9} ?(?:REPLACE|UPDATED)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    path: str
    search: str
    replace: str
    start: int
    end: int


def opens_block(text: str) -> bool:
    """Whether a SEARCH/REPLACE block begins at this line."""
    return _OPEN.match(text[:100]) is not None


def read_blocks(lines: Sequence[Line], name: str | None, exists: Exists) -> list[Result]:
    """Everything that the blocks among these lines say, one result a file.

    A block is for the path that stands alone above it, else for the file of the block before, else for `name`.
    """
    blocks: list[_Block] = []
    problems: list[Result] = []
    heading: Line | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        if not opens_block(line.text):
            if line.text.strip():
                path = only_path(line.text, certain=True)
                heading = Line(line.number, path) if path else None
            index += 1
            continue
        name = heading.text if heading else name
        block, index = _read_block(lines, index, name, heading.number if heading else line.number)
        heading = None
        if isinstance(block, Problem):
            problems.append(block)
        else:
            blocks.append(block)
    paths = dict.fromkeys(block.path for block in blocks)
    return [_join([block for block in blocks if block.path == path], exists) for path in paths] + problems


def _read_block(lines: Sequence[Line], index: int, path: str | None, start: int) -> tuple[_Block | Problem, int]:
    first = lines[index].number
    middles: list[int] = []
    end = index + 1
    while end < len(lines) and not _CLOSE.match(lines[end].text[:100]) and not opens_block(lines[end].text):
        if _MIDDLE.match(lines[end].text[:100]):
            middles.append(end)
        end += 1
    if end == len(lines) or opens_block(lines[end].text):
        return Problem(line=first, why="the SEARCH block has no REPLACE line that ends it"), end
    if len(middles) != 1:
        why = "no ======= line" if not middles else "more than one ======= line, so its halves are not clear"
        return Problem(line=first, why=f"the SEARCH block has {why}"), end + 1
    if path is None:
        return Problem(line=first, why="the SEARCH block names no file"), end + 1
    search = join_lines([line.text for line in lines[index + 1 : middles[0]]])
    replace = join_lines([line.text for line in lines[middles[0] + 1 : end]])
    return _Block(path=path, search=search, replace=replace, start=start, end=lines[end].number), end + 1


def _join(blocks: Sequence[_Block], exists: Exists) -> Found:
    """One payload for all blocks of a file.  A single block with nothing to search for is a new file."""
    first = blocks[0]
    start, end = first.start, blocks[-1].end
    if len(blocks) == 1 and not first.search.strip() and not exists(first.path):
        return Found(payload=Payload(path=first.path, action="write", text=first.replace), start=start, end=end)
    edits = tuple(
        Edit(search=block.search if block.search.strip() else "", replace=block.replace, label=f"block {number}")
        for number, block in enumerate(blocks, 1)
    )
    return Found(payload=Payload(path=first.path, action="edit", edits=edits), start=start, end=end)
