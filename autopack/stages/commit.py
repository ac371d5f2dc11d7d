"""Turn a proved tree into the branch's next commit: announced, made, published under the fence, noted; or resumed between."""

from __future__ import annotations

from autopack.decide.anchor import quote_line
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.locks import fence_ref
from autopack.errors import Refused
from autopack.model.event import Event
from autopack.model.plan import Phase
from autopack.stages.running import Running


def commit_phase(run: Running, phase: Phase, tree: str, proved_by: str) -> str:
    """Commit exactly `tree` on the run's branch and return the commit's id.

    Raises `Refused` when the branch moved or another executor took the run over: then nothing was published.
    """
    intended = run.journal.append(
        "commit.intended",
        sync=True,
        phase=phase.id,
        parent=run.head,
        tree=tree,
        message=_message(run, phase, proved_by),
        author=run.request.author,
        committer=run.request.committer,
    )
    fault_point("commit.intended")
    return finish_commit(run, intended)


def finish_commit(run: Running, intended: Event) -> str:
    """Carry out an announced commit; the same announcement gives the same id, so doing it twice changes nothing."""
    parent = str(intended.fact("parent"))
    commit = git.write_commit(
        run.repo,
        tree=str(intended.fact("tree")),
        parent=parent,
        message=str(intended.fact("message")),
        author=str(intended.fact("author")),
        committer=str(intended.fact("committer")),
    )
    fault_point("commit.written")
    tip = git.resolve_ref(run.repo, run.branch_ref)
    if tip != commit:
        moved = git.update_refs(
            run.repo,
            f"verify {fence_ref(run.request.run_id)} {run.fence_token}",
            f"update {run.branch_ref} {commit} {parent}",
        )
        if not moved:
            raise branch_moved(run.request.run_id)
        fault_point("commit.published")
    run.journal.append("commit.done", sync=True, phase=intended.fact("phase"), commit=commit, tree=intended.fact("tree"))
    run.head = commit
    return commit


def branch_moved(run_id: str) -> Refused:
    return Refused(
        f"branch autopack/{run_id} moved, or another process took the run over",
        hint="nothing was committed; look at the branch with `git log`, then run the plan again under a new id",
    )


def _message(run: Running, phase: Phase, proved_by: str) -> str:
    title = quote_line(phase.title)
    title = title[:1].upper() + title[1:]
    subject = title if len(title) <= 72 else title[:71].rstrip() + "…"
    work = [f"- {quote_line(row.title)}" for row in phase.deliverables if row.status not in ("done", "cancelled")]
    trailers = [
        f"Autopack-Run: {run.request.run_id}",
        f"Autopack-Phase: {phase.id}",
        f"Autopack-Plan: {run.request.plan_digest}",
    ]
    return "\n\n".join([subject, "\n".join(work), f"Proved by: {proved_by}.", "\n".join(trailers)]) + "\n"
