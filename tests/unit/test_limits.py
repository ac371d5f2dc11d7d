"""What is too large, too deep or too clever for a parser is refused in time, with words instead of a crash."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopack.model.parse import LIMIT_CHARS, MAX_DEPTH, Unreadable, load_json, load_toml, load_yaml

LOADERS: dict[str, Callable[..., Any]] = {"json": load_json, "toml": load_toml, "yaml": load_yaml}
DEEP = {
    "json": lambda depth: "[" * depth + "]" * depth,
    "json objects": lambda depth: '{"a":' * depth + "1" + "}" * depth,
    "toml": lambda depth: "a = " + "[" * depth + "]" * depth,
    "toml tables": lambda depth: "a = " + "{a = " * depth + "1" + "}" * depth,
    "toml dots": lambda depth: "a." * depth + "a = 1",
    "toml quoted dots": lambda depth: "a = {" + '"a"  . ' * depth + "a = 1}",
    "yaml": lambda depth: "[" * depth + "]" * depth,
    "yaml dashes": lambda depth: "- " * depth + "a",
    "yaml questions": lambda depth: "? " * depth + "a",
}


def refuse(load: Callable[..., Any], text: str, **limits: int) -> str:
    """The refusal, which must come within a second."""
    started = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        load(text, **limits)
    assert time.monotonic() - started < 1
    return str(caught.value)


@pytest.mark.parametrize("depth", [100, 1_000, 10_000, 100_000, 1_000_000])
@pytest.mark.parametrize("shape", DEEP)
def test_nesting_is_refused_at_any_depth(shape, depth):
    text = DEEP[shape](depth)
    reason = "larger" if len(text) > LIMIT_CHARS else "nested"
    assert reason in refuse(LOADERS[shape.partition(" ")[0]], text)


def test_nesting_is_also_refused_where_the_text_may_be_long():
    assert "nested" in refuse(load_yaml, "[" * 2_000_000, limit_chars=2_000_000)
    assert "nested" in refuse(load_json, "[" * 2_000_000, limit_chars=2_000_000)


@pytest.mark.parametrize(
    ("name", "text"), [("json", "[" * MAX_DEPTH + "]" * MAX_DEPTH), ("yaml", "[" * MAX_DEPTH + "]" * MAX_DEPTH)]
)
def test_nesting_up_to_the_limit_is_read(name, text):
    assert LOADERS[name](text)


@pytest.mark.parametrize("load", LOADERS.values())
def test_fifty_megabytes_are_refused_before_they_are_parsed(load):
    assert refuse(load, "x" * 50_000_000) == f"larger than {LIMIT_CHARS} characters"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &a [x]\nb: *a\n", "line 1: anchors and aliases are not allowed"),
        ("b: *a\n", "line 1: anchors and aliases are not allowed"),
        ("a: 1\n<<: {b: 1}\n", "line 2: merge keys are not allowed"),
        ("a: !!python/object/apply:os.system [id]\n", "line 1: tags are not allowed"),
        ("a: !x b\n", "line 1: tags are not allowed"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "line 4: duplicate key 'c'"),
        ("a: .nan\n", "line 1: '.nan' is no number that can be used"),
        ("a: 1.0e+999\n", "line 1: '1.0e+999' is no number that can be used"),
        ("? [a]\n: b\n", "line 1: a key must be a text"),
        ("a: [\n", "line 2: did not find expected node content"),
    ],
)
def test_yaml_that_is_not_plain_is_refused(text, problem):
    assert refuse(load_yaml, text) == problem


def test_bombs_of_aliases_and_merge_keys_are_refused_in_time():
    aliases = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    merges = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 30))
    assert refuse(load_yaml, aliases) == refuse(load_yaml, merges) == "line 1: anchors and aliases are not allowed"


def test_yaml_gives_what_json_could_hold():
    text = "a: [1, -2, 1.5, true, off, ~, '<<', 2024-01-02, 010, 1:30, 'x']\nb:\n  c: |\n    text\n"
    assert load_yaml(text) == {
        "a": [1, -2, 1.5, True, False, None, "<<", "2024-01-02", "010", "1:30", "x"],
        "b": {"c": "text\n"},
    }
    assert load_yaml("# nothing\n") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "duplicate key 'a'"),
        ("[NaN]", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("[-1e999]", "-1e999 is too large for a number"),
        ("{}\n]", "line 2: this is not JSON: Extra data"),
        ("1" * 5000, "Exceeds the limit (4300 digits) for integer string conversion"),
    ],
)
def test_json_that_two_readers_would_read_differently_is_refused(text, problem):
    assert refuse(load_json, text).startswith(problem)


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (load_json, "{" + "".join(f'"k{n}":1,' for n in range(60_000)) + '"k59999":2}'),
        (load_json, '"' + '\\"' * 500_000),
        (load_toml, "x = {" + '"\\"".' * 150_000 + "a = 1}"),
        (load_toml, "a-" * 500_000),
        (load_toml, 'a = "' + "\\n" * 500_000),
        (load_yaml, '"' + "a" * 1_000_000),
        (load_yaml, ":" * 1_000_000),
        (load_yaml, "&a " * 300_000),
    ],
)
def test_text_made_to_take_long_is_refused_in_time(load, text):
    refuse(load, text)


@pytest.mark.parametrize("name", ["plan", "-"])
def test_a_plan_of_fifty_megabytes_is_refused_without_reading_it_all(name, tmp_path):
    plan = tmp_path / "plan"
    with plan.open("wb") as file:
        file.truncate(50_000_000)
    code = (
        "import resource, sys; from pathlib import Path; from autopack.errors import WrongUse\n"
        "from autopack.stages.read import read_plan_file\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_plan_file(None if sys.argv[1] == '-' else Path(sys.argv[1]))\n"
        "except WrongUse as error: print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000)\n"
    )
    argument = "-" if name == "-" else str(plan)
    with plan.open("rb") as stdin:
        done = subprocess.run([sys.executable, "-c", code, argument], stdin=stdin, capture_output=True, text=True, check=False)
    shown = "stdin" if name == "-" else name
    assert done.stdout == f"{shown!r} is over the limit of 1 MiB for a plan\nTrue\n"


def test_no_module_parses_outside_of_the_door():
    trusted = {
        "journal.py": "our own lines, summed",
        "schemas.py": "a file of the package",
        "probe.py": "the child's answer through a pipe",
        "plugins.py": "what the installer wrote",
        "scripted_model.py": "what a test's own client sends",
        "__main__.py": "the scaffold's own pyproject.toml",
    }
    top = Path(__file__).parents[2]
    found = {
        path.name
        for path in (*top.glob("autopack/**/*.py"), *top.glob("plugins/*/autopack_*/**/*.py"), *top.glob("plugins/*/*.py"))
        for word in ("json.loads(", "json.load(", "tomllib.load", "yaml.load", "yaml.compose", "yaml.safe_load")
        if word in path.read_text()
    }
    assert found == {"parse.py", *trusted}
