"""Which phase comes next, and which can no longer come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from autopack.model.attempt import PhaseState
from autopack.model.plan import Phase

_ENDED = frozenset({"committed", "failed", "blocked", "waiting", "skipped"})


def find_cycle(needs: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """The names that wait for each other, sorted; empty when every order can be kept.  `needs` is name → what it waits for."""
    left = {name: set(after) & needs.keys() for name, after in needs.items()}
    needed_by: dict[str, set[str]] = {name: set() for name in left}
    for name, after in left.items():
        for row in after:
            needed_by[row].add(name)
    # What waits for nothing, or what nothing waits for, is in no cycle.
    free = [name for name, after in left.items() if not after or not needed_by[name]]
    while free:
        name = free.pop()
        for edges, backwards in ((left, needed_by), (needed_by, left)):
            for other in edges.pop(name, ()):
                backwards[other].discard(name)
                if not backwards[other]:
                    free.append(other)
    return tuple(sorted(left))


def next_phase(phases: Sequence[Phase], states: Mapping[str, PhaseState]) -> Phase | None:
    """The first phase in plan order whose dependencies are all committed (or were done before); `None` when none is left."""
    for phase in phases:
        if phase.scheduled and states.get(phase.id, "pending") not in _ENDED and not _open_needs(phase, phases, states):
            return phase
    return None


def find_skipped(phases: Sequence[Phase], states: Mapping[str, PhaseState]) -> dict[str, str]:
    """Once `next_phase` gives `None`: the phases that will never start, id → the id of a dependency without a commit."""
    return {
        phase.id: _open_needs(phase, phases, states)[0]
        for phase in phases
        if phase.scheduled and states.get(phase.id, "pending") not in _ENDED and _open_needs(phase, phases, states)
    }


def _open_needs(phase: Phase, phases: Sequence[Phase], states: Mapping[str, PhaseState]) -> list[str]:
    scheduled = {row.id for row in phases if row.scheduled}
    return [name for name in phase.depends_on if name in scheduled and states.get(name, "pending") != "committed"]
