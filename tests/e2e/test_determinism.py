"""The same plan on the same repository gives the same bytes: whatever the hash seed, the folder or the order of plugins."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from autopack.model.codec import to_json
from autopack.plugins import assemble_plugins, discover
from autopack.stages.ground import open_ground
from autopack.stages.intent import make_intent
from autopack.stages.plan import make_plan
from autopack.stages.read import read_draft
from autopack.stages.setup import Context, open_context
from autopack.testing.fixtures import run_git

EXAMPLES = Path(__file__).parents[2] / "examples"
PLANS = {"chat": "greeter", "checklist": "inventory", "bugfix": "wordcount", "wrong": "greeter", "escape": "inventory"}
# What belongs to the run and not to the plan: when it happened, how long it took, and what stood in the repository before.
RUN_ONLY = {"events.jsonl", "checks.json", "before.json", "outcomes", "git-files"}


@pytest.fixture
def clone(tmp_path: Path) -> Callable[[str], Path]:
    """A clone of the greeter, always in a folder of the same name: the project's id is made from it."""
    source = tmp_path / "source"
    shutil.copytree(EXAMPLES / "projects" / "greeter", source, ignore=shutil.ignore_patterns("__pycache__"))
    run_git(source, "init", "--quiet", "--initial-branch=main")
    run_git(source, "add", "--all")
    run_git(source, "commit", "--quiet", "--message=Start")

    def make(place: str) -> Path:
        shutil.copytree(source, tmp_path / place / "greeter", symlinks=True)
        return tmp_path / place / "greeter"

    return make


def read_record(repo: Path) -> dict[str, str]:
    folder = repo / ".git" / "autopack" / "runs" / "same"
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not RUN_ONLY & {path.name, path.parent.name}
    }


def test_a_run_leaves_the_same_record_and_the_same_commit_under_every_hash_seed(
    clone: Callable[[str], Path], run_autopack: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    records, commits = [], []
    for seed in ("0", "1", "12345"):
        repo = clone(f"seed-{seed}")
        plan = EXAMPLES / "plans" / "chat.md"
        done = run_autopack("run", plan, "--run-id", "same", "--allow-weak-sandbox", cwd=repo, env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
        records.append(read_record(repo))
        commits.append(run_git(repo, "rev-parse", "autopack/same"))

    [name] = {path for path in records[0] if path.endswith("prompt.md")}
    assert {"plan_v1.json", "intent_v1.json", "toolchains.json", "request.json", "plan.raw"} <= set(records[0])
    assert json.loads(records[0]["intent_v1.json"])["intent_anchor"] in records[0][name]
    assert records[1:] == records[:1] * 2
    assert commits[1:] == commits[:1] * 2


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    home = tmp_path_factory.mktemp("home")
    environ = {"PATH": os.environ["PATH"], "AUTOPACK_STATE_DIR": str(home / "state"), "AUTOPACK_CACHE_DIR": str(home / "cache")}
    return open_context(None, environ=environ)


@pytest.mark.parametrize("name", PLANS)
def test_plan_and_intent_do_not_depend_on_the_order_in_which_plugins_are_found(name: str, context: Context) -> None:
    ground = open_ground(EXAMPLES / "projects" / PLANS[name])
    draft = read_draft((EXAMPLES / "plans" / f"{name}.md").read_bytes(), f"{name}.md")
    records = {record.name: record for record in discover()}
    found = [(records[point.name], point.load()) for point in entry_points(group="autopack")]
    shuffle = random.Random(2026)
    made = set()

    for _ in range(6):
        shuffle.shuffle(found)
        planned = make_plan(replace(context, plugins=assemble_plugins(found)), draft, ground)
        intent = make_intent(planned.plan, planned.toolchains, project_id="it", created_at="2026-01-01T00:00:00+00:00")
        made.add(to_json(planned.plan) + to_json(planned.toolchains) + to_json(intent))

    assert len(made) == 1
    assert len(found) > 3
