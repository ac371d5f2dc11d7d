"""Projects whose only word on testing is a Makefile, really run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.testing.fixtures import run_git

PROJECT = {
    "Makefile": "SHELL = /bin/sh\n.PHONY: test\n\ntest: lib/greet.sh\n\t@echo testing\n\tsh tests/all.sh\n",
    "lib/greet.sh": 'greet() {\n    echo "hello $1"\n}\n',
    "tests/all.sh": (
        ". lib/greet.sh\necho 1..2\n"
        '[ "$(greet Ada)" = "hello Ada" ] && echo "ok 1 - greets" || echo "not ok 1 - greets"\n'
        'part() { echo "bye $1"; }\n[ -f lib/part.sh ] && . lib/part.sh\n'
        '[ "$(part Ada)" = "bye Ada" ] && echo "ok 2 - parts" || echo "not ok 2 - parts"\n'
    ),
}
PLAN = """\
# Say goodbye

- [ ] Add `part` in `lib/part.sh`

```sh:lib/part.sh
part() {{
    echo "{word} $1"
}}
```
"""


@pytest.fixture
def needs_make() -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make")


@pytest.mark.usefixtures("needs_make")
@pytest.mark.parametrize(("word", "code", "state"), [("bye", 0, "committed"), ("ciao", 1, "failed")])
def test_a_run_commits_what_the_projects_own_target_proves(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]],
    make_repo: Callable[..., Path],
    tmp_path: Path,
    word: str,
    code: int,
    state: str,
) -> None:
    repo = make_repo(PROJECT)
    (tmp_path / "plan.md").write_text(PLAN.format(word=word))

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "make", "--json", cwd=repo)

    assert done.returncode == code, done.stderr
    [phase] = json.loads(done.stdout)["phases"]
    assert phase["state"] == state
    [check] = phase["checks"]
    assert (check["check"]["command"]["argv"], check["check"]["toolchain"]) == (["make", "test"], "make@.")
    if state == "committed":
        assert phase["proved_by"] == "tests"
        assert (check["report"]["passed"], check["report"]["failed"]) == (["greets", "parts"], [])
        assert run_git(repo, "diff", "--name-only", "main", phase["commit"]).split() == ["lib/part.sh"]
    else:
        assert phase["commit"] is None
        assert [test["id"] for test in check["report"]["failed"]] == ["parts"]
    assert run_git(repo, "status", "--porcelain") == ""


def test_the_command_of_a_target_becomes_the_test_command_of_its_language(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]], make_repo: Callable[..., Path]
) -> None:
    files = {
        "go.mod": "module example.org/app\n\ngo 1.22\n",
        "main.go": "package main\n\nfunc main() {}\n",
        "Makefile": "test: deps\n\t@go run ./check\ndeps:\n\tgo mod download\nlint:\n\tgolangci-lint run\n",
    }
    done = run_autopack("toolchains", "--explain", "--json", cwd=make_repo(files))

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    [tool] = found["toolchains"]
    assert (tool["name"], tool["test"], tool["evidence"][-1]) == (
        "go",
        [{"argv": ["go", "run", "./check"], "cwd": ".", "env": {}}],
        "Makefile:1: make test",
    )
    assert found["alternatives"] == [
        {
            "toolchain": "go@.",
            "kind": "lint",
            "command": {"argv": ["golangci-lint", "run"], "cwd": ".", "env": {}},
            "source": "Makefile:5",
            "reason": "of tasks only a test command is taken",
        }
    ]


def test_why_a_command_is_not_used_is_told(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]], make_repo: Callable[..., Path]
) -> None:
    repo = make_repo({"Makefile": "test:\n\tpytest\n\tdocker push x\n", "README.md": "# x\n"})

    done = run_autopack("toolchains", "--explain", cwd=repo)

    assert (done.returncode, done.stderr, done.stdout) == (
        0,
        "no toolchain was found\n",
        "\nNamed by the project and not used:\n"
        "kind  where       command    folder  because\n"
        "test  Makefile:1  make test  .       it runs `docker`, which reaches outside\n",
    )


def test_a_test_command_is_never_made_up(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]], make_repo: Callable[..., Path]
) -> None:
    repo = make_repo({"Makefile": "all:\n\tcc x.c\ntest := x\n", "x.c": "int main(void) { return 0; }\n"})

    done = run_autopack("toolchains", "--json", cwd=repo)

    assert (done.returncode, json.loads(done.stdout)) == (0, {"toolchains": []})
