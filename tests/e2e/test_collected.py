"""Before the first change a run says how many tests its checks find; a test command of the project that finds none is named."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

CHECK = "python -m unittest discover -v -s tests -t ."
TEST = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        pass\n"
PLAN = f"# Add\n\n- [ ] Write `tests/test_more.py`\n\n```:tests/test_more.py\n{TEST}```\n"


def collected(repo: Path) -> list[dict[str, Any]]:
    lines = (repo / ".git" / "autopack" / "runs" / "one" / "events.jsonl").read_text().splitlines()
    return [row["facts"] for row in map(json.loads, lines) if row["type"] == "tests.collected"]


@pytest.mark.parametrize(("test", "count"), [(TEST, 1), ("import unittest\n\n\nclass T(unittest.TestCase):\n    pass\n", 0)])
def test_the_tests_before_the_change_are_counted(
    test: str, count: int, run_autopack: Run, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    repo = make_repo({"requirements.txt": "", "tests/__init__.py": "", "tests/test_one.py": test})
    (tmp_path / "plan.md").write_text(PLAN)

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "one", "--allow-weak-sandbox", "--json", cwd=repo)

    assert done.returncode == 0, done.stderr
    assert collected(repo) == [{"counts": {CHECK: count}, "empty": [] if count else [CHECK]}]
    said = f"{CHECK} found no test before the change: it proves only what the plan's own tests do"
    assert (said in json.loads(done.stdout)["warnings"]) is (count == 0)
    shown = [line.strip() for line in done.stderr.splitlines()]
    assert shown.index(f"tests found before the change: {CHECK}: {count}") < shown.index("attempt 1 with payload")
