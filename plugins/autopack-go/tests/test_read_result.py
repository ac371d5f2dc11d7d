"""What is read from what go printed; the outputs are recorded from go 1.26 and shortened."""

from __future__ import annotations

from pathlib import Path

import pytest
from autopack_go import read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport

RECORDED = Path(__file__).parent / "recorded"
TOP = "example.com/d"


def read(stdout: str = "", stderr: str = "", code: int = 1) -> TestReport | None:
    return read_result(result=CommandResult(argv=("go",), exit_code=code, stdout=stdout, stderr=stderr))


def recorded(name: str) -> str:
    return (RECORDED / f"{name}.txt").read_text()


def failed(**messages: str) -> tuple[FailedTest, ...]:
    return tuple(FailedTest(id=f"{TOP}/{name.replace('__', '.')}", message=message) for name, message in messages.items())


PANIC = "panic: runtime error: index out of range [3] with length 0 [recovered, repanicked]"
VET = 'vetbad/v_test.go:5:40: fmt.Printf format %d has arg "x" of wrong type string'


def test_events_tell_every_outcome_apart() -> None:
    assert read(recorded("events")) == TestReport(
        runner="go test",
        ran=12,
        passed=tuple(
            f"{TOP}/{name}"
            for name in (
                "bad.TestSub/y",
                "main.TestM",
                "ok.TestA",
                "ok.TestTable",
                "ok.TestTable/one",
                "ok.TestTable/a_b",
                "pan.TestBefore",
            )
        ),
        failed=(
            FailedTest(id=f"{TOP}/bad.TestB", message="bad_test.go:8: last"),
            FailedTest(id=f"{TOP}/bad.TestSub/x", message="bad_test.go:12: inner"),
            FailedTest(id=f"{TOP}/bad.TestSilent"),
            *failed(exit__TestQuits="2026/11/24 16:56:00 gone", pan__TestPanics=PANIC),
            *failed(broken="broken/b.go:3:23: undefined: missing"),
            *failed(main="the test program failed although no test did", vetbad=VET),
        ),
        skipped=(f"{TOP}/skip.TestS",),
    )


def test_text_without_names_counts_a_package_that_passed_as_one_test() -> None:
    assert read(recorded("plain"), recorded("plain-stderr")) == TestReport(
        runner="go test",
        ran=5,
        failed=(
            FailedTest(id=f"{TOP}/bad.TestB", message="bad_test.go:7: got 1, want 2"),
            FailedTest(id=f"{TOP}/bad.TestSub/x", message="bad_test.go:12: inner"),
            FailedTest(id=f"{TOP}/bad.TestSilent"),
            *failed(pan__TestPanics=PANIC),
            *failed(broken="broken/b.go:3:23: undefined: missing", exit="2026/11/24 16:56:02 gone", vetbad=VET),
        ),
    )


def test_verbose_text_names_what_passed_and_what_did_not_end() -> None:
    assert read(recorded("verbose")) == TestReport(
        runner="go test",
        ran=5,
        passed=tuple(f"{TOP}/ok.{name}" for name in ("TestA", "TestTable", "TestTable/one", "TestTable/a_b")),
        failed=failed(exit__TestQuits="2026/11/24 16:56:04 gone"),
        skipped=(f"{TOP}/skip.TestS",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "?   \texample.com/a\t[no test files]\n",
        "ok  \texample.com/a\t0.019s [no tests to run]\n",
        '{"Action":"start","Package":"example.com/a"}\n{"Action":"skip","Package":"example.com/a","Elapsed":0}\n',
        '{"Action":"pass","Package":"example.com/a","Elapsed":0.004}\n',
    ],
)
def test_nothing_that_ran_is_not_the_same_as_passed(text: str) -> None:
    assert read(text, code=0) == TestReport(runner="go test", ran=0)


@pytest.mark.parametrize("line", ["ok  \tx/a\t0.003s", "ok  \tx/a\t(cached)", "ok  \tx/a\t0.1s\tcoverage: 80.0% of statements"])
def test_a_package_that_passed_ran_something(line: str) -> None:
    assert read(line + "\n", code=0) == TestReport(runner="go test", ran=1)


def test_a_broken_build_is_told_by_older_versions_beside_the_events() -> None:
    events = '{"Action":"output","Package":"x/b","Output":"FAIL\\tx/b [build failed]\\n"}\n{"Action":"fail","Package":"x/b"}\n'
    expected = TestReport(runner="go test", ran=0, failed=(FailedTest(id="x/b", message="./b.go:3:23: undefined: missing"),))
    assert read(events, "# x/b [x/b.test]\n./b.go:3:23: undefined: missing\n./b.go:4:1: more\n") == expected
    dependency = "# x/other\n./b.go:3:23: undefined: missing\n"
    assert read(events, dependency) == expected


def test_what_a_test_prints_without_an_end_of_line_hides_nothing() -> None:
    text = "=== RUN   TestA\nhalf a line--- PASS: TestA (0.00s)\nPASS\nok  \tx/a\t0.1s\n"
    assert read(text, code=0) == TestReport(runner="go test", ran=1, passed=("x/a.TestA",))


def test_testify_says_why_below_the_place() -> None:
    text = (
        "--- FAIL: TestA (0.00s)\n    a_test.go:9: \n        \tError Trace:\t/srv/a_test.go:9\n"
        "        \tError:      \tNot equal: \n        \t            \texpected: 1\nFAIL\tx/a\t0.1s\n"
    )
    assert read(text) == TestReport(
        runner="go test", ran=1, failed=(FailedTest(id="x/a.TestA", message="a_test.go:9: Not equal:"),)
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok\n",
        "FAIL\n",
        '{"Action": 3, "Package": "x"}\n{"a": 1}\n{"\n[]\n{}\n',
        '{"Action":"build-output","ImportPath":"x"}\n',
        "{" * 5000,
        "go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)\n",
        "# example.com/e\nvet: ./e.go:8:9: cannot use x\n",
        "===== 3 passed in 0.01s =====\n",
        "ok 1 - a test\n",
    ],
)
def test_other_output_has_no_report(text: str) -> None:
    assert read(text, text) is None
