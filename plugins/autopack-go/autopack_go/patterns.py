"""The lines by which Go says what is wrong.  A lower rank is a more telling cause.

With `-json` a line stands inside an event, so none of the expressions is tied to the start of a line.
"""

from __future__ import annotations

from autopack.model.failure import Pattern

UNDECLARED = "go:no-required-module"
NO_SUM = "go:missing-sum"

PATTERNS = (
    Pattern(
        kind="go:wrong-version",
        regex=r"go\.(?:mod|work) requires go >= (?P<want>[\w.]+) \(running go (?P<have>[\w.]+)",
        example="go: go.mod requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)",
        rank=9,
    ),
    Pattern(
        kind="go:bad-manifest",
        regex=r"\bgo\.(?:mod|work):\d+: (?P<problem>.+)",
        example="go.mod:4: unknown directive: foo",
        rank=10,
    ),
    Pattern(
        kind=NO_SUM,
        regex=r"missing go\.sum entry (?:for module providing package|for go\.mod file)?\s?(?P<module>[^\s;]*)",
        example=("e.go:3:8: missing go.sum entry for module providing package rsc.io/quote (imported by example.com/e); to add:"),
        rank=10,
    ),
    Pattern(
        kind=UNDECLARED,
        regex=r"no required module provides package (?P<module>[^\s;]+)",
        example="e.go:3:8: no required module provides package rsc.io/quote; to add it:",
        rank=10,
    ),
    Pattern(
        kind="go:lock-outdated",
        regex=r"updates to go\.(?:mod|sum|work) needed",
        example="go: updates to go.mod needed",
        rank=10,
    ),
    Pattern(
        kind="go:vendor-outdated",
        regex=r"go: inconsistent vendoring in ",
        example="go: inconsistent vendoring in /srv/app:",
        rank=10,
    ),
    Pattern(
        kind="go:offline",
        regex=r"module lookup disabled by GOPROXY=off|: dial tcp\b.*(?:connection refused|no such host|unreachable|i/o timeout)",
        example="e.go:3:8: module lookup disabled by GOPROXY=off",
        rank=11,
    ),
    Pattern(
        kind="go:wrong-folder",
        regex=r"directory prefix \S+ does not contain (?:main module|modules listed in go\.work)",
        example="pattern ./...: directory prefix . does not contain modules listed in go.work or their selected dependencies",
        rank=10,
    ),
    Pattern(
        kind="go:not-in-std",
        regex=r"package (?P<module>\S+) is not in std",
        example="e.go:5:8: package nosuch/pkg is not in std (/usr/local/go/src/nosuch/pkg)",
        rank=10,
    ),
    Pattern(
        kind="go:internal-package",
        regex=r"use of internal package (?P<module>\S+) not allowed",
        example="\te.go:3:8: use of internal package internal/abi not allowed",
        rank=12,
    ),
    Pattern(
        kind="go:unused",
        regex=r"\.go:\d+:\d+: (?:\"(?P<module>[^\"]+)\" imported and not used|declared and not used: (?P<name>\w+))",
        example='./e.go:3:8: "os" imported and not used',
        rank=16,
    ),
    Pattern(
        kind="go:undefined",
        regex=r"\.go:\d+:\d+: undefined: (?P<name>[\w.]+)",
        example="broken/b.go:3:23: undefined: missing",
        rank=15,
    ),
    Pattern(
        kind="go:compile",
        regex=r"(?:\.go:\d+:\d+: (?:cannot use|missing return|syntax error|not enough|too many|invalid)|vet: \S)",
        example='./e.go:8:9: cannot use "a" (untyped string constant) as int value in return statement',
        rank=17,
    ),
    Pattern(
        kind="go:no-packages",
        regex=r"no packages to (?:test|vet)",
        example="no packages to test",
        rank=12,
    ),
    Pattern(
        kind="go:test-timeout",
        regex=r"panic: test timed out after (?P<limit>\w+)",
        example="panic: test timed out after 1s",
        rank=13,
    ),
    Pattern(
        kind="go:data-race",
        regex=r"WARNING: DATA RACE|race detected during execution of test",
        example="WARNING: DATA RACE",
        rank=14,
    ),
    Pattern(
        kind="go:deadlock",
        regex=r"fatal error: all goroutines are asleep - deadlock!",
        example="fatal error: all goroutines are asleep - deadlock!",
        rank=14,
    ),
    Pattern(
        kind="go:panic",
        regex=r"(?:^|\")panic: (?P<problem>.+)",
        example="panic: runtime error: index out of range [3] with length 0 [recovered, repanicked]",
        rank=20,
    ),
    Pattern(
        kind="go:vet",
        regex=r"\.go:\d+:\d+: fmt\.\w+ format %\w",
        example='vetbad/v_test.go:5:40: fmt.Printf format %d has arg "x" of wrong type string',
        rank=25,
    ),
    Pattern(
        kind="go:assertion",
        regex=r"^\s*\S+_test\.go:\d+: ",
        example="    bad_test.go:7: got 1, want 2",
        rank=40,
    ),
)
