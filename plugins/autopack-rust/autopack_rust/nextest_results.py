"""What nextest did, from what it printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.model.toolchain import CommandResult, FailedTest, TestReport
from autopack_rust.test_results import cause_of_panic

LINE_LIMIT_CHARS = 4096

_LINE = re.compile(
    r"\s+(?P<outcome>PASS|LEAK|FLAKY \d+/\d+|FAIL|SKIP|TIMEOUT|ABORT|SIG[A-Z]+|LEAK-FAIL|FAIL \+ LEAK|TERMINATING)"
    r" \[[^\]]*\](?: \([^)]*\))? (?P<name>\S+ \S.*)"
)
_SUMMARY = re.compile(r"\s+Summary \[[^\]]*\]\s+(?P<ran>\d+)(?:/\d+)? tests? run: .*")
_PANIC = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at ")
_PASSED = ("PASS", "LEAK", "FLAKY")


def read_nextest(result: CommandResult) -> TestReport | None:
    """The report of a `cargo nextest run`; `None` without its summary.

    Ids are as it prints them: the binary, a blank, the test.  Skipped ones are known with `--status-level all` only.
    """
    lines = [line[:LINE_LIMIT_CHARS].rstrip() for line in result.output.splitlines()]
    summary = next((match for line in reversed(lines) if (match := _SUMMARY.fullmatch(line))), None)
    if summary is None:
        return None
    passed: dict[str, None] = {}
    failed: dict[str, str] = {}
    skipped: dict[str, None] = {}
    for name, outcome, body in _outcomes(lines):
        if outcome.startswith(_PASSED) and outcome != "LEAK-FAIL":
            # The last word counts: it may be tried again.
            passed[name] = None
            failed.pop(name, None)
        elif outcome == "SKIP":
            skipped[name] = None
        elif outcome != "TERMINATING":
            failed[name] = failed.get(name) or _cause(body) or ("" if outcome == "FAIL" else outcome)
            passed.pop(name, None)
    return TestReport(
        runner="nextest",
        ran=max(int(summary["ran"]), len(passed) + len(failed)),
        passed=tuple(passed),
        failed=tuple(FailedTest(id=name, message=message) for name, message in failed.items()),
        skipped=tuple(name for name in skipped if name not in passed and name not in failed),
    )


def _outcomes(lines: Sequence[str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Name, outcome and the output shown below it."""
    places = [(number, match) for number, line in enumerate(lines) if (match := _LINE.fullmatch(line))]
    ends = [*(number for number, _ in places[1:]), len(lines)]
    for (number, match), end in zip(places, ends, strict=False):
        yield match["name"], match["outcome"], lines[number + 1 : end]


def _cause(lines: Sequence[str]) -> str:
    """What stands below the panic, else the first line of the errors, else a note of the runner."""
    told = [line.strip() for line in lines if line.strip()]
    for number, line in enumerate(told):
        if _PANIC.match(line):
            return cause_of_panic(told[number + 1 :])
    for number, line in enumerate(told[:-1]):
        if line.startswith("stderr ───"):
            return told[number + 1]
    return next((line for line in told if line.startswith("note: ")), "")
