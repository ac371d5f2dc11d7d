"""A snapshot sees what `git status` is blind to, keeps quiet about honest work, and puts back what it must, twice if need be."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autopack.decide.snapshot import Entry, GitState, Move, Snapshot, find_strays, judge_folder, judge_moves, report_moves
from autopack.effects import git
from autopack.effects.snapshot import (
    LARGEST_HASHED,
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
    walk,
)
from autopack.testing.fixtures import run_git, write_files

SCOPE = ("src/",)
OURS = "refs/heads/autopack/job"
FENCE = "refs/autopack/fence/job"
FILES = {
    "src/app.py": "one = 1\n",
    "src/tool.sh": "#!/bin/sh\n",
    "docs/why.md": "why\n",
    ".gitignore": "node_modules/\n__pycache__/\n*.log\n",
}


class Watched:
    """A repository with a worktree of ours, and a snapshot of before."""

    def __init__(self, top: Path, folder: Path) -> None:
        self.top, self.work, self.folder = top, folder / "work", folder
        self.repo = git.require_repository(top)
        self.memory = Memory()
        git.add_worktree(self.repo, self.work, "HEAD")
        git.load_tree(self.repo, self.work, self.index, git.tree_of(self.repo, "HEAD"))
        write_files(self.work, {"node_modules/lib/index.js": "good()\n"})
        run_git(top, "branch", "autopack/job")
        run_git(top, "update-ref", FENCE, "HEAD")
        self.look()

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def look(self) -> None:
        """Take the snapshot of before anew."""
        self.before = take_snapshot(self.repo, self.work, read_git_state(self.repo, self.work), self.memory, scope=SCOPE)
        store_git_state(self.repo, self.before.git, self.folder / "store")

    def now(self) -> GitState:
        files = read_git_files(self.repo, self.before.git.admin)
        return read_git_refs(self.repo, replace(self.before.git, files=files))

    def undoing(self, fence: str = "") -> Undoing:
        return Undoing(
            repo=self.repo,
            run_id="job",
            store=self.folder / "store",
            replaced=self.folder / "replaced",
            fence=f"verify {FENCE} {fence or run_git(self.top, 'rev-parse', FENCE)}",
        )

    def judge_folder(self) -> dict[str, str]:
        """Freeze and judge: message → severity."""
        tree = git.freeze_tree(self.repo, self.work, self.index)
        return self.judge_tree(tree)

    def judge_tree(self, tree: str) -> dict[str, str]:
        after = take_snapshot(self.repo, self.work, self.before.git, self.memory, scope=SCOPE)
        blobs = git.list_blobs(self.repo, tree)
        strays = find_strays(blobs, after.entries)
        findings = judge_folder(
            self.before,
            after,
            unlike=settle_unlike(self.repo, self.work, self.index, blobs, after.entries, strays.unlike),
            extra=strays.extra,
            ignored=git.find_ignored(self.repo, self.work, self.index, strays.extra),
            scope=SCOPE,
        )
        return {finding.message.removesuffix(" (caught by the snapshot)"): finding.severity for finding in findings}

    def judge_git(self, *, held: bool = False) -> tuple[Move, ...]:
        return judge_moves(self.before.git, self.now(), branch=OURS, held=held)

    def moved(self, *, held: bool = False) -> dict[str, str]:
        return {f"{move.name} {move.word}": move.answer for move in self.judge_git(held=held)}

    def undo(self) -> tuple[set[str], dict[str, str]]:
        """Put back; what failed, and where the rest is kept."""
        done = put_back(self.undoing(), self.judge_git(), self.before.git, self.now())
        return set(done.failed), {name: place.replace(str(self.folder), "") for name, place in done.kept.items()}

    def is_back(self) -> bool:
        return self.now() == self.before.git


@pytest.fixture
def watched(make_repo: Callable[..., Path], tmp_path: Path) -> Watched:
    return Watched(make_repo(FILES), tmp_path)


# -- the folder -------------------------------------------------------------------------------------------------------


def test_a_build_that_changes_its_scope_is_quiet_but_for_ignored_files(watched: Watched) -> None:
    write_files(watched.work, {"src/app.py": "two = 2\n", "src/new/deep.py": "x\n", "src/__pycache__/app.pyc": "c", "a.log": "l"})
    (watched.work / "src" / "app.py").chmod(0o755)
    (watched.work / "src" / "link").symlink_to("app.py")
    (watched.work / "src" / "empty").mkdir()

    assert watched.judge_folder() == {"2 ignored files are new, which never lands: a.log, src/__pycache__/app.pyc": "note"}
    assert watched.moved() == {}


def _write_again(work: Path) -> None:
    (work / "node_modules/lib/index.js").write_text("evil()\n")


def _restore_time(work: Path) -> None:
    path = work / "node_modules/lib/index.js"
    facts = path.stat()
    path.write_text("evil()\n")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _open_socket(work: Path) -> None:
    # A socket's path must be short, so it is bound from inside the folder.
    here = Path.cwd()
    os.chdir(work / "src")
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("s")
    finally:
        os.chdir(here)


def _link_out(work: Path) -> None:
    (work.parent / "outside").write_text("secret\n")
    os.link(work.parent / "outside", work / "src" / "inside")


def _plant_repository(work: Path) -> None:
    (work / "src" / ".git").mkdir()


def _replace_pointer(work: Path) -> None:
    (work / ".git").write_text("gitdir: /elsewhere\n")


def _hide(flag: str) -> Callable[[Path], None]:
    return lambda work: print(run_git(work, "update-index", f"--{flag}", "docs/why.md"))


IGNORED = "1 ignored files are changed, which never lands: node_modules/lib/index.js"


@pytest.mark.parametrize(
    ("attack", "message", "severity"),
    [
        (_write_again, IGNORED, "note"),
        (_restore_time, IGNORED, "note"),
        (_hide("assume-unchanged"), "docs/why.md is hidden from git by assume-unchanged", "block"),
        (_hide("skip-worktree"), "docs/why.md is hidden from git by skip-worktree", "block"),
        (lambda work: os.mkfifo(work / "src/pipe"), "src/pipe is a named pipe", "block"),
        (_open_socket, "src/s is a socket", "block"),
        (_link_out, "src/inside has another name outside the work folder", "block"),
        (_plant_repository, "src/.git would make its folder a repository of its own", "block"),
        (_replace_pointer, ".git of the work folder was replaced", "block"),
        (lambda work: (work / ".git").unlink(), ".git of the work folder was replaced", "block"),
        (lambda work: (work / "src/app.py").chmod(0o4755), "src/app.py runs as its owner, whoever starts it", "block"),
        (
            lambda work: (work / "empty").mkdir(),
            "empty is an empty folder outside the scope, which never lands",
            "note",
        ),
    ],
)
def test_what_a_frozen_tree_does_not_show_is_seen(
    watched: Watched, attack: Callable[[Path], None], message: str, severity: str
) -> None:
    assert watched.judge_folder() == {}
    attack(watched.work)
    assert watched.judge_folder() == {message: severity}


@pytest.mark.parametrize(
    ("late", "text"),
    [
        (lambda work: (work / "src/app.py").write_text("one = 9\n"), "src/app.py is not what was frozen"),
        (lambda work: (work / "src/tool.sh").chmod(0o755), "src/tool.sh is not what was frozen"),
        (lambda work: (work / "src/tool.sh").unlink(), "src/tool.sh is not what was frozen"),
        (lambda work: (work / "late.py").write_text("x"), "late.py is in the folder and not in the tree"),
        (lambda work: (work / "late").symlink_to("x"), "late is in the folder and not in the tree"),
    ],
)
def test_a_folder_that_is_not_its_frozen_tree_disagrees(watched: Watched, late: Callable[[Path], None], text: str) -> None:
    tree = git.freeze_tree(watched.repo, watched.work, watched.index)
    late(watched.work)
    assert watched.judge_tree(tree) == {f"{text}: the tree and the folder disagree": "block"}


def test_line_ends_and_encodings_that_attributes_ask_for_agree(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    attributes = "*.bat text eol=crlf\n*.txt text working-tree-encoding=UTF-16LE-BOM\n"
    watched = Watched(make_repo({".gitattributes": attributes, "a.bat": "go\n"}), tmp_path)
    assert (watched.work / "a.bat").read_bytes() == b"go\r\n"
    write_files(watched.work, {"src/b.bat": b"new\r\n", "src/c.txt": "wide\r\n".encode("utf-16")})
    assert watched.judge_folder() == {}
    (watched.work / "src" / "b.bat").write_bytes(b"old\r\n")
    assert watched.judge_folder() == {}


def test_odd_names_and_submodules_agree(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    top = make_repo({"a": "a"})
    run_git(top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/sub")
    run_git(top, "commit", "--quiet", "--message=Link")
    watched = Watched(top, tmp_path)
    write_files(watched.work, {".gitignore": "*.o\n"})
    for name in (b" blank ", b"new\nline", b'"quoted"', b":(top)x", b"\xff", b"-n", b":(top)x.o", b'"\n.o', "ü.o".encode()):
        (watched.work / os.fsdecode(name)).write_text("x")
    assert list(watched.judge_folder().values()) == ["note"]
    (watched.work / "new\nline").chmod(0o755)
    watched.judge_folder()


def test_many_findings_are_cut_short(watched: Watched) -> None:
    for number in range(50):
        os.mkfifo(watched.work / f"pipe{number}")
    found = list(watched.judge_folder())
    assert (len(found), found[-1]) == (21, "30 more were caught by the snapshot")


def test_a_file_that_may_not_be_read_is_seen_and_not_passed_over() -> None:
    nothing = GitState(refs={}, files={}, admin="", pointer="")
    before = Snapshot(entries={}, linked_out=frozenset(), flags={}, git=nothing)
    after = Snapshot(entries={"shut": Entry(kind="unreadable")}, linked_out=frozenset(), flags={}, git=nothing)
    [finding] = judge_folder(before, after, unlike=(), extra=("shut",), ignored=(), scope=())
    assert (finding.rule, finding.message) == ("snapshot.unreadable", "shut cannot be read (caught by the snapshot)")


# -- the walk ---------------------------------------------------------------------------------------------------------


def test_entries_are_told_by_kind_mode_and_gits_own_digest(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    top = make_repo({"a": "a\n", "run": "#!/bin/sh\n"})
    (top / "run").chmod(0o755)
    (top / "link").symlink_to("nowhere")
    (top / "empty").mkdir()
    (top / "inner" / ".git").mkdir(parents=True)
    shutil.rmtree(top / ".git")
    os.link(top / "a", top / "b")
    entries, outside = walk(top, Memory())
    letter = Entry(kind="file", mode=0o644, nlink=2, digest="78981922613b2afb6025042ff6bd878ac1994e85")
    assert entries == {
        "a": letter,
        "b": letter,
        "run": Entry(kind="file", mode=0o755, digest="1a2485251c33a70432394c93fb89330ef214bfc9"),
        "link": Entry(kind="link", digest="5425ec0feb1edc20db0d742ffb8877b972b46134"),
        "empty": Entry(kind="folder"),
        "inner/.git": Entry(kind="folder"),
    }
    assert outside == frozenset()


def test_what_is_remembered_is_not_read_again_except_in_scope(tmp_path: Path) -> None:
    write_files(tmp_path / "top", {"src/a": "a", "lib/a": "a"})
    memory = Memory()
    entries, _ = walk(tmp_path / "top", memory)
    # Too young to be remembered: a second write within one tick of the clock would leave the same times.
    assert memory.entries == {}
    time.sleep(1.05)
    walk(tmp_path / "top", memory)
    assert sorted(entry.digest for entry in memory.entries.values()) == sorted(entry.digest for entry in entries.values())
    wrong = Entry(kind="file", digest="remembered")
    memory.entries.update(dict.fromkeys(memory.entries, wrong))

    again, _ = walk(tmp_path / "top", memory, again=lambda path: path.startswith("src/"))

    assert again == {"src/a": entries["src/a"], "lib/a": wrong}


def test_a_large_file_is_known_by_its_last_change(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as file:
        file.truncate(LARGEST_HASHED + 1)
    before, _ = walk(tmp_path, Memory())
    facts = path.stat()
    with path.open("r+b") as file:
        file.write(b"x")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    after, _ = walk(tmp_path, Memory())
    assert before["big"].digest.startswith(f"{LARGEST_HASHED + 1} bytes, changed ")
    assert before != after


# -- git's own state --------------------------------------------------------------------------------------------------


def test_what_a_builder_moves_in_the_repository_is_put_back_and_kept(watched: Watched) -> None:
    head = run_git(watched.top, "rev-parse", "HEAD")
    run_git(watched.top, "branch", "theirs")
    (watched.top / "src/app.py").write_text("stashed\n")
    run_git(watched.top, "stash")
    watched.look()
    git_folder = watched.top / ".git"
    (watched.work / "src/app.py").write_text("mine\n")
    run_git(watched.work, "stash")
    run_git(watched.work, "commit", "--quiet", "--allow-empty", "--message=mine")
    mine = run_git(watched.work, "rev-parse", "HEAD")
    for name in ("mine", "theirs", "autopack/job"):
        run_git(watched.work, "branch", "--force", name)
    run_git(watched.work, "config", "core.fsmonitor", "/bin/true")
    write_files(git_folder, {"hooks/pre-commit": "exit 0", "info/attributes": "* filter=x\n", "config.worktree": "[x]\n"})
    (git_folder / "info/exclude").unlink()
    (git_folder / "worktrees/work/commondir").write_text("/elsewhere\n")

    assert watched.moved() == {
        f"{OURS} changed": "put back",
        "refs/heads/mine made": "put back",
        "refs/heads/theirs changed": "put back",
        "refs/stash changed": "put back",
        "config changed": "put back",
        "config.worktree made": "put back",
        "hooks/pre-commit made": "put back",
        "info/attributes made": "put back",
        "info/exclude deleted": "put back",
        "logs/refs/stash changed": "put back",
        "worktrees/work/HEAD changed": "put back",
        "worktrees/work/commondir changed": "put back",
    }
    failed, kept = watched.undo()

    assert (failed, watched.is_back(), watched.moved()) == (set(), True, {})
    assert kept["hooks/pre-commit"] == "/replaced/hooks__pre-commit"
    assert (watched.folder / "replaced/hooks__pre-commit").read_text() == "exit 0"
    assert kept["refs/heads/mine"] == "refs/autopack/replaced/job/1"
    assert run_git(watched.top, "rev-parse", kept["refs/heads/mine"], kept["refs/heads/theirs"]).split() == [mine, mine]
    assert run_git(watched.top, "rev-parse", "theirs") == head
    assert run_git(watched.top, "stash", "list").count("\n") == 0
    assert "fsmonitor" not in (git_folder / "config").read_text()
    assert watched.undo() == (set(), {})


def test_a_put_back_that_was_cut_short_is_finished_by_the_next(watched: Watched) -> None:
    run_git(watched.work, "branch", "one")
    run_git(watched.work, "branch", "two")
    write_files(watched.top / ".git", {"hooks/a": "a", "hooks/b": "b"})
    moves = watched.judge_git()
    put_back(watched.undoing(), (moves[0], moves[2]), watched.before.git, watched.now())
    assert watched.moved() == {"refs/heads/two made": "put back", "hooks/b made": "put back"}

    failed, kept = watched.undo()

    assert (failed, watched.is_back()) == (set(), True)
    assert kept == {"refs/heads/two": "refs/autopack/replaced/job/2", "hooks/b": "/replaced/hooks__b"}


def test_a_branch_that_a_person_has_checked_out_is_reported_and_not_moved(watched: Watched) -> None:
    run_git(watched.top, "commit", "--quiet", "--allow-empty", "--message=theirs")
    tip = run_git(watched.top, "rev-parse", "HEAD")
    assert watched.moved() == {"refs/heads/main changed": "report"}
    assert watched.undo()[1] == {}
    assert run_git(watched.top, "rev-parse", "main") == tip
    [finding] = report_moves(watched.judge_git())
    assert (finding.severity, finding.rule) == ("block", "snapshot.ref")
    assert finding.message.endswith("(caught by the snapshot; not put back, since a person may have done it)")


def test_behind_a_sandbox_that_holds_only_what_is_the_runs_own_counts(watched: Watched) -> None:
    run_git(watched.top, "commit", "--quiet", "--allow-empty", "--message=theirs")
    run_git(watched.top, "config", "user.name", "Bo")
    run_git(watched.top, "checkout", "--quiet", "-b", "feature")
    run_git(watched.top, "branch", "--force", "autopack/job")
    (watched.top / ".git/worktrees/work/gitdir").write_text("/elsewhere\n")
    assert watched.moved(held=True) == {
        f"{OURS} changed": "put back",
        "refs/heads/feature made": "note",
        "refs/heads/main changed": "note",
        "HEAD changed": "note",
        "config changed": "note",
        "worktrees/work/gitdir changed": "put back",
    }


def test_what_moves_by_itself_is_not_judged(watched: Watched, tmp_path: Path) -> None:
    run_git(watched.top, "branch", "autopack/another")
    run_git(watched.top, "update-ref", "refs/remotes/origin/main", "HEAD")
    run_git(watched.top, "update-ref", "refs/autopack/attempt/another/x/1", "HEAD")
    run_git(watched.top, "worktree", "add", "--quiet", "--detach", str(tmp_path / "another"))
    assert watched.moved() == {}


def test_after_a_death_a_persons_refs_are_left_and_what_was_announced_is_put_back(watched: Watched) -> None:
    run_git(watched.top, "branch", "announced")
    run_git(watched.top, "branch", "later")
    run_git(watched.top, "commit", "--quiet", "--allow-empty", "--message=theirs")
    write_files(watched.top / ".git", {"hooks/pre-commit": "exit 0", "worktrees/work/HEAD": "ref: refs/heads/x\n"})
    after = watched.now()
    moves = judge_moves(watched.before.git, after, branch=OURS, held=False, announced={"refs/heads/announced"})
    assert {move.name: move.answer for move in moves} == {
        "refs/heads/announced": "put back",
        "refs/heads/later": "note",
        "refs/heads/main": "note",
        "hooks/pre-commit": "put back",
    }


@pytest.mark.parametrize("folder", ["hooks", "info", "worktrees/work"])
def test_a_folder_replaced_by_a_link_is_put_back_and_not_written_through(watched: Watched, tmp_path: Path, folder: str) -> None:
    theirs = tmp_path / "theirs"
    write_files(theirs, {"HEAD": "theirs\n", "pre-commit": "theirs\n"})
    place = watched.top / ".git" / folder
    shutil.move(place, tmp_path / "aside")
    place.symlink_to(theirs)
    failed, _ = watched.undo()
    assert (failed, watched.is_back()) == (set(), True)
    assert sorted((path.name, path.read_text()) for path in theirs.iterdir()) == [
        ("HEAD", "theirs\n"),
        ("pre-commit", "theirs\n"),
    ]


@pytest.mark.parametrize("name", ["hooks/mine", "info/exclude"])
def test_a_file_replaced_by_a_folder_pipe_or_link_is_put_back(watched: Watched, name: str) -> None:
    path = watched.top / ".git" / name
    write_files(watched.top / ".git", {"hooks/mine": "#!/bin/sh\n"})
    (watched.top / ".git/hooks/mine").chmod(0o755)
    watched.look()
    content = path.read_bytes()
    for replace_it in (Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/etc/passwd")):
        path.unlink()
        replace_it(path)
        failed, _ = watched.undo()
        assert (failed, path.read_bytes()) == (set(), content)
    assert watched.is_back()


@pytest.mark.parametrize("name", ["config", "HEAD"])
def test_a_repository_that_git_cannot_open_any_more_is_mended_first(watched: Watched, name: str) -> None:
    path = watched.top / ".git" / name
    content = path.read_bytes()
    undoing = watched.undoing()

    path.write_text("[nonsense")
    with pytest.raises(git.GitFailed):
        watched.now()
    assert mend(undoing, watched.before.git) == {name: str(watched.folder / "replaced" / name)}
    assert path.read_bytes() == content

    path.unlink()
    path.mkdir()
    assert mend(undoing, watched.before.git) == {name: str(watched.folder / "replaced" / f"{name}.2")}
    assert path.read_bytes() == content
    assert mend(undoing, watched.before.git) == {}
    assert (watched.folder / "replaced" / name).read_text() == "[nonsense"
    assert watched.is_back()


def test_a_branch_made_symbolic_or_unreadable_is_put_back(watched: Watched) -> None:
    for name in ("one", "two"):
        run_git(watched.top, "branch", name)
    watched.look()
    run_git(watched.top, "symbolic-ref", "refs/heads/one", "refs/heads/main")
    run_git(watched.top, "symbolic-ref", "refs/heads/new", "refs/heads/main")
    (watched.top / ".git/refs/heads/two").write_text("nonsense\n")
    failed, kept = watched.undo()
    assert (failed, watched.is_back()) == (set(), True)
    assert kept == {
        "refs/heads/new": "ref: refs/heads/main",
        "refs/heads/one": "ref: refs/heads/main",
        "refs/heads/two": "/replaced/refs__heads__two",
    }


def test_an_executor_that_lost_its_run_moves_no_ref(watched: Watched) -> None:
    run_git(watched.top, "branch", "--force", "mine")
    done = put_back(watched.undoing("1" * 40), watched.judge_git(), watched.before.git, watched.now())
    assert (set(done.failed), watched.moved()) == ({"refs/heads/mine"}, {"refs/heads/mine made": "put back"})
    [finding] = report_moves(watched.judge_git(), done.failed)
    assert finding.message.endswith("(caught by the snapshot; could not be put back)")


@pytest.mark.parametrize("kind", ["file", "folder", "link", "nothing"])
def test_the_worktrees_own_git_file_comes_back(watched: Watched, kind: str) -> None:
    path = watched.work / ".git"
    path.unlink()
    if kind == "file":
        path.write_text("gitdir: /elsewhere\n")
    elif kind == "folder":
        write_files(path, {"objects/x": "x"})
    elif kind == "link":
        path.symlink_to(watched.top / ".git")
    restore_pointer(watched.work, watched.before.git.pointer)
    assert path.read_text() == f"gitdir: {watched.top}/.git/worktrees/work\n"
    assert (watched.top / ".git/HEAD").is_file()
