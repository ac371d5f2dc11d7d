"""Whatever a plan says, the grammars answer with claims that stand in its lines."""

from __future__ import annotations

from pathlib import PurePosixPath

from autopack_plan_payload import normalize_plan
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.effects.scan import FileWorkspace
from autopack.model.draft import Payload
from autopack.stages.read import read_draft

PIECES = st.sampled_from(
    [
        "",
        "```",
        "````md",
        "```python",
        "```diff",
        "```diff a.py",
        "```python:a.py",
        "~~~",
        "  ```",
        "> ```",
        "a.py",
        "**a.py**:",
        "File: `b/c.py`",
        "# a.py",
        "### `a.py`",
        "- [ ] x",
        "1. y",
        "words",
        "words:",
        "<<<<<<< SEARCH",
        "=======",
        ">>>>>>> REPLACE",
        "--- a/a.py",
        "+++ b/a.py",
        "--- /dev/null",
        "--- ",
        "+++ ",
        "@@",
        "@@ -1,2 +1 @@",
        "@@ @@",
        "-x",
        "+y",
        " z",
        "\\ No newline at end of file",
        "diff --git ",
        "diff --git a/a.py b/a.py",
        "rename from a.py",
        "rename to b.py",
        "new file mode 100755",
        "deleted file mode 100644",
        "*** Begin Patch",
        "*** Add File: n.py",
        "*** Update File: a.py",
        "*** Update File: ",
        "*** Move to: m.py",
        "*** Delete File: d.py",
        "*** End of File",
        "*** End Patch",
        "",
    ]
)
WORKSPACE = FileWorkspace("x", (PurePosixPath("a.py"),), lambda path: b"x\nz\n")


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=20), min_size=1, max_size=30))
def test_any_lines_give_claims_within_the_text(lines):
    text = "\n".join(["Plan", *lines]).replace("\0", "")
    draft = read_draft(text.encode(errors="replace"), "plan.md")
    for claim in normalize_plan(draft=draft, workspace=WORKSPACE, round="details"):
        assert 1 <= claim.span.start <= claim.span.end <= len(draft.lines)
        if isinstance(claim.value, Payload):
            assert claim.value.path in draft.text(claim.span)
