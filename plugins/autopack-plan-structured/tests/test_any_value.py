"""Whatever the file holds: no crash, no work without words, every stated value in its lines, the same for every line end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autopack.effects.scan import open_folder
from autopack.errors import WrongUse
from autopack.model.draft import GroupValue
from autopack.model.workspace import Workspace

from .conftest import claim_all

KEYS = st.sampled_from(
    [
        "tasks", "title", "id", "name", "description", "status", "dependencies", "subtasks", "phases", "files", "path", "action",
        "userStories", "passes", "acceptanceCriteria", "verify", "commands", "nonGoals", "issue_type", "parent", "type", "blocks",
        "depends_on_id", "todo", "done", "metadata", "fields", "steps", "labels", "given", "when", "summary", "epic", "file", "",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "Add src/a.py", "done", "pending", "epic", "parent-child", "blocks", "1", "2", "1.1", "#1", "src/a.py", "tasks/x.md",
        "pytest -q", "- a\n- b", "h4. A\n* b", "{{src/a.py}}", "depends on T1, T2", "🚀", "完成", "A" * 200 + " b",
        "run make test",
    ]
)  # fmt: skip
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-3, 30), st.floats(allow_nan=False), WORDS, st.text(max_size=12))
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)), max_leaves=25
)
FILES = st.one_of(
    VALUES,
    st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=4),
    st.fixed_dictionaries({"tasks": st.lists(st.dictionaries(KEYS, VALUES, max_size=6), max_size=4)}),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    top: Path = tmp_path_factory.mktemp("files")
    (top / "src").mkdir()
    (top / "src" / "a.py").write_text("")
    return open_folder(top)


@settings(max_examples=200, deadline=None)
@example(value={"tasks": [{"id": 1, "title": "a", "parent": 2}, {"id": 2, "title": "b", "parent": 1}]})
@example(value={"phases": {"tasks": {"tasks": {"tasks": []}}}})
@given(value=FILES)
def test_any_json_gives_only_work_that_has_words(workspace: Workspace, value: Any) -> None:
    raw = json.dumps(value, indent=1).encode()
    try:
        found = claim_all(raw, "plan.json", workspace)
    except WrongUse:
        return
    groups = [claim for claim in found.claims if isinstance(claim.value, GroupValue)]
    assert all(any(ch.isalnum() for ch in claim.value.title) for claim in groups if isinstance(claim.value, GroupValue))
    assert [claim for claim in found.claims if claim.origin != "stated"] == []
    count = len(found.draft.lines)
    assert all(claim.span and 1 <= claim.span.start <= claim.span.end <= count for claim in found.claims)
    again = claim_all(raw.replace(b"\n", b"\r\n") + b"\r\n", "plan.json", workspace)
    assert again.claims == found.claims
