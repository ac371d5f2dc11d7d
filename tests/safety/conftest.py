"""What the attack tests share: the outcomes that the page promises, the sandboxes of this machine, runs by a hostile builder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from autopack.effects.containment import BACKENDS, choose_backend
from autopack.model.attempt import Outcome
from autopack.model.codec import from_json
from autopack.model.report import Report

PAGE = Path(__file__).parents[2] / "docs" / "safety.md"
_ROW = re.compile(r"^\| (\d+) \|(.*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One row of the page: the outcome by sandbox, and the tests (file, function) that prove it."""

    number: int
    act: str
    outcomes: Mapping[str, str]
    tests: tuple[tuple[str, str], ...]


def read_attacks() -> tuple[Attack, ...]:
    rows = []
    for number, rest in _ROW.findall(PAGE.read_text("utf-8")):
        act, *cells = (cell.strip() for cell in rest.split("|"))
        outcomes = dict(zip(BACKENDS, cells, strict=False))
        rows.append(Attack(number=int(number), act=act, outcomes=outcomes, tests=tuple(_TEST.findall(cells[-1]))))
    return tuple(rows)


@pytest.fixture(scope="session")
def attacks() -> tuple[Attack, ...]:
    return read_attacks()


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Every sandbox that this machine can have; a test skips by name for one that it cannot."""
    name: str = request.param
    found = choose_backend(name, os.environ.get("PATH", os.defpath))
    if found.name != name:
        pytest.skip(f"no {name} here: {found.lacks}")
    return name


@pytest.fixture
def expected(attacks: tuple[Attack, ...], backend: str) -> Callable[[int], str]:
    """What the page says becomes of the attack with this number, in the sandbox of this test."""
    by_number = {attack.number: attack for attack in attacks}
    return lambda number: by_number[number].outcomes[backend]


@pytest.fixture
def launch(autopack_env: dict[str, str]) -> Run:
    """Run the program after some lines that take a guard out: `launch("import autopack.x as x; x.guard = …", "run", …)`."""

    def run(sabotage: str, *args: str | Path, cwd: Path, env: Mapping[str, str] | None = None, timeout_s: float = 60):
        code = f"{sabotage}\nfrom autopack.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, args)],
            cwd=cwd,
            env={**autopack_env, **(env or {})},
            input="",
            capture_output=True,
            timeout=timeout_s,
            check=False,
            text=True,
        )

    return run


@pytest.fixture
def attack(
    tmp_path: Path, scripted_process: Callable[..., Path], run_autopack: Run, launch: Run
) -> Callable[..., tuple[Report, Outcome]]:
    """Run a plan with a builder that is this Python code: `attack(repo, script, plan, sandbox="bwrap")`.

    Gives the report and its first phase.  `words` are arguments of the builder, `args` more of the program's own, `without`
    the lines that take a guard out.
    """

    def run(
        repo: Path,
        script: str,
        plan: str,
        *args: str,
        sandbox: str,
        words: tuple[str | Path, ...] = (),
        without: str = "",
        env: Mapping[str, str] | None = None,
        run_id: str = "job",
    ) -> tuple[Report, Outcome]:
        (tmp_path / "plan.md").write_text(plan)
        builder = shlex.join([str(scripted_process(script)), *map(str, words)])
        flags = ("--run-id", run_id, "--builder", f"command:{builder}", "--allow-weak-sandbox", "--json", *args)
        once = {"AUTOPACK_SANDBOX": sandbox, "AUTOPACK_BUDGET_MAX_ATTEMPTS": "1", **(env or {})}
        run_words = ("run", tmp_path / "plan.md", *flags)
        done = launch(without, *run_words, cwd=repo, env=once) if without else run_autopack(*run_words, cwd=repo, env=once)
        assert done.stdout, done.stderr
        report = from_json(Report, done.stdout)
        assert done.returncode == report.exit_code, done.stderr
        assert report.sandbox == sandbox
        return report, report.phases[0]

    return run
