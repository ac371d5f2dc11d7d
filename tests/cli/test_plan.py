"""What `autopack plan` shows: each value with its line and how sure it is, what is wrong with it, and why it is read so."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.schemas import check_document

Run = Callable[..., subprocess.CompletedProcess[str]]

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[dependency-groups]\ndev = ["pytest"]\n',
    "src/shop.py": "def price(): ...\n",
    "tests/test_shop.py": "def test_price(): ...\n",
}
PLAN = """\
# Shop

## Phase 1: Prices

- [ ] Change `src/shop.py`
- [x] Remove `src/old.py`

Run: `pytest tests/unit/test_shop.py`

Then run: `pytest tests/unit/test_shop.py`

## Phase 2: Page

Depends on: Phase 1

- [ ] Create `templates/shop.html`

## Out of scope

- No payment
"""
MINUTES = "# Meeting, 3 May\n\nPresent: Ada, Bo.\n\nWe talked about the weather. Everybody agreed that it was fine.\n"


@pytest.fixture
def repo(make_repo: Callable[..., Path]) -> Path:
    return make_repo(FILES)


def test_a_plan_is_shown_with_its_order_its_lines_and_what_is_wrong_with_it(run_autopack: Run, repo: Path) -> None:
    done = run_autopack("plan", "-", cwd=repo, stdin=PLAN)
    shown = done.stdout.splitlines()
    assert done.returncode == 0
    assert shown[:7] == [
        "Shop: ready to run",
        "",
        "1. Phase 1: Prices [backend]  (line 3)",
        "   [ ] Change `src/shop.py`  (line 5)",
        "   [x] Remove `src/old.py`  (line 6)",
        "   may change  src/shop.py  (line 5)",
        "   proved by   pytest tests/unit/test_shop.py  (line 8)",
    ]
    assert shown[10:14] == [
        "2. Phase 2: Page [frontend]  (line 12)",
        "   after       1. Phase 1: Prices  (line 14)",
        "   [ ] Create `templates/shop.html`  (line 16)",
        "   may change  templates/shop.html  (line 16)",
    ]
    assert shown[16:] == [
        "  not wanted: No payment  (line 20)",
        "  note: line 8: `pytest tests/unit/test_shop.py` names tests/unit/test_shop.py, which neither stands in the repository "
        "nor is made by the plan [check.no-such-file]",
        "    did you mean tests/test_shop.py?",
    ]


def test_what_became_of_each_line_is_explained_below_the_plan(run_autopack: Run, repo: Path) -> None:
    shown = run_autopack("plan", "-", "--explain", cwd=repo, stdin=PLAN).stdout
    lines = shown[shown.index("How each line") :].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("    10 | "))
    assert lines[start : start + 3] == [
        "    10 | Then run: `pytest tests/unit/test_shop.py`",
        "         check 'pytest tests/unit/test_shop.py' (stated, 0.80, autopack-plan-markdown:run-line)",
        "           lost: the same value is better founded: line 8 (stated, 0.80)",
    ]
    start = next(number for number, line in enumerate(lines) if line.startswith("     6 | "))
    assert lines[start : start + 3] == [
        "     6 | - [x] Remove `src/old.py`",
        "         item 'Remove `src/old.py`' (stated, 0.85, autopack-plan-markdown:checkbox)",
        "           taken as /phases/0/deliverables/1: done, so it is not scheduled",
    ]


def test_of_a_plan_that_points_to_another_one_both_files_are_named(run_autopack: Run, make_repo: Callable[..., Path]) -> None:
    inner = "# Inner\n\n## Phase 1: Inside\n\n- [ ] Change `src/shop.py`\n\nRun: `pytest tests/gone_test.py`\n"
    repo = make_repo({**FILES, "tasks/inner.md": inner})
    outer = "tasks:\n  - id: 1\n    description: Inner work\n    file: tasks/inner.md\n"
    (repo / "tasks.yaml").write_text(outer)

    shown = run_autopack("plan", "tasks.yaml", "--explain", cwd=repo).stdout.splitlines()

    assert [line.partition("  (")[2].partition(",")[0] for line in shown if "Change `src" in line] == ["tasks/inner.md line 5"]
    assert [line for line in shown if "note: " in line] == [
        "  note: tasks/inner.md line 7: `pytest tests/gone_test.py` names tests/gone_test.py, which neither stands in the "
        "repository nor is made by the plan [check.no-such-file]"
    ]
    assert "           lost: the plan that it points to stands in its place" in shown
    assert "           taken as /phases/0" in shown


def test_with_json_the_plan_stands_alone_explained_or_not(run_autopack: Run, repo: Path) -> None:
    plain = run_autopack("plan", "-", "--json", cwd=repo, stdin=PLAN)
    explained = run_autopack("plan", "-", "--json", "--explain", cwd=repo, stdin=PLAN)
    assert explained.stdout == plain.stdout
    check_document("plan_v1", json.loads(plain.stdout))


def test_a_text_that_is_no_plan_is_said_to_be_none(run_autopack: Run, repo: Path) -> None:
    done = run_autopack("plan", "-", cwd=repo, stdin=MINUTES)
    first = done.stdout.splitlines()[0]
    assert (done.returncode, first) == (
        3,
        "Meeting, 3 May: this is not a plan: it has no list of work, no step and no code to carry out; "
        "nothing in it asks for a change",
    )


def test_a_plan_of_which_everything_is_done_says_so(run_autopack: Run, repo: Path) -> None:
    done = run_autopack("plan", "-", cwd=repo, stdin="# Shop\n\n- [x] Change `src/shop.py`\n")
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        3,
        "Shop: nothing is left to do: everything in it is done already",
    )


@pytest.mark.parametrize("command", ["plan", "run"])
def test_an_answer_that_says_nothing_leaves_a_gap_and_not_a_crash(
    command: str, run_autopack: Run, make_repo, tmp_path: Path
) -> None:
    bare, plan = make_repo({}), tmp_path / "plan.md"
    plan.write_text("# Shop\n\n- [ ] Make it faster\n")
    asked = json.loads(run_autopack("plan", plan, "--check", "true", "--json", cwd=bare).stdout)
    (question,) = (row["id"] for row in asked["open_questions"] if row["id"].startswith("scope-"))
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({question: ","}))
    done = run_autopack(command, plan, "--check", "git status", "--answers", answers, cwd=bare)
    assert done.returncode == 3
    assert "line 3: phase 'Shop' names no file that may change" in done.stdout + done.stderr


def test_what_a_plan_text_hides_in_its_lines_does_nothing_to_the_terminal(run_autopack: Run, repo: Path) -> None:
    done = run_autopack("plan", "-", "--explain", cwd=repo, stdin="# Shop \x1b[2J\n\n- [ ] Change `src/shop.py` \x1b]0;x\x07\n")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr


def test_plans_that_a_plan_lists_are_followed_and_their_lines_cited_with_the_file(
    run_autopack: Run, make_repo: Callable[..., Path]
) -> None:
    repo = make_repo(
        FILES
        | {
            "plans/roadmap.md": "# Roadmap\n\n- [ ] [Prices](prices-plan.md)\n- [ ] `minutes-plan.md`\n",
            "plans/prices-plan.md": (
                "# Prices\n\n## Phase 1: Round\n\n- [ ] Change `src/shop.py`\n- [ ] `deep-plan.md`\n- [ ] see `roadmap.md`\n"
            ),
            "plans/deep-plan.md": "# Deep\n\n- [ ] Change `src/shop.py` again\n- [ ] `deeper-plan.md`\n",
            "plans/deeper-plan.md": "# Deeper\n\n- [ ] Change `src/shop.py` a third time\n",
            "plans/minutes-plan.md": MINUTES,
        }
    )
    done = run_autopack("plan", repo / "plans" / "roadmap.md", "--json", cwd=repo)
    plan = json.loads(done.stdout)
    check_document("plan_v1", plan)
    items = [(row["title"], row["source"]["file"]) for phase in plan["phases"] for row in phase["deliverables"]]
    assert items == [
        ("`minutes-plan.md`", ""),
        ("Change `src/shop.py`", "plans/prices-plan.md"),
        ("see `roadmap.md`", "plans/prices-plan.md"),
        ("Change `src/shop.py` again", "plans/deep-plan.md"),
        ("`deeper-plan.md`", "plans/deep-plan.md"),
    ]
    strays = sorted(row["message"] for row in plan["findings"] if row["rule"] == "plan.not-followed")
    assert strays == [
        "plans/deeper-plan.md is not followed: plans are followed 2 levels deep",
        "plans/minutes-plan.md is not followed: nothing in it asks for a change",
        "plans/roadmap.md is not followed: it leads back to itself",
    ]
