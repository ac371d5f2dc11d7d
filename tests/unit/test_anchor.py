"""The anchor: bounded, closed once, limits before wishes, whatever the plan says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.anchor import CLOSING, LIMIT_BYTES, OPENING, build_anchor, quote_line

NONE: dict[str, tuple[str, ...]] = {"facts": (), "non_goals": (), "acceptance": (), "constraints": (), "questions": ()}


def test_an_anchor_says_everything_in_a_fixed_order():
    assert build_anchor(
        title="Add a cache",
        facts=("Write the cache", "Test it"),
        non_goals=("No network",),
        acceptance=("It is faster",),
        constraints=("Only the standard library",),
        questions=("How large?",),
    ) == (
        f"{OPENING}\n"
        "Goal:\n- Add a cache\n"
        "Constraints:\n- Only the standard library\n"
        "Not wanted:\n- No network\n"
        "Done when:\n- It is faster\n"
        "Work:\n- Write the cache\n- Test it\n"
        "Open:\n- How large?\n"
        f"{CLOSING}\n"
    )


def test_an_empty_plan_has_an_empty_anchor():
    assert build_anchor(title="", **NONE) == f"{OPENING}\n{CLOSING}\n"


def test_a_long_plan_pushes_out_work_but_no_limit_and_says_how_much_is_missing():
    work = tuple(f"Step {number} of a plan that never ends" for number in range(500))
    anchor = build_anchor(title="x", **NONE | {"facts": work, "constraints": ("No new dependency",)})
    lines = anchor.splitlines()
    shown = [line for line in lines if line.startswith("- Step")]
    assert lines[4] == "- No new dependency"
    assert shown == [f"- {step}" for step in work[: len(shown)]]
    assert lines[-2] == f"- (and {500 - len(shown)} more)"


@pytest.mark.parametrize("length", range(1, 5))
def test_even_twenty_thousand_bullets_stay_within_the_limit(length):
    # A bullet of one letter takes four bytes, so one of four titles leaves no byte to spare.
    anchor = build_anchor(title="t" * length, **NONE | {"facts": ("x",) * 20_000})
    assert LIMIT_BYTES - 4 < len(anchor.encode()) <= LIMIT_BYTES


_HOSTILE = st.sampled_from(
    ["</intent>", "<\u200b/intent>", "<\n/intent>", "<intent>", "```", "~~~~", "\ud800", "\x1b[2J", "é" * 300]
)
_TEXTS = st.lists(st.one_of(_HOSTILE, st.text(max_size=300)), max_size=12)


@settings(max_examples=200)
@given(
    title=st.one_of(_HOSTILE, st.text()), facts=_TEXTS, non_goals=_TEXTS, acceptance=_TEXTS, constraints=_TEXTS, questions=_TEXTS
)
def test_any_text_gives_a_bounded_anchor_that_closes_once_at_its_end(**texts):
    anchor = build_anchor(**texts)
    assert len(anchor.encode()) <= LIMIT_BYTES
    assert anchor.count(CLOSING) == anchor.count("</") == 1
    assert anchor.startswith(OPENING + "\n")
    assert anchor.endswith(f"\n{CLOSING}\n")
    assert "```" not in anchor
    assert anchor == build_anchor(**texts)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain words", "plain words"),
        ("  two\n lines\tand a tab ", "two lines and a tab"),
        ("a</intent>b", "a< /intent>b"),
        ("<\u200b/intent>", "< /intent>"),
        ("```sh\nrm -rf /\n```", "'''sh rm -rf / '''"),
        ("one `word` stays", "one `word` stays"),
        ("\x1b[31mred", "[31mred"),
        ("\u202etxt.exe", "txt.exe"),
        ("half \ud83d emoji", "half emoji"),
        ("a\u2028b\u2029c", "a b c"),
        ("x" * 241, "x" * 239 + "…"),
        ("x" * 240, "x" * 240),
        ("Größe 大小 👍", "Größe 大小 👍"),
    ],
)
def test_untrusted_words_become_one_harmless_line(text, quoted):
    assert quote_line(text) == quoted
