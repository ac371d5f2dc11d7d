"""What of a run needs a person: asked before the first phase, granted on a terminal, spent by the one phase it is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from autopack.decide.approvals import (
    approval_id,
    count_openings,
    explain_block,
    find_additions,
    find_asked,
    find_waiting,
    is_usable,
)
from autopack.decide.preflight import INSTALL_RULE, digest_policy, find_objections, known_commands
from autopack.effects import git
from autopack.effects.approvals import read_grant, use_grant, write_grant
from autopack.effects.scan import open_tree
from autopack.effects.store import Record
from autopack.model.approval import Ask, Grant
from autopack.model.attempt import Outcome, PhaseState
from autopack.model.codec import from_json
from autopack.model.event import Event
from autopack.model.plan import Phase, Plan
from autopack.model.toolchain import MANIFEST_BYTES, Toolchain
from autopack.model.workspace import Workspace
from autopack.stages.ground import find_toolchains
from autopack.stages.report import build_report
from autopack.stages.running import Running
from autopack.stages.setup import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a run is, as far as approvals go."""

    context: Context
    common_dir: Path
    run_id: str
    plan: Plan
    toolchains: tuple[Toolchain, ...]
    events: Sequence[Event]
    states: Mapping[str, PhaseState]

    @property
    def policy(self) -> str:
        return digest_policy(self.context.plugins.policy_rules())

    def find_grant(self, ask: Ask) -> Grant | None:
        """The grant that serves this ask now, spent on this opening of its phase or not at all."""
        wanted = approval_id(self.run_id, ask, self.policy)
        grant = read_grant(self.common_dir, wanted)
        return grant if is_usable(grant, wanted, count_openings(self.events, ask.phase_id)) else None

    def missing(self, phase: Phase) -> tuple[Ask, ...]:
        """What this phase may not do yet: what its plan asks by today's policy, and what was found when it worked."""
        rules = self.context.plugins.policy_rules()
        foreseen = (row.ask for row in find_objections(phase, known_commands(self.toolchains), rules))
        found = (ask for ask in find_asked(self.events, phase.id) if ask.kind == "install")
        return tuple(ask for ask in (*dict.fromkeys(filter(None, foreseen)), *found) if self.find_grant(ask) is None)

    def find_open(self) -> tuple[Ask, ...]:
        """Everything that a person could grant now so that more of the run gets done, in the plan's order."""
        missing = {phase.id: self.missing(phase) for phase in self.plan.phases if phase.scheduled}
        stopped = {name for name, asks in missing.items() if asks and (name not in self.states or self._is_blocked(name))}
        return tuple(ask for name in find_waiting(self.plan.phases, self.states, stopped) for ask in missing[name])

    def find_reopened(self) -> tuple[str, ...]:
        """The phases that stopped for approvals which are all there now, and those that were left out only for them."""
        free = {phase.id for phase in self.plan.phases if self._is_blocked(phase.id) and not self.missing(phase)}
        return find_waiting(self.plan.phases, self.states, free)

    def _is_blocked(self, phase_id: str) -> bool:
        """Whether a phase stopped for an approval: a guard that asks stops it too, and no grant answers that."""
        return self.states.get(phase_id) == "blocked" and bool(find_asked(self.events, phase_id))


def read_standing(context: Context, common_dir: Path, record: Record) -> Standing:
    """The standing of a run that this process does not execute."""
    ended = {row.phase_id: row.state for row in build_report(record).phases if row.state != "pending"}
    plan = record.read("plan_v1.json", Plan)
    assert plan is not None  # or there were no report
    return Standing(
        context=context,
        common_dir=common_dir,
        run_id=record.run_id,
        plan=plan,
        toolchains=from_json(tuple[Toolchain, ...], record.read_text("toolchains.json") or "[]"),
        events=record.events(),
        states=ended,
    )


def grant_asks(context: Context, common_dir: Path, run_id: str, asks: Sequence[Ask]) -> None:
    """Store a person's yes to each of these asks of one run."""
    policy = digest_policy(context.plugins.policy_rules())
    at = context.now().astimezone(UTC).isoformat(timespec="seconds")
    for ask in asks:
        name = approval_id(run_id, ask, policy)
        write_grant(common_dir, Grant(id=name, run_id=run_id, policy=policy, ask=ask, granted_at=at))


# -- while the run is executed ------------------------------------------------------------------------------------------


def reopen_phases(run: Running) -> None:
    """Take back the end of phases that may go on now, and note what the others still ask."""
    reopened = _standing(run).find_reopened()
    if reopened:
        # One event for all: who died between two would leave out phases that nothing holds any more.
        run.journal.append("run.reopened", sync=True, phases=reopened)
    for name in reopened:
        del run.outcomes[name]
    standing = _standing(run)
    for phase in run.plan.phases:
        if phase.scheduled and phase.id not in run.outcomes:
            for ask in standing.missing(phase):
                _note_asked(run, standing, ask)


def open_phase(run: Running, phase: Phase) -> tuple[Phase, Outcome | None]:
    """The phase with what a person granted it, now spent; or how it ends because something is not granted, or forbidden."""
    standing = _standing(run)
    objections = find_objections(phase, known_commands(run.toolchains), run.context.plugins.policy_rules())
    refused = [row.finding for row in objections if row.finding.severity == "block"]
    if refused:
        # The policy has become stricter since the run was planned.
        reason = f"{refused[0].message} [{refused[0].rule}]"
        return phase, Outcome(phase_id=phase.id, title=phase.title, state="failed", reason=reason, findings=tuple(refused))
    missing = standing.missing(phase)
    if missing:
        for ask in missing:
            _note_asked(run, standing, ask)
        reason = explain_block(missing, standing.run_id)
        return phase, Outcome(phase_id=phase.id, title=phase.title, state="blocked", reason=reason)
    asks = [row.ask for row in objections if row.ask]
    for ask in asks:
        _spend(run, standing, ask)
    allowed = {ask.text for ask in asks if ask.kind == "path"}
    rows = tuple(replace(row, origin="answered") if row.path in allowed else row for row in phase.scope.paths)
    return replace(phase, scope=replace(phase.scope, paths=rows)), None


def needs_approval(run: Running, ask: Ask) -> str:
    """Why a phase must stop for this ask; empty when it is granted, and now spent.

    An install is also covered by a yes to whatever the phase adds, as it is given before the first phase.
    """
    standing = _standing(run)
    for answered in (ask, replace(ask, argv=())) if ask.kind == "install" else (ask,):
        if standing.find_grant(answered):
            _spend(run, standing, answered)
            return ""
    _note_asked(run, standing, ask)
    return explain_block([ask], standing.run_id)


def approve_additions(run: Running, phase: Phase, tree: str) -> str:
    """Why a tree's new dependencies may not be installed; empty when there are none, or a person agreed.

    New is what the phase's parent does not declare: an earlier phase's additions were agreed to with that phase.
    """
    before, after = open_tree(run.repo, git.tree_of(run.repo, run.head)), open_tree(run.repo, tree)
    for tool in run.toolchains:
        changed = [
            path for path in tool.manifests if before.read_text(path, MANIFEST_BYTES) != after.read_text(path, MANIFEST_BYTES)
        ]
        if not tool.install or not changed:
            continue
        old, new = (_declared(run, tool, side) for side in (before, after))
        files = tuple(map(str, changed))
        added = find_additions(old, new, files)
        if added:
            reason = f"phase {phase.title!r} adds {', '.join(added)} to {' and '.join(files)}"
            ask = Ask(kind="install", phase_id=phase.id, text=tool.key, argv=added, rule=INSTALL_RULE, reason=reason)
            if words := needs_approval(run, ask):
                return words
    return ""


def _declared(run: Running, toolchain: Toolchain, workspace: Workspace) -> tuple[str, ...]:
    found = find_toolchains(run.context.plugins, workspace)
    return next((tool.dependencies for tool in found if tool.key == toolchain.key), ())


def _standing(run: Running) -> Standing:
    return Standing(
        context=run.context,
        common_dir=run.repo.common_dir,
        run_id=run.request.run_id,
        plan=run.plan,
        toolchains=run.toolchains,
        events=run.journal.events,
        states={name: outcome.state for name, outcome in run.outcomes.items()},
    )


def _note_asked(run: Running, standing: Standing, ask: Ask) -> None:
    if ask not in find_asked(standing.events, ask.phase_id):
        name = approval_id(standing.run_id, ask, standing.policy)
        run.journal.append("approval.asked", sync=True, id=name, phase=ask.phase_id, ask=ask)


def _spend(run: Running, standing: Standing, ask: Ask) -> None:
    """Bind the grant of an ask to this opening of its phase, and note both; after a crash, only what is not noted yet."""
    grant = standing.find_grant(ask)
    assert grant is not None
    opening = count_openings(standing.events, ask.phase_id)
    facts = {"id": grant.id, "phase": ask.phase_id}
    if not _is_noted(standing.events, "approval.granted", id=grant.id, at=grant.granted_at):
        run.journal.append("approval.granted", sync=True, **facts, at=grant.granted_at, ask=ask)
    if grant.used is None:
        use_grant(standing.common_dir, grant, opening)
    if not _is_noted(standing.events, "approval.used", id=grant.id, opening=opening):
        run.journal.append("approval.used", sync=True, **facts, opening=opening)


def _is_noted(events: Sequence[Event], type_: str, **facts: object) -> bool:
    return any(event.type == type_ and all(event.fact(name) == value for name, value in facts.items()) for event in events)
