"""Kill a run at every write site; `resume` must end with the commits of an undisturbed run, each exactly once."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from autopack.effects.faults import FAULT_POINTS
from autopack.testing.fixtures import find_autopack, run_git

PROJECT = {
    "calc/__init__.py": "",
    "calc/ops.py": "def add(a, b):\n    return a + b\n",
    "tests/__init__.py": "",
    "tests/test_ops.py": (
        "import unittest\n\nfrom calc.ops import add\n\n\nclass OpsTest(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
    ),
}
PLAN = """\
# Two more operations

## Phase 1: Subtract

- [ ] Add subtraction in `calc/sub.py`

```python:calc/sub.py
def sub(a, b):
    return a - b
```

## Phase 2: Multiply

- [ ] Add multiplication in `calc/mul.py`

```python:calc/mul.py
def mul(a, b):
    return a * b
```
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A repository to copy, and the commit ids that a run on it makes when nothing happens."""
    from autopack.testing.fixtures import write_files

    top = tmp_path_factory.mktemp("undisturbed")
    source = top / "source"
    write_files(source, PROJECT)
    run_git(source, "init", "--quiet", "--initial-branch=main")
    run_git(source, "add", "--all")
    run_git(source, "commit", "--quiet", "--message=Base")
    (top / "plan.md").write_text(PLAN)
    repo = top / "repo"
    shutil.copytree(source, repo, symlinks=True)
    done = _autopack(top, repo, "run", "../plan.md", "--run-id", "crash")
    assert done.returncode == 0, done.stderr
    return top, _commits(repo)


def _autopack(top: Path, repo: Path, *args: str, fault: str = "") -> subprocess.CompletedProcess[str]:
    import os

    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(top / "home"),
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "AUTOPACK_STATE_DIR": str(repo.parent / f"{repo.name}-state"),
        "AUTOPACK_CACHE_DIR": str(repo.parent / f"{repo.name}-cache"),
        "SOURCE_DATE_EPOCH": "1767225600",
        "AUTOPACK_FAULT": fault,
    }
    (top / "home").mkdir(exist_ok=True)
    return subprocess.run([find_autopack(), *args], cwd=repo, env=env, capture_output=True, text=True, timeout=120, check=False)


def _commits(repo: Path) -> list[str]:
    return run_git(repo, "rev-list", "main..autopack/crash").splitlines()


# Approvals are given on a terminal only: `test_approvals.py` kills there.
UNATTENDED = [point for point in FAULT_POINTS if not point.startswith("approval.")]


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", UNATTENDED)
def test_a_kill_at_any_write_site_loses_nothing_and_repeats_nothing(
    undisturbed: tuple[Path, list[str]], tmp_path: Path, point: str, nth: int
) -> None:
    top, expected = undisturbed
    repo = tmp_path / "repo"
    shutil.copytree(top / "source", repo, symlinks=True)
    plan = tmp_path / "plan.md"
    plan.write_text(PLAN)
    killed = _autopack(tmp_path, repo, "run", str(plan), "--run-id", "crash", fault=f"{point}:{nth}")
    if nth == 1:
        assert killed.returncode == -signal.SIGKILL, f"{point} was never reached: {killed.stderr}"

    resumed = _autopack(tmp_path, repo, "resume", "crash", "--json")

    assert resumed.returncode == 0, resumed.stderr
    assert _commits(repo) == expected
    report = json.loads(resumed.stdout)
    assert [phase["state"] for phase in report["phases"]] == ["committed", "committed"]
    assert [phase["commit"] for phase in report["phases"]] == list(reversed(expected))
    assert run_git(repo, "status", "--porcelain") == ""
    assert len(run_git(repo, "worktree", "list").splitlines()) == 1


def test_a_kill_during_resume_is_resumed_too(undisturbed: tuple[Path, list[str]], tmp_path: Path) -> None:
    top, expected = undisturbed
    repo = tmp_path / "repo"
    shutil.copytree(top / "source", repo, symlinks=True)
    plan = tmp_path / "plan.md"
    plan.write_text(PLAN)
    _autopack(tmp_path, repo, "run", str(plan), "--run-id", "crash", fault="commit.intended:1")
    for fault in ("commit.written:1", "commit.published:1", "journal.torn:3", "fence.taken:1"):
        again = _autopack(tmp_path, repo, "resume", "crash", fault=fault)
        assert again.returncode == -signal.SIGKILL, again.stderr

    assert _autopack(tmp_path, repo, "resume", "crash").returncode == 0
    assert _commits(repo) == expected
