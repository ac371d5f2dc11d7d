"""The project's memory through the installed program: one process stores, another reads."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.schemas import check_document
from autopack.testing.fixtures import run_git

PLAN = "# Set B\n\nPlease.\n\n- [ ] Write `b.py`\n\n```python b.py\nB = 2\n```\n"
SECRET = "quite-a-long-secret-9f3"

Autopack = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repo(make_repo: Callable[..., Path]) -> Path:
    return make_repo({"a.py": "A = 1\n"})


@pytest.fixture
def recall(run_autopack: Autopack, repo: Path) -> Callable[..., list[dict[str, Any]]]:
    """What `memory show --json` prints."""

    def run(*args: str, cwd: Path = repo) -> list[dict[str, Any]]:
        done = run_autopack("memory", "show", *args, "--json", cwd=cwd)
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout)
        check_document("memory_v1", printed)
        plans: list[dict[str, Any]] = printed["plans"]
        return plans

    return run


Recall = Callable[..., list[dict[str, Any]]]


def test_a_run_is_remembered_and_the_same_plan_looked_at_again_only_counts(
    repo: Path, run_autopack: Autopack, recall: Recall
) -> None:
    check = ("--check", "python3 -m py_compile b.py")
    done = run_autopack("run", "-", "--run-id", "r1", *check, "--allow-weak-sandbox", cwd=repo, stdin=PLAN)
    assert done.returncode == 0, done.stderr
    again = run_autopack("run", "-", "--run-id", "r2", *check, "--allow-weak-sandbox", cwd=repo, stdin=PLAN)
    assert again.returncode == 0, again.stderr

    [row] = recall()
    [whole] = recall(row["id"], "--raw")

    assert row == {**whole, "decisions": None, "plan": None, "text": None}
    assert (whole["text"], whole["size_bytes"]) == (PLAN, len(PLAN))
    assert whole["text_digest"] == hashlib.sha256(PLAN.encode()).hexdigest()
    assert whole["plan"] == json.loads((repo / ".git" / "autopack" / "runs" / "r1" / "plan_v1.json").read_text())
    assert (whole["name"], whole["title"], whole["status"], whole["phases"]) == ("stdin", "Set B", "ready", 1)
    assert whole["times_seen"] == 2
    answered = [row for row in whole["decisions"] if row["origin"] == "answered"]
    assert [(row["field"], row["value"], row["confidence"]) for row in answered] == [
        ("/phases/0/validation/0", "python3 -m py_compile b.py", 1.0)
    ]


def test_a_plan_that_was_only_looked_at_is_remembered_with_its_open_questions(
    repo: Path, run_autopack: Autopack, recall: Recall
) -> None:
    plan = "# Faster\n\n- [ ] Make `a.py` faster\n"
    done = run_autopack("plan", "-", "--json", cwd=repo, stdin=plan)

    [row] = recall()
    [whole] = recall(row["id"])

    shown = json.loads(done.stdout)
    assert (whole["plan"], whole["status"], whole["text"]) == (shown, shown["status"], None)
    questions = [(row["field"], row["value"]) for row in whole["decisions"] if row["rule"].startswith("question:")]
    assert questions == [(row["field"], row["question"]) for row in shown["open_questions"]]


def test_the_list_shows_the_plan_that_was_seen_last_first_and_an_id_shows_its_decisions(
    repo: Path, run_autopack: Autopack
) -> None:
    for word in ("One", "Two", "Three"):
        run_autopack("plan", "-", cwd=repo, stdin=f"# {word}\n\n- [ ] Write `{word}.py`\n")

    heading, *rows = run_autopack("memory", "show", "--last", "2", cwd=repo).stdout.splitlines()
    [plan_id, *_] = rows[0].split()
    decisions = run_autopack("memory", "show", plan_id, cwd=repo).stdout
    raw = run_autopack("memory", "show", plan_id[:6], "--raw", cwd=repo).stdout

    assert heading.split() == ["id", "when", "status", "phases", "sure", "seen", "plan"]
    assert [row.rpartition("  ")[2] for row in rows] == ["stdin: Three", "stdin: Two"]
    assert decisions.splitlines()[1].split() == ["field", "origin", "sure", "lines", "rule", "value"]
    assert any(line.startswith("/phases/0/title ") for line in decisions.splitlines())
    assert raw == "# Three\n\n- [ ] Write `Three.py`\n"


def test_a_long_text_is_cut_at_a_line_and_keeps_the_digest_and_size_of_the_whole(
    repo: Path, run_autopack: Autopack, recall: Recall
) -> None:
    line = "é" * 50 + "\n"
    plan = "# Long\n\n- [ ] Write `b.py`\n\n" + line * 1000
    run_autopack("plan", "-", cwd=repo, stdin=plan)

    [row] = recall()
    [whole] = recall(row["id"], "--raw")
    raw = run_autopack("memory", "show", row["id"], "--raw", cwd=repo)

    kept = whole["text"].encode()
    assert plan.encode().startswith(kept)
    assert kept.endswith(b"\n")
    assert 64 * 1024 - len(line.encode()) < len(kept) <= 64 * 1024
    assert (whole["size_bytes"], whole["text_digest"]) == (len(plan.encode()), hashlib.sha256(plan.encode()).hexdigest())
    assert raw.stderr == f"only the beginning is stored: the text has {len(plan.encode())} bytes\n"


def test_a_secret_of_the_environment_is_not_in_the_memory(
    repo: Path, tmp_path: Path, run_autopack: Autopack, recall: Recall
) -> None:
    plan = f"# Log in with {SECRET}\n\n- [ ] Write `b.py` that logs in with {SECRET}\n"
    run_autopack("plan", "-", cwd=repo, stdin=plan, env={"DEPLOY_TOKEN": SECRET})

    [row] = recall()

    assert row["title"] == "Log in with ***"
    assert recall(row["id"], "--raw")[0]["text"] == plan.replace(SECRET, "***")
    [database] = (tmp_path / "state").rglob("project.db")
    assert SECRET.encode() not in database.read_bytes()


def test_the_memory_can_be_off(repo: Path, tmp_path: Path, run_autopack: Autopack) -> None:
    run_autopack("plan", "-", cwd=repo, stdin=PLAN, env={"AUTOPACK_MEMORY": "off"})

    assert not (tmp_path / "state").exists()


def test_outside_a_repository_a_plan_is_shown_and_not_remembered(tmp_path: Path, run_autopack: Autopack) -> None:
    (tmp_path / "plain").mkdir()
    done = run_autopack("plan", "-", "--json", cwd=tmp_path / "plain", stdin=PLAN)
    shown = run_autopack("memory", "show", cwd=tmp_path / "plain")

    assert json.loads(done.stdout)["title"] == "Set B"
    assert (done.stderr, (tmp_path / "state").exists()) == ("", False)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.splitlines()[0].endswith("is not in a git repository with a commit")


def test_a_memory_that_cannot_be_written_is_a_warning_and_nothing_else(
    repo: Path, tmp_path: Path, run_autopack: Autopack
) -> None:
    fine = run_autopack("plan", "-", cwd=repo, stdin=PLAN)
    (tmp_path / "file").touch()
    env = {"AUTOPACK_STATE_DIR": str(tmp_path / "file" / "state")}

    poor = run_autopack("plan", "-", cwd=repo, stdin=PLAN, env=env)

    assert (poor.returncode, poor.stdout) == (fine.returncode, fine.stdout)
    [warning] = poor.stderr.splitlines()
    assert "memory.unusable" in warning


def test_a_run_goes_on_without_a_memory(repo: Path, tmp_path: Path, run_autopack: Autopack) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "projects").touch()
    args = ("--check", "python3 -m py_compile b.py", "--allow-weak-sandbox")

    done = run_autopack("run", "-", *args, cwd=repo, stdin=PLAN)

    assert done.returncode == 0, done.stderr
    assert "memory.unusable" in done.stderr


def test_an_id_that_names_no_plan_or_several_is_met_with_those_that_are_known(repo: Path, run_autopack: Autopack) -> None:
    nothing = run_autopack("memory", "show", "c0ffee", cwd=repo)
    run_autopack("plan", "-", cwd=repo, stdin=PLAN)
    other = run_autopack("memory", "show", "../..", cwd=repo)

    assert (nothing.returncode, nothing.stdout, other.returncode, other.stdout) == (2, "", 2, "")
    assert nothing.stderr == "error: there is no stored plan 'c0ffee'\nhint: none is stored yet: `autopack plan FILE`\n"
    assert other.stderr.startswith("error: there is no stored plan '../..'\nhint: known: ")


def test_a_repository_cannot_name_itself_into_the_memory_of_another_project(
    repo: Path, make_repo: Callable[..., Path], run_autopack: Autopack, recall: Recall
) -> None:
    run_git(repo, "remote", "add", "origin", "https://example.org/ada/bank.git")
    run_autopack("plan", "-", cwd=repo, stdin=PLAN)
    thief = make_repo({".autopack/config.yaml": "project: example.org-ada-bank\n"}, name="thief")

    assert len(recall()) == 1
    assert recall(cwd=thief) == []


def test_two_clones_of_one_remote_share_a_memory(
    repo: Path, make_repo: Callable[..., Path], run_autopack: Autopack, recall: Recall
) -> None:
    clone = make_repo({"a.py": "A = 1\n"}, name="clone")
    for top in (repo, clone):
        run_git(top, "remote", "add", "origin", "https://example.org/ada/bank.git")
    run_autopack("plan", "-", cwd=repo, stdin=PLAN)

    assert recall(cwd=clone) == recall()
