"""A plan of plans: where an item only points to another plan of the repository, the phases of that plan stand in its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autopack.decide.names import digest_text
from autopack.model.draft import Span
from autopack.model.plan import Deliverable, Phase, Plan, Question

MOST_DEPTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Where a plan points to another one: the lines that say so, and the path of the other in the repository."""

    source: Span
    path: str


def find_pointing(plan: Plan, pointers: Sequence[Pointer]) -> dict[str, str]:
    """Deliverable id → the path of the plan that it is about; finished work is not followed."""
    found = {}
    for phase in plan.phases:
        for item in phase.deliverables:
            mine = [row.path for row in pointers if item.source and item.source.holds(row.source)]
            if mine and item.status not in ("done", "cancelled"):
                found[item.id] = mine[0]
    return found


def graft(plan: Plan, followed: Mapping[str, tuple[str, Plan]]) -> Plan:
    """The plan with the phases of other plans in place of the items that point to them.

    `followed` is deliverable id → path and plan.  What waited for the phase of such an item waits for all that took its
    place; its own checks prove the last of them.  Lines are cited with the file they stand in.
    """
    if not followed:
        return plan
    phases: list[Phase] = []
    stands_for: dict[str, tuple[str, ...]] = {}
    gone: set[str] = set()
    questions: list[Question] = []
    for phase in plan.phases:
        kept = tuple(item for item in phase.deliverables if item.id not in followed)
        grown: list[Phase] = []
        for item in phase.deliverables:
            if item.id in followed:
                path, inner = followed[item.id]
                number = len(phases) + len(grown) + bool(kept)
                questions += (_moved(row, path, number) for row in inner.open_questions)
                grown += (_in_file(row, path, phase) for row in inner.phases)
        if not grown:
            phases.append(phase)
            continue
        if kept:
            phases.append(replace(phase, deliverables=kept, scope=_without_pointers(phase, followed)))
        else:
            gone.add(phase.id)
            checks = tuple(row for row in phase.validation if row.origin in ("stated", "answered"))
            grown[-1] = replace(grown[-1], validation=(*grown[-1].validation, *checks))
        phases += grown
        stands_for[phase.id] = (*((phase.id,) if kept else ()), *(row.id for row in grown))
    linked = tuple(_relinked(row, stands_for) for row in phases)
    # A question about a phase that is gone would ask for what nobody needs.
    own = [row for row in plan.open_questions if not any(row.id.endswith(f"-{name}") for name in gone)]
    return replace(plan, phases=linked, open_questions=(*own, *questions))


def _relinked(phase: Phase, stands_for: Mapping[str, tuple[str, ...]]) -> Phase:
    """The phase with edges to what stands now for the phases it waited for."""
    edges = {
        name: phase.provenance[f"depends_on/{needed}"]
        for needed in phase.depends_on
        for name in stands_for.get(needed, (needed,))
        if name != phase.id
    }
    others = {name: row for name, row in phase.provenance.items() if not name.startswith("depends_on/")}
    provenance = others | {f"depends_on/{name}": row for name, row in edges.items()}
    return replace(phase, depends_on=tuple(sorted(edges)), provenance=provenance)


def _in_file(phase: Phase, path: str, parent: Phase) -> Phase:
    """A phase of another plan as one of this: ids told apart, lines cited with their file, behind what its parent waits for."""
    located: Phase = _cite(phase, path)
    return replace(
        located,
        id=_inner_id(phase.id, path),
        goal=phase.goal or parent.title,
        deliverables=tuple(_renamed(item, path) for item in located.deliverables),
        depends_on=(*(_inner_id(name, path) for name in phase.depends_on), *parent.depends_on),
        provenance=_edges_renamed(located.provenance, path)
        | {name: row for name, row in parent.provenance.items() if name.startswith("depends_on/")},
    )


def _renamed(item: Deliverable, path: str) -> Deliverable:
    return replace(
        item,
        id=_inner_id(item.id, path),
        depends_on=tuple(_inner_id(name, path) for name in item.depends_on),
        provenance=_edges_renamed(item.provenance, path),
    )


def _edges_renamed(provenance: Mapping[str, Any], path: str) -> dict[str, Any]:
    edge = "depends_on/"
    return {
        f"{edge}{_inner_id(name.removeprefix(edge), path)}" if name.startswith(edge) else name: row
        for name, row in provenance.items()
    }


def _inner_id(name: str, path: str) -> str:
    return f"{name}-{digest_text(path, 4)}"


def _moved(question: Question, path: str, first_phase: int) -> Question:
    """The question of another plan; its id stays, since an answer is looked up when that plan is read again."""
    field = question.field
    if field.startswith("/phases/"):
        number, _, rest = field.removeprefix("/phases/").partition("/")
        field = f"/phases/{int(number) + first_phase}/{rest}"
    return replace(question, field=field, question=f"{path}: {question.question}", source=_cite(question.source, path))


def _without_pointers(phase: Phase, followed: Mapping[str, tuple[str, Plan]]) -> Any:
    """The scope without the plans themselves: they are read, not changed."""
    plans = {path for path, _ in followed.values()}
    return replace(phase.scope, paths=tuple(row for row in phase.scope.paths if row.path not in plans))


def _cite(value: Any, path: str) -> Any:
    """The same value with each span in this file."""
    if isinstance(value, Span):
        return value if value.file else replace(value, file=path)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{row.name: _cite(getattr(value, row.name), path) for row in dataclasses.fields(value)})
    if isinstance(value, tuple):
        return tuple(_cite(part, path) for part in value)
    if isinstance(value, dict):
        return {key: _cite(part, path) for key, part in value.items()}
    return value
