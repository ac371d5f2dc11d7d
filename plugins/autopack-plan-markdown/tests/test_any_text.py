"""Whatever the text: no crash, spans inside the file, and the same claims whatever the line ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autopack.effects.scan import open_folder
from autopack.errors import WrongUse
from autopack.model.draft import GroupValue
from autopack.model.workspace import Workspace

from .conftest import claim_all

PIECES = st.sampled_from(
    [
        "# Fix src/a.py", "## Phase 1: a", "## 2. b", "### Task 1: c", "- ", "- [ ] add `src/a.py`",
        "  - [x] b", "+ * c", "1. create x.py", "2. [ ] T001 do (depends on T001)", "\\t- e", "```sh", "````",
        "~~~", "> q", "| Action | Path |", "|---|---|", "| add | a.py |", "", "**Files:**",
        "Files: a.py, src/a.py", "**Goal:** x", "Verify: `pytest`", "Run: `make`", "Expected: FAIL", "<!--",
        "-->", "---", "===", "Do not do it. Must not.", "STEP 1: go", "## 步骤", "🚀", "## Notes",
        "## Out of scope", "$ ls", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "TBD ???",
        "[NEEDS CLARIFICATION: x]", "After Task 1 comes phase 1", "title: x", "a\u2028b", "config.ts",
        "<task>", "</task>", "  <name>a</name>", "<files>src/a.py</files>", "User: add a", "Assistant: b", "User: forget a",
        "Task 1: add a", "Task 2: add b", "todos:", "  - add a", "## Progress", "第一阶段：a", "- [>] c", "ACTION: fix `a.py`",
        "Present: a", "Excused: b", "| Task | Status |",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), min_size=1, max_size=14).map("\n".join)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    top: Path = tmp_path_factory.mktemp("files")
    for name in ("src/a.py", "a/config.ts", "b/config.ts"):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text("")
    return open_folder(top)


@settings(max_examples=200, deadline=None)
@example(text="```sh\n<<<<<<< SEARCH")
@example(text="# Fix src/a.py\n🚀")
@given(text=TEXTS)
def test_any_text_gives_claims_whose_values_stand_in_their_lines(workspace: Workspace, text: str) -> None:
    text = text.replace("\r", "")
    try:
        found = claim_all(text.encode(errors="replace"), workspace)
    except WrongUse:
        return
    count = len(found.draft.lines)
    groups = [claim.value.extent for claim in found.claims if isinstance(claim.value, GroupValue)]
    spans = [*groups, *(claim.span for claim in found.claims if claim.span)]
    assert all(1 <= span.start <= span.end <= count for span in spans)
    # The host demotes a stated claim whose words are not in its lines; only an edge may name what its line abbreviates, and
    # only the question whether anything is work has no words of the plan.
    own_words = [c for c in found.claims if c.field != "edge" and not c.rule.startswith("reads-like-")]
    assert [c for c in own_words if c.origin == "inferred" and not c.evidence] == []
    items = [claim.value.extent.start for claim in found.of("item") if isinstance(claim.value, GroupValue)]
    assert len(items) == len(set(items))
    again = claim_all((text.replace("\n", "\r\n") + "\r\n\r\n").encode(errors="replace"), workspace)
    assert again.claims == found.claims
