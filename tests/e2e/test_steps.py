"""A phase is built, tested and looked over, in this order, each with a verdict of its own; what proved it is said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.fixtures import run_git, write_files

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., tuple[subprocess.CompletedProcess[str], Any, Path]]

# A toolchain of shell scripts: each kind of command that has a script is offered.
SHELL_PLUGIN = """
from pathlib import PurePosixPath
from autopack import hookimpl
from autopack.model.toolchain import Command, TestReport, Toolchain

@hookimpl
def detect_toolchain(workspace):
    steps = {
        kind: (Command(argv=("sh", f"{kind}.sh")),)
        for kind in ("build", "test", "smoke") if workspace.exists(PurePosixPath(f"{kind}.sh"))
    }
    return [Toolchain(
        name="shell", package_manager="sh", root=PurePosixPath("."), confidence=0.9, evidence=tuple(steps),
        results=("out/*.txt",), **steps
    )] if steps else []

@hookimpl
def read_result(toolchain, result):
    words = dict(result.files).get("out/report.txt", result.stdout).split()
    return TestReport(runner="shell", ran=int(words[1])) if words[:1] == ["ran"] else None
"""
PYTHON = {
    "requirements.txt": "",
    "shop.py": "PRICE = 2\n",
    "tests/__init__.py": "",
    "tests/test_shop.py": (
        "import unittest\n\nimport shop\n\n\nclass ShopTest(unittest.TestCase):\n"
        "    def test_price(self):\n        self.assertEqual(shop.PRICE, 2)\n"
    ),
}
UNTESTED = {"requirements.txt": "", "shop.py": "PRICE = 2\n"}
# The build of a broken source fails; the tests and the smoke check do not look at it.
SHELL = {"src.txt": "good\n", "build.sh": "grep good src.txt\n", "test.sh": "echo ran 2\n", "smoke.sh": "true\n"}


@pytest.fixture
def start(run_autopack: Run, make_repo: Callable[..., Path], tmp_path: Path) -> Start:
    """Write one file into a project by a plan that states no check: the finished process, its report, its repository."""
    place = tmp_path / "site"
    write_files(
        place,
        {
            "shell_plugin.py": SHELL_PLUGIN,
            "shell_plugin-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shell-plugin\nVersion: 1.0\n",
            "shell_plugin-1.0.dist-info/entry_points.txt": "[autopack]\nshell = shell_plugin\n",
        },
    )

    def run(files: dict[str, str], path: str, text: str, **env: str) -> tuple[subprocess.CompletedProcess[str], Any, Path]:
        repo = make_repo(files)
        (tmp_path / "plan.md").write_text(f"# Add\n\n- [ ] Write `{path}`\n\n```:{path}\n{text}```\n")
        words = ("run", tmp_path / "plan.md", "--run-id", "steps", "--allow-weak-sandbox", "--json")
        done = run_autopack(*words, cwd=repo, env={"PYTHONPATH": str(place), **env})
        return done, json.loads(done.stdout or "null"), repo

    return run


def rows(report: Any) -> list[tuple[str, str, str]]:
    [phase] = report["phases"]
    return [(row["check"]["kind"], row["outcome"], row["reason"]) for row in phase["checks"]]


def end(report: Any) -> tuple[str, str, bool]:
    [phase] = report["phases"]
    return phase["state"], phase["proved_by"], phase["commit"] is not None


def test_an_error_in_a_file_that_no_test_imports_fails_the_phase(start: Start) -> None:
    done, report, repo = start(PYTHON, "sale.py", "def half(price:\n")

    assert done.returncode == 1, done.stderr
    assert rows(report) == [("test", "passed", "1 test ran"), ("smoke", "failed", "exit code 1")]
    assert end(report) == ("failed", "", False)
    [failure] = [failure for row in report["phases"][0]["checks"] for failure in row["failures"]]
    assert failure["line"].startswith("SyntaxError: ")
    assert run_git(repo, "branch", "--list", "autopack/*", "--format", "%(objectname)").split() == [report["base_commit"]]


def test_what_tests_prove_is_told_with_their_number(start: Start, run_autopack: Run) -> None:
    done, report, repo = start(PYTHON, "sale.py", "def half(price):\n    return price / 2\n")

    assert done.returncode == 0, done.stderr
    assert rows(report) == [("test", "passed", "1 test ran"), ("smoke", "passed", "exit code 0")]
    assert end(report) == ("committed", "tests", True)
    shown = run_autopack("report", "steps", "--format", "md", cwd=repo).stdout
    assert "| committed | tests (1 ran) |" in shown


def test_a_project_without_tests_is_proved_by_smoke(start: Start) -> None:
    done, report, repo = start(UNTESTED, "sale.py", "def half(price):\n    return price / 2\n")

    assert done.returncode == 0, done.stderr
    assert rows(report) == [("smoke", "passed", "exit code 0")]
    assert end(report) == ("committed", "smoke", True)
    assert "Proved by: smoke." in run_git(repo, "log", "-1", "--format=%B", "autopack/steps")


@pytest.mark.parametrize(
    ("text", "row", "ending"),
    [
        ("HALF = 1\n", ("smoke", "excused", "exit code 1, failed before in the same way"), ("committed", "smoke", True)),
        ("HALF = = 1\n", ("smoke", "failed", "exit code 1"), ("failed", "", False)),
    ],
)
def test_what_could_not_be_compiled_before_hides_no_new_error(
    start: Start, text: str, row: tuple[str, str, str], ending: tuple[str, str, bool]
) -> None:
    done, report, _ = start(UNTESTED | {"old.py": "print 'hello'\n"}, "sale.py", text)

    assert done.returncode == (0 if ending[2] else 1), done.stderr
    assert (rows(report), end(report)) == ([row], ending)


def test_a_phase_is_built_then_tested_then_looked_over(start: Start) -> None:
    done, report, _ = start(SHELL, "src.txt", "good and better\n")

    assert done.returncode == 0, done.stderr
    assert rows(report) == [
        ("build", "passed", "exit code 0"),
        ("test", "passed", "2 tests ran"),
        ("smoke", "passed", "exit code 0"),
    ]
    assert end(report) == ("committed", "tests", True)


@pytest.mark.parametrize("built", [True, False])
def test_behind_a_failed_build_nothing_passes(start: Start, built: bool) -> None:
    # Without a build command the very same change is proved by the checks behind it: it is the build that stops it.
    files = SHELL if built else {name: text for name, text in SHELL.items() if name != "build.sh"}
    done, report, _ = start(files, "src.txt", "bad\n")

    later = [("test", "passed", "2 tests ran"), ("smoke", "passed", "exit code 0")]
    stopped = [("build", "failed", "exit code 1"), *((kind, "not_run", "not run: build failed") for kind, _, _ in later)]
    assert done.returncode == (1 if built else 0), done.stderr
    assert rows(report) == (stopped if built else later)
    assert end(report) == (("failed", "", False) if built else ("committed", "tests", True))


def test_a_build_that_failed_before_in_the_same_way_lets_the_tests_prove_it(start: Start) -> None:
    files = SHELL | {"build.sh": "echo old.txt:3: is broken >&2; exit 2\n"}
    done, report, _ = start(files, "src.txt", "good and better\n")

    assert done.returncode == 0, done.stderr
    assert [outcome for _, outcome, _ in rows(report)] == ["excused", "passed", "passed"]
    assert end(report) == ("committed", "tests", True)


def test_a_test_command_that_runs_nothing_is_told_as_that_and_proves_nothing(start: Start) -> None:
    done, report, _ = start(SHELL | {"test.sh": "echo ran 0\n"}, "src.txt", "good and better\n")

    assert done.returncode == 1, done.stderr
    assert rows(report)[1] == ("test", "nothing_run", "no test ran (exit code 0)")
    assert end(report) == ("failed", "", False)
    assert report["phases"][0]["reason"] == "sh test.sh: no test ran (exit code 0)"


@pytest.mark.parametrize(
    ("script", "row"),
    [
        ("mkdir -p out; echo ran 3 > out/report.txt\n", ("test", "passed", "3 tests ran")),
        ("true\n", ("test", "not_counted", "the count of tests could not be read from its output")),
    ],
)
def test_tests_are_counted_in_the_report_that_they_wrote_and_in_no_older_one(
    start: Start, script: str, row: tuple[str, str, str]
) -> None:
    _, report, _ = start(SHELL | {"test.sh": script, "out/report.txt": "ran 9\n"}, "src.txt", "good and better\n")
    assert rows(report)[1] == row


@pytest.mark.parametrize("kind", ["build", "test", "smoke"])
def test_each_kind_has_its_own_timeout(start: Start, kind: str) -> None:
    slow = {f"{kind}.sh": "sleep 30\n"}
    done, report, _ = start(SHELL | slow, "src.txt", "good\n\n", **{f"AUTOPACK_TIMEOUTS_{kind.upper()}_S": "0.3"})

    assert done.returncode == 1, done.stderr
    assert [name for name, outcome, _ in rows(report) if outcome == "timed_out"] == [kind]
