"""The requests of a pasted chat: what the user asked for, and what a later turn took back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from autopack.model.draft import Section, Span
from autopack_plan_markdown.items import Item, names_work
from autopack_plan_markdown.page import LINE_LIMIT, Page, sentences, short_title
from autopack_plan_markdown.words import is_imperative, words_of

_SPEAKER = re.compile(
    r"[ \t]{0,3}(?:#{1,6}[ \t]+)?[*_]{0,2}(?:you said|user|you|human|me)\b[^:\n]{0,20}:?[*_]{0,2}:?[ \t]*", re.IGNORECASE
)
_HASHES = re.compile(r"#{1,6}[ \t]+")
_LEAD = re.compile(
    r"(?:(?:ok(?:ay)?|yes|no|hm+|well|great|thanks|good|nice|next|and|also|then|now|so|please|alright|perfect|cool|first|finally)\b"
    r"[\s,.:;!–—-]*)",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"(?:can|could|would|will) you (?:please )?|i(?:'d| would) like (?:you )?to |i want (?:you )?to |we need to |let's ", re.I
)
_ASKS = re.compile(r"\b(?:can|could|would|will) you\b", re.IGNORECASE)
_TAKES_BACK = re.compile(
    r"(?:forget|scrap|undo|revert|drop|cancel|skip|ignore|abandon|never ?mind|leave out|remove|delete|take (?:back|out)|"
    r"(?:we )?(?:don['’]t|do not|no longer) (?:need|want|do|add)|not now with|no need for)\b(.*)$",
    re.IGNORECASE,
)
_COMMON = frozenset(
    ["a", "an", "the", "it", "its", "that", "this", "all", "again", "in", "on", "of", "for", "to", "with", "and", "or", "is",
     "not", "be", "we", "i", "you", "now", "from", "by", "option", "file", "module", "new"]
)  # fmt: skip
_MOST_LEADS = 6
# People take back what they remember.
_MOST_BACK = 40


def chat_requests(page: Page) -> list[Item]:
    """A piece of work for each thing the user asked for; each owns its turn and the answers to it."""
    turns = [section for section in page.draft.sections if section.level == 1]
    asked = [turn for turn in turns if turn.title == "user"]
    ends = [turn.span.start - 1 for turn in asked[1:]] + [len(page.draft.lines)]
    found: list[Item] = []
    for turn, end in zip(asked, ends, strict=bool(asked)):
        for words, place in _sentences(page, turn):
            taken = _TAKES_BACK.match(words)
            if taken and (back := _find_taken(taken[1], found)) is not None:
                found[back] = replace(found[back], state="cancelled")
            elif is_imperative(words) and names_work(words) and not _is_negative(words):
                title = short_title(words)
                if title:
                    span = Span(start=place.start, end=max(place.end, end))
                    found.append(Item(title=title, span=span, rule="chat-request", confidence=0.75, cited=place))
    return _one_a_turn(found)


def _one_a_turn(items: Sequence[Item]) -> list[Item]:
    """Requests with their lines apart: one ends where the next begins."""
    rows: list[Item] = []
    for item in items:
        if rows and item.span.start == rows[-1].span.start:
            continue
        if rows and rows[-1].span.end >= item.span.start:
            rows[-1] = replace(rows[-1], span=Span(start=rows[-1].span.start, end=item.span.start - 1))
        rows.append(item)
    return rows


def _sentences(page: Page, turn: Section) -> Iterator[tuple[str, Span]]:
    """What a turn says, sentence by sentence, without the speaker, marks of a heading and words that only lead in."""
    for number in range(turn.span.start, turn.span.end + 1):
        if number in page.code:
            continue
        line = page.draft.lines[number - 1][:LINE_LIMIT]
        if number == turn.span.start:
            line = line[speaker.end() :] if (speaker := _SPEAKER.match(line)) else line
        line = line[hashes.end() :] if (hashes := _HASHES.match(line)) else line
        line = line.lstrip(" \t-*+")
        if line.startswith("/"):
            continue
        for words, _ in sentences(line, number):
            request = _without_lead(words)
            # "Can you add it?" asks for work; any other question is one.
            if not words.endswith("?") or _ASKS.search(words):
                yield request, Span(start=number, end=number)


def _without_lead(words: str) -> str:
    for _ in range(_MOST_LEADS):
        lead = _LEAD.match(words) or _POLITE.match(words)
        if not lead or lead.end() == 0:
            break
        words = words[lead.end() :]
    return words


def _is_negative(words: str) -> bool:
    return bool(re.match(r"(?:do not|don['’]t|not|never)\b", words, re.IGNORECASE))


def _find_taken(words: str, items: Sequence[Item]) -> int | None:
    """The latest request that what is taken back speaks of: the one with most of its words."""
    sought = set(words_of(words.partition(",")[0])) - _COMMON
    best, most = None, 0
    for index in range(len(items) - 1, max(-1, len(items) - 1 - _MOST_BACK), -1):
        known = set(words_of(items[index].title))
        shared = sum(1 for word in sought if word in known or f"{word}s" in known or word.removesuffix("s") in known)
        if items[index].state == "todo" and shared > most and shared * 2 >= len(sought):
            best, most = index, shared
    # "undo that" is the last one.
    return len(items) - 1 if items and not sought else best
