"""The installed program, the real `llm` library, and a scripted model on loopback."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.scripted_model import ScriptedModel

_LACKING = [name for name in ("llm", "autopack_plan_llm") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(_LACKING), reason=f"not installed: {', '.join(_LACKING)}")

PLAN = """\
# Search

## Phase 1: Store

**Depends on**: Phase 2

- [ ] Write `store.py`

## Phase 2: Index

**Depends on**: Phase 1. The index is written first, the store reads it.

- [ ] Write `index.py`
"""
ANSWERED = ("0: ready", ["Phase 1: Store after Phase 2: Index"])
OPEN = ("3: needs_input", [])

Ask = Callable[..., tuple[str, list[str]]]


@pytest.fixture
def ask(tmp_path: Path, make_repo: Callable[..., Path], run_autopack: Callable[..., subprocess.CompletedProcess[str]]) -> Ask:
    """`ask(model)`: how `autopack plan` ends, and which phase then comes after which; the feature is on."""
    repo = make_repo({"app.py": ""})
    (tmp_path / "plan.md").write_text(PLAN)
    folder = tmp_path / "llm"
    folder.mkdir()

    def run(model: ScriptedModel, *, schema: bool = True, **variables: str) -> tuple[str, list[str]]:
        entry = {"model_id": "scripted", "model_name": "scripted-1", "api_base": model.url, "supports_schema": schema}
        (folder / "extra-openai-models.yaml").write_text(json.dumps([entry]))
        env = {"LLM_USER_PATH": str(folder), "LLM_MODEL": "scripted", "AUTOPACK_EXPERIMENTAL_PLAN_LLM": "1", **variables}
        options = ("--check", "python3 -m compileall .", "--json")
        done = run_autopack("plan", tmp_path / "plan.md", *options, cwd=repo, env=env)
        assert done.returncode in (0, 3), done.stderr
        plan: dict[str, Any] = json.loads(done.stdout)
        titles = {phase["id"]: phase["title"] for phase in plan["phases"]}
        edges = [f"{phase['title']} after {titles[name]}" for phase in plan["phases"] for name in phase["depends_on"]]
        return f"{done.returncode}: {plan['status']}", edges if not plan["open_questions"] else []

    return run


def test_a_model_chooses_one_of_the_options(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model('{"answer": "2"}')

    assert ask(model) == ANSWERED

    [request] = model.requests
    assert (request["model"], request["temperature"], request["max_tokens"]) == ("scripted-1", 0, 100)
    assert request["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"] == ["1", "2", "unknown"]
    question = request["messages"][-1]["content"]
    assert "1. Phase 1: Store\n2. Phase 2: Index\n" in question
    assert "11: **Depends on**: Phase 1. The index is written first, the store reads it." in question


def test_the_same_question_is_paid_for_once(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model('{"answer": "2"}')

    assert [ask(model), ask(model)] == [ANSWERED, ANSWERED]
    assert len(model.requests) == 1


def test_a_model_that_does_not_know_is_paid_for_once_too(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model('{"answer": "unknown"}')

    assert [ask(model), ask(model)] == [OPEN, OPEN]
    assert len(model.requests) == 1


@pytest.mark.parametrize("reply", ["Phase 2: Index", '{"answer": "3"}'])
def test_whatever_else_a_model_says_answers_nothing(ask: Ask, scripted_model: Callable[..., ScriptedModel], reply: str) -> None:
    assert ask(scripted_model(reply)) == OPEN


def test_a_model_without_schemas_is_asked_for_json_in_words(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model('{"answer": "2"}')

    assert ask(model, schema=False) == ANSWERED
    assert "response_format" not in model.requests[0]


def test_no_model_is_asked_while_the_feature_is_off(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model('{"answer": "2"}')

    assert ask(model, AUTOPACK_EXPERIMENTAL_PLAN_LLM="") == OPEN
    assert model.requests == []


def test_no_model_is_asked_where_models_are_forbidden(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model('{"answer": "2"}')

    assert ask(model, AUTOPACK_LLM="off") == OPEN
    assert model.requests == []


def test_a_service_that_fails_leaves_the_question_open(ask: Ask, scripted_model: Callable[..., ScriptedModel]) -> None:
    model = scripted_model()

    assert ask(model) == OPEN
    assert len(model.requests) == 1
