"""The steps of workflows, of four services."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath as P

import pytest

from autopack.effects.scan import FileWorkspace
from autopack.model.workflows import find_workflows, list_steps, read_steps

GITHUB = """\
on: [push]
defaults:
  run: {working-directory: engine}
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix: {extra: [qa], python: ["3.11", "3.12"]}
    steps:
      - uses: actions/checkout@v4
      - run: tool sync --extra ${{ matrix.extra }} && tool run check
      - run: |
          echo one
          tool run \\
            slow
        working-directory: .
      - if: failure()
        run: tool tell
  windows:
    runs-on: windows-latest
    steps:
      - run: tool elsewhere
"""


def steps(text: str, path: str) -> list[tuple[str, str, str]]:
    return [(step.text, str(step.cwd), step.source) for step in read_steps(text, P(path))]


def test_the_steps_of_a_change_are_read_with_their_folders_and_lines() -> None:
    path = ".github/workflows/ci.yml"
    assert steps(GITHUB, path) == [
        ("tool sync --extra qa", "engine", f"{path}:11"),
        ("tool run check", "engine", f"{path}:11"),
        ("echo one", ".", f"{path}:13"),
        ("tool run    slow", ".", f"{path}:14"),
    ]


@pytest.mark.parametrize("on", ["{schedule: [{cron: x}]}", "[release]", "workflow_dispatch"])
def test_what_does_not_run_on_a_change_has_no_steps(on: str) -> None:
    text = f"on: {on}\njobs: {{t: {{runs-on: ubuntu, steps: [{{run: tool check}}]}}}}\n"
    assert steps(text, ".github/workflows/x.yml") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "stages: [test]\nt:\n  script:\n    - cd app\n    - tool check\n"),
        (".travis.yml", "script:\n  - cd app\n  - tool check\n"),
        (".circleci/config.yml", "jobs:\n  t:\n    working_directory: ~/project/app\n    steps:\n      - run: tool check\n"),
    ],
)
def test_other_services_are_read_too(path: str, text: str) -> None:
    assert [row[:2] for row in steps(text, path)] == [("tool check", "app")]


@pytest.mark.parametrize("text", ["", "\0", "- a: [", "on: &a [push]\njobs: *a\n", "on: push\njobs: {t: {steps: x}}", "3"])
def test_what_is_no_workflow_has_no_steps(text: str) -> None:
    assert steps(text, ".github/workflows/x.yml") == []


def test_only_files_that_mention_a_word_are_read(make_workspace: Callable[..., FileWorkspace]) -> None:
    other = GITHUB.replace("tool", "instrument")
    workspace = make_workspace({".github/workflows/a.yml": GITHUB, ".github/workflows/b.yaml": other, "docs/c.yml": GITHUB})
    assert find_workflows(workspace) == (P(".github/workflows/a.yml"), P(".github/workflows/b.yaml"))
    assert [step.words[:2] for step in list_steps(workspace, "instrument")][:2] == [("instrument", "sync"), ("instrument", "run")]
    assert len(list(list_steps(workspace))) == 8


def test_a_step_whose_quotes_stay_open_has_no_words() -> None:
    (step,) = read_steps('on: push\njobs: {t: {steps: [{run: "tool \'x"}]}}\n', P(".github/workflows/x.yml"))
    assert step.words == ()
