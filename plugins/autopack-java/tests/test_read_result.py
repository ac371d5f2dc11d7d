"""Outputs as they were printed, by versions that need not be installed here, and outputs that try to mislead."""

from __future__ import annotations

import re

import pytest
from autopack_java import failure_patterns, read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport


def read(output: str = "", *, exit_code: int = 1, files: dict[str, str] | None = None) -> TestReport | None:
    named = tuple((files or {}).items())
    return read_result(result=CommandResult(argv=("x",), exit_code=exit_code, stdout=output, files=named))


# Maven 3.8.7 with surefire 3.2.5 and JUnit 5, plain format on the console.
SUREFIRE_3 = """\
[INFO] --- maven-surefire-plugin:3.2.5:test (default-test) @ demo ---
[INFO] Using auto detected provider org.apache.maven.surefire.junitplatform.JUnitPlatformProvider
[INFO] 
[INFO] -------------------------------------------------------
[INFO]  T E S T S
[INFO] -------------------------------------------------------
[INFO] Running demo.CalcTest
[INFO] Running demo.CalcTest$Inner
[ERROR] Tests run: 7, Failures: 2, Errors: 1, Skipped: 1, Time elapsed: 0.005 s <<< FAILURE! -- in demo.CalcTest$Inner
[ERROR] demo.CalcTest.raises -- Time elapsed: 0.036 s <<< ERROR!
java.lang.IllegalStateException: 
broken
second
	at demo.CalcTest.raises(CalcTest.java:9)

[ERROR] demo.CalcTest.adds -- Time elapsed: 0.005 s
[ERROR] demo.CalcTest skipped
[ERROR] demo.CalcTest.many(int)[1] -- Time elapsed: 0.026 s
[ERROR] demo.CalcTest.many(int)[2] -- Time elapsed: 0.003 s <<< FAILURE!
org.opentest4j.AssertionFailedError: expected: <true> but was: <false>
	at demo.CalcTest.many(CalcTest.java:11)

[ERROR] demo.CalcTest.fails -- Time elapsed: 0.005 s <<< FAILURE!
org.opentest4j.AssertionFailedError: why not ==> expected: <4> but was: <3>
	at demo.CalcTest.fails(CalcTest.java:8)

[ERROR] demo.CalcTest$Inner.deep -- Time elapsed: 0.002 s
[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.189 s -- in demo.CalcTest
[INFO] 
[INFO] Results:
[INFO] 
[ERROR] Failures: 
[ERROR]   CalcTest.fails:8 why not ==> expected: <4> but was: <3>
[ERROR]   CalcTest.many:11 expected: <true> but was: <false>
[ERROR] Errors: 
[ERROR]   CalcTest.raises:9 IllegalState broken
second
[INFO] 
[ERROR] Tests run: 7, Failures: 2, Errors: 1, Skipped: 1
[INFO] 
[INFO] ------------------------------------------------------------------------
[INFO] BUILD FAILURE
[INFO] ------------------------------------------------------------------------
[INFO] Total time:  1.528 s
[INFO] Finished at: 2026-11-24T17:09:40Z
[INFO] ------------------------------------------------------------------------
"""


def test_surefire_3_gives_classes_methods_parameters_and_causes() -> None:
    assert read(SUREFIRE_3) == TestReport(
        runner="surefire",
        ran=6,
        passed=("demo.CalcTest.adds", "demo.CalcTest.many(int)[1]", "demo.CalcTest$Inner.deep"),
        failed=(
            FailedTest(id="demo.CalcTest.raises", message="java.lang.IllegalStateException: broken"),
            FailedTest(
                id="demo.CalcTest.many(int)[2]",
                message="org.opentest4j.AssertionFailedError: expected: <true> but was: <false>",
            ),
            FailedTest(
                id="demo.CalcTest.fails",
                message="org.opentest4j.AssertionFailedError: why not ==> expected: <4> but was: <3>",
            ),
        ),
        skipped=("demo.CalcTest[1]",),
    )


# Maven 3.8.7 with its own default, surefire 2.12.4, and JUnit 4: two modules, the second of which needs the first.
SUREFIRE_2 = """\

-------------------------------------------------------
 T E S T S
-------------------------------------------------------
Running c.CoreTest
Tests run: 2, Failures: 1, Errors: 0, Skipped: 1, Time elapsed: 0.124 sec <<< FAILURE!
one(c.CoreTest)  Time elapsed: 0.017 sec  <<< FAILURE!
java.lang.AssertionError: expected:<2> but was:<1>
	at c.CoreTest.one(CoreTest.java:1)

idle(c.CoreTest) skipped

Results :

Failed tests:   one(c.CoreTest): expected:<2> but was:<1>

Tests run: 2, Failures: 1, Errors: 0, Skipped: 1

[INFO] 
[INFO] ------------------------------------------------------------------------
[INFO] Skipping app
[INFO] This project has been banned from the build due to previous failures.
[INFO] ------------------------------------------------------------------------
[INFO] ------------------------------------------------------------------------
[INFO] Reactor Summary for parent 1-SNAPSHOT:
[INFO] 
[INFO] parent ............................................. SUCCESS [  0.011 s]
[INFO] core ............................................... FAILURE [  2.501 s]
[INFO] app ................................................ SKIPPED
[INFO] ------------------------------------------------------------------------
[INFO] BUILD FAILURE
[INFO] ------------------------------------------------------------------------
[INFO] Total time:  2.721 s
[INFO] Finished at: 2026-11-24T17:04:32Z
[INFO] ------------------------------------------------------------------------
"""


def test_surefire_2_gives_the_same_kind_of_ids() -> None:
    assert read(SUREFIRE_2) == TestReport(
        runner="surefire",
        ran=1,
        failed=(FailedTest(id="c.CoreTest.one", message="java.lang.AssertionError: expected:<2> but was:<1>"),),
        skipped=("c.CoreTest.idle",),
    )


BRIEF = """\
[INFO] Running demo.CalcTest
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.1 s <<< FAILURE! - in demo.CalcTest
[ERROR] demo.CalcTest.fails  Time elapsed: 0.009 s  <<< FAILURE!
org.opentest4j.AssertionFailedError: no
[INFO]
[INFO] Results:
[INFO]
[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0
"""


def test_where_the_project_wants_it_brief_the_failed_ones_and_the_count_are_known() -> None:
    assert read(BRIEF) == TestReport(
        runner="surefire",
        ran=3,
        failed=(FailedTest(id="demo.CalcTest.fails", message="org.opentest4j.AssertionFailedError: no"),),
    )


def test_failures_that_are_only_counted_are_not_lost() -> None:
    report = read("[WARNING] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0\n[INFO] BUILD SUCCESS\n", exit_code=0)
    assert report == TestReport(
        runner="surefire", ran=3, failed=(FailedTest(id="(2 more)", message="the output does not name them"),)
    )


@pytest.mark.parametrize(
    "output",
    [
        "[INFO] No tests to run.\n[INFO] BUILD SUCCESS\n",
        "[INFO] Tests are skipped.\n",
        "[INFO] --- maven-surefire-plugin:3.2.5:test (default-test) @ demo ---\n[INFO] BUILD SUCCESS\n",
        "[INFO] Running a.B\n[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0\n",
        "Tests run: 2, Failures: 0, Errors: 0, Skipped: 2\n",
    ],
)
def test_nothing_that_ran_is_told_apart_from_success(output: str) -> None:
    report = read(output, exit_code=0)
    assert report is not None
    assert (report.ran, report.passed, report.failed) == (0, (), ())


# Gradle 4.4.1 with JUnit 4, told by an init script to name each test.
GRADLE = """\
:compileJava UP-TO-DATE
:processResources NO-SOURCE
:classes UP-TO-DATE
:compileTestJava UP-TO-DATE
:processTestResources NO-SOURCE
:testClasses UP-TO-DATE


demo.CalcTest > one FAILED
    java.lang.AssertionError at CalcTest.java:1

demo.CalcTest > idle SKIPPED

demo.CalcTest > works PASSED

3 tests completed, 1 failed, 1 skipped
:test FAILED

FAILURE: Build failed with an exception.

* What went wrong:
Execution failed for task ':test'.
> There were failing tests. See the report at: file:///project/g/build/reports/tests/test/index.html

* Try:
Run with --stacktrace option to get the stack trace. Run with --info or --debug option to get more log output.

* Get more help at https://help.gradle.org

BUILD FAILED in 5s
3 actionable tasks: 1 executed, 2 up-to-date
"""


def test_gradle_gives_every_outcome_where_the_build_asks_for_it() -> None:
    assert read(GRADLE) == TestReport(
        runner="gradle",
        ran=2,
        passed=("demo.CalcTest > works",),
        failed=(FailedTest(id="demo.CalcTest > one", message="java.lang.AssertionError at CalcTest.java:1"),),
        skipped=("demo.CalcTest > idle",),
    )


def test_gradle_names_and_counts_only_failures_otherwise() -> None:
    quiet = "\n".join(line for line in GRADLE.splitlines() if not line.endswith(("PASSED", "SKIPPED")))
    report = read(quiet)
    assert report is not None
    assert (report.ran, report.passed, [test.id for test in report.failed]) == (2, (), ["demo.CalcTest > one"])
    assert read("> Task :test\n\nBUILD SUCCESSFUL in 7s\n", exit_code=0) is None


def test_gradle_without_sources_of_tests_ran_none() -> None:
    output = "> Task :compileTestJava NO-SOURCE\n> Task :test NO-SOURCE\n\nBUILD SUCCESSFUL in 1s\n"
    assert read(output, exit_code=0) == TestReport(runner="gradle", ran=0)


SUITE = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="demo.CalcTest" tests="3" skipped="1" failures="1" errors="0">
  <properties/>
  <testcase name="one" classname="demo.CalcTest" time="0.006">
    <failure message="java.lang.AssertionError: why" type="java.lang.AssertionError">java.lang.AssertionError: why
\tat demo.CalcTest.one(CalcTest.java:1)
</failure>
  </testcase>
  <testcase name="idle" classname="demo.CalcTest" time="0.0">
    <skipped/>
  </testcase>
  <testcase name="works" classname="demo.CalcTest" time="0.0"/>
</testsuite>
"""


def test_result_files_go_before_the_text() -> None:
    files = {"test-results/TEST-demo.CalcTest.xml": SUITE, "TEST-more.xml": SUITE.replace("demo.CalcTest", "demo.More")}
    report = read(SUREFIRE_3, files=files)
    assert report is not None
    assert (report.runner, report.ran, report.skipped) == ("junit", 4, ("demo.CalcTest.idle", "demo.More.idle"))
    assert report.failed[0] == FailedTest(id="demo.CalcTest.one", message="java.lang.AssertionError: why")


@pytest.mark.parametrize("text", ["", "<testsuite", "<a/>", '<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>', "\0"])
def test_result_files_that_are_none_are_passed_over(text: str) -> None:
    assert read(files={"TEST-a.xml": text}) is None
    assert read(files={"pytest.xml": SUITE}) is None


@pytest.mark.parametrize(
    "output",
    [
        "",
        "[INFO] BUILD SUCCESS\n",
        "[ERROR] COMPILATION ERROR : \n[ERROR] /project/Calc.java:[1,65] cannot find symbol\n",
        "Ran 3 tests in 0.1s\n\nOK\n",
        "demo.CalcTest > one PASSED\n",
        "BUILD SUCCESSFUL in 7s\n",
    ],
)
def test_other_output_has_no_report(output: str) -> None:
    assert read(output) is None


def test_long_outputs_are_read_in_linear_time() -> None:
    summary = "Tests run: 1, Failures: 0, Errors: 0, Skipped: 0\n"
    assert read("Running a.B\n" + "a" * 400_000 + " skipped\n" + "a  Time elapsed: " * 20_000 + "\n" + summary) is not None
    assert read("BUILD FAILED in 1s\n" + "a > " * 100_000) is None


# Of two lines the more telling one names the failure.
CAUSES = {
    "maven:no-artifact": (
        "[WARNING] The POM for org.nope:nope-xyz:jar:1 is missing, no dependency information available\n"
        "[ERROR] Failed to execute goal on project demo: Could not resolve dependencies for project demo:demo:jar:1:"
        " org.nope:nope-xyz:jar:1 was not found in https://example.invalid/maven2 during a previous attempt.\n"
    ),
    "maven:offline": (
        "[ERROR] Failed to execute goal on project demo: Could not resolve dependencies for project demo:demo:jar:1: Cannot"
        " access central in offline mode and the artifact org.nope:nope-off:jar:1 has not been downloaded from it before.\n"
    ),
    "java:no-package": (
        "[ERROR] COMPILATION ERROR : \n[ERROR] /project/Calc.java:[1,65] cannot find symbol\n"
        "[ERROR] /project/Calc.java:[1,28] package org.zz does not exist\n"
    ),
    "java:compile-error": ":compileJava/project/X.java:1: error:\n/project/X.java:1: error: reached end of file while parsing\n",
    "java:assertion": SUREFIRE_3,
    "gradle:no-artifact": "Could not resolve all files for configuration ':compileClasspath'.\n> Could not find org.nope:xx:1.\n",
    "java:test-process-ended": (
        "[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0\n"
        "[ERROR] The forked VM terminated without properly saying goodbye. VM crash or System.exit called?\n"
    ),
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
