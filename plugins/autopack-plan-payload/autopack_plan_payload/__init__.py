"""Reads the code that a plan carries: named fences, unified diffs, SEARCH/REPLACE blocks, apply_patch.  Applies nothing."""

from __future__ import annotations

from collections.abc import Sequence

from autopack import hookimpl
from autopack.hookspecs import Round
from autopack.model.draft import Claim, Draft
from autopack.model.workspace import Workspace


@hookimpl
def normalize_plan(draft: Draft, workspace: Workspace, round: Round) -> Sequence[Claim]:
    """Claim each file that the plan carries code for, and ask about code that cannot be used as it stands."""
    if round != "details":
        return ()
    # The grammars cost their regexes: they are loaded when a plan is read, not when plugins are listed.
    from autopack_plan_payload.claims import claim_payloads

    return claim_payloads(draft, workspace)
