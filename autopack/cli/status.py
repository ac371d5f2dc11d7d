"""`autopack status`: runs at a glance."""

from __future__ import annotations

from pathlib import Path

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option
from autopack.model.report import Report


@click.command()
@click.argument("run_id", required=False, metavar="[ID]")
@repo_option
@json_option
def command(run_id: str | None, repo: Path, as_json: bool) -> int:
    """Show runs and how far they are, the latest first.

    \b
    autopack status
    """
    from autopack.effects.git import locate_repository
    from autopack.effects.store import list_records, open_record
    from autopack.errors import WrongUse
    from autopack.model.tables import PhaseStatus, RunStatus, StatusTable
    from autopack.stages.report import build_report, read_state

    repository = locate_repository(repo)
    if repository is None:
        raise WrongUse(f"{repo.resolve()} is not in a git repository", hint="go to the repository, or give `--repo DIR`")
    common = repository.common_dir
    records = (open_record(common, run_id),) if run_id else list_records(common)
    reports = [build_report(record, read_state(record, common, record.events())) for record in records]
    rows = tuple(
        RunStatus(
            run_id=report.run_id,
            state=report.state,
            title=report.title,
            branch=report.branch,
            started_at=report.started_at,
            seconds=report.seconds,
            phases=tuple(PhaseStatus(id=row.phase_id, title=row.title, state=row.state) for row in report.phases),
        )
        for report in reports
    )
    if as_json:
        print_json(StatusTable(runs=rows))
    elif rows:
        table = [
            (
                report.run_id,
                report.state,
                f"{sum(p.state == 'committed' for p in report.phases)}/{len(report.phases)}",
                report.title,
            )
            for report in reports
        ]
        print_table(("run", "state", "phases", "title"), table)
    else:
        click.echo("no runs yet: autopack run PLAN.md", err=True)
    return 0


def _progress(report: Report) -> str:
    return f"{sum(phase.state == 'committed' for phase in report.phases)}/{len(report.phases)}"
