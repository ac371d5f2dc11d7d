"""A plan text as read, and what plugins claim about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Origin = Literal["stated", "inferred", "default", "answered"]
Role = Literal["work", "acceptance", "non_goal", "constraint", "validation", "context", "files", "bookkeeping", "future"]
BlockKind = Literal["heading", "paragraph", "item", "fence", "table", "quote", "html", "front_matter"]
ItemState = Literal["todo", "in_progress", "done", "cancelled", "unknown"]
PathRole = Literal["create", "modify", "delete", "read", "unknown"]
CommandKind = Literal["test", "lint", "build", "typecheck", "install", "smoke", "probe", "setup", "other"]
ConstraintKind = Literal["budget", "safety", "tech"]
Field = Literal[
    "title", "goal", "phase", "item", "path", "scope", "read", "check", "command", "payload",
    "edge", "non_goal", "acceptance", "constraint", "question", "dropped", "prose", "budget", "follow",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Lines of the raw file, 1-based, both ends included.

    `pointer` is the JSON pointer of a value of structured text, where several values may share a line.  `file` is set for a
    plan that another one pointed to: its path in the repository.
    """

    start: int
    end: int
    pointer: str = ""
    file: str = ""

    def holds(self, other: Span) -> bool:
        """Whether the other span lies within this one; pointers decide where both have one."""
        inside = not (self.pointer and other.pointer) or f"{other.pointer}/".startswith(f"{self.pointer}/")
        return inside and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value of structured text, decoded, with the place where it stands.

    `text` is a scalar as written (`1.10`, `no` and `2026-01-02` stay what they are), `children` the members of a list or the
    values of a map, whose names stand in `keys` in the same order.  A table's rows are maps, and its names may repeat.
    """

    kind: Literal["text", "number", "flag", "null", "list", "map"]
    span: Span
    text: str = ""
    children: tuple[Node, ...] = ()
    keys: tuple[str, ...] = ()

    def get(self, *names: str) -> Node | None:
        """The value of the first of these names that a map has and that is not empty; case, `_`, `-` and blanks mean nothing."""
        for name in names:
            for value in self.get_all(name):
                if value.text or value.children:
                    return value
        return None

    def get_all(self, name: str) -> tuple[Node, ...]:
        """Every value of this name, in file order."""
        sought = _fold_key(name)
        return tuple(value for key, value in zip(self.keys, self.children, strict=False) if _fold_key(key) == sought)

    def at(self, pointer: str) -> Node | None:
        """The value at a JSON pointer that begins with this node's own; `None` when there is none."""
        node = self
        while node.span.pointer != pointer:
            part = pointer[len(node.span.pointer) + 1 :].partition("/")[0]
            children = node.children
            if node.kind == "list":
                children = children[int(part) : int(part) + 1] if part.isdecimal() else ()
            found = next((child for child in children if f"{pointer}/".startswith(f"{child.span.pointer}/")), None)
            if found is None:
                return None
            node = found
        return node

    def texts(self) -> Iterator[str]:
        """Every scalar in it, in file order, the names of its maps among them."""
        queue = [self]
        while queue:
            node = queue.pop()
            if node.text:
                yield node.text
            yield from node.keys
            queue += reversed(node.children)


def _fold_key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One piece of the plan text.

    `text` is the content without its marker: a heading's words, an item's first paragraph, a fence's body.
    `info` is a fence's info string.  `level` is a heading's level (1-6) or an item's nesting depth (0 = outermost).
    `number` is an ordered item's own number, `state` what its checkbox says (`unknown` without one).
    An item's span covers its children, a fence's its two fence lines.
    """

    kind: BlockKind
    span: Span
    text: str
    level: int = 0
    info: str = ""
    number: str | None = None
    state: ItemState = "unknown"
    checkbox: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading or a label line, and all lines it owns; `level` 0 is the text before the first heading, 7 a label line.

    `role` is what the words of the heading say the section is for; an unknown heading inherits its parent's, and `named` tells
    the two apart.  A pseudo-XML tag is a label, too: `<files>a.py</files>`.
    """

    title: str
    level: int
    span: Span
    role: Role
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan text, parsed once by the host.

    `name` is its path in the repository where it stands in it, else a file name.  `known` holds the claims of earlier
    rounds, already verified.

    `format` is `json`, `jsonl`, `yaml`, `csv`, `diff`, `chat`, `markdown` or `text`.  `tree` is what a structured file
    says, and for Markdown its front matter where there is one that can be read.
    """

    name: str
    digest: str
    lines: tuple[str, ...]
    format: str
    format_confidence: float
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    known: tuple[Claim, ...] = ()
    tree: Node | None = None

    def text(self, span: Span) -> str:
        """The raw lines of a span, joined by newlines."""
        return "\n".join(self.lines[span.start - 1 : span.end])

    def around(self, span: Span, lines: int) -> Span:
        """The span with this many more lines on both sides, as far as the text goes."""
        return Span(start=max(1, span.start - lines), end=min(len(self.lines), span.end + lines))

    def section(self, line: int) -> Section:
        """The innermost section that owns a line."""
        return max((s for s in self.sections if s.span.start <= line <= s.span.end), key=lambda s: (s.level, s.span.start))


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupValue:
    """A phase or an item: its title, the lines it owns, and the id the text gives it.

    `parts` are further lines that it owns, where the text keeps them apart: rows of a table that name it as their epic.
    """

    title: str
    extent: Span
    source_id: str | None = None
    state: ItemState = "todo"
    parts: tuple[Span, ...] = ()

    def holds(self, span: Span) -> bool:
        """Whether a span lies in lines that it owns."""
        return self.extent.holds(span) or any(part.holds(span) for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextValue:
    """Words taken from the plan; `kind` only for constraints, `options` and `default` only for questions."""

    text: str
    kind: ConstraintKind | None = None
    options: tuple[str, ...] = ()
    default: str | None = None
    blocking: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PathValue:
    """A path as written.  A trailing slash means the folder and all below it."""

    path: str
    role: PathRole = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandValue:
    """A command: the raw words of the plan, and the argv they mean (empty when only a shell could run it)."""

    run: str
    argv: tuple[str, ...]
    kind: CommandKind = "other"
    cwd: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace one passage.  `search` must stand exactly once; `line` is a hint where (1-based, 0 = none).

    `label` names it for people, for instance "hunk 2".
    """

    search: str
    replace: str
    line: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Code that the plan carries for one file.

    `write` uses `text` (whole content), `edit` uses `edits` in order, `delete` neither, `rename` moves `path` to `to`
    and then applies `edits`.  `executable` sets the mode of a new file.
    """

    path: str
    action: Literal["write", "edit", "delete", "rename"]
    text: str = ""
    edits: tuple[Edit, ...] = ()
    to: str | None = None
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeValue:
    """One thing comes after another; both by the id that the text gives them.

    `words` is what the cited lines say for `after` where that is no id of its own: "US1" for the phase of that story.
    """

    source_id: str
    after: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseValue:
    """A text of a structured file (the claim's pointer says which) that is to be read for details like a plan of its own.

    `role` is what its lines are for, where no heading in them says so.  `text` is the same text as Markdown, where the file has
    another markup.
    """

    role: Role = "work"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetValue:
    """How much a phase may spend at most, in the words of the plan: `max_files` 3, "at most three files"."""

    name: Literal["max_files", "max_tokens", "max_minutes", "max_attempts"]
    amount: float
    words: str


ClaimValue = GroupValue | TextValue | PathValue | CommandValue | Payload | EdgeValue | ProseValue | BudgetValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A plugin's proposal for one field of the plan.

    A `stated` claim cites the lines it stands in; an `inferred` one cites `evidence` (files of the repository).
    A claim belongs to the item or phase whose lines hold its span.  `rule` is the plugin's own name for the rule;
    the host puts the package name before it.
    """

    field: Field
    value: ClaimValue
    origin: Origin
    confidence: float
    rule: str
    span: Span | None = None
    evidence: tuple[str, ...] = ()
    package: str = ""
