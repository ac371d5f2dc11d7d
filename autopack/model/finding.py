"""What a check of ours, a policy rule or a guard has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "ask", "block"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a check of ours, or a guard, noticed.  `line` is of the plan; `block` stops, `ask` needs a person."""

    rule: str
    severity: Severity
    message: str
    hint: str = ""
    path: str | None = None
    line: int | None = None
    package: str = ""
