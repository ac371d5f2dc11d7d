"""Which phase comes next, which never will, and which wait for each other."""

from __future__ import annotations

import pytest

from autopack.decide.order import find_cycle, find_skipped, next_phase
from autopack.model.plan import Budget, Deliverable, Phase, Scope

BUDGET = Budget(max_minutes=1, max_tokens=1, max_attempts=1, max_files=1)


def phase(name: str, *after: str, done: bool = False) -> Phase:
    work = Deliverable(
        id=f"{name}-work", title=name, status="done" if done else "todo", origin="stated", confidence=0.9, rule="test"
    )
    return Phase(
        id=name,
        title=name,
        deliverables=(work,),
        scope=Scope(paths=()),
        validation=(),
        budget=BUDGET,
        depends_on=after,
        provenance={},
    )


def walk(phases: list[Phase], ends: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Run to the end: the order in which phases started, and what was skipped."""
    states: dict[str, str] = {}
    started = []
    while (found := next_phase(phases, states)) is not None:
        started.append(found.id)
        states[found.id] = ends.get(found.id, "committed")
    return started, find_skipped(phases, states)


def test_phases_run_in_plan_order_but_never_before_what_they_need():
    assert walk([phase("c", "b"), phase("a"), phase("b"), phase("d", "c", "a")], {}) == (["a", "b", "c", "d"], {})


@pytest.mark.parametrize("end", ["failed", "blocked", "waiting", "skipped"])
def test_what_needs_an_unfinished_phase_is_skipped_and_the_others_go_on(end):
    phases = [phase("a"), phase("b", "a"), phase("c", "b"), phase("d")]
    assert walk(phases, {"a": end}) == (["a", "d"], {"b": "a", "c": "b"})


def test_a_phase_that_was_done_before_is_not_run_and_holds_nothing_up():
    assert walk([phase("a", done=True), phase("b", "a"), phase("c", "gone")], {}) == (["b", "c"], {})


def test_a_phase_that_was_interrupted_comes_again():
    phases = [phase("a"), phase("b")]
    assert next_phase(phases, {"a": "building"}) == phases[0]


def test_a_plan_without_phases_has_nothing_to_do():
    assert walk([], {}) == ([], {})


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        ({}, ()),
        ({"a": "", "b": "a", "c": "ab"}, ()),
        ({"a": "b", "b": "a"}, ("a", "b")),
        ({"a": "a"}, ("a",)),
        ({"a": "c", "b": "a", "c": "b"}, ("a", "b", "c")),
        ({"a": "d", "b": "c", "c": "b", "d": "b", "e": ""}, ("b", "c")),
        ({"a": "", "b": "ac", "c": "b"}, ("b", "c")),
        ({"a": "z"}, ()),
    ],
)
def test_a_cycle_is_the_phases_that_wait_for_each_other_and_no_others(edges, cycle):
    assert find_cycle(edges) == cycle
