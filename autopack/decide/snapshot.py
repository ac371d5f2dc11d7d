"""What a snapshot shows when it is compared: with the one before, with the frozen tree, with what may move by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autopack.decide.scope import is_covered
from autopack.model.finding import Finding, Severity

Kind = Literal["file", "link", "folder", "named pipe", "socket", "device", "unreadable"]
Answer = Literal["put back", "report", "note"]

MOST_FINDINGS = 20
MOST_NAMES = 3
_SET_ID = 0o6000
_FLAGS = {"h": "assume-unchanged", "S": "skip-worktree", "s": "assume-unchanged and skip-worktree"}
# Branches of runs beside this one, and what a fetch brings, move by themselves.
_RESTLESS = ("refs/heads/autopack/", "refs/remotes/")
_STASH, _STASH_LOG = "refs/stash", "logs/refs/stash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing on disk.  `digest` is git's blob id of a file's bytes or a link's target; a `folder` is one without entries."""

    kind: Kind
    mode: int = 0
    nlink: int = 1
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitState:
    """What of a repository a builder must leave alone.

    `files` are paths below the common git folder, `refs` object ids or `ref: NAME`.  `admin` is the folder of the builder's
    worktree among them, `pointer` what its `.git` file holds; `busy` are branches checked out in worktrees that are not ours.
    """

    refs: dict[str, str]
    files: dict[str, Entry]
    admin: str
    pointer: str
    busy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A worktree as it stands, ignored files included, and git's own state around it.

    `linked_out` are files that have another name outside the worktree; `flags` what its index is told not to look at.
    """

    entries: Mapping[str, Entry]
    linked_out: frozenset[str]
    flags: Mapping[str, str]
    git: GitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One ref or file of the repository that is not what it was, and what is done about it."""

    name: str
    is_ref: bool
    word: Literal["made", "changed", "deleted"]
    answer: Answer


def judge_moves(
    before: GitState, after: GitState, *, branch: str, held: bool, announced: Collection[str] | None = None
) -> tuple[Move, ...]:
    """What moved in the repository while a builder worked, refs first, each with the answer to it.

    `held`: the builder could not reach it, so only the run's own `branch` and worktree count.  `announced` is given after the
    executor died: what it had already decided to put back.  Everything else may then be a person's doing.
    """
    moves = []
    for name in sorted(before.refs.keys() | after.refs.keys()):
        old, new = before.refs.get(name), after.refs.get(name)
        if old == new or (name != branch and name.startswith(_RESTLESS)):
            continue
        answer: Answer = "put back"
        if name != branch:
            late = announced is not None and name not in announced
            answer = "note" if held or late else "report" if name in (*before.busy, *after.busy) else "put back"
        moves.append(Move(name=name, is_ref=True, word=_word(old, new), answer=answer))
    for name in sorted(before.files.keys() | after.files.keys()):
        was, now = before.files.get(name), after.files.get(name)
        ours = name.startswith(f"{before.admin}/")
        # An executor that comes later has a worktree of its own.
        passed_over = announced is not None and (ours or _is_others(name))
        if was == now or passed_over or (not ours and _comes_and_goes(name, before, after)):
            continue
        answer = "put back" if ours else "note" if held else "report" if _is_others(name) else "put back"
        moves.append(Move(name=name, is_ref=False, word=_word(was, now), answer=answer))
    return tuple(moves)


def _word(old: object, new: object) -> Literal["made", "changed", "deleted"]:
    return "made" if old is None else "deleted" if new is None else "changed"


def _is_others(name: str) -> bool:
    """Files that say where a worktree of a person's or of another run stands."""
    return name == "HEAD" or name.startswith("worktrees/")


def _comes_and_goes(name: str, before: GitState, after: GitState) -> bool:
    """A worktree that is added or removed as a whole is nobody's breach."""
    head = f"{name.rpartition('/')[0]}/HEAD"
    return name.startswith("worktrees/") and (head not in before.files or head not in after.files)


def report_moves(moves: Sequence[Move], failed: Collection[str] = (), kept: Mapping[str, str] | None = None) -> list[Finding]:
    """A finding for every move; `failed` could not be put back, `kept` says where the builder's value is."""
    names, kept = {move.name for move in moves}, kept or {}
    findings = []
    for move in moves:
        if move.name == _STASH_LOG and _STASH in names:
            continue
        how = {
            "put back": "caught by the snapshot; put back",
            "report": "caught by the snapshot; not put back, since a person may have done it",
            "note": "seen by the snapshot; the builder could not reach it",
        }["put back" if move.name in kept else move.answer]
        if move.name in failed:
            how = "caught by the snapshot; could not be put back"
        findings.append(
            Finding(
                rule="snapshot.ref" if move.is_ref else "snapshot.git-file",
                severity="note" if move.answer == "note" else "block",
                message=f"{move.name} of the repository was {move.word} while the builder worked ({how})",
                hint=f"what stood there is kept as {kept[move.name]}" if move.name in kept else "",
                path=move.name,
            )
        )
    return findings


# -- the folder -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Strays:
    """Where a frozen tree and its folder differ at first sight: `unlike` is in the tree, `extra` only on disk."""

    unlike: tuple[str, ...]
    extra: tuple[str, ...]


def find_strays(tree: Mapping[str, tuple[str, str]], entries: Mapping[str, Entry]) -> Strays:
    """Compare a tree (path → mode and blob) with the folder it was frozen from.

    Attributes may let git store a file other than it stands on disk, and ignored files belong to no tree: both are for git to
    say.  What lies in a submodule does not count, since the submodule's entry in the tree is judged.
    """
    links = {path for path, (mode, _) in tree.items() if mode == "160000"}
    unlike = [path for path, (mode, blob) in tree.items() if path not in links and not _is_like(mode, blob, entries.get(path))]
    extra = [path for path in entries if path not in tree and path != ".git"]
    if links:
        extra = [path for path in extra if not any(path.startswith(f"{link}/") for link in links)]
    return Strays(unlike=tuple(sorted(unlike)), extra=tuple(sorted(extra)))


def _is_like(mode: str, blob: str, entry: Entry | None) -> bool:
    return entry is not None and entry.digest == blob and has_mode(entry, mode)


def has_mode(entry: Entry, mode: str) -> bool:
    """Whether git would give this mode to what stands on disk."""
    if entry.kind == "link":
        return mode == "120000"
    return entry.kind == "file" and mode == ("100755" if entry.mode & 0o100 else "100644")


def judge_folder(
    before: Snapshot,
    after: Snapshot,
    *,
    unlike: Collection[str],
    extra: Collection[str],
    ignored: Collection[str],
    scope: Sequence[str],
) -> tuple[Finding, ...]:
    """What is wrong with a folder although its frozen tree may look well; `ignored` files are only noted, they never land."""
    found = [_block("disagrees", path, "is not what was frozen: the tree and the folder disagree") for path in sorted(unlike)]
    for path in sorted(set(extra) - set(ignored)):
        finding = _judge_extra(path, after.entries[path], scope)
        found += [finding] if finding else []
    seen = after.entries.keys() - set(ignored)
    found += [_block("hard-link", path, "has another name outside the work folder") for path in sorted(after.linked_out & seen)]
    set_id = [path for path in seen if after.entries[path].mode & _SET_ID and after.entries[path] != before.entries.get(path)]
    found += [_block("set-id", path, "runs as its owner, whoever starts it") for path in sorted(set_id)]
    found += [
        _block("index-flag", path, f"is hidden from git by {_FLAGS.get(flag, flag)}")
        for path, flag in sorted(after.flags.items())
        if before.flags.get(path) != flag
    ]
    if before.entries.get(".git") != after.entries.get(".git"):
        found.append(_block("git-file", ".git", "of the work folder was replaced"))
    return (*cut_short(found), *_note_ignored(before, after, ignored))


def _judge_extra(path: str, entry: Entry, scope: Sequence[str]) -> Finding | None:
    if any(part.casefold() == ".git" for part in path.split("/")):
        return _block("repository", path, "would make its folder a repository of its own")
    if entry.kind == "folder":
        # Git knows no empty folders, so this one never lands.
        note = _finding("empty-folder", "note", path, f"{path} is an empty folder outside the scope, which never lands")
        return None if is_covered(f"{path}/", scope) else note
    if entry.kind == "unreadable":
        return _block("unreadable", path, "cannot be read")
    if entry.kind in ("file", "link"):
        return _block("disagrees", path, "is in the folder and not in the tree: the tree and the folder disagree")
    return _block("special", path, f"is a {entry.kind}")


def _note_ignored(before: Snapshot, after: Snapshot, ignored: Collection[str]) -> list[Finding]:
    new = sorted(path for path in ignored if path not in before.entries)
    changed = sorted(path for path in ignored if path in before.entries and before.entries[path] != after.entries[path])
    notes = []
    for word, paths in (("new", new), ("changed", changed)):
        if paths:
            names = ", ".join(paths[:MOST_NAMES]) + (", …" if len(paths) > MOST_NAMES else "")
            text = f"{len(paths)} ignored files are {word}, which never lands: {names}"
            notes.append(_finding(f"ignored-{word}", "note", paths[0], text))
    return notes


def cut_short(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first findings, and how many more there are: a builder may make any number of them."""
    left_out = len(findings) - MOST_FINDINGS
    if left_out <= 0:
        return tuple(findings)
    return (*findings[:MOST_FINDINGS], _finding("more", "block", None, f"{left_out} more were caught by the snapshot"))


def _block(rule: str, path: str, text: str) -> Finding:
    return _finding(rule, "block", path, f"{path} {text} (caught by the snapshot)")


def _finding(rule: str, severity: Severity, path: str | None, message: str) -> Finding:
    return Finding(rule=f"snapshot.{rule}", severity=severity, message=message, path=path)
