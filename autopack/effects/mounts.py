"""What of the machine's files a contained command gets to see and to change: one table of paths, the deepest entry wins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

# `hidden` = an empty folder that cannot be written, `scratch` = an empty one that can, `read` and `write` = what stands there,
# `blank` = an empty file.
Sight = Literal["hidden", "scratch", "read", "write", "blank"]
SCRATCH_LIMIT_BYTES = 2 << 30

# Sockets in /run are doors to services that run as somebody else; a read-only mount does not close them.
_HIDDEN = ("/root", "/home", "/run")
_SCRATCH = ("/tmp", "/var/tmp")
# Root without capabilities still owns these.
_BLANK = ("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/sudoers")
_BLANK_FOLDERS = ("/etc/ssl/private", "/etc/sudoers.d", "/var/spool/cron")


OUT_OF_SIGHT = tuple(map(Path, (*_HIDDEN, *_SCRATCH)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every command of a run sees alike: all of the machine but `hidden`, of which `readable` comes back.

    `blank` are files inside `readable` that look empty; `links` stand in hidden folders, path and target.  `variables` are what
    programs need to find their own files although HOME is another.
    """

    hidden: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    blank: tuple[Path, ...] = ()
    links: tuple[tuple[Path, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


def make_table(
    surroundings: Surroundings, *, writable: Iterable[Path] = (), readable: Iterable[Path] = (), hidden: Iterable[Path] = ()
) -> dict[Path, Sight]:
    """Real path → sight, shallowest first; what does not exist is left out, and what its surroundings say already.

    Of two entries for one path the later one counts: hidden, then readable, then writable, then what the arguments name, in
    this order, then blank.
    """
    rows: list[tuple[Iterable[Path], Sight]] = [
        (map(Path, (*_HIDDEN, *_BLANK_FOLDERS)), "hidden"),
        (surroundings.hidden, "hidden"),
        (map(Path, _SCRATCH), "scratch"),
        ((*surroundings.readable, *_resolver()), "read"),
        (writable, "write"),
        (readable, "read"),
        (hidden, "hidden"),
        ((*map(Path, _BLANK), *surroundings.blank), "blank"),
    ]
    named: dict[Path, Sight] = {}
    for paths, sight in rows:
        for path in paths:
            real = Path(os.path.realpath(path))
            # Only a folder can be hidden, only a file be blank; a mount needs something to stand on.
            if _stands(real, folder=sight in ("hidden", "scratch")):
                named.pop(real, None)
                named[real] = sight
    table: dict[Path, Sight] = {}
    for path, sight in sorted(named.items(), key=lambda row: len(row[0].parts)):
        around = sight_of(path, table)
        # A folder that can be written and is named again becomes a mount point of its own: it cannot be renamed away.
        if (around == sight != "write") or (around in ("hidden", "scratch") and sight in ("hidden", "blank", "scratch")):
            continue
        table[path] = sight
    return table


def _stands(path: Path, *, folder: bool) -> bool:
    try:
        return path.is_dir() if folder else path.exists()
    except OSError:
        return False  # in a folder of somebody else's, which may not be entered


def sight_of(path: Path, table: dict[Path, Sight]) -> Sight:
    """How a path is seen; the machine as a whole can be read."""
    return next((table[above] for above in (path, *path.parents) if above in table), "read")


def _resolver() -> Iterator[Path]:
    """The file that says how to look up host names: it may stand below /run."""
    yield Path("/etc/resolv.conf")
