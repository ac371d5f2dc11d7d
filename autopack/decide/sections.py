"""The section tree of a plan: which heading or label owns each line, and what its words say the lines are for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autopack.model.draft import Block, Role, Section, Span

LABEL_LEVEL = 7

# What headings say, without numbering, marks and what stands in brackets.  A `*` at the end takes a plural
# and any further words.
_LEXICON: Mapping[Role, str] = {
    "work": """
        task*, tasks*, todo*, to do*, to-do*, steps*, plan, the plan, work, work items, work plan, plan of work,
        implementation, implementation plan, implementation steps, implementation tasks, concrete steps,
        changes, changes needed, changes required, proposed changes, required changes, what changes, what to do,
        deliverables, in progress, action items, actions, next steps, checklist, bug fixes, fixes, fix,
        features, user stories, the change, proposed fix, proposed solution, solution, approach, tests to add,
        tests to write
    """,
    "acceptance": """
        acceptance*, success criteria*, success, exit criteria*, definition of done*, dod, done when*, done
        criteria, expected behaviour*, expected behavior*, expected result*, expected outcome*, desired
        behaviour*, desired behavior*, manual verification*, independent test*, criteria
    """,
    "non_goal": """
        non-goal*, non goal*, nongoal*, not goals, out of scope*, out-of-scope*, not in scope*, what we're not*,
        what we are not*, what not to do*, not doing*, do not, do not touch*, do not change*, don't, dont, don't
        touch*, won't do*, wont do*, anti-goals, exclusions, excluded, explicitly excluded, explicitly out of
        scope
    """,
    "constraint": """
        constraint*, rules, ground rules, guardrails, limits, limitations, technical requirements, technical
        constraints, non-functional requirements, nonfunctional requirements, must not, conventions, budget,
        restrictions
    """,
    "validation": """
        validation*, verification*, verify*, how to verify*, how to test*, testing, testing strategy, testing
        plan, testing steps, test plan, test command*, test, tests, check, checks, check command*, automated
        verification*, automated checks, run tests, run the tests, run test*, quality gates, quality checks,
        final check*
    """,
    "files": """
        files, file, file list, file changes, files changed*, files to*, files involved, files affected, files
        touched, affected files, affected code, changed files, modified files, new files, touched files, scope,
        in scope, allowed files, allowed paths, paths, target files, files and folders
    """,
    "context": """
        overview, background*, context*, motivation, why*, current state*, current behaviour*, current
        behavior*, current, current status quo, problem*, root cause*, analysis*, summary, executive summary,
        introduction, intro, reference*, related*, architecture*, tech stack, technical context, design, design
        notes, dev notes, research*, existing*, goal, goals, objective, objectives, purpose, purpose / big
        picture, impact, dependencies*, depends on*, risk*, assumption*, open question*, questions, question,
        clarification*, key files, relevant files, read first, read, see also, prerequisites, requires,
        location, project structure, glossary, rollback*, idempotence*
    """,
    "bookkeeping": """
        status, progress*, changelog, change log, change history, history, revision history, version history,
        notes, notes for*, decision log, decisions log, surprises*, outcomes*, dev agent record*, qa results*,
        completed*, done, session log, session notes, work log, worklog, log, sign-off, signoff, metadata,
        approvals, estimate*, estimated time, estimated effort, priority, effort, author*, owner*, assignee*,
        timeline, progress tracking, quality checklist, checkpoint, last updated, created, updated, date,
        version, tags, labels
    """,
    "future": """
        future*, later*, follow-up*, follow up*, followups, nice to have*, nice-to-have*, backlog*, stretch*,
        possible extension*, ideas, next steps (future*, after this, post-mvp*
    """,
}

_EXACT: dict[str, Role] = {}
_PREFIXES: list[tuple[str, Role]] = []
for _role, _phrases in _LEXICON.items():
    for _phrase in (" ".join(part.split()) for part in _phrases.split(",")):
        _forms = (_phrase[:-1], f"{_phrase[:-1]}s") if _phrase.endswith("*") else (_phrase,)
        _EXACT.update(dict.fromkeys(_forms, _role))
        _PREFIXES.extend((f"{_form} ", _role) for _form in _forms if _phrase.endswith("*"))
_PREFIXES.sort(key=lambda entry: -len(entry[0]))

_MARKS = re.compile(r"[*_`#]+")
_NUMBERING = re.compile(r"(?:\d+(?:\.\d+)*|[A-Za-z]|[ivxIVX]+)[.):](?:\s+|$)|\d+(?:\.\d+)*\s+(?=\D)")
_CARRIER = re.compile(
    r"(?:task|step|phase|story|milestone|stage|part|sprint|iteration|epic|user story)\s+#?[\w.]*\d[\w.]*\b\s*(.*)"
)
_FUTURE = re.compile(r"\bfuture\b")
_BRACKETED = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_BOLD_LABEL = re.compile(r"(\*\*|__)([^*_\n][^*\n]{0,98}?)\1\s*(.*)$")
_PLAIN_LABEL = re.compile(r"([^\W\d_][^:`\n]{0,58}?)\s*:(?:\s+(.*))?$")
_PUNCTUATION = " :.!?-–—→>"
_LABEL_WORDS = 6


def plain_title(text: str) -> str:
    """A heading's or label's words for comparing: no marks, emoji, numbering, case or closing punctuation."""
    words = _MARKS.sub("", text[:400]).casefold().replace("’", "'")
    # U+FE0F and U+20E3 are what makes an emoji or a keycap of the character before.
    words = "".join(ch for ch in words if ch != "\ufe0f" and unicodedata.category(ch) not in ("So", "Sk", "Me", "Cf"))
    words = " ".join(words.split()).lstrip(_PUNCTUATION)
    return words[numbering.end() if (numbering := _NUMBERING.match(words)) else 0 :].strip(_PUNCTUATION)


def find_role(title: str) -> Role | None:
    """What a heading's words say its lines are for; `None` when the lexicon does not know them."""
    words = plain_title(title)
    carrier = _CARRIER.match(words)
    if carrier:
        # "Step 4: Verify" proves; any other numbered step is work, whatever it is about.
        rest = plain_title(carrier[1])
        return "validation" if _EXACT.get(rest) == "validation" else "future" if _FUTURE.search(rest) else "work"
    for candidate in (words, _BRACKETED.sub("", words)):
        if candidate in _EXACT:
            return _EXACT[candidate]
    return next((role for prefix, role in _PREFIXES if words.startswith(prefix)), None)


@dataclass(frozen=True, slots=True)
class _Label:
    title: str
    line: int
    end: int | None  # `None` = as far as the next label or heading of the same container
    container: Span
    in_item: bool
    opens_item: bool


def find_sections(blocks: Sequence[Block], line_count: int) -> tuple[Section, ...]:
    """Every section in the order of its first line, beginning with level 0, which spans the whole file.

    A label section ends at the next label or heading, or where prose goes on after its list.
    """
    whole = Section(title="", level=0, span=Span(start=1, end=max(line_count, 1)), role="work")
    headings = _heading_sections(blocks, whole)
    labels = _label_sections(blocks, headings, whole)
    return (whole, *sorted((*headings, *labels), key=lambda section: (section.span.start, section.level)))


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
        role = whole.role if named and number == 0 else _inherit(find_role(block.text), inherited)
        section = Section(title=block.text, level=block.level, span=Span(start=block.span.start, end=end), role=role)
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


def _label_sections(blocks: Sequence[Block], headings: Sequence[Section], whole: Section) -> list[Section]:
    starts = [section.span.start for section in headings]
    labels = list(_labels(blocks, whole.span))
    sections: list[Section] = []
    owner, outer = -1, whole
    for label, limit in zip(labels, _label_limits(blocks, labels, starts, whole.span), strict=True):
        while owner + 1 < len(starts) and starts[owner + 1] <= label.line:
            owner += 1
        parent = headings[owner] if owner >= 0 else whole
        if outer.level == LABEL_LEVEL and outer.span.start >= parent.span.start and outer.span.end >= label.line:
            parent = outer
        role = find_role(label.title)
        # "- Test: `tests/test_x.py`" below "Files:" is one of the files; "- Files: a.py" below a task is the task's list.
        if label.in_item and (role is None or (label.opens_item and parent.role != "work")):
            continue
        end = max(label.line, limit if label.end is None else min(label.end, limit))
        section = Section(title=label.title, level=LABEL_LEVEL, span=Span(start=label.line, end=end), role=role or parent.role)
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
    bold = _BOLD_LABEL.match(line)
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
    if rest and plain_title(title) not in _EXACT:
        return None
    return title, rest
