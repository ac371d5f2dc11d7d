"""What an approval is bound to, who waits for it, and which dependencies are new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopack.cli.approve import read_choice
from autopack.decide.approvals import (
    approval_id,
    count_openings,
    describe_ask,
    explain_block,
    find_additions,
    find_asked,
    find_waiting,
    is_usable,
)
from autopack.effects.approvals import read_grant, use_grant, write_grant
from autopack.model.approval import Ask, Grant
from autopack.model.codec import to_data
from autopack.model.event import Event
from autopack.model.plan import Budget, Deliverable, Phase, Scope

ASK = Ask(
    kind="command",
    phase_id="docs",
    text="make deploy",
    argv=("make", "deploy"),
    rule="policy.unknown-script",
    reason="runs a script of the project",
    line=11,
)
NAME = approval_id("run", ASK, "policy")
GRANT = Grant(id=NAME, run_id="run", policy="policy", ask=ASK, granted_at="2026-01-01T00:00:00+00:00")


def events(*rows: tuple[str, dict[str, object]]) -> list[Event]:
    return [
        Event(seq=seq, at="", type=type_, run_id="run", facts={name: to_data(fact) for name, fact in facts.items()})
        for seq, (type_, facts) in enumerate(rows, 1)
    ]


def asked(ask: Ask, name: str = NAME) -> tuple[str, dict[str, object]]:
    return "approval.asked", {"id": name, "phase": ask.phase_id, "ask": ask}


def phase(name: str, *needs: str, state: str = "todo") -> Phase:
    work = Deliverable(id="d", title="x", status=state, origin="stated", confidence=0.9, rule="r")
    return Phase(
        id=name,
        title=name,
        deliverables=(work,),
        scope=Scope(paths=()),
        validation=(),
        budget=Budget(max_files=1, max_tokens=1, max_minutes=1.0, max_attempts=1),
        depends_on=needs,
        provenance={},
    )


# -- what it is bound to ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run_id", "ask", "policy"),
    [
        ("other", ASK, "policy"),
        ("run", ASK, "stricter"),
        ("run", replace(ASK, phase_id="api"), "policy"),
        ("run", replace(ASK, kind="install"), "policy"),
        ("run", replace(ASK, text="make deploy "), "policy"),
        ("run", replace(ASK, argv=("make", "deploy", "--all")), "policy"),
        ("run", replace(ASK, argv=("make deploy",)), "policy"),
        ("run", replace(ASK, cwd="docs"), "policy"),
    ],
)
def test_another_run_phase_command_folder_or_policy_needs_another_approval(run_id: str, ask: Ask, policy: str) -> None:
    assert approval_id(run_id, ask, policy) != NAME


def test_where_it_was_asked_and_why_may_be_told_differently() -> None:
    assert approval_id("run", replace(ASK, line=99, reason="else", rule="policy.other"), "policy") == NAME


@pytest.mark.parametrize(
    ("grant", "opening", "usable"),
    [
        (GRANT, 0, True),
        (GRANT, 1, True),
        (replace(GRANT, used=0), 0, True),  # the phase that it served was killed, and goes on
        (replace(GRANT, used=0), 1, False),  # it has served
        (None, 0, False),
        (replace(GRANT, ask=replace(ASK, argv=("rm", "-r", "src"))), 0, False),  # what it says is not what it is filed under
        (replace(GRANT, run_id="other"), 0, False),
        (replace(GRANT, id="0" * 64), 0, False),
    ],
)
def test_a_grant_serves_one_opening_of_the_phase_it_was_made_for(grant: Grant | None, opening: int, usable: bool) -> None:
    assert is_usable(grant, NAME, opening) is usable


def test_only_a_real_end_ends_an_opening() -> None:
    ends = [("phase.finished", {"phase": "docs", "state": state}) for state in ("blocked", "failed", "committed")]
    other = ("phase.finished", {"phase": "api", "state": "failed"})
    counts = [count_openings(events(*ends[:most], other), "docs") for most in range(4)]
    assert counts == [0, 0, 1, 2]


def test_a_grant_is_private_and_comes_back_as_it_was_until_it_is_spent(tmp_path):
    write_grant(tmp_path, GRANT)
    place = tmp_path / "autopack" / "approvals" / f"{NAME}.json"
    assert (place.stat().st_mode & 0o777, read_grant(tmp_path, NAME)) == (0o600, GRANT)

    use_grant(tmp_path, GRANT, 2)
    assert (place.stat().st_mode & 0o777, read_grant(tmp_path, NAME)) == (0o600, replace(GRANT, used=2))


@pytest.mark.parametrize("text", ["", "approved", "{}", '{"id": 1}'])
def test_a_file_that_is_no_grant_grants_nothing(tmp_path, text):
    write_grant(tmp_path, GRANT)
    (tmp_path / "autopack" / "approvals" / f"{NAME}.json").write_text(text)
    assert read_grant(tmp_path, NAME) is None


# -- who waits ----------------------------------------------------------------------------------------------------------


def test_what_was_asked_is_open_until_it_is_granted_or_the_phase_begins() -> None:
    install = replace(ASK, kind="install", text="python@.", argv=("flask",))
    granted = ("approval.granted", {"id": NAME, "phase": "docs"})
    started = ("phase.started", {"phase": "docs"})
    assert find_asked(events(asked(ASK), asked(install, "b")), "docs") == (ASK, install)
    assert find_asked(events(asked(ASK), asked(install, "b"), granted), "docs") == (install,)
    assert find_asked(events(asked(ASK), granted, started, asked(install, "b")), "docs") == (install,)
    assert find_asked(events(asked(ASK)), "api") == ()


def test_the_same_ask_under_another_policy_is_one_ask() -> None:
    stricter = replace(ASK, rule="policy.stricter")
    assert find_asked(events(asked(ASK), asked(stricter, "b")), "docs") == (stricter,)


def test_what_was_left_out_only_for_a_blocked_phase_waits_with_it() -> None:
    phases = (phase("a"), phase("b", "a"), phase("c", "b", "done"), phase("d", "e"), phase("e"), phase("f", "a", "e"))
    phases += (phase("done", state="done"),)
    states = {"a": "blocked", "b": "skipped", "c": "skipped", "d": "skipped", "e": "failed", "f": "skipped"}
    assert find_waiting(phases, states, {"a"}) == ("a", "b", "c")
    assert find_waiting(phases, states, set()) == ()


def test_the_reason_names_what_is_asked_and_the_two_commands_that_help() -> None:
    path = replace(ASK, kind="path", text=".env", argv=(), rule="scope.protected")
    assert explain_block([ASK, path], "r1") == (
        "`make deploy` needs approval [policy.unknown-script]; `changing .env` needs approval [scope.protected]: "
        "`autopack approve r1`, then `autopack resume r1`"
    )


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (replace(ASK, cwd="docs"), "make deploy (in docs)"),
        (replace(ASK, kind="install", argv=("flask>=3", "jinja2")), "installing flask>=3, jinja2"),
        (replace(ASK, kind="install", argv=(), reason="installing what phase 'x' adds"), "installing what phase 'x' adds"),
    ],
)
def test_an_ask_is_told_in_a_few_words(ask: Ask, words: str) -> None:
    assert describe_ask(ask) == words


# -- what is new --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "changed", "added"),
    [
        (("a",), ("a",), ("pyproject.toml",), ()),
        (("a",), ("a", "b"), ("pyproject.toml",), ("b",)),
        (("a", "b"), ("a",), ("pyproject.toml",), ()),
        (("a>=1",), ("a>=2",), ("pyproject.toml",), ("a>=2",)),
        ((), ("a",), ("pyproject.toml",), ("a",)),
        # nothing that a toolchain could read: the changed manifests speak for themselves
        ((), (), ("go.mod", "go.sum"), ("go.mod", "go.sum")),
        (("a",), (), ("pyproject.toml",), ("pyproject.toml",)),
        ((), (), (), ()),
        (("a",), (), (), ()),
    ],
)
def test_what_a_tree_declares_beyond_its_base_is_an_addition(before, after, changed, added):
    assert find_additions(before, after, changed) == added


# -- what a person types ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("yes", (1, 2, 3)),
        (" ALL ", (1, 2, 3)),
        ("no", ()),
        ("3, 1", (1, 3)),
        ("2 2", (2,)),
        ("0", None),
        ("4", None),
        ("1 yes", None),
        ("-1", None),
        ("²", None),
        ("", None),
        ("sure", None),
    ],
)
def test_an_answer_is_all_none_numbers_or_not_understood(text, numbers):
    assert read_choice(text, 3) == numbers
