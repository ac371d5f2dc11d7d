"""A report as Markdown for people and as JUnit XML for CI servers."""

from __future__ import annotations

import re
import unicodedata
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from autopack.decide.approvals import describe_ask
from autopack.decide.verdict import describe_proof, name_outcome
from autopack.model.approval import Ask
from autopack.model.attempt import CheckResult, Outcome
from autopack.model.report import Report
from autopack.model.toolchain import FailedTest

_BLOCK_START = re.compile(r"^(\d{0,9})([#>~*+=.)-])")
_MARKS = {"committed": "✓", "failed": "✗", "blocked": "?", "waiting": "…", "skipped": "-", "pending": "·"}


def render_markdown(report: Report) -> str:
    """The whole report on a page: containment first, then what a person decides on."""
    base, head = report.base_commit[:12], report.head_commit[:12]
    lines = [
        f"Sandbox: **{report.sandbox}**{explain_sandbox(report.sandbox)}"
        + (f"; network: {_inline('; '.join(report.network))}" if report.network else ""),
        "",
        f"# {_inline(report.title)}: {report.state}",
        "",
        f"Run `{report.run_id}` on branch `{report.branch}`, {base} → {head}, builder `{_code(report.builder)}`, "
        f"{report.seconds:.1f} s, {report.tokens} tokens, exit code {report.exit_code}.",
        "",
        "| | phase | state | proved by | why |",
        "|---|---|---|---|---|",
    ]
    for row in report.phases:
        mark = _MARKS.get(row.state, "·")
        lines.append(f"| {mark} | {_cell(row.title)} | {row.state} | {describe_proof(row) or '-'} | {_cell(row.reason) or '-'} |")
    for row in report.phases:
        lines += _phase_lines(row)
    if report.approvals:
        titles = {row.phase_id: row.title for row in report.phases}
        lines += ["", "## Waiting for approval", "", *(_ask_line(ask, titles) for ask in report.approvals)]
    if report.baseline:
        lines += ["", "## Before the first change", "", *map(_item, report.baseline)]
    if report.warnings:
        lines += ["", "## Warnings", "", *map(_item, report.warnings)]
    if report.next_commands:
        lines += ["", "## Next", "", *(f"{_item(words)}: `{_code(command)}`" for words, command in report.next_commands)]
    return "\n".join(lines) + "\n"


def _ask_line(ask: Ask, titles: dict[str, str]) -> str:
    where = f"plan line {ask.line}, " if ask.line else ""
    # What is asked may be a command line full of marks: one code span, nothing inside it is read.
    why = f"{where}phase {_inline(titles[ask.phase_id])}: {_inline(ask.reason)} [{_inline(ask.rule)}]"
    return f"- `{_code(describe_ask(ask))}`: {why}"


def explain_sandbox(name: str) -> str:
    """What a person must know of a backend beside its name; empty when it holds."""
    if "none" in name:
        return " (nothing contained what ran)"
    return " (weak: it does not stop everything)" if "landlock" in name.split(" and ") else ""


def _phase_lines(row: Outcome) -> list[str]:
    lines = ["", f"## {_inline(row.title)}", ""]
    if row.commit:
        lines.append(f"Commit `{row.commit[:12]}`, tree `{(row.tree or '')[:12]}`.")
    if row.reason:
        lines.append(f"Not done: {_inline(row.reason)}")
    lines += _most([f"- {change.status} `{_code(change.path)}`" for change in row.changes], 50)
    for check in row.checks:
        lines.append(
            f"- {check.check.kind} `{_code(check.check.id)}`: {name_outcome(check)}, {_inline(check.reason)}, "
            f"{check.result.seconds:.1f} s"
        )
        lines += _most([f"  - {_inline(failure.kind)}: {_inline(failure.line[:300])}" for failure in check.failures], 10)
        lines += _most([f"  - failed: `{_code(test.id)}`" for test in _failed(check)], 20)
    lines += [f"- {finding.severity}: {_inline(finding.message)} [{finding.rule}]" for finding in row.findings]
    if len(row.attempts) > 1:
        lines += [f"- attempt {attempt.number}: {_inline(attempt.verdict)}" for attempt in row.attempts]
    return lines


def render_junit(report: Report) -> str:
    """One test case a check, in one suite a phase; a phase that was not proved fails even without checks."""
    top = Element("testsuites", name=f"autopack {report.run_id}")
    for row in report.phases:
        suite = SubElement(top, "testsuite", name=_xml(row.title))
        for check in row.checks:
            case = SubElement(suite, "testcase", classname=_xml(row.title), name=_xml(check.check.id))
            case.set("time", f"{check.result.seconds:.3f}")
            if check.state != "passed":
                kind = "failure" if check.state == "failed" else "error"
                SubElement(case, kind, message=_xml(check.reason)).text = _xml(check.result.output[-4000:])
        if not any(check.state != "passed" for check in row.checks) and row.state not in ("committed", "skipped"):
            case = SubElement(suite, "testcase", classname=_xml(row.title), name="(phase)")
            SubElement(case, "failure", message=_xml(row.reason or row.state))
        elif row.state == "skipped" or not row.checks:
            case = SubElement(suite, "testcase", classname=_xml(row.title), name="(phase)")
            if row.state == "skipped":
                SubElement(case, "skipped", message=_xml(row.reason))
        suite.set("tests", str(len(suite)))
        for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            suite.set(name, str(len(suite.findall(f"testcase/{kind}"))))
    indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(top, encoding="unicode") + "\n"


def _failed(check: CheckResult) -> tuple[FailedTest, ...]:
    return check.report.failed if check.report else ()


def _most(lines: list[str], most: int) -> list[str]:
    """The first lines of a list, and how many were left out."""
    if len(lines) <= most:
        return lines
    indent = lines[0].partition("-")[0]
    return [*lines[:most], f"{indent}- (and {len(lines) - most} more)"]


def _plain(text: str) -> str:
    """Untrusted words on one line, without control characters and backticks."""
    plain = "".join(" " if unicodedata.category(ch) in ("Cc", "Cf", "Cs") else ch for ch in text)
    return " ".join(plain.split()).replace("`", "'")


def _code(text: str) -> str:
    """Untrusted words between backticks, where only a backtick, or nothing at all, would mean something."""
    return _plain(text) or " "


def _inline(text: str) -> str:
    """Untrusted words within a Markdown line: neither HTML nor a link nor an image that a reader would load."""
    return _plain(text).replace("<", "&lt;").replace("](", "] (").replace("]:", "] :")


def _item(text: str) -> str:
    """A list item of untrusted words, which must not begin a heading, a quote, a fence or another list."""
    return "- " + _BLOCK_START.sub(r"\1\\\2", _inline(text))


def _cell(text: str) -> str:
    # A backslash would not do: one in the text itself could stand before it and undo it.
    return _inline(text).replace("|", "&#124;")


def _xml(text: str) -> str:
    """XML 1.0 has no way to write most control characters."""
    return "".join("?" if _is_no_xml(ch) else ch for ch in text)


def _is_no_xml(ch: str) -> bool:
    return (ch < " " and ch not in "\t\n\r") or ch in "\ufffe\uffff" or "\ud800" <= ch <= "\udfff"
