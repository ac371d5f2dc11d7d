"""What is known of a plugin, what it answered, and what went wrong in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecord:
    """One installed plugin.

    `name` is its entry point's, `package` the distribution's.  `origin` says how it was installed: `editable <folder>`,
    `wheel`, `wheel <file>`, or `path` for a bare folder on the import path.  `hooks` is empty until it is loaded.
    `fault` says why it cannot be used; one that is not `enabled` was left out by the configuration and never imported.
    `module` is what its entry point names, `host` the versions of Autopack it says it fits (empty: it does not say).
    `notes` are no faults: what it uses that will go, what its metadata leave unsaid.
    """

    name: str
    version: str
    origin: str
    package: str
    hooks: tuple[str, ...] = ()
    fault: str | None = None
    enabled: bool = True
    module: str = ""
    host: str = ""
    notes: tuple[str, ...] = ()


FaultKind = Literal["raised", "misfit", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginFault:
    """What a loaded plugin did wrong when it was asked; it costs that answer, not the run.

    `misfit` = it answered what the hook does not take; `slow` = the answer counts, but everybody waited for it.
    """

    package: str
    hook: str
    message: str
    kind: FaultKind = "raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One plugin's answer: a tuple where the hook gives a sequence, else one value; checked against the hook's type."""

    package: str
    value: Any


class Misfit(Exception):
    """A plugin that breaks the rules of a hook; the message is the fault."""
