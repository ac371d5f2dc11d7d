"""What every stage needs and nothing in the code may reach for: plugins, clock, environment, folders."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from autopack.effects.config import load_config
from autopack.effects.containment import choose_backend
from autopack.effects.sandbox import Backend
from autopack.model.config import Config
from autopack.model.event import Event
from autopack.model.plan import Budget
from autopack.plugins import Plugins, load_plugins


class Progress(Protocol):
    """Where a person watches.  Called from the one thread of a run; must not raise."""

    def event(self, event: Event) -> None:
        """A journal event was written."""
        ...

    def alive(self) -> None:
        """A process of the run printed something."""
        ...


class Silence:
    """Nobody watches."""

    def event(self, event: Event) -> None:
        pass

    def alive(self) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`now` is the clock, `environ` the caller's environment, `state_root` and `cache_root` folders of this user."""

    config: Config
    plugins: Plugins
    environ: Mapping[str, str]
    now: Callable[[], datetime]
    state_root: Path
    cache_root: Path
    progress: Progress

    @property
    def backend(self) -> Backend:
        """What contains the commands of a run on this machine; tried when it is asked for first."""
        return choose_backend(self.config.sandbox, self.environ.get("PATH", os.defpath))

    @property
    def home(self) -> Path:
        """The caller's HOME."""
        return Path(self.environ.get("HOME") or Path.home())

    @property
    def ceiling(self) -> Budget:
        """What one phase may spend at most, whatever the plan says."""
        config = self.config
        return Budget(
            max_files=config.budget_max_files,
            max_tokens=config.budget_max_tokens,
            max_minutes=config.budget_max_minutes,
            max_attempts=config.budget_max_attempts,
        )


def open_context(
    repo: Path | None,
    *,
    flags: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Context:
    """Read the configuration, load the plugins.  Raises `PluginBroken` when a required one did not load."""
    environ = os.environ if environ is None else environ
    config = load_config(repo, flags=flags or {}, environ=environ)
    return Context(
        config=config,
        plugins=load_plugins(only=config.plugins_only, require=config.require),
        environ=environ,
        now=lambda: datetime.now(UTC),
        state_root=config.state_dir,
        cache_root=config.cache_dir,
        progress=progress or Silence(),
    )
