"""What plugins offer by name: builders, launchers, embedders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from autopack.model.attempt import Builder

Network = Literal["none", "loopback", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderSpec:
    """A builder by name.

    `factory` gets the words after `name:` of the builder specification.  `carried` = it only applies what the plan carries:
    same request, same tree, no program of its own, so it is never tried twice on the same tree.
    `credentials` are files below HOME and `endpoints` host names that it needs; `network` is what its processes may reach.
    `doctor` says in one sentence what is missing, or returns `None`.
    """

    name: str
    factory: Callable[[str], Builder]
    summary: str
    carried: bool = False
    credentials: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    network: Network = "open"
    doctor: Callable[[], str | None] | None = None
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LauncherSpec:
    """A way to place runs on machines.  Reserved for the parallel work; nothing in this version launches one."""

    name: str
    factory: Callable[[str], Any]
    summary: str
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSpec:
    """A text embedder that may re-rank memory.  Reserved for planning memory; nothing in this version calls one."""

    name: str
    factory: Callable[[str], Any]
    summary: str
    dimensions: int
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to an open question: one of its options, or `unknown`.  `cost` is in tokens."""

    option: str
    cost: int = 0
    reason: str = ""
    package: str = ""
