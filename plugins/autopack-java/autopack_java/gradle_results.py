"""What Gradle printed of its tests: each of them where the build asks for it, else only what failed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autopack.model.toolchain import CommandResult, TestReport
from autopack_java.tally import LINE_LIMIT_CHARS, Tally

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_END = re.compile(r"BUILD (?:SUCCESSFUL|FAILED) in \S.*")
_TASK = re.compile(r"(?:> Task )?:\S*[tT]est\S*(?: (?P<state>[A-Z-]+))?")
_OUTCOME = re.compile(r"(?P<name>[\w.$]+ > \S.*) (?P<outcome>PASSED|FAILED|SKIPPED)")
_COUNT = re.compile(r"(?P<all>\d+) tests? completed(?:, (?P<failed>\d+) failed)?(?:, (?P<skipped>\d+) skipped)?")
_OUTCOMES = {"PASSED": "passed", "FAILED": "failed", "SKIPPED": "skipped"}


def read_gradle(result: CommandResult) -> TestReport | None:
    """The report of a build; `None` when it does not say how many tests ran, which it does without being asked only of failures.

    Ids are as it prints them: `demo.CalcTest > adds()`.  A task without sources ran none.
    """
    lines = [_ANSI.sub("", line[:LINE_LIMIT_CHARS]).rstrip() for line in result.output.splitlines()]
    if not any(_END.fullmatch(line) for line in lines):
        return None
    tally = Tally()
    ran = 0
    known = False
    for number, line in enumerate(lines):
        if outcome := _OUTCOME.fullmatch(line):
            failed = outcome["outcome"] == "FAILED"
            tally.add(outcome["name"], _OUTCOMES[outcome["outcome"]], _cause(lines[number + 1 : number + 2]) if failed else "")
            known = True
        elif count := _COUNT.fullmatch(line):
            ran += int(count["all"]) - int(count["skipped"] or 0)
            known = True
        elif (task := _TASK.fullmatch(line)) and task["state"] == "NO-SOURCE" and "classes" not in line.lower():
            known = known or line.rpartition(":")[2].startswith("test ")
    return tally.report("gradle", ran) if known else None


def _cause(lines: Sequence[str]) -> str:
    return lines[0].strip() if lines and lines[0].startswith("    ") else ""
