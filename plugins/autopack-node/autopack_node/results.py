"""What a test run did: from the JSON that it was asked for, else from what its runners printed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from autopack.model.toolchain import CommandResult, FailedTest, TestReport
from autopack_node.bun_results import read_bun
from autopack_node.deno_results import read_deno
from autopack_node.jest_results import read_jest_json, read_jest_text
from autopack_node.mocha_results import read_mocha
from autopack_node.node_results import read_node
from autopack_node.tally import LINE_LIMIT_CHARS, Tally
from autopack_node.vitest_results import read_vitest_json, read_vitest_text

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# pnpm and bun put the member and its script before each line when several members run at once, turbo likewise.
_PREFIX = re.compile(r"(?P<who>(?:[\w@.-]+/)*[\w@.-]+(?: |:)(?:test|unit)[\w:-]*)(?:: ?|\$ )(?P<rest>.*)")
_FILES: dict[str, Callable[[str, Sequence[str]], Tally | None]] = {
    "vitest.json": read_vitest_json,
    "jest.json": read_jest_json,
}
_TEXTS = (read_vitest_text, read_jest_text, read_mocha, read_node, read_bun, read_deno)


def read_report(result: CommandResult) -> TestReport | None:
    """The report of every runner that the output is of, as one; `None` when it is of none.

    Ids are `file > group > test` where the runner names files.  A file that cannot be loaded has failed and not run; what is
    skipped, unfinished or expected to fail has not run.
    """
    lines = [_ANSI.sub("", line[:LINE_LIMIT_CHARS]).rstrip() for line in result.output.splitlines()]
    for name, text in result.files:
        if name in _FILES and (tally := _FILES[name](text, lines)) is not None:
            return _join([tally])
    groups = _separate(lines)
    tallies = [tally for group in groups for read in _TEXTS if (tally := read(group)) is not None]
    return _join(tallies) if tallies else None


def _separate(lines: Iterable[str]) -> list[list[str]]:
    """The lines of each member by themselves, in the order of their first, where they come prefixed and mixed."""
    groups: dict[str, list[str]] = {"": []}
    for line in lines:
        found = _PREFIX.fullmatch(line)
        groups.setdefault(found["who"] if found else "", []).append(found["rest"] if found else line)
    return list(groups.values())


def _join(tallies: Sequence[Tally]) -> TestReport:
    return TestReport(
        runner=", ".join(dict.fromkeys(tally.runner for tally in tallies)),
        ran=sum(tally.ran for tally in tallies),
        passed=tuple(name for tally in tallies for name in tally.passed),
        failed=tuple(FailedTest(id=name, message=text) for tally in tallies for name, text in tally.failed.items()),
        skipped=tuple(name for tally in tallies for name in tally.skipped),
    )
