"""One bounded walk over a repository's files, shared by everything that looks at them."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from autopack.effects import git
from autopack.effects.paths import read_beneath

# Folders that tools fill.  `build`, `out`, `env`, `deps`, `vendor` are real source folders sometimes; without git they are
# passed over all the same, with git only what is committed is listed, so the question does not arise.
_GENERATED = frozenset(
    {
        "node_modules", ".git", ".hg", ".svn", ".venv", "venv", "env", "vendor", "target", "dist", "build", "out", ".next",
        ".nuxt", ".output", ".turbo", ".nx", ".cache", ".tox", ".nox", ".gradle", ".idea", ".mypy_cache", ".pytest_cache",
        ".ruff_cache", "__pycache__", "site-packages", "_build", "deps", "Pods", "bower_components", "coverage", ".yarn",
        ".terraform", "META-INF", ".autonomous_runs",
    }
)  # fmt: skip
_ALWAYS_LEFT_OUT = frozenset(["node_modules", ".git", "site-packages", "__pycache__", ".venv", ".autonomous_runs"])
MOST_FILES = 100_000
MOST_DEPTH = 24


class FileWorkspace:
    """A `Workspace` over a list of paths and a way to read them."""

    def __init__(self, name: str, paths: tuple[PurePosixPath, ...], read: Callable[[PurePosixPath], bytes | None]) -> None:
        self._name = name
        self._paths = paths
        self._read = functools.cache(read)

    @property
    def name(self) -> str:
        return self._name

    def paths(self) -> tuple[PurePosixPath, ...]:
        return self._paths

    def named(self, name: str) -> tuple[PurePosixPath, ...]:
        return self._by_name.get(name, ())

    def read_text(self, path: PurePosixPath, limit_bytes: int = 1_000_000) -> str | None:
        if path not in self._known:
            return None
        content = self._read(path)
        if content is None or len(content) > limit_bytes:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    def exists(self, path: PurePosixPath) -> bool:
        return path in self._known or path in self._folders

    @functools.cached_property
    def _known(self) -> frozenset[PurePosixPath]:
        return frozenset(self._paths)

    @functools.cached_property
    def _folders(self) -> frozenset[PurePosixPath]:
        folders: set[PurePosixPath] = set()
        for folder in {path.parent for path in self._paths}:
            # Whose own folder is known, all those above it are.
            while folder not in folders:
                folders.add(folder)
                folder = folder.parent
        return frozenset(folders)

    @functools.cached_property
    def _by_name(self) -> dict[str, tuple[PurePosixPath, ...]]:
        table: dict[str, list[PurePosixPath]] = {}
        for path in sorted(self._paths, key=lambda path: (len(path.parts), path)):
            table.setdefault(path.name, []).append(path)
        return {name: tuple(paths) for name, paths in table.items()}


def open_folder(folder: Path) -> FileWorkspace:
    """The files of a folder as they stand; needs no git, follows no symlink, stops at 100,000 files."""
    found: list[PurePosixPath] = []
    queue = [PurePosixPath()]
    while queue and len(found) < MOST_FILES:
        here = queue.pop()
        try:
            entries = sorted(os.scandir(folder / here), key=lambda entry: entry.name)
        except OSError:
            continue  # an unreadable folder is not ours to report here: nothing in it can be a scope
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _GENERATED and len(here.parts) < MOST_DEPTH:
                    queue.append(here / entry.name)
            elif entry.is_file(follow_symlinks=False):
                found.append(here / entry.name)
    paths = tuple(sorted(found[:MOST_FILES]))
    return FileWorkspace(folder.resolve().name, paths, lambda path: read_beneath(folder, path))


def open_tree(repo: git.Repository, tree: str) -> FileWorkspace:
    """The files of a git tree; what a run plans on and judges, whatever the checkout holds."""
    blobs = {
        PurePosixPath(entry.path): entry.blob
        for entry in git.list_tree(repo, tree)
        if entry.mode in ("100644", "100755") and not _ALWAYS_LEFT_OUT.intersection(entry.path.split("/")[:-1])
    }
    paths = tuple(sorted(blobs)[:MOST_FILES])
    return FileWorkspace(repo.top.name, paths, lambda path: git.read_objects(repo, [blobs[path]]).get(blobs[path]))
