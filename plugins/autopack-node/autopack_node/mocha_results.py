"""What Mocha did, from the lines of its usual reporters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack_node.tally import Tally

_COUNT = re.compile(r"  (?P<number>\d+) (?P<word>passing|pending|failing)(?: \(\d.*\))?$")
_LINE = re.compile(r"(?P<indent>(?:  )+)(?P<mark>✔|✓|√|-|\d+\)) (?P<title>.*?)(?: \(\d+ms\))?$")
_GROUP = re.compile(r"(?P<indent>(?:  )+)(?P<title>\S.*)$")
_BLOCK = re.compile(r"  \d+\) (?P<title>\S.*)$")
_HOOK = re.compile(r'"(?:before|after)(?: each| all)" hook')
_CAUSE = re.compile(r"\s+(?:Uncaught )?[\w.]*(?:Error|Exception)\b")
_NONE = re.compile(r"Error: No test files found")


def read_mocha(lines: Sequence[str]) -> Tally | None:
    """The report of the reporter `spec`; of `dot` and its like the failed tests and the counts."""
    ends = [number for number, line in enumerate(lines) if (found := _COUNT.match(line)) and found["word"] == "passing"]
    if not ends:
        return Tally(runner="mocha") if any(_NONE.match(line) for line in lines) else None
    tally = Tally(runner="mocha")
    start = 0
    for number, end in enumerate(ends):
        last = ends[number + 1] if number + 1 < len(ends) else len(lines)
        _read_outcomes(tally, lines[start:end])
        counts = {found["word"]: int(found["number"]) for line in lines[end : end + 3] if (found := _COUNT.match(line))}
        hooks = 0
        blocks = list(_blocks(lines[end:last]))[: counts.get("failing", 0)]
        for titles, message in blocks:
            name = " > ".join(titles)
            is_hook = bool(_HOOK.search(name))
            hooks += is_hook
            tally.fail(name, message, ran=not is_hook)
        tally.counted += counts["passing"] + counts.get("failing", 0) - hooks
        start = end + 1
    return tally


def _read_outcomes(tally: Tally, lines: Sequence[str]) -> None:
    groups: list[str] = []
    for line in lines:
        if found := _LINE.match(line):
            depth = len(found["indent"]) // 2 - 1
            name = " > ".join((*groups[:depth], found["title"]))
            if found["mark"] == "-":
                tally.skipped.append(name)
            elif not found["mark"].endswith(")"):
                tally.passed.append(name)
        elif found := _GROUP.match(line):
            depth = len(found["indent"]) // 2 - 1
            groups = [*groups[:depth], found["title"]]


def _blocks(lines: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Titles and message of each numbered failure below the counts: the titles end with a colon, the message follows."""
    for number, line in enumerate(lines):
        if not (found := _BLOCK.match(line)):
            continue
        titles = [found["title"]]
        below = number + 1
        while not titles[-1].endswith(":") and below < len(lines) and lines[below].startswith("       "):
            titles.append(lines[below].strip())
            below += 1
        titles[-1] = titles[-1].removesuffix(":")
        said = []
        for text in lines[below : below + 40]:
            if _BLOCK.match(text) or text.strip().startswith("at "):
                break
            said.append(text)
        cause = next((text.strip() for text in said if _CAUSE.match(text)), "")
        yield titles, cause or next((text.strip() for text in said if text.strip()), "")
