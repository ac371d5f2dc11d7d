"""The order of work: edges that the plan states, edges that shared files imply, and loops, which only a person can settle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from autopack.decide.claims import fold_text
from autopack.decide.leaves import origin_of
from autopack.decide.names import digest_text
from autopack.decide.order import find_cycle
from autopack.model.draft import Claim, EdgeValue
from autopack.model.plan import Deliverable, Phase, Provenance, Question

Edges = Mapping[str, Mapping[str, Provenance]]
Answer = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class _Place:
    phase: int
    item: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Phases with their edges, and the questions that loops and unknown names leave."""

    phases: tuple[Phase, ...]
    questions: tuple[Question, ...]


def order_phases(phases: Sequence[Phase], edges: Sequence[tuple[EdgeValue, Claim]], answer: Answer) -> Ordered:
    """Phases with stated edges, else behind an earlier phase that shares a path with them.

    `answer` gives what a person said to a question of this id, or its default when defaults are taken, else `None`.
    """
    names = _names(phases)
    of_phases: dict[str, dict[str, Provenance]] = {}
    of_items: dict[str, dict[str, Provenance]] = {}
    questions: list[Question] = []
    for edge, claim in edges:
        later, earlier = names.get(fold_text(edge.source_id)), names.get(fold_text(edge.after))
        if later is None:
            continue
        if earlier is None:
            questions += _unknown(edge, claim, answer)
            continue
        basis = Provenance(**origin_of(claim))
        if later.item is not None and earlier.item is not None and later != earlier:
            after = phases[earlier.phase].deliverables[earlier.item].id
            of_items.setdefault(phases[later.phase].deliverables[later.item].id, {}).setdefault(after, basis)
        if later.phase != earlier.phase:
            of_phases.setdefault(phases[later.phase].id, {}).setdefault(phases[earlier.phase].id, basis)
    titles = {phase.id: phase.title for phase in phases} | {d.id: d.title for phase in phases for d in phase.deliverables}
    loops = [_settle(edges, titles, answer) for edges in (of_phases, of_items)]
    return Ordered(phases=_with_edges(phases, of_phases, of_items), questions=(*(loop for loop in loops if loop), *questions))


def _names(phases: Sequence[Phase]) -> dict[str, _Place]:
    """Every name that an edge may use; where a phase and an item bear the same one, the phase is meant."""
    names: dict[str, _Place] = {}
    for number, phase in enumerate(phases):
        for name in (phase.source_id, phase.title):
            names.setdefault(fold_text(name or ""), _Place(number))
    for number, phase in enumerate(phases):
        for index, item in enumerate(phase.deliverables):
            for name in (item.source_id, item.title):
                names.setdefault(fold_text(name or ""), _Place(number, index))
    names.pop("", None)
    return names


def _unknown(edge: EdgeValue, claim: Claim, answer: Answer) -> list[Question]:
    """An id that the plan has nowhere; words without a digit are more likely to name something else."""
    if claim.origin != "stated" or not any(ch.isdigit() for ch in edge.after):
        return []
    name = f"after-{digest_text(fold_text(f'{edge.source_id} {edge.after}'), 8)}"
    said = answer(name, "yes")
    if said == "yes":
        return []
    where = f"line {claim.span.start}: " if claim.span else ""
    words = f"{where}{edge.source_id} comes after {edge.after}, which is not in this plan. Is that done already?"
    question = Question(
        id=name, field="", question=words, blocking=said == "no", options=("yes", "no"), default="yes", source=claim.span
    )
    return [question]


def _settle(edges: dict[str, dict[str, Provenance]], titles: Mapping[str, str], answer: Answer) -> Question | None:
    """Take back the edges of what is said to go first, loop by loop; the first loop that nobody settled is a question."""
    while loop := find_cycle(edges):
        order = [name for name in titles if name in loop]
        options = tuple(dict.fromkeys(titles[name] for name in order))
        lines = sorted({row.source.start for name in order for after, row in edges[name].items() if after in loop and row.source})
        words = " and ".join(repr(option) for option in options[:4])
        cited = f" ({'lines' if len(lines) > 1 else 'line'} {', '.join(map(str, lines))})" if lines else ""
        question = Question(
            id=f"order-{digest_text(' '.join(sorted(loop)), 8)}",
            field="",
            question=f"{words} wait for each other{cited}. Which goes first?",
            blocking=True,
            options=options,
            default=options[0],
            source=next((row.source for name in order for row in edges[name].values() if row.source), None),
        )
        first = next((name for name in order if titles[name] == answer(question.id, options[0])), None)
        if first is None:
            return question
        edges[first] = {after: row for after, row in edges[first].items() if after not in loop}
    return None


def _with_edges(phases: Sequence[Phase], of_phases: Edges, of_items: Edges) -> tuple[Phase, ...]:
    """Phases with stated edges and, for each path, one to the phase that had it last: whoever had it before comes before that."""
    behind = _find_behind(phases, of_phases)
    last: dict[str, list[Phase]] = {}
    done: list[Phase] = []
    for phase in phases:
        edges = dict(of_phases.get(phase.id, {}))
        paths = {row.path for row in phase.scope.paths}
        waiting = _reach(phase.id, behind) if behind else frozenset()
        for earlier in {row.id: row for path in sorted(paths) for row in last.get(path, ())}.values():
            if earlier.id not in edges and earlier.id not in waiting:
                shared = sorted(paths & {row.path for row in earlier.scope.paths})
                edges[earlier.id] = Provenance(
                    origin="inferred", confidence=0.5, rule="host:shares-a-path", evidence=tuple(shared[:3])
                )
                if behind:
                    behind.setdefault(earlier.id, set()).add(phase.id)
        for path in paths:
            last[path] = [*(row for row in last.get(path, ()) if row.id not in edges), phase]
        items = tuple(_with_item_edges(item, of_items.get(item.id, {})) for item in phase.deliverables)
        provenance = phase.provenance | _edge_provenance(edges)
        done.append(replace(phase, deliverables=items, depends_on=tuple(sorted(edges)), provenance=provenance))
    return tuple(done)


def _find_behind(phases: Sequence[Phase], stated: Edges) -> dict[str, set[str]]:
    """Phase → those that are stated to come after it; empty in a plan where nothing waits for what stands further below."""
    places = {phase.id: place for place, phase in enumerate(phases)}
    behind: dict[str, set[str]] = {}
    for name, after in stated.items():
        for earlier in after:
            behind.setdefault(earlier, set()).add(name)
    return behind if any(places[name] < places[row] for row, names in behind.items() for name in names) else {}


def _reach(start: str, edges: Mapping[str, Collection[str]]) -> frozenset[str]:
    """What can be reached from a name."""
    seen: set[str] = set()
    queue = [start]
    while queue:
        new = set(edges.get(queue.pop(), ())) - seen
        seen |= new
        queue += new
    return frozenset(seen)


def _with_item_edges(item: Deliverable, edges: Mapping[str, Provenance]) -> Deliverable:
    if not edges:
        return item
    return replace(item, depends_on=tuple(sorted(edges)), provenance=item.provenance | _edge_provenance(edges))


def _edge_provenance(edges: Mapping[str, Provenance]) -> dict[str, Provenance]:
    return {f"depends_on/{name}": row for name, row in edges.items()}
