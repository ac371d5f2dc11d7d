"""`autopack scope`: which files a task will change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option
from autopack.model.tables import ScopeTable

if TYPE_CHECKING:
    from autopack.stages.ground import Ground
    from autopack.stages.setup import Context


@click.command()
@click.argument("text", required=False)
@click.option("--plan", "file", metavar="FILE|-", help="Read the task from a file: a plan, a commit message, a sentence.")
@json_option
@repo_option
def command(text: str | None, file: str | None, as_json: bool, repo: Path) -> int:
    """Show which files a task will likely change, and why.

    \b
    autopack scope "retry when the proxy closes the connection"
    git log -1 --format=%B | autopack scope --plan - --json

    Paths that the task states come first.  A proposal, not a fence: about four tasks in ten need a file that is not in it.
    Needs no git, no model and no network, and runs no code of the repository.  The first look at a repository reads all of it.
    """
    from autopack.decide.terms import may_state_paths, read_query
    from autopack.effects.log import configure_logging
    from autopack.errors import WrongUse
    from autopack.stages.ground import open_ground
    from autopack.stages.scope import propose_scope
    from autopack.stages.setup import open_context

    if text is None and file is None:
        raise WrongUse("there is no task", hint='say it: autopack scope "what should change", or give `--plan FILE`')
    words = [] if text is None else [text.encode("utf-8", "replace")]
    raw = b"\n\n".join([*words, _read(file)] if file is not None else words)
    context = open_context(repo)
    configure_logging(context.config, environ=context.environ)
    ground = open_ground(repo)
    task = raw.decode("utf-8-sig", "replace")
    proposal = propose_scope(context, ground, task)
    # To plan costs more than to rank, and most sentences and commit messages state no path.
    stated = _stated(context, ground, raw, file or "the task") if may_state_paths(task, read_query(task)) else ()
    rows = (*proposal.ranked, *proposal.read_only)
    table = ScopeTable(
        scope_paths=tuple(dict.fromkeys((*stated, *(row.path for row in proposal.ranked)))),
        ranked=tuple(row.path for row in rows),
        read_only=tuple(row.path for row in proposal.read_only if row.path not in stated),
        reasons={**proposal.reasons, **{path: ("the task states it", *proposal.reasons.get(path, ())) for path in stated}},
        confidences={**{row.path: row.confidence for row in rows}, **dict.fromkeys(stated, 1.0)},
    )
    if as_json:
        print_json(table)
    elif table.scope_paths:
        paths = [(f"{table.confidences[path]:.2f}", path, "; ".join(table.reasons[path])) for path in table.scope_paths]
        print_table(("sure", "path", "why"), paths)
    else:
        click.echo("no file fits these words", err=True)
    return 0


def _read(file: str) -> bytes:
    from autopack.effects.input import read_at_most
    from autopack.stages.read import LIMIT_BYTES, read_plan_file

    path = None if file == "-" else Path(file)
    try:
        return read_at_most(path, LIMIT_BYTES)
    except OSError:
        return read_plan_file(path)[0]  # says what is wrong with it


def _stated(context: Context, ground: Ground, raw: bytes, name: str) -> tuple[str, ...]:
    """The paths that the task names itself, as a plan."""
    from autopack.errors import WrongUse
    from autopack.stages.plan import make_plan
    from autopack.stages.read import read_draft
    from autopack.stages.scope import find_stated_paths

    try:
        return find_stated_paths(make_plan(context, read_draft(raw, name), ground).plan)
    except WrongUse:
        return ()  # no plan can be read from it; its words still count
