"""What the writer left open, in the plan's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack.model.draft import Claim, GroupValue, Span, TextValue
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, stated

_MARK = re.compile(r"\[NEEDS CLARIFICATION:?[^\]\n]{0,400}\]|\bTBD\b|\?{3,}", re.IGNORECASE)
_SECTION = re.compile(
    r"\b(?:open|unresolved|outstanding|remaining)\s+(?:questions?|points|issues)|^\W*questions?\W*$|"
    r"\bclarifications?\b|offene fragen|"
    r"preguntas|questions ouvertes|questões em aberto|открытые вопросы|待确认|未决|待定问题|开放问题|未決|未解決",
    re.IGNORECASE,
)
_NONE = re.compile(r"\W*(?:none|nothing|no open|n/a|keine|ninguna|нет|无|なし)\b|^\W*[-–—]?\W*$", re.IGNORECASE)
_ITEM_HEAD = re.compile(r"^\s*(?:#{1,6}|[-*+]|\d{1,3}[.)])\s+")
_LIMIT = 400


def claim_questions(page: Page) -> Iterator[Claim]:
    """Marks of what is open, and the entries of a section of open questions; only what an open item waits for blocks."""
    waiting: set[int] = set()
    for group in (claim.value for claim in page.draft.known if claim.field == "item"):
        if isinstance(group, GroupValue) and group.state in ("todo", "in_progress"):
            waiting.update(range(group.extent.start, min(group.extent.end, len(page.draft.lines)) + 1))
    marked: set[int] = set()
    for number, line in page.prose():
        match = _MARK.search(line)
        if match and page.role(number) not in ("future", "bookkeeping"):
            marked.add(number)
            named = match[0].startswith("[")
            words = match[0].strip("[]") if named else _ITEM_HEAD.sub("", plain(line), count=1)
            blocking = named and number in waiting
            yield _question(words, Span(start=number, end=number), "open-mark", blocking=blocking)
    for block in page.draft.blocks:
        number = block.span.start
        if block.kind not in ("item", "paragraph") or number in marked or number in page.code:
            continue
        if block.kind == "item" and block.state in ("done", "cancelled"):
            continue
        words = plain(block.text)
        if _asks(page, number) and (block.kind == "item" or words.endswith(("?", "？"))) and not _NONE.match(words):
            yield _question(words, Span(start=number, end=number + block.text.count("\n")), "open-questions", blocking=False)


def _asks(page: Page, number: int) -> bool:
    owner = page.owners[number - 1]
    if owner.level == LABEL_LEVEL and owner.span.start == number:
        return False
    return owner.role != "future" and _SECTION.search(owner.title[:200]) is not None


def _question(words: str, span: Span, rule: str, *, blocking: bool) -> Claim:
    return stated("question", TextValue(text=words[:_LIMIT], blocking=blocking), span, 0.9, rule)
