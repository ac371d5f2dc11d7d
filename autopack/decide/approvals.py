"""What an approval is bound to, which asks are open, and which phases wait for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from autopack.decide.names import digest_text
from autopack.model.approval import Ask, Grant
from autopack.model.attempt import PhaseState
from autopack.model.codec import from_data, to_json
from autopack.model.event import Event
from autopack.model.plan import Phase

_ENDED_FOR_GOOD = ("committed", "failed")


def approval_id(run_id: str, ask: Ask, policy: str) -> str:
    """What a grant is filed under: one run, one phase, exactly these words in this folder, and the policy that asked."""
    return digest_text(to_json((run_id, ask.phase_id, ask.kind, ask.text, ask.argv, ask.cwd, policy), indent=None))


def is_usable(grant: Grant | None, wanted_id: str, opening: int) -> bool:
    """Whether this grant answers the ask with that id in this opening of its phase; one that does not fit its own id is none."""
    return (
        grant is not None
        and grant.id == wanted_id == approval_id(grant.run_id, grant.ask, grant.policy)
        and grant.used in (None, opening)
    )


def count_openings(events: Sequence[Event], phase_id: str) -> int:
    """How often a phase has ended for good: the number of its present opening, which a crash or a block does not end."""
    return sum(
        event.type == "phase.finished" and event.fact("phase") == phase_id and event.fact("state") in _ENDED_FOR_GOOD
        for event in events
    )


def find_asked(events: Sequence[Event], phase_id: str) -> tuple[Ask, ...]:
    """What a phase asked for since it last began to work, without what was granted; the later of two that ask for the same."""
    asked: dict[tuple[object, ...], tuple[str, Ask]] = {}
    granted = set()
    for event in events:
        if event.fact("phase") != phase_id:
            continue
        if event.type == "phase.started":
            asked.clear()
        elif event.type == "approval.asked":
            ask = from_data(Ask, event.fact("ask"))
            asked[ask.kind, ask.text, ask.argv, ask.cwd] = (str(event.fact("id")), ask)
        elif event.type == "approval.granted":
            granted.add(str(event.fact("id")))
    return tuple(ask for name, ask in asked.values() if name not in granted)


def find_waiting(phases: Sequence[Phase], states: Mapping[str, PhaseState], blocked: Collection[str]) -> tuple[str, ...]:
    """The ids of the phases that would go on once those in `blocked` may: they, and what was left out only for them."""
    scheduled = {phase.id for phase in phases if phase.scheduled}
    waiting = set(blocked)
    while True:
        more = {
            phase.id
            for phase in phases
            if phase.id in scheduled - waiting
            and states.get(phase.id, "pending") in ("skipped", "pending")
            and (missing := {name for name in phase.depends_on if name in scheduled and states.get(name) != "committed"})
            and missing <= waiting
        }
        if not more:
            return tuple(phase.id for phase in phases if phase.id in waiting)
        waiting |= more


def find_additions(before: Sequence[str], after: Sequence[str], changed: Sequence[str]) -> tuple[str, ...]:
    """What a tree's manifests declare that its base's do not, as written: another version is an addition too.

    Where the tree declares nothing that a toolchain could read, the manifests that `changed` stand for what may be in them.
    """
    return tuple(name for name in after if name not in set(before)) if after else tuple(changed)


def describe_ask(ask: Ask) -> str:
    """The ask in a few words, for a reason and a list."""
    if ask.kind == "path":
        return f"changing {ask.text}"
    if ask.kind == "install":
        return f"installing {', '.join(ask.argv)}" if ask.argv else ask.reason
    return ask.text + (f" (in {ask.cwd})" if ask.cwd != "." else "")


def explain_block(asks: Sequence[Ask], run_id: str) -> str:
    """Why a phase without these approvals stops, and what a person can do about it."""
    words = "; ".join(f"`{describe_ask(ask)}` needs approval [{ask.rule}]" for ask in asks)
    return f"{words}: `autopack approve {run_id}`, then `autopack resume {run_id}`"
