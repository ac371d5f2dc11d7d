"""Plan bytes to a `Draft`: decoded, split into lines, parsed once.  What the text means is for plugins to say."""

from __future__ import annotations

import codecs
import functools
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autopack.decide.banners import open_banners
from autopack.decide.formats import LINE_CHARS, front_matter_end, is_diff, read_structured
from autopack.decide.nodes import MAX_DEPTH, read_yaml
from autopack.decide.patches import find_patches
from autopack.decide.sections import find_sections, read_label
from autopack.decide.tags import Tag, find_tags, open_tags
from autopack.decide.turns import find_turns
from autopack.effects.input import read_at_most
from autopack.errors import WrongUse
from autopack.model.draft import Block, BlockKind, Draft, ItemState, Node, Role, Span
from autopack.model.parse import Unreadable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LIMIT_BYTES = 1024 * 1024
# Markdown costs by the line: sixteen bytes each, as in the densest real plans, fill the limit of bytes.
LIMIT_LINES = LIMIT_BYTES // 16

_LINE_END = re.compile(r"\r\n|\r|\n")
_CHECKBOX = re.compile(r"\[([ xX~/>-])\]\*?(?:[ \t]+|$)")
_STATES: dict[str, ItemState] = {
    " ": "todo", ">": "todo", "x": "done", "X": "done", "~": "in_progress", "/": "in_progress", "-": "cancelled",
}  # fmt: skip
_QUOTE_MARK = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)


def read_plan_file(path: Path | None, folder: Path | None = None) -> tuple[bytes, str]:
    """A plan's bytes and its name: its path in the repository of this folder where it stands in it; `None` reads standard input.

    Raises `WrongUse` for what can be no plan: missing, a folder, empty, over 1 MiB, not UTF-8 text.
    """
    name = "stdin" if path is None else path.name
    try:
        raw = read_at_most(path, LIMIT_BYTES + 1)
    except FileNotFoundError:
        raise WrongUse(
            f"there is no plan file {str(path)!r}", hint="give the path of a plan, or `-` to read it from a pipe"
        ) from None
    except IsADirectoryError:
        raise WrongUse(f"{str(path)!r} is a folder", hint="give one plan file; several plans are several arguments") from None
    except OSError as error:
        raise WrongUse(f"cannot read {str(path or name)!r}: {error.strerror or error}", hint="check its permissions") from None
    _decode(raw, name)
    return raw, name if path is None or folder is None else _name_within(path, folder)


def _name_within(path: Path, folder: Path) -> str:
    """The path from the top of the repository, since a plan names files from where it stands itself; else the file's name."""
    here = folder.resolve()
    top = next((above for above in (here, *here.parents) if (above / ".git").exists()), here)
    whole = path.resolve()
    return whole.relative_to(top).as_posix() if whole.is_relative_to(top) else path.name


def read_draft(raw: bytes, name: str) -> Draft:
    """The plan as lines, blocks and sections.

    Line ends become LF and empty lines at the end are left out, so neither changes what plugins see; the digest is of the
    raw bytes.  A fence's text keeps its last newline; a paragraph's text has one line per line of the file.
    Raises `WrongUse` when the bytes are no readable text.
    """
    lines = _LINE_END.split(_decode(raw, name))
    while not lines[-1]:
        lines.pop()
    structured = read_structured(lines, name)
    tree: Node | None = None
    if structured:
        plan_format, confidence, tree = structured
    elif is_diff(lines):
        plan_format, confidence = "diff", 0.95
    else:
        plan_format = ""
    # Markdown would read the lines of such a file as lists and headings.
    blocks, tags = ((_whole_file_fence(lines, plan_format),), ()) if plan_format else _parse(lines, name)
    sections = find_sections(blocks, len(lines), tags)
    if not plan_format:
        plan_format, confidence = _sniff(blocks, lines)
        tree = _front_matter_tree(blocks)
        turns = find_turns(lines, _code_lines(blocks, lines))
        if turns:
            plan_format, confidence, sections = "chat", 0.9, (sections[0], *turns)
    return Draft(
        name=name,
        digest=hashlib.sha256(raw).hexdigest(),
        lines=tuple(lines),
        format=plan_format,
        format_confidence=confidence,
        blocks=blocks,
        sections=sections,
        tree=tree,
    )


def read_prose(text: str, name: str, role: Role) -> Draft:
    """A text that stands inside a structured file, as a draft of its own; its lines count from its own first line."""
    lines = _LINE_END.split(text.strip())
    blocks, tags = _parse(lines, name)
    top, *rest = find_sections(blocks, len(lines), tags)
    return Draft(
        name=name,
        digest=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        lines=tuple(lines),
        format="markdown",
        format_confidence=0.6,
        blocks=blocks,
        sections=(replace(top, role=role), *(replace(row, role=role) if row.role == top.role else row for row in rest)),
    )


def _front_matter_tree(blocks: Sequence[Block]) -> Node | None:
    """What the front matter says; one that cannot be read is text like any other."""
    if not blocks or blocks[0].kind != "front_matter":
        return None
    try:
        tree = read_yaml(blocks[0].text, blocks[0].span.start + 1)
    except Unreadable:
        return None
    return tree if tree is not None and tree.kind == "map" else None


def _decode(raw: bytes, name: str) -> str:
    if len(raw) > LIMIT_BYTES:
        raise WrongUse(f"{name!r} is over the limit of 1 MiB for a plan", hint="split it into several plans")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise WrongUse(f"{name!r} is UTF-16, a plan must be UTF-8", hint="convert it: `iconv -f UTF-16 -t UTF-8`")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUse(f"{name!r} is not UTF-8 text (byte {error.start})", hint="save it as UTF-8, or give a text file") from None
    if "\0" in text:
        raise WrongUse(f"{name!r} is binary, not text", hint="give a plan in Markdown, plain text, JSON or YAML")
    if not text.strip():
        raise WrongUse(f"{name!r} is empty", hint="write what should change; one sentence is enough")
    return text


def _too_deep(name: str) -> WrongUse:
    return WrongUse(f"{name!r} is nested too deeply", hint=f"use fewer than {MAX_DEPTH} levels of lists, quotes or brackets")


def _whole_file_fence(lines: Sequence[str], info: str) -> Block:
    return Block(kind="fence", span=Span(start=1, end=len(lines)), text="\n".join(lines) + "\n", info=info)


def _sniff(blocks: Sequence[Block], lines: Sequence[str]) -> tuple[str, float]:
    # An indented block is a fence without fence lines: plain text indents for looks.
    marked = {b.kind for b in blocks if b.kind != "paragraph" and not (b.kind == "fence" and _is_indented(b, lines))}
    if not marked:
        return "text", 0.6
    return "markdown", 0.95 if len(marked) > 1 else 0.8


def _is_indented(fence: Block, lines: Sequence[str]) -> bool:
    first = lines[fence.span.start - 1]
    return "```" not in first and "~~~" not in first


@functools.cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_DEPTH, "html": True}).enable("table")
    # Inline text is read by plugins line by line, and the reference rule takes quadratic time on a list of references.
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.disable("reference")


def _parse(lines: list[str], name: str) -> tuple[tuple[Block, ...], tuple[Tag, ...]]:
    """The blocks of Markdown, and the tags of pseudo-XML around and between them."""
    if len(lines) > LIMIT_LINES:
        raise WrongUse(
            f"{name!r} has {len(lines)} lines, over the limit of {LIMIT_LINES} for a plan in words",
            hint="split it into several plans",
        )
    end = front_matter_end(lines)
    front = [Block(kind="front_matter", span=Span(start=1, end=end), text="\n".join(lines[1 : end - 1]))] if end else []
    body = [""] * end + lines[end:]
    blocks = list(_blocks(_tokens(body, name), lines))
    if banners := open_banners(body, _code_lines(blocks, lines)):
        body = banners
        blocks = list(_blocks(_tokens(body, name), body))
    tags = find_tags(body, _code_lines(blocks, lines))
    marks: list[Block] = []
    if tags:
        body, marks = open_tags(body, tags)
        blocks = list(_blocks(_tokens(body, name), body))
    fenced = {number for block in blocks if block.kind == "fence" for number in range(block.span.start, block.span.end + 1)}
    patches = find_patches(body, fenced)
    if patches:
        # Patch lines outside of a fence look like headings, lists and quotes, so they are set apart and the rest read again.
        for patch in patches:
            body[patch.span.start - 1 : patch.span.end] = [""] * (patch.span.end - patch.span.start + 1)
        blocks = [*patches, *_blocks(_tokens(body, name), body)]
    in_order = sorted([*front, *marks, *blocks], key=lambda block: block.span.start) if patches or marks else [*front, *blocks]
    borders = sorted({line for tag in tags for line in (tag.span.start, tag.span.end + 1)})
    return tuple(_cut_labels(in_order, body, borders)), tags


def _code_lines(blocks: Sequence[Block], lines: Sequence[str]) -> set[int]:
    """Lines that are set as code, or as a comment; an indent alone makes neither."""
    return {
        number
        for block in blocks
        if (block.kind == "fence" and not _is_indented(block, lines)) or (block.kind == "html" and block.text.startswith("<!--"))
        for number in range(block.span.start, block.span.end + 1)
    }


def _cut_labels(blocks: Sequence[Block], lines: Sequence[str], borders: Sequence[int]) -> Iterator[Block]:
    """Blocks where a label at the margin, right below a list, is a paragraph again; `borders` are lines that begin one, too.

    Markdown takes such a line as more words of the last item; whoever writes "Exit criteria:" there begins something new.
    """
    labels = (line for block in blocks if block.kind == "item" for line in _margin_labels(block, lines))
    inner = (line for block in blocks if block.kind in ("item", "paragraph") for line in _within_text(block, borders))
    cuts = sorted({*labels, *inner})
    for block in blocks:
        at = bisect_right(cuts, block.span.start)
        if block.kind not in ("item", "paragraph") or at == len(cuts) or cuts[at] > block.span.end:
            yield block
            continue
        first, rows = block.span.start, block.text.split("\n")
        own = cuts[at] - first
        span = Span(start=first, end=max(first, _last_filled(lines, cuts[at] - 1)))
        yield replace(block, text="\n".join(rows[:own]), span=span)
        starts = [cut - first for cut in cuts[at : bisect_left(cuts, first + len(rows))]]
        for begin, end in zip(starts, [*starts[1:], len(rows)], strict=bool(starts)):
            yield Block(kind="paragraph", span=Span(start=first + begin, end=first + end - 1), text="\n".join(rows[begin:end]))


def _within_text(block: Block, borders: Sequence[int]) -> Sequence[int]:
    last = block.span.start + block.text.count("\n")
    return borders[bisect_right(borders, block.span.start) : bisect_right(borders, last)]


def _margin_labels(item: Block, lines: Sequence[str]) -> Iterator[int]:
    last = item.span.start + item.text.count("\n")
    for number in range(item.span.start + 1, last + 1):
        line = lines[number - 1][:LINE_CHARS]
        if line[:1].strip() and read_label(line):
            yield number
            return


def _last_filled(lines: Sequence[str], end: int) -> int:
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _tokens(lines: Sequence[str], name: str) -> list[Token]:
    tokens = _markdown().parse("\n".join(lines) + "\n")
    # At its limit the parser silently leaves out what is deeper; a plan must not lose lines that way.
    if any(token.level >= MAX_DEPTH - 1 for token in tokens):
        raise _too_deep(name)
    return tokens


def _blocks(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[Block]:
    """Blocks in document order, an item before what it holds.  A quote is one block: its words are somebody else's."""
    depth = quotes = 0
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "blockquote_close":
            quotes -= 1
        if token.type == "blockquote_open":
            quotes += 1
            if quotes == 1:
                span = _span(token, lines)
                yield Block(kind="quote", span=span, text=_QUOTE_MARK.sub("", "\n".join(lines[span.start - 1 : span.end])))
        if quotes or token.map is None:
            continue
        if token.type == "list_item_open":
            yield _item(tokens, index, depth - 1, lines)
        elif token.type in ("fence", "code_block"):
            yield Block(kind="fence", span=_span(token, lines), text=token.content, info=token.info.strip())
        elif token.type == "html_block":
            yield Block(kind="html", span=_span(token, lines), text=token.content.rstrip())
        elif token.type == "table_open":
            span = _span(token, lines)
            yield Block(kind="table", span=span, text="\n".join(line.strip() for line in lines[span.start - 1 : span.end]))
        elif token.type in ("heading_open", "paragraph_open") and not _is_item_text(tokens, index):
            text = _text(tokens[index + 1])
            # An underline below several lines of prose is a rule, not the mark of a heading.
            is_heading = token.type == "heading_open" and token.level == 0 and "\n" not in text
            kind: BlockKind = "heading" if is_heading else "paragraph"
            yield Block(kind=kind, span=_span(token, lines), text=text, level=int(token.tag[1]) if is_heading else 0)


def _item(tokens: Sequence[Token], index: int, depth: int, lines: Sequence[str]) -> Block:
    token = tokens[index]
    text = _text(tokens[index + 2]) if _is_item_text(tokens, index + 1) else ""
    box = _CHECKBOX.match(text)
    return Block(
        kind="item",
        span=_span(token, lines),
        text=text[box.end() :] if box else text,
        level=depth,
        number=token.info or None,
        state=_STATES[box[1]] if box else "unknown",
        checkbox=box is not None,
    )


def _is_item_text(tokens: Sequence[Token], index: int) -> bool:
    return tokens[index].type in ("heading_open", "paragraph_open") and tokens[index - 1].type == "list_item_open"


def _text(token: Token) -> str:
    return "\n".join(line.strip() for line in token.content.split("\n"))


def _span(token: Token, lines: Sequence[str]) -> Span:
    start, end = token.map or (0, 1)
    last = max(_last_filled(lines, end), start + 1)
    # The parser strips a form feed, so a block's text may begin below the line that the parser gives.
    while start + 1 < last and not lines[start].strip():
        start += 1
    return Span(start=start + 1, end=last)
