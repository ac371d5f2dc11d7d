"""What is known of a plugin, what it answered, and what went wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecord:
    """One installed plugin.

    `name` is its entry point's, `package` the distribution's.  `origin` says how it was installed: `editable <folder>`,
    `wheel`, `wheel <file>`, or `path` for a bare folder on the import path.  `hooks` is empty until it is loaded.
    `fault` says why it cannot be used; one that is not `enabled` was left out by the configuration and never imported.
    """

    name: str
    version: str
    origin: str
    package: str
    hooks: tuple[str, ...] = ()
    fault: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFault:
    """What a loaded plugin did wrong when it was asked; it costs that answer, not the run."""

    package: str
    hook: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One plugin's answer: a tuple where the hook gives a sequence, else one value; checked against the hook's type."""

    package: str
    value: Any


class Misfit(Exception):
    """A plugin that breaks the rules of a hook; the message is the fault."""
