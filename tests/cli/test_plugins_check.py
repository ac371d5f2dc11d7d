"""`autopack plugins check` holds what is installed to the plugin contract, through the installed program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "schemas" / "plugins_check_v1.schema.json"
LIAR = """
from autopack import hookimpl
from autopack.model.draft import Claim, PathValue, Span
from autopack.model.specs import BuilderSpec


@hookimpl
def normalize_plan(draft, round):
    value = PathValue(path="src/not_there.py")
    return [Claim(field="path", value=value, origin="stated", confidence=1.0, rule="sure", span=Span(start=1, end=1))]


@hookimpl
def builders():
    return [BuilderSpec(name="command", factory=str, summary="")]
"""


def install(site: Path, name: str, body: str, requires: str) -> None:
    module = f"autopack_{name}"
    (site / f"{module}.py").write_text(body)
    metadata = site / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: autopack-{name}\nVersion: 1.0\n{requires}")
    (metadata / "entry_points.txt").write_text(f"[autopack]\n{name} = {module}\n")


@pytest.fixture
def check(
    tmp_path: Path, run_autopack: Callable[..., subprocess.CompletedProcess[str]]
) -> Callable[..., tuple[int, dict[str, Any], str]]:
    """Exit code, what `plugins check --json` prints (held to its schema), and its messages."""

    def run(*only: str) -> tuple[int, dict[str, Any], str]:
        env = {"PYTHONPATH": str(tmp_path), "AUTOPACK_PLUGINS_ONLY": ",".join(only)}
        done = run_autopack("plugins", "check", "--json", cwd=tmp_path, env=env)
        printed = json.loads(done.stdout)
        jsonschema.validate(printed, json.loads(SCHEMA.read_text()))
        return done.returncode, printed, done.stderr

    return run


def test_a_plugin_that_lies_is_named_with_the_rule_it_broke(
    tmp_path: Path, check: Callable[..., tuple[int, dict[str, Any], str]]
) -> None:
    install(tmp_path, "liar", LIAR, "Requires-Dist: autopack>=0.1,<1\n")
    code, printed, messages = check("liar", "builder-command")
    assert (code, printed["checked"]) == (6, ["builder-command", "liar"])
    clash = "the builder 'command' has the name of {}'s 'command', so neither can be used: choose another"
    told = [(one["plugin"], one["rule"], one["where"], one["message"].partition(" is stated")[0]) for one in printed["problems"]]
    assert told == [
        ("builder-command", "own-names", "builders", clash.format("autopack-liar")),
        ("liar", "stated", "normalize_plan", "the rule 'sure' says 'src/not_there.py'"),
        ("liar", "own-names", "builders", clash.format("autopack-builder-command")),
    ]
    assert messages.endswith("error: 3 faults in the plugins\nhint: repair or uninstall what is named above\n")


def test_a_plugin_for_another_version_is_a_fault_and_one_that_says_nothing_a_note(
    tmp_path: Path, check: Callable[..., tuple[int, dict[str, Any], str]]
) -> None:
    body = "from autopack import hookimpl\n\n@hookimpl\ndef observe(event):\n    pass\n"
    install(tmp_path, "old", body, "Requires-Dist: autopack<0.1\n")
    install(tmp_path, "mute", body, "")
    code, printed, _ = check("old", "mute")
    unsaid = "it does not say which autopack versions it fits; declare a dependency such as `autopack>=0.1,<1`"
    assert (code, printed["checked"], printed["notes"]) == (6, ["mute"], [{"plugin": "mute", "message": unsaid}])
    [fault] = printed["problems"]
    assert (fault["plugin"], fault["rule"], fault["message"].partition(",")[0]) == ("old", "loads", "needs autopack <0.1")
