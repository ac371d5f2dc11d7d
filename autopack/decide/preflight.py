"""What can be known to be wrong with a plan before anything runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from autopack.decide.checks import is_derived
from autopack.decide.policy import judge_argv, judge_command
from autopack.decide.scope import build_fence, is_covered, is_protected, judge_containment, judge_path
from autopack.errors import DONE, NEEDS_ANSWER, REFUSED
from autopack.model.finding import Finding
from autopack.model.plan import Phase, Plan, PlanCommand, PlanPath, PlanPayload


def find_plan_findings(plan: Plan, known: Sequence[tuple[str, ...]] = ()) -> tuple[Finding, ...]:
    """Findings in the plan's order: paths that may not change, code that leaves the scope, commands that may not run.

    `known` are the detected toolchains' own commands.
    """
    findings: list[Finding] = []
    for phase in plan.phases:
        if phase.scheduled:
            findings += _scope_findings(phase)
            findings += _payload_findings(phase)
            for command in phase.validation:
                findings += _command_findings(command, known)
    return tuple(findings)


def plan_exit_code(plan: Plan) -> int:
    """How `autopack plan` ends: refused before needing an answer before ready."""
    severities = {finding.severity for finding in plan.findings}
    if "block" in severities:
        return REFUSED
    return DONE if plan.status == "ready" and "ask" not in severities else NEEDS_ANSWER


def _line(row: PlanPath | PlanPayload | PlanCommand) -> int | None:
    return row.source.start if row.source else None


def _scope_findings(phase: Phase) -> list[Finding]:
    findings = []
    carried = {payload.path for payload in phase.payloads} if not phase.scope.declared else set()
    for row in phase.scope.paths:
        if row.path in carried:
            continue  # judged with its payload, which says more
        contained = judge_containment(row.path)
        if not contained.allowed:
            message = f"{row.path} {contained.reason}"
            findings.append(Finding(rule=contained.rule, severity="block", message=message, path=row.path, line=_line(row)))
        elif is_protected(row.path) and row.origin != "answered":
            findings.append(
                Finding(
                    rule="scope.protected",
                    severity="ask" if row.origin == "stated" else "block",
                    message=f"{row.path} is protected: it decides what runs elsewhere",
                    hint=f"approve it with `--allow {shlex.quote(row.path)}`",
                    path=row.path,
                    line=_line(row),
                )
            )
    return findings


def _payload_findings(phase: Phase) -> list[Finding]:
    findings = []
    fence = build_fence(phase.scope.paths)
    asked = [row.path for row in phase.scope.paths if phase.scope.declared and row.origin == "stated"]
    first: dict[str, PlanPayload] = {}
    for payload in phase.payloads:
        for path in filter(None, (payload.path, payload.to)):
            verdict = judge_path(path, fence)
            if verdict.allowed or (verdict.rule == "scope.protected" and is_covered(path, asked)):
                continue
            reason = verdict.reason
            if verdict.rule == "scope.outside":
                reason = "is not in the plan's own list of files"
            grant = f"add it to the list, or run with `--allow {shlex.quote(path)}`"
            findings.append(
                Finding(
                    rule=verdict.rule,
                    severity="block",
                    message=f"the plan's code for {path} {reason}",
                    hint=grant if verdict.rule in _CAN_BE_ALLOWED else "",
                    path=path,
                    line=_line(payload),
                )
            )
        earlier = first.setdefault(payload.path, payload)
        if earlier is not payload and payload.action == earlier.action == "write" and payload.text != earlier.text:
            findings.append(
                Finding(
                    rule="plan.two-payloads",
                    severity="ask",
                    message=f"lines {_line(earlier)} and {_line(payload)} carry two different versions of {payload.path}",
                    hint="remove one of them",
                    path=payload.path,
                    line=_line(payload),
                )
            )
    return findings


_CAN_BE_ALLOWED = ("scope.outside", "scope.protected")


def _command_findings(command: PlanCommand, known: Sequence[tuple[str, ...]]) -> list[Finding]:
    cwd = PurePosixPath(command.cwd)
    contained = judge_containment(command.cwd)
    if not contained.allowed:
        message = f"`{command.run}` would run in {command.cwd}, which {contained.reason}"
        return [Finding(rule=contained.rule, severity="block", message=message, path=command.cwd, line=_line(command))]
    if command.argv:
        verdict = judge_argv(command.argv, cwd=cwd, known=known)
    else:
        verdict = judge_command(command.run, cwd=cwd, known=known)
        if verdict.verdict != "deny":
            return []  # it needs a shell: an open question asks for another
    trusted = is_derived(command) or command.origin == "answered"
    if verdict.verdict == "allow" or (verdict.verdict == "ask" and trusted):
        return []
    return [
        Finding(
            rule=f"policy.{verdict.rule}",
            severity="block" if verdict.verdict == "deny" else "ask",
            message=f"`{command.run}` {verdict.reason}",
            hint="" if verdict.verdict == "deny" else f"approve it by giving it yourself: `--check {shlex.quote(command.run)}`",
            line=_line(command),
        )
    ]
