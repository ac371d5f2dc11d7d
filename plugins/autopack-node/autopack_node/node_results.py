"""What Node's own test runner did, from the lines of its reporters `tap` and `spec`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack_node.tally import Tally

_COUNT = re.compile(r"(?:#|ℹ) (?P<word>tests|suites|pass|fail|cancelled|skipped|todo) (?P<number>\d+)$")
_TAP = re.compile(r"(?P<indent>(?:    )*)(?P<state>ok|not ok) \d+(?: - (?P<title>.*))?$")
_SUBTEST = re.compile(r"(?P<indent>(?:    )*)# Subtest: (?P<title>.*)$")
_DIRECTIVE = re.compile(r" # (?:SKIP|TODO)\b.*$")
_ERROR = re.compile(r"\s+error: (?P<text>.*)$")
_THROWN = re.compile(r"(?:# )?(?P<text>[\w.]*(?:Error|Exception)\b(?: \[\w+\])?: .*)$")
_SPEC = re.compile(r"(?P<indent>(?:  )*)(?P<mark>[✔✖▶﹣⚠]) (?P<title>.*)$")
_TIME = re.compile(r" \(\d[\d.]*ms\)")
_FILE = re.compile(r"(?:/|[A-Za-z]:\\|\S*?[^\s/]+/)?\S*\.[cm]?[jt]sx?$")


def read_node(lines: Sequence[str]) -> Tally | None:
    """The report; `None` without the counts at its end.

    A file without any test is reported as a test of its name; it is none.  A group has failed because a test in it has, so
    only what has nothing below it counts.
    """
    counts: dict[str, int] = {}
    for line in lines:
        if found := _COUNT.match(line):
            counts[found["word"]] = counts.get(found["word"], 0) + int(found["number"])
    # Other writers of TAP end with counts too, but know nothing of cancelled tests.
    if not {"tests", "pass", "fail", "cancelled"} <= counts.keys():
        return None
    tally = Tally(runner="node:test")
    if any(_TAP.match(line) for line in lines):
        _read_tap(tally, lines)
    else:
        _read_spec(tally, lines)
    return tally


def _read_tap(tally: Tally, lines: Sequence[str]) -> None:
    groups: list[str] = []
    parents: set[int] = set()
    for number, line in enumerate(lines):
        if found := _SUBTEST.match(line):
            depth = len(found["indent"]) // 4
            # What is named at this depth is below what was named above it.
            parents.add(depth - 1)
            parents.discard(depth)
            groups = [*groups[:depth], found["title"]]
        elif (found := _TAP.match(line)) and found["title"] is not None:
            depth = len(found["indent"]) // 4
            title = found["title"]
            directive = _DIRECTIVE.search(title)
            name = " > ".join((*groups[:depth], title[: directive.start()] if directive else title))
            has_below = depth in parents
            parents.discard(depth)
            is_file = depth == 0 and bool(_FILE.match(title)) and not has_below
            if directive:
                tally.skipped.append(name)
            elif found["state"] == "not ok":
                message = _tap_message(lines[number + 1 : number + 30])
                if not has_below or "subtest" not in message:
                    tally.fail(name, _cause_above(lines[:number]) or message if is_file else message, ran=not is_file)
            elif not has_below and not is_file:
                tally.passed.append(name)


def _cause_above(above: Sequence[str]) -> str:
    """What a file that could not be loaded has said before it was reported: the error at the top of its last trace."""
    for line in reversed(above[-60:]):
        if found := _THROWN.match(line):
            return found["text"]
        if _TAP.match(line) or _SPEC.match(line):
            break
    return ""


def _tap_message(below: Sequence[str]) -> str:
    """The line after `error:`, or, in a block, the lines of the block as one: its first alone may only announce the rest."""
    for number, line in enumerate(below):
        if line.strip() == "...":
            break
        found = _ERROR.match(line)
        if found and not found["text"].startswith("|"):
            return found["text"].strip("'\"")
        if found:
            said: list[str] = []
            for text in below[number + 1 :]:
                if re.match(r"\s+(?:code|name|stack|expected|actual): ", text) or len(said) == 3:
                    break
                said += [text.strip()] if text.strip() else []
            return " ".join(said)
    return ""


def _read_spec(tally: Tally, lines: Sequence[str]) -> None:
    """`▶` opens a group, which is named again when it is over; after the counts all failures are told once more."""
    groups: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith("ℹ tests "):
            groups = []
        if line.strip() == "✖ failing tests:":
            break
        found = _SPEC.match(line)
        if not found:
            continue
        depth = len(found["indent"]) // 2
        title, mark = found["title"], found["mark"]
        time = _TIME.search(title)
        rest = title[time.end() :] if time else ""
        title = title[: time.start()] if time else title
        is_end = mark in "✔✖" and len(groups) > depth and groups[depth] == title
        if mark == "▶" and not time:
            groups = [*groups[:depth], title]
            continue
        name = " > ".join((*groups[:depth], title))
        is_file = depth == 0 and bool(_FILE.match(title))
        if is_end or mark == "▶":
            groups = groups[:depth]
        elif mark == "﹣" or rest.startswith((" # SKIP", " # TODO")):
            tally.skipped.append(name)
        elif mark == "✖":
            message = lines[number + 1].strip() if number + 1 < len(lines) else ""
            tally.fail(name, _cause_above(lines[:number]) or message if is_file else message, ran=not is_file)
        elif mark == "✔" and not is_file:
            tally.passed.append(name)
