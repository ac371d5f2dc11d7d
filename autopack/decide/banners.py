"""Headings of plain text: a line between two rules of `====`.  Markdown takes such rules for underlines of what stands above."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_RULE = re.compile(r"[ \t]{0,3}([=~*#_-])\1{4,}[ \t]*$")
_TITLE_LIMIT = 100


def open_banners(lines: Sequence[str], code: Collection[int]) -> list[str] | None:
    """The lines with each banner as a Markdown heading, lines staying lines; `None` when there is no banner."""
    body: list[str] | None = None
    index = 0
    while index + 2 < len(lines):
        above, title, below = lines[index : index + 3]
        rule = _RULE.match(above[:400])
        words = title.strip()
        if (
            rule
            and 0 < len(words) <= _TITLE_LIMIT
            and any(ch.isalnum() for ch in words)
            and (under := _RULE.match(below[:400])) is not None
            and under[1] == rule[1]
            and not any(number in code for number in (index + 1, index + 2, index + 3))
        ):
            body = list(lines) if body is None else body
            body[index : index + 3] = ["", ("# " if rule[1] in "=#*" else "## ") + words.strip("=~*#_- "), ""]
            index += 3
            continue
        index += 1
    return body
