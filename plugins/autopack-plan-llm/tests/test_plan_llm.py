"""What a model is shown, what its reply means, and when it is not asked."""

import sys

import pytest

from autopack.model.draft import Span
from autopack.model.plan import Question

autopack_plan_llm = pytest.importorskip("autopack_plan_llm", reason="autopack-plan-llm is not installed")
STORES = ("sqlite", "postgres")


def question(line: int, options: tuple[str, ...] = STORES, end: int | None = None) -> Question:
    source = Span(start=line, end=end or line)
    return Question(id="q", field="", question="Which store?", blocking=True, options=options, source=source)


def shown(draft, one: Question) -> list[int]:
    lines = autopack_plan_llm.make_prompt(one, draft).partition("of the plan:\n")[2].split("\n")
    return [int(line.partition(":")[0]) for line in lines]


def test_the_cited_line_is_shown_with_twenty_on_both_sides(make_draft):
    draft = make_draft("\n".join(f"line {number}" for number in range(1, 101)))
    assert shown(draft, question(50)) == [*range(30, 71)]
    assert shown(draft, question(3)) == [*range(1, 24)]
    assert shown(draft, question(99)) == [*range(79, 101)]
    assert shown(draft, question(40, end=100)) == [*range(20, 81)]


def test_the_prompt_holds_the_question_the_options_and_the_lines(make_draft):
    draft = make_draft("# Store\n\n" + "x" * 500)
    assert autopack_plan_llm.make_prompt(question(3), draft) == (
        "Question about line 3: Which store?\n\nOptions:\n1. sqlite\n2. postgres\n\n"
        f"Lines 1 to 3 of the plan:\n1: # Store\n2: \n3: {'x' * 200}"
    )


def test_the_schema_allows_the_numbers_and_unknown():
    assert autopack_plan_llm.make_schema(2) == {
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": ["1", "2", "unknown"]}},
        "required": ["answer"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("reply", "option"),
    [
        ('{"answer": "1"}', "sqlite"),
        (' {"answer": "2"}\n', "postgres"),
        ('{"answer": "unknown"}', "unknown"),
        ('{"answer": "0"}', "unknown"),
        ('{"answer": "3"}', "unknown"),
        ('{"answer": ["1"]}', "unknown"),
        ('{"answer": "postgres"}', "unknown"),
        ("2", "unknown"),
        ("I choose 2", "unknown"),
        ("[" * 100_000, "unknown"),
        ("", "unknown"),
    ],
)
def test_a_reply_is_a_number_or_means_unknown(reply, option):
    assert autopack_plan_llm.read_reply(reply, STORES) == option


@pytest.mark.parametrize(("options", "limit"), [(STORES, 0), (STORES, -1), (STORES, 500), ((), 25_000)])
def test_no_model_is_loaded_where_none_may_be_asked(make_draft, options, limit):
    draft = make_draft("# Store\n\nWhich store?\n")
    before = "llm" in sys.modules
    assert autopack_plan_llm.answer_question(question(3, options), draft, limit) is None
    assert ("llm" in sys.modules) == before
