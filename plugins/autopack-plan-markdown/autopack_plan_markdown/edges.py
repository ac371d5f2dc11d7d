"""Order the plan states: which phase or item comes after which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autopack.model.draft import Claim, EdgeValue, GroupValue, Node, Span, TextValue
from autopack_plan_markdown.names import Names, bears, read_names
from autopack_plan_markdown.page import Page, plain, stated

_AFTER = re.compile(
    r"\b(?:depends? (?:up)?on|dependenc(?:y|ies)|depending on|blocked (?:by|on)|requires?|needs?|after|follow(?:s|ing)|once|"
    r"builds? on|prerequisites?|"
    r"waits? (?:for|on)|until|abhängig von|hängt ab von|abhängigkeit(?:en)?|nach|benötigt|braucht|"
    r"voraussetzung(?:en)?|blockiert (?:von|durch)|"
    r"depende de|dependencias?|después de|tras|requieren?|necesitan?|precisan?|"
    r"bloquead[ao] por|dépend de|dépendances?|après|nécessite|bloqué(?:e)? par|"
    r"зависит от|зависимости|после|требует|блокируется|dependências?|depois de|requer)\b|依赖于?|依賴|"
    r"前置(?:任务|条件)?|依存|前提",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"\W{0,8}(?:depends on|dependenc(?:y|ies)|blocked by|requires|prerequisites?|after|abhängig von|abhängigkeit(?:en)?|"
    r"dependencias|зависимости|依赖|依存|前置任务|前置)\W{0,4}[:：]",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?:\bno|\bnot|\bwithout|\bindependent|\bnone|\bkeine?|\bne|不|无|無)[ \t]*(?:other |longer |any |more )?$", re.IGNORECASE
)
_BLOCKS = re.compile(
    r"\b(?:blocks?|unblocks|is (?:required|needed) (?:for|by)|"
    r"must (?:be )?(?:complete|finish|land|done|completed|finished)[^.;]{0,40}? before|before)\b",
    re.IGNORECASE,
)
_ALL_STORIES = re.compile(r"\b(?:any|all|every|the|each|no|other)?\s*(?:of the )?(?:user )?stor(?:y|ies)\b", re.IGNORECASE)
_NO_STORY_UNTIL = re.compile(
    r"\bno (?:user )?story\b[^.;]{0,60}?\b(?:until|before)\b(.{0,80})|\bcannot (?:begin|start) (?:until|before)\b(.{0,80})",
    re.IGNORECASE,
)
_EVERY_STORY = re.compile(r"(?:any|all|every|each) (?:of the )?(?:user )?stor(?:y|ies)\b", re.IGNORECASE)
_THIS = re.compile(r"\bthis (?:phase|milestone|step|task|stage|group)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;&+/、，和与及]|\b(?:and|or|plus|und|oder|sowie|y|e|et|и)\b|->|→", re.IGNORECASE)
_LEAD = re.compile(
    r"[\s*_`:：()\[\]（–—-]{0,12}(?:(?:by|on|for|only)[ \t]{1,3})?(?:(?:the|la|el|las|los|le|les|die|der|den|das|a|o|os|only|"
    r"both|all of|of|completion of|completing|"
    r"tasks?:?(?=\s+[A-Z#]))\s+)?[*_`(\[]{0,4}",
    re.IGNORECASE,
)
_LIST_WORD = re.compile(
    r"(phase|milestone|step|task|story|stage|part|item|issue|schritt|aufgabe|任务|步骤|阶段)s?\b", re.IGNORECASE
)
_WORD = re.compile(r"#?\w[\w.-]*")
_TICKET = re.compile(r"#\d{1,7}")
_UNIT = re.compile(
    r"\s*(?:%|ms|s|min|minutes?|hours?|h|days?|weeks?|months?|seconds?|gb|mb|kb|times?|files?|points?|people|lines?|"
    r"or (?:later|more|newer))\b",
    re.IGNORECASE,
)
# What is said of a thing, not of an amount: "once 2 is done", "3.3 was asked for".
_DOES = re.compile(
    r"\s+(?:is|are|was|were|has|have|must|can|will|should|may|comes?|goes|waits?|depends?|needs?|requires?|follows?)\s"
)
_SENTENCE = re.compile(r"[.;。；](?:\s|$)|\bnot\b|不")
# Where another statement may begin: its subject stands in front of the verb, "6 requires 4, 7 requires 6".
_CLAUSE = re.compile(r"[,:：，](?:\s|$)(?:and\s)?|\band\s")
_DEPENDENCIES = re.compile(r"\bdependenc|\bdepends\b|abhängigkeit|依赖|依存", re.IGNORECASE)
_DEFINED = re.compile(r"[ \t]{0,8}[-*+][ \t]+\*\*[^*\n]{1,80}\*\*[ \t]*(?:[:：]|→|->|[–—-][ \t])")
_NOTES = re.compile(r"\W*(?:notes?|remarks?|notizen|hinweise?|notas?|备注|注意)\b", re.IGNORECASE)
_SENTENCE_STOP = re.compile(r"[.;。；）](?:\s|$)|\)\s*[.;:]|,? (?:not|but|because|since|so that|which)\b|\s[–—-]\s")
_DEAD = ("future", "bookkeeping", "non_goal")
_KEYS = ("depends_on", "dependencies", "blocked_by", "requires", "after")
_MOST_NAMES = 40
_MOST_HAN = 8


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    words: str


def claim_edges(page: Page) -> Iterator[Claim]:
    """`depends on T001, T002`, `after phase 1`: names that a phase or an item bears, or that look like those."""
    groups = page.known_groups()
    phases = frozenset(
        claim.value for claim in page.draft.known if claim.field == "phase" and isinstance(claim.value, GroupValue)
    )
    names = read_names(page, groups, phases)
    if page.draft.tree is not None and page.draft.format in ("markdown", "text"):
        yield from _of_front_matter(page, page.draft.tree, names)
    if not names.known:
        return
    seen: set[tuple[str, str]] = set()
    owners = _owners(page, groups)
    for number, line in page.prose():
        group = owners[number - 1]
        for later, found in _of_line(line, names, bears(group) if group else None) if _may_order(page, number, line) else ():
            if later != found.name and (later, found.name) not in seen:
                seen.add((later, found.name))
                words = found.words if found.words.casefold() != found.name.casefold() else ""
                # "This phase" stands for a name that its heading gives.
                start = group.extent.start if group and _THIS.fullmatch(words) else number
                value = EdgeValue(source_id=later, after=found.name, words=words)
                yield stated("edge", value, Span(start=start, end=number), 0.9, "depends-on")


def _may_order(page: Page, number: int, line: str) -> bool:
    title = page.owners[number - 1].title[:200]
    if page.role(number) in _DEAD and not (page.role(number) == "bookkeeping" and _NOTES.match(title)):
        return False
    if _DEPENDENCIES.search(title) and _DEFINED.match(line):
        return True
    return any(pattern.search(line) for pattern in (_AFTER, _BLOCKS, _NO_STORY_UNTIL))


def _owners(page: Page, groups: Sequence[GroupValue]) -> list[GroupValue | None]:
    """The innermost group of each line."""
    owners: list[GroupValue | None] = [None] * len(page.draft.lines)
    for group in groups:
        end = min(group.extent.end, len(owners))
        owners[group.extent.start - 1 : end] = [group] * (end - group.extent.start + 1)
    return owners


def _of_line(line: str, names: Names, own: str | None) -> Iterator[tuple[str, _Found]]:
    """Pairs of (later, earlier)."""
    waiting = _NO_STORY_UNTIL.search(line)
    if waiting:
        rest = waiting[1] or waiting[2] or ""
        earlier = _names_at(rest, names)[:1] or ([_Found(own, "")] if own and _THIS.search(rest) else [])
        named = _names_at(line[: waiting.start()].lstrip("#-*+ \t⚠️"), names, anywhere=True)
        laters = [row.name for row in named] if waiting[2] is not None else list(names.stories)
        yield from ((later, _cited(row)) for row in earlier for later in laters)
        return
    for match in _AFTER.finditer(line):
        before = line[: match.start()]
        if _NEGATED.search(before[-30:]):
            continue
        is_field = _FIELD.match(line.lstrip(" \t-*+>")) is not None
        for row in _names_at(line[match.end() : match.end() + 300], names, is_field=is_field):
            yield from ((later, row) for later in _laters(before, names, own))
    defined = _DEFINED.match(line)
    if defined and not _AFTER.search(line):
        later = _subject(line[: defined.end()], names)
        yield from ((later, row) for row in _names_at(line[defined.end() : 300], names, is_field=True) if later)
    blocks = _BLOCKS.search(line)
    if blocks:
        subject = _subject(line[: blocks.start()], names)
        earlier_name = subject or (
            own if _THIS.search(line[: blocks.start()]) or _is_bare_subject(line, blocks.start()) else None
        )
        after = line[blocks.end() : blocks.end() + 200]
        if earlier_name and not _NEGATED.search(line[: blocks.start()][-30:]):
            laters = (
                list(names.stories)
                if _ALL_STORIES.match(after.lstrip(" \t*:"))
                else [row.name for row in _names_at(after, names)]
            )
            yield from ((later, _Found(earlier_name, _words_for(earlier_name, line, names))) for later in laters)


def _cited(row: _Found) -> _Found:
    return row if row.words else _Found(row.name, "this phase")


def _is_bare_subject(line: str, at: int) -> bool:
    return not line[:at].strip(" \t-*+#>")


def _words_for(name: str, line: str, names: Names) -> str:
    found = next((row for row in _names_at(line, names, anywhere=True) if row.name == name), None)
    this = _THIS.search(line)
    return found.words if found else this[0] if this else ""


def _laters(before: str, names: Names, own: str | None) -> Sequence[str]:
    """What waits: the subject of the verb, every story, the group that the line is of, or what the line begins with."""
    if _EVERY_STORY.match(_SENTENCE.split(plain(before))[-1].lstrip("-*+#>⚠️ \t")):
        return names.stories
    later = _subject(before, names) or own or _first(before, names)
    return (later,) if later else ()


def _subject(words: str, names: Names) -> str | None:
    """The name that a line itself says depends: "**US3** → depends on US1", "**Foundational (Phase 2)**: Depends on Setup"."""
    head = _SENTENCE.split(plain(words))[-1]
    gaps = [gap for gap in _CLAUSE.finditer(head) if gap[0] != "and " or _AFTER.search(head[: gap.start()])]
    clause = head[gaps[-1].end() :] if gaps and head[gaps[-1].end() :].strip() else head
    return _first(clause, names) or _first(head, names)


def _first(words: str, names: Names) -> str | None:
    found = _names_at(plain(words).lstrip("-*+#>⚠️ \t")[:120], names)
    return found[0].name if found else None


def _names_at(words: str, names: Names, *, is_field: bool = False, anywhere: bool = False) -> list[_Found]:
    """Known names at the front of a list, a bare number taking the word before it: "Task 1.1, 1.2"."""
    found: list[_Found] = []
    listed = ""
    words = words if anywhere else _SENTENCE_STOP.split(words, maxsplit=1)[0]
    for piece in _SEPARATOR.split(words)[:_MOST_NAMES]:
        piece = plain(piece)
        if found and not anywhere and _AFTER.search(piece):
            break
        lead = _LEAD.match(piece)
        rest = piece[lead.end() if lead else 0 :]
        word = _LIST_WORD.match(rest)
        listed = word[1] if word else listed
        row = _name_of(rest, listed, names, is_field=is_field)
        if row is None and word:
            row = _name_of(rest[word.end() :].lstrip(" #"), listed, names, is_field=is_field)
        if row is None and anywhere:
            row = _anywhere(rest, names)
        if row is None:
            if rest.strip() and not anywhere:
                break
            continue
        if all(row.name != known.name for known in found):
            found.append(row)
    return found


def _anywhere(rest: str, names: Names) -> _Found | None:
    for match in _WORD.finditer(rest):
        row = _name_of(rest[match.start() :], "", names, is_field=False)
        if row:
            return row
    return None


def _name_of(rest: str, listed: str, names: Names, *, is_field: bool) -> _Found | None:
    tokens = [(match[0], match.end()) for match in _WORD.finditer(rest[:160])][: max(names.longest, 2)]
    for count in range(len(tokens), 0, -1):
        words = rest[: tokens[count - 1][1]]
        name = names.find(words)
        if name is None and count == 1 and listed:
            name = names.find(f"{listed} {words}")
        if name is not None and not (_is_number(words) and not _stands_alone(rest[len(words) :], listed, is_field=is_field)):
            return _Found(name, words.strip("*_`()[] "))
    if tokens and _TICKET.fullmatch(tokens[0][0]):
        return _Found(tokens[0][0], "") if names.has_tickets else None
    for count in (2, 1):
        words = rest[: tokens[count - 1][1]] if len(tokens) >= count else ""
        if words and not _is_number(words) and any(ch.isdigit() for ch in words) and names.is_like_a_name(words):
            return _Found(words.strip("*_`()[] .,:"), "")
    # Han has no blanks that would end a name.
    for length in range(min(len(rest), _MOST_HAN), 1, -1) if rest[:1] > "\u2e80" else ():
        if name := names.find(rest[:length]):
            return _Found(name, tokens[0][0] if tokens else rest[:length])
    return None


def _is_number(words: str) -> bool:
    return words.strip(".").replace(".", "").isdecimal()


def _stands_alone(after: str, listed: str, *, is_field: bool) -> bool:
    """Whether a bare number names something: "needs 1.2 and 2.1", not "after 2 minutes"."""
    if _UNIT.match(after):
        return False
    return (
        is_field
        or bool(listed)
        or not after.strip()
        or after.lstrip()[:1] in ".,;:()[]*_`（）、"
        or _DOES.match(after) is not None
    )


def _of_front_matter(page: Page, tree: Node, names: Names) -> Iterator[Claim]:
    """What todos of the front matter wait for, and what the whole document does."""
    todos = tree.get("todos", "tasks")
    for todo in todos.children if todos and todos.kind == "list" else ():
        own = todo.get("id")
        if todo.kind == "map" and own is not None and own.text:
            yield from _from_nodes(own.text, todo)
    own = tree.get("id", "title", "name")
    title = next(
        (claim.value.text for claim in page.draft.known if isinstance(claim.value, TextValue) and claim.field == "title"), ""
    )
    name = names.find(own.text) if own is not None and own.text else None
    later = name or title or (own.text if own is not None else "")
    if later:
        yield from _from_nodes(later, tree)


def _from_nodes(later: str, node: Node) -> Iterator[Claim]:
    for key in _KEYS:
        for value in node.get_all(key):
            for row in value.children if value.kind == "list" else (value,):
                named = row.get("id") if row.kind == "map" else row
                if named and named.text and named.text != later:
                    yield stated("edge", EdgeValue(source_id=later, after=named.text), named.span, 0.95, "front-matter-edge")
