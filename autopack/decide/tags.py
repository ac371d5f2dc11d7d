"""Pseudo-XML of agents' plans, `<task>` or `<files>a.py</files>`: its tags are labels, what they hold is Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from autopack.model.draft import Block, Span

_OPENS = re.compile(r"[ \t]{0,40}<([a-z][a-z0-9_-]{1,40})((?:[ \t][^<>\n]{0,300})?)>(.*)$")
_CLOSES = re.compile(r"[ \t]{0,40}</([a-z][a-z0-9_-]{1,40})>[ \t]*$")
# What HTML means by its tags is the look of a page, not what the lines are for.
_HTML = frozenset(
    """
    a abbr article aside audio blockquote body br button center code dd del details div dl dt em figcaption figure footer form
    h1 h2 h3 h4 h5 h6 head header hr html iframe img input ins kbd label li link main mark nav ol option p picture pre script
    section select small source span strong style sub summary sup svg table tbody td template textarea th thead title tr ul
    var video
    """.split()  # noqa: SIM905  one word list
)
_MOST_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag with the lines from where it opens to where it closes; `attributes` as written, with the blank before."""

    name: str
    attributes: str
    span: Span


def find_tags(lines: Sequence[str], code: Collection[int]) -> tuple[Tag, ...]:
    """Tags that begin a line outside of code and are closed, outer ones first."""
    found: list[Tag] = []
    waiting: list[tuple[str, str, int]] = []
    for number, line in enumerate(lines, start=1):
        if "<" not in line or number in code:
            continue
        line = line[:4096].rstrip()
        opens, closes = _OPENS.match(line), _CLOSES.match(line)
        if opens and opens[1] not in _HTML and not opens[2].endswith("/"):
            end = f"</{opens[1]}>"
            if opens[3].endswith(end):
                found.append(Tag(opens[1], opens[2], Span(start=number, end=number)))
            elif end not in opens[3]:
                waiting.append((opens[1], opens[2], number))
                waiting = waiting[-_MOST_DEPTH:]
        elif closes or line.endswith(">"):
            name = closes[1] if closes else line.rpartition("</")[2][:-1]
            depth = next((i for i in range(len(waiting) - 1, -1, -1) if waiting[i][0] == name), None)
            if depth is not None:
                found.append(Tag(name, waiting[depth][1], Span(start=waiting[depth][2], end=number)))
                del waiting[depth:]
    return tuple(sorted(found, key=lambda tag: (tag.span.start, -tag.span.end)))


def open_tags(lines: Sequence[str], tags: Sequence[Tag]) -> tuple[list[str], list[Block]]:
    """The lines as Markdown would have them without the tags, at the margin, and the lone tags as blocks.

    Lines stay lines, so spans do not move.
    """
    body, marks = list(lines), []
    for tag in tags:
        first, last = tag.span.start - 1, tag.span.end - 1
        body[first] = body[first].lstrip().removeprefix(f"<{tag.name}{tag.attributes}>").lstrip()
        body[last] = body[last].rstrip().removesuffix(f"</{tag.name}>").rstrip()
        inner = [line for line in body[first + 1 : last] if line.strip()]
        indent = min((len(line) - len(line.lstrip()) for line in inner), default=0)
        for index in range(first + 1, last):
            body[index] = body[index][indent:] if body[index].strip() else ""
        for index in sorted({first, last}):
            if not body[index].strip():
                marks.append(Block(kind="html", span=Span(start=index + 1, end=index + 1), text=lines[index].strip()))
    return body, marks
