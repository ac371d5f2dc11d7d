"""What went wrong, and what may be done about it; both are data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autopack.model.toolchain import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One cause.

    `kind` is the class (tool and machine code, for instance `python:ModuleNotFoundError`), `signature` 12 hex digits over
    class and masked message, `line` the salient line as printed, `ids` the tests it broke, `captures` what the pattern found.
    """

    kind: str
    signature: str
    line: str
    ids: tuple[str, ...] = ()
    captures: tuple[tuple[str, str], ...] = ()
    check: str = ""
    timed_out: bool = False
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How to recognise a failure class in one output line.

    `regex` is searched in each line (at most 4,096 characters of it; named groups become captures).  `example` is a line it
    must match, checked at load.  A lower `rank` is a more telling cause; the first match of the lowest rank wins.
    """

    kind: str
    regex: str
    example: str
    rank: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Run a command in a copy of the attempt's tree, with the environment of a toolchain (its name or key).

    Only what it changes in that environment stays; the tree that is committed is never touched.
    """

    command: Command
    toolchain: str
    do: Literal["run"] = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFile:
    """Write a file of the tree; judged by the scope like any change."""

    path: str
    text: str
    do: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCommand:
    """Prove a check with another command."""

    check: str
    command: Command
    do: Literal["use_command"] = "use_command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    seconds: float
    do: Literal["wait"] = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskScope:
    paths: tuple[str, ...]
    do: Literal["ask_scope"] = "ask_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Nothing is done: a sentence for the next prompt and for the person."""

    text: str
    do: Literal["hint"] = "hint"


Step = Run | EditFile | UseCommand | Wait | AskScope | Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigation:
    """A repair that must prove itself.

    `feature` is the `experimental.<feature>` switch that allows it (empty: always allowed).  With `ask`, a person must approve
    that sentence first.  Kept only if strictly fewer tests fail and nothing new breaks; else undone.  This version takes
    `Run` and `Hint`; a mitigation with another kind of step is noted and not tried.
    """

    name: str
    reason: str
    confidence: float
    steps: tuple[Step, ...]
    feature: str = ""
    ask: str = ""
    package: str = ""
