"""The index that the ranking reads: contents of a tree by blob, and what past commits changed; cached for each project.

The cache is a SQLite file that only ever gains: a blob is indexed once, whatever commit holds it.  It can be deleted at any time;
a damaged one is made again, and where none can be kept the index lives in memory.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, TypeVar

from autopack.decide.names import digest_text, make_slug
from autopack.decide.postings import MOST_COMMIT_FILES, ROW_SHIFT, IndexedFile, PastCommit
from autopack.decide.terms import (
    MOST_FILE_BYTES,
    cut_windows,
    find_message_terms,
    find_terms,
    is_candidate,
    read_source,
)
from autopack.effects import git
from autopack.effects.paths import read_beneath
from autopack.effects.scan import MOST_FILES, open_folder

MOST_COMMITS = 4000
# Contents of so many files, the outermost first, and of so much new text in one call; of the rest only the paths count, or,
# beyond the second limit, until the next call.  This bounds the time that a first look at a huge repository takes.
MOST_READ_FILES = 50_000
MOST_READ_BYTES = 200_000_000

_VERSION = 1
_BATCH_BYTES = 16_000_000
_WAIT_S = 60.0
_QUERY_TERMS = 400
_STALE_BLOBS = 20_000
_TABLES = """
CREATE TABLE IF NOT EXISTS blob (id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, windows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS post (term TEXT NOT NULL, segment INTEGER NOT NULL, rows BLOB NOT NULL, PRIMARY KEY (term, segment))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS past (sha TEXT PRIMARY KEY, terms TEXT NOT NULL, files BLOB NOT NULL) WITHOUT ROWID;
"""
_NOT_INDEXED = -1  # in `blob.windows`: binary, too large, or written by a program, so that it is never proposed

R = TypeVar("R")


class _Tree(Protocol):
    """Where files come from: a commit, or a folder."""

    @property
    def blobs(self) -> Mapping[str, str]: ...

    def sizes(self, blobs: Sequence[str]) -> Mapping[str, int]: ...

    def read(self, blobs: Sequence[str]) -> Mapping[str, bytes]: ...

    def ancestors(self) -> Sequence[str]: ...

    def describe(self, commits: Sequence[str]) -> Iterable[tuple[str, str, Sequence[str]]]: ...


class _Commit:
    def __init__(self, repo: git.Repository, commit: str) -> None:
        self._repo, self._commit = repo, commit
        listed = git.list_blobs(repo, commit)
        self.blobs = {path: blob for path, (mode, blob) in listed.items() if mode.startswith("100") and is_candidate(path)}

    def sizes(self, blobs: Sequence[str]) -> Mapping[str, int]:
        return git.size_blobs(self._repo, blobs)

    def read(self, blobs: Sequence[str]) -> Mapping[str, bytes]:
        return git.read_objects(self._repo, blobs)

    def ancestors(self) -> Sequence[str]:
        return git.list_ancestors(self._repo, self._commit, MOST_COMMITS)

    def describe(self, commits: Sequence[str]) -> Iterable[tuple[str, str, Sequence[str]]]:
        changed = git.list_changed_paths(self._repo, commits)
        for commit, text in git.read_objects(self._repo, commits).items():
            yield commit, text.partition(b"\n\n")[2].decode("utf-8", "replace"), changed[commit]


class _Folder:
    """The files of a folder as they stand, under the names that git would give their contents; no history."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, str] = {}
        self._sizes: dict[str, int] = {}
        self.blobs = {}
        for path in map(str, open_folder(folder).paths()):
            if is_candidate(path):
                content = read_beneath(folder, PurePosixPath(path), MOST_FILE_BYTES)
                if content is not None:
                    blob = _name_blob(content)
                    self.blobs[path] = blob
                    self._paths[blob], self._sizes[blob] = path, len(content)

    def sizes(self, blobs: Sequence[str]) -> Mapping[str, int]:
        return {blob: self._sizes[blob] for blob in blobs}

    def read(self, blobs: Sequence[str]) -> Mapping[str, bytes]:
        rows = ((blob, read_beneath(self._folder, PurePosixPath(self._paths[blob]), MOST_FILE_BYTES)) for blob in blobs)
        # Somebody may have written to it since it was listed.
        return {blob: content for blob, content in rows if content is not None and _name_blob(content) == blob}

    def ancestors(self) -> Sequence[str]:
        return ()

    def describe(self, commits: Sequence[str]) -> Iterable[tuple[str, str, Sequence[str]]]:
        return ()


def _name_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextlib.contextmanager
def open_index(cache_root: Path, folder: Path, repo: git.Repository | None, commit: str | None) -> Iterator[ProjectIndex]:
    """The index of a commit, or without one of the folder as it stands; what the cache lacks is read now."""
    place = (repo.common_dir if repo else folder).resolve()
    name = place.parent.name if place.name == ".git" else place.name
    path = cache_root / "index" / f"{make_slug(name, 40)}-{digest_text(str(place), 12)}-v{_VERSION}.sqlite"
    index = ProjectIndex(path, _Commit(repo, commit) if repo and commit else _Folder(folder))
    try:
        yield index
    finally:
        index.close()


class ProjectIndex:
    """An `Index` of one tree (see `autopack.decide.postings`)."""

    def __init__(self, path: Path, tree: _Tree) -> None:
        self._path: Path | None = path
        self._tree = tree
        self._paths = sorted(tree.blobs)[:MOST_FILES]
        self._database: sqlite3.Connection | None = None
        self._numbers: dict[int, list[int]] = {}
        self._ancestors = tree.ancestors()
        self.files: Sequence[IndexedFile] = ()
        self.commits: Sequence[PastCommit] = ()
        self._surely(lambda database: None)

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def count_rows(self, terms: Iterable[str]) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for term, size_bytes in self._surely(lambda database: _select(database, "term, length(rows)", terms)):
            counts[term] = counts.get(term, 0) + size_bytes // 8
        return counts

    def find_rows(self, terms: Iterable[str]) -> Mapping[str, Sequence[int]]:
        return self._surely(lambda database: self._find_rows(database, list(terms)))

    def _find_rows(self, database: sqlite3.Connection, terms: Sequence[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        mask = (1 << ROW_SHIFT) - 1
        for term, packed in _select(database, "term, rows", terms):
            stored = array("Q")
            try:
                stored.frombytes(packed)
            except (TypeError, ValueError):
                raise sqlite3.DatabaseError("rows cut short") from None
            rows = found.setdefault(term, [])
            for row in stored:
                for number in self._numbers.get(row >> ROW_SHIFT, ()):
                    rows.append(number << ROW_SHIFT | row & mask)
        return {term: sorted(rows) for term, rows in found.items() if rows}

    # -- the cache ----------------------------------------------------------------------------------------------------

    def _surely(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """What `work` answers: from the cache, from one that is made again, or from memory."""
        for last in (False, False, True):
            try:
                if self._database is None:
                    self._database = self._open()
                    self._fill(self._database)
                    self._load(self._database)
                return work(self._database)
            except (sqlite3.DatabaseError, OSError) as error:
                self.close()
                if last:
                    raise
                # An operational error (a lock held for long, a full or read-only disk) will be there again at once.
                damaged = self._path is not None and not isinstance(error, (sqlite3.OperationalError, OSError))
                if not damaged or not self._delete():
                    self._path = None
        raise AssertionError("unreachable")

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path or ":memory:", timeout=_WAIT_S, isolation_level=None)
        try:
            database.executescript(_TABLES)
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def _delete(self) -> bool:
        try:
            for path in (self._path, f"{self._path}-journal"):
                Path(str(path)).unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def _fill(self, database: sqlite3.Connection) -> None:
        """Index what is missing, batch by batch: what one call has done, another (or another process) need not do again."""
        outermost = sorted(self._paths, key=lambda path: (path.count("/"), path))[:MOST_READ_FILES]
        wanted = dict.fromkeys(self._tree.blobs[path] for path in outermost)
        known = _known(database)
        if len(known) > 4 * len(wanted) + _STALE_BLOBS:
            database.executescript("DELETE FROM blob; DELETE FROM post; DELETE FROM past; VACUUM;")
            known = {}
        sizes = self._tree.sizes([blob for blob in wanted if blob not in known])
        for batch in _batches(sizes):
            with _writing(database):
                known = _known(database)
                fresh = [blob for blob in batch if blob not in known]
                small = [blob for blob in fresh if sizes[blob] <= MOST_FILE_BYTES]
                contents = self._tree.read(small) if small else {}
                _store_blobs(database, fresh, contents, first=max((number for number, _ in known.values()), default=0) + 1)
        noted = {row[0] for row in database.execute("SELECT sha FROM past")}
        unknown = [commit for commit in self._ancestors if commit not in noted]
        if unknown:
            rows = [
                (commit, " ".join(find_message_terms(message)), os.fsencode("\0".join(files[: MOST_COMMIT_FILES + 1])))
                for commit, message, files in self._tree.describe(unknown)
            ]
            with _writing(database):
                database.executemany("INSERT OR IGNORE INTO past VALUES (?, ?, ?)", rows)

    def _load(self, database: sqlite3.Connection) -> None:
        known = _known(database)
        files: list[IndexedFile] = []
        self._numbers = {}
        for path in self._paths:
            number, windows = known.get(self._tree.blobs[path], (0, 0))
            if windows != _NOT_INDEXED:
                self._numbers.setdefault(number, []).append(len(files))
                files.append(IndexedFile(path=path, windows=windows))
        rows = {row[0]: row for row in database.execute("SELECT sha, terms, files FROM past")}
        self.files = tuple(files)
        self.commits = tuple(
            PastCommit(id=sha, terms=tuple(terms.split()), files=tuple(os.fsdecode(changed).split("\0") if changed else ()))
            for sha, terms, changed in (rows[commit] for commit in self._ancestors if commit in rows)
        )


def _known(database: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    return {sha: (number, windows) for number, sha, windows in database.execute("SELECT id, sha, windows FROM blob")}


def _select(database: sqlite3.Connection, columns: str, terms: Iterable[str]) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    words = list(terms)
    for start in range(0, len(words), _QUERY_TERMS):
        part = words[start : start + _QUERY_TERMS]
        marks = ",".join("?" * len(part))
        rows += database.execute(f"SELECT {columns} FROM post WHERE term IN ({marks}) ORDER BY term, segment", part)
    return rows


@contextlib.contextmanager
def _writing(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _batches(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Blobs in pieces that fit into memory, up to the limit of one call; those that are too large take no room."""
    batch: list[str] = []
    size_bytes = total_bytes = 0
    for blob, size in sizes.items():
        room = size if size <= MOST_FILE_BYTES else 0
        if total_bytes + room > MOST_READ_BYTES:
            break
        if size_bytes + room > _BATCH_BYTES:
            yield batch
            batch, size_bytes = [], 0
        batch.append(blob)
        size_bytes += room
        total_bytes += room
    if batch:
        yield batch


def _store_blobs(database: sqlite3.Connection, blobs: Sequence[str], contents: Mapping[str, bytes], first: int) -> None:
    posts: dict[str, array[int]] = {}
    rows = []
    for number, blob in enumerate(blobs, start=first):
        text = read_source(contents[blob]) if blob in contents else None
        windows = cut_windows(text) if text is not None else []
        rows.append((number, blob, len(windows) if text is not None else _NOT_INDEXED))
        for place, window in enumerate(windows):
            row = number << ROW_SHIFT | place
            for term in find_terms(window):
                posts.setdefault(term, array("Q")).append(row)
    database.executemany("INSERT INTO blob VALUES (?, ?, ?)", rows)
    # One row for each term of a batch, not for each place: a tenth of the space, and quick to add to.
    database.executemany("INSERT INTO post VALUES (?, ?, ?)", ((term, first, posts[term].tobytes()) for term in sorted(posts)))
