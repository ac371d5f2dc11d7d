"""One executor per run: held while it lives, free when it died, and a zombie's word no longer counts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autopack.effects import git
from autopack.effects.locks import fence_ref, hold_lock, is_locked, take_fence
from autopack.errors import WrongUse
from autopack.testing.fixtures import run_git

HOLDER = (
    "import sys; from pathlib import Path; from autopack.effects.locks import hold_lock\n"
    "with hold_lock(Path(sys.argv[1]), busy='busy'):\n"
    "    print('held', flush=True); sys.stdin.read()"
)
TAKER = (
    "import sys; from pathlib import Path; from autopack.effects import git; from autopack.effects.locks import take_fence\n"
    "from autopack.errors import WrongUse\n"
    "repo = git.require_repository(Path(sys.argv[1]))\n"
    "for line in sys.stdin:\n"
    "    try: print(take_fence(repo, 'r1')[0], flush=True)\n"
    "    except WrongUse: print('lost', flush=True)"
)


@contextmanager
def holder_of(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "r1.lock"
    with holder_of(path):
        assert is_locked(path)
        with pytest.raises(WrongUse, match="r1 is busy"), hold_lock(path, busy="r1 is busy"):
            pass


def test_a_lock_is_free_the_moment_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "r1.lock"
    with holder_of(path) as holder:
        holder.kill()
        holder.wait()
        assert not is_locked(path)
        with hold_lock(path, busy="busy"):
            assert is_locked(path)
    assert (is_locked(path), path.is_file()) == (False, True)


def test_a_child_of_the_holder_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "r1.lock"
    with hold_lock(path, busy="busy"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert not is_locked(path)
    finally:
        child.kill()
        child.wait()


def test_a_lock_that_nobody_made_is_not_held(tmp_path: Path) -> None:
    assert not is_locked(tmp_path / "missing")


# -- the fence --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sha1", "sha256"])
def repo(request: pytest.FixtureRequest, tmp_path: Path) -> git.Repository:
    run_git(tmp_path, "init", "--quiet", f"--object-format={request.param}", "repo")
    run_git(tmp_path / "repo", "commit", "--quiet", "--allow-empty", "--message=Base")
    return git.require_repository(tmp_path / "repo")


def test_each_taker_gets_the_next_number(repo: git.Repository) -> None:
    assert [take_fence(repo, "r1")[0], take_fence(repo, "r1")[0], take_fence(repo, "r2")[0]] == [1, 2, 1]


def test_a_zombie_cannot_commit_after_a_take_over(repo: git.Repository) -> None:
    head = git.resolve(repo, "HEAD")
    _, old = take_fence(repo, "r1")
    assert git.update_refs(repo, f"verify {fence_ref('r1')} {old}", f"create refs/heads/a {head}")
    _, new = take_fence(repo, "r1")
    assert not git.update_refs(repo, f"verify {fence_ref('r1')} {old}", f"create refs/heads/b {head}")
    assert git.resolve_ref(repo, "refs/heads/b") is None
    assert git.update_refs(repo, f"verify {fence_ref('r1')} {new}", f"create refs/heads/b {head}")


def test_of_eight_racing_processes_each_number_goes_to_one(make_repo: Callable[..., Path]) -> None:
    top = make_repo({"a": "a"})
    command = [sys.executable, "-c", TAKER, str(top)]
    env = {"PATH": os.environ["PATH"]}
    takers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) for _ in range(8)]
    numbers: list[int] = []
    try:
        for _ in range(3):
            for taker in takers:
                assert taker.stdin
                taker.stdin.write("go\n")
                taker.stdin.flush()
            answers = [taker.stdout.readline().strip() for taker in takers if taker.stdout]
            won = sorted(int(answer) for answer in answers if answer != "lost")
            assert len(answers) == 8
            assert won
            numbers += won
    finally:
        for taker in takers:
            taker.kill()
            taker.communicate()
    # Whoever comes after a winner may win the next number; no number is given twice and none is left out.
    assert numbers == list(range(1, len(numbers) + 1))
    assert git.read_blob(git.require_repository(top), run_git(top, "rev-parse", fence_ref("r1"))) == b"r1 %d\n" % numbers[-1]
