"""What a script of package.json does: whether it tests, waits, or reaches outside, and which runner it ends with."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

LIMIT_CHARS = 4096

# npm's placeholder and its relatives: nothing is tested, whatever the exit code.
_PLACEHOLDER = re.compile(
    r"\bno tests?\b|^(?:exit [01]|true|false|:|echo\b[^&|;]*)(?:\s*(?:&&|;)\s*exit [01])?\s*$", re.IGNORECASE
)
# What leaves this machine or its folder is no test and no build, whatever the script is called.
_OUTSIDE = re.compile(
    r"(?<![\w./@-])(?:sudo|ssh|scp|rsync|curl|wget|kubectl|helm|terraform|docker|docker-compose|vercel|netlify|firebase|heroku"
    r"|surge|wrangler|gh-pages|semantic-release|migrate|deploy[\w:-]*)(?![\w./-])"
    r"|\bgit\s+(?:push|commit|tag)\b|\b(?:npm|pnpm|yarn|lerna|bun|changeset|vsce|jsr)\s+(?:npm\s+)?(?:publish|version)\b"
    r"|\bdb\s+(?:push|execute)\b|\bmigrations?:\w|\bdrizzle-kit\s+(?:push|up|drop)\b"
    r"|(?<![\w./@-])(?:release-it|standard-version|sentry-cli|eas\s+(?:submit|update)|gh\s+release)(?![\w./-])"
    r"|(?<![\w./@-])(?:aws|az|gcloud|flyctl)\s|\brm\s+-\w*r\w*\s+(?:/|~|\$HOME)"
)
# Does not end by itself.
_WATCHES = re.compile(
    r"\s--watch(?:All)?(?![\w=-])|\s--watch=true\b"
    r"|(?<![\w./-])(?:nodemon|(?:next|nuxt|astro) dev|vite (?:dev|serve)|webpack(?:-dev-server| serve))(?![\w./-])"
    r"|(?<![\w./-])(?:tsc|vue-tsc|rollup|webpack|tsup|babel|sass)\b[^&|;]*\s-w(?=\s|$)"
)
_CALLS = re.compile(r"\b(?:npm|pnpm|yarn|bun|run-s|run-p|npm-run-all2?|concurrently|wireit|nx|turbo)\b")
_TESTS = re.compile(r"\b(?:vitest|jest|mocha|ava|tape?|jasmine|karma|playwright|cypress|uvu|tests?(?::\w+)?)\b")
_STEPS = re.compile(r"\s*&&\s*")
# With any of these in it, words at the end may land anywhere.
_SHELL = re.compile(r"[|;<>`$\n\\()]|(?<!&)&(?!&)")
_ASSIGNMENT = re.compile(r"\w+=\S*$")
_WRAPPERS = frozenset({"cross-env", "env", "npx", "bunx", "dotenv", "c8", "nyc"})
_RESULTS = {
    "vitest": ("--reporter=default", "--reporter=json", "--outputFile.json={results}/vitest.json"),
    "jest": ("--json", "--outputFile={results}/jest.json"),
    "react-scripts": ("--watchAll=false", "--json", "--outputFile={results}/jest.json"),
}
# Runners that take files at their end, and the words that start them.
_TAKES_FILES = (("vitest",), ("jest",), ("mocha",), ("node", "--test"), ("bun", "test"), ("deno", "test"))
_TOLD = re.compile(r": (?:scripts|tasks)\.(?P<name>[\w:-]+) is `(?P<text>[^`]+)`$")
_MOST_TOLD_CHARS = 120
_ASKED = ("--reporter", "--json", "--outputFile", "--output-file", "--")


def is_placeholder(text: str) -> bool:
    """Whether a test script says only that there are no tests."""
    return not text.strip() or bool(_PLACEHOLDER.search(text[:LIMIT_CHARS]))


def is_outside(text: str) -> bool:
    """Whether one of its lines deploys, publishes or changes another machine."""
    return any(_OUTSIDE.search(line[:LIMIT_CHARS]) for line in text.splitlines())


def reaches_outside(scripts: Mapping[str, str], name: str) -> bool:
    """Whether a script, or one that it calls or that runs around it, deploys, publishes or changes another machine."""
    return any(is_outside(text) for text in _with_called(scripts, name))


def watches(scripts: Mapping[str, str], name: str) -> bool:
    """Whether a script, or one that it calls or that runs around it, stays to wait for changes or requests."""
    return any(_WATCHES.search(text) for text in _with_called(scripts, name))


def _with_called(scripts: Mapping[str, str], name: str) -> Iterator[str]:
    queue, seen = [name], {name}
    while queue:
        text = scripts.get(queue[-1], "")[:LIMIT_CHARS]
        around = queue.pop()
        yield text
        called = [word.strip("'\"") for word in text.split()] if _CALLS.search(text) else []
        found = [word for word in (f"pre{around}", f"post{around}", *called) if word in scripts and word not in seen]
        seen.update(found)
        queue += found


def tell_script(place: str, name: str, text: str) -> str:
    """The evidence of a command that is a script, with its text where that is short enough to read."""
    short = len(text) <= _MOST_TOLD_CHARS and text.isprintable() and "`" not in text
    return f"{place}.{name} is `{text.strip()}`" if short else f"{place}.{name}"


def read_script(evidence: Iterable[str]) -> str:
    """The text of the script that the evidence tells, empty without one.  One that is not told in full is as `…`."""
    for row in evidence:
        if found := _TOLD.search(row):
            return found["text"]
        if ": scripts." in row or ": tasks." in row:
            return "…"
    return ""


def find_runner(text: str) -> tuple[str, bool]:
    """The test runner that a script ends with, and whether files at its end are all that it then runs."""
    words = last_command(text)
    for start in _TAKES_FILES:
        if words[: len(start)] == start:
            # Jest and Vitest tell values from files; of the others, a word that is no option may be either.
            rest = words[len(start) :]
            return start[0], start[0] in ("jest", "vitest") or all(word.startswith("-") for word in rest)
    return "", False


def last_command(text: str) -> tuple[str, ...]:
    """The words of a script's only test command, which is its last; empty when words at its end could land elsewhere."""
    if len(text) > LIMIT_CHARS or _SHELL.search(text):
        return ()
    *before, last = _STEPS.split(text.strip())
    if any(_TESTS.search(step) for step in before):
        return ()
    try:
        words = shlex.split(last)
    except ValueError:
        return ()
    while words and (_ASSIGNMENT.match(words[0]) or words[0] in _WRAPPERS or words[0] == "--no-install"):
        words.pop(0)
    if words:
        words[0] = words[0].rsplit("/", 1)[-1]
    return tuple(words)


def words_for_results(text: str) -> tuple[str, ...]:
    """What a test script takes at its end, so that it stops by itself and leaves its results as JSON; empty if unsure."""
    words = last_command(text)
    if not words:
        return ()
    runner, rest = words[0], words[1:]
    if runner == "react-scripts" and rest[:1] != ("test",):
        return ()
    ends: tuple[str, ...] = ()
    if runner == "vitest" and "run" not in rest and "--run" not in rest:
        ends = ("--run",)
    elif runner == "jest" and any(word.startswith("--watch") for word in rest):
        ends = ("--watchAll=false", "--watch=false")
    elif runner == "karma":
        ends = ("--single-run",)
    elif runner == "ng" and rest[:1] == ("test",):
        ends = ("--watch=false",)
    asked = any(word.split("=")[0].split(".")[0] in _ASKED for word in rest)
    return (*ends, *(() if asked else _RESULTS.get(runner, ())))
