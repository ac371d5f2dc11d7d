"""`autopack plan`: what would happen, without doing it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from autopack.cli.render import json_option, print_json, repo_option


@click.command()
@click.argument("file", metavar="FILE|-")
@repo_option
@click.option("--answers", type=click.Path(path_type=Path), help="A JSON file: question id → answer.")
@click.option("--yes", is_flag=True, help="Take the default of every question that has one.")
@click.option("--allow", multiple=True, metavar="PATH", help="Let the plan change this path too; may be repeated.")
@click.option("--read", multiple=True, metavar="PATH", help="Show the builder this path too; may be repeated.")
@click.option("--check", "checks", multiple=True, metavar="CMD", help="One more command that must be green; may be repeated.")
@click.option("--explain", is_flag=True, help="Show the rule and the confidence behind each value, and what became of each line.")
@json_option
def command(
    file: str,
    repo: Path,
    answers: Path | None,
    yes: bool,
    allow: tuple[str, ...],
    read: tuple[str, ...],
    checks: tuple[str, ...],
    explain: bool,
    as_json: bool,
) -> int:
    """Show what a plan would do: phases, files, checks, and what is unsure.

    \b
    autopack plan notes.md
    git show HEAD:plan.md | autopack plan - --json

    Needs no git and runs no code of the repository.  On a terminal it asks what the plan leaves open, unless `--yes` or `--json`
    is given.  Ends 0 when the plan can run, 3 when something must be answered, 4 when it is refused.
    """
    from autopack.cli.approve import has_terminal
    from autopack.cli.questions import ask_person
    from autopack.cli.run import read_overrides
    from autopack.decide.preflight import plan_exit_code
    from autopack.effects.log import configure_logging
    from autopack.stages.ground import open_ground
    from autopack.stages.memory import remember_draft
    from autopack.stages.questions import settle_plan
    from autopack.stages.read import read_draft, read_plan_file
    from autopack.stages.setup import open_context

    raw, name = read_plan_file(None if file == "-" else Path(file), repo)
    context = open_context(repo)
    configure_logging(context.config, environ=context.environ)
    draft = read_draft(raw, name)
    overrides = read_overrides(answers, yes, allow=allow, read=read, checks=checks)
    # Not into a pager: nobody would see the questions.
    ask = ask_person if has_terminal() and sys.stdout.isatty() and not (yes or as_json) else None
    ground = open_ground(repo)
    planned = settle_plan(context, draft, ground, overrides, ask)
    if as_json:
        print_json(planned.plan)
    else:
        from autopack.cli.show_plan import print_plan

        print_plan(planned.plan, explain=explain)
        if explain:
            from autopack.cli.show_explanation import print_explanation
            from autopack.decide.explain import explain_claims

            print_explanation(draft.lines, explain_claims(planned.plan, planned.claims, context.ceiling, planned.overrides))
    remember_draft(context, ground, raw, planned.plan)
    return plan_exit_code(planned.plan)
