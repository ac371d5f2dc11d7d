"""One bounded walk over a repository's files, shared by everything that looks at them."""

from __future__ import annotations

import functools
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path, PurePosixPath

from autopack.effects import git
from autopack.effects.paths import read_beneath

# Folders that tools fill.  With git only what is committed is listed, so the question does not arise.
_GENERATED = frozenset(
    {
        "node_modules", ".git", ".hg", ".svn", ".venv", "venv", "env", "vendor", "target", "dist", "build", "out", ".next",
        ".nuxt", ".output", ".turbo", ".nx", ".cache", ".tox", ".nox", ".gradle", ".idea", ".mypy_cache", ".pytest_cache",
        ".ruff_cache", "__pycache__", "site-packages", "_build", "deps", "Pods", "bower_components", "coverage", ".yarn",
        ".terraform", "META-INF", ".autonomous_runs",
    }
)  # fmt: skip
_ALWAYS_LEFT_OUT = frozenset(["node_modules", ".git", "site-packages", "__pycache__", ".venv", ".autonomous_runs"])
# Some of these are real source folders sometimes: those with a manifest that no tool writes there.
_SOMETIMES = frozenset(["build", "deps", "env", "out"])
_MANIFESTS = frozenset(
    [
        "Cargo.toml", "build.gradle", "build.gradle.kts", "go.mod", "pom.xml", "pyproject.toml", "settings.gradle",
        "settings.gradle.kts",
    ]
)  # fmt: skip
# Of a folder that holds copies, the list of what is in it: who has that need not fetch them.
_LISTS = {"vendor": "modules.txt"}
MOST_FILES = 100_000
MOST_DEPTH = 24


def _in_parts(text: str) -> str:
    """What puts texts in the order of paths: part by part, so that what is in a folder stands together."""
    return text.replace("/", "\0")


class FileWorkspace:
    """A `Workspace` over a list of paths and a way to read them.

    All tables hold texts, and a path is made only of what is asked for: making 100,000 of them takes half a second.
    """

    def __init__(self, name: str, paths: Iterable[PurePosixPath | str], read: Callable[[PurePosixPath], bytes | None]) -> None:
        self._name = name
        self._texts = tuple(sorted(map(str, paths), key=_in_parts))
        self._read = functools.cache(read)
        self._named: dict[str, tuple[PurePosixPath, ...]] = {}

    @property
    def name(self) -> str:
        return self._name

    def paths(self) -> tuple[PurePosixPath, ...]:
        return self._paths

    def named(self, name: str) -> tuple[PurePosixPath, ...]:
        if name not in self._named:
            first, more = self._by_name
            found = [first[name], *more.get(name, ())] if name in first else []
            found.sort(key=lambda text: text.count("/"))
            self._named[name] = tuple(map(PurePosixPath, found))
        return self._named[name]

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        found = [self._by_suffix.get(suffix.removeprefix("."), ()) for suffix in dict.fromkeys(suffixes)]
        found = [texts for texts in found if texts]
        return tuple(found[0]) if len(found) == 1 else tuple(sorted(chain.from_iterable(found), key=_in_parts))

    def read_text(self, path: PurePosixPath, limit_bytes: int = 1_000_000) -> str | None:
        if self._first_from(str(path)) != str(path):
            return None
        content = self._read(path)
        if content is None or len(content) > limit_bytes:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    def exists(self, path: PurePosixPath) -> bool:
        text = "" if str(path) == "." else str(path)
        found = self._first_from(text)
        return found is not None and (found == text or not text or found.startswith(f"{text}/"))

    def _first_from(self, text: str) -> str | None:
        """The first file that stands at this place or after it.  By halving: so few are asked for that no table pays."""
        position = bisect_left(self._texts, _in_parts(text), key=_in_parts)
        return self._texts[position] if position < len(self._texts) else None

    @functools.cached_property
    def _paths(self) -> tuple[PurePosixPath, ...]:
        return tuple(map(PurePosixPath, self._texts))

    @functools.cached_property
    def _by_name(self) -> tuple[dict[str, str], dict[str, list[str]]]:
        """The first file of each name, and all others: most names stand once, and a list for each is what would cost."""
        first: dict[str, str] = {}
        more: dict[str, list[str]] = {}
        for text in self._texts:
            name = text.rpartition("/")[2]
            if name in first:
                more.setdefault(name, []).append(text)
            else:
                first[name] = text
        return first, more

    @functools.cached_property
    def _by_suffix(self) -> dict[str, list[str]]:
        # Where the name has no point, the key has a slash in it, and nobody asks for it.
        table: dict[str, list[str]] = {}
        for text in self._texts:
            table.setdefault(text.rpartition(".")[2], []).append(text)
        return table


def open_folder(folder: Path) -> FileWorkspace:
    """The files of a folder as they stand; needs no git, follows no symlink, stops at 100,000 files."""
    found: list[str] = []
    queue = [("", 0)]
    while queue and len(found) < MOST_FILES:
        here, depth = queue.pop()
        for entry in _list_folder(folder, here):
            if entry.is_dir(follow_symlinks=False):
                if depth < MOST_DEPTH and (entry.name not in _GENERATED or _is_source(folder, here + entry.name)):
                    queue.append((f"{here}{entry.name}/", depth + 1))
                elif entry.name in _LISTS:
                    inside = [one for one in _list_folder(folder, here + entry.name) if one.is_file(follow_symlinks=False)]
                    found += [f"{here}{entry.name}/{one.name}" for one in inside if one.name == _LISTS[entry.name]]
            elif entry.is_file(follow_symlinks=False):
                found.append(here + entry.name)
    return FileWorkspace(folder.resolve().name, found[:MOST_FILES], lambda path: read_beneath(folder, path))


def _is_source(folder: Path, below: str) -> bool:
    """Whether a folder whose name is that of a generated one holds sources all the same."""
    return below.rpartition("/")[2] in _SOMETIMES and any(one.name in _MANIFESTS for one in _list_folder(folder, below))


def _list_folder(folder: Path, below: str) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder / below), key=lambda entry: entry.name)
    except OSError:
        return []  # an unreadable folder is not ours to report here: nothing in it can be a scope


def open_tree(repo: git.Repository, tree: str) -> FileWorkspace:
    """The files of a git tree; what a run plans on and judges, whatever the checkout holds."""
    blobs = git.list_files(repo, tree)

    def read(path: PurePosixPath) -> bytes | None:
        blob = blobs[str(path)]
        return git.read_objects(repo, [blob]).get(blob)

    paths = (path for path in blobs if not _ALWAYS_LEFT_OUT.intersection(path.split("/")[:-1]))
    return FileWorkspace(repo.top.name, sorted(paths, key=_in_parts)[:MOST_FILES], read)
