"""Draft to plan: three rounds of claims, one merger, preflight."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autopack.decide.claims import verify_claims
from autopack.decide.merge import NO_OVERRIDES, Overrides, merge_claims
from autopack.decide.order import find_cycle
from autopack.decide.preflight import find_plan_findings
from autopack.model.draft import Claim, Draft
from autopack.model.finding import Finding
from autopack.model.plan import Plan
from autopack.model.toolchain import Toolchain
from autopack.model.workspace import Workspace
from autopack.stages.ground import find_toolchains
from autopack.stages.setup import Context

ROUNDS = ("items", "details", "checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    plan: Plan
    toolchains: tuple[Toolchain, ...]


def make_plan(context: Context, draft: Draft, workspace: Workspace, overrides: Overrides = NO_OVERRIDES) -> Planned:
    """The plan with its preflight findings, and the toolchains it was grounded on.  Runs no code of the repository."""
    toolchains = find_toolchains(context.plugins, workspace)
    claims: tuple[Claim, ...] = ()
    for round_ in ROUNDS:
        answers = context.plugins.ask(
            "normalize_plan",
            draft=replace(draft, known=claims),
            workspace=workspace,
            toolchains=toolchains,
            round=round_,
        )
        claims += verify_claims((claim for answer in answers for claim in answer.value), draft)
    plan = merge_claims(draft, claims, workspace, toolchains, context.ceiling, overrides)
    return Planned(plan=replace(plan, findings=_preflight(context, plan, workspace, toolchains)), toolchains=toolchains)


def _preflight(context: Context, plan: Plan, workspace: Workspace, toolchains: tuple[Toolchain, ...]) -> tuple[Finding, ...]:
    known = tuple(command.argv for tool in toolchains for command in (*tool.build, *tool.test, *tool.smoke))
    findings = find_plan_findings(plan, known)
    cycle = find_cycle(plan.phases)
    if cycle:
        words = " and ".join(repr(plan.phase(name).title) for name in cycle[:2])
        findings += (
            Finding(rule="plan.cycle", severity="ask", message=f"{words} wait for each other", hint="say which goes first"),
        )
    for answer in context.plugins.ask("review_plan", plan=plan, workspace=workspace):
        findings += tuple(answer.value)
    return findings
