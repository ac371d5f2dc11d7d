"""What Maven's surefire and failsafe printed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack.model.toolchain import CommandResult, TestReport
from autopack_java.tally import LINE_LIMIT_CHARS, Tally, tell_cause

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LEVEL = re.compile(r"\[(?:INFO|ERROR|WARNING)\] ?")
_SUMMARY = re.compile(r"Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)")
_NOTHING = ("No tests to run.", "Tests are skipped.", "Tests are skipped by `")
# `demo.CalcTest.adds -- Time elapsed: 0.003 s <<< FAILURE!`; before version 3 `adds(demo.CalcTest)  Time elapsed: 0.003 sec`.
_TIMED = re.compile(
    r"(?P<name>\S.*?)(?: --)? {1,2}Time elapsed: [\d.,]+ s(?:ec)?(?: {1,2}<<< (?P<how>FAILURE|ERROR)!)?(?: -- .*)?"
)
_SKIPPED = re.compile(r"(?P<name>[\w.$]+(?:\([\w.$]+\))?)(?: -- Time elapsed: [\d.,]+ s)?(?: --)? skipped")
_OLD_NAME = re.compile(r"(?P<method>\S.*?)\((?P<cls>[A-Za-z_][\w$]*(?:\.[\w$]+)+|[A-Z][\w$]*)\)(?P<case>\[\d+\])?")
# With an empty folder of compiled tests the runner is started and says nothing at all.
_STARTED = re.compile(r"--- (?:maven-)?surefire(?:-plugin)?:\S+:test \(.*")
_RUNNING = re.compile(r"Running \S+")


def read_maven(result: CommandResult) -> TestReport | None:
    """The report of a build that reached its tests; `None` without a summary or the words that there is nothing to run.

    Ids are class and method: `demo.CalcTest.adds`.  Version 3 names of a skipped test only the class, so several of one class
    are numbered: `demo.CalcTest[1]`.
    """
    lines = [_LEVEL.sub("", _ANSI.sub("", line[:LINE_LIMIT_CHARS]), count=1).rstrip() for line in result.output.splitlines()]
    sums = [tuple(map(int, match.groups())) for line in lines if (match := _SUMMARY.fullmatch(line))]
    if not sums and not _had_nothing_to_run(lines):
        return None
    tally = Tally()
    skips: dict[str, int] = {}
    is_testing = False
    for number, line in enumerate(lines):
        is_testing = is_testing or bool(_RUNNING.fullmatch(line))
        if not is_testing or line.startswith("Tests run:"):
            continue
        if skipped := _SKIPPED.fullmatch(line):
            name = _test_id(skipped["name"])
            if "(" not in skipped["name"] and name.rpartition(".")[2][:1].isupper():
                skips[name] = skips.get(name, 0) + 1
                name = f"{name}[{skips[name]}]"
            tally.add(name, "skipped")
        elif timed := _TIMED.fullmatch(line):
            name = _test_id(timed["name"])
            tally.add(
                name, "failed" if timed["how"] else "passed", tell_cause(lines[number + 1 : number + 4]) if timed["how"] else ""
            )
    bad = sum(failures + errors for _, failures, errors, _ in sums)
    if bad > len(tally.failed):
        tally.add(f"({bad - len(tally.failed)} more)", "failed", "the output does not name them")
    return tally.report("surefire", sum(all_ - skipped for all_, _, _, skipped in sums))


def _had_nothing_to_run(lines: Sequence[str]) -> bool:
    if any(line.startswith(_NOTHING) for line in lines):
        return True
    return "BUILD SUCCESS" in lines and any(_STARTED.fullmatch(line) for line in lines)


def _test_id(name: str) -> str:
    """Class and method, in that order.  A parameter list is no class."""
    old = _OLD_NAME.fullmatch(name) if "." not in name.partition("(")[0] else None
    return f"{old['cls']}.{old['method']}{old['case'] or ''}" if old else name
