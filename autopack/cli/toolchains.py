"""`autopack toolchains`: what builds and proves a folder."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autopack.cli.render import json_option, print_json, print_table, visible, visible_json
from autopack.model.tables import AlternativeRow, CommandRow, ExplainedToolchains, ToolchainRow, ToolchainTable
from autopack.model.toolchain import Command, Toolchain

if TYPE_CHECKING:
    from autopack.decide.tasks import Alternative
    from autopack.effects.scan import FileWorkspace


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--batch", is_flag=True, help="Read folders from stdin, print one JSON line each.")
@click.option("--explain", is_flag=True, help="Say what speaks for each, and which commands of the project's files are not used.")
@json_option
def command(folder: Path, batch: bool, explain: bool, as_json: bool) -> int:
    """Show the toolchains of a folder and their commands, best first.

    \b
    autopack toolchains services/api

    Runs nothing.  In a command `{env}`, `{cache}` and `{results}` stand for folders of the run.
    """
    from autopack.effects.log import configure_logging
    from autopack.errors import WrongUse
    from autopack.stages.ground import explain_toolchains, find_toolchains
    from autopack.stages.setup import open_context

    context = open_context(folder if folder.is_dir() else None)
    configure_logging(context.config, environ=context.environ)
    if batch:
        if explain:
            raise WrongUse("`--explain` is about one folder", hint="leave out `--batch`")
        for line in sys.stdin:
            if line.strip():
                found = find_toolchains(context.plugins, _open(Path(line.strip())))
                click.echo(visible_json(ToolchainTable(toolchains=tuple(map(describe, found))), indent=None))
                sys.stdout.flush()
        return 0
    if not folder.is_dir():
        raise WrongUse(f"{str(folder)!r} is not a folder")
    if explain:
        placed = explain_toolchains(context.plugins, _open(folder))
        toolchains, alternatives = placed.toolchains, tuple(map(_describe_alternative, placed.alternatives))
    else:
        toolchains, alternatives = find_toolchains(context.plugins, _open(folder)), ()
    rows = tuple(map(describe, toolchains))
    if as_json:
        print_json(
            ExplainedToolchains(toolchains=rows, alternatives=alternatives) if explain else ToolchainTable(toolchains=rows)
        )
        return 0
    if toolchains:
        lines = [
            (tool.name, tool.package_manager, f"{tool.confidence:.2f}", str(tool.root), kind, shlex.join(command.argv))
            for tool in toolchains
            for kind, commands in _commands(tool).items()
            for command in commands
        ]
        print_table(("language", "manager", "sure", "root", "kind", "command"), lines)
    else:
        click.echo("no toolchain was found", err=True)
    if explain:
        _print_reasons(toolchains, alternatives)
    return 0


def _print_reasons(toolchains: tuple[Toolchain, ...], alternatives: tuple[AlternativeRow, ...]) -> None:
    for tool in toolchains:
        click.echo(visible(f"\n{tool.name} in {tool.root}:"))
        for evidence in tool.evidence:
            click.echo(visible(f"  {evidence}"))
    if alternatives:
        click.echo("\nNamed by the project and not used:")
        rows = [(row.kind, row.source, shlex.join(row.command.argv), row.command.cwd, row.reason) for row in alternatives]
        print_table(("kind", "where", "command", "folder", "because"), rows)


def _open(folder: Path) -> FileWorkspace:
    """The folder's files as they stand, committed or not: a question about a folder, not about a commit."""
    from autopack.effects.scan import open_folder

    return open_folder(folder)


def _commands(tool: Toolchain) -> dict[str, tuple[Command, ...]]:
    return {"install": tool.install, "build": tool.build, "test": tool.test, "smoke": tool.smoke}


def describe(tool: Toolchain) -> ToolchainRow:
    """The contract's form of a toolchain."""
    return ToolchainRow(
        name=tool.name,
        package_manager=tool.package_manager,
        confidence=tool.confidence,
        root=str(tool.root),
        evidence=tool.evidence,
        env=dict(tool.env),
        prepare=_describe(tool.prepare),
        **{kind: _describe(commands) for kind, commands in _commands(tool).items()},
    )


def _describe_alternative(row: Alternative) -> AlternativeRow:
    (command,) = _describe((row.command,))
    return AlternativeRow(toolchain=row.toolchain, kind=row.kind, command=command, source=row.source, reason=row.reason)


def _describe(commands: tuple[Command, ...]) -> tuple[CommandRow, ...]:
    return tuple(CommandRow(argv=one.argv, cwd=str(one.cwd), env=dict(one.env)) for one in commands)
