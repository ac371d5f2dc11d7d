"""What only a person may let a run do, and what a person let it do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GRANT_SCHEMA = "autopack.grant/v1"

AskKind = Literal["command", "path", "install"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One thing that a phase may do only when a person says so.

    `text` is the command as the plan has it, the protected path that may change, or the key of the toolchain that installs.
    `argv` are the command's words; of an install the dependencies that are new, none when they are not known yet.  `rule` and
    `reason` say why it is asked, `line` is of the plan.
    """

    kind: AskKind
    phase_id: str
    text: str
    argv: tuple[str, ...] = ()
    cwd: str = "."
    rule: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A person's yes to one ask of one run, under one policy.

    `id` is made from all three, so a changed command, folder, phase or policy needs another.  `used` is the opening of the
    phase that it served (see `autopack.decide.approvals.count_openings`); it serves no other.
    """

    id: str
    run_id: str
    policy: str
    ask: Ask
    granted_at: str
    used: int | None = None
    schema: str = GRANT_SCHEMA
