"""One phase: attempts until one is proved, then a commit; or the reason why not."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import structlog

from autopack.decide.checks import build_checks
from autopack.decide.closed import Closed, find_closed
from autopack.decide.deliverables import find_missing_deliverables
from autopack.decide.guards import SECRET_RULE
from autopack.decide.names import digest_text, make_safe_id
from autopack.decide.scope import Fence, build_fence, is_covered, judge_changes
from autopack.decide.verdict import count_collected, judge_proof
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.log import get_logger
from autopack.effects.scan import FileWorkspace, open_tree
from autopack.model.attempt import (
    Attempt,
    AttemptRecord,
    Builder,
    BuildRequest,
    BuildResult,
    CheckResult,
    FileChange,
    Manifest,
    Outcome,
    PhaseState,
)
from autopack.model.finding import Finding
from autopack.model.plan import Phase
from autopack.model.specs import BuilderSpec
from autopack.stages.approvals import approve_additions
from autopack.stages.bench import WorktreeBench
from autopack.stages.checks import run_checks, shorten_result
from autopack.stages.commit import commit_phase
from autopack.stages.context import assemble_prompt
from autopack.stages.failures import repair
from autopack.stages.guards import guard_findings
from autopack.stages.running import Running
from autopack.stages.watch import (
    attempt_folder,
    attempt_ref,
    breach_reason,
    freeze,
    judge_worktree,
    look_before,
    read_findings,
    settle_stopped,
    undo_moves,
)
from autopack.stages.worktrees import load_worktree, take_back

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What stays the same for all attempts of one phase."""

    phase: Phase
    parent_tree: str
    workspace: FileWorkspace
    fence: Fence
    manifest: Manifest
    baseline: tuple[CheckResult, ...]
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What one attempt came to; `reason` is empty when the tree is proved."""

    number: int
    tree: str | None = None
    reason: str = ""
    state: PhaseState = "failed"
    build: BuildResult | None = None
    changes: tuple[FileChange, ...] = ()
    results: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()
    mitigations: tuple[str, ...] = ()
    proved_by: str = ""
    seconds: float = 0.0


def run_phase(run: Running, phase: Phase, spec: BuilderSpec, builder: Builder) -> Outcome:
    """Build, freeze, judge, check, audit, commit; bounded by the phase's budget and by a breaker.

    The breaker: the same tree that fails in the same way twice will fail a third time, so it stops.
    """
    run.journal.append("phase.started", sync=True, phase=phase.id, title=phase.title, parent=run.head)
    job = _prepare(run, phase)
    tries: list[_Tried] = []
    problem = _baseline_problem(run, job)
    if problem is not None:
        tries.append(problem)
    seen: set[tuple[object, ...]] = set()
    while problem is None:
        number = len(tries) + 1
        with structlog.contextvars.bound_contextvars(attempt=number):
            tried = _attempt(run, job, spec, builder, number, diagnosis=_diagnosis(tries))
        tries.append(tried)
        run.journal.append(
            "attempt.finished", phase=phase.id, attempt=number, tree=tried.tree, reason=tried.reason, state=tried.state
        )
        if not tried.reason:
            return _commit(run, job, tries)
        symptom = (tried.tree, tuple(sorted(f.signature for row in tried.results for f in row.failures)))
        spent = time.monotonic() >= job.deadline
        if tried.state != "failed" or spec.carried or symptom in seen or spent or number >= phase.budget.max_attempts:
            break
        seen.add(symptom)
    return _finish(run, _outcome(job, tries))


def _prepare(run: Running, phase: Phase) -> _Job:
    parent_tree = git.tree_of(run.repo, run.head)
    workspace = open_tree(run.repo, parent_tree)
    checks = build_checks(phase, run.toolchains, run.context.config.limit_s)
    fence = build_fence(phase.scope.paths)
    # Tests that the plan states too: which of them were collected before is what shows that some have gone.
    compared = [check for check in checks if check.origin == "derived" or check.kind == "test"]
    baseline = run_checks(run, compared, parent_tree, None)
    run.journal.append(
        "baseline.recorded", phase=phase.id, checks={row.check.id: row.reason or row.state for row in baseline}, tree=parent_tree
    )
    _note_tests(run, baseline)
    manifest = Manifest(
        run_id=run.request.run_id,
        phase_id=phase.id,
        base_tree=parent_tree,
        scope_paths=fence.paths,
        read_only=tuple(
            (row.path, digest_text(workspace.read_text(PurePosixPath(row.path)) or "")) for row in phase.scope.read_only_context
        ),
        checks=checks,
        budget=phase.budget,
        anchor_digest=digest_text(run.intent.intent_anchor),
        plan_digest=run.request.plan_digest,
    )
    return _Job(
        phase=phase,
        parent_tree=parent_tree,
        workspace=workspace,
        fence=fence,
        manifest=manifest,
        baseline=baseline,
        deadline=time.monotonic() + phase.budget.max_minutes * 60,
    )


def _note_tests(run: Running, baseline: Sequence[CheckResult]) -> None:
    """How many tests each check finds before anything changes: a derived one that finds none proves nothing by itself."""
    counts = {row.check.id: count_collected(row) for row in baseline if row.check.kind == "test"}
    empty = [row.check.id for row in baseline if row.check.origin == "derived" and counts.get(row.check.id) == 0]
    if counts:
        run.journal.append("tests.collected", counts=counts, empty=empty)


def _baseline_problem(run: Running, job: _Job) -> _Tried | None:
    """An environment that cannot be made for the parent proves nothing later either: stop before anything is spent.

    Unless the phase may change what the environment is made from.
    """
    for row in job.baseline:
        manifests = [path for tool in run.toolchains if tool.key == row.check.toolchain for path in tool.manifests]
        manifests_in_scope = any(is_covered(str(path), job.fence.paths) for path in manifests)
        if row.state == "unknown" and "environment is not ready" in row.reason and not manifests_in_scope:
            return _Tried(number=0, reason=f"{row.check.id}: {row.reason}", results=(row,))
    return None


def _attempt(run: Running, job: _Job, spec: BuilderSpec, builder: Builder, number: int, diagnosis: str) -> _Tried:
    started = time.monotonic()
    tried = _build(run, job, spec, builder, number, diagnosis)
    if not tried.reason:
        tried = _judge_scope(run, job, tried)
    if not tried.reason:
        tried = _check(run, job, tried)
    if not tried.reason:
        tried = _audit(run, job, tried)
    return replace(tried, seconds=time.monotonic() - started)


# -- build and freeze -------------------------------------------------------------------------------------------------


def _build(run: Running, job: _Job, spec: BuilderSpec, builder: Builder, number: int, diagnosis: str) -> _Tried:
    phase, folder = job.phase, attempt_folder(job.phase, number)
    frozen = _frozen_before(run, phase, number)
    if frozen is not None:
        return frozen
    # What a strong sandbox mounts read-only, and what no program was there to reach, another may change meanwhile: a person.
    held = run.context.backend.strong or spec.carried
    stopped = settle_stopped(run, phase, number, held=held)
    if reason := breach_reason(stopped):
        run.journal.append("tree.frozen", sync=True, phase=phase.id, attempt=number, tree=None, reason=reason, tokens=0)
        return _Tried(number=number, reason=reason, findings=stopped)
    prompt = assemble_prompt(run.context.plugins, run.intent, phase, job.manifest, job.workspace, diagnosis=diagnosis)
    run.record.write(f"{folder}/manifest.json", job.manifest)
    run.record.write_text(f"{folder}/prompt.md", prompt)
    fault_point("attempt.stored")
    run.journal.append(
        "attempt.started",
        phase=phase.id,
        attempt=number,
        builder=spec.name,
        prompt_digest=digest_text(prompt),
        prompt_chars=len(prompt),
    )
    if not run.work.is_dir():
        git.add_worktree(run.repo, run.work, run.head)  # an earlier attempt's builder removed it
    problem = load_worktree(run, run.work, job.parent_tree)
    before = look_before(run, folder, run.memory, job.fence)
    request = BuildRequest(
        run_id=run.request.run_id,
        phase=phase,
        manifest=job.manifest,
        prompt=prompt,
        attempt=number,
        seconds=max(1.0, job.deadline - time.monotonic()),
        diagnosis=diagnosis,
    )
    bench = WorktreeBench(run, prompt, spec, _find_closed(job))
    result = BuildResult(ok=False, message=problem) if problem else _ask_builder(builder, request, bench)
    fault_point("build.finished")
    reason = "" if result.ok else result.message or "the builder gave up"
    if result.tokens > phase.budget.max_tokens:
        reason = f"the builder spent {result.tokens} tokens, the budget is {phase.budget.max_tokens}"
    run.journal.append(
        "build.finished",
        phase=phase.id,
        attempt=number,
        ok=result.ok,
        reason=reason,
        tokens=result.tokens,
        sandbox=bench.sandbox,
        network=bench.network,
    )
    # Before the freeze: a planted exclude file or configuration would have a say in it.
    findings = undo_moves(run, phase, number, before.git, held=held)
    take_back(run, run.work, job.parent_tree)
    tree, refusal = freeze(run, phase, number, before)
    findings = judge_worktree(run, folder, tree, before, findings, run.memory, job.fence)
    reason = breach_reason(findings) or reason or refusal
    run.journal.append("tree.frozen", sync=True, phase=phase.id, attempt=number, tree=tree, reason=reason, tokens=result.tokens)
    fault_point("tree.frozen")
    return _Tried(number=number, tree=tree, reason=reason, build=result, findings=findings)


def _frozen_before(run: Running, phase: Phase, number: int) -> _Tried | None:
    """What an earlier executor built and froze before it died: tokens are not spent twice on the same work."""
    for event in reversed(run.journal.events):
        if event.type == "tree.frozen" and event.fact("phase") == phase.id and event.fact("attempt") == number:
            build = BuildResult(ok=not event.fact("reason"), message=event.fact("reason"), tokens=event.fact("tokens", 0))
            found = read_findings(run, attempt_folder(phase, number))
            return _Tried(number=number, tree=event.fact("tree"), reason=event.fact("reason"), build=build, findings=found)
    return None


def _find_closed(job: _Job) -> Closed:
    stated = any(row.origin in ("stated", "answered") for row in job.phase.scope.paths)
    return find_closed(map(str, job.workspace.paths()), job.fence, fenced=stated)


def _ask_builder(builder: Builder, request: BuildRequest, bench: WorktreeBench) -> BuildResult:
    try:
        return builder.build(request, bench)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin border: a builder that breaks costs its phase, not the run
        log.warning("builder.raised", reason=f"{type(error).__name__}: {error}")
        return BuildResult(ok=False, message=f"the builder broke: {type(error).__name__}: {error}")


# -- judge ------------------------------------------------------------------------------------------------------------


def _judge_scope(run: Running, job: _Job, tried: _Tried) -> _Tried:
    assert tried.tree is not None
    changes = git.diff_trees(run.repo, job.parent_tree, tried.tree)
    links = {
        change.path: git.read_blob(run.repo, change.new_blob).decode("utf-8", "surrogateescape")
        for change in changes
        if change.new_mode == "120000"
    }
    base = [str(path) for path in job.workspace.paths()]
    findings = judge_changes(changes, job.fence, base, links)
    reason = ""
    if not changes:
        reason = "the builder changed nothing"
    elif findings:
        reason = "; ".join(finding.message for finding in findings[:3])
    elif len(changes) > job.phase.budget.max_files:
        reason = f"{len(changes)} files changed, the budget is {job.phase.budget.max_files}"
    run.journal.append(
        "scope.judged",
        phase=job.phase.id,
        attempt=tried.number,
        changed=[change.path for change in changes],
        findings=[finding.message for finding in findings],
    )
    return replace(tried, changes=changes, findings=(*tried.findings, *findings), reason=reason)


def _check(run: Running, job: _Job, tried: _Tried) -> _Tried:
    assert tried.tree is not None
    if unapproved := approve_additions(run, job.phase, tried.tree):
        return replace(tried, reason=unapproved, state="blocked")
    results = run_checks(run, job.manifest.checks, tried.tree, job.baseline)
    repaired = repair(run, _as_attempt(run, job, tried, results), job.manifest.checks, job.baseline)
    results = repaired.results
    run.record.write(f"{attempt_folder(job.phase, tried.number)}/checks.json", tuple(shorten_result(row) for row in results))
    proof = judge_proof(results)
    return replace(
        tried,
        results=results,
        reason=proof.reason,
        proved_by=proof.by,
        findings=(*tried.findings, *repaired.findings),
        mitigations=repaired.applied,
        state="blocked" if repaired.asks and proof.reason else "failed",
    )


def _audit(run: Running, job: _Job, tried: _Tried) -> _Tried:
    findings = find_missing_deliverables(job.phase, tried.changes, _paths_of(run, tried.tree))
    attempt = _as_attempt(run, job, tried, tried.results)
    findings += guard_findings(run, attempt, job.baseline)
    if any(finding.rule == SECRET_RULE for finding in findings):
        # Nothing of ours may keep it: without the ref git's own clean-up takes the tree.
        git.update_refs(run.repo, f"delete {attempt_ref(run.request.run_id, job.phase, tried.number)}")
    answers = run.context.plugins.ask(
        "audit_phase", attempt=attempt, change=tried.changes, results=tried.results, baseline=job.baseline
    )
    findings += tuple(finding for answer in answers for finding in answer.value)
    blocking = [finding for finding in findings if finding.severity == "block"]
    asking = [finding for finding in findings if finding.severity == "ask"]
    reason = "; ".join(finding.message for finding in (*blocking, *asking))
    run.journal.append(
        "audit.finished", phase=job.phase.id, attempt=tried.number, findings=[finding.message for finding in findings]
    )
    return replace(
        tried,
        findings=(*tried.findings, *findings),
        reason=reason,
        state="blocked" if asking and not blocking else "failed",
    )


def _paths_of(run: Running, tree: str | None) -> frozenset[str]:
    return frozenset(entry.path for entry in git.list_tree(run.repo, tree)) if tree else frozenset()


def _as_attempt(run: Running, job: _Job, tried: _Tried, results: tuple[CheckResult, ...]) -> Attempt:
    assert tried.tree is not None
    return Attempt(
        run_id=run.request.run_id,
        phase=job.phase,
        number=tried.number,
        tree=tried.tree,
        base_tree=job.parent_tree,
        workspace=open_tree(run.repo, tried.tree),
        toolchains=run.toolchains,
        changes=tried.changes,
        results=results,
    )


# -- end --------------------------------------------------------------------------------------------------------------


def _commit(run: Running, job: _Job, tries: list[_Tried]) -> Outcome:
    tried = tries[-1]
    assert tried.tree is not None
    outcome = replace(_outcome(job, tries), state="audited")
    # Stored before the commit: a resume after a kill finds everything but the commit's id.
    run.record.write(outcome_name(job.phase), outcome)
    commit = commit_phase(run, job.phase, tried.tree, tried.proved_by)
    return _finish(run, replace(outcome, state="committed", commit=commit))


def finish_committed(run: Running, phase: Phase, commit: str) -> Outcome:
    """Note the outcome of a phase whose commit was published before its executor died."""
    outcome = run.record.read(outcome_name(phase), Outcome)
    if outcome is None:
        outcome = Outcome(phase_id=phase.id, title=phase.title, state="audited")
    return _finish(run, replace(outcome, state="committed", commit=commit))


def outcome_name(phase: Phase) -> str:
    return f"outcomes/{make_safe_id(phase.id)}.json"


def _finish(run: Running, outcome: Outcome) -> Outcome:
    run.record.write(outcome_name(run.plan.phase(outcome.phase_id)), outcome)
    fault_point("outcome.stored")
    run.journal.append(
        "phase.finished",
        sync=True,
        phase=outcome.phase_id,
        state=outcome.state,
        reason=outcome.reason,
        commit=outcome.commit,
        proved_by=outcome.proved_by,
    )
    return outcome


def _outcome(job: _Job, tries: list[_Tried]) -> Outcome:
    last = tries[-1]
    return Outcome(
        phase_id=job.phase.id,
        title=job.phase.title,
        state=last.state,
        reason=last.reason,
        tree=last.tree,
        proved_by="" if last.reason else last.proved_by,
        attempts=tuple(
            AttemptRecord(
                number=tried.number,
                tree=tried.tree,
                verdict=tried.reason or "proved",
                findings=tried.findings,
                seconds=round(tried.seconds, 3),
                tokens=tried.build.tokens if tried.build else 0,
                mitigations=tried.mitigations,
            )
            for tried in tries
        ),
        checks=tuple(shorten_result(row) for row in last.results),
        findings=last.findings,
        changes=last.changes,
    )


def _diagnosis(tries: list[_Tried]) -> str:
    """What the next attempt should know of the last one."""
    if not tries:
        return ""
    last = tries[-1]
    lines = [last.reason, *(f"{failure.kind}: {failure.line}" for row in last.results for failure in row.failures[:5])]
    return "\n".join(dict.fromkeys(line for line in lines if line))
