"""A worktree of a run made ready: the tree's files, what the user lends of the ignored ones, and the setup command."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path, PurePosixPath

from autopack.decide.scope import judge_containment
from autopack.effects import git
from autopack.effects.paths import delete_beneath, read_beneath, write_beneath
from autopack.effects.sandbox import Access
from autopack.errors import Refused
from autopack.model.toolchain import Command
from autopack.stages.running import Running

INCLUDE = ".worktreeinclude"
SETUP_TIMEOUT_S = 600.0
_MOST_FILES, _MOST_BYTES = 500, 20_000_000


def load_worktree(run: Running, folder: Path, tree: str) -> str:
    """Make a worktree of the run exactly this tree, plus what a fresh checkout lacks; why it is not ready, else empty."""
    git.load_tree(run.repo, folder, run.index(folder), tree)
    for path in _lent(run, tree):
        content = read_beneath(run.repo.top, path, _MOST_BYTES)
        if content is not None:
            try:
                write_beneath(folder, path, content)
            except (Refused, OSError) as problem:
                return f"{path}, which {INCLUDE} names, cannot be put into the worktree: {problem}"
    if run.context.config.setup is None:
        return ""
    # The user's own words; a repository's configuration cannot set it.
    argv = tuple(shlex.split(run.context.config.setup))
    result = run.start(
        Command(argv=argv), root=folder, access=Access(network="open"), places=run.places(), timeout_s=SETUP_TIMEOUT_S
    )
    run.journal.append("worktree.setup", argv=argv, exit_code=result.exit_code, network=result.network, sandbox=result.sandbox)
    if result.exit_code == 0 and not result.missing:
        return ""
    said = (result.stderr or result.stdout).strip().splitlines() or [f"exit code {result.exit_code}"]
    return f"the setup command `{run.context.config.setup}` failed: {said[-1][:200]}"


def take_back(run: Running, folder: Path, tree: str) -> None:
    """Remove what was lent, before a tree is made of a worktree: it may not land, whatever is ignored by then."""
    for path in _lent(run, tree):
        # Whatever stands there by now, a link or a giant file too.
        with contextlib.suppress(Refused, OSError):
            delete_beneath(folder, path)


def _lent(run: Running, tree: str) -> list[PurePosixPath]:
    """The files that this tree does not have itself."""
    known = {entry.path for entry in git.list_tree(run.repo, tree)} if run.included else set()
    return [PurePosixPath(path) for path in run.included if path not in known]


def find_included(repo: git.Repository, commit: str) -> tuple[str, ...]:
    """The ignored files of the user's checkout that the base commit's `.worktreeinclude` names, in the syntax of `.gitignore`."""
    entry = next((row for row in git.list_tree(repo, git.tree_of(repo, commit)) if row.path == INCLUDE), None)
    if entry is None:
        return ()
    named = git.list_ignored(repo, git.read_blob(repo, entry.blob)) & git.list_ignored(repo, None)
    return tuple(sorted(path for path in named if judge_containment(path).allowed))[:_MOST_FILES]
