"""One executor per run id: a lock that dies with its process guards the take-over, a ref decides who may commit."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.errors import WrongUse


@contextlib.contextmanager
def hold_lock(path: Path, *, busy: str) -> Iterator[None]:
    """Hold an exclusive lock on a file that is never unlinked (unlinking it would give two holders).

    Raises `WrongUse` with the words of `busy` when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _try_lock(descriptor):
            raise WrongUse(busy, hint="wait for it, or look with `autopack status`")
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def wait_for_lock(path: Path) -> Iterator[None]:
    """Like `hold_lock`, but wait until it is free: for what takes turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    for _ in range(5):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.02)  # `is_locked` of another process holds it for a moment
    return False


def is_locked(path: Path) -> bool:
    """Whether a living process holds this lock now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def fence_ref(run_id: str) -> str:
    return f"refs/autopack/fence/{run_id}"


def take_fence(repo: git.Repository, run_id: str) -> tuple[int, str]:
    """Become the one executor whose commits count: the token's number (1 for the first) and its blob.

    A compare-and-swap: of several takers exactly one wins, and whoever held it before can no longer commit.
    """
    ref = fence_ref(run_id)
    old = git.resolve_ref(repo, ref)
    number = 1 + (int(git.read_blob(repo, old).split()[-1]) if old else 0)
    token = git.write_blob(repo, f"{run_id} {number}\n".encode())
    if not git.update_refs(repo, f"update {ref} {token} {old}" if old else f"create {ref} {token}"):
        raise WrongUse(f"run {run_id!r} was taken over by another process", hint="look with `autopack status`")
    fault_point("fence.taken")
    return number, token
