"""What every command shares: printing JSON, tables and untrusted text, and common options."""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from autopack.decide.masking import Mask, escape_controls, secret_values

F = TypeVar("F", bound=Callable[..., Any])

# JSON escapes the first control characters itself; a terminal acts on these too.
_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with control, bidirectional and zero-width characters escaped but for newline and tab, and known secrets masked.

    Plan texts, file names and program output are untrusted: an escape sequence must not reach the terminal.
    """
    return escape_controls(_mask().text(text), keep="\n\t")


@functools.cache
def _mask() -> Mask:
    return Mask.of(secret_values(os.environ))


def print_json(value: Any) -> None:
    """One JSON document to stdout, byte-stable, in which no character acts on a terminal."""
    click.echo(visible_json(value), nl=False)


def visible_json(value: Any, *, indent: int | None = 2) -> str:
    """The value as JSON that a terminal may be shown: what would act on it stands as an escape that means the same."""
    from autopack.model.codec import to_json

    return _UNSEEN.sub(lambda unseen: json.dumps(unseen[0])[1:-1], to_json(_mask().value(value), indent=indent))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns to stdout, the last one free; escapes what it prints."""
    cells = [[visible(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings) - 1)]
    for row in cells:
        line = "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        click.echo(line.rstrip())


def repo_option(function: F) -> F:
    return click.option(
        "--repo",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        default=Path(),
        envvar="AUTOPACK_REPO",
        help="The repository (default: the one of the current folder).",
    )(function)


def json_option(function: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON to stdout.")(function)
