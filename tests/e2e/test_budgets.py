"""A phase ends at each of its budgets, also at one that the plan itself lowers, and never counts as done then."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from autopack.model.attempt import Outcome
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import run_git

Run = Callable[..., subprocess.CompletedProcess[str]]
PROJECT = {"calc/__init__.py": "", "tests/__init__.py": "", "tests/test_calc.py": "import unittest\n"}
WRITE_MORE = """\
import sys
from pathlib import Path

runs = Path(sys.argv[1])
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
Path("calc/sub.py").write_text("assert False, " + repr(runs.read_text()) + "\\n")
"""


@pytest.fixture
def run_plan(make_repo: Callable[..., Path], run_autopack: Run, tmp_path: Path) -> Callable[..., tuple[Outcome, Path]]:
    """Run a plan of one phase with these lines about its budget; gives the phase's outcome and the repository."""
    repo = make_repo(PROJECT)

    def run(budget: str, builder: str, **variables: str) -> tuple[Outcome, Path]:
        plan = tmp_path / "plan.md"
        plan.write_text(f"# Subtract\n\n- [ ] Write `calc/sub.py` and `calc/add.py`\n\n{budget}\n")
        options = ("--run-id", "job", "--builder", builder, "--check", "python -m calc.sub", "--allow-weak-sandbox", "--json")
        # What a builder of these tests notes outside of its worktree could not leave a sandbox.
        done = run_autopack("run", plan, *options, cwd=repo, env={"AUTOPACK_SANDBOX": "none", **variables})
        assert done.returncode == 1, done.stdout + done.stderr
        assert run_git(repo, "rev-parse", "autopack/job") == run_git(repo, "rev-parse", "main")
        [phase] = from_json(Report, done.stdout).phases
        return phase, repo

    return run


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    def write(code: str) -> str:
        (tmp_path / "builder.py").write_text(code)
        return f"command:{shlex.join([sys.executable, str(tmp_path / 'builder.py'), str(tmp_path / 'runs')])}"

    return write


def test_more_files_than_the_plan_allows_fail_the_phase(
    run_plan: Callable[..., tuple[Outcome, Path]], program: Callable[[str], str]
) -> None:
    write_two = "from pathlib import Path\nfor name in ('sub', 'add'):\n    Path(f'calc/{name}.py').write_text('x = 1\\n')\n"
    phase, _ = run_plan("Budget: 1 file", program(write_two))
    assert phase.state == "failed"
    assert phase.reason == "2 files changed, the budget is 1"


def test_the_last_attempt_that_the_plan_allows_is_the_last(
    run_plan: Callable[..., tuple[Outcome, Path]], program: Callable[[str], str], tmp_path: Path
) -> None:
    phase, _ = run_plan("Budget: 2 attempts", program(WRITE_MORE))
    assert (phase.state, len(phase.attempts), (tmp_path / "runs").read_text()) == ("failed", 2, "xx")


def test_a_builder_is_stopped_when_the_time_of_the_phase_is_over(
    run_plan: Callable[..., tuple[Outcome, Path]], program: Callable[[str], str]
) -> None:
    phase, _ = run_plan("", program("import time\ntime.sleep(300)\n"), AUTOPACK_BUDGET_MAX_MINUTES="0.03")
    assert (phase.state, len(phase.attempts)) == ("failed", 1)
    assert "was stopped after" in phase.reason


def test_more_tokens_than_the_plan_allows_fail_the_phase(run_plan: Callable[..., tuple[Outcome, Path]], tmp_path: Path) -> None:
    (tmp_path / "autopack_costly.py").write_text(
        dedent(
            """\
            from autopack import hookimpl
            from autopack.model.attempt import BuildResult
            from autopack.model.specs import BuilderSpec
            from autopack.model.toolchain import Command


            class Costly:
                def __init__(self, argument):
                    pass

                def build(self, request, bench):
                    bench.run(Command(argv=("touch", "calc/sub.py")), stdin=b"", timeout_s=10)
                    return BuildResult(ok=True, tokens=1001)


            @hookimpl
            def builders():
                return [BuilderSpec(name="costly", factory=Costly, summary="spends tokens")]
            """
        )
    )
    metadata = tmp_path / "autopack_costly-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: autopack-costly\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[autopack]\ncostly = autopack_costly\n")
    phase, _ = run_plan("Budget: 1000 tokens", "costly", PYTHONPATH=str(tmp_path))
    assert (phase.state, phase.reason) == ("failed", "the builder spent 1001 tokens, the budget is 1000")
