"""Reading a Taskfile and the tasks of mise without running them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from autopack.model.parse import Unreadable, load_toml
from autopack.model.workflows import Place, read_yaml
from autopack_tasks.recipes import Recipe
from autopack_tasks.steps import LIMIT_CHARS

TASKFILES = (
    "Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml", "taskfile.dist.yml",
    "Taskfile.dist.yaml", "taskfile.dist.yaml",
)  # fmt: skip
MISE_FILES = ("mise.toml", ".mise.toml")
# Keys of a task that make it more than its lines.
_MORE = frozenset({"dotenv", "env", "platforms", "preconditions", "requires", "set", "shopt"})
_REFERENCE = re.compile(r"\{\{[ \t]*\.([A-Za-z_]\w{0,100})[ \t]*\}\}")


def read_taskfile(text: str, path: PurePosixPath) -> dict[str, Recipe]:
    """Every task of a Taskfile.  Included files are passed over."""
    root = read_yaml(text)
    shared = _variables(root.at("vars"))
    exports = any(True for _ in root.at("env").items()) or bool(root.at("dotenv").rows())
    found = {}
    for name, task in root.at("tasks").items():
        folder = _below(path.parent, task.at("dir").text)
        if folder is None or not name:
            continue
        variables = {**shared, **_variables(task.at("vars"))}
        lines, partial = [], exports
        # A task may be its command, or a list of them.
        for row in (task.at("cmds") if any(True for _ in task.items()) else task).rows() or task.at("cmd").rows():
            called = row.at("task").text
            line = f"task {called}" if called else row.text or row.at("cmd").text or row.at("defer").text
            ignored = row.at("ignore_error").text == "true" or task.at("ignore_error").text == "true"
            lines += [_fill_in(f"{line} || true" if ignored else line, variables)] if line else []
            partial |= not line
        depends = tuple(row.text or row.at("task").text for row in task.at("deps").rows())
        partial |= any(
            key in ("env", "dotenv", "requires", "preconditions", "set", "shopt", "platforms") for key, _ in task.items()
        )
        found[name] = Recipe(
            name=name, source=f"{path}:{task.key_line}", cwd=folder, lines=tuple(lines), depends=depends, partial=partial
        )
    return found


def _variables(place: Place) -> dict[str, str]:
    # What a command prints, or a file of variables, is not known.
    return {name: value.text or "${_}" for name, value in place.items()}


def _fill_in(text: str, variables: Mapping[str, str]) -> str:
    text = _REFERENCE.sub(lambda found: variables.get(found[1], "${_}"), text[: 2 * LIMIT_CHARS])
    return text.replace("{{", "${_").strip()


def read_mise(text: str, path: PurePosixPath) -> dict[str, Recipe]:
    """Every task of a mise.toml.  Tasks that are files of their own are passed over."""
    try:
        tasks = load_toml(text).get("tasks")
    except Unreadable:
        return {}
    found = {}
    for name, task in tasks.items() if isinstance(tasks, dict) else ():
        settings: dict[str, Any] = task if isinstance(task, dict) else {"run": task}
        folder = _below(path.parent, settings.get("dir", ""))
        if folder is None:
            continue
        lines = tuple(_fill_in(line, {}) for line in _texts(settings.get("run")))
        partial = not settings.keys() <= {"run", "dir", "depends", "description", "alias", "sources", "outputs", "hide", "quiet"}
        source = f"{path}:{_line_of(text, name)}"
        depends = _texts(settings.get("depends"))
        found[name] = Recipe(name=name, source=source, cwd=folder, lines=lines, depends=depends, partial=partial)
    return found


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(row for row in (value if isinstance(value, list) else [value]) if isinstance(row, str))


def _below(folder: PurePosixPath, name: Any) -> PurePosixPath | None:
    """A folder of the repository; `None` where only the runner knows which one, or none of it."""
    if not isinstance(name, str) or "{{" in name or "$" in name or "\0" in name or name.startswith(("/", "~")):
        return None
    return None if ".." in PurePosixPath(name).parts else folder / name


def _line_of(text: str, name: str) -> int:
    """Where a task of a TOML file begins: its table, or its key."""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip().replace('"', "").replace("'", "")
        if bare.startswith(f"[tasks.{name}]") or re.match(rf"(?:tasks\.)?{re.escape(name)}(?:\.run)?[ \t]*=", bare[:LIMIT_CHARS]):
            return number
    return 1
