"""Plan bytes to a draft: what is refused, what the blocks are, and what changes nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.nodes import MAX_DEPTH
from autopack.errors import WrongUse
from autopack.model.draft import Block, Draft, Span
from autopack.stages.read import LIMIT_BYTES, read_draft, read_plan_file


def read(text: str) -> Draft:
    return read_draft(text.encode(), "plan.md")


def brief(text: str) -> list[tuple[str, int, int, str]]:
    return [(block.kind, block.span.start, block.span.end, block.text) for block in read(text).blocks]


def test_a_plan_file_gives_its_bytes_and_its_name(tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_bytes(b"Add a flag.\r\n")
    assert read_plan_file(tmp_path / "plan.md") == (b"Add a flag.\r\n", "plan.md")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "'plan.md' is empty"),
        (b" \n\t\r\n", "'plan.md' is empty"),
        (b"a\0b", "'plan.md' is binary, not text"),
        (b"\xff\xfea\0", "'plan.md' is UTF-16, a plan must be UTF-8"),
        (b"caf\xe9", "'plan.md' is not UTF-8 text (byte 3)"),
        (b"a" * (LIMIT_BYTES + 1), "'plan.md' is over the limit of 1 MiB for a plan"),
    ],
)
def test_what_can_be_no_plan_is_refused_with_a_way_out(tmp_path: Path, raw: bytes, message: str) -> None:
    (tmp_path / "plan.md").write_bytes(raw)
    with pytest.raises(WrongUse) as caught:
        read_plan_file(tmp_path / "plan.md")
    assert caught.value.message == message
    assert caught.value.hint


def test_a_missing_plan_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="there is no plan file"):
        read_plan_file(tmp_path / "plan.md")
    with pytest.raises(WrongUse, match="is a folder"):
        read_plan_file(tmp_path)


@pytest.mark.parametrize("text", ["- " * 100 + "x", ">" * 200 + " x"])
def test_nesting_that_would_lose_lines_is_refused(text: str) -> None:
    with pytest.raises(WrongUse) as caught:
        read(text)
    assert caught.value.message == "'plan.md' is nested too deeply"
    assert str(MAX_DEPTH) in caught.value.hint


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000, "line 1: nested more than 60 levels deep"),
        ("[" * 100 + "]" * 100, "line 1: nested more than 60 levels deep"),
        ('{"goal": "a",\n "goal": "b"}', "line 2: duplicate key 'goal'"),
        ('{"budget": NaN}', "line 1: NaN is not JSON"),
    ],
)
def test_json_that_two_readers_would_read_differently_is_refused(text: str, problem: str) -> None:
    with pytest.raises(WrongUse) as caught:
        read(text)
    assert caught.value.message == f"'plan.md' cannot be read as JSON: {problem}"


def test_markdown_that_begins_like_json_is_markdown() -> None:
    assert read("[A link](https://example.org)\n\n- do it\n").format == "markdown"


def test_a_bare_sentence_is_a_draft() -> None:
    draft = read("Add a --json flag to app/cli.py.")
    assert draft == Draft(
        name="plan.md",
        digest=hashlib.sha256(b"Add a --json flag to app/cli.py.").hexdigest(),
        lines=("Add a --json flag to app/cli.py.",),
        format="text",
        format_confidence=0.6,
        blocks=(Block(kind="paragraph", span=Span(start=1, end=1), text="Add a --json flag to app/cli.py."),),
        sections=draft.sections,
    )


def test_the_digest_is_of_the_raw_bytes_and_the_lines_are_not() -> None:
    raw = b"\xef\xbb\xbf# Plan\r\n\rdo it\r\n\r\n"
    draft = read_draft(raw, "plan.md")
    assert (draft.digest, draft.lines) == (hashlib.sha256(raw).hexdigest(), ("# Plan", "", "do it"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Plan\n- a", ("markdown", 0.95)),
        ("# Plan", ("markdown", 0.8)),
        ("STEP 1: do it\n    indented for looks", ("text", 0.6)),
        ('{"tasks": []}', ("json", 0.95)),
        ('[{"id": 1}]\n', ("json", 0.95)),
        ("[ ] not JSON", ("text", 0.6)),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b", ("diff", 0.95)),
        ("diff --git a/x b/x\n", ("diff", 0.95)),
        ("---\n\ntext\n", ("text", 0.6)),
    ],
)
def test_the_format_is_told_from_the_text(text: str, expected: tuple[str, float]) -> None:
    draft = read(text)
    assert (draft.format, draft.format_confidence) == expected


def test_a_file_that_is_one_patch_is_one_fence() -> None:
    text = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n- item\n+ item"
    assert read(text).blocks == (Block(kind="fence", span=Span(start=1, end=5), text=text + "\n", info="diff"),)


def test_items_know_number_box_depth_and_the_lines_of_their_children() -> None:
    text = "1. First\n   wrapped\n\n   - [x] nested\n\n2. [ ] T001 second\n+ [~] plus\n* [-] star\n- \n"
    items = [block for block in read(text).blocks if block.kind == "item"]
    assert items == [
        Block(kind="item", span=Span(start=1, end=4), text="First\nwrapped", number="1"),
        Block(kind="item", span=Span(start=4, end=4), text="nested", level=1, state="done", checkbox=True),
        Block(kind="item", span=Span(start=6, end=6), text="T001 second", number="2", state="todo", checkbox=True),
        Block(kind="item", span=Span(start=7, end=7), text="plus", state="in_progress", checkbox=True),
        Block(kind="item", span=Span(start=8, end=8), text="star", state="cancelled", checkbox=True),
        Block(kind="item", span=Span(start=9, end=9), text=""),
    ]


def test_a_fence_in_an_item_and_a_fence_in_a_fence() -> None:
    text = "- do\n\n  ```py\n  x = 1\n  ```\n\n````md\n```\n- [ ] sample\n```\n````\n"
    assert brief(text) == [
        ("item", 1, 5, "do"),
        ("fence", 3, 5, "x = 1\n"),
        ("fence", 7, 11, "```\n- [ ] sample\n```\n"),
    ]


def test_an_unclosed_fence_takes_the_rest() -> None:
    assert brief("# A\n```py\nx\n# not a heading\n") == [("heading", 1, 1, "A"), ("fence", 2, 4, "x\n# not a heading\n")]


def test_headings_of_both_kinds_and_a_rule_below_prose() -> None:
    blocks = read("Title\n=====\n\n## Two ##\n\nlong prose\nover two lines\n---\n").blocks
    assert [(b.kind, b.level, b.span.start, b.span.end) for b in blocks] == [
        ("heading", 1, 1, 2),
        ("heading", 2, 4, 4),
        ("paragraph", 0, 6, 8),
    ]


def test_front_matter_tables_quotes_and_comments_are_blocks_of_their_own() -> None:
    text = "---\ntitle: x\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n> - so\n\n<!-- id: 3\n- no item\n-->\n"
    assert brief(text) == [
        ("front_matter", 1, 3, "title: x"),
        ("table", 5, 7, "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("quote", 9, 10, "said\n- so"),
        ("html", 12, 14, "<!-- id: 3\n- no item\n-->"),
    ]


def test_front_matter_without_an_end_is_text() -> None:
    assert [block.kind for block in read("---\ntitle: x\n\ndo it\n").blocks] == ["paragraph", "paragraph"]


def test_a_search_replace_block_without_a_fence_is_set_apart() -> None:
    text = "src/a.py\n<<<<<<< SEARCH\nx = 1\n=======\n# x\n- y\n>>>>>>> REPLACE\n\n## Next\n"
    assert brief(text) == [
        ("paragraph", 1, 1, "src/a.py"),
        ("fence", 2, 7, "<<<<<<< SEARCH\nx = 1\n=======\n# x\n- y\n>>>>>>> REPLACE\n"),
        ("heading", 9, 9, "Next"),
    ]


def test_a_diff_without_a_fence_ends_where_its_hunks_end() -> None:
    text = "Apply:\n\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n\n- item\n"
    assert brief(text) == [
        ("paragraph", 1, 1, "Apply:"),
        ("fence", 3, 9, "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n\n"),
        ("item", 10, 10, "item"),
    ]


def test_a_label_at_the_margin_below_a_list_is_no_part_of_its_last_item() -> None:
    assert brief("- a\n  - b\nExit criteria:\n- c\nmore words\n") == [
        ("item", 1, 2, "a"),
        ("item", 2, 2, "b"),
        ("paragraph", 3, 3, "Exit criteria:"),
        ("item", 4, 5, "c\nmore words"),
    ]


def test_a_patch_mark_without_an_end_stays_text() -> None:
    assert [block.kind for block in read("<<<<<<< SEARCH\nx\n\n- item\n").blocks] == ["paragraph", "item"]


PIECES = st.sampled_from(
    [
        "# H", "## 1. 步骤 🚀", "- ", "- [ ] a", "  - [x] b", "+ * c", "1. d", "\t- e", "```", "````py", "~~~",
        "> q", "| a | b |", "|---|---|", "**Files:**", "Files: a.py", "Goal: x", "<!--", "-->", "---", "===",
        "", "    code", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "--- a/x", "+++ b/x",
        "@@ -1,2 +1,2 @@", "STEP 1: go", "задача: сделать", "title: x", "a\u2028b", "\u200b",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), min_size=1, max_size=14).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_any_text_is_read_or_refused_and_spans_stay_inside(text: str) -> None:
    try:
        draft = read_draft(text.encode("utf-8", "surrogatepass"), "plan.md")
    except WrongUse:
        return
    count = len(draft.lines)
    assert all(1 <= block.span.start <= block.span.end <= count for block in draft.blocks)
    assert all(1 <= section.span.start <= section.span.end <= count for section in draft.sections)
    assert [draft.section(line).level >= 0 for line in range(1, count + 1)] == [True] * count
    assert list(draft.blocks) == sorted(draft.blocks, key=lambda block: block.span.start)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_line_ends_and_blank_lines_at_the_end_change_nothing(text: str) -> None:
    text = text.replace("\r", "").replace("\0", "") + "x"
    try:
        draft = read(text)
    except (WrongUse, UnicodeEncodeError):
        return
    for other in (text.replace("\n", "\r\n"), text + "\n\n\n", "\ufeff" + text if not text.startswith("\ufeff") else text):
        again = read(other)
        assert (again.lines, again.blocks, again.sections) == (draft.lines, draft.blocks, draft.sections)


def test_a_text_with_more_lines_than_any_plan_has_is_refused() -> None:
    with pytest.raises(WrongUse) as caught:
        read_draft(b"- a\n" * 65_537, "plan.md")
    assert (caught.value.message, caught.value.hint) == (
        "'plan.md' has 65537 lines, over the limit of 65536 for a plan in words",
        "split it into several plans",
    )


def test_the_turns_of_a_chat_are_its_sections() -> None:
    text = "**User:** add a\n\n**Assistant:** ok\n\n```\nUser: no turn\n```\n\n## Human\nfix b\n"
    draft = read_draft(text.encode(), "chat.md")
    assert draft.format == "chat"
    assert [(s.title, s.role, s.span.start, s.span.end) for s in draft.sections[1:]] == [
        ("user", "work", 1, 2),
        ("assistant", "context", 3, 8),
        ("user", "work", 9, 10),
    ]


def test_pseudo_xml_is_markdown_between_labels() -> None:
    draft = read_draft(b"<tasks>\n    <task>\n      <name>Add a</name>\n      - one\n    </task>\n</tasks>\n", "plan.md")
    assert [(b.kind, b.text, b.span.start) for b in draft.blocks] == [
        ("html", "<tasks>", 1),
        ("html", "<task>", 2),
        ("paragraph", "Add a", 3),
        ("item", "one", 4),
        ("html", "</task>", 5),
        ("html", "</tasks>", 6),
    ]


def test_a_line_between_two_rules_is_a_heading_and_swallows_nothing() -> None:
    text = (
        b"=====\nGARDEN APP\n=====\nWritten on the train.\n"
        b"=====\nSTEPS\n=====\n1. Add a\n2. Add b\n=====\nNOTES\n=====\n- call Eva\n"
    )
    assert [(b.kind, b.level, b.text, b.span.start) for b in read_draft(text, "plan.txt").blocks] == [
        ("heading", 1, "GARDEN APP", 2),
        ("paragraph", 0, "Written on the train.", 4),
        ("heading", 1, "STEPS", 6),
        ("item", 0, "Add a", 8),
        ("item", 0, "Add b", 9),
        ("heading", 1, "NOTES", 11),
        ("item", 0, "call Eva", 13),
    ]


def test_rules_in_code_are_no_banner() -> None:
    text = b"# A\n\n```text\n=====\nout\n=====\n```\n"
    assert [b.kind for b in read_draft(text, "plan.md").blocks] == ["heading", "fence"]
