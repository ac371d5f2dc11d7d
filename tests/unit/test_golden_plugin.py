"""A plugin written for version 0.1 loads and answers in every later version."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from autopack.effects.scan import FileWorkspace
from autopack.hookspecs import KINDS
from autopack.model.attempt import Attempt, BuildRequest, FileChange, Finding, Fragment, Manifest
from autopack.model.draft import Claim, CommandValue, Draft, GroupValue, PathValue, Span, TextValue
from autopack.model.event import Event
from autopack.model.failure import AskScope, EditFile, Failure, Hint, Mitigation, Pattern, Run, UseCommand, Wait
from autopack.model.plan import Budget, Phase, Plan, PlanSource, Question, Scope
from autopack.model.specs import Answer
from autopack.model.toolchain import HERE, Command, CommandResult, FailedTest, TestReport, Toolchain
from autopack.plugins import Plugins, load_plugins

FIRST_LIGHT = Path(__file__).parents[1] / "golden" / "plugins" / "first_light"
PACKAGE = "autopack-first-light"
BUDGET = Budget(max_files=1, max_tokens=0, max_minutes=1, max_attempts=1)
PHASE = Phase(id="p1", title="Light", deliverables=(), scope=Scope(paths=()), validation=(), budget=BUDGET, provenance={})
COMMAND = Command(argv=("lantern", "test"), env=(("LANTERN", "{env}"),))
LANTERN = Toolchain(
    name="lantern",
    package_manager="wick",
    root=HERE,
    confidence=0.9,
    evidence=("lantern.cfg",),
    prepare=(Command(argv=("wick", "init")),),
    install=(Command(argv=("wick", "fetch")),),
    build=(Command(argv=("lantern", "build")),),
    test=(COMMAND,),
    smoke=(Command(argv=("lantern", "--version")),),
    env=(("WICK_HOME", "{cache}"),),
    manifests=(PurePosixPath("lantern.cfg"),),
    scratch=("wax",),
)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> Plugins:
    monkeypatch.syspath_prepend(str(FIRST_LIGHT))
    return load_plugins(only=["first-light"], require=["first-light"])


@pytest.fixture
def answer(plugins: Plugins) -> Callable[..., Any]:
    """The plugin's answer to a question, `None` when it has none; a fault fails the test."""

    def ask(hook: str, **arguments: Any) -> Any:
        answered = plugins.ask(hook, **arguments)
        assert plugins.faults == ()
        return answered[0].value if answered else None

    return ask


@pytest.fixture
def workspace(make_workspace: Callable[..., FileWorkspace]) -> FileWorkspace:
    return make_workspace({"lantern.cfg": "x", "lamps/all.txt": ""})


def test_it_loads_with_every_hook_there_was(plugins: Plugins) -> None:
    [record] = [record for record in plugins.records if record.enabled]
    hooks = (
        "answer_question", "audit_phase", "builders", "detect_toolchain", "embedders", "failure_patterns", "inject_intent",
        "launchers", "mitigate_failure", "narrow_tests", "normalize_plan", "observe", "read_result", "review_plan",
    )  # fmt: skip
    assert (record.package, record.fault, record.hooks) == (PACKAGE, None, hooks)
    assert set(hooks) <= set(KINDS)


def test_the_installed_program_lists_it_and_finds_no_fault_in_it(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    env = {"PYTHONPATH": str(FIRST_LIGHT), "AUTOPACK_PLUGINS_ONLY": "first-light"}
    done = run_autopack("plugins", "check", "--json", cwd=tmp_path, env=env)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"checked": ["first-light"], "notes": [], "problems": []})


def test_it_detects_its_toolchain(answer: Callable[..., Any], workspace: FileWorkspace) -> None:
    assert answer("detect_toolchain", workspace=workspace) == (LANTERN,)


def test_it_reads_its_runner(answer: Callable[..., Any]) -> None:
    result = CommandResult(argv=("lantern",), exit_code=1, stdout="lantern\nlit: left\ndark: right\n")
    report = TestReport(runner="lantern", ran=2, passed=("left",), failed=(FailedTest(id="right", message="no light"),))
    assert answer("read_result", toolchain=None, result=result) == report


def test_it_narrows_its_tests(answer: Callable[..., Any]) -> None:
    narrowed = Command(argv=("lantern", "test", "--changed"))
    assert answer("narrow_tests", toolchain=LANTERN, paths=("a.lamp",)) == narrowed


def test_it_claims_in_every_round(answer: Callable[..., Any], workspace: FileWorkspace, make_draft: Callable[..., Draft]) -> None:
    here = Span(start=1, end=1)
    facts: Mapping[str, Any] = {"origin": "inferred", "confidence": 0.5, "package": PACKAGE}
    item = Claim(
        field="item",
        value=GroupValue(title="hall", extent=here),
        origin="stated",
        confidence=0.9,
        rule="light",
        span=here,
        package=PACKAGE,
    )
    question = TextValue(text="Which lamp?", options=("left", "right"), default="left")
    check = CommandValue(run="lantern test", argv=("lantern", "test"), kind="test")
    expected = {
        "items": (item,),
        "details": (
            Claim(
                field="path",
                value=PathValue(path="lamps/all.txt", role="modify"),
                rule="lamp",
                evidence=("lantern.cfg",),
                **facts,
            ),
            Claim(field="question", value=question, rule="which", span=here, **facts),
        ),
        "checks": (Claim(field="check", value=check, rule="check", span=here, **facts),),
    }
    draft = make_draft("light: hall\n", known=[item])
    asked = {
        round: answer("normalize_plan", draft=draft, workspace=workspace, toolchains=(LANTERN,), round=round)
        for round in expected
    }
    assert asked == expected


def test_it_answers_a_question(answer: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    question = Question(id="q", field="/title", question="Which?", blocking=True, options=("left", "right"))
    expected = Answer(option="left", reason="the first", package=PACKAGE)
    assert answer("answer_question", question=question, draft=make_draft("x"), limit_tokens=0) == expected


def test_it_objects_to_a_plan(answer: Callable[..., Any], workspace: FileWorkspace) -> None:
    source = PlanSource(sha256="0", format="text", format_confidence=0.5)
    plan = Plan(status="ready", source=source, phases=(PHASE,), open_questions=(), provenance={}, title="Darkness")
    expected = Finding(
        rule="no-darkness", severity="block", message="a plan for darkness", hint="plan for light", line=1, package=PACKAGE
    )
    assert answer("review_plan", plan=plan, workspace=workspace) == (expected,)


def test_it_adds_to_a_prompt(answer: Callable[..., Any], workspace: FileWorkspace) -> None:
    expected = Fragment(title="Lanterns", text="Keep them lit.", sources=("lantern.cfg:1",))
    assert answer("inject_intent", intent=None, target="builder", limit=100, workspace=workspace) == expected


def test_its_builder_builds(plugins: Plugins) -> None:
    class Bench:
        written: tuple[PurePosixPath, bytes] | None = None

        def read_bytes(self, path: PurePosixPath) -> bytes | None:
            return b"old\n"

        def write_bytes(self, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
            self.written = (path, content)

        def delete(self, path: PurePosixPath) -> None:
            raise AssertionError("it deletes nothing")

        def run(self, command: Command, *, stdin: bytes, timeout_s: float) -> CommandResult:
            raise AssertionError("it runs nothing")

    manifest = Manifest(
        run_id="r",
        phase_id="p1",
        base_tree="",
        scope_paths=(),
        read_only=(),
        checks=(),
        budget=BUDGET,
        anchor_digest="",
        plan_digest="",
    )
    request = BuildRequest(run_id="r", phase=PHASE, manifest=manifest, prompt="", attempt=1, seconds=1)
    bench = Bench()
    spec = plugins.builders()["lamplighter"]
    done = spec.factory("").build(request, bench)
    assert (done.ok, done.message, bench.written) == (True, "lit for p1", (PurePosixPath("lamps/all.txt"), b"old\nlit\n"))
    assert (spec.package, spec.network, spec.carried) == (PACKAGE, "none", False)


@pytest.mark.parametrize(("hook", "name"), [("launchers", "lamp-post"), ("embedders", "glow")])
def test_it_offers_what_nobody_asks_for_yet(answer: Callable[..., Any], hook: str, name: str) -> None:
    assert [(spec.name, spec.package) for spec in answer(hook)] == [(name, PACKAGE)]


def test_it_objects_to_an_attempt(answer: Callable[..., Any], workspace: FileWorkspace) -> None:
    change = FileChange(path="wax/a", status="added", old_mode="000000", new_mode="100644", old_blob="", new_blob="1")
    expected = Finding(rule="no-wax", severity="ask", message="phase 'p1' touched wax", path="wax/a", package=PACKAGE)
    assert answer("audit_phase", attempt=_attempt(workspace), change=(change,), results=(), baseline=()) == (expected,)


def test_it_names_a_failure_and_its_repair(plugins: Plugins, answer: Callable[..., Any], workspace: FileWorkspace) -> None:
    pattern = Pattern(kind="lantern:Dark", regex=r"^dark: (?P<lamp>\w+)$", example="dark: left", rank=10)
    failure = Failure(kind="lantern:Dark", signature="0", line="dark: left", captures=(("lamp", "left"),), check="c1")
    steps = (
        Run(command=Command(argv=("wick", "trim")), toolchain="lantern@."),
        EditFile(path="lamps/all.txt", text="lit\n"),
        UseCommand(check="c1", command=COMMAND),
        Wait(seconds=1.0),
        AskScope(paths=("lamps/all.txt",)),
        Hint(text="light left"),
    )
    expected = Mitigation(name="trim", reason="a dark lamp", confidence=0.5, steps=steps, package=PACKAGE)
    assert plugins.patterns() == (pattern,)
    assert answer("mitigate_failure", failure=failure, attempt=_attempt(workspace)) == expected


def test_it_sees_events(plugins: Plugins) -> None:
    import autopack_first_light  # type: ignore[import-not-found]  # on the path by the fixture

    autopack_first_light.SEEN.clear()
    plugins.ask("observe", event=Event(seq=1, at="", type="run.started", run_id="r", facts={"plan": "x"}))
    assert (plugins.faults, autopack_first_light.SEEN) == ((), [(1, "run.started", "x")])


def _attempt(workspace: FileWorkspace) -> Attempt:
    return Attempt(run_id="r", phase=PHASE, number=1, tree="1", base_tree="0", workspace=workspace, toolchains=(LANTERN,))
