"""One line of a run's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`seq` counts from 1 without gaps, `at` is UTC in ISO 8601, `facts` are JSON values."""

    seq: int
    at: str
    type: str
    run_id: str
    facts: dict[str, Any]

    def fact(self, name: str, default: Any = None) -> Any:
        return self.facts.get(name, default)
