"""Outcomes of tests by id, whatever their source."""

from __future__ import annotations

from collections.abc import Iterable

from autopack.model.toolchain import FailedTest, TestReport

LINE_LIMIT_CHARS = 4096


class Tally:
    """A test that fails once has failed, and one that ran was not skipped."""

    def __init__(self) -> None:
        self.passed: dict[str, None] = {}
        self.failed: dict[str, str] = {}
        self.skipped: dict[str, None] = {}

    def add(self, name: str, outcome: str, message: str = "") -> None:
        if outcome == "failed":
            self.failed[name] = self.failed.get(name) or message
        else:
            (self.skipped if outcome == "skipped" else self.passed)[name] = None

    def report(self, runner: str, ran: int = 0) -> TestReport:
        """`ran` is what the runner counted; never less than what it named."""
        passed = tuple(name for name in self.passed if name not in self.failed)
        return TestReport(
            runner=runner,
            ran=max(ran, len(passed) + len(self.failed)),
            passed=passed,
            failed=tuple(FailedTest(id=name, message=message) for name, message in self.failed.items()),
            skipped=tuple(name for name in self.skipped if name not in self.failed and name not in self.passed),
        )


def tell_cause(lines: Iterable[str]) -> str:
    """The first line that says something, an exception with its message, which may begin on the next one."""
    told = [line.strip() for line in lines if line.strip()][:2]
    return " ".join(told if told and told[0].endswith(":") else told[:1])[:LINE_LIMIT_CHARS]
