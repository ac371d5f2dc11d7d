"""Reads plans in JSON, JSON lines, YAML and tables.  Their longer texts are claimed as prose, which other plugins read."""

from __future__ import annotations

from collections.abc import Sequence

from autopack import hookimpl
from autopack.hookspecs import Round
from autopack.model.draft import Claim, Draft
from autopack.model.workspace import Workspace

FORMATS = ("json", "jsonl", "yaml", "csv")


@hookimpl
def normalize_plan(draft: Draft, workspace: Workspace, round: Round) -> Sequence[Claim]:
    """Claim the work that the file lists, and what its fields say of each piece; a file that lists none is not ours."""
    if draft.tree is None or draft.format not in FORMATS or round == "checks":
        return ()
    # The tables cost time: they are loaded when a plan is read, not when plugins are listed.
    from autopack_plan_structured.find import find_work

    work = find_work(draft.tree)
    if work is None:
        return ()
    if round == "items":
        from autopack_plan_structured.groups import claim_groups

        return tuple(claim_groups(work))
    from autopack_plan_structured.details import claim_details
    from autopack_plan_structured.edges import claim_edges

    return (*claim_edges(work), *claim_details(work, workspace))
