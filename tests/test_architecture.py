"""The house keeps its shape: what may import what, who may touch the disk, and how long a module may be."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent

# Imports go down only; rooms on one floor do not know each other.
FLOORS = (
    ("errors",),
    ("model",),
    ("hookspecs", "schemas"),
    ("decide",),
    ("plugins", "effects"),
    ("stages",),
    ("scaffold",),
    ("cli",),
    ("testing",),  # makes the pages about the command line
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
PLUGINS_MAY_IMPORT = ("autopack.model", "autopack.hookspecs", "autopack.errors")
PURE_ROOMS = ("errors", "model", "decide")
IMPURE_MODULES = frozenset(
    {"asyncio", "ctypes", "fcntl", "glob", "os", "random", "secrets", "select", "shutil", "signal", "socket", "subprocess",
     "tempfile", "threading", "time", "urllib", "logging", "structlog", "sqlite3"}
)  # fmt: skip
WRITING_METHODS = frozenset({"write_text", "write_bytes", "open"})
MOST_LINES = 350

# Calls that look like a write and are none: module → expression → why.
NO_WRITES: dict[str, dict[str, str]] = {
    "autopack.decide.shell": {"self.open": "unfolds a node of a syntax tree"},
    "autopack.stages.phase": {"run.record.write_text": "a method of effects.store"},
    "autopack_builder_payload.build": {"self._bench.write_bytes": "the host's own door, which contains the path"},
}
LONG_MODULES = {
    "autopack.plugins": "one loader: discovery, registration, faults and asking share the same records",
    "autopack.decide.merge": "one merger, field by field in the plan's order",
    "autopack.decide.policy": "one judge that walks one syntax tree",
    "autopack.decide.policy_rules": "a table of rules with their examples",
    "autopack.decide.shell": "one reading of one grammar",
    "autopack.effects.git": "every git call stands beside the flags that harden it",
    "autopack.stages.samples": "one list of samples, sane and hostile, for every question",
    "autopack.stages.phase": "the one loop of a phase, step by step",
    "autopack.stages.run": "start, resume and end of a run share their checks",
}


def find_modules() -> dict[str, Path]:
    """Every module of the host and of the plugin packages, by name."""
    found = {}
    for base in (TOP, *sorted((TOP / "plugins").glob("*/"))):
        for path in (*base.glob("autopack/**/*.py"), *base.glob("autopack_*/**/*.py"), *base.glob("autopack_*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = find_modules()


def imports_of(source: str, *, everywhere: bool = True) -> Iterator[tuple[int, str]]:
    """Line and dotted name of what is imported; without `everywhere` only what runs when the module is imported."""
    queue: list[ast.AST] = [ast.parse(source)]
    while queue:
        node = queue.pop(0)
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}") for alias in node.names)
        elif everywhere or (not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_for_types(node)):
            queue += ast.iter_child_nodes(node)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


# -- the rules: module name and source in, complaints out ---------------------------------------------------------------


def check_floors(name: str, source: str) -> list[str]:
    room = name.split(".")[1] if name.startswith("autopack.") else None
    if room is None:
        return []
    complaints = [] if room in FLOOR_OF else [f"{room} stands on no floor"]
    for line, imported in imports_of(source):
        if imported.startswith("."):
            complaints.append(f"{line}: relative import")
        target = imported.split(".")[1] if imported.startswith("autopack.") else room
        if target in FLOOR_OF and target != room and FLOOR_OF[target] >= FLOOR_OF.get(room, -1):
            complaints.append(f"{line}: {room} imports {target}")
    return complaints


def check_purity(name: str, source: str) -> list[str]:
    if name.split(".")[1:2] and name.startswith("autopack.") and name.split(".")[1] in PURE_ROOMS:
        return [f"{line}: imports {found}" for line, found in imports_of(source) if found.split(".")[0] in IMPURE_MODULES]
    return []


def check_plugin_imports(name: str, source: str) -> list[str]:
    own = name.split(".")[0]
    if own == "autopack":
        return []
    complaints = []
    for line, imported in imports_of(source):
        if imported.startswith("autopack.") and imported not in ("autopack.hookimpl", "autopack.__version__"):
            if not f"{imported}.".startswith(tuple(f"{allowed}." for allowed in PLUGINS_MAY_IMPORT)):
                complaints.append(f"{line}: a plugin imports {imported}")
        elif imported.startswith("autopack_") and imported.split(".")[0] != own:
            complaints.append(f"{line}: a plugin imports another, {imported}")
    for line, imported in imports_of(source, everywhere=False):
        first = imported.split(".")[0]
        if first not in (*sys.stdlib_module_names, "") and not first.startswith("autopack"):
            complaints.append(f"{line}: imports {first} when it is loaded")
    return complaints


def check_writes(name: str, source: str) -> list[str]:
    if name.startswith(("autopack.effects", "autopack.testing")):
        return []
    known = NO_WRITES.get(name, {})
    complaints = [f"{line}: imports subprocess" for line, found in imports_of(source) if found.split(".")[0] == "subprocess"]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            method = node.func.attr if isinstance(node.func, ast.Attribute) else None
            if called not in known and (called in ("open", "shutil.rmtree", "os.system") or method in WRITING_METHODS):
                complaints.append(f"{node.lineno}: calls {called}")
    return complaints


def check_git_objects(name: str, source: str) -> list[str]:
    # `Repo` runs planted hooks on commit and a planted fsmonitor on `is_dirty`.
    complaints = [
        f"{line}: imports {found}" for line, found in imports_of(source) if found.startswith("git.") and found.endswith(".Repo")
    ]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and (node.attr == "Repo" or f".{ast.unparse(node)}".endswith(".index.commit")):
            complaints.append(f"{node.lineno}: uses {ast.unparse(node)}")
    return complaints


def check_plugin_manager(name: str, source: str) -> list[str]:
    if name == "autopack.plugins":
        return []
    names = (
        (node.lineno, node.attr if isinstance(node, ast.Attribute) else node.id)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Attribute, ast.Name))
    )
    return [f"{line}: uses {found}" for line, found in names if found == "PluginManager"]


def check_length(name: str, source: str) -> list[str]:
    lines = len(source.splitlines())
    if name in LONG_MODULES:
        return [] if lines > MOST_LINES else [f"{lines} lines: take it out of LONG_MODULES"]
    return [f"{lines} lines: split it, or say in LONG_MODULES which one idea it is"] if lines > MOST_LINES else []


def check_docstring(name: str, source: str) -> list[str]:
    return [] if ast.get_docstring(ast.parse(source)) else ["no docstring that says what it is for"]


RULES: dict[str, Callable[[str, str], list[str]]] = {
    "floors": check_floors,
    "purity": check_purity,
    "plugin imports": check_plugin_imports,
    "writes": check_writes,
    "git objects": check_git_objects,
    "plugin manager": check_plugin_manager,
    "length": check_length,
    "docstring": check_docstring,
}

# -- every rule fires on what it forbids --------------------------------------------------------------------------------

BAD = {
    ("floors", "autopack.decide.x", "from autopack.effects import git"): ["1: decide imports effects"],
    ("floors", "autopack.effects.x", "def f():\n    import autopack.plugins"): ["2: effects imports plugins"],
    ("floors", "autopack.plugins", "from autopack.effects.log import get_logger"): ["1: plugins imports effects"],
    ("floors", "autopack.errors", "from autopack import model"): ["1: errors imports model"],
    ("floors", "autopack.cli.x", "from autopack.testing import docs"): ["1: cli imports testing"],
    ("floors", "autopack.stages.x", "from . import run"): ["1: relative import"],
    ("floors", "autopack.attic", ""): ["attic stands on no floor"],
    ("purity", "autopack.decide.x", "def f():\n    import os.path"): ["2: imports os.path"],
    ("purity", "autopack.model.x", "from time import monotonic"): ["1: imports time.monotonic"],
    ("plugin imports", "autopack_py.x", "from autopack.decide.regex import f"): ["1: a plugin imports autopack.decide.regex.f"],
    ("plugin imports", "autopack_py", "import autopack.effects"): ["1: a plugin imports autopack.effects"],
    ("plugin imports", "autopack_py", "from autopack.modelling import f"): ["1: a plugin imports autopack.modelling.f"],
    ("plugin imports", "autopack_py", "import autopack_node"): ["1: a plugin imports another, autopack_node"],
    ("plugin imports", "autopack_py", "try:\n    import yaml\nexcept: 0"): ["2: imports yaml when it is loaded"],
    ("writes", "autopack.stages.x", "open('f', 'w')"): ["1: calls open"],
    ("writes", "autopack.stages.x", "path.write_text('x')"): ["1: calls path.write_text"],
    ("writes", "autopack.cli.x", "(top / 'f').write_bytes(b'')"): ["1: calls (top / 'f').write_bytes"],
    ("writes", "autopack.schemas", "with path.open() as f: pass"): ["1: calls path.open"],
    ("writes", "autopack_py", "import os\nos.open('f', 0)"): ["2: calls os.open"],
    ("writes", "autopack.plugins", "def f():\n    from subprocess import run"): ["2: imports subprocess"],
    ("writes", "autopack.stages.x", "shutil.rmtree('x')"): ["1: calls shutil.rmtree"],
    ("git objects", "autopack.effects.git", "import git\nr = git.Repo('.')"): ["2: uses git.Repo"],
    ("git objects", "autopack.effects.git", "from git import Repo"): ["1: imports git.Repo"],
    ("git objects", "autopack.effects.git", "repo.index.commit('x')"): ["1: uses repo.index.commit"],
    ("plugin manager", "autopack.stages.x", "import pluggy\npluggy.PluginManager('x')"): ["2: uses PluginManager"],
    ("length", "autopack.stages.x", "x\n" * 351): ["351 lines: split it, or say in LONG_MODULES which one idea it is"],
    ("length", "autopack.decide.shell", "x\n" * 350): ["350 lines: take it out of LONG_MODULES"],
    ("docstring", "autopack.stages.x", "# a comment\nx = 1"): ["no docstring that says what it is for"],
}  # fmt: skip
GOOD = [
    ("floors", "autopack.stages.x", "from autopack import hookimpl\nimport autopack.effects.git\nimport autopack.stages.run"),
    ("floors", "autopack.effects.x", "from autopack.decide.names import f\nimport autopack.effects.git\nimport git"),
    ("purity", "autopack.effects.x", "import os"),
    ("plugin imports", "autopack_py.x", "import re\nfrom autopack import hookimpl\nimport autopack.model.x, autopack_py.y"),
    ("plugin imports", "autopack_py", "def f():\n    import yaml"),
    ("writes", "autopack.effects.x", "open('f', 'w')"),
    ("writes", "autopack.decide.shell", "self.open(node)"),
    ("writes", "autopack.model.x", "class Bench:\n    def write_bytes(self): ..."),
    ("git objects", "autopack.stages.x", "repo: git.Repository\nrun.commit('x')"),
    ("plugin manager", "autopack.plugins", "pluggy.PluginManager('x')"),
    ("length", "autopack.stages.x", "x\n" * 350),
    ("docstring", "autopack.stages.x", '"""What it is for."""'),
]  # fmt: skip


@pytest.mark.parametrize(("case", "complaints"), BAD.items(), ids=[f"{rule}-{name}" for rule, name, _ in BAD])
def test_a_rule_fires_on_what_it_forbids(case: tuple[str, str, str], complaints: list[str]) -> None:
    rule, name, source = case
    assert RULES[rule](name, source) == complaints


@pytest.mark.parametrize(("rule", "name", "source"), GOOD, ids=[f"{rule}-{name}" for rule, name, _ in GOOD])
def test_a_rule_keeps_quiet_on_what_it_allows(rule: str, name: str, source: str) -> None:
    assert RULES[rule](name, source) == []


# -- and the house keeps them -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_every_module_keeps_the_rule(rule: str) -> None:
    complaints = {name: RULES[rule](name, path.read_text()) for name, path in MODULES.items()}
    assert {name: found for name, found in complaints.items() if found} == {}


def test_the_walk_sees_the_host_and_every_plugin() -> None:
    assert {"autopack", "autopack.cli", "autopack.effects.git"} <= MODULES.keys()
    folders = {path.name.replace("-", "_") for path in (TOP / "plugins").iterdir() if (path / "pyproject.toml").is_file()}
    assert folders == {name.split(".")[0] for name in MODULES} - {"autopack"}


def test_no_exception_outlives_its_reason() -> None:
    calls = {
        name: {ast.unparse(node.func) for node in ast.walk(ast.parse(MODULES[name].read_text())) if isinstance(node, ast.Call)}
        for name in NO_WRITES
    }
    assert {name: set(known) - calls[name] for name, known in NO_WRITES.items() if set(known) - calls[name]} == {}
    assert LONG_MODULES.keys() <= MODULES.keys()
