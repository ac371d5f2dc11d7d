"""The builder on real folders: everything or nothing."""

from __future__ import annotations

import stat

import pytest
from autopack_builder_payload import builders

from autopack.model.attempt import BuildResult
from autopack.model.draft import Edit


def build(request, bench):
    return builders()[0].factory("").build(request, bench)


def test_the_builder_needs_no_sandbox_and_no_network():
    (spec,) = builders()
    assert (spec.name, spec.carried, spec.network, spec.credentials, spec.endpoints) == ("payload", True, "none", (), ())


def test_a_phase_is_applied_in_the_order_of_the_plan(bench, files, payload, request_for):
    here = bench({"a.py": "a = 1\nb = 1\n", "old.py": "o\n", "gone.py": "g\n"})
    request = request_for(
        payload("new/n.py", text="n\n"),
        payload("new/n.py", "edit", edits=(Edit(search="n\n", replace="n\nm\n"),)),
        payload("a.py", "edit", edits=(Edit(search="a = 1\n", replace="a = 2\n"),)),
        payload("a.py", "edit", edits=(Edit(search="b = 1\n", replace="b = 2\n"),)),
        payload("old.py", "rename", to="moved.py", edits=(Edit(search="o\n", replace="p\n"),)),
        payload("gone.py", "delete"),
    )
    assert build(request, here) == BuildResult(ok=True, message="applied the plan's code to 5 files")
    assert files() == {"a.py": b"a = 2\nb = 2\n", "moved.py": b"p\n", "new/n.py": b"n\nm\n"}


def test_a_file_may_give_way_to_a_folder(bench, files, payload, request_for):
    request = request_for(payload("x/a.py", text="a\n"), payload("x", "delete"))
    assert build(request, bench({"x": "file\n"})).ok
    assert files() == {"x/a.py": b"a\n"}


def test_a_new_file_can_be_executable(bench, tmp_path, payload, request_for):
    assert build(request_for(payload("run.sh", text="#!/bin/sh\n", executable=True)), bench({})).ok
    assert (tmp_path / "run.sh").stat().st_mode & stat.S_IXUSR


def test_code_that_is_there_already_is_fine(bench, files, payload, request_for):
    request = request_for(
        payload("a.py", text="a\n"), payload("b.py", "edit", edits=(Edit(search="b\n", replace="c\n"),))
    )  # fmt: skip
    assert build(request, bench({"a.py": "a\n", "b.py": "c\n"})) == BuildResult(
        ok=True, message="the files are already as the plan says"
    )
    assert files() == {"a.py": b"a\n", "b.py": b"c\n"}


def test_a_byte_order_mark_stays(bench, files, payload, request_for):
    request = request_for(payload("a.py", "edit", edits=(Edit(search="a\n", replace="b\n"),)))
    assert build(request, bench({"a.py": b"\xef\xbb\xbfa\r\nz\r\n"})).ok
    assert files() == {"a.py": b"\xef\xbb\xbfb\r\nz\r\n"}


def test_a_phase_without_code_is_a_failure(bench, request_for):
    assert build(request_for(), bench({})) == BuildResult(ok=False, message="the plan carries no code for this phase")


EDIT = (Edit(search="x\n", replace="y\n", line=1, label="hunk 1"),)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": "a.py", "action": "edit", "edits": EDIT}, "hunk 1 of a.py does not apply: line 1 reads 'a', expected 'x'"),
        ({"path": "no.py", "action": "edit", "edits": EDIT}, "no.py does not exist, and the plan only edits it"),
        ({"path": "no.py", "action": "delete"}, "no.py does not exist"),
        ({"path": "no.py", "action": "rename", "to": "b.py"}, "no.py does not exist"),
        ({"path": "a.py", "action": "rename", "to": "bin"}, "a.py cannot be moved: bin exists"),
        ({"path": "a.py", "action": "rename"}, "the plan moves a.py and does not say where to"),
        ({"path": "bin", "action": "edit", "edits": EDIT}, "bin is not UTF-8 text"),
    ],
)  # fmt: skip
def test_what_does_not_fit_leaves_every_file_alone(bench, files, payload, request_for, arguments, message):
    here = bench({"a.py": "a\n", "bin": b"\xff\xfe"})
    before = files()
    assert build(request_for(payload("new.py", text="n\n"), payload(**arguments)), here) == BuildResult(ok=False, message=message)
    assert files() == before


@pytest.mark.parametrize("path", ["../out.py", "/tmp/out.py", "a/../../out.py"])
def test_a_path_that_leaves_the_worktree_is_a_failure(bench, files, payload, request_for, path):
    result = build(request_for(payload("new.py", text="n\n"), payload(path, text="n\n")), bench({}))
    assert result == BuildResult(ok=False, message=f"{path} leaves the worktree")
    assert files() == {}


def test_a_link_that_leaves_the_worktree_is_a_failure(bench, tmp_path, payload, request_for):
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (tmp_path / "link").symlink_to(outside)
    assert not build(request_for(payload("link/x.py", text="x\n")), bench({})).ok
    assert list(outside.iterdir()) == []
