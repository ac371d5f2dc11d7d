"""Runs whose code is written by a program: what it may do, what it may not, and what is left of it afterwards."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.model.attempt import Outcome
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import find_autopack, run_git

PROJECT = {
    "src/__init__.py": "",
    "src/app.py": 'def hi():\n    return "hi"\n',
    "tests/__init__.py": "",
    "tests/test_app.py": (
        "import unittest\n\nfrom src.app import hi\n\n\nclass AppTest(unittest.TestCase):\n"
        '    def test_hi(self):\n        self.assertEqual(hi(), "hi")\n'
    ),
}
PLAN = """\
# A farewell

Files:
- `src/`
- `tests/test_bye.py`

- [ ] Add `bye()` in `src/bye.py`, with a test in `tests/test_bye.py`

Don't touch the greeting.

Run `python -m unittest` to check.
"""
# What the builder does, by its first argument; the second is a file outside the worktree that it tells the test by.
BUILDER = """\
import json, os, subprocess, sys, time
from pathlib import Path

mode, out = sys.argv[1], Path(sys.argv[2])
prompt = sys.stdin.read()
git = ["git", "-c", "user.name=Eve", "-c", "user.email=eve@example.org"]


def write(name, text):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def work():
    write("src/bye.py", 'def bye():\\n    return "bye"\\n')
    write(
        "tests/test_bye.py",
        "import unittest\\n\\nfrom src.bye import bye\\n\\n\\nclass ByeTest(unittest.TestCase):\\n"
        '    def test_bye(self):\\n        self.assertEqual(bye(), "bye")\\n',
    )


def daemon(work_s):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            end = time.time() + work_s
            while time.time() < end:
                with out.open("a") as file:
                    file.write("alive\\n")
                Path("src/late.py").write_text("late")
                time.sleep(0.02)
        os._exit(0)


if mode == "ask":
    file = Path(os.environ["AUTOPACK_PROMPT"]).read_text()
    out.write_text(json.dumps({"prompt": prompt, "file": file, "env": dict(os.environ)}))
    work()
elif mode == "works":
    work()
elif mode == "slow":
    work()
    out.write_text("started")
    time.sleep(3)
elif mode == "fails":
    sys.exit("no idea\\nI give up")
elif mode == "hangs":
    daemon(60)
    time.sleep(60)
elif mode == "daemon":
    work()
    daemon(60)
    while not Path("src/late.py").exists():
        time.sleep(0.01)
elif mode == "outside":
    work()
    write("docs/why.md", "because")
elif mode == "protected":
    work()
    write(".github/workflows/ci.yml", "on: push")
elif mode == "link":
    work()
    os.symlink("/etc/passwd", "src/users")
elif mode == "empty-repository":
    work()
    subprocess.run([*git, "init", "--quiet", "src/vendor"], check=True)
    write("src/vendor/code.py", "x = 1")
elif mode == "repository":
    work()
    subprocess.run([*git, "init", "--quiet", "src/vendor"], check=True)
    subprocess.run([*git, "-C", "src/vendor", "commit", "--quiet", "--allow-empty", "-m", "x"], check=True)
elif mode == "config":
    work()
    subprocess.run([*git, "branch", "mine"], check=True)
    subprocess.run([*git, "config", "core.fsmonitor", "/bin/true"], check=True)
    common = Path(subprocess.check_output([*git, "rev-parse", "--git-common-dir"], text=True).strip())
    (common / "hooks").mkdir(exist_ok=True)
    (common / "hooks" / "pre-commit").write_text("exit 0")
    (common / "info" / "exclude").write_text("src/bye.py")
elif mode == "pipe":
    work()
    os.mkfifo("src/pipe")
elif mode == "flag":
    work()
    subprocess.run([*git, "update-index", "--assume-unchanged", "src/app.py"], check=True)
elif mode == "log":
    work()
    write("src/a.log", "ran")
elif mode == "commit":
    work()
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "mine"], check=True)
elif mode == "learns":
    if "## What went wrong last time" in prompt:
        out.write_text(prompt)
        work()
    else:
        write("src/bye.py", "def bye():\\n    return 'by'\\n")
        write(
            "tests/test_bye.py",
            "import unittest\\n\\nfrom src.bye import bye\\n\\n\\nclass ByeTest(unittest.TestCase):\\n"
            '    def test_bye(self):\\n        self.assertEqual(bye(), "bye")\\n',
        )
elif mode == "no-tests":
    write("src/bye.py", 'def bye():\\n    return "bye"\\n')
"""

Run = Callable[..., subprocess.CompletedProcess[str]]
Find = Callable[[Path], list[str]]
Look = Callable[[Path], dict[str, str]]


@pytest.fixture
def repo(make_repo: Callable[..., Path]) -> Path:
    return make_repo(PROJECT)


@pytest.fixture(autouse=True)
def no_sandbox(autopack_env: dict[str, str]) -> None:
    """Nothing but the verdicts: where a sandbox holds, most of this could not even be tried, nor be told of."""
    autopack_env["AUTOPACK_SANDBOX"] = "none"


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Where the builder writes what it wants the test to know."""
    return tmp_path / "told"


@pytest.fixture
def builder(tmp_path: Path, told: Path) -> Callable[[str], str]:
    """The specification of the builder in one of its modes."""
    script = tmp_path / "builder.py"
    script.write_text(BUILDER)
    return lambda mode: f"command:{shlex.join([sys.executable, str(script), mode, str(told)])}"


@pytest.fixture
def build(repo: Path, tmp_path: Path, builder: Callable[[str], str], run_autopack: Run) -> Callable[..., tuple[Report, Outcome]]:
    """Run the plan with the builder in a mode; the report, and its only phase."""

    def run(mode: str, exit_code: int, plan: str = PLAN, *args: str, **env: str) -> tuple[Report, Outcome]:
        (tmp_path / "plan.md").write_text(plan)
        flags = ("--run-id", "job", "--builder", builder(mode), "--allow-weak-sandbox", "--json")
        done = run_autopack("run", tmp_path / "plan.md", *flags, *args, cwd=repo, env=env)
        assert done.returncode == exit_code, done.stdout + done.stderr
        report = from_json(Report, done.stdout)
        assert report.exit_code == exit_code
        [phase] = report.phases
        return report, phase

    return run


Build = Callable[..., tuple[Report, Outcome]]


def files_on_branch(repo: Path) -> list[str]:
    return run_git(repo, "diff", "--name-only", "main", "autopack/job").splitlines()


def test_a_program_that_does_the_work_gets_one_commit(repo: Path, build: Build, find_leftovers: Find) -> None:
    report, phase = build("works", 0)

    assert (phase.state, phase.proved_by, len(phase.attempts)) == ("committed", "tests", 1)
    assert files_on_branch(repo) == ["src/bye.py", "tests/test_bye.py"]
    assert run_git(repo, "rev-list", "main..autopack/job") == phase.commit == report.head_commit
    assert run_git(repo, "status", "--porcelain") == ""
    assert find_leftovers(repo) == []


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("nothing", "the builder changed nothing"),
        ("fails", f"{sys.executable} ended with exit code 1: I give up"),
        ("outside", "docs/why.md is outside the phase's scope"),
        ("protected", ".github/workflows/ci.yml is protected: it decides what runs elsewhere"),
        ("link", "src/users is a symlink out of the repository, to /etc/passwd"),
        ("repository", "src/vendor is another repository"),
        ("empty-repository", "'src/vendor/' was made a git repository of its own"),
        ("pipe", "src/pipe is a named pipe (caught by the snapshot)"),
        ("flag", "src/app.py is hidden from git by assume-unchanged (caught by the snapshot)"),
        (
            "commit",
            "worktrees/work/HEAD of the repository was changed while the builder worked (caught by the snapshot; put back)",
        ),
    ],
)
def test_what_a_program_may_not_do_fails_the_phase_by_its_reason_and_never_lands(
    mode: str, reason: str, repo: Path, build: Build, find_leftovers: Find
) -> None:
    report, phase = build(mode, 1, PLAN, AUTOPACK_BUDGET_MAX_ATTEMPTS="1")

    assert (report.state, phase.state, phase.commit, phase.proved_by) == ("failed", "failed", None, "")
    assert phase.reason == reason
    assert files_on_branch(repo) == []
    assert find_leftovers(repo) == []


def test_what_was_written_outside_the_scope_stays_to_be_looked_at_under_a_ref_of_ours(repo: Path, build: Build) -> None:
    _, phase = build("outside", 1, PLAN, AUTOPACK_BUDGET_MAX_ATTEMPTS="1")

    [finding] = phase.findings
    assert (finding.rule, finding.path) == ("scope.outside", "docs/why.md")
    [pinned] = run_git(repo, "for-each-ref", "--format=%(objectname)", "refs/autopack/attempt").splitlines()
    assert pinned == phase.tree
    assert run_git(repo, "show", f"{pinned}:docs/why.md") == "because"
    assert not (repo / "docs").exists()


def test_the_same_breach_twice_is_not_tried_a_third_time(build: Build) -> None:
    _, phase = build("outside", 1)

    assert len(phase.attempts) == 2


def test_what_a_program_moves_in_the_repository_is_put_back_kept_and_told(
    repo: Path, build: Build, look_at_checkout: Look, find_leftovers: Find
) -> None:
    before = look_at_checkout(repo)

    _, phase = build("config", 1, PLAN, AUTOPACK_BUDGET_MAX_ATTEMPTS="1")

    caught = "while the builder worked (caught by the snapshot; put back)"
    messages = [
        f"refs/heads/mine of the repository was made {caught}",
        f"config of the repository was changed {caught}",
        f"hooks/pre-commit of the repository was made {caught}",
        f"info/exclude of the repository was changed {caught}",
    ]
    assert [finding.message for finding in phase.findings] == messages
    assert phase.reason == "; ".join(messages[:3]) + "; and 1 more"
    assert phase.findings[0].hint == "what stood there is kept as refs/autopack/replaced/job/1"
    kept = repo / ".git/autopack/runs/job/attempts" / phase.phase_id / "1/replaced"
    assert (kept / "hooks__pre-commit").read_text() == "exit 0"
    assert "fsmonitor" in (kept / "config").read_text()
    assert not (repo / ".git/hooks/pre-commit").exists()
    assert look_at_checkout(repo) == before
    assert run_git(repo, "branch", "--list", "mine") == ""
    # A hidden file was frozen all the same, since the exclude file went first.
    assert "src/bye.py" in run_git(repo, "ls-tree", "-r", "--name-only", phase.tree or "").splitlines()
    assert find_leftovers(repo) == []


def test_a_run_killed_before_it_put_things_back_does_so_when_it_is_resumed(
    repo: Path, tmp_path: Path, builder: Callable[[str], str], run_autopack: Run, look_at_checkout: Look
) -> None:
    (tmp_path / "plan.md").write_text(PLAN)
    before = look_at_checkout(repo)
    flags = ("--run-id", "job", "--builder", builder("config"), "--allow-weak-sandbox")
    for number, fault in enumerate(("snapshot.judged:1", "snapshot.judged:2", "snapshot.judged:3", "")):
        words = ("run", tmp_path / "plan.md", *flags) if number == 0 else ("resume", "job", "--json")
        done = run_autopack(*words, cwd=repo, env={"AUTOPACK_BUDGET_MAX_ATTEMPTS": "1", "AUTOPACK_FAULT": fault})

    assert done.returncode == 1, done.stderr
    [phase] = from_json(Report, done.stdout).phases
    assert len(phase.attempts) == 1
    assert "config of the repository was changed while the builder worked (caught by the snapshot; put back)" in [
        finding.message for finding in phase.findings
    ]
    assert look_at_checkout(repo) == before
    assert run_git(repo, "branch", "--list", "mine") == ""
    assert run_git(repo, "for-each-ref", "--format=%(refname)", "refs/autopack/replaced") == "refs/autopack/replaced/job/1"


def test_ignored_files_that_a_program_makes_are_noted_and_do_not_land(repo: Path, build: Build) -> None:
    (repo / ".gitignore").write_text("*.log\n")
    run_git(repo, "add", ".gitignore")
    run_git(repo, "commit", "--quiet", "--message=Ignore logs")

    _, phase = build("log", 0)

    [note] = [finding for finding in phase.findings if finding.rule.startswith("snapshot.")]
    assert (note.severity, note.message) == ("note", "1 ignored files are new, which never lands: src/a.log")
    assert "src/a.log" not in files_on_branch(repo)


def test_a_program_that_hangs_is_stopped_with_all_it_started(repo: Path, told: Path, build: Build, find_leftovers: Find) -> None:
    _, phase = build("hangs", 1, AUTOPACK_BUDGET_MAX_MINUTES="0.03")

    assert phase.state == "failed"
    assert "was stopped after" in phase.reason
    assert find_leftovers(repo) == []
    assert files_on_branch(repo) == []


def test_a_process_that_a_program_leaves_behind_is_killed_before_its_work_is_judged(
    repo: Path, told: Path, build: Build, find_leftovers: Find
) -> None:
    _, phase = build("daemon", 0)

    heard = told.read_text()
    time.sleep(0.1)
    assert told.read_text() == heard
    assert find_leftovers(repo) == []
    # What it had written by then was judged like everything else, and what was judged is what landed.
    assert "src/late.py" in files_on_branch(repo)
    assert run_git(repo, "rev-parse", "autopack/job^{tree}") == phase.tree


def test_a_program_needs_the_word_of_a_person_where_nothing_contains_it(
    repo: Path, tmp_path: Path, builder: Callable[[str], str], run_autopack: Run, look_at_all: Look, told: Path
) -> None:
    (tmp_path / "plan.md").write_text(PLAN)
    before = look_at_all(repo)

    done = run_autopack("run", tmp_path / "plan.md", "--builder", builder("slow"), cwd=repo)

    assert done.returncode == 5
    assert done.stderr.splitlines() == [
        "error: builder 'command' may run a program, and no full sandbox holds it here (backend: none; switched off by the "
        "setting `sandbox`)",
        "hint: get one as said, see `autopack doctor`; or read it first, then run with `--allow-weak-sandbox`",
    ]
    assert look_at_all(repo) == before
    assert not told.exists()


def test_the_prompt_has_the_anchor_once_and_the_environment_no_secret(
    repo: Path, told: Path, build: Build, autopack_env: dict[str, str]
) -> None:
    report, phase = build(
        "ask", 0, GITHUB_TOKEN="ghp_secret", ANTHROPIC_API_KEY="sk-secret", PIP_INDEX_URL="https://pip.example/"
    )

    said = json.loads(told.read_text())
    record = repo / ".git" / "autopack" / "runs" / report.run_id
    anchor = json.loads((record / "intent_v1.json").read_text())["intent_anchor"]
    assert "Don't touch the greeting" in anchor
    assert said["prompt"].count(anchor) == 1
    assert said["prompt"].count("<intent>") == said["prompt"].count("</intent>") == 1
    assert said["prompt"] == said["file"] == (record / "attempts" / phase.phase_id / "1" / "prompt.md").read_text()
    assert "secret" not in json.dumps(said["env"])
    assert said["env"]["PIP_INDEX_URL"] == "https://pip.example/"
    assert said["env"]["HOME"].startswith(autopack_env["AUTOPACK_STATE_DIR"])
    assert not [
        name for name in said["env"] if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "AUTOPACK_STATE", "AUTOPACK_BUDGET"))
    ]


def test_a_second_attempt_is_told_what_went_wrong_in_the_first(told: Path, build: Build) -> None:
    _, phase = build("learns", 0)

    assert [attempt.verdict for attempt in phase.attempts] == [
        "python -m unittest: tests.test_bye.ByeTest.test_bye failed",
        "proved",
    ]
    diagnosis = told.read_text().rpartition("## What went wrong last time")[2]
    assert "tests.test_bye.ByeTest.test_bye failed" in diagnosis
    assert "AssertionError: 'by' != 'bye'" in diagnosis


@pytest.mark.parametrize(
    ("command", "reason"),
    [("rm -rf ~", "'~' lies outside the worktree"), ("git push --force", "rewrites what others have")],
)
def test_a_stated_command_that_policy_denies_refuses_the_plan(
    command: str, reason: str, repo: Path, tmp_path: Path, builder: Callable[[str], str], run_autopack: Run, look_at_all: Look
) -> None:
    (tmp_path / "plan.md").write_text(f"{PLAN}\n## Validation\n\n```sh\n{command}\n```\n")
    before = look_at_all(repo)

    done = run_autopack("run", tmp_path / "plan.md", "--builder", builder("works"), "--allow-weak-sandbox", cwd=repo)

    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith(f"error: plan line 16: `{command}` {reason} [policy.")
    assert look_at_all(repo) == before


def test_a_stated_check_that_runs_no_test_proves_nothing(repo: Path, build: Build) -> None:
    plan = PLAN.replace("python -m unittest", "python -m unittest discover -s src").replace(
        ", with a test in `tests/test_bye.py`", ""
    )

    _, phase = build("no-tests", 1, plan, AUTOPACK_BUDGET_MAX_ATTEMPTS="1")

    assert (phase.state, phase.reason) == ("failed", "python -m unittest discover -s src: no test ran (exit code 0)")
    assert files_on_branch(repo) == []


def test_a_run_beside_another_is_not_blamed_for_its_commits(
    repo: Path, tmp_path: Path, told: Path, builder: Callable[[str], str], autopack_env: dict[str, str], run_autopack: Run
) -> None:
    (tmp_path / "plan.md").write_text(PLAN)
    flags = ("--allow-weak-sandbox", "--json")
    slow = subprocess.Popen(
        [find_autopack(), "run", str(tmp_path / "plan.md"), "--run-id", "slow", "--builder", builder("slow"), *flags],
        cwd=repo,
        env=autopack_env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while not told.exists():
        time.sleep(0.02)

    quick = run_autopack("run", tmp_path / "plan.md", "--run-id", "quick", "--builder", builder("works"), *flags, cwd=repo)

    printed, _ = slow.communicate(timeout=60)
    [phase] = from_json(Report, printed).phases
    assert (quick.returncode, slow.returncode) == (0, 0)
    assert [attempt.verdict for attempt in phase.attempts] == ["proved"]
