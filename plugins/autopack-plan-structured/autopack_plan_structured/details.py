"""What the fields of open work say: files, commands, criteria, limits.  Longer texts are claimed as prose, for others to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from autopack.model.draft import Claim, CommandValue, Field, Node, PathRole, PathValue, ProseValue, Role, Span, TextValue
from autopack.model.workspace import Workspace
from autopack_plan_structured.commands import kind_of, read_command
from autopack_plan_structured.find import Work
from autopack_plan_structured.groups import stated
from autopack_plan_structured.links import Piece
from autopack_plan_structured.paths import names_a_plan, read_action, read_path, split_paths
from autopack_plan_structured.rows import Row, fold, passages, read_row
from autopack_plan_structured.said import LINE_CHARS, as_markdown, find_commands, find_held_command, find_test_files
from autopack_plan_structured.shapes import GENERIC, STATES
from autopack_plan_structured.uses import PLAN_WIDE_FILES, SURE_COMMANDS, USES, Use

_FILE_USES: dict[Use, PathRole] = {
    "files": "unknown", "create": "create", "modify": "modify", "delete": "delete", "read": "read",
}  # fmt: skip
_TEXT_USES: dict[Use, Field] = {
    "acceptance": "acceptance", "non_goal": "non_goal", "constraint": "constraint", "question": "question",
}  # fmt: skip
_ROLES: dict[Use, Role] = {
    "validation": "validation", "check": "validation", "command": "work", "acceptance": "work", "context": "context",
    "read": "context", "non_goal": "non_goal", "constraint": "constraint",
}  # fmt: skip
# Signs of a file or a command; of more than one line of words; of a limit or a question.
_NAMES_THINGS = re.compile(r"`|\w[./]\w|\{\{")
_SAYS_MORE = re.compile(
    r"`|\S[./]\w|\{\{|\n|\?\?|\b(?:tbd|needs|must|never|not|don['’]t|may|shall|avoid|no|only|keep|without|most|more|less|fewer|than|under|"
    r"later|scope|stays?|remains?|separate|excluded|deferred|postponed|within|below|up to|"
    r"max\w*|limit\w*|budget|compatib\w*|python|node|go|java|rust|run|execute|verify with|check with)\b",
    re.IGNORECASE,
)
_PATH_NAMES = ("path", "file", "filename", "file_path", "name")
_ACTION_NAMES = ("action", "operation", "change", "change_type", "type", "mode", "role", "status")


def claim_details(work: Work, workspace: Workspace) -> Iterator[Claim]:
    """In the order of the fields: first what stands around the list, then phases, then items that are still open."""
    walker = _Walker(work, workspace)
    for holder in work.holders:
        yield from walker.fields(holder.node, around=True)
    for group in work.groups:
        if group.row not in work.holders:
            yield from walker.fields(group.row.node, around=_holds_items(group, work))
    for item in work.items:
        if item.state in ("done", "cancelled"):
            continue
        for row in (item.row, *item.parts):
            if row.node.kind == "map":
                yield from walker.fields(row.node)
            else:
                yield from walker.prose(row.node, "work")


class _Walker:
    def __init__(self, work: Work, workspace: Workspace) -> None:
        self._workspace = workspace
        # Each piece of work is walked by itself, and what is left out is not walked at all.
        self._owned = {
            row.node.span for piece in (*work.groups, *work.items) for row in (piece.row, *piece.parts) if row.node.span.pointer
        } | {node.span for node in work.left}
        self._read: set[Span] = set()
        open_items = [item for item in work.items if item.state not in ("done", "cancelled")]
        # A list of files is a fence for the whole phase, so it is one only where every piece of work brings its own.
        self._fenced = bool(open_items) and all(_states_files(item.row) for item in open_items)

    def fields(self, node: Node, *, around: bool = False) -> Iterator[Claim]:
        """A map's fields; `around` = it holds the list of work, so that its texts are no words for one piece of it."""
        for key, child in zip(node.keys, node.children, strict=False):
            use = USES.get(fold(key), "context" if around else "work")
            if around:
                yield from self._around(key, child, use)
            else:
                yield from self._value(key, child, use, around)

    def _around(self, key: str, node: Node, use: Use) -> Iterator[Claim]:
        """Beside the list stand checks, limits and fences for all of it, but also settings and lists of other things."""
        binds = use in _TEXT_USES or use in ("check", "validation") or (use in _FILE_USES and fold(key) in PLAN_WIDE_FILES)
        if binds:
            yield from self._value(key, node, use, True)
        elif node.kind == "text" and use != "skip" and (use != "title" or ". " in node.text):
            yield from self._value(key, node, "context", True)
        elif node.kind == "map" and node.span not in self._owned and use == "context":
            for inner, child in zip(node.keys, node.children, strict=False):
                inner_use = USES.get(fold(inner), "context")
                if inner_use in _TEXT_USES or inner_use in ("check", "validation"):
                    yield from self._value(inner, child, inner_use, True)

    def _field(self, key: str, node: Node, default: Use, around: bool) -> Iterator[Claim]:
        yield from self._value(key, node, USES.get(fold(key), default), around)

    def _value(self, key: str, node: Node, use: Use, around: bool) -> Iterator[Claim]:
        if node.span in self._owned or use == "skip":
            return
        if node.kind == "list":
            for child in node.children:
                yield from self._value(key, child, use, around)
        elif node.kind == "map":
            yield from self._map(node, use, around)
        elif node.kind == "text" and any(ch.isalnum() for ch in node.text):
            yield from self._text(key, node, use, around)

    def _map(self, node: Node, use: Use, around: bool) -> Iterator[Claim]:
        row = read_row(node)
        if use in ("work", "validation") and _is_over(row):
            return
        if use in _FILE_USES:
            named = row.first(_PATH_NAMES)
            action = read_action(row.word(_ACTION_NAMES))
            role = action if action != "unknown" else _FILE_USES[use]
            found = list(self._paths(named, role, around)) if named is not None and named.kind == "text" else []
            yield from found
            if not found:
                yield from self._path_names(node, role, around)
            for key, child in zip(node.keys, node.children, strict=False):
                if child is not named and fold(key) not in map(fold, _ACTION_NAMES):
                    yield from self._field(key, child, use if not found and child.kind == "list" else "context", around)
            return
        if use in _TEXT_USES and not any(child.children for child in node.children):
            yield from self._criterion(row, use)
            return
        for key, child in zip(node.keys, node.children, strict=False):
            # `commands: {test: …, deploy: …}`: what is not named as a proof is only a step.
            yield from self._field(key, child, "command" if use == "check" else use, around)

    def _text(self, key: str, node: Node, use: Use, around: bool) -> Iterator[Claim]:
        if use in _FILE_USES:
            yield from self._files(key, node, use, around)
            return
        if use in ("check", "command", "validation"):
            command = read_command(node.text, sure=fold(key) in SURE_COMMANDS)
            if command:
                yield self._command(command, node, proves=use != "command")
                return
        if use in _TEXT_USES:
            lines = passages(node.text)
            for line in lines:
                yield stated(_TEXT_USES[use], TextValue(text=line[:600]), node.span, 0.9, f"{use}-field")
                if use == "acceptance" and (command := find_held_command(line)):
                    yield self._command(command, node, proves=True)
            # What follows would say the same lines again; a criterion may name a file or a command besides.
            if use != "acceptance" or not _NAMES_THINGS.search(node.text):
                return
        yield from self.prose(node, _ROLES.get(use, "work"))
        if use == "validation" and not around:
            for path in find_test_files(node.text):
                role: PathRole = "modify" if self._workspace.exists(PurePosixPath(path)) else "create"
                yield stated("path", PathValue(path=path, role=role), node.span, 0.8, "test-file")

    def _files(self, key: str, node: Node, use: Use, around: bool) -> Iterator[Claim]:
        pointed = node.text.strip()
        if fold(key) in ("file", "plan", "planfile") and names_a_plan(pointed):
            if self._workspace.exists(PurePosixPath(pointed)):
                yield stated("follow", PathValue(path=pointed, role="read"), node.span, 0.9, "plan-of-its-own")
            return
        found = list(self._paths(node, _FILE_USES[use], around))
        yield from found
        if not found:
            yield from self.prose(node, "context" if use == "read" or around else "work")

    def _command(self, words: str, node: Node, *, proves: bool) -> Claim:
        kind = kind_of(words)
        field: Field = "check" if proves and kind not in ("install", "setup") else "command"
        return stated(field, CommandValue(run=words, argv=(), kind=kind), node.span, 0.9, "command-field")

    def _criterion(self, row: Row, use: Use) -> Iterator[Claim]:
        """A criterion that is a map: its text, or given, when and then behind one another."""
        texts = [
            child.text.strip() for child in row.node.children if child.kind == "text" and any(c.isalnum() for c in child.text)
        ]
        named = row.word(("text", "description", "criterion", "title", "statement", "requirement", "question", "rule"))
        words = named or (" ".join(texts) if {"given", "when", "then"}.intersection(row.fields) else "")
        for text in [words] if words else texts:
            yield stated(_TEXT_USES[use], TextValue(text=text[:600]), row.node.span, 0.9, f"{use}-field")

    def _paths(self, node: Node, role: PathRole, around: bool) -> Iterator[Claim]:
        for entry in split_paths(node.text):
            found = read_path(entry, self._workspace)
            if found:
                yield self._path(found[0], found[1] if found[1] != "unknown" else role, node.span, around)

    def _path_names(self, node: Node, role: PathRole, around: bool) -> Iterator[Claim]:
        """Paths as names of a map: `{"src/a.py": "add the flag"}`."""
        for key in node.keys:
            found = read_path(key, self._workspace) if fold(key) not in USES else None
            if found and ("/" in key or "." in key):
                yield self._path(found[0], role, node.span, around)

    def _path(self, path: str, role: PathRole, span: Span, around: bool) -> Claim:
        if role == "read":
            return stated("read", PathValue(path=path, role="read"), span, 0.9, "file-field")
        field: Field = "scope" if around or self._fenced else "path"
        return stated(field, PathValue(path=path, role=role), span, 0.95, "file-field")

    def prose(self, node: Node, role: Role) -> Iterator[Claim]:
        """A text for others to read, once; reading costs time, and most titles name no file, no command and no limit."""
        text = node.text.strip()
        # What is said of the proof is a criterion where it is no command.
        if node.span in self._read or (role != "validation" and not _SAYS_MORE.search(text[:LINE_CHARS])):
            return
        self._read.add(node.span)
        markdown = as_markdown(text)
        yield stated("prose", ProseValue(role=role, text=markdown), node.span, 0.9, "prose-field")
        for command in () if role == "context" else find_commands(markdown or text):
            kind = kind_of(command)
            yield self._command(command, node, proves=kind != "other" or role == "validation")


def _holds_items(group: Piece, work: Work) -> bool:
    """Whether a phase lists its work; one that does not is a piece of work itself."""
    return bool(group.parts) or any(group.row.node.span.holds(item.row.node.span) for item in work.items)


def _states_files(row: Row) -> bool:
    names = [name for name, use in USES.items() if use in ("files", "create", "modify", "delete") and name != "scope"]
    return any(name in row.fields for name in names)


def _is_over(row: Row) -> bool:
    """Whether a step is done or given up: what it says is no longer to do."""
    return STATES.get(fold(row.word(GENERIC.status))) in ("done", "cancelled") or any(
        node.text.casefold() == "true" for node in row.all(GENERIC.done)
    )
