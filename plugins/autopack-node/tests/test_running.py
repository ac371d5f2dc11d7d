"""Small real projects, changed and proved by `autopack run` inside the sandbox."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.fixtures import run_git

Start = Callable[[Mapping[str, str], Mapping[str, str]], tuple[Any, Path]]
SYNTAX = "node --no-warnings --experimental-vm-modules -e 'eval(process.env.CHECK_SYNTAX)'"
ADD = "exports.add = (a, b) => a + b;\n"


def write_test(name: str, expected: int) -> str:
    return (
        "const test = require('node:test');\nconst assert = require('node:assert');\nconst { add } = require('../src/add.js');\n"
        f"test('{name}', () => assert.strictEqual(add(1, 2), {expected}));\n"
    )


PROJECT = {
    "package.json": json.dumps({"name": "demo", "version": "1.0.0", "scripts": {"test": "node --test"}}),
    "src/add.js": ADD,
    "test/add.test.js": write_test("adds", 3),
}


@pytest.fixture
def start(run_autopack: Callable[..., Any], make_repo: Callable[..., Path], tmp_path: Path) -> Start:
    """Run a plan that writes these files into a project: the outcome of its phase, and the repository."""
    if shutil.which("node") is None:
        pytest.skip("needs node")

    def run(project: Mapping[str, str], change: Mapping[str, str]) -> tuple[Any, Path]:
        repo = make_repo(project)
        items = "".join(f"- [ ] Write `{path}`\n" for path in change)
        blocks = "".join(f"\n```js:{path}\n{text}```\n" for path, text in change.items())
        (tmp_path / "plan.md").write_text(f"# Change\n\n{items}{blocks}")
        done = run_autopack("run", tmp_path / "plan.md", "--run-id", "node", "--json", cwd=repo)
        assert done.stdout, done.stderr
        [phase] = json.loads(done.stdout)["phases"]
        return phase, repo

    return run


def states(phase: Any) -> list[tuple[str, str, str]]:
    return [(row["check"]["id"], row["state"], row["reason"]) for row in phase["checks"]]


def test_a_change_whose_tests_pass_is_committed_and_nothing_else_with_it(start: Start) -> None:
    phase, repo = start(PROJECT, {"test/more.test.js": write_test("adds more", 3)})
    assert (phase["state"], phase["proved_by"]) == ("committed", "tests")
    assert states(phase) == [("npm test", "passed", "2 tests ran"), (SYNTAX, "passed", "exit code 0")]
    assert sorted(phase["checks"][0]["report"]["passed"]) == ["adds", "adds more"]
    assert run_git(repo, "diff", "--name-only", "main", phase["commit"]).splitlines() == ["test/more.test.js"]


def test_a_change_that_breaks_a_test_is_not_committed(start: Start) -> None:
    phase, _ = start(PROJECT, {"src/add.js": ADD.replace("+", "-")})
    assert (phase["state"], phase["commit"]) == ("failed", None)
    assert states(phase) == [("npm test", "failed", "adds failed"), (SYNTAX, "passed", "exit code 0")]
    [failure] = phase["checks"][0]["failures"]
    assert (failure["kind"], failure["ids"]) == ("node:assertion", ["adds"])


@pytest.mark.parametrize(("text", "state", "by"), [("exports.x = 1;\n", "committed", "smoke"), ("exports.x = ;\n", "failed", "")])
def test_a_project_without_tests_is_proved_by_its_syntax(start: Start, text: str, state: str, by: str) -> None:
    project = {"package.json": json.dumps({"name": "demo", "main": "src/add.js"}), "src/add.js": ADD}
    phase, _ = start(project, {"src/more.js": text})
    assert (phase["state"], phase["proved_by"]) == (state, by)
    kinds = [failure["kind"] for row in phase["checks"] for failure in row["failures"]]
    assert kinds == ([] if by else ["node:SyntaxError"])
