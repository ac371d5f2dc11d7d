"""A plan on the terminal."""

from __future__ import annotations

import click

from autopack.cli.render import visible
from autopack.model.plan import Phase, Plan, Provenance

_STATUS = {
    "ready": "ready to run",
    "needs_input": "needs an answer",
    "not_actionable": "nothing to do was found in it",
}
_SIGNS = {"block": "refused", "ask": "needs approval", "note": "note"}


def print_plan(plan: Plan, *, explain: bool = False) -> None:
    """Phases with their files and checks, then what is unsure; each value with its line, and its rule with `explain`."""
    _say(f"{plan.title or plan.source.name}: {_standing(plan)}")
    for number, phase in enumerate(plan.phases, 1):
        _print_phase(number, phase, explain)
    for words, rows in (
        ("done when", plan.acceptance_criteria),
        ("not wanted", plan.non_goals),
        ("constraint", plan.constraints),
    ):
        for row in rows:
            _say(f"  {words}: {row.text}{_why(row, explain)}")
    for question in plan.open_questions:
        must = "must be answered" if question.blocking else "open"
        _say(f"  question {question.id} ({must}): {question.question}")
    for finding in plan.findings:
        line = f"line {finding.line}: " if finding.line else ""
        _say(f"  {_SIGNS[finding.severity]}: {line}{finding.message} [{finding.rule}]")
    for dropped in plan.dropped if explain else ():
        _say(f"  left out: lines {dropped.source.start}-{dropped.source.end} [{dropped.rule}]")


def _standing(plan: Plan) -> str:
    """What comes of the plan as it is: a complete one may still be refused, or wait for an approval."""
    severities = {finding.severity for finding in plan.findings}
    if "block" in severities or ("ask" in severities and plan.status == "ready"):
        return _SIGNS["block" if "block" in severities else "ask"]
    return _STATUS[plan.status]


def _print_phase(number: int, phase: Phase, explain: bool) -> None:
    state = "" if phase.scheduled else " (done)"
    _say(f"\n{number}. {phase.title}{state}" + (f" [{phase.id}]" if explain else ""))
    for deliverable in phase.deliverables:
        sign = "x" if deliverable.status == "done" else " "
        _say(f"   [{sign}] {deliverable.title}{_why(deliverable, explain)}")
    for path in phase.scope.paths:
        carried = [payload.action for payload in phase.payloads if payload.path == path.path]
        words = f", the plan carries it ({carried[0]})" if carried else ""
        _say(f"   may change  {path.path}{'/' if path.folder else ''}{words}{_why(path, explain)}")
    for path in phase.scope.read_only_context:
        _say(f"   may read    {path.path}{_why(path, explain)}")
    for command in phase.validation:
        _say(f"   proved by   {command.run}{_why(command, explain)}")


def _why(row: Provenance, explain: bool) -> str:
    if row.source:
        place = f"line {row.source.start}"
    elif row.evidence:
        place = ", ".join(row.evidence[:2])
    else:
        place = row.origin
    return f"  ({place}, {row.origin}, {row.rule}, {row.confidence:.2f})" if explain else f"  ({place})"


def _say(text: str) -> None:
    click.echo(visible(text))
