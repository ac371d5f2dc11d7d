"""A draft with what every rule asks of it worked out once: whose line it is, and which lines are code."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autopack.model.draft import Block, Claim, ClaimValue, Draft, Field, GroupValue, ItemState, Role, Section, Span, TextValue
from autopack_plan_markdown.embedded import LINE_LIMIT as LINE_LIMIT
from autopack_plan_markdown.embedded import find_prose_in_code
from autopack_plan_markdown.marks import find_legend

TITLE_LIMIT = 160
LABEL_LEVEL = 7

_SENTENCE_END = re.compile(
    r"(?<=[.!?])[ \n]+(?=\S)|[ \n](?=(?:Done|Finished|Accepted) when\b)|(?<=[。！？])\s*(?=[^\s。！？」』”’）)])"
)
_NOT_AN_END = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|no|approx)\.$", re.IGNORECASE)
MARKERS = re.compile(r"(?:\[(?:P\d?|US\d{1,3}|Story)\]\s*)+", re.IGNORECASE)
# Whoever writes "Approach" announces an explanation, and "Phase 2" a group whatever it lists.
_OF_PROSE = re.compile(r"\b(?:approach|solution|the change|lösung|solución|user stories|requirements)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"[^\W\d_]{1,20}\s?#?\d|第")


@dataclass(frozen=True, slots=True)
class Page:
    """`roles` and `owners` (the innermost section) have one entry per line, `code` the lines no rule may read as prose.

    `listed` holds the lines below a heading or label that announces work: "Tasks", "Next steps"; `legend` what signs mean here.
    """

    draft: Draft
    roles: tuple[Role, ...]
    owners: tuple[Section, ...]
    code: frozenset[int]
    outermost: tuple[Block, ...]
    texts: tuple[Block, ...]
    boxes: tuple[Block, ...]
    listed: frozenset[int]
    legend: Mapping[str, ItemState]

    def role(self, line: int) -> Role:
        return self.roles[line - 1]

    def prose(self) -> Iterator[tuple[int, str]]:
        """Line numbers and texts outside of fences, patches, HTML and front matter."""
        for number, line in enumerate(self.draft.lines, start=1):
            if number not in self.code:
                yield number, line[:LINE_LIMIT]

    def boxes_in(self, span: Span) -> Sequence[Block]:
        """The items with a checkbox that begin within the span."""
        return _within(self.boxes, span)

    def texts_in(self, span: Span) -> Sequence[Block]:
        """The paragraphs and items that begin within the span."""
        return _within(self.texts, span)

    def headings(self) -> Iterator[Section]:
        """Sections with a heading or label of their own, a lone H1 on top left out: it names the document."""
        tops = [section for section in self.draft.sections if section.level == 1]
        for section in self.draft.sections:
            if section.level > 0 and not (len(tops) == 1 and section is tops[0]):
                yield section

    def trim(self, start: int, end: int) -> Span:
        """The span without blank lines at its end."""
        while end > start and not self.draft.lines[end - 1].strip():
            end -= 1
        return Span(start=start, end=max(start, end))

    def known_groups(self) -> list[GroupValue]:
        """Phases and items of the first round, in file order, outermost first."""
        groups = [claim.value for claim in self.draft.known if isinstance(claim.value, GroupValue)]
        return sorted(groups, key=lambda group: (group.extent.start, -group.extent.end))


def read_page(draft: Draft) -> Page:
    count = len(draft.lines)
    owners: list[Section] = [draft.sections[0]] * count
    listed = [False] * count
    for section in sorted(draft.sections[1:], key=lambda section: (section.level, section.span.start)):
        first, last = section.span.start - 1, min(section.span.end, count)
        announces = section.role == "work" and (
            not _OF_PROSE.search(section.title) and not _ORDINAL.match(plain(section.title)) if section.named else listed[first]
        )
        owners[first:last] = [section] * (last - first)
        listed[first:last] = [announces] * (last - first)
    code: set[int] = set()
    outermost: list[Block] = []
    end = 0
    for block in draft.blocks:
        if block.kind in ("fence", "html", "front_matter", "quote"):
            code.update(range(block.span.start, block.span.end + 1))
        if block.kind == "item" and block.span.start > end:
            outermost.append(block)
            end = block.span.end
    return Page(
        draft=draft,
        roles=tuple(owner.role for owner in owners),
        owners=tuple(owners),
        code=frozenset(code - find_prose_in_code(draft)),
        outermost=tuple(outermost),
        texts=tuple(block for block in draft.blocks if block.kind in ("paragraph", "item")),
        boxes=tuple(block for block in draft.blocks if block.kind == "item" and block.checkbox),
        listed=frozenset(number for number, holds in enumerate(listed, start=1) if holds),
        legend=find_legend(draft.lines),
    )


def _within(blocks: Sequence[Block], span: Span) -> Sequence[Block]:
    first = bisect_left(blocks, span.start, key=lambda block: block.span.start)
    return blocks[first : bisect_right(blocks, span.end, key=lambda block: block.span.start)]


def sentences(text: str, first_line: int) -> Iterator[tuple[str, Span]]:
    """Each sentence of a paragraph with the lines it stands on."""
    starts = [0]
    for match in re.finditer(r"\n", text):
        starts.append(match.end())
    begin = 0
    ends = [
        match.start()
        for match in _SENTENCE_END.finditer(text)
        if not _NOT_AN_END.search(text[max(0, match.start() - 8) : match.start()])
    ]
    for end in (*ends, len(text)):
        words = text[begin:end]
        lead = len(words) - len(words.lstrip())
        if words.strip():
            first, last = bisect_right(starts, begin + lead) - 1, bisect_right(starts, begin + len(words.rstrip()) - 1) - 1
            yield plain(words), Span(start=first_line + first, end=first_line + last)
        begin = end


def plain(text: str) -> str:
    """Words on one line, without emphasis marks, HTML comments and leading emoji; still a passage of the text it came from."""
    words = " ".join(text.partition("<!--")[0].replace("**", "").replace("~~", "").split())
    while words and words[0] > "\x7f" and unicodedata.category(words[0]) in ("So", "Sk", "Mn", "Me", "Cf"):
        words = words[1:].lstrip()
    return words.strip()


def short_title(text: str) -> str:
    """The first sentence, cut at a word when it is long; markers like `[P]` in front are left out."""
    words = next((sentence for sentence, _ in sentences(text, 1)), "")
    lead = MARKERS.match(words)
    words = (words[lead.end() :] if lead else words).rstrip(" :.")
    if len(words) > TITLE_LIMIT:
        words = words[:TITLE_LIMIT].rpartition(" ")[0] or words[:TITLE_LIMIT]
    return words


def stated(field: Field, value: ClaimValue, span: Span, confidence: float, rule: str) -> Claim:
    words = value.title if isinstance(value, GroupValue) else value.text if isinstance(value, TextValue) else ""
    if len(words) == TITLE_LIMIT and " " not in words:
        # Cut inside of its only word, so it is no passage of the plan.
        return Claim(field=field, value=value, origin="inferred", confidence=min(confidence, 0.6), rule=rule, span=span)
    return Claim(field=field, value=value, origin="stated", confidence=confidence, rule=rule, span=span)
