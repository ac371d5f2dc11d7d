"""`autopack run`: plans to branches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autopack.cli.render import json_option, print_json, repo_option, visible
from autopack.errors import AutopackError, combine_exit_codes

if TYPE_CHECKING:
    from autopack.decide.merge import Overrides
    from autopack.model.approval import Ask
    from autopack.stages.run import Prepared

_ANSWERS_HINT = 'write {"question id": "answer"}'


@click.command()
@click.argument("plans", nargs=-1, required=True, metavar="PLAN...")
@repo_option
@click.option("--run-id", help="The run's id; refused if taken.  [default: made from the plan's title and the time]")
@click.option("--builder", help="What writes the code: `payload` (what the plan carries) or `command:PROGRAM ARGS`.")
@click.option("--base", metavar="REF", help="The commit to start from.  [default: HEAD]")
@click.option("--yes", is_flag=True, help="Take the default of every question that has one.")
@click.option("--answers", type=click.Path(path_type=Path), help="A JSON file: question id → answer.")
@click.option("--allow", multiple=True, metavar="PATH", help="Let the run change this path too; may be repeated.")
@click.option("--read", multiple=True, metavar="PATH", help="Show the builder this path too; may be repeated.")
@click.option("--check", "checks", multiple=True, metavar="CMD", help="One more command that must be green; may be repeated.")
@click.option("--allow-weak-sandbox", is_flag=True, default=None, help="Run foreign code although nothing fully contains it.")
@click.option("--dry-run", is_flag=True, help="Stop after the plan: show it, write nothing.")
@json_option
def command(
    plans: tuple[str, ...],
    repo: Path,
    run_id: str | None,
    builder: str | None,
    base: str | None,
    yes: bool,
    answers: Path | None,
    allow: tuple[str, ...],
    read: tuple[str, ...],
    checks: tuple[str, ...],
    allow_weak_sandbox: bool | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Take PLANs to finished, verified branches, one after the other.

    \b
    autopack run plan.md
    autopack run plan.md --builder 'command:my-agent --write'

    Each run works in a worktree of its own on the branch autopack/RUN-ID; your checkout stays as it is.  On a terminal,
    what a plan leaves open and what needs your approval is asked before anything runs; elsewhere an open question ends it with
    3, and a phase that needs an approval stops while the others go on.
    """
    from autopack.cli.approve import has_terminal
    from autopack.cli.progress import make_progress
    from autopack.cli.questions import ask_person
    from autopack.cli.show_plan import print_plan
    from autopack.cli.show_report import print_report
    from autopack.decide.preflight import plan_exit_code
    from autopack.effects.log import configure_logging
    from autopack.model.report import BatchReport, Report
    from autopack.stages.read import read_plan_file
    from autopack.stages.run import PlanNotReady, prepare_run, start_run
    from autopack.stages.setup import open_context

    if run_id is not None and len(plans) > 1:
        raise click.UsageError("--run-id goes with one plan")
    overrides = read_overrides(answers, yes, allow=allow, read=read, checks=checks)
    ask = ask_person if has_terminal() and not yes else None
    flags = {"builder": builder, "allow_weak_sandbox": allow_weak_sandbox}
    context = open_context(repo, flags={k: v for k, v in flags.items() if v is not None}, progress=make_progress())
    configure_logging(context.config, environ=context.environ)
    prepared: list[Prepared] = []
    codes: list[int] = []
    for plan in plans:
        try:
            raw, name = read_plan_file(None if plan == "-" else Path(plan), repo)
            taken = [one.request.run_id for one in prepared]
            one = prepare_run(
                context, repo, raw, name, run_id=run_id, base=base, overrides=overrides, ask_person=ask, taken=taken
            )
            prepared.append(one)
        except AutopackError as error:
            if isinstance(error, PlanNotReady) and not as_json:
                print_plan(error.plan)
            if len(plans) == 1:
                raise
            click.echo(visible(f"error: {plan}: {error.message}" + (f"\nhint: {error.hint}" if error.hint else "")), err=True)
            codes.append(error.exit_code)
    if dry_run:
        for one in prepared:
            print_json(one.plan) if as_json else print_plan(one.plan)
            codes.append(plan_exit_code(one.plan))
        return combine_exit_codes(codes)
    granted = _ask_once(prepared)
    reports: list[Report] = []
    for one in prepared:
        report = start_run(context, one, granted.get(one.request.run_id, ()))
        reports.append(report)
        codes.append(report.exit_code)
        if not as_json:
            print_report(report)
    if as_json and reports:
        print_json(reports[0] if len(plans) == 1 else BatchReport(exit_code=combine_exit_codes(codes), runs=tuple(reports)))
    return combine_exit_codes(codes)


def _ask_once(prepared: Sequence[Prepared]) -> dict[str, tuple[Ask, ...]]:
    """What a person grants, by run id: one prompt for all runs, before the first of them does anything."""
    from autopack.cli.approve import Item, choose_asks, has_terminal

    items = [
        Item(ask=ask, run_id=one.request.run_id, title=one.plan.phase(ask.phase_id).title) for one in prepared for ask in one.asks
    ]
    chosen = choose_asks(items) if items and has_terminal() else ()
    return {one.request.run_id: tuple(item.ask for item in chosen if item.run_id == one.request.run_id) for one in prepared}


def read_overrides(
    answers: Path | None, yes: bool, *, allow: tuple[str, ...], read: tuple[str, ...], checks: tuple[str, ...]
) -> Overrides:
    """The options that complete a plan.

    Raises `WrongUse` when the answers file is no JSON object of texts, or a path to read leaves the repository.
    """
    from autopack.decide.merge import Overrides
    from autopack.decide.scope import judge_containment
    from autopack.effects.input import read_at_most
    from autopack.errors import WrongUse
    from autopack.model.codec import load_json

    for path in read:
        contained = judge_containment(path)
        if not contained.allowed:
            raise WrongUse(f"--read {path!r} {contained.reason}", hint="name a file or folder of the repository")
    pairs: dict[str, str] = {}
    if answers is not None:
        try:
            found = load_json(read_at_most(answers, 1_000_000).decode("utf-8-sig"))
        except (OSError, ValueError) as problem:
            raise WrongUse(
                f"answers file {str(answers)!r} cannot be read: {problem}", hint='write {"question id": "answer"}'
            ) from None
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise WrongUse(f"answers file {str(answers)!r} is no object of texts", hint=_ANSWERS_HINT)
        pairs = found
    return Overrides(allow=allow, read=read, checks=checks, answers=tuple(sorted(pairs.items())), take_defaults=yes)
