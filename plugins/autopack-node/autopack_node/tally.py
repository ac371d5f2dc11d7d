"""What the readers of all runners fill in."""

from __future__ import annotations

from dataclasses import dataclass, field

LINE_LIMIT_CHARS = 4096


@dataclass(slots=True, kw_only=True)
class Tally:
    """Outcomes by id, as one runner reports them.

    `counted` is how many tests it says that it executed; without it those that are named count.  `not_run` are ids that have
    failed without being a test: files that cannot be loaded, hooks.
    """

    runner: str
    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    not_run: set[str] = field(default_factory=set)
    counted: int = 0

    def fail(self, name: str, message: str, *, ran: bool = True) -> None:
        """Note a failure; the first message of an id stays."""
        if not self.failed.get(name):
            self.failed[name] = message[:LINE_LIMIT_CHARS]
        if not ran:
            self.not_run.add(name)

    @property
    def ran(self) -> int:
        return max(self.counted, len(self.passed) + len(self.failed.keys() - self.not_run))


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:LINE_LIMIT_CHARS]
