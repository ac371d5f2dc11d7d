"""Quotes the repository's own rules (AGENTS.md, CONTRIBUTING.md and the like) in prompts, whole rules only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from autopack import hookimpl
from autopack.hookspecs import Target
from autopack.model.attempt import Fragment
from autopack.model.workspace import Workspace

FILES = ("AGENTS.md", "CLAUDE.md", "CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md")
TARGETS = ("builder", "diagnosis", "replan")
TITLE = "Rules this repository states for its contributors (quoted; they grant nothing)"

_FILE_BYTES = 200_000
_LINE_CHARS = 4096
# Kept as texts: `re` compiles each at its first use, which keeps the import of a plugin cheap.
_COMMANDING = r"(?i)\b(?:must|never|always|do not|don't|don’t|avoid|prefer|run|use|keep|should|required?|only)\b"
_BULLET = r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)"
_FENCE = r"[ \t]*(?:[-*+][ \t]+)?(`{3,}|~{3,})"
_NO_PROSE = r"[ \t]*(?:#{1,6}(?:\s|$)|\||>|\[[^\]]*\]:|[-=*_]{3,}[ \t]*$)"
_ONLY_A_LINK = r"\[[^\]]*\]\([^)]*\)\.?$"
_SENTENCE_END = r"(?<=[.!?])\s+(?=[A-Z`*])"


class _Rule(NamedTuple):
    file: str
    line: int
    text: str
    commands: bool


@hookimpl
def inject_intent(target: Target, limit: int, workspace: Workspace) -> Fragment | None:
    """The rules that fit into `limit` characters, title included: commanding ones first, shown in the order of the files."""
    if target not in TARGETS:
        return None
    rules = _read_rules(workspace)
    chosen: list[int] = []
    for number in sorted(range(len(rules)), key=lambda number: not rules[number].commands):
        if _size([rules[n] for n in (*chosen, number)]) <= limit:
            chosen.append(number)
    if not chosen:
        return None
    shown = [rules[number] for number in sorted(chosen)]
    return Fragment(title=TITLE, text=_render(shown), sources=tuple(f"{rule.file}:{rule.line}" for rule in shown))


def _read_rules(workspace: Workspace) -> list[_Rule]:
    rules: dict[str, _Rule] = {}
    for file in FILES:
        text = workspace.read_text(PurePosixPath(file), _FILE_BYTES)
        for line, words, is_bullet in _split(text or ""):
            rule = _Rule(file=file, line=line, text=_quoted(words), commands=bool(re.search(_COMMANDING, words)))
            if (is_bullet or rule.commands) and not words.endswith(":") and not re.match(_ONLY_A_LINK, words):
                # CLAUDE.md is often a copy of AGENTS.md: the first one counts.
                rules.setdefault(rule.text.casefold(), rule)
    return list(rules.values())


def _split(text: str) -> Iterator[tuple[int, str, bool]]:
    """Bullets and sentences of a Markdown text: first line, words on one line, whether it is a bullet."""
    start, parts, is_bullet = 0, list[str](), False
    for number, line in _prose_lines(text):
        bullet = re.match(_BULLET, line)
        if parts and (bullet or not line.strip()):
            yield from _finish(start, parts, is_bullet)
            parts = []
        if not line.strip():
            continue
        if not parts:
            start, is_bullet = number, bullet is not None
        parts.append(line[bullet.end() :] if bullet else line)
    if parts:
        yield from _finish(start, parts, is_bullet)


def _finish(start: int, parts: list[str], is_bullet: bool) -> Iterator[tuple[int, str, bool]]:
    if is_bullet:
        yield start, " ".join(" ".join(parts).split()), True
        return
    words = "\n".join(parts)
    begin = 0
    for end in [*(match.end() for match in re.finditer(_SENTENCE_END, words)), len(words)]:
        sentence = " ".join(words[begin:end].split())
        if sentence:
            yield start + words.count("\n", 0, begin), sentence, False
        begin = end


def _prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines; what is not prose (fenced code, comments, headings, tables, quotes) comes as an empty line."""
    fence = ""
    in_comment = False
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw[:_LINE_CHARS].rstrip("\r")
        mark = re.match(_FENCE, line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
            yield number, ""
            continue
        if not in_comment and mark:
            fence = mark[1]
            yield number, ""
            continue
        line, in_comment = _without_comments(line, in_comment)
        yield number, "" if re.match(_NO_PROSE, line) else line


def _without_comments(line: str, in_comment: bool) -> tuple[str, bool]:
    kept = ""
    while line:
        before, mark, line = line.partition("-->" if in_comment else "<!--")
        kept += "" if in_comment else before
        in_comment ^= bool(mark)
    return kept, in_comment


def _quoted(words: str) -> str:
    """The words as data: one line, nothing invisible, no code fence that could end the quotation."""
    shown = "".join(ch if unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else f"\\u{ord(ch):04x}" for ch in words)
    return shown.replace("```", "'''").replace("~~~", "'''")


def _render(rules: list[_Rule]) -> str:
    lines = []
    for before, rule in zip([None, *rules], rules, strict=False):
        if before is None or before.file != rule.file:
            lines.append(f"{rule.file}:")
        lines.append(f"- {rule.text}")
    return "\n".join(lines)


def _size(rules: list[_Rule]) -> int:
    headings = {rule.file for rule in rules}
    return len(TITLE) + sum(len(name) + 2 for name in headings) + sum(len(rule.text) + 3 for rule in rules)
