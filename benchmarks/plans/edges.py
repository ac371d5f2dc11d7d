"""Hold the order that a plan took from its text against the labels, whatever names either of them uses for the same thing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autopack.model.plan import Plan, Provenance

Place = tuple[str, str]  # ("phase" | "item", id)
Edge = tuple[Place, Place]  # (later, earlier)

_MARKUP = re.compile(r"[*_`~\[\]()<>#|]+")
_HEAD = re.compile(r"\A(.+?)\s*(?::|—|–|\s-\s)")
_NUMBERED = re.compile(r"\A([^\W\d]+)\s+(\d[\w.-]*)")
_TICKET = re.compile(r"#(\d+)")
# "Phase 2: Foundation" is called "Foundation", too.
_TAIL = re.compile(r"\W{0,8}[^\W\d]{1,20}\s+\d[\w.-]{0,8}\s*[:—–-]{1,2}\s*([^(\[]{1,200})")
_STORY = re.compile(r"\buser story (\d+)|\bus(\d+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Labels found, labels not found, and edges that no label asks for."""

    found: tuple[str, ...]
    missed: tuple[str, ...]
    extra: tuple[str, ...]


def compare_edges(expected: Sequence[Sequence[str]], plan: Plan | None) -> Compared:
    """Compare by place in the plan: a label may use the id, the title, its beginning, or a number with or without `Task`.

    The plan has edges between items and between phases only, so a label from one to the other is found in the edge of the
    phases.  Not extra: the edge of two phases whose items have one, and an edge to what is finished.
    """
    if plan is None:
        return Compared(found=(), missed=tuple(map(_show, expected)), extra=())
    stated = list(_stated_edges(plan))
    phase_of = {("item", item.id): ("phase", phase.id) for phase in plan.phases for item in phase.deliverables}
    names = _Names(plan)
    found: list[str] = []
    missed: list[str] = []
    asked: set[Edge] = set()
    for later, earlier in expected:
        matching = set(_places_of(names.find(later), names.find(earlier), phase_of)) & set(stated)
        (found if matching else missed).append(_show((later, earlier)))
        asked |= matching
    asked |= {(phase_of[later], phase_of[earlier]) for later, earlier in stated if later[0] == "item"}
    extra = [edge for edge in stated if edge not in asked and not names.is_finished(edge[1])]
    return Compared(
        found=tuple(found),
        missed=tuple(missed),
        extra=tuple(_show((names.title(later), names.title(earlier))) for later, earlier in extra),
    )


def list_names(*texts: str | None) -> frozenset[str]:
    """What somebody may call a thing with these ids and titles."""
    names = set()
    for text in filter(None, texts):
        folded = fold(text)
        head = _HEAD.match(folded)
        numbered = _NUMBERED.match(folded)
        first = folded.partition(" ")[0].rstrip(".:")
        names |= {folded, *_TICKET.findall(text), *(f"us{a or b}" for a, b in _STORY.findall(folded))}
        names |= {head[1]} if head else set()
        names |= {f"{numbered[1]} {numbered[2].rstrip('.')}"} if numbered else set()
        tail = _TAIL.match(text[:400])
        names |= {fold(tail[1])} if tail else set()
        names |= {numbered[2].rstrip(".")} if numbered and numbered[1] != "phase" else set()
        names |= {first} if any(ch.isdigit() for ch in first) else set()
    return frozenset(names - {""})


def fold(text: str) -> str:
    return " ".join(_MARKUP.sub(" ", unicodedata.normalize("NFKC", text)).casefold().split())


class _Names:
    def __init__(self, plan: Plan) -> None:
        self._titles: dict[Place, str] = {}
        self._names: dict[Place, frozenset[str]] = {}
        self._finished: set[Place] = set()
        for phase in plan.phases:
            self._add(("phase", phase.id), phase.source_id, phase.title, finished=not phase.scheduled)
            for item in phase.deliverables:
                self._add(("item", item.id), item.source_id, item.title, finished=item.status in ("done", "cancelled"))

    def _add(self, place: Place, source_id: str | None, title: str, *, finished: bool) -> None:
        self._titles[place] = title
        self._names[place] = list_names(source_id, title)
        if finished:
            self._finished.add(place)

    def title(self, place: Place) -> str:
        return self._titles.get(place, place[1])

    def is_finished(self, place: Place) -> bool:
        return place in self._finished

    def find(self, name: str) -> list[Place]:
        """The places of this name; only where there is none, those that share its number."""
        sought = fold(name)
        exact = [place for place, names in self._names.items() if sought in names]
        if exact:
            return exact
        word, number = _split(sought)
        loose = [place for place, names in self._names.items() if number in {_split(known)[1] for known in names}]
        return [place for place in loose if word != "phase" or place[0] == "phase"]


def _split(name: str) -> tuple[str, str]:
    numbered = _NUMBERED.fullmatch(name)
    return (numbered[1], numbered[2]) if numbered else ("", name)


def _places_of(later: Sequence[Place], earlier: Sequence[Place], phase_of: dict[Place, Place]) -> Iterator[Edge]:
    for after in later:
        for before in earlier:
            mixed = after[0] != before[0]
            yield (phase_of.get(after, after), phase_of.get(before, before)) if mixed else (after, before)


def _stated_edges(plan: Plan) -> Iterator[Edge]:
    """The edges that open work has from the text."""
    for phase in plan.phases:
        if not phase.scheduled:
            continue
        yield from ((("phase", phase.id), ("phase", name)) for name in _stated(phase.depends_on, phase.provenance))
        for item in phase.deliverables:
            if item.status not in ("done", "cancelled"):
                yield from ((("item", item.id), ("item", name)) for name in _stated(item.depends_on, item.provenance))


def _stated(names: Iterable[str], provenance: dict[str, Provenance]) -> Iterator[str]:
    for name in names:
        basis = provenance.get(f"depends_on/{name}")
        if basis is not None and basis.origin == "stated":
            yield name


def _show(edge: Sequence[str]) -> str:
    return " after ".join(edge)
