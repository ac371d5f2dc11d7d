"""Which failures are the same failure, and which line of an output says why."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.signature import find_failures, mask_line, sign_failure, sign_test
from autopack.model.failure import Failure, Pattern
from autopack.model.toolchain import CommandResult, FailedTest, TestReport

MISSING = Pattern(
    kind="python:ModuleNotFoundError",
    regex=r"ModuleNotFoundError: No module named '(?P<module>[\w.]+)'",
    example="ModuleNotFoundError: No module named 'flask'",
    rank=10,
)
ANY_ERROR = Pattern(kind="python:error", regex=r"\w+Error: ", example="ValueError: x", rank=90)


def result(stdout: str = "", exit_code: int = 1, **more: object) -> CommandResult:
    return CommandResult(argv=("pytest",), exit_code=exit_code, stdout=stdout, **more)


def report(*failed: FailedTest) -> TestReport:
    return TestReport(runner="pytest", ran=9, failed=failed)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("took 12 ms", "took 3.5 ms"),
        ("took 999999 ns", "took 1000000 ns"),
        ("took 1234567.25 ms", "took 1.5 ms"),
        ("object at 0x7f3a", "object at 0x1"),
        ("commit deadbeef1", "commit 1234567"),
        ("sha512 " + "0a" * 64, "sha512 " + "b1" * 64),
        ("key 550e8400-e29b-41d4-a716-446655440000", "key 123E4567-E89B-12D3-A456-426614174000"),
        ("at 2026-11-24T10:00:00Z: no", "at 2026-11-25 23:59:59.123: no"),
        ("open /tmp/pytest-1/x.txt", "open /tmp/pytest-2/test_x0/x.txt"),
        ("\x1b[31mE\x1b[0m  no", "E no"),
    ],
)
def test_what_varies_between_two_runs_of_one_failure_is_masked(first, second):
    assert mask_line(first) == mask_line(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [("ValueError: no user", "ValueError: no name"), ("facade is open", "facing is open"), ("a == b", "a != b")],
)
def test_different_messages_stay_different(first, second):
    assert sign_failure("x", first) != sign_failure("x", second)


def test_the_class_is_part_of_the_signature():
    assert sign_failure("python:error", "no") != sign_failure("go:error", "no")


@settings(max_examples=200)
@given(st.text())
def test_masking_a_masked_line_changes_nothing(line):
    masked = mask_line(line)
    assert "\n" not in masked
    assert mask_line(masked) == masked


@pytest.mark.parametrize("piece", ["a", "0", "/", "a/", "a.", ".", "\x1b[", "0a", "a-", "1.", "2026-11-24T"])
def test_a_hostile_line_is_masked_in_no_time(piece):
    started = time.process_time()
    mask_line(piece * 200_000)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("done", "kind", "line"),
    [
        (result(exit_code=127, missing="cargo"), "tool:missing", "cargo: not found"),
        (result("ValueError: x", exit_code=-9, timed_out=True, seconds=60.4), "run:timeout", "no end after 60 s"),
        (result("", exit_code=3), "run:failed", "exit code 3"),
        (result("first\nlast\n\n", exit_code=3), "run:failed", "last"),
        (result("KeyError: 'a'\nValueError: b\n3 failed in 2 s"), "run:failed", "ValueError: b"),
        (result("x: error: cannot find y\n1 test failed"), "run:failed", "x: error: cannot find y"),
        (result("compiled", stderr="fatal: no"), "run:failed", "fatal: no"),
    ],
)
def test_without_test_ids_the_salient_line_stands_for_the_whole_command(done, kind, line):
    (found,) = find_failures(done, None, (), "pytest")
    assert (found.kind, found.line, found.ids, found.check) == (kind, line, (), "pytest")


def test_two_timeouts_of_different_length_are_the_same_failure():
    after_60, after_90 = (
        find_failures(result(exit_code=-9, timed_out=True, seconds=seconds), None, (), "x")[0] for seconds in (60, 90)
    )
    assert after_60.signature == after_90.signature


def test_a_command_that_ended_well_has_no_failure():
    assert find_failures(result("error: not really", exit_code=0), report(), (MISSING,), "pytest") == ()


def test_the_most_telling_pattern_wins_and_gives_its_captures():
    output = "ValueError: before\nE ModuleNotFoundError: No module named 'flask'\nKeyError: after"
    line = "E ModuleNotFoundError: No module named 'flask'"
    assert find_failures(result(output), None, (ANY_ERROR, MISSING), "pytest") == (
        Failure(
            kind="python:ModuleNotFoundError",
            signature=sign_failure("python:ModuleNotFoundError", line),
            line=line,
            captures=(("module", "flask"),),
            check="pytest",
            exit_code=1,
        ),
    )


def test_tests_that_fail_alike_are_one_failure_and_the_largest_comes_first():
    failed = (
        FailedTest(id="t::b", message="ValueError: 2 is odd"),
        FailedTest(id="t::alone", message="KeyError: 'x'"),
        FailedTest(id="t::a", message="ValueError: 31 is odd"),
    )
    found = find_failures(result(), report(*failed), (), "pytest")
    assert [(failure.kind, failure.ids) for failure in found] == [
        ("test:failed", ("t::b", "t::a")),
        ("test:failed", ("t::alone",)),
    ]


def test_a_test_has_the_same_signature_in_the_baseline_and_in_the_failures():
    for message in ("ModuleNotFoundError: No module named 'flask'", "assert 1 == 2", ""):
        test = FailedTest(id="t::a", message=message)
        assert find_failures(result(), report(test), (MISSING,), "pytest")[0].signature == sign_test(test, (MISSING,))


def test_the_cause_is_found_in_the_head_and_in_the_tail_of_a_huge_output():
    noise = ["all is well"] * 30_000
    for output in (["KeyError: 'x'", *noise], [*noise, "KeyError: 'x'"]):
        assert find_failures(result("\n".join(output)), None, (), "x")[0].line == "KeyError: 'x'"


def test_a_line_is_read_to_its_4096th_character_only():
    assert find_failures(result("x" * 5000 + " fatal"), None, (), "x")[0].line == "x" * 4096
