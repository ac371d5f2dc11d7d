"""What a text says in passing: commands without quotes, files of tests, ids it waits for.  And Jira's markup as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack_plan_structured.commands import read_command

LINE_CHARS = 4096

_CLAUSE = re.compile(r"(?<=[.;!?])\s+|\n")
_RUN = re.compile(r"(?:^|\W)(?:re-?run|run|execute|verify with|check with)\b:?\s+(?=\S)", re.IGNORECASE)
# "npm run test -- groups passes", "Both ways work: npm run migrate"
_HOLDS = re.compile(
    r"(?:^|:\s)([^:]{2,200}?)(?:\s+(?:passes|succeeds|exits (?:with )?0|(?:is|runs|stays) (?:green|clean)))?[\s.]*$"
)
_BEHIND = re.compile(r"\s+(?:before|after|and|until|to|with no|passes|succeeds|in)\b.*$|[,;].*$")
_TEST_FILE = re.compile(r"(?<![\w./@-])[\w.@-]+(?:/[\w.@\[\]-]+){1,20}\.[A-Za-z]\w{0,7}\b(?!/)")
_LOOKS_LIKE_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*[._-](?:test|tests|spec)\.[^/]*|[^/]*Tests?\.\w+)$")
_CODE = re.compile(r"`[^`\n]{1,300}`")
_WAITS = re.compile(r"\b(?:depends on|dependenc(?:y|ies)|blocked by|requires|after)\b[:\s]{1,4}", re.IGNORECASE)
_IDS = re.compile(r"(?:[\s,;&]|and\b){0,8}(#\d{1,7}|[A-Za-z][A-Za-z0-9]{0,15}-?\d{1,7})\b")

_JIRA_MARKS = re.compile(r"\bh[1-6]\. |\{\{|\{code|\{noformat")
_JIRA_HEADING = re.compile(r"h([1-6])\. +")
_JIRA_LIST = re.compile(r"([*#-]{1,6}) +(?=\S)")
_JIRA_QUOTED = re.compile(r"\{\{([^{}\n]{1,300})\}\}")
_JIRA_FENCE = re.compile(r"\{(?:code|noformat)(?::([a-z]+))?[^}\n]{0,80}\}\s*$")


def find_commands(text: str) -> Iterator[str]:
    """Commands behind "run" that stand in no quotes; quoted ones are for those who read the text as Markdown."""
    for clause in _CLAUSE.split(text):
        match = _RUN.search(clause[:LINE_CHARS])
        if match and "`" not in clause:
            rest = clause[match.end() : LINE_CHARS].strip()
            words = _BEHIND.sub("", rest if rest.endswith("/...") else rest.rstrip("."))
            command = read_command(words, sure=False)
            if command:
                yield command


def find_held_command(criterion: str) -> str | None:
    """The command without quotes that a criterion says must pass: "npm run lint passes"."""
    match = _HOLDS.search(criterion.strip()[:LINE_CHARS]) if "`" not in criterion else None
    return read_command(match[1], sure=False) if match else None


def find_test_files(text: str) -> Iterator[str]:
    """Files of tests that a text about testing names outside of a command."""
    for line in text.splitlines():
        for match in _TEST_FILE.finditer(_unquote(line[:LINE_CHARS])):
            if _LOOKS_LIKE_TEST.search(match[0]):
                yield match[0]


def _unquote(line: str) -> str:
    return _CODE.sub(lambda match: " " if " " in match[0] else match[0].replace("`", " "), line)


def find_awaited(text: str) -> Iterator[str]:
    """Ids behind "depends on" and its like: `KILN-35`, `#12`, `T004`."""
    for line in text.splitlines():
        line = line[:LINE_CHARS]
        for match in _WAITS.finditer(line):
            at = match.end()
            while (found := _IDS.match(line, at)) is not None:
                yield found[1]
                at = found.end()


def as_markdown(text: str) -> str:
    """Jira's markup as Markdown, line by line; empty when the text has none."""
    if not _JIRA_MARKS.search(text):
        return ""
    fenced = False
    lines: list[str] = []
    for line in text.splitlines():
        fence = _JIRA_FENCE.match(line.strip()[:LINE_CHARS])
        if fence:
            fenced = not fenced
            lines.append(f"```{fence[1] or ''}" if fenced else "```")
        else:
            lines.append(line if fenced else _line_as_markdown(line))
    return "\n".join(lines)


def _line_as_markdown(line: str) -> str:
    line = _JIRA_QUOTED.sub(r"`\1`", line[:LINE_CHARS])
    heading, entry = _JIRA_HEADING.match(line), _JIRA_LIST.match(line)
    if heading:
        # A heading ends a list, which Markdown sees only behind an empty line.
        return f"\n{'#' * int(heading[1])} {line[heading.end() :]}\n"
    if entry:
        mark = "1." if entry[1].endswith("#") else "-"
        return f"{'   ' * (len(entry[1]) - 1)}{mark} {line[entry.end() :]}"
    return line
