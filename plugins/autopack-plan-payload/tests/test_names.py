"""Each way to say which file a fence is, and the ways that only look like it."""

from __future__ import annotations

import pytest
from autopack_plan_payload import normalize_plan

from autopack.effects.scan import open_folder
from autopack.model.draft import Claim, Payload, Span
from autopack.stages.read import read_draft

BODY = "print(1)\n"


def claim(path: str, rule: str, confidence: float, start: int, end: int, text: str = BODY) -> Claim:
    return Claim(
        field="payload",
        value=Payload(path=path, action="write", text=text),
        origin="stated",
        confidence=confidence,
        rule=rule,
        span=Span(start=start, end=end),
    )


def fence(info: str, *above: str, body: str = BODY) -> str:
    return "\n".join([*above, f"```{info}", body + "```", ""])


@pytest.mark.parametrize(
    ("info", "path", "rule", "confidence"),
    [
        ("python:src/x.py", "src/x.py", "info-colon", 0.97),
        ("python src/x.py", "src/x.py", "info-path", 0.95),
        ("src/x.py", "src/x.py", "info-path", 0.95),
        ('python title="src/x.py"', "src/x.py", "info-key", 0.98),
        ("python file=src/x.py", "src/x.py", "info-key", 0.98),
        ("python {filename='my file.py'}", "my file.py", "info-key", 0.98),
        ("bash path=bin/tool", "bin/tool", "info-key", 0.98),
        ("dockerfile Dockerfile", "Dockerfile", "info-path", 0.95),
    ],
)
def test_the_info_string_names_the_file(claims, info, path, rule, confidence):
    assert claims(fence(info)) == [claim(path, rule, confidence, 1, 3)]


@pytest.mark.parametrize(
    ("line", "rule", "confidence"),
    [
        ("src/x.py", "line-above", 0.95),
        ("src/x.py:", "line-above", 0.95),
        ("`src/x.py`", "line-above", 0.95),
        ("`src/x.py`:", "line-above", 0.95),
        ("**src/x.py**", "line-above", 0.95),
        ("**`src/x.py`**:", "line-above", 0.95),
        ("**src/x.py:**", "line-above", 0.95),
        ("[src/x.py](src/x.py)", "line-above", 0.95),
        ("`src/x.py` (new file)", "line-above", 0.95),
        ("**File:** src/x.py", "label", 0.93),
        ("**File**: `src/x.py`", "label", 0.93),
        ("File: src/x.py", "label", 0.93),
        ("Filename: `src/x.py`", "label", 0.93),
        ("Location: `src/x.py`", "label", 0.93),
        ("Create `src/x.py`:", "label", 0.93),
        ("Create: `src/x.py`", "label", 0.93),
        ("New file: `src/x.py`", "label", 0.93),
        ("Create a new file `src/x.py`", "label", 0.93),
        ("Update `src/x.py` (whole file):", "label", 0.93),
        ("Now `src/x.py` gets its function, it is short:", "sentence", 0.85),
        ("Put this into src/x.py:", "sentence", 0.85),
        ("The [handler](src/x.py) in full:", "sentence", 0.85),
        ("### `src/x.py`", "heading-above", 0.85),
        ("## 2. The handler (`src/x.py`)", "heading-above", 0.85),
    ],
)
@pytest.mark.parametrize("blank", [(), ("",)], ids=["adjacent", "blank-line"])
def test_the_line_above_names_the_file(claims, line, rule, confidence, blank):
    end = 4 + len(blank)
    assert claims(fence("python", line, *blank)) == [claim("src/x.py", rule, confidence, 1, end)]


@pytest.mark.parametrize(
    ("info", "comment"),
    [
        ("python", "# src/x.py"),
        ("ts", "// src/x.ts"),
        ("html", "<!-- src/x.html -->"),
        ("css", "/* src/x.css */"),
        ("sql", "-- src/x.sql"),
        ("python", "# File: src/x.py"),
        ("python", "# src/x.py (new)"),
        ("bash", "# bin/x.sh"),
    ],
)
def test_a_first_comment_names_the_file_and_stays_in_it(claims, info, comment):
    path = comment.split()[1].removeprefix("File:") or comment.split()[2]
    assert claims(fence(info, body=f"{comment}\n{BODY}")) == [claim(path, "first-comment", 0.9, 1, 4, f"{comment}\n{BODY}")]


def test_a_comment_below_a_shebang_names_the_file(claims):
    body = "#!/usr/bin/env python3\n# tools/x.py\n"
    assert claims(fence("python", body=body)) == [claim("tools/x.py", "first-comment", 0.9, 1, 4, body)]


def test_a_bare_path_as_first_line_is_not_part_of_the_file(claims):
    assert claims(fence("python", body=f"src/x.py\n{BODY}")) == [claim("src/x.py", "first-line", 0.9, 1, 4)]


def test_a_heading_names_the_only_code_of_its_section(claims):
    text = "### 1. `src/x.py`\n\nOne.\n\nTwo.\n\nThree.\n\nFour.\n" + fence("python") + "\n```bash\npython src/x.py\n```\n"
    assert claims(text) == [claim("src/x.py", "section-heading", 0.8, 1, 12)]


def test_a_file_field_earlier_in_the_section_names_the_code(claims):
    text = fence("python", "#### 1. Handler", "**File**: `src/x.py`", "**Changes**: greet everybody", "", "In full.", "")
    assert claims(text) == [claim("src/x.py", "field", 0.8, 2, 9)]


def test_a_fence_in_a_list_item_is_dedented_and_named_by_its_item(claims):
    text = "1. Create `src/x.py`:\n\n   ```python\n   def f():\n       return 1\n   ```\n2. Done.\n"
    assert claims(text) == [claim("src/x.py", "label", 0.93, 1, 6, "def f():\n    return 1\n")]


def test_a_longer_fence_holds_shorter_ones(claims):
    text = "`README.md`:\n\n````md\n# x\n\n```bash\nx --help\n```\n````\n"
    assert claims(text) == [claim("README.md", "line-above", 0.95, 1, 9, "# x\n\n```bash\nx --help\n```\n")]


def test_an_empty_fence_is_an_empty_file(claims):
    assert claims("`pkg/__init__.py`\n```python\n```\n") == [claim("pkg/__init__.py", "line-above", 0.95, 1, 3, "")]


def test_windows_line_ends_change_nothing(claims):
    text = fence("python", "**src/x.py**")
    assert claims(text.replace("\n", "\r\n")) == claims(text)


@pytest.mark.parametrize(
    "path", ["../x.py", "/etc/cron.d/x.sh", ".github/workflows/ci.yml", "C:\\x\\y.py", "~/.bashrc", "a//b.py"]
)
def test_a_path_is_claimed_as_written(payloads, path):
    assert payloads(fence("python", f"**File:** `{path}`")) == [Payload(path=path, action="write", text=BODY)]


def test_two_files_of_one_name_are_both_claimed(payloads):
    text = fence("python", "`x.py`") + "\n" + fence("python", "`x.py`", body="print(2)\n")
    assert payloads(text) == [Payload(path="x.py", action="write", text=t) for t in ("print(1)\n", "print(2)\n")]


@pytest.mark.parametrize(
    "text",
    [
        fence("python"),
        fence("python", "Something like this:"),
        fence("python", "`a.py` is used by `b.py`:"),
        fence("python", "This runs on Node.js:"),
        fence("python", "**Node.js**"),
        fence("python", "Use it from `src/x.py`, see the example:"),
        fence("python", "Currently `src/x.py` reads:"),
        fence("python", "See https://example.com/x.py:"),
        fence("12:15:src/x.py"),
        fence("json", "`src/x.py` answers with this body:", body='{"ok": true}\n'),
        fence("bash", "Try `src/x.py`:", body="python src/x.py\n"),
        fence("bash", "### `src/x.py`", body="python src/x.py\n"),
        fence("text", "With `src/x.py` you get this:", body="1\n"),
        fence("", "The files are:", body="src/a.py\nsrc/b.py\n"),
        fence("", "Output:", body="......\nOK\n"),
        fence("makefile"),
        fence("json", body='{"a": 1}\n'),
        "Done in `src/x.py`.\n\n    indented = code\n",
        "> `src/x.py`\n> ```python\n> print(1)\n> ```\n",
        fence("python", "File: a.py", "", "1. first", "2. second", ""),
    ],
)
def test_code_without_a_certain_name_is_not_claimed(claims, text):
    assert claims(text) == []


def test_other_rounds_claim_nothing(tmp_path):
    draft, workspace = read_draft(fence("src/x.py").encode(), "plan.md"), open_folder(tmp_path)
    assert [normalize_plan(draft=draft, workspace=workspace, round=name) for name in ("items", "checks")] == [(), ()]


OLD = "".join(f"line_{number} = {number}\n" for number in range(10))


def test_a_whole_new_version_of_a_file_is_claimed_silently(claims):
    body = OLD.replace("line_3 = 3", "line_3 = 4")
    assert claims(fence("python", "Update `src/x.py`:", body=body), {"src/x.py": OLD}) == [
        claim("src/x.py", "label", 0.93, 1, 13, body)
    ]


def test_a_version_that_keeps_little_of_the_file_is_claimed_with_doubt(claims):
    assert claims(fence("python", "Update `src/x.py`:"), {"src/x.py": OLD}) == [claim("src/x.py", "label", 0.6, 1, 4)]


@pytest.mark.parametrize("line", ["Add to `src/x.py`:", "Add this function to `src/x.py`:", "`src/x.py:12-14`"])
def test_a_part_of_an_existing_file_is_not_written_over_it(questions, line):
    why = "the code reads as a part of src/x.py, and nothing says which lines it replaces"
    assert questions(fence("python", line), {"src/x.py": OLD}) == [(f"Line 2: {why}", False)]


@pytest.mark.parametrize("elision", ["# ...", "# ... existing code ...", "    // … rest", "<!-- ... -->", "# rest of the file"])
def test_code_that_leaves_lines_out_is_not_written(questions, elision):
    why = "the code of src/x.py leaves out lines here, so it cannot be written as the whole file"
    assert questions(fence("python", "`src/x.py`", body=f"{BODY}{elision}\n")) == [(f"Line 4: {why}", False)]


def test_a_named_fence_that_never_ends_is_asked_about(questions):
    why = "the fence of src/x.py is never closed, so its end is not clear"
    assert questions("`src/x.py`\n\n```python\nprint(1)\n\nThat's it!\n") == [(f"Line 3: {why}", True)]
