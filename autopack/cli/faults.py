"""`autopack faults`: where a crash test may kill a run."""

from __future__ import annotations

import click

from autopack.cli.render import json_option, print_json, print_table


@click.command()
@json_option
def command(as_json: bool) -> int:
    """Name every fault point: AUTOPACK_FAULT=NAME:NTH kills a run there, to prove that `resume` loses nothing.

    \b
    AUTOPACK_FAULT=commit.intended:1 autopack run plan.md
    """
    from autopack.effects.faults import FAULT_POINTS
    from autopack.model.tables import FaultRow, FaultTable

    if as_json:
        print_json(FaultTable(faults=tuple(FaultRow(name=name, written=words) for name, words in FAULT_POINTS.items())))
    else:
        print_table(("fault point", "what has just been written"), list(FAULT_POINTS.items()))
    return 0
