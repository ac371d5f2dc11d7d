"""What is read from output in the Test Anything Protocol."""

from __future__ import annotations

import pytest
from autopack_tasks import read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport


def read(stdout: str, *, exit_code: int = 0, truncated: bool = False) -> TestReport | None:
    return read_result(result=CommandResult(argv=("make", "test"), exit_code=exit_code, stdout=stdout, truncated=truncated))


def test_tests_are_named_by_what_stands_behind_their_number() -> None:
    output = (
        "cc -o t t.c\n./t\n1..6\nok 1 - adds\nnot ok 2 - takes away\n# expected 3\nok 3 # SKIP no network\nok\n"
        "not ok 5 - divides # TODO later\nok 6 parses\n    ok 1 - within\n    1..1\n"
    )
    assert read(output, exit_code=2) == TestReport(
        runner="TAP",
        ran=4,
        passed=("adds", "4", "parses"),
        failed=(FailedTest(id="takes away"),),
        skipped=("3", "divides"),
    )


def test_a_program_that_ends_before_its_plan_has_failed() -> None:
    short = FailedTest(id="1..3", message="1 of 3 tests were reported")
    assert read("1..3\nok 1 - a\n") == TestReport(runner="TAP", ran=2, passed=("a",), failed=(short,))
    bail = FailedTest(id="Bail out!", message="no disk")
    assert read("1..1\nok 1 - a\nBail out! no disk\n") == TestReport(runner="TAP", ran=2, passed=("a",), failed=(bail,))


def test_plans_of_several_programs_add_up() -> None:
    assert read("1..1\nok 1 - a\nok 1 - b\n1..1\n") == TestReport(runner="TAP", ran=2, passed=("a", "b"))


def test_a_plan_of_nothing_ran_nothing() -> None:
    assert read("1..0 # SKIP no compiler\n") == TestReport(runner="TAP", ran=0)


@pytest.mark.parametrize("output", ["", "ok 1 - a\n", "ok\n", "all fine\n", "  1..2\n", "1..x\n", "2..3\nok 1\n"])
def test_without_a_plan_the_count_is_not_known(output: str) -> None:
    assert read(output) is None


def test_of_output_that_is_cut_the_count_is_not_known() -> None:
    assert read("1..1\nok 1 - a\n", truncated=True) is None
