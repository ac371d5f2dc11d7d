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


def step(rule, verdict, reason, *argv):
    return {"argv": list(argv), "verdict": verdict, "rule": rule, "reason": reason}


def test_a_verdict_names_its_rule_its_reason_and_what_was_parsed(tmp_path):
    assert judge(tmp_path, "bash -c 'pytest -q' && git push --force") == {
        "verdict": "deny",
        "rule": "force-push",
        "reason": "rewrites what others have",
        "parsed": [["bash", "-c", "pytest -q"], ["pytest", "-q"], ["git", "push", "--force"]],
        "steps": [
            step("wraps", "allow", "is as good or bad as what it runs", "bash", "-c", "pytest -q"),
            step("test-or-build", "allow", "a known test or build command", "pytest", "-q"),
            step("force-push", "deny", "rewrites what others have", "git", "push", "--force"),
        ],
    }


def test_every_verdict_ends_zero_and_runs_nothing(tmp_path):
    verdicts = {text: judge(tmp_path, text)["verdict"] for text in ("touch made", "make", "rm -rf /", "if")}
    assert verdicts == {"touch made": "allow", "make": "ask", "rm -rf /": "deny", "if": "ask"}
    assert list(tmp_path.iterdir()) == []


def test_the_folder_decides_what_climbs_out(tmp_path):
    assert judge(tmp_path, "touch ../x")["verdict"] == "deny"
    assert judge(tmp_path, "touch ../x", "--cwd", "packages/api")["verdict"] == "allow"


def test_without_json_the_verdict_is_one_line_and_the_commands_follow_with_their_rules(tmp_path):
    done = run(tmp_path, "cd src && env -i make &")
    assert (done.returncode, done.stdout) == (
        0,
        "ask: a command is left running in the background (background)\n\n"
        "VERDICT  COMMAND      RULE            REASON\n"
        "ask      (the whole)  background      a command is left running in the background\n"
        "allow    cd src       read-only       only reads\n"
        "allow    env -i make  wraps           is as good or bad as what it runs\n"
        "ask      make         unknown-script  runs a script of the project\n",
    )


def test_what_would_reach_the_terminal_is_escaped(tmp_path):
    done = run(tmp_path, "echo '\x1b]52;c;x\x07'")
    assert done.stdout.splitlines()[0] == "deny: the command holds invisible characters (control-characters)"
    assert "\x1b" not in done.stdout


def test_an_empty_command_is_wrong_use(tmp_path):
    done = run(tmp_path, " ", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the command is empty" in done.stderr


PLUGIN = """
from autopack import hookimpl
from autopack.model.policy import PolicyRule


@hookimpl
def policy_rules():
    {body}
"""
RULE = 'PolicyRule(id="deploys", verdict="deny", reason="deploys", programs=("make",), sub=("deploy",), examples=({example!r},))'


def install(site, body):
    (site / "autopack_careful.py").write_text(PLUGIN.format(body=body))
    metadata = site / "autopack_careful-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: autopack-careful\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[autopack]\ncareful = autopack_careful\n")


def test_the_rules_of_an_installed_plugin_count_and_name_their_package(tmp_path, run_autopack):
    install(tmp_path, f"return [{RULE.format(example='make deploy')}]")
    judged = {}
    for text in ("nice make deploy", "make test", "ls"):
        done = run_autopack("policy", text, "--json", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
        judged[text] = (json.loads(done.stdout)["verdict"], json.loads(done.stdout)["rule"])
    assert judged == {
        "nice make deploy": ("deny", "autopack-careful:deploys"),
        "make test": ("ask", "unknown-script"),
        "ls": ("allow", "read-only"),
    }


def test_broken_rules_of_a_plugin_deny_everything_and_say_why(tmp_path, run_autopack):
    install(tmp_path, f"return [{RULE.format(example='make test')}]")
    done = run_autopack("policy", "ls", "--json", cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    fault = "the policy rule 'deploys' does not decide its example 'make test': 'unknown-script' says ask"
    printed = json.loads(done.stdout)
    assert (done.returncode, printed["verdict"], printed["rule"]) == (0, "deny", "autopack-careful:guard-raised")
    assert printed["reason"] == f"is not judged by autopack-careful, whose policy rules are broken: {fault}"
    assert done.stderr == f"note: autopack-careful: {fault}\n"


def test_a_plugin_that_is_left_out_has_no_say(tmp_path, run_autopack):
    install(tmp_path, f"return [{RULE.format(example='make deploy')}]")
    env = {"PYTHONPATH": str(tmp_path), "AUTOPACK_PLUGINS_ONLY": "py"}
    done = run_autopack("policy", "make deploy", "--json", cwd=tmp_path, env=env)
    assert json.loads(done.stdout)["rule"] == "unknown-script"


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
