"""What an answer is worth in a plan, by who gave it: a plugin's choice opens nothing that a person's would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.decide.leaves import make_stable_id, stated_question
from autopack.decide.merge import Overrides, merge_claims
from autopack.decide.preflight import find_objections
from autopack.effects.scan import open_folder
from autopack.model.draft import Claim, Draft, GroupValue, PathValue, Span, TextValue
from autopack.model.plan import Budget, Plan
from autopack.testing.fixtures import write_files

CEILING = Budget(max_files=20, max_tokens=1000, max_minutes=30.0, max_attempts=3)
LINE = Span(start=1, end=1)
PLUGIN = "autopack-plan-llm"
WORKFLOW = ".github/workflows/ci.yml"
TABS = TextValue(text="Tabs?", options=("yes", "no"), default="no", blocking=True)
PHASE = make_stable_id("Work", {})
SCOPE, CHECK, STATED = f"scope-{PHASE}", f"check-{PHASE}", stated_question(TABS)


@pytest.fixture
def merge(tmp_path: Path, make_draft: Callable[..., Draft]) -> Callable[..., Plan]:
    write_files(tmp_path / "repo", {"src/app.py": "", WORKFLOW: ""})
    draft, workspace = make_draft("Work on it\n"), open_folder(tmp_path / "repo")
    values = (("phase", GroupValue(title="Work", extent=LINE)), ("question", TABS), ("path", PathValue(path="src/app.py")))

    def run(path: bool = False, **overrides: object) -> Plan:
        claims = [
            Claim(field=field, value=value, origin="stated", confidence=0.9, rule="r", span=LINE, package="p")
            for field, value in values[: 3 if path else 2]
        ]
        return merge_claims(draft, claims, workspace, (), CEILING, Overrides(**overrides))

    return run


def severities(plan: Plan) -> list[tuple[str, str]]:
    return [(row.finding.rule, row.finding.severity) for phase in plan.phases for row in find_objections(phase)]


def test_a_protected_path_that_a_person_gives_is_theirs_and_one_that_a_plugin_chose_is_refused(merge):
    person = merge(answers=((SCOPE, WORKFLOW), (CHECK, "pytest -q")))
    plugin = merge(answers=((SCOPE, WORKFLOW), (CHECK, "pytest -q")), answered_by=((SCOPE, PLUGIN),))
    assert (severities(person), severities(plugin)) == ([], [("scope.protected", "block")])
    [path] = plugin.phases[0].scope.paths
    assert (path.origin, path.confidence, path.rule) == ("inferred", 0.7, f"{PLUGIN}:answer")


def test_a_command_that_a_person_gives_is_theirs_and_one_that_a_plugin_chose_keeps_its_verdict(merge):
    person = merge(path=True, answers=((CHECK, "python3 tool.py"),))
    plugin = merge(path=True, answers=((CHECK, "python3 tool.py"),), answered_by=((CHECK, PLUGIN),))
    assert (severities(person), severities(plugin)) == ([], [("policy.unknown-script", "ask")])
    [command] = plugin.phases[0].validation
    assert (command.origin, command.confidence, command.rule) == ("inferred", 0.7, f"{PLUGIN}:answer")


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"answers": ((STATED, "yes"),)}, ("Tabs? → yes", "answered", 1.0, "p:r")),
        (
            {"answers": ((STATED, "yes"),), "answered_by": ((STATED, PLUGIN),)},
            ("Tabs? → yes", "answered", 0.7, f"{PLUGIN}:answer"),
        ),
        ({"take_defaults": True}, ("Tabs? → no", "default", 0.5, "p:r")),
    ],
    ids=["a person", "a plugin", "the default"],
)
def test_what_a_question_was_answered_with_says_whose_word_it_is(merge, overrides, expected):
    plan = merge(**overrides)
    [row] = plan.constraints
    assert (row.text, row.origin, row.confidence, row.rule) == expected
    assert STATED not in {question.id for question in plan.open_questions}


def test_what_is_to_be_read_is_shown_and_may_not_change(merge):
    plan = merge(path=True, read=(WORKFLOW, "src/app.py"))
    [phase] = plan.phases
    assert [row.path for row in phase.scope.paths] == ["src/app.py"]
    assert [(row.path, row.role, row.origin) for row in phase.scope.read_only_context] == [(WORKFLOW, "read", "answered")]
