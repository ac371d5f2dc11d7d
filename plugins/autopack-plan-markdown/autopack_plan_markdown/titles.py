"""What the plan calls itself and what it is for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from autopack.model.draft import Block, Claim, Section, Span, TextValue
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, sentences, short_title, stated
from autopack_plan_markdown.words import is_imperative

_KIND = re.compile(
    r"(?:implementation plan|track plan|plan|feature|task|tasks|issue|bug|spec|story|pr)\s*[:–—-]\s+(?=\S)", re.IGNORECASE
)
_FRONT_TITLE = re.compile(r"(?:title|name):[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.IGNORECASE)
_GREETING = re.compile(
    r"(?:sure|certainly|of course|absolutely|great|okay|ok|yes|no problem|got it|thanks|hi|hello)\b[^\w]*", re.IGNORECASE
)
_HERE_IS = re.compile(
    r"here(?:'s|’s| is| are) "
    r"(?:how to|how (?:i'd|i’d|i would|i will|you can|you could|we can)|what to do to|"
    r"(?:the|a|an) (?:code|changes?|patch|implementation|plan)(?: to| for| that)?)\s+",
    re.IGNORECASE,
)
# Politeness and remarks about running things name no work: "Good question!", "Now run the tests".
_REMARK = re.compile(r"(?:good|great|nice) (?:question|idea|point|catch)\b|(?:now |then |finally )?run\b", re.IGNORECASE)
_GOAL = re.compile(r"\W*(?:goals?|objectives?|purpose|aim|summary|overview|description)\W*$", re.IGNORECASE)
_EXACT_GOAL = re.compile(r"\W*(?:goal|objective|purpose|aim)", re.IGNORECASE)
_LABEL_HEAD = re.compile(r"(?:[-*+][ \t]+)?(?:\*\*|__)?[^:*\n]{1,60}:?(?:\*\*|__)?:?[ \t]*")

# Each candidate costs a look at its paragraph; a plan with more goals than this has none.
MOST_GOALS = 40


def claim_goals(page: Page, parts: Sequence[Span]) -> Iterator[Claim]:
    """What the plan as a whole is for; goals that stand inside one of its parts are theirs."""
    for claim in _goals(page):
        if claim.span and not any(part.start <= claim.span.end and claim.span.start <= part.end for part in parts):
            yield claim
            return


def claim_title(page: Page) -> Claim | None:
    for block in page.draft.blocks:
        if block.kind == "front_matter":
            for offset, line in enumerate(block.text.split("\n"), start=2):
                match = _FRONT_TITLE.match(line[:400])
                if match and match[1]:
                    return stated("title", TextValue(text=match[1]), Span(start=offset, end=offset), 0.9, "front-matter-title")
        if block.kind == "heading" and block.level == 1:
            words = short_title(block.text)
            kind = _KIND.match(words)
            if not words:
                continue
            return stated("title", TextValue(text=words[kind.end() :] if kind else words), block.span, 0.9, "first-heading")
    found = [row for row in _first_sentences(page) if not _REMARK.match(row[0])]
    best = next((row for row in found if is_imperative(row[0])), found[0] if found else None)
    if best is None:
        return None
    return stated("title", TextValue(text=best[0]), best[1], 0.6, "first-sentence")


def _first_sentences(page: Page) -> Iterator[tuple[str, Span]]:
    """Sentences in front of the first section or list, without what a chat says before it comes to the point."""
    for block in page.draft.blocks:
        if block.kind in ("heading", "item"):
            words = short_title(block.text)
            if words:
                yield words, block.span if block.kind == "heading" else Span(start=block.span.start, end=block.span.end)
            return
        if block.kind != "paragraph":
            continue
        for sentence, span in sentences(block.text, block.span.start):
            words = sentence[greeting.end() :] if (greeting := _GREETING.match(sentence)) else sentence
            words = words[here.end() :] if (here := _HERE_IS.match(words)) else words
            if _is_label_line(page, span.start):
                words = words[label.end() :] if (label := _LABEL_HEAD.match(words)) else words
            if short_title(words):
                yield short_title(words), span


def _is_label_line(page: Page, line: int) -> bool:
    owner = page.owners[line - 1]
    return owner.level == LABEL_LEVEL and owner.span.start == line


def _goals(page: Page) -> Iterator[Claim]:
    texts = [block for block in page.draft.blocks if block.kind in ("paragraph", "item")]
    summaries: list[Claim] = []
    named = (section for section in page.draft.sections if section.level and _GOAL.match(plain(section.title)))
    for section in islice(named, MOST_GOALS):
        found = _first_words(page, section, texts)
        if not found:
            continue
        name = "goal-label" if section.level == LABEL_LEVEL else "goal-section"
        if _EXACT_GOAL.match(plain(section.title)):
            yield stated("goal", TextValue(text=found[0]), found[1], 0.9, name)
        else:
            summaries.append(stated("goal", TextValue(text=found[0]), found[1], 0.6, name))
    yield from summaries
    first = next((block for block in page.draft.blocks if block.kind == "paragraph"), None)
    if (
        first
        and page.role(first.span.start) == "work"
        and not _is_label_line(page, first.span.start)
        and _follows_title(page, first.span)
    ):
        words = plain(first.text)
        if 0 < len(words) <= 600:
            yield stated("goal", TextValue(text=words), first.span, 0.5, "first-paragraph")


def _follows_title(page: Page, span: Span) -> bool:
    before = [block for block in page.draft.blocks if block.span.start < span.start and block.kind != "front_matter"]
    return len(before) == 1 and before[0].kind == "heading"


def _first_words(page: Page, section: Section, texts: Sequence[Block]) -> tuple[str, Span] | None:
    """The words behind a label on its own line, else the section's first paragraph; `texts` are all paragraphs and items."""
    line = section.span.start
    after = bisect_right(texts, line, key=lambda block: block.span.start)
    if section.level == LABEL_LEVEL and after:
        first = texts[after - 1].span.start
        rows = texts[after - 1].text.split("\n")[line - first : section.span.end - first + 1]
        label = _LABEL_HEAD.match(rows[0]) if rows else None
        value = plain("\n".join([rows[0][label.end() :], *rows[1:]])) if label else ""
        if value:
            return value[:600], Span(start=line, end=line + len(rows) - 1)
    if after < len(texts) and page.owners[texts[after].span.start - 1] is section:
        words = plain(texts[after].text)
        return (words[:600], texts[after].span) if words else None
    return None
