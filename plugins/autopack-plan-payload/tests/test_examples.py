"""The plans that ship as examples: what they carry, read as the host reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from autopack_plan_payload import normalize_plan

from autopack.effects.scan import open_folder
from autopack.stages.read import read_draft

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("plan", "project", "carried"),
    [
        ("chat", "greeter",
         [("greeter/languages.py", "write"), ("greeter/core.py", "write"), ("tests/test_languages.py", "write")]),
        ("checklist", "inventory",
         [("inventory/report.py", "edit"), ("inventory/stock.py", "edit"), ("tests/test_low_stock.py", "write")]),
        ("bugfix", "wordcount", [("wordcount.py", "edit"), ("tests/test_several_files.py", "write")]),
        ("wrong", "greeter", [("greeter/many.py", "write"), ("tests/test_many.py", "write")]),
        ("escape", "inventory",
         [("inventory/report.py", "write"), ("tests/test_report.py", "write"), ("inventory/stock.py", "write"),
          ("../shared/settings.py", "write"), (".github/workflows/ci.yml", "write")]),
    ],
)  # fmt: skip
def test_an_example_plan_carries_its_code(plan, project, carried):
    draft = read_draft((EXAMPLES / "plans" / f"{plan}.md").read_bytes(), f"{plan}.md")
    claims = normalize_plan(draft=draft, workspace=open_folder(EXAMPLES / "projects" / project), round="details")
    assert [(claim.value.path, claim.value.action) for claim in claims] == carried
