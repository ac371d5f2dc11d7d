"""`autopack memory`: what the project remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autopack.cli.render import json_option, print_json, print_table, repo_option, visible

if TYPE_CHECKING:
    from autopack.model.memory import PlanMemory


@click.group()
def command() -> None:
    """Show what the project remembers of its plans.

    \b
    autopack memory show            the plans that were read last
    """


@command.command("show")
@click.argument("plan_id", required=False, metavar="[ID]")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="How many plans to list.  [default: 20]")
@click.option("--raw", is_flag=True, help="Print the plan's text as it was read, instead of the decisions; needs an ID.")
@repo_option
@json_option
def show(plan_id: str | None, last: int | None, raw: bool, repo: Path, as_json: bool) -> int:
    """List the stored plans, the one read last first; with an ID each decision in it, and how sure it was.

    \b
    autopack memory show
    autopack memory show 3f9a1c20de --raw

    `autopack run` and `autopack plan` store the plans of a repository in your state folder, secrets masked, unless the
    setting `memory` is off.
    """
    from autopack.effects.log import configure_logging
    from autopack.model.memory import MemoryTable
    from autopack.stages.memory import recall_plan, recall_plans
    from autopack.stages.setup import open_context

    if raw and plan_id is None:
        raise click.UsageError("--raw needs an ID")
    if last is not None and plan_id is not None:
        raise click.UsageError("--last goes without an ID")
    context = open_context(repo)
    configure_logging(context.config, environ=context.environ)
    plans = recall_plans(context, repo, last=last or 20) if plan_id is None else (recall_plan(context, repo, plan_id),)
    if as_json:
        print_json(MemoryTable(plans=plans if raw else tuple(replace(plan, text=None) for plan in plans)))
    elif plan_id is None:
        _print_list(plans)
    elif raw:
        _print_text(plans[0])
    else:
        _print_decisions(plans[0])
    return 0


def _print_list(plans: Sequence[PlanMemory]) -> None:
    if not plans:
        click.echo("nothing is stored yet: autopack plan PLAN.md", err=True)
        return
    rows = [
        (
            plan.id,
            plan.last_seen,
            plan.status,
            str(plan.phases),
            f"{plan.confidence:.2f}",
            str(plan.times_seen),
            f"{plan.name}: {plan.title}" if plan.title else plan.name,
        )
        for plan in plans
    ]
    print_table(("id", "when", "status", "phases", "sure", "seen", "plan"), rows)


def _print_decisions(plan: PlanMemory) -> None:
    click.echo(visible(f"{plan.title or plan.name}: {plan.status}, {plan.confidence:.2f} sure ({plan.name}, {plan.last_seen})"))
    rows = [
        (
            row.field,
            row.origin,
            f"{row.confidence:.2f}",
            "" if row.source is None else f"{row.source.start}-{row.source.end}",
            row.rule,
            " ".join(row.value.split()),
        )
        for row in plan.decisions or ()
    ]
    print_table(("field", "origin", "sure", "lines", "rule", "value"), rows)


def _print_text(plan: PlanMemory) -> None:
    from autopack.decide.limits import MEMORY_TEXT_BYTES

    click.echo(visible(plan.text or ""), nl=False)
    if plan.size_bytes > MEMORY_TEXT_BYTES:
        click.echo(f"only the beginning is stored: the text has {plan.size_bytes} bytes", err=True)
