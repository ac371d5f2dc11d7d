"""What a check of ours, a policy rule or a guard has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "ask", "block"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something a check of ours, or a guard, noticed; `block` stops, `ask` needs a person.

    `line` is of the plan, or of `file` where the plan points to another one.
    """

    rule: str
    severity: Severity
    message: str
    hint: str = ""
    path: str | None = None
    line: int | None = None
    package: str = ""
    file: str = ""
