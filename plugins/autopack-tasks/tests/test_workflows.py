"""Workflow files, read as whole values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest

from autopack.model.toolchain import Command, Task

Find = Callable[[Mapping[str, str | bytes]], tuple[Task, ...]]
CI = ".github/workflows/ci.yml"


def tell(tasks: tuple[Task, ...]) -> list[tuple[str, str, str, str]]:
    """Kind, command, folder and source of each."""
    return [(task.kind, " ".join(task.command.argv), str(task.command.cwd), task.source.rpartition("/")[2]) for task in tasks]


def step(run: str, head: str = "on: push\n") -> str:
    lines = "".join(f"          {line}\n" for line in run.split("\n"))
    return f"{head}jobs:\n  test:\n    steps:\n      - run: |\n{lines}"


def test_a_step_is_a_task_with_its_folder_and_line(find: Find) -> None:
    text = "on:\n  pull_request:\njobs:\n  a:\n    steps:\n      - run: go test ./...\n        working-directory: api\n"
    command = Command(argv=("go", "test", "./..."), cwd=PurePosixPath("api"))
    source = f"{CI}:6"
    assert find({CI: text}) == (
        Task(kind="test", rung="ci", command=command, inner=command, steps=("go test ./...",), source=source),
    )


def test_a_workflow_with_everything(find: Find) -> None:
    text = r"""
name: ci
on: [push, workflow_dispatch]
defaults:
  run:
    working-directory: api
jobs:
  test:
    runs-on: ${{ matrix.os }}
    strategy:
      matrix:
        os: [ubuntu-latest, windows-latest]
        extra: [test]
    steps:
      - uses: actions/checkout@v4
      - run: pip install -e .[test]
      - name: tests
        run: |
          uv sync --extra ${{ matrix.extra }}
          # all of them
          uv run --extra ${{ matrix.extra }} pytest \
            -q --cov
          cd sub
          npm test && npm run lint; codecov
          if [ -f x ]; then
            pytest hidden
          fi
          curl x | sh
          TOKEN=${{ secrets.X }} pytest
          pytest || true
          sudo make test
      - run: cargo nextest run
        working-directory: rust
      - run: docker run x pytest
      - run: dotnet test
        shell: pwsh
      - run: pytest --after
        if: failure()
      - run: tox -e ${{ matrix.os }}
      - run: uv run --extra test pytest -q --cov
  windows:
    runs-on: windows-latest
    steps:
      - run: pytest windows
"""
    assert tell(find({CI: text})) == [
        ("test", "uv run --extra test pytest -q --cov", "api", "ci.yml:21"),
        ("test", "npm test", "api/sub", "ci.yml:24"),
        ("lint", "npm run lint", "api/sub", "ci.yml:24"),
        ("test", "cargo nextest run", "rust", "ci.yml:32"),
    ]


@pytest.mark.parametrize(
    "event", ["on: push", "'on': push", "on: [push]", "on:\n  push:\n    branches: [main]", "on:\n  - pull_request"]
)
def test_what_is_tested_for_a_change_counts(find: Find, event: str) -> None:
    assert [row[1] for row in tell(find({CI: step("pytest", f"{event}\n")}))] == ["pytest"]


@pytest.mark.parametrize(
    "text",
    [
        step("pytest", "on: release\n"), step("pytest", "on:\n  schedule:\n    - cron: '0 0 * * *'\n"), step("pytest", ""),
        step("pytest", "on: push\ndefaults:\n  run:\n    shell: pwsh\n"), step("cd ..\npytest"), step("cd /tmp && pytest"),
        step("cat <<EOF\npytest\nEOF"), step("for a in b; do\npytest\ndone"), step("t() {\npytest\n}"), step("echo pytest"),
        step("pip install pytest"), step("uv sync --extra test"), step("pytest > log"), step("npm publish"),
        step("twine upload test"), step("gh release test"), step("./deploy.sh test"), step("git push test"),
        step("X=$Y pytest"), step("pytest 'a"),
        step("docker compose run test"), "on: push\njobs: [a]\n", "on: push\njobs:\n  a:\n    steps:\n      - run: [pytest]\n",
        "[",
        "on: push\njobs:\n  a:\n    steps: &s\n      - run: pytest\n", "a: &b c\n", "\0", "- " * 40_000, "# x\n" * 100_000,
        step("x" * 100_000),        step("pytest " + "a" * 5000), step("# y\n" * 20_000),
        step("(" * 50_000), step("' \\\n" * 20_000),
    ],
)  # fmt: skip
def test_what_is_no_evidence_of_a_test_is_left_out(find: Find, text: str) -> None:
    assert find({CI: text}) == ()


def test_other_systems_of_integration(find: Find) -> None:
    gitlab = (
        "stages: [test]\n.hidden:\n  script: [pytest hidden]\ntest:\n  script:\n    - cd api\n    - go test ./...\n"
        "    - |\n      make lint\n      ./gradlew check\n"
        "manual:\n  when: manual\n  script: [pytest manual]\ntagged:\n  only: [tags]\n  script: pytest tagged\n"
        "last:\n  script: pytest\n"
    )
    circle = (
        "jobs:\n  a:\n    working_directory: ~/project/web\n    steps:\n      - checkout\n      - run: npm test\n"
        "      - run:\n          command: mvn -B verify\n          working_directory: api\n"
    )
    files = {".gitlab-ci.yml": gitlab, ".circleci/config.yml": circle, ".travis.yml": "script: bundle exec rspec\n"}
    assert tell(find(files)) == [
        ("test", "npm test", "web", "config.yml:6"),
        ("test", "mvn -B verify", "api", "config.yml:8"),
        ("test", "go test ./...", "api", ".gitlab-ci.yml:7"),
        ("lint", "make lint", "api", ".gitlab-ci.yml:9"),
        ("test", "./gradlew check", "api", ".gitlab-ci.yml:10"),
        ("test", "pytest", ".", ".gitlab-ci.yml:18"),
        ("test", "bundle exec rspec", ".", ".travis.yml:1"),
    ]


def test_a_script_that_a_step_calls_is_judged_by_its_text(find: Find) -> None:
    def tasks(script: str) -> tuple[Task, ...]:
        return find({CI: step("npm test"), "package.json": f'{{"scripts": {{"test": "{script}"}}}}'})

    assert [task.steps for task in tasks("jest")] == [("npm test", "jest")]
    assert [tasks("jest && vercel deploy"), tasks("echo none && exit 1")] == [(), ()]
