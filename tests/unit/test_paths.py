"""The doors to the file system: what they let through, and what they keep out."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from autopack.effects.paths import (
    MARKER,
    add_line,
    delete_beneath,
    delete_folder_beneath,
    is_writable,
    make_marked_folder,
    read_beneath,
    read_own,
    remove_inner_repositories,
    remove_marked_folder,
    replace_file,
    write_beneath,
)
from autopack.errors import Refused
from autopack.testing.fixtures import write_files

OUTSIDE_PATHS = ["../outside/f", "a/../../outside/f", "/etc/hostname", "", ".", "..", "nul\0", "link/f", "link/deep/f"]
GIT_PATHS = [".git", ".git/hooks/post-checkout", "src/.GIT/config"]


def posix(text: str) -> PurePosixPath:
    return PurePosixPath(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A worktree beside a folder that must never change, with a link into it."""
    write_files(tmp_path / "outside", {"f": "theirs", "deep/f": "theirs"})
    write_files(tmp_path / "root", {"src/a.py": "old", ".git": "gitdir: /x"})
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "root" / "leaf").symlink_to(tmp_path / "outside" / "f")
    return tmp_path / "root"


def theirs(root: Path) -> dict[str, str]:
    outside = root.parent / "outside"
    return {str(path.relative_to(outside)): path.read_text() for path in outside.rglob("*") if path.is_file()}


ACTS: dict[str, Callable[[Path, PurePosixPath], object]] = {
    "write": lambda root, path: write_beneath(root, path, b"ours"),
    "delete": delete_beneath,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("path", [*OUTSIDE_PATHS, *GIT_PATHS])
def test_what_leads_out_of_the_worktree_or_into_git_is_refused(root: Path, act: str, path: str) -> None:
    with pytest.raises(Refused):
        ACTS[act](root, posix(path))
    assert theirs(root) == {"f": "theirs", "deep/f": "theirs"}
    assert (root / ".git").read_text() == "gitdir: /x"


@pytest.mark.parametrize("path", [*OUTSIDE_PATHS, *GIT_PATHS, "leaf", "src", "missing", "src/a.py/below"])
def test_what_is_no_plain_file_of_the_worktree_reads_as_nothing(root: Path, path: str) -> None:
    assert read_beneath(root, posix(path)) is None


def test_a_plain_file_is_read_up_to_its_limit(root: Path) -> None:
    assert (read_beneath(root, posix("src/a.py"), 3), read_beneath(root, posix("src/a.py"), 2)) == (b"old", None)


def test_a_pipe_reads_as_nothing_and_does_not_hang(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert read_beneath(root, posix("pipe")) is None


def test_a_link_is_not_written_through_or_over(root: Path) -> None:
    with pytest.raises(Refused, match="symlink"):
        write_beneath(root, posix("leaf"), b"ours")
    assert (theirs(root)["f"], (root / "leaf").is_symlink()) == ("theirs", True)


def test_deleting_a_link_leaves_its_target(root: Path) -> None:
    delete_beneath(root, posix("leaf"))
    assert (theirs(root)["f"], os.path.lexists(root / "leaf")) == ("theirs", False)


@pytest.mark.parametrize("path", ["missing", "missing/below", "src", "src/a.py/below"])
def test_deleting_what_is_no_file_is_refused(root: Path, path: str) -> None:
    with pytest.raises(Refused):
        delete_beneath(root, posix(path))
    assert (root / "src" / "a.py").read_text() == "old"


def test_writing_makes_folders_and_leaves_nothing_else(root: Path) -> None:
    write_beneath(root, posix("new/deep/b.py"), b"b")
    write_beneath(root, posix("src/a.py"), b"new")
    below = sorted(str(path.relative_to(root)) for name in ("new", "src") for path in (root / name).rglob("*"))
    assert below == ["new/deep", "new/deep/b.py", "src/a.py"]
    assert ((root / "new/deep/b.py").read_bytes(), (root / "src/a.py").read_bytes()) == (b"b", b"new")


def test_a_hard_link_elsewhere_keeps_its_content(root: Path) -> None:
    (root / "src" / "linked").hardlink_to(root.parent / "outside" / "f")
    write_beneath(root, posix("src/linked"), b"ours")
    assert ((root / "src/linked").read_bytes(), theirs(root)["f"]) == (b"ours", "theirs")


@pytest.mark.parametrize("plant", ["link", "hard link", "pipe"])
def test_something_planted_under_the_scratch_name_is_not_written_to(root: Path, plant: str) -> None:
    scratch, target = root / "src" / ".autopack-new", root.parent / "outside" / "f"
    if plant == "link":
        scratch.symlink_to(target)
    elif plant == "hard link":
        scratch.hardlink_to(target)
    else:
        os.mkfifo(scratch)
    write_beneath(root, posix("src/a.py"), b"ours")
    assert ((root / "src/a.py").read_bytes(), theirs(root)["f"], os.path.lexists(scratch)) == (b"ours", "theirs", False)


@pytest.mark.parametrize(
    ("before", "executable", "after"),
    [
        (None, None, 0o644),
        (None, True, 0o755),
        (0o600, None, 0o600),
        (0o755, None, 0o755),
        (0o755, False, 0o644),
        (0o644, True, 0o755),
    ],
)
def test_a_file_keeps_its_mode_unless_told_otherwise(root: Path, before: int | None, executable: bool | None, after: int) -> None:
    path = root / "src" / "mode"
    if before is not None:
        path.touch()
        path.chmod(before)
    write_beneath(root, posix("src/mode"), b"x", executable=executable)
    assert stat.S_IMODE(path.stat().st_mode) == after


def test_the_longest_file_name_can_be_written(root: Path) -> None:
    name = "中" * 85
    write_beneath(root, posix(name), b"x")
    assert (root / name).read_bytes() == b"x"


@pytest.mark.parametrize("path", ["link", "link/deep", "../outside", "leaf", "src/a.py", "missing", ".git"])
def test_only_a_real_folder_below_the_root_is_deleted(root: Path, path: str) -> None:
    delete_folder_beneath(root, posix(path))
    assert (len(theirs(root)), (root / "src/a.py").is_file(), (root / "link").is_symlink()) == (2, True, True)


def test_a_folder_is_deleted_with_its_links_and_not_their_targets(root: Path) -> None:
    (root / "src" / "out").symlink_to(root.parent / "outside")
    delete_folder_beneath(root, posix("src"))
    assert ((root / "src").exists(), len(theirs(root))) == (False, 2)


def test_inner_repositories_go_and_the_worktrees_own_stays(root: Path) -> None:
    write_files(root, {"src/.git/config": "x", "src/sub/.git": "gitdir: /x"})
    (root / "src" / "other").mkdir()
    (root / "src" / "other" / ".git").symlink_to(root.parent / "outside")
    write_files(root.parent / "outside", {".git/config": "x"})
    remove_inner_repositories(root)
    left = [path for path in (root / ".git", *(root / "src").rglob(".git")) if os.path.lexists(path)]
    assert (left, sorted(theirs(root))) == ([root / ".git"], [".git/config", "deep/f", "f"])


# -- files of our own -------------------------------------------------------------------------------------------------


def test_an_own_file_is_replaced_whole_and_private_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    replace_file(path, "ö\n", private=True)
    replace_file(path, b"second")
    assert (read_own(path), [entry.name for entry in path.parent.iterdir()]) == ("second", ["file"])
    replace_file(path.with_name("secret"), "x", private=True)
    assert stat.S_IMODE(path.with_name("secret").stat().st_mode) == 0o600


def test_a_text_that_names_a_file_in_no_encoding_can_be_stored(tmp_path: Path) -> None:
    replace_file(tmp_path / "f", f'"{os.fsdecode(bytes([255]))}"')
    assert read_own(tmp_path / "f") == '"\\udcff"'


def test_an_absent_own_file_reads_as_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert (read_own(tmp_path / "missing"), read_own(tmp_path / "file" / "below")) == (None, None)


@pytest.mark.parametrize("before", ["", "other\n", "no newline at the end"])
def test_a_line_is_added_once(tmp_path: Path, before: str) -> None:
    path = tmp_path / "info" / "exclude"
    write_files(path.parent, {"exclude": before})
    assert [add_line(path, "/ours/"), add_line(path, "/ours/")] == [True, False]
    assert path.read_text().splitlines() == [*before.splitlines(), "/ours/"]


# -- folders that may be deleted --------------------------------------------------------------------------------------


def test_a_folder_without_the_marker_is_never_deleted(tmp_path: Path) -> None:
    write_files(tmp_path / "home", {"thesis.tex": "x"})
    assert remove_marked_folder(tmp_path / "home") is False
    assert (tmp_path / "home" / "thesis.tex").is_file()


def test_a_marked_folder_is_never_deleted_through_a_link(tmp_path: Path) -> None:
    make_marked_folder(tmp_path / "ours")
    (tmp_path / "link").symlink_to(tmp_path / "ours")
    assert remove_marked_folder(tmp_path / "link") is False
    assert (tmp_path / "ours" / MARKER).is_file()


def test_a_marked_folder_goes_and_what_its_links_lead_to_stays(tmp_path: Path) -> None:
    write_files(tmp_path / "outside", {"f": "x"})
    (tmp_path / "outside").chmod(0o755)
    folder = make_marked_folder(tmp_path / "ours")
    (folder / "out").symlink_to(tmp_path / "outside")
    assert remove_marked_folder(folder) is True
    assert (folder.exists(), (tmp_path / "outside" / "f").is_file()) == (False, True)
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) == 0o755


def test_a_folder_that_is_not_there_counts_as_gone(tmp_path: Path) -> None:
    assert remove_marked_folder(tmp_path / "missing") is True


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_folders_that_were_closed_are_deleted_too(as_nobody: Path, mode: int) -> None:
    folder = make_marked_folder(as_nobody / "ours")
    write_files(folder, {"cache/deep/f": "x"})
    (folder / "cache" / "deep").chmod(mode)
    (folder / "cache").chmod(mode)
    assert remove_marked_folder(folder) is True


def test_whether_files_can_be_made_is_asked_of_the_nearest_folder(as_nobody: Path) -> None:
    (as_nobody / "closed").mkdir()
    (as_nobody / "closed").chmod(0o555)
    (as_nobody / "file").touch()
    places = ("missing/below", "closed/below", "file")
    assert [is_writable(as_nobody / place) for place in places] == [True, False, False]


def test_a_folder_of_any_depth_is_removed_whole(tmp_path: Path) -> None:
    top = make_marked_folder(tmp_path / "deep")
    here = os.open(top, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove_inner_repositories(top)
    assert (remove_marked_folder(top), top.exists()) == (True, False)
