"""What became of each claim, and for one that is not in the plan: why."""

from __future__ import annotations

import pytest

from autopack.decide.claims import verify_claims
from autopack.decide.explain import Explained, explain_claims
from autopack.decide.merge import NO_OVERRIDES, Overrides, merge_claims
from autopack.model.draft import (
    BudgetValue,
    Claim,
    CommandValue,
    Draft,
    EdgeValue,
    GroupValue,
    PathValue,
    Payload,
    ProseValue,
    Span,
    TextValue,
)
from autopack.model.plan import Budget

CEILING = Budget(max_files=40, max_tokens=1000, max_minutes=30.0, max_attempts=3)
LINES = (
    "# Search",
    "## Phase 1: Store",
    "- [ ] write src/store.py",
    "Run: pytest -q",
    "## Phase 2: Index",
    "- [ ] write src/index.py, at most 3 files",
    "- [x] remove src/old.py, see pytest tests/old.py",
    "after Store, after Nowhere, see src/engine.py",
    "no web interface; which engine?",
    "## End",
    "src/loose.py",
)
DRAFT = Draft(name="plan.md", digest="0", lines=LINES, format="markdown", format_confidence=1.0, blocks=(), sections=())


def at(start: int, end: int | None = None) -> Span:
    return Span(start=start, end=end or start)


def claim(field: str, value: object, line: int, **more: object) -> Claim:
    facts = {"origin": "stated", "confidence": 0.9, "rule": "r", "package": "p", "span": at(line)}
    return Claim(field=field, value=value, **(facts | more))


STORE = claim("phase", GroupValue(title="Phase 1: Store", extent=at(2, 4), source_id="Store"), 2)
INDEX = claim("phase", GroupValue(title="Phase 2: Index", extent=at(5, 9), source_id="Index"), 5)
WRITE = claim("item", GroupValue(title="write src/store.py", extent=at(3)), 3)
INDEXED = claim("item", GroupValue(title="write src/index.py", extent=at(6)), 6)
DONE = claim("item", GroupValue(title="remove src/old.py", extent=at(7), state="done"), 7)
BASE = (
    STORE,
    INDEX,
    WRITE,
    INDEXED,
    DONE,
    claim("path", PathValue(path="src/store.py"), 3),
    claim("path", PathValue(path="src/index.py"), 6),
)


@pytest.fixture
def explain(make_workspace):
    """What became of one more claim beside those that every plan here has."""

    def go(*more: Claim, base: tuple[Claim, ...] = BASE, overrides: Overrides = NO_OVERRIDES) -> tuple[Explained, ...]:
        claims = verify_claims((*base, *more), DRAFT)
        plan = merge_claims(DRAFT, claims, make_workspace({"src/old.py": ""}), (), CEILING, overrides)
        rows = explain_claims(plan, claims, CEILING, overrides)
        added = verify_claims(more, DRAFT)
        return tuple(
            row for row in rows if any((row.span, row.field, row.confidence) == (c.span, c.field, c.confidence) for c in added)
        )

    return go


def test_every_claim_of_a_plain_plan_is_taken_and_says_where(explain):
    assert [(row.span, row.field, row.pointer, row.reason) for row in explain(*BASE, base=())] == [
        (at(2), "phase", "/phases/0/title", ""),
        (at(3), "item", "/phases/0/deliverables/0", ""),
        (at(3), "path", "/phases/0/scope/paths/0", ""),
        (at(5), "phase", "/phases/1/title", ""),
        (at(6), "item", "/phases/1/deliverables/0", ""),
        (at(6), "path", "/phases/1/scope/paths/0", ""),
        (at(7), "item", "/phases/1/deliverables/1", "done, so it is not scheduled"),
    ]


def test_a_row_has_the_claim_the_decision_and_the_leaf(explain):
    (row,) = explain(claim("check", CommandValue(run="pytest -q", argv=("pytest", "-q")), 4, confidence=0.8))
    assert row == Explained(
        span=at(4),
        field="check",
        value="pytest -q",
        origin="stated",
        confidence=0.8,
        rule="p:r",
        decision="taken",
        pointer="/phases/0/validation/0",
    )


@pytest.mark.parametrize(
    ("field", "value", "line", "pointer"),
    [
        ("title", TextValue(text="Search"), 1, "/title"),
        ("command", CommandValue(run="pytest -q", argv=("pytest", "-q")), 4, "/commands/0"),
        ("edge", EdgeValue(source_id="Index", after="Store"), 8, "/phases/1/depends_on/store-"),
        ("non_goal", TextValue(text="no web interface"), 9, "/non_goals/0"),
        ("acceptance", TextValue(text="no web interface"), 9, "/phases/1/acceptance_criteria/0"),
        ("constraint", TextValue(text="no web interface", kind="tech"), 9, "/constraints/0"),
        ("question", TextValue(text="which engine?"), 9, "/open_questions/2"),
        ("budget", BudgetValue(name="max_files", amount=3, words="at most 3 files"), 6, "/phases/1/budget/max_files"),
        ("dropped", TextValue(text="End"), 10, "/dropped/0"),
        ("payload", Payload(path="src/store.py", action="write", text="x"), 3, "/phases/0/payloads/0"),
        ("prose", ProseValue(), 6, ""),
    ],
)
def test_each_kind_of_value_is_found_again(field, value, line, pointer, explain):
    (row,) = explain(claim(field, value, line, rule="own", confidence=0.95))
    assert (row.decision, row.pointer[: len(pointer)]) == ("taken", pointer)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        (
            (claim("item", GroupValue(title="write", extent=at(3)), 3, package="q", confidence=0.6),),
            "one reading is taken whole, and that of p is better founded: 0.90 > 0.60",
        ),
        (
            (claim("path", PathValue(path="src/store.py"), 3, confidence=0.7),),
            "the same value is better founded: line 3 (stated, 0.90)",
        ),
        ((claim("path", PathValue(path="src/loose.py"), 11),), "it stands outside every phase"),
        (
            (claim("check", CommandValue(run="pytest tests/old.py", argv=("pytest", "tests/old.py")), 7, confidence=0.8),),
            "it belongs to a finished item (line 7)",
        ),
        ((claim("edge", EdgeValue(source_id="Store", after="Store"), 8),), "it names itself"),
        (
            (claim("edge", EdgeValue(source_id="Index", after="Nowhere"), 8),),
            "no phase or item of the plan is called 'Nowhere'",
        ),
        (
            (claim("budget", BudgetValue(name="max_files", amount=90, words="at most 3 files"), 6),),
            "no less than the configured max_files of 40",
        ),
        (
            (claim("path", PathValue(path="src/gone.py"), 6, confidence=0.8),),
            "it does not stand in its lines, so it counts as inferred",
        ),
    ],
)
def test_a_claim_that_lost_says_why(claims, reason, explain):
    (row,) = explain(*claims)
    assert row.reason == reason


def test_a_demoted_claim_may_still_be_taken(explain):
    (row,) = explain(claim("path", PathValue(path="src/gone.py"), 6, confidence=0.8))
    assert (row.origin, row.confidence, row.decision, row.rule) == ("inferred", 0.6, "taken", "p:r, not in its lines")


def test_of_two_titles_the_better_founded_one_is_taken(explain):
    best, other = (claim("title", TextValue(text="Search"), 1, confidence=c, rule=f"r{c}") for c in (0.9, 0.5))
    rows = {row.confidence: (row.decision, row.reason) for row in explain(best, other)}
    assert rows == {
        0.9: ("taken", ""),
        0.5: ("lost", "another title is better founded: line 1 (stated, 0.90)"),
    }


def test_what_may_change_is_not_only_read(explain):
    (row,) = explain(claim("read", PathValue(path="src/index.py"), 6, confidence=0.95))
    assert (row.decision, row.reason) == ("lost", "it may be changed anyway: line 6")


def test_a_question_with_an_answer_is_a_constraint(explain):
    question = claim("question", TextValue(text="which engine?", default="sqlite"), 9)
    (row,) = explain(question, overrides=Overrides(take_defaults=True))
    assert (row.decision, row.pointer, row.reason) == ("taken", "/constraints/0", "with its answer")


def test_a_list_of_files_is_the_last_word(explain):
    listed = claim("scope", PathValue(path="src/index.py"), 6, rule="list", confidence=0.95)
    rows = explain(listed, claim("path", PathValue(path="src/engine.py"), 8))
    assert {row.value: (row.decision, row.reason) for row in rows} == {
        "src/index.py": ("taken", ""),
        "src/engine.py": ("lost", "the plan lists its files, and this is not one of them"),
    }
