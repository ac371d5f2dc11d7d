"""Looking at files of somebody else: what is gone, or may not be looked at, gives no answer rather than an error."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path


def is_there(path: Path) -> bool:
    return mode_of(path) != 0


def is_folder(path: Path) -> bool:
    return stat.S_ISDIR(mode_of(path))


def mode_of(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0  # `Path.exists` raises where looking is not permitted


def target_of(path: str) -> str:
    """What a link says; empty when it is none."""
    try:
        return os.readlink(path)  # noqa: PTH115  a `Path` for each of hundreds costs more than all the rest
    except OSError:
        return ""


def head_of(file: Path, limit_bytes: int) -> bytes:
    """The first bytes of a plain file; none of anything else."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(descriptor, limit_bytes) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)


def entries_of(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []  # what cannot be read here cannot be read inside


def is_below(place: Path, roots: Iterable[Path]) -> bool:
    return any(place == root or str(place).startswith(f"{root}/") for root in roots)
