"""A plan for each language in `examples/` that says what to change and not how to prove it: the commands are found and run.

Each project has a bug that its own tests miss.  Its plan runs three times: without its fix, when the test that it adds must be
red; whole; and whole again without a network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from autopack.effects.containment import choose_backend
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import find_autopack, run_git

EXAMPLES = Path(__file__).parents[2] / "examples"
SANDBOX = choose_backend("auto", os.environ.get("PATH", os.defpath)).name
ALONE = ("unshare", "--map-root-user", "--net")
# A block of code that changes what is there: in these plans, the fix and nothing else.
FIX = re.compile(r"^( *)```[^\n]*\n *<{7} SEARCH\n.*?^\1```\n", re.MULTILINE | re.DOTALL)

# Kind, command (up to its first quoted word), folder, state, number of tests.
Row = tuple[str, str, str, str, int | None]


@dataclass(frozen=True, kw_only=True)
class Example:
    """What one plan is to bring about: `red` are the tests it adds, `checks` what proves it, `changed` git's own count."""

    name: str
    needs: tuple[str, ...]
    red: frozenset[str]
    before: tuple[str, ...]
    checks: tuple[Row, ...]
    changed: str


EXAMPLES_BY_NAME = (
    Example(
        name="reminders",
        needs=("node", "npm"),
        red=frozenset({"nine seconds come before ten"}),
        before=("npm test: 3 tests ran",),
        checks=(
            ("test", "npm test", ".", "passed", 4),
            ("smoke", "node --no-warnings --experimental-vm-modules -e", ".", "passed", None),
        ),
        changed="1\t1\tsrc/reminders.js\n8\t0\ttest/order.test.js",
    ),
    Example(
        name="tickets",
        needs=("go",),
        red=frozenset({"example.com/tickets.TestAClosedTicketIsNotOpen"}),
        before=("go test -json ./...: 2 tests ran",),
        checks=(
            ("build", "go build -o /dev/null ./...", ".", "passed", None),
            ("test", "go test -json ./...", ".", "passed", 3),
            ("smoke", "go vet ./...", ".", "passed", None),
        ),
        changed="16\t0\tclose_test.go\n3\t3\ttickets.go",
    ),
    Example(
        name="figures",
        needs=("cargo", "rustc"),
        red=frozenset(
            {
                "figures::tests/whole_groups.rs::three_digits_need_no_space",
                "figures::tests/whole_groups.rs::six_digits_need_one",
            }
        ),
        before=("cargo test --locked --no-fail-fast: 3 tests ran",),
        checks=(
            ("build", "cargo build --locked", ".", "passed", None),
            ("test", "cargo test --locked --no-fail-fast", ".", "passed", 5),
            ("smoke", "cargo check --all-targets --locked", ".", "passed", None),
        ),
        changed="1\t1\tsrc/lib.rs\n11\t0\ttests/whole_groups.rs",
    ),
    Example(
        name="stocktake",
        needs=("mvn", "javac"),
        red=frozenset({"stocktake.LargeNumbersTest.twoHundredAreTwoHundred"}),
        before=("mvn -B -ntp test: 2 tests ran",),
        checks=(
            ("build", "mvn -B -ntp -DskipTests package", ".", "passed", None),
            ("test", "mvn -B -ntp test", ".", "passed", 3),
            ("smoke", "mvn -B -ntp test-compile", ".", "passed", None),
        ),
        changed="2\t1\tsrc/main/java/stocktake/Stocktake.java\n15\t0\tsrc/test/java/stocktake/LargeNumbersTest.java",
    ),
    Example(
        name="receipts",
        needs=("node", "npm", "uv"),
        red=frozenset(
            {"five cents are not fifty", "tests/test_quantity.py::test_three_of_something_cost_three_times_as_much"}
        ),
        before=("npm test (in client): 2 tests ran", "uv run --locked python -m pytest (in service): 3 tests ran"),
        checks=(
            ("test", "npm test", "client", "passed", 3),
            ("test", "uv run --locked python -m pytest", "service", "passed", 4),
            ("smoke", "node --no-warnings --experimental-vm-modules -e", "client", "passed", None),
            ("smoke", "uv run --locked python -m compileall -q -x", "service", "passed", None),
        ),
        changed=(
            "1\t1\tclient/src/receipt.js\n8\t0\tclient/test/cents.test.js\n"
            "1\t1\tservice/shop/totals.py\n5\t0\tservice/tests/test_quantity.py"
        ),
    ),
)  # fmt: skip

RunPlan = Callable[..., Report]


@pytest.fixture
def run_plan(autopack_env: dict[str, str], cache: Path, tmp_path: Path) -> RunPlan:
    """Run a plan's text in a repository, `offline` with no network but the loopback that a check gets."""
    env = {**autopack_env, "AUTOPACK_CACHE_DIR": str(cache / "autopack")}
    if shutil.which("rustc"):
        # rustup's stand-ins look for the real programs below HOME, which is another here.
        done = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
        env["PATH"] = f"{done.stdout.strip()}/bin{os.pathsep}{env['PATH']}"

    def run(text: str, repo: Path, run_id: str, *, offline: bool = False) -> Report:
        plan = tmp_path / f"{run_id}.md"
        plan.write_text(text)
        argv = [*(ALONE if offline else ()), find_autopack(), "run", str(plan), "--builder=payload", "--run-id", run_id, "--json"]
        done = subprocess.run(argv, cwd=repo, env=env, capture_output=True, text=True, timeout=600, check=False)
        assert done.stdout, done.stderr
        return from_json(Report, done.stdout)

    return run


def make_repo_of(name: str, tmp_path: Path) -> Path:
    repo = tmp_path / name
    # What somebody's own try left in the checkout is not part of the example.
    left = shutil.ignore_patterns("node_modules", "target", ".venv", "__pycache__", ".pytest_cache")
    shutil.copytree(EXAMPLES / "projects" / name, repo, ignore=left)
    run_git(repo, "init", "--quiet", "--initial-branch=main")
    run_git(repo, "add", "--all")
    run_git(repo, "commit", "--quiet", "--message=Start")
    return repo


def rows_of(report: Report) -> tuple[Row, ...]:
    [phase] = report.phases
    return tuple(
        (
            row.check.kind,
            re.split(r" \(in |'", row.check.id)[0].strip(),
            str(row.check.command.cwd),
            row.state,
            row.report.ran if row.report else None,
        )
        for row in phase.checks
    )


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("example", EXAMPLES_BY_NAME, ids=lambda example: example.name)
def test_a_plan_that_names_no_command_is_red_without_its_fix_and_is_proved_with_it_twice(
    example: Example,
    run_plan: RunPlan,
    autopack_env: dict[str, str],
    look_at_checkout: Callable[[Path], dict[str, str]],
    find_leftovers: Callable[[Path], list[str]],
    tmp_path: Path,
) -> None:
    for program in example.needs:
        if shutil.which(program, path=autopack_env["PATH"]) is None:
            pytest.skip(f"needs {program}")
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs unshare --net")
    repo = make_repo_of(example.name, tmp_path)
    checkout = look_at_checkout(repo)
    text = (EXAMPLES / "plans" / f"{example.name}.md").read_text()

    red = run_plan(FIX.sub("", text), repo, "red")
    assert (red.state, red.exit_code, red.phases[0].commit) == ("failed", 1, None)
    assert {test.id for row in red.phases[0].checks if row.report for test in row.report.failed} == example.red
    # Only the tests: all that compiles or looks through the code is content.
    assert {(row.check.kind, row.state) for row in red.phases[0].checks if row.check.kind != "test"} <= {
        ("build", "passed"), ("smoke", "passed"),
    }  # fmt: skip

    for run_id, offline in (("first", False), ("second", True)):
        report = run_plan(text, repo, run_id, offline=offline)
        [phase] = report.phases
        assert (report.state, report.exit_code, report.sandbox) == ("done", 0, SANDBOX), phase.reason
        assert (phase.state, phase.proved_by, phase.reason) == ("committed", "tests", "")
        assert rows_of(report) == example.checks
        assert {row.result.sandbox for row in phase.checks} == {SANDBOX}
        assert example.red <= {name for row in phase.checks if row.report for name in row.report.passed}
        assert tuple(row for row in report.baseline if row.endswith(" tests ran")) == example.before
        assert run_git(repo, "rev-list", f"main..autopack/{run_id}") == phase.commit == report.head_commit
        assert run_git(repo, "diff", "--numstat", "main", phase.commit) == example.changed

    assert run_git(repo, "diff", "autopack/first", "autopack/second") == ""
    assert look_at_checkout(repo) == checkout
    assert find_leftovers(repo) == []


def test_the_plans_name_no_command_and_no_manager() -> None:
    words = re.compile(r"\b(?:npm|node|go (?:test|build|vet|mod)|cargo|mvn|maven|pytest|uv|pip)\b", re.IGNORECASE)
    for example in EXAMPLES_BY_NAME:
        text = (EXAMPLES / "plans" / f"{example.name}.md").read_text()
        prose = re.sub(r"^( *)```.*?^\1```\n", "", text, flags=re.MULTILINE | re.DOTALL)
        assert (example.name, words.findall(prose)) == (example.name, [])


def test_both_languages_of_a_repository_are_explained_and_what_they_need_is_looked_for(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    repo = make_repo_of("receipts", tmp_path)
    # A machine that has only git and a manager for one of them.
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "git").symlink_to(shutil.which("git") or "")
    (bare / "npm").write_text("#!/bin/sh\n")
    (bare / "npm").chmod(0o755)

    explained = run_autopack("toolchains", "--explain", cwd=repo).stdout
    examined = json.loads(run_autopack("doctor", "--json", cwd=repo, env={"PATH": str(bare)}).stdout)["examined"]

    assert explained.partition("\n\n")[2] == (
        "node in client:\n"
        "  client/package.json\n"
        "  client/package-lock.json\n"
        "  client/package.json: scripts.test is `node --test`\n\n"
        "python in service:\n"
        "  service/pyproject.toml\n"
        "  service/uv.lock\n"
        "  service/pyproject.toml: [tool.pytest]\n"
    )
    assert [row for row in examined if " at " in row["name"]] == [
        {"name": "node at client", "state": "fine", "detail": str(bare / "npm"), "hint": ""},
        {
            "name": "python at service",
            "state": "missing",
            "detail": "uv not found",
            "hint": "install uv: uv needs it (service/pyproject.toml, service/uv.lock)",
        },
    ]
