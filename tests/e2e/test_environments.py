"""What a run's checks stand on: a private environment from the project's manifests, and what failed there before."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.fixtures import run_git

Run = Callable[..., subprocess.CompletedProcess[str]]
Offer = Callable[[str, str], dict[str, str]]
Start = Callable[..., tuple[subprocess.CompletedProcess[str], Any, Path]]

# Only the environment of the run has `basics`; only the one that runs these tests has pytest.
PROJECT = {
    "requirements.txt": "basics\n",
    "tests/__init__.py": "",
    "tests/test_basics.py": (
        "import importlib.util\nimport sys\nimport unittest\n\nimport basics\n\n\nclass BasicsTest(unittest.TestCase):\n"
        "    def test_basics(self):\n        self.assertTrue(basics.READY)\n\n"
        "    def test_nothing_of_the_caller_is_here(self):\n        self.assertIsNone(importlib.util.find_spec('pytest'))\n"
        f"        self.assertNotEqual(sys.prefix, {sys.prefix!r})\n"
    ),
}


@pytest.fixture
def start(
    run_autopack: Run, at_terminal: Callable[..., tuple[int, str]], make_repo: Callable[..., Path], tmp_path: Path
) -> Start:
    """Run a plan on a project: the finished process, its report, its repository.  `approve` = somebody says yes when asked."""

    def run(
        plan: str, files: dict[str, str], env: dict[str, str], *, approve: bool = False
    ) -> tuple[subprocess.CompletedProcess[str], Any, Path]:
        repo = make_repo(files)
        (tmp_path / "plan.md").write_text(plan)
        words = ("run", tmp_path / "plan.md", "--run-id", "env", "--json")
        if not approve:
            done = run_autopack(*words, cwd=repo, env=env)
        else:
            code, screen = at_terminal(*words, cwd=repo, answers=("yes",), env=env)
            report = run_autopack("report", "env", "--format", "json", cwd=repo, env=env).stdout
            done = subprocess.CompletedProcess(words, code, report, screen)
        return done, json.loads(done.stdout or "null"), repo

    return run


def add(path: str, text: str, title: str = "Add") -> str:
    """A plan with one file in it."""
    return f"# {title}\n\n- [ ] Write `{path}`\n\n```:{path}\n{text}```\n"


def write_test(name: str, line: str, top: str = "") -> str:
    return f"import unittest\n{top}\n\nclass {name}(unittest.TestCase):\n    def test_it(self):\n        {line}\n"


def steps(repo: Path) -> list[tuple[str, str]]:
    """What was done to make environments: the last word of each command, and how it ended."""
    lines = (repo / ".git" / "autopack" / "runs" / "env" / "events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["facts"]["argv"][-1], row["facts"]["state"]) for row in rows if row["type"] == "environment.step"]


def commits(repo: Path) -> list[str]:
    return run_git(repo, "rev-list", "main..autopack/env").splitlines()


def test_tests_run_in_a_private_environment_that_is_gone_afterwards(
    start: Start, make_wheel: Offer, find_leftovers: Callable[[Path], list[str]]
) -> None:
    done, report, repo = start(
        add("tests/test_more.py", write_test("MoreTest", "import basics")), PROJECT, make_wheel("basics", "READY = True\n")
    )

    assert done.returncode == 0, done.stderr
    [phase] = report["phases"]
    assert [(check["check"]["kind"], check["state"], check["reason"]) for check in phase["checks"]] == [
        ("test", "passed", "3 tests ran"),
        ("smoke", "passed", "exit code 0"),
    ]
    assert steps(repo) == [("{env}", "passed"), ("requirements.txt", "passed")]
    assert commits(repo) == [phase["commit"]]
    assert find_leftovers(repo) == []


def test_a_plan_that_changes_the_requirements_gets_an_environment_of_its_own(start: Start, make_wheel: Offer) -> None:
    env = make_wheel("basics", "READY = True\n") | make_wheel("greetings", "HELLO = 'hello'\n")
    greet = write_test("GreetTest", "self.assertEqual(greetings.HELLO, 'good day')", "import greetings\n")
    bare = write_test("BareTest", "self.assertIsNone(find_spec('greetings'))", "from importlib.util import find_spec\n")
    plan = (
        "# Two ways\n\n## Phase 1: Greet\n\n- [ ] Need greetings in `requirements.txt`, tested in `tests/test_greet.py`\n\n"
        f"```:requirements.txt\nbasics\ngreetings\n```\n\n```:tests/test_greet.py\n{greet}```\n\n"
        f"## Phase 2: Stay bare\n\n- [ ] Test it in `tests/test_bare.py`\n\n```:tests/test_bare.py\n{bare}```\n"
    )

    done, report, repo = start(plan, PROJECT, env, approve=True)

    assert done.returncode == 1, done.stderr
    first, second = report["phases"]
    [failure] = [failure for check in first["checks"] for failure in check["failures"]]
    assert failure["line"] == "AssertionError: 'hello' != 'good day'"  # so it was installed for the first phase
    assert (first["state"], second["state"]) == ("failed", "committed")
    assert steps(repo) == [("{env}", "passed"), ("requirements.txt", "passed")] * 2  # the second phase used the base's again
    assert commits(repo) == [second["commit"]]


def test_an_environment_that_cannot_be_made_proves_nothing(start: Start, make_wheel: Offer) -> None:
    plan = add("tests/test_more.py", write_test("MoreTest", "pass"))

    done, report, repo = start(plan, PROJECT, make_wheel("greetings", "HELLO = 'hello'\n"))

    assert done.returncode == 1, done.stderr
    [phase] = report["phases"]
    assert (phase["state"], phase["commit"], phase["proved_by"]) == ("failed", None, "")
    assert phase["reason"] == (
        "python -m unittest discover -v -s tests -t .: its environment is not ready: "
        "`python -m pip install --disable-pip-version-check --no-input -r requirements.txt`: "
        "ERROR: No matching distribution found for basics"
    )
    assert steps(repo) == [("{env}", "passed"), ("requirements.txt", "failed")]
    assert commits(repo) == []


def test_a_plan_may_repair_the_manifest_that_nothing_could_be_installed_from(start: Start, make_wheel: Offer) -> None:
    files = PROJECT | {"requirements.txt": "basisc\n"}

    offer = make_wheel("basics", "READY = True\n")
    done, report, repo = start(add("requirements.txt", "basics\n"), files, offer, approve=True)

    assert done.returncode == 0, done.stderr
    [phase] = report["phases"]
    assert (phase["state"], phase["proved_by"]) == ("committed", "tests")
    # Neither its tests nor its smoke check.
    assert [row.partition(": ERROR")[2] for row in report["baseline"]] == [": No matching distribution found for basisc"] * 2
    assert commits(repo) == [phase["commit"]]


UV_PROJECT = {
    "pyproject.toml": '[project]\nname = "demo"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = []\n',
    "uv.lock": (
        'version = 1\nrequires-python = ">=3.11"\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\nsource = { virtual = "." }\n'
    ),
    "demo.py": "READY = True\n",
    "tests/__init__.py": "",
    "tests/test_demo.py": write_test("DemoTest", "self.assertTrue(demo.READY)", "import demo\n"),
}


def test_a_uv_project_is_proved_from_its_lock_without_a_network(start: Start, autopack_env: dict[str, str]) -> None:
    if shutil.which("uv", path=autopack_env["PATH"]) is None:
        pytest.skip("uv is not installed")
    # No index answers at this address, so whatever is asked of one fails.
    env = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}

    done, report, repo = start(add("tests/test_more.py", write_test("MoreTest", "pass")), UV_PROJECT, env)

    assert done.returncode == 0, done.stderr
    [phase] = report["phases"]
    test, smoke = phase["checks"]
    assert (test["check"]["id"], test["state"], test["report"]["ran"]) == (
        "uv run --locked python -m unittest discover -v -s tests -t .",
        "passed",
        2,
    )
    assert (smoke["check"]["id"].partition("compileall")[0], smoke["outcome"]) == ("uv run --locked python -m ", "passed")
    assert steps(repo) == [("--locked", "passed")]
    assert commits(repo) == [phase["commit"]]


def test_a_machine_without_the_projects_manager_is_what_lacks(start: Start, autopack_env: dict[str, str], tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "python3", "bwrap"):
        found = shutil.which(name, path=autopack_env["PATH"])
        assert found
        (programs / name).symlink_to(found)

    done, report, repo = start(add("tests/test_more.py", write_test("MoreTest", "pass")), UV_PROJECT, {"PATH": str(programs)})

    assert done.returncode == 5, done.stderr
    [phase] = report["phases"]
    assert phase["state"] == "failed"
    assert phase["reason"].endswith("its environment is not ready: `uv sync --locked`: uv: not found")
    assert commits(repo) == []


FAILING = {
    "settings.py": "LIMIT = 2\n",
    "tests/__init__.py": "",
    "tests/test_limit.py": write_test("LimitTest", "self.assertEqual(settings.LIMIT, 3)", "import settings\n"),
}


def test_a_test_that_failed_before_in_the_same_way_is_excused(start: Start) -> None:
    done, report, repo = start(add("tests/test_more.py", write_test("MoreTest", "pass")), FAILING, {})

    assert done.returncode == 0, done.stderr
    [phase] = report["phases"]
    check, smoke = phase["checks"]
    assert (check["state"], check["outcome"], check["reason"], check["excused"]) == (
        "passed",
        "excused",
        "2 tests ran, 1 failed before in the same way",
        ["tests.test_limit.LimitTest.test_it"],
    )
    assert report["baseline"] == [
        f"{smoke['check']['id']}: exit code 0",
        f"{check['check']['id']}: tests.test_limit.LimitTest.test_it failed",
    ]
    assert commits(repo) == [phase["commit"]]


def test_the_same_test_failing_for_another_reason_is_not_excused(start: Start) -> None:
    done, report, repo = start(add("settings.py", "MOST = 2\n"), FAILING, {})

    assert done.returncode == 1, done.stderr
    [phase] = report["phases"]
    check, smoke = phase["checks"]
    assert (phase["state"], check["state"], check["excused"], smoke["state"]) == ("failed", "failed", [], "passed")
    [failure] = check["failures"]
    assert failure["line"] == "AttributeError: module 'settings' has no attribute 'LIMIT'"
    assert commits(repo) == []
