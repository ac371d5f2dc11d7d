"""What a plugin may see of a repository: names and texts, never a way to write."""

from __future__ import annotations

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

    def read_text(self, path: PurePosixPath, limit_bytes: int = 1_000_000) -> str | None:
        """The file's text; `None` when it is absent, not UTF-8, behind a symlink, or over the limit."""
        ...

    def exists(self, path: PurePosixPath) -> bool:
        """Whether a file or folder stands at this path."""
        ...
