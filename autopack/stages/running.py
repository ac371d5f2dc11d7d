"""The state of one run while it is executed: what is pinned, what is open, where its folders are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path

from autopack.decide.names import digest_text, make_safe_id
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.journal import Journal
from autopack.effects.paths import make_marked_folder, remove_marked_folder
from autopack.effects.sandbox import Places
from autopack.effects.store import Record
from autopack.model.attempt import CheckResult, Outcome
from autopack.model.intent import Intent
from autopack.model.plan import Plan
from autopack.model.run import RunRequest
from autopack.model.toolchain import Toolchain
from autopack.stages.setup import Context


@dataclass(slots=True, kw_only=True)
class Running:
    """Mutable on purpose: `head` moves with each commit, `outcomes` and `results` fill up."""

    context: Context
    repo: git.Repository
    record: Record
    request: RunRequest
    plan: Plan
    intent: Intent
    toolchains: tuple[Toolchain, ...]
    journal: Journal
    fence_number: int
    fence_token: str
    head: str
    folder: Path
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    results: dict[tuple[str, str], CheckResult] = field(default_factory=dict)
    ready: dict[str, CheckResult | None] = field(default_factory=dict)
    counter: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def branch_ref(self) -> str:
        return branch_ref(self.request.run_id)

    @property
    def work(self) -> Path:
        """The builder's worktree."""
        return self.folder / "work"

    @property
    def check(self) -> Path:
        """The checkout that checks run in: always exactly one frozen tree."""
        return self.folder / "check"

    def index(self, worktree: Path) -> Path:
        return self.folder / f"{worktree.name}.index"

    def environment_folder(self, env_name: str) -> Path:
        """The marked folder around an environment; the environment itself is below, since some tools want to make it."""
        return self.folder / "env" / env_name

    def places(self, env_name: str = "none", toolchain_key: str = "none") -> Places:
        """Folders for one command; the results folder is a new one each time."""
        cache = self.context.cache_root / "projects" / self.request.project_id / make_safe_id(toolchain_key)
        return Places(
            home=self.folder / "home",
            env=self.environment_folder(env_name) / "root",
            cache=cache,
            results=self.folder / "results" / str(next(self.counter)),
        )


def branch_ref(run_id: str) -> str:
    return f"refs/heads/autopack/{run_id}"


def run_folder(context: Context, repo: git.Repository, run_id: str) -> Path:
    """The disposable folder of a run, in this user's state: named by the repository too, since ids repeat between them."""
    return context.state_root / "worktrees" / f"{digest_text(str(repo.common_dir), 8)}-{run_id}"


def open_worktrees(context: Context, repo: git.Repository, run_id: str, number: int, commit: str) -> Path:
    """Fresh worktrees for this executor.

    Those of an earlier one are thrown away, never used again: a builder that outlived its executor may still write there.
    """
    top = run_folder(context, repo, run_id)
    make_marked_folder(top)
    close_worktrees(context, repo, run_id)
    folder = make_marked_folder(make_marked_folder(top) / str(number))
    for name in ("work", "check"):
        git.add_worktree(repo, folder / name, commit)
        fault_point("worktree.created")
    return folder


def close_worktrees(context: Context, repo: git.Repository, run_id: str) -> bool:
    """Remove every folder of a run that its markers prove to be ours; whether all are gone."""
    top = run_folder(context, repo, run_id)
    for folder in sorted(top.glob("*/")) if top.is_dir() else ():
        for name in ("work", "check"):
            # Also when the folder is gone already: its entry in the repository is not.
            git.remove_worktree(repo, folder / name)
            fault_point("worktree.removed")
        remove_marked_folder(folder)
    return remove_marked_folder(top)
