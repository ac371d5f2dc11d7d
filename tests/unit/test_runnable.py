"""What can be told of a plan's checks without running one: no program, no such file, no test; and what passes without a word."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from autopack.decide.runnable import find_check_notes, list_programs
from autopack.model.draft import Span
from autopack.model.finding import Finding
from autopack.model.plan import Budget, Deliverable, Phase, Plan, PlanCommand, PlanPath, PlanSource, Scope
from autopack.model.toolchain import Command, Toolchain

PYTHON = Toolchain(
    name="python",
    package_manager="pip",
    root=PurePosixPath("."),
    confidence=0.9,
    evidence=("pyproject.toml",),
    install=(Command(argv=("pip", "install", "-e", ".")),),
    test=(Command(argv=("python", "-m", "pytest")),),
    env=(("PATH", "{env}/bin:{path}"),),
    manifests=(PurePosixPath("pyproject.toml"),),
    dependencies=("dev pytest>=8", "ruff"),
    scratch=(".venv",),
)
BARE = Toolchain(
    name="go",
    package_manager="go",
    root=PurePosixPath("."),
    confidence=0.9,
    evidence=("go.mod",),
    test=(Command(argv=("go", "test")),),
)
FILES = {"src/app.py": "x = 1\n", "tests/test_app.py": "def test_a(): ...\n", "scripts/verify.sh": "true\n"}


def check(run: str, *, derived: bool = False, cwd: str = ".", line: int = 7, key: str = "python@.") -> PlanCommand:
    origin = {"origin": "inferred", "rule": f"toolchain:{key}"} if derived else {"origin": "stated", "rule": "p:r"}
    source = None if derived else Span(start=line, end=line)
    return PlanCommand(run=run, argv=tuple(run.split()), kind="test", cwd=cwd, confidence=0.9, source=source, **origin)


def phase(*checks: PlanCommand, paths: tuple[str, ...] = ("src/app.py",), declared: bool = False, state: str = "todo") -> Phase:
    basis = {"origin": "stated", "confidence": 0.9, "rule": "p:r", "source": Span(start=3, end=4)}
    rows = tuple(PlanPath(path=path.rstrip("/"), folder=path.endswith("/"), **basis) for path in paths)
    return Phase(
        id="p",
        title="p",
        deliverables=(Deliverable(id="d", title="x", status=state, **basis),),
        scope=Scope(paths=rows, declared=declared),
        validation=checks,
        budget=Budget(max_files=1, max_tokens=1, max_minutes=1.0, max_attempts=1),
        provenance={},
    )


def plan(*phases: Phase) -> Plan:
    source = PlanSource(sha256="", format="markdown", format_confidence=1.0)
    return Plan(status="ready", source=source, phases=phases, open_questions=(), provenance={})


def rules(notes: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(note.rule, note.severity) for note in notes]


def test_the_programs_of_open_phases_are_looked_up_and_files_of_the_repository_are_not():
    one = plan(
        phase(check("pytest -q"), check("./scripts/verify.sh"), check("/usr/bin/true"), check("cargo test", cwd="../up")),
        phase(check("npm test"), state="done"),
    )
    assert list_programs(one) == ("/usr/bin/true", "pytest")


def test_checks_that_can_run_pass_without_a_word(make_workspace):
    one = plan(
        phase(
            check("pytest -q tests/test_app.py::test_a"),
            check("./scripts/verify.sh src"),
            check("ruff check src/app.py:1"),
            check("python -m pytest", derived=True),
        )
    )
    assert find_check_notes(one, make_workspace(FILES), (PYTHON,), {"python"}) == ()


def test_a_program_that_nobody_has_is_named_with_the_line_and_a_way_out(make_workspace):
    one = plan(phase(check("cargo test", line=9)))
    assert find_check_notes(one, make_workspace(FILES), (), ()) == (
        Finding(
            rule="check.no-program",
            severity="note",
            message="`cargo test` cannot start here: cargo is not on the PATH",
            hint="provide cargo, or prove it by something else: `--check COMMAND`",
            line=9,
        ),
    )


@pytest.mark.parametrize(
    ("run", "toolchain", "paths", "expected"),
    [
        ("pytest -q", PYTHON, ("src/app.py",), []),  # the environment of the run brings it
        ("python -m x", PYTHON, ("src/app.py",), []),
        ("mypy src", PYTHON, ("src/app.py",), [("check.no-program", "note")]),
        ("mypy src", PYTHON, ("src/app.py", "pyproject.toml"), []),  # the plan may declare it
        ("go vet", BARE, ("src/app.py",), [("check.no-program", "note")]),  # it sees the PATH of the user alone
        ("./scripts/gone.sh", PYTHON, ("src/app.py",), [("check.no-program", "note")]),
        ("./scripts/new.sh", PYTHON, ("scripts/new.sh",), []),
        ("./.venv/bin/mypy", PYTHON, ("src/app.py",), []),
    ],
)
def test_a_program_may_come_from_the_environment_the_plan_or_the_repository(run, toolchain, paths, expected, make_workspace):
    assert rules(find_check_notes(plan(phase(check(run), paths=paths)), make_workspace(FILES), (toolchain,), ())) == expected


def test_a_file_that_is_not_there_is_named_with_what_was_perhaps_meant(make_workspace):
    one = plan(phase(check("pytest tests/unit/test_app.py::test_a")))
    assert find_check_notes(one, make_workspace(FILES), (), {"pytest"}) == (
        Finding(
            rule="check.no-such-file",
            severity="note",
            message="`pytest tests/unit/test_app.py::test_a` names tests/unit/test_app.py, which neither stands in the "
            "repository nor is made by the plan",
            hint="did you mean tests/test_app.py?",
            path="tests/unit/test_app.py",
            line=7,
        ),
    )


@pytest.mark.parametrize(
    ("run", "paths"),
    [
        ("pytest tests/test_new.py", ("tests/test_new.py",)),
        ("pytest tests/api", ("tests/api/test_a.py",)),
        ("pytest tests/api/test_a.py", ("tests/api/",)),
        ("pytest src/../../x.py", ("src/app.py",)),
        ("node dist/cli.js", ("src/app.py",)),
        ("python -m app.py", ("src/app.py",)),
        ("tool -o gone.py", ("src/app.py",)),
        ("curl http://localhost/a.py", ("src/app.py",)),
        ("pytest tests/*.py", ("src/app.py",)),
        ("docker run library/python", ("src/app.py",)),
        ("npm run test:unit", ("src/app.py",)),
        ("go test ./src/...", ("src/app.py",)),
    ],
)
def test_words_that_are_no_missing_file_pass(run, paths, make_workspace):
    one = plan(phase(check(run), paths=paths))
    assert find_check_notes(one, make_workspace(FILES), (), list_programs(one)) == ()


def test_a_file_of_an_earlier_phase_is_made_by_the_plan(make_workspace):
    one = plan(phase(paths=("tests/test_new.py",)), phase(check("pytest tests/test_new.py")))
    assert find_check_notes(one, make_workspace(FILES), (), {"pytest"}) == ()


def test_where_the_plan_lists_its_files_and_no_check_can_find_its_own_a_person_is_asked(make_workspace):
    gone, fine = check("pytest tests/gone.py"), check("pytest tests/test_app.py")
    asked = [
        rules(find_check_notes(plan(phase(*checks, declared=declared)), make_workspace(FILES), (), {"pytest"}))
        for checks, declared in (((gone,), True), ((gone,), False), ((gone, fine), True))
    ]
    assert asked == [[("check.no-such-file", severity)] for severity in ("ask", "note", "note")]


@pytest.mark.parametrize(
    ("files", "paths", "expected"),
    [
        ({"src/app.py": "x = 1\n"}, ("src/app.py",), ["check.no-tests"]),
        ({"src/app.py": "x = 1\n"}, ("src/app.py", "tests/test_app.py"), []),
        ({"src/app.py": "x = 1\n", "tests/test_app.py": ""}, ("src/app.py",), []),
        ({"src/lib.rs": "#[test]\nfn adds() {}\n"}, ("src/app.py",), []),  # beside what it tests
        ({"README.md": "No test here.\n"}, ("src/app.py",), ["check.no-tests"]),
    ],
)
def test_a_derived_test_command_without_any_test_is_said(files, paths, expected, make_workspace):
    one = plan(phase(check("python -m pytest", derived=True), paths=paths))
    found = find_check_notes(one, make_workspace(files), (PYTHON,), {"python"})
    assert [(note.rule, note.line) for note in found] == [(rule, 3) for rule in expected]


def test_the_same_note_is_given_once(make_workspace):
    one = plan(phase(check("cargo test", derived=True)), phase(check("cargo test", derived=True)))
    assert len(find_check_notes(one, make_workspace(FILES), (), ())) == 1
