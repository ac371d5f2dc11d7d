"""What a plan leaves open, answered by a person on a terminal, by a file, by defaults, by options, or by a plugin."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.fixtures import run_git

# Each phase waits for the other one: a question with two options, of which the first is the default.
LOOP = """\
# Search

## Phase 1: Store

**Depends on**: Phase 2

- [ ] Write `store.py`

```python:store.py
from index import INDEX

STORE = [INDEX]
```

## Phase 2: Index

**Depends on**: Phase 1

- [ ] Write `index.py`

```python:index.py
INDEX = {}
```
"""
# Nothing says which file, or what proves it: two questions without options.
VAGUE = "# Speed\n\n- [ ] Make the search faster\n"
CHECK = "python3 -m compileall -q ."
STORE_FIRST = {"Phase 1: Store": [], "Phase 2: Index": ["Phase 1: Store"]}
INDEX_FIRST = {"Phase 1: Store": ["Phase 2: Index"], "Phase 2: Index": []}

Run = Callable[..., subprocess.CompletedProcess[str]]
AtTerminal = Callable[..., tuple[int, str]]


@pytest.fixture
def repo(make_repo: Callable[..., Path]) -> Path:
    return make_repo({"search.py": "def search(): ...\n", "docs/notes.md": "Search is slow.\n"})


@pytest.fixture
def write_plan(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        (tmp_path / "plan.md").write_text(text)
        return tmp_path / "plan.md"

    return write


def read_plan(done: subprocess.CompletedProcess[str]) -> tuple[int, dict[str, Any]]:
    assert done.stdout, done.stderr
    plan: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, plan


def order(plan: dict[str, Any]) -> dict[str, list[str]]:
    titles = {phase["id"]: phase["title"] for phase in plan["phases"]}
    return {phase["title"]: [titles[name] for name in phase["depends_on"]] for phase in plan["phases"]}


def read_screen(screen: str, first: str) -> list[str]:
    """The lines of the screen from the one that holds these words."""
    lines = [line.rstrip() for line in screen.replace("\r", "").split("\n")]
    return lines[next(number for number, line in enumerate(lines) if first in line) :]


# -- on a terminal ----------------------------------------------------------------------------------------------------


def test_a_question_is_shown_with_its_line_its_options_and_its_default(
    repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal
) -> None:
    code, screen = at_terminal("plan", write_plan(LOOP), "--check", CHECK, cwd=repo, answers=("2",), prompt="Answer")

    assert code == 0
    assert read_screen(screen, "One question")[:8] == [
        "One question is open in plan.md. Enter takes the default; where there is none, it leaves the question open.",
        "",
        "1 of 1: 'Phase 1: Store' and 'Phase 2: Index' wait for each other (lines 5, 17). Which goes first?",
        "      5 | **Depends on**: Phase 2",
        "  1. Phase 1: Store (default)",
        "  2. Phase 2: Index",
        "Answer [Phase 1: Store]: 2",
        "Search: ready to run",
    ]


def test_what_chooses_no_option_is_asked_again(repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal) -> None:
    answers = ("3", "perhaps", "phase 2: index")
    code, screen = at_terminal("plan", write_plan(LOOP), "--check", CHECK, cwd=repo, answers=answers, prompt="Answer [")

    assert code == 0
    assert screen.count("answer with a number from 1 to 2, or with the words of an option") == 2


def test_a_run_asks_before_it_starts_and_goes_on_as_answered(
    repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal
) -> None:
    options = ("--run-id", "search", "--check", CHECK, "--allow-weak-sandbox")
    code, screen = at_terminal("run", write_plan(LOOP), *options, cwd=repo, answers=("2",), prompt="Answer")

    assert code == 0, screen
    assert run_git(repo, "log", "--format=%s", "main..autopack/search").splitlines() == ["Phase 1: Store", "Phase 2: Index"]


def test_enter_takes_the_default(repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal) -> None:
    options = ("--run-id", "search", "--check", CHECK, "--allow-weak-sandbox", "--dry-run", "--json")
    code, screen = at_terminal("run", write_plan(LOOP), *options, cwd=repo, answers=("",), prompt="Answer")

    plan = json.loads("\n".join(read_screen(screen, "{")))
    assert (code, order(plan)) == (0, STORE_FIRST)


def test_what_a_person_types_fills_the_gaps_and_counts_as_theirs(
    repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal
) -> None:
    code, screen = at_terminal("plan", write_plan(VAGUE), cwd=repo, answers=(CHECK, "search.py"), prompt="Answer: ")

    assert code == 0
    assert read_screen(screen, "Speed: ")[:5] == [
        "Speed: ready to run",
        "",
        "1. Speed [backend]",
        "   [ ] Make the search faster  (line 3)",
        "   may change  search.py  (answered)",
    ]


def test_nothing_typed_and_no_default_leaves_the_question_open(
    repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal
) -> None:
    code, screen = at_terminal("run", write_plan(VAGUE), cwd=repo, answers=("", ""), prompt="Answer: ")

    assert code == 3
    assert screen.count("Answer: ") == 2
    assert "Speed: needs an answer" in screen
    assert run_git(repo, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_no_question_stops_a_plan_with_yes_or_json(
    repo: Path, write_plan: Callable[[str], Path], at_terminal: AtTerminal
) -> None:
    for option, code in (("--yes", 0), ("--json", 3)):
        done = at_terminal("plan", write_plan(LOOP), "--check", CHECK, option, cwd=repo)
        assert (done[0], "Answer" in done[1]) == (code, False)


# -- without one ------------------------------------------------------------------------------------------------------


def test_without_a_terminal_a_run_ends_with_the_question_and_how_to_answer_it(
    repo: Path, write_plan: Callable[[str], Path], run_autopack: Run
) -> None:
    done = run_autopack("run", write_plan(LOOP), "--check", CHECK, "--json", cwd=repo)

    assert done.returncode == 3
    assert done.stderr.splitlines()[0].startswith("error: plan line 5: 'Phase 1: Store' and 'Phase 2: Index' wait for each other")
    assert "`--answers FILE`" in done.stderr


def test_a_file_of_answers_settles_a_plan(
    repo: Path, tmp_path: Path, write_plan: Callable[[str], Path], run_autopack: Run
) -> None:
    plan = write_plan(LOOP)
    code, before = read_plan(run_autopack("plan", plan, "--check", CHECK, "--json", cwd=repo))
    [question] = before["open_questions"]
    (tmp_path / "answers.json").write_text(json.dumps({question["id"]: "Phase 2: Index"}))

    options = ("--answers", tmp_path / "answers.json", "--check", CHECK, "--json")
    after = read_plan(run_autopack("plan", plan, *options, cwd=repo))
    assert (code, after[0], order(after[1]), after[1]["open_questions"]) == (3, 0, INDEX_FIRST, [])


def test_yes_takes_the_defaults(repo: Path, write_plan: Callable[[str], Path], run_autopack: Run) -> None:
    code, plan = read_plan(run_autopack("plan", write_plan(LOOP), "--check", CHECK, "--yes", "--json", cwd=repo))
    assert (code, order(plan), plan["open_questions"]) == (0, STORE_FIRST, [])


def test_options_complete_a_plan_as_they_complete_a_run(repo: Path, write_plan: Callable[[str], Path], run_autopack: Run) -> None:
    options = ("--allow", "search.py", "--read", "docs/notes.md", "--check", CHECK)
    plans = [
        read_plan(run_autopack("plan", write_plan(VAGUE), *options, "--json", cwd=repo)),
        read_plan(run_autopack("run", write_plan(VAGUE), *options, "--dry-run", "--json", "--builder", "command:true",
                               "--allow-weak-sandbox", cwd=repo)),
    ]  # fmt: skip

    for code, plan in plans:
        [phase] = plan["phases"]
        scope = phase["scope"]
        assert (code, plan["status"]) == (0, "ready")
        assert [(row["path"], row["origin"]) for row in scope["paths"]] == [("search.py", "answered")]
        assert [(row["path"], row["origin"], row["role"], row["exists"]) for row in scope["read_only_context"]] == [
            ("docs/notes.md", "answered", "read", True)
        ]
        assert [(row["run"], row["origin"]) for row in phase["validation"]] == [(CHECK, "answered")]


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", ".git/config"])
def test_nothing_outside_the_repository_is_shown_to_a_builder(
    repo: Path, write_plan: Callable[[str], Path], run_autopack: Run, command: str, path: str
) -> None:
    done = run_autopack(command, write_plan(VAGUE), "--read", path, cwd=repo)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: --read '{path}' ")


# -- by plugins -------------------------------------------------------------------------------------------------------


def test_a_plugin_that_knows_settles_a_plan_and_one_that_makes_up_an_answer_does_not(
    repo: Path, tmp_path: Path, write_plan: Callable[[str], Path], run_autopack: Run
) -> None:
    def ask(option: str) -> tuple[int, dict[str, list[str]], int]:
        site = tmp_path / "site"
        metadata = site / "autopack_oracle-1.0.dist-info"
        metadata.mkdir(parents=True, exist_ok=True)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: autopack-oracle\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("[autopack]\noracle = autopack_oracle\n")
        (site / "autopack_oracle.py").write_text(
            "from autopack import hookimpl\nfrom autopack.model.specs import Answer\n\n\n"
            f"@hookimpl\ndef answer_question(question):\n    return Answer(option={option!r})\n"
        )
        env = {"PYTHONPATH": str(site)}
        code, plan = read_plan(run_autopack("plan", write_plan(LOOP), "--check", CHECK, "--json", cwd=repo, env=env))
        return code, order(plan), len(plan["open_questions"])

    assert ask("Phase 2: Index") == (0, INDEX_FIRST, 0)
    assert [ask(option)[::2] for option in ("unknown", "Phase 3", "")] == [(3, 1)] * 3
