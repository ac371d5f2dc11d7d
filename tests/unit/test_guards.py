"""The host's guards: what they must stop, what they must let through, judged by a corpus that was labelled before them."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from autopack_py.markers import MARKERS

from autopack.decide.guards import find_added_secrets, find_conflict_markers, find_large_files, make_changed_file
from autopack.decide.guards_tests import find_lost_tests, find_more_markers
from autopack.decide.mandate import Mandate, read_mandate
from autopack.decide.regex import has_nested_quantifier
from autopack.model.attempt import CheckResult
from autopack.model.finding import Finding
from autopack.model.plan import Budget, Deliverable, Phase, PlanPath, PlanPayload, PlanText, Provenance, Scope
from autopack.model.toolchain import Check, Command, CommandResult, FailedTest, TestReport, Toolchain
from autopack.stages.guards import find_secret_values

CORPUS = Path(__file__).parent.parent / "corpus" / "guards"
PYTHON = Toolchain(
    name="python", package_manager="pip", root=PurePosixPath("."), confidence=0.9, evidence=(), test_markers=MARKERS
)
SAID = {"origin": "stated", "confidence": 0.9, "rule": "test"}
NOTHING_SAID = Mandate(clauses=(), deleted=(), named=frozenset())


def load(name: str) -> Any:
    """The rows of one file of the corpus, each a case named by its own words."""
    text = (CORPUS / name).read_text().replace("§", "")
    return [pytest.param(row, id=row["name"]) for row in tomllib.loads(text)["row"]]


def make_phase(
    says: Sequence[str] = ("Work",), deletes: Sequence[str] = (), names: Sequence[str] = (), origin: str = "stated", **fields: Any
) -> Phase:
    said = {**SAID, "origin": origin}
    paths = [
        PlanPath(path=name.rstrip("/"), folder=name.endswith("/"), role=role, **said)
        for role, group in (("delete", deletes), ("modify", names))
        for name in group
    ]
    criteria = tuple(PlanText(text=text, **said) for text in says[1:])
    work = Deliverable(id="d", title=says[0], paths=tuple(paths), acceptance_criteria=criteria, **said)
    budget = Budget(max_minutes=1, max_tokens=1, max_attempts=1, max_files=1)
    values = {"deliverables": (work,), "scope": Scope(paths=()), "validation": (), "budget": budget, "provenance": {}}
    return Phase(id="p", title="Phase", **{**values, **fields})


def make_result(ids: Sequence[str], *, ran: int | None = None, truncated: bool = False) -> CheckResult:
    """What a check collected: `-` before an id that was skipped, `!` before one that failed."""
    passed = tuple(name for name in ids if name[0] not in "-!")
    failed = tuple(FailedTest(id=name[1:]) for name in ids if name[0] == "!")
    report = TestReport(
        runner="pytest",
        ran=len(passed) + len(failed) if ran is None else ran,
        passed=passed,
        failed=failed,
        skipped=tuple(name[1:] for name in ids if name[0] == "-"),
    )
    check = Check(id="pytest", command=Command(argv=("pytest",)), kind="test", origin="stated")
    result = CommandResult(argv=("pytest",), exit_code=0, truncated=truncated)
    return CheckResult(check=check, state="passed", reason="", result=result, report=report)


def change(path: str, before: str | None, after: str | None) -> Any:
    return make_changed_file(path, before.encode() if before is not None else None, after.encode() if after is not None else None)


# -- the corpus ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", load("markers.toml"))
def test_more_markers_fire_unless_the_plan_says_so(row: dict[str, Any]) -> None:
    files = [change(row["path"], row.get("before"), row["after"])]
    found = find_more_markers(files, [PYTHON], read_mandate(make_phase(row.get("says", ["Work"]))))
    assert [finding.rule for finding in found] == (["guard.test-markers"] if row["verdict"] == "fires" else [])


@pytest.mark.parametrize("row", load("ids.toml"))
def test_fewer_tests_fire_unless_the_plan_says_so(row: dict[str, Any]) -> None:
    mandate = read_mandate(make_phase(row.get("says", ["Work"]), row.get("deletes", ())))
    found = find_lost_tests([make_result(row["before"])], [make_result(row["after"])], mandate)
    assert bool(found) == (row["verdict"] == "fires"), found


@pytest.mark.parametrize("row", load("secrets.toml"))
def test_added_credentials_fire(row: dict[str, Any]) -> None:
    found = find_added_secrets([change(row["path"], row.get("before"), row["after"])], row.get("known", ()))
    assert [finding.rule for finding in found] == (["guard.secret"] if row["verdict"] == "fires" else [])


@pytest.mark.parametrize("row", load("conflicts.toml"))
def test_added_conflict_markers_fire(row: dict[str, Any]) -> None:
    found = find_conflict_markers([change(row["path"], row["before"], row["after"])])
    assert [finding.rule for finding in found] == (["guard.conflict-marker"] if row["verdict"] == "fires" else [])


@pytest.mark.parametrize("row", load("sizes.toml"))
def test_giant_and_binary_files_fire_unless_the_plan_names_them(row: dict[str, Any]) -> None:
    letter = b"\0" if row.get("binary") else b"a"
    before = letter * row["before"] if "before" in row else None
    mandate = read_mandate(make_phase(names=row.get("names", ())))
    found = find_large_files([make_changed_file("data/file", before, letter * row["after"])], mandate)
    assert bool(found) == (row["verdict"] == "fires")


# -- what is said -------------------------------------------------------------------------------------------------------


def test_each_guard_says_what_where_and_what_to_do() -> None:
    bad = "@pytest.mark.skip\n<<<<<<< HEAD\nkey = 'ghp_" + "9fK2mQ7xLw4Zt8Rb3Vn6Yc1Hd5Jg0Ps'\n"
    files = [change("tests/test_app.py", "", bad)]
    large = [make_changed_file("logo.png", None, b"\0" * 200_000), make_changed_file("dump.sql", None, b"a" * 2_000_000)]
    before = make_result(["tests/test_app.py::test_a", "tests/test_app.py::test_b"])
    after = make_result(["-tests/test_app.py::test_b"])

    assert (
        *find_lost_tests([before], [after], NOTHING_SAID),
        *find_more_markers(files, [PYTHON], NOTHING_SAID),
        *find_added_secrets(files),
        *find_conflict_markers(files),
        *find_large_files(large, NOTHING_SAID),
    ) == (
        Finding(
            rule="guard.tests-lost",
            severity="block",
            message="pytest: 1 test is no longer there: tests/test_app.py::test_a",
            hint="bring it back; if it should go, say in the plan which test is removed or renamed, or that its file is deleted",
        ),
        Finding(
            rule="guard.tests-skipped",
            severity="block",
            message="pytest: 1 test is skipped: tests/test_app.py::test_b",
            hint="let it run; if it should be skipped, say in the plan which test is skipped and when",
        ),
        Finding(
            rule="guard.test-markers",
            severity="block",
            message="tests/test_app.py:1 takes tests out of the count: `@pytest.mark.skip`",
            hint="let the tests run; if they should not, say in the plan which test is skipped and why",
            path="tests/test_app.py",
        ),
        Finding(
            rule="guard.secret",
            severity="block",
            message="tests/test_app.py:3 adds what looks like a credential (github-token)",
            hint="read it from the environment; in an example, write a placeholder such as `<token>`",
            path="tests/test_app.py",
        ),
        Finding(
            rule="guard.conflict-marker",
            severity="block",
            message="tests/test_app.py:2 adds the marker of an unresolved merge",
            hint="resolve the conflict; in an example, indent the marker",
            path="tests/test_app.py",
        ),
        Finding(
            rule="guard.binary-file",
            severity="block",
            message="logo.png is a binary file of 200000 bytes, more than 100000",
            hint="if it belongs there, name exactly this path in the plan",
            path="logo.png",
        ),
        Finding(
            rule="guard.giant-file",
            severity="block",
            message="dump.sql is a giant file of 2000000 bytes, more than 1000000",
            hint="if it belongs there, name exactly this path in the plan",
            path="dump.sql",
        ),
    )


# -- tests that vanish --------------------------------------------------------------------------------------------------


def test_where_no_ids_are_known_the_count_may_not_fall() -> None:
    [finding] = find_lost_tests([make_result([], ran=3)], [make_result([], ran=2)], NOTHING_SAID)
    assert finding.message == "pytest: 2 tests ran, 3 ran before"
    assert find_lost_tests([make_result([], ran=3)], [make_result([], ran=3)], NOTHING_SAID) == ()
    said = read_mandate(make_phase(["Remove the tests of the export"]))
    assert find_lost_tests([make_result([], ran=3)], [make_result([], ran=2)], said) == ()


def test_an_output_that_was_cut_is_compared_by_its_count() -> None:
    before = make_result(["a.T.x", "a.T.y"])
    assert find_lost_tests([before], [make_result(["a.T.y"], ran=2, truncated=True)], NOTHING_SAID) == ()
    assert find_lost_tests([before], [make_result(["a.T.y"], ran=1, truncated=True)], NOTHING_SAID) != ()


def test_a_test_that_two_checks_miss_is_told_once() -> None:
    before, after = make_result(["a.T.x", "a.T.y"]), make_result(["a.T.y"])
    others = [replace(row, check=replace(row.check, id="make test")) for row in (before, after)]
    [finding] = find_lost_tests([before, others[0]], [after, others[1]], NOTHING_SAID)
    assert finding.message == "pytest: 1 test is no longer there: a.T.x"


def test_a_check_that_was_not_counted_before_is_compared_with_nothing() -> None:
    after = make_result(["tests/test_app.py::test_a"])
    assert find_lost_tests([], [after], NOTHING_SAID) == ()


def test_a_marker_that_moves_to_another_file_is_no_more_than_before() -> None:
    moved = [change("tests/test_a.py", "@pytest.mark.skip\n", None), change("tests/test_b.py", None, "@pytest.mark.skip\n")]
    assert find_more_markers(moved, [PYTHON], NOTHING_SAID) == ()


@pytest.mark.parametrize(("regex", "problem"), [("(a+)+", "repeats a group that holds a repetition"), ("(", "does not compile")])
def test_a_marker_that_cannot_be_used_blocks(regex: str, problem: str) -> None:
    broken = Toolchain(
        name="go", package_manager="go", root=PurePosixPath("."), confidence=0.9, evidence=(), test_markers=(regex,)
    )
    [finding] = find_more_markers([], [broken], NOTHING_SAID)
    assert finding.severity == "block"
    assert problem in finding.message


def test_the_markers_of_python_are_safe_to_run_on_any_line() -> None:
    assert [regex for regex in MARKERS if has_nested_quantifier(regex)] == []


# -- what a plan says ---------------------------------------------------------------------------------------------------


def test_what_a_plugin_inferred_allows_nothing() -> None:
    phase = make_phase(["Remove `test_a`"], ["tests/test_b.py"], ["data/big.bin"], origin="inferred")
    assert read_mandate(phase) == NOTHING_SAID


def test_what_is_done_already_allows_nothing() -> None:
    work = Deliverable(id="d", title="Remove `test_a`", status="done", **SAID)
    assert read_mandate(make_phase(deliverables=(work,))) == NOTHING_SAID


def test_a_file_may_be_named_in_a_sentence() -> None:
    mandate = read_mandate(make_phase(["Put the logo into `img/logo.png`."]))
    assert [mandate.names(path) for path in ("img/logo.png", "img/logo.pn", "img", "logo.png")] == [True, False, False, False]


def test_an_option_is_not_named_by_the_file_it_ignores() -> None:
    said = read_mandate(make_phase(["Adapt `tests/test_app.py`"]))
    options = change("pytest.ini", "", "addopts = --ignore=tests/test_app.py\n")
    assert len(find_more_markers([options], [PYTHON], said)) == 1


def test_a_skip_is_not_named_by_its_condition() -> None:
    said = read_mandate(make_phase(["Add `server_ready()`"]))
    skipped = change("tests/test_app.py", "", "    if not server_ready(): pytest.skip()\n")
    assert len(find_more_markers([skipped], [PYTHON], said)) == 1


def test_titles_scope_and_carried_code_count_too() -> None:
    phase = make_phase(
        ["Tidy up"],
        scope=Scope(paths=(PlanPath(path="logo.png", **SAID), PlanPath(path="img", folder=True, **SAID))),
        payloads=(
            PlanPayload(path="tests/test_old.py", action="delete", **SAID),
            PlanPayload(path="a.py", action="rename", to="b.py", **SAID),
        ),
        provenance={"title": Provenance(**SAID)},
    )
    assert read_mandate(phase) == Mandate(
        clauses=("Tidy up", "Phase"),
        deleted=("tests/test_old.py", "a.py"),
        named=frozenset({"logo.png", "tests/test_old.py", "b.py"}),
    )


# -- credentials --------------------------------------------------------------------------------------------------------


def test_a_credential_that_moves_between_files_is_not_new() -> None:
    line = "key = 'ghp_" + "9fK2mQ7xLw4Zt8Rb3Vn6Yc1Hd5Jg0Ps'\n"
    assert find_added_secrets([change("a.py", line, None), change("b.py", None, line)]) == ()


@pytest.mark.parametrize("before", ["", "a", "ab"])
@pytest.mark.parametrize("value", ["correct-horse-1", "correct-horse-12", "correct-horse-123"])
def test_a_known_value_is_found_in_base64_at_any_place(before: str, value: str) -> None:
    coded = base64.urlsafe_b64encode(f"{before}{value}/~~".encode()).decode()
    assert len(find_added_secrets([change("a.txt", None, coded)], [value])) == 1


def test_a_credential_in_utf_16_is_seen() -> None:
    text = "key = 'ghp_" + "9fK2mQ7xLw4Zt8Rb3Vn6Yc1Hd5Jg0Ps'"
    assert len(find_added_secrets([make_changed_file("a.txt", None, text.encode("utf-16"))])) == 1


def test_the_secrets_of_an_environment_are_known_by_their_names() -> None:
    environ = {"DEPLOY_TOKEN": "hunter2hunter2", "HOME": "/home/me1", "DB_PASSWORD": "postgres", "API_KEY": "k3y-of-mine"}
    assert find_secret_values(environ) == ("hunter2hunter2", "k3y-of-mine")
