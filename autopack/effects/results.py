"""Files that a command left behind, read back although whoever wrote them may have put anything there."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from autopack.effects.paths import read_beneath

_MOST_FILES = 50
_MOST_REPORTS = 500
_FILE_LIMIT_BYTES = 8_000_000
_TOTAL_LIMIT_BYTES = 32_000_000
_MOST_ENTRIES = 20_000

# What tells that a file was written again: file systems count time in steps, so its number and size say it too.
Stamp = tuple[int, int, int, int]


def read_results(folder: Path) -> tuple[tuple[str, str], ...]:
    """Name and text of the files in a folder of the command's own, sorted by name."""
    return _read(folder, sorted(_names_beneath(folder))[:_MOST_FILES])


def stamp_reports(root: Path, globs: Sequence[str]) -> dict[str, Stamp]:
    """The files below `root` that match, and what changes when one is written again.

    `*` stands for any characters of a name, a part `**` for any folders.  Links are not followed.
    """
    entries = itertools.count()
    found: dict[str, Stamp] = {}
    for glob in globs:
        parts = PurePosixPath(glob).parts
        if parts and not PurePosixPath(glob).is_absolute() and ".." not in parts:
            for name in _matching(root, "", parts, entries):
                with contextlib.suppress(OSError):
                    facts = os.lstat(root / name)
                    found[name] = (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    return found


def read_reports(root: Path, globs: Sequence[str], before: dict[str, Stamp]) -> tuple[tuple[str, str], ...]:
    """Name and text of the files that match now and were not there, or not like this, before the command."""
    fresh = [name for name, stamp in sorted(stamp_reports(root, globs).items()) if before.get(name) != stamp]
    return _read(root, fresh[:_MOST_REPORTS])


def _read(root: Path, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    files, left = [], _TOTAL_LIMIT_BYTES
    for name in names:
        content = read_beneath(root, PurePosixPath(name), min(_FILE_LIMIT_BYTES, left))
        if content is not None:
            files.append((name, content.decode("utf-8", "replace")))
            left -= len(content)
    return tuple(files)


def _names_beneath(top: Path, *, most: int = 2000, deepest: int = 8) -> Iterator[str]:
    """Files below a folder that may hold anything: not over links, not deep, not many."""
    queue = [] if top.is_symlink() else [(top, "", 0)]
    while queue:
        folder, prefix, depth = queue.pop()
        with contextlib.suppress(OSError):
            for row in itertools.islice(os.scandir(folder), most):
                if row.is_file(follow_symlinks=False):
                    yield prefix + row.name
                elif depth < deepest and len(queue) < most and row.is_dir(follow_symlinks=False):
                    queue.append((Path(row.path), f"{prefix}{row.name}/", depth + 1))


def _matching(root: Path, prefix: str, parts: tuple[str, ...], entries: Iterator[int], depth: int = 0) -> Iterator[str]:
    part, rest = parts[0], parts[1:]
    if part == "**" and rest:
        yield from _matching(root, prefix, rest, entries, depth)
    with contextlib.suppress(OSError), os.scandir(root / prefix) as rows:
        for row in sorted(itertools.takewhile(lambda _: next(entries) < _MOST_ENTRIES, rows), key=lambda row: row.name):
            name = prefix + row.name
            if part == "**" or fnmatchcase(row.name, part):
                if not rest and row.is_file(follow_symlinks=False):
                    yield name
                elif rest and depth < 12 and row.is_dir(follow_symlinks=False):
                    # `**` stays for the next folder; what has no name of its own is looked for in each.
                    yield from _matching(root, f"{name}/", parts if part == "**" else rest, entries, depth + 1)
