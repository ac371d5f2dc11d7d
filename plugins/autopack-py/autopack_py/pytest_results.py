"""What pytest did: from its JUnit file where there is one, else from what it printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from autopack.model.toolchain import CommandResult, FailedTest, TestReport

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

RESULT_FILE = "pytest.xml"
_MOST_XML_CHARS = 20_000_000
LINE_LIMIT_CHARS = 4096

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b")
_SUMMARY = re.compile(r"=* ?(?P<counts>no tests ran|\d[a-z0-9, ]*) in \d[\d.]*s(?: \([\d:]*\))? ?=*")
_VERBOSE = re.compile(r"(?:\[gw\d+\] )?(\S*\.\w+::.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b")
_LISTED = re.compile(r"(PASSED|FAILED|ERROR|XFAIL|XPASS|SUBFAILED\S*) (\S*\.\w+(?:(?:::| - ).*)?)")
_SECTION = re.compile(r"_+ ERROR collecting (.+?) _+")
_CAUSE = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit)\b|fixture '.*' not found")
_PHASE = re.compile(r'failed on (?:setup|teardown) with "')


def read_pytest(result: CommandResult) -> TestReport | None:
    """The report of a pytest session; `None` when it left neither a result file nor a summary line.

    Ids are pytest's node ids.  A test that errors in a fixture, and a file that cannot be collected, count as failed, an
    expected failure as skipped; `ran` leaves out files that could not be collected.
    """
    for name, text in result.files:
        if name == RESULT_FILE:
            report = _read_xml(text)
            if report is not None:
                return report
    return _read_text(result.output)


def _read_xml(text: str) -> TestReport | None:
    """The report in a JUnit file; `None` when it is none, or of a kind that pytest never writes."""
    from xml.etree import ElementTree

    # The tests could write this file.  Entities are how a small file becomes a huge one, and pytest uses none.
    if len(text) > _MOST_XML_CHARS or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        cases = list(ElementTree.fromstring(text).iter("testcase"))
    except ElementTree.ParseError:
        return None
    files = {file.removesuffix(".py").replace("/", "."): file for case in cases if (file := case.get("file"))}
    tally = _Tally()
    for case in cases:
        problem = next((child for child in case if child.tag in ("failure", "error")), None)
        name = _node_id(case, files)
        if problem is not None:
            tally.fail(name, _message(problem), ran="::" in name)
        elif case.find("skipped") is not None:
            tally.skipped[name] = None
        else:
            tally.passed[name] = None
    return tally.report()


class _Tally:
    """Outcomes by id.  A test that passed and then failed (on teardown) has failed."""

    def __init__(self) -> None:
        self.passed: dict[str, None] = {}
        self.failed: dict[str, str] = {}
        self.skipped: dict[str, None] = {}
        self.not_run: set[str] = set()

    def fail(self, name: str, message: str, *, ran: bool = True) -> None:
        if not self.failed.get(name):
            self.failed[name] = message
        if not ran:
            self.not_run.add(name)

    def report(self, ran: int | None = None) -> TestReport:
        passed = tuple(name for name in self.passed if name not in self.failed)
        executed = len(passed) + len(self.failed.keys() - self.not_run)
        return TestReport(
            runner="pytest",
            ran=executed if ran is None else max(ran, executed),
            passed=passed,
            failed=tuple(FailedTest(id=name, message=message) for name, message in self.failed.items()),
            skipped=tuple(name for name in self.skipped if name not in self.failed),
        )


def _node_id(case: Element, files: dict[str, str]) -> str:
    """The node id, which pytest writes as a dotted `classname` and a `name`; a file that was not collected is its own id."""
    classname, name = case.get("classname", ""), case.get("name", "")
    if not classname:
        return case.get("file") or files.get(name) or name.replace(".", "/") + ".py"
    # A test inherited from a class in another file carries that file's name, so the dotted name decides.
    module = classname
    while module not in files and "." in module:
        module = module.rpartition(".")[0]
    if module not in files:
        parts = classname.split(".")
        while len(parts) > 1 and parts[-1][:1].isupper():
            parts.pop()
        module = ".".join(parts)
    path = files.get(module, module.replace(".", "/") + ".py")
    classes = [part for part in classname[len(module) + 1 :].split(".") if part]
    return "::".join((path, *classes, name))


def _message(problem: Element) -> str:
    """The one line that says why: of a failure its first, else the line that names an exception or a fixture."""
    message, text = problem.get("message", ""), problem.text or ""
    if problem.tag == "failure":
        return _first_line(message) or _first_line(text)
    details = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    causes = [line for line in details if _CAUSE.match(line)]
    if causes:
        return causes[-1][:LINE_LIMIT_CHARS]
    phase = _PHASE.match(message)
    return _first_line(message[phase.end() :].removesuffix('"') if phase else text or message)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:LINE_LIMIT_CHARS]


def _read_text(output: str) -> TestReport | None:
    lines = [_ANSI.sub("", line[:LINE_LIMIT_CHARS]).rstrip() for line in output.splitlines()]
    summaries = [match["counts"] for line in lines if (match := _SUMMARY.fullmatch(line))]
    counts = [pair for text in summaries for pair in _COUNT.findall(text)]
    if not counts and "no tests ran" not in summaries:
        return None
    tally = _Tally()
    for outcome, name, message in _outcomes(lines):
        if outcome in ("PASSED", "XPASS"):
            tally.passed[name] = None
        elif outcome in ("SKIPPED", "XFAIL"):
            tally.skipped[name] = None
        else:
            tally.fail(name, message, ran="::" in name)
    for name, message in _collection_causes(lines):
        if name in tally.failed:
            tally.failed[name] = message
    return tally.report(sum(int(number) for number, word in counts if word in ("passed", "failed", "xpassed")))


def _outcomes(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Outcome, id and message: from the short summary, and from the lines of `-v`."""
    for line in lines:
        listed, verbose = _LISTED.fullmatch(line), _VERBOSE.match(line)
        if listed:
            name, message = _split_message(listed[2])
            yield listed[1], name, message
        elif verbose:
            yield verbose[2], verbose[1], ""


def _split_message(text: str) -> tuple[str, str]:
    """Id and message, apart at the first ` - ` that is not inside a parameter."""
    parts = text.split(" - ")
    for end in range(1, len(parts)):
        name = " - ".join(parts[:end])
        if name.count("[") == name.count("]"):
            return name, " - ".join(parts[end:])
    return text, ""


def _collection_causes(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The last exception in each section `ERROR collecting FILE`."""
    name = None
    for line in lines:
        section = _SECTION.fullmatch(line)
        if section or line.startswith(("==", "__")):
            name = section[1] if section else None
        elif name is not None and line.startswith("E ") and _CAUSE.match(line[1:].strip()):
            yield name, line[1:].strip()
