"""What a fresh worktree gets beyond the tree: files the user lends, the setup command, variables that are let through."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.model.attempt import Outcome
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import run_git, write_files

PROJECT = {
    ".gitignore": "local/\n*.cfg\nmade.txt\n",
    ".worktreeinclude": "/local/lent.cfg\nlinked.cfg\n../outside.cfg\n/linked/\n",
    "src/__init__.py": "",
}
# Tells what it finds in the worktree, and fails when what the user lends is not there.
LOOK = """\
import json, os, sys
from pathlib import Path

names = ["local/lent.cfg", "local/kept.cfg", "linked.cfg", "linked/deep.cfg", "../outside.cfg", "made.txt"]
seen = {name: Path(name).read_text() for name in names if os.path.lexists(name)}
variables = {name: os.environ[name] for name in ("LENT", "KEPT") if name in os.environ}
Path(sys.argv[1]).write_text(json.dumps({"files": seen, "variables": variables}))
"""
PLAN = """\
# Say what is there

Files:
- `src/`

- [ ] Write `src/told.json`
"""

Run = Callable[..., subprocess.CompletedProcess[str]]
RunPlan = Callable[..., tuple[Outcome, Report]]


@pytest.fixture
def repo(make_repo: Callable[..., Path], tmp_path: Path) -> Path:
    """A project with ignored files in the user's checkout: lent, kept back, and two that lead elsewhere."""
    top = make_repo(PROJECT)
    write_files(tmp_path, {"outside.cfg": "outside", "elsewhere/deep.cfg": "outside"})
    write_files(top, {"local/lent.cfg": "lent", "local/kept.cfg": "kept"})
    (top / "linked.cfg").symlink_to(tmp_path / "outside.cfg")
    with (top / ".git/info/exclude").open("a") as file:
        file.write("/linked\n")
    (top / "linked").symlink_to(tmp_path / "elsewhere")
    return top


@pytest.fixture
def look(tmp_path: Path) -> Path:
    script = tmp_path / "look.py"
    script.write_text(LOOK)
    return script


@pytest.fixture
def run_plan(repo: Path, tmp_path: Path, look: Path, run_autopack: Run) -> RunPlan:
    """Run the plan with the builder that looks around (or with what is given); its only phase and the report."""

    def run(
        exit_code: int, *args: str, plan: str = PLAN, check: str = "test -f src/told.json", **env: str
    ) -> tuple[Outcome, Report]:
        (tmp_path / "plan.md").write_text(plan)
        carried = ("--builder", "payload") if "```" in plan else ("--builder", see(look, "src/told.json"))
        flags = ("--run-id", "job", "--json", "--allow-weak-sandbox", "--check", check)
        env = {"AUTOPACK_BUDGET_MAX_ATTEMPTS": "1", **env}
        done = run_autopack("run", tmp_path / "plan.md", *flags, *carried, *args, cwd=repo, env=env)
        assert done.returncode == exit_code, done.stdout + done.stderr
        report = from_json(Report, done.stdout)
        [phase] = report.phases
        return phase, report

    return run


def see(look: Path, where: str) -> str:
    return f"command:{shlex.join([sys.executable, str(look), where])}"


def landed(repo: Path) -> list[str]:
    return run_git(repo, "diff", "--name-only", "main", "autopack/job").splitlines()


def told(repo: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(run_git(repo, "show", "autopack/job:src/told.json"))
    return found


# -- .worktreeinclude -------------------------------------------------------------------------------------------------


def test_a_builder_finds_the_ignored_files_that_are_lent_and_no_others(repo: Path, run_plan: RunPlan) -> None:
    phase, _ = run_plan(0)

    assert phase.state == "committed"
    assert told(repo)["files"] == {"local/lent.cfg": "lent"}
    assert landed(repo) == ["src/told.json"]


def test_a_check_finds_the_files_that_are_lent_and_no_others(repo: Path, run_plan: RunPlan) -> None:
    lent = 'sh -c "test -f local/lent.cfg && ! test -e local/kept.cfg && ! test -e linked.cfg && ! test -e linked"'

    phase, _ = run_plan(0, check=lent)

    assert phase.checks[0].state == "passed"
    assert landed(repo) == ["src/told.json"]


def test_without_the_list_nothing_is_lent(repo: Path, run_plan: RunPlan) -> None:
    run_git(repo, "rm", "--quiet", ".worktreeinclude")
    run_git(repo, "commit", "--quiet", "--message=Lend nothing")

    phase, _ = run_plan(0)

    assert phase.state == "committed"
    assert told(repo)["files"] == {}


def test_a_list_that_is_not_committed_lends_nothing(repo: Path, run_plan: RunPlan) -> None:
    (repo / ".worktreeinclude").write_text("*.cfg\n")

    run_plan(0)

    assert told(repo)["files"] == {"local/lent.cfg": "lent"}


def test_a_lent_file_does_not_land_when_a_phase_stops_ignoring_it(repo: Path, run_plan: RunPlan) -> None:
    plan = "# Ignore less\n\nFiles:\n- `.gitignore`\n- `local/`\n\n```:.gitignore\nmade.txt\n```\n"

    run_plan(0, plan=plan, check="test -f .gitignore")

    assert landed(repo) == [".gitignore"]


def test_a_lent_file_does_not_take_the_place_of_one_in_the_tree(repo: Path, run_plan: RunPlan) -> None:
    run_git(repo, "checkout", "--quiet", "-b", "other")
    (repo / "local/lent.cfg").write_text("committed")
    run_git(repo, "add", "--force", "local/lent.cfg")
    run_git(repo, "commit", "--quiet", "--message=Track it here")
    run_git(repo, "checkout", "--quiet", "main")
    write_files(repo, {"local/lent.cfg": "lent"})
    plan = "# Add\n\nFiles:\n- `src/`\n- `local/`\n\n```:src/new.py\nNEW = 1\n```\n"

    run_plan(0, "--base", "other", plan=plan, check="grep -q committed local/lent.cfg")

    assert run_git(repo, "diff", "--name-only", "other", "autopack/job").splitlines() == ["src/new.py"]


# -- setup ------------------------------------------------------------------------------------------------------------


def test_the_setup_command_makes_what_builder_and_checks_need_and_it_does_not_land(repo: Path, run_plan: RunPlan) -> None:
    phase, _ = run_plan(0, check="grep -q ready made.txt", AUTOPACK_SETUP='sh -c "printf ready > made.txt"')

    assert phase.checks[0].state == "passed"
    assert told(repo)["files"] == {"local/lent.cfg": "lent", "made.txt": "ready"}
    assert landed(repo) == ["src/told.json"]


def test_without_the_setup_command_the_same_check_is_red(repo: Path, run_plan: RunPlan) -> None:
    phase, _ = run_plan(1, check="grep -q ready made.txt")

    assert (phase.state, phase.checks[0].state) == ("failed", "failed")
    assert landed(repo) == []


def test_a_setup_command_that_fails_ends_the_phase_with_its_last_line(repo: Path, run_plan: RunPlan) -> None:
    setup = 'sh -c "echo trying; echo no database >&2; exit 3"'

    phase, _ = run_plan(1, AUTOPACK_SETUP=setup)

    assert (phase.state, phase.commit) == ("failed", None)
    assert phase.reason == f"the setup command `{setup}` failed: no database"
    assert landed(repo) == []


def test_a_setup_command_that_is_not_installed_proves_nothing(repo: Path, run_plan: RunPlan) -> None:
    phase, _ = run_plan(1, AUTOPACK_SETUP="no-such-program --now")

    assert (phase.state, phase.commit) == ("failed", None)
    assert "`no-such-program --now` failed" in phase.reason
    assert landed(repo) == []


@pytest.mark.parametrize(
    "setup",
    ['sh -c "unclosed', "   "],
    ids=["quote", "blank"],
)
def test_a_setup_command_that_is_no_command_is_wrong_use(
    setup: str, repo: Path, tmp_path: Path, look: Path, run_autopack: Run
) -> None:
    (tmp_path / "plan.md").write_text(PLAN)
    flags = ("--run-id", "job", "--allow-weak-sandbox", "--check", "true", "--builder", see(look, "src/told.json"))

    done = run_autopack("run", tmp_path / "plan.md", *flags, cwd=repo, env={"AUTOPACK_SETUP": setup})

    assert done.returncode == 2, done.stderr
    assert "setup" in done.stderr


def test_a_repository_cannot_set_the_setup_command(repo: Path, run_plan: RunPlan) -> None:
    write_files(repo, {".autopack/config.yaml": "setup: sh -c 'printf planted > made.txt'\n"})
    run_git(repo, "add", ".autopack/config.yaml")
    run_git(repo, "commit", "--quiet", "--message=Set up")

    _, report = run_plan(0)

    assert ".autopack/config.yaml:1: the repository may not set 'setup'; ignored" in "\n".join(report.warnings)
    assert told(repo)["files"] == {"local/lent.cfg": "lent"}


# -- env.pass ---------------------------------------------------------------------------------------------------------


def test_only_the_variables_that_a_person_names_reach_builder_and_checks(repo: Path, run_plan: RunPlan) -> None:
    lent = 'sh -c \'test "$LENT" = mine && test -z "$KEPT"\''

    phase, _ = run_plan(0, check=lent, AUTOPACK_ENV_PASS="LENT", LENT="mine", KEPT="secret")

    assert phase.checks[0].state == "passed"
    assert told(repo)["variables"] == {"LENT": "mine"}


def test_a_repository_cannot_let_variables_through(repo: Path, run_plan: RunPlan) -> None:
    write_files(repo, {".autopack/config.yaml": "env:\n  pass: [KEPT]\n"})
    run_git(repo, "add", ".autopack/config.yaml")
    run_git(repo, "commit", "--quiet", "--message=Let it through")

    _, report = run_plan(0, LENT="mine", KEPT="secret")

    assert ".autopack/config.yaml:2: the repository may not set 'env.pass'; ignored" in "\n".join(report.warnings)
    assert told(repo)["variables"] == {}
