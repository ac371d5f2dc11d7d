"""What a finished check proves: passed, failed, or not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from autopack.decide.signature import count_lines, find_failures, sign_test
from autopack.model.attempt import CheckResult, Outcome
from autopack.model.failure import Pattern
from autopack.model.toolchain import Check, CheckOutcome, CheckState, CommandResult, TestReport

# Kinds that are not expected to run a test: a report that none ran says nothing of them.
_COUNTLESS = frozenset({"build", "install", "lint", "smoke", "typecheck"})
_STATES: dict[CheckOutcome, CheckState] = {
    "passed": "passed",
    "excused": "passed",
    "failed": "failed",
    "timed_out": "failed",
    "nothing_run": "unknown",
    "not_counted": "unknown",
    "not_ready": "unknown",
    "not_run": "unknown",
    "missing": "unknown",
}
_Judged = tuple[CheckOutcome, str, tuple[str, ...]]


def judge_check(
    check: Check,
    result: CommandResult,
    report: TestReport | None,
    patterns: Sequence[Pattern],
    baseline: CheckResult | None = None,
) -> CheckResult:
    """The verdict on one check.

    A test command without a readable count is not known, and neither is one that executed no test, whatever its exit code.
    A `derived` check may fail where the baseline failed in the same way, if its command ended no worse: test id by test id
    and signature by signature, or, where it runs no tests, line by line.  A `stated` one may not.  `failures` are without the
    excused ones.
    """
    if report is not None and not report.ran and not report.failed and check.kind in _COUNTLESS:
        report = None
    outcome, reason, excused = _judge(check, result, report, patterns, baseline)
    state = _STATES[outcome]
    return CheckResult(
        check=check,
        state=state,
        reason=reason,
        result=result,
        report=report,
        failures=find_failures(result, _without(report, set(excused)), patterns, check.id) if state != "passed" else (),
        excused=excused,
        outcome=outcome,
    )


def not_run(check: Check, reason: str) -> CheckResult:
    """The verdict on a check that was never started: it is not known."""
    result = CommandResult(argv=check.command.argv, exit_code=126)
    return CheckResult(check=check, state=_STATES["not_run"], reason=reason, result=result, outcome="not_run")


def _without(report: TestReport | None, ids: set[str]) -> TestReport | None:
    return replace(report, failed=tuple(test for test in report.failed if test.id not in ids)) if report else None


def _judge(
    check: Check, result: CommandResult, report: TestReport | None, patterns: Sequence[Pattern], baseline: CheckResult | None
) -> _Judged:
    if result.missing is not None:
        # A sandbox that hides it, or shows another, has said so.
        return "missing", result.stderr or f"{result.missing} is not installed", ()
    if result.timed_out:
        return "timed_out", f"stopped after {result.seconds:.0f} s", ()
    if report is None:
        return _judge_uncounted(check, result, baseline)
    if report.failed:
        return _judge_failed(check, result, report, patterns, baseline)
    if report.ran == 0 and result.exit_code >= 0:
        return "nothing_run", f"no test ran (exit code {result.exit_code})", ()
    if result.exit_code != 0:
        return "failed", f"exit code {result.exit_code} although no test failed", ()
    return "passed", _count(report), ()


def _judge_uncounted(check: Check, result: CommandResult, baseline: CheckResult | None) -> _Judged:
    if result.exit_code == 0 and check.kind == "test":
        return "not_counted", "the count of tests could not be read from its output", ()
    if result.exit_code == 0:
        return "passed", "exit code 0", ()
    # What a test command would have run, and did not, nobody knows: it is never excused without a report.
    if check.origin == "derived" and check.kind != "test" and baseline is not None and baseline.report is None:
        before, lines = baseline.result, count_lines(result)
        # Of an output that was cut, what is new may be missing; of an empty one, everything is.
        told = bool(lines) and not result.truncated and not before.truncated and not before.timed_out
        if told and 0 < result.exit_code == before.exit_code and lines <= count_lines(before):
            return "excused", f"exit code {result.exit_code}, failed before in the same way", ()
    return "failed", f"exit code {result.exit_code}", ()


def _judge_failed(
    check: Check, result: CommandResult, report: TestReport, patterns: Sequence[Pattern], baseline: CheckResult | None
) -> _Judged:
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
    return "excused", f"{_count(report)}, {len(excused)} failed before in the same way", excused


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
    """Whether a phase is proved, in one word for the commit and the report (`tests`, `checks`, `smoke`, `build`), or why not."""

    by: str
    reason: str


def judge_proof(results: Sequence[CheckResult]) -> Proof:
    """A phase is proved when at least one check passed and none failed or is not known.

    What the project compiles anyway says less than a check that somebody wrote down, and that less than tests.
    """
    for state in ("failed", "unknown"):
        for row in results:
            if row.state == state:
                return Proof(by="", reason=f"{row.check.id}: {row.reason}")
    # Behind a build that is broken as before nothing new is seen; a smoke check goes on to the next file.
    blind = any(row.check.kind == "build" and row.outcome == "excused" for row in results)
    green = [row for row in results if row.report is not None or not (blind and row.outcome == "excused")]
    if not green:
        return Proof(by="", reason="all that was checked fails as it did before" if results else "nothing was checked")
    if any(row.report is not None for row in green):
        return Proof(by="tests", reason="")
    if any(row.check.origin == "stated" and row.check.kind != "smoke" for row in green):
        return Proof(by="checks", reason="")
    return Proof(by="smoke" if any(row.check.kind == "smoke" for row in green) else "build", reason="")


def name_outcome(row: CheckResult) -> str:
    """How a check ended, in a word or two; its state where the record does not say more."""
    return (row.outcome or row.state).replace("_", " ")


def describe_proof(outcome: Outcome) -> str:
    """What proved a phase, with the number of tests where it was tests; empty when nothing did."""
    if outcome.proved_by != "tests":
        return outcome.proved_by
    names: dict[str | None, set[str]] = {}
    unnamed: dict[str | None, int] = {}
    for row in outcome.checks:
        if row.report is None:
            continue
        # What the plan states and what the project does anyway are often the same tests.
        own = {*row.report.passed, *(test.id for test in row.report.failed)}
        names.setdefault(row.check.toolchain, set()).update(own)
        unnamed[row.check.toolchain] = max(unnamed.get(row.check.toolchain, 0), row.report.ran - len(own))
    ran = sum(map(len, names.values())) + sum(unnamed.values())
    return f"tests ({ran} ran)" if ran else outcome.proved_by


def is_improvement(before: Sequence[CheckResult], after: Sequence[CheckResult]) -> bool:
    """Whether a repair may stay: strictly less fails, nothing new breaks or breaks otherwise, no check runs fewer tests.

    A check that was not run before, because the build had failed, has nothing to be compared with.
    """
    unseen = {row.check.id for row in before if row.outcome == "not_run"}
    before, after = ([row for row in rows if row.check.id not in unseen] for rows in (before, after))
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
