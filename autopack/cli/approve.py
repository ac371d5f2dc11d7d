"""`autopack approve`: a person says yes to what a run may not do by itself."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from autopack.cli.render import repo_option, visible
from autopack.model.approval import Ask


@click.command()
@click.argument("run_id", required=False, metavar="[ID]")
@repo_option
def command(run_id: str | None, repo: Path) -> int:
    """Show what a run waits for, and grant all of it, some of it or nothing.

    \b
    autopack approve
    autopack approve greeting-1124-101500

    Without an ID the latest run.  Works on a terminal only: nothing that a run starts can approve.  A yes holds for one
    command in one phase of one run, once.  Afterwards `autopack resume` goes on.  Ends 3 while something is left open.
    """
    from autopack.cli.resume import latest_run
    from autopack.effects import git
    from autopack.effects.log import configure_logging
    from autopack.effects.store import open_record
    from autopack.errors import DONE, NEEDS_ANSWER, NeedsAnswer
    from autopack.stages.approvals import grant_asks, read_standing
    from autopack.stages.setup import open_context

    if not has_terminal():
        raise NeedsAnswer(
            "approvals are given by a person on a terminal, and this is none",
            hint="run `autopack approve` in a shell of your own",
        )
    repository = git.require_repository(repo)
    record = open_record(repository.common_dir, run_id or latest_run(repository.common_dir))
    context = open_context(repo)
    configure_logging(context.config, environ=context.environ)
    standing = read_standing(context, repository.common_dir, record)
    titles = {phase.id: phase.title for phase in standing.plan.phases}
    items = [Item(ask=ask, run_id=record.run_id, title=titles[ask.phase_id]) for ask in standing.find_open()]
    if not items:
        click.echo(f"run {record.run_id} waits for no approval", err=True)
        return DONE
    chosen = choose_asks(items)
    grant_asks(context, repository.common_dir, record.run_id, [item.ask for item in chosen])
    if chosen:
        click.echo(f"approved {len(chosen)} of {len(items)}; go on with: autopack resume {record.run_id}", err=True)
    return DONE if len(chosen) == len(items) else NEEDS_ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the list: an ask, its run, and the title of its phase."""

    ask: Ask
    run_id: str
    title: str


def has_terminal() -> bool:
    """Whether a person can see a question and answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def choose_asks(items: Sequence[Item]) -> tuple[Item, ...]:
    """Show all asks at once and take one answer: all, none, or some by number.  Nothing typed is no."""
    from autopack.decide.approvals import describe_ask

    several = len({item.run_id for item in items}) > 1
    click.echo("A person must approve:\n", err=True)
    for number, item in enumerate(items, 1):
        ask = item.ask
        line = f"plan line {ask.line}, " if ask.line else ""
        run = f" of run {item.run_id}" if several else ""
        click.echo(f"  {number}. {visible(describe_ask(ask))}", err=True)
        click.echo(f"     {line}phase {visible(repr(item.title))}{run}, in {visible(ask.cwd)}", err=True)
        click.echo(f"     {visible(ask.reason)} [{visible(ask.rule)}]\n", err=True)

    def read(text: str) -> tuple[Item, ...]:
        numbers = read_choice(text, len(items))
        if numbers is None:
            raise click.UsageError(f"answer `yes`, `no`, or numbers from 1 to {len(items)}")
        return tuple(items[number - 1] for number in numbers)

    question = "Approve? `yes` to all, `no`, or numbers such as `1 3`"
    chosen: tuple[Item, ...] = click.prompt(question, default="no", value_proc=read, err=True)
    return chosen


def read_choice(text: str, count: int) -> tuple[int, ...] | None:
    """The numbers that an answer chooses; `None` when it cannot be understood."""
    words = text.replace(",", " ").lower().split()
    if words in (["yes"], ["y"], ["all"]):
        return tuple(range(1, count + 1))
    if words in (["no"], ["n"], ["none"]):
        return ()
    if not words or not all(word.isascii() and word.isdigit() and 1 <= int(word) <= count for word in words):
        return None
    return tuple(sorted({int(word) for word in words}))
