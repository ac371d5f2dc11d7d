"""How well a plan fits the labels of its document: every metric is a ratio of sums, so that documents add up to sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autopack.errors import WrongUse
from autopack.model.codec import to_data
from autopack.model.plan import Deliverable, Phase, Plan, PlanPath, PlanText
from autopack.schemas import check_document
from benchmarks.plans.corpus import Reading
from benchmarks.plans.edges import compare_edges
from benchmarks.plans.texts import find_unfounded, fold_blanks, is_same, overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """`bar` is the least share, or with `at_most` the most; a `count` has no whole."""

    bar: float | None
    at_most: bool = False
    kind: Literal["share", "count", "average"] = "share"


METRICS = {
    "crash rate": Metric(bar=0, at_most=True),
    "schema-valid": Metric(bar=1),
    "deterministic": Metric(bar=1),
    "items exact": Metric(bar=0.8),
    "phases exact": Metric(bar=0.85),
    "paths F1": Metric(bar=0.9),
    "look-alikes": Metric(bar=0, at_most=True, kind="count"),
    "commands F1": Metric(bar=0.9),
    "edges F1": Metric(bar=0.9),
    "non-goals found": Metric(bar=0.9),
    "non-goals false": Metric(bar=0.1, at_most=True),
    "acceptance found": Metric(bar=0.9),
    "acceptance false": Metric(bar=0.1, at_most=True),
    "stated in lines": Metric(bar=0.99),
    "categories right": Metric(bar=0.85),
    "labelled items matched": Metric(bar=None),
    "blocking questions": Metric(bar=0.3, at_most=True, kind="average"),
    "not actionable seen": Metric(bar=1),
    "invented items": Metric(bar=0, at_most=True, kind="count"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One metric of one document, or of many: `part` of `whole`, and what is wrong."""

    part: float
    whole: float
    notes: tuple[str, ...] = ()

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(part=self.part + other.part, whole=self.whole + other.whole, notes=self.notes + other.notes)


NOTHING = Verdict(part=0, whole=0)


def value_of(name: str, verdict: Verdict) -> float | None:
    """The figure of a metric; `None` where no document has anything to measure."""
    if METRICS[name].kind == "count":
        return verdict.part
    return verdict.part / verdict.whole if verdict.whole else None


def add_up(documents: Iterable[Mapping[str, Verdict]]) -> dict[str, Verdict]:
    totals = dict.fromkeys(METRICS, NOTHING)
    for verdicts in documents:
        for name, verdict in verdicts.items():
            totals[name] += verdict
    return totals


def judge(expected: Mapping[str, Any], reading: Reading) -> dict[str, Verdict]:
    """Every metric of one document but `deterministic`; a crash counts as a plan without anything in it."""
    plan = reading.plan
    phases = [phase for phase in plan.phases if phase.scheduled] if plan else []
    items = [item for phase in phases for item in phase.deliverables if item.status not in ("done", "cancelled")]
    paths = _stated_paths(phases, items)
    edges = compare_edges(expected["edges"], plan)
    verdicts = {
        "crash rate": _flag(bool(reading.crash), note=reading.crash),
        "schema-valid": _judge_schema(plan),
        "paths F1": _f1(map(_path_key, expected["paths"]["write"] + expected["paths"]["read"]), paths),
        "look-alikes": _judge_lookalikes(expected, paths),
        "commands F1": _f1(map(fold_blanks, expected["commands"]), _stated_commands(plan)),
        "edges F1": _f1_of(len(edges.found), extra=edges.extra, missed=edges.missed),
        "stated in lines": _judge_stated(reading, expected["tree"]),
        **_judge_texts("non-goals", expected["non_goals"], plan.non_goals if plan else ()),
        **_judge_texts("acceptance", expected["acceptance"], _all_acceptance(plan)),
    }
    if not expected["actionable"]:
        seen = plan is not None and (plan.status == "not_actionable" or not items)
        invented = tuple(item.title for item in items)
        verdicts["not actionable seen"] = _flag(seen, note="" if seen else "taken for a plan")
        verdicts["invented items"] = Verdict(part=len(items), whole=1, notes=invented)
        return verdicts
    verdicts["items exact"] = _judge_number(len(expected["items"]), [item.title for item in items])
    if expected["phases"] is not None:
        verdicts["phases exact"] = _judge_number(expected["phases"], [phase.title for phase in phases])
    blocking = [question.question for question in plan.open_questions if question.blocking] if plan else []
    verdicts["blocking questions"] = Verdict(part=len(blocking), whole=1, notes=tuple(blocking))
    return verdicts | _judge_categories(expected["items"], items)


def _flag(value: bool, *, note: str = "") -> Verdict:
    return Verdict(part=int(value), whole=1, notes=(note,) if note else ())


def _f1(expected: Iterable[str], found: Iterable[str]) -> Verdict:
    wanted, got = set(expected), set(found)
    return _f1_of(len(wanted & got), extra=sorted(got - wanted), missed=sorted(wanted - got))


def _f1_of(right: int, *, extra: Sequence[str], missed: Sequence[str]) -> Verdict:
    """As part and whole that add up: 2·right of 2·right + extra + missed."""
    notes = (*(f"+ {text}" for text in extra), *(f"- {text}" for text in missed))
    return Verdict(part=2 * right, whole=2 * right + len(extra) + len(missed), notes=notes)


def _judge_schema(plan: Plan | None) -> Verdict:
    if plan is None:
        return NOTHING
    try:
        check_document("plan_v1", to_data(plan))
    except WrongUse as problem:
        return _flag(False, note=str(problem))
    return _flag(True)


def _judge_number(expected: int, found: Sequence[str]) -> Verdict:
    if len(found) == expected:
        return _flag(True)
    return Verdict(part=0, whole=1, notes=(f"{len(found)} instead of {expected}", *found))


# -- paths and commands ---------------------------------------------------------------------------------------------------


def _path_key(path: str) -> str:
    return path.removeprefix("./").strip("/")


def _stated_paths(phases: Sequence[Phase], items: Sequence[Deliverable]) -> set[str]:
    """What open work takes from the text: stated, or inferred from lines (a demoted claim, a path completed)."""
    rows: list[PlanPath] = [row for item in items for row in item.paths]
    rows += [row for phase in phases for row in (*phase.scope.paths, *phase.scope.read_only_context)]
    return {
        _path_key(row.path) for row in rows if row.origin == "stated" or (row.origin == "inferred" and row.source is not None)
    }


def _judge_lookalikes(expected: Mapping[str, Any], paths: set[str]) -> Verdict:
    real = {_path_key(path) for path in expected["paths"]["write"] + expected["paths"]["read"]}
    taken = sorted({_path_key(text) for text in expected["not_paths"]} & paths - real)
    return Verdict(part=len(taken), whole=1, notes=tuple(taken))


def _stated_commands(plan: Plan | None) -> set[str]:
    rows = [*plan.commands, *(row for phase in plan.phases if phase.scheduled for row in phase.validation)] if plan else []
    return {fold_blanks(row.run) for row in rows if row.origin == "stated"}


# -- texts ----------------------------------------------------------------------------------------------------------------


def _all_acceptance(plan: Plan | None) -> tuple[PlanText, ...]:
    if plan is None:
        return ()
    groups: list[Plan | Phase | Deliverable] = [
        plan,
        *plan.phases,
        *(item for phase in plan.phases for item in phase.deliverables),
    ]
    rows = [row for group in groups for row in group.acceptance_criteria]
    return tuple({fold_blanks(row.text): row for row in rows}.values())


def _judge_texts(name: str, expected: Sequence[str], found: Sequence[PlanText]) -> dict[str, Verdict]:
    missed = [text for text in expected if not any(is_same(text, row.text) for row in found)]
    false = [row.text for row in found if not any(is_same(text, row.text) for text in expected)]
    return {
        f"{name} found": Verdict(
            part=len(expected) - len(missed), whole=len(expected), notes=tuple(f"- {text}" for text in missed)
        ),
        f"{name} false": Verdict(part=len(false), whole=len(found), notes=tuple(f"+ {text}" for text in false)),
    }


def _judge_stated(reading: Reading, files: Mapping[str, str]) -> Verdict:
    if reading.plan is None or reading.draft is None:
        return NOTHING
    number, unfounded = find_unfounded(reading.plan, reading.draft, files)
    return Verdict(part=number - len(unfounded), whole=number, notes=tuple(unfounded))


# -- categories -----------------------------------------------------------------------------------------------------------


def _judge_categories(expected: Sequence[Mapping[str, str]], items: Sequence[Deliverable]) -> dict[str, Verdict]:
    """Over the labelled items that the plan has; best-fitting titles are paired first, each once."""
    labelled = [row for row in expected if "category" in row]
    fits = sorted(
        (
            (-share, -alike, at, index)
            for at, row in enumerate(expected)
            for index, item in enumerate(items)
            for share, alike in [overlap(row["title"], item.title)]
            if is_same(row["title"], item.title)
        )
    )
    pairs: dict[int, int] = {}
    for _, _, at, index in fits:
        if at not in pairs and index not in pairs.values():
            pairs[at] = index
    matched = [(row, items[pairs[at]]) for at, row in enumerate(expected) if at in pairs and "category" in row]
    wrong = [f"{item.title}: {item.category}, not {row['category']}" for row, item in matched if item.category != row["category"]]
    return {
        "categories right": Verdict(part=len(matched) - len(wrong), whole=len(matched), notes=tuple(wrong)),
        "labelled items matched": Verdict(part=len(matched), whole=len(labelled)),
    }
