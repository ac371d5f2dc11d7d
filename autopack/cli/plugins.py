"""`autopack plugins`: which plugins are installed, where from, and what is wrong with them."""

from __future__ import annotations

import click

from autopack.cli.render import json_option, print_json, print_table
from autopack.errors import PluginBroken


@click.group()
def command() -> None:
    """List the installed plugins and their faults.

    \b
    autopack plugins list           each plugin, its origin, its hooks, its fault
    autopack plugins check          end with exit code 6 if one of them is faulty
    """


@command.command("list")
@click.option("--no-load", is_flag=True, help="Only read what is installed; import nothing.")
@json_option
def list_plugins(no_load: bool, as_json: bool) -> None:
    """List the installed plugins.

    For instance: autopack plugins list --json
    """
    from autopack.plugins import discover, load_plugins

    records = discover() if no_load else load_plugins().records
    if as_json:
        print_json({"plugins": records})
        return
    rows = [[r.name, r.version, r.origin, ", ".join(r.hooks), r.fault or ""] for r in records]
    print_table(["PLUGIN", "VERSION", "ORIGIN", "HOOKS", "FAULT"], rows)


@command.command("check")
def check_plugins() -> None:
    """Load every plugin, and try its builders and failure patterns.

    For instance: autopack plugins check
    """
    from autopack.plugins import load_plugins

    plugins = load_plugins()
    plugins.builders()
    plugins.patterns()
    faults = [(record.name, record.fault) for record in plugins.records if record.fault]
    faults += [(fault.package, f"{fault.hook}: {fault.message}") for fault in plugins.faults]
    if not faults:
        click.echo(f"{len(plugins.records)} plugins, no fault")
        return
    print_table(["PLUGIN", "FAULT"], faults)
    raise PluginBroken(
        f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'} in the plugins",
        hint="repair or uninstall what is named above",
    )
