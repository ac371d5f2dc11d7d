"""What starting costs, counted in modules: a clock on a busy machine would say something else each time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from autopack.cli import COMMANDS

HEAVY = frozenset(
    {"git", "jsonschema", "rich", "structlog", "yaml", "tree_sitter", "tree_sitter_bash", "markdown_it", "platformdirs",
     "asyncio", "concurrent", "email", "http", "multiprocessing", "sqlite3", "ssl", "unittest", "urllib.request", "xml"}
)  # fmt: skip
NOT_FOR_HELP = frozenset(
    {*HEAVY, "autopack.hookspecs", "autopack.plugins", "autopack.effects", "autopack.stages", "importlib.metadata"}
)
LISTING_MODULES = (
    "import json, sys; before = set(sys.modules); sys.argv[0] = 'autopack'\n"
    "try:\n"
    "    from autopack.cli import main; main()\n"
    "except SystemExit as end: code = end.code\n"
    "json.dump([code or 0, sorted(set(sys.modules) - before)], sys.stderr)"
)


def loaded_by(*args: str, cwd: Path, env: Mapping[str, str]) -> set[str]:
    """The modules that a command imports.  The command must end with 0."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING_MODULES, *args], cwd=cwd, env=env, capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stdout
    return set(modules)


def among(modules: set[str], unwanted: frozenset[str]) -> set[str]:
    return {name for name in modules if any(f"{name}.".startswith(f"{heavy}.") for heavy in unwanted)}


@pytest.mark.parametrize("args", [("--help",), ("--version",)])
def test_asking_for_help_loads_nothing_heavy(tmp_path: Path, autopack_env: dict[str, str], args: tuple[str, ...]) -> None:
    assert among(loaded_by(*args, cwd=tmp_path, env=autopack_env), NOT_FOR_HELP) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_loads_no_plugin_and_no_git(tmp_path: Path, autopack_env: dict[str, str], command: str) -> None:
    unwanted = frozenset({"git", "jsonschema", "rich", "autopack.plugins", "autopack.stages", "tree_sitter"})
    assert among(loaded_by(command, "--help", cwd=tmp_path, env=autopack_env), unwanted) == set()


LOOKS = [
    ("status",),
    ("status", "r1", "--json"),
    ("report", "r1"),
    ("report", "r1", "--format", "json"),
    ("policy", "rm -rf /"),
    ("plugins", "list"),
    ("plugins", "list", "--json"),
]


def test_looking_at_a_finished_run_loads_neither_git_nor_jsonschema(
    make_repo: Callable[..., Path],
    run_autopack: Callable[..., subprocess.CompletedProcess[str]],
    autopack_env: dict[str, str],
) -> None:
    top = make_repo({"a.py": "A = 1\n"})
    plan = "# Set B\n\n- [ ] Write `b.py`\n\n```python b.py\nB = 2\n```\n"
    options = ("--run-id", "r1", "--check", "python3 -m py_compile b.py", "--allow-weak-sandbox")
    done = run_autopack("run", "-", *options, cwd=top, stdin=plan)
    assert done.returncode == 0, done.stderr

    unwanted = frozenset({"git", "jsonschema"})
    assert {args: among(loaded_by(*args, cwd=top, env=autopack_env), unwanted) for args in LOOKS} == {
        args: set() for args in LOOKS
    }


PLUGINS = {point.name: point.module for point in entry_points(group="autopack")}
PLUGIN_COST = (
    "import json, sys, pluggy, autopack, autopack.hookspecs; before = set(sys.modules); __import__(sys.argv[1]);"
    "print(json.dumps(sorted(set(sys.modules) - before)))"
)


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_loads_only_itself_the_model_and_light_modules(autopack_env: dict[str, str], name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLUGIN_COST, PLUGINS[name]], env=autopack_env, capture_output=True, text=True, check=True
    )
    modules = set(json.loads(done.stdout))
    assert among(modules, HEAVY) == set()
    tops = {module.split(".")[0] for module in modules}
    assert {top for top in tops if top not in sys.stdlib_module_names} <= {"autopack", PLUGINS[name].split(".")[0]}
