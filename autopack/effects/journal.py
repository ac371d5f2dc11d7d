"""The record of a run: one append-only file, one writer, every line numbered and summed."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autopack.decide.limits import EVENT_BYTES, cut_data
from autopack.decide.masking import NO_MASK, Mask, hide_private
from autopack.effects.faults import VARIABLE, fault_point
from autopack.errors import AutopackError
from autopack.model.codec import to_data
from autopack.model.event import Event


class JournalDamaged(AutopackError):
    """A line in the middle does not fit its sum or its number."""

    exit_code = 70


class Journal:
    """Appends events.  What `append` returned for survives this process; with `sync=True` also a power loss."""

    def __init__(
        self,
        path: Path,
        run_id: str,
        *,
        now: Callable[[], datetime],
        observe: Callable[[Event], object] | None = None,
        mask: Mask = NO_MASK,
    ) -> None:
        self._run_id = run_id
        self._now = now
        self._observe = observe
        self._mask = mask
        path.parent.mkdir(parents=True, exist_ok=True)
        events, self._end = _read(path)
        self.events = list(events)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def append(self, type_: str, *, sync: bool = False, **facts: Any) -> Event:
        """Write one event and show it to the observers."""
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        event = Event(seq=len(self.events) + 1, at=at, type=type_, run_id=self._run_id, facts=self._clean(facts))
        line = _encode(event)
        # An append that was broken off (a kill, Ctrl-C, a full disk) left bytes behind that were never answered for.
        os.ftruncate(self._file, self._end)
        if VARIABLE in os.environ:
            # A kill in the middle of a write: seen only with fault injection, so the line is split only then.
            half = len(line) // 2
            self._write(line[:half])
            fault_point("journal.torn")
            self._write(line[half:])
        else:
            self._write(line)
        fault_point("journal.appended")
        if sync:
            os.fdatasync(self._file) if hasattr(os, "fdatasync") else os.fsync(self._file)
        self._end += len(line)
        self.events.append(event)
        if self._observe:
            self._observe(event)
        return event

    def _clean(self, facts: dict[str, Any]) -> Any:
        """The facts as they may be kept: secrets masked, no long words of a model or a program, and not too many of them."""
        clean, left_out = cut_data(hide_private("", to_data(self._mask.value(facts))), EVENT_BYTES)
        return {**clean, "left_out_bytes": left_out} if left_out else clean

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._file, line) :]

    def close(self) -> None:
        os.close(self._file)


def read_journal(path: Path) -> tuple[Event, ...]:
    """Every whole event; a torn last line is left out.  Raises `JournalDamaged` when a line before the last does not fit."""
    return _read(path)[0]


def _read(path: Path) -> tuple[tuple[Event, ...], int]:
    """The whole events, and where the last of them ends in the file."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return (), 0
    events: list[Event] = []
    end = 0
    # What stands behind the last newline was never answered for, even when it is a whole event.
    lines = raw.split(b"\n")[:-1]
    for number, line in enumerate(lines, 1):
        event = _decode(line)
        if event is None or event.seq != number:
            if number == len(lines):
                break
            raise JournalDamaged(f"{path.name} line {number} is damaged", hint="the branch keeps what was committed")
        events.append(event)
        end += len(line) + 1
    return tuple(events), end


def _encode(event: Event) -> bytes:
    body = {"seq": event.seq, "at": event.at, "type": event.type, "run": event.run_id, "facts": event.facts}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    body["crc"] = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    whole = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return whole.encode("utf-8", "surrogatepass") + b"\n"


def _decode(line: bytes) -> Event | None:
    try:
        body = json.loads(line)
        crc = body.pop("crc")
        text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        if zlib.crc32(text.encode("utf-8", "surrogatepass")) != crc:
            return None
        return Event(seq=body["seq"], at=body["at"], type=body["type"], run_id=body["run"], facts=body["facts"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
