"""How well `autopack scope` finds the files of past commits, and how long it takes; see the README beside it."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autopack.decide.postings import MOST_COMMIT_FILES
from autopack.decide.ranking import Ranker, Ranking
from autopack.decide.terms import is_candidate, read_query
from autopack.effects import git
from autopack.effects.index import open_index

COMMITS = 30
ROUNDS = 5
SENTENCE = "Close the connection when a request is cancelled, and report the timeout in the log"
SUFFIX = re.compile(r"\.\w{1,8}\Z")


def find_cases(repo: git.Repository) -> list[tuple[str, str, str, list[str]]]:
    """Commit, parent, task and the files it changed: spread evenly over the last 2,000 commits that fit."""
    commits = git.list_ancestors(repo, "HEAD", 2000)
    changed = git.list_changed_paths(repo, commits)
    fitting = [commit for commit in commits if 1 <= len(changed[commit]) <= MOST_COMMIT_FILES]
    step = max(1, len(fitting) // COMMITS)
    cases = []
    for start in range(0, len(fitting), step):
        for commit in fitting[start : start + step]:
            parent = git.resolve(repo, f"{commit}^")
            known = git.list_blobs(repo, parent) if parent else {}
            wanted = [path for path in changed[commit] if path in known and is_candidate(path)]
            message = git.read_objects(repo, [commit])[commit].partition(b"\n\n")[2].decode("utf-8", "replace")
            task = leave_out_names(message, changed[commit])
            if parent and wanted and len(task.split()) >= 3:
                cases.append((commit, parent, task, wanted))
                break
    return cases[:COMMITS]


def leave_out_names(message: str, paths: tuple[str, ...]) -> str:
    """The message without the paths and file names of what the commit changed, with and without their suffix where it has one."""
    names = {name for path in paths for name in (path, path.rpartition("/")[2])}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        message = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", " ", message)
    return message


def measure(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def write(row: str) -> None:
    sys.stdout.write(f"{row}\n")


def main() -> None:
    total: list[tuple[float, float, bool, int]] = []
    write("| repository | files | commits | recall@10 | recall@20 | all in scope | files in scope, median |")
    write("|---|---|---|---|---|---|---|")
    for folder in map(Path, sys.argv[1:]):
        repo = open_repository(folder)
        rows, files = [], 0
        with tempfile.TemporaryDirectory() as cache:
            for _, parent, task, wanted in find_cases(repo):
                with open_index(Path(cache), folder, repo, parent) as index:
                    files = max(files, len(index.files))
                    rows.append(score(Ranker(index).rank(read_query(task)), wanted))
        write(show(name_of(folder), str(files), rows))
        total += rows
    write(show("all", "", total))
    write("")
    write("| repository | files | `git ls-files`, ms | cold ÷ | warm ÷ | 8 kB plan ÷ | cold, s | warm, ms | 8 kB plan, ms |")
    write("|---|---|---|---|---|---|---|---|---|")
    for folder in map(Path, sys.argv[1:]):
        write(show_times(folder))


def score(ranking: Ranking, wanted: list[str]) -> tuple[float, float, bool, int]:
    order = [row.path for row in (*ranking.chosen, *ranking.nearby)]
    chosen = {row.path for row in ranking.chosen}
    at_10, at_20 = (len(set(order[:most]) & set(wanted)) / len(wanted) for most in (10, 20))
    return at_10, at_20, set(wanted) <= chosen, len(chosen)


def show(name: str, files: str, rows: list[tuple[float, float, bool, int]]) -> str:
    at_10, at_20, covered, sizes = zip(*rows, strict=True)
    figures = (statistics.mean(at_10), statistics.mean(at_20), statistics.mean(covered))
    return f"| {name} | {files} | {len(rows)} | {' | '.join(f'{one:.2f}' for one in figures)} | {statistics.median(sizes):g} |"


def show_times(folder: Path) -> str:
    repo = open_repository(folder)
    commit = git.resolve(repo, "HEAD")
    messages = git.run_git(repo, "log", "--format=%B", "-n", "400").decode(errors="replace")
    plan = "\n".join(f"- {row}" for row in messages.splitlines())[:8000]
    count = 0

    def propose(cache: str, task: str) -> None:
        nonlocal count
        with open_index(Path(cache), folder, repo, commit) as index:
            count = len(index.files)
            Ranker(index).rank(read_query(task))

    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "GIT_DIR": str(repo.git_dir), "GIT_INDEX_FILE": f"{cache}/git-index"}
        subprocess.run(["git", "read-tree", "HEAD"], env=environment, check=True)

        def list_files() -> None:
            subprocess.run(["git", "ls-files", "-s"], env=environment, check=True, stdout=subprocess.DEVNULL)

        cold = measure(lambda: propose(cache, SENTENCE))
        # Interleaved, so that a busy moment of the machine hits all of them.
        rounds = [
            (measure(list_files), measure(lambda: propose(cache, SENTENCE)), measure(lambda: propose(cache, plan)))
            for _ in range(ROUNDS)
        ]
    plain, warm, long = (statistics.median(column) for column in zip(*rounds, strict=True))
    figures = (f"{plain * 1000:.0f}", f"{cold / plain:.0f}", f"{warm / plain:.0f}", f"{long / plain:.0f}")
    times = (f"{cold:.1f}", f"{warm * 1000:.0f}", f"{long * 1000:.0f}")
    return f"| {name_of(folder)} | {count} | {' | '.join((*figures, *times))} |"


def name_of(folder: Path) -> str:
    return folder.parent.name if folder.name in ("repo", ".git") else folder.name


def open_repository(folder: Path) -> git.Repository:
    repo = git.find_repository(folder)
    if repo is None:
        raise SystemExit(f"{folder} is no git repository")
    return repo


if __name__ == "__main__":
    main()
