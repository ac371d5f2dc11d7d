"""Files the plan names: lists it gives, paths it mentions in its work, and what it only wants read."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autopack.model.draft import Claim, Field, GroupValue, PathRole, PathValue, Role, Span, TextValue
from autopack.model.workspace import Workspace
from autopack_plan_markdown.done import find_done_lines
from autopack_plan_markdown.fences import find_named
from autopack_plan_markdown.ground import Ground, read_ground
from autopack_plan_markdown.lists import find_entries
from autopack_plan_markdown.page import Page, stated
from autopack_plan_markdown.paths import Mention, find_mentions
from autopack_plan_markdown.verbs import find_role, is_left_alone, verb_of_title

_AIM = re.compile(r"\W*(?:goal|objective|purpose|aim|task)", re.IGNORECASE)
_SENTENCE_BREAK = re.compile(r"[.;!?。；！？](?:\s|(?<=[。；！？]))")
_NEW_BLOCK = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)]|#{1,6})(?:\s|$)")
# Lines about commands or order, whatever paths they hold.
_NO_FILES = re.compile(r"\W*(?:run|expected|commit|depends|dependencies|git)\b", re.IGNORECASE)
_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|specs?|e2e|__tests__|benches|benchmarks?)/|(?:^|[/_.-])(?:tests?|spec)[_.-]|test_|_test\.|Tests?\.\w+$"
)
_ENTRY_LEAD = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ ~/]\]\s+)?\W{0,3}$")
_DOCUMENTS = (".md", ".mdx", ".rst", ".txt")
_LOOK_BACK = 600
_LOOK_AHEAD = 160
_DEAD: frozenset[Role] = frozenset(["bookkeeping", "future", "non_goal"])


@dataclass(frozen=True, slots=True)
class _Named:
    """A path with what is done to it; `definite` when its own sentence says so."""

    mention: Mention
    action: PathRole
    definite: bool
    only_new: bool = False
    only_known: bool = False


def claim_files(page: Page, workspace: Workspace) -> Iterator[Claim]:
    ground = read_ground(page.draft, workspace)
    skipped = find_done_lines(page) | _dead_lines(page)
    entries = list(find_entries(page, ground, skipped))
    listed = {entry.line for entry in entries}
    rows = dict(_lines_with_paths(page, ground, skipped | listed))
    wholes = _whole_names([*(entry.mention for entry in entries), *(mention for found in rows.values() for mention in found)])
    placer = Placer(ground, wholes)
    claims = [
        claim
        for entry in entries
        for claim in placer.place(entry.mention, entry.line, entry.action, "scope", 0.95, entry.rule, sure=True)
    ]
    for named in find_named(page, ground):
        if named.line in skipped or (named.rule == "tree" and not named.surely and ground.stands(named.path)):
            continue
        field: Field = "path" if named.rule.startswith("fence") else "scope"
        mention = Mention(path=named.path, column=0, end=0, marked=True)
        claims += placer.place(mention, named.line, named.action, field, 0.9, named.rule, sure=True)
    yield from claims
    yield from _mentioned(page, placer, rows, [claim.span for claim in claims if claim.field == "scope" and claim.span])


def _dead_lines(page: Page) -> frozenset[int]:
    """Lines below a heading of bookkeeping, whatever a label in there says: a list of files that were changed is history."""
    lines: set[int] = set()
    end = 0
    for section in page.draft.sections:
        if section.role in _DEAD and section.level > 0:
            lines.update(range(max(section.span.start, end + 1), section.span.end + 1))
            end = max(end, section.span.end)
    return frozenset(lines)


def _lines_with_paths(page: Page, ground: Ground, skipped: frozenset[int]) -> Iterator[tuple[int, list[Mention]]]:
    for number, line in page.prose():
        if number in skipped or line.lstrip()[:1] == "|" or _NO_FILES.match(line):
            continue
        if page.role(number) in ("work", "files", "context", "validation", "acceptance"):
            # A plan that names its own folder only says where it stands.
            found = [mention for mention in find_mentions(line, ground) if mention.path.rstrip("/") != ground.folder]
            if found:
                yield number, found


def _whole_names(mentions: Iterable[Mention]) -> dict[str, set[str]]:
    """Full paths of the plan by their last name: "`list.html`" in a sentence is the one that the table lists."""
    wholes: dict[str, set[str]] = {}
    for mention in mentions:
        _, slash, name = mention.path.rpartition("/")
        if slash and name:
            wholes.setdefault(name, set()).add(mention.path)
    return wholes


# -- mentions ---------------------------------------------------------------------------------------------------------


def _mentioned(page: Page, placer: Placer, rows: Mapping[int, Sequence[Mention]], listed: Sequence[Span]) -> Iterator[Claim]:
    """Paths in prose: in work lines they may change, in context lines they are for reading.

    The host takes stated lists as a fence.  So beside one, what a sentence says to create, change or delete is listed too; and
    in an
    item without a list beside items that have one, all that is mentioned is that item's list.
    """
    groups = page.known_groups()
    named_items = {claim.value for claim in page.draft.known if claim.field == "item"}
    items = [group for group in groups if group in named_items]
    starts = [item.extent.start for item in items]
    with_list = {_innermost(starts, items, span.start) for span in listed} - {None}
    seen: set[tuple[object, ...]] = set()
    for number, named in _read_rows(page, rows, starts, items):
        index = _innermost(starts, items, number)
        is_list = bool(listed) and (named.definite or (bool(with_list) and index is not None and index not in with_list))
        found = placer.finds(named.mention)
        if named.only_known and not found:
            continue
        action = "read" if named.only_new and found else named.action
        for claim in placer.place(named.mention, number, action, "path", 0.8, "mention", sure=named.definite):
            if is_list and claim.field == "path":
                claim = replace(claim, field="scope", rule="mention-beside-lists")
            key = (claim.field, repr(claim.value))
            if (index, *key) not in seen and not (index is None and key in seen):
                seen |= {(index, *key), key}
                yield claim


def _innermost(starts: Sequence[int], items: Sequence[GroupValue], number: int) -> int | None:
    index = bisect_right(starts, number) - 1
    return index if index >= 0 and number <= items[index].extent.end else None


def _read_rows(
    page: Page, rows: Mapping[int, Sequence[Mention]], starts: Sequence[int], items: Sequence[GroupValue]
) -> Iterator[tuple[int, _Named]]:
    begun, last = "", 0
    for number, line in page.prose():
        # A sentence may have begun on the line above: "Do not touch\nsrc/b.py".
        lead = begun if last == number - 1 and line.strip() and not _NEW_BLOCK.match(line) else ""
        begun, last = _SENTENCE_BREAK.split(f"{lead} {line}"[-_LOOK_BACK:])[-1], number
        for mention in rows.get(number, ()):
            index = _innermost(starts, items, number)
            before = _SENTENCE_BREAK.split(f"{lead} {line[max(0, mention.column - _LOOK_BACK) : mention.column]}")[-1]
            after = _SENTENCE_BREAK.split(line[mention.end : mention.end + _LOOK_AHEAD], maxsplit=1)[0]
            if not is_left_alone(before, after):
                inherited = verb_of_title(items[index].title) if index is not None else "unknown"
                named = _judge(page, number, mention, find_role(before, after), inherited)
                if named:
                    yield number, named


def _judge(page: Page, number: int, mention: Mention, said: PathRole, inherited: PathRole) -> _Named | None:
    """What is done to a path, by its sentence, its section, and what the item is about."""
    role = page.role(number)
    definite = said in ("create", "modify", "delete")
    if role in ("validation", "acceptance"):
        # What proves the work is read; only a test that is still to be written is part of it.
        to_write = _TEST_FILE.search(mention.path) is not None or said == "create"
        return _Named(mention, "create" if to_write else "read", to_write, only_new=to_write)
    if role == "context" and not _AIM.match(page.owners[number - 1].title):
        return _Named(mention, said if said == "create" else "read", False, only_new=said == "create")
    if said != "unknown" or role == "context":
        return _Named(mention, said if said != "unknown" else "read", definite)
    if not mention.marked and "/" not in mention.path:
        # "02-01-PLAN.md - Peaks": a bare name that nothing is done to is new only where the repository has it.
        return _Named(mention, inherited, False, only_known=True)
    return _Named(mention, inherited if inherited != "read" else "unknown", _is_entry(page, number, mention))


def _is_entry(page: Page, number: int, mention: Mention) -> bool:
    """Whether a list item begins with the file: "- `src/a.py`: what it gets"."""
    line = page.draft.lines[number - 1]
    return mention.marked and _ENTRY_LEAD.match(line[: mention.column]) is not None


class Placer:
    """Makes claims of mentions: where a path stands, where it will, or which file of the repository it must mean."""

    def __init__(self, ground: Ground, wholes: Mapping[str, set[str]]) -> None:
        self._ground = ground
        self._wholes = wholes
        self._folder = ground.folder

    def finds(self, mention: Mention) -> bool:
        place = self._ground.place(mention.path)
        return place.exists or bool(place.matches)

    def place(
        self, mention: Mention, line: int, action: PathRole, field: Field, confidence: float, rule: str, *, sure: bool
    ) -> Iterator[Claim]:
        """`sure`: the plan says that the file is to be there, so one that stands nowhere is new beyond doubt."""
        span = Span(start=line, end=line)
        place = self._ground.place(mention.path)
        if action == "unknown" and place.is_beside and mention.path.endswith(_DOCUMENTS):
            # `[spec.md](./spec.md)`: the documents of a plan's own folder belong to it.
            action = "read"
        target: Field = "read" if action == "read" else field
        # "Add a flag to cli.py" does not create what is there.
        role: PathRole = action if action in ("delete", "read") else "modify"
        if place.exists:
            yield stated(target, PathValue(path=place.path, role=role), span, min(0.99, confidence + 0.04), rule)
            return
        if "/" not in mention.path and len(whole := self._wholes.get(mention.path, set())) == 1:
            (path,) = whole
            there = self._ground.stands(path)
            if there or target != "read":
                value = PathValue(path=path, role=role if there else "create")
                yield _inferred(target, value, 0.6, f"{rule}-of-plan", span, (path,) if there else ())
        elif place.matches and action != "create":
            yield from self._one_of(mention, place.matches, target, role, rule, span)
        elif target != "read":
            home = self._ground.home(mention.path)
            role = "delete" if action == "delete" else "create"
            if home:
                yield _inferred(
                    target, PathValue(path=home, role=role), 0.6, f"{rule}-beside-plan", span, (home.rpartition("/")[0],)
                )
            else:
                yield stated(target, PathValue(path=place.path, role=role), span, confidence if sure else 0.5, rule)

    def _one_of(
        self, mention: Mention, matches: tuple[str, ...], target: Field, role: PathRole, rule: str, span: Span
    ) -> Iterator[Claim]:
        sure = len(matches) == 1
        value = PathValue(path=matches[0], role=role)
        yield _inferred(target, value, 0.6 if sure else 0.4, f"{rule}-by-name", span, matches[:5])
        if not sure and target != "read":
            words = f"`{mention.path}` stands in several places: which file is meant?"
            question = TextValue(text=words, options=matches[:5], default=matches[0])
            yield _inferred("question", question, 0.5, "several-files", span, matches[:5])


def _inferred(
    field: Field, value: PathValue | TextValue, confidence: float, rule: str, span: Span, evidence: tuple[str, ...]
) -> Claim:
    return Claim(field=field, value=value, origin="inferred", confidence=confidence, rule=rule, span=span, evidence=evidence)
