"""Record to report: the same record gives the same report, at any time and as often as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from autopack.decide.approvals import find_asked, find_waiting
from autopack.decide.names import digest_text, make_safe_id
from autopack.effects.locks import is_locked
from autopack.effects.store import Record, locks_folder
from autopack.errors import DONE, INTERRUPTED, MACHINE_LACKS, NEEDS_ANSWER, PHASE_FAILED, WAITING, WrongUse, combine_exit_codes
from autopack.model.approval import Ask
from autopack.model.attempt import Outcome
from autopack.model.event import Event
from autopack.model.intent import Intent
from autopack.model.plan import Plan
from autopack.model.report import Report, RunState

_STATE_CODES = {"failed": PHASE_FAILED, "blocked": NEEDS_ANSWER, "waiting": WAITING}


def run_exit_code(outcomes: Sequence[Outcome]) -> int:
    """How a run ends, from its phases; a check whose program is missing is the machine's fault, not the phase's."""
    codes = [DONE]
    for outcome in outcomes:
        missing = any(row.result.missing for row in outcome.checks) and outcome.state == "failed"
        codes.append(MACHINE_LACKS if missing else _STATE_CODES.get(outcome.state, DONE))
    return combine_exit_codes(codes)


def run_state(outcomes: Sequence[Outcome]) -> RunState:
    states = {outcome.state for outcome in outcomes}
    if "failed" in states:
        return "failed"
    if "blocked" in states:
        return "blocked"
    return "waiting" if "waiting" in states else "done"


def read_state(record: Record, common_dir: Path, events: Sequence[Event]) -> RunState:
    """Where a run stands: from its journal, and for one that has not ended from whether somebody holds its lock."""
    ended = find_end(events)
    if ended:
        state: RunState = ended.fact("state")
        return state
    return "running" if is_locked(locks_folder(common_dir) / f"{record.run_id}.lock") else "interrupted"


def find_end(events: Sequence[Event]) -> Event | None:
    """The event that ended the run; `None` while it is executed, for the first time or again."""
    for event in reversed(events):
        if event.type in ("run.finished", "run.resumed"):
            return event if event.type == "run.finished" else None
    return None


def build_report(record: Record, state: RunState | None = None) -> Report:
    """The report of a run as far as it is; `state` is for one that has not ended."""
    request = record.request()
    plan, intent = record.read("plan_v1.json", Plan), record.read("intent_v1.json", Intent)
    if plan is None or intent is None:
        raise WrongUse(f"the record of run {record.run_id!r} is incomplete", hint="run the plan again")
    events = record.events()
    ended = find_end(events)
    commits = [str(event.fact("commit")) for event in events if event.type == "commit.done"]
    outcomes = tuple(_outcome(record, phase.id, phase.title) for phase in plan.phases if phase.scheduled)
    exit_code = int(ended.fact("exit_code")) if ended else INTERRUPTED
    approvals = _open_asks(plan, outcomes, events)
    begun = [event for event in events if event.type in ("run.created", "run.resumed")]
    branch = f"autopack/{record.run_id}"
    head = commits[-1] if commits else request.base_commit
    return Report(
        run_id=record.run_id,
        sandbox=" and ".join(dict.fromkeys(str(event.fact("sandbox")) for event in begun)) or "none",
        network=_network(events),
        state=ended.fact("state") if ended else state or "interrupted",
        exit_code=exit_code,
        title=plan.title or plan.source.name,
        branch=branch,
        base_commit=request.base_commit,
        head_commit=head,
        plan_digest=request.plan_digest,
        intent_digest=_digest(record, "intent_v1.json"),
        builder=request.builder.partition(":")[0],
        started_at=request.started_at,
        seconds=_seconds(events),
        tokens=sum(attempt.tokens for outcome in outcomes for attempt in outcome.attempts),
        phases=outcomes,
        findings=plan.findings,
        warnings=(*request.warnings, *_empty_checks(events), *(ended.fact("warnings", ()) if ended else ())),
        plugins=request.plugins,
        next_commands=(
            *_ways_on(record.run_id, ended is not None, approvals),
            *_next_commands(record.run_id, branch, request.base_commit, head, outcomes),
        ),
        baseline=_baseline(events),
        approvals=approvals,
    )


def _outcome(record: Record, phase_id: str, title: str) -> Outcome:
    found = record.read(f"outcomes/{make_safe_id(phase_id)}.json", Outcome)
    return found or Outcome(phase_id=phase_id, title=title, state="pending")


def _digest(record: Record, name: str) -> str:
    return digest_text(record.read_text(name) or "")


_REACHING = {
    "build.finished": "builder",
    "check.finished": "checks",
    "environment.step": "installs",
    "worktree.setup": "setup",
}


def _network(events: Sequence[Event]) -> tuple[str, ...]:
    """What could reach whom, for everything that was started."""
    seen: dict[str, set[str]] = {}
    for event in events:
        if event.type in _REACHING and event.fact("network"):
            seen.setdefault(_REACHING[event.type], set()).add(str(event.fact("network")))
    return tuple(f"{what}: {', '.join(sorted(reached))}" for what, reached in sorted(seen.items()))


def _seconds(events: Sequence[Event]) -> float:
    """How long the run took, without the time between an end and the approval that let it go on."""
    if not events:
        return 0.0
    times = [datetime.fromisoformat(event.at) for event in events]
    rests = (times[n] - times[n - 1] for n in range(1, len(events)) if events[n - 1].type == "run.finished")
    return round((times[-1] - times[0]).total_seconds() - sum(rest.total_seconds() for rest in rests), 3)


def _baseline(events: Sequence[Event]) -> tuple[str, ...]:
    first = next((event for event in events if event.type == "baseline.recorded"), None)
    return tuple(f"{name}: {words}" for name, words in sorted(first.fact("checks").items())) if first else ()


def _empty_checks(events: Sequence[Event]) -> tuple[str, ...]:
    """Test commands of the project that found no test before the first change."""
    first = next((event for event in events if event.type == "tests.collected"), None)
    names = first.fact("empty", ()) if first else ()
    return tuple(f"{name} found no test before the change: it proves only what the plan's own tests do" for name in names)


def _open_asks(plan: Plan, outcomes: Sequence[Outcome], events: Sequence[Event]) -> tuple[Ask, ...]:
    """What phases wait for, in the plan's order: those that stopped for it, and those left out only because of them."""
    asked = {row.phase_id: find_asked(events, row.phase_id) for row in outcomes}
    blocked = {row.phase_id for row in outcomes if row.state == "blocked" and asked[row.phase_id]}
    waiting = find_waiting(plan.phases, {row.phase_id: row.state for row in outcomes}, blocked)
    return tuple(ask for name in waiting for ask in asked[name])


def _ways_on(run_id: str, ended: bool, approvals: Sequence[Ask]) -> tuple[tuple[str, str], ...]:
    rows = [("approve", f"autopack approve {run_id}")] if approvals else []
    return (*rows, ("go on", f"autopack resume {run_id}")) if approvals or not ended else ()


def _next_commands(run_id: str, branch: str, base: str, head: str, outcomes: Sequence[Outcome]) -> tuple[tuple[str, str], ...]:
    """What a person does with what there is, as commands to copy."""
    rows = []
    if head != base:
        rows.append(("look", f"git log --patch {base[:12]}..{branch}"))
        rows.append(("accept", f"git merge --ff-only {branch}"))
    for outcome in outcomes:
        if outcome.tree and outcome.state in ("failed", "blocked") and outcome.attempts:
            number = outcome.attempts[-1].number
            ref = f"refs/autopack/attempt/{run_id}/{make_safe_id(outcome.phase_id)}/{number}"
            rows.append((f"see what {outcome.title!r} tried", f"git diff {head[:12]} {ref}"))
    rows.append(("discard", f"git branch -D {branch}"))
    return tuple(rows)
