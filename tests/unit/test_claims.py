"""A plugin cannot call stated what the plan does not say, and the order of claims never depends on who came first."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.claims import DEMOTED, DEMOTED_CONFIDENCE, fold_text, rank_claim, verify_claims
from autopack.model.draft import (
    Claim,
    ClaimValue,
    CommandValue,
    Draft,
    EdgeValue,
    GroupValue,
    PathValue,
    Payload,
    Span,
    TextValue,
)

DEMOTED_TO = {"origin": "inferred", "confidence": DEMOTED_CONFIDENCE, "rule": "r" + DEMOTED}


def draft(text: str) -> Draft:
    return Draft(
        name="plan.md",
        digest="0",
        lines=tuple(text.split("\n")),
        format="markdown",
        format_confidence=1.0,
        blocks=(),
        sections=(),
    )


def claim(value: ClaimValue, **more: object) -> Claim:
    facts = {"field": "path", "origin": "stated", "confidence": 0.9, "rule": "r", "span": Span(start=1, end=1), "package": "p"}
    return Claim(value=value, **(facts | more))


def verified(one: Claim, text: str) -> Claim:
    (found,) = verify_claims([one], draft(text))
    return found


def group(title: str) -> GroupValue:
    return GroupValue(title=title, extent=Span(start=1, end=1))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (PathValue(path="src/app.py"), "Change `src/app.py`."),
        (PathValue(path="src/app.py"), "**src/app.py**: the entry"),
        (PathValue(path="src/app.py"), "Change _src/app.py_ and ./src/db.py"),
        (PathValue(path="src/db.py"), "Change ./src/db.py:12"),
        (PathValue(path="./src/db.py"), "Change src/db.py, please"),
        (PathValue(path="src/db.py"), "from /src/db.py on"),
        (PathValue(path="src/app.py"), "+++ b/src/app.py"),
        (PathValue(path="src/"), "all of src/"),
        (PathValue(path="src/"), "all of src/** but"),
        (PathValue(path="pkg/__init__.py"), "- [ ] pkg/__init__.py"),
        (PathValue(path="docs/größe.md"), "(docs/größe.md)"),
        (Payload(path="a.py", action="rename", to="b.py"), "rename a.py to b.py"),
        (group("Add a cache"), "## 1. **Add** a `cache`"),
        (group(")"), "1. )"),
        (TextValue(text="no new dependencies"), "- No new dependencies!"),
        (CommandValue(run="pytest -q", argv=("pytest", "-q")), "Run `pytest -q`."),
        (CommandValue(run="cd web && npm test", argv=("npm", "test"), cwd="web"), "    cd web && npm test"),
        (CommandValue(run="pytest -k 'a or b'", argv=("pytest", "-k", "a or b")), "$ pytest -k 'a or b'"),
        (CommandValue(run="a | b", argv=()), "a | b"),
        (EdgeValue(source_id="2", after="1"), "depends on 1"),
        (EdgeValue(source_id="Phase 4", after="Phase 3", words="US1"), "needs US1"),
    ],
)
def test_what_the_cited_lines_say_stays_stated(value, line):
    assert verified(claim(value), line) == claim(value)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (PathValue(path="src/app.py"), "Change src/other.py"),
        (PathValue(path="app.py"), "Change my_app.py and src/app.py"),
        (PathValue(path="src/app.py"), "see lib/src/app.py"),
        (PathValue(path="src/"), "only src/app.py"),
        (PathValue(path="src/app.py"), "src/app.py.bak"),
        (PathValue(path="src/app.py"), "src/app.python"),
        (PathValue(path=".env"), "load config.env and .environment"),
        (PathValue(path="a"), "a-b and data"),
        (PathValue(path="/"), "anything / everything"),
        (PathValue(path=""), "anything"),
        (PathValue(path="src/.*"), "src/app"),
        (Payload(path="a.py", action="rename", to="c.py"), "rename a.py to b.py"),
        (group("cat"), "Categories"),
        (group("**"), "## *"),
        (group(" "), "## x"),
        (TextValue(text="no dependencies"), "no new dependencies"),
        (CommandValue(run="pytest", argv=("true",)), "Run pytest"),
        (CommandValue(run="pytest || echo ok", argv=("echo", "ok")), "pytest || echo ok"),
        (CommandValue(run="pytest '", argv=("pytest",)), "pytest '"),
        (CommandValue(run="make test", argv=("make", "test")), "make tests"),
        (EdgeValue(source_id="2", after="1"), "depends on 11"),
        (EdgeValue(source_id="Phase 4", after="Phase 3", words="US1"), "needs Phase 3"),
    ],
)
def test_what_they_do_not_say_becomes_inferred(value, line):
    assert verified(claim(value), line) == claim(value, **DEMOTED_TO)


@pytest.mark.parametrize("span", [None, Span(start=0, end=1), Span(start=1, end=3), Span(start=2, end=1), Span(start=9, end=9)])
def test_a_claim_that_cites_no_line_of_the_file_is_not_stated(span):
    found = verified(claim(PathValue(path="a.py"), span=span), "a.py\na.py")
    assert found == claim(PathValue(path="a.py"), span=None, **DEMOTED_TO)


def test_no_plugin_speaks_for_the_person():
    found = verified(claim(PathValue(path="a.py"), origin="answered", confidence=1.0), "a.py")
    assert found == claim(PathValue(path="a.py"), **DEMOTED_TO)


@pytest.mark.parametrize(
    ("given_confidence", "kept"), [(0.5, 0.5), (7.0, 1.0), (-1.0, 0.0), (math.nan, 0.0), (math.inf, 1.0), (-math.inf, 0.0)]
)
def test_confidence_is_forced_into_its_range(given_confidence, kept):
    assert verified(claim(PathValue(path="a.py"), confidence=given_confidence), "a.py").confidence == kept


def test_inferred_and_default_claims_keep_their_word():
    rows = [claim(PathValue(path="x.py"), origin=origin, confidence=0.8, span=None) for origin in ("inferred", "default")]
    assert verify_claims(rows, draft("nothing")) == tuple(rows)


def test_origin_comes_before_confidence_and_confidence_before_place():
    base = claim(PathValue(path="a.py"), span=Span(start=5, end=5))
    best_first = [
        replace(base, origin="answered", confidence=0.1),
        replace(base, origin="stated", confidence=0.2),
        replace(base, origin="inferred", confidence=1.0),
        replace(base, origin="inferred", confidence=0.9, span=Span(start=1, end=1)),
        replace(base, origin="inferred", confidence=0.9),
        replace(base, origin="inferred", confidence=0.9, package="q"),
        replace(base, origin="default", confidence=1.0),
    ]
    best_last = best_first[::-1]
    assert sorted(best_last, key=rank_claim) == best_first


_CLAIMS = st.builds(
    Claim,
    field=st.sampled_from(["path", "scope"]),
    value=st.builds(PathValue, path=st.sampled_from(["a.py", "b.py"]), role=st.sampled_from(["create", "unknown"])),
    origin=st.sampled_from(["stated", "inferred", "default", "answered"]),
    confidence=st.sampled_from([0.5, 0.9, math.nan]),
    rule=st.sampled_from(["r", "s"]),
    span=st.sampled_from([None, Span(start=1, end=1), Span(start=2, end=2)]),
    evidence=st.sampled_from([(), ("a.py",)]),
    package=st.sampled_from(["p", "q"]),
)


@settings(max_examples=200)
@given(st.lists(_CLAIMS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_in_which_plugins_answer_means_nothing(claims: list[Claim], order: random.Random):
    shuffled = list(claims)
    order.shuffle(shuffled)
    plan = draft("change a.py\nand b.py")
    assert verify_claims(shuffled, plan) == verify_claims(claims, plan)


def test_folding_keeps_the_words_alone():
    assert fold_text("  ## **Add** a `Cache`\n for [users](x)") == "add a cache for users x"
