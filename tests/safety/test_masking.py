"""A secret that a builder and a check print is in no artifact."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CANARY = "cAnAry7Zk3vQ9rTb7LmX2"
PLAN = """\
# Print things

Files:
- `src/`
- `tests/test_bye.py`

- [ ] Add `bye()` in `src/bye.py`, with a test in `tests/test_bye.py`

Run `python -m unittest` to check.
"""
BUILDER = """\
import base64, os, sys
from pathlib import Path

import pytest

secret = os.environ.get("MY_API_TOKEN", "not passed")
for stream in (sys.stdout, sys.stderr):
    print("the token is", secret, base64.b64encode(f"x{secret}".encode()).decode(), secret.encode().hex(), file=stream)
Path("src").mkdir(exist_ok=True)
Path("src/bye.py").write_text("def bye():\\n    return 'bye'\\n")
Path("tests").mkdir(exist_ok=True)
Path("tests/__init__.py").write_text("")
Path("tests/test_bye.py").write_text(
    "import base64, os, unittest\\n\\n\\nclass ByeTest(unittest.TestCase):\\n    def test_bye(self):\\n"
    "        secret = os.environ.get('MY_API_TOKEN', 'not passed')\\n"
    "        print(base64.b64encode(secret.encode()).decode())\\n"
    "        self.fail(f'the token is {secret}')\\n"
)
"""


def spellings() -> list[str]:
    raw = CANARY.encode()
    # The inner part of each base64 alignment: its edges depend on what stands beside the secret.
    coded = [base64.b64encode(b"x" * before + raw).decode()[4:-4] for before in range(3)]
    return [CANARY, raw.hex(), *coded]


def find_canary(*places: Path | str) -> list[str]:
    found = []
    for place in places:
        texts = (
            {"output": place.encode()}
            if isinstance(place, str)
            else {str(path): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        )
        found += [name for name, text in texts.items() if any(form.encode() in text for form in spellings())]
    return found


def test_a_secret_that_a_builder_and_a_check_print_is_in_no_artifact(
    make_repo: Callable[..., Path], run_autopack: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    repo = make_repo({"src/__init__.py": "", "tests/__init__.py": ""})
    (tmp_path / "plan.md").write_text(PLAN)
    (tmp_path / "builder.py").write_text(BUILDER)
    env = {"MY_API_TOKEN": CANARY, "AUTOPACK_ENV_PASS": "MY_API_TOKEN", "AUTOPACK_LOG_LEVEL": "debug"}
    words = ["--builder", f"command:{sys.executable} {tmp_path / 'builder.py'}", "--allow-weak-sandbox", "--yes"]
    done = run_autopack("run", str(tmp_path / "plan.md"), "--run-id", "leak", *words, cwd=repo, env=env)
    shown = [done.stdout, done.stderr]
    for form in ("text", "json", "md", "junit"):
        told = run_autopack("report", "leak", "--format", form, cwd=repo, env=env)
        shown += [told.stdout, told.stderr]
    assert done.returncode == 1, done.stderr
    assert find_canary(repo / ".git" / "autopack", repo / ".autonomous_runs", *shown) == []
    record = repo / ".git" / "autopack" / "runs" / "leak"
    kept = "".join(path.read_text() for path in record.rglob("checks.json"))
    assert "the token is ***" in kept  # it was printed, and was masked
