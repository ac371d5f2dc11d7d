"""Plugins that break, object or lie, installed beside ours: what they cost a run, and what they must not be able to do."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from autopack.testing.fixtures import run_git

FAULTY = Path(__file__).parents[1] / "faulty_plugins"
PROJECT = {
    "calc/__init__.py": "",
    "tests/__init__.py": "",
    "tests/test_calc.py": (
        "import unittest\n\n\nclass CalcTest(unittest.TestCase):\n    def test_calc(self):\n        self.assertEqual(1 + 1, 2)\n"
    ),
}
PLAN = """\
# Subtraction

- [ ] Add subtraction in `calc/sub.py`

```python:calc/sub.py
def sub(a, b):
    return a - b
```
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH; what is put there counts as installed."""
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


@pytest.fixture
def install(site: Path) -> Callable[[str, str], None]:
    """Install a plugin: `install("autopack-liar", "from autopack import hookimpl\n...")`."""

    def put(package: str, source: str) -> None:
        module = package.replace("-", "_")
        (site / f"{module}.py").write_text("from autopack import hookimpl\n\n" + dedent(source))
        metadata = site / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text(f"[autopack]\n{package.removeprefix('autopack-')} = {module}\n")

    return put


@pytest.fixture
def install_faulty(site: Path) -> Callable[[str], None]:
    """Install one of `tests/faulty_plugins`."""

    def put(package: str) -> None:
        module = package.replace("-", "_")
        shutil.copy(FAULTY / package / f"{module}.py", site)
        metadata = site / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        shutil.copy(FAULTY / package / "entry_points.txt", metadata)

    return put


@pytest.fixture
def start(run_autopack: Run, make_repo: Callable[..., Path], site: Path, tmp_path: Path) -> Callable[..., Any]:
    """Run an `autopack` command on a repository with the plan, with what `site` holds installed."""
    repo = make_repo(PROJECT)
    plan = tmp_path / "plan.md"
    plan.write_text(PLAN)

    def run(command: str, *options: str, **variables: str) -> tuple[subprocess.CompletedProcess[str], Path]:
        done = run_autopack(command, plan, *options, "--json", cwd=repo, env={"PYTHONPATH": str(site), **variables})
        return done, repo

    return run


def branches(repo: Path) -> list[str]:
    return run_git(repo, "for-each-ref", "--format=%(refname)").splitlines()


def commits(repo: Path, run_id: str) -> list[str]:
    return run_git(repo, "rev-list", f"main..autopack/{run_id}").splitlines()


def test_plugins_that_break_cost_a_run_nothing_and_are_named_in_its_report(
    install: Callable[[str, str], None], install_faulty: Callable[[str], None], start: Callable[..., Any]
) -> None:
    for name in ("import", "exit", "misspelt", "argument", "clash-a", "clash-b"):
        install_faulty(f"autopack-faulty-{name}")
    install(
        "autopack-tired",
        """\
        import sys


        @hookimpl
        def detect_toolchain():
            raise RuntimeError("no eyes")


        @hookimpl
        def normalize_plan(round):
            return 7


        @hookimpl
        def inject_intent():
            sys.exit("no memory")


        @hookimpl
        def read_result(result):
            print("this must not land in the host's results")
            raise KeyError("no ears")


        @hookimpl
        def failure_patterns():
            raise OSError("no patterns")


        @hookimpl
        def observe(event):
            raise ValueError("no patience")
        """,
    )

    done, repo = start("run", "--run-id", "broken")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    [phase] = report["phases"]
    assert (phase["state"], phase["proved_by"]) == ("committed", "tests")
    assert commits(repo, "broken") == [phase["commit"]]
    assert {row["name"] for row in report["plugins"]} >= {"autopack-py", "autopack-tired"}
    assert not [row["name"] for row in report["plugins"] if "faulty" in row["name"]]
    assert sorted(report["warnings"]) == [
        "plugin autopack-faulty-argument is not used: detect_toolchain has no argument 'shell'; it has workspace",
        "plugin autopack-faulty-clash-a is not used: the name 'clash' is offered by autopack-faulty-clash-a and "
        "autopack-faulty-clash-b; none of them is used",
        "plugin autopack-faulty-clash-b is not used: the name 'clash' is offered by autopack-faulty-clash-a and "
        "autopack-faulty-clash-b; none of them is used",
        "plugin autopack-faulty-exit is not used: cannot be imported: SystemExit: 3 (autopack_faulty_exit.py:6)",
        "plugin autopack-faulty-import is not used: cannot be imported: ModuleNotFoundError: "
        "No module named 'a_library_that_nobody_has' (autopack_faulty_import.py:3)",
        "plugin autopack-faulty-misspelt is not used: there is no hook 'detect_toolchian'; did you mean 'detect_toolchain'?",
        "plugin autopack-tired failed in detect_toolchain: RuntimeError: no eyes (autopack_tired.py:8)",
        "plugin autopack-tired failed in failure_patterns: OSError: no patterns (autopack_tired.py:29)",
        "plugin autopack-tired failed in inject_intent: SystemExit: no memory (autopack_tired.py:18)",
        "plugin autopack-tired failed in normalize_plan: answered int, not a sequence of Claim",
        "plugin autopack-tired failed in observe: ValueError: no patience (autopack_tired.py:34)",
        "plugin autopack-tired failed in read_result: KeyError: 'no ears' (autopack_tired.py:24)",
    ]


def test_a_guard_that_breaks_in_the_audit_lets_nothing_be_committed(
    install: Callable[[str, str], None], start: Callable[..., Any]
) -> None:
    install("autopack-guard", "@hookimpl\ndef audit_phase(attempt):\n    raise ValueError('cannot read the tree')\n")

    done, repo = start("run", "--run-id", "guarded")

    assert done.returncode == 1, done.stderr
    [phase] = json.loads(done.stdout)["phases"]
    message = "the guard autopack-guard could not judge (audit_phase): ValueError: cannot read the tree (autopack_guard.py:5)"
    assert (phase["state"], phase["commit"], phase["reason"]) == ("failed", None, message)
    assert [(row["rule"], row["severity"], row["package"], row["message"]) for row in phase["findings"]] == [
        ("guard-raised", "block", "autopack-guard", message)
    ]
    assert commits(repo, "guarded") == []


def test_a_guard_that_breaks_in_the_review_refuses_the_plan_before_anything_is_written(
    install: Callable[[str, str], None], start: Callable[..., Any]
) -> None:
    install("autopack-guard", "@hookimpl\ndef review_plan(plan):\n    raise ValueError('cannot read the plan')\n")

    done, repo = start("run", "--run-id", "guarded")

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.splitlines()[-2:] == [
        "error: the guard autopack-guard could not judge (review_plan): ValueError: cannot read the plan (autopack_guard.py:5)"
        " [guard-raised]",
        "hint: repair or remove autopack-guard; until then nothing it guards goes on",
    ]
    assert branches(repo) == ["refs/heads/main"]
    assert not (repo / ".git" / "autopack").exists()


def test_a_guard_that_asks_blocks_the_phase_and_keeps_what_was_tried(
    install: Callable[[str, str], None], start: Callable[..., Any]
) -> None:
    install(
        "autopack-guard",
        """\
        from autopack.model.finding import Finding


        @hookimpl
        def audit_phase(attempt, change):
            return [Finding(rule="new-file", severity="ask", message=f"may {row.path} be new?", path=row.path) for row in change]
        """,
    )

    done, repo = start("run", "--run-id", "asked")

    assert done.returncode == 3, done.stderr
    report = json.loads(done.stdout)
    [phase] = report["phases"]
    assert (report["state"], phase["state"], phase["commit"], phase["reason"]) == (
        "blocked",
        "blocked",
        None,
        "may calc/sub.py be new?",
    )
    assert [(row["rule"], row["severity"], row["package"]) for row in phase["findings"]] == [
        ("new-file", "ask", "autopack-guard")
    ]
    assert commits(repo, "asked") == []
    shown = dict(map(tuple, report["next_commands"]))["see what 'Subtraction' tried"].split()
    assert "calc/sub.py" in run_git(repo, *shown[1:], "--name-only")


@pytest.mark.parametrize(
    ("package", "fault"),
    [
        ("autopack-faulty-exit", "cannot be imported: SystemExit: 3 (autopack_faulty_exit.py:6)"),
        ("autopack-faulty-misspelt", "there is no hook 'detect_toolchian'; did you mean 'detect_toolchain'?"),
    ],
)
def test_without_a_required_plugin_nothing_starts(
    install_faulty: Callable[[str], None], start: Callable[..., Any], package: str, fault: str
) -> None:
    install_faulty(package)

    done, repo = start("run", AUTOPACK_REQUIRE=package)

    assert (done.returncode, done.stdout) == (6, "")
    assert f"error: a required plugin is broken: {package!r}: {fault}\n" in done.stderr
    assert branches(repo) == ["refs/heads/main"]
    assert not (repo / ".git" / "autopack").exists()


LIAR = """\
from autopack.model.draft import Claim, CommandValue, PathValue, Span


def claim(field, value):
    return Claim(field=field, value=value, origin="stated", confidence=1.0, rule="trust-me", span=Span(start=3, end=3))


@hookimpl
def normalize_plan(round):
    if round == "details":
        return [claim("path", PathValue(path="calc/vault.py"))]
"""


def test_what_calls_itself_stated_without_standing_in_its_line_is_only_inferred(
    install: Callable[[str, str], None], start: Callable[..., Any]
) -> None:
    install("autopack-liar", LIAR)

    done, _ = start("plan")

    assert done.returncode == 0, done.stderr
    [phase] = json.loads(done.stdout)["phases"]
    basis = {row["path"]: (row["origin"], row["confidence"], row["rule"]) for row in phase["scope"]["paths"]}
    assert basis["calc/vault.py"] == ("inferred", 0.6, "autopack-liar:trust-me, not in its lines")
    assert basis["calc/sub.py"][0] == "stated"
    assert phase["confidence"] <= 0.6


def test_a_command_that_only_a_plugin_wants_still_needs_a_person(
    install: Callable[[str, str], None], start: Callable[..., Any]
) -> None:
    run = "frobnicate --deploy"
    install(
        "autopack-liar",
        LIAR.replace(
            'claim("path", PathValue(path="calc/vault.py"))',
            f'claim("check", CommandValue(run="{run}", argv=("frobnicate", "--deploy")))',
        ),
    )

    done, repo = start("run")

    assert done.returncode == 3, done.stderr
    assert f"`{run}`" in done.stderr
    assert {run_git(repo, "rev-parse", ref) for ref in branches(repo) if ref.startswith("refs/heads/")} == {
        run_git(repo, "rev-parse", "main")
    }


def test_a_builder_that_two_plugins_offer_is_nobodys(install: Callable[[str, str], None], start: Callable[..., Any]) -> None:
    source = """\
    from autopack.model.specs import BuilderSpec


    @hookimpl
    def builders():
        return [BuilderSpec(name="payload", factory=lambda words: None, summary="applies something else", carried=True)]
    """
    install("autopack-usurper", source)

    done, repo = start("run")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-2:] == ["error: there is no builder 'payload'", "hint: builders: command"]
    clash = "the builder 'payload' is offered by autopack-builder-payload and autopack-usurper; none of them is used"
    assert clash in done.stderr
    assert branches(repo) == ["refs/heads/main"]
