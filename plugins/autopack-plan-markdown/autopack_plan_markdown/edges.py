"""Order the plan states: which phase or item comes after which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.model.draft import Claim, EdgeValue, GroupValue, Span
from autopack_plan_markdown.page import Page, plain, stated

_EDGE = re.compile(
    r"\b(?:depends on|dependenc(?:y|ies)|blocked by|requires|after|following|once|builds on|prerequisites?)\b\W{0,8}",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:(phase|milestone|step|task|story|stage|sprint|part|issue|epic)s?\s+#?)?([A-Z]{1,6}-?\d{1,5}[a-z]?|\d{1,3}(?:\.\d{1,3}){0,3}|[ivx]{1,4})\b",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"[\s,;&/+*_`()\[\]]*(?:and|or|plus)?[\s,;&*_`()\[\]]*$", re.IGNORECASE)
_SUBJECT = re.compile(r"\W{0,6}([A-Z]{1,4}-?\d{1,4}[a-z]?|(?:Phase|Task|Story|Step)\s+\d[\d.]*)\b[^.]{0,30}$", re.IGNORECASE)


def claim_edges(page: Page) -> Iterator[Claim]:
    """`depends on T001, T002`, `after phase 1`: only names that a phase or an item bears count."""
    groups = page.known_groups()
    names = {_key(group.source_id): group.source_id for group in groups if group.source_id}
    if not names:
        return
    open_groups: list[GroupValue] = []
    waiting = list(groups)
    for number, line in page.prose():
        while waiting and waiting[0].extent.start <= number:
            open_groups.append(waiting.pop(0))
        open_groups = [group for group in open_groups if group.extent.end >= number]
        if page.role(number) in ("future", "bookkeeping", "non_goal"):
            continue
        own = next((group.source_id for group in reversed(open_groups) if group.source_id), None)
        for match in _EDGE.finditer(line):
            source = _subject(line[: match.start()], names) or own
            for after in _names_of(line[match.end() : match.end() + 200], names):
                if source and after != source:
                    value = EdgeValue(source_id=source, after=after)
                    yield stated("edge", value, Span(start=number, end=number), 0.9, "depends-on")


def _subject(words: str, names: dict[str, str]) -> str | None:
    """The name that a line itself says depends: "**US3** → depends on US1"."""
    match = _SUBJECT.match(plain(words).lstrip("-*+ "))
    return names.get(_key(match[1])) if match else None


def _names_of(words: str, names: dict[str, str]) -> Sequence[str]:
    """Known names at the front of a list, a bare number taking the word before it: "Task 1.1, 1.2"."""
    found: list[str] = []
    word, end = "", 0
    for match in _NAME.finditer(words):
        if not _LIST_GAP.match(words[end : match.start()]):
            break
        word, end = (match[1] or word), match.end()
        name = names.get(_key(f"{word} {match[2]}")) or names.get(_key(match[2]))
        if name and name not in found:
            found.append(name)
    return found


def _key(name: str) -> str:
    return " ".join(name.casefold().replace("#", "").split()).rstrip(".")
