"""Which folders of a worktree a builder cannot write to."""

from __future__ import annotations

import pytest

from autopack.decide.closed import MOST_CLOSED, Closed, find_closed
from autopack.decide.scope import Fence

TREE = ("README.md", "src/app.py", "src/api/v1/users.py", "src/web/page.js", "tests/test_app.py", "docs/a/b.md", ".github/ci.yml")


def test_a_fence_closes_every_folder_that_leads_to_no_scope_path() -> None:
    assert find_closed(TREE, Fence(paths=("src/api/", "tests/test_new.py")), fenced=True) == Closed(
        closed=(".github", "docs", "src/web"), joints=("src",)
    )


def test_a_proposal_closes_only_tests_and_what_is_protected() -> None:
    assert find_closed(TREE, Fence(paths=("src/app.py",)), fenced=False) == Closed(closed=(".github", "tests"))


def test_a_folder_that_does_not_exist_yet_keeps_the_way_to_it_open() -> None:
    assert "src" not in find_closed(TREE, Fence(paths=("src/new/deep/x.py",)), fenced=True).closed


@pytest.mark.parametrize("paths", [("src/",), ("SRC/",), ("src/app.py",)])
def test_a_scope_is_never_closed_whatever_its_spelling(paths: tuple[str, ...]) -> None:
    assert "src" not in find_closed(TREE, Fence(paths=paths), fenced=True).closed


def test_a_protected_file_in_the_scope_is_closed_and_its_folder_cannot_be_renamed() -> None:
    tree = ("src/app.py", "src/.npmrc", "src/deep/.github/x.yml")
    assert find_closed(tree, Fence(paths=("src/",)), fenced=True) == Closed(
        closed=("src/.npmrc", "src/deep/.github"), joints=("src", "src/deep")
    )


def test_what_a_person_granted_is_open() -> None:
    fence = Fence(paths=(".github/workflows/ci.yml",), granted=(".github/workflows/ci.yml",))
    tree = (".github/workflows/ci.yml", ".github/CODEOWNERS")
    assert find_closed(tree, fence, fenced=True) == Closed(closed=(".github/CODEOWNERS",), joints=(".github",))


def test_the_number_of_closed_folders_is_bounded() -> None:
    tree = [f"pkg{number}/a.py" for number in range(2 * MOST_CLOSED)]
    assert len(find_closed(tree, Fence(paths=("src/",)), fenced=True).closed) == MOST_CLOSED
