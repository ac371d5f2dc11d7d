"""Which commands prove a phase, and in whose environment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from autopack.decide.checks import build_checks, derive_checks, looks_like_test, owning_toolchains
from autopack.model.draft import Span
from autopack.model.plan import Budget, Phase, PlanCommand, PlanPath, Scope
from autopack.model.toolchain import Check, Command, Toolchain


def toolchain(name: str, root: str = ".", test: str = "") -> Toolchain:
    commands = (Command(argv=tuple(test.split()), cwd=PurePosixPath(root)),) if test else ()
    return Toolchain(name=name, package_manager=name, root=PurePosixPath(root), confidence=0.9, evidence=(), test=commands)


def limit_s(kind: str) -> float:
    return 30.0


PYTHON = toolchain("python", test="pytest -q")
WEB = toolchain("node", "web", test="npm test")
API = toolchain("node", "web/api", test="npm test")


def command(run: str, origin: str = "stated", rule: str = "test", cwd: str = ".", line: int | None = None) -> PlanCommand:
    return PlanCommand(
        run=run,
        argv=tuple(run.split()),
        kind="test",
        cwd=cwd,
        origin=origin,
        confidence=0.9,
        rule=rule,
        source=Span(start=line, end=line) if line else None,
    )


def phase(*commands: PlanCommand, paths: tuple[str, ...] = ("src/app.py",)) -> Phase:
    return Phase(
        id="p",
        title="p",
        deliverables=(),
        scope=Scope(paths=tuple(PlanPath(path=path, origin="stated", confidence=0.9, rule="test") for path in paths)),
        validation=commands,
        budget=Budget(max_minutes=1, max_tokens=1, max_attempts=1, max_files=1),
        provenance={},
    )


@pytest.mark.parametrize(
    "words",
    [
        "pytest", "python -m pytest tests", "npm test", "npm run test:unit", "make tests", "go test ./...", "npx vitest run",
        "npx jest", "tox", "bundle exec rspec", "vendor/bin/phpunit", "python manage.py test", "./gradlew test",
        "uv run pytest -q", "cargo --quiet test", "bats spec",
    ],
)  # fmt: skip
def test_a_command_that_runs_tests_is_known_by_its_words(words):
    assert looks_like_test(words.split())


@pytest.mark.parametrize(
    "words",
    [
        "", "make", "mypy tests", "ruff check tests", "npx eslint tests", "ls tests", "test -f dist/app.js", "python app.py",
        "npm run build", "cargo build --tests", "echo a b test",
    ],
)  # fmt: skip
def test_a_command_that_only_names_tests_is_none(words):
    assert not looks_like_test(words.split())


@pytest.mark.parametrize(
    ("tools", "paths", "owners"),
    [
        ((PYTHON, WEB, API), ("src/app.py",), (PYTHON,)),
        ((PYTHON, WEB, API), ("web/api/x.js",), (API,)),
        ((PYTHON, WEB, API), ("web/x.js", "src/app.py"), (PYTHON, WEB)),
        ((PYTHON, WEB, API), ("web",), (WEB, API)),
        ((PYTHON, WEB, API), (".",), (PYTHON, WEB, API)),
        ((PYTHON, WEB), ("website/x.js",), (PYTHON,)),
        ((WEB, API), ("docs/x.md",), (WEB,)),
        ((WEB, API), (), (WEB,)),
        ((), ("src/app.py",), ()),
    ],
)
def test_a_path_belongs_to_the_innermost_toolchain_and_a_folder_to_all_within(tools, paths, owners):
    assert owning_toolchains(tools, paths) == owners


def test_stated_checks_come_first_and_only_a_toolchains_own_check_is_derived():
    rows = (
        command("pytest tests/test_a.py", line=4),
        command("make check", "inferred", "plugin:guess"),
        command("pytest -q", "inferred", "toolchain:python@."),
        command("pytest -q -x", "stated", "toolchain:python@."),
    )
    built = build_checks(phase(*rows), (PYTHON,), limit_s)
    assert built[0] == Check(
        id="pytest tests/test_a.py",
        command=Command(argv=("pytest", "tests/test_a.py")),
        kind="test",
        origin="stated",
        toolchain="python@.",
        timeout_s=30.0,
        line=4,
    )
    assert [(check.id, check.origin) for check in built[1:]] == [
        ("make check", "stated"),
        ("pytest -q", "derived"),
        ("pytest -q -x", "stated"),
    ]


def test_the_same_command_in_two_folders_is_two_checks_with_two_ids():
    rows = (
        command("npm test", "inferred", "toolchain:node@web", "web"),
        command("npm test", "inferred", "toolchain:node@web/api", "web/api"),
        command("npm test"),
        command("npm test"),
    )
    built = build_checks(phase(*rows, paths=("web",)), (WEB, API), limit_s)
    assert [(check.id, check.toolchain) for check in built] == [
        ("npm test (in web)", "node@web"),
        ("npm test (in web/api)", "node@web/api"),
        ("npm test", "node@web"),
        ("npm test (2)", "node@web"),
    ]


def test_a_stated_check_runs_in_the_environment_of_the_owner_it_looks_like():
    built = build_checks(
        phase(command("npm run lint"), command("pytest -k x"), paths=("src/a.py", "web/a.js")), (PYTHON, WEB), limit_s
    )
    assert [check.toolchain for check in built] == ["node@web", "python@."]


def test_without_a_toolchain_a_stated_check_stands_alone():
    assert [check.toolchain for check in build_checks(phase(command("make test")), (), limit_s)] == [None]


def test_only_a_toolchains_own_check_brings_that_commands_environment():
    own = Command(argv=("pytest", "-q"), env=(("PYTHONHASHSEED", "0"),))
    tool = Toolchain(name="python", package_manager="pip", root=PurePosixPath("."), confidence=0.9, evidence=(), test=(own,))
    rows = (command("pytest -q", "inferred", "toolchain:python@."), command("pytest -q"))
    assert [check.command for check in build_checks(phase(*rows), (tool,), limit_s)] == [own, Command(argv=("pytest", "-q"))]


def test_a_phase_is_built_then_tested_then_looked_over_by_every_toolchain_that_owns_its_paths():
    def whole(name: str, root: str) -> Toolchain:
        steps = {kind: (Command(argv=(name, kind), cwd=PurePosixPath(root)),) for kind in ("install", "build", "test", "smoke")}
        return Toolchain(name=name, package_manager=name, root=PurePosixPath(root), confidence=0.9, evidence=("m",), **steps)

    rows = derive_checks((whole("python", "."), whole("node", "web"), whole("go", "api")), ("src/a.py", "web/a.js"))
    assert [(row.kind, row.run, row.cwd, row.origin, row.rule, row.evidence) for row in rows] == [
        ("build", "python build", ".", "inferred", "toolchain:python@.", ("m",)),
        ("build", "node build", "web", "inferred", "toolchain:node@web", ("m",)),
        ("test", "python test", ".", "inferred", "toolchain:python@.", ("m",)),
        ("test", "node test", "web", "inferred", "toolchain:node@web", ("m",)),
        ("smoke", "python smoke", ".", "inferred", "toolchain:python@.", ("m",)),
        ("smoke", "node smoke", "web", "inferred", "toolchain:node@web", ("m",)),
    ]


def test_the_projects_own_build_comes_before_what_the_plan_states_and_each_kind_has_its_limit():
    rows = (
        command("make check"),
        replace(command("make all"), kind="build"),
        replace(command("tsc", "inferred", "toolchain:node@web"), kind="build"),
        replace(command("tsc --noEmit", "inferred", "toolchain:node@web"), kind="smoke"),
    )
    limits = {"build": 1.0, "test": 2.0, "smoke": 3.0}
    assert [(check.id, check.timeout_s) for check in build_checks(phase(*rows), (WEB,), limits.__getitem__)] == [
        ("tsc", 1.0),
        ("make check", 2.0),
        ("make all", 1.0),
        ("tsc --noEmit", 3.0),
    ]
