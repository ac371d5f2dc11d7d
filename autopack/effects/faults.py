"""Named points where a test may kill the process: one at every write site of a run."""

from __future__ import annotations

import os
import signal

VARIABLE = "AUTOPACK_FAULT"

# Name → what has just been written when the process dies there.
FAULT_POINTS = {
    "record.staged": "the run's record stands complete, beside its final place",
    "record.published": "the record stands in its place",
    "exclude.written": "the line in .git/info/exclude",
    "journal.torn": "half of a journal line",
    "journal.appended": "a journal line, before it is synced",
    "memory.stored": "the plan in the project's memory",
    "fence.taken": "the fence ref names this executor",
    "branch.created": "the run's branch stands at the base commit",
    "worktree.created": "a worktree of the run",
    "environment.ready": "a private environment is installed",
    "attempt.stored": "manifest and prompt of an attempt",
    "snapshot.stored": "refs, configuration and hooks as they stand before a builder works",
    "snapshot.judged": "what a builder moved in the repository is noted, the next of it is not put back yet",
    "build.finished": "the builder has ended, nothing is frozen yet",
    "tree.frozen": "the attempt's tree is pinned under its ref",
    "check.stored": "the output of a check",
    "commit.intended": "the commit is announced in the journal",
    "commit.written": "the commit object, no ref names it yet",
    "commit.published": "the branch names the commit, the journal does not know yet",
    "outcome.stored": "a phase's outcome",
    "intent.folded": "the project's intent",
    "report.written": "the first of the report files",
    "approval.granted": "a person's yes to one ask",
    "approval.used": "a grant is spent on a phase, the journal does not know yet",
    "worktree.removed": "a worktree is gone",
}

_seen: dict[str, int] = {}


def fault_point(name: str) -> None:
    """Die here by SIGKILL if `AUTOPACK_FAULT` names this point (`name` or `name:nth`); else nothing."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    point, _, nth = wanted.partition(":")
    if point != name:
        return
    _seen[name] = _seen.get(name, 0) + 1
    if _seen[name] == int(nth or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
