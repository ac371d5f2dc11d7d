"""The host's own guards on a frozen tree: no plugin, so that nobody can uninstall them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autopack.decide.guards import ChangedFile, find_added_secrets, find_conflict_markers, find_large_files, make_changed_file
from autopack.decide.guards_tests import find_lost_tests, find_more_markers
from autopack.decide.mandate import read_mandate
from autopack.decide.masking import secret_values
from autopack.effects import git
from autopack.model.attempt import Attempt, CheckResult
from autopack.model.finding import Finding
from autopack.stages.running import Running

READ_LIMIT_BYTES = 5_000_000
_LINK_TO_REPOSITORY = "160000"


def guard_findings(run: Running, attempt: Attempt, baseline: Sequence[CheckResult]) -> tuple[Finding, ...]:
    """What the guards object to in the change from the attempt's base tree to its tree, and in what its checks collected."""
    mandate = read_mandate(attempt.phase)
    files = _read_changes(run, attempt)
    return (
        *find_lost_tests(baseline, attempt.results, mandate),
        *find_more_markers(files, attempt.toolchains, mandate),
        *find_added_secrets(files, find_secret_values(run.context.environ)),
        *find_conflict_markers(files),
        *find_large_files(files, mandate),
        *_unread(files),
    )


def find_secret_values(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets of an environment that no ordinary word looks like: a password `postgres` is also the name of a program."""
    return tuple(value for value in secret_values(environ) if len(value) >= 16 or _is_mixed(value))


def _is_mixed(value: str) -> bool:
    return any(ch.isdigit() for ch in value) and any(ch.isalpha() for ch in value)


def _read_changes(run: Running, attempt: Attempt) -> list[ChangedFile]:
    sizes = {
        entry.blob: entry.size_bytes or 0 for tree in (attempt.base_tree, attempt.tree) for entry in git.list_tree(run.repo, tree)
    }

    def read(blob: str) -> bytes | None:
        return git.read_blob(run.repo, blob) if blob in sizes and sizes[blob] <= READ_LIMIT_BYTES else None

    return [
        make_changed_file(
            change.path,
            read(change.old_blob),
            read(change.new_blob),
            sizes.get(change.old_blob, 0),
            sizes.get(change.new_blob, 0),
        )
        for change in attempt.changes
        if _LINK_TO_REPOSITORY not in (change.old_mode, change.new_mode)
    ]


def _unread(files: Sequence[ChangedFile]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            rule="guard.not-read",
            severity="note",
            message=f"{file.path} has {file.after_bytes} bytes and was not searched for credentials",
            path=file.path,
        )
        for file in files
        if file.after_bytes > READ_LIMIT_BYTES
    )
