"""Everything that can be said against a plan before anything runs, in one place: `plan` shows it, `run` obeys it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from autopack.decide.preflight import Objection, find_gaps, find_install_asks, find_objections, find_step_notes, known_commands
from autopack.decide.runnable import find_check_notes, list_programs
from autopack.effects.tools import locate
from autopack.model.approval import Ask
from autopack.model.finding import Finding
from autopack.model.plan import Plan
from autopack.model.toolchain import Toolchain
from autopack.model.workspace import Workspace
from autopack.stages.setup import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The plan with all findings; `asks` are the approvals that can be foreseen, `doubts` what asks for a better plan."""

    plan: Plan
    asks: tuple[Ask, ...]
    doubts: tuple[Finding, ...]


def check_plan(
    context: Context, plan: Plan, workspace: Workspace, toolchains: Sequence[Toolchain], found: Sequence[Finding] = ()
) -> Checked:
    """Containment, policy, carried code, gaps and loops, programs and files of the checks, and the guards of plugins.

    `found` is what was noticed while the plan was read.  A ready plan with a gap needs an answer.  Runs no code of the
    repository.  That a plan has the form of its schema is settled by its types; what they cannot say is checked here.
    """
    known, rules = known_commands(toolchains), context.plugins.policy_rules()
    objections = [row for phase in plan.phases for row in find_objections(phase, known, rules)]
    gaps = find_gaps(plan)
    path = context.environ.get("PATH", os.defpath)
    programs = frozenset(name for name in list_programs(plan) if locate(name, path))
    others = (
        *gaps,
        *find_check_notes(plan, workspace, toolchains, programs),
        *found,
        *find_step_notes(plan, known, rules),
        *_review(context, plan, workspace),
    )
    objections += [Objection(finding=finding) for finding in others]
    installs = tuple(ask for phase in plan.phases for ask in find_install_asks(phase, toolchains))
    return Checked(
        plan=replace(plan, status="needs_input" if gaps else plan.status, findings=tuple(row.finding for row in objections)),
        asks=(*dict.fromkeys(row.ask for row in objections if row.ask), *installs),
        doubts=tuple(row.finding for row in objections if row.finding.severity == "ask" and not row.ask),
    )


def _review(context: Context, plan: Plan, workspace: Workspace) -> tuple[Finding, ...]:
    """What the guards of plugins say of the plan as a whole."""
    answers = context.plugins.ask("review_plan", plan=plan, workspace=workspace)
    return tuple(finding for answer in answers for finding in answer.value)
