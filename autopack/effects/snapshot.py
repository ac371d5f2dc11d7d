"""Look at a worktree and at git's own state around it, byte for byte; and put back what a builder moved there.

Not `git status`: measured, it is blind to a second write to an ignored file, to files flagged in the index, to folders, pipes
and sockets, and to everything outside the worktree.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import stat
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from autopack.decide.snapshot import Entry, GitState, Kind, Move, Snapshot, has_mode
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.paths import read_own, replace_file, write_beneath
from autopack.errors import Refused

# A larger file is known by its size and the time of its last change, which no program can set.
LARGEST_HASHED = 50_000_000
# A file that changes again within one tick of the file system's clock keeps its times, so a young one is not remembered.
_SETTLED_NS = 1_000_000_000
_COMMON = ("HEAD", "config", "config.worktree", "info", "hooks", "logs/refs/stash", "objects/info/alternates")
# Without these, or with nonsense in them, git does nothing at all.
_NEEDED = ("config", "config.worktree", "HEAD")
_ADMIN = ("HEAD", "config.worktree", "commondir", "gitdir")
_SPECIAL: dict[int, Kind] = {stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket"}

Stamp = tuple[int, int, int, int, int]


@dataclass(slots=True, kw_only=True)
class Memory:
    """What earlier snapshots of a run have hashed: device, inode, size and both times → entry."""

    entries: dict[Stamp, Entry] = field(default_factory=dict)


def take_snapshot(
    repo: git.Repository, worktree: Path, state: GitState, memory: Memory, *, scope: Sequence[str] = ()
) -> Snapshot:
    """The worktree as it stands, with git's state around it; files in `scope` are hashed whatever their time stamps say."""
    names = frozenset(path for path in scope if not path.endswith("/"))
    folders = tuple(path for path in scope if path.endswith("/"))
    entries, linked_out = walk(
        worktree, memory, algorithm=_algorithm(state.refs), again=lambda path: path in names or path.startswith(folders)
    )
    flags = git.list_flags(repo, repo.common_dir / state.admin / "index") if state.admin else {}
    return Snapshot(entries=entries, linked_out=linked_out, flags=flags, git=state)


def _algorithm(refs: Mapping[str, str]) -> str:
    return "sha256" if any(len(target) == 64 for target in refs.values()) else "sha1"


def walk(
    top: Path, memory: Memory, *, algorithm: str = "sha1", again: Callable[[str], bool] = lambda path: False
) -> tuple[dict[str, Entry], frozenset[str]]:
    """Every file, link, special file and empty folder below `top`, by path; and the files with a name outside it.

    A folder named `.git` is one entry.  Nothing may run in `top` meanwhile.
    """
    known, entries = memory.entries, {}
    names: dict[tuple[int, int], list[str]] = {}
    queue = [(str(top), "")]
    while queue:
        folder, prefix = queue.pop()
        try:
            found = list(os.scandir(folder))
        except OSError:
            entries[prefix.rstrip("/")] = Entry(kind="unreadable")
            continue
        if not found and prefix:
            entries[prefix[:-1]] = Entry(kind="folder")
        for row in found:
            path = prefix + row.name
            if row.is_dir(follow_symlinks=False):
                if row.name.casefold() == ".git":
                    entries[path] = Entry(kind="folder")
                else:
                    queue.append((row.path, f"{path}/"))
                continue
            try:
                facts = row.stat(follow_symlinks=False)
            except OSError:
                entries[path] = Entry(kind="unreadable")  # its path is too long to be named
                continue
            stamp = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
            entry = known.get(stamp)
            if entry is None or again(path):
                entry = _look(row.path, facts, algorithm)
                known.pop(stamp, None)
                if time.time_ns() - facts.st_ctime_ns > _SETTLED_NS:
                    known[stamp] = entry
            entries[path] = entry
            if facts.st_nlink > 1:
                names.setdefault((facts.st_dev, facts.st_ino), []).append(path)
    outside = (paths for paths in names.values() if entries[paths[0]].nlink > len(paths))
    return entries, frozenset(path for paths in outside for path in paths)


def _look(path: str, facts: os.stat_result, algorithm: str) -> Entry:
    mode, nlink = stat.S_IMODE(facts.st_mode), facts.st_nlink
    if stat.S_ISLNK(facts.st_mode):
        target = os.fsencode(Path(path).readlink())
        return Entry(kind="link", nlink=nlink, digest=_hash_blob(target, algorithm))
    if not stat.S_ISREG(facts.st_mode):
        return Entry(kind=_SPECIAL.get(stat.S_IFMT(facts.st_mode), "device"), mode=mode, nlink=nlink)
    if facts.st_size > LARGEST_HASHED:
        return Entry(kind="file", mode=mode, nlink=nlink, digest=f"{facts.st_size} bytes, changed {facts.st_ctime_ns}")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(LARGEST_HASHED + 1)
    except OSError:
        return Entry(kind="unreadable", mode=mode, nlink=nlink)
    return Entry(kind="file", mode=mode, nlink=nlink, digest=_hash_blob(content, algorithm))


def _hash_blob(content: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


# -- git's own state --------------------------------------------------------------------------------------------------


def read_git_state(repo: git.Repository, worktree: Path) -> GitState:
    """Refs, configuration, hooks and HEADs as they stand; the worktree's own `.git` file says which admin folder is its."""
    pointer = (read_own(worktree / ".git") if (worktree / ".git").is_file() else None) or ""
    folder = Path(pointer.removeprefix("gitdir: ").rstrip("\n"))
    inside = folder.is_relative_to(repo.common_dir) and ".." not in folder.parts
    admin = folder.relative_to(repo.common_dir).as_posix() if inside else ""
    state = GitState(refs={}, files=read_git_files(repo, admin), admin=admin, pointer=pointer)
    return read_git_refs(repo, state)


def read_git_files(repo: git.Repository, admin: str) -> dict[str, Entry]:
    """The files of the state, without asking git: a builder may have broken what git itself needs."""
    common = repo.common_dir
    names = [*_COMMON, *(f"{admin}/{name}" for name in _ADMIN if admin)]
    worktrees = sorted(path.name for path in common.glob("worktrees/*"))
    names += [f"worktrees/{name}/{file}" for name in worktrees for file in ("HEAD", "config.worktree")]
    files: dict[str, Entry] = {}
    for name in names:
        files |= _look_beneath(common, name)
    return files


def read_git_refs(repo: git.Repository, state: GitState) -> GitState:
    """The state with the refs as they stand now, and the branches that are checked out where a person may work."""
    heads = (
        name for name in state.files if name == "HEAD" or (name.endswith("/HEAD") and not name.startswith(f"{state.admin}/"))
    )
    texts = ((read_own(repo.common_dir / name, 4096) or "").strip() for name in heads)
    busy = tuple(sorted(text.removeprefix("ref: ") for text in texts if text.startswith("ref: ")))
    return replace(state, refs=git.read_refs(repo), busy=busy)


def _look_beneath(common: Path, name: str) -> dict[str, Entry]:
    """A file, or all that a folder holds; when a folder on the way was replaced by something else, only that."""
    parts = name.split("/")
    for length in range(1, len(parts) + 1):
        here = "/".join(parts[:length])
        try:
            facts = (common / here).lstat()
        except OSError:
            return {}
        if not stat.S_ISDIR(facts.st_mode):
            return {here: _look(str(common / here), facts, "sha1")}
    entries, _ = walk(common / name, Memory())
    return {f"{name}/{path}": entry for path, entry in entries.items()}


def store_git_state(repo: git.Repository, state: GitState, store: Path) -> None:
    """Keep the bytes of its files in a folder of ours, by digest, so that they can be put back also by a later executor."""
    for name, entry in state.files.items():
        kept = store / entry.digest
        if entry.digest and not kept.exists():
            path = repo.common_dir / name
            content = os.fsencode(path.readlink()) if entry.kind == "link" else path.read_bytes()
            replace_file(kept, content, private=True)


# -- put back ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Where the run `run_id` keeps the bytes of before (`store`) and what stood there instead (`replaced`).

    `fence` is the order of a ref transaction that holds only while this executor is the run's one.
    """

    repo: git.Repository
    run_id: str
    store: Path
    replaced: Path
    fence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What came of it: moves that did not go through, and where the builder's values are kept."""

    failed: frozenset[str] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)


def mend(undoing: Undoing, before: GitState) -> dict[str, str]:
    """When git does not work here any more, put back the files that it needs; where what stood there is kept, by name."""
    try:
        git.read_refs(undoing.repo)
        return {}
    except git.GitFailed:
        (undoing.repo.common_dir / "refs").mkdir(exist_ok=True)
        names = [name for name in _NEEDED if _now(undoing.repo, name) != before.files.get(name)]
        return {name: _put_file_back(undoing, name, before.files.get(name)) for name in names}


def put_back(undoing: Undoing, moves: Sequence[Move], before: GitState, after: GitState) -> PutBack:
    """Give refs and files their old values; doing it twice changes nothing more.

    What stood there is kept: a ref's value under `refs/autopack/replaced/<run>/`, a file in a folder of the record.
    """
    failed: set[str] = set()
    kept: dict[str, str] = {}
    prefix = f"refs/autopack/replaced/{undoing.run_id}"
    names = (ref.rpartition("/")[2] for ref in git.list_ref_names(undoing.repo, prefix))
    taken = [int(name) for name in names if name.isascii() and name.isdigit()]  # others a builder made up
    places = (f"{prefix}/{number}" for number in itertools.count(max(taken, default=0) + 1))
    # Refs first: git writes their logs meanwhile, which are files.  Deletions first: `a` may stand where `a/b` was.
    for move in sorted(moves, key=lambda move: (not move.is_ref, move.word != "made", move.name)):
        if move.answer != "put back":
            continue
        fault_point("snapshot.judged")
        try:
            if move.is_ref:
                place = _put_ref_back(undoing, move.name, before.refs.get(move.name), after.refs.get(move.name), next(places))
            else:
                place = _put_file_back(undoing, move.name, before.files.get(move.name))
        except (OSError, Refused, git.GitFailed):
            failed.add(move.name)
            continue
        if place:
            kept[move.name] = place
    return PutBack(failed=frozenset(failed), kept=kept)


def _put_ref_back(undoing: Undoing, name: str, old: str | None, new: str | None, place: str) -> str:
    repo, orders = undoing.repo, [undoing.fence]
    if new is None:
        # Git reads no ref there; what it cannot read it would not write over either.
        path = repo.common_dir / name
        place = _move_aside(path, undoing.replaced, name) if os.path.lexists(path) else ""
    elif new.startswith("ref: "):
        place = new
    else:
        orders.append(f"create {place} {new}")
    if old is None:
        # Only the ref itself, not the one that it may point at by now.
        orders += ["option no-deref", f"delete {name}"]
    elif not old.startswith("ref: "):
        orders += ["option no-deref", f"update {name} {old}"]
    if not git.update_refs(repo, *orders):
        raise Refused(f"{name} could not be put back")
    if old is not None and old.startswith("ref: "):
        git.set_symbolic_ref(repo, name, old.removeprefix("ref: "))
    return place


def _now(repo: git.Repository, name: str) -> Entry | None:
    return _look_beneath(repo.common_dir, name).get(name)


def _put_file_back(undoing: Undoing, name: str, old: Entry | None) -> str:
    common, path = undoing.repo.common_dir, undoing.repo.common_dir / name
    if _now(undoing.repo, name) == old and (old is not None or not os.path.lexists(path)):
        return ""
    content = (undoing.store / old.digest).read_bytes() if old is not None and old.digest else b""
    if old is not None and old.digest and _hash_blob(content, "sha1") != old.digest:
        raise Refused(f"what is kept of {name} was changed")
    for parent in (str(parent) for parent in [*PurePosixPath(name).parents][-2::-1]):
        if os.path.lexists(common / parent) and ((common / parent).is_symlink() or not (common / parent).is_dir()):
            _move_aside(common / parent, undoing.replaced, parent)
    stays = old is not None and old.kind == "file"
    place = _move_aside(path, undoing.replaced, name, stays=stays) if os.path.lexists(path) else ""
    if old is None:
        return place
    if old.kind == "file":
        write_beneath(common, PurePosixPath(name), content)
        path.chmod(old.mode)
    elif old.kind == "link":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.fsdecode(content))
    else:
        path.mkdir(parents=True, exist_ok=True)
    return place


def _move_aside(path: Path, folder: Path, name: str, *, stays: bool = False) -> str:
    """Move what stands at `path` into a folder of ours, under the first free name; with `stays` a file is only linked there."""
    folder.mkdir(parents=True, exist_ok=True)
    # Flat: a part of the name may be a link that was moved here before.
    flat = name.replace("/", "__")
    names = itertools.chain([flat], (f"{flat}.{number}" for number in itertools.count(2)))
    target = next(folder / free for free in names if not os.path.lexists(folder / free))
    if stays and path.is_file() and not path.is_symlink():
        # So that there is never no configuration: the writer replaces it in one step.
        os.link(path, target)
    else:
        path.rename(target)
    return str(target)


def restore_pointer(worktree: Path, pointer: str) -> None:
    """Give a worktree of ours its `.git` file back, whatever stands there."""
    path = worktree / ".git"
    if not worktree.is_dir() or (path.is_file() and not path.is_symlink() and read_own(path) == pointer):
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    replace_file(path, pointer)


# -- a frozen tree ----------------------------------------------------------------------------------------------------


def settle_unlike(
    repo: git.Repository,
    worktree: Path,
    index: Path,
    tree: Mapping[str, tuple[str, str]],
    entries: Mapping[str, Entry],
    unlike: Collection[str],
) -> tuple[str, ...]:
    """Those of the paths whose file git, too, would store otherwise than the tree has it."""
    files = [
        path for path in unlike if path in entries and entries[path].kind == "file" and has_mode(entries[path], tree[path][0])
    ]
    stored = git.hash_files(repo, worktree, index, files)
    return tuple(sorted(path for path in unlike if stored.get(path) != tree[path][1]))
