"""How a plan text was read, line by line: what was claimed of it, and what became of each claim."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from autopack.cli.render import visible

if TYPE_CHECKING:
    from autopack.decide.explain import Explained

_LINE_CHARS = 120
_VALUE_CHARS = 80


def print_explanation(lines: Sequence[str], rows: Sequence[Explained]) -> None:
    """A block for each line with claims: the line, then field, value, origin, confidence and rule of each, and the decision."""
    _say("\nHow each line was read, and what became of it:")
    for start, group in groupby(rows, key=lambda row: row.span.start if row.span else 0):
        _say(f"{start:>6} | {_cut(lines[start - 1], _LINE_CHARS)}" if start else "       | (stands in no line)")
        for row in group:
            more = f", lines {row.span.start}-{row.span.end}" if row.span and row.span.end > start else ""
            _say(f"         {row.field} {_cut(row.value, _VALUE_CHARS)!r} ({row.origin}, {row.confidence:.2f}, {row.rule}{more})")
            became = f"taken as {row.pointer}" if row.pointer else row.decision
            _say(f"           {became}{': ' if row.reason else ''}{row.reason}")


def _cut(text: str, limit_chars: int) -> str:
    text = " ".join(text[: 4 * limit_chars].split())
    return text if len(text) <= limit_chars else f"{text[: limit_chars - 1]}…"


def _say(text: str) -> None:
    click.echo(visible(text))
