"""`experimental.missing_dependency` on real pip projects: off unless asked for, kept only if it helps, undone else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.fixtures import run_git

ON = {"AUTOPACK_EXPERIMENTAL_MISSING_DEPENDENCY": "1"}
# The install step takes requirements.txt alone; what stands in the other file is declared all the same.
PROJECT = {
    "requirements.txt": "basics\n",
    "requirements/extra.txt": "greetings\n",
    "tests/__init__.py": "",
    "tests/test_basics.py": (
        "import unittest\n\nimport basics\n\n\nclass BasicsTest(unittest.TestCase):\n"
        "    def test_basics(self):\n        self.assertTrue(basics.READY)\n"
    ),
}
PLAN = """\
# Greet

- [ ] Greet in `greet.py`, with a test in `tests/test_greet.py`

```python:greet.py
import greetings


def greet(name):
    return f"{greetings.HELLO}, {name}"
```

```python:tests/test_greet.py
import unittest

from greet import greet


class GreetTest(unittest.TestCase):
    def test_greet(self):
        self.assertEqual(greet("Ada"), "hello, Ada")
```
"""
INSTALL = ["python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "greetings"]

Run = Callable[..., subprocess.CompletedProcess[str]]
Offer = Callable[[str, str], dict[str, str]]


@pytest.fixture
def offered(make_wheel: Offer) -> dict[str, str]:
    return make_wheel("basics", "READY = True\n") | make_wheel("greetings", "HELLO = 'hello'\n")


@pytest.fixture
def start(run_autopack: Run, make_repo: Callable[..., Path], tmp_path: Path) -> Callable[..., Any]:
    """Run a plan on a project: the finished process, its report, its repository."""

    def run(
        env: dict[str, str], plan: str = PLAN, files: dict[str, str] = PROJECT, options: tuple[str, ...] = ()
    ) -> tuple[subprocess.CompletedProcess[str], Any, Path]:
        repo = make_repo(files)
        (tmp_path / "plan.md").write_text(plan)
        done = run_autopack("run", tmp_path / "plan.md", "--run-id", "greet", "--json", *options, cwd=repo, env=env)
        return done, json.loads(done.stdout or "null"), repo

    return run


def events(repo: Path, *kinds: str) -> list[dict[str, Any]]:
    """What the journal says, of these types; facts only."""
    lines = (repo / ".git" / "autopack" / "runs" / "greet" / "events.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [{"type": row["type"], **row["facts"]} for row in rows if row["type"].startswith(kinds)]


def commits(repo: Path) -> list[str]:
    return run_git(repo, "rev-list", "main..autopack/greet").splitlines()


def test_off_by_default_a_missing_module_fails_the_phase_and_installs_nothing(
    start: Callable[..., Any], offered: dict[str, str]
) -> None:
    done, report, repo = start(offered)

    assert done.returncode == 1, done.stderr
    [phase] = report["phases"]
    assert (phase["state"], phase["commit"]) == ("failed", None)
    [failure] = [failure for check in phase["checks"] for failure in check["failures"]]
    assert (failure["kind"], failure["line"]) == (
        "python:ModuleNotFoundError",
        "ModuleNotFoundError: No module named 'greetings'",
    )
    assert events(repo, "mitigation") == []
    assert commits(repo) == []


def test_a_declared_distribution_is_installed_and_stays_because_it_helps(
    start: Callable[..., Any], offered: dict[str, str]
) -> None:
    done, report, repo = start(offered | ON)

    assert done.returncode == 0, done.stderr
    [phase] = report["phases"]
    assert (phase["state"], phase["proved_by"]) == ("committed", "tests")
    assert [attempt["mitigations"] for attempt in phase["attempts"]] == [["autopack-py:install-greetings"]]
    reason = (
        "requirements/extra.txt declares 'greetings' (file requirements/extra.txt), which brings the missing module 'greetings'"
    )
    assert [(row["rule"], row["severity"], row["message"]) for row in phase["findings"]] == [
        ("mitigation.install-greetings", "note", reason)
    ]
    name = {"phase": phase["phase_id"], "name": "autopack-py:install-greetings"}
    assert events(repo, "mitigation") == [
        {"type": "mitigation.applied", **name, "argv": INSTALL},
        {"type": "mitigation.kept", **name},
    ]
    assert commits(repo) == [phase["commit"]]
    # A repair changes the run's own environment, never the tree.
    assert run_git(repo, "diff", "--name-only", "main..autopack/greet").splitlines() == ["greet.py", "tests/test_greet.py"]


def test_a_repair_that_does_not_help_is_undone_with_its_environment(start: Callable[..., Any], make_wheel: Offer) -> None:
    offered = make_wheel("basics", "READY = True\n") | make_wheel("greetings", "HELLO = 'good day'\n")
    # The second phase proves that the first one's repair is gone: its tests would see what was installed.
    plan = PLAN.replace("# Greet\n", "# Greet\n\n## Phase 1: Greet\n") + (
        "\n## Phase 2: Stay bare\n\n- [ ] Test in `tests/test_bare.py` that nothing else is installed\n\n"
        "```python:tests/test_bare.py\nimport importlib.util\nimport unittest\n\n\nclass BareTest(unittest.TestCase):\n"
        '    def test_bare(self):\n        self.assertIsNone(importlib.util.find_spec("greetings"))\n```\n'
    )

    done, report, repo = start(offered | ON, plan)

    assert done.returncode == 1, done.stderr
    greet, bare = report["phases"]
    assert (greet["state"], greet["commit"], greet["attempts"][0]["mitigations"]) == ("failed", None, [])
    assert (bare["state"], bare["proved_by"]) == ("committed", "tests")
    assert [row["type"] for row in events(repo, "environment.step", "mitigation")] == [
        "environment.step",
        "environment.step",
        "mitigation.applied",
        "mitigation.undone",
        "environment.step",
        "environment.step",
    ]
    assert commits(repo) == [bare["commit"]]


def test_what_no_manifest_declares_is_never_installed_but_asked_for(start: Callable[..., Any], offered: dict[str, str]) -> None:
    done, report, repo = start(offered | ON, files={name: text for name, text in PROJECT.items() if "extra" not in name})

    assert done.returncode == 3, done.stderr
    [phase] = report["phases"]
    text = "'greetings' is imported but no manifest declares it (which distribution brings it is not known)"
    assert (phase["state"], phase["commit"]) == ("blocked", None)
    assert [(row["rule"], row["severity"], row["message"]) for row in phase["findings"]] == [
        ("mitigation.declare-greetings", "ask", f"{text}; may it be added to the project?")
    ]
    assert events(repo, "mitigation") == []
    assert commits(repo) == []


# A repair of another kind, without any switch: it writes the module itself.  The environment it needs is an empty one, so
# this is quick.  Where a test wants it, the host dies right after the journal says that the repair stays.
WRITER = """\
import os
import signal

from autopack import hookimpl
from autopack.model.failure import Mitigation, Run
from autopack.model.toolchain import Command

TEXT = "what the missing module holds"
WRITE = f"import os, sysconfig; open(os.path.join(sysconfig.get_path('purelib'), 'greetings.py'), 'w').write({TEXT!r})"


@hookimpl
def mitigate_failure(failure):
    if "greetings" not in failure.line:
        return None
    command = Command(argv=("python", "-c", WRITE))
    return Mitigation(name="write", reason="written", confidence=1.0, steps=(Run(command=command, toolchain="python"),))


@hookimpl
def observe(event):
    if event.type == os.environ.get("DIE_AFTER"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def install_writer(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Install a plugin that repairs by writing this text as the missing module; the variables that bring it in."""

    def put(text: str) -> dict[str, str]:
        metadata = tmp_path / "site" / "autopack_writer-1.0.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: autopack-writer\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("[autopack]\nwriter = autopack_writer\n")
        (tmp_path / "site" / "autopack_writer.py").write_text(WRITER.replace('"what the missing module holds"', repr(text)))
        return {"PYTHONPATH": str(tmp_path / "site")}

    return put


BARE = {"calc.py": "", "tests/__init__.py": "", "tests/test_calc.py": PROJECT["tests/test_basics.py"].replace("basics", "calc")}
BARE["calc.py"] = "READY = True\n"


def test_a_kill_after_the_repair_is_resumed_with_the_repair_made_again(
    start: Callable[..., Any], install_writer: Callable[[str], dict[str, str]], run_autopack: Run
) -> None:
    env = install_writer("HELLO = 'hello'\n")
    killed, _, repo = start(env | {"DIE_AFTER": "mitigation.kept"}, files=BARE)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    resumed = run_autopack("resume", "greet", "--json", cwd=repo, env=env)

    assert resumed.returncode == 0, resumed.stderr
    assert [row["type"] for row in events(repo, "mitigation")] == ["mitigation.applied", "mitigation.kept"] * 2
    assert commits(repo) == [json.loads(resumed.stdout)["phases"][0]["commit"]]


def test_what_an_undone_repair_seemed_to_prove_is_forgotten(
    start: Callable[..., Any], install_writer: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    # With the repair the test is skipped: nothing fails any more, but fewer tests run.
    env = install_writer("import unittest\nraise unittest.SkipTest('later')\n")
    agent = tmp_path / "agent.py"
    agent.write_text("from pathlib import Path\nPath('tests/test_greet.py').write_text('import greetings\\n')\n")
    plan = "# Greet\n\n- [ ] Add a test in `tests/test_greet.py`\n"

    done, report, repo = start(
        env, plan, BARE, options=("--builder", f"command:{sys.executable} {agent}", "--allow-weak-sandbox")
    )

    assert done.returncode == 1, done.stderr
    [phase] = report["phases"]
    assert (phase["state"], phase["commit"]) == ("failed", None)
    # The builder got a second chance and brought the same tree, which must not lean on the first one's results.
    assert [attempt["tree"] for attempt in phase["attempts"]] == [phase["tree"]] * 2
    assert [row["type"] for row in events(repo, "mitigation")] == ["mitigation.applied", "mitigation.undone"]
    assert commits(repo) == []
