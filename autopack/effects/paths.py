"""The only doors to the file system: contained in a worktree, or whole and atomic for our own files."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from autopack.errors import Refused

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def _parent_beneath(root: Path, path: PurePosixPath, *, make: bool) -> Iterator[tuple[int, str]]:
    """A descriptor of the path's folder, reached step by step without following a symlink, and its last name."""
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in str(path):
        raise Refused(f"{str(path)!r} leaves the worktree", hint="use a path relative to the repository root")
    if any(part.casefold() == ".git" for part in path.parts):
        # Git leaves it out of every tree, so no verdict on a tree would ever see what was written here.
        raise Refused(f"{str(path)!r} reaches into git's own files")
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.parts[:-1]:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=here)
            try:
                below = os.open(part, _FOLDER, dir_fd=here)
            except (NotADirectoryError, OSError) as error:
                if isinstance(error, FileNotFoundError):
                    raise
                raise Refused(f"{str(path)!r} goes through {part!r}, which is a symlink or no folder") from None
            os.close(here)
            here = below
        yield here, path.parts[-1]
    finally:
        os.close(here)


def read_beneath(root: Path, path: PurePosixPath, limit_bytes: int = 50_000_000) -> bytes | None:
    """The file's bytes; `None` when it is absent, a symlink, no regular file, or over the limit."""
    try:
        with _parent_beneath(root, path, make=False) as (folder, name):
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except (OSError, Refused, ValueError):
        return None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > limit_bytes:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit_bytes + 1)


def write_beneath(root: Path, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
    """Create or replace a regular file below `root`; an existing file keeps its mode unless `executable` says otherwise.

    Raises `Refused` when the path leaves the root, goes through a symlink, or is one.
    """
    with _parent_beneath(root, path, make=True) as (folder, name):
        mode = None
        with contextlib.suppress(FileNotFoundError):
            found = os.lstat(name, dir_fd=folder)
            if not stat.S_ISREG(found.st_mode):
                raise Refused(f"{str(path)!r} is a symlink or no regular file")
            mode = stat.S_IMODE(found.st_mode)
        if executable is not None or mode is None:
            mode = 0o755 if executable else 0o644
        # A new file renamed over the old one: a hard link elsewhere keeps its old content.
        scratch = ".autopack-new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(scratch, dir_fd=folder)
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        os.rename(scratch, name, src_dir_fd=folder, dst_dir_fd=folder)


def delete_beneath(root: Path, path: PurePosixPath) -> None:
    """Remove a file below `root`.  Raises `Refused` when there is none or it is a folder."""
    try:
        with _parent_beneath(root, path, make=False) as (folder, name):
            os.unlink(name, dir_fd=folder)
    except (FileNotFoundError, IsADirectoryError):
        raise Refused(f"{str(path)!r} is no file, so it cannot be deleted") from None


def delete_folder_beneath(root: Path, path: PurePosixPath) -> None:
    """Remove a folder below `root` with all that it holds, if there is one that no symlink leads to."""
    with contextlib.suppress(OSError, Refused), _parent_beneath(root, path, make=False) as (folder, name):
        shutil.rmtree(name, dir_fd=folder)


def replace_file(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write one of our own files so that a reader sees the old or the new content, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.new")
    # A file name that is no UTF-8 stands in a text as lone surrogates; this is how JSON writes them.
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600 if private else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)


def read_own(path: Path, limit_bytes: int = 64_000_000) -> str | None:
    """One of our own files as text, `None` when absent."""
    try:
        with path.open("rb") as file:
            return file.read(limit_bytes).decode("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def add_line(path: Path, line: str) -> bool:
    """Append a line to a file unless it stands there already; whether it was added."""
    text = read_own(path) or ""
    if line in text.splitlines():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(("\n" if text and not text.endswith("\n") else "") + line + "\n")
    return True


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder of ours to a new place, links as links."""
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))


def copy_own(source: Path, target: Path, *, most_bytes: int = 1_000_000) -> bool:
    """Copy one small file of the user's for a program to read; whether there was one."""
    if not source.is_file() or source.stat().st_size > most_bytes:
        return False
    replace_file(target, source.read_bytes(), private=True)
    return True


def sync_folder(path: Path) -> None:
    """Make a rename inside this folder survive power loss."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


MARKER = ".autopack-made"
_LONG_PATH, _MOST_ROUNDS = 3500, 50
_numbers = itertools.count()


def make_marked_folder(path: Path) -> Path:
    """Make a folder that `remove_marked_folder` may delete later: a marker inside proves whose it is."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    (path / MARKER).touch()
    return path


def remove_marked_folder(path: Path) -> bool:
    """Delete a folder made by `make_marked_folder`, and nothing else; whether it is gone."""
    if path.is_symlink() or not (path / MARKER).is_file():
        return not path.exists()

    remove_tree(path)
    return not path.exists()


def remove_tree(top: Path) -> None:
    """Delete a folder however deep it is: `shutil.rmtree` and `os.walk` of Python 3.11 end at a thousand levels.

    Folders too deep for a path to name them are first brought up.
    """
    for _ in range(_MOST_ROUNDS):
        queue, folders = [str(top)], []
        while queue:
            here = queue.pop()
            folders.append(here)
            try:
                # Module caches are written read-only, and a folder without write permission keeps its children.
                Path(here).chmod(0o700)
                rows = list(os.scandir(here))
            except OSError:
                continue
            for row in rows:
                if row.is_dir(follow_symlinks=False) and len(row.path) < _LONG_PATH:
                    queue.append(row.path)
                elif row.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        Path(row.path).rename(top / f"{next(_numbers)}.autopack-deep")
                else:
                    with contextlib.suppress(OSError):
                        Path(row.path).unlink()
        for folder in reversed(folders):
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
        if not top.exists():
            return


def measure_folder(top: Path, most_entries: int, most_bytes: int) -> tuple[int, int]:
    """How many entries, and bytes of files, stand below `top`; counting ends where one is over its limit."""
    entries = size_bytes = 0
    queue = [str(top)]
    while queue and entries <= most_entries and size_bytes <= most_bytes:
        with contextlib.suppress(OSError):
            for row in os.scandir(queue.pop()):
                entries += 1
                if row.is_dir(follow_symlinks=False):
                    queue.append(row.path)
                elif row.is_file(follow_symlinks=False):
                    size_bytes += row.stat(follow_symlinks=False).st_size
                if entries > most_entries:
                    break
    return entries, size_bytes


def open_folders(top: Path) -> None:
    """Let the owner into every folder below `top` again: a program may have closed them, and only root would not mind."""
    queue = [str(top)]
    while queue:
        here = queue.pop()
        with contextlib.suppress(OSError):
            if stat.S_IMODE(os.lstat(here).st_mode) & 0o700 != 0o700:
                Path(here).chmod(0o755)
            queue += [row.path for row in os.scandir(here) if row.is_dir(follow_symlinks=False)]


def remove_inner_repositories(worktree: Path) -> None:
    """Delete every `.git` below a worktree of ours except its own: git passes over them, also when it cleans."""
    queue = [str(worktree)]
    while queue:
        here = queue.pop()
        try:
            rows = list(os.scandir(here))
        except OSError:
            continue  # closed, or too deep for a path: the snapshot says so
        for row in rows:
            if row.name != ".git":
                if row.is_dir(follow_symlinks=False):
                    queue.append(row.path)
            elif here != str(worktree):
                if row.is_dir(follow_symlinks=False):
                    remove_tree(Path(row.path))
                else:
                    with contextlib.suppress(OSError):
                        Path(row.path).unlink()


def is_writable(path: Path) -> bool:
    """Whether files can be made below this folder, or below the first of its parents that exists."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.is_dir() and os.access(path, os.W_OK)
