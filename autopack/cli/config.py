"""`autopack config`: what is set, and who set it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option, visible


@click.group()
def command() -> None:
    """Show the configuration and where each value comes from.

    \b
    autopack config show --origin   every setting, its value and who set it

    \b
    An option wins over an environment variable, that over your own file, that over
    the repository's .autopack/config.yaml, which may only make things stricter.
    """


@command.command()
@click.option("--origin", is_flag=True, help="Say for each value where it comes from.")
@json_option
@repo_option
def show(origin: bool, as_json: bool, repo: Path) -> None:
    """Print every setting and its value.

    \b
    autopack config show --origin
    autopack config show --json | jq .config.budget
    """
    import os

    from autopack.decide.settings import show_value
    from autopack.effects.config import load_config
    from autopack.model.config import SETTINGS

    config = load_config(repo, flags={}, environ=os.environ)
    for warning in config.warnings:
        click.echo(f"warning: {visible(warning)}", err=True)
    if as_json:
        nested: dict[str, Any] = {}
        for setting in SETTINGS:
            section, _, name = setting.key.rpartition(".")
            value = config.value(setting)
            place = nested.setdefault(section, {}) if section else nested
            place[name] = str(value) if setting.kind == "path" else value
        print_json({"config": nested, "origins": config.origins, "warnings": config.warnings})
        return
    rows = [(setting.key, show_value(config.value(setting)), config.origins[setting.key]) for setting in SETTINGS]
    if origin:
        print_table(("KEY", "VALUE", "ORIGIN"), rows)
    else:
        print_table(("KEY", "VALUE"), [row[:2] for row in rows])


@command.command()
def path() -> None:
    """Print where your own configuration file stands, or would stand.

    \b
    $EDITOR "$(autopack config path)"
    """
    from autopack.effects.config import user_file

    click.echo(visible(str(user_file())))
