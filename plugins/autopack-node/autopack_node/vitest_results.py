"""What Vitest did, from its JSON or from its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack_node.jest_results import read_json
from autopack_node.tally import Tally

_ROOT = re.compile(r" (?:RUN|DEV) +v\S+ (?P<root>/.*)$")
_TESTS = re.compile(r" +Tests +(?P<counts>\d.*|no tests)$")
_COUNT = re.compile(r"(\d+) (failed|passed|skipped|todo)\b")
_FAILED = re.compile(r" FAIL +(?:\|[^|]*\| +)?(?P<name>\S.*)$")
_VERBOSE = re.compile(r" (?P<mark>[✓↓□]) (?P<name>\S+\.\w+ > .*?)(?: \d[\d.]*m?s)?$")
_NONE = re.compile(r"No test files found, exiting with code \d")


def read_vitest_json(text: str, lines: Sequence[str]) -> Tally | None:
    """The report in the file of `--reporter=json`; its names of files begin with the folder that the text names."""
    top = next((found["root"] for line in lines if (found := _ROOT.match(line))), "")
    return read_json(text, "vitest", lambda path: path.removeprefix(f"{top}/") if top else path)


def read_vitest_text(lines: Sequence[str]) -> Tally | None:
    """The report in the lines of the default and of the verbose reporter; passed tests have ids only in the latter."""
    counts = [found["counts"] for line in lines if (found := _TESTS.fullmatch(line))]
    if not counts and not any(_NONE.match(line) for line in lines):
        return None
    tally = Tally(runner="vitest")
    rows = (pair for text in counts for pair in _COUNT.findall(text))
    tally.counted = sum(int(number) for number, word in rows if word in ("passed", "failed"))
    for number, line in enumerate(lines):
        if found := _FAILED.match(line):
            name = found["name"]
            loaded = " > " in name
            message = next((text.strip() for text in lines[number + 1 : number + 20] if text and not _FAILED.match(text)), "")
            # A file that cannot be loaded is named twice, the second time in brackets.
            tally.fail(name if loaded else name.partition(" [ ")[0], message, ran=loaded)
        elif found := _VERBOSE.match(line):
            (tally.passed if found["mark"] == "✓" else tally.skipped).append(found["name"])
    return tally
