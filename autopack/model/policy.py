"""What the command policy says of a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["allow", "ask", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVerdict:
    """The strictest verdict, the rule that gave it, and every argv that was looked at, wrapped ones after their wrapper."""

    verdict: Verdict
    rule: str
    reason: str
    parsed: tuple[tuple[str, ...], ...] = ()
