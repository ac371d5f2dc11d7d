"""What `cargo test` did, from what it printed: its machine format is not stable yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from autopack.model.toolchain import CommandResult, FailedTest, TestReport

LINE_LIMIT_CHARS = 4096

_HEADING = re.compile(r"\s+Running (?:unittests )?(?P<file>\S+\.rs) \((?P<program>\S+)\)|\s+Doc-tests (?P<crate>[\w-]+)")
_START = re.compile(r"running (\d+) tests?")
_OUTCOME = re.compile(r"test (?P<name>\S.*?) \.\.\. (?P<outcome>ok|FAILED|ignored\b.*|bench:.*)?(?P<rest>.*)")
_LATE = re.compile(r".*?(ok|FAILED)")
_END = re.compile(
    r"test result: (?:ok|FAILED)\. (?P<passed>\d+) passed; (?P<failed>\d+) failed; (?P<ignored>\d+) ignored;"
    r" (?P<measured>\d+) measured;.*"
)
_BLOCK = re.compile(r"---- (\S.*) stdout ----")
_LINE_NUMBER = re.compile(r" \(line (\d+)\)")
_PANIC = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at ")
_ADDED = re.compile(r" - (?:should panic|compile|compile fail)$")
_HASH = re.compile(r"-[0-9a-f]{16}$")


@dataclass(slots=True)
class _Program:
    """One test program: the lines between its `running N tests` and its `test result`."""

    announced: int
    lines: list[str] = field(default_factory=list)
    counts: tuple[int, int] | None = None


def read_cargo_test(result: CommandResult) -> TestReport | None:
    """The report of a `cargo test`; `None` when no test program said how many tests it runs.

    Ids are the crate, the file unless it is `src/lib.rs`, and the test: `demo::tests::adds`, `demo::tests/cli.rs::runs`,
    `demo::src/lib.rs - add`.  A program that ended before its result, which a call of `exit` in a test does with success, has
    failed by its own name.
    """
    programs = list(_programs(result.stdout))
    # Whoever gives one stream for both has the headings between the programs.
    headings = [match for line in _lines(result.output) if (match := _HEADING.fullmatch(line))]
    if not programs:
        return None
    names = list(_prefixes(headings)) if len(headings) == len(programs) else [""] * len(programs)
    passed: dict[str, None] = {}
    failed: dict[str, str] = {}
    skipped: dict[str, None] = {}
    ran = 0
    for prefix, program in zip(names, programs, strict=True):
        seen = 0
        for name, outcome in _name_examples(_outcomes(program.lines)):
            one = f"{prefix}{name}"
            if outcome == "FAILED":
                failed.setdefault(one, "")
            elif outcome.startswith("ignored"):
                skipped[one] = None
            else:
                passed[one] = None
            seen += not outcome.startswith("ignored")
        for name, cause in _causes(program.lines):
            failed[f"{prefix}{name}"] = cause
        ran += seen if program.counts is None else max(sum(program.counts), seen)
        if program.counts is None and not result.truncated:
            failed[prefix.removesuffix("::") or "test program"] = "it ended before it had a result"
    return TestReport(
        runner="cargo test",
        ran=ran,
        passed=tuple(name for name in passed if name not in failed),
        failed=tuple(FailedTest(id=name, message=message) for name, message in failed.items()),
        skipped=tuple(name for name in skipped if name not in failed and name not in passed),
    )


def _lines(text: str) -> Iterator[str]:
    return (line[:LINE_LIMIT_CHARS].rstrip() for line in text.splitlines())


def _programs(output: str) -> Iterator[_Program]:
    current = None
    for line in _lines(output):
        start, end = _START.fullmatch(line), _END.fullmatch(line)
        # What a failed test printed may look like another program.
        if start and not (current and "failures:" in current.lines):
            if current is not None:
                yield current
            current = _Program(announced=int(start[1]))
        elif current is not None and end:
            current.counts = (int(end["passed"]) + int(end["measured"]), int(end["failed"]))
            yield current
            current = None
        elif current is not None:
            current.lines.append(line)
    if current is not None:
        yield current


def _prefixes(headings: Iterable[re.Match[str]]) -> Iterator[str]:
    """What stands before the ids of each program; the files in `tests` belong to the crate whose own tests came before."""
    crate = ""
    for heading in headings:
        if heading["crate"]:
            yield f"{heading['crate'].replace('-', '_')}::"
            continue
        file, program = heading["file"], _HASH.sub("", heading["program"].rpartition("/")[2])
        if "unittests" in heading[0] or not crate:
            crate = program
        yield f"{crate}::" if file == "src/lib.rs" else f"{crate}::{file}::"


def _outcomes(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and outcome; what a test prints past the runner may stand between the two."""
    waiting = None
    for line in lines:
        match = _OUTCOME.fullmatch(line)
        if match and match["outcome"] and not match["rest"]:
            yield match["name"], match["outcome"]
            waiting = None
        elif match:
            waiting = match["name"]
        elif waiting is not None and (late := _LATE.fullmatch(line)):
            yield waiting, late[1]
            waiting = None


def _name_examples(outcomes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Examples of comments are named by item and line, and the line changes with every edit above: several are numbered."""
    rows = list(outcomes)
    names = _example_names(name for name, _ in rows)
    return [(names.get(name, name), outcome) for name, outcome in rows]


def _example_names(names: Iterable[str]) -> dict[str, str]:
    by_item: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        if line := _LINE_NUMBER.search(name):
            by_item.setdefault(_LINE_NUMBER.sub("", name, count=1), []).append((int(line[1]), name))
    return {
        name: item if place == 1 else f"{item} ({place})"
        for item, rows in by_item.items()
        for place, (_, name) in enumerate(sorted(rows), start=1)
    }


def _causes(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Id and cause from the sections `---- NAME stdout ----`."""
    printed = [match["name"] for line in lines if (match := _OUTCOME.fullmatch(line))]
    names = _example_names(printed)
    # The section leaves out what the runner adds to a name.
    full = {_ADDED.sub("", name): name for name in printed}
    name: str | None = None
    body: list[str] = []
    for line in (*lines, "---- "):
        block = _BLOCK.fullmatch(line)
        if not block and line not in ("---- ", "failures:"):
            body.append(line)
            continue
        if name is not None:
            known = full.get(name, name)
            yield names.get(known, known), _cause(body)
        name, body = block[1] if block else None, []


def _cause(lines: Sequence[str]) -> str:
    """The line that says why: what stands below the panic, else the first of an error or a note."""
    told = [line.strip() for line in lines if line.strip() and not line.startswith("Test executable failed")]
    for number, line in enumerate(told):
        if _PANIC.match(line):
            return cause_of_panic(told[number + 1 :])
    return told[0] if told else ""


def cause_of_panic(lines: Sequence[str]) -> str:
    """The first line below `panicked at`, with both values of a comparison."""
    values = [line for line in lines[1:3] if line.startswith(("left: ", "right: "))]
    return " ".join([*lines[:1], *([f"({', '.join(values)})"] if values else [])])
