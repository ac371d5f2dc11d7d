"""What Bun's test runner did, from its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack_node.tally import Tally

_FILE = re.compile(r"(?P<file>\S+\.[cm]?[jt]sx?):$")
_OUTCOME = re.compile(r"\((?P<state>pass|fail|skip|todo)\) (?P<name>.*?)(?: \[\d[\d.]*m?s\])?$")
_COUNT = re.compile(r" +(?P<number>\d+) (?P<word>pass|fail|error)s?$")
_RAN = re.compile(r"Ran (\d+) tests? across (\d+) files?\.")
_CAUSE = re.compile(r"(?:error: |[\w.]*(?:Error|Exception): )")
_NONE = re.compile(r"No tests found!$|error: 0 test files matching|The following filters did not match any test files:")


def read_bun(lines: Sequence[str]) -> Tally | None:
    """The report; a failure's message stands above its line."""
    if not any(line.startswith("bun test v") for line in lines) and not any(_RAN.match(line) for line in lines):
        return None
    tally = Tally(runner="bun")
    file, cause, unloaded = "", "", False
    for line in lines:
        if found := _FILE.match(line):
            file, cause = found["file"], ""
        elif line.startswith("# Unhandled error"):
            unloaded = True
        elif found := _OUTCOME.match(line):
            name = " > ".join((file, found["name"])) if file else found["name"]
            if found["state"] == "pass":
                tally.passed.append(name)
            elif found["state"] == "fail":
                tally.fail(name, cause)
            else:
                tally.skipped.append(name)
            cause = ""
        elif _CAUSE.match(line):
            cause = cause or line
            if unloaded:
                tally.fail(file, cause, ran=False)
                unloaded, cause = False, ""
    counts = {found["word"]: int(found["number"]) for line in lines if (found := _COUNT.match(line))}
    if not counts and not any(_NONE.match(line) for line in lines):
        return None
    # A file that cannot be loaded counts as a failure and as an error.
    tally.counted = counts.get("pass", 0) + max(counts.get("fail", 0) - counts.get("error", 0), 0)
    return tally
