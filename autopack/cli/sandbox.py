"""`autopack sandbox`: any command, contained as the checks of a run are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import click

from autopack.cli.render import repo_option, visible


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("argv", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
@repo_option
@click.option("--scope", multiple=True, metavar="PATH", help="A path that may change; may be repeated.  [default: none]")
@click.option(
    "--network",
    type=click.Choice(["none", "loopback", "open"]),
    default="loopback",
    show_default=True,
    help="What it may reach: nothing, this command's own loopback, or everything.",
)
@click.option("--allow-weak-sandbox", is_flag=True, default=None, help="Run it although nothing fully contains it.")
def command(
    argv: tuple[str, ...],
    repo: Path,
    scope: tuple[str, ...],
    network: Literal["none", "loopback", "open"],
    allow_weak_sandbox: bool | None,
) -> int:
    """Run COMMAND as a check of a run would run: only --scope can change, your home folder is out of sight.

    \b
    autopack sandbox -- pytest -q
    autopack sandbox --scope build/ --network open -- make build

    Ends with the command's own exit code.  What contained it is named on stderr.
    """
    from autopack.stages.sandbox import run_in_sandbox
    from autopack.stages.setup import open_context

    flags = {} if allow_weak_sandbox is None else {"allow_weak_sandbox": allow_weak_sandbox}
    context = open_context(repo, flags=flags)
    result = run_in_sandbox(context, repo, argv, scope=scope, network=network)
    for text, stream in ((result.stdout, sys.stdout), (result.stderr, sys.stderr)):
        # As it is for a file or a pipe; on a terminal nothing that a program prints may steer it.
        click.echo(visible(text) if stream.isatty() else text, nl=False, file=stream)
    if result.missing:
        click.echo(f"error: {result.missing} was not found", err=True)
    click.echo(f"sandbox: {result.sandbox or context.backend.name}, network: {result.network or network}", err=True)
    return result.exit_code if result.exit_code >= 0 else 128 - result.exit_code
