"""`autopack config`, through the installed program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autopack.schemas import check_document

AUTOPACK = Path(sys.executable).with_name("autopack")


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home" / ".config" / "autopack").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def repo(tmp_path):
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / ".autopack").mkdir()
    return tmp_path / "repo"


def run_config(*args: str, home: Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    # XDG folders are set so that the places are the same on every system.
    env = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        **environ,
    }
    command = [AUTOPACK, "config", *args]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=30)


def test_show_json_follows_its_schema_and_says_who_set_what(home, repo):
    user = home / ".config" / "autopack" / "config.yaml"
    user.write_text("checks:\n  timeout_s: 30\nbudget:\n  max_files: 5\n")
    (repo / ".autopack" / "config.yaml").write_text("project: shop\nbudget:\n  max_files: 9\n  max_tokens: 10\n")
    done = run_config("show", "--json", home=home, cwd=repo, AUTOPACK_CHECKS_TIMEOUT_S="20")
    shown = json.loads(done.stdout)
    check_document("config_show_v1", shown)
    assert (done.returncode, done.stderr, shown["warnings"]) == (0, "", [])
    assert (shown["config"]["checks"], shown["config"]["project"]) == ({"timeout_s": 20}, "shop")
    assert (shown["config"]["budget"]["max_files"], shown["config"]["budget"]["max_tokens"]) == (5, 10)
    assert {key: origin for key, origin in shown["origins"].items() if origin != "default"} == {
        "checks.timeout_s": "environment AUTOPACK_CHECKS_TIMEOUT_S",
        "project": "repository .autopack/config.yaml:1",
        "budget.max_files": f"user file {user}:4",
        "budget.max_tokens": "repository .autopack/config.yaml:4",
    }


def test_show_prints_the_value_and_on_request_its_origin(home, repo):
    plain = run_config("show", "--repo", str(repo), home=home, cwd=home, AUTOPACK_ALLOW_WEAK_SANDBOX="1")
    assert (plain.returncode, plain.stdout.splitlines()[3].split()) == (0, ["allow_weak_sandbox", "true"])
    origin = run_config("show", "--origin", home=home, cwd=repo, AUTOPACK_ALLOW_WEAK_SANDBOX="1")
    assert origin.stdout.splitlines()[3].split() == ["allow_weak_sandbox", "true", "environment", "AUTOPACK_ALLOW_WEAK_SANDBOX"]


def test_a_repository_that_loosens_is_warned_of_on_stderr_and_not_obeyed(home, repo):
    (repo / ".autopack" / "config.yaml").write_text("allow_weak_sandbox: true\n")
    done = run_config("show", "--json", home=home, cwd=repo)
    warning = "repository .autopack/config.yaml:1: the repository may only set 'allow_weak_sandbox' to false; ignored"
    assert (done.returncode, done.stderr) == (0, f"warning: {warning}\n")
    assert json.loads(done.stdout)["config"]["allow_weak_sandbox"] is False


def test_an_unknown_key_ends_with_exit_code_2_and_a_suggestion(home, repo):
    (repo / ".autopack" / "config.yaml").write_text("allow_weak_sandbx: false\n")
    done = run_config("show", home=home, cwd=repo)
    message = "error: .autopack/config.yaml:1: unknown key 'allow_weak_sandbx'\nhint: did you mean 'allow_weak_sandbox'?\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)


def test_path_prints_the_persons_own_file(home):
    done = run_config("path", home=home, cwd=home)
    assert (done.returncode, done.stdout) == (0, f"{home}/.config/autopack/config.yaml\n")
