"""Open questions to answers: the plugins that are free, then a model if it is allowed, then a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autopack.decide.merge import MOST_QUESTIONS, NO_OVERRIDES, Overrides
from autopack.decide.questions import (
    MOST_CALLS,
    MOST_TOKENS,
    add_answers,
    allows_models,
    choose_answer,
    digest_question,
    find_askable,
)
from autopack.effects.answer_cache import keep_answer, recall_answer
from autopack.effects.log import get_logger
from autopack.model.draft import Draft
from autopack.model.plan import Question
from autopack.model.specs import Answer
from autopack.stages.ground import Ground
from autopack.stages.plan import Planned, make_plan
from autopack.stages.setup import Context

log = get_logger()

# What a person is asked, with the plan they may look up; gives answers by question id, fewer where some stay open.
AskPerson = Callable[[Draft, Sequence[Question]], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginAnswers:
    """What plugins answered, by question id, with the tokens and the calls that were paid for it now."""

    answers: Mapping[str, Answer]
    tokens: int = 0
    calls: int = 0


def settle_plan(
    context: Context,
    draft: Draft,
    ground: Ground,
    overrides: Overrides = NO_OVERRIDES,
    ask_person: AskPerson | None = None,
) -> Planned:
    """The plan after its open questions went to the plugins, and then to a person where one is there.

    A person is asked only while an answer is missing that stops the plan, each question once and at most five in all: an
    answer may bring up what was hidden behind it.
    """
    planned = make_plan(context, draft, ground, overrides)
    found = ask_plugins(context, draft, planned.plan.open_questions).answers
    if found:
        words = {name: answer.option for name, answer in found.items()}
        overrides = add_answers(overrides, words, {name: answer.package for name, answer in found.items()})
        planned = make_plan(context, draft, ground, overrides)
    asked: set[str] = set()
    while ask_person is not None and planned.plan.status == "needs_input":
        questions = [row for row in planned.plan.open_questions if row.id not in asked][: MOST_QUESTIONS - len(asked)]
        answers = ask_person(draft, questions) if questions else {}
        if not answers:
            break
        asked |= {row.id for row in questions}
        overrides = add_answers(overrides, answers)
        planned = make_plan(context, draft, ground, overrides)
    return planned


def ask_plugins(context: Context, draft: Draft, questions: Sequence[Question]) -> PluginAnswers:
    """What plugins answer to what stops the plan, each time the cheapest answer that is one of the options.

    All are asked for what costs nothing first.  What is then left goes to whoever needs tokens for it, if the person turned
    that on and `AUTOPACK_LLM` does not forbid it: at most five calls and a fixed number of tokens a plan.
    """
    answers: dict[str, Answer] = {}
    tokens = calls = 0
    for question in find_askable(questions):
        offered = [
            answer.value for answer in context.plugins.ask("answer_question", question=question, draft=draft, limit_tokens=0)
        ]
        best = choose_answer(question, offered, 0)
        tokens += sum(answer.cost for answer in offered)
        if best is None and calls < MOST_CALLS and tokens < MOST_TOKENS and _may_pay(context):
            paid, fresh = _ask_paid(context, draft, question, MOST_TOKENS - tokens)
            if paid is not None:
                calls, tokens = calls + fresh, tokens + (paid.cost if fresh else 0)
                best = choose_answer(question, [paid], paid.cost)
        if best is not None:
            answers[question.id] = best
            log.info("question.answered", question=question.id, option=best.option[:200], plugin=best.package, tokens=best.cost)
    return PluginAnswers(answers=answers, tokens=tokens, calls=calls)


def _may_pay(context: Context) -> bool:
    return context.config.is_enabled("plan_llm") and allows_models(context.environ)


def _ask_paid(context: Context, draft: Draft, question: Question, limit_tokens: int) -> tuple[Answer | None, bool]:
    """An answer that somebody spent tokens on, and whether that was now.  An answer `unknown` was paid for as well."""
    answerers = [(row.package, row.version) for row in context.plugins.records if "answer_question" in row.hooks]
    digest = digest_question(question, draft, answerers)
    known = recall_answer(context.cache_root, digest)
    if known is not None:
        return known, False
    # One after the other: the first who spends anything ends the round, so the limit is nobody's twice.
    for answer in context.plugins.ask_each("answer_question", question=question, draft=draft, limit_tokens=limit_tokens):
        if answer.value.cost > 0:
            keep_answer(context.cache_root, digest, answer.value)
            return answer.value, True
    return None, False
