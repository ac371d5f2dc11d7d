"""The section tree: what each heading and label says its lines are for, and where it ends."""

from __future__ import annotations

import pytest

from autopack.decide.lexicon import find_role
from autopack.decide.sections import find_sections, read_label
from autopack.model.draft import Section, Span
from autopack.stages.read import read_draft


def sections(text: str) -> list[tuple[str, int, int, int, str]]:
    return [(s.title, s.level, s.span.start, s.span.end, s.role) for s in read_draft(text.encode(), "plan.md").sections]


def test_a_text_without_headings_is_one_section() -> None:
    assert find_sections((), 3) == (Section(title="", level=0, span=Span(start=1, end=3), role="work"),)


def test_headings_own_their_lines_and_unknown_ones_inherit() -> None:
    text = "intro\n\n# Plan\n## Out of scope\n- a\n### Payments\n- b\n## Tasks\n- c\n"
    assert sections(text) == [
        ("", 0, 1, 9, "work"),
        ("Plan", 1, 3, 9, "work"),
        ("Out of scope", 2, 4, 7, "non_goal"),
        ("Payments", 3, 6, 7, "non_goal"),
        ("Tasks", 2, 8, 9, "work"),
    ]


def test_the_only_top_heading_names_the_document() -> None:
    assert sections("# Summary\n- do it\n")[1] == ("Summary", 1, 1, 2, "work")


def test_a_phase_of_the_future_is_no_work() -> None:
    assert [row[4] for row in sections("## Future work\n### Phase 4: GUI\n- a\n")] == ["work", "future", "future"]


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("3. Acceptance Criteria", "acceptance"),
        ("✅ Success criteria (must all pass)", "acceptance"),
        ("1️⃣ 🚀 Out of scope!", "non_goal"),
        ("What we’re NOT doing", "non_goal"),
        ("**Non-Goals**", "non_goal"),
        ("Constraints", "constraint"),
        ("How to verify", "validation"),
        ("Step 4: Verify", "validation"),
        ("STEP 3: TESTS", "work"),
        ("Step 5: Testing the parser", "work"),
        ("Task 2: Files", "work"),
        ("Phase 4 (future)", "future"),
        ("Phase 5: Many kilns (parked)", "future"),
        ("7. On hold", "future"),
        ("Maybe / ideas", "future"),
        ("搁置", "future"),
        ("Some day / ideas", "future"),
        ("Ideas and payments", None),
        ("Deferred", "non_goal"),
        ("Phase 6: Extras (later, not scheduled)", "non_goal"),
        ("四、不在本次范围内", "non_goal"),
        ("（二）验收标准", "acceptance"),
        ("阶段三：验收环境", "work"),
        ("一览页", None),
        ("AC", "acceptance"),
        ("Success looks like", "acceptance"),
        ("Fertig ist das, wenn", "acceptance"),
        ("Was wir weglassen", "non_goal"),
        ("Lo que dejamos fuera", "non_goal"),
        ("今回やらないこと", "non_goal"),
        ("No-gos", "non_goal"),
        ("Skipped frames", None),
        ("Prüfen", "validation"),
        ("How we check", "validation"),
        ("Comprobar con", "validation"),
        ("Commands you will need", "validation"),
        ("Commands of the shell", None),
        ("Frozen columns", None),
        ("Parked (not in this change)", "non_goal"),
        ("What we will not do", "non_goal"),
        ("Before each release", "acceptance"),
        ("Summary for the stand-up", "context"),
        ("Files to change", "files"),
        ("Relevant files", "context"),
        ("Change Log", "bookkeeping"),
        ("Follow-ups", "future"),
        ("Implementation plan", "work"),
        ("Payments", None),
        ("🚀", None),
    ],
)
def test_headings_say_what_their_lines_are_for(title: str, role: str | None) -> None:
    assert find_role(title) == role


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("**Files:**", ("Files", "")),
        ("**Success Criteria**:", ("Success Criteria", "")),
        ("**File**: `a.py`", ("File", "`a.py`")),
        ("**Step 1: Write the test**", ("Step 1: Write the test", "")),
        ("**Criteria** (all must pass):", ("Criteria", "")),
        ("Exit criteria:", ("Exit criteria", "")),
        ("Files: a.py, b.py", ("Files", "a.py, b.py")),
        ("**Bold** words in a sentence", None),
        ("Fix the parser: it drops tabs", None),
        ("A sentence that is far too long to be a label ends here:", None),
        ("plain words", None),
        ("*Acceptance criteria of the phase:*", ("Acceptance criteria of the phase", "")),
        ("_Erfolgskriterien:_ alles grün", ("Erfolgskriterien", "alles grün")),
        ("*Really* fix: the parser", None),
    ],
)
def test_labels_are_told_from_sentences(line: str, label: tuple[str, str] | None) -> None:
    assert read_label(line) == label


def test_a_label_ends_at_the_next_label_a_heading_or_prose_behind_its_list() -> None:
    text = "**Files:**\n- a.py\n**Criteria:**\n\n- works\n\nProse.\n\nNon-goals:\n- x\n## Next\n"
    assert sections(text)[1:] == [
        ("Files", 7, 1, 2, "files"),
        ("Criteria", 7, 3, 6, "acceptance"),
        ("Non-goals", 7, 9, 10, "non_goal"),
        ("Next", 2, 11, 11, "work"),
    ]


def test_a_label_with_a_value_owns_its_sentence_only() -> None:
    text = "Verify: `pytest`\nDo not touch b.py.\n\n**Goal:** a long\nwrapped line.\nMore.\n"
    assert sections(text)[1:] == [("Verify", 7, 1, 1, "validation"), ("Goal", 7, 4, 5, "context")]


def test_a_label_in_an_item_stays_in_the_item() -> None:
    text = "1. Build it\n   - Files: a.py\n   - Acceptance:\n     - works\n2. Files: move them\n- [ ] Test: the parser\n"
    assert sections(text)[1:] == [("Files", 7, 2, 2, "files"), ("Acceptance", 7, 3, 4, "acceptance")]


def test_entries_of_a_file_list_open_no_sections() -> None:
    assert sections("**Files:**\n- Create: `a.py`\n- Test: `b.py`\n")[1:] == [("Files", 7, 1, 3, "files")]
