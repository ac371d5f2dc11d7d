"""The plans in `examples/`, through the installed program, on real repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autopack.effects.containment import choose_backend
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import run_git, write_files

SANDBOX = choose_backend("auto", os.environ.get("PATH", os.defpath)).name
EXAMPLES = Path(__file__).parents[2] / "examples"
PROJECTS = {
    "chat": "greeter",
    "checklist": "inventory",
    "bugfix": "wordcount",
    "wrong": "greeter",
    "escape": "inventory",
}
CHANGED = {
    "chat": ["greeter/core.py", "greeter/languages.py", "tests/test_languages.py"],
    "checklist": ["inventory/report.py", "inventory/stock.py", "tests/test_low_stock.py"],
    "bugfix": ["tests/test_several_files.py", "wordcount.py"],
}

Run = Callable[..., subprocess.CompletedProcess[str]]
Look = Callable[[Path], dict[str, str]]
Find = Callable[[Path], list[str]]


@pytest.fixture
def make_example(tmp_path: Path) -> Callable[..., Path]:
    """The project of a plan as a repository of its own; `used` = somebody is in the middle of something there."""

    def make(plan: str, *, used: bool = False) -> Path:
        repo = tmp_path / PROJECTS[plan]
        shutil.copytree(EXAMPLES / "projects" / PROJECTS[plan], repo, ignore=shutil.ignore_patterns("__pycache__"))
        run_git(repo, "init", "--quiet", "--initial-branch=main")
        run_git(repo, "add", "--all")
        run_git(repo, "commit", "--quiet", "--message=Start")
        if used:
            (repo / "README.md").write_text("put away for later\n")
            run_git(repo, "stash", "push", "--quiet")
            (repo / "README.md").write_text("edited, not staged\n")
            write_files(repo, {"staged.txt": "staged\n", "notes/untracked.txt": "mine\n"})
            run_git(repo, "add", "staged.txt")
        return repo

    return make


def plan_of(name: str) -> Path:
    return EXAMPLES / "plans" / f"{name}.md"


@pytest.mark.parametrize(
    ("name", "used"), [("chat", False), ("chat", True), ("checklist", True), ("bugfix", True)], ids=lambda value: str(value)
)
def test_a_good_plan_becomes_one_proved_commit_and_the_checkout_stays_as_it_was(
    name: str,
    used: bool,
    make_example: Callable[..., Path],
    run_autopack: Run,
    look_at_checkout: Look,
    find_leftovers: Find,
    tmp_path: Path,
) -> None:
    repo = make_example(name, used=used)
    base = run_git(repo, "rev-parse", "HEAD")
    before = look_at_checkout(repo)

    done = run_autopack("run", plan_of(name), "--run-id", name, "--allow-weak-sandbox", "--json", cwd=repo)

    assert done.returncode == 0, done.stderr
    report = from_json(Report, done.stdout)
    [phase] = report.phases
    assert (report.state, report.exit_code, report.sandbox) == ("done", 0, SANDBOX)
    assert (phase.state, phase.proved_by, phase.reason) == ("committed", "tests", "")
    assert {row.state for row in phase.checks} == {"passed"}
    assert run_git(repo, "rev-list", f"{base}..autopack/{name}") == phase.commit == report.head_commit
    assert run_git(repo, "diff", "--name-only", "--no-renames", base, report.head_commit).splitlines() == CHANGED[name]
    assert any("uncommitted changes" in warning for warning in report.warnings) == used
    assert look_at_checkout(repo) == before
    assert find_leftovers(repo) == []
    # The whole suite, in a fresh clone, by somebody who trusts none of the above.
    run_git(repo, "clone", "--quiet", "--branch", f"autopack/{name}", str(repo), str(tmp_path / "clone"))
    suite = subprocess.run(
        [sys.executable, "-m", "unittest"], cwd=tmp_path / "clone", capture_output=True, text=True, check=False
    )
    assert suite.returncode == 0, suite.stderr


def test_every_form_of_a_report_can_be_read_and_says_first_what_contained_the_run(
    make_example: Callable[..., Path], run_autopack: Run
) -> None:
    repo = make_example("chat")
    assert run_autopack("run", plan_of("chat"), "--run-id", "chat", "--allow-weak-sandbox", cwd=repo).returncode == 0
    [folder] = (repo / ".autonomous_runs").glob("*/runs/chat")

    forms = {form: run_autopack("report", "chat", "--format", form, cwd=repo) for form in ("text", "json", "md", "junit")}

    assert {form: done.returncode for form, done in forms.items()} == dict.fromkeys(forms, 0)
    assert forms["text"].stdout.startswith(f"sandbox: {SANDBOX}")
    assert forms["md"].stdout.startswith(f"Sandbox: **{SANDBOX}**")
    assert (folder / "report.json").read_text() == forms["json"].stdout
    assert (folder / "report.md").read_text() == forms["md"].stdout
    assert (folder / "junit.xml").read_text() == forms["junit"].stdout
    [suite] = ElementTree.fromstring(forms["junit"].stdout)
    assert (suite.get("tests"), suite.get("failures")) == (str(len(suite)), "0")
    intent = json.loads((folder.parents[1] / "intent" / "intent_v1.json").read_text())
    assert (folder.parents[1] / "intent" / "intent_anchor.txt").read_text() == intent["intent_anchor"]


def test_a_wrong_plan_fails_by_the_name_of_the_test_and_nothing_lands(
    make_example: Callable[..., Path], run_autopack: Run, look_at_checkout: Look, find_leftovers: Find
) -> None:
    repo = make_example("wrong", used=True)
    base = run_git(repo, "rev-parse", "HEAD")
    before = look_at_checkout(repo)

    done = run_autopack("run", plan_of("wrong"), "--run-id", "wrong", "--allow-weak-sandbox", "--json", cwd=repo)

    assert done.returncode == 1, done.stderr
    report = from_json(Report, done.stdout)
    [phase] = report.phases
    assert (report.state, phase.state, phase.commit, phase.proved_by) == ("failed", "failed", None, "")
    failed = {test.id for row in phase.checks if row.report for test in row.report.failed}
    assert failed == {"tests.test_many.GreetAllTest.test_three_names_need_a_comma"}
    assert "test_three_names_need_a_comma" in phase.reason
    assert run_git(repo, "rev-parse", "autopack/wrong") == report.head_commit == base
    # What was tried can be looked at, with the command that the report gives.
    [look] = [command for words, command in report.next_commands if words.startswith("see what")]
    assert "greet(" in run_git(repo, *look.split()[1:])
    assert look_at_checkout(repo) == before
    assert find_leftovers(repo) == []
    junit = ElementTree.fromstring(run_autopack("report", "wrong", "--format", "junit", cwd=repo).stdout)
    assert "test_three_names_need_a_comma" in str([failure.get("message") for failure in junit.iter("failure")])


def test_a_plan_that_escapes_is_refused_with_line_path_and_rule_before_the_first_write(
    make_example: Callable[..., Path], run_autopack: Run, look_at_all: Look, tmp_path: Path
) -> None:
    repo = make_example("escape", used=True)
    before = look_at_all(repo)

    done = run_autopack("run", plan_of("escape"), "--run-id", "escape", "--allow-weak-sandbox", cwd=repo)

    assert done.returncode == 4, done.stderr
    assert look_at_all(repo) == before
    assert not (tmp_path / "shared").exists()
    assert done.stderr.splitlines() == [
        "error: plan line 45: the plan's code for inventory/stock.py is not in the plan's own list of files [scope.outside] "
        "(and 2 more)",
        "hint: add it to the list, or run with `--allow inventory/stock.py`",
    ]
    assert done.stdout.startswith("Nicer stock report: refused\n")
    assert [line.strip() for line in done.stdout.splitlines() if "refused: line" in line] == [
        "refused: line 45: the plan's code for inventory/stock.py is not in the plan's own list of files [scope.outside]",
        "refused: line 53: the plan's code for ../shared/settings.py climbs out of the repository [scope.climbs-out]",
        "refused: line 61: the plan's code for .github/workflows/ci.yml is protected: it decides what runs elsewhere "
        "[scope.protected]",
    ]


@pytest.mark.parametrize("name", PROJECTS)
def test_a_dry_run_shows_the_plan_and_writes_nothing(
    name: str, make_example: Callable[..., Path], run_autopack: Run, look_at_all: Look
) -> None:
    repo = make_example(name, used=True)
    before = look_at_all(repo)

    done = run_autopack("run", plan_of(name), "--dry-run", "--allow-weak-sandbox", cwd=repo)

    assert done.returncode == (4 if name == "escape" else 0), done.stderr
    assert "may change" in done.stdout
    assert look_at_all(repo) == before


def test_an_example_with_a_stated_command_needs_a_sandbox_or_the_word_of_a_person(
    make_example: Callable[..., Path], run_autopack: Run, look_at_all: Look
) -> None:
    repo = make_example("chat")
    before = look_at_all(repo)

    done = run_autopack("run", plan_of("chat"), cwd=repo, env={"AUTOPACK_SANDBOX": "none"})

    assert done.returncode == 5
    assert "states the command `python -m unittest`" in done.stderr
    assert "--allow-weak-sandbox" in done.stderr
    assert look_at_all(repo) == before
