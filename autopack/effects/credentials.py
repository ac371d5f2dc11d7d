"""Which files below some folders grant power, by what they hold or as a door: near the top, breadth first and bounded."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from autopack.decide.credentials import BULK_FOLDERS, holds_secret, is_secret_name, may_be_secret
from autopack.effects.looking import entries_of, head_of, is_below, mode_of

_MOST_NAMES = 20_000
_MOST_FILES = 2_000
_MOST_FOUND = 200
# Settings stand near the top of a tool, or as deep as `versions/node/v20/etc`; its libraries are large and hold none.
_DEPTH = 5
_WHOLE_DEPTH = 3
# A key may stand behind the certificates of its chain.
_HEAD_BYTES = 65_536


def find_credentials(roots: Sequence[Path]) -> tuple[Path, ...]:
    """Real paths, all of them below one of the roots: files that hold credentials, and sockets.

    A read-only mount does not close a socket, and behind it a service runs as somebody else.
    """
    found: set[Path] = set()
    names, files = _MOST_NAMES, _MOST_FILES
    level = [str(root) for root in roots]
    for depth in range(_DEPTH):
        below: list[str] = []
        for folder in level:
            for entry in entries_of(folder) if names > 0 else ():
                names -= 1
                if entry.is_dir(follow_symlinks=False):
                    if depth < _WHOLE_DEPTH or entry.name not in BULK_FOLDERS:
                        below.append(entry.path)
                elif len(found) >= _MOST_FOUND:
                    return tuple(sorted(found))
                elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                    found.add(Path(entry.path))
                elif files > 0 and may_be_secret(entry.name):
                    files -= 1
                    if is_secret_name(entry.name) or holds_secret(entry.name, head_of(Path(entry.path), _HEAD_BYTES)):
                        real = Path(os.path.realpath(entry.path))
                        found |= {real} if stat.S_ISREG(mode_of(real)) and is_below(real, roots) else set()
        level = below
    return tuple(sorted(found))
