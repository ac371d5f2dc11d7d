"""What is refused or asked before anything runs, and what passes without a word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from jsonschema import Draft202012Validator

from autopack.decide.preflight import digest_policy, find_gaps, find_install_asks, find_objections, known_commands, plan_exit_code
from autopack.errors import DONE, NEEDS_ANSWER, REFUSED
from autopack.model.approval import Ask
from autopack.model.codec import to_data
from autopack.model.draft import Span
from autopack.model.finding import Finding
from autopack.model.plan import Budget, Deliverable, Phase, Plan, PlanCommand, PlanPath, PlanPayload, PlanSource, Scope
from autopack.model.policy import PolicyRule
from autopack.model.toolchain import Command, Toolchain
from autopack.testing.schemas import plan_schema

KNOWN = (("pytest", "-q"), ("./gradlew", "test"))


def row(path: str, origin: str = "stated", line: int = 3, *, folder: bool = False) -> PlanPath:
    return PlanPath(path=path, folder=folder, origin=origin, confidence=0.9, rule="p:r", source=Span(start=line, end=line))


def command(run: str, origin: str = "stated", rule: str = "p:r", cwd: str = ".") -> PlanCommand:
    return PlanCommand(
        run=run, argv=tuple(run.split()), cwd=cwd, origin=origin, confidence=0.9, rule=rule, source=Span(start=7, end=7)
    )


def payload(path: str, line: int = 5, action: str = "write", text: str = "x", to: str | None = None) -> PlanPayload:
    return PlanPayload(
        path=path,
        action=action,
        text=text,
        to=to,
        origin="stated",
        confidence=0.9,
        rule="p:r",
        source=Span(start=line, end=line + 1),
    )


def plan(
    *paths: PlanPath,
    payloads: tuple[PlanPayload, ...] = (),
    checks: tuple[PlanCommand, ...] = (),
    declared: bool = False,
    **more: object,
) -> Plan:
    state = more.pop("state", "todo")
    work = Deliverable(id="d", title="x", status=state, origin="stated", confidence=0.9, rule="p:r", source=Span(start=2, end=2))
    phase = Phase(
        id="p",
        title="p",
        deliverables=(work,),
        scope=Scope(paths=paths, declared=declared),
        validation=checks,
        payloads=payloads,
        budget=Budget(max_files=1, max_tokens=1, max_minutes=1.0, max_attempts=1),
        provenance={},
    )
    source = PlanSource(sha256="", format="markdown", format_confidence=1.0)
    return Plan(**{"status": "ready", "source": source, "phases": (phase,), "open_questions": (), "provenance": {}} | more)


def find_plan_findings(one: Plan, known: tuple[tuple[str, ...], ...] = ()) -> tuple[Finding, ...]:
    return tuple(row.finding for phase in one.phases for row in find_objections(phase, known))


def found(one: Plan) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.severity, finding.path) for finding in find_plan_findings(one, KNOWN)]


def test_an_ordinary_plan_has_no_findings():
    ordinary = plan(
        row("src/app.py"),
        row("src", "inferred", folder=True),
        payloads=(payload("src/app.py"), payload("src/new.py")),
        checks=(command("pytest -q"), command("npm test"), command("ruff check src")),
    )
    assert find_plan_findings(ordinary, KNOWN) == ()


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("../x", "scope.climbs-out"),
        ("/etc/passwd", "scope.absolute"),
        (".git/hooks/pre-commit", "scope.git-internals"),
        ("src/.GIT/config", "scope.git-internals"),
    ],
)
@pytest.mark.parametrize("origin", ["stated", "inferred", "answered"])
def test_a_path_that_gets_out_is_refused_whoever_names_it(path, rule, origin):
    assert found(plan(row(path, origin))) == [(rule, "block", path)]


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("stated", [("scope.protected", "ask", ".github/ci.yml")]),
        ("inferred", [("scope.protected", "block", ".github/ci.yml")]),
        ("default", [("scope.protected", "block", ".github/ci.yml")]),
        ("answered", []),
    ],
)
def test_a_protected_path_is_asked_for_when_stated_and_refused_when_guessed(origin, expected):
    assert found(plan(row(".github/ci.yml", origin))) == expected


def test_a_finding_names_the_line_and_the_way_out():
    assert find_plan_findings(plan(row(".env"))) == (
        Finding(
            rule="scope.protected",
            severity="ask",
            message=".env is protected: it decides what runs elsewhere",
            hint="approve it with `--allow .env`",
            path=".env",
            line=3,
        ),
    )


@pytest.mark.parametrize(
    ("paths", "declared", "carried", "expected"),
    [
        # the code names its own file, so that file is its scope
        ((row("src/a.py"),), False, payload("src/a.py"), []),
        ((row("../x"),), False, payload("../x"), [("scope.climbs-out", "block", "../x")]),
        ((row(".env"),), False, payload(".env"), [("scope.protected", "block", ".env")]),
        ((row(".env", "answered"),), False, payload(".env"), []),
        # the plan lists its files: the list is a fence
        ((row("src/a.py"),), True, payload("src/b.py"), [("scope.outside", "block", "src/b.py")]),
        ((row("src", folder=True),), True, payload("src/b.py"), []),
        ((row("src", folder=True),), True, payload("src/.env"), [("scope.protected", "block", "src/.env")]),
        ((row("src", "answered", folder=True),), True, payload("src/.env"), [("scope.protected", "block", "src/.env")]),
        ((row("src/a.py"),), True, payload("src/a.py", 5, "rename", to="../b"), [("scope.climbs-out", "block", "../b")]),
        # named in the list and protected: asked for once, not refused as well
        ((row(".env"),), True, payload(".env"), [("scope.protected", "ask", ".env")]),
    ],
)  # fmt: skip
def test_carried_code_stays_within_the_list_and_off_protected_files(paths, declared, carried, expected):
    assert found(plan(*paths, declared=declared, payloads=(carried,))) == expected


def test_two_versions_of_one_file_are_asked_about_with_both_lines():
    two = (payload("a.py", 5, text="one"), payload("a.py", 9, text="two"))
    (finding,) = find_plan_findings(plan(row("a.py"), payloads=two))
    assert (finding.rule, finding.severity, finding.line) == ("plan.two-payloads", "ask", 9)
    assert finding.message == "lines 5 and 9 carry two different versions of a.py"


def test_the_same_file_twice_or_edited_after_it_is_written_is_no_question():
    same = (payload("a.py", 5), payload("a.py", 9), payload("a.py", 12, "edit", text=""))
    assert found(plan(row("a.py"), payloads=same)) == []


@pytest.mark.parametrize(
    ("one", "severities"),
    [
        (command("pytest -q"), []),
        (command("./gradlew test"), []),
        (command("./deploy.sh --now"), ["ask"]),
        (command("./deploy.sh --now", "answered"), []),
        (command("./deploy.sh --now", "inferred", "toolchain:x@."), []),
        (command("./deploy.sh --now", "inferred", "p:guess"), ["ask"]),
        (command("sudo make install"), ["block"]),
        (command("sudo make install", "answered"), ["block"]),
        (command("sudo make install", "inferred", "toolchain:x@."), ["block"]),
        (command("pytest -q", cwd="../other"), ["block"]),
        (command(""), []),
    ],
)
def test_a_command_is_asked_about_unless_it_is_known_or_a_person_gave_it_and_never_let_off_a_denial(one, severities):
    assert [severity for _, severity, _ in found(plan(row("a.py"), checks=(one,)))] == severities


def test_a_command_finding_names_the_policys_rule_and_the_line():
    (finding,) = find_plan_findings(plan(row("a.py"), checks=(command("./deploy.sh --now"),)))
    assert finding == Finding(
        rule="policy.unknown-program",
        severity="ask",
        message=finding.message,
        hint="approve it by giving it yourself: `--check './deploy.sh --now'`",
        line=7,
    )
    assert finding.message.startswith("`./deploy.sh --now` ")


def test_a_phase_that_is_done_is_not_judged():
    assert found(plan(row("../x"), checks=(command("sudo x"),), state="done")) == []


def test_a_command_may_not_run_in_an_absolute_folder():
    assert [severity for _, severity, _ in found(plan(row("a.py"), checks=(command("pytest -q", cwd="/etc"),)))] == ["block"]


def test_carried_code_that_is_written_with_a_dot_is_the_same_file():
    assert found(plan(row("src/a.py"), payloads=(payload("./src/a.py"),))) == []


@pytest.mark.parametrize(
    "one", [plan(row(".github/a;reboot")), plan(row("a.py"), declared=True, payloads=(payload("b;reboot"),))]
)
def test_a_hint_is_safe_to_paste(one):
    (finding,) = find_plan_findings(one)
    assert f"--allow '{finding.path}'" in finding.hint


@pytest.mark.parametrize(
    ("status", "severities", "code"),
    [
        ("ready", (), DONE),
        ("ready", ("note",), DONE),
        ("ready", ("ask",), NEEDS_ANSWER),
        ("needs_input", (), NEEDS_ANSWER),
        ("not_actionable", (), NEEDS_ANSWER),
        ("needs_input", ("ask", "block"), REFUSED),
        ("ready", ("block",), REFUSED),
    ],
)
def test_a_plan_ends_refused_before_asking_before_ready(status, severities, code):
    findings = tuple(Finding(rule="r", severity=severity, message="m") for severity in severities)
    assert plan_exit_code(plan(status=status, findings=findings)) == code


# -- what a person may approve --------------------------------------------------------------------------------------------


def asks(one: Plan, rules: tuple[PolicyRule, ...] = ()) -> list[Ask]:
    return [row.ask for phase in one.phases for row in find_objections(phase, KNOWN, rules) if row.ask]


def test_a_command_is_asked_for_with_all_that_binds_the_answer():
    assert asks(plan(checks=(command("make deploy", cwd="docs"), command("pytest -q")))) == [
        Ask(
            kind="command",
            phase_id="p",
            text="make deploy",
            argv=("make", "deploy"),
            cwd="docs",
            rule="policy.unknown-script",
            reason="runs a script of the project",
            line=7,
        )
    ]


def test_a_protected_path_that_the_plan_states_is_asked_for():
    assert asks(plan(row(".env"), row("src/app.py"))) == [
        Ask(
            kind="path",
            phase_id="p",
            text=".env",
            rule="scope.protected",
            reason="is protected: it decides what runs elsewhere",
            line=3,
        )
    ]


@pytest.mark.parametrize(
    "refused",
    [
        plan(row(".env", "inferred")),
        plan(row("../x")),
        plan(checks=(command("rm -rf /"),)),
        plan(checks=(command("make", cwd="../x"),)),
        plan(row("a.py"), payloads=(payload("a.py", 5, text="one"), payload("a.py", 9, text="two"))),
    ],
)
def test_what_is_refused_or_unclear_cannot_be_approved(refused):
    assert (len(found(refused)), asks(refused)) == (1, [])


@pytest.mark.parametrize(
    "settled",
    [
        plan(row(".env", "answered")),
        plan(checks=(command("make deploy", "answered"),)),
        plan(checks=(command("make deploy", "inferred", "toolchain:make@."),)),
        plan(row(".env"), checks=(command("make deploy"),), state="done"),
    ],
)
def test_what_a_person_gave_and_what_is_done_is_not_asked_for(settled):
    assert asks(settled) == []


@pytest.mark.parametrize(("verdict", "severity", "count"), [("ask", "ask", 1), ("deny", "block", 0)])
def test_a_stricter_rule_of_a_plugin_asks_or_refuses(verdict, severity, count):
    rule = PolicyRule(id="no-npm", verdict=verdict, reason="is npm", programs=("npm",), examples=("npm test",), package="x")
    one = plan(checks=(command("npm test"),))
    (objection,) = find_objections(one.phases[0], KNOWN, (rule,))
    assert (objection.finding.rule, objection.finding.severity) == ("policy.x:no-npm", severity)
    assert len(asks(one, (rule,))) == count
    assert asks(one) == []


PYTHON = Toolchain(
    name="python",
    package_manager="uv",
    root=PurePosixPath(),
    confidence=0.9,
    evidence=(),
    install=(Command(argv=("uv", "sync")),),
    test=(Command(argv=("pytest",)),),
    manifests=(PurePosixPath("pyproject.toml"), PurePosixPath("uv.lock")),
)


def test_a_phase_that_may_change_a_manifest_asks_for_what_it_adds():
    (phase,) = plan(row("src/app.py"), row("uv.lock", line=4), row("pyproject.toml", line=6)).phases
    assert find_install_asks(phase, (PYTHON,)) == (
        Ask(
            kind="install",
            phase_id="p",
            text="python@.",
            rule="install.additions",
            reason="installing what phase 'p' adds to pyproject.toml and uv.lock",
            line=6,
        ),
    )


def test_a_phase_without_a_manifest_or_a_toolchain_that_installs_nothing_asks_for_none():
    (code,) = plan(row("src", folder=True)).phases
    (manifest,) = plan(row("pyproject.toml")).phases
    (done,) = plan(row("pyproject.toml"), state="done").phases
    bare = Toolchain(
        name="make", package_manager="", root=PurePosixPath(), confidence=0.5, evidence=(), manifests=PYTHON.manifests
    )
    found = [find_install_asks(*case) for case in ((code, (PYTHON,)), (manifest, ()), (manifest, (bare,)), (done, (PYTHON,)))]
    assert found == [(), (), (), ()]


def test_the_digest_of_the_policy_moves_with_its_rules_and_not_with_their_order():
    one = PolicyRule(id="one", verdict="ask", reason="x", programs=("a",), examples=("a",))
    two = PolicyRule(id="two", verdict="ask", reason="x", programs=("b",), examples=("b",))
    assert digest_policy((one, two)) == digest_policy((two, one))
    assert len({digest_policy(), digest_policy((one,)), digest_policy((two,)), digest_policy((one, two))}) == 4


def test_the_commands_of_a_toolchain_are_known_and_its_installs_are_not():
    assert known_commands((PYTHON,)) == (("pytest",),)


@pytest.mark.parametrize(
    ("gap", "rule"),
    [
        (lambda phase: replace(phase, scope=Scope(paths=())), "plan.no-scope"),
        (lambda phase: replace(phase, validation=()), "plan.no-check"),
        (lambda phase: replace(phase, validation=(replace(phase.validation[0], argv=()),)), "plan.no-argv"),
        (lambda phase: replace(phase, budget=replace(phase.budget, max_files=0)), "plan.no-budget"),
    ],
)
def test_a_ready_plan_with_a_gap_asks_and_its_schema_refuses_it_too(gap, rule):
    one = plan(row("src/app.py"), checks=(command("pytest -q"),))
    broken = replace(one, phases=tuple(map(gap, one.phases)))
    schema = Draft202012Validator(plan_schema())
    assert [(finding.rule, finding.severity) for finding in find_gaps(broken)] == [(rule, "ask")]
    assert [schema.is_valid(to_data(plan_)) for plan_ in (one, broken)] == [True, False]


@pytest.mark.parametrize("status", ["needs_input", "not_actionable"])
def test_the_gaps_of_a_plan_that_is_not_ready_are_its_questions(status):
    assert find_gaps(plan(status=status)) == ()


def test_phases_that_wait_for_each_other_are_a_gap():
    one = plan(row("src/app.py"), checks=(command("pytest -q"),))
    first = replace(one.phases[0], id="a", title="A", depends_on=("b",))
    second = replace(one.phases[0], id="b", title="B", depends_on=("a",), deliverables=())
    assert find_gaps(replace(one, phases=(first, second))) == (
        Finding(
            rule="plan.loop",
            severity="ask",
            message="'A' and 'B' wait for each other",
            hint="take one of the dependencies out of the plan",
        ),
    )
