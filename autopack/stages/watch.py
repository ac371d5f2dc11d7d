"""Watch a builder from outside: what stood before it, what it moved where it may not, and the tree that it leaves."""

from __future__ import annotations

from dataclasses import replace

from autopack.decide.names import make_safe_id
from autopack.decide.scope import Fence
from autopack.decide.snapshot import GitState, Snapshot, cut_short, find_strays, judge_folder, judge_moves, report_moves
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.locks import fence_ref
from autopack.effects.paths import measure_folder
from autopack.effects.snapshot import (
    Memory,
    Undoing,
    mend,
    put_back,
    read_git_files,
    read_git_refs,
    read_git_state,
    restore_pointer,
    settle_unlike,
    store_git_state,
    take_snapshot,
)
from autopack.errors import Refused
from autopack.model.codec import from_json
from autopack.model.finding import Finding
from autopack.model.plan import Phase
from autopack.stages.commit import branch_moved
from autopack.stages.running import Running

# What a builder may add to a worktree before it is not looked at any more.
MOST_NEW_ENTRIES, MOST_BYTES = 50_000, 4 << 30
BEFORE, FOUND, REPLACED, STORE = "before.json", "snapshot.json", "replaced", "git-files"


def attempt_folder(phase: Phase, number: int) -> str:
    """Where the record keeps one attempt."""
    return f"attempts/{make_safe_id(phase.id)}/{number}"


def attempt_ref(run_id: str, phase: Phase, number: int) -> str:
    return f"refs/autopack/attempt/{run_id}/{make_safe_id(phase.id)}/{number}"


def look_before(run: Running, folder: str, memory: Memory, fence: Fence) -> Snapshot:
    """The snapshot that a builder's work is compared with; git's part is stored, for an executor that comes after a kill."""
    before = take_snapshot(run.repo, run.work, read_git_state(run.repo, run.work), memory, scope=fence.paths)
    store_git_state(run.repo, before.git, run.record.folder / STORE)
    run.record.write(f"{folder}/{BEFORE}", before.git)
    fault_point("snapshot.stored")
    return before


def undo_moves(
    run: Running, phase: Phase, number: int, before: GitState, *, held: bool, stopped: bool = False
) -> tuple[Finding, ...]:
    """Put back what moved in the repository while a builder worked, and say so.

    `held` says that the builder could not reach it, `stopped` that its executor died: then what is found now may be a person's
    work, and refs are put back only where that was announced.  Raises `Refused` when another executor took the run over.
    """
    folder, fence = attempt_folder(phase, number), fence_ref(run.request.run_id)
    undoing = Undoing(
        repo=run.repo,
        run_id=run.request.run_id,
        store=run.record.folder / STORE,
        replaced=run.record.folder / folder / REPLACED,
        fence=f"verify {fence} {run.fence_token}",
    )
    files = read_git_files(run.repo, before.admin)
    # A person who is in the middle of an edit is left alone where the builder could not have done it.
    mended = {} if held else mend(undoing, before)
    after = read_git_refs(run.repo, replace(before, files=files))
    noted = read_findings(run, folder) if stopped else ()
    announced = {finding.path or "" for finding in noted} if stopped else None
    moves = judge_moves(before, after, branch=run.branch_ref, held=held, announced=announced)
    # Noted first: whoever resumes in the middle finds things back in place, and must still know that they had moved.
    run.record.write(f"{folder}/{FOUND}", _join(report_moves(moves, kept=mended), noted))
    fault_point("snapshot.judged")
    if git.resolve_ref(run.repo, fence) != run.fence_token:
        raise branch_moved(run.request.run_id)
    done = put_back(undoing, moves, before, after)
    findings = _join(report_moves(moves, done.failed, {**done.kept, **mended}), noted)
    run.record.write(f"{folder}/{FOUND}", findings)
    if findings:
        messages = [finding.message for finding in cut_short(findings)]
        run.journal.append("snapshot.judged", sync=True, phase=phase.id, attempt=number, findings=messages)
    return cut_short(findings)


def _join(findings: list[Finding], noted: tuple[Finding, ...]) -> tuple[Finding, ...]:
    fresh = {finding.path for finding in findings}
    return (*(finding for finding in noted if finding.path not in fresh), *findings)


def settle_stopped(run: Running, phase: Phase, number: int, *, held: bool) -> tuple[Finding, ...]:
    """What the builder of an executor that died in this attempt had moved; put back by now.  Empty when there was none."""
    before = run.record.read(f"{attempt_folder(phase, number)}/{BEFORE}", GitState)
    return undo_moves(run, phase, number, before, held=held, stopped=True) if before is not None else ()


def read_findings(run: Running, folder: str) -> tuple[Finding, ...]:
    """What the snapshots of an attempt have found so far."""
    return from_json(tuple[Finding, ...], run.record.read_text(f"{folder}/{FOUND}") or "[]")


def freeze(run: Running, phase: Phase, number: int, before: Snapshot) -> tuple[str | None, str]:
    """The worktree as a tree, or why it cannot be one."""
    # All of it would be hashed and judged, which no budget bounds.
    most = 2 * len(before.entries) + MOST_NEW_ENTRIES
    entries, size_bytes = measure_folder(run.work, most, MOST_BYTES)
    if entries > most or size_bytes > MOST_BYTES:
        return None, f"the work folder holds more than {most} entries or {MOST_BYTES >> 30} GiB"
    try:
        tree = git.freeze_tree(run.repo, run.work, run.index(run.work))
    except Refused as refusal:
        return None, refusal.message
    # Pinned under a ref of ours, so that it can be looked at later and git's own clean-up never takes it.
    git.update_refs(run.repo, f"update {attempt_ref(run.request.run_id, phase, number)} {tree}")
    return tree, ""


def judge_worktree(
    run: Running,
    folder: str,
    tree: str | None,
    before: Snapshot,
    found: tuple[Finding, ...],
    memory: Memory,
    fence: Fence,
) -> tuple[Finding, ...]:
    """What was found so far, and what a frozen tree does not show of the folder that it was made from."""
    if tree is None:
        restore_pointer(run.work, before.git.pointer)
        return found
    after = take_snapshot(run.repo, run.work, before.git, memory, scope=fence.paths)
    restore_pointer(run.work, before.git.pointer)
    index, blobs = run.index(run.work), git.list_blobs(run.repo, tree)
    strays = find_strays(blobs, after.entries)
    findings = judge_folder(
        before,
        after,
        unlike=settle_unlike(run.repo, run.work, index, blobs, after.entries, strays.unlike),
        extra=strays.extra,
        ignored=git.find_ignored(run.repo, run.work, index, strays.extra),
        scope=fence.paths,
    )
    run.record.write(f"{folder}/{FOUND}", (*found, *findings))
    return (*found, *findings)


def breach_reason(findings: tuple[Finding, ...]) -> str:
    """Why an attempt with these findings has failed; empty when it has not."""
    blocking = [finding.message for finding in findings if finding.severity == "block"]
    more = f"; and {len(blocking) - 3} more" if len(blocking) > 3 else ""
    return "; ".join(blocking[:3]) + more
