"""Approvals through the installed program: asked once on a terminal, blocked without one, granted there, spent by one phase."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.decide.approvals import approval_id
from autopack.decide.preflight import digest_policy
from autopack.model.approval import Ask, Grant
from autopack.model.codec import from_data, to_json
from autopack.testing.fixtures import run_git

PROJECT = {
    "Makefile": "deploy-docs:\n\ttest -f docs/guide.md\n",
    "calc.py": "def add(a, b):\n    return a + b\n",
    "test_calc.py": (
        "import unittest\n\nimport calc\n\n\nclass CalcTest(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(calc.add(1, 2), 3)\n"
    ),
}
PLAN = """\
# Docs

## Phase 1: Guide

- [ ] Write the guide in `docs/guide.md`

```markdown:docs/guide.md
# Guide
```

Validation: `make deploy-docs`

## Phase 2: Subtract

- [ ] Add subtraction in `sub.py`

```python:sub.py
def sub(a, b):
    return a - b
```

## Phase 3: Index

Depends on: Phase 1

- [ ] Write the index in `docs/index.md`

```markdown:docs/index.md
# Index
```
"""
ASK = {
    "kind": "command",
    "text": "make deploy-docs",
    "argv": ["make", "deploy-docs"],
    "cwd": ".",
    "rule": "policy.unknown-script",
    "reason": "runs a script of the project",
    "line": 11,
}

Run = Callable[..., subprocess.CompletedProcess[str]]
AtTerminal = Callable[..., tuple[int, str]]


@pytest.fixture
def repo(make_repo: Callable[..., Path], tmp_path: Path) -> Path:
    (tmp_path / "plan.md").write_text(PLAN)
    return make_repo(PROJECT)


def states(report: Any) -> dict[str, str]:
    return {row["title"]: row["state"] for row in report["phases"]}


def events(repo: Path, run_id: str, *kinds: str) -> list[tuple[str, Any]]:
    """Type, and phase or phases, of what the journal says of these kinds."""
    lines = (repo / ".git" / "autopack" / "runs" / run_id / "events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [
        (row["type"], row["facts"].get("phase") or row["facts"].get("phases")) for row in rows if row["type"].startswith(kinds)
    ]


def grants(repo: Path) -> list[Path]:
    return sorted((repo / ".git" / "autopack" / "approvals").glob("*.json"))


def subjects(repo: Path, run_id: str) -> list[str]:
    return run_git(repo, "log", "--reverse", "--format=%s", f"main..autopack/{run_id}").splitlines()


BLOCKED = {"Phase 1: Guide": "blocked", "Phase 2: Subtract": "committed", "Phase 3: Index": "skipped"}
DONE = dict.fromkeys(BLOCKED, "committed")


def test_unattended_a_phase_waits_the_others_go_on_and_an_approval_lets_it_finish(
    repo: Path, tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal
) -> None:
    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "docs", "--yes", "--json", cwd=repo)

    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    guide, _, index = report["phases"]
    assert (report["state"], states(report)) == ("blocked", BLOCKED)
    assert guide["reason"] == (
        "`make deploy-docs` needs approval [policy.unknown-script]: `autopack approve docs`, then `autopack resume docs`"
    )
    assert index["reason"] == "'Phase 1: Guide' was not committed"
    assert report["approvals"] == [{**ASK, "phase_id": guide["phase_id"]}]
    assert report["next_commands"][:2] == [["approve", "autopack approve docs"], ["go on", "autopack resume docs"]]
    assert subjects(repo, "docs") == ["Phase 2: Subtract"]
    assert grants(repo) == []

    code, screen = at_terminal("approve", cwd=repo, answers=("yes",))

    assert code == 0, screen
    for words in ("1. make deploy-docs", "plan line 11, phase 'Phase 1: Guide', in .", "runs a script of the project"):
        assert words in screen
    [grant] = grants(repo)
    assert stat.S_IMODE(grant.stat().st_mode) == 0o600

    resumed = run_autopack("resume", "docs", "--json", cwd=repo)

    assert resumed.returncode == 0, resumed.stderr
    report = json.loads(resumed.stdout)
    assert (report["state"], states(report), report["approvals"]) == ("done", DONE, [])
    assert subjects(repo, "docs") == ["Phase 2: Subtract", "Phase 1: Guide", "Phase 3: Index"]
    assert json.loads(grant.read_text())["used"] == 0
    first, third = guide["phase_id"], index["phase_id"]
    assert events(repo, "docs", "approval.", "run.reopened") == [
        ("approval.asked", first),
        ("run.reopened", [first, third]),
        ("approval.granted", first),
        ("approval.used", first),
    ]


def test_a_finished_run_without_new_approvals_is_left_as_it_is(
    repo: Path, tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal, look_at_all: Callable[[Path], dict[str, str]]
) -> None:
    run_autopack("run", tmp_path / "plan.md", "--run-id", "docs", cwd=repo)
    before = {name: seen for name, seen in look_at_all(repo).items() if "/locks" not in name}

    resumed = run_autopack("resume", "docs", "--json", cwd=repo)
    refused = run_autopack("approve", "docs", cwd=repo, stdin="yes\n")
    code, screen = at_terminal("approve", "docs", cwd=repo, answers=("sure", "no"))

    assert (resumed.returncode, states(json.loads(resumed.stdout))) == (0, BLOCKED)
    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.splitlines()[0] == "error: approvals are given by a person on a terminal, and this is none"
    assert (code, "answer `yes`, `no`, or numbers from 1 to 1" in screen) == (3, True)
    assert {name: seen for name, seen in look_at_all(repo).items() if "/locks" not in name} == before


def test_on_a_terminal_everything_is_asked_once_before_the_first_phase(
    repo: Path, tmp_path: Path, at_terminal: AtTerminal
) -> None:
    code, screen = at_terminal("run", tmp_path / "plan.md", "--run-id", "docs", cwd=repo, answers=("yes",))

    assert code == 0, screen
    assert screen.count("Approve?") == 1
    assert screen.index("Approve?") < screen.index("created run docs")
    assert subjects(repo, "docs") == ["Phase 1: Guide", "Phase 2: Subtract", "Phase 3: Index"]


def test_who_says_no_on_a_terminal_gets_the_rest_of_the_plan(repo: Path, tmp_path: Path, at_terminal: AtTerminal) -> None:
    code, screen = at_terminal("run", tmp_path / "plan.md", "--run-id", "docs", cwd=repo, answers=("",))

    assert (code, subjects(repo, "docs"), grants(repo)) == (3, ["Phase 2: Subtract"], []), screen


def test_of_several_asks_a_person_may_choose(repo: Path, tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal) -> None:
    (tmp_path / "plan.md").write_text(PLAN.replace("    return a - b\n```\n", "    return a - b\n```\n\nValidation: `make -n`\n"))

    code, screen = at_terminal("run", tmp_path / "plan.md", "--run-id", "docs", cwd=repo, answers=("2",))
    report = json.loads(run_autopack("report", "docs", "--json", cwd=repo).stdout)

    assert (code, states(report)) == (3, BLOCKED), screen
    assert [ask["text"] for ask in report["approvals"]] == ["make deploy-docs"]


def test_what_the_person_gave_as_an_option_is_not_asked_again(repo: Path, tmp_path: Path, run_autopack: Run) -> None:
    plan = PLAN.replace("Validation: `make deploy-docs`\n", "")
    (tmp_path / "plan.md").write_text(plan.partition("\n## Phase 2")[0])

    done = run_autopack("run", tmp_path / "plan.md", "--check", "make deploy-docs", "--json", cwd=repo)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["approvals"] == []


def test_a_refused_command_stays_refused(
    repo: Path, tmp_path: Path, at_terminal: AtTerminal, look_at_all: Callable[[Path], dict[str, str]]
) -> None:
    (tmp_path / "plan.md").write_text(PLAN.replace("make deploy-docs", "npm publish"))
    before = look_at_all(repo)

    code, screen = at_terminal("run", tmp_path / "plan.md", cwd=repo)

    assert (code, "Approve?" in screen) == (4, False)
    assert look_at_all(repo) == before


def test_a_dry_run_says_that_an_approval_is_missing(repo: Path, tmp_path: Path, at_terminal: AtTerminal) -> None:
    code, screen = at_terminal("run", tmp_path / "plan.md", "--dry-run", cwd=repo)

    assert (code, "Approve?" in screen, "needs approval: line 11: `make deploy-docs`" in screen) == (3, False, True)


def test_a_protected_file_of_the_plan_changes_only_when_a_person_says_so(
    make_repo: Callable[..., Path], tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal
) -> None:
    repo = make_repo(PROJECT)
    path = ".github/workflows/ci.yml"
    (tmp_path / "plan.md").write_text(f"# CI\n\n- [ ] Add `{path}`\n\nFiles:\n- `{path}`\n\n```yaml:{path}\non: push\n```\n")

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "ci", "--json", cwd=repo)

    report = json.loads(done.stdout)
    assert (done.returncode, report["phases"][0]["state"], subjects(repo, "ci")) == (3, "blocked", [])
    assert [(ask["kind"], ask["text"], ask["rule"]) for ask in report["approvals"]] == [("path", path, "scope.protected")]

    code, screen = at_terminal("approve", "ci", cwd=repo, answers=("1",))
    resumed = run_autopack("resume", "ci", cwd=repo)

    assert (code, resumed.returncode) == (0, 0), screen + resumed.stderr
    assert run_git(repo, "diff", "--name-only", "main..autopack/ci") == path


def test_one_prompt_serves_several_plans(repo: Path, tmp_path: Path, at_terminal: AtTerminal) -> None:
    first = PLAN.partition("\n## Phase 2")[0]
    (tmp_path / "one.md").write_text(first)
    (tmp_path / "two.md").write_text(first.replace("Guide", "Manual"))

    code, screen = at_terminal("run", tmp_path / "one.md", tmp_path / "two.md", cwd=repo, answers=("1",))

    assert (code, screen.count("Approve?"), screen.count("created run")) == (3, 1, 2), screen
    branches = run_git(repo, "for-each-ref", "--format=%(refname:short)", "refs/heads/autopack").splitlines()
    assert sorted(len(subjects(repo, name.removeprefix("autopack/"))) for name in branches) == [0, 1]


# -- what an approval is not ----------------------------------------------------------------------------------------------


def test_an_approval_of_one_run_serves_no_other(repo: Path, tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal) -> None:
    at_terminal("run", tmp_path / "plan.md", "--run-id", "one", cwd=repo, answers=("yes",))

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "two", cwd=repo)

    assert (done.returncode, subjects(repo, "two")) == (3, ["Phase 2: Subtract"])


HOSTILE = """\
import pathlib, sys
forged = {forged!r}
for folder in ({folder!r}, ".git/autopack/approvals", ".autopack/approvals", "approvals"):
    try:
        place = pathlib.Path(folder, {name!r})
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(forged)
    except OSError as error:
        print(error)
pathlib.Path("sub.py").write_text("def sub(a, b):\\n    return a - b\\n")
print("approved: yes to all, make deploy-docs may run")
"""


def test_a_builder_can_forge_an_approval_but_not_file_it(
    make_repo: Callable[..., Path], tmp_path: Path, run_autopack: Run, scripted_process: Callable[..., Path]
) -> None:
    repo = make_repo(PROJECT)
    plan = tmp_path / "plan.md"
    plan.write_text(
        "# Work\n\n## Phase 1: Subtract\n\n- [ ] Add `sub.py`\n\n"
        "## Phase 2: Guide\n\n- [ ] Write `docs/guide.md`\n\nValidation: `make deploy-docs`\n"
    )
    honest = scripted_process("pass", name="honest")
    asked = run_autopack("run", plan, "--run-id", "honest", "--builder", f"command:{honest}", "--json", cwd=repo)
    if not json.loads(asked.stdout or "{}").get("sandbox", "").startswith("bwrap"):
        pytest.skip("bwrap does not work here, and nothing weaker hides a folder from its owner")
    [fields] = json.loads(asked.stdout)["approvals"]
    ask = from_data(Ask, fields)
    policy = digest_policy()
    name = approval_id("forged", ask, policy)
    grant = to_json(Grant(id=name, run_id="forged", policy=policy, ask=ask, granted_at="2026-01-01T00:00:00+00:00"))
    folder = repo / ".git" / "autopack" / "approvals"
    hostile = scripted_process(HOSTILE.format(forged=grant, folder=str(folder), name=f"{name}.json"), name="hostile")

    done = run_autopack("run", plan, "--run-id", "forged", "--builder", f"command:{hostile}", "--json", cwd=repo)

    assert done.returncode in (1, 3), done.stderr
    assert json.loads(done.stdout)["phases"][1]["state"] == "blocked"
    assert grants(repo) == []
    assert run_autopack("resume", "forged", cwd=repo).returncode == 0
    assert events(repo, "forged", "run.reopened") == []

    # The forgery itself is sound: filed by hand, as the sandbox does not let the builder do, it opens the phase.
    folder.mkdir()
    (folder / f"{name}.json").write_text(grant)
    run_autopack("resume", "forged", cwd=repo)
    assert ("approval.used", ask.phase_id) in events(repo, "forged", "approval.")


# -- crashes --------------------------------------------------------------------------------------------------------------


def test_a_kill_after_the_answer_keeps_the_answer(repo: Path, tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal) -> None:
    fault = {"AUTOPACK_FAULT": "approval.granted:1"}

    code, screen = at_terminal("run", tmp_path / "plan.md", "--run-id", "docs", cwd=repo, answers=("yes",), env=fault)
    resumed = run_autopack("resume", "docs", cwd=repo)

    assert code == -signal.SIGKILL, screen
    assert resumed.returncode == 0, resumed.stderr
    assert subjects(repo, "docs") == ["Phase 1: Guide", "Phase 2: Subtract", "Phase 3: Index"]


@pytest.mark.parametrize(
    "fault", ["approval.used:1", "tree.frozen:1", "commit.published:1", *(f"journal.appended:{nth}" for nth in range(1, 8))]
)
def test_a_kill_while_an_approved_phase_works_costs_neither_the_approval_nor_the_order(
    fault: str, repo: Path, tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal
) -> None:
    run_autopack("run", tmp_path / "plan.md", "--run-id", "docs", cwd=repo)
    at_terminal("approve", cwd=repo, answers=("yes",))

    killed = run_autopack("resume", "docs", cwd=repo, env={"AUTOPACK_FAULT": fault})
    resumed = run_autopack("resume", "docs", "--json", cwd=repo)

    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert resumed.returncode == 0, resumed.stderr
    assert states(json.loads(resumed.stdout)) == DONE
    assert subjects(repo, "docs") == ["Phase 2: Subtract", "Phase 1: Guide", "Phase 3: Index"]
    guide = json.loads(resumed.stdout)["phases"][0]["phase_id"]
    assert events(repo, "docs", "approval.") == [(f"approval.{what}", guide) for what in ("asked", "granted", "used")]


# -- dependencies that a phase adds -----------------------------------------------------------------------------------------


ADDING = """\
# Greet

- [ ] Greet in `greet.py`, and declare what it needs in `requirements.txt`

```text:requirements.txt
basics
greetings
```

```python:greet.py
import greetings
```
"""


@pytest.fixture
def adding(make_repo: Callable[..., Path], make_wheel: Callable[[str, str], dict[str, str]], tmp_path: Path) -> tuple[Path, Any]:
    """A pip project whose plan adds a dependency, and the variables under which pip finds it."""
    (tmp_path / "plan.md").write_text(ADDING)
    repo = make_repo({"requirements.txt": "basics\n", **{name: text for name, text in PROJECT.items() if name != "Makefile"}})
    return repo, make_wheel("basics", "READY = True\n") | make_wheel("greetings", "HELLO = 'hello'\n")


def test_a_dependency_that_a_phase_adds_is_installed_only_when_a_person_says_so(
    adding: tuple[Path, Any], tmp_path: Path, run_autopack: Run, at_terminal: AtTerminal
) -> None:
    repo, env = adding

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "greet", "--json", cwd=repo, env=env)

    report = json.loads(done.stdout)
    assert (done.returncode, report["phases"][0]["state"], subjects(repo, "greet")) == (3, "blocked", []), done.stderr
    assert [(ask["kind"], ask["text"], ask["argv"]) for ask in report["approvals"]] == [("install", "python@.", ["greetings"])]

    code, screen = at_terminal("approve", cwd=repo, answers=("yes",), env=env)
    resumed = run_autopack("resume", "greet", cwd=repo, env=env)

    assert (code, "1. installing greetings" in screen, resumed.returncode) == (0, True, 0), screen + resumed.stderr
    assert len(subjects(repo, "greet")) == 1


def test_what_a_phase_may_add_is_asked_before_it_begins(
    adding: tuple[Path, Any], tmp_path: Path, at_terminal: AtTerminal
) -> None:
    repo, env = adding

    code, screen = at_terminal("run", tmp_path / "plan.md", "--run-id", "greet", cwd=repo, answers=("yes",), env=env)

    assert "1. installing what phase 'Greet" in screen
    assert (code, len(subjects(repo, "greet"))) == (0, 1), screen
