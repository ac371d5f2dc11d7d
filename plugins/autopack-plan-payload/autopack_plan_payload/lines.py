"""Numbered lines of a plan, and what the grammars make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autopack.model.draft import Payload

Exists = Callable[[str], bool]


class Line(NamedTuple):
    """One line and its number in the raw plan, 1-based."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Code for one file, and the lines of the plan that carry it."""

    payload: Payload
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Code that cannot be used as it stands: where, and why.  `blocking` when it was clearly meant to be applied."""

    line: int
    why: str
    blocking: bool = True


Result = Found | Problem


def join_lines(texts: Sequence[str]) -> str:
    """File content: every line ends with a newline."""
    return "".join(text + "\n" for text in texts)
