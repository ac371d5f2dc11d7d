"""The state of one run while it is executed: what is pinned, what is open, where its folders are."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from pathlib import Path

from autopack.decide.masking import NO_MASK, Mask
from autopack.decide.names import digest_text
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.journal import Journal
from autopack.effects.mounts import OUT_OF_SIGHT, Surroundings
from autopack.effects.paths import make_marked_folder, remove_marked_folder
from autopack.effects.sandbox import Access, Places, run_contained
from autopack.effects.snapshot import Memory
from autopack.effects.store import Record
from autopack.effects.tools import describe_tool, is_script, locate
from autopack.model.attempt import CheckResult, Outcome
from autopack.model.intent import Intent
from autopack.model.plan import Plan
from autopack.model.run import RunRequest
from autopack.model.toolchain import Command, CommandResult, Toolchain
from autopack.stages.setup import Context

_PROBE_TIMEOUT_S = 10.0


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
    surroundings: Surroundings
    included: tuple[str, ...] = ()
    mask: Mask = NO_MASK
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    results: dict[tuple[str, str], CheckResult] = field(default_factory=dict)
    ready: dict[str, CheckResult | None] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
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

    def places(self, env_name: str = "none", cache: Path | None = None) -> Places:
        """Folders for one command; HOME and the results folder are new ones each time: nothing waits there for the next."""
        number = str(next(self.counter))
        return Places(
            home=self.folder / "homes" / number,
            env=self.environment_folder(env_name) / "root",
            cache=cache or self.folder / "cache",
            results=self.folder / "results" / number,
        )

    def start(
        self,
        command: Command,
        *,
        root: Path,
        access: Access,
        places: Places,
        variables: tuple[tuple[str, str], ...] = (),
        stdin: bytes = b"",
        timeout_s: float,
    ) -> CommandResult:
        """Run one contained command of this run; whatever a run starts, it starts here.

        A program that would be another one inside than outside counts as missing: what it did would prove nothing.
        """
        problem = self._compare_tool(command.argv[0])
        if problem:
            return CommandResult(argv=command.argv, exit_code=127, missing=command.argv[0], stderr=problem)
        result = run_contained(
            command,
            backend=self.context.backend,
            surroundings=self.surroundings,
            access=access,
            root=root,
            places=places,
            environ=self.context.environ,
            variables=variables,
            passed=self.context.config.env_pass,
            stdin=stdin,
            timeout_s=timeout_s,
            on_output=self.context.progress.alive,
        )
        # Before anything is cut: half a secret is not recognised.
        masked: CommandResult = self.mask.value(result)
        return masked

    def _compare_tool(self, name: str) -> str:
        """How a program of the user's own folders differs inside the sandbox, once per run; empty when it does not.

        Measured without this: `python3` silently became another version, because its shim was out of sight.
        """
        path = self.context.environ.get("PATH", os.defpath)
        found = locate(name, path) if "/" not in name else None
        hidden = (*OUT_OF_SIGHT, *self.surroundings.hidden)
        mine = found and any(place.is_relative_to(folder) for place in found for folder in hidden)
        if not found or not mine or not self.context.backend.layers:
            return ""
        if found[1].name.startswith(name) and not is_script(found[1]):
            return ""  # the very file, at the same place; shims are scripts, and proxies have another name
        if name not in self.tools:
            # What it is outside is asked where it can see everything and change nothing: it may be a script of the user's that
            # does its work whatever its arguments.
            home = ("HOME", str(self.context.environ.get("HOME") or Path.home()))
            # Where its parts stand may be told by a variable, and inside it gets the same one: RUSTUP_HOME for cargo.
            names = [key for key, _ in self.surroundings.variables]
            told = tuple((key, self.context.environ[key]) for key in names if key in self.context.environ)
            outside = self._describe(found[0], Surroundings(readable=hidden), env=(home, *told))
            inside = self._describe(found[0], self.surroundings)
            said = [" ".join(result.output.split())[:200] for result in (outside, inside)]
            same = said[0] == said[1] and outside.timed_out == inside.timed_out
            self.tools[name] = "" if same else f"{name} is {said[1]!r} inside the sandbox and {said[0]!r} outside"
        return self.tools[name]

    def _describe(self, program: Path, surroundings: Surroundings, env: tuple[tuple[str, str], ...] = ()) -> CommandResult:
        return run_contained(
            Command(argv=describe_tool(program), env=env),
            backend=self.context.backend,
            surroundings=surroundings,
            access=Access(network="none"),
            root=make_marked_folder(self.folder / "probe"),
            places=self.places(),
            environ=self.context.environ,
            timeout_s=_PROBE_TIMEOUT_S,
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
