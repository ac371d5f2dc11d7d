"""`autopack scope` through the installed program, on repositories of every kind."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autopack.model.tables import ScopeTable
from autopack.testing.fixtures import find_autopack, run_git, write_files
from autopack.testing.schemas import schema_of

Autopack = Callable[..., subprocess.CompletedProcess[str]]

FILES = {
    "src/pool.py": "class WorkerPool:\n    def open_pool(self, max_workers):\n        return max_workers\n",
    "src/http.py": "def fetch(url):\n    return url\n",
    "src/log.py": "def write_log(text):\n    return text\n",
    "tests/test_pool.py": "from src.pool import WorkerPool\n\ndef test_pool():\n    assert WorkerPool()\n",
    "uv.lock": "pool pool pool\n",
    ".github/workflows/pool.yml": "pool: worker\n",
}
TASK = "Limit the number of max workers in the pool"
POOL = ["src/pool.py", "tests/test_pool.py"]


@pytest.fixture
def ask(run_autopack: Autopack) -> Callable[..., dict[str, Any]]:
    """The answer of `autopack scope … --json`, which must end with 0 and fit its schema."""

    def ask(*args: str | Path, cwd: Path, **options: Any) -> dict[str, Any]:
        done = run_autopack("scope", *args, "--json", cwd=cwd, **options)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        jsonschema.validate(answer, schema_of(ScopeTable, "scope_v1", ""))
        return answer

    return ask


Ask = Callable[..., dict[str, Any]]


def test_a_sentence_gets_files_with_reasons_and_a_confidence(make_repo: Callable[..., Path], ask: Ask) -> None:
    assert ask(TASK, cwd=make_repo(FILES)) == {
        "scope_paths": POOL,
        "ranked": POOL,
        "read_only": [],
        "reasons": {
            "src/pool.py": ["its path says 'pool'", "holds 'max', 'pool', 'workers', most of it in lines 1 to 40"],
            "tests/test_pool.py": ["its path says 'pool'", "holds 'pool', 'workers', most of it in lines 1 to 40"],
        },
        "confidences": {"src/pool.py": 0.67, "tests/test_pool.py": 0.53},
    }


def test_a_person_sees_the_same_as_a_table(make_repo: Callable[..., Path], run_autopack: Autopack) -> None:
    top = make_repo(FILES)
    done = run_autopack("scope", TASK, cwd=top)
    assert (done.returncode, [line.split()[:2] for line in done.stdout.splitlines()]) == (
        0,
        [["sure", "path"], ["0.67", "src/pool.py"], ["0.53", "tests/test_pool.py"]],
    )
    nothing = run_autopack("scope", "zebra quagga", cwd=top)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "no file fits these words\n")


def test_a_file_may_be_a_sentence_a_message_or_a_plan(make_repo: Callable[..., Path], ask: Ask, tmp_path: Path) -> None:
    top = make_repo(FILES)
    (tmp_path / "message.txt").write_text(f"{TASK}\n\nSigned-off-by: Log Http <x@example.org>\n")
    assert ask("--plan", tmp_path / "message.txt", cwd=top)["scope_paths"] == POOL
    assert ask("--plan", "-", cwd=top, stdin=TASK)["scope_paths"] == POOL


def test_paths_that_a_plan_states_come_first(make_repo: Callable[..., Path], ask: Ask) -> None:
    plan = f"# Pool\n\n- [ ] {TASK}\n\nFiles:\n- Modify: `src/log.py`\n- Create: `src/limits.py`\n"
    answer = ask("--plan", "-", cwd=make_repo(FILES), stdin=plan)
    assert (answer["scope_paths"][:2], "src/pool.py" in answer["scope_paths"], answer["reasons"]["src/limits.py"]) == (
        ["src/limits.py", "src/log.py"],
        True,
        ["the task states it"],
    )


@pytest.mark.parametrize("text", ["", " \n", "\0\1\2", "{", "---\n", "# \n", "zebra"])
def test_what_says_nothing_gets_empty_lists(make_repo: Callable[..., Path], ask: Ask, text: str) -> None:
    assert ask("--plan", "-", cwd=make_repo(FILES), stdin=text)["scope_paths"] == []


def test_no_task_and_no_such_file_are_wrong_use(make_repo: Callable[..., Path], run_autopack: Autopack) -> None:
    top = make_repo(FILES)
    assert [run_autopack("scope", *args, cwd=top).returncode for args in ((), ("--plan", "absent.md"))] == [2, 2]


# -- repositories of every kind -----------------------------------------------------------------------------------------


def test_it_works_on_a_detached_checkout_without_refs(make_repo: Callable[..., Path], ask: Ask) -> None:
    top = make_repo(FILES)
    run_git(top, "checkout", "--quiet", "--detach")
    shutil.rmtree(top / ".git/refs")
    (top / ".git/refs").mkdir()
    (top / ".git/packed-refs").unlink(missing_ok=True)
    assert ask(TASK, cwd=top)["scope_paths"] == POOL


def test_it_works_on_a_shallow_clone(make_repo: Callable[..., Path], ask: Ask, tmp_path: Path) -> None:
    top = make_repo(FILES)
    (top / "src/pool.py").write_text(FILES["src/pool.py"] + "\n# more\n")
    run_git(top, "commit", "--quiet", "--all", "--message=Say more")
    run_git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{top}", "shallow")
    assert ask(TASK, cwd=tmp_path / "shallow")["scope_paths"] == POOL


def test_a_missing_blob_leaves_its_path(make_repo: Callable[..., Path], ask: Ask) -> None:
    top = make_repo(FILES)
    blob = run_git(top, "rev-parse", "HEAD:src/pool.py").strip()
    (top / ".git/objects" / blob[:2] / blob[2:]).unlink()
    answer = ask(TASK, cwd=top)
    assert (sorted(answer["scope_paths"]), answer["reasons"]["src/pool.py"]) == (POOL, ["its path says 'pool'"])


def test_missing_trees_of_the_past_leave_the_present(make_repo: Callable[..., Path], ask: Ask) -> None:
    top = make_repo(FILES)
    old = run_git(top, "rev-parse", "HEAD:src").strip()
    (top / "src/pool.py").write_text(FILES["src/pool.py"] + "\n# more\n")
    run_git(top, "commit", "--quiet", "--all", "--message=Say more")
    (top / ".git/objects" / old[:2] / old[2:]).unlink()
    assert ask(TASK, cwd=top)["scope_paths"] == POOL


def test_it_works_where_objects_are_another_repository_s(make_repo: Callable[..., Path], ask: Ask, tmp_path: Path) -> None:
    top = make_repo(FILES)
    run_git(tmp_path, "clone", "--quiet", "--shared", str(top), "shared")
    assert (tmp_path / "shared/.git/objects/info/alternates").is_file()
    assert ask(TASK, cwd=tmp_path / "shared")["scope_paths"] == POOL


def test_a_repository_without_a_commit_is_read_as_a_folder(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run_git(tmp_path / "empty", "init", "--quiet")
    assert ask(TASK, cwd=tmp_path / "empty")["scope_paths"] == []
    write_files(tmp_path / "empty", FILES)
    assert ask(TASK, cwd=tmp_path / "empty")["scope_paths"] == POOL


def test_it_works_without_git_and_from_a_folder_below(make_repo: Callable[..., Path], ask: Ask, tmp_path: Path) -> None:
    write_files(tmp_path / "plain", FILES)
    assert ask(TASK, cwd=tmp_path / "plain")["scope_paths"] == POOL
    assert ask(TASK, cwd=make_repo(FILES) / "src")["scope_paths"] == POOL


def test_it_works_on_a_bare_repository(make_repo: Callable[..., Path], ask: Ask, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "--quiet", "--bare", str(make_repo(FILES)), "bare.git")
    assert ask(TASK, "--repo", tmp_path / "bare.git", cwd=tmp_path)["scope_paths"] == POOL


# -- the same answer every time -----------------------------------------------------------------------------------------


def test_the_answer_depends_neither_on_the_hash_seed_nor_on_the_cache(
    make_repo: Callable[..., Path], run_autopack: Autopack
) -> None:
    top = make_repo(FILES)
    answers = {run_autopack("scope", TASK, "--json", cwd=top, env={"PYTHONHASHSEED": seed}).stdout for seed in "01"}
    assert len(answers) == 1


def test_processes_that_start_together_agree(make_repo: Callable[..., Path], autopack_env: dict[str, str]) -> None:
    top = make_repo(FILES)
    command = [find_autopack(), "scope", TASK, "--json"]
    started = [subprocess.Popen(command, cwd=top, env=autopack_env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = {(process.communicate()[0], process.returncode) for process in started}
    assert [(json.loads(text)["scope_paths"], code) for text, code in answers] == [(POOL, 0)]


def test_looking_changes_nothing_in_the_repository(make_repo: Callable[..., Path], ask: Ask) -> None:
    top = make_repo(FILES)
    before = {path: path.stat().st_mtime_ns for path in sorted(top.rglob("*")) if path.is_file()}
    ask(TASK, cwd=top)
    assert {path: path.stat().st_mtime_ns for path in sorted(top.rglob("*")) if path.is_file()} == before
