"""Edits applied to texts: where they go, what they keep, and why they do not fit."""

from __future__ import annotations

import pytest
from autopack_builder_payload.edits import Misfit, apply_edits
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.draft import Edit


def edit(search: str, replace: str, line: int = 0, label: str = "hunk 1") -> Edit:
    return Edit(search=search, replace=replace, line=line, label=label)


@pytest.mark.parametrize(
    ("text", "edits", "result"),
    [
        ("a\nb\nc\n", [edit("b\n", "B\n")], "a\nB\nc\n"),
        ("a\nb\nc\n", [edit("b\n", "")], "a\nc\n"),
        ("a\nb\nc\n", [edit("a\nb\n", "a\nnew\nb\n"), edit("c\n", "C\n")], "a\nnew\nb\nC\n"),
        ("a\nab\n", [edit("a\n", "x\n")], "x\nab\n"),
        ("a\n", [edit("", "b\n")], "a\nb\n"),
        ("a\nb\n", [edit("", "x\n", line=1)], "a\nx\nb\n"),
        ("", [edit("", "b\n")], "b\n"),
        ("a\fb\n\u2028\n", [edit("a\fb\n", "c\n")], "c\n\u2028\n"),
    ],
    ids=["replace", "remove", "in order", "whole lines", "append", "below a line", "into nothing", "only LF ends a line"],
)
def test_an_edit_that_fits_is_applied(text, edits, result):
    assert apply_edits(text, edits) == result


def test_of_several_places_the_one_nearest_to_the_line_is_taken():
    assert apply_edits("a\n" * 5 + "b\n" + "a\n", [edit("a\n", "X\n", line=7)]) == "a\n" * 5 + "b\nX\n"


def test_later_hunks_count_lines_of_the_file_as_it_was():
    text = "x\na\ny\na\nz\n"
    edits = [edit("x\n", "x\n1\n2\n3\n", line=1), edit("a\n", "A\n", line=4, label="hunk 2")]
    assert apply_edits(text, edits) == "x\n1\n2\n3\na\ny\nA\nz\n"


def test_trailing_blanks_are_overlooked_and_kept():
    assert apply_edits("a  \nb\t\nc\n", [edit("a\nb\nc\n", "a\nB\nc\n")]) == "a  \nB\nc\n"


def test_an_edit_about_trailing_blanks_changes_them():
    assert apply_edits("a  \nb\n", [edit("a  \n", "a\n")]) == "a\nb\n"


def test_exact_lines_come_before_similar_ones():
    assert apply_edits("a  \na\n", [edit("a\n", "b\n")]) == "a  \nb\n"


def test_windows_line_ends_stay():
    assert apply_edits("a\r\nb\r\nc\r\n", [edit("b\n", "B\nB2\n")]) == "a\r\nB\r\nB2\r\nc\r\n"


def test_each_line_of_a_mixed_file_keeps_its_end():
    assert apply_edits("a\r\nb\nc\r\n", [edit("a\nb\nc\n", "a\nb\nnew\nc\n")]) == "a\r\nb\nnew\r\nc\r\n"


@pytest.mark.parametrize(
    ("text", "one", "result"),
    [
        ("a\nb", edit("b\n", "c\n"), "a\nc"),
        ("a\nb", edit("b", "c\n"), "a\nc\n"),
        ("a\nb\n", edit("b\n", "c"), "a\nc"),
        ("a\nb", edit("b", "c"), "a\nc"),
        ("a\nb", edit("", "c\n"), "a\nb\nc"),
        ("a\nb\n", edit("a", "c"), "c\nb\n"),
    ],
    ids=["left alone", "added", "removed", "still missing", "appended to", "not the last line"],
)
def test_the_last_newline_changes_only_when_the_edit_says_so(text, one, result):
    assert apply_edits(text, [one]) == result


@pytest.mark.parametrize(
    ("text", "edits", "misfit"),
    [
        ("a\nb\n", [edit("x\n", "y\n")], Misfit(label="hunk 1", why="no line reads 'x'")),
        ("a\nb\nc\n", [edit("a\nx\n", "y\n")], Misfit(label="hunk 1", why="line 2 reads 'b', expected 'x'")),
        ("a\nb\n", [edit("x\n", "y\n", line=2)], Misfit(label="hunk 1", why="line 2 reads 'b', expected 'x'")),
        ("a\nb\n", [edit("b\nc\n", "y\n")], Misfit(label="hunk 1", why="line 3 is past the end, expected 'c'")),
        ("a\nb\n", [edit("a\n", "A\n"), edit("a\n", "B\n", label="")], Misfit(label="edit 2", why="no line reads 'a'")),
        ("a\nb\na\n", [edit("a\n", "x\n")],
         Misfit(label="hunk 1", why="its lines stand 2 times, at lines 1, 3; nothing says which is meant")),
        ("a\nb\na\n", [edit("a\n", "x\n", line=2)],
         Misfit(label="hunk 1", why="its lines stand 2 times, at lines 1, 3; nothing says which is meant")),
        ("a\n", [edit("", "x\n", line=9)], Misfit(label="hunk 1", why="the file has no line 9")),
        ("b\n", [edit("a\n", "")], Misfit(label="hunk 1", why="no line reads 'a'")),
    ],
)  # fmt: skip
def test_an_edit_that_does_not_fit_says_where(text, edits, misfit):
    assert apply_edits(text, edits) == misfit


def test_edits_that_are_there_already_change_nothing():
    edits = [edit("a\nb\n", "a\nB\nb2\n", line=1), edit("d\n", "D\n", line=4, label="hunk 2")]
    done = apply_edits("a\nb\nc\nd\n", edits)
    assert done == "a\nB\nb2\nc\nD\n"
    assert apply_edits(done, edits) == done


def test_edits_that_are_there_in_part_do_not_fit():
    edits = [edit("a\n", "A\n"), edit("b\n", "B\n", label="hunk 2")]
    assert apply_edits("A\nb\n", edits) == Misfit(label="hunk 1", why="no line reads 'a'")


LINES = st.lists(st.sampled_from(["a", "b", "c ", "", "d\r"]), max_size=12)


@settings(max_examples=200, deadline=None)
@given(LINES, LINES, LINES, st.integers(0, 15), st.booleans())
def test_any_edit_is_applied_or_refused_and_leaves_other_lines_alone(lines, old, new, line, ends):
    text = "\n".join(lines) + ("\n" if ends and lines else "")
    result = apply_edits(text, [edit("".join(f"{x}\n" for x in old), "".join(f"{x}\n" for x in new), line=line)])
    if isinstance(result, str) and result != text:
        removed = [x for x in text.split("\n") if x.rstrip() not in {y.rstrip() for y in old}]
        kept = iter(result.split("\n"))
        assert all(any(x.rstrip("\r") == y.rstrip("\r") for y in kept) for x in removed if x)
