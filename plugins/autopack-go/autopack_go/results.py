"""What `go test` did: from its events with `-json`, else from what it printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from autopack.model.parse import Unreadable, load_json
from autopack.model.toolchain import CommandResult, FailedTest, TestReport

LINE_LIMIT_CHARS = 4096

_MARK = re.compile(r"=== (?:RUN|CONT|NAME|PAUSE)\s+(\S+)")
# What a test printed without an end of line stands before it.
_OUTCOME = re.compile(r"--- (PASS|FAIL|SKIP): (\S+) \(\d[\d.]*s\)$")
_PACKAGE = re.compile(r"(ok  |FAIL|\?   )\t(\S+)(?:\s+(.*))?")
_NO_VERDICT = re.compile(r"(?:PASS|FAIL|ok  |\?   |=== |\s*--- |exit status |testing: warning: |coverage: )")
_BUILT = re.compile(r"# \[?([^\s\]]+)\]?(?: \[.*\])?")
_FAULT = re.compile(r"(?:vet: )?\S+\.go:\d+(?::\d+)?: ")
_LOCATED = re.compile(r"\s+(\S+\.go:\d+:(?: .*)?)")
_CAUSE = re.compile(r"(?:panic: |fatal error: |WARNING: DATA RACE)")
# testify puts nothing behind the place, and the reason below it.
_TESTIFY = re.compile(r"\s+Error:\s+(\S.*)")
_NOTHING_RAN = ("no tests to run", "no test files")


def read_go_test(result: CommandResult) -> TestReport | None:
    """The report of `go test`; `None` when it printed neither events nor a line for a package.

    Ids are `PACKAGE.TEST` with the path of the package.  A package that cannot be built or whose program fails by itself is
    reported by its own path, as failed but not run.  A test fails by its own message or by its subtests', which are then named
    instead.  Without `-v` the text names only what failed: a package that passed is then counted as one test.
    """
    lines = [line[:LINE_LIMIT_CHARS] for line in result.output.splitlines()]
    tally = _Tally()
    events = [event for line in result.stdout.splitlines() if (event := _event(line)) is not None]
    for event in events or _text_events(lines):
        tally.take(event)
    if not tally.packages:
        return None
    tally.take_faults(lines)
    return tally.report()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One step of one package or test; the names are those of `go doc test2json`."""

    action: str
    package: str
    test: str = ""
    output: str = ""
    unnamed: bool = False


def _event(line: str) -> _Event | None:
    if not line.startswith("{"):
        return None
    try:
        row = load_json(line)
    except Unreadable:
        return None
    action, package = _text(row, "Action"), _text(row, "Package") or _text(row, "ImportPath").partition(" ")[0]
    if not action or not package:
        return None
    return _Event(action=action, package=package, test=_text(row, "Test"), output=_text(row, "Output")[:LINE_LIMIT_CHARS])


def _text(row: object, key: str) -> str:
    value = row.get(key) if isinstance(row, dict) else None
    return value if isinstance(value, str) else ""


def _text_events(lines: Iterable[str]) -> Iterator[_Event]:
    """The same events out of the text; a package is named after its tests, so they wait for it."""
    waiting: list[tuple[str, str, str]] = []
    test = ""
    for line in lines:
        mark, outcome, verdict = _MARK.match(line), _OUTCOME.search(line), _PACKAGE.fullmatch(line)
        if mark:
            test = mark[1]
            waiting.append(("run", test, ""))
        elif outcome:
            test = outcome[2]
            waiting.append((outcome[1].lower(), test, ""))
        elif verdict:
            package, rest = verdict[2], verdict[3] or ""
            yield from (_Event(action=action, package=package, test=name, output=text) for action, name, text in waiting)
            passed = verdict[1] == "ok  " and not any(text in rest for text in _NOTHING_RAN)
            unnamed = passed and not any(name for _, name, _ in waiting)
            action = {"ok  ": "pass", "FAIL": "fail"}.get(verdict[1], "skip")
            yield _Event(action=action, package=package, unnamed=unnamed)
            waiting, test = [], ""
        elif not line.startswith("#"):
            waiting.append(("output", test, line))


@dataclass(slots=True)
class _Tally:
    """What became of each package and test, in the order of the output."""

    packages: dict[str, str] = field(default_factory=dict)
    tests: dict[tuple[str, str], str] = field(default_factory=dict)
    said: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    unnamed: int = 0

    def take(self, event: _Event) -> None:
        key = (event.package, event.test)
        if event.action == "build-output":
            self._fault(event.package, event.output)
        elif event.action == "output":
            if not _NO_VERDICT.match(event.output) and event.output.strip():
                self.said.setdefault(key, []).append(event.output.rstrip())
        elif event.action in ("run", "pass", "fail", "skip"):
            if not event.test:
                self.packages[event.package] = event.action
                self.unnamed += event.unnamed
            elif event.action != "run" or key not in self.tests:
                self.tests[key] = event.action

    def take_faults(self, lines: Iterable[str]) -> None:
        """The first fault under each `# PACKAGE`, which older versions print beside the events."""
        package = ""
        for line in lines:
            built = _BUILT.fullmatch(line)
            if built:
                package = built[1]
            elif package and not self._fault(package, line):
                package = ""

    def _fault(self, package: str, line: str) -> bool:
        # What cannot be loaded has no place in a file.
        if _FAULT.match(line) or (line.strip() and not line.startswith("#") and package not in self.faults):
            self.faults.setdefault(package.removesuffix(".test"), line.strip())
            return True
        return False

    def report(self) -> TestReport:
        named: dict[str, list[str]] = {"pass": [], "skip": []}
        failed: dict[str, str] = {}
        broken = {package for (package, _), action in self.tests.items() if action in ("fail", "run")}
        parents = {(package, _parent(name)) for (package, name), action in self.tests.items() if action == "fail" and "/" in name}
        for (package, name), action in self.tests.items():
            message = _message(self.said.get((package, name), ()))
            if action in named:
                named[action].append(f"{package}.{name}")
            elif message or (package, name) not in parents:
                failed[f"{package}.{name}"] = message or ("it did not end" if action == "run" else "")
        ran = len(named["pass"]) + len(failed) + self.unnamed
        for package, action in self.packages.items():
            if action == "fail" and package not in broken:
                failed[package] = self._why(package)
        return TestReport(
            runner="go test",
            ran=ran,
            passed=tuple(named["pass"]),
            failed=tuple(FailedTest(id=name, message=message) for name, message in failed.items()),
            skipped=tuple(named["skip"]),
        )

    def _why(self, package: str) -> str:
        """Why a package failed without a failed test: its own fault, what it said, or the fault of what it is built from."""
        for name in (package, f"{package}_test"):
            if name in self.faults:
                return self.faults[name]
        ran = any(own == package for own, _ in self.tests)
        said = _message(self.said.get((package, ""), ()))
        if said or ran:
            return said or "the test program failed although no test did"
        return next(iter(self.faults.values()), "")


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _message(lines: Iterable[str]) -> str:
    """The one line that says why: a panic, else the last with a place in a file, else the last."""
    found, last = "", ""
    for line in lines:
        located, reason = _LOCATED.match(line), _TESTIFY.match(line)
        if _CAUSE.match(line):
            return line.strip()
        if located:
            found = located[1].strip()
        elif reason and found.endswith(":"):
            found = f"{found} {reason[1].strip()}"
        last = line.strip()
    return found or last
