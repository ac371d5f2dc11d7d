"""SEARCH/REPLACE blocks, unified diffs and apply_patch, in fences and without."""

from __future__ import annotations

import pytest

from autopack.model.draft import Claim, Edit, Payload, Span


def fenced(body: str, info: str = "diff") -> str:
    return f"Some words.\n\n```{info}\n{body}```\n"


BLOCK = "<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE\n"
ONE_EDIT = Edit(search="a = 1\n", replace="a = 2\n", label="block 1")
FILES = {"src/x.py": "a = 1\n"}


@pytest.mark.parametrize(
    "text",
    [
        f"src/x.py\n```python\n{BLOCK}```\n",
        f"Change `src/x.py` like this:\n\n```python\n{BLOCK}```\n",
        f"```python\nsrc/x.py\n{BLOCK}```\n",
        f"```python:src/x.py\n{BLOCK}```\n",
        f"src/x.py\n{BLOCK}",
        f"- [ ] fix it\n\n  src/x.py\n  ```\n{''.join('  ' + line for line in BLOCK.splitlines(True))}  ```\n",
        "src/x.py\n<<<<<<< ORIGINAL\na = 1\n=======\na = 2\n>>>>>>> UPDATED\n",
    ],
)
def test_a_search_replace_block_is_an_edit(payloads, text):
    assert payloads(text, FILES) == [Payload(path="src/x.py", action="edit", edits=(ONE_EDIT,))]


def test_the_claim_cites_the_block_and_its_name(claims):
    assert claims(f"Words.\n\nsrc/x.py\n```python\n{BLOCK}```\n\nMore.\n", FILES) == [
        Claim(
            field="payload",
            value=Payload(path="src/x.py", action="edit", edits=(ONE_EDIT,)),
            origin="stated",
            confidence=0.99,
            rule="search-replace",
            span=Span(start=3, end=10),
        )
    ]


def test_blocks_of_one_file_are_one_payload(payloads):
    second = BLOCK.replace("a =", "b =")
    edits = (ONE_EDIT, Edit(search="b = 1\n", replace="b = 2\n", label="block 2"))
    together = f"src/x.py\n```python\n{BLOCK}\n{second}```\n"
    apart = f"src/x.py\n```python\n{BLOCK}```\n\nsrc/x.py\n```python\n{second}```\n"
    assert [payloads(text, FILES) for text in (together, apart)] == [[Payload(path="src/x.py", action="edit", edits=edits)]] * 2


def test_blocks_of_several_files_in_one_fence_are_a_payload_each(payloads):
    assert payloads(f"```\nsrc/x.py\n{BLOCK}\nsrc/y.py\n{BLOCK}```\n", FILES) == [
        Payload(path="src/x.py", action="edit", edits=(ONE_EDIT,)),
        Payload(path="src/y.py", action="edit", edits=(ONE_EDIT,)),
    ]


def test_an_empty_search_is_a_new_file_or_an_addition(payloads):
    text = "new.py\n```python\n<<<<<<< SEARCH\n=======\na = 2\n>>>>>>> REPLACE\n```\n"
    assert payloads(text) == [Payload(path="new.py", action="write", text="a = 2\n")]
    added = Edit(search="", replace="a = 2\n", label="block 1")
    assert payloads(text, {"new.py": "a = 1\n"}) == [Payload(path="new.py", action="edit", edits=(added,))]


DIFF = """\
--- a/src/x.py
+++ b/src/x.py
@@ -1,3 +1,3 @@
 one

-two
+2
@@ -10,2 +10,3 @@ def f():
 ten
+ten and a half
 eleven
"""
DIFF_EDITS = (
    Edit(search="one\n\ntwo\n", replace="one\n\n2\n", line=1, label="hunk 1"),
    Edit(search="ten\neleven\n", replace="ten\nten and a half\neleven\n", line=10, label="hunk 2"),
)


@pytest.mark.parametrize(
    "text",
    [
        fenced(DIFF),
        fenced(DIFF, "patch"),
        fenced(DIFF, ""),
        DIFF,
        f"Please apply:\n\n{DIFF}\nThanks!\n",
        fenced("diff --git a/src/x.py b/src/x.py\nindex 1234567..89abcde 100644\n" + DIFF),
        fenced(DIFF.replace("a/src", "src").replace("b/src", "src")),
        fenced(DIFF.replace("+++ b/src/x.py", "+++ b/src/x.py\t2024-01-01 00:00:00")),
        fenced("Index: src/x.py\n======\n" + DIFF),
        fenced(DIFF + "-- \n2.40.0\n"),
    ],
)
def test_a_unified_diff_is_an_edit_a_hunk(payloads, text):
    assert payloads(text) == [Payload(path="src/x.py", action="edit", edits=DIFF_EDITS)]


def test_hunks_without_numbers_are_read_to_their_end(payloads):
    text = fenced("--- src/x.py\n+++ src/x.py\n@@ ... @@\n-a\n+b\n\n@@ ... @@\n c\n+d\n\n--- y.py\n+++ y.py\n@@ @@\n-e\n")
    assert payloads(text) == [
        Payload(
            path="src/x.py",
            action="edit",
            edits=(Edit(search="a\n", replace="b\n", label="hunk 1"), Edit(search="c\n", replace="c\nd\n", label="hunk 2")),
        ),
        Payload(path="y.py", action="edit", edits=(Edit(search="e\n", replace="", label="hunk 1"),)),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "--- /dev/null\n+++ b/n.sh\n@@ -0,0 +1,2 @@\n+one\n+two\n",
        "--- a/n.sh\n+++ b/n.sh\n@@ -0,0 +1,2 @@\n+one\n+two\n",
        "diff --git a/n.sh b/n.sh\nnew file mode 100644\n--- /dev/null\n+++ b/n.sh\n@@ -0,0 +1,2 @@\n+one\n+two\n",
    ],
)
def test_a_diff_from_nothing_writes_the_file(payloads, body):
    assert payloads(fenced(body)) == [Payload(path="n.sh", action="write", text="one\ntwo\n")]


def test_the_mode_of_a_new_file_is_kept(payloads):
    body = "diff --git a/n.sh b/n.sh\nnew file mode 100755\n--- /dev/null\n+++ b/n.sh\n@@ -0,0 +1 @@\n+one\n"
    assert payloads(fenced(body)) == [Payload(path="n.sh", action="write", text="one\n", executable=True)]


def test_an_empty_new_file_has_no_hunk(payloads):
    body = "diff --git a/pkg/my file.py b/pkg/my file.py\nnew file mode 100644\nindex 0000000..e69de29\n"
    assert payloads(fenced(body)) == [Payload(path="pkg/my file.py", action="write")]


@pytest.mark.parametrize(
    "body",
    [
        "--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n",
        "diff --git a/x.py b/x.py\ndeleted file mode 100644\nindex 1..0\n--- a/x.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n",
        "diff --git a/x.py b/x.py\ndeleted file mode 100644\nindex e69de29..0000000\n",
    ],
)
def test_a_diff_to_nothing_deletes_the_file(payloads, body):
    assert payloads(fenced(body)) == [Payload(path="x.py", action="delete")]


def test_a_rename_moves_and_then_edits(payloads):
    head = "diff --git a/old.py b/new.py\nsimilarity index 90%\nrename from old.py\nrename to new.py\n"
    assert payloads(fenced(head)) == [Payload(path="old.py", action="rename", to="new.py")]
    edits = (Edit(search="a\n", replace="b\n", line=1, label="hunk 1"),)
    assert payloads(fenced(head + "index 1..2 100644\n--- a/old.py\n+++ b/new.py\n@@ -1 +1 @@\n-a\n+b\n")) == [
        Payload(path="old.py", action="rename", to="new.py", edits=edits)
    ]


@pytest.mark.parametrize(
    ("lines", "edit"),
    [
        ("-a\n\\ No newline at end of file\n+b\n", Edit(search="a", replace="b\n", line=1, label="hunk 1")),
        ("-a\n+b\n\\ No newline at end of file\n", Edit(search="a\n", replace="b", line=1, label="hunk 1")),
        (
            "-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
            Edit(search="a", replace="b", line=1, label="hunk 1"),
        ),
    ],
)
def test_a_missing_last_newline_is_kept_on_its_side(payloads, lines, edit):
    assert payloads(fenced("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n" + lines)) == [
        Payload(path="x.py", action="edit", edits=(edit,))
    ]


def test_removed_and_added_lines_may_look_like_file_lines(payloads):
    body = "--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++ new\n kept\n"
    edit = Edit(search="-- old comment\nkept\n", replace="++ new\nkept\n", line=1, label="hunk 1")
    assert payloads(fenced(body)) == [Payload(path="x.sql", action="edit", edits=(edit,))]


def test_a_quoted_name_is_decoded(payloads):
    body = '--- "a/caf\\303\\251.py"\n+++ "b/caf\\303\\251.py"\n@@ -1 +1 @@\n-a\n+b\n'
    assert [payload.path for payload in payloads(fenced(body))] == ["café.py"]


def test_each_file_of_a_diff_cites_its_own_lines(claims):
    found = claims(fenced(DIFF + DIFF.replace("x.py", "y.py")))
    assert [(claim.value.path, claim.span, claim.rule) for claim in found] == [
        ("src/x.py", Span(start=4, end=14), "unified-diff"),
        ("src/y.py", Span(start=15, end=25), "unified-diff"),
    ]


def test_a_diff_without_names_is_for_the_file_named_above(payloads):
    edit = Edit(search="a\nb\n", replace="a\nc\n", label="hunk 1")
    assert payloads("`src/x.py`:\n\n```diff\n a\n-b\n+c\n```\n") == [Payload(path="src/x.py", action="edit", edits=(edit,))]


PATCH = """\
*** Begin Patch
*** Add File: docs/new.md
+# New
+
*** Update File: src/x.py
*** Move to: src/y.py
@@ def f():
-    return 1
+    return 2
@@
 end
+of
*** End of File

*** Delete File: old.py
*** End Patch
"""


@pytest.mark.parametrize("text", [fenced(PATCH, ""), fenced("apply_patch <<'EOF'\n" + PATCH + "EOF\n", "bash"), PATCH])
def test_apply_patch_is_a_payload_a_file(payloads, text):
    assert payloads(text, {"src/x.py": "import a\n\ndef f():\n    return 1\n"}) == [
        Payload(path="docs/new.md", action="write", text="# New\n\n"),
        Payload(
            path="src/x.py",
            action="rename",
            to="src/y.py",
            edits=(
                Edit(search="    return 1\n", replace="    return 2\n", line=3, label="hunk 1"),
                Edit(search="end\n", replace="end\nof\n", label="hunk 2"),
            ),
        ),
        Payload(path="old.py", action="delete"),
    ]


HEAD = "--- a/x.py\n+++ b/x.py\n"


@pytest.mark.parametrize(
    ("body", "line", "why"),
    [
        (HEAD + "@@ -1,3 +1,3 @@\n a\n-b\n+c\n", 6, "hunk 1 of x.py promises 3 old and 3 new lines, and has 2 and 2"),
        (HEAD + "@@ -1 +1 @@\n-a\n+b\n+c\n", 6, "hunk 1 of x.py promises 1 old and 1 new lines, and has 1 and 2"),
        (HEAD + "@@ -1 +1 @@\n-a\n+b\n@@ -9 +9,2 @@\n-c\n+d\n", 9,
         "hunk 2 of x.py promises 1 old and 2 new lines, and has 1 and 1"),
        (HEAD, 4, "the diff of x.py changes no line"),
        (HEAD + "@@ @@\n", 6, "hunk 1 of x.py is empty"),
        ("--- a/x.py\n+++ b/y.py\n@@ -1 +1 @@\n-a\n+b\n", 4,
         "the diff names two files, x.py and y.py; a move needs `rename from` and `rename to`"),
        ("--- /dev/null\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n", 4, "the diff makes x.py new, and yet has old lines"),
        ("diff --git a/x.png b/x.png\nindex 1..2\nBinary files a/x.png and b/x.png differ\n", 4,
         "the diff of x.png is binary, which a plan cannot carry"),
        ("diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc\n", 4,
         "the diff of x makes a symlink or a submodule, which a plan cannot carry"),
        ("<<<<<<< SEARCH\na\n=======\nb\n", 4, "the SEARCH block has no REPLACE line that ends it"),
        ("x.py\n<<<<<<< SEARCH\na\n>>>>>>> REPLACE\n", 5, "the SEARCH block has no ======= line"),
        ("x.rst\n<<<<<<< SEARCH\na\n=======\n=======\nb\n>>>>>>> REPLACE\n", 5,
         "the SEARCH block has more than one ======= line, so its halves are not clear"),
        (BLOCK, 4, "the SEARCH block names no file"),
        ("*** Begin Patch\n*** Add File: x.py\n+a\n", 4, "the patch has no `*** End Patch` line"),
        ("*** Begin Patch\n+a\n*** End Patch\n", 4, "the patch does not begin with a file line, such as `*** Update File: x`"),
        ("*** Begin Patch\n*** Add File: x.py\n+a\nb\n*** End Patch\n", 7, "every line of the new file x.py must begin with `+`"),
        ("*** Begin Patch\n*** Update File: x.py\n*** End Patch\n", 5, "the patch changes no line of x.py"),
        ("*** Begin Patch\n*** Update File: x.py\n@@\n-a\nb\n*** End Patch\n", 8,
         "this line of the patch of x.py begins with none of blank, `-`, `+`, `@@`"),
    ],
)  # fmt: skip
def test_a_malformed_patch_is_a_blocking_question(questions, body, line, why):
    assert questions(fenced(body)) == [(f"Line {line}: {why}", True)]


def test_a_diff_for_no_named_file_is_said_but_blocks_nothing(questions):
    assert questions(fenced("-a\n+b\n")) == [("Line 3: the diff names no file, so it is not applied", False)]


def test_one_bad_file_of_a_diff_does_not_hide_the_others(claims):
    found = claims(fenced(DIFF + "--- a/y.py\n+++ b/y.py\n@@ -1,9 +1 @@\n-a\n+b\n" + DIFF.replace("x.py", "z.py")))
    assert [(claim.field, claim.span.start) for claim in found] == [("payload", 4), ("question", 17), ("payload", 20)]
