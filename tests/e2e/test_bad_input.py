"""What people get wrong, and what hostile plans and repositories try: a sentence, an exit code, and nothing changed."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autopack.model.attempt import Outcome
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import find_autopack, run_git, write_files

PROJECT = {
    "calc/__init__.py": "",
    "calc/ops.py": "def add(a, b):\n    return a + b\n",
    "tests/__init__.py": "",
    "tests/test_ops.py": (
        "import unittest\n\nfrom calc.ops import add\n\n\nclass OpsTest(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
    ),
}
PLAN = """\
# Subtract

```python:calc/sub.py
def sub(a, b):
    return a - b
```
"""

Run = Callable[..., subprocess.CompletedProcess[str]]
Look = Callable[[Path], dict[str, str]]
Find = Callable[[Path], list[str]]


@pytest.fixture
def repo(make_repo: Callable[..., Path]) -> Path:
    return make_repo(PROJECT)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.md"
    path.write_text(PLAN)
    return path


@pytest.fixture
def refuse(run_autopack: Run, look_at_all: Look, tmp_path: Path) -> Callable[..., str]:
    """`run` with arguments that it must refuse: the error line, when there is one with a hint and nothing was written."""

    def run(exit_code: int, *args: str | Path, repo: Path, **options: object) -> str:
        before = look_at_all(repo)
        done = run_autopack("run", *args, cwd=repo, **options)
        assert done.returncode == exit_code, done.stdout + done.stderr
        assert look_at_all(repo) == before
        [error, hint] = done.stderr.splitlines()
        assert error.startswith("error: ")
        assert hint.startswith("hint: ")
        return error.removeprefix("error: ")

    return run


Refuse = Callable[..., str]


@pytest.fixture
def run_plan(repo: Path, tmp_path: Path, run_autopack: Run) -> Callable[..., tuple[Outcome, str]]:
    """Run a plan's text to the end; its only phase, and what was said on the way."""

    def run(text: str | bytes, exit_code: int, *args: str, env: Mapping[str, str] | None = None) -> tuple[Outcome, str]:
        path = tmp_path / "plan.md"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        done = run_autopack("run", path, "--run-id", "job", "--json", *args, cwd=repo, env=env)
        assert done.returncode == exit_code, done.stdout + done.stderr
        [phase] = from_json(Report, done.stdout).phases
        return phase, done.stderr

    return run


RunPlan = Callable[..., tuple[Outcome, str]]


# -- the plan file ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "'plan.md' is empty"),
        (b" \n\t\r\n\n", "'plan.md' is empty"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "'plan.md' is binary, not text"),
        (b"# Caf\xe9\n\n- [ ] `calc/ops.py`\n", "'plan.md' is not UTF-8 text (byte 5)"),
        ("# Plan\n".encode("utf-16"), "'plan.md' is UTF-16, a plan must be UTF-8"),
        (None, "there is no plan file 'plan.md'"),
    ],
    ids=["empty", "blank", "binary", "latin-1", "utf-16", "missing"],
)
def test_what_is_no_text_is_no_plan(content: bytes | None, error: str, repo: Path, refuse: Refuse) -> None:
    if content is not None:
        (repo / "plan.md").write_bytes(content)

    assert refuse(2, "plan.md", repo=repo) == error


def test_fifty_megabytes_are_refused_at_once(repo: Path, tmp_path: Path, refuse: Refuse) -> None:
    (tmp_path / "plan.md").write_bytes(b"- [ ] more\n" * 4_800_000)
    spent = os.times().children_user

    assert refuse(2, tmp_path / "plan.md", repo=repo) == "'plan.md' is over the limit of 1 MiB for a plan"
    assert os.times().children_user - spent < 1.5


def test_an_endless_device_is_refused_at_once(repo: Path, refuse: Refuse) -> None:
    assert refuse(2, "/dev/zero", repo=repo) == "'zero' is over the limit of 1 MiB for a plan"


def test_a_folder_is_no_plan(repo: Path, refuse: Refuse) -> None:
    assert refuse(2, "calc", repo=repo) == "'calc' is a folder"


@pytest.mark.parametrize(
    "content", [PLAN.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + PLAN.encode()], ids=["crlf", "byte-order-mark"]
)
def test_how_an_editor_saved_the_plan_does_not_matter(content: bytes, repo: Path, run_plan: RunPlan) -> None:
    phase, _ = run_plan(content, 0)

    assert phase.state == "committed"
    assert run_git(repo, "show", "autopack/job:calc/sub.py") == "def sub(a, b):\n    return a - b"


def test_a_plan_without_work_needs_an_answer(repo: Path, tmp_path: Path, refuse: Refuse) -> None:
    (tmp_path / "plan.md").write_text("Thanks!\n")

    assert refuse(3, tmp_path / "plan.md", repo=repo) == "no work was found in this text"


# -- the repository ---------------------------------------------------------------------------------------------------


def test_a_folder_without_git_is_refused(tmp_path: Path, plan: Path, refuse: Refuse) -> None:
    write_files(tmp_path / "plain", PROJECT)

    assert refuse(2, plan, repo=tmp_path / "plain") == ". is not in a git repository"


def test_a_bare_repository_is_refused(repo: Path, tmp_path: Path, plan: Path, refuse: Refuse) -> None:
    run_git(tmp_path, "clone", "--quiet", "--bare", str(repo), "bare.git")

    assert refuse(2, plan, repo=tmp_path / "bare.git") == ". is a bare repository"


def test_a_repository_without_a_commit_is_refused(tmp_path: Path, plan: Path, refuse: Refuse) -> None:
    write_files(tmp_path / "new", PROJECT)
    run_git(tmp_path / "new", "init", "--quiet")

    assert refuse(2, plan, repo=tmp_path / "new") == f"{tmp_path / 'new'} has no commit yet"


def test_a_detached_head_is_fine(repo: Path, run_plan: RunPlan, look_at_checkout: Look) -> None:
    run_git(repo, "checkout", "--quiet", "--detach")
    before = look_at_checkout(repo)

    assert run_plan(PLAN, 0)[0].state == "committed"
    assert look_at_checkout(repo) == before


def test_a_base_that_names_no_commit_is_refused(repo: Path, plan: Path, refuse: Refuse) -> None:
    assert refuse(2, plan, "--base", "nowhere", repo=repo) == "'nowhere' names no commit"
    assert refuse(2, plan, "--base", "--upload-pack=touch x", repo=repo) == "'--upload-pack=touch x' names no commit"


@pytest.mark.parametrize("branch", ["autopack", "autopack/job/one"])
def test_a_branch_that_leaves_no_room_for_ours_is_seen_before_the_first_write(
    branch: str, repo: Path, plan: Path, refuse: Refuse
) -> None:
    run_git(repo, "branch", branch)

    assert refuse(2, plan, "--run-id", "job", repo=repo) == f"branch {branch} leaves no room for branch autopack/job"


def test_somebody_without_a_git_identity_can_run(repo: Path, run_plan: RunPlan) -> None:
    nobody = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), "")

    run_plan(PLAN, 0, env={**nobody, "EMAIL": ""})

    assert run_git(repo, "log", "-1", "--format=%an <%ae>", "autopack/job") == "Autopack <autopack@localhost>"


# -- code that the plan carries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/etc/cron.d/job", "/etc/cron.d/job is absolute: paths are relative to the repository root [scope.absolute]"),
        ("../elsewhere.py", "../elsewhere.py climbs out of the repository [scope.climbs-out]"),
        ("calc/../../x.py", "calc/../../x.py climbs out of the repository [scope.climbs-out]"),
        (".git/hooks/pre-commit", ".git/hooks/pre-commit reaches into git's own files [scope.git-internals]"),
        ("calc/.GIT/config", "calc/.GIT/config reaches into git's own files [scope.git-internals]"),
        (".github/workflows/ci.yml", ".github/workflows/ci.yml is protected: it decides what runs elsewhere [scope.protected]"),
    ],
)
def test_code_for_a_path_that_is_not_the_plans_to_change_is_refused(
    path: str, error: str, repo: Path, tmp_path: Path, run_autopack: Run, look_at_all: Look
) -> None:
    (tmp_path / "plan.md").write_text(f"# Job\n\n```python:{path}\nprint()\n```\n")
    before = look_at_all(repo)

    done = run_autopack("run", tmp_path / "plan.md", cwd=repo)

    assert (done.returncode, done.stderr.splitlines()[0]) == (4, f"error: plan line 3: the plan's code for {error}")
    assert look_at_all(repo) == before


def test_code_through_a_symlink_of_the_repository_lands_nowhere(repo: Path, tmp_path: Path, run_plan: RunPlan) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo / "link").symlink_to(tmp_path / "elsewhere")
    run_git(repo, "add", "link")
    run_git(repo, "commit", "--quiet", "--message=Link")

    phase, _ = run_plan("# Job\n\n`link/new.py`:\n\n```python\nprint()\n```\n", 1)

    assert phase.reason == "'link/new.py' goes through 'link', which is a symlink or no folder"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert run_git(repo, "rev-parse", "autopack/job") == run_git(repo, "rev-parse", "main")


def test_a_patch_that_does_not_apply_says_which_hunk_and_why(repo: Path, run_plan: RunPlan) -> None:
    patch = """\
# Job

```diff
--- a/calc/ops.py
+++ b/calc/ops.py
@@ -1,2 +1,2 @@
-def add(a, b):
-    return a + b
+def add(left, right):
+    return left + right
@@ -10,1 +10,1 @@
-def mul(a, b):
+def multiply(a, b):
```
"""
    phase, _ = run_plan(patch, 1)

    assert phase.reason.startswith("hunk 2 of calc/ops.py does not apply: ")
    assert "'def mul(a, b):'" in phase.reason
    assert run_git(repo, "rev-parse", "autopack/job") == run_git(repo, "rev-parse", "main")


def test_two_versions_of_one_file_need_an_answer(repo: Path, tmp_path: Path, run_autopack: Run, look_at_all: Look) -> None:
    (tmp_path / "plan.md").write_text(PLAN + "\nNo, better:\n\n" + PLAN.partition("\n\n")[2].replace("a - b", "b - a"))
    before = look_at_all(repo)

    done = run_autopack("run", tmp_path / "plan.md", cwd=repo)

    assert done.returncode == 3, done.stderr
    assert done.stderr.splitlines() == [
        "error: plan line 10: lines 3 and 10 carry two different versions of calc/sub.py [plan.two-payloads]",
        "hint: remove one of them",
    ]
    assert look_at_all(repo) == before


def test_a_check_cannot_prove_code_by_changing_it(repo: Path, run_plan: RunPlan) -> None:
    repair = "from pathlib import Path\nPath('calc/ops.py').write_text('def add(a, b):\\n    return a + b\\n')\n"
    write_files(repo, {"repair.py": repair})
    run_git(repo, "add", "repair.py")
    run_git(repo, "commit", "--quiet", "--message=Repair")

    phase, _ = run_plan(
        "# Job\n\n```python:calc/ops.py\ndef add(a, b):\n    return 0\n```\n",
        1,
        "--check",
        "python repair.py",
        "--allow-weak-sandbox",
    )

    assert [row.state for row in phase.checks] == ["passed", "failed", "passed"]
    assert run_git(repo, "rev-parse", "autopack/job") == run_git(repo, "rev-parse", "main")


def test_a_check_may_use_what_the_one_before_it_built(repo: Path, run_plan: RunPlan) -> None:
    write_files(repo, {"build.py": "open('built.txt', 'w').close()\n", "use.py": "open('built.txt').close()\n"})
    run_git(repo, "add", "build.py", "use.py")
    run_git(repo, "commit", "--quiet", "--message=Build")

    phase, _ = run_plan(PLAN, 0, "--check", "python build.py", "--check", "python use.py", "--allow-weak-sandbox")

    assert {row.check.id: row.state for row in phase.checks}["python use.py"] == "passed"


# -- the machine ------------------------------------------------------------------------------------------------------


def test_without_a_toolchain_somebody_must_say_what_proves_the_work(
    make_repo: Callable[..., Path], plan: Path, run_autopack: Run, look_at_all: Look
) -> None:
    repo = make_repo({"README.md": "nothing to run here\n"}, name="bare-bones")
    before = look_at_all(repo)

    done = run_autopack("run", plan, cwd=repo)

    assert done.returncode == 3, done.stderr
    assert "--check" in done.stderr.splitlines()[-1]
    assert look_at_all(repo) == before


def test_a_program_that_is_not_installed_is_the_machines_fault(repo: Path, tmp_path: Path, run_plan: RunPlan) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))

    phase, _ = run_plan(PLAN, 5, env={"PATH": str(programs)})

    assert (phase.state, phase.commit) == ("failed", None)
    assert "python3: not found" in phase.reason
    assert run_git(repo, "rev-parse", "autopack/job") == run_git(repo, "rev-parse", "main")


def test_reports_that_cannot_be_written_cost_only_the_copies(repo: Path, run_plan: RunPlan) -> None:
    (repo / ".autonomous_runs").write_text("a file where the folder should be\n")

    phase, said = run_plan(PLAN, 0)

    assert phase.state == "committed"
    assert "report.unwritable" in said
    assert (repo / ".autonomous_runs").read_text() == "a file where the folder should be\n"


def test_reports_never_follow_a_symlink_of_the_repository(repo: Path, tmp_path: Path, run_plan: RunPlan) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo / ".autonomous_runs").symlink_to(tmp_path / "elsewhere")
    run_git(repo, "add", "--force", ".autonomous_runs")
    run_git(repo, "commit", "--quiet", "--message=Trap")

    phase, said = run_plan(PLAN, 0)

    assert phase.state == "committed"
    assert "report.unwritable" in said
    assert list((tmp_path / "elsewhere").iterdir()) == []


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("run_id", ["../x", "a b", "-x", "x.lock", "a..b", "A", "", "x\n", "x" * 300])
def test_a_hostile_run_id_is_refused(run_id: str, repo: Path, plan: Path, refuse: Refuse) -> None:
    assert refuse(2, plan, "--run-id", run_id, repo=repo).endswith("is not usable")


def test_a_run_id_is_used_once(repo: Path, plan: Path, run_autopack: Run, refuse: Refuse) -> None:
    assert run_autopack("run", plan, "--run-id", "job", cwd=repo).returncode == 0

    assert refuse(2, plan, "--run-id", "job", repo=repo) == "branch autopack/job exists already"
    run_git(repo, "branch", "--quiet", "-D", "autopack/job")
    assert refuse(2, plan, "--run-id", "job", repo=repo) == "run id 'job' is taken"


def test_an_unknown_builder_is_refused(repo: Path, plan: Path, refuse: Refuse) -> None:
    assert refuse(2, plan, "--builder", "magic", repo=repo) == "there is no builder 'magic'"
    assert (
        refuse(2, plan, "--builder", "command:", "--allow-weak-sandbox", repo=repo) == "the builder `command:` names no program"
    )


def test_an_unknown_key_of_the_configuration_is_refused(repo: Path, plan: Path, refuse: Refuse) -> None:
    write_files(repo, {".autopack/config.yaml": "budget:\n  max_minuets: 5\n"})

    assert refuse(2, plan, repo=repo) == ".autopack/config.yaml:2: unknown key 'budget.max_minuets'"


@pytest.mark.parametrize("content", [None, "{", "[]", '{"a": 1}', '{"a": "b", "a": "c"}'])
def test_answers_that_cannot_be_read_are_refused(content: str | None, repo: Path, plan: Path, refuse: Refuse) -> None:
    answers = plan.with_name("answers.json")
    if content is not None:
        answers.write_text(content)

    assert refuse(2, plan, "--answers", answers, repo=repo).startswith(f"answers file {str(answers)!r} ")


# -- interruption -----------------------------------------------------------------------------------------------------


def _stop(
    number: signal.Signals, args: list[str], repo: Path, env: dict[str, str], sign: Path
) -> subprocess.CompletedProcess[str]:
    """Start the program, and send it a signal as soon as the sign is there."""
    # A caller that ignores Ctrl-C (a background job of a script) would hand that on to the program.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [find_autopack(), *args], cwd=repo, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 60
    while not sign.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(args, process.returncode, out, err)


@pytest.mark.parametrize(
    ("place", "number"), [("builder", signal.SIGINT), ("builder", signal.SIGTERM), ("check", signal.SIGINT)], ids=str
)
def test_a_run_that_is_stopped_leaves_nothing_running_and_resume_finishes(
    place: str,
    number: signal.Signals,
    repo: Path,
    tmp_path: Path,
    autopack_env: dict[str, str],
    run_autopack: Run,
    find_leftovers: Find,
) -> None:
    sign = tmp_path / "sign"
    wait = (
        f"import pathlib, time\nsign = pathlib.Path({str(sign)!r})\nif not sign.exists():\n    sign.touch()\n    time.sleep(60)\n"
    )
    work = "from pathlib import Path\nPath('calc/sub.py').write_text('def sub(a, b):\\n    return a - b\\n')\n"
    (tmp_path / "builder.py").write_text((wait if place == "builder" else "") + work)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "slow-proof").write_text(f"#!{sys.executable}\n{wait if place == 'check' else ''}")
    (tmp_path / "bin" / "slow-proof").chmod(0o755)
    autopack_env["PATH"] += f":{tmp_path / 'bin'}"
    # What a sandbox holds could not tell this test that it has begun.
    autopack_env["AUTOPACK_SANDBOX"] = "none"
    (tmp_path / "plan.md").write_text("# Subtract\n\n- [ ] Write `calc/sub.py`\n")
    builder = f"command:{shlex.join([sys.executable, str(tmp_path / 'builder.py')])}"
    args = [
        "run",
        str(tmp_path / "plan.md"),
        "--run-id",
        "job",
        "--allow-weak-sandbox",
        "--builder",
        builder,
        "--check",
        "slow-proof",
    ]

    stopped = _stop(number, args, repo, autopack_env, sign)

    assert (stopped.returncode, stopped.stderr.splitlines()[-1]) == (130, "error: interrupted"), stopped.stdout
    assert find_leftovers(repo) == []
    assert '"interrupted"' in run_autopack("status", "job", "--json", cwd=repo).stdout
    assert run_git(repo, "rev-parse", "autopack/job") == run_git(repo, "rev-parse", "main")
    resumed = run_autopack("resume", "job", "--json", cwd=repo)
    assert resumed.returncode == 0, resumed.stderr
    [phase] = from_json(Report, resumed.stdout).phases
    assert (phase.state, phase.commit) == ("committed", run_git(repo, "rev-parse", "autopack/job"))
    assert find_leftovers(repo) == []


def test_a_plan_whose_work_is_all_done_starts_nothing(refuse: Callable[..., str], tmp_path: Path, repo: Path) -> None:
    done = tmp_path / "done.md"
    done.write_text("# All done\n\n- [x] write `src/app.py`\n- [x] test it in `tests/test_app.py`\n")
    assert refuse(3, done, repo=repo) == "everything in this plan is done already"
