"""`autopack policy`: what the command policy says of a command, and why."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

import click

from autopack.cli.render import json_option, print_json, visible


@click.command()
@click.argument("text", metavar="COMMAND")
@click.option("--cwd", default=".", metavar="DIR", help="Folder it would run in, below the repository root.")
@json_option
def command(text: str, cwd: str, as_json: bool) -> int:
    """Explain what the command policy says of a command: allow, ask or deny.  Runs nothing.

    \b
    autopack policy "rm -rf build && pytest -q"

    Judged as a command that a plan or an agent asks for, with no toolchain known.  Ends 0 whatever the verdict.
    """
    from autopack.decide.policy import judge_command
    from autopack.errors import WrongUse

    if not text.strip():
        raise WrongUse("the command is empty", hint='name one in quotes: autopack policy "pytest -q"')
    found = judge_command(text, cwd=PurePosixPath(cwd))
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found.verdict}: {visible(found.reason)} ({found.rule})")
        for argv in found.parsed:
            click.echo(f"  {visible(shlex.join(argv))}")
    return 0
