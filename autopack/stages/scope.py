"""Which files a task will change, as the repository itself suggests: a proposal with reasons, never a fence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from autopack.decide.merge import PROPOSED
from autopack.decide.ranking import RankedFile, Ranker
from autopack.decide.terms import read_query
from autopack.effects.index import ProjectIndex, open_index
from autopack.model.plan import Plan, PlanPath
from autopack.stages.ground import Ground
from autopack.stages.setup import Context

# What a phase reads goes into every prompt for it, and a plan has many phases.
_MOST_READ = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`ranked` is worth changing, `read_only` worth reading; both best first."""

    ranked: tuple[RankedFile, ...]
    read_only: tuple[RankedFile, ...]

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        """Why each path is proposed."""
        return {row.path: row.reasons for row in (*self.ranked, *self.read_only)}


@contextlib.contextmanager
def open_scope_index(context: Context, ground: Ground) -> Iterator[ProjectIndex]:
    """The index of the state that a plan is read against; the first look at a repository takes its time."""
    with open_index(context.cache_root, ground.folder, ground.repo, ground.commit) as index:
        yield index


def propose_scope(context: Context, ground: Ground, text: str) -> Proposal:
    """The files that a task will most likely change, given its words; both lists are empty when nothing fits."""
    with open_scope_index(context, ground) as index:
        return _propose(Ranker(index), text)


def propose_for_phase(ranker: Ranker, title: str, texts: Sequence[str]) -> tuple[tuple[PlanPath, ...], tuple[PlanPath, ...]]:
    """Paths to change and a few to read for a phase that states none, from its title and the texts of its items.

    Each is inferred, with a confidence between 0.3 and 0.75 and the reasons as evidence; new files are never proposed.
    """
    proposal = _propose(ranker, "\n".join((title, *texts)))
    return (
        tuple(_plan_path(row, "modify") for row in proposal.ranked),
        tuple(_plan_path(row, "read") for row in proposal.read_only[:_MOST_READ]),
    )


def find_stated_paths(plan: Plan) -> tuple[str, ...]:
    """What the plan itself says may change: what is there, or is to be made; a folder ends with a slash."""
    rows = (row for phase in plan.phases if phase.scheduled for row in phase.scope.paths)
    kept = (row for row in rows if row.origin in ("stated", "answered") and (row.exists or row.role == "create"))
    return tuple(dict.fromkeys(row.path.rstrip("/") + "/" if row.folder else row.path for row in kept))


def _propose(ranker: Ranker, text: str) -> Proposal:
    ranking = ranker.rank(read_query(text))
    return Proposal(ranked=ranking.chosen, read_only=ranking.nearby)


def _plan_path(row: RankedFile, role: Literal["modify", "read"]) -> PlanPath:
    return PlanPath(
        path=row.path, role=role, exists=True, origin="inferred", confidence=row.confidence, rule=PROPOSED, evidence=row.reasons
    )
