"""Values to JSON and back: nothing lost, the same bytes every time, nothing doubtful taken in."""

from __future__ import annotations

import json
import typing
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopack.model.attempt import CheckResult, Manifest, Outcome
from autopack.model.codec import from_data, from_json, load_json, to_data, to_json
from autopack.model.draft import Claim, CommandValue, EdgeValue, GroupValue, PathValue, Payload, Span, TextValue
from autopack.model.event import Event
from autopack.model.failure import AskScope, EditFile, Hint, Mitigation, Run, UseCommand, Wait
from autopack.model.intent import Intent
from autopack.model.plan import Plan, PlanPath
from autopack.model.report import BatchReport, Report
from autopack.model.run import RunRequest
from autopack.model.toolchain import Command, Toolchain

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _tuples(kind: Any) -> st.SearchStrategy[Any]:
    first, *others = typing.get_args(kind)
    if others == [...]:
        return st.lists(st.from_type(first), max_size=2).map(tuple)
    return st.tuples(*map(st.from_type, (first, *others)))


st.register_type_strategy(float, _NUMBERS)
st.register_type_strategy(str, st.text(max_size=4))
st.register_type_strategy(tuple, _tuples)
st.register_type_strategy(PurePosixPath, st.from_regex(r"[a-z.]{1,5}(/[a-z.]{1,5}){0,2}", fullmatch=True).map(PurePosixPath))


@pytest.mark.parametrize(
    "kind", [Plan, Intent, Manifest, Outcome, CheckResult, Report, BatchReport, RunRequest, Toolchain, Claim, Mitigation]
)
def test_every_document_comes_back_as_it_was(kind):
    @settings(max_examples=25, deadline=None)
    @given(st.from_type(kind))
    def check(value):
        text = to_json(value)
        assert from_json(kind, text) == value
        assert to_json(from_json(kind, text)) == text
        assert from_json(kind, to_json(value, indent=None)) == value

    check()


@settings(max_examples=200)
@given(st.dictionaries(st.text(), _JSON, max_size=3))
def test_an_event_keeps_any_facts(facts):
    event = Event(seq=1, at="2026-01-01T00:00:00Z", type="x", run_id="r", facts=facts)
    line = to_json(event, indent=None)
    assert "\n" not in line
    assert from_json(Event, line) == event


@pytest.mark.parametrize(
    "value",
    [
        GroupValue(title="a", extent=Span(start=1, end=2)),
        TextValue(text="a"),
        PathValue(path="a"),
        CommandValue(run="a", argv=("a",)),
        Payload(path="a", action="write"),
        EdgeValue(source_id="a", after="b"),
    ],
)
def test_each_kind_of_claim_comes_back_as_its_own_kind(value):
    claim = Claim(field="path", value=value, origin="stated", confidence=1.0, rule="r")
    assert from_data(Claim, to_data(claim)) == claim


@pytest.mark.parametrize(
    "step",
    [
        Run(command=Command(argv=("a",)), toolchain="python@."),
        EditFile(path="a", text="b"),
        UseCommand(check="a", command=Command(argv=("b",))),
        Wait(seconds=1.0),
        AskScope(paths=("a",)),
        Hint(text="a"),
    ],
)
def test_each_kind_of_step_comes_back_as_its_own_kind(step):
    mitigation = Mitigation(name="a", reason="b", confidence=0.5, steps=(step,))
    assert from_data(Mitigation, to_data(mitigation)) == mitigation


def test_the_bytes_are_sorted_readable_and_end_with_a_newline():
    command = Command(argv=("é", "b"), cwd=PurePosixPath("web"))
    assert to_json(command) == '{\n  "argv": [\n    "é",\n    "b"\n  ],\n  "cwd": "web",\n  "env": []\n}\n'
    assert to_json(command, indent=None) == '{"argv":["é","b"],"cwd":"web","env":[]}'


def test_half_a_surrogate_pair_can_be_stored_and_comes_back():
    command = Command(argv=("a\ud800b", "\udfff"))
    assert from_json(Command, to_json(command).encode().decode()) == command


def test_what_a_newer_version_added_is_ignored_and_what_an_older_one_lacked_is_the_default():
    assert from_data(Command, {"argv": ["a"], "shell": True}) == Command(argv=("a",))


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", {"a": {1}}, Command])
def test_what_has_no_json_form_is_an_error(value):
    with pytest.raises(TypeError):
        to_data(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_not_written(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(Wait(seconds=value))


@pytest.mark.parametrize(
    ("kind", "data", "problem"),
    [
        (Span, [], "expected an object, found list"),
        (Span, {"start": 1}, "Span: "),
        (Span, {"start": "1", "end": 2}, "Span.start: expected int, found str"),
        (Span, {"start": True, "end": 2}, "Span.start: expected int, found bool"),
        (Span, {"start": 1.0, "end": 2}, "Span.start: expected int, found float"),
        (Wait, {"seconds": True}, "Wait.seconds: expected a number, found bool"),
        (Wait, {"seconds": 10**400}, "Wait.seconds: the number is too large"),
        (Command, {"argv": "ls"}, "Command.argv: expected a list, found str"),
        (Command, {"argv": [1]}, "Command.argv: expected str, found int"),
        (Command, {"argv": [], "cwd": None}, "Command.cwd: expected str, found NoneType"),
        (Command, {"argv": [], "env": [["a"]]}, "Command.env: expected 2 values, found 1"),
        (PathValue, {"path": "a", "role": "destroy"}, "PathValue.role: 'destroy' is not one of 'create', "),
        (PathValue, {"path": "a", "role": ["create"]}, "PathValue.role: ['create'] is not one of "),
        (PlanPath, {"path": "a", "source": 3}, "PlanPath.source: expected an object, found int"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_name_of_its_field(kind, data, problem):
    with pytest.raises(ValueError) as caught:
        from_data(kind, data)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}', '{"x": {"a": 1, "a": 1}}', "NaN", "[Infinity]", "-Infinity", "1e999", "[-1e999]", "[" * 200_000,
        '{"a":' * 200_000, "1" * 5000, "", "{", "{'a': 1}", "[1,]", "// x\n1", '"\x01"',
    ],
)  # fmt: skip
def test_doubtful_json_is_refused(text):
    with pytest.raises(ValueError):
        load_json(text)


@settings(max_examples=200)
@given(_JSON)
def test_plain_json_is_read_as_it_is(value):
    assert load_json(json.dumps(value)) == value
