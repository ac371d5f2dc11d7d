"""What plugins see of a repository: by folder and by tree."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from autopack.effects import git
from autopack.effects.scan import MOST_DEPTH, FileWorkspace, open_folder, open_tree
from autopack.testing.fixtures import run_git, write_files

P = PurePosixPath
FILES = {
    "app.py": "app\n",
    "src/app.py": "src app\n",
    "src/deep/app.py": "deep\n",
    "node_modules/x/index.js": "x",
    "vendor/lib.py": "lib",
    "build/tool.py": "tool",
    "src/__pycache__/app.pyc": "x",
}


def names(workspace: FileWorkspace) -> list[str]:
    return [str(path) for path in workspace.paths()]


def tree_of(top: Path) -> FileWorkspace:
    repo = git.require_repository(top)
    return open_tree(repo, git.tree_of(repo, "HEAD"))


def test_a_folder_is_seen_without_what_tools_fill(make_workspace: Callable[..., FileWorkspace]) -> None:
    assert names(make_workspace(FILES)) == ["app.py", "src/app.py", "src/deep/app.py"]


def test_a_folder_with_a_manifest_that_no_tool_writes_is_a_source_folder(make_workspace: Callable[..., FileWorkspace]) -> None:
    files = {"env/go.mod": "", "env/a.go": "", "lib/env/bin/tool": "", "build/package.json": "", "target/Cargo.toml": ""}
    assert names(make_workspace(files)) == ["env/a.go", "env/go.mod"]


def test_of_copies_only_their_list_is_seen(make_workspace: Callable[..., FileWorkspace]) -> None:
    files = {"a.go": "", "vendor/modules.txt": "# x", "vendor/x/modules.txt": "", "vendor/x/x.go": ""}
    assert names(make_workspace(files)) == ["a.go", "vendor/modules.txt"]


def test_a_tree_also_shows_source_folders_with_the_names_of_generated_ones(make_repo: Callable[..., Path]) -> None:
    expected = ["app.py", "build/tool.py", "src/app.py", "src/deep/app.py", "vendor/lib.py"]
    assert names(tree_of(make_repo(FILES))) == expected


def test_a_tree_is_what_was_committed_whatever_the_checkout_holds(make_repo: Callable[..., Path]) -> None:
    top = make_repo({"a": "old", "gone": "x"})
    write_files(top, {"a": "new", "b": "b"})
    (top / "gone").unlink()
    workspace = tree_of(top)
    assert (names(workspace), workspace.read_text(P("a"))) == (["a", "gone"], "old")


def test_links_are_neither_listed_nor_followed_nor_read(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    top = make_repo({"src/a": "a"})
    write_files(tmp_path / "outside", {"f": "theirs"})
    (top / "loop").symlink_to(".")
    (top / "out").symlink_to(tmp_path / "outside")
    (top / "src" / "leaf").symlink_to("a")
    run_git(top, "add", "--all")
    run_git(top, "commit", "--quiet", "--message=Links")
    for workspace in (open_folder(top), tree_of(top)):
        assert names(workspace) == ["src/a"]
        assert [workspace.read_text(P(name)) for name in ("src/leaf", "out/f", "loop/src/a", "../outside/f")] == [None] * 4


def test_a_folder_that_is_swapped_for_a_link_after_the_walk_reads_as_nothing(tmp_path: Path) -> None:
    write_files(tmp_path / "root", {"src/f": "ours"})
    write_files(tmp_path / "outside", {"f": "theirs"})
    workspace = open_folder(tmp_path / "root")
    (tmp_path / "root" / "src").rename(tmp_path / "root" / "was")
    (tmp_path / "root" / "src").symlink_to(tmp_path / "outside")
    assert workspace.read_text(P("src/f")) is None


def test_an_unreadable_folder_costs_only_itself(as_nobody: Path) -> None:
    write_files(as_nobody, {"a/f": "x", "closed/f": "x", "z/f": "x"})
    (as_nobody / "closed").chmod(0o000)
    workspace = open_folder(as_nobody)
    assert (names(workspace), workspace.read_text(P("closed/f"))) == (["a/f", "z/f"], None)


def test_pipes_and_what_stands_too_deep_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    deepest = tmp_path.joinpath(*["d"] * MOST_DEPTH)
    write_files(deepest, {"in": "", "d/out": ""})
    assert [path.name for path in open_folder(tmp_path).paths()] == ["in"]


def test_texts_are_utf8_within_their_limit(make_workspace: Callable[..., FileWorkspace]) -> None:
    workspace = make_workspace({"plain": "ü", "mark": b"\xef\xbb\xbfx", "binary": b"\xff\x00", "big": "x" * 11})
    asked = [workspace.read_text(P(name), 10) for name in ("plain", "mark", "binary", "big", "missing")]
    assert asked == ["ü", "x", None, None, None]


def test_the_answer_stays_the_same_within_a_run(make_workspace: Callable[..., FileWorkspace], tmp_path: Path) -> None:
    workspace = make_workspace({"a": "old"})
    assert workspace.read_text(P("a")) == "old"
    write_files(tmp_path / "workspace", {"a": "new", "b": "b"})
    assert (workspace.read_text(P("a")), names(workspace)) == ("old", ["a"])


def test_files_are_found_by_name_the_shallowest_first(make_workspace: Callable[..., FileWorkspace]) -> None:
    workspace = make_workspace(FILES)
    assert workspace.named("app.py") == (P("app.py"), P("src/app.py"), P("src/deep/app.py"))
    assert (workspace.named("lib.py"), workspace.name) == ((), "workspace")


def test_files_are_found_by_suffix_in_the_order_of_paths(make_workspace: Callable[..., FileWorkspace]) -> None:
    workspace = make_workspace({"b.py": "", "a/x.py": "", "a-b/y.js": "", "a/py": "", "a.py/README": ""})
    asked = [workspace.ending(".py"), workspace.ending(".js", ".py"), workspace.ending(".go")]
    assert asked == [("a/x.py", "b.py"), ("a/x.py", "a-b/y.js", "b.py"), ()]
    assert names(workspace) == ["a/py", "a/x.py", "a-b/y.js", "a.py/README", "b.py"]


def test_files_and_folders_exist_and_nothing_else(make_workspace: Callable[..., FileWorkspace]) -> None:
    workspace = make_workspace(FILES)
    asked = ["src/app.py", "src", "src/deep", "src/ap", "vendor", "../workspace"]
    assert [workspace.exists(P(name)) for name in asked] == [True, True, True, False, False, False]


def test_odd_names_can_be_read_in_both_views(make_repo: Callable[..., Path]) -> None:
    odd = os.fsdecode(b"a \n\xff")
    top = make_repo({odd: "x"})
    for workspace in (open_folder(top), tree_of(top)):
        assert (names(workspace), workspace.read_text(P(odd))) == ([odd], "x")
