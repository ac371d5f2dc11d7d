"""Whether what was promised is in the change."""

from __future__ import annotations

import pytest

from autopack.decide.category import Judged, categorise_path, categorise_paths, judge_category
from autopack.decide.deliverables import find_missing_deliverables
from autopack.model.attempt import FileChange
from autopack.model.draft import Span
from autopack.model.finding import Finding
from autopack.model.plan import Budget, Deliverable, Phase, PlanPath, Scope


def path(name: str, role: str = "modify") -> PlanPath:
    return PlanPath(path=name.rstrip("/"), role=role, folder=name.endswith("/"), origin="stated", confidence=0.9, rule="test")


def problems(*paths: PlanPath, changed: tuple[str, ...], tree: tuple[str, ...] = (), status: str = "todo") -> list[str]:
    work = Deliverable(
        id="d",
        title="Cache",
        status=status,
        paths=paths,
        origin="stated",
        confidence=0.9,
        rule="test",
        source=Span(start=7, end=8),
    )
    phase = Phase(
        id="p",
        title="p",
        deliverables=(work,),
        scope=Scope(paths=()),
        validation=(),
        budget=Budget(max_minutes=1, max_tokens=1, max_attempts=1, max_files=1),
        provenance={},
    )
    changes = tuple(
        FileChange(path=name, status="modified", old_mode="100644", new_mode="100644", old_blob="", new_blob="")
        for name in changed
    )
    found = find_missing_deliverables(phase, changes, tree)
    assert all(row == Finding(rule="audit.deliverable-missing", severity="block", message=row.message, line=7) for row in found)
    return [row.message.removeprefix("'Cache' is not delivered: ") for row in found]


@pytest.mark.parametrize(
    ("paths", "changed", "tree"),
    [
        ((), (), ()),
        ((path("a.py"), path("b.py")), ("b.py",), ("a.py", "b.py")),
        ((path("new.py", "create"),), ("new.py",), ("new.py",)),
        ((path("new/", "create"),), ("new/a.py",), ("new/a.py",)),
        ((path("old.py", "delete"),), ("old.py",), ("older.py",)),
        ((path("old/", "delete"),), ("old/a.py",), ("older/a.py",)),
        ((path("src/"),), ("src/deep/a.py",), ("src/deep/a.py",)),
        ((path("spec.md", "read"),), ("a.py",), ("a.py", "spec.md")),
    ],
)
def test_a_deliverable_that_the_change_shows_gives_no_finding(paths, changed, tree):
    assert problems(*paths, changed=changed, tree=tree) == []


@pytest.mark.parametrize(
    ("paths", "changed", "tree", "problem"),
    [
        ((path("a.py"),), ("b.py",), ("a.py", "b.py"), "a.py did not change"),
        ((path("src/"),), ("src2/a.py",), ("src2/a.py",), "src did not change"),
        ((path("new.py", "create"),), ("a.py",), ("a.py",), "new.py was not created"),
        ((path("new.py", "create"), path("a.py")), ("a.py",), ("a.py",), "new.py was not created"),
        ((path("new/", "create"), path("a.py")), ("a.py",), ("a.py", "newer/b.py"), "new was not created"),
        ((path("old.py", "delete"),), ("old.py",), ("old.py",), "old.py is still there"),
        ((path("old/", "delete"),), ("old/a.py",), ("old/b.py",), "old is still there"),
    ],
)
def test_a_deliverable_that_is_not_there_blocks(paths, changed, tree, problem):
    assert problems(*paths, changed=changed, tree=tree) == [problem]


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_what_was_done_or_given_up_before_is_not_asked_for(status):
    assert problems(path("a.py"), changed=(), status=status) == []


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("src/app.py", "backend"),
        ("web/App.TSX", "frontend"),
        ("README.md", "docs"),
        ("tests/app.py", "tests"),
        ("app_test.go", "tests"),
        ("web/app.spec.ts", "tests"),
        ("src/latest.py", "backend"),
        ("db/migrations/1.py", "database"),
        ("package.json", "configuration"),
        ("Makefile", "configuration"),
        ("src/FareTest.java", "tests"),
        ("web/components/fare.ts", "frontend"),
        (".github/workflows/ci.yml", "configuration"),
        ("data/fares.bin", "other"),
    ],
)
def test_a_path_has_the_category_its_name_shows(name, category):
    assert categorise_path(name) == category


@pytest.mark.parametrize(
    ("names", "category"),
    [
        ((), "other"),
        (("tests/a.py", "tests/b.py"), "tests"),
        (("src/a.py", "tests/a.py", "tests/b.py"), "backend"),
        (("a.md", "b.py"), "backend"),
    ],
)
def test_several_paths_are_what_most_of_them_are_without_their_tests(names, category):
    assert categorise_paths(names) == category


@pytest.mark.parametrize(
    ("title", "paths", "category", "rule", "evidence"),
    [
        ("Write the handbook", ["src/a.py"], "backend", "paths", ("src/a.py",)),
        ("Add tests for the fares page", [], "tests", "words", ("Add tests",)),
        ("Document the fare endpoint", [], "docs", "words", ("document",)),
        ("为登记接口编写测试", [], "tests", "words", ("测试",)),
    ],
)
def test_a_category_says_what_it_rests_on(title, paths, category, rule, evidence):
    judged = judge_category(title, paths)
    assert (judged.category, judged.rule, judged.evidence) == (category, f"host:category-of-{rule}", evidence)


def test_words_that_tell_nothing_are_taken_for_code_with_little_confidence():
    assert judge_category("Round half up", []) == Judged(category="backend", rule="host:category-by-default", confidence=0.4)
