"""What a project, and one run of it, is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autopack.model.draft import ConstraintKind, Origin

INTENT_SCHEMA = "autopack.intent/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentText:
    """A sentence with its origin; `line` is of the plan with the digest `source`."""

    text: str
    origin: Origin
    source: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentConstraint(IntentText):
    kind: ConstraintKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainHypothesis:
    name: str
    package_manager: str
    root: str
    status: Literal["detected", "guessed"]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """`created_at` is the only field that differs between two runs of the same plan on the same tree."""

    project_id: str
    created_at: str
    raw_input_digest: str
    intent_anchor: str
    intent_facts: tuple[IntentText, ...]
    non_goals: tuple[IntentText, ...]
    acceptance_criteria: tuple[IntentText, ...]
    constraints: tuple[IntentConstraint, ...]
    toolchain_hypotheses: tuple[ToolchainHypothesis, ...]
    open_questions: tuple[IntentText, ...]
    schema: str = INTENT_SCHEMA
