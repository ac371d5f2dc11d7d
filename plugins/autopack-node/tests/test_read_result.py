"""What is read from outputs that the runners have really written; traces are cut, folders renamed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from autopack_node import read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport

RECORDED = Path(__file__).parent / "recorded"
PASSED = ("a.test.js > adds", "c.test.js > fine")
SKIPPED = ("a.test.js > group > later", "a.test.js > group > some day")


def recorded(name: str) -> str:
    return (RECORDED / name).read_text()


def read(output: str, **files: str) -> TestReport | None:
    named = tuple((name.replace("_json", ".json"), text) for name, text in files.items())
    return read_result(result=CommandResult(argv=("npm", "test"), exit_code=1, stdout=output, files=named))


def failed(*rows: tuple[str, str]) -> tuple[FailedTest, ...]:
    return tuple(FailedTest(id=name, message=message) for name, message in rows)


VITEST_FAILED = failed(
    ("b.test.js", "Error: Cannot find package 'nope-nope' imported from /srv/app/v/b.test.js"),
    ("a.test.js > group > subtracts", "AssertionError: expected 1 to be 2 // Object.is equality"),
)
JEST_FAILED = failed(
    ("a.test.js > group > subtracts", "expect(received).toBe(expected) // Object.is equality"),
    ("b.test.js", "Cannot find module 'nope-nope' from 'b.test.js'"),
)
MOCHA_FAILED = failed(
    ("group > subtracts", "AssertionError [ERR_ASSERTION]: 1 == 2"),
    ('group > hooked > "before each" hook for "y"', "Error: in hook"),
)
NODE_FAILED = failed(
    ("fails", "Expected values to be strictly equal: 2 !== 3"),
    ("group > bad inner", "boom"),
    ("/srv/app/t/b.test.js", "Error: Cannot find module 'nope-nope'"),
)
SPEC_FAILED = failed(
    ("fails", "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:"),
    ("group > bad inner", "Error: boom"),
    ("/srv/app/t/b.test.js", "Error: Cannot find module 'nope-nope'"),
)
NODE_PASSED = ("adds", "group > inner", "group > deep > x")
REPORTS = {
    "vitest": TestReport(runner="vitest", ran=3, failed=VITEST_FAILED),
    "vitest-verbose": TestReport(runner="vitest", ran=3, passed=PASSED, failed=VITEST_FAILED, skipped=SKIPPED),
    "jest": TestReport(runner="jest", ran=3, failed=JEST_FAILED),
    "jest-verbose": TestReport(runner="jest", ran=3, passed=PASSED, failed=JEST_FAILED, skipped=SKIPPED),
    "mocha": TestReport(
        runner="mocha", ran=3, passed=("adds", "group > deep > x"), failed=MOCHA_FAILED, skipped=("group > later",)
    ),
    "mocha-dot": TestReport(runner="mocha", ran=3, failed=MOCHA_FAILED),
    "node": TestReport(runner="node:test", ran=5, passed=NODE_PASSED, failed=NODE_FAILED, skipped=("skipped", "todo")),
    "node-spec": TestReport(runner="node:test", ran=5, passed=NODE_PASSED, failed=SPEC_FAILED, skipped=("skipped", "todo")),
    "bun": TestReport(
        runner="bun",
        ran=2,
        passed=("a.test.js > adds",),
        failed=failed(
            ("a.test.js > group > subtracts", "error: expect(received).toBe(expected)"),
            ("b.test.js", "error: Cannot find package 'nope-nope' from '/srv/app/b/b.test.js'"),
        ),
        skipped=SKIPPED,
    ),
    "deno": TestReport(
        runner="deno",
        ran=4,
        passed=("a_test.ts > adds", "c_test.ts > fine"),
        failed=failed(("a_test.ts > fails", "Error: boom"), ("a_test.ts > steps", "Error: bad step")),
        skipped=("a_test.ts > later",),
    ),
    "npm-ws": TestReport(runner="node:test", ran=2, passed=("ta", "tb")),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_printed_report_is_read_to_the_last_test(name: str) -> None:
    assert read(recorded(f"{name}.txt")) == REPORTS[name]


def test_members_that_print_in_between_each_other_are_told_apart() -> None:
    report = read(recorded("pnpm-ws.txt"))
    assert report is not None
    assert (report.runner, report.ran, sorted(report.passed), report.failed) == ("node:test", 2, ["ta", "tb"], ())


@pytest.mark.parametrize(
    ("name", "failures"),
    [
        (
            "vitest",
            failed(("a.test.js > group > subtracts", VITEST_FAILED[1].message), ("b.test.js", VITEST_FAILED[0].message[7:])),
        ),
        (
            "jest",
            failed(("a.test.js > group > subtracts", f"Error: {JEST_FAILED[0].message}"), ("b.test.js", JEST_FAILED[1].message)),
        ),
    ],
)
def test_the_json_that_was_asked_for_names_every_test(name: str, failures: tuple[FailedTest, ...]) -> None:
    report = read(recorded(f"{name}-json.txt"), **{f"{name}_json": recorded(f"{name}.json")})
    assert report == TestReport(runner=name, ran=3, passed=PASSED, failed=failures, skipped=SKIPPED)


@pytest.mark.parametrize("runner", ["vitest", "jest", "mocha", "bun", "deno", "node"])
def test_a_runner_that_found_nothing_ran_none(runner: str) -> None:
    name = "node:test" if runner == "node" else runner
    assert read(recorded(f"none-{runner}.txt")) == TestReport(runner=name, ran=0)


def test_a_file_without_tests_that_node_reports_as_passed_is_no_test() -> None:
    counts = "".join(f"# {word} {number}\n" for word, number in (("tests", 1), ("pass", 1), ("fail", 0), ("cancelled", 0)))
    output = f"TAP version 13\n# Subtest: /srv/app/empty.test.js\nok 1 - /srv/app/empty.test.js\n  ---\n  ...\n1..1\n{counts}"
    assert read(output) == TestReport(runner="node:test", ran=0)


def test_two_runners_in_one_output_are_one_report() -> None:
    report = read(recorded("vitest.txt") + recorded("mocha.txt"))
    assert report is not None
    assert (report.runner, report.ran, len(report.failed)) == ("vitest, mocha", 6, 4)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "> demo@1.0.0 build\n> tsc\n",
        "sh: 1: vitest: not found\n",
        "===== 3 passed in 0.10s =====\n",
        "Ran 3 tests in 0.001s\n\nOK\n",
        "TAP version 13\nok 1 - x\n1..1\n# tests 1\n# pass  1\n# ok\n",
        "test result: ok. 3 passed; 0 failed; 0 ignored\n",
        "ok  \texample.org/x\t0.01s\n",
        "Tests run: 3, Failures: 0, Errors: 0, Skipped: 0\n",
    ],
)
def test_what_is_of_no_runner_of_this_language_has_no_report(output: str) -> None:
    assert read(output) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"testResults": 3, "numTotalTests": 1}'])
def test_a_broken_result_file_leaves_the_text(text: str) -> None:
    assert read(recorded("jest.txt"), jest_json=text) == REPORTS["jest"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: {**row, "assertionResults": 3},
        lambda row: {**row, "assertionResults": [3, {"status": "failed", "ancestorTitles": 5, "failureMessages": "x"}]},
        lambda row: {"name": None},
        lambda row: 7,
    ],
)
def test_wrong_types_in_a_result_file_do_no_harm(spoil: Callable[[object], object]) -> None:
    content = json.loads(recorded("jest.json"))
    content["testResults"] = [spoil(row) for row in content["testResults"]]
    report = read("", jest_json=json.dumps(content))
    assert report is not None and report.passed == ()


def test_reading_a_long_output_stays_quick() -> None:
    assert read("  1) x\n" * 20_000 + "  ● \n" * 20_000 + "(pass) " * 20_000) is None
