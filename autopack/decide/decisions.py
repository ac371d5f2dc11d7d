"""The decisions in a plan, as rows: every value that has an origin, and every question that is still open."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Iterator
from typing import Any

from autopack.decide.limits import cut_text
from autopack.model.codec import to_json
from autopack.model.memory import Decision
from autopack.model.plan import (
    Budget,
    Deliverable,
    Plan,
    PlanCommand,
    PlanPath,
    PlanPayload,
    PlanText,
    Provenance,
)

MOST_DECISIONS = 5_000
_VALUE_BYTES = 2_000


def list_decisions(plan: Plan, most: int = MOST_DECISIONS) -> tuple[Decision, ...]:
    """In the plan's own order, open questions last; at most 5,000 unless told, each value cut to 2,000 bytes."""
    rows: list[Decision] = []
    _collect(plan, "", rows)
    return tuple((*rows, *_open_questions(plan))[:most])


def _collect(value: Any, pointer: str, rows: list[Decision]) -> None:
    if isinstance(value, tuple):
        for number, part in enumerate(value):
            _collect(part, f"{pointer}/{number}", rows)
        return
    if isinstance(value, Provenance):
        rows.append(_decide(value, pointer, _words(value)))
    for name, row in getattr(value, "provenance", {}).items():
        # An edge has the name `depends_on/` and the phase that comes first.
        leaf, _, last = name.partition("/")
        rows.append(_decide(row, f"{pointer}/{name}", last or _words(getattr(value, leaf))))
    for name in _branches(value.__class__):
        part = getattr(value, name)
        if part is not None:
            _collect(part, f"{pointer}/{name}", rows)


@functools.cache
def _branches(kind: Any) -> tuple[str, ...]:
    """The fields below which values with an origin may stand."""
    hints = typing.get_type_hints(kind)
    names = (field.name for field in dataclasses.fields(kind) if field.name not in ("provenance", "source"))
    return tuple(name for name in names if _holds_dataclass(hints[name]))


def _holds_dataclass(hint: Any) -> bool:
    return dataclasses.is_dataclass(hint) or any(map(_holds_dataclass, typing.get_args(hint)))


def _decide(row: Provenance, pointer: str, words: str) -> Decision:
    return Decision(
        field=pointer,
        value=cut_text(words, _VALUE_BYTES),
        origin=row.origin,
        confidence=row.confidence,
        rule=row.rule,
        source=row.source,
    )


def _words(value: Any) -> str:
    match value:
        case PlanText():
            return value.text
        case PlanPath():
            return f"{value.path}/" if value.folder else value.path
        case PlanCommand():
            return value.run
        case PlanPayload():
            return f"{value.action} {value.path}"
        case Deliverable():
            return value.title
        case Budget():
            return to_json(value, indent=None)
        case _:
            return str(value)


def _open_questions(plan: Plan) -> Iterator[Decision]:
    for question in plan.open_questions:
        yield Decision(
            field=question.field,
            value=cut_text(question.question, _VALUE_BYTES),
            origin="stated" if question.source else "inferred",
            confidence=0.0,
            rule=f"question:{question.id}",
            source=question.source,
        )
