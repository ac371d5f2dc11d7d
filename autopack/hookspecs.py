"""Every question the host asks plugins.

A plugin is a module (or object) named by an entry point of the group `autopack`; it answers a question by defining a function
of the same name, marked with `autopack.hookimpl`, that takes any subset of the arguments.  Plugins answer with data; the host
checks, ranks and acts.  What happens when one raises depends on the kind of question:

* *advice*: the answer is left out, the fault is reported, the run goes on;
* *guard*: the thing it guards is blocked, because "no objection" was not said;
* *event*: the fault is logged.

What stands here is a promise.  Arguments are only ever added, and a plugin takes the ones it wants by name, so it need not
change.  A hook or an argument is removed only after a minor version in which it stands in `DEPRECATED`: using it is then noted by
`autopack plugins check` and in the plugin's record, and still works.  A plugin says which versions it fits by depending on
them, for instance `autopack>=0.1,<1`; any other version leaves it out and names the reason.
"""

# mypy: disable-error-code="empty-body"
from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pluggy

from autopack.model.attempt import Attempt, CheckResult, FileChange, Finding, Fragment
from autopack.model.draft import Claim, Draft
from autopack.model.event import Event
from autopack.model.failure import Failure, Mitigation, Pattern
from autopack.model.intent import Intent
from autopack.model.plan import Plan, Question
from autopack.model.policy import PolicyRule
from autopack.model.specs import Answer, BuilderSpec, EmbedderSpec, LauncherSpec
from autopack.model.toolchain import Command, CommandResult, Task, TestReport, Toolchain
from autopack.model.workspace import Workspace

hookspec = pluggy.HookspecMarker("autopack")

Kind = Literal["advice", "guard", "event"]
Round = Literal["items", "details", "checks"]
Target = Literal["manifest", "builder", "audit", "diagnosis", "replan"]

KINDS: dict[str, Kind] = {
    "detect_toolchain": "advice",
    "find_tasks": "advice",
    "read_result": "advice",
    "narrow_tests": "advice",
    "normalize_plan": "advice",
    "answer_question": "advice",
    "review_plan": "guard",
    "inject_intent": "advice",
    "builders": "advice",
    "launchers": "advice",
    "embedders": "advice",
    "audit_phase": "guard",
    "policy_rules": "guard",
    "failure_patterns": "advice",
    "mitigate_failure": "advice",
    "observe": "event",
}

# `hook` or `hook.argument` → what to use instead.
DEPRECATED: dict[str, str] = {}


@hookspec
def detect_toolchain(workspace: Workspace) -> Sequence[Toolchain]:
    """Say which toolchains of your language stand in the workspace; asked once per tree.

    The host keeps confidence ≥ 0.3 and sorts by (-confidence, root, name).  Read manifests only; run nothing.
    """


@hookspec
def find_tasks(workspace: Workspace) -> Sequence[Task]:
    """Say which commands the project's own files name for testing, building and linting: task runners, workflows.

    Asked once per tree.  A task belongs to the toolchain whose root it runs in.  The first safe `test` of a runner (or a step of
    a workflow that uses the toolchain's own programs) becomes the missing test command, or gives the toolchain's own one more
    words; all others are shown as alternatives.  Give nothing that the files do not say.
    """


@hookspec
def read_result(toolchain: Toolchain | None, result: CommandResult) -> TestReport | None:
    """Read what a test command printed or wrote; `None` when the output is not of a runner you know.

    Asked after every check.  Without any answer the count of tests is unknown, and unknown is never passed.
    """


@hookspec
def narrow_tests(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """Offer a cheaper test command that covers these changed paths; `None` when only the full one does.

    Not asked in this version.
    """


@hookspec
def normalize_plan(draft: Draft, workspace: Workspace, toolchains: Sequence[Toolchain], round: Round) -> Sequence[Claim]:
    """Claim what the plan text says.

    Round `items`: title, goal, phases and items.  Round `details`: paths, scope lists, commands, payloads, edges, texts.
    Round `checks`: checks for what has none.  Earlier rounds' verified claims stand in `draft.known`.  A claim belongs to
    whatever item or phase owns its lines.  A `stated` value must stand in its cited lines, else the host demotes it.
    """


@hookspec
def answer_question(question: Question, draft: Draft, limit_tokens: int) -> Answer | None:
    """Answer an open question by one of its options, or by `unknown`.  An answer never grants power.

    Asked about what stops a plan and offers options; any other answer counts as none.  The host asks everybody with
    `limit_tokens` 0 first and takes the cheapest answer.  Only when there is none, and models are allowed, it asks again with
    what may still be spent on this plan: whoever needs more answers `None`, whoever spends says so in `cost`, for `unknown` too.
    """


@hookspec
def review_plan(plan: Plan, workspace: Workspace) -> Sequence[Finding]:
    """Object to a plan before anything runs.  A `block` finding refuses the plan."""


@hookspec
def inject_intent(intent: Intent, target: Target, limit: int, workspace: Workspace) -> Fragment | None:
    """Offer context for a prompt, at most `limit` characters, after the host's own anchor."""


@hookspec
def builders() -> Sequence[BuilderSpec]:
    """Offer builders by name.  A name that two plugins offer is refused."""


@hookspec
def launchers() -> Sequence[LauncherSpec]:
    """Offer ways to place runs on machines.  Not asked in this version."""


@hookspec
def embedders() -> Sequence[EmbedderSpec]:
    """Offer text embedders for memory.  Not asked in this version."""


@hookspec
def audit_phase(
    attempt: Attempt, change: Sequence[FileChange], results: Sequence[CheckResult], baseline: Sequence[CheckResult]
) -> Sequence[Finding]:
    """Object to an attempt whose checks are green.  A `block` finding fails it, an `ask` finding blocks the phase."""


@hookspec
def policy_rules() -> Sequence[PolicyRule]:
    """Offer rules that make the command policy stricter; each example is tried at load.

    A guard, because rules that vanish leave a hole nobody sees: when the hook raises, or one of its rules would allow or does
    not decide its example, every command is denied until the plugin is repaired or removed.
    """


@hookspec
def failure_patterns() -> Sequence[Pattern]:
    """Offer patterns that name failure classes; each example is tried at load, a pattern that misses it is a fault."""


@hookspec
def mitigate_failure(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """Offer one repair for a failure, as data; the surest is tried first.

    One that was undone is not tried again in the phase; one that was kept is, where its environment is a new one.
    """


@hookspec
def observe(event: Event) -> None:
    """See every journal event, synchronously, after it was written.  The answer is ignored."""
