"""Commands and what came of them; a toolchain is data that a plugin detected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from autopack.model.draft import CommandKind

# Lock files of large projects are beyond what else is read of a repository; one that is not read would count as unchanged.
MANIFEST_BYTES = 50_000_000
HERE = PurePosixPath(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An argv, never a shell string.

    `cwd` is relative to the workspace root.  In `argv` and in the values of `env` these placeholders are filled by the host:
    `{env}` the private environment folder of this run and toolchain, `{cache}` the private cache folder, `{results}` an
    empty folder whose files come back in `CommandResult.files`, `{path}` the PATH before this command.
    """

    argv: tuple[str, ...]
    cwd: PurePosixPath = HERE
    env: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolchain:
    """One language at one root, and the commands that prepare, build and prove it.

    `name` is the language, `package_manager` the program that installs.  `prepare` makes the private environment folder,
    `install` brings what the project declares into it; both run once per state of the `manifests` (files relative to the
    workspace root).  `env` is set for every command of this toolchain and for checks that the plan states.
    `evidence` names the files (or `file:line`) a person can look at.  `scratch` are folders, relative to `root`, that the
    tools write; `installed` are those of them that an install fills and everything later only reads: they stand outside the
    worktree and outlive a tree.  Empty `test` means: no test command was found, never "tests pass".
    `tool_roots` are folders of the user's HOME (`~/…`) that its programs live in; `dependencies` is all that the manifests say
    of what an install brings, from where, and by which code, sorted (empty: not known); `test_markers` are regular expressions
    for what takes a test out of the count: skipped, expected to fail, ignored, focused, or a hook that changes what is
    collected.  `results` are globs relative to `root` (`target/surefire-reports/*.xml`, `**` for any folders): of the files that
    match, those that a command wrote come back in its `CommandResult.files`, for tools that cannot be told to write to
    `{results}`.
    """

    name: str
    package_manager: str
    root: PurePosixPath
    confidence: float
    evidence: tuple[str, ...]
    prepare: tuple[Command, ...] = ()
    install: tuple[Command, ...] = ()
    build: tuple[Command, ...] = ()
    test: tuple[Command, ...] = ()
    smoke: tuple[Command, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    manifests: tuple[PurePosixPath, ...] = ()
    scratch: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()
    tool_roots: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    test_markers: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name and root: unique within a repository."""
        return f"{self.name}@{self.root}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A command that a project's own files name: a target of a task runner (`runner`), or a step of its workflows (`ci`).

    `command` is how a person starts it (`make test`, or the step itself).  `steps` is all that it then runs, as shell text with
    variables filled in, what it depends on first: the host judges them before anything is taken.  `inner` is the one program
    that it starts, where it does nothing else and needs no shell.  `source` is `file:line`.  `refused` says why it proves nothing
    or must not be run; such a task is only shown.
    """

    kind: CommandKind
    rung: Literal["runner", "ci"]
    command: Command
    steps: tuple[str, ...]
    source: str
    inner: Command | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a finished process left behind.

    `exit_code` is negative for a signal, 127 when the program was not found (`missing` is then its name).
    `stdout` and `stderr` are UTF-8 with replacement, head and tail kept when over the cap (`truncated`).
    `files` holds what the command wrote into its `{results}` folder, and what it wrote where its toolchain's `results` look,
    by its path from the workspace root: name and text, capped.  `cwd` is the absolute folder it ran in, empty in records.
    `sandbox` names what contained it, `network` what it could reach.
    """

    argv: tuple[str, ...]
    exit_code: int
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    timed_out: bool = False
    truncated: bool = False
    missing: str | None = None
    cwd: str = ""
    files: tuple[tuple[str, str], ...] = ()
    sandbox: str = ""
    network: str = ""

    @property
    def output(self) -> str:
        """Both streams, stdout first."""
        return self.stdout + ("\n" if self.stdout and self.stderr else "") + self.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTest:
    """A failed test: its id, and the line that says why (empty when the runner gave none)."""

    id: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestReport:
    """What a test runner says it did.  `ran` counts executed tests, also those whose ids the output does not name."""

    __test__ = False  # pytest would collect the name

    runner: str
    ran: int
    passed: tuple[str, ...] = ()
    failed: tuple[FailedTest, ...] = ()
    skipped: tuple[str, ...] = ()


CheckState = Literal["passed", "failed", "unknown"]
# `excused` is passed: it failed before in the same way.  The last five are not known: a test command that executed none, an
# output whose count cannot be read, no environment, a check that was not started, a program that is not there.
CheckOutcome = Literal[
    "passed", "excused", "failed", "timed_out", "nothing_run", "not_counted", "not_ready", "not_run", "missing",
]  # fmt: skip
CheckOrigin = Literal["stated", "derived"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A command that proves a phase.  `stated` checks (plan or option) must be green; `derived` ones may lean on the baseline."""

    id: str
    command: Command
    kind: CommandKind
    origin: CheckOrigin
    toolchain: str | None = None
    timeout_s: float = 600.0
    line: int | None = None
