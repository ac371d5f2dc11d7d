"""Patches that stand in a plan without a fence around them: where they begin and end, not what they change."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from autopack.model.draft import Block, Span

_SEARCH_START = re.compile(r"<{5,9} ?(?:SEARCH|ORIGINAL)\b")
_SEARCH_END = re.compile(r">{5,9} ?(?:REPLACE|UPDATED)\b")
_ENVELOPE_START = re.compile(r"\*\*\* Begin Patch\s*$")
_ENVELOPE_END = re.compile(r"\*\*\* End Patch\s*$")
_DIFF_HEAD = re.compile(
    r"diff --git |index [0-9a-f]+\.\.|(?:new|deleted) file mode |(?:old|new) mode |"
    r"(?:dis)?similarity index |rename |--- \S|\+\+\+ \S"
)
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")


def find_patches(lines: Sequence[str], fenced: Collection[int]) -> list[Block]:
    """SEARCH/REPLACE blocks, `*** Begin Patch` envelopes and unified diffs on lines that are not `fenced`, as fences."""
    found: list[Block] = []
    at = 0
    while at < len(lines):
        end = None if at + 1 in fenced else _patch_end(lines, at)
        if end is None:
            at += 1
            continue
        info = "diff" if _DIFF_HEAD.match(lines[at]) else ""
        text = "\n".join(lines[at:end]) + "\n"
        found.append(Block(kind="fence", span=Span(start=at + 1, end=end), text=text, info=info))
        at = end
    return found


def _patch_end(lines: Sequence[str], at: int) -> int | None:
    """The index after the last line of the patch that begins here; `None` when none does, or it does not end."""
    for start, end in ((_SEARCH_START, _SEARCH_END), (_ENVELOPE_START, _ENVELOPE_END)):
        if start.match(lines[at]):
            return next(_ends(lines, at + 1, start, end), None)
    if lines[at].startswith("diff --git ") or (
        lines[at].startswith("--- ") and lines[at + 1 : at + 2] and lines[at + 1].startswith("+++ ")
    ):
        return _diff_end(lines, at)
    return None


def _ends(lines: Sequence[str], at: int, start: re.Pattern[str], end: re.Pattern[str]) -> Iterator[int]:
    # A second start before the end means that the first never ended; stopping there keeps the walk linear.
    for number in range(at, len(lines)):
        if end.match(lines[number]):
            yield number + 1
        if start.match(lines[number]):
            return


def _diff_end(lines: Sequence[str], at: int) -> int | None:
    hunks = 0
    while at < len(lines):
        hunk = _HUNK.match(lines[at])
        if hunk:
            hunks += 1
            at = _hunk_end(lines, at + 1, int(hunk[1] or 1), int(hunk[2] or 1))
        elif _DIFF_HEAD.match(lines[at]):
            at += 1
        else:
            break
    return at if hunks else None


def _hunk_end(lines: Sequence[str], at: int, old: int, new: int) -> int:
    while at < len(lines):
        mark = lines[at][:1]
        if mark == "\\":
            at += 1
            continue
        # An editor may have cut the blank of an empty context line.
        if (old <= 0 and new <= 0) or mark not in ("", " ", "+", "-"):
            break
        old -= mark != "+"
        new -= mark != "-"
        at += 1
    return at
