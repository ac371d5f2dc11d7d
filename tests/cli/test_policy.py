"""`autopack policy`, through the installed program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema

PROGRAM = str(Path(sys.executable).with_name("autopack"))
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "policy_v1.schema.json").read_text())


def run(tmp_path, *argv):
    environment = {"HOME": str(tmp_path), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [PROGRAM, "policy", *argv], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False, timeout=30
    )


def judge(tmp_path, *argv):
    done = run(tmp_path, *argv, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    printed = json.loads(done.stdout)
    jsonschema.validate(printed, SCHEMA)
    return printed


def test_a_verdict_names_its_rule_its_reason_and_what_was_parsed(tmp_path):
    assert judge(tmp_path, "bash -c 'pytest -q' && git push --force") == {
        "verdict": "deny",
        "rule": "force-push",
        "reason": "rewrites what others have",
        "parsed": [["bash", "-c", "pytest -q"], ["pytest", "-q"], ["git", "push", "--force"]],
    }


def test_every_verdict_ends_zero_and_runs_nothing(tmp_path):
    verdicts = {text: judge(tmp_path, text)["verdict"] for text in ("touch made", "make", "rm -rf /", "if")}
    assert verdicts == {"touch made": "allow", "make": "ask", "rm -rf /": "deny", "if": "ask"}
    assert list(tmp_path.iterdir()) == []


def test_the_folder_decides_what_climbs_out(tmp_path):
    assert judge(tmp_path, "touch ../x")["verdict"] == "deny"
    assert judge(tmp_path, "touch ../x", "--cwd", "packages/api")["verdict"] == "allow"


def test_without_json_the_verdict_is_one_line_and_the_commands_follow(tmp_path):
    done = run(tmp_path, "cd src && ls")
    assert (done.returncode, done.stdout) == (0, "allow: only reads (read-only)\n  cd src\n  ls\n")


def test_what_would_reach_the_terminal_is_escaped(tmp_path):
    done = run(tmp_path, "echo '\x1b]52;c;x\x07'")
    assert done.stdout == "deny: the command holds invisible characters (control-characters)\n"


def test_an_empty_command_is_wrong_use(tmp_path):
    done = run(tmp_path, " ", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the command is empty" in done.stderr


def test_it_imports_neither_git_nor_jsonschema(tmp_path):
    code = (
        "import sys; sys.argv = ['autopack', 'policy', 'ls']\n"
        "from autopack.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'git', 'jsonschema', 'tree_sitter'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "['tree_sitter']"
