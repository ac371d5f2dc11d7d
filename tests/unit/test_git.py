"""Git as the host uses it: exact, blind to planted programs, and nothing of the user's own is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autopack.effects import git
from autopack.errors import MachineLacks, Refused, WrongUse
from autopack.model.attempt import FileChange
from autopack.testing.fixtures import run_git, write_files

ADA = "Ada <ada@example.org> 1767225600 +0000"
ABSENT = "0" * 40


class Desk:
    """A repository with one worktree of ours."""

    def __init__(self, top: Path, scratch: Path) -> None:
        self.repo = git.require_repository(top)
        self.base = git.tree_of(self.repo, "HEAD")
        self.worktree, self.index = scratch / "worktree", scratch / "index"
        git.add_worktree(self.repo, self.worktree, "HEAD")
        self.load(self.base)

    def freeze(self) -> str:
        return git.freeze_tree(self.repo, self.worktree, self.index)

    def load(self, tree: str) -> None:
        git.load_tree(self.repo, self.worktree, self.index, tree)

    def files(self) -> dict[str, object]:
        """Path → bytes and mode, or a link's target; everything but `.git`."""
        found: dict[str, object] = {}
        for path in sorted(self.worktree.rglob("*")):
            name = os.fsencode(path.relative_to(self.worktree))
            if path.is_symlink():
                found[os.fsdecode(name)] = str(path.readlink())
            elif path.is_file() and name != b".git":
                found[os.fsdecode(name)] = (path.read_bytes(), path.stat().st_mode & 0o111 != 0)
        return found


@pytest.fixture
def make_desk(make_repo: Callable[..., Path], tmp_path: Path) -> Callable[..., Desk]:
    return lambda files: Desk(make_repo(files), tmp_path)


@pytest.fixture
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The user's git configuration is ours to write."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    yield


# -- planted programs -------------------------------------------------------------------------------------------------

HOOKS = ("post-checkout", "pre-commit", "reference-transaction", "post-index-change", "fsmonitor-watchman")
FILTERED = {".gitattributes": "*.txt filter=evil diff=evil\n", "a.txt": "a\n", "b.py": "b\n"}


class Trap:
    """Planted programs, each of which leaves a mark of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def program(self, name: str) -> str:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\ntouch '{self.folder}/sprung-{name}'\ncat 2>/dev/null || true\n")
        path.chmod(0o755)
        return str(path)

    def sprung(self) -> set[str]:
        names = {path.name.removeprefix("sprung-") for path in self.folder.glob("sprung-*")}
        for path in self.folder.glob("sprung-*"):
            path.unlink()
        return names

    def plant(self, top: Path) -> None:
        hooks = Path(run_git(top, "rev-parse", "--path-format=absolute", "--git-path", "hooks"))
        hooks.mkdir(parents=True, exist_ok=True)
        for name in HOOKS:
            shutil.copy(self.program(name), hooks / name)
        for key in ("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command"):
            run_git(top, "config", key, self.program(key))
        run_git(top, "config", "filter.odd=name.process", self.program("process"))
        run_git(top, "config", "hook.evil.command", self.program("config-hook"))
        for event in ("post-checkout", "reference-transaction", "post-index-change"):
            run_git(top, "config", "--add", "hook.evil.event", event)


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "trap")


def test_nothing_that_a_repository_plants_ever_runs(make_repo: Callable[..., Path], tmp_path: Path, trap: Trap) -> None:
    top = make_repo(FILTERED)
    trap.plant(top)

    repo = git.find_repository(top / ".git" / "..")
    assert repo is not None
    base, head = git.tree_of(repo, "HEAD"), git.resolve(repo, "HEAD")
    assert head is not None
    git.add_worktree(repo, tmp_path / "worktree", head)
    (top / "a.txt").write_text("changed")
    assert git.is_dirty(repo)
    git.load_tree(repo, tmp_path / "worktree", tmp_path / "index", base)
    write_files(tmp_path / "worktree", {"a.txt": "new\n", "c.txt": "c\n", ".gitattributes": "* filter=evil diff=evil\n"})
    tree = git.freeze_tree(repo, tmp_path / "worktree", tmp_path / "index")
    git.diff_trees(repo, base, tree)
    git.diff_text(repo, base, tree)
    commit = git.write_commit(repo, tree=tree, parent=head, message="x\n", author=ADA, committer=ADA)
    assert git.update_refs(repo, f"create refs/heads/new {commit}")
    git.list_refs(repo)
    git.load_tree(repo, tmp_path / "worktree", tmp_path / "index", base)
    git.remove_worktree(repo, tmp_path / "worktree")

    assert trap.sprung() == set()


def test_the_planted_programs_would_run_in_plain_git(make_repo: Callable[..., Path], tmp_path: Path, trap: Trap) -> None:
    top = make_repo(FILTERED)
    trap.plant(top)
    (top / "a.txt").write_text("changed")
    run_git(top, "add", "a.txt")
    run_git(top, "commit", "--quiet", "--message=x")
    run_git(top, "worktree", "add", "--quiet", str(tmp_path / "worktree"))
    run_git(top, "log", "-p", "--no-ext-diff")
    run_git(top, "log", "-p", "--ext-diff")
    expected = {*HOOKS, "core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.evil.command"}
    assert expected - trap.sprung() == {"fsmonitor-watchman"}


def test_a_filter_that_only_new_worktrees_would_see_does_not_run(
    make_repo: Callable[..., Path], tmp_path: Path, trap: Trap
) -> None:
    top = make_repo(FILTERED)
    (tmp_path / "extra").write_text(f'[filter "evil"]\n\tsmudge = {trap.program("smudge")}\n')
    run_git(top, "config", "includeIf.gitdir:**/worktrees/**.path", str(tmp_path / "extra"))
    git.add_worktree(git.require_repository(top), tmp_path / "worktree", "HEAD")
    assert ((tmp_path / "worktree" / "a.txt").read_text(), trap.sprung()) == ("a\n", set())


def test_what_a_builder_puts_into_a_submodule_is_neither_run_nor_kept(make_desk: Callable[..., Desk], trap: Trap) -> None:
    desk = make_desk({"b.py": "b\n"})
    inner = desk.worktree / "inner"
    write_files(inner, {"a.txt": "a\n"})
    run_git(inner, "init", "--quiet")
    run_git(inner, "add", "--all")
    run_git(inner, "commit", "--quiet", "--message=x")
    with_link = desk.freeze()
    run_git(inner, "config", "filter.evil.clean", trap.program("clean"))
    write_files(inner, {".gitattributes": "* filter=evil\n", "a.txt": "A\n"})

    assert (desk.freeze(), trap.sprung()) == (with_link, set())
    desk.load(with_link)
    assert (list(inner.iterdir()), trap.sprung()) == ([], set())


def test_a_partial_clone_fetches_nothing_and_starts_no_transport(make_repo: Callable[..., Path], trap: Trap) -> None:
    top = make_repo({"a": "a"})
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", "ssh://host.invalid/x"),
        ("core.sshCommand", trap.program("ssh")),
    ):
        run_git(top, "config", key, value)
    repo = git.require_repository(top)
    with pytest.raises(git.GitFailed):
        git.read_blob(repo, "1" * 40)
    assert trap.sprung() == set()


# -- freeze and load --------------------------------------------------------------------------------------------------


def test_a_frozen_tree_comes_back_exactly(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"keep.py": "keep\n", "gone.py": "gone\n", "tool": "#!/bin/sh\n", ".gitignore": "*.log\n"})
    at_base = desk.files()
    write_files(desk.worktree, {"sub/new one.py": "new\n", "bytes": bytes(range(256)), "trace.log": "ignored"})
    (desk.worktree / "gone.py").unlink()
    (desk.worktree / "tool").chmod(0o755)
    (desk.worktree / "link").symlink_to("keep.py")
    tree = desk.freeze()
    changed = {name: value for name, value in desk.files().items() if name != "trace.log"}

    desk.load(desk.base)
    assert desk.files() == at_base
    desk.load(tree)
    assert desk.files() == changed
    assert desk.freeze() == tree


@pytest.mark.parametrize("setting", ["core.symlinks=false", "core.fileMode=false", "core.autocrlf=true", "core.splitIndex=true"])
def test_settings_of_another_machine_do_not_change_what_is_frozen(
    make_repo: Callable[..., Path], tmp_path: Path, setting: str
) -> None:
    top = make_repo({"a": "a\r\nb\n"})
    (top / "link").symlink_to("a")
    run_git(top, "add", "link")
    run_git(top, "commit", "--quiet", "--message=Link")
    run_git(top, "config", *setting.split("="))
    desk = Desk(top, tmp_path)
    (desk.worktree / "a").chmod(0o755)
    tree = desk.freeze()
    assert [(row.path, row.new_mode) for row in git.diff_trees(desk.repo, desk.base, tree)] == [("a", "100755")]
    assert desk.files() == {"a": (b"a\r\nb\n", True), "link": "a"}


def test_a_file_changed_behind_its_time_stamp_is_seen_and_undone(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a.py": "one\n"})
    path = desk.worktree / "a.py"
    before = path.stat()
    path.write_text("two\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert desk.freeze() != desk.base
    desk.load(desk.base)
    assert path.read_text() == "one\n"


def test_a_folder_turned_into_a_link_is_not_written_through(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk({"src/a.py": "a\n"})
    outside = tmp_path / "outside"
    write_files(outside, {"a.py": "theirs\n", "b.py": "theirs\n"})
    shutil.rmtree(desk.worktree / "src")
    (desk.worktree / "src").symlink_to(outside)
    desk.load(desk.base)
    assert sorted((path.name, path.read_text()) for path in outside.iterdir()) == [("a.py", "theirs\n"), ("b.py", "theirs\n")]
    assert desk.files() == {"src/a.py": (b"a\n", False)}


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_repository_made_inside_a_tracked_folder_is_gone_after_loading(make_desk: Callable[..., Desk], kind: str) -> None:
    desk = make_desk({"src/a.py": "a\n"})
    inner = desk.worktree / "src" / ".git"
    if kind == "folder":
        run_git(inner.parent, "init", "--quiet")
    elif kind == "file":
        inner.write_text("gitdir: /nowhere\n")
    else:
        inner.symlink_to(desk.repo.git_dir)
    desk.load(desk.base)
    assert (os.path.lexists(inner), (desk.repo.git_dir / "HEAD").is_file()) == (False, True)
    assert (desk.worktree / ".git").is_file()


def test_a_new_folder_that_is_a_repository_is_refused_by_name(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a"})
    run_git(desk.worktree, "init", "--quiet", "new")
    with pytest.raises(Refused, match="'new/' was made a git repository of its own"):
        desk.freeze()


@pytest.mark.parametrize("name", ["git~1", "src/.git /x", ".gIt/x"])
def test_a_file_with_a_name_that_git_does_not_take_is_refused(make_desk: Callable[..., Desk], name: str) -> None:
    desk = make_desk({"src/a": "a"})
    write_files(desk.worktree, {name: "x"})
    with pytest.raises(Refused, match="git takes no file named"):
        desk.freeze()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_refused(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a"})
    write_files(desk.worktree, {"shut": "x"})
    (desk.worktree / "shut").chmod(0)
    with pytest.raises(Refused, match="'shut' cannot be read"):
        desk.freeze()


def test_a_worktree_that_was_deleted_is_refused_and_can_be_made_again(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a"})
    shutil.rmtree(desk.worktree)
    with pytest.raises(Refused, match="the work folder itself was deleted"):
        desk.freeze()
    git.add_worktree(desk.repo, desk.worktree, "HEAD")
    desk.load(desk.base)
    assert desk.files() == {"a": (b"a", False)}
    shutil.rmtree(desk.worktree)
    git.remove_worktree(desk.repo, desk.worktree)
    assert not (desk.repo.git_dir / "worktrees").exists()


def test_a_submodule_replaced_by_a_link_leads_nowhere(make_desk: Callable[..., Desk], tmp_path: Path) -> None:
    desk = make_desk({"a": "a"})
    run_git(desk.repo.top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/sub")
    with_link = run_git(desk.repo.top, "write-tree")
    desk.load(with_link)
    write_files(tmp_path / "outside", {"sub/theirs": "x"})
    shutil.rmtree(desk.worktree / "vendor")
    (desk.worktree / "vendor").symlink_to(tmp_path / "outside")
    desk.load(with_link)
    assert (tmp_path / "outside" / "sub" / "theirs").read_text() == "x"


def test_odd_file_names_survive(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a"})
    names = [
        os.fsdecode(name) for name in (b" blank ", b"new\nline", b"tab\t", b"\xff\xfe", "ü".encode(), b'"quoted"', b":(top)x")
    ]
    for name in names:
        (desk.worktree / name).write_text("x")
    tree = desk.freeze()
    assert sorted(row.path for row in git.diff_trees(desk.repo, desk.base, tree)) == sorted(names)
    assert sorted(row.path for row in git.list_tree(desk.repo, tree)) == sorted([*names, "a"])
    desk.load(desk.base)
    desk.load(tree)
    assert sorted(desk.files()) == sorted([*names, "a"])


def test_a_repository_in_an_odd_folder_is_found(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    desk = Desk(make_repo({"a": "a"}, name=os.fsdecode(b"odd \xff n\xc3\xa4me")), tmp_path)
    assert (desk.freeze(), desk.repo.top.name) == (desk.base, os.fsdecode(b"odd \xff n\xc3\xa4me"))


# -- the user's own ---------------------------------------------------------------------------------------------------


def test_the_users_index_head_and_configuration_stay_as_they_are(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    top = make_repo({"a": "a", "b": "b"})
    (top / "a").write_text("staged")
    run_git(top, "add", "a")
    (top / "a").write_text("not staged")
    own = [top / ".git" / name for name in ("index", "HEAD", "config", "refs/heads/main", "info/exclude")] + [top / "a"]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in own]
    stale = (top / "b").stat()
    os.utime(top / "b", ns=(stale.st_atime_ns, stale.st_mtime_ns + 10**10))  # a plain `git status` would refresh the index

    desk = Desk(top, tmp_path)
    assert git.is_dirty(desk.repo)
    write_files(desk.worktree, {"c": "c"})
    tree, head = desk.freeze(), git.resolve(desk.repo, "HEAD")
    assert head is not None
    commit = git.write_commit(desk.repo, tree=tree, parent=head, message="x\n", author=ADA, committer=ADA)
    git.update_refs(desk.repo, f"create refs/heads/autopack/x {commit}")
    git.remove_worktree(desk.repo, desk.worktree)

    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in own] == before
    assert not (top / ".git" / "worktrees").exists()


@pytest.mark.parametrize(
    "variable",
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_QUARANTINE_PATH",
     "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_LITERAL_PATHSPECS"],
)  # fmt: skip
def test_the_callers_git_variables_do_not_mislead(
    make_repo: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    top, other = make_repo({"a": "a"}), make_repo({"other": "x"}, name="other")
    value = {
        "GIT_DIR": other / ".git",
        "GIT_INDEX_FILE": other / ".git" / "index",
        "GIT_WORK_TREE": other,
        "GIT_OBJECT_DIRECTORY": other / ".git" / "objects",
        "GIT_COMMON_DIR": other / ".git",
        "GIT_QUARANTINE_PATH": other,
        "GIT_CEILING_DIRECTORIES": top,
    }.get(variable, "1")
    monkeypatch.setenv(variable, str(value))
    (top / "deep").mkdir()
    desk = Desk(top / "deep", tmp_path)
    write_files(desk.worktree, {"b": "b"})
    tree = desk.freeze()
    assert (desk.repo.top, [row.path for row in git.list_tree(desk.repo, tree)]) == (top, ["a", "b"])
    assert git.update_refs(desk.repo, f"create refs/autopack/x {tree}")
    assert os.environ[variable] == str(value)


def test_identity_and_excludes_are_the_users(
    make_repo: Callable[..., Path], tmp_path: Path, quiet_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        for fact in ("NAME", "EMAIL", "DATE"):
            monkeypatch.delenv(f"GIT_{role}_{fact}", raising=False)
    (tmp_path / "ignore").write_text("*.swp\n")
    (tmp_path / "gitconfig").write_text(f"[user]\nname = Bo\nemail = bo@example.org\n[core]\nexcludesFile = {tmp_path}/ignore\n")
    desk = Desk(make_repo({"a": "a"}), tmp_path)
    write_files(desk.worktree, {"a.swp": "x"})
    assert desk.repo.author.rpartition("> ")[0] == desk.repo.committer.rpartition("> ")[0] == "Bo <bo@example.org"
    assert (desk.repo.excludes, desk.freeze()) == (str(tmp_path / "ignore"), desk.base)


# -- questions --------------------------------------------------------------------------------------------------------


def test_a_folder_without_repository_is_told_apart_from_no_folder(tmp_path: Path) -> None:
    assert git.find_repository(tmp_path) is None
    with pytest.raises(WrongUse, match="is not in a git repository"):
        git.require_repository(tmp_path)
    with pytest.raises(WrongUse, match="is no folder"):
        git.find_repository(tmp_path / "missing")


def test_a_bare_or_empty_repository_cannot_hold_a_run(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    run_git(tmp_path, "init", "--quiet", "empty")
    with pytest.raises(WrongUse, match="is a bare repository"):
        git.require_repository(tmp_path / "bare.git")
    with pytest.raises(WrongUse, match="has no commit yet"):
        git.require_repository(tmp_path / "empty")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_strangers_repository_cannot_vouch_for_itself(
    make_repo: Callable[..., Path], quiet_environment: None, tmp_path: Path
) -> None:
    top = make_repo({"a": "a"})
    run_git(top, "config", "safe.directory", "*")
    for path in (top, top / ".git"):
        os.chown(path, 65534, 65534)
    with pytest.raises(MachineLacks, match="git does not trust"):
        git.find_repository(top)
    (tmp_path / "gitconfig").write_text(f"[safe]\ndirectory = {top}\n")
    assert git.find_repository(top) is not None


def test_a_repository_is_located_from_its_files_alone(make_repo: Callable[..., Path], tmp_path: Path) -> None:
    top = make_repo({"deep/a": "a"})
    run_git(top, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    places = []
    for folder in (top / "deep", tmp_path / "linked" / "deep"):
        found, located = git.find_repository(folder), git.locate_repository(folder)
        assert found and located
        assert (located.top, located.git_dir, located.common_dir) == (found.top, found.git_dir, found.common_dir)
        places.append((located.top, located.common_dir))
    assert places == [(top, top / ".git"), (tmp_path / "linked", top / ".git")]
    assert git.locate_repository(tmp_path) is None


def test_a_diff_names_both_ends_of_a_rename_and_every_kind_of_change(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"old.py": "same content\n", "mode": "m\n", "kind": "k\n"})
    (desk.worktree / "old.py").rename(desk.worktree / "new.py")
    (desk.worktree / "mode").chmod(0o755)
    (desk.worktree / "kind").unlink()
    (desk.worktree / "kind").symlink_to("mode")
    blobs = {row.path: row.blob for row in git.list_tree(desk.repo, desk.base)}
    tree = desk.freeze()
    after = {row.path: row.blob for row in git.list_tree(desk.repo, tree)}
    plain, none = "100644", "000000"

    def change(path: str, status: str, old_mode: str, new_mode: str) -> FileChange:
        return FileChange(
            path=path,
            status=status,  # type: ignore[arg-type]
            old_mode=old_mode,
            new_mode=new_mode,
            old_blob=blobs.get(path, ABSENT),
            new_blob=after.get(path, ABSENT),
        )

    assert git.diff_trees(desk.repo, desk.base, tree) == (
        change("kind", "modified", plain, "120000"),
        change("mode", "modified", plain, "100755"),
        change("new.py", "added", none, plain),
        change("old.py", "deleted", plain, none),
    )
    assert git.diff_trees(desk.repo, tree, tree) == ()


def test_a_moved_submodule_is_seen_whatever_the_repository_says(make_repo: Callable[..., Path]) -> None:
    top = make_repo({".gitmodules": '[submodule "s"]\n\tpath = s\n\turl = ./s\n\tignore = all\n'})
    run_git(top, "config", "submodule.s.ignore", "all")
    run_git(top, "config", "diff.ignoreSubmodules", "all")
    trees = []
    for target in ("1" * 40, "2" * 40):
        run_git(top, "update-index", "--add", "--cacheinfo", f"160000,{target},s")
        trees.append(run_git(top, "write-tree"))
    repo = git.require_repository(top)
    assert [row.path for row in git.diff_trees(repo, *trees)] == ["s"]
    assert "2" * 40 in git.diff_text(repo, *trees)


def test_a_replaced_object_does_not_stand_in_for_another(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a\n"})
    write_files(desk.worktree, {"a": "b\n"})
    run_git(desk.repo.top, "replace", desk.base, desk.freeze())
    desk.load(desk.base)
    assert desk.files() == {"a": (b"a\n", False)}


def test_a_commit_is_the_same_every_time(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a"})
    parent = git.resolve(desk.repo, "HEAD")
    assert parent is not None
    ids = {
        git.write_commit(desk.repo, tree=desk.base, parent=parent, message="Do it\n\nwhy: ü\n", author=ADA, committer=ADA)
        for _ in range(2)
    }
    assert len(ids) == 1
    text = run_git(desk.repo.top, "cat-file", "commit", ids.pop())
    assert text == f"tree {desk.base}\nparent {parent}\nauthor {ADA}\ncommitter {ADA}\n\nDo it\n\nwhy: ü"


def test_refs_move_all_or_none(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({"a": "a"})
    head = git.resolve(desk.repo, "HEAD")
    assert not git.update_refs(desk.repo, f"create refs/heads/x {head}", f"verify refs/heads/main {'1' * 40}")
    assert git.resolve_ref(desk.repo, "refs/heads/x") is None
    assert git.update_refs(desk.repo, f"create refs/heads/x {head}", f"verify refs/heads/main {head}")
    assert git.resolve_ref(desk.repo, "refs/heads/x") == head
    assert not git.update_refs(desk.repo, f"create refs/heads/x {head}")


def test_a_ref_is_not_mistaken_for_what_stands_below_it(make_repo: Callable[..., Path]) -> None:
    top = make_repo({"a": "a"})
    run_git(top, "branch", "autopack/a/b")
    assert git.resolve_ref(git.require_repository(top), "refs/heads/autopack/a") is None


def test_refs_of_ours_are_left_out_and_head_is_listed(make_repo: Callable[..., Path]) -> None:
    top = make_repo({"a": "a"})
    repo = git.require_repository(top)
    head = run_git(top, "rev-parse", "HEAD")
    run_git(top, "tag", "v1")
    run_git(top, "update-ref", "refs/autopack/fence/x", "HEAD")
    assert git.list_refs(repo) == {"refs/heads/main": head, "refs/tags/v1": head, "HEAD": "main"}
    run_git(top, "checkout", "--quiet", "--detach")
    assert git.list_refs(repo)["HEAD"] == head


def test_symbolic_refs_are_told_from_others(make_repo: Callable[..., Path]) -> None:
    top = make_repo({"a": "a"})
    head = run_git(top, "rev-parse", "HEAD")
    run_git(top, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    run_git(top, "update-ref", "refs/autopack/fence/x", "HEAD")
    assert git.read_refs(git.require_repository(top)) == {"refs/heads/alias": "ref: refs/heads/main", "refs/heads/main": head}


def test_files_are_hashed_and_ignored_as_git_would(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk({".gitattributes": "*.bat text eol=crlf\n", ".gitignore": "*.o\nbuild/\n", "a.bat": "go\n", "kept.o": "x"})
    odd = ["new\nline", '"quoted"', ":(top)x", "-n"]
    write_files(desk.worktree, {"build/deep": "x", ":(top)x.o": "x", "b.o": "x", **dict.fromkeys(odd, "x")})
    blobs = {path: blob for path, (_, blob) in git.list_blobs(desk.repo, desk.freeze()).items()}

    paths = ["a.bat", *odd]
    assert git.hash_files(desk.repo, desk.worktree, desk.index, paths) == {path: blobs[path] for path in paths}
    ignored = git.find_ignored(desk.repo, desk.worktree, desk.index, ["build/deep", ":(top)x.o", "b.o", "kept.o", *odd])
    assert ignored == {"build/deep", ":(top)x.o", "b.o", "kept.o"}
    assert git.find_ignored(desk.repo, desk.worktree, desk.index, []) == frozenset()


def test_filters_are_found_wherever_they_are_named(make_repo: Callable[..., Path]) -> None:
    top = make_repo({"plain/.gitattributes": "* text\n# filter\n", "lfs/.gitattributes": "*.bin filter=lfs diff=lfs -text\n"})
    repo = git.require_repository(top)
    assert git.find_filters(repo, git.tree_of(repo, "HEAD")) == ("lfs/.gitattributes",)
    (top / ".git" / "info" / "attributes").write_text("*.png filter=x\n")
    assert git.find_filters(repo, git.tree_of(repo, "HEAD")) == ("lfs/.gitattributes", "info/attributes")


@pytest.mark.parametrize("name", ["HEAD", "main", "refs/heads/main", "v1", "HEAD~0"])
def test_a_name_stands_for_its_commit(make_repo: Callable[..., Path], name: str) -> None:
    top = make_repo({"a": "a"})
    run_git(top, "tag", "--annotate", "--message=x", "v1")
    assert git.resolve(git.require_repository(top), name) == run_git(top, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["nope", "--all", "HEAD:a", "", "a b", "@{-1}"])
def test_what_names_no_commit_is_none(make_repo: Callable[..., Path], name: str) -> None:
    assert git.resolve(git.require_repository(make_repo({"a": "a"})), name) is None


def test_git_being_absent_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code = "from autopack.effects.git import git; from pathlib import Path; git('version', cwd=Path('.'))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": str(tmp_path / "empty")}, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == "autopack.errors.MachineLacks: git was not found"
