"""Which open questions a plugin may answer, which of its answers counts, and what a person's words choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autopack.decide.merge import Overrides
from autopack.decide.names import digest_text
from autopack.model.codec import to_json
from autopack.model.draft import Draft, Span
from autopack.model.plan import Question
from autopack.model.specs import Answer

MOST_CALLS = 5
MOST_TOKENS = 25_000
CITED_AROUND = 20
UNKNOWN = "unknown"
_OFF = ("off", "0", "false", "no")


def allows_models(environ: Mapping[str, str]) -> bool:
    """Whether `AUTOPACK_LLM` leaves models alone; whatever means no forbids every call of one."""
    return environ.get("AUTOPACK_LLM", "").strip().lower() not in _OFF


def find_askable(questions: Sequence[Question]) -> tuple[Question, ...]:
    """What a plugin may be asked: what stops the plan and offers options.

    Without options the answer is a path or a command in free words, and such words would grant what nobody judged.
    """
    return tuple(question for question in questions if question.blocking and question.options)


def choose_answer(question: Question, answers: Sequence[Answer], limit_tokens: int) -> Answer | None:
    """The cheapest answer that is one of the options and within the limit; ties go by package name."""
    fitting = [
        answer
        for answer in answers
        if answer.option in question.options and answer.option != UNKNOWN and answer.cost <= limit_tokens
    ]
    return min(fitting, key=lambda answer: (answer.cost, answer.package, answer.option), default=None)


def digest_question(question: Question, draft: Draft, answerers: Sequence[tuple[str, str]]) -> str:
    """One digest of all that an answer rests on: the question, the lines around it, and who may answer in which version."""
    lines = draft.text(draft.around(question.source or Span(start=1, end=1), CITED_AROUND))
    return digest_text(to_json([question.question, question.options, question.default, lines, sorted(answerers)]), 64)


def pick_option(question: Question, words: str) -> str | None:
    """What a person's words choose: an option by its number or its own words, any words where there are none to choose.

    Nothing typed is the default, else an empty text: it stays open.  `None` when the words choose nothing.
    """
    words = words.strip()
    if not words:
        return question.default or ""
    if not question.options:
        return words
    if words.isascii() and words.isdigit():
        number = int(words[:6])
        return question.options[number - 1] if 1 <= number <= len(question.options) else None
    return next((option for option in question.options if option.casefold() == words.casefold()), None)


def add_answers(overrides: Overrides, answers: Mapping[str, str], answered_by: Mapping[str, str] | None = None) -> Overrides:
    """The overrides with more answers; what was answered before keeps its answer."""
    answered_by = answered_by or {}
    known = dict(overrides.answers)
    fresh = {name: words for name, words in answers.items() if not known.get(name, "").strip()}
    by = dict(overrides.answered_by) | {name: package for name, package in answered_by.items() if name in fresh}
    return replace(overrides, answers=tuple(sorted((known | fresh).items())), answered_by=tuple(sorted(by.items())))
