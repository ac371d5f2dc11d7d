"""Outputs as they were printed, by versions that need not be installed here, and outputs that try to mislead."""

from __future__ import annotations

import pytest
from autopack_py import read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport


def read(output: str = "", *, exit_code: int = 1, **files: str) -> TestReport | None:
    named = tuple((name.replace("_", "."), text) for name, text in files.items())
    return read_result(result=CommandResult(argv=("x",), exit_code=exit_code, stdout=output, files=named))


PYTEST_SHORT = """\
.F.s                                                                     [100%]
=================================== FAILURES ===================================
____________________________________ test_b ____________________________________
    def test_b():
>       assert add(1, 1) == 3
E       assert 2 == 3
E        +  where 2 = add(1, 1)
tests/test_a.py:6: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_b - assert 2 == 3
1 failed, 2 passed, 1 skipped in 0.03s
"""


def test_a_quiet_pytest_gives_the_count_and_the_failed_ids() -> None:
    assert read(PYTEST_SHORT) == TestReport(
        runner="pytest", ran=3, failed=(FailedTest(id="tests/test_a.py::test_b", message="assert 2 == 3"),)
    )


def test_colours_do_not_hide_the_summary() -> None:
    line = "\x1b[32m\x1b[32m\x1b[1m5 passed\x1b[0m\x1b[32m in 0.01s\x1b[0m\x1b[0m\n"
    assert read(line, exit_code=0) == TestReport(runner="pytest", ran=5)


PYTEST_VERBOSE = """\
tests/test_a.py::test_p[1] PASSED                                        [ 20%]
tests/test_a.py::test_p[a/b - c::d] FAILED                               [ 40%]
tests/test_a.py::TestA::test_s SKIPPED (why)                             [ 60%]
tests/test_a.py::test_x XFAIL                                            [ 80%]
tests/test_a.py::test_e ERROR                                            [100%]
==================================== ERRORS ====================================
_________________________ ERROR collecting tests/test_c.py _________________________
ImportError while importing test module '/w/tests/test_c.py'.
Traceback:
tests/test_c.py:1: in <module>
    import nope
E   ModuleNotFoundError: No module named 'nope'
=========================== short test summary info ============================
FAILED tests/test_a.py::test_p[a/b - c::d] - AssertionError: assert 'a' == 1
ERROR tests/test_c.py
ERROR tests/test_a.py::test_e - RuntimeError: broke
== 1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors in 65.10s (0:01:05) ==
"""


def test_a_verbose_pytest_gives_every_id() -> None:
    assert read(PYTEST_VERBOSE) == TestReport(
        runner="pytest",
        ran=3,
        passed=("tests/test_a.py::test_p[1]",),
        failed=(
            FailedTest(id="tests/test_a.py::test_p[a/b - c::d]", message="AssertionError: assert 'a' == 1"),
            FailedTest(id="tests/test_a.py::test_e", message="RuntimeError: broke"),
            FailedTest(id="tests/test_c.py", message="ModuleNotFoundError: No module named 'nope'"),
        ),
        skipped=("tests/test_a.py::TestA::test_s", "tests/test_a.py::test_x"),
    )


@pytest.mark.parametrize(
    ("output", "ran"),
    [
        ("============================ no tests ran in 0.01s =============================\n", 0),
        ("============================ 15 deselected in 0.97s ============================\n", 0),
        ("=============== 2 skipped in 0.01s ===============\n", 0),
        ("1 error in 0.10s\n", 0),
        ("=========== 3 passed, 1 xpassed, 2 warnings in 0.01s ===========\n", 4),
    ],
)
def test_pytest_counts_what_it_executed(output: str, ran: int) -> None:
    report = read(output)
    assert report is not None
    assert report.ran == ran


UNITTEST_312_EMPTY = (
    "\n----------------------------------------------------------------------\nRan 0 tests in 0.000s\n\nNO TESTS RAN\n"
)
UNITTEST_311_EMPTY = UNITTEST_312_EMPTY.replace("NO TESTS RAN", "OK")


@pytest.mark.parametrize("output", [UNITTEST_311_EMPTY, UNITTEST_312_EMPTY])
def test_unittest_without_tests_ran_none_in_every_version(output: str) -> None:
    assert read(output, exit_code=0) == TestReport(runner="unittest", ran=0)


UNITTEST_310 = """\
test_error (test_a.TestA) ... ERROR
test_ok (test_a.TestA)
A doc line. ... ok
test_skip (test_a.TestA) ... skipped 'why'
test_xp (test_a.TestA) ... unexpected success
test_imp (unittest.loader._FailedTest) ... ERROR

======================================================================
ERROR: test_error (test_a.TestA)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "test_a.py", line 9, in test_error
    try: 1/0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "test_a.py", line 10, in test_error
    except Exception: raise RuntimeError("second")
RuntimeError: second

======================================================================
ERROR: setUpClass (test_a.TestB)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "test_a.py", line 22, in setUpClass
    def setUpClass(cls): raise ValueError("class broke")
ValueError: class broke

======================================================================
ERROR: test_imp (unittest.loader._FailedTest)
----------------------------------------------------------------------
ImportError: Failed to import test module: test_imp
Traceback (most recent call last):
  File "test_imp.py", line 1, in <module>
    import nope
ModuleNotFoundError: No module named 'nope'


----------------------------------------------------------------------
Ran 5 tests in 0.001s

FAILED (errors=3, skipped=1, unexpected successes=1)
"""


def test_unittest_before_3_11_gives_the_same_dotted_ids() -> None:
    assert read(UNITTEST_310) == TestReport(
        runner="unittest",
        ran=4,
        passed=("test_a.TestA.test_ok",),
        failed=(
            FailedTest(id="test_a.TestA.test_error", message="RuntimeError: second"),
            FailedTest(id="test_a.TestB.setUpClass", message="ValueError: class broke"),
            FailedTest(id="test_imp", message="ModuleNotFoundError: No module named 'nope'"),
            FailedTest(id="test_a.TestA.test_xp", message="unexpected success"),
        ),
        skipped=("test_a.TestA.test_skip",),
    )


def test_django_prints_as_unittest_does() -> None:
    output = (
        "Found 2 test(s).\nSystem check identified no issues (0 silenced).\n..\n"
        "----------------------------------------------------------------------\nRan 2 tests in 0.004s\n\nOK\n"
    )
    assert read(output, exit_code=0) == TestReport(runner="unittest", ran=2)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "ERROR: usage: python -m pytest [options]\npython -m pytest: error: unrecognized arguments: --nope\n",
        "/usr/bin/python3: No module named pytest\n",
        "Tests:       1 failed, 2 passed, 3 total\nTime:        0.5 s\n",
        " Test Files  1 passed (1)\n      Tests  3 passed (3)\n",
        "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        "Ran 3 tests across 1 files. [5.00ms]\n",
        "Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.04 s\n",
        "ok  \texample.com/x\t0.002s\n",
        "All 3 passed in the end\n",
    ],
)
def test_what_other_programs_print_is_not_read(output: str) -> None:
    assert read(output) is None


CASE = '<testsuites><testsuite><testcase classname="test_a" name="test_a" file="test_a.py"/></testsuite></testsuites>'
REPORT = TestReport(runner="pytest", ran=1, passed=("test_a.py::test_a",))


def test_the_result_file_comes_before_the_output() -> None:
    assert read("5 passed in 0.01s", pytest_xml=CASE) == REPORT


@pytest.mark.parametrize(
    "text",
    [
        "<testsuites><testcase",
        '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + CASE,
        "<!ENTITY" + CASE,
        "not xml",
        "",
        "<testsuites>" + " " * 20_000_001 + "</testsuites>",
    ],
)
def test_a_result_file_that_pytest_did_not_write_is_passed_over(text: str) -> None:
    assert read("5 passed in 0.01s", pytest_xml=text) == TestReport(runner="pytest", ran=5)


def test_a_result_file_of_another_name_is_not_pytests() -> None:
    assert read(junit_xml=CASE) is None


def test_a_line_without_end_costs_no_time() -> None:
    assert read("a::" * 2_000_000 + "\n" + "1 passed, " * 500_000 + "\n" + "=" * 3_000_000) is None
