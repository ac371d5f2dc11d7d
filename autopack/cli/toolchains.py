"""`autopack toolchains`: what builds and proves a folder."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from autopack.cli.render import json_option, print_json, print_table
from autopack.model.toolchain import Command, Toolchain


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--batch", is_flag=True, help="Read folders from stdin, print one JSON line each.")
@json_option
def command(folder: Path, batch: bool, as_json: bool) -> int:
    """Show the toolchains of a folder and their commands, best first.

    \b
    autopack toolchains services/api

    Runs nothing.  In a command `{env}`, `{cache}` and `{results}` stand for folders of the run.
    """
    from autopack.effects.log import configure_logging
    from autopack.errors import WrongUse
    from autopack.stages.ground import find_toolchains
    from autopack.stages.setup import open_context

    context = open_context(folder if folder.is_dir() else None)
    configure_logging(context.config, environ=context.environ)
    if batch:
        for line in sys.stdin:
            if line.strip():
                found = find_toolchains(context.plugins, _open(Path(line.strip())))
                click.echo(json.dumps({"toolchains": [describe(tool) for tool in found]}, sort_keys=True))
                sys.stdout.flush()
        return 0
    if not folder.is_dir():
        raise WrongUse(f"{str(folder)!r} is not a folder")
    toolchains = find_toolchains(context.plugins, _open(folder))
    if as_json:
        print_json({"toolchains": [describe(tool) for tool in toolchains]})
    elif toolchains:
        rows = [
            (tool.name, tool.package_manager, f"{tool.confidence:.2f}", str(tool.root), kind, shlex.join(command.argv))
            for tool in toolchains
            for kind, commands in _commands(tool).items()
            for command in commands
        ]
        print_table(("language", "manager", "sure", "root", "kind", "command"), rows)
    else:
        click.echo("no toolchain was found", err=True)
    return 0


def _open(folder: Path) -> Any:
    """The folder's files as they stand, committed or not: a question about a folder, not about a commit."""
    from autopack.effects.scan import open_folder

    return open_folder(folder)


def _commands(tool: Toolchain) -> dict[str, tuple[Command, ...]]:
    return {"install": tool.install, "build": tool.build, "test": tool.test, "smoke": tool.smoke}


def describe(tool: Toolchain) -> dict[str, Any]:
    """The contract's form of a toolchain."""
    return {
        "name": tool.name,
        "package_manager": tool.package_manager,
        "confidence": tool.confidence,
        "root": str(tool.root),
        "evidence": list(tool.evidence),
        "env": dict(tool.env),
        **{kind: [_describe(command) for command in commands] for kind, commands in _commands(tool).items()},
        "prepare": [_describe(command) for command in tool.prepare],
    }


def _describe(command: Command) -> dict[str, Any]:
    return {"argv": list(command.argv), "cwd": str(command.cwd), "env": dict(command.env)}
