"""Reads plans written as Markdown or plain text: phases and items, files, commands, criteria.  Code they carry is not its job."""

from __future__ import annotations

from collections.abc import Sequence

from autopack import hookimpl
from autopack.hookspecs import Round
from autopack.model.draft import Claim, Draft, GroupValue
from autopack.model.workspace import Workspace


@hookimpl
def normalize_plan(draft: Draft, workspace: Workspace, round: Round) -> Sequence[Claim]:
    """Claim what the words of the plan say; structured files belong to other plugins."""
    if draft.format in ("json", "jsonl", "yaml", "csv") or round == "checks":
        return ()
    # The grammars cost their regexes: they are loaded when a plan is read, not when plugins are listed.
    from autopack_plan_markdown.page import read_page

    page = read_page(draft)
    if round == "items":
        from autopack_plan_markdown.groups import claim_groups
        from autopack_plan_markdown.titles import claim_goals, claim_title

        title = claim_title(page)
        groups = list(claim_groups(page))
        parts = [row.value.extent for row in groups if isinstance(row.value, GroupValue) and row.rule != "whole-text"]
        return (*([title] if title else []), *groups, *claim_goals(page, parts))
    from autopack_plan_markdown.commands import claim_commands
    from autopack_plan_markdown.edges import claim_edges
    from autopack_plan_markdown.files import claim_files
    from autopack_plan_markdown.follow import claim_follows
    from autopack_plan_markdown.texts import claim_texts

    commands = list(claim_commands(page, workspace))
    return (
        *claim_files(page, workspace),
        *commands,
        *claim_texts(page, commands),
        *claim_edges(page),
        *claim_follows(page, workspace),
    )
