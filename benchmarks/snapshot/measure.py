"""How long a snapshot of a worktree takes, beside a walk that does nothing but `os.scandir` and `lstat`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autopack.decide.snapshot import find_strays
from autopack.effects import git
from autopack.effects.snapshot import Memory, read_git_state, take_snapshot, walk

ROUNDS = 9
FILES_PER_FOLDER = 100
SCOPE = ("folder-0/",)


def make_repository(top: Path, files: int) -> git.Repository:
    for number in range(files):
        path = top / f"folder-{number // FILES_PER_FOLDER}" / f"file-{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * 40)
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for words in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message=x")):
        subprocess.run(["git", *words], cwd=top, check=True)
    return git.require_repository(top)


def walk_plainly(top: Path) -> None:
    queue = [str(top)]
    while queue:
        for row in os.scandir(queue.pop()):
            if row.is_dir(follow_symlinks=False):
                queue.append(row.path)
            else:
                os.lstat(row.path)


def measure(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def write(row: str) -> None:
    sys.stdout.write(f"{row}\n")


def main() -> None:
    write("| entries | plain walk, ms | cold, ms | warm, ms | warm ÷ plain | warm, ms per 10,000 | with git and the tree, ms |")
    write("|---|---|---|---|---|---|---|")
    for files in map(int, sys.argv[1:] or ("10000", "40000")):
        with tempfile.TemporaryDirectory() as folder:
            repo = make_repository(Path(folder, "repo"), files)
            work, index, memory = Path(folder, "work"), Path(folder, "index"), Memory()
            git.add_worktree(repo, work, "HEAD")
            tree = git.freeze_tree(repo, work, index)
            time.sleep(1.1)  # files younger than a second are hashed again, whatever is remembered

            def walk_again() -> None:
                walk(work, memory, again=lambda path: path.startswith(SCOPE))  # noqa: B023  called in this round only

            def look() -> None:
                after = take_snapshot(repo, work, read_git_state(repo, work), memory, scope=SCOPE)  # noqa: B023  as above
                strays = find_strays(git.list_blobs(repo, tree), after.entries)  # noqa: B023  as above
                assert (strays.unlike, strays.extra) == ((), ())

            cold = measure(walk_again)
            # Interleaved, so that a busy moment of the machine hits all of them.
            rounds = [(measure(lambda: walk_plainly(work)), measure(walk_again), measure(look)) for _ in range(ROUNDS)]  # noqa: B023
            plain, warm, whole = (statistics.median(column) for column in zip(*rounds, strict=True))
            per_10k = warm / files * 10_000
            write(f"| {files} | {plain:.0f} | {cold:.0f} | {warm:.0f} | {warm / plain:.2f} | {per_10k:.0f} | {whole:.0f} |")


if __name__ == "__main__":
    main()
