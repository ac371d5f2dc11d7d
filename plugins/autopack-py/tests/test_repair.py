"""What is offered for a module that cannot be found, and what is never done."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest
from autopack_py import detect_toolchain, failure_patterns, mitigate_failure

from autopack.decide.answers import find_pattern_fault
from autopack.decide.signature import find_failures
from autopack.effects.scan import FileWorkspace
from autopack.model.attempt import Attempt, FileChange
from autopack.model.failure import Failure, Hint, Mitigation, Run
from autopack.model.plan import Budget, Phase, Scope
from autopack.model.toolchain import Command, CommandResult

Offer = Callable[..., Mitigation | None]
BASE = {"requirements.txt": "attrs\n", "app.py": "", "tests/test_app.py": "def test_a(): pass\n"}
PIP = ("python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input")


def missing(line: str) -> Failure:
    (failure,) = find_failures(CommandResult(argv=(), exit_code=1, stdout=line), None, failure_patterns(), "check")
    return failure


@pytest.fixture
def offer(make_workspace: Callable[..., FileWorkspace]) -> Offer:
    """The mitigation for a missing module in a project of these files; `changed` are files that the attempt wrote."""

    def ask(module: str, files: Mapping[str, str], changed: tuple[str, ...] = ()) -> Mitigation | None:
        workspace = make_workspace(files)
        attempt = Attempt(
            run_id="r",
            phase=make_phase(),
            number=1,
            tree="t",
            base_tree="b",
            workspace=workspace,
            toolchains=tuple(detect_toolchain(workspace=workspace)),
            changes=tuple(
                FileChange(path=path, status="modified", old_mode="100644", new_mode="100644", old_blob="a", new_blob="b")
                for path in changed
            ),
        )
        return mitigate_failure(failure=missing(f"E   ModuleNotFoundError: No module named '{module}'"), attempt=attempt)

    return ask


def make_phase() -> Phase:
    return Phase(
        id="p1",
        title="Any",
        deliverables=(),
        scope=Scope(paths=()),
        validation=(),
        budget=Budget(max_files=1, max_tokens=0, max_minutes=1, max_attempts=1),
        provenance={},
    )


def steps(mitigation: Mitigation | None) -> list[object]:
    assert mitigation is not None
    return [step if isinstance(step, Run) else type(step) for step in mitigation.steps]


def test_a_declared_distribution_is_installed_as_it_is_declared(offer: Offer) -> None:
    mitigation = offer("yaml", {**BASE, "requirements-extra.txt": "PyYAML >=6, <7  # for exports\n"})
    assert mitigation == Mitigation(
        name="install-pyyaml",
        reason=(
            "requirements-extra.txt declares 'PyYAML >=6, <7' (file requirements-extra.txt), "
            "which brings the missing module 'yaml'"
        ),
        confidence=0.9,
        steps=(Run(command=Command(argv=(*PIP, "PyYAML >=6, <7")), toolchain="python@."),),
        feature="missing_dependency",
    )


@pytest.mark.parametrize(
    ("module", "declared"),
    [
        ("yaml", "pyyaml"),
        ("cv2", "opencv-python-headless"),
        ("PIL.Image", "Pillow"),
        ("sklearn", "scikit_learn"),
        ("bs4", "BeautifulSoup4"),
        ("dotenv", "python.dotenv"),
        ("jwt", "PyJWT"),
        ("dateutil", "python-dateutil"),
        ("attr", "attrs"),
        ("some_pkg.sub", "Some-Pkg[extra]==1.0; python_version > '3'"),
    ],
)
def test_a_module_finds_its_distribution_in_an_extra(offer: Offer, module: str, declared: str) -> None:
    text = f'[project]\nname = "d"\ndependencies = ["click"]\n[project.optional-dependencies]\nmore = ["{declared}"]\n'
    assert steps(offer(module, {"pyproject.toml": text, "d.py": ""})) == [
        Run(command=Command(argv=(*PIP, declared)), toolchain="python@.")
    ]


def test_uv_installs_a_dependency_group_that_sync_left_out(offer: Offer) -> None:
    text = '[project]\nname = "d"\n[dependency-groups]\nplots = ["matplotlib>=3"]\n'
    mitigation = offer("matplotlib", {"pyproject.toml": text, "uv.lock": "", "d.py": ""})
    assert steps(mitigation) == [
        Run(command=Command(argv=("uv", "pip", "install", "matplotlib>=3"), cwd=PurePosixPath(".")), toolchain="python@.")
    ]


def test_what_nobody_declares_is_asked_and_never_installed(offer: Offer) -> None:
    known, unknown = offer("yaml", BASE), offer("left_pad", BASE)
    assert (steps(known), steps(unknown)) == ([Hint], [Hint])
    assert known is not None
    assert (
        known.ask
        == "'yaml' is imported but no manifest declares it (its distribution is 'PyYAML'); may it be added to the project?"
    )
    assert unknown is not None
    assert "which distribution brings it is not known" in unknown.ask


def test_what_this_attempt_declared_itself_needs_a_person(offer: Offer) -> None:
    files = {**BASE, "requirements-extra.txt": "PyYAML\n"}
    mitigation = offer("yaml", files, changed=("requirements-extra.txt",))
    assert mitigation is not None
    assert mitigation.ask == "install 'PyYAML', which this attempt wrote into requirements-extra.txt?"


def test_a_direct_address_needs_a_person(offer: Offer) -> None:
    mitigation = offer("left_pad", {**BASE, "requirements-extra.txt": "left-pad @ https://example.org/left_pad.zip\n"})
    assert mitigation is not None
    assert mitigation.ask.startswith("install 'left-pad @ https://example.org/left_pad.zip' from the address")


@pytest.mark.parametrize(
    "extra",
    [
        {"shop/__init__.py": ""},
        {"src/shop/models.py": ""},
        {"shop.py": ""},
        {"tests/shop.py": ""},
        {"services/api/pyproject.toml": "[project]\nname='api'\n", "services/api/shop/__init__.py": ""},
    ],
)
def test_the_projects_own_module_is_never_installed(offer: Offer, extra: dict[str, str]) -> None:
    mitigation = offer("shop.views", {**BASE, **extra})
    assert steps(mitigation) == [Hint]
    assert mitigation is not None
    assert mitigation.ask == ""


def test_an_own_module_keeps_a_distribution_of_its_name_away(offer: Offer) -> None:
    assert steps(offer("shop", {**BASE, "requirements-extra.txt": "shop\n", "shop/__init__.py": ""})) == [Hint]


def test_a_module_of_the_standard_library_is_not_a_dependency(offer: Offer) -> None:
    module = "tomllib" if "tomllib" in sys.stdlib_module_names else "asyncio"
    mitigation = offer(module, BASE)
    assert steps(mitigation) == [Hint]


def test_without_a_private_environment_nothing_is_installed(offer: Offer) -> None:
    files = {"test_a.py": "def test_a(): pass\n", "requirements-extra.txt": "PyYAML\n"}
    assert steps(offer("yaml", files)) == [Hint]


def test_other_managers_are_only_told(offer: Offer) -> None:
    text = "[tool.poetry]\nname='d'\n[tool.poetry.group.docs.dependencies]\npyyaml='^6'\n"
    assert steps(offer("yaml", {"pyproject.toml": text, "d.py": ""})) == [Hint]


def test_another_failure_is_none_of_its_business(offer: Offer, make_workspace: Callable[..., FileWorkspace]) -> None:
    workspace = make_workspace(BASE)
    attempt = Attempt(
        run_id="r",
        phase=make_phase(),
        number=1,
        tree="t",
        base_tree="b",
        workspace=workspace,
        toolchains=tuple(detect_toolchain(workspace=workspace)),
    )
    assert mitigate_failure(failure=missing("AssertionError: 1 != 2"), attempt=attempt) is None


def test_every_pattern_finds_its_own_example_and_cannot_run_away() -> None:
    assert [fault for pattern in failure_patterns() if (fault := find_pattern_fault(pattern))] == []


@pytest.mark.parametrize(
    ("line", "kind", "captures"),
    [
        ("ModuleNotFoundError: No module named 'a.b'", "python:ModuleNotFoundError", (("module", "a.b"),)),
        ("/w/env/bin/python: No module named pytest", "python:ModuleNotFoundError", (("module", "pytest"),)),
        ("ImportError: cannot import name 'x' from 'a.b' (/w/a/b.py)", "python:ImportError", (("module", "a.b"), ("name", "x"))),
        ("E   IndentationError: unexpected indent (a.py, line 3)", "python:SyntaxError", ()),
        ("E       fixture 'db' not found", "pytest:fixture-not-found", (("fixture", "db"),)),
        ("E       assert 1 == 2", "python:AssertionError", ()),
        ("E   KeyError: 'a'", "python:KeyError", ()),
        ("a.errors.BrokenError: no", "python:exception", (("error", "a.errors.BrokenError"),)),
        ("ERROR: Could not find an activated virtualenv (required).", "pip:no-environment", ()),
    ],
)
def test_a_line_gets_its_class_and_what_it_names(line: str, kind: str, captures: tuple[tuple[str, str], ...]) -> None:
    failure = missing(line)
    assert (failure.kind, failure.captures) == (kind, captures)


def test_the_cause_of_a_chain_is_the_missing_module() -> None:
    output = "ModuleNotFoundError: No module named 'x'\nDuring handling:\nRuntimeError: cannot start\nAssertionError\n"
    assert missing(output).kind == "python:ModuleNotFoundError"
