"""What unittest, and Django's runner on top of it, printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.model.toolchain import CommandResult, FailedTest, TestReport

LINE_LIMIT_CHARS = 4096

_RAN = re.compile(r"Ran (\d+) tests? in \d[\d.]*s")
_NAMED = re.compile(r"(\w+) \(([\w.]+)\)")
_OUTCOME = re.compile(r"(?:.* \.\.\. |\s*)(ok|FAIL|ERROR|expected failure|unexpected success|skipped ['\"].*)")
_BLOCK = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (.*)")
_NOT_RUN = re.compile(r"(?:^|[(, ])(?:skipped|expected failures)=(\d+)")
_NOT_EXECUTED = ("skipped", "expected failure")
_LOADER = "unittest.loader._FailedTest"


def read_unittest(result: CommandResult) -> TestReport | None:
    """The report of a unittest session; `None` without its line `Ran N tests in …s`.

    Ids are dotted, as `python -m unittest ID` takes them; passed ones are known only with `-v`.  Expected failures count as
    skipped, unexpected successes and modules that cannot be imported as failed.
    """
    lines = [line[:LINE_LIMIT_CHARS].rstrip() for line in result.output.splitlines()]
    counts = [int(match[1]) for line in lines if (match := _RAN.fullmatch(line))]
    if not counts:
        return None
    failed = dict(_failures(lines))
    outcomes = list(_outcomes(lines))
    # Before 3.11 an unexpected success has no block of its own.
    failed |= {name: outcome for name, outcome in outcomes if outcome == "unexpected success"}
    passed = {name: None for name, outcome in outcomes if outcome == "ok" and name not in failed}
    skipped = {name: None for name, outcome in outcomes if outcome.startswith(_NOT_EXECUTED) and name not in failed}
    seen = {name for name, outcome in outcomes if not outcome.startswith(_NOT_EXECUTED)}
    # Whether `Ran N` counts skipped tests differs between versions, so what was seen to run is the least.
    verdicts = [line for line in lines if line.startswith(("OK", "FAILED ("))]
    not_run = sum(int(number) for line in verdicts for number in _NOT_RUN.findall(line))
    return TestReport(
        runner="unittest",
        ran=max(sum(counts) - not_run, len(seen)),
        passed=tuple(passed),
        failed=tuple(FailedTest(id=name, message=message) for name, message in failed.items()),
        skipped=tuple(skipped),
    )


def _test_id(name: str, where: str) -> str:
    """The dotted id of `name (where)`; from Python 3.11 on, `where` ends in the name already."""
    if where.startswith(_LOADER):
        return where.removeprefix(_LOADER).strip(".") or name
    return where if where.endswith(f".{name}") else f"{where}.{name}"


def _outcomes(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Id and outcome from the lines of `-v`; what a test prints may stand between the two."""
    name = None
    for line in lines:
        named = _NAMED.match(line)
        if named:
            name = _test_id(named[1], named[2])
        outcome = _OUTCOME.fullmatch(line)
        if outcome and name is not None:
            yield name, outcome[1]
            name = None


def _failures(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Id and cause from the blocks after the double rule; of several parts of one test the last."""
    for start, line in enumerate(lines):
        block = _BLOCK.fullmatch(line)
        if not block or start == 0 or not lines[start - 1].startswith("====="):
            continue
        named = _NAMED.match(block[2])
        name = _test_id(named[1], named[2]) if named else block[2]
        yield name, "unexpected success" if block[1] == "UNEXPECTED SUCCESS" else _cause(lines[start + 1 :])


def _cause(lines: Sequence[str]) -> str:
    """The exception's line of the block's last traceback: the first that is not indented below it."""
    cause, in_traceback = "", False
    for line in lines:
        if line.startswith(("=====", "Ran ")):
            break
        if line.startswith("Traceback (most recent call last):"):
            in_traceback = True
        elif in_traceback and line and not line.startswith(" "):
            cause, in_traceback = line, False
    return cause
