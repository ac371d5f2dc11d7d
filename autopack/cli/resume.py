"""`autopack resume`: go on where a run stopped."""

from __future__ import annotations

from pathlib import Path

import click

from autopack.cli.render import json_option, print_json, repo_option


@click.command()
@click.argument("run_id", required=False, metavar="[ID]")
@repo_option
@json_option
def command(run_id: str | None, repo: Path, as_json: bool) -> int:
    """Go on with a run that was interrupted, or that waited for an approval: nothing is lost, nothing is done twice.

    \b
    autopack resume
    autopack resume greeting-1124-101500

    Without an ID the latest run.  A finished run without new approvals is only reported, and ends 0.
    """
    from autopack.cli.progress import make_progress
    from autopack.cli.show_report import print_report
    from autopack.effects import git
    from autopack.effects.log import configure_logging
    from autopack.effects.store import open_record
    from autopack.stages.report import build_report
    from autopack.stages.run import execute
    from autopack.stages.setup import open_context

    repository = git.require_repository(repo)
    record = open_record(repository.common_dir, run_id or latest_run(repository.common_dir))
    flags = {"allow_weak_sandbox": record.request().allow_weak_sandbox}
    context = open_context(repo, flags=flags, progress=make_progress())
    configure_logging(context.config, environ=context.environ)
    done = execute(context, repository, record)
    report = done or build_report(record)
    if as_json:
        print_json(report)
    else:
        print_report(report)
    return done.exit_code if done else 0


def latest_run(common_dir: Path) -> str:
    """The id of the run that was started last.  Raises `WrongUse` when there is none."""
    from autopack.effects.store import list_records
    from autopack.errors import WrongUse

    records = list_records(common_dir)
    if not records:
        raise WrongUse("no run was started in this repository", hint="autopack run PLAN.md")
    return records[0].run_id
