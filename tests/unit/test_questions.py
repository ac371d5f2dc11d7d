"""Who may answer which question, what counts as an answer, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autopack import hookimpl
from autopack.decide.merge import Overrides
from autopack.decide.questions import (
    add_answers,
    allows_models,
    choose_answer,
    digest_question,
    find_askable,
    pick_option,
)
from autopack.effects.answer_cache import keep_answer, recall_answer
from autopack.effects.config import load_config
from autopack.model.draft import Draft, Span
from autopack.model.plan import Question
from autopack.model.plugin import PluginRecord
from autopack.model.specs import Answer
from autopack.plugins import assemble_plugins
from autopack.stages.questions import PluginAnswers, ask_plugins
from autopack.stages.setup import Context, Silence

STORE = Question(
    id="stated-1",
    field="",
    question="Which store?",
    blocking=True,
    options=("sqlite", "postgres"),
    default="sqlite",
    source=Span(start=30, end=30),
)
SCOPE = Question(id="scope-1", field="/phases/0/scope/paths", question="Which files?", blocking=True)
ASIDE = replace(STORE, id="stated-2", blocking=False)
TEXT = "\n".join(f"line {number}" for number in range(1, 61))


# -- what is decided ----------------------------------------------------------------------------------------------------


def test_plugins_are_asked_only_what_stops_the_plan_and_offers_options() -> None:
    assert find_askable((STORE, SCOPE, ASIDE)) == (STORE,)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([("postgres", 9, "a"), ("sqlite", 3, "b")], ("sqlite", 3, "b")),
        ([("postgres", 3, "b"), ("sqlite", 3, "a")], ("sqlite", 3, "a")),
        ([("mysql", 0, "a"), ("postgres", 3, "b")], ("postgres", 3, "b")),
        ([("unknown", 0, "a")], None),
        ([("Sqlite", 0, "a"), ("", 0, "b"), ("1", 0, "c")], None),
        ([("sqlite", 11, "a")], None),
        ([], None),
    ],
)
def test_the_cheapest_answer_that_is_an_option_counts(
    offered: list[tuple[str, int, str]], chosen: tuple[str, int, str] | None
) -> None:
    def answer(row: tuple[str, int, str]) -> Answer:
        return Answer(option=row[0], cost=row[1], package=row[2])

    expected = answer(chosen) if chosen else None
    assert choose_answer(STORE, [answer(row) for row in offered], 10) == expected


def test_unknown_is_no_answer_even_where_a_plan_offers_it() -> None:
    assert choose_answer(replace(STORE, options=("unknown", "known")), [Answer(option="unknown")], 0) is None


@pytest.mark.parametrize(
    ("words", "chosen"),
    [("1", "sqlite"), (" 2 ", "postgres"), ("Postgres", "postgres"), ("", "sqlite"), ("0", None), ("3", None), ("²", None),
     ("9" * 5000, None), ("mysql", None), ("-1", None)],
)  # fmt: skip
def test_a_person_chooses_by_number_or_words(words: str, chosen: str | None) -> None:
    assert pick_option(STORE, words) == chosen


def test_a_person_may_say_anything_where_nothing_is_offered() -> None:
    assert [pick_option(SCOPE, words) for words in (" src/app.py ", "7", "")] == ["src/app.py", "7", ""]


@pytest.mark.parametrize(
    ("value", "allowed"), [(None, True), ("", True), ("on", True), ("off", False), (" OFF ", False), ("0", False)]
)
def test_models_are_allowed_until_they_are_switched_off(value: str | None, allowed: bool) -> None:
    assert allows_models({} if value is None else {"AUTOPACK_LLM": value}) == allowed


def test_what_was_answered_before_keeps_its_answer() -> None:
    given = Overrides(answers=(("a", "mine"), ("b", " ")), take_defaults=True)
    assert add_answers(given, {"a": "x", "b": "y", "c": "z"}, {"a": "p", "b": "p"}) == Overrides(
        answers=(("a", "mine"), ("b", "y"), ("c", "z")), answered_by=(("b", "p"),), take_defaults=True
    )


def test_a_digest_changes_with_what_an_answer_rests_on(make_draft: Callable[..., Draft]) -> None:
    draft, who = make_draft(TEXT), [("autopack-plan-llm", "1.0")]
    same = {digest_question(STORE, draft, who), digest_question(replace(STORE, id="else"), make_draft(f"{TEXT}\nmore"), who)}
    others = {
        digest_question(replace(STORE, question="Which one?"), draft, who),
        digest_question(replace(STORE, options=("sqlite",)), draft, who),
        digest_question(STORE, make_draft(TEXT.replace("line 50", "line fifty")), who),
        digest_question(STORE, draft, [("autopack-plan-llm", "1.1")]),
    }
    assert (len(same), len(others), same & others) == (1, 4, set())


# -- who is asked -------------------------------------------------------------------------------------------------------


class Free:
    """A plugin that answers without a cost."""

    def __init__(self, option: str) -> None:
        self.option = option

    @hookimpl
    def answer_question(self, question: Question) -> Answer:
        return Answer(option=self.option)


class Paid:
    """A plugin that needs tokens, and keeps count of when it was let."""

    def __init__(self, option: str, cost: int = 100, floor: int = 1) -> None:
        self.option, self.cost, self.floor = option, cost, floor
        self.limits: list[int] = []

    @hookimpl
    def answer_question(self, question: Question, limit_tokens: int) -> Answer | None:
        if limit_tokens < self.floor:
            return None
        self.limits.append(limit_tokens)
        return Answer(option=self.option, cost=self.cost)


Ask = Callable[..., PluginAnswers]


@pytest.fixture
def ask(tmp_path: Path, make_draft: Callable[..., Draft]) -> Ask:
    """`ask([STORE], b=Paid("sqlite"))`: plugins by name answer; the experimental feature is on."""

    def run(questions: list[Question], environ: dict[str, str] | None = None, **plugins: object) -> PluginAnswers:
        environ = {"AUTOPACK_EXPERIMENTAL_PLAN_LLM": "1", **(environ or {})}
        rows = [(PluginRecord(name=n, version="1", origin="path", package=n), plugin) for n, plugin in plugins.items()]
        context = Context(
            config=load_config(None, flags={}, environ=environ, user_dir=tmp_path / "config"),
            plugins=assemble_plugins(rows),
            environ=environ,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
            state_root=tmp_path / "state",
            cache_root=tmp_path / "cache",
            progress=Silence(),
        )
        return ask_plugins(context, make_draft(TEXT), questions)

    return run


def answered(found: PluginAnswers) -> dict[str, tuple[str, str]]:
    return {name: (answer.option, answer.package) for name, answer in found.answers.items()}


def test_what_is_free_is_asked_before_what_costs(ask: Ask) -> None:
    paid = Paid("postgres")
    found = ask([STORE], a=paid, b=Free("sqlite"))
    assert (answered(found), found.tokens, found.calls, paid.limits) == ({"stated-1": ("sqlite", "b")}, 0, 0, [])


def test_what_costs_is_asked_where_nobody_else_knows(ask: Ask) -> None:
    found = ask([STORE], a=Free("unknown"), b=Paid("postgres"))
    assert (answered(found), found.tokens, found.calls) == ({"stated-1": ("postgres", "b")}, 100, 1)


def test_only_the_first_who_spends_is_let(ask: Ask) -> None:
    second = Paid("sqlite")
    assert ask([STORE], a=Paid("unknown"), b=second).answers == {}
    assert second.limits == []


@pytest.mark.parametrize("environ", [{"AUTOPACK_LLM": "off"}, {"AUTOPACK_EXPERIMENTAL_PLAN_LLM": "0"}])
def test_nothing_is_spent_where_it_is_forbidden_or_not_turned_on(ask: Ask, environ: dict[str, str]) -> None:
    paid = Paid("postgres")
    assert ask([STORE], environ, a=paid) == PluginAnswers(answers={})
    assert paid.limits == []


def test_an_answer_that_was_paid_for_unasked_is_not_taken(ask: Ask) -> None:
    greedy = Paid("postgres", floor=0)
    found = ask([STORE], {"AUTOPACK_LLM": "off"}, a=greedy)
    assert (found.answers, found.tokens) == ({}, 100)


@pytest.mark.parametrize("option", ["postgres", "unknown"])
def test_what_was_paid_for_is_kept(ask: Ask, option: str) -> None:
    first, second = Paid(option), Paid(option)
    before, after = ask([STORE], a=first), ask([STORE], a=second)
    assert (before.tokens, before.calls, after.tokens, after.calls) == (100, 1, 0, 0)
    assert (len(first.limits), second.limits) == (1, [])
    assert before.answers == after.answers


def test_five_calls_are_the_most(ask: Ask) -> None:
    paid = Paid("sqlite")
    questions = [replace(STORE, id=f"q{number}", question=f"Which {number}?") for number in range(7)]
    found = ask(questions, a=paid)
    assert (sorted(found.answers), found.calls) == ([f"q{number}" for number in range(5)], 5)
    assert paid.limits == [25_000, 24_900, 24_800, 24_700, 24_600]


def test_no_call_follows_once_the_tokens_are_spent(ask: Ask) -> None:
    paid = Paid("sqlite", cost=20_000)
    found = ask([replace(STORE, id=f"q{number}", question=f"Which {number}?") for number in range(5)], a=paid)
    assert (paid.limits, found.calls) == ([25_000, 5_000], 2)


def test_a_question_in_free_words_reaches_no_plugin(ask: Ask) -> None:
    assert ask([SCOPE, ASIDE], a=Free(".github/workflows/ci.yml"), b=Paid("src/app.py")) == PluginAnswers(answers={})


def test_a_plugin_that_breaks_costs_only_its_answer(ask: Ask) -> None:
    def answer_question(question: Question) -> Any:
        raise RuntimeError("no model")

    broken = SimpleNamespace(answer_question=hookimpl(answer_question))
    assert answered(ask([STORE], a=broken, b=Free("sqlite"))) == {"stated-1": ("sqlite", "b")}


# -- what is kept -------------------------------------------------------------------------------------------------------


def test_a_kept_answer_comes_back_and_a_damaged_one_does_not(tmp_path: Path) -> None:
    answer = Answer(option="sqlite", cost=7, reason="r", package="p")
    keep_answer(tmp_path, "d", answer)
    assert (recall_answer(tmp_path, "d"), recall_answer(tmp_path, "e")) == (answer, None)
    (tmp_path / "answers" / "d.json").write_text('{"option": 3}')
    assert recall_answer(tmp_path, "d") is None


def test_a_cache_that_cannot_be_written_costs_nothing_now(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be\n")
    keep_answer(tmp_path / "cache", "d", Answer(option="sqlite", cost=7))
    assert recall_answer(tmp_path / "cache", "d") is None
