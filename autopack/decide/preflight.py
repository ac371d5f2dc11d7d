"""What can be known to be wrong with a plan before anything runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack import __version__
from autopack.decide import policy_rules
from autopack.decide.checks import is_derived
from autopack.decide.names import digest_text
from autopack.decide.order import find_cycle
from autopack.decide.policy import judge_argv, judge_command
from autopack.decide.runnable import cite, phase_source
from autopack.decide.scope import build_fence, is_covered, is_protected, judge_containment, judge_path
from autopack.errors import DONE, NEEDS_ANSWER, REFUSED
from autopack.model.approval import Ask
from autopack.model.draft import Span
from autopack.model.finding import Finding
from autopack.model.plan import Phase, Plan, PlanCommand, PlanPath, PlanPayload
from autopack.model.policy import PolicyRule
from autopack.model.toolchain import Toolchain

INSTALL_RULE = "install.additions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What speaks against a phase as it is planned; with an `ask` it is lifted by an approval of that."""

    finding: Finding
    ask: Ask | None = None


def find_objections(
    phase: Phase, known: Sequence[tuple[str, ...]] = (), rules: Sequence[PolicyRule] = ()
) -> tuple[Objection, ...]:
    """In the plan's order: paths that may not change, code that leaves the scope, commands that may not run.

    `known` are the detected toolchains' own commands, `rules` the stricter ones of plugins.  A phase that is done has none.
    """
    if not phase.scheduled:
        return ()
    objections = _scope_objections(phase) + [Objection(finding=finding) for finding in _payload_findings(phase)]
    for command in phase.validation:
        objections += _command_objections(phase, command, known, rules)
    return tuple(objections)


def find_step_notes(plan: Plan, known: Sequence[tuple[str, ...]] = (), rules: Sequence[PolicyRule] = ()) -> tuple[Finding, ...]:
    """What the policy denies of the commands that the plan gives as steps: they are not run, and a person should know why."""
    notes = []
    for command in plan.commands:
        verdict = judge_command(command.run, cwd=PurePosixPath(command.cwd), known=known, rules=rules)
        if verdict.verdict == "deny":
            message = f"`{command.run}` is never run: {verdict.reason}"
            notes.append(Finding(rule=f"policy.{verdict.rule}", severity="note", message=message, **cite(command.source)))
    return tuple(notes)


def find_gaps(plan: Plan) -> tuple[Finding, ...]:
    """What a plan that calls itself ready lacks: open phases without a path, a check or means, and loops.

    The merger asks for each of these; an answer that says nothing, or a plan put together from others, may leave one.
    """
    if plan.status != "ready":
        return ()
    gaps = [row for phase in plan.phases if phase.scheduled for row in _phase_gaps(phase)]
    items = [item for phase in plan.phases for item in phase.deliverables]
    gaps += _loops({phase.id: phase.depends_on for phase in plan.phases}, {row.id: row.title for row in plan.phases})
    gaps += _loops({item.id: item.depends_on for item in items}, {item.id: item.title for item in items})
    return tuple(gaps)


def _phase_gaps(phase: Phase) -> Iterator[Finding]:
    source = phase_source(phase)
    if not phase.scope.paths:
        yield _gap("no-scope", f"phase {phase.title!r} names no file that may change", "name one: `--allow PATH`", source)
    if not phase.validation:
        yield _gap("no-check", f"phase {phase.title!r} has no check", "give one: `--check COMMAND`", source)
    for command in phase.validation:
        if not command.argv:
            words = f"`{command.run}` of phase {phase.title!r} needs a shell"
            yield _gap("no-argv", words, "give a single command: `--check COMMAND`", command.source or source)
    budget = phase.budget
    if min(budget.max_files, budget.max_tokens, budget.max_minutes, budget.max_attempts) <= 0:
        yield _gap("no-budget", f"phase {phase.title!r} may spend nothing", "raise the `budget` in the configuration", source)


def _loops(needs: Mapping[str, Sequence[str]], titles: Mapping[str, str]) -> list[Finding]:
    loop = find_cycle(needs)
    words = " and ".join(repr(titles[name]) for name in loop[:3])
    return [_gap("loop", f"{words} wait for each other", "take one of the dependencies out of the plan", None)] if loop else []


def _gap(name: str, message: str, hint: str, source: Span | None) -> Finding:
    return Finding(rule=f"plan.{name}", severity="ask", message=message, hint=hint, **cite(source))


def find_install_asks(phase: Phase, toolchains: Sequence[Toolchain]) -> tuple[Ask, ...]:
    """What the phase's own dependencies will ask for if it adds any: one a toolchain whose manifests it may change."""
    asks = []
    for tool in toolchains if phase.scheduled else ():
        fence = build_fence(phase.scope.paths).paths
        touched = [str(path) for path in tool.manifests if is_covered(str(path), fence)]
        if touched and tool.install:
            names = " and ".join(touched)
            reason = f"installing what phase {phase.title!r} adds to {names}"
            row = next(row for row in phase.scope.paths if is_covered(touched[0], build_fence([row]).paths))
            asks.append(Ask(kind="install", phase_id=phase.id, text=tool.key, rule=INSTALL_RULE, reason=reason, line=_line(row)))
    return tuple(asks)


def known_commands(toolchains: Sequence[Toolchain]) -> tuple[tuple[str, ...], ...]:
    """What the detected toolchains call their own; the policy trusts it more than the same words of a plan."""
    return tuple(command.argv for tool in toolchains for command in (*tool.build, *tool.test, *tool.smoke))


def digest_policy(rules: Sequence[PolicyRule] = ()) -> str:
    """One digest of everything that decides what is asked: the host's version and tables, and the rules of plugins."""
    tables = (policy_rules.RULES, policy_rules.FALLBACKS, tuple(sorted(map(repr, rules))))
    return digest_text(repr((__version__, tables)))


def plan_exit_code(plan: Plan) -> int:
    """How `autopack plan` ends: refused before needing an answer before ready."""
    severities = {finding.severity for finding in plan.findings}
    if "block" in severities:
        return REFUSED
    return DONE if plan.status == "ready" and "ask" not in severities else NEEDS_ANSWER


def _line(row: PlanPath | PlanPayload | PlanCommand) -> int | None:
    return row.source.start if row.source else None


def _scope_objections(phase: Phase) -> list[Objection]:
    objections = []
    carried = {payload.path for payload in phase.payloads} if not phase.scope.declared else set()
    for row in phase.scope.paths:
        if row.path in carried:
            continue  # judged with its payload, which says more
        contained = judge_containment(row.path)
        if not contained.allowed:
            message = f"{row.path} {contained.reason}"
            finding = Finding(rule=contained.rule, severity="block", message=message, path=row.path, **cite(row.source))
            objections.append(Objection(finding=finding))
        elif is_protected(row.path) and row.origin != "answered":
            reason = "is protected: it decides what runs elsewhere"
            finding = Finding(
                rule="scope.protected",
                severity="ask" if row.origin == "stated" else "block",
                message=f"{row.path} {reason}",
                hint=f"approve it with `--allow {shlex.quote(row.path)}`",
                path=row.path,
                **cite(row.source),
            )
            ask = Ask(kind="path", phase_id=phase.id, text=row.path, rule=finding.rule, reason=reason, line=finding.line)
            objections.append(Objection(finding=finding, ask=ask if finding.severity == "ask" else None))
    return objections


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
                    **cite(payload.source),
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
                    **cite(payload.source),
                )
            )
    return findings


_CAN_BE_ALLOWED = ("scope.outside", "scope.protected")


def _command_objections(
    phase: Phase, command: PlanCommand, known: Sequence[tuple[str, ...]], rules: Sequence[PolicyRule]
) -> list[Objection]:
    cwd = PurePosixPath(command.cwd)
    contained = judge_containment(command.cwd)
    if not contained.allowed:
        message = f"`{command.run}` would run in {command.cwd}, which {contained.reason}"
        finding = Finding(rule=contained.rule, severity="block", message=message, path=command.cwd, **cite(command.source))
        return [Objection(finding=finding)]
    if command.argv:
        verdict = judge_argv(command.argv, cwd=cwd, known=known, rules=rules)
    else:
        verdict = judge_command(command.run, cwd=cwd, known=known, rules=rules)
        if verdict.verdict != "deny":
            return []  # it needs a shell: an open question asks for another
    trusted = is_derived(command) or command.origin == "answered"
    if verdict.verdict == "allow" or (verdict.verdict == "ask" and trusted):
        return []
    rule = f"policy.{verdict.rule}"
    finding = Finding(
        rule=rule,
        severity="block" if verdict.verdict == "deny" else "ask",
        message=f"`{command.run}` {verdict.reason}",
        hint="" if verdict.verdict == "deny" else f"approve it by giving it yourself: `--check {shlex.quote(command.run)}`",
        **cite(command.source),
    )
    if verdict.verdict == "deny":
        return [Objection(finding=finding)]
    ask = Ask(
        kind="command",
        phase_id=phase.id,
        text=command.run,
        argv=command.argv,
        cwd=command.cwd,
        rule=rule,
        reason=verdict.reason,
        line=_line(command),
    )
    return [Objection(finding=finding, ask=ask)]
