"""One try at one phase: its contract, what it changed, what was found, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, Protocol

from autopack.model.failure import Failure
from autopack.model.finding import Finding as Finding
from autopack.model.plan import Budget, Phase
from autopack.model.toolchain import Check, CheckOutcome, CheckState, Command, CommandResult, TestReport, Toolchain
from autopack.model.workspace import Workspace

MANIFEST_SCHEMA = "autopack.manifest/v1"
OUTCOME_SCHEMA = "autopack.outcome/v1"

PhaseState = Literal[
    "pending", "building", "scoped", "checked", "audited", "committed", "failed", "blocked", "waiting", "skipped",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A phase's contract: what the builder gets is what the audit checks.

    `scope_paths` are the files that may change, and folders with a trailing slash, whether they exist yet or not.
    """

    run_id: str
    phase_id: str
    base_tree: str
    scope_paths: tuple[str, ...]
    read_only: tuple[tuple[str, str], ...]
    checks: tuple[Check, ...]
    budget: Budget
    anchor_digest: str
    plan_digest: str
    schema: str = MANIFEST_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One path between two trees.  Modes are git's (`100644`, `100755`, `120000`, `160000`); absent = `000000`."""

    path: str
    status: Literal["added", "modified", "deleted"]
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The verdict on one check.

    `outcome` says more exactly than `state` how it ended (`None` in records of versions that did not know it), `reason` in
    words.  `excused` are ids of tests that failed before in the same way.
    """

    check: Check
    state: CheckState
    reason: str
    result: CommandResult
    report: TestReport | None = None
    failures: tuple[Failure, ...] = ()
    excused: tuple[str, ...] = ()
    outcome: CheckOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What guards and mitigations may look at.  `workspace` shows the frozen tree."""

    run_id: str
    phase: Phase
    number: int
    tree: str
    base_tree: str
    workspace: Workspace
    toolchains: tuple[Toolchain, ...]
    changes: tuple[FileChange, ...] = ()
    results: tuple[CheckResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A bounded piece of context for a prompt, with the files it came from."""

    title: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """Everything a builder may know about the job."""

    run_id: str
    phase: Phase
    manifest: Manifest
    prompt: str
    attempt: int
    seconds: float
    diagnosis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What the builder says.  `ok` false ends the attempt; `ok` true proves nothing."""

    ok: bool
    message: str = ""
    tokens: int = 0
    result: CommandResult | None = None


class Workbench(Protocol):
    """The builder's hands.  Every write is contained in the worktree; the verdict is on the frozen tree, not here."""

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        """The file's content in the worktree, `None` when absent."""
        ...

    def write_bytes(self, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
        """Create or replace a file; folders are made.  Raises `Refused` when the path leaves the worktree."""
        ...

    def delete(self, path: PurePosixPath) -> None:
        """Remove a file.  Raises `Refused` when there is none."""
        ...

    def run(self, command: Command, *, stdin: bytes, timeout_s: float) -> CommandResult:
        """Run a process in the worktree, contained like everything agent-written.

        The environment names `AUTOPACK_PROMPT`, a file that holds the prompt.
        """
        ...


class Builder(Protocol):
    """Changes the worktree so that the phase is done."""

    def build(self, request: BuildRequest, bench: Workbench) -> BuildResult:
        """Do the work.  Expected failures come back as `ok=False`; raising is a builder's fault and ends the attempt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt, as remembered."""

    number: int
    tree: str | None
    verdict: str
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0
    tokens: int = 0
    mitigations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a phase ended.  `proved_by` is empty unless it was committed."""

    phase_id: str
    title: str
    state: PhaseState
    reason: str = ""
    commit: str | None = None
    tree: str | None = None
    proved_by: str = ""
    attempts: tuple[AttemptRecord, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    changes: tuple[FileChange, ...] = ()
    schema: str = OUTCOME_SCHEMA
