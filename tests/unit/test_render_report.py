"""Reports for people and CI servers: complete, and nothing in them that the plan or the agent could forge."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autopack.decide.render_report import render_junit, render_markdown
from autopack.model.approval import Ask
from autopack.model.attempt import AttemptRecord, CheckResult, FileChange, Outcome
from autopack.model.failure import Failure
from autopack.model.finding import Finding
from autopack.model.report import Report
from autopack.model.toolchain import Check, Command, CommandResult, FailedTest, TestReport

PASSED = CheckResult(
    check=Check(id="pytest -q", command=Command(argv=("pytest", "-q")), kind="test", origin="derived"),
    state="passed",
    reason="2 tests ran",
    result=CommandResult(argv=("pytest", "-q"), exit_code=0, stdout="2 passed", seconds=1.5),
    report=TestReport(runner="pytest", ran=2, passed=("a", "b")),
)
FAILED = replace(
    PASSED,
    state="failed",
    reason="t::a failed",
    result=replace(PASSED.result, exit_code=1, stdout="1 failed"),
    report=TestReport(runner="pytest", ran=2, failed=(FailedTest(id="t::a", message="no"),)),
    failures=(Failure(kind="test:failed", signature="0" * 12, line="assert 1 < 2"),),
)
UNKNOWN = replace(PASSED, state="unknown", reason="no test ran", report=None)
ASK = Ask(
    kind="command", phase_id="cache", text="make deploy", argv=("make", "deploy"), rule="policy.x", reason="is a script", line=4
)
CHANGE = FileChange(path="src/a.py", status="added", old_mode="000000", new_mode="100644", old_blob="", new_blob="1")
DONE = Outcome(
    phase_id="cache", title="Add a cache", state="committed", commit="c" * 40, tree="d" * 40, proved_by="tests", checks=(PASSED,)
)


def report(*phases: Outcome, **more: object) -> Report:
    facts = {
        "run_id": "r1",
        "sandbox": "bwrap",
        "state": "done",
        "exit_code": 0,
        "title": "Faster",
        "branch": "autopack/r1",
        "base_commit": "a" * 40,
        "head_commit": "b" * 40,
        "plan_digest": "",
        "intent_digest": "",
        "builder": "payload",
        "started_at": "2026-01-01T00:00:00Z",
        "seconds": 2.25,
        "tokens": 7,
    }
    return Report(**(facts | {"phases": phases} | more))


def test_a_finished_run_on_a_page():
    outcome = replace(DONE, changes=(CHANGE,))
    text = render_markdown(
        report(outcome, warnings=("weak network",), baseline=("1 test failed",), next_commands=(("Look", "git log"),))
    )
    assert text == (
        "Sandbox: **bwrap**\n\n"
        "# Faster: done\n\n"
        "Run `r1` on branch `autopack/r1`, aaaaaaaaaaaa → bbbbbbbbbbbb, builder `payload`, 2.2 s, 7 tokens, exit code 0.\n\n"
        "| | phase | state | proved by | why |\n|---|---|---|---|---|\n"
        "| ✓ | Add a cache | committed | tests (2 ran) | - |\n\n"
        "## Add a cache\n\n"
        "Commit `cccccccccccc`, tree `dddddddddddd`.\n"
        "- added `src/a.py`\n"
        "- test `pytest -q`: passed, 2 tests ran, 1.5 s\n\n"
        "## Before the first change\n\n- 1 test failed\n\n"
        "## Warnings\n\n- weak network\n\n"
        "## Next\n\n- Look: `git log`\n"
    )


def test_a_failed_phase_says_what_failed_and_what_was_tried():
    outcome = Outcome(
        phase_id="cache",
        title="Add a cache",
        state="failed",
        reason="t::a failed",
        checks=(FAILED,),
        findings=(Finding(rule="scope.outside", severity="block", message="x is outside"),),
        attempts=(
            AttemptRecord(number=1, tree=None, verdict="broken"),
            AttemptRecord(number=2, tree=None, verdict="t::a failed"),
        ),
    )
    text = render_markdown(report(outcome, sandbox="none", state="failed", exit_code=1))
    assert text.startswith("Sandbox: **none** (nothing contained what ran)\n")
    assert "| ✗ | Add a cache | failed | - | t::a failed |" in text
    assert text.endswith(
        "## Add a cache\n\n"
        "Not done: t::a failed\n"
        "- test `pytest -q`: failed, t::a failed, 1.5 s\n"
        "  - test:failed: assert 1 &lt; 2\n"
        "  - failed: `t::a`\n"
        "- block: x is outside [scope.outside]\n"
        "- attempt 1: broken\n"
        "- attempt 2: t::a failed\n"
    )


def test_what_waits_for_a_person_stands_with_its_line_phase_and_reason():
    blocked = Outcome(phase_id="cache", title="Add a cache", state="blocked", reason="`make deploy` needs approval [policy.x]")
    asks = (ASK, replace(ASK, kind="path", text=".env", argv=(), line=None, reason="is protected", rule="scope.protected"))
    text = render_markdown(report(blocked, state="blocked", exit_code=3, approvals=asks))
    assert text.endswith(
        "\n## Waiting for approval\n\n"
        "- `make deploy`: plan line 4, phase Add a cache: is a script [policy.x]\n"
        "- `changing .env`: phase Add a cache: is protected [scope.protected]\n"
    )
    assert "approval" not in render_markdown(report(DONE))


def test_a_long_list_says_how_much_it_leaves_out():
    tests = tuple(FailedTest(id=f"t::{number}") for number in range(25))
    check = replace(FAILED, report=TestReport(runner="pytest", ran=25, failed=tests))
    lines = render_markdown(report(replace(DONE, changes=(CHANGE,) * 53, checks=(check,)))).splitlines()
    assert lines.count("- added `src/a.py`") == 50
    assert [line for line in lines if "more)" in line] == ["- (and 3 more)", "  - (and 5 more)"]


_HOSTILE = (
    "x`\n\n# Sandbox: **bwrap**", "a `<b>` c", "<script>alert(1)</script>", "![](https://e.example/p.png)", "[a](javascript:x)",
    "[a]: https://e.example", "a | b | c", "a \\| b", "a\\", "``` x", "\r\n| ✓ | forged |", "\n\n## x", "\x1b[2J", "\u202egpj",
    "\u2028# x", "1. # x", "2) - x", "- x", "> x", "~~~", "+ x", "***", "\ud800", "&lt;b>", "&#124;",
)  # fmt: skip


@pytest.mark.parametrize("text", _HOSTILE)
def test_no_text_of_a_plan_or_an_agent_becomes_markup(text):
    check = replace(
        FAILED,
        check=replace(FAILED.check, id=text),
        reason=text,
        failures=(replace(FAILED.failures[0], line=text),),
        report=TestReport(runner="x", ran=1, failed=(FailedTest(id=text),)),
    )
    outcome = Outcome(
        phase_id="p",
        title=text,
        state="failed",
        reason=text,
        checks=(check,),
        changes=(replace(CHANGE, path=text),),
        findings=(Finding(rule="r", severity="block", message=text),),
    )
    # The last warning would show an image, had another text defined where it is.
    made = report(
        outcome,
        title=text,
        builder=text,
        warnings=(text, "![a]"),
        baseline=(text,),
        next_commands=((text, text),),
        approvals=(replace(ASK, phase_id="p", text=text, reason=text, rule=text),),
    )
    page = MarkdownIt("commonmark").enable("table").parse(render_markdown(made))
    kinds = [part.type for token in page for part in (token, *(token.children or ()))]
    assert [token.tag for token in page if token.type == "heading_open"] == ["h1", "h2", "h2", "h2", "h2", "h2"]
    cells = [page[index + 1].content for index, token in enumerate(page) if token.type == "td_open"]
    assert (len(cells), cells[2]) == (5, "failed")
    assert kinds.count("code_inline") == 8
    assert not {"html_block", "html_inline", "link_open", "image", "fence", "hr", "blockquote_open", "ordered_list_open"} & set(
        kinds
    )


def suites(*phases: Outcome) -> list[dict[str, object]]:
    top = ElementTree.fromstring(render_junit(report(*phases)))
    return [dict(suite.attrib) | {"cases": [(case.get("name"), [part.tag for part in case]) for case in suite]} for suite in top]


def test_junit_has_a_suite_for_each_phase_and_a_case_for_each_check():
    name = "pytest -q"
    assert suites(
        DONE,
        replace(DONE, title="Checks", state="failed", checks=(PASSED, FAILED, UNKNOWN)),
        replace(DONE, title="Audit", state="blocked", reason="not delivered", checks=(PASSED,)),
        replace(DONE, title="Later", state="skipped", reason="needs Checks", checks=()),
        replace(DONE, title="Never", state="pending", checks=()),
    ) == [
        suite("Add a cache", tests=1, cases=[(name, [])]),
        suite("Checks", tests=3, failures=1, errors=1, cases=[(name, []), (name, ["failure"]), (name, ["error"])]),
        suite("Audit", tests=2, failures=1, cases=[(name, []), ("(phase)", ["failure"])]),
        suite("Later", tests=1, skipped=1, cases=[("(phase)", ["skipped"])]),
        suite("Never", tests=1, failures=1, cases=[("(phase)", ["failure"])]),
    ]  # fmt: skip


def suite(
    name: str, *, tests: int, cases: list[object], failures: int = 0, errors: int = 0, skipped: int = 0
) -> dict[str, object]:
    counts = {"tests": tests, "failures": failures, "errors": errors, "skipped": skipped}
    return {"name": name, "cases": cases} | {key: str(count) for key, count in counts.items()}


def test_junit_carries_the_reason_and_the_end_of_the_output():
    check = replace(FAILED, result=replace(FAILED.result, stdout="x" * 9000 + "<end> & \x1b[0m"))
    (failure,) = ElementTree.fromstring(render_junit(report(replace(DONE, state="failed", checks=(check,))))).iter("failure")
    assert failure.get("message") == "t::a failed"
    assert failure.text == "x" * (4000 - 12) + "<end> & ?[0m"


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.sampled_from(_HOSTILE), st.text(st.characters()), st.just("\x00\x0b\ufffe\uffff\ud800]]>")))
def test_junit_is_well_formed_whatever_it_holds(text):
    check = replace(FAILED, check=replace(FAILED.check, id=text), reason=text, result=replace(FAILED.result, stdout=text))
    ElementTree.fromstring(render_junit(report(replace(DONE, title=text, state="failed", checks=(check,)))))
