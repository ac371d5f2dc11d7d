"""Attack 19: texts made to keep a regular expression busy, tried on every one that the host and the plugins have."""

from __future__ import annotations

import ast
import importlib
import itertools
import os
import pkgutil
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autopack.plugins import load_plugins
from autopack.testing.fixtures import run_git, write_files

Run = Callable[..., subprocess.CompletedProcess[str]]

LIMIT_S = 0.5
LINE_CHARS = 4096
_SCANS = ("search", "finditer", "findall", "sub", "subn", "split")
_USES = (*_SCANS, "match", "fullmatch")
# Made while running, from parts that are escaped, or from patterns of plugins that are in the list by themselves.
MADE_LATER = {
    "autopack.decide.answers", "autopack.decide.claims", "autopack.decide.guards_tests", "autopack.decide.masking",
    "autopack.decide.runnable", "autopack.decide.signature", "autopack.stages.samples", "autopack_tasks.taskfiles",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A compiled expression, where it stands, and how its module uses it."""

    where: str
    pattern: re.Pattern[Any]
    uses: tuple[str, ...]


def modules() -> Iterator[ModuleType]:
    tops = ["autopack", *sorted({point.module.split(".")[0] for point in metadata.entry_points(group="autopack")})]
    for name in tops:
        top = importlib.import_module(name)
        yield top
        for inner in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{name}."):
            # Pytest's fixtures and what writes files of a new plugin meet no text of a stranger.
            if not inner.name.endswith("__main__") and not inner.name.startswith("autopack.testing"):
                yield importlib.import_module(inner.name)


def find_all() -> tuple[list[Found], list[str]]:
    """Every expression of host and plugins, and the modules that make some from parts."""
    found: dict[tuple[Any, int], tuple[str, re.Pattern[Any], set[str]]] = {}
    later = []

    def note(where: str, value: Any, uses: set[str], depth: int = 0) -> None:
        if isinstance(value, re.Pattern):
            found.setdefault((value.pattern, value.flags), (where, value, set()))[2].update(uses)
        elif depth < 4 and isinstance(value, (tuple, list, set, frozenset)):
            for part in value:
                note(where, part, uses, depth + 1)
        elif depth < 4 and isinstance(value, dict):
            note(where, [*value.keys(), *value.values()], uses, depth)
        elif depth < 4 and is_dataclass(value) and not isinstance(value, type):
            note(where, [getattr(value, field.name) for field in fields(value)], uses, depth)

    for module in modules():
        tree = ast.parse(Path(str(module.__file__)).read_text())
        named = [
            (node, node.func.attr, node.func.value.id)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        ]
        for name, value in vars(module).items():
            uses = {use for _, use, owner in named if owner == name and use in _USES}
            note(f"{module.__name__}.{name}", value, uses)
        inside = {inner for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for inner in ast.walk(node)}
        for node, use, owner in named:
            if owner != "re" or use not in (*_USES, "compile") or not node.args:
                continue
            first = node.args[0]
            text: object = getattr(module, first.id, None) if isinstance(first, ast.Name) else None
            if isinstance(first, ast.Constant):
                text = first.value
            if use == "compile" and node not in inside:
                continue  # it is among the module's values already, with its flags
            if isinstance(text, (str, bytes)):
                note(f"{module.__name__}:{node.lineno}", re.compile(text), {use} - {"compile"})
            else:
                later.append(module.__name__)
    plugins = load_plugins()
    for row in (*plugins.patterns(), *plugins.policy_rules()):
        if regex := getattr(row, "regex", ""):
            note(f"plugin data {row!r:.60}", re.compile(regex), {"search"})
    return [Found(where, pattern, tuple(uses) or ("search",)) for where, pattern, uses in found.values()], later


FOUND, LATER = find_all()


def adversaries(source: str) -> Iterator[str]:
    """Lines of repeated pieces, generic ones and those the expression is made of, each with an end that fits nothing."""
    words = list(dict.fromkeys(re.findall(r"[A-Za-z]{2,12}|\d+", source)))[:8]
    marks = list(dict.fromkeys(ch for ch in source if not ch.isalnum() and ch not in "?+*()"))[:6]
    pairs = ("".join(pair) for pair in itertools.permutations([*marks[:4], "a", "1", " "], 2))
    for piece in dict.fromkeys([*" \ta0.-/\"'`([{<=:_,\\|*#~\n@+", *marks, *words, *(f"{word} " for word in words), *pairs]):
        yield (piece * (LINE_CHARS // len(piece) + 1))[: LINE_CHARS - 1] + "\x01"


def seconds(pattern: re.Pattern[Any], use: str, line: str) -> float:
    text = line.encode() if isinstance(pattern.pattern, bytes) else line
    started = time.process_time()
    if use in _SCANS and use != "search":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, use)(text)
    return time.process_time() - started


def test_19_no_expression_of_host_and_plugins_is_passed_over() -> None:
    assert len(FOUND) > 200
    assert {found.where.split(".")[0] for found in FOUND} >= {"autopack", "autopack_plan_markdown", "autopack_py"}
    assert set(LATER) <= MADE_LATER


@pytest.mark.parametrize("package", sorted({found.where.split(".")[0].split(":")[0] for found in FOUND}))
def test_19_no_line_keeps_an_expression_busy(package: str) -> None:
    slow = []
    for found in FOUND:
        if found.where.split(".")[0].split(":")[0] == package:
            source = found.pattern.pattern
            lines = adversaries(source if isinstance(source, str) else source.decode())
            # A quarter of the line first: what takes a cube of the length shows there already.
            tries = (
                (seconds(found.pattern, use, line), use, line[:12])
                for line in lines
                for use in found.uses
                if seconds(found.pattern, use, line[: LINE_CHARS // 4]) > LIMIT_S / 100
            )
            slow += [(found.where, *one) for one in itertools.islice((one for one in tries if one[0] > LIMIT_S), 1)]

    assert slow == []


def test_19_the_lines_do_keep_a_bad_expression_busy() -> None:
    # Cubic; an exponential one would not come back at all.
    bad = re.compile(r"[ \t]*-?[ \t]*x?\W*\d")

    assert any(seconds(bad, "match", line[:900]) > LIMIT_S for line in adversaries(bad.pattern))


PIECES = (
    " ", "\n", "a", "0", ".", "(", "[", "'", '"', "-", "=", "#", "\t", "import ", "/", "`", "*", "<", "_", "a.", "0.", "\\",
    "{", "|", ":", "~", " \n", "# ", "- ", "@",
)  # fmt: skip
FILES = (
    "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "tox.ini", "tests/test_app.py", "manage.py", "AGENTS.md",
    "README.md", "uv.lock", "environment.yml", "Pipfile", "conftest.py",
)  # fmt: skip


def test_19_a_repository_of_such_files_is_read_in_time(tmp_path: Path, run_autopack: Run) -> None:
    text = "".join(piece * (60_000 // len(piece)) + "x\n" for piece in PIECES)
    write_files(tmp_path / "repo", dict.fromkeys(FILES, text))
    before = os.times().children_user

    done = run_autopack("toolchains", ".", cwd=tmp_path / "repo")

    assert done.returncode == 0, done.stderr
    assert os.times().children_user - before < 3


@pytest.mark.parametrize("length", [4096, 60_000], ids=["capped", "long"])
def test_19_a_plan_of_such_lines_is_read_in_time(length: int, tmp_path: Path, run_autopack: Run) -> None:
    lines = [
        start + piece * (length // len(piece)) + "x"
        for piece in PIECES
        if "\n" not in piece
        for start in (("", "- ", "`", "# ", "Run `", "   ") if length == 4096 else ("",))
    ]
    write_files(tmp_path / "folder", {"plan.md": "# Job\n\nFiles:\n- `src/app.py`\n\n" + "\n".join(lines[:240])[:1_000_000]})
    before = os.times().children_user

    done = run_autopack("plan", "plan.md", cwd=tmp_path / "folder")

    assert done.returncode in (0, 2, 3, 4), done.stderr
    assert os.times().children_user - before < 6


def test_19_what_a_check_prints_is_read_in_time(make_repo: Callable[..., Path], tmp_path: Path, run_autopack: Run) -> None:
    repo = make_repo({"src/app.py": "APP = 1\n"})
    shout = (
        "import sys\nfor piece in %r:\n    print(piece * (30_000 // len(piece)))\n    print((piece * 4096)[:4096])\nsys.exit(1)\n"
    )
    write_files(repo, {"shout.py": shout % (PIECES,)})
    run_git(repo, "add", "shout.py")
    run_git(repo, "commit", "--quiet", "--message=Shout")
    (tmp_path / "plan.md").write_text("# Job\n\n```:src/new.py\nNEW = 1\n```\n")
    before = os.times().children_user

    done = run_autopack("run", tmp_path / "plan.md", "--check", "python shout.py", "--allow-weak-sandbox", cwd=repo)

    assert done.returncode == 1, done.stderr
    assert os.times().children_user - before < 5
