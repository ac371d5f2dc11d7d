"""What a project remembers of its plans: the text, the plan made of it, and how sure each decision was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autopack.model.draft import Origin, Span
from autopack.model.plan import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One value of a plan and where it came from.  `field` is a JSON pointer into the plan, empty for the plan as a whole.

    A question that is still open stands as its words, with confidence 0 and the rule `question:` and its id; answered, it is a
    value with the origin `answered`.
    """

    field: str
    value: str
    origin: Origin
    confidence: float
    rule: str
    source: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMemory:
    """One stored plan.  `size_bytes` is that of the whole text; `id` is the beginning of `plan_digest`.

    `text_digest` is the sha256 of the plan file as it was, `plan_digest` that of the plan made of it, both before any secret
    was masked and anything cut.  `decisions` and `plan` are given when one plan is asked for, `text` when it is asked for too.
    """

    id: str
    text_digest: str
    plan_digest: str
    name: str
    title: str
    status: Status
    confidence: float
    phases: int
    size_bytes: int
    first_seen: str
    last_seen: str
    times_seen: int
    decisions: tuple[Decision, ...] | None = None
    plan: Any = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTable:
    """Stored plans, the one that was seen last first."""

    plans: tuple[PlanMemory, ...]
