"""`autopack intent`: what a run is for."""

from __future__ import annotations

from pathlib import Path

import click

from autopack.cli.render import json_option, print_json, repo_option, visible


@click.group()
def command() -> None:
    """Show what the project, or a run, is for.

    \b
    autopack intent show            what the latest run pinned
    """


@command.command("show")
@click.argument("run_id", required=False, metavar="[ID]")
@repo_option
@json_option
def show(run_id: str | None, repo: Path, as_json: bool) -> int:
    """Print the intent that a run pinned; without an ID the latest run's.

    \b
    autopack intent show
    """
    from autopack.cli.resume import latest_run
    from autopack.effects.git import locate_repository
    from autopack.effects.store import open_record
    from autopack.errors import WrongUse
    from autopack.model.intent import Intent

    repository = locate_repository(repo)
    if repository is None:
        raise WrongUse(f"{repo.resolve()} is not in a git repository", hint="go to the repository, or give `--repo DIR`")
    common = repository.common_dir
    intent = open_record(common, run_id or latest_run(common)).read("intent_v1.json", Intent)
    if intent is None:
        raise WrongUse("this run has no intent", hint="its record is damaged; run the plan again")
    if as_json:
        print_json(intent)
    else:
        click.echo(visible(intent.intent_anchor), nl=False)
    return 0
