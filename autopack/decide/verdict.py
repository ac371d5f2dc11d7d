"""What a finished check proves: passed, failed, or not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autopack.decide.signature import find_failures, sign_test
from autopack.model.attempt import CheckResult
from autopack.model.failure import Pattern
from autopack.model.toolchain import Check, CheckState, CommandResult, TestReport


def judge_check(
    check: Check,
    result: CommandResult,
    report: TestReport | None,
    patterns: Sequence[Pattern],
    baseline: CheckResult | None = None,
) -> CheckResult:
    """The verdict on one check.

    A test command without a readable count is not known, and neither is one that executed no test: an exit code of 0 says
    nothing then.  A `derived` check may fail where the baseline failed in the same way, test id by test id and signature by
    signature, if its command ended no worse; a `stated` one may not.  `failures` are without the excused ones.
    """
    state, reason, excused = _judge(check, result, report, patterns, baseline)
    return CheckResult(
        check=check,
        state=state,
        reason=reason,
        result=result,
        report=report,
        failures=find_failures(result, _without(report, set(excused)), patterns, check.id) if state != "passed" else (),
        excused=excused,
    )


def _without(report: TestReport | None, ids: set[str]) -> TestReport | None:
    return replace(report, failed=tuple(test for test in report.failed if test.id not in ids)) if report else None


def _judge(
    check: Check, result: CommandResult, report: TestReport | None, patterns: Sequence[Pattern], baseline: CheckResult | None
) -> tuple[CheckState, str, tuple[str, ...]]:
    if result.missing is not None:
        # A sandbox that hides it, or shows another, has said so.
        return "unknown", result.stderr or f"{result.missing} is not installed", ()
    if result.timed_out:
        return "failed", f"stopped after {result.seconds:.0f} s", ()
    if report is None:
        if result.exit_code != 0:
            return "failed", f"exit code {result.exit_code}", ()
        if check.kind == "test":
            return "unknown", "the count of tests could not be read from its output", ()
        return "passed", "exit code 0", ()
    if report.failed:
        return _judge_failed(check, result, report, patterns, baseline)
    if result.exit_code != 0:
        what = "no test ran" if report.ran == 0 else f"exit code {result.exit_code} although no test failed"
        return "failed", what, ()
    if report.ran == 0:
        return "unknown", "no test ran", ()
    return "passed", _count(report), ()


def _judge_failed(
    check: Check, result: CommandResult, report: TestReport, patterns: Sequence[Pattern], baseline: CheckResult | None
) -> tuple[CheckState, str, tuple[str, ...]]:
    if check.origin != "derived" or baseline is None or baseline.report is None:
        return "failed", _names([test.id for test in report.failed]), ()
    # A runner may report one id twice, for instance a test that fails and cannot be torn down.
    known = {(test.id, sign_test(test, patterns)) for test in baseline.report.failed}
    new = dict.fromkeys(test.id for test in report.failed if (test.id, sign_test(test, patterns)) not in known)
    excused = tuple(dict.fromkeys(test.id for test in report.failed if test.id not in new))
    if new:
        return "failed", _names(list(new)), excused
    # Killed, or a graver code than the same failures gave before: something else went wrong that has no test id.
    if not 0 <= result.exit_code <= baseline.result.exit_code:
        return "failed", f"exit code {result.exit_code}, the same failures gave {baseline.result.exit_code} before", excused
    return "passed", f"{_count(report)}, {len(excused)} failed before in the same way", excused


def _names(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return f"{', '.join(ids[:3])}{more} failed"


def _count(report: TestReport) -> str:
    return f"{report.ran} tests ran" if report.ran != 1 else "1 test ran"


def count_collected(row: CheckResult) -> int | None:
    """How many tests a check found, those it skipped among them; `None` when that is not known."""
    return row.report.ran + len(row.report.skipped) if row.report else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Whether a phase is proved, in one word for the commit and the report (`tests`, `checks`, `smoke`), or why not."""

    by: str
    reason: str


def judge_proof(results: Sequence[CheckResult]) -> Proof:
    """A phase is proved when at least one check passed and none failed or is not known."""
    for state in ("failed", "unknown"):
        for row in results:
            if row.state == state:
                return Proof(by="", reason=f"{row.check.id}: {row.reason}")
    if any(row.report is not None for row in results):
        return Proof(by="tests", reason="")
    if any(row.check.kind != "smoke" for row in results):
        return Proof(by="checks", reason="")
    return Proof(by="smoke", reason="") if results else Proof(by="", reason="nothing was checked")


def is_improvement(before: Sequence[CheckResult], after: Sequence[CheckResult]) -> bool:
    """Whether a repair may stay: strictly less fails, nothing new breaks or breaks otherwise, no check runs fewer tests."""
    less_fails = _broken(after) < _broken(before) and _signatures(after) <= _signatures(before)
    ran = {row.check.id: _ran(row) for row in after}
    return less_fails and all(ran.get(row.check.id, -1) >= _ran(row) for row in before)


def _broken(results: Sequence[CheckResult]) -> set[tuple[str, str]]:
    """What fails: (check, test id); a check that fails as a whole counts as one."""
    rows: set[tuple[str, str]] = set()
    for row in results:
        if row.state == "passed":
            continue
        ids = [test.id for test in row.report.failed] if row.report else []
        rows.update((row.check.id, name) for name in ids or ["(the command)"])
    return rows


def _signatures(results: Sequence[CheckResult]) -> set[tuple[str, str]]:
    return {(row.check.id, failure.signature) for row in results for failure in row.failures}


def _ran(result: CheckResult) -> int:
    return result.report.ran if result.report else 0
