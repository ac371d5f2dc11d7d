"""Compare words: which texts mean the same, and whether a stated value stands in the lines that it cites.

Independent of the host's own check of claims, which it is to prove.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from autopack.model.draft import Draft, Span
from autopack.model.plan import Deliverable, Phase, Plan, PlanCommand, PlanPath, PlanPayload, PlanText, Provenance
from benchmarks.plans.edges import list_names

SAME = 0.6

# A script without blanks has no words, so each of its characters counts as one.
_WORD = re.compile(r"[぀-ヿ㐀-鿿가-힯]|[^\W_぀-ヿ㐀-鿿가-힯]+")
_ESCAPE = re.compile(r'\\u([0-9a-fA-F]{4})|\\([nrtbf"/\\])|("")')
_PLAIN = {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " "}
_CONTINUED = re.compile(r"\\\r?\n")


def fold_blanks(text: str) -> str:
    return " ".join(_CONTINUED.sub(" ", text).split())


def list_words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def overlap(one: str, other: str) -> tuple[float, float]:
    """The share of common words: of the shorter text, and of both together."""
    left, right = set(list_words(one)), set(list_words(other))
    if not left or not right:
        return float(one.strip() == other.strip()), 0.0
    return len(left & right) / min(len(left), len(right)), len(left & right) / len(left | right)


def is_same(one: str, other: str) -> bool:
    return overlap(one, other)[0] >= SAME


def find_unfounded(plan: Plan, draft: Draft, files: Mapping[str, str]) -> tuple[int, list[str]]:
    """How many stated values the plan has, and those that do not stand in their lines.

    `files` holds the texts of the repository: a plan may cite another one that it points to.
    """
    number, unfounded = 0, []
    for kind, basis, names in _values(plan):
        if basis.origin != "stated":
            continue
        number += 1
        cited = _cited(draft, basis.source, files) if basis.source else ()
        if not any(_stands_in(name, cited, kind) for name in names):
            where = f"lines {basis.source.start}-{basis.source.end}" if basis.source else "no lines"
            unfounded.append(f"{' or '.join(sorted(names))!r} is not in {where} ({basis.rule})")
    return number, unfounded


def _values(plan: Plan) -> Iterator[tuple[str, Provenance, frozenset[str]]]:
    """Every leaf: exact (`path`, `command`) or as `words`, its basis, and the texts of which one must stand there.

    Budgets are left out: `at most three files` and 3 have no text in common.
    """
    owners: tuple[Plan | Phase, ...] = (plan, *plan.phases)
    for owner in owners:
        for name, text in (("title", owner.title), ("goal", owner.goal)):
            if basis := owner.provenance.get(name):
                yield "words", basis, frozenset([text or ""])
    for row in _leaves(plan):
        match row:
            case PlanPath(path=path) | PlanPayload(path=path):
                yield "path", row, frozenset([path])
            case PlanCommand(run=run):
                yield "command", row, frozenset([run])
            case PlanText(text=text):
                yield "words", row, frozenset([text])
            case Deliverable(title=title):
                yield "words", row, frozenset([title])
    names = {row.id: list_names(row.source_id, row.title) for row in _groups(plan)}
    for phase in plan.phases:
        # One phase may come after another because an item of it names an item of that one.
        names[phase.id] = names[phase.id].union(*(names[item.id] for item in phase.deliverables))
    for group in _groups(plan):
        for earlier in group.depends_on:
            if basis := group.provenance.get(f"depends_on/{earlier}"):
                yield "words", basis, names.get(earlier, frozenset([earlier]))


def _groups(plan: Plan) -> Iterator[Phase | Deliverable]:
    for phase in plan.phases:
        yield phase
        yield from phase.deliverables


def _leaves(plan: Plan) -> Iterator[Provenance]:
    yield from (*plan.commands, *plan.non_goals, *plan.acceptance_criteria, *plan.constraints)
    for phase in plan.phases:
        yield from (*phase.scope.paths, *phase.scope.read_only_context, *phase.validation, *phase.payloads)
        yield from phase.acceptance_criteria
        for item in phase.deliverables:
            yield item
            yield from (*item.paths, *item.acceptance_criteria, *item.children)


def _cited(draft: Draft, span: Span, files: Mapping[str, str]) -> tuple[str, ...]:
    """The cited lines as they stand, and of a structured file also with their escapes undone."""
    lines = files.get(span.file, "").splitlines() if span.file else draft.lines
    if not 1 <= span.start <= span.end <= len(lines):
        return ()
    text = "\n".join(lines[span.start - 1 : span.end])
    is_structured = draft.tree is not None or span.pointer
    return (text, _ESCAPE.sub(_unescape, text)) if is_structured else (text,)


def _unescape(found: re.Match[str]) -> str:
    code, letter, _ = found.groups()
    return chr(int(code, 16)) if code else _PLAIN.get(letter, letter) if letter else '"'


def _stands_in(value: str, cited: tuple[str, ...], kind: str) -> bool:
    sought = list_words(value)
    if kind == "words" and sought:
        return any(f" {' '.join(sought)} " in f" {' '.join(list_words(text))} " for text in cited)
    exact = fold_blanks(value.rstrip("/") if kind == "path" else value)
    return bool(exact) and any(re.search(rf"(?<!\w){re.escape(exact)}(?!\w)", fold_blanks(text)) for text in cited)
