"""Which failures are the same failure: class and masked message of the salient line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from autopack.decide.names import digest_text
from autopack.model.failure import Failure, Pattern
from autopack.model.toolchain import CommandResult, FailedTest, TestReport

LINE_LIMIT_CHARS = 4096
_MOST_LINES = 20_000

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_VARYING = (
    (re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<n>"),
    # A digest without letters looks like a number, so both get one name.
    (re.compile(r"0x[0-9a-fA-F]+|\b(?=\d*[a-f])[0-9a-f]{7,}\b"), "<n>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*"), "<time>"),
)
_PATH = (re.compile(r"(?:~|\.{1,2})?/[\w.@+-][\w./@+-]*"), "<path>")
_NUMBER = (re.compile(r"\d+(?:\.\d+)?"), "<n>")
_MASKS = (*_VARYING, _PATH, _NUMBER)
# The same piece of work takes milliseconds once and seconds another time.
_DURATION = (re.compile(r"\b\d+(?:\.\d+)?\s?(?:ms|s|sec|seconds)\b"), "<n>")
# What a salient line looks like when no pattern knows it.  The first match wins, so the order is the ranking.
_SALIENT = (
    re.compile(r"^\s*[\w.]*(?:Error|Exception)\b"),
    re.compile(r"\b(?:fatal|panic|error|cannot|not found|no such|undefined|unresolved)\b", re.IGNORECASE),
    re.compile(r"\b(?:fail(?:ed|ure)?|assert\w*|expected)\b", re.IGNORECASE),
)


def mask_line(line: str) -> str:
    """The line without what varies between two runs of the same failure: colours, hex, times, paths, numbers."""
    return _mask(line, _MASKS)


def count_lines(result: CommandResult) -> Counter[str]:
    """Every line of an output, and how often it stands there, without what varies between two runs over the same files.

    Paths stay, unlike in a signature: the same complaint about another file is another complaint.
    """
    lines = (_mask(line, (*_VARYING, _DURATION, _NUMBER)) for line in result.output.splitlines())
    return Counter(line for line in lines if line)


def _mask(line: str, masks: Sequence[tuple[re.Pattern[str], str]]) -> str:
    text = _ANSI.sub("", line[:LINE_LIMIT_CHARS])
    for pattern, name in masks:
        text = pattern.sub(name, text)
    return " ".join(text.split())


def sign_failure(kind: str, line: str) -> str:
    """Twelve hex digits that two failures share when class and masked message are the same."""
    return digest_text(f"{kind}\n{mask_line(line)}", 12)


def find_failures(
    result: CommandResult, report: TestReport | None, patterns: Sequence[Pattern], check: str
) -> tuple[Failure, ...]:
    """The causes in a finished command's output, most telling first: one a failed test, or one for the whole command.

    Never empty for a command that timed out, is missing, or ended with another code than 0.
    """
    if result.missing is not None:
        # Why, where the host knows more: it is another version inside the sandbox.
        return (_failure("tool:missing", result.stderr.strip() or f"{result.missing}: not found", check, result),)
    if result.timed_out:
        return (_failure("run:timeout", f"no end after {result.seconds:.0f} s", check, result, masked="timeout"),)
    if report is not None and report.failed:
        grouped: dict[str, Failure] = {}
        for test in report.failed:
            found = _from_test(test, patterns, check, result)
            known = grouped.get(found.signature)
            grouped[found.signature] = found if known is None else replace(known, ids=(*known.ids, *found.ids))
        return tuple(sorted(grouped.values(), key=lambda failure: (-len(failure.ids), failure.ids)))
    if result.exit_code == 0:
        return ()
    return (_from_output(result, patterns, check),)


def sign_test(test: FailedTest, patterns: Sequence[Pattern]) -> str:
    """The signature of one failed test, for comparison with the baseline."""
    kind, _ = _classify((test.message,), patterns) or ("test:failed", {})
    return sign_failure(kind, test.message)


def _from_test(test: FailedTest, patterns: Sequence[Pattern], check: str, result: CommandResult) -> Failure:
    kind, captures = _classify((test.message,), patterns) or ("test:failed", {})
    return _failure(kind, test.message or test.id, check, result, ids=(test.id,), captures=captures, masked=test.message)


def _from_output(result: CommandResult, patterns: Sequence[Pattern], check: str) -> Failure:
    lines = [line[:LINE_LIMIT_CHARS] for line in result.output.splitlines() if line.strip()]
    lines = lines[: _MOST_LINES // 2] + lines[-_MOST_LINES // 2 :] if len(lines) > _MOST_LINES else lines
    ranked = sorted(patterns, key=lambda pattern: (pattern.rank, pattern.kind, pattern.regex))
    for pattern in ranked:
        compiled = re.compile(pattern.regex)
        # The last occurrence: a traceback names its cause at the end.
        for line in reversed(lines):
            match = compiled.search(line)
            if match:
                return _failure(pattern.kind, line, check, result, captures=match.groupdict())
    for salient in _SALIENT:
        for line in reversed(lines):
            if salient.search(line):
                return _failure("run:failed", line, check, result)
    return _failure("run:failed", lines[-1] if lines else f"exit code {result.exit_code}", check, result)


def _classify(lines: Sequence[str], patterns: Sequence[Pattern]) -> tuple[str, dict[str, str | None]] | None:
    for pattern in sorted(patterns, key=lambda pattern: (pattern.rank, pattern.kind, pattern.regex)):
        for line in lines:
            match = re.search(pattern.regex, line[:LINE_LIMIT_CHARS])
            if match:
                return pattern.kind, match.groupdict()
    return None


def _failure(
    kind: str,
    line: str,
    check: str,
    result: CommandResult,
    *,
    ids: tuple[str, ...] = (),
    captures: dict[str, str | None] | None = None,
    masked: str | None = None,
) -> Failure:
    return Failure(
        kind=kind,
        signature=sign_failure(kind, line if masked is None else masked),
        line=line.strip()[:LINE_LIMIT_CHARS],
        ids=ids,
        captures=tuple(sorted((name, value) for name, value in (captures or {}).items() if value is not None)),
        check=check,
        timed_out=result.timed_out,
        exit_code=result.exit_code,
    )
