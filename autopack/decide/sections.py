"""The section tree of a plan: which heading or label owns each line, and what its words say the lines are for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autopack.decide.lexicon import find_role, is_known
from autopack.decide.tags import Tag
from autopack.model.draft import Block, Role, Section, Span

LABEL_LEVEL = 7

# In a task, `<done>` says when it is.
_TAG_ROLES: dict[str, Role] = {"done": "acceptance", "name": "work", "objective": "context", "output": "context"}

_BOLD_LABEL = re.compile(r"(\*\*|__)([^*_\n][^*\n]{0,98}?)\1\s*(.*)$")
_ITALIC_LABEL = re.compile(r"([*_])([^*_\n]{2,98}[:：])\1\s*(.*)$")
_PLAIN_LABEL = re.compile(r"([^\W\d_][^:：`\n]{0,58}?)\s*(?:：\s*|:(?:\s+|$))(.*)$")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_LABEL_WORDS = 6


@dataclass(frozen=True, slots=True)
class _Label:
    title: str
    line: int
    end: int | None  # `None` = as far as the next label or heading of the same container
    container: Span
    in_item: bool
    opens_item: bool


def find_sections(blocks: Sequence[Block], line_count: int, tags: Sequence[Tag] = ()) -> tuple[Section, ...]:
    """Every section in the order of its first line, beginning with level 0, which spans the whole file.

    A label section ends at the next label or heading, or where prose goes on after its list; a tag's where it closes.
    """
    whole = Section(title="", level=0, span=Span(start=1, end=max(line_count, 1)), role="work")
    headings = _heading_sections(blocks, whole)
    tagged = _tag_sections(tags, headings, whole)
    labels = _label_sections(blocks, (*headings, *tagged), whole)
    return (whole, *_in_order((*headings, *tagged, *labels)))


def _in_order(sections: Sequence[Section]) -> list[Section]:
    return sorted(sections, key=lambda section: (section.span.start, section.level))


def _tag_sections(tags: Sequence[Tag], headings: Sequence[Section], whole: Section) -> list[Section]:
    """A label section for each tag; one that holds headings of its own only wraps them."""
    starts = [section.span.start for section in headings]
    sections: list[Section] = []
    parents: list[Section] = []
    for tag in tags:
        at = bisect_right(starts, tag.span.start)
        if at < len(starts) and starts[at] <= tag.span.end:
            continue
        while parents and parents[-1].span.end < tag.span.end:
            parents.pop()
        parent = parents[-1] if parents else headings[at - 1] if at else whole
        title = tag.name.replace("_", " ").replace("-", " ")
        role = _TAG_ROLES.get(title) or find_role(title)
        section = Section(title=title, level=LABEL_LEVEL, span=tag.span, role=_inherit(role, parent.role), named=role is not None)
        parents.append(section)
        sections.append(section)
    return sections


def _heading_sections(blocks: Sequence[Block], whole: Section) -> list[Section]:
    headings = [block for block in blocks if block.kind == "heading"]
    ends = _heading_ends(headings, whole.span.end)
    # The only H1, on top, names the document, not a part of it.
    named = bool(headings) and headings[0].level == 1 and sum(1 for block in headings if block.level == 1) == 1
    sections: list[Section] = []
    parents: list[Section] = []
    for number, (block, end) in enumerate(zip(headings, ends, strict=True)):
        while parents and parents[-1].level >= block.level:
            parents.pop()
        inherited = parents[-1].role if parents else whole.role
        own = None if named and number == 0 else find_role(block.text)
        span = Span(start=block.span.start, end=end)
        section = Section(title=block.text, level=block.level, span=span, role=_inherit(own, inherited), named=own is not None)
        parents.append(section)
        sections.append(section)
    return sections


def _inherit(role: Role | None, inherited: Role) -> Role:
    """A heading's own role, else its parent's; "Phase 4" below "Future work" stays in the future."""
    if role is None or (role == "work" and inherited in ("future", "non_goal", "bookkeeping")):
        return inherited
    return role


def _heading_ends(headings: Sequence[Block], last: int) -> list[int]:
    """Where each heading's section ends: before the next heading of its level or above."""
    ends: list[int] = []
    next_start = [last + 1] * 8
    for block in reversed(headings):
        ends.append(min(next_start[1 : block.level + 1]) - 1)
        next_start[block.level] = block.span.start
    return ends[::-1]


def _find_owners(sections: Sequence[Section], whole: Section) -> list[Section]:
    """The innermost section of each line."""
    owners = [whole] * whole.span.end
    for section in sorted(sections, key=lambda section: (section.level, section.span.start)):
        owners[section.span.start - 1 : section.span.end] = [section] * (section.span.end - section.span.start + 1)
    return owners


def _label_sections(blocks: Sequence[Block], outer_sections: Sequence[Section], whole: Section) -> list[Section]:
    owners = _find_owners(outer_sections, whole)
    tag_ends = [section.span.end + 1 for section in outer_sections if section.level == LABEL_LEVEL]
    starts = sorted([*(section.span.start for section in outer_sections), *tag_ends])
    labels = list(_labels(blocks, whole.span))
    sections: list[Section] = []
    outer = whole
    for label, limit in zip(labels, _label_limits(blocks, labels, starts, whole.span), strict=True):
        parent = owners[label.line - 1]
        if outer.level == LABEL_LEVEL and outer.span.start >= parent.span.start and outer.span.end >= label.line:
            parent = outer
        role = find_role(label.title)
        # "- Test: `tests/test_x.py`" below "Files:" is one of the files; "- Files: a.py" below a task is the task's list.
        if label.in_item and (role is None or (label.opens_item and parent.role != "work")):
            continue
        end = max(label.line, limit if label.end is None else min(label.end, limit))
        span = Span(start=label.line, end=end)
        section = Section(title=label.title, level=LABEL_LEVEL, span=span, role=role or parent.role, named=role is not None)
        if not label.in_item:
            outer = section
        sections.append(section)
    return sections


def _labels(blocks: Sequence[Block], whole: Span) -> Iterator[_Label]:
    """Labels in line order, each with the span it cannot leave: its list item, or the file."""
    items: list[Span] = []
    for block in blocks:
        while items and items[-1].end < block.span.start:
            items.pop()
        if block.kind == "item":
            items.append(block.span)
        if block.kind not in ("paragraph", "item"):
            continue
        container = items[-1] if items else whole
        lines = block.text.split("\n")
        found = [
            (block.span.start + offset, *label)
            for offset, line in enumerate(lines)
            if not (offset == 0 and _is_task(block)) and (label := read_label(line[:4096])) is not None
        ]
        for position, (line, title, value) in enumerate(found):
            last = found[position + 1][0] - 1 if position + 1 < len(found) else block.span.start + len(lines) - 1
            opens_item = block.kind == "item" and line == block.span.start
            # A label with a value owns its sentence; one that opens a list item owns what is nested below it too.
            end = _sentence_end(lines, block.span.start, line, last) if value and not opens_item else None
            in_item = bool(items)
            yield _Label(title=title, line=line, end=end, container=container, in_item=in_item, opens_item=opens_item)


def _sentence_end(lines: Sequence[str], first: int, line: int, last: int) -> int:
    """The line before a new sentence begins on a line of its own."""
    while line < last:
        above, below = lines[line - first], lines[line + 1 - first]
        if above.endswith((".", "!", "?", "`", ";", ")")) and not below[:1].islower():
            break
        line += 1
    return line


def _is_task(block: Block) -> bool:
    """Whether an item's first words name work, not a field: "- [ ] Test: the parser", "2. Files: move them"."""
    return block.kind == "item" and (block.checkbox or (block.number is not None and block.level == 0))


def _label_limits(blocks: Sequence[Block], labels: Sequence[_Label], headings: Sequence[int], whole: Span) -> list[int]:
    """The last line each label may own: up to the next label or heading, or to prose after its list."""
    stops: dict[Span, int] = {}
    prose = _prose_after_lists(blocks)
    limits: list[int] = []
    heading, after = len(headings) - 1, len(prose) - 1
    next_heading = next_prose = whole.end + 1
    for label in reversed(labels):
        while heading >= 0 and headings[heading] > label.line:
            next_heading = headings[heading]
            heading -= 1
        while after >= 0 and prose[after] > label.line:
            next_prose = prose[after]
            after -= 1
        limits.append(
            min(stops.get(label.container, label.container.end + 1), label.container.end + 1, next_heading, next_prose) - 1
        )
        stops[label.container] = label.line
    return limits[::-1]


def _prose_after_lists(blocks: Sequence[Block]) -> list[int]:
    """First lines of paragraphs that stand outside of any item, behind a list."""
    found: list[int] = []
    item_end = 0
    behind_list = False
    for block in blocks:
        if block.kind == "item":
            item_end, behind_list = max(item_end, block.span.end), True
        elif block.span.start > item_end:
            if block.kind == "paragraph" and behind_list:
                found.append(block.span.start)
            behind_list = False
    return found


def read_label(line: str) -> tuple[str, str] | None:
    """The label that opens a line and the words after it: `**Files:** a.py` gives `("Files", "a.py")`.

    A plain label needs words of the lexicon, or nothing after its colon.
    """
    bold = _BOLD_LABEL.match(line) or _ITALIC_LABEL.match(line)
    if bold:
        title, rest = bold[2].strip(), bold[3].strip()
        if title.endswith((":", "：")):
            return title[:-1].rstrip(), rest
        if rest.startswith((":", "：")):
            return title, rest[1:].strip()
        if rest.endswith(":") and _BRACKETED.match(rest[:-1]):
            return title, ""
        return (title, "") if not rest else None
    plain = _PLAIN_LABEL.match(line)
    if not plain or len(plain[1].split()) > _LABEL_WORDS:
        return None
    title, rest = plain[1].strip(), (plain[2] or "").strip()
    if rest and not is_known(title):
        return None
    return title, rest
