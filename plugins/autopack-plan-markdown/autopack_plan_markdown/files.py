"""Files the plan names: lists it gives, paths it mentions in its work, and what it only wants read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from autopack.model.draft import Block, Claim, Field, GroupValue, PathRole, PathValue, Span, TextValue
from autopack.model.workspace import Workspace
from autopack_plan_markdown.page import LINE_LIMIT, Page, plain, stated
from autopack_plan_markdown.paths import Mention, find_mentions, find_place
from autopack_plan_markdown.words import CREATE, DELETE, MODIFY, READ, words_of

_ENTRY = re.compile(
    # Possessive: a line of blanks would else be split between the four of them in every way there is.
    r"[ \t]*+(?:[-*+]|\d{1,3}[.)])?[ \t]*+(?:\[[ xX~-]\][ \t]*+)?\W{0,4}"
    r"(create|new|add|modify|update|edit|change|delete|remove|test|tests|read|reference|file)\W{0,4}:",
    re.IGNORECASE,
)
_ACTIONS: dict[str, PathRole] = {
    "create": "create", "new": "create", "add": "create", "modify": "modify", "update": "modify", "edit": "modify",
    "change": "modify", "delete": "delete", "remove": "delete", "read": "read", "reference": "read",
}  # fmt: skip
_NOTE = re.compile(r"\s(?:[-–—]+|→|->|:)\s|:\s| \(")
_READ_ONLY = re.compile(
    r"\b(?:see|read|like|as in|based on|modell?ed on|similar to|following|mirrors?|reference|"
    r"look at|compare(?: with)?|unlike|same as|per)"
    r"\W{1,3}(?:the |existing |how |of |in )*\W{0,3}$",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"\b(?:do not|don['’]t|never|must not|mustn['’]t|should not|shouldn['’]t|without (?:touching|changing|modifying)|leave|avoid|"
    r"not (?:touch|change|modify|edit))\b",
    re.IGNORECASE,
)
_AIM = re.compile(r"\W*(?:goal|objective|purpose|aim|task)", re.IGNORECASE)
_SENTENCE_BREAK = re.compile(r"[.;!?]\s")
_NEW_BLOCK = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)]|#{1,6})(?:\s|$)")
# Lines about commands or order, whatever paths they hold.
_NO_FILES = re.compile(r"\W*(?:run|expected|commit|depends|dependencies|git)\b", re.IGNORECASE)


def claim_files(page: Page, workspace: Workspace) -> Iterator[Claim]:
    listed = [*_listed(page, workspace), *_tables(page, workspace)]
    lines = {claim.span.start for claim in listed if claim.span}
    mentioned = list(_mentioned(page, workspace, lines))
    yield from listed
    yield from _fence_in(page, listed, mentioned)


def _fence_in(page: Page, listed: Sequence[Claim], mentioned: Sequence[Claim]) -> Iterator[Claim]:
    """Mentions as they are; in an item without a list beside items that have one, they are that item's list.

    The host takes stated lists as a fence, and an item whose files are only mentioned would stand outside of it.
    """
    items = [item.extent for item in _items(page)]
    scopes = [claim.span for claim in listed if claim.span and claim.field == "scope"]
    with_list = [item for item in items if any(item.holds(span) for span in scopes)]
    without = [item for item in items if with_list and item not in with_list]
    for claim in mentioned:
        beside = claim.field == "path" and claim.span and any(item.holds(claim.span) for item in without)
        yield replace(claim, field="scope", rule="mention-beside-lists") if beside else claim


def _items(page: Page) -> list[GroupValue]:
    return [claim.value for claim in page.draft.known if claim.field == "item" and isinstance(claim.value, GroupValue)]


# -- explicit lists ---------------------------------------------------------------------------------------------------


def _listed(page: Page, workspace: Workspace) -> Iterator[Claim]:
    """Entries of file sections and labels: `- Create: \\`p\\``, `**Files:** a.py, b.py`, a path a line."""
    for number, line in page.prose():
        in_list = page.role(number) == "files"
        entry = _ENTRY.match(line)
        if not in_list and not (entry and page.role(number) == "work" and entry[1].casefold() in _ACTIONS):
            continue
        mentions = find_mentions(line, workspace)
        if not mentions or line.lstrip().startswith(("#", "|")):
            continue
        if not in_list and not mentions[0].marked:
            continue
        action: PathRole = _ACTIONS.get(entry[1].casefold(), "unknown") if entry else "unknown"
        for mention in _entries(line, mentions):
            yield from _place(mention, number, action, workspace, "scope", 0.95, "file-list")


def _entries(line: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """The paths of an entry itself: those separated by commas or "and", not those of the note behind it."""
    yield mentions[0]
    at = mentions[0].end
    for mention in mentions[1:]:
        between = line[at : mention.column]
        if _NOTE.search(between) or len(words_of(between)) > 1:
            return
        yield mention
        at = mention.end


def _tables(page: Page, workspace: Workspace) -> Iterator[Claim]:
    """Rows of a table with a column of files: `| Action | Path |`."""
    for block in page.draft.blocks:
        if block.kind == "table" and page.role(block.span.start) in ("work", "files"):
            yield from _table(block, workspace)


def _table(block: Block, workspace: Workspace) -> Iterator[Claim]:
    rows = [[cell.strip() for cell in row[:LINE_LIMIT].strip("|").split("|")] for row in block.text.split("\n")]
    names = [plain(cell).casefold() for cell in rows[0]]
    column = next(
        (i for i, name in enumerate(names) if name in ("file", "files", "path", "paths", "file path", "filename", "location")),
        None,
    )
    if column is None:
        return
    actions = next(
        (i for i, name in enumerate(names) if name in ("action", "change", "operation", "type", "status", "what")), None
    )
    for offset, row in enumerate(rows[2:], start=2):
        words = words_of(row[actions])[:1] if actions is not None and actions < len(row) else []
        action = _verb_role(words)
        for mention in find_mentions(row[column], workspace) if column < len(row) else ():
            yield from _place(mention, block.span.start + offset, action, workspace, "scope", 0.95, "file-table")


# -- mentions ---------------------------------------------------------------------------------------------------------


def _mentioned(page: Page, workspace: Workspace, listed: set[int]) -> Iterator[Claim]:
    """Paths in prose: in work lines they may change, in context lines they are for reading."""
    items = sorted(_items(page), key=lambda item: item.extent)
    current: GroupValue | None = None
    seen: set[tuple[str, str]] = set()
    begun, last = "", 0
    for number, line in page.prose():
        # A sentence may have begun on the line above: "Do not touch\nsrc/b.py".
        lead = begun if last == number - 1 and line.strip() and not _NEW_BLOCK.match(line) else ""
        begun, last = _SENTENCE_BREAK.split(f"{lead} {line}"[-LINE_LIMIT:])[-1], number
        while items and items[0].extent.start <= number:
            current = items.pop(0)
        role = page.role(number)
        if number in listed or role not in ("work", "context") or line.lstrip()[:1] == "|" or _NO_FILES.match(line):
            continue
        inherited = _verb_role(words_of(current.title)) if current and number <= current.extent.end else "unknown"
        aim = role == "work" or _AIM.match(page.owners[number - 1].title) is not None
        for mention in find_mentions(line, workspace):
            sentence = _SENTENCE_BREAK.split(f"{lead} {line[: mention.column]}")[-1]
            if _FORBIDDEN.search(sentence):
                continue
            action = _verb_role(words_of(sentence)[::-1], default=inherited if role == "work" else "unknown")
            if not aim or _READ_ONLY.search(sentence) or (role == "context" and action == "unknown"):
                action = "read"
            for claim in _place(mention, number, action, workspace, "path", 0.8, "mention"):
                key = (claim.field, repr(claim.value))
                if key not in seen:
                    seen.add(key)
                    yield claim


def _verb_role(words: Sequence[str], default: PathRole = "unknown") -> PathRole:
    """What the first known verb of these words does to a file."""
    for word in words:
        if word in CREATE:
            return "create"
        if word in MODIFY:
            return "modify"
        if word in DELETE:
            return "delete"
        if word in READ:
            return "read"
    return default


def _place(
    mention: Mention,
    number: int,
    action: PathRole,
    workspace: Workspace,
    field: Literal["scope", "path"],
    confidence: float,
    rule: str,
) -> Iterator[Claim]:
    """The claim for a mention: where it stands, where it will, or which file of the repository it must mean."""
    span = Span(start=number, end=number)
    target: Field = "read" if action == "read" else field
    place = find_place(mention.path, workspace)
    # "Add a flag to cli.py" does not create what is there.
    role: PathRole = action if action in ("delete", "read") else "modify"
    if place.exists:
        yield stated(target, PathValue(path=place.path, role=role), span, confidence + 0.04, rule)
    elif place.matches and action != "create":
        sure = len(place.matches) == 1
        yield Claim(
            field=target,
            value=PathValue(path=place.matches[0], role=role),
            origin="inferred",
            confidence=0.6 if sure else 0.4,
            rule=f"{rule}-by-name",
            span=span,
            evidence=place.matches[:5],
        )
        if not sure and target != "read":
            words = f"`{mention.path}` stands in several places: which file is meant?"
            value = TextValue(text=words, options=place.matches[:5], default=place.matches[0])
            yield Claim(
                field="question",
                value=value,
                origin="inferred",
                confidence=0.5,
                rule="several-files",
                span=span,
                evidence=place.matches[:5],
            )
    elif target != "read":
        sure = field == "scope" or action == "create"
        role = "delete" if action == "delete" else "create"
        yield stated(target, PathValue(path=place.path, role=role), span, confidence if sure else 0.5, rule)
