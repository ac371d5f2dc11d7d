"""`autopack report`: a run's report, in the form that is asked for."""

from __future__ import annotations

from pathlib import Path

import click

from autopack.cli.render import print_json, repo_option, visible


@click.command()
@click.argument("run_id", required=False, metavar="[ID]")
@repo_option
@click.option("--format", "form", type=click.Choice(["text", "json", "md", "junit"]), default="text", help="How to print it.")
@click.option("--json", "as_json", is_flag=True, help="The same as `--format json`.")
def command(run_id: str | None, repo: Path, form: str, as_json: bool) -> int:
    """Print a run's report; without an ID the latest.

    \b
    autopack report greeting-1124-101500 --format junit > junit.xml
    """
    from autopack.cli.resume import latest_run
    from autopack.cli.show_report import print_report
    from autopack.decide.render_report import render_junit, render_markdown
    from autopack.effects.git import locate_repository
    from autopack.effects.store import open_record
    from autopack.errors import WrongUse
    from autopack.stages.report import build_report, read_state

    repository = locate_repository(repo)
    if repository is None:
        raise WrongUse(f"{repo.resolve()} is not in a git repository", hint="go to the repository, or give `--repo DIR`")
    common = repository.common_dir
    record = open_record(common, run_id or latest_run(common))
    report = build_report(record, read_state(record, common, record.events()))
    if as_json or form == "json":
        print_json(report)
    elif form == "text":
        print_report(report)
    else:
        click.echo(visible(render_markdown(report) if form == "md" else render_junit(report)), nl=False)
    return 0
