"""`autopack plugins`: which plugins are installed, where from, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option, visible
from autopack.errors import PluginBroken

if TYPE_CHECKING:
    from autopack.model.config import Config


@click.group()
def command() -> None:
    """List the installed plugins and their faults.

    \b
    autopack plugins list           each plugin, its origin, its hooks, its fault
    autopack plugins check          end with exit code 6 if one of them is faulty
    autopack plugins new NAME       begin a plugin of your own

    `plugins.only` in the configuration leaves plugins out, `require` names those that must load.
    """


@command.command("list")
@click.option("--no-load", is_flag=True, help="Only read what is installed; import nothing.")
@json_option
@repo_option
def list_plugins(no_load: bool, as_json: bool, repo: Path) -> None:
    """List the installed plugins.

    For instance: autopack plugins list --json
    """
    from autopack.plugins import discover, load_plugins

    # Not `require`: this is the command that shows what is wrong with a required plugin.
    records = discover() if no_load else load_plugins(only=_read_config(repo).plugins_only).records
    if as_json:
        print_json({"plugins": records})
        return
    rows = [[r.name, r.version, r.origin, ", ".join(r.hooks) if r.enabled else "not enabled", r.fault or ""] for r in records]
    print_table(["PLUGIN", "VERSION", "ORIGIN", "HOOKS", "FAULT"], rows)


@command.command("check")
@json_option
@repo_option
def check_plugins(as_json: bool, repo: Path) -> None:
    """Try every enabled plugin by the rules of the plugin contract.

    Each is imported and asked everything it knows, about empty and hostile samples too, in processes of its own.

    For instance: autopack plugins check --json
    """
    from autopack.plugins import load_plugins
    from autopack.stages.contract import check_installed

    config = _read_config(repo)
    found = check_installed(load_plugins(only=config.plugins_only, require=config.require))
    if as_json:
        print_json(found)
    elif found.problems:
        rows = [[one.plugin, one.rule, f"{one.where}: {one.message}" if one.where else one.message] for one in found.problems]
        print_table(["PLUGIN", "RULE", "FAULT"], rows)
    else:
        click.echo(f"{len(found.checked)} {'plugin' if len(found.checked) == 1 else 'plugins'}, no fault")
    for note in () if as_json else found.notes:
        click.echo(visible(f"note: {note.plugin}: {note.message}"), err=True)
    if found.problems:
        raise PluginBroken(
            f"{len(found.problems)} {'fault' if len(found.problems) == 1 else 'faults'} in the plugins",
            hint="repair or uninstall what is named above",
        )


@command.command("new")
@click.argument("name")
@click.option("--kind", required=True, help="What it does: toolchain, plan, mitigate, builder, intent or audit.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where its folder is made (default: the current folder).",
)
@json_option
def new_plugin(name: str, kind: str, folder: Path, as_json: bool) -> None:
    """Begin a plugin: a folder `autopack-NAME` with a small example that works, and its tests.

    For instance: autopack plugins new zig --kind toolchain
    """
    import shlex

    from autopack.plugins import discover
    from autopack.scaffold.create import create_package

    taken = {word for record in discover() for word in (record.name, record.package)}
    made, files = create_package(name, kind, folder, taken)
    if as_json:
        print_json({"folder": str(made), "files": files})
        return
    click.echo(visible(f"made {made}: {', '.join(files)}\n\nnext, in the environment that holds Autopack:"))
    for line in (
        f"cd {shlex.quote(str(made))}",
        "python -m pip install -e . pytest",
        "python -m pytest",
        "autopack plugins check",
    ):
        click.echo(visible(f"  {line}"))


def _read_config(repo: Path) -> Config:
    import os

    from autopack.effects.config import load_config

    return load_config(repo, flags={}, environ=os.environ)
