"""`autopack doctor`: what is missing, and how to get it."""

from __future__ import annotations

from pathlib import Path

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option


@click.command()
@repo_option
@json_option
def command(repo: Path, as_json: bool) -> int:
    """Say what is missing on this machine, for this repository, and how to get it.

    \b
    autopack doctor

    Ends 0 when nothing that is needed is missing, 5 else.
    """
    from autopack.effects.log import configure_logging
    from autopack.errors import MACHINE_LACKS
    from autopack.model.tables import DoctorTable
    from autopack.stages.doctor import examine
    from autopack.stages.setup import open_context

    context = open_context(repo)
    configure_logging(context.config, environ=context.environ)
    rows = examine(context, repo)
    if as_json:
        print_json(DoctorTable(examined=rows))
    else:
        print_table(("what", "state", "found", "how to get it"), [(row.name, row.state, row.detail, row.hint) for row in rows])
    return MACHINE_LACKS if any(row.state == "missing" for row in rows) else 0
