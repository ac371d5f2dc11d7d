"""What a person sees while a run works: one live line on a terminal, plain lines elsewhere; always on stderr."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

from autopack.cli.render import visible
from autopack.model.event import Event
from autopack.stages.setup import Progress

if TYPE_CHECKING:
    from rich.status import Status


def make_progress() -> Progress:
    """Rich on a terminal, plain lines in CI, pipes and with `NO_COLOR`."""
    plain = not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("NO_COLOR")
    return PlainProgress() if plain else LiveProgress()


def describe_event(event: Event) -> str | None:
    """One line for the events that a person wants to know of."""
    fact = event.fact
    match event.type:
        case "run.created" | "run.resumed":
            return f"{event.type.partition('.')[2]} run {event.run_id} (sandbox: {fact('sandbox')})"
        case "phase.started":
            return f"phase {fact('title')}"
        case "environment.step":
            return f"  {fact('state')}: {' '.join(fact('argv')[:8])} ({fact('seconds'):.1f} s)"
        case "tests.collected":
            found = (f"{name}: {'not known' if count is None else count}" for name, count in sorted(fact("counts").items()))
            return f"  tests found before the change: {', '.join(found)}"
        case "attempt.started":
            return f"  attempt {fact('attempt')} with {fact('builder')}"
        case "scope.judged":
            found = fact("findings")
            return f"  scope: {len(fact('changed'))} files changed" + (
                f", {len(found)} out of bounds" if found else ", all inside"
            )
        case "check.finished":
            return f"  {fact('state')}: {fact('check')} ({fact('reason')}, {fact('seconds'):.1f} s)"
        case "mitigation.applied" | "mitigation.kept" | "mitigation.undone":
            return f"  repair {event.type.partition('.')[2]}: {fact('name')}"
        case "attempt.finished" if fact("reason"):
            return f"  not proved: {fact('reason')}"
        case "phase.finished":
            tail = f": commit {fact('commit')[:12]}" if fact("commit") else f": {fact('reason')}"
            return f"  {fact('state')}{tail}"
        case _:
            return None


class PlainProgress:
    """Lines as they happen."""

    def event(self, event: Event) -> None:
        line = describe_event(event)
        if line:
            print(visible(line), file=sys.stderr, flush=True)  # noqa: T201  progress is output, not a log

    def alive(self) -> None:
        pass


class LiveProgress:
    """The same lines, with a spinner below that shows the time since the last sign of life."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._heard = time.monotonic()

    def event(self, event: Event) -> None:
        line = describe_event(event)
        if line:
            self._print(line)
        if event.type in ("run.finished", "run.interrupted"):
            self._stop()
        else:
            self._spin(_WORKING.get(event.type))
        self._heard = time.monotonic()

    def alive(self) -> None:
        now = time.monotonic()
        if self._status and now - self._heard > 1:
            self._heard = now
            self._status.update()

    def _print(self, line: str) -> None:
        from rich.text import Text

        self._console.print(Text(visible(line), style=_style(line)))

    def _spin(self, words: str | None) -> None:
        if words is None:
            return
        if self._status is None:
            self._status = self._console.status(words)
            self._status.start()
        else:
            self._status.update(words)

    def _stop(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None


_WORKING = {
    "run.created": "preparing",
    "run.resumed": "preparing",
    "phase.started": "checking the state before",
    "baseline.recorded": "building",
    "attempt.started": "building",
    "scope.judged": "checking",
    "check.finished": "checking",
    "audit.finished": "committing",
}


def _style(line: str) -> Any:
    words = line.strip()
    if words.startswith(("committed", "passed")):
        return "green"
    if words.startswith(("failed", "not proved")):
        return "red"
    return "bold" if words.startswith("phase ") else ""
