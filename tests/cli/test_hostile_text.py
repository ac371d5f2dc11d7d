"""No text of an outsider acts on the terminal, whichever command shows it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., "CompletedProcess[str]"]

# The clipboard, a link that lies, a line drawn over, words turned round, hidden ones, and the eight-bit escape.
HOSTILE = (
    "\x1b]52;c;cm0gLXJm\x07 \x1b]8;;https://evil.example\x07ok\x1b]8;;\x07 fine\rfailed \u202egpj.exe \u200bx\ufeff \x9b31m\x7f"
)
NAME = HOSTILE.replace("/", "").replace("\r", " ")


def acting(text: str) -> set[str]:
    return {f"U+{ord(ch):04X}" for ch in text if unicodedata.category(ch) in ("Cc", "Cf") and ch not in "\n\t"}


@pytest.fixture
def repo(make_repo: Callable[..., Path]) -> Path:
    return make_repo({"src/app.py": "", "plan.md": f"# Title {HOSTILE}\n\n- [ ] Change `src/app.py` {HOSTILE}\n- {HOSTILE}\n"})


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "plan.md"],
        ["plan", "plan.md", "--json"],
        ["plan", "plan.md", "--explain"],
        ["plan", NAME],
        ["run", "plan.md", "--dry-run", "--allow-weak-sandbox"],
        ["run", "plan.md", "--run-id", NAME],
        ["run", "plan.md", "--builder", NAME],
        ["policy", f"echo {HOSTILE}"],
        ["policy", f"echo {HOSTILE}", "--json"],
        ["status", NAME],
        ["report", NAME],
        ["resume", NAME],
        ["intent", "show", NAME],
        ["toolchains", NAME],
        ["plugins", "check", NAME],
        [NAME],
        ["plan", f"--{NAME}"],
        ["status", "--repo", NAME],
    ],
    ids=lambda words: " ".join(words).translate(dict.fromkeys(map(ord, NAME + HOSTILE))) or "none",
)
def test_no_command_lets_a_control_character_through(words: list[str], repo: Path, run_autopack: Run) -> None:
    done = run_autopack(*words, cwd=repo)
    assert acting(done.stdout + done.stderr) == set()
    assert done.returncode != 70, done.stderr


def test_json_says_the_same_with_its_escapes(repo: Path, run_autopack: Run) -> None:
    (repo / "plan.md").write_text("# A \u202etitle\u200b\n\n- [ ] Change `src/app.py`\n")
    done = run_autopack("plan", "plan.md", "--json", cwd=repo)
    assert "A \\u202etitle\\u200b" in done.stdout
    assert "A \u202etitle\u200b" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


def test_settings_with_control_characters_are_escaped(repo: Path, run_autopack: Run) -> None:
    (repo / ".autopack").mkdir()
    (repo / ".autopack" / "config.yaml").write_text(f"{json.dumps('a' + HOSTILE)}: 1\n")
    for words in (["config", "show", "--origin"], ["plan", "plan.md"]):
        done = run_autopack(*words, cwd=repo)
        assert done.returncode == 2
        assert acting(done.stdout + done.stderr) == set()
