"""What a plugin may see of a repository: names and texts, never a way to write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Protocol


class Workspace(Protocol):
    """A read-only, bounded view of one repository's files; the same answer every time within a run.

    Paths are relative to the workspace root.  Vendored and generated folders are left out.
    """

    @property
    def name(self) -> str:
        """The root folder's name; carries no meaning beyond display."""
        ...

    def paths(self) -> tuple[PurePosixPath, ...]:
        """Every file, sorted."""
        ...

    def named(self, name: str) -> tuple[PurePosixPath, ...]:
        """Every file with this base name, shallowest first."""
        ...

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        """Every file that ends in one of these suffixes (`.py`), in the order of `paths`, as text: paths of many are slow."""
        ...

    def read_text(self, path: PurePosixPath, limit_bytes: int = 1_000_000) -> str | None:
        """The file's text; `None` when it is absent, not UTF-8, behind a symlink, or over the limit."""
        ...

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a file or folder stands at this path."""
        ...


def share_files(
    files: Iterable[str], folders: Iterable[PurePosixPath], *, skips: Callable[[list[str]], bool] = lambda parts: False
) -> dict[PurePosixPath, list[str]]:
    """Each of the files with the innermost of the folders that holds it, in their order; those in none are left out.

    So is what stands in a folder that `skips` says yes to, asked with the parts of its path below the one that holds it.
    """
    shares: dict[PurePosixPath, list[str]] = {folder: [] for folder in folders}
    heads = {"" if str(folder) == "." else str(folder): rows for folder, rows in shares.items()}
    # There are far more files than folders, so the climb is done once for each folder.
    owners: dict[str, list[str] | None] = {}
    for file in files:
        place = file.rpartition("/")[0]
        if place not in owners:
            owners[place] = _find_owner(place, heads, skips)
        owner = owners[place]
        if owner is not None:
            owner.append(file)
    return shares


def _find_owner(place: str, heads: Mapping[str, list[str]], skips: Callable[[list[str]], bool]) -> list[str] | None:
    head = place
    while head and head not in heads:
        head = head.rpartition("/")[0]
    below = place[len(head) :].strip("/")
    return None if head not in heads or (below and skips(below.split("/"))) else heads[head]
