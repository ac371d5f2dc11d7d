"""Which paths may change: every way out of the fence is tried, and ordinary work is let through."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.scope import (
    Fence,
    PathVerdict,
    build_fence,
    is_covered,
    is_protected,
    judge_changes,
    judge_containment,
    judge_path,
    path_key,
)
from autopack.model.attempt import FileChange
from autopack.model.finding import Finding
from autopack.model.plan import PlanPath

FILE, LINK, REPOSITORY, NOTHING = "100644", "120000", "160000", "000000"
SRC = Fence(paths=("src/",))


def change(path: str, status: str = "added", mode: str = FILE) -> FileChange:
    return FileChange(
        path=path,
        status=status,
        old_mode=NOTHING if status == "added" else FILE,
        new_mode=NOTHING if status == "deleted" else mode,
        old_blob="",
        new_blob="",
    )


def row(path: str, origin: str = "stated", *, folder: bool = False) -> PlanPath:
    return PlanPath(path=path, folder=folder, origin=origin, confidence=1.0, rule="test")


def rules(changes: list[FileChange], fence: Fence = SRC, base: tuple[str, ...] = (), **links: str) -> list[tuple[str, str]]:
    found = judge_changes(changes, fence, base, {"src/" + name: target for name, target in links.items()})
    return [(finding.path, finding.rule) for finding in found]


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("", "scope.malformed"),
        ("src/a\0.py", "scope.malformed"),
        ("src/a\n.py", "scope.malformed"),
        ("src/\x1b[31m.py", "scope.malformed"),
        ("src/\udcff.py", "scope.malformed"),
        ("/etc/passwd", "scope.absolute"),
        ("~/.bashrc", "scope.absolute"),
        ("~root/x", "scope.absolute"),
        ("\\\\host\\share", "scope.absolute"),
        ("C:/Windows", "scope.absolute"),
        ("c:autoexec.bat", "scope.absolute"),
        ("..", "scope.climbs-out"),
        ("../x", "scope.climbs-out"),
        ("src/../../x", "scope.climbs-out"),
        ("src\\..\\..\\x", "scope.climbs-out"),
        ("src/.\u200d./x", "scope.climbs-out"),
        (".git", "scope.git-internals"),
        (".git/hooks/pre-commit", "scope.git-internals"),
        (".GIT/config", "scope.git-internals"),
        ("sub/.Git/config", "scope.git-internals"),
        ("src\\.git\\config", "scope.git-internals"),
        (".git./config", "scope.git-internals"),
        (".git . ./config", "scope.git-internals"),
        ("git~1/config", "scope.git-internals"),
        ("GIT~1/config", "scope.git-internals"),
        (".g\u200cit/config", "scope.git-internals"),
        ("\ufeff.git/config", "scope.git-internals"),
        (".git::$INDEX_ALLOCATION/config", "scope.git-internals"),
    ],
)
def test_a_path_that_leaves_the_repository_or_enters_git_is_named_by_its_rule(path, rule):
    assert judge_containment(path).rule == rule


@pytest.mark.parametrize(
    "path",
    [
        "a", "src/app.py", "./src/app.py", ".gitignore", ".github/workflows/ci.yml", "git/x.py", "src/git~2", "..a", "a..b",
        "...", "my.git/HEAD", "legit", "src/größe.py", "src/名前.py", "notes~", "a b/c d.txt", "src/a:b", "src/می\u200cخواهم.txt",
    ],
)  # fmt: skip
def test_an_ordinary_path_is_contained(path):
    assert judge_containment(path) == PathVerdict(rule="", reason="")


_PIECES = st.sampled_from(
    [
        "..",
        ".",
        "",
        "a",
        "src",
        ".git",
        ".GIT",
        ".gIt",
        ".git.",
        ".git ",
        "git~1",
        ".g\u200cit",
        ".gi\u2060t",
        "~",
        "C:",
        ".git:x",
    ]
)
_PARTS = st.one_of(_PIECES, st.text(max_size=6))


@settings(max_examples=200)
@given(st.lists(st.tuples(_PARTS, st.sampled_from(["/", "\\", "//"])), min_size=5, max_size=5).map(tuple))
def test_no_generated_path_gets_out_or_into_git(parts):
    # Five paths an example, one more part in each: a thousand in all.
    for length in range(1, 6):
        path = "".join(part + slash for part, slash in parts[:length])[:-1]
        if not judge_containment(path).allowed:
            continue
        assert not path.startswith("/")
        for part in path.replace("\\", "/").split("/"):
            seen = "".join(ch for ch in part if unicodedata.category(ch) != "Cf").casefold()
            assert seen != ".."
            assert seen.partition(":")[0].rstrip(" .") not in (".git", "git~1")


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml", ".GitHub/workflows/ci.yml", "packages/a/.github/x", ".github", "packages/a/.husky", ".env",
        ".env.local", "src/.ENV", "Jenkinsfile", "ci/jenkinsfile", ".gitmodules", "src/.gitattributes", ".git\u200bhub/x",
        ".npmrc", ".autopack/config.yaml", ".devcontainer/devcontainer.json",
    ],
)  # fmt: skip
def test_what_decides_what_runs_elsewhere_is_protected(path):
    assert is_protected(path)


@pytest.mark.parametrize("path", ["src/app.py", "github/x", "docs/env.md", "src/environment.py", ".gitignore", "codeowners.md"])
def test_what_only_sounds_like_it_is_not_protected(path):
    assert not is_protected(path)


@pytest.mark.parametrize(
    ("path", "patterns", "covered"),
    [
        ("src/app.py", ("src/app.py",), True),
        ("src/app.py", ("src/",), True),
        ("src/app.py", ("src",), False),
        ("src2/app.py", ("src/",), False),
        ("src/app.py.bak", ("src/app.py",), False),
        ("SRC/App.py", ("src/",), True),
        ("src/caf\u0065\u0301.py", ("src/caf\u00e9.py",), True),
        ("src/app.py", (), False),
    ],
)
def test_a_file_covers_itself_and_a_folder_all_below_it(path, patterns, covered):
    assert is_covered(path, patterns) is covered


@settings(max_examples=200)
@given(st.text(max_size=20))
def test_all_spellings_of_a_path_share_one_key(path):
    for form in ("NFC", "NFD"):
        assert path_key(unicodedata.normalize(form, path)) == path_key(path)
    assert path_key(path + "\u200b") == path_key(path)


def test_a_fence_has_a_slash_for_folders_and_grants_what_a_person_named():
    rows = [
        row("src", folder=True),
        row("a.py", "inferred"),
        row(".env", "answered"),
        row(".husky", "answered", folder=True),
    ]
    assert build_fence(rows) == Fence(paths=("src/", "a.py", ".env", ".husky/"), granted=(".env", ".husky/"))


def test_who_lets_a_folder_change_has_not_granted_the_protected_files_in_it():
    fence = build_fence([row("src", "answered", folder=True)])
    assert [judge_path(path, fence).rule for path in ("src/app.py", "src/.env")] == ["", "scope.protected"]


def test_a_granted_protected_path_may_change_and_a_stated_one_may_not():
    path = ".github/workflows/ci.yml"
    assert judge_path(path, build_fence([row(path, "answered")])).allowed
    assert judge_path(path, build_fence([row(path, "stated")])).rule == "scope.protected"


def test_changes_inside_the_fence_give_no_finding():
    changes = [change("src/new.py"), change("src/old.py", "deleted"), change("src/app.py", "modified", "100755")]
    assert judge_changes(changes, SRC, ["src/old.py", "src/app.py"], {}) == ()


def test_a_change_outside_names_the_path_and_a_way_out_that_is_safe_to_paste():
    assert judge_changes([change("a;reboot", "modified")], SRC, ["a;reboot"], {}) == (
        Finding(
            rule="scope.outside",
            severity="block",
            message="a;reboot is outside the phase's scope",
            hint="name it in the plan, or run with `--allow 'a;reboot'`",
            path="a;reboot",
        ),
    )


def test_deleting_counts_as_changing():
    assert rules([change("README.md", "deleted"), change(".github/ci.yml", "deleted")], base=("README.md", ".github/ci.yml")) == [
        ("README.md", "scope.outside"),
        (".github/ci.yml", "scope.protected"),
    ]


def test_another_repository_inside_the_fence_is_refused():
    assert rules([change("src/vendored", mode=REPOSITORY)]) == [("src/vendored", "scope.nested-repository")]


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("/etc/passwd", "scope.link-out"),
        ("../../x", "scope.link-out"),
        ("..", "scope.link-out"),
        ("../.git/config", "scope.link-out"),
        ("../.GIT", "scope.link-out"),
        ("deep/../../..", "scope.link-out"),
        ("../.github/workflows", "scope.protected"),
        ("../.env", "scope.protected"),
    ],
)
def test_a_symlink_that_leads_somewhere_it_should_not_is_refused(target, rule):
    assert rules([change("src/link", mode=LINK)], link=target) == [("src/link", rule)]


def test_a_symlink_whose_target_was_not_read_is_refused():
    assert judge_changes([change("src/link", mode=LINK)], SRC, (), {})[0].rule == "scope.link-out"


@pytest.mark.parametrize("target", ["app.py", "./sub/app.py", "../docs/page.md", "../src/app.py"])
def test_a_symlink_to_a_file_of_the_repository_is_fine(target):
    assert rules([change("src/link", mode=LINK)], link=target) == []


def test_two_symlinks_cannot_climb_out_together():
    # `src/a/up` is the folder `d`, so on disk `src/a/up/../..` is above the root, although its letters say `src`.
    changes = [change("src/a/up", mode=LINK), change("src/out", mode=LINK)]
    found = judge_changes(changes, SRC, ("d/x",), {"src/a/up": "../../d", "src/out": "a/up/../../secret"})
    assert [(finding.path, finding.rule) for finding in found] == [("src/out", "scope.link-out")]


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("src/APP.py", ("src/app.py",)),
        ("src/caf\u0065\u0301.py", ("src/caf\u00e9.py",)),
        ("src/app\u200b.py", ("src/app.py",)),
        ("Src/new.py", ("src/app.py",)),
        ("src/Sub/new.py", ("src/sub/app.py",)),
    ],
)
def test_a_second_spelling_of_a_file_or_folder_is_refused(path, base):
    assert rules([change(path)], base=base) == [(path, "scope.alias")]


def test_two_new_files_that_differ_in_case_only_are_both_refused():
    assert rules([change("src/A.py"), change("src/a.py")]) == [("src/A.py", "scope.alias"), ("src/a.py", "scope.alias")]


def test_changing_the_case_of_a_name_is_no_second_spelling():
    changes = [change("src/Readme.md", "deleted"), change("src/README.md")]
    assert rules(changes, Fence(paths=("src/README.md",)), ("src/Readme.md",)) == []


@pytest.mark.parametrize(("status", "name"), [("added", "new.py"), ("modified", "x.py"), ("deleted", "x.py")])
def test_where_both_spellings_of_a_folder_exist_only_the_named_one_may_change(status, name):
    base, fence = ("lib/x.py", "Lib/x.py"), Fence(paths=("lib/",))
    assert rules([change(f"Lib/{name}", status)], fence, base) == [(f"Lib/{name}", "scope.alias")]
    assert rules([change(f"lib/{name}", status)], fence, base) == []
