"""What of a plan is a decision, and how it is written down."""

from __future__ import annotations

from typing import Any

from autopack.decide.decisions import list_decisions
from autopack.model.draft import Span
from autopack.model.memory import Decision
from autopack.model.plan import (
    Budget,
    Deliverable,
    Phase,
    Plan,
    PlanCommand,
    PlanPath,
    PlanPayload,
    PlanSource,
    PlanText,
    Provenance,
    Question,
    Scope,
)

STATED: dict[str, Any] = {"origin": "stated", "confidence": 0.9, "rule": "a:b", "source": Span(start=3, end=4)}
GUESSED: dict[str, Any] = {"origin": "inferred", "confidence": 0.5, "rule": "c:d", "evidence": ("go.mod",)}


def stated(field: str, value: str) -> Decision:
    return Decision(field=field, value=value, **STATED)


def guessed(field: str, value: str) -> Decision:
    return Decision(field=field, value=value, origin="inferred", confidence=0.5, rule="c:d")


def test_every_value_with_an_origin_is_a_decision_and_open_questions_come_last() -> None:
    phase = Phase(
        id="docs",
        title="Docs",
        deliverables=(Deliverable(id="d", title="Write it", paths=(PlanPath(path="docs", folder=True, **GUESSED),), **STATED),),
        scope=Scope(paths=(PlanPath(path="README.md", **STATED),)),
        validation=(PlanCommand(run="make docs", argv=("make", "docs"), **GUESSED),),
        budget=Budget(max_files=1, max_tokens=2, max_minutes=3.0, max_attempts=4),
        payloads=(PlanPayload(path="README.md", action="write", text="# Hello\n", **STATED),),
        depends_on=("api",),
        provenance={
            "title": Provenance(**STATED),
            "budget": Provenance(**GUESSED),
            "depends_on/api": Provenance(**GUESSED),
        },
    )
    question = Question(
        id="q-1", field="/phases/0/validation", question="Which command?", blocking=True, source=Span(start=9, end=9)
    )
    plan = Plan(
        status="needs_input",
        source=PlanSource(sha256="0" * 64, format="markdown", format_confidence=0.9),
        title="Handbook",
        phases=(phase,),
        non_goals=(PlanText(text="no new tool", **STATED),),
        open_questions=(question, Question(id="q-2", field="", question="Why?", blocking=False)),
        provenance={"title": Provenance(**STATED)},
    )

    assert list_decisions(plan) == (
        stated("/title", "Handbook"),
        stated("/phases/0/title", "Docs"),
        guessed("/phases/0/budget", '{"max_attempts":4,"max_files":1,"max_minutes":3.0,"max_tokens":2}'),
        guessed("/phases/0/depends_on/api", "api"),
        stated("/phases/0/deliverables/0", "Write it"),
        guessed("/phases/0/deliverables/0/paths/0", "docs/"),
        stated("/phases/0/scope/paths/0", "README.md"),
        guessed("/phases/0/validation/0", "make docs"),
        stated("/phases/0/payloads/0", "write README.md"),
        stated("/non_goals/0", "no new tool"),
        Decision(
            field="/phases/0/validation",
            value="Which command?",
            origin="stated",
            confidence=0.0,
            rule="question:q-1",
            source=Span(start=9, end=9),
        ),
        Decision(field="", value="Why?", origin="inferred", confidence=0.0, rule="question:q-2"),
    )
