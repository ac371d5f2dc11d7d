"""What a plan calls its phases and items, so that a sentence about one of them can be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autopack.model.draft import GroupValue, TextValue
from autopack_plan_markdown.page import LINE_LIMIT, Page, plain

_NUMBERED = re.compile(r"([^\W\d_]{1,12}(?:[ \t][^\W\d_]{1,12})?)[ \t]*[#-]?(\d{1,4}(?:\.\d{1,3}){0,3}[a-z]?)\b")
_STORY = re.compile(r"\b(?:user[ \t]+)?stor(?:y|ies)[ \t]+(\d{1,3})\b|\bUS-?(\d{1,3})\b", re.IGNORECASE)
_TAGGED_STORY = re.compile(r"\[US-?(\d{1,3})\]", re.IGNORECASE)
_TICKET = re.compile(r"#(\d{1,7})\b")
# A number of its own stands in front or in brackets; "blocked by #12" names another piece of work.
_OWN_TICKET = re.compile(r"(?:^(?:\[[ xX~/-]\]\s{0,4})?|[(\[]\s?)#(\d{1,7})\b")
# The number in front of a heading or of a list entry: "### 1. Merge", "2) Restore".
_LEADING = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,3})[.):：]\s")
_TITLE_HEAD = re.compile(r"\A[^:：–—]{0,40}[:：–—]\s*")
_BRACKETED = re.compile(r"\s*[(\[（].*$")
_HAN_NUMBERED = re.compile(
    r"第[\d一二三四五六七八九十]{1,3}(?:阶段|階段|步|期|部分|フェーズ|段階)|[^\W\d_]{1,4}\d{1,3}|(?:阶段|階段)[一二三四五六七八九十]{1,3}"
)


@dataclass(frozen=True, slots=True)
class Names:
    """`known` maps folded names to what their group bears, `stories` holds the groups that are stories, in file order.

    `has_tickets`: the plan itself, or an item of it, is told by a number of a tracker, so "#479" is one of the others there.
    """

    known: dict[str, str]
    stories: tuple[str, ...]
    shapes: frozenset[str]
    longest: int
    has_tickets: bool

    def find(self, words: str) -> str | None:
        return self.known.get(fold(words))

    def is_like_a_name(self, words: str) -> bool:
        """Whether words have the shape of an id of this plan: "T099" beside "T001"."""
        return _shape(words) in self.shapes


def fold(name: str) -> str:
    return " ".join(re.sub(r"[*_`\[\]()#]+", " ", name).casefold().split()).rstrip(".:：")


def bears(group: GroupValue) -> str:
    return group.source_id or group.title


def read_names(page: Page, groups: Sequence[GroupValue], phases: frozenset[GroupValue]) -> Names:
    known: dict[str, str] = {}
    stories: dict[str, str] = {}
    # What a group bears comes before what it may be called besides; a phase before an item.
    ordered = sorted(groups, key=lambda group: (group not in phases, group.extent.start))
    for group in ordered:
        for name in filter(None, (group.source_id, group.title)):
            known.setdefault(fold(name), bears(group))
    for number, group in _numbered(page, [group for group in ordered if group not in phases]):
        known.setdefault(number, bears(group))
    for group in ordered:
        for name in _besides(page, group, is_phase=group in phases):
            known.setdefault(fold(name), bears(group))
        story = _story_of(page, group, is_phase=group in phases)
        if story:
            stories.setdefault(story, bears(group))
    for story, name in stories.items():
        for form in (f"us{story}", f"us {story}", f"us-{story}", f"user story {story}", f"story {story}"):
            known.setdefault(form, name)
    known.pop("", None)
    ids = [group.source_id for group in groups if group.source_id and any(ch.isdigit() for ch in group.source_id)]
    shapes = {_shape(name) for name in ids} | {_shape(f"US{story}") for story in stories}
    longest = max((len(name.split()) for name in known), default=0)
    return Names(
        known=known,
        stories=tuple(dict.fromkeys(stories.values())),
        shapes=frozenset(shapes),
        longest=min(longest, 8),
        has_tickets=_has_tickets(page, groups),
    )


def _has_tickets(page: Page, groups: Sequence[GroupValue]) -> bool:
    titles = (claim.value.text for claim in page.draft.known if isinstance(claim.value, TextValue) and claim.field == "title")
    return any(_TICKET.search(title) for title in titles) or any(_OWN_TICKET.match(_heading(page, group)) for group in groups)


def _shape(name: str) -> str:
    return re.sub(r"\d+", "0", fold(name).replace("0.0", "0"))


def _numbered(page: Page, items: Sequence[GroupValue]) -> Iterator[tuple[str, GroupValue]]:
    """Items with the number in front of them, which names one only where no other has it: some lists begin anew in each group."""
    rows = [(match[1], item) for item in items if (match := _LEADING.match(_heading(page, item)))]
    times = Counter(number for number, _ in rows)
    yield from ((number, item) for number, item in rows if times[number] == 1)


def _heading(page: Page, group: GroupValue) -> str:
    return plain(page.draft.lines[group.extent.start - 1][:LINE_LIMIT]).lstrip("#-*+ \t")


def _besides(page: Page, group: GroupValue, *, is_phase: bool) -> Iterator[str]:
    heading = _heading(page, group)
    for text in filter(None, (group.source_id, group.title, heading[:200])):
        numbered = _NUMBERED.match(text)
        if numbered:
            yield f"{numbered[1]} {numbered[2]}"
        if han := _HAN_NUMBERED.match(text):
            yield han[0]
    number = re.fullmatch(r"(?:[^\W\d]+[ \t])?(\d{1,4}(?:\.\d{1,3})*[a-z]?)\.?", group.source_id or "")
    if number and ("." in number[1] or not is_phase):
        yield number[1]
    if number and is_phase:
        yield f"phase {number[1]}"
    if number and not is_phase:
        yield from (f"{word} {number[1]}" for word in ("task", "step", "item"))
    yield from (f"#{ticket}" for ticket in _OWN_TICKET.findall(heading[:120]))
    if is_phase:
        # "Phase 2: Foundational (Blocking Prerequisites)" is "Foundational", too.
        short = _BRACKETED.sub("", _TITLE_HEAD.sub("", group.title, count=1))
        if 2 < len(short) <= 60:
            yield short


def _story_of(page: Page, group: GroupValue, *, is_phase: bool) -> str | None:
    heading = page.draft.lines[group.extent.start - 1][:400]
    match = _STORY.search(heading) if is_phase or heading.lstrip().startswith("#") else None
    if match:
        return match[1] or match[2]
    if not is_phase:
        return None
    # A story that stands only in brackets: the phase all of whose items are marked with it.
    inside = [row for row in page.draft.lines[group.extent.start : group.extent.end] if row.lstrip().startswith(("-", "*", "+"))]
    marks = {found[1] for row in inside[:200] if (found := _TAGGED_STORY.search(row[:200]))}
    return marks.pop() if len(marks) == 1 else None
