"""Outputs as they were printed, by versions that need not be installed here, and outputs that try to mislead."""

from __future__ import annotations

import re

import pytest
from autopack_rust import failure_patterns, read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport


def read(stdout: str = "", stderr: str = "", *, exit_code: int = 101, truncated: bool = False) -> TestReport | None:
    return read_result(result=CommandResult(argv=("x",), exit_code=exit_code, stdout=stdout, stderr=stderr, truncated=truncated))


# cargo 1.95: a library, a program without tests, a file of tests, and examples.
STDERR = """\
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.01s
     Running unittests src/lib.rs (target/debug/deps/my_demo-0320e72de08a9e99)
error: test failed, to rerun pass `--lib`
     Running unittests src/main.rs (target/debug/deps/my_demo-3f9189e7466ac850)
     Running tests/it.rs (target/debug/deps/it-86b4f39eda485cee)
error: test failed, to rerun pass `--test it`
   Doc-tests my_demo
error: doctest failed, to rerun pass `--doc`
error: 3 targets failed:
    `--lib`
    `--test it`
    `--doc`
"""
STDOUT = """\

running 8 tests
test tests::adds ... ok
test tests::does_not_panic - should panic ... FAILED
test tests::fails_custom ... FAILED
test tests::fails ... FAILED
test tests::ignored ... ignored
test tests::ignored_why ... ignored, not now
test tests::panics - should panic ... ok
test tests::prints ... ok

failures:

---- tests::does_not_panic stdout ----
note: test did not panic as expected at src/lib.rs:50:8
---- tests::fails_custom stdout ----
Error: "bad"

---- tests::fails stdout ----

thread 'tests::fails' (13418) panicked at src/lib.rs:36:18:
assertion `left == right` failed: why not
  left: 3
 right: 4


failures:
    tests::does_not_panic
    tests::fails
    tests::fails_custom

test result: FAILED. 3 passed; 3 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s


running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s


running 2 tests
test outside ... ok
test unwraps ... FAILED

failures:

---- unwraps stdout ----

thread 'unwraps' (13418) panicked at tests/it.rs:4:44:
called `Option::unwrap()` on a `None` value


failures:
    unwraps

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s


running 6 tests
test src/lib.rs - add (line 15) ... ignored
test src/lib.rs - add (line 11) - compile ... ok
test src/lib.rs - add (line 23) - compile fail ... ok
test src/lib.rs - add (line 19) ... ok
test src/lib.rs - add (line 3) ... ok
test src/lib.rs - add (line 7) ... FAILED

failures:

---- src/lib.rs - add (line 7) stdout ----
Test executable failed (exit status: 101).

stderr:

thread 'main' (13418) panicked at src/lib.rs:5:1:
assertion `left == right` failed
  left: 3
 right: 4



failures:
    src/lib.rs - add (line 7)

test result: FAILED. 4 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.20s

"""


CARGO = TestReport(
    runner="cargo test",
    ran=13,
    passed=(
        "my_demo::tests::adds",
        "my_demo::tests::panics - should panic",
        "my_demo::tests::prints",
        "my_demo::tests/it.rs::outside",
        "my_demo::src/lib.rs - add - compile",
        "my_demo::src/lib.rs - add - compile fail",
        "my_demo::src/lib.rs - add",
        "my_demo::src/lib.rs - add (4)",
    ),
    failed=(
        FailedTest(
            id="my_demo::tests::does_not_panic - should panic",
            message="note: test did not panic as expected at src/lib.rs:50:8",
        ),
        FailedTest(id="my_demo::tests::fails_custom", message='Error: "bad"'),
        FailedTest(id="my_demo::tests::fails", message="assertion `left == right` failed: why not (left: 3, right: 4)"),
        FailedTest(id="my_demo::tests/it.rs::unwraps", message="called `Option::unwrap()` on a `None` value"),
        FailedTest(id="my_demo::src/lib.rs - add (2)", message="assertion `left == right` failed (left: 3, right: 4)"),
    ),
    skipped=("my_demo::tests::ignored", "my_demo::tests::ignored_why", "my_demo::src/lib.rs - add (3)"),
)


def sort_ids(report: TestReport | None) -> object:
    assert report is not None
    return (
        report.runner,
        report.ran,
        sorted(report.passed),
        sorted(report.failed, key=lambda test: test.id),
        sorted(report.skipped),
    )


def test_cargo_gives_ids_with_crate_and_file_and_the_cause_of_each_failure() -> None:
    assert sort_ids(read(STDOUT, STDERR)) == sort_ids(CARGO)


def test_examples_keep_their_ids_when_lines_move() -> None:
    moved = re.sub(r"\(line (\d+)\)", lambda match: f"(line {int(match[1]) + 100})", STDOUT)
    assert sort_ids(read(moved, STDERR)) == sort_ids(CARGO)


def test_without_headings_ids_are_bare() -> None:
    report = read("\nrunning 1 test\ntest a::b ... ok\n\n" + END.format(passed=1, failed=0), exit_code=0)
    assert report == TestReport(runner="cargo test", ran=1, passed=("a::b",))


END = "test result: ok. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
NOTHING = "\nrunning 0 tests\n\n" + END.format(passed=0, failed=0)


def test_nothing_that_ran_is_told_apart_from_success() -> None:
    assert read(NOTHING * 2, exit_code=0) == TestReport(runner="cargo test", ran=0)


def test_a_program_that_ends_with_success_before_its_result_has_failed() -> None:
    stderr = "     Running unittests src/lib.rs (target/debug/deps/x-b885370c02d1f6ea)\n   Doc-tests x\n"
    report = read("\nrunning 2 tests\n" + NOTHING, stderr, exit_code=0)
    assert report == TestReport(
        runner="cargo test", ran=0, failed=(FailedTest(id="x", message="it ended before it had a result"),)
    )


def test_the_end_of_an_output_that_was_cut_is_not_missed() -> None:
    assert read("\nrunning 2 tests\ntest a ... ok\n", truncated=True) == TestReport(runner="cargo test", ran=1, passed=("a",))


def test_what_a_test_prints_past_the_runner_does_not_hide_its_outcome() -> None:
    lines = "\nrunning 3 tests\ntest a ... hello\nok\ntest b ... 1\n2FAILED\ntest c ... ok\n"
    report = read(lines + END.format(passed=2, failed=1).replace("ok.", "FAILED."))
    assert report == TestReport(runner="cargo test", ran=3, passed=("a", "c"), failed=(FailedTest(id="b"),))


def test_what_a_failed_test_printed_is_no_program_of_its_own() -> None:
    printed = (
        "\nrunning 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\n"
        "running 7 tests\ntest z ... ok\n\n\nfailures:\n    a\n\n"
    )
    report = read(printed + END.format(passed=0, failed=1).replace("ok.", "FAILED."))
    assert report is not None
    assert [test.id for test in report.failed] == ["a"]


def test_two_members_with_tests_of_one_name_are_told_apart() -> None:
    heading = (
        "     Running unittests src/lib.rs (target/debug/deps/{0}-0320e72de08a9e99)\n"
        "     Running tests/it.rs (target/debug/deps/it-86b4f39eda485cee)\n"
    )
    one = "\nrunning 1 test\ntest works ... ok\n\n" + END.format(passed=1, failed=0)
    report = read(one * 4, heading.format("a") + heading.format("b"), exit_code=0)
    assert report == TestReport(
        runner="cargo test", ran=4, passed=("a::works", "a::tests/it.rs::works", "b::works", "b::tests/it.rs::works")
    )


# cargo-nextest 0.9.148, trimmed.
NEXTEST = """\
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.00s
────────────
 Nextest run ID 24ccfba8-bf7d-402a-bb15-8f729429b25d with nextest profile: default
    Starting 8 tests across 3 binaries (2 tests skipped)
        FAIL [   0.005s] (1/8) my-demo tests::does_not_panic
  stdout ───

    running 1 test
    test tests::does_not_panic - should panic ... FAILED

    failures:

    ---- tests::does_not_panic stdout ----
    note: test did not panic as expected at src/lib.rs:50:8

    failures:
        tests::does_not_panic

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s


        PASS [   0.005s] (2/8) my-demo tests::adds
        SKIP [         ] (───) my-demo tests::ignored
        SKIP [         ] (───) my-demo tests::ignored_why
        FAIL [   0.005s] (3/8) my-demo tests::fails
  stdout ───

    running 1 test
    test tests::fails ... FAILED

    failures:

    failures:
        tests::fails

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s

  stderr ───

    thread 'tests::fails' (19748) panicked at src/lib.rs:36:18:
    assertion `left == right` failed: why not
      left: 3
     right: 4

        FAIL [   0.005s] (4/8) my-demo tests::fails_custom
  stdout ───

    running 1 test
    test tests::fails_custom ... FAILED

    failures:

    failures:
        tests::fails_custom

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s

  stderr ───
    Error: "bad"

        PASS [   0.005s] (5/8) my-demo tests::panics
        PASS [   0.005s] (6/8) my-demo tests::prints
        PASS [   0.005s] (7/8) my-demo::it outside
        FAIL [   0.005s] (8/8) my-demo::it unwraps
  stdout ───

    running 1 test
    test unwraps ... FAILED

    failures:

    failures:
        unwraps

    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s

  stderr ───

    thread 'unwraps' (19757) panicked at tests/it.rs:4:44:
    called `Option::unwrap()` on a `None` value

────────────
     Summary [   0.021s] 8 tests run: 4 passed, 4 failed, 2 skipped
        FAIL [   0.005s] (1/8) my-demo tests::does_not_panic
        FAIL [   0.005s] (3/8) my-demo tests::fails
        FAIL [   0.005s] (4/8) my-demo tests::fails_custom
        FAIL [   0.005s] (8/8) my-demo::it unwraps
error: test run failed
"""


def test_nextest_gives_its_ids_and_the_cause_of_each_failure() -> None:
    assert sort_ids(read(stderr=NEXTEST, exit_code=100)) == sort_ids(
        TestReport(
            runner="nextest",
            ran=8,
            passed=("my-demo tests::adds", "my-demo tests::panics", "my-demo tests::prints", "my-demo::it outside"),
            failed=(
                FailedTest(id="my-demo tests::does_not_panic", message="note: test did not panic as expected at src/lib.rs:50:8"),
                FailedTest(id="my-demo tests::fails", message="assertion `left == right` failed: why not (left: 3, right: 4)"),
                FailedTest(id="my-demo tests::fails_custom", message='Error: "bad"'),
                FailedTest(id="my-demo::it unwraps", message="called `Option::unwrap()` on a `None` value"),
            ),
            skipped=("my-demo tests::ignored", "my-demo tests::ignored_why"),
        )
    )


NO_TESTS = """\
 Nextest run ID 14f39a87-5202-4ea3-a066-1a8c51e40943 with nextest profile: default
    Starting 0 tests across 1 binary
────────────
     Summary [   0.000s] 0 tests run: 0 passed, 0 skipped
error: no tests to run
(hint: use `--no-tests` to customize)
"""


def test_nextest_without_tests_ran_none() -> None:
    assert read(stderr=NO_TESTS, exit_code=4) == TestReport(runner="nextest", ran=0)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "error[E0308]: mismatched types\nerror: could not compile `x` (lib test) due to 3 previous errors\n",
        "OK (3 tests)\n",
        "test result: ok. 1 passed\n",
        "3 passed in 0.01s\n",
    ],
)
def test_other_output_has_no_report(output: str) -> None:
    assert read(output) is None
    assert read(stderr=output) is None


def test_long_outputs_are_read_in_linear_time() -> None:
    assert read("running 1 test\n" + "test a ... " * 40_000) is not None
    assert read("\nrunning 1 test\n" + "test a ... x\n" * 40_000 + " " * 100_000) is not None
    assert read(stderr="    FAIL [ " * 50_000) is None


# Of two lines the more telling one names the failure.
CAUSES = {
    "cargo:offline": """\
error: no matching package named `itoa` found
location searched: crates.io index
required by package `x v0.1.0 (/project/x)`
As a reminder, you're using offline mode (--offline) which can sometimes cause surprising resolution failures.
""",
    "cargo:no-package": """\
    Updating crates.io index
error: no matching package named `zz-not-there-at-all-xyz` found
""",
    "rust:unresolved-import": """\
error[E0308]: mismatched types
error[E0432]: unresolved import `serde`
error: could not compile `x` (lib) due to 3 previous errors
""",
    "rust:no-library": """\
error: linking with `cc` failed: exit status: 1
  = note: rust-lld: error: unable to find library -lnotthere
error: could not compile `x` (lib test) due to 1 previous error
""",
    "cargo:bad-manifest": "error: unclosed table, expected `]`\n --> Cargo.toml:5:14\n",
    "cargo:lock-outdated": """\
error: cannot create the lock file /project/a/Cargo.lock because --locked was passed to prevent this
help: to generate the lock file without accessing the network, remove the --locked flag and use --offline instead.
""",
    "rust:assertion": "thread 'tests::fails' (13418) panicked at src/lib.rs:36:18:\nassertion `left == right` failed: why not\n",
}


@pytest.mark.parametrize("kind", CAUSES)
def test_the_most_telling_line_names_the_failure(kind: str) -> None:
    hits = [
        (pattern.rank, pattern.kind)
        for pattern in failure_patterns()
        for line in CAUSES[kind].splitlines()
        if re.search(pattern.regex, line)
    ]
    assert min(hits)[1] == kind
