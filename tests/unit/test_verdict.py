"""What a finished check proves; every way to look green without having proved anything is tried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopack.decide.signature import find_failures
from autopack.decide.verdict import Proof, count_collected, describe_proof, is_improvement, judge_check, judge_proof, not_run
from autopack.model.attempt import CheckResult, Outcome
from autopack.model.toolchain import Check, Command, CommandResult, FailedTest, TestReport

TESTS = Check(id="pytest", command=Command(argv=("pytest",)), kind="test", origin="derived")
STATED = replace(TESTS, origin="stated")
LINT = replace(TESTS, id="ruff", kind="lint", origin="stated")
SMOKE = replace(TESTS, id="app", kind="smoke")
BUILD = replace(TESTS, id="make", kind="build")


def ended(exit_code: int = 0, **more: object) -> CommandResult:
    return CommandResult(argv=("pytest",), exit_code=exit_code, **more)


def ran(count: int, *failed: str | tuple[str, str]) -> TestReport:
    tests = (FailedTest(id=row, message="") if isinstance(row, str) else FailedTest(id=row[0], message=row[1]) for row in failed)
    return TestReport(runner="pytest", ran=count, failed=tuple(tests))


def judged(check: Check, exit_code: int, report: TestReport | None, baseline: CheckResult | None = None) -> CheckResult:
    return judge_check(check, ended(exit_code), report, (), baseline)


@pytest.mark.parametrize(
    ("check", "result", "report", "state", "outcome", "reason"),
    [
        (TESTS, ended(), ran(3), "passed", "passed", "3 tests ran"),
        (TESTS, ended(), ran(1), "passed", "passed", "1 test ran"),
        (TESTS, ended(), ran(0), "unknown", "nothing_run", "no test ran (exit code 0)"),
        (TESTS, ended(5), ran(0), "unknown", "nothing_run", "no test ran (exit code 5)"),
        (TESTS, ended(), None, "unknown", "not_counted", "the count of tests could not be read from its output"),
        (TESTS, ended(2), None, "failed", "failed", "exit code 2"),
        (TESTS, ended(), ran(3, "t::a"), "failed", "failed", "t::a failed"),
        (TESTS, ended(1), ran(9, "a", "b", "c", "d", "e"), "failed", "failed", "a, b, c and 2 more failed"),
        (TESTS, ended(1), ran(3), "failed", "failed", "exit code 1 although no test failed"),
        (TESTS, ended(-11), ran(3), "failed", "failed", "exit code -11 although no test failed"),
        (TESTS, ended(127, missing="pytest"), None, "unknown", "missing", "pytest is not installed"),
        (TESTS, ended(-9, timed_out=True, seconds=600.2), ran(3), "failed", "timed_out", "stopped after 600 s"),
        (TESTS, ended(0, timed_out=True, seconds=9), ran(3), "failed", "timed_out", "stopped after 9 s"),
        (LINT, ended(), None, "passed", "passed", "exit code 0"),
        (LINT, ended(1), None, "failed", "failed", "exit code 1"),
        (TESTS, ended(-11), ran(0), "failed", "failed", "exit code -11 although no test failed"),
        (SMOKE, ended(), None, "passed", "passed", "exit code 0"),
    ],
)
def test_a_check_passes_only_when_something_was_proved(check, result, report, state, outcome, reason):
    failures = find_failures(result, report, (), check.id) if state != "passed" else ()
    assert judge_check(check, result, report, ()) == CheckResult(
        check=check, state=state, reason=reason, result=result, report=report, failures=failures, outcome=outcome
    )


def test_a_derived_check_may_fail_as_it_failed_before():
    before = judged(TESTS, 1, ran(5, ("t::old", "took 12 ms")))
    after = judged(TESTS, 1, ran(6, ("t::old", "took 31 ms")), before)
    assert (after.state, after.reason) == ("passed", "6 tests ran, 1 failed before in the same way")
    assert (after.excused, after.failures) == (("t::old",), ())


def test_a_stated_check_is_never_excused():
    before = judged(STATED, 1, ran(5, "t::old"))
    assert judged(STATED, 1, ran(5, "t::old"), before).state == "failed"


@pytest.mark.parametrize(
    ("exit_code", "report", "why"),
    [
        (1, ran(5, ("t::old", "no"), ("t::new", "no")), "another test"),
        (1, ran(5, ("t::old", "other")), "another reason"),
        (1, ran(5, ("t::old", "no"), ("t::old", "other")), "the same test, and once more in another way"),
        (2, ran(5, ("t::old", "no")), "a graver exit code: something without a test id went wrong too"),
        (-11, ran(5, ("t::old", "no")), "the runner crashed half-way"),
    ],
)
def test_what_did_not_fail_before_in_the_same_way_fails_the_check(exit_code, report, why):
    before = judged(TESTS, 1, ran(5, ("t::old", "no")))
    assert judged(TESTS, exit_code, report, before).state == "failed", why


def test_a_baseline_without_a_readable_report_excuses_nothing():
    for before in (None, judged(TESTS, 1, None)):
        assert judged(TESTS, 1, ran(5, "t::old"), before).state == "failed"


OLD = "./old.go:5:2: fmt.Printf format %d has arg x of wrong type\n"


@pytest.mark.parametrize(
    ("now", "outcome", "why"),
    [
        (ended(1, stderr=OLD), "excused", "the same complaint"),
        (ended(1, stderr="./old.go:7:2: fmt.Printf format %d has arg x of wrong type\n"), "excused", "it only moved"),
        (ended(1, stderr=f"{OLD}./new.go:5:2: fmt.Printf format %d has arg x of wrong type\n"), "failed", "another file"),
        (ended(1, stderr=OLD * 2), "failed", "once more in the same file"),
        (ended(2, stderr=OLD), "failed", "another exit code"),
        (ended(-9, stderr=OLD), "failed", "killed"),
        (ended(1), "failed", "no word to compare"),
        (ended(1, stderr=OLD, truncated=True), "failed", "what is new may have been cut"),
        (ended(1, stderr=OLD, timed_out=True), "timed_out", "not at its end"),
        (ended(0, stderr=OLD), "passed", "only a warning by now"),
    ],
)
def test_a_check_without_test_ids_may_fail_with_the_lines_that_it_failed_with_before(now, outcome, why):
    before = judge_check(SMOKE, ended(1, stderr=OLD), None, ())
    assert judge_check(SMOKE, now, None, (), before).outcome == outcome, why


def test_no_stated_check_and_no_test_command_without_a_report_is_excused_by_its_lines():
    for check in (TESTS, replace(SMOKE, origin="stated"), LINT):
        before = judge_check(check, ended(1, stderr=OLD), None, ())
        assert judge_check(check, ended(1, stderr=OLD), None, (), before).outcome == "failed"


def test_an_excused_check_says_so():
    before = judge_check(SMOKE, ended(1, stderr=OLD), None, ())
    after = judge_check(SMOKE, ended(1, stderr=OLD), None, (), before)
    assert (after.state, after.reason) == ("passed", "exit code 1, failed before in the same way")


def test_a_build_that_says_that_no_test_ran_is_judged_by_its_exit_code():
    assert judge_check(BUILD, ended(), ran(0), ()).outcome == "passed"
    assert judge_check(BUILD, ended(1), ran(0), ()).outcome == "failed"
    assert judge_check(BUILD, ended(1), ran(2, "t::a"), ()).reason == "t::a failed"


def test_a_test_that_fails_twice_in_one_run_is_excused_when_it_did_before():
    both = ran(5, ("t::old", "assert no"), ("t::old", "cannot tear down"))
    assert judged(TESTS, 1, both, judged(TESTS, 1, both)).state == "passed"


def test_a_runner_that_counts_failures_in_its_exit_code_may_fail_less_than_before():
    before = judged(TESTS, 3, ran(5, "a", "b", "c"))
    assert judged(TESTS, 2, ran(5, "a", "b"), before).state == "passed"


def test_the_failures_of_a_check_leave_out_the_excused_ones():
    before = judged(TESTS, 1, ran(5, ("a", "old"), ("b", "old")))
    after = judged(TESTS, 1, ran(5, ("a", "old"), ("b", "old"), ("c", "new")), before)
    assert (after.reason, after.excused, [row.ids for row in after.failures]) == ("c failed", ("a", "b"), [("c",)])


GREEN = judged(TESTS, 0, ran(3))
RED = judged(TESTS, 1, ran(3, "t::a"))
UNKNOWN = judged(TESTS, 0, None)
BUILT, SOUND = judged(BUILD, 0, None), judged(SMOKE, 0, None)
OLD_BUILD, OLD_SMOKE = (replace(judged(check, 1, None), state="passed", outcome="excused") for check in (BUILD, SMOKE))


@pytest.mark.parametrize(
    ("results", "proof"),
    [
        ((), Proof(by="", reason="nothing was checked")),
        ((GREEN,), Proof(by="tests", reason="")),
        ((judged(LINT, 0, None),), Proof(by="checks", reason="")),
        ((judged(SMOKE, 0, None),), Proof(by="smoke", reason="")),
        ((judged(SMOKE, 0, None), GREEN), Proof(by="tests", reason="")),
        ((BUILT,), Proof(by="build", reason="")),
        ((BUILT, SOUND), Proof(by="smoke", reason="")),
        ((BUILT, judged(LINT, 0, None)), Proof(by="checks", reason="")),
        ((judged(replace(BUILD, origin="stated"), 0, None),), Proof(by="checks", reason="")),
        # what fails as before: a smoke check went on to the next file, a build did not, and hides what comes after it
        ((OLD_SMOKE,), Proof(by="smoke", reason="")),
        ((BUILT, OLD_SMOKE), Proof(by="smoke", reason="")),
        ((OLD_BUILD, OLD_SMOKE), Proof(by="", reason="all that was checked fails as it did before")),
        ((OLD_BUILD, GREEN), Proof(by="tests", reason="")),
        ((judged(BUILD, 1, None), not_run(SMOKE, "not run: build failed")), Proof(by="", reason="make: exit code 1")),
        ((GREEN, not_run(SMOKE, "not run: build failed")), Proof(by="", reason="app: not run: build failed")),
        ((GREEN, RED), Proof(by="", reason="pytest: t::a failed")),
        ((GREEN, UNKNOWN), Proof(by="", reason="pytest: the count of tests could not be read from its output")),
        ((UNKNOWN, RED), Proof(by="", reason="pytest: t::a failed")),
    ],
)
def test_a_phase_is_proved_when_something_passed_and_nothing_else_happened(results, proof):
    assert judge_proof(results) == proof


COLLECTION_ERROR = judged(TESTS, 2, None)


@pytest.mark.parametrize(
    ("before", "after", "better"),
    [
        ((RED,), (GREEN,), True),
        ((judged(TESTS, 1, ran(3, "a", "b")),), (judged(TESTS, 1, ran(3, "b")),), True),
        ((COLLECTION_ERROR,), (GREEN,), True),
        ((UNKNOWN,), (GREEN,), True),
        # behind a broken build nothing was seen
        ((judged(BUILD, 1, None), not_run(TESTS, "not run: build failed")), (BUILT, RED), True),
        ((judged(BUILD, 1, None), not_run(TESTS, "not run: build failed")), (judged(BUILD, 1, None), GREEN), False),
        ((RED, judged(LINT, 1, None)), (GREEN, judged(LINT, 1, None)), True),
        # not strictly fewer
        ((GREEN,), (GREEN,), False),
        ((RED,), (RED,), False),
        ((RED,), (UNKNOWN,), False),
        ((RED,), (COLLECTION_ERROR,), False),
        # something new: another id, another reason, another check
        ((judged(TESTS, 1, ran(3, "a", "b")),), (judged(TESTS, 1, ran(3, "c")),), False),
        ((judged(TESTS, 1, ran(3, "a", "b")),), (judged(TESTS, 1, ran(3, ("a", "other"))),), False),
        ((judged(TESTS, 1, ran(3, "a", "b")), judged(LINT, 0, None)), (GREEN, judged(LINT, 1, None)), False),
        # fewer tests ran, in all or in one check
        ((RED,), (judged(TESTS, 0, ran(2)),), False),
        ((RED, judged(LINT, 0, ran(1))), (judged(TESTS, 0, ran(2)), judged(LINT, 0, ran(9))), False),
        # the failing check is gone
        ((RED, judged(LINT, 0, None)), (judged(LINT, 0, None),), False),
        ((), (), False),
    ],
)
def test_a_repair_stays_only_when_less_fails_nothing_is_new_and_no_test_is_lost(before, after, better):
    assert is_improvement(before, after) is better


@pytest.mark.parametrize(("report", "count"), [(ran(3), 3), (replace(ran(0), skipped=("a", "b")), 2), (ran(0), 0), (None, None)])
def test_a_skipped_test_was_found_and_a_count_that_cannot_be_read_is_not_known(report, count):
    assert count_collected(judged(TESTS, 0, report)) == count


def test_a_test_that_two_checks_run_is_counted_once_and_one_without_a_name_as_often_as_it_ran_at_most():
    def row(toolchain: str, count: int, *names: str) -> CheckResult:
        return judge_check(replace(TESTS, toolchain=toolchain), ended(), replace(ran(count), passed=names), ())

    rows = (row("python@.", 2, "a", "b"), row("python@.", 2, "b", "c"), row("node@web", 3, "a"), row("go@.", 4), SOUND)
    done = Outcome(phase_id="p", title="P", state="committed", proved_by="tests", checks=rows)
    assert describe_proof(done) == "tests (10 ran)"
    assert describe_proof(replace(done, proved_by="smoke")) == "smoke"
