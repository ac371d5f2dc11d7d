"""What Deno's test runner did, from its lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack_node.tally import Tally

_FILE = re.compile(r"running \d+ tests? from (?P<file>\S+)$")
_OUTCOME = re.compile(r"(?P<indent> *)(?P<name>.*?) \.\.\. (?P<state>ok|FAILED|ignored)\b.*$")
_BLOCK = re.compile(r"(?P<name>.*) => (?P<file>\S+?):\d+:\d+$")
_END = re.compile(r"(?:ok|FAILED) \| (?P<passed>\d+) passed(?: \(\d+ steps?\))? \| (?P<failed>\d+) failed\b.*$")
_NONE = re.compile(r"error: No test modules found")


def read_deno(lines: Sequence[str]) -> Tally | None:
    """The report; steps are part of their test, whose message is that of the first step that failed."""
    ends = [found for line in lines if (found := _END.match(line))]
    if not ends:
        return Tally(runner="deno") if any(_NONE.match(line) for line in lines) else None
    tally = Tally(runner="deno", counted=sum(int(end["passed"]) + int(end["failed"]) for end in ends))
    causes: dict[str, str] = {}
    for number, line in enumerate(lines):
        if (found := _BLOCK.match(line)) and lines[number + 1 : number + 2] and lines[number + 1].startswith("error: "):
            causes.setdefault(f"{_short(found['file'])} > {found['name'].partition(' ... ')[0]}", lines[number + 1])
    file = ""
    for line in lines:
        if found := _FILE.match(line):
            file = _short(found["file"])
        elif (found := _OUTCOME.match(line)) and not found["indent"]:
            name = f"{file} > {found['name']}"
            if found["state"] == "ok":
                tally.passed.append(name)
            elif found["state"] == "ignored":
                tally.skipped.append(name)
            else:
                tally.fail(name, causes.get(name, "").removeprefix("error: "))
    for line in lines:
        # A file that cannot be loaded has a block and no test.
        if line.endswith(" (uncaught error)") and "=>" not in line:
            tally.fail(_short(line.removesuffix(" (uncaught error)")), "uncaught error", ran=False)
    return tally


def _short(file: str) -> str:
    return file.removeprefix("./")
