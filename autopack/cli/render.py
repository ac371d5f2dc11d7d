"""What every command shares: printing JSON, tables and untrusted text, and common options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from autopack.decide.masking import escape_controls

F = TypeVar("F", bound=Callable[..., Any])


def visible(text: str) -> str:
    """The text with control, bidirectional and zero-width characters escaped; newline and tab stay.

    Plan texts, file names and program output are untrusted: an escape sequence must not reach the terminal.
    """
    return escape_controls(text, keep="\n\t")


def print_json(value: Any) -> None:
    """One JSON document to stdout, byte-stable."""
    from autopack.model.codec import to_json

    click.echo(to_json(value), nl=False)


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
