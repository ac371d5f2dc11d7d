"""Claims to a plan: what wins, what is asked, and that nothing depends on the order of plugins."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.decide.claims import verify_claims
from autopack.decide.compose import Pointer, find_pointing, graft
from autopack.decide.merge import PROPOSED, Overrides, merge_claims, settle_status
from autopack.decide.order import find_cycle
from autopack.effects.scan import open_folder
from autopack.model.codec import to_json
from autopack.model.draft import (
    BudgetValue,
    Claim,
    ClaimValue,
    CommandValue,
    Draft,
    EdgeValue,
    GroupValue,
    PathValue,
    Payload,
    Span,
    TextValue,
)
from autopack.model.plan import Budget, Deliverable, Phase, Plan, PlanCommand, PlanPath, PlanSource, PlanText, Provenance, Scope
from autopack.model.toolchain import Command, Toolchain
from autopack.testing.fixtures import write_files

CEILING = Budget(max_files=20, max_tokens=1000, max_minutes=30.0, max_attempts=3)
LINES = tuple(f"line {number}" for number in range(1, 31))
DRAFT = Draft(name="plan.md", digest="d" * 64, lines=LINES, format="markdown", format_confidence=0.9, blocks=(), sections=())


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repo")
    write_files(folder, {"src/app.py": "", "src/db.py": "", "web/index.js": "", "README.md": ""})
    return open_folder(folder)


def lines(start: int, end: int | None = None) -> Span:
    return Span(start=start, end=end or start)


def claim(field: str, value: ClaimValue, line: int | Span | None = 1, **more: object) -> Claim:
    span = lines(line) if isinstance(line, int) else line
    facts = {"origin": "stated", "confidence": 0.9, "rule": "r", "package": "p"}
    return Claim(field=field, value=value, span=span, **(facts | more))


def phase(title: str, start: int, end: int, state: str = "todo", **more: object) -> Claim:
    return claim("phase", GroupValue(title=title, extent=lines(start, end), state=state), start, **more)


def item(
    title: str, start: int, end: int | None = None, state: str = "todo", source_id: str | None = None, **more: object
) -> Claim:
    value = GroupValue(title=title, extent=lines(start, end), state=state, source_id=source_id)
    return claim("item", value, start, **more)


def path(name: str, line: int | None, field: str = "path", role: str = "unknown", **more: object) -> Claim:
    return claim(field, PathValue(path=name, role=role), line, **more)


def check(run: str, line: int | None, cwd: str = ".", argv: tuple[str, ...] | None = None, **more: object) -> Claim:
    words = tuple(run.split()) if argv is None else argv
    return claim("check", CommandValue(run=run, argv=words, kind="test", cwd=cwd), line, **more)


def write(name: str, line: int | Span | None, text: str = "x = 1\n") -> Claim:
    return claim("payload", Payload(path=name, action="write", text=text), line)


PYTHON = Toolchain(
    name="python",
    package_manager="uv",
    root=PurePosixPath("."),
    confidence=0.8,
    evidence=("pyproject.toml",),
    test=(Command(argv=("pytest", "-q")),),
)
WEB = Toolchain(
    name="node",
    package_manager="npm",
    root=PurePosixPath("web"),
    confidence=0.9,
    evidence=("web/package.json",),
    test=(Command(argv=("npm", "test"), cwd=PurePosixPath("web")),),
)


@pytest.fixture
def merge(workspace):
    def run(*claims: Claim, toolchains: Iterable[Toolchain] = (), **overrides: object) -> Plan:
        return merge_claims(DRAFT, claims, workspace, tuple(toolchains), CEILING, Overrides(**overrides))

    return run


def scope(one: Phase) -> list[str]:
    return [row.path for row in one.scope.paths]


def checks(one: Phase) -> list[tuple[str, str]]:
    return [(row.run, row.origin) for row in one.validation]


TWO = (phase("First", 1, 9), phase("Second", 10, 19), item("one", 2), item("two", 11))
SMALL = (item("Add a cache", 2), path("src/app.py", 2), check("pytest -q", 3))


def test_a_small_plan_becomes_one_phase_with_its_origins(merge):
    title = claim("title", TextValue(text="Faster"), 1)
    stated = {"origin": "stated", "confidence": 0.9, "rule": "p:r"}
    app = PlanPath(path="src/app.py", exists=True, folder=False, source=lines(2), **stated)
    kind = Provenance(origin="inferred", confidence=0.9, rule="host:category-of-paths", evidence=("src/app.py",))
    (one,) = merge(title, *SMALL).phases
    assert merge(title, *SMALL) == Plan(
        status="ready",
        source=PlanSource(sha256="d" * 64, format="markdown", format_confidence=0.9, name="plan.md"),
        title="Faster",
        phases=(
            Phase(
                id=one.id,
                title="Faster",
                deliverables=(
                    Deliverable(
                        id=one.deliverables[0].id,
                        title="Add a cache",
                        category="backend",
                        paths=(app,),
                        provenance={"category": kind},
                        source=lines(2),
                        **stated,
                    ),
                ),
                scope=Scope(paths=(app,)),
                validation=(PlanCommand(run="pytest -q", argv=("pytest", "-q"), kind="test", source=lines(3), **stated),),
                budget=CEILING,
                category="backend",
                confidence=0.9,
                provenance={
                    "title": Provenance(origin="inferred", confidence=0.9, rule="host:one-phase"),
                    "category": kind,
                    "budget": Provenance(origin="default", confidence=1.0, rule="host:configured-ceiling"),
                },
            ),
        ),
        open_questions=(),
        provenance={"title": Provenance(source=lines(1), **stated)},
        confidence=0.9,
    )


def test_a_plan_without_work_is_not_actionable(merge):
    plan = merge(path("src/app.py", 1), check("pytest", 2))
    assert (plan.status, plan.phases, plan.confidence) == ("not_actionable", (), 0.0)


def test_work_without_files_or_checks_is_asked_for_with_its_line(merge):
    plan = merge(item("Add a cache", 4))
    (one,) = plan.phases
    assert plan.status == "needs_input"
    assert [(row.id, row.field, row.blocking, row.source) for row in plan.open_questions] == [
        (f"check-{one.id}", "/phases/0/validation", True, lines(4)),
        (f"scope-{one.id}", "/phases/0/scope/paths", True, lines(4)),
    ]
    assert plan.confidence == 0.0


def test_answers_fill_the_gaps_and_count_as_the_persons(merge):
    (one,) = merge(item("Add a cache", 4)).phases
    plan = merge(item("Add a cache", 4), answers=((f"scope-{one.id}", "src/app.py, src/db.py"), (f"check-{one.id}", "pytest -q")))
    (done,) = plan.phases
    assert (plan.status, plan.open_questions) == ("ready", ())
    assert [(row.path, row.origin) for row in done.scope.paths] == [("src/app.py", "answered"), ("src/db.py", "answered")]
    assert checks(done) == [("pytest -q", "answered")]


def test_options_of_the_person_reach_every_phase(merge):
    plan = merge(*TWO, path("src/app.py", 2), path("src/db.py", 11), allow=(".github/ci.yml",), checks=("make test",))
    assert [scope(one) for one in plan.phases] == [[".github/ci.yml", "src/app.py"], [".github/ci.yml", "src/db.py"]]
    assert [checks(one) for one in plan.phases] == [[("make test", "answered")]] * 2


def test_a_command_that_needs_a_shell_is_asked_about_and_its_answer_takes_its_place(merge):
    claims = (*SMALL[:2], check("pytest | tee log", 3, argv=()))
    plan = merge(*claims)
    (question,) = plan.open_questions
    assert (plan.status, question.field, question.source) == ("needs_input", "/phases/0/validation/0", lines(3))
    answered = merge(*claims, answers=((question.id, "pytest -q"),))
    assert (answered.status, checks(answered.phases[0])) == ("ready", [("pytest -q", "answered")])


def test_at_most_five_questions_are_asked_and_the_blocking_ones_come_first(merge):
    asked = [claim("question", TextValue(text=f"Which {number}?", blocking=number == 9), number) for number in range(1, 10)]
    plan = merge(*SMALL, *asked)
    assert [row.question for row in plan.open_questions] == ["Which 9?", "Which 1?", "Which 2?", "Which 3?", "Which 4?"]
    assert plan.status == "needs_input"


def test_yes_takes_defaults_and_nothing_else(merge):
    with_default = claim("question", TextValue(text="Tabs?", options=("yes", "no"), default="no", blocking=True), 5)
    without = claim("question", TextValue(text="Which one?", blocking=True), 6)
    assert [row.question for row in merge(*SMALL, with_default, without, take_defaults=True).open_questions] == ["Which one?"]


def test_an_answer_to_a_stated_question_becomes_a_constraint(merge):
    asked = claim("question", TextValue(text="Tabs?", blocking=True), 5)
    (question,) = merge(*SMALL, asked).open_questions
    (constraint,) = merge(*SMALL, asked, answers=((question.id, "no"),)).constraints
    assert (constraint.text, constraint.origin, constraint.source) == ("Tabs? → no", "answered", lines(5))


def test_work_paths_and_checks_belong_to_the_phase_whose_lines_hold_them(merge):
    plan = merge(
        *TWO,
        path("src/app.py", 2),
        path("src/db.py", 12),
        check("pytest one", 3),
        check("pytest two", 13),
        check("pytest all", 25),
    )
    assert [(one.title, [row.title for row in one.deliverables], scope(one), checks(one)) for one in plan.phases] == [
        ("First", ["one"], ["src/app.py"], [("pytest one", "stated")]),
        ("Second", ["two"], ["src/db.py"], [("pytest two", "stated"), ("pytest all", "stated")]),
    ]


def test_checks_of_the_whole_prove_the_last_phase_that_has_work_left(merge):
    done = (phase("First", 1, 9), phase("Second", 10, 19), item("one", 2), item("two", 11, state="done"))
    plan = merge(*done, check("pytest", 25))
    assert [(one.scheduled, checks(one)) for one in plan.phases] == [(True, [("pytest", "stated")]), (False, [])]


def test_a_finished_phase_is_kept_and_not_asked_about(merge):
    plan = merge(*SMALL, phase("First", 1, 9), phase("Old", 10, 19), item("old", 11, state="done"))
    assert [(one.title, one.scheduled) for one in plan.phases] == [("First", True), ("Old", False)]
    assert plan.open_questions == ()


def test_a_list_of_files_is_a_fence_and_other_existing_files_are_only_read(merge):
    (one,) = merge(
        *SMALL, path("src/db.py", 3, "scope"), path("new.py", 4), path("README.md", 5, "read"), path("src/db.py", 6, "read")
    ).phases
    assert (one.scope.declared, scope(one)) == (True, ["src/db.py"])
    assert [row.path for row in one.scope.read_only_context] == ["README.md", "src/app.py"]


def test_a_fence_outside_every_phase_holds_for_all(merge):
    plan = merge(*TWO, path("src/", 25, "scope"), path("src/app.py", 2))
    assert [(one.scope.declared, scope(one), one.scope.paths[0].folder) for one in plan.phases] == [(True, ["src"], True)] * 2


def test_a_folder_without_a_slash_is_known_by_looking(merge):
    (one,) = merge(*SMALL, path("src", 2), path("lib", 2)).phases
    assert [(row.path, row.folder, row.exists) for row in one.scope.paths] == [
        ("lib", False, False),
        ("src", True, True),
        ("src/app.py", False, True),
    ]


def test_the_best_founded_mention_of_a_path_wins_and_keeps_a_role_that_another_knows(merge):
    (one,) = merge(*SMALL, path("src/app.py", 4, role="modify", origin="inferred", confidence=1.0, evidence=("x",))).phases
    (row,) = one.scope.paths
    assert (row.origin, row.source, row.role) == ("stated", lines(2), "modify")


def test_carried_code_is_work_and_scope_when_the_plan_says_no_more(merge):
    plan = merge(write("src/app.py", lines(3, 9)), write("src/new.py", lines(11, 19)), check("pytest", 25))
    (one,) = plan.phases
    assert (plan.status, scope(one)) == ("ready", ["src/app.py", "src/new.py"])
    assert [(row.title, row.paths[0].role) for row in one.deliverables] == [
        ("write src/app.py", "modify"),
        ("write src/new.py", "create"),
    ]


def test_carried_code_does_not_widen_a_declared_list(merge):
    (one,) = merge(*SMALL, path("src/app.py", 3, "scope"), write("src/other.py", lines(5, 9))).phases
    assert scope(one) == ["src/app.py"]


def test_a_renames_both_ends_are_in_scope(merge):
    renamed = claim("payload", Payload(path="src/app.py", action="rename", to="src/main.py"), 3)
    (one,) = merge(renamed, check("pytest", 4)).phases
    assert [(row.path, row.role) for row in one.scope.paths] == [("src/app.py", "delete"), ("src/main.py", "create")]


def test_phases_of_two_plugins_are_never_mixed(merge):
    other = [phase("Other", 1, 15, package="q", confidence=0.8), phase("Another", 16, 30, package="q", confidence=0.8)]
    assert [one.title for one in merge(*TWO, *other).phases] == ["First", "Second"]


def test_the_toolchain_that_owns_the_files_proves_them_too(merge):
    claims = (*TWO, path("src/app.py", 2), path("web/index.js", 11), check("ruff check", 3))
    plan = merge(*claims, toolchains=(PYTHON, WEB))
    assert [checks(one) for one in plan.phases] == [
        [("ruff check", "stated"), ("pytest -q", "inferred")],
        [("npm test", "inferred")],
    ]
    assert plan.phases[1].validation[0] == PlanCommand(
        run="npm test",
        argv=("npm", "test"),
        kind="test",
        cwd="web",
        origin="inferred",
        confidence=0.9,
        rule="toolchain:node@web",
        evidence=("web/package.json",),
    )


def test_a_stated_check_is_not_repeated_as_a_derived_one(merge):
    (one,) = merge(*SMALL, toolchains=(PYTHON,)).phases
    assert checks(one) == [("pytest -q", "stated")]


def test_stated_order_wins_and_a_shared_file_orders_the_rest(merge):
    three = (phase("A", 1, 9), phase("B", 10, 19), phase("C", 20, 29), item("a", 2), item("b", 11), item("c", 21))
    plan = merge(*three, claim("edge", EdgeValue(source_id="A", after="c"), 3), path("src/app.py", 4), path("src/app.py", 12))
    ids = {one.title: one.id for one in plan.phases}
    assert {one.title: one.depends_on for one in plan.phases} == {"A": (ids["C"],), "B": (ids["A"],), "C": ()}
    assert plan.phases[1].provenance[f"depends_on/{ids['A']}"] == Provenance(
        origin="inferred", confidence=0.5, rule="host:shares-a-path", evidence=("src/app.py",)
    )


def test_ids_survive_an_edit_elsewhere_and_repeated_titles_get_different_ones(merge):
    before = merge(phase("Add tests", 10, 19), item("x", 11)).phases[0]
    plan = merge(
        phase("New", 1, 9), phase("Add tests", 10, 19), phase("**add** tests", 20, 29), item("n", 2), item("x", 11), item("x", 21)
    )
    assert plan.phases[1].id == before.id
    assert plan.phases[1].deliverables[0].id == before.deliverables[0].id
    assert len({one.id for one in plan.phases}) == 3


def test_bookkeeping_is_shown_with_its_rule_and_its_line(merge):
    (row,) = merge(*SMALL, claim("dropped", TextValue(text="x" * 300), 7)).dropped
    assert (row.source, row.rule, row.text) == (lines(7), "p:r", "x" * 200)


def test_the_same_words_count_once_and_keep_their_best_origin(merge):
    twice = [
        claim("non_goal", TextValue(text=text), 5, confidence=mark) for text, mark in (("No network", 0.5), ("no `network`", 0.9))
    ]
    assert merge(*SMALL, *twice).non_goals == (
        PlanText(text="no `network`", origin="stated", confidence=0.9, rule="p:r", source=lines(5)),
    )


def test_a_stated_check_at_the_root_does_not_hide_the_one_of_a_package(merge):
    (one,) = merge(item("x", 1), path("web/index.js", 1), check("npm test", 2), toolchains=(WEB,)).phases
    assert [(row.run, row.cwd) for row in one.validation] == [("npm test", "."), ("npm test", "web")]


def test_an_answer_for_a_command_runs_in_the_folder_of_that_command(merge):
    claims = (item("x", 1), path("web/index.js", 1), check("npm test | tee log", 2, cwd="web", argv=()))
    (question,) = merge(*claims).open_questions
    (one,) = merge(*claims, answers=((question.id, "npm test"),)).phases
    assert [(row.run, row.cwd) for row in one.validation] == [("npm test", "web")]


@pytest.mark.parametrize("line", [12, 25])
def test_carried_code_never_vanishes(merge, line):
    plan = merge(phase("First", 1, 9), phase("Second", 10, 19), item("one", 2), path("src/app.py", 2), write("src/new.py", line))
    assert [row.path for one in plan.phases for row in one.payloads] == ["src/new.py"]


@pytest.mark.parametrize("name", ["././src/app.py", "src//app.py", "src/./app.py"])
def test_another_way_to_write_a_path_is_the_same_path(merge, name):
    (one,) = merge(item("x", 1), path(name, 1)).phases
    assert scope(one) == ["src/app.py"]


def test_the_root_of_the_machine_is_not_the_root_of_the_repository(merge):
    (one,) = merge(item("x", 1), path("/", 1)).phases
    assert scope(one) == ["/"]


def test_a_shared_file_never_closes_a_circle(merge):
    three = (phase("A", 1, 9), phase("B", 10, 19), phase("C", 20, 29), item("a", 2), item("b", 11), item("c", 21))
    shared = (path("src/app.py", 4), path("src/app.py", 12), path("src/db.py", 13), path("src/db.py", 22))
    plan = merge(*three, *shared, claim("edge", EdgeValue(source_id="A", after="C"), 3))
    assert find_cycle({row.id: row.depends_on for row in plan.phases}) == ()


def test_a_loop_is_one_question_that_cites_both_lines_and_an_answer_settles_it(merge):
    two = (phase("A", 1, 9), phase("B", 10, 19), item("a", 2), item("b", 11), path("a.py", 2), path("b.py", 11))
    loop = (claim("edge", EdgeValue(source_id="A", after="B"), 3), claim("edge", EdgeValue(source_id="B", after="A"), 12))
    plan = merge(*two, *loop)
    [question] = [row for row in plan.open_questions if row.id.startswith("order-")]
    assert question.question == "'A' and 'B' wait for each other (lines 3, 12). Which goes first?"
    assert (plan.status, question.blocking, question.options, question.default) == ("needs_input", True, ("A", "B"), "A")
    settled = merge(*two, *loop, answers=((question.id, "B"),))
    assert [(row.title, row.depends_on) for row in settled.phases] == [("A", (settled.phases[1].id,)), ("B", ())]
    taken = merge(*two, *loop, take_defaults=True)
    assert [(row.title, row.depends_on) for row in taken.phases] == [("A", ()), ("B", (taken.phases[0].id,))]


def test_items_wait_for_items_and_their_phases_with_them(merge):
    two = (
        phase("A", 1, 9),
        phase("B", 10, 19),
        item("a", 2, source_id="T1"),
        item("b", 11, source_id="T2"),
        item("c", 13, source_id="T3"),
    )
    edges = (claim("edge", EdgeValue(source_id="T2", after="T1"), 11), claim("edge", EdgeValue(source_id="T3", after="T2"), 13))
    first, second = merge(*two, *edges).phases
    [a], [b, c] = first.deliverables, second.deliverables
    assert (second.depends_on, b.depends_on, c.depends_on) == ((first.id,), (a.id,), (b.id,))
    assert c.provenance[f"depends_on/{b.id}"].source == Span(start=13, end=13)


def test_a_name_that_stands_nowhere_is_asked_for_but_does_not_block(merge):
    one = (item("a", 2, source_id="T1"), path("a.py", 2), claim("edge", EdgeValue(source_id="T1", after="T99"), 2))
    [question] = [row for row in merge(*one).open_questions if row.id.startswith("after-")]
    assert question.question == "line 2: T1 comes after T99, which is not in this plan. Is that done already?"
    assert not question.blocking
    [denied] = [row for row in merge(*one, answers=((question.id, "no"),)).open_questions if row.id == question.id]
    assert denied.blocking
    assert merge(*one, answers=((question.id, "yes"),)).open_questions != (question,)


def test_a_stated_budget_lowers_the_ceiling_and_never_raises_it(merge):
    rows = (
        claim("budget", BudgetValue(name="max_files", amount=3, words="x"), 2),
        claim("budget", BudgetValue(name="max_tokens", amount=10**9, words="x"), 2),
        claim("budget", BudgetValue(name="max_minutes", amount=float("nan"), words="x"), 2),
        claim("budget", BudgetValue(name="max_attempts", amount=0, words="x"), 2),
    )
    bare = merge(item("a", 2)).phases[0].budget
    [only] = merge(item("a", 2), *rows).phases
    assert only.budget == replace(bare, max_files=3)
    assert (only.provenance["budget/max_files"].origin, only.provenance["budget"].origin) == ("stated", "default")


@pytest.mark.parametrize("answer", ["", "  "])
def test_an_empty_answer_answers_nothing(merge, answer):
    claims = (item("x", 1), check("a | b", 2, argv=()))
    asked = merge(*claims).open_questions
    assert merge(*claims, answers=[(question.id, answer) for question in asked]).open_questions == asked


_SPANS = st.tuples(st.integers(1, 30), st.integers(0, 12)).map(lambda pair: lines(pair[0], min(30, sum(pair))))
_NAMES = st.sampled_from(["a", "b", "A", "c d"])
_FILES = st.sampled_from(["src/app.py", "src/", "web/index.js", "./src/app.py", ".env", "../x", "new.py"])
_GROUPS = st.builds(
    GroupValue, title=_NAMES, extent=_SPANS, source_id=st.none() | _NAMES, state=st.sampled_from(["todo", "done"])
)
_WORDS = st.builds(TextValue, text=_NAMES, blocking=st.booleans(), default=st.none() | _NAMES)
_COMMANDS = st.builds(
    CommandValue, run=st.sampled_from(["pytest", "npm test", "a | b"]), argv=st.just(()), cwd=st.sampled_from([".", "web"])
)
_PAYLOADS = st.builds(Payload, path=_FILES, action=st.just("write"), text=_NAMES)
_EDGES = st.builds(EdgeValue, source_id=_NAMES, after=_NAMES)
_FIELDS = {
    ("phase", "item"): _GROUPS,
    ("path", "scope", "read"): st.builds(PathValue, path=_FILES, role=st.sampled_from(["create", "unknown"])),
    ("title", "goal", "non_goal", "acceptance", "constraint", "question", "dropped"): _WORDS,
    ("check", "command"): _COMMANDS,
    ("payload",): _PAYLOADS,
    ("edge",): _EDGES,
}
_CLAIMS = st.one_of(
    st.builds(
        Claim,
        field=st.sampled_from(fields),
        value=values,
        origin=st.sampled_from(["stated", "inferred", "default"]),
        confidence=st.sampled_from([0.3, 0.9]),
        rule=st.sampled_from(["r", "s"]),
        span=st.none() | _SPANS,
        evidence=st.sampled_from([(), ("x",)]),
        package=st.sampled_from(["p", "q"]),
    )
    for fields, values in _FIELDS.items()
)


@settings(max_examples=200, deadline=None)
@given(claims=st.lists(_CLAIMS, max_size=14), order=st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_claims(workspace, claims: list[Claim], order: random.Random):
    shuffled = list(claims)
    order.shuffle(shuffled)
    first, second = (
        merge_claims(DRAFT, verify_claims(rows, DRAFT), workspace, (PYTHON, WEB), CEILING) for rows in (claims, shuffled)
    )
    assert to_json(first) == to_json(second)
    assert len({one.id for one in first.phases}) == len(first.phases)
    assert first.status != "ready" or all(one.scope.paths and one.validation for one in first.phases if one.scheduled)


def test_a_phase_without_items_is_its_own_work_and_keeps_its_state(merge):
    claims = (phase("Old", 1, 2, state="done"), phase("New", 3, 4), path("src/app.py", 3))
    guess = item("the whole text", 1, 4, package="another", confidence=0.35)
    plan = merge(*claims, guess)
    assert [(one.title, one.scheduled) for one in plan.phases] == [("Old", False), ("New", True)]


def test_what_belongs_to_a_finished_item_is_no_longer_allowed_or_asked(merge):
    done = item("old", 1, 2, state="done")
    claims = (done, path("src/old.py", 2), check("make done", 2), item("new", 3, 4), path("src/new.py", 4))
    (one,) = merge(*claims).phases
    assert (scope(one), [row.run for row in one.validation]) == (["src/new.py"], [])


def test_a_pipe_that_a_plugin_split_at_blanks_is_asked_about(merge):
    claims = (item("x", 1), path("src/app.py", 1), check("pytest -q | tee out", 2, argv=("pytest", "-q", "|", "tee", "out")))
    assert [row.field for row in merge(*claims).open_questions] == ["/phases/0/validation/0"]


def test_phases_of_another_plan_stand_in_place_of_the_item_that_points_to_it(merge):
    outer = merge(
        phase("A", 1, 9),
        phase("B", 10, 19),
        phase("C", 20, 29),
        item("one", 2),
        item("see plans/b.md", 11),
        item("three", 21),
        *(path(f"src/{n}.py", n) for n in (2, 21)),
        check("pytest b", 12),
        claim("edge", EdgeValue(source_id="B", after="A"), 10),
        claim("edge", EdgeValue(source_id="C", after="B"), 20),
        toolchains=[PYTHON],
    )
    inner = merge(item("two", 3), path("src/app.py", 3), toolchains=[PYTHON])
    pointers = [Pointer(source=lines(11), path="plans/b.md")]
    [pointing] = find_pointing(outer, pointers)
    plan = settle_status(graft(outer, {pointing: ("plans/b.md", inner)}))

    a, b, c = plan.phases
    assert [row.title for row in plan.phases] == ["A", "two", "C"]
    assert (b.depends_on, c.depends_on) == ((a.id,), (b.id,))
    assert b.deliverables[0].source == Span(start=3, end=3, file="plans/b.md")
    assert (b.goal, checks(b)) == ("B", [("pytest -q", "inferred"), ("pytest b", "stated")])
    assert b.id != inner.phases[0].id
    assert (plan.status, plan.open_questions) == ("ready", ())


def test_an_item_beside_one_that_points_elsewhere_stays_a_phase(merge):
    outer = merge(item("one", 2), item("see b.md", 11), path("src/app.py", 2), path("b.md", 11), check("pytest", 3))
    inner = merge(item("two", 3))
    [pointing] = find_pointing(outer, [Pointer(source=lines(11), path="b.md")])
    plan = settle_status(graft(outer, {pointing: ("b.md", inner)}))
    assert [(row.title, scope(row)) for row in plan.phases] == [("one, see b.md", ["src/app.py"]), ("two", [])]
    assert [(row.field, row.question[:6]) for row in plan.open_questions] == [
        ("/phases/1/validation", "b.md: "),
        ("/phases/1/scope/paths", "b.md: "),
    ]


def test_a_document_that_nothing_else_proves_is_proved_by_being_there(merge):
    [docs] = merge(item("Write the guide", 2), path("docs/guide.md", 2, role="create")).phases
    assert [(row.run, row.kind, row.rule) for row in docs.validation] == [
        ("test -s docs/guide.md", "probe", "host:file-is-there")
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (path("src/new.py", 2, role="create"),),
        (path("README.md", 2, role="modify"),),
        (path("docs/", 2, role="create"),),
    ],
)
def test_code_and_what_is_there_already_are_not_proved_by_a_file(merge, rows):
    assert merge(item("Do it", 2), *rows).phases[0].validation == ()


def test_a_phase_without_a_file_gets_what_the_repository_suggests_and_says_so(workspace):
    asked = []

    def propose(title, texts):
        asked.append((title, tuple(texts)))
        hint = {"origin": "inferred", "confidence": 0.4, "rule": PROPOSED, "exists": True}
        return (PlanPath(path="src/app.py", role="modify", **hint),), (PlanPath(path="src/db.py", role="read", **hint),)

    claims = (phase("A", 1, 9), phase("B", 10, 19), item("Add a cache", 2), item("Faster", 11), path("web/index.js", 11))
    plan = merge_claims(DRAFT, claims, workspace, (PYTHON, WEB), CEILING, propose=propose)
    assert asked == [("A", ("Add a cache",))]
    assert [scope(row) for row in plan.phases] == [["src/app.py"], ["web/index.js"]]
    assert [row.path for row in plan.phases[0].scope.read_only_context] == ["src/db.py"]
    assert [(row.question, row.blocking) for row in plan.open_questions] == [
        ("Phase 'A' names no file. It may change src/app.py. Which files is it about?", False)
    ]


def test_commands_that_are_to_succeed_one_after_the_other_are_checks_each(merge):
    [one] = merge(item("a", 2), path("src/app.py", 2), check("ruff check . && pytest -q", 3, argv=())).phases
    assert [(row.run, row.argv) for row in one.validation] == [
        ("ruff check . && pytest -q", ("ruff", "check", ".")),
        ("ruff check . && pytest -q", ("pytest", "-q")),
    ]


@pytest.mark.parametrize("run", ["cd web && npm test", "a && b | c", "a && (b", 'a "x && y', "a && B=1 c", "a; b"])
def test_what_only_a_shell_can_run_is_never_split(merge, run):
    [one] = merge(item("a", 2), path("src/app.py", 2), check(run, 3, argv=())).phases
    assert [row.argv for row in one.validation] == [()]


def test_a_phase_without_a_check_takes_those_of_the_whole_project_from_another(merge):
    rows = (phase("A", 1, 9), phase("B", 10, 19), item("a", 2), item("b", 11), path("a.py", 2), path("b.py", 11))
    first, second = merge(*rows, check("npm test", 12), check("pytest tests/test_b.py", 13)).phases
    assert [(row.run, row.origin, row.rule, row.source) for row in first.validation] == [
        ("npm test", "inferred", "host:check-of-another-phase", lines(12))
    ]
    assert checks(second) == [("npm test", "stated"), ("pytest tests/test_b.py", "stated")]
