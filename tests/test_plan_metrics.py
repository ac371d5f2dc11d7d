"""The scorer of the labelled plans: each metric sees what is wrong, and nothing where all is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from autopack.model.draft import Span
from autopack.model.plan import Plan
from benchmarks.plans.corpus import Document, Reading, open_bare_context, plan_document
from benchmarks.plans.edges import list_names
from benchmarks.plans.metrics import Verdict, add_up, judge, value_of
from benchmarks.plans.texts import is_same

TEXT = """\
# Shop

## Phase 1: Money

- [ ] T001 Round prices in `shop/price.py`
- [ ] T002 Test the rounding in `tests/test_price.py` (depends on T001)

Run: `pytest -q tests/test_price.py`

## Phase 2: Pages

- [ ] T003 Show the price in `shop/page.html` (depends on T002)

## Acceptance criteria

- A price has two decimals

## Out of scope

- Currencies other than the euro
"""
EXPECTED: Mapping[str, Any] = {
    "format": "sample",
    "file": "plan.md",
    "actionable": True,
    "tree": {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n', "shop/price.py": "", "tests/test_shop.py": ""},
    "items": [
        {"title": "Round prices", "category": "backend"},
        {"title": "Test the rounding", "category": "tests"},
        {"title": "Show the price"},
    ],
    "phases": 2,
    "paths": {"write": ["shop/price.py", "tests/test_price.py", "shop/page.html"], "read": []},
    "not_paths": ["and/or"],
    "commands": ["pytest -q tests/test_price.py"],
    "edges": [["T002", "T001"], ["T003", "T002"]],
    "non_goals": ["Currencies other than the euro"],
    "acceptance": ["A price has two decimals"],
}


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    folder = tmp_path_factory.mktemp("document")
    (folder / "plan.md").write_text(TEXT)
    return plan_document(open_bare_context(folder / "home"), Document(folder=folder, expected=EXPECTED))


def figures(reading: Reading, **changed: Any) -> dict[str, float | None]:
    verdicts = judge({**EXPECTED, **changed}, reading)
    return {name: value_of(name, verdict) for name, verdict in verdicts.items()}


def with_plan(reading: Reading, change: Callable[[Plan], Plan]) -> Reading:
    assert reading.plan is not None
    return replace(reading, plan=change(reading.plan))


def test_a_plan_as_labelled_has_full_marks(reading: Reading) -> None:
    found = figures(reading)
    small = ("crash rate", "look-alikes", "non-goals false", "acceptance false", "blocking questions")

    assert {name: found.pop(name) for name in small} | found == {**dict.fromkeys(small, 0), **dict.fromkeys(found, 1)}


@pytest.mark.parametrize(
    ("changed", "metric", "value"),
    [
        ({"items": EXPECTED["items"][:2]}, "items exact", 0),
        ({"phases": 3}, "phases exact", 0),
        ({"paths": {"write": ["shop/price.py", "shop/page.html"], "read": ["a.md"]}}, "paths F1", 4 / 6),
        ({"paths": {"write": [], "read": []}, "not_paths": ["/shop/page.html"]}, "look-alikes", 1),
        ({"commands": ["pytest  -q tests/test_price.py", "make"]}, "commands F1", 2 / 3),
        ({"edges": [["T002", "T001"]]}, "edges F1", 2 / 3),
        ({"edges": [["T002", "T001"], ["Phase 2", "Phase 1"], ["T003", "T002"]]}, "edges F1", 1),
        ({"edges": [["T001", "T003"], ["T002", "T001"], ["T003", "T002"]]}, "edges F1", 4 / 5),
        ({"non_goals": ["Refunds"]}, "non-goals found", 0),
        ({"non_goals": ["Refunds"]}, "non-goals false", 1),
        ({"acceptance": ["Prices are shown", "A price has always two decimals"]}, "acceptance found", 0.5),
        ({"items": [{"title": "Round prices", "category": "docs"}]}, "categories right", 0),
        ({"items": [{"title": "Something else", "category": "docs"}]}, "labelled items matched", 0),
        ({"actionable": False}, "invented items", 3),
        ({"actionable": False}, "not actionable seen", 0),
    ],
)
def test_a_label_that_the_plan_does_not_meet_shows_in_its_metric(
    changed: dict[str, Any], metric: str, value: float, reading: Reading
) -> None:
    assert figures(reading, **changed)[metric] == value


def test_a_stated_value_that_is_not_in_its_lines_is_seen(reading: Reading) -> None:
    def lie(plan: Plan) -> Plan:
        [row] = plan.non_goals
        return replace(plan, non_goals=(replace(row, source=Span(start=1, end=1)),))

    whole = judge(EXPECTED, reading)["stated in lines"]
    told = judge(EXPECTED, with_plan(reading, lie))["stated in lines"]

    assert (told.part, told.whole) == (whole.part - 1, whole.whole)
    assert told.notes[0].startswith("'Currencies other than the euro' is not in lines 1-1")


def test_a_plan_that_does_not_fit_the_schema_is_seen(reading: Reading) -> None:
    assert figures(with_plan(reading, lambda plan: replace(plan, confidence=2.0)))["schema-valid"] == 0


def test_a_crash_is_counted_and_finds_nothing() -> None:
    found = figures(Reading(crash="ValueError: no"))

    assert (found["crash rate"], found["items exact"], found["paths F1"], found["edges F1"]) == (1, 0, 0, 0)
    assert figures(Reading(crash="ValueError: no"), actionable=False)["not actionable seen"] == 0


def test_figures_of_documents_add_up_to_those_of_a_set() -> None:
    one, two = ({"paths F1": Verdict(part=part, whole=whole)} for part, whole in ((2, 4), (6, 6)))

    assert value_of("paths F1", add_up([one, two])["paths F1"]) == 0.8


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Phase 4: User Story 2 - Receive an alert (Priority: P2)", "us2"),
        ("Phase 4: User Story 2 - Receive an alert (Priority: P2)", "phase 4"),
        ("`2.1` Drop-frame Timecode", "2.1"),
        ("第二阶段：匹配", "第二阶段"),
        ("Port the command line (#1190)", "1190"),
        ("Step 3. Deploy", "step 3"),
    ],
)
def test_a_thing_has_every_name_that_a_text_may_use_for_it(text: str, name: str) -> None:
    assert name in list_names(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("All **tests** pass", "all tests pass on CI", True),
        ("不做微信小程序", "本期不做微信小程序", True),
        ("The page loads", "The queue stops", False),
    ],
)
def test_texts_are_the_same_when_most_words_of_the_shorter_are_common(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is same
