"""What Jest did, from its JSON or from its text; Vitest's JSON has the same form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from autopack.model.parse import Unreadable, load_json
from autopack_node.tally import Tally, first_line

_MOST_JSON_CHARS = 20_000_000
_FILE = re.compile(r"(?P<state>PASS|FAIL)\s+(?:\S.* )?(?P<file>\S+\.\w+)(?: \(\d.*\))?$")
_BULLET = re.compile(r"  ● (?P<name>\S.*)$")
_VERBOSE = re.compile(r"(?P<indent>(?:  )+)(?P<mark>[✓✕○✎√×]) (?P<title>.*?)(?: \(\d[\d.,]* m?s\))?$")
_GROUP = re.compile(r"(?P<indent>(?:  )+)(?P<title>[^\s●✓✕○✎√×].*)$")
_TESTS = re.compile(r"Tests: +(?P<counts>\d.*)")
_COUNT = re.compile(r"(\d+) (failed|passed|skipped|todo|total)\b")
_NONE = re.compile(r"No tests found, exiting with code \d")


def read_jest_json(text: str, lines: Sequence[str]) -> Tally | None:
    """The report in the file of `--json --outputFile`."""
    named = [found["file"].removeprefix("./") for line in lines if (found := _FILE.match(line))]
    return read_json(text, "jest", lambda path: _shorten(path, named))


def read_json(text: str, runner: str, shorten: Callable[[str], str]) -> Tally | None:
    """The report in the JSON of Jest's form; `None` when it is not of that form.  `shorten` makes a file's name relative."""
    try:
        found = load_json(text, limit_chars=_MOST_JSON_CHARS, max_depth=400)
    except Unreadable:
        return None
    files = found.get("testResults") if isinstance(found, dict) else None
    if not isinstance(files, list) or not isinstance(found.get("numTotalTests"), int):
        return None
    tally = Tally(runner=runner)
    for row in files:
        if isinstance(row, dict):
            _read_file(tally, row, shorten(str(row.get("name", ""))))
    return tally


def _read_file(tally: Tally, row: dict[str, Any], file: str) -> None:
    tests = [test for test in _list(row.get("assertionResults")) if isinstance(test, dict)]
    for test in tests:
        groups = [str(group) for group in _list(test.get("ancestorTitles")) if group]
        name = " > ".join((file, *groups, str(test.get("title", ""))))
        state = test.get("status")
        if state == "passed":
            tally.passed.append(name)
        elif state == "failed":
            messages = _list(test.get("failureMessages"))
            tally.fail(name, _message(str(messages[0])) if messages else "")
        else:
            tally.skipped.append(name)
    # A file that fails although none of its tests does was not loaded to its end.
    if row.get("status") == "failed" and not any(test.get("status") == "failed" for test in tests):
        tally.fail(file, _message(str(row.get("message") or "")), ran=False)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _message(text: str) -> str:
    """The line that says why, without the bullet that Jest puts above it."""
    lines = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("●")]
    return first_line("\n".join(lines))


def _shorten(path: str, named: Sequence[str]) -> str:
    """The file as the text beside the report calls it, relative to the project."""
    return next((name for name in named if path.endswith(f"/{name}")), path)


def read_jest_text(lines: Sequence[str]) -> Tally | None:
    """The report in the lines of the default and of the verbose reporter; passed tests have ids only in the latter."""
    counts = [_COUNT.findall(found["counts"]) for line in lines if (found := _TESTS.fullmatch(line))]
    none = any(_NONE.match(line) for line in lines)
    if not any("total" in {word for _, word in row} for row in counts) and not none:
        return None
    tally = Tally(runner="jest")
    tally.counted = sum(int(number) for row in counts for number, word in row if word in ("passed", "failed"))
    file = ""
    groups: list[str] = []
    for number, line in enumerate(lines):
        if found := _FILE.match(line):
            file, groups = found["file"].removeprefix("./"), []
        elif line.startswith(("Test Suites:", "Summary of all failing tests")):
            file = ""
        elif file and (found := _BULLET.match(line)):
            _fail(tally, file, found["name"], lines[number + 1 :])
        elif file and (found := _VERBOSE.match(line)):
            depth = len(found["indent"]) // 2 - 1
            title = found["title"]
            if found["mark"] in "✓√":
                tally.passed.append(" > ".join((file, *groups[:depth], title)))
            elif found["mark"] in "○✎":
                tally.skipped.append(" > ".join((file, *groups[:depth], title.partition(" ")[2])))
        elif file and (found := _GROUP.match(line)):
            depth = len(found["indent"]) // 2 - 1
            groups = [*groups[:depth], found["title"]]
    return tally


def _fail(tally: Tally, file: str, name: str, below: Sequence[str]) -> None:
    loaded = name != "Test suite failed to run"
    if name.startswith("Console"):
        return
    message = ""
    for line in below[:60]:
        if _BULLET.match(line) or _FILE.match(line):
            break
        if line.strip():
            message = line.strip()
            break
    tally.fail(" > ".join((file, *name.split(" › "))) if loaded else file, message, ran=loaded)
