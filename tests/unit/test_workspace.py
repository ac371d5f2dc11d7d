"""Which folder a file belongs to."""

from __future__ import annotations

from pathlib import PurePosixPath as P

from autopack.model.workspace import share_files


def test_a_file_belongs_to_the_innermost_folder_that_holds_it() -> None:
    files = ["a/b/c/x", "a/b/y", "a/z", "ab/x", "x"]
    assert share_files(files, [P("."), P("a"), P("a/b")]) == {
        P("."): ["ab/x", "x"],
        P("a"): ["a/z"],
        P("a/b"): ["a/b/c/x", "a/b/y"],
    }


def test_a_folder_is_left_out_by_what_stands_below_its_owner() -> None:
    files = ["data/a", "data/app/data/b", "data/app/src/c"]
    found = share_files(files, [P("data/app"), P(".")], skips=lambda parts: "data" in parts)
    assert found == {P("data/app"): ["data/app/src/c"], P("."): []}


def test_a_file_in_none_of_the_folders_is_left_out() -> None:
    assert share_files(["a/x", "b/x", "x"], [P("b")]) == {P("b"): ["b/x"]}
