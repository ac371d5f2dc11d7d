"""`autopack demo`: the main job on a bundled project, with no model and no network."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from autopack.cli.render import visible


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where the demo's repository is made.  [default: a new temporary folder]"
)
def command(folder: Path | None) -> int:
    """Watch a messy plan become a verified commit, in a folder of its own.

    \b
    autopack demo
    """
    from autopack.cli.progress import make_progress
    from autopack.cli.show_plan import print_plan
    from autopack.cli.show_report import print_report
    from autopack.effects.log import configure_logging
    from autopack.errors import WrongUse
    from autopack.stages.demo import PLAN, examples_folder, prepare_demo
    from autopack.stages.run import prepare_run, start_run
    from autopack.stages.setup import open_context

    target = folder or Path(tempfile.mkdtemp(prefix="autopack-demo-")) / "greeter"
    if target.exists():
        raise WrongUse(f"{target} exists already", hint="name a folder that does not")
    repo, raw = prepare_demo(target)
    # The one run that may be weak unasked: its code is ours, and its digest was checked.
    flags = {"allow_weak_sandbox": True, "builder": "payload", "memory": False}
    context = open_context(repo, flags=flags, progress=make_progress())
    configure_logging(context.config, environ=context.environ)
    _say(f"The plan is a pasted chat answer ({examples_folder() / PLAN}). This is how it is read:\n")
    prepared = prepare_run(context, repo, raw, Path(PLAN).name)
    print_plan(prepared.plan, explain=True)
    _say(f"\nNow it runs, in a worktree of {repo}:\n")
    report = start_run(context, prepared)
    _say("")
    print_report(report)
    _say(f"\nThe repository is {repo}; the whole report is in .autonomous_runs/ there.")
    return report.exit_code


def _say(text: str) -> None:
    click.echo(visible(text))
