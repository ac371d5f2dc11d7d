"""Where each claim on a plan went: the leaf that it became, or why the plan has it not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from autopack.decide.claims import DEMOTED, fold_text, rank_claim
from autopack.decide.decisions import MOST_DECISIONS, list_decisions
from autopack.decide.leaves import stated_question
from autopack.decide.merge import NO_OVERRIDES, Overrides
from autopack.decide.scope import clean_path
from autopack.model.draft import (
    BudgetValue,
    Claim,
    ClaimValue,
    CommandValue,
    EdgeValue,
    Field,
    GroupValue,
    Origin,
    PathValue,
    Payload,
    ProseValue,
    Span,
    TextValue,
)
from autopack.model.memory import Decision
from autopack.model.plan import Budget, Plan

# Where the values of a field end, by the last name of their pointer.
_LEAVES: dict[Field, tuple[str, ...]] = {
    "title": ("title",),
    "goal": ("goal",),
    "phase": ("title", "deliverables"),
    "item": ("deliverables",),
    "path": ("paths", "read_only_context"),
    "scope": ("paths", "read_only_context"),
    "read": ("read_only_context",),
    "check": ("validation",),
    "command": ("commands",),
    "payload": ("payloads", "deliverables"),
    "non_goal": ("non_goals",),
    "acceptance": ("acceptance_criteria",),
    "constraint": ("constraints",),
    "question": ("constraints",),
}
# Decisions keep the beginning of a long value.
_SHOWN_CHARS = 400
_DONE = ("done", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One claim and what was decided: `pointer` names the leaf of the plan that it became, `reason` says what else to know."""

    span: Span | None
    field: Field
    value: str
    origin: Origin
    confidence: float
    rule: str
    decision: Literal["taken", "lost"]
    pointer: str = ""
    reason: str = ""


def explain_claims(
    plan: Plan, claims: Sequence[Claim], ceiling: Budget, overrides: Overrides = NO_OVERRIDES
) -> tuple[Explained, ...]:
    """Every claim with what became of it, in file order, claims without lines last.

    `claims` are verified ones, of all rounds, and `plan` what was made of them with these overrides.
    """
    explainer = _Explainer(plan, sorted(claims, key=rank_claim), ceiling, overrides)
    last = Span(start=2**31, end=2**31)
    rows = [explainer.explain(claim) for claim in claims]
    return tuple(sorted(rows, key=lambda row: (row.span or last, row.field, row.value, row.rule, row.confidence)))


def value_words(value: ClaimValue) -> str:
    """A claim's value in the words in which the plan has it."""
    match value:
        case GroupValue(title=words) | TextValue(text=words) | CommandValue(run=words) | BudgetValue(words=words):
            return words
        case PathValue(path=path):
            return clean_path(path)
        case Payload(action=action, path=path):
            return f"{action} {clean_path(path)}"
        case EdgeValue(source_id=later, after=earlier):
            return f"{later} after {earlier}"
        case ProseValue(role=role):
            return role


class _Explainer:
    def __init__(self, plan: Plan, ranked: Sequence[Claim], ceiling: Budget, overrides: Overrides) -> None:
        self._plan = plan
        self._ranked = ranked
        self._ceiling = ceiling
        self._answers = {name for name, words in overrides.answers if words.strip()}
        self._leaves: dict[tuple[str, Span | None], list[Decision]] = {}
        for row in list_decisions(plan, len(ranked) * 4 + MOST_DECISIONS):
            self._leaves.setdefault((row.rule, row.source), []).append(row)
        self._best: dict[tuple[Field, str], Claim] = {}
        for claim in ranked:
            self._best.setdefault((claim.field, _key(claim.value)), claim)
        items = [row for row in ranked if row.field == "item" and isinstance(row.value, GroupValue)]
        phases = [row for row in ranked if row.field == "phase" and isinstance(row.value, GroupValue)]
        self._reader = next((rows[0] for rows in (phases, items) if rows), None)
        package = self._reader.package if self._reader else ""
        self._phases = [row.value for row in phases if row.package == package and isinstance(row.value, GroupValue)]
        self._done = [
            row.value
            for row in items
            if row.package == package and isinstance(row.value, GroupValue) and row.value.state in _DONE
        ]
        self._ids: dict[str, set[str]] = {}
        for phase in plan.phases:
            self._name(phase.id, phase.source_id, phase.title)
            for item in phase.deliverables:
                self._name(item.id, item.source_id, item.title)

    def _name(self, row_id: str, *names: str | None) -> None:
        for name in names:
            self._ids.setdefault(fold_text(name or ""), set()).add(row_id)

    def explain(self, claim: Claim) -> Explained:
        pointer = self._find_leaf(claim)
        reason = self._note(claim, pointer) if pointer or claim.field in ("prose", "dropped") else self._why_lost(claim)
        taken = bool(pointer) or claim.field in ("prose", "dropped")
        if claim.rule.endswith(DEMOTED):
            reason = "; ".join(filter(None, ("it does not stand in its lines, so it counts as inferred", reason)))
        return Explained(
            span=claim.span,
            field=claim.field,
            value=value_words(claim.value),
            origin=claim.origin,
            confidence=claim.confidence,
            rule=f"{claim.package}:{claim.rule}" if claim.package else claim.rule,
            decision="taken" if taken else "lost",
            pointer=pointer,
            reason=reason,
        )

    # -- taken ------------------------------------------------------------------------------------------------------

    def _find_leaf(self, claim: Claim) -> str:
        """The pointer of the first leaf with the claim's own rule, lines and words."""
        rule = f"{claim.package}:{claim.rule}" if claim.package else claim.rule
        rows = self._leaves.get((rule, claim.span), [])
        if claim.field == "payload":
            rows = rows + self._leaves.get((f"{rule}, carried code is work", claim.span), [])
        # A path of an item stands in the scope of its phase, too: that is what counts.
        rows = sorted(rows, key=lambda row: "/scope/" not in row.field)
        found = next((row.field for row in rows if self._became(claim, row)), "")
        return found or self._find_row(claim, rule)

    def _find_row(self, claim: Claim, rule: str) -> str:
        """The pointer of what a claim became that has no origin of its own in the plan."""
        match claim.field, claim.value:
            case "question", TextValue() as question:
                return _pointer("open_questions", [row.id == stated_question(question) for row in self._plan.open_questions])
            case "dropped", _:
                return _pointer("dropped", [(row.rule, row.source) == (rule, claim.span) for row in self._plan.dropped])
            case "follow", PathValue(path=path):
                titles = [row.provenance.get("title") for row in self._plan.phases]
                return _pointer("phases", [bool(row and row.source and row.source.file == path) for row in titles])
        return ""

    def _became(self, claim: Claim, row: Decision) -> bool:
        """Whether a leaf with the claim's rule and lines is this claim: several may share both."""
        parts = row.field.split("/")
        name = next((part for part in reversed(parts) if not part.isdecimal()), "")
        if claim.field != "question" and (row.origin, row.confidence) != (claim.origin, claim.confidence):
            return False  # an answer has its own
        match claim.value:
            case EdgeValue(after=after):
                return "depends_on" in parts and row.value in self._ids.get(fold_text(after), ())
            case BudgetValue(name=budget):
                return parts[-2:] == ["budget", budget]
            case PathValue(path=path):
                same = row.value.rstrip("/") == clean_path(path).rstrip("/")
            case TextValue(text=text) if claim.field == "question":
                same = row.value.startswith(f"{text} → ")
            case _:
                same = row.value[:_SHOWN_CHARS] == value_words(claim.value)[:_SHOWN_CHARS]
        return same and name in _LEAVES.get(claim.field, ())

    def _note(self, claim: Claim, pointer: str) -> str:
        if claim.field == "prose":
            return "read for details"
        if claim.field == "dropped":
            return "left out, and listed as such"
        if isinstance(claim.value, GroupValue) and claim.field == "item" and claim.value.state in _DONE:
            return f"{claim.value.state}, so it is not scheduled"
        return "with its answer" if claim.field == "question" and pointer.startswith("/constraints/") else ""

    # -- lost -------------------------------------------------------------------------------------------------------

    def _why_lost(self, claim: Claim) -> str:
        match claim.value:
            case GroupValue():
                return self._why_group(claim, claim.value)
            case EdgeValue():
                return self._why_edge(claim.value) or self._why_second(claim) or "a person chose what goes first"
            case BudgetValue():
                return self._why_budget(claim, claim.value)
            case TextValue() if claim.field == "question":
                return self._why_question(claim.value)
            case TextValue() if claim.field in ("title", "goal"):
                best = next(row for row in self._ranked if row.field == claim.field)
                return f"another {claim.field} is better founded: {_founded(best)}"
            case PathValue() if claim.field == "follow":
                return "the findings say why that plan is not followed"
        return next(filter(None, self._reasons(claim)), "the plan has no place for it")

    def _reasons(self, claim: Claim) -> Iterator[str]:
        yield self._why_second(claim)
        yield self._why_done(claim)
        outside = self._phases and not any(claim.span and phase.holds(claim.span) for phase in self._phases)
        yield "it stands outside every phase" if outside and claim.field != "scope" else ""
        yield self._why_path(claim)
        yield "a person gave another command instead" if claim.field == "check" and self._answers else ""
        yield "its phase holds no work"

    def _why_second(self, claim: Claim) -> str:
        """Another claim says the same, and was taken in its place."""
        fields: tuple[Field, ...] = ("scope", "path", "read") if isinstance(claim.value, PathValue) else (claim.field,)
        found = [row for field in fields if (row := self._best.get((field, _key(claim.value)))) and row is not claim]
        best = min((row for row in found if self._find_leaf(row)), key=rank_claim, default=None)
        if best is None or rank_claim(best) > rank_claim(claim):
            return ""
        return f"the same value is better founded: {_founded(best)}"

    def _why_done(self, claim: Claim) -> str:
        done = next((row for row in self._done if claim.span and row.holds(claim.span)), None)
        return f"it belongs to a finished item ({_lines(done.extent)})" if done else ""

    def _why_path(self, claim: Claim) -> str:
        if not isinstance(claim.value, PathValue):
            return ""
        path = clean_path(claim.value.path).rstrip("/")
        changed = {row.path: row for phase in self._plan.phases for row in phase.scope.paths}
        if path in changed:
            row = changed[path]
            given = "a person let it change" if row.origin == "answered" else row.rule
            why = "it may be changed anyway" if claim.field == "read" else "the same path is better founded"
            return f"{why}: {_lines(row.source) if row.source else given}"
        if claim.field == "path" and any(phase.scope.declared for phase in self._plan.phases):
            return "the plan lists its files, and this is not one of them"
        return "the phases have lists of files of their own" if claim.field == "scope" and self._phases else ""

    def _why_group(self, claim: Claim, value: GroupValue) -> str:
        best = self._reader
        if best is not None and claim.package != best.package:
            return (
                f"one reading is taken whole, and that of {best.package} is better founded: "
                f"{best.confidence:.2f} > {claim.confidence:.2f}"
                if rank_claim(best) < rank_claim(claim) and best.confidence > claim.confidence
                else f"one reading is taken whole, and that is the one of {best.package}"
            )
        twin = next(
            (
                row
                for row in self._ranked
                if row.field == claim.field
                and row.package == claim.package
                and isinstance(row.value, GroupValue)
                and (row.value.extent.start, row.value.extent.pointer) == (value.extent.start, value.extent.pointer)
            ),
            claim,
        )
        if twin is not claim:
            return f"the same lines are {value_words(twin.value)!r} already: {_founded(twin)}"
        if claim.field == "item" and any(row.payloads for row in self._plan.phases):
            return "the code that the plan carries says better what the work is"
        if any(row.source and row.source.file for phase in self._plan.phases for row in phase.provenance.values()):
            return "the plan that it points to stands in its place"
        return "it holds no work"

    def _why_edge(self, value: EdgeValue) -> str:
        later, earlier = fold_text(value.source_id), fold_text(value.after)
        if later == earlier:
            return "it names itself"
        unknown = [name for name in (value.source_id, value.after) if fold_text(name) not in self._ids]
        return f"no phase or item of the plan is called {unknown[0]!r}" if unknown else ""

    def _why_budget(self, claim: Claim, value: BudgetValue) -> str:
        ceiling = getattr(self._ceiling, value.name)
        if value.amount >= ceiling:
            return f"no less than the configured {value.name} of {ceiling:g}"
        if value.amount <= 0:
            return "nothing could be done with it"
        return self._why_second(claim) or "a lower one holds there"

    def _why_question(self, value: TextValue) -> str:
        if stated_question(value) in self._answers:
            return "it was answered"
        return "five questions are open before it" if self._plan.open_questions else "it is answered by its default"


def _pointer(name: str, hits: Sequence[bool]) -> str:
    return f"/{name}/{hits.index(True)}" if True in hits else ""


def _key(value: ClaimValue) -> str:
    """What two claims share that say the same."""
    match value:
        case TextValue(text=text):
            return fold_text(text)
        case CommandValue(run=run, argv=argv, cwd=cwd):
            return repr((argv or run, cwd))
        case BudgetValue(name=name):
            return name
        case PathValue(path=path):
            return clean_path(path).rstrip("/")
        case _:
            return value_words(value)


def _founded(claim: Claim) -> str:
    where = _lines(claim.span) if claim.span else claim.rule
    return f"{where} ({claim.origin}, {claim.confidence:.2f})"


def _lines(span: Span) -> str:
    return f"line {span.start}" if span.start == span.end else f"lines {span.start}-{span.end}"
