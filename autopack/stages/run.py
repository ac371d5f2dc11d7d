"""Plan to report: start a run, or go on with one, phase by phase, under its fence."""

from __future__ import annotations

import contextlib
import itertools
import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from autopack.decide.checks import is_derived
from autopack.decide.merge import NO_OVERRIDES, Overrides
from autopack.decide.names import is_safe_id, make_slug
from autopack.decide.order import find_skipped, next_phase
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.journal import Journal
from autopack.effects.locks import hold_lock, take_fence
from autopack.effects.store import REQUEST, Record, create_record, hide_exports, locks_folder
from autopack.errors import NEEDS_ANSWER, REFUSED, AutopackError, MachineLacks, NeedsAnswer, PluginBroken, Refused, WrongUse
from autopack.model.approval import Ask
from autopack.model.attempt import Builder, Outcome, PhaseState
from autopack.model.codec import from_json, to_json
from autopack.model.event import Event
from autopack.model.intent import Intent
from autopack.model.plan import Plan
from autopack.model.report import PluginUse, Report, RunState
from autopack.model.run import RunRequest
from autopack.model.specs import BuilderSpec
from autopack.model.toolchain import Toolchain
from autopack.plugins import UNKNOWN, Plugins
from autopack.stages.approvals import grant_asks, open_phase, read_standing, reopen_phases
from autopack.stages.commit import finish_commit
from autopack.stages.export import export_report
from autopack.stages.ground import open_ground
from autopack.stages.intent import find_project_id, make_intent
from autopack.stages.memory import remember_plan
from autopack.stages.phase import finish_committed, outcome_name, run_phase
from autopack.stages.plan import Planned
from autopack.stages.questions import AskPerson, settle_plan
from autopack.stages.read import read_draft
from autopack.stages.report import build_report, find_end, run_exit_code, run_state
from autopack.stages.running import Running, branch_ref, close_worktrees, open_worktrees
from autopack.stages.secrets import find_mask
from autopack.stages.setup import Context
from autopack.stages.surroundings import look_around
from autopack.stages.worktrees import find_included

FALLBACK_IDENTITY = "Autopack <autopack@localhost>"
PLAN_RAW, PLAN, INTENT, TOOLCHAINS = "plan.raw", "plan_v1.json", "intent_v1.json", "toolchains.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A run that may start: everything decided, nothing written yet.  `asks` are the approvals that can be foreseen."""

    repo: git.Repository
    request: RunRequest
    plan: Plan
    plan_raw: bytes
    intent: Intent
    toolchains: tuple[Toolchain, ...]
    asks: tuple[Ask, ...]


class PlanNotReady(NeedsAnswer):
    """The plan as it is cannot run; carries it, so that a person can be shown why."""

    def __init__(self, plan: Plan, message: str, *, hint: str, exit_code: int) -> None:
        super().__init__(message, hint=hint, exit_code=exit_code)
        self.plan = plan


def prepare_run(
    context: Context,
    folder: Path,
    raw: bytes,
    name: str,
    *,
    run_id: str | None = None,
    base: str | None = None,
    overrides: Overrides = NO_OVERRIDES,
    ask_person: AskPerson | None = None,
    taken: Collection[str] = (),
) -> Prepared:
    """Plan on the base commit and check everything that can be checked before the first write.

    What only waits for approvals may start.  `taken` are ids of runs that are prepared and not started yet.
    Raises `PlanNotReady` with the plan when it is refused or has open questions, `WrongUse`, `Refused` or `MachineLacks`
    with the reason when the repository, the builder or the machine does not fit.
    """
    if run_id is not None and not is_safe_id(run_id):
        raise WrongUse(
            f"run id {run_id[:80]!r} is not usable",
            hint="at most 64 lower-case letters, digits, `.`, `_` and `-`, a letter or digit first",
        )
    repo = git.require_repository(folder)
    ground = open_ground(folder, base)
    assert ground.commit is not None
    tree = git.tree_of(repo, ground.commit)
    _refuse_filters(repo, tree)
    draft = read_draft(raw, name)
    planned = settle_plan(context, draft, ground, overrides, ask_person)
    _require_ready(planned)
    spec, _ = find_builder(context, context.config.builder)
    _require_setup(context)
    require_containment(context, spec, planned.plan)
    _require_payloads(spec, planned.plan)
    started, author, committer = _identities(repo, context)
    project_id = find_project_id(context, repo, ground.commit)
    if run_id is None:
        stem = f"{make_slug(planned.plan.title or name, 24)}-{context.now():%m%d-%H%M%S}"
        run_id = next(one for n in itertools.count(1) if (one := stem if n == 1 else f"{stem}-{n}") not in taken)
    warnings = context.config.warnings
    if git.is_dirty(repo):
        warnings += ("your checkout has uncommitted changes: the run started from the last commit and does not see them",)
    warnings += _plugin_warnings(context.plugins)
    request = RunRequest(
        run_id=run_id,
        project_id=project_id,
        base_commit=ground.commit,
        base_tree=tree,
        builder=context.config.builder,
        allow_weak_sandbox=context.config.allow_weak_sandbox,
        started_at=started.isoformat(timespec="seconds"),
        author=author,
        committer=committer,
        plan_digest=draft.digest,
        plugins=tuple(
            PluginUse(name=row.package, version=row.version) for row in context.plugins.records if row.enabled and not row.fault
        ),
        warnings=warnings,
    )
    intent = make_intent(planned.plan, planned.toolchains, project_id=project_id, created_at=request.started_at)
    return Prepared(
        repo=repo,
        request=request,
        plan=planned.plan,
        plan_raw=raw,
        intent=intent,
        toolchains=planned.toolchains,
        asks=planned.asks,
    )


def start_run(context: Context, prepared: Prepared, granted: Sequence[Ask] = ()) -> Report:
    """Publish the record with what a person granted, and execute it to the end.  Raises `WrongUse` when the run id is taken."""
    repo, run_id = prepared.repo, prepared.request.run_id
    texts = {
        PLAN_RAW: prepared.plan_raw.decode("utf-8", "replace"),
        PLAN: to_json(prepared.plan),
        INTENT: to_json(prepared.intent),
        TOOLCHAINS: to_json(prepared.toolchains),
        REQUEST: to_json(prepared.request),
    }
    _require_free_branch(repo, run_id)
    # Under the lock already: two starts under one id must not mix their texts in one record.
    with _hold_run(repo, run_id):
        record = create_record(repo.common_dir, run_id, texts)
        grant_asks(context, repo.common_dir, run_id, granted)
        return _execute(context, repo, record)


def execute(context: Context, repo: git.Repository, record: Record) -> Report | None:
    """Bring a recorded run to its end, from wherever it stands.

    `None` when it had ended and no approval came since that a phase waits for: then nothing was done.

    Exactly one process executes a run id: the lock keeps others out while this one lives, the fence after it died.
    """
    with _hold_run(repo, record.run_id):
        if find_end(record.events()) and not read_standing(context, repo.common_dir, record).find_reopened():
            return None
        return _execute(context, repo, record)


@contextlib.contextmanager
def _hold_run(repo: git.Repository, run_id: str) -> Iterator[None]:
    busy = f"run {run_id!r} is being executed by another process"
    lock = locks_folder(repo.common_dir) / f"{run_id}.lock"
    with hold_lock(lock, busy=busy), structlog.contextvars.bound_contextvars(run=run_id):
        yield


def _execute(context: Context, repo: git.Repository, record: Record) -> Report:
    request = record.request()

    def observe(event: Event) -> None:
        context.plugins.ask("observe", event=event)
        context.progress.event(event)

    plan, intent = record.read(PLAN, Plan), record.read(INTENT, Intent)
    toolchains = from_json(tuple[Toolchain, ...], record.read_text(TOOLCHAINS) or "[]")
    if plan is None or intent is None:
        raise WrongUse(f"the record of run {record.run_id!r} is incomplete", hint="run the plan again")
    spec, builder = find_builder(context, request.builder)
    require_containment(context, spec, plan)
    hide_exports(repo.common_dir)
    mask = find_mask(context, spec)
    record = replace(record, mask=mask)
    journal = Journal(record.journal_path, record.run_id, now=context.now, observe=observe, mask=mask)
    try:
        if not journal.events:
            text = record.read_text(PLAN_RAW) or ""
            remember_plan(context, plan, text, repo=repo, commit=request.base_commit, mask=mask)
        journal.append(
            "run.resumed" if journal.events else "run.created", sync=True, sandbox=context.backend.name, title=plan.title
        )
        number, token = take_fence(repo, record.run_id)
        journal.append("fence.taken", sync=True, number=number)
        head = _settle_branch(repo, journal, request)
        folder = open_worktrees(context, repo, record.run_id, number, head)
        run = Running(
            context=context,
            repo=repo,
            record=record,
            request=request,
            plan=plan,
            intent=intent,
            toolchains=toolchains,
            journal=journal,
            fence_number=number,
            fence_token=token,
            head=head,
            folder=folder,
            mask=mask,
            surroundings=look_around(context, top=repo.top, common_dir=repo.common_dir, toolchains=toolchains),
            included=find_included(repo, request.base_commit),
        )
        _recall_outcomes(run)
        reopen_phases(run)
        try:
            _run_phases(run, spec, builder)
        except KeyboardInterrupt:
            journal.append("run.interrupted", sync=True)
            raise
        finally:
            close_worktrees(context, repo, record.run_id)
        return _finish(run)
    finally:
        journal.close()


# -- before the first write -------------------------------------------------------------------------------------------


def _refuse_filters(repo: git.Repository, tree: str) -> None:
    filters = git.find_filters(repo, tree)
    if filters:
        raise MachineLacks(
            f"{filters[0]} names a content filter (as Git LFS does), which this version does not handle",
            hint="nothing was changed; run in a repository without filters",
        )


def _plugin_warnings(plugins: Plugins) -> tuple[str, ...]:
    """What is broken in the installed plugins, as far as they were asked: a guard that did not load guards nothing."""
    names = ((row.name if row.package == UNKNOWN else row.package, row.fault) for row in plugins.records)
    unused = (f"plugin {name} is not used: {fault}" for name, fault in names if fault)
    failed = (f"plugin {fault.package} failed in {fault.hook}: {fault.message}" for fault in plugins.faults)
    return (*unused, *failed)


def _require_ready(planned: Planned) -> None:
    plan = planned.plan
    refused = tuple(row for row in plan.findings if row.severity == "block")
    code = REFUSED if refused else NEEDS_ANSWER
    serious = refused or planned.doubts
    if serious:
        first = serious[0]
        where = f"{first.file or 'plan'} line {first.line}: " if first.line else ""
        more = f" (and {len(serious) - 1} more)" if len(serious) > 1 else ""
        raise PlanNotReady(plan, f"{where}{first.message} [{first.rule}]{more}", hint=first.hint, exit_code=code)
    if plan.status == "ready":
        return
    if plan.status == "not_actionable":
        message, hint = "no work was found in this text", "name what should change as a list, or as code for named files"
        if plan.phases:
            message, hint = "everything in this plan is done already", "untick what should be done again"
        raise PlanNotReady(plan, message, hint=hint, exit_code=code)
    question = next(row for row in plan.open_questions if row.blocking)
    raise PlanNotReady(
        plan,
        f"plan line {question.source.start}: {question.question}" if question.source else question.question,
        hint=f"answer with `--allow PATH`, `--check COMMAND`, or `--answers FILE` holding {{{question.id!r}: ...}}",
        exit_code=code,
    )


def find_builder(context: Context, spec: str) -> tuple[BuilderSpec, Builder]:
    """The builder that a specification `name` or `name:words` names.  Raises `WrongUse` when no plugin offers it."""
    name, _, words = spec.partition(":")
    offered = context.plugins.builders()
    if name not in offered:
        known = ", ".join(offered) or "none: install a builder plugin"
        raise WrongUse(f"there is no builder {name!r}", hint=f"builders: {known}")
    found = offered[name]
    missing = found.doctor() if found.doctor else None
    if missing:
        raise MachineLacks(f"builder {name!r} cannot work: {missing}")
    try:
        return found, found.factory(words)
    except AutopackError as error:
        if error.exit_code != AutopackError.exit_code:
            raise
        raise WrongUse(f"builder {name!r}: {error.message}", hint=error.hint) from None
    except Exception as error:
        raise PluginBroken(f"builder {name!r} of {found.package} broke: {type(error).__name__}: {error}") from error


def require_containment(context: Context, spec: BuilderSpec, plan: Plan) -> None:
    """What a plan or an agent wrote needs a sandbox that holds it, or a person who says that they accept a weak one.

    Raises `MachineLacks` without it, also when a run goes on, and when the sandbox that was asked for by name does not work.
    """
    backend, wanted = context.backend, context.config.sandbox
    if wanted not in ("auto", backend.name):
        raise MachineLacks(f"the sandbox {wanted!r} does not work here: {backend.lacks}", hint="see `autopack doctor`")
    if backend.strong or context.config.allow_weak_sandbox:
        return
    foreign = "" if spec.carried else f"builder {spec.name!r} may run a program"
    for phase in plan.phases:
        for command in phase.validation:
            if phase.scheduled and command.origin != "answered" and not is_derived(command):
                where = f"plan line {command.source.start}" if command.source else command.rule
                foreign = foreign or f"{where} states the command `{command.run}`"
    raise MachineLacks(
        f"{foreign or 'checks run the code that the plan carries'}, and no full sandbox holds it here "
        f"(backend: {backend.name}; {backend.lacks})",
        hint="get one as said, see `autopack doctor`; or read it first, then run with `--allow-weak-sandbox`",
    )


def _require_setup(context: Context) -> None:
    try:
        argv = shlex.split(context.config.setup or "true")
    except ValueError as problem:
        raise WrongUse(f"the setting `setup` cannot be split into words: {str(problem).lower()}") from None
    if not argv:
        raise WrongUse("the setting `setup` is empty", hint="unset it, or name a command")


def _require_payloads(spec: BuilderSpec, plan: Plan) -> None:
    if not spec.carried:
        return
    for phase in plan.phases:
        if phase.scheduled and not phase.payloads:
            raise PlanNotReady(
                plan,
                f"the plan carries no code for phase {phase.title!r}, and builder {spec.name!r} writes none of its own",
                hint="use a builder that does: `--builder 'command:PROGRAM ARGS'`",
                exit_code=NeedsAnswer.exit_code,
            )


def _require_free_branch(repo: git.Repository, run_id: str) -> None:
    """Git keeps branches as files in folders: none of these names may be taken by the other."""
    ours, refs = branch_ref(run_id), git.list_refs(repo)
    if ours in refs:
        raise WrongUse(f"branch autopack/{run_id} exists already", hint="choose another `--run-id`, or delete the branch")
    above = ours.rpartition("/")[0]
    in_the_way = next((name for name in refs if name == above or name.startswith(f"{ours}/")), None)
    if in_the_way:
        raise WrongUse(
            f"branch {in_the_way.removeprefix('refs/heads/')} leaves no room for branch autopack/{run_id}",
            hint="rename it: `git branch -m OLD NEW`",
        )


def _identities(repo: git.Repository, context: Context) -> tuple[datetime, str, str]:
    """The run's start, and the user's git identities with their date: all of a run's commits carry it.

    `SOURCE_DATE_EPOCH` sets the date (reproducible-builds.org), else git's own `GIT_AUTHOR_DATE` and `GIT_COMMITTER_DATE`.
    """
    epoch = context.environ.get("SOURCE_DATE_EPOCH", "")
    started = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else context.now()
    stamp = f"{int(started.timestamp())} +0000"

    def identity(found: str) -> str:
        match = re.fullmatch(r"(.* <[^<>]*>) (\d+ [+-]\d{4})", found)
        if match is None:
            return f"{FALLBACK_IDENTITY} {stamp}"
        return f"{match[1]} {stamp}" if epoch.isdigit() else found

    return started, identity(repo.author), identity(repo.committer)


# -- while it runs ----------------------------------------------------------------------------------------------------


def _settle_branch(repo: git.Repository, journal: Journal, request: RunRequest) -> str:
    """The commit the run stands on: its branch made at the base, or found where the journal left it."""
    ref = branch_ref(request.run_id)
    expected = request.base_commit
    for event in journal.events:
        if event.type == "commit.done":
            expected = str(event.fact("commit"))
    tip = git.resolve_ref(repo, ref)
    if tip is None and expected == request.base_commit:
        if not git.update_refs(repo, f"create {ref} {expected}"):
            raise Refused(f"branch autopack/{request.run_id} could not be created", hint="does a branch named `autopack` exist?")
        fault_point("branch.created")
        tip = expected
    open_ = _open_commit(journal.events)
    if open_ is not None or tip == expected:
        return expected
    raise Refused(
        f"branch autopack/{request.run_id} moved while the run was stopped",
        hint="nothing was changed; run the plan again under a new id",
    )


def _open_commit(events: Sequence[Event]) -> Event | None:
    """The announced commit that the journal does not know to be done."""
    intended = None
    for event in events:
        if event.type == "commit.intended":
            intended = event
        elif event.type == "commit.done":
            intended = None
    return intended


def _recall_outcomes(run: Running) -> None:
    """What earlier executors finished; a commit that was announced but not noted is carried out first."""
    open_ = _open_commit(run.journal.events)
    if open_ is not None:
        finish_commit(run, open_)
    finished: set[str] = set()
    for event in run.journal.events:
        if event.type == "phase.finished":
            finished.add(str(event.fact("phase")))
        elif event.type == "run.reopened":
            finished.difference_update(event.fact("phases"))
    for phase in run.plan.phases:
        if phase.id in finished:
            outcome = run.record.read(outcome_name(phase), Outcome)
            if outcome is not None:
                run.outcomes[phase.id] = outcome
    for event in list(run.journal.events):
        phase_id = str(event.fact("phase"))
        if event.type == "commit.done" and phase_id not in run.outcomes:
            run.outcomes[phase_id] = finish_committed(run, run.plan.phase(phase_id), str(event.fact("commit")))


def _run_phases(run: Running, spec: BuilderSpec, builder: Builder) -> None:
    while True:
        states: dict[str, PhaseState] = {name: outcome.state for name, outcome in run.outcomes.items()}
        phase = next_phase(run.plan.phases, states)
        if phase is None:
            break
        with structlog.contextvars.bound_contextvars(phase=phase.id):
            opened, ended = open_phase(run, phase)
            run.outcomes[phase.id] = _end_early(run, ended) if ended else run_phase(run, opened, spec, builder)
    for name, dependency in find_skipped(run.plan.phases, states).items():
        phase = run.plan.phase(name)
        reason = f"{run.plan.phase(dependency).title!r} was not committed"
        run.outcomes[name] = _end_early(run, Outcome(phase_id=name, title=phase.title, state="skipped", reason=reason))


def _end_early(run: Running, outcome: Outcome) -> Outcome:
    """Note the end of a phase that never began."""
    run.record.write(outcome_name(run.plan.phase(outcome.phase_id)), outcome)
    fault_point("outcome.stored")
    run.journal.append("phase.finished", sync=True, phase=outcome.phase_id, state=outcome.state, reason=outcome.reason)
    return outcome


def _finish(run: Running) -> Report:
    outcomes = [run.outcomes[phase.id] for phase in run.plan.phases if phase.id in run.outcomes]
    state: RunState = run_state(outcomes)
    warnings = [row for row in _plugin_warnings(run.context.plugins) if row not in run.request.warnings]
    run.journal.append(
        "run.finished", sync=True, state=state, exit_code=run_exit_code(outcomes), head=run.head, warnings=warnings
    )
    report = build_report(run.record)
    export_report(run.repo.top, run.record, report, run.intent)
    return report
