"""Bytes that come in from a file or standard input, never more than a limit."""

from __future__ import annotations

import sys
from pathlib import Path


def read_at_most(path: Path | None, limit_bytes: int) -> bytes:
    """The first `limit_bytes` bytes of a file, a pipe, or standard input (`None`).  Raises `OSError`."""
    if path is None:
        return sys.stdin.buffer.read(limit_bytes)
    with path.open("rb") as stream:
        return stream.read(limit_bytes)
