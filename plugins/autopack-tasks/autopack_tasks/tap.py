"""What the Test Anything Protocol says, as C programs, shell scripts, bats and prove write it."""

from __future__ import annotations

import re

from autopack.model.toolchain import CommandResult, FailedTest, TestReport

_LINE_CHARS = 4096
_PLAN = re.compile(r"1\.\.(\d{1,7})(?:[ \t]*#.*)?")
_TEST = re.compile(r"(not )?ok\b(?:[ \t]+(\d{1,7}))?[ \t]*(?:-[ \t]*)?([^#]*)(?:#[ \t]*(\w{1,10}).*)?")
_BAIL = re.compile(r"Bail out!(.*)")


def read_tap(result: CommandResult) -> TestReport | None:
    """The report; `None` without a plan (`1..N`), or when part of the output is missing.

    Tests within tests are indented and belong to the one around them.  What is marked TODO may fail, so it counts as skipped.
    """
    if result.truncated:
        return None
    planned: int | None = None
    passed: list[str] = []
    skipped: list[str] = []
    failed: list[FailedTest] = []
    for line in (row.rstrip("\r")[:_LINE_CHARS] for row in result.stdout.split("\n")):
        if found := _PLAN.fullmatch(line.strip() if line[:1] not in " \t" else line):
            planned = (planned or 0) + int(found[1])
        elif found := _BAIL.match(line):
            failed.append(FailedTest(id="Bail out!", message=found[1].strip()))
        elif found := _TEST.fullmatch(line):
            name = found[3].strip() or found[2] or str(len(passed) + len(failed) + len(skipped) + 1)
            if (found[4] or "").upper() in ("SKIP", "SKIPPED", "TODO"):
                skipped.append(name)
            elif found[1]:
                failed.append(FailedTest(id=name))
            else:
                passed.append(name)
    if planned is None:
        return None
    told = len(passed) + len(skipped) + len([test for test in failed if test.id != "Bail out!"])
    if told != planned:
        failed.append(FailedTest(id=f"1..{planned}", message=f"{told} of {planned} tests were reported"))
    return TestReport(
        runner="TAP", ran=len(passed) + len(failed), passed=tuple(passed), failed=tuple(failed), skipped=tuple(skipped)
    )
