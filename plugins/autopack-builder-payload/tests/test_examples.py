"""The example plans, read, applied and tested for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from autopack_plan_payload import normalize_plan

from autopack.effects.scan import open_folder
from autopack.stages.read import read_draft

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def applied(tmp_path, bench, payload, request_for):
    """The output of the project's tests after the plan's code was applied, and whether they passed."""

    def apply(plan: str, project: str) -> tuple[bool, str]:
        from autopack_builder_payload.build import PayloadBuilder

        shutil.copytree(EXAMPLES / "projects" / project, tmp_path, dirs_exist_ok=True)
        draft = read_draft((EXAMPLES / "plans" / f"{plan}.md").read_bytes(), plan)
        values = [c.value for c in normalize_plan(draft=draft, workspace=open_folder(tmp_path), round="details")]
        carried = [payload(v.path, v.action, v.text, v.edits, v.to, v.executable) for v in values]
        result = PayloadBuilder().build(request_for(*carried), bench({}))
        if not result.ok:
            return False, result.message
        tests = subprocess.run([sys.executable, "-m", "unittest"], cwd=tmp_path, capture_output=True, text=True, check=False)
        return tests.returncode == 0, tests.stderr

    return apply


@pytest.mark.parametrize(("plan", "project"), [("chat", "greeter"), ("checklist", "inventory"), ("bugfix", "wordcount")])
def test_a_good_example_applies_and_its_tests_pass(applied, plan, project):
    assert applied(plan, project)[0]


def test_the_wrong_example_fails_its_own_new_test(applied):
    passed, output = applied("wrong", "greeter")
    assert not passed
    assert [line for line in output.splitlines() if line.startswith(("FAIL:", "ERROR:"))] == [
        "FAIL: test_three_names_need_a_comma (tests.test_many.GreetAllTest.test_three_names_need_a_comma)"
    ]


def test_the_escaping_example_cannot_leave_the_worktree(applied, tmp_path):
    passed, message = applied("escape", "inventory")
    assert (passed, (tmp_path.parent / "shared").exists()) == (False, False)
    assert "../shared/settings.py" in message


def test_the_regression_test_of_the_bugfix_fails_without_the_fix(applied, tmp_path):
    applied("bugfix", "wordcount")
    shutil.copy(EXAMPLES / "projects/wordcount/wordcount.py", tmp_path)
    tests = subprocess.run([sys.executable, "-m", "unittest"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "FAIL: test_the_words_of_all_files_are_added_up" in tests.stderr
