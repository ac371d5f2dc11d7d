"""A plugin that lies is caught, by the name of the rule it broke; one that keeps the contract is left alone."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from autopack.decide.contract import RULES, Problem
from autopack.model.plugin import PluginRecord
from autopack.stages.contract import Material, find_problems
from autopack.testing import contract_for

LIAR = """
import itertools
from pathlib import Path, PurePosixPath

from autopack import hookimpl
from autopack.model.attempt import Finding, Fragment
from autopack.model.draft import Claim, PathValue, Span
from autopack.model.failure import Mitigation, Pattern, Wait
from autopack.model.policy import PolicyRule
from autopack.model.specs import BuilderSpec
from autopack.model.toolchain import Command, TestReport, Toolchain

COUNT = itertools.count()


@hookimpl
def detect_toolchain(workspace):
    if not workspace.paths():
        raise IndexError("no file at all")
    away = Command(argv=("make",), cwd=PurePosixPath("/tmp"))
    return [Toolchain(name="liar", package_manager="x", root=PurePosixPath("../up"), confidence=7, evidence=(), test=(away,))]


@hookimpl
def read_result(result):
    return TestReport(runner="liar", ran=next(COUNT)) if result.argv else None


@hookimpl
def narrow_tests(toolchain, paths):
    return Command(argv=tuple({f"word{number}" for number in range(20)}))


@hookimpl
def normalize_plan(draft, round):
    if round != "details":
        return []
    claim = Claim(field="path", value=PathValue(path="src/not_there.py"), origin="stated", confidence=1.0, rule="sure",
                  span=Span(start=1, end=1))
    return [claim]


@hookimpl
def review_plan(plan):
    return [Finding(rule="r", severity="blok", message="m")]


@hookimpl
def inject_intent(limit):
    return Fragment(title="t", text="x" * 40, sources=())


@hookimpl
def builders():
    return [BuilderSpec(name="Payload", factory=str, summary="")]


@hookimpl
def failure_patterns():
    return [Pattern(kind="liar:X", regex="^F", example="E12")]


@hookimpl
def policy_rules():
    return [PolicyRule(id="r", verdict="ask", reason="why", programs=("make",), examples=("ls",))]


@hookimpl
def mitigate_failure(failure):
    return Mitigation(name="m", reason="r", confidence=0.5, steps=(Wait(seconds=float("inf")),))


@hookimpl
def audit_phase(attempt):
    # As one that looks for the workspace where it stands.
    with open("src/app.py", "a") as file:
        file.write("# audited\\n")
    Path("audit.log").touch()
"""

RUDE = """
import socket
import subprocess
from pathlib import Path

from autopack import hookimpl

subprocess.run(["true"])
socket.getaddrinfo("localhost", 80)
with open(Path.home() / "cache.txt", "w") as file:
    file.write("x")
sum(number * number for number in range(2_000_000))


@hookimpl
def detect_toolchain(workspace):
    return []
"""

SLEEPER = """
import time

from autopack import hookimpl


@hookimpl
def detect_toolchain(workspace):
    return []


@hookimpl
def observe(event):
    try:
        time.sleep(10)
    except Exception:
        pass
"""

GOOD = '''
"""Detects builds of Zig."""

from autopack import hookimpl
from autopack.model.toolchain import Command, Toolchain


@hookimpl
def detect_toolchain(workspace):
    return [
        Toolchain(
            name="zig",
            package_manager="zig",
            root=path.parent,
            confidence=0.9,
            evidence=(str(path),),
            test=(Command(argv=("zig", "build", "test"), cwd=path.parent),),
            manifests=(path,),
        )
        for path in workspace.named("build.zig")
    ]
'''


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name, text in (("liar", LIAR), ("rude", RUDE), ("sleeper", SLEEPER), ("good_zig", GOOD)):
        (folder / f"contract_{name}.py").write_text(text)
    (folder / "contract_gone.py").write_text("import os\nos._exit(3)\n")
    return folder


@pytest.fixture(autouse=True)
def on_the_path(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site))


@pytest.fixture(scope="module")
def lies(site: Path) -> tuple[Problem, ...]:
    """Everything that is found wrong with the liar."""
    record = PluginRecord(name="Li ar", version="latest", origin="path", package="autopack-liar")
    sys.path.insert(0, str(site))
    try:
        return find_problems(Material(module="contract_liar", record=record, offered={"payload": "autopack-builder-payload"}))
    finally:
        sys.path.remove(str(site))


@pytest.mark.parametrize(
    ("rule", "where", "message"),
    [
        ("survives", "detect_toolchain", "IndexError: no file at all (contract_liar.py:19)"),
        ("types", "detect_toolchain", "its Toolchain has the confidence 7.0: 0.9 is proof, 0.5 a good sign, 0.3 a hint"),
        ("types", "inject_intent", "its fragment has 41 characters with the title, where `limit` is 0: offer less"),
        (
            "types",
            "review_plan",
            "answered a Finding that does not fit: Finding.severity: 'blok' is not one of 'note', 'ask', 'block'",
        ),
        (
            "json",
            "mitigate_failure",
            "its Mitigation cannot be written as JSON and read again: Out of range float values are not JSON compliant",
        ),
        (
            "same-answer",
            "read_result",
            "it answers otherwise when asked again: keep no state between questions, and use no clock or chance",
        ),
        (
            "same-answer",
            "narrow_tests",
            "it answers otherwise in another process: sort what comes from sets, and use no clock, id() or hash()",
        ),
        (
            "inside",
            "detect_toolchain",
            "a command runs in '/tmp': give a folder relative to the workspace root, without '..'",
        ),
        (
            "inside",
            "detect_toolchain",
            "Toolchain.root is '../up': give it relative to the workspace root, without '..'",
        ),
        (
            "workspace",
            "audit_phase",
            "it changed files of the workspace (audit.log, src/app.py): plugins answer with data, the host acts",
        ),
        (
            "stated",
            "normalize_plan",
            "the rule 'sure' says 'src/not_there.py' is stated in lines 1-1, where it does not stand: "
            "cite the lines it stands in, or say 'inferred'",
        ),
        ("patterns", "failure_patterns", "the pattern 'liar:X' does not find its own example"),
        (
            "policy",
            "policy_rules",
            "the policy rule 'r' does not decide its example 'ls': 'read-only' says allow",
        ),
        (
            "own-names",
            "builders",
            "the builder 'Payload' has the name of autopack-builder-payload's 'payload', so neither can be used: choose another",
        ),
        (
            "own-names",
            "builders",
            "the name 'Payload' cannot be typed: use lower-case letters, digits and hyphens",
        ),
        (
            "own-names",
            "package",
            "the entry point's name 'Li ar' cannot be typed: use lower-case letters, digits and hyphens",
        ),
        ("own-names", "package", "the version 'latest' is none: use numbers and dots, for instance 1.0.2"),
    ],
)
def test_a_lie_is_told_with_its_rule_its_hook_and_what_to_do(
    lies: tuple[Problem, ...], rule: str, where: str, message: str
) -> None:
    # Newer Pythons name the float in question.
    assert [one for one in lies if (one.rule, one.where) == (rule, where) and one.message.startswith(message)]


def test_nothing_is_told_of_rules_that_were_kept(lies: tuple[Problem, ...]) -> None:
    kept = {"known-hooks", "import-is-still", "import-is-quick", "in-time", "readme"}
    assert {one.rule for one in lies} == set(RULES) - kept


def test_importing_must_touch_nothing_and_cost_little() -> None:
    problems = find_problems(Material(module="contract_rude"))
    assert {(one.rule, one.message.partition(",")[0]) for one in problems if one.rule == "import-is-still"} == {
        ("import-is-still", "it starts a process (contract_rude.py:8"),
        ("import-is-still", "it looks up a host (contract_rude.py:9"),
        ("import-is-still", "it opens a file to write (contract_rude.py:10"),
    }
    [slow] = [one.message for one in problems if one.rule == "import-is-quick"]
    assert slow.endswith("ms of its own, 5 are allowed: import heavy modules inside the functions that use them")


def test_a_hook_that_sleeps_is_named_and_not_waited_for() -> None:
    started = time.monotonic()
    problems = find_problems(Material(module="contract_sleeper", limit_s=0.2))
    message = "it takes longer than 0.2 s: the host waits for every answer"
    assert problems == (Problem(rule="in-time", where="observe", message=message, sample="the event run.started"),)
    assert time.monotonic() - started < 9


def test_a_plugin_that_ends_the_process_is_named() -> None:
    message = "it cannot be imported: it ends the process"
    assert find_problems(Material(module="contract_gone")) == (Problem(rule="known-hooks", where="import", message=message),)


def test_a_missing_readme_is_told(tmp_path: Path) -> None:
    message = "its folder holds no README.md: say what it reads, what it answers and when it keeps quiet"
    missing = Problem(rule="readme", where="package", message=message)
    material = Material(module="contract_good_zig", package=tmp_path, files={"build.zig": "x", "lib/build.zig": b"\xff"})
    assert find_problems(material) == (missing,)


def run(contract: type) -> dict[str, str]:
    """Every test of the class, and what it failed with."""
    told = {}
    for name in vars(contract):
        if name.startswith("test_"):
            try:
                getattr(contract(), name)()
                told[name] = ""
            except AssertionError as failed:
                told[name] = str(failed)
    return told


def test_the_class_has_one_test_for_each_rule_and_a_good_plugin_passes_all() -> None:
    told = run(contract_for(importlib.import_module("contract_good_zig"), files={"build.zig": ""}))
    assert list(told) == [
        "test_its_hooks_and_their_arguments_are_known",
        "test_importing_it_touches_nothing",
        "test_importing_it_is_quick",
        "test_it_survives_empty_and_hostile_input",
        "test_its_answers_fit_their_hooks",
        "test_its_answers_survive_JSON",
        "test_it_answers_the_same_every_time",
        "test_it_answers_in_time",
        "test_its_commands_and_folders_stay_inside_the_workspace",
        "test_it_leaves_the_workspace_as_it_was",
        "test_what_it_calls_stated_stands_in_the_cited_lines",
        "test_its_patterns_find_their_examples",
        "test_its_policy_rules_decide_their_examples",
        "test_its_names_are_sane_and_nobody_elses",
        "test_a_readme_stands_beside_it",
    ]
    assert set(told.values()) == {""}


def test_the_test_of_the_broken_rule_fails_and_says_where(site: Path) -> None:
    (site / "contract_misspelt.py").write_text(
        "from autopack import hookimpl\n\n@hookimpl\ndef detect_toolchian(workspace):\n    return []\n"
    )
    told = run(contract_for(importlib.import_module("contract_misspelt")))
    fault = "import: there is no hook 'detect_toolchian'; did you mean 'detect_toolchain'?"
    assert {name: text for name, text in told.items() if text} == {"test_its_hooks_and_their_arguments_are_known": fault}


def test_an_object_is_tried_under_the_name_that_a_module_gives_it(site: Path) -> None:
    (site / "contract_object.py").write_text(
        "from autopack import hookimpl\n\n"
        "class Plugin:\n    @hookimpl\n    def builders(self):\n        return []\n\n"
        "plugin = Plugin()\n"
    )
    module: ModuleType = importlib.import_module("contract_object")
    assert set(run(contract_for(module.plugin)).values()) == {""}
    with pytest.raises(TypeError, match="cannot be imported by name"):
        contract_for(module.Plugin())


def test_a_scripted_process_runs_its_script(scripted_process: Callable[..., Path], tmp_path: Path) -> None:
    import subprocess

    program = scripted_process("""
        import sys
        print(sys.stdin.read().upper())
    """)
    done = subprocess.run([program], input="hello", capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout == "HELLO\n"
