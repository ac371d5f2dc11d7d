"""A plan's open questions on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from autopack.cli.render import visible

if TYPE_CHECKING:
    from autopack.model.draft import Draft
    from autopack.model.plan import Question

_MOST_LINES = 6
_LINE_CHARS = 160


def ask_person(draft: Draft, questions: Sequence[Question]) -> dict[str, str]:
    """Ask one question after the other, each with the lines it is about; the answers by question id.

    Enter takes the default, and without one leaves the question open.
    """
    many = "One question is" if len(questions) == 1 else f"{len(questions)} questions are"
    _say(f"\n{many} open in {draft.name}. Enter takes the default; where there is none, it leaves the question open.")
    answers = {}
    for number, question in enumerate(questions, 1):
        answer = _ask_one(draft, question, f"{number} of {len(questions)}")
        if answer:
            answers[question.id] = answer
    return answers


def _ask_one(draft: Draft, question: Question, place: str) -> str:
    from autopack.decide.questions import pick_option

    _say(f"\n{place}: {question.question}")
    for line in _cite(draft, question):
        _say(line)
    for number, option in enumerate(question.options, 1):
        _say(f"  {number}. {option}" + (" (default)" if option == question.default else ""))

    def read(text: str) -> str:
        answer = pick_option(question, text)
        if answer is None:
            raise click.UsageError(f"answer with a number from 1 to {len(question.options)}, or with the words of an option")
        return answer

    shown = f" [{visible(question.default)}]" if question.default else ""
    answer: str = click.prompt(f"Answer{shown}", default="", show_default=False, value_proc=read, err=True)
    return answer


def _cite(draft: Draft, question: Question) -> list[str]:
    if question.source is None:
        return []
    first, last = question.source.start, min(question.source.end, question.source.start + _MOST_LINES - 1)
    rows = [f"  {number:>5} | {draft.lines[number - 1][:_LINE_CHARS]}" for number in range(first, last + 1)]
    return rows + [f"        | ... to line {question.source.end}"] * (last < question.source.end)


def _say(text: str) -> None:
    click.echo(visible(text), err=True)
