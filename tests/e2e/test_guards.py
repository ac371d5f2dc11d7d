"""Runs whose builder cheats or litters: the host's guards stop it although every check is green."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.model.attempt import Outcome
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import run_git

HEAD = "import unittest\n\nfrom src.app import hi\n\n\nclass AppTest(unittest.TestCase):\n"
TEST_HI = '    def test_hi(self):\n        self.assertEqual(hi(), "hi")\n'
TEST_SHORT = "\n    def test_short(self):\n        self.assertLess(len(hi()), 9)\n"
PROJECT = {
    "src/__init__.py": "",
    "src/app.py": 'def hi():\n    return "hi"\n',
    "tests/__init__.py": "",
    "tests/test_app.py": HEAD + TEST_HI + TEST_SHORT,
}
PLAN = """\
# A louder greeting

- [ ] Let `hi()` in `src/app.py` say it loud, and adapt `tests/test_app.py`

Files:
- `src/`
- `tests/`

Run `python -m unittest -v` to check.
"""
# What the builder writes beside its work, by the mode's name; a path of `None` is deleted.
LOUD = 'def hi():\n    return "HI"\n'
LOUD_HI = TEST_HI.replace('"hi"', '"HI"')
GOOD = {"src/app.py": LOUD, "tests/test_app.py": HEAD + LOUD_HI + TEST_SHORT}
SKIPPED = HEAD + LOUD_HI + "\n    @unittest.skip('later')" + TEST_SHORT
MODES: dict[str, dict[str, str]] = {
    "removes": {**GOOD, "tests/test_app.py": HEAD + LOUD_HI},
    "skips": {**GOOD, "tests/test_app.py": SKIPPED},
    "litters": {
        **GOOD,
        "tests/pytest.ini": "[pytest]\naddopts = --ignore=tests/test_app.py\n",
        # In two parts, so that nothing here looks like a credential.
        "src/key.py": "KEY = 'ghp_" + "9fK2mQ7xLw4Zt8Rb3Vn6Yc1Hd5Jg0Ps'\n",
        "src/known.py": "KEY = 'aHVudGVyMi1odW50ZXIy'\n",
        "src/names.txt": "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n",
        "src/logo.bin": "\0" * 100_001,
    },
    "looks alike": {
        **GOOD,
        "src/key.py": "PASSWORD = '<token>'\nTOKEN = 'changeme'\n",
        "src/names.md": "Install\n=======\n\nNothing.\n",
        "src/logo.bin": "\0" * 100_000,
    },
    "removes what it should": {**GOOD, "tests/test_app.py": HEAD + LOUD_HI, "src/logo.bin": "\0" * 100_001},
}
BUILDER = """\
import sys
from pathlib import Path

sys.stdin.read()
for name, text in {modes!r}[sys.argv[1]].items():
    Path(name).write_text(text)
"""

Build = Callable[..., Outcome]


@pytest.fixture
def build(make_repo: Callable[..., Path], tmp_path: Path, run_autopack: Callable[..., subprocess.CompletedProcess[str]]) -> Build:
    """Run the plan with a builder of this mode once; how its only phase ended."""
    repo = make_repo(PROJECT)
    script = tmp_path / "builder.py"
    script.write_text(BUILDER.format(modes=MODES))

    def run(mode: str, plan: str = PLAN, **env: str) -> Outcome:
        (tmp_path / "plan.md").write_text(plan)
        builder = f"command:{shlex.join([sys.executable, str(script), mode])}"
        flags = ("--run-id", "job", "--builder", builder, "--allow-weak-sandbox", "--json")
        done = run_autopack("run", tmp_path / "plan.md", *flags, cwd=repo, env={"AUTOPACK_BUDGET_MAX_ATTEMPTS": "1", **env})
        assert done.returncode in (0, 1), done.stdout + done.stderr
        [phase] = from_json(Report, done.stdout).phases
        landed = run_git(repo, "rev-list", "main..autopack/job").splitlines()
        assert landed == ([phase.commit] if phase.commit else [])
        return phase

    return run


@pytest.mark.parametrize(
    ("mode", "reasons"),
    [
        ("removes", ["python -m unittest -v: 1 test is no longer there: tests.test_app.AppTest.test_short"]),
        (
            "skips",
            [
                "python -m unittest -v: 1 test is skipped: tests.test_app.AppTest.test_short",
                "tests/test_app.py:10 takes tests out of the count: `@unittest.skip('later')`",
            ],
        ),
        (
            "litters",
            [
                "tests/pytest.ini:2 takes tests out of the count: `addopts = --ignore=tests/test_app.py`",
                "src/key.py:1 adds what looks like a credential (github-token)",
                "src/known.py:1 adds what looks like a credential (secret of this environment)",
                "src/names.txt:1 adds the marker of an unresolved merge, and 1 more",
                "src/logo.bin is a binary file of 100001 bytes, more than 100000",
            ],
        ),
    ],
)
def test_what_a_guard_forbids_fails_the_phase_and_never_lands(mode: str, reasons: list[str], build: Build) -> None:
    phase = build(mode, DEPLOY_TOKEN="hunter2-hunter2")

    assert (phase.state, phase.commit, {row.state for row in phase.checks}) == ("failed", None, {"passed"})
    assert phase.reason == "; ".join(reasons)
    assert {finding.rule.partition(".")[0] for finding in phase.findings if finding.severity == "block"} == {"guard"}


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("looks alike", ""),
        ("removes what it should", "- [ ] Remove `test_short`\n- [ ] Put the logo into `src/logo.bin`\n"),
        ("skips", "- [ ] Skip `test_short` until there is a limit\n"),
    ],
)
def test_what_the_plan_asks_for_or_only_looks_alike_lands(mode: str, words: str, build: Build) -> None:
    phase = build(mode, PLAN.replace("\nFiles", f"{words}\nFiles"))

    assert (phase.state, phase.reason) == ("committed", "")
