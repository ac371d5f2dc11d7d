"""The structured plan: what to do, where, in which order, and what proves it, every leaf with its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from autopack.model.draft import CommandKind, Edit, ItemState, Origin, PathRole, Span
from autopack.model.finding import Finding

PLAN_SCHEMA = "autopack.plan/v1"

Status = Literal["ready", "needs_input", "not_actionable"]
Category = Literal["docs", "backend", "frontend", "tests", "database", "configuration", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a value came from: lines of the raw file when stated, files of the repository when inferred."""

    origin: Origin
    confidence: float
    rule: str
    source: Span | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanText(Provenance):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanConstraint(PlanText):
    kind: Literal["budget", "safety", "tech"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPath(Provenance):
    """A path relative to the repository root.  `folder` means all below it; `exists` is about the base tree."""

    path: str
    role: PathRole = "unknown"
    folder: bool = False
    exists: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCommand(Provenance):
    """A command as data: the cited words and the argv they mean.  Only the policy decides whether it may run."""

    run: str
    argv: tuple[str, ...]
    kind: CommandKind = "other"
    cwd: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPayload(Provenance):
    """Code that the plan itself carries for one file (see `autopack.model.draft.Payload`)."""

    path: str
    action: Literal["write", "edit", "delete", "rename"]
    text: str = ""
    edits: tuple[Edit, ...] = ()
    to: str | None = None
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable(Provenance):
    """One piece of work.  `provenance` covers the leaves that are plain strings: its category, each edge."""

    id: str
    title: str
    source_id: str | None = None
    status: ItemState = "todo"
    category: Category = "other"
    paths: tuple[PlanPath, ...] = ()
    depends_on: tuple[str, ...] = ()
    acceptance_criteria: tuple[PlanText, ...] = ()
    children: tuple[PlanText, ...] = ()
    provenance: dict[str, Provenance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a phase may change, and what it should read.  `declared` = the plan lists its files: the list is a fence."""

    paths: tuple[PlanPath, ...]
    read_only_context: tuple[PlanPath, ...] = ()
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much one phase may spend.  Zero means none, never 'no limit'."""

    max_files: int
    max_tokens: int
    max_minutes: float
    max_attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One reviewable step.  `provenance` covers the leaves that are plain strings: title, goal, budget, each edge."""

    id: str
    title: str
    deliverables: tuple[Deliverable, ...]
    scope: Scope
    validation: tuple[PlanCommand, ...]
    budget: Budget
    source_id: str | None = None
    goal: str | None = None
    category: Category = "other"
    acceptance_criteria: tuple[PlanText, ...] = ()
    payloads: tuple[PlanPayload, ...] = ()
    depends_on: tuple[str, ...] = ()
    confidence: float = 0.0
    provenance: dict[str, Provenance]

    @property
    def scheduled(self) -> bool:
        """Whether anything is left to do; finished phases stay in the plan and are not run."""
        return any(d.status not in ("done", "cancelled") for d in self.deliverables)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSource:
    sha256: str
    format: str
    format_confidence: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What only a person (or a specific plugin) can settle.  `field` is a JSON pointer into the plan."""

    id: str
    field: str
    question: str
    blocking: bool
    options: tuple[str, ...] = ()
    default: str | None = None
    source: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Lines read as bookkeeping or already done, with the rule: nothing vanishes silently."""

    source: Span
    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`confidence` is the least of the blocking fields, never a mean; `findings` is what preflight said."""

    status: Status
    source: PlanSource
    phases: tuple[Phase, ...]
    open_questions: tuple[Question, ...]
    provenance: dict[str, Provenance]
    schema: str = PLAN_SCHEMA
    title: str | None = None
    goal: str | None = None
    commands: tuple[PlanCommand, ...] = ()
    non_goals: tuple[PlanText, ...] = ()
    acceptance_criteria: tuple[PlanText, ...] = ()
    constraints: tuple[PlanConstraint, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    findings: tuple[Finding, ...] = ()
    confidence: float = 0.0

    def phase(self, phase_id: str) -> Phase:
        """The phase with this id; `KeyError` when there is none."""
        for phase in self.phases:
            if phase.id == phase_id:
                return phase
        raise KeyError(phase_id)
