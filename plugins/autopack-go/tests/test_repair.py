"""What is said about modules that cannot be found."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from autopack_go import detect_toolchain, failure_patterns, mitigate_failure
from autopack_go.markers import MARKERS

from autopack.decide.answers import find_pattern_fault
from autopack.effects.scan import FileWorkspace
from autopack.model.attempt import Attempt
from autopack.model.failure import Failure, Hint
from autopack.model.plan import Budget, Phase, Scope

FILES: Mapping[str, str] = {"go.mod": "module example.com/e\n", "lib/go.mod": "module example.com/e/lib\n", "e.go": "package e\n"}


def fail(kind: str, **captures: str) -> Failure:
    return Failure(kind=kind, signature="0" * 12, line="x", captures=tuple(captures.items()))


@pytest.mark.parametrize(
    ("failure", "name", "text"),
    [
        (
            fail("go:no-required-module", module="rsc.io/quote"),
            "declare-module",
            "'rsc.io/quote' is imported but no go.mod requires it: do without it, or declare it and have that approved",
        ),
        (
            fail("go:no-required-module", module="example.com/e/lib/x"),
            "own-package",
            "'example.com/e/lib/x' would be a folder of the module 'example.com/e/lib', which has no Go files there; "
            "nothing to download",
        ),
        (
            fail("go:missing-sum", module="rsc.io/quote"),
            "record-sum",
            "go.sum has no checksum for 'rsc.io/quote': it comes from `go mod tidy`, and must be committed with go.mod",
        ),
    ],
)
def test_a_missing_module_gets_a_hint_and_no_download(
    make_attempt: Callable[[Mapping[str, str]], Attempt], failure: Failure, name: str, text: str
) -> None:
    mitigation = mitigate_failure(failure=failure, attempt=make_attempt(FILES))
    assert mitigation is not None
    assert (mitigation.name, mitigation.steps, mitigation.feature, mitigation.ask) == (name, (Hint(text=text),), "", "")


@pytest.mark.parametrize(
    "failure", [fail("go:compile"), fail("go:no-required-module"), fail("python:ModuleNotFoundError", module="x")]
)
def test_other_failures_are_left_alone(make_attempt: Callable[[Mapping[str, str]], Attempt], failure: Failure) -> None:
    assert mitigate_failure(failure=failure, attempt=make_attempt(FILES)) is None


def test_every_pattern_finds_its_own_example_and_cannot_run_away() -> None:
    assert [fault for pattern in failure_patterns() if (fault := find_pattern_fault(pattern))] == []


@pytest.mark.parametrize(
    ("line", "kind", "captures"),
    [
        ("e.go:3:8: no required module provides package rsc.io/quote; to add it:", "go:no-required-module", "rsc.io/quote"),
        ("go: rsc.io/quote@v1.5.2: missing go.sum entry for go.mod file; to add it:", "go:missing-sum", ""),
        ("e.go:3:8: missing go.sum entry for module providing package a.b/c (imported by x); to add:", "go:missing-sum", "a.b/c"),
        ('go: a.b/c@v1: Get "http://x/y.mod": dial tcp 127.0.0.1:9: connect: connection refused', "go:offline", None),
        ('{"Action":"build-output","Output":"b.go:3:2: undefined: X\\n"}', "go:undefined", None),
        ("    app_test.go:7: got -1, want 3", "go:assertion", None),
        ("panic: test timed out after 1s", "go:test-timeout", None),
    ],
)
def test_a_line_is_named_by_its_most_telling_pattern(line: str, kind: str, captures: str | None) -> None:
    matches = [(row.rank, row.kind, match) for row in failure_patterns() if (match := re.search(row.regex, line))]
    found = min(matches, key=lambda row: row[:2])
    assert (found[1], found[2].groupdict().get("module")) == (kind, captures)


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ('\tt.Skip("not now")', True),
        ("\tif testing.Short() { t.SkipNow() }", True),
        ("//go:build integration", True),
        ("// +build integration", True),
        ("//go:build ignore", True),
        ("//go:build linux && amd64", False),
        ("//go:build  !windows", False),
        ("//go:build go1.21", False),
        ("// +build darwin", False),
        ("\tos.Exit(0)", False),
        ("func TestMain(m *testing.M) {", True),
        ("func testAdd(t *testing.T) {", False),
        ("func Testadd(t *testing.T) {", True),
        ("\tgo test -short ./...", True),
        ("\tgo test -run '^TestA$' ./...", True),
        ("\t// t.Skip(", False),
        ('\ttext := "t.Skip("', False),
        ("\tgo test -race ./...", False),
        ("func TestSkip(t *testing.T) {", False),
    ],
)
def test_what_takes_tests_out_of_the_count_is_marked(line: str, marks: bool) -> None:
    assert any(re.search(regex, line) for regex in MARKERS) is marks


@pytest.fixture
def make_attempt(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Mapping[str, str]], Attempt]:
    def make(files: Mapping[str, str]) -> Attempt:
        workspace = make_workspace(files)
        tools = tuple(detect_toolchain(workspace=workspace))
        budget = Budget(max_files=9, max_tokens=0, max_minutes=1, max_attempts=1)
        phase = Phase(id="p1", title="Any", deliverables=(), scope=Scope(paths=()), validation=(), budget=budget, provenance={})
        return Attempt(run_id="r", phase=phase, number=1, tree="t", base_tree="b", workspace=workspace, toolchains=tools)

    return make
