"""Which parts of a worktree a builder finds closed: prevention, so coarse; the verdict is on the frozen tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autopack.decide.scope import Fence, is_covered, is_protected, path_key

_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "testing"})
# Each is a mount; beyond that starting a command gets slow, and the tree is judged anyway.
MOST_CLOSED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """`closed` are folders and files that stay as they are, `joints` the folders above them, which may not be renamed away."""

    closed: tuple[str, ...] = ()
    joints: tuple[str, ...] = ()


def find_closed(paths: Iterable[str], fence: Fence, *, fenced: bool) -> Closed:
    """What to close in a tree with these files.

    With a fence (`fenced`) every folder that holds no scope path; without one, when the scope is only a proposal, the folders
    of tests outside it.  Protected files and folders always.  Other files stay open: a file that is a mount point breaks
    `sed -i` and every editor that replaces files.
    """
    folders: set[str] = set()
    protected: set[str] = set()
    for path in paths:
        parts = path.split("/")
        folders.update("/".join(parts[:end]) for end in range(1, len(parts)))
        if is_protected(path) and not is_covered(path, fence.granted):
            # The outermost part that is protected by itself: a whole folder, or the file.
            here = next(("/".join(parts[:end]) for end in range(1, len(parts)) if is_protected("/".join(parts[:end]))), path)
            protected.add(here if not _leads_to(here, fence.granted) else path)
    closed: list[str] = []
    for folder in sorted(folders | protected, key=lambda path: (path.count("/"), path)):
        if any(_is_below(folder, above) for above in closed):
            continue
        if folder in protected or (
            not _is_open(folder, fence) and (fenced or folder.rpartition("/")[2].lower() in _TEST_FOLDERS)
        ):
            closed.append(folder)
    closed = closed[:MOST_CLOSED]
    joints = {"/".join(path.split("/")[:end]) for path in closed for end in range(1, path.count("/") + 1)}
    return Closed(closed=tuple(closed), joints=tuple(sorted(joints)))


def _is_open(folder: str, fence: Fence) -> bool:
    """Whether a folder is in the scope, or on the way to something in it."""
    return is_covered(folder + "/", fence.paths) or _leads_to(folder, fence.paths)


def _leads_to(folder: str, patterns: Iterable[str]) -> bool:
    key = path_key(folder) + "/"
    return any(path_key(entry).startswith(key) for entry in patterns)


def _is_below(path: str, above: str) -> bool:
    return path.startswith(above + "/")
