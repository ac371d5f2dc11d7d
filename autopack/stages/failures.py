"""Try the repairs that plugins know for a failed check, and keep one only if it proves itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autopack.decide.policy import judge_argv
from autopack.decide.verdict import is_improvement
from autopack.model.attempt import Attempt, CheckResult
from autopack.model.failure import Failure, Hint, Mitigation, Run
from autopack.model.finding import Finding
from autopack.model.toolchain import Check
from autopack.stages.checks import discard_environment, run_checks, run_command
from autopack.stages.running import Running

MOST_REPAIRS = 5
REPAIR_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The results after all repairs that stayed; `asks` when a person could let a further one happen."""

    results: tuple[CheckResult, ...]
    findings: tuple[Finding, ...] = ()
    applied: tuple[str, ...] = ()
    asks: bool = False


def repair(run: Running, attempt: Attempt, checks: Sequence[Check], baseline: Sequence[CheckResult]) -> Repaired:
    """Apply one repair after the other, best confidence first, each at most once; undo what does not help, for good."""
    results = attempt.results
    findings: list[Finding] = []
    applied: list[str] = []
    asked = False
    tried = _undone_before(run, attempt.phase.id)
    while len(applied) < MOST_REPAIRS:
        mitigation = next((m for m in _offers(run, attempt, results) if _name(m) not in tried), None)
        if mitigation is None:
            break
        tried.add(_name(mitigation))
        if mitigation.ask:
            asked = True
            findings.append(_finding(mitigation, "ask", mitigation.ask))
            continue
        findings += [_finding(mitigation, "note", step.text) for step in mitigation.steps if isinstance(step, Hint)]
        steps = [step for step in mitigation.steps if isinstance(step, Run)]
        if len(steps) < len([step for step in mitigation.steps if not isinstance(step, Hint)]):
            findings.append(
                _finding(mitigation, "note", f"{mitigation.name} needs a kind of step that this version does not take")
            )
            continue
        if not steps:
            continue
        after, problem = _apply(run, attempt, mitigation, steps, checks, baseline)
        kept = after is not None and is_improvement(results, after)
        run.journal.append("mitigation.kept" if kept else "mitigation.undone", phase=attempt.phase.id, name=_name(mitigation))
        if after is not None and kept:
            results = after
            applied.append(_name(mitigation))
            findings.append(_finding(mitigation, "note", mitigation.reason))
        else:
            words = problem or "it did not help, or broke something else"
            findings.append(_finding(mitigation, "note", f"repair {mitigation.name} was undone: {words}"))
            for toolchain in attempt.toolchains:
                if any(step.toolchain in (toolchain.key, toolchain.name) for step in steps):
                    discard_environment(run, toolchain, attempt.tree)
    return Repaired(results=results, findings=tuple(findings), applied=tuple(applied), asks=asked)


def _name(mitigation: Mitigation) -> str:
    return f"{mitigation.package}:{mitigation.name}"


def _undone_before(run: Running, phase_id: str) -> set[str]:
    """What did not help this phase.  One that did is needed again wherever its environment is made anew, as by a resume."""
    undone = (event for event in run.journal.events if event.type == "mitigation.undone")
    return {event.fact("name") for event in undone if event.fact("phase") == phase_id}


def _offers(run: Running, attempt: Attempt, results: Sequence[CheckResult]) -> list[Mitigation]:
    """Every repair for every failure, the surest first.  A repair behind an experimental switch needs it on."""
    failures: list[Failure] = [failure for row in results if row.state != "passed" for failure in row.failures]
    offers: list[Mitigation] = []
    for failure in failures:
        for answer in run.context.plugins.ask("mitigate_failure", failure=failure, attempt=attempt):
            mitigation: Mitigation = answer.value
            if not mitigation.feature or run.context.config.is_enabled(mitigation.feature):
                offers.append(mitigation)
    return sorted(offers, key=lambda m: (-m.confidence, m.package, m.name))


def _apply(
    run: Running,
    attempt: Attempt,
    mitigation: Mitigation,
    steps: Sequence[Run],
    checks: Sequence[Check],
    baseline: Sequence[CheckResult],
) -> tuple[tuple[CheckResult, ...] | None, str]:
    """The results after the steps; `None` and the reason when a step itself failed."""
    for step in steps:
        toolchain = next((tool for tool in attempt.toolchains if step.toolchain in (tool.key, tool.name)), None)
        if toolchain is None:
            return None, f"there is no toolchain {step.toolchain!r} in this attempt"
        # A repair is a plugin's idea: what the policy denies is denied to it too; what it asks, the feature's switch answered.
        verdict = judge_argv(step.command.argv, cwd=step.command.cwd, rules=run.context.plugins.policy_rules())
        if verdict.verdict == "deny":
            return None, f"the command policy denies it: {verdict.reason}"
        run.journal.append("mitigation.applied", phase=attempt.phase.id, name=_name(mitigation), argv=step.command.argv)
        result = run_command(run, step.command, toolchain, attempt.tree, REPAIR_TIMEOUT_S, installs=True)
        if result.exit_code != 0:
            said = result.stderr.strip().splitlines() or result.stdout.strip().splitlines() or [""]
            return None, f"`{' '.join(step.command.argv[:6])}` ended with exit code {result.exit_code}: {said[-1][:200]}"
    return run_checks(run, checks, attempt.tree, baseline, again=True), ""


def _finding(mitigation: Mitigation, severity: str, message: str) -> Finding:
    return Finding(
        rule=f"mitigation.{mitigation.name}",
        severity="ask" if severity == "ask" else "note",
        message=message,
        package=mitigation.package,
    )
