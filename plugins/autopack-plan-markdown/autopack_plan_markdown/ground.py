"""Which file of the repository a path means: the one of this name, one beside the plan, or the only one that ends like it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath

from autopack.model.draft import Draft
from autopack.model.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Place:
    """What a mention means: the file itself, or the `matches` of the repository that it may be (one in the plan's own folder)."""

    path: str
    exists: bool
    matches: tuple[str, ...] = ()
    is_beside: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """The repository as a plan sees it; `folder` is the plan's own, empty at the root or when the plan stands elsewhere."""

    workspace: Workspace
    folder: str = ""

    def stands(self, path: str) -> bool:
        return self.workspace.exists(PurePosixPath(path)) if path.strip("/. ") else False

    def is_folder(self, path: str) -> bool:
        """Whether a folder stands there, as opposed to a file."""
        return self.stands(path) and PurePosixPath(path) not in self.workspace.named(path.rstrip("/").rpartition("/")[2])

    def beside(self, path: str) -> str | None:
        """The existing file that a path means when it is read from the plan's own folder."""
        if not self.folder:
            return None
        found = normpath(f"{self.folder}/{path}")
        inside = not found.startswith(("..", "/"))
        return found + "/" * path.endswith("/") if inside and self.stands(found) else None

    def place(self, path: str) -> Place:
        """Where a path stands: by its whole name, from the plan's own folder, or as the end of a longer one."""
        if self.stands(path.rstrip("/")):
            return Place(path=path, exists=True)
        beside = self.beside(path)
        if beside:
            return Place(path=path, exists=False, matches=(beside,), is_beside=True)
        ending = "/" + path
        named = self.workspace.named(path.rpartition("/")[2]) if not path.endswith("/") else ()
        return Place(path=path, exists=False, matches=tuple(str(row) for row in named if str(row).endswith(ending)))

    def home(self, path: str) -> str | None:
        """The path below the plan's own folder that a new file must mean; `None` when it means what it says."""
        first, slash, _ = path.partition("/")
        if self.folder and slash and not self.stands(first) and self.stands(f"{self.folder}/{first}"):
            return f"{self.folder}/{path}"
        return None


def read_ground(draft: Draft, workspace: Workspace) -> Ground:
    """The ground of a plan: the repository, and the plan's own folder in it."""
    return Ground(workspace=workspace, folder=draft.name.rpartition("/")[0])
