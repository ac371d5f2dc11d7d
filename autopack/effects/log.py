"""Log lines to stderr: short text for people, one JSON object a line for programs, the same keys in both.

`structlog.contextvars.bind_contextvars(run=…, phase=…, attempt=…, plugin=…)` adds these to every line that follows.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO, cast

from autopack.decide.masking import NO_MASK, Mask, clean_fact, secret_values
from autopack.model.config import Config

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    level: str
    json: bool
    colour: bool
    stream: TextIO | None
    mask: Mask = NO_MASK


class _LateLogger:
    """Imports structlog at the first line: a command that logs nothing starts much quicker without it."""

    def __getattr__(self, name: str) -> Any:
        import structlog

        if not structlog.is_configured():
            _apply(_style)
        return getattr(structlog.get_logger(), name)


_style = _Style(level="warning", json=False, colour=False, stream=None)
_logger = cast("FilteringBoundLogger", _LateLogger())


def get_logger() -> FilteringBoundLogger:
    """The logger; may be fetched when a module is imported.  Until `configure_logging`, warnings only."""
    return _logger


def configure_logging(config: Config, *, environ: Mapping[str, str], stream: TextIO | None = None, quiet: bool = False) -> None:
    """Settle how lines look and which are shown; `stream` is stderr unless given.  The last call counts.

    Colours are for terminals only, and neither for CI nor against `NO_COLOR`.  `quiet` shows warnings and errors only.
    """
    global _style
    colour = not environ.get("NO_COLOR") and not environ.get("CI") and (stream or sys.stderr).isatty()
    level = "warning" if quiet and config.log_level in ("debug", "info") else config.log_level
    _style = _Style(
        level=level, json=config.log_format == "json", colour=colour, stream=stream, mask=Mask.of(secret_values(environ))
    )
    if "structlog" in sys.modules:
        _apply(_style)


def _apply(style: _Style) -> None:
    import logging

    import structlog

    # Lines name the time of day for people, who know the date; programs get all of it.
    stamp = structlog.processors.TimeStamper(fmt="iso" if style.json else "%H:%M:%S", utc=style.json, key="time")
    as_text = structlog.dev.ConsoleRenderer(
        colors=style.colour, timestamp_key="time", pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
    as_json = structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _clean,
            stamp,
            as_json if style.json else as_text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, style.level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=style.stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _clean(logger: Any, method: str, facts: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: clean_fact(key, _style.mask.value(value)) for key, value in facts.items()}
