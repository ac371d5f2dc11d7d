"""`autopack policy`: what the command policy says of a command, and why."""

from __future__ import annotations

import shlex
from pathlib import Path, PurePosixPath

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option, visible


@click.command()
@click.argument("text", metavar="COMMAND")
@click.option("--cwd", default=".", metavar="DIR", help="Folder it would run in, below the repository root.")
@json_option
@repo_option
def command(text: str, cwd: str, as_json: bool, repo: Path) -> int:
    """Explain what the command policy says of a command: allow, ask or deny.  Runs nothing.

    \b
    autopack policy "rm -rf build && pytest -q"

    Judged as a command that a plan or an agent asks for, with no toolchain known, by the host's rules and those of the
    installed plugins.  Below the verdict stands each command inside, with the rule that decided it.  Ends 0 whatever the verdict.
    """
    import os

    from autopack.decide.policy import judge_command
    from autopack.effects.config import load_config
    from autopack.errors import WrongUse
    from autopack.plugins import load_plugins

    if not text.strip():
        raise WrongUse("the command is empty", hint='name one in quotes: autopack policy "pytest -q"')
    config = load_config(repo, flags={}, environ=os.environ)
    plugins = load_plugins(only=config.plugins_only, require=config.require)
    found = judge_command(text, cwd=PurePosixPath(cwd), rules=plugins.policy_rules())
    for fault in plugins.faults:
        click.echo(visible(f"note: {fault.package}: {fault.message}"), err=True)
    if as_json:
        print_json(found)
        return 0
    click.echo(f"{found.verdict}: {visible(found.reason)} ({found.rule})\n")
    rows = [[step.verdict, shlex.join(step.argv) or "(the whole)", step.rule, step.reason] for step in found.steps]
    print_table(["VERDICT", "COMMAND", "RULE", "REASON"], rows)
    return 0
