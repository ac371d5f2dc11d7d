"""How large each artifact may become, and how what is too large is cut: with words that say what is missing."""

from __future__ import annotations

import json
from typing import Any

EVENT_BYTES = 64 * 1024
RECORD_BYTES = 8 * 1024 * 1024
PROMPT_BYTES = 1024 * 1024
REPORT_BYTES = 8 * 1024 * 1024
PAGE_BYTES = 2 * 1024 * 1024
MEMORY_TEXT_BYTES = 64 * 1024

# From "long output" to "anything": the first pair under which a value fits is used.
_STEPS = ((65_536, 20_000), (8_192, 5_000), (2_048, 1_000), (512, 200), (200, 50), (100, 10), (60, 2))


def cut_text(text: str, limit_bytes: int) -> str:
    """The beginning of a text, and at its end how many bytes were left out; as it is when it fits."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= limit_bytes:
        return text
    note = "\n[{} bytes left out]\n"
    room = max(limit_bytes - len(note) - 10, 0)
    # A character that is cut in half goes with the rest.
    while room and raw[room] & 0xC0 == 0x80:
        room -= 1
    return raw[:room].decode("utf-8", "surrogatepass") + note.format(len(raw) - room)


def cut_at_line(text: str, limit_bytes: int) -> str:
    """The whole lines at the beginning of a text that fit; of a first line that does not, the whole characters that do."""
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= limit_bytes:
        return text
    room = raw.rfind(b"\n", 0, limit_bytes) + 1 or limit_bytes
    while raw[room] & 0xC0 == 0x80:
        room -= 1
    return raw[:room].decode("utf-8", "surrogatepass")


def cut_data(data: Any, limit_bytes: int) -> tuple[Any, int]:
    """JSON values that take at most so many bytes as JSON, and how many were left out.

    Long texts go first, each saying how much of it is missing; then lists lose their ends.  Keys always stay.
    """
    size = _size(data)
    if size <= limit_bytes:
        return data, 0
    for limit_chars, limit_rows in _STEPS:
        shorter = _shorten(data, limit_chars, limit_rows)
        if (left := _size(shorter)) <= limit_bytes:
            break
    return shorter, size - left


def _shorten(data: Any, limit_chars: int, limit_rows: int) -> Any:
    if isinstance(data, str):
        return data if len(data) <= limit_chars else cut_text(data, limit_chars)
    if isinstance(data, list):
        return [_shorten(part, limit_chars, limit_rows) for part in data[:limit_rows]]
    if isinstance(data, dict):
        return {key: _shorten(part, limit_chars, limit_rows) for key, part in data.items()}
    return data


def _size(data: Any) -> int:
    return len(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"))
