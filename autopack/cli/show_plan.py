"""A plan on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from textwrap import shorten

import click

from autopack.cli.render import visible
from autopack.model.draft import Span
from autopack.model.finding import Finding
from autopack.model.plan import Deliverable, Phase, Plan, PlanText, Provenance, Question

_STATUS = {"ready": "ready to run", "needs_input": "needs an answer"}
_SIGNS = {"block": "refused", "ask": "needs approval", "note": "note"}
_BUDGETS = {
    "max_files": "at most {:g} files",
    "max_tokens": "at most {:g} tokens",
    "max_minutes": "at most {:g} minutes",
    "max_attempts": "at most {:g} attempts",
}
# Below this a value is an assumption, and a person should see that it is one.
_SURE = 0.8
_GUESS = 0.5
_MOST_DROPPED = 5
_COMMAND_CHARS = 90


def print_plan(plan: Plan, *, explain: bool = False) -> None:
    """Phases with their order, files, checks and limits, then what binds all of them, what is unsure, and what was left out.

    Each value stands with its line and, where that is not sure, with how sure it is; with `explain` always, and with its rule.
    """
    _say(f"{plan.title or plan.source.name}: {_standing(plan)}")
    if plan.goal:
        _say(f"  goal: {plan.goal}{_why(plan.provenance['goal'], explain)}")
    numbers = {phase.id: number for number, phase in enumerate(plan.phases, 1)}
    for phase in plan.phases:
        _print_phase(phase, plan, numbers, explain)
    own = {row for phase in plan.phases for row in phase.acceptance_criteria}
    _print_texts("  done when: ", [row for row in plan.acceptance_criteria if row not in own], explain)
    _print_texts("  not wanted: ", plan.non_goals, explain)
    _print_texts("  constraint: ", plan.constraints, explain)
    for question in plan.open_questions:
        _print_question(question)
    for finding in plan.findings:
        _print_finding(finding)
    for dropped in islice(plan.dropped, None if explain else _MOST_DROPPED):
        first = " ".join(dropped.text.split())[:60]
        _say(f"  left out: {_place(dropped.source)}: {first}" + (f" [{dropped.rule}]" if explain else ""))
    if len(plan.dropped) > _MOST_DROPPED and not explain:
        _say(f"  left out: {len(plan.dropped) - _MOST_DROPPED} more, see `--explain`")


def _standing(plan: Plan) -> str:
    """What comes of the plan as it is: a complete one may still be refused, or wait for an approval."""
    severities = {finding.severity for finding in plan.findings}
    if "block" in severities or ("ask" in severities and plan.status == "ready"):
        return _SIGNS["block" if "block" in severities else "ask"]
    if plan.status == "not_actionable" and plan.phases:
        return "nothing is left to do: everything in it is done already"
    if plan.status == "not_actionable":
        return "this is not a plan: it has no list of work, no step and no code to carry out; nothing in it asks for a change"
    return _STATUS[plan.status]


def _print_phase(phase: Phase, plan: Plan, numbers: dict[str, int], explain: bool) -> None:
    notes = [] if phase.scheduled else ["(done)"]
    notes += [f"[{phase.category}{_doubt(phase.provenance.get('category'))}]"] + ([f"[{phase.id}]"] if explain else [])
    title = phase.provenance.get("title")
    where = _why(title, explain) if title and (title.source or explain) else ""
    _say(f"\n{numbers[phase.id]}. {phase.title} {' '.join(notes)}{where}")
    if phase.goal:
        _say(f"   goal        {phase.goal}")
    for name in phase.depends_on:
        _say(f"   after       {numbers[name]}. {plan.phase(name).title}{_edge(phase, name, explain)}")
    for deliverable in phase.deliverables:
        _print_deliverable(deliverable, phase, explain)
    for path in phase.scope.paths:
        carried = [payload.action for payload in phase.payloads if payload.path == path.path]
        words = f", the plan carries it ({carried[0]})" if carried else ""
        _say(f"   may change  {path.path}{'/' if path.folder else ''}{words}{_why(path, explain)}")
    for path in phase.scope.read_only_context:
        _say(f"   may read    {path.path}{'/' if path.folder else ''}{_why(path, explain)}")
    for command in phase.validation:
        folder = f" in {command.cwd}" if command.cwd != "." else ""
        run = command.run if explain else shorten(command.run, _COMMAND_CHARS, placeholder=" …")
        _say(f"   proved by   {run}{folder}{_why(command, explain)}")
    for name, words in _BUDGETS.items():
        lowered = phase.provenance.get(f"budget/{name}")
        if lowered:
            _say(f"   may spend   {words.format(getattr(phase.budget, name))}{_why(lowered, explain)}")
    _print_texts("   done when   ", phase.acceptance_criteria, explain)


def _print_deliverable(deliverable: Deliverable, phase: Phase, explain: bool) -> None:
    sign = {"done": "x", "cancelled": "-", "in_progress": "~"}.get(deliverable.status, " ")
    # Only where it is another kind of work than its phase, else every line would say the same.
    kind = (
        f" [{deliverable.category}{_doubt(deliverable.provenance.get('category'))}]"
        if deliverable.category != phase.category
        else ""
    )
    _say(f"   [{sign}] {deliverable.title}{kind}{_why(deliverable, explain)}")
    titles = {row.id: row.title for row in phase.deliverables}
    for name in deliverable.depends_on:
        _say(f"       after {titles.get(name, name)}{_edge(deliverable, name, explain)}")


def _print_texts(words: str, rows: Sequence[PlanText], explain: bool) -> None:
    for row in rows:
        _say(f"{words}{row.text}{_why(row, explain)}")


def _print_question(question: Question) -> None:
    must = "must be answered" if question.blocking else "open"
    where = f"{_place(question.source)}: " if question.source else ""
    _say(f"  question {question.id} ({must}): {where}{question.question}")
    for number, option in enumerate(question.options, 1):
        _say(f"    {number}. {option}" + (" (default)" if option == question.default else ""))
    if question.default is not None and question.default not in question.options:
        _say(f"    default: {question.default}")


def _print_finding(finding: Finding) -> None:
    where = f"{_place(Span(start=finding.line, end=finding.line, file=finding.file))}: " if finding.line else ""
    _say(f"  {_SIGNS[finding.severity]}: {where}{finding.message} [{finding.rule}]")
    if finding.hint:
        _say(f"    {finding.hint}")


def _edge(owner: Phase | Deliverable, name: str, explain: bool) -> str:
    row = owner.provenance.get(f"depends_on/{name}")
    return _why(row, explain) if row else ""


def _doubt(row: Provenance | None) -> str:
    return "?" if row and row.confidence < _GUESS else ""


def _why(row: Provenance, explain: bool) -> str:
    place = _place(row.source) if row.source else ", ".join(row.evidence[:2]) or row.origin
    if explain:
        return f"  ({', '.join(dict.fromkeys((place, row.origin, row.rule)))}, {row.confidence:.2f})"
    return f"  ({place}, {row.confidence:.0%} sure)" if row.confidence < _SURE else f"  ({place})"


def _place(span: Span) -> str:
    lines = f"line {span.start}" if span.start == span.end else f"lines {span.start}-{span.end}"
    return f"{span.file} {lines}" if span.file else lines


def _say(text: str) -> None:
    click.echo(visible(text))
