"""The repository's own commands: targets of its Makefile, recipes of its justfile, scripts of its package.json."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from autopack.model.draft import CommandKind
from autopack.model.parse import Unreadable, load_json
from autopack.model.workspace import Workspace
from autopack_plan_markdown.runners import PROVING, kind_of

_TARGET = re.compile(r"@?([A-Za-z][\w.-]{0,60})\b[^:\n]{0,200}:{1,2}+(?!=)")
_MAKEFILES = (("make", ("GNUmakefile", "makefile", "Makefile")), ("just", ("justfile", ".justfile", "Justfile")))
_NODE_RUNNERS = ("npm run", "npm", "pnpm run", "pnpm", "yarn run", "yarn", "bun run")
_LINE_LIMIT = 400
_MOST_LINES = 4000

Scripts = Mapping[str, CommandKind]


def read_scripts(workspace: Workspace) -> Scripts:
    """Commands like `make gate` with what their steps prove; `other` when those prove nothing that is known."""
    scripts: dict[str, CommandKind] = {}
    for runner, names in _MAKEFILES:
        text = next(filter(None, (_read(workspace, name) for name in names)), "")
        for target, steps in _recipes(text):
            scripts.setdefault(f"{runner} {target}", _proves(steps))
    for name, step in _node_scripts(_read(workspace, "package.json")):
        for runner in _NODE_RUNNERS:
            scripts.setdefault(f"{runner} {name}", _proves([step]))
    return scripts


def find_script(words: str, scripts: Scripts) -> CommandKind | None:
    """What a command of these words proves when it is one of the repository's own."""
    parts = words.split(maxsplit=3)
    return next((scripts[name] for count in (3, 2) if (name := " ".join(parts[:count])) in scripts), None)


def _read(workspace: Workspace, name: str) -> str:
    path = PurePosixPath(name)
    return (workspace.read_text(path) or "") if workspace.exists(path) else ""


def _recipes(text: str) -> Iterator[tuple[str, list[str]]]:
    target, steps = "", list[str]()
    for line in text.split("\n")[:_MOST_LINES]:
        if line[:1] in (" ", "\t"):
            steps.append(line.strip()[:_LINE_LIMIT].lstrip("@-+ "))
        elif line.strip() and not line.startswith("#"):
            if target:
                yield target, steps
            match = _TARGET.match(line[:_LINE_LIMIT])
            target, steps = (match[1] if match else ""), []
    if target:
        yield target, steps


def _node_scripts(text: str) -> Iterator[tuple[str, str]]:
    try:
        data = load_json(text) if text else {}
    except Unreadable:
        return
    scripts = data.get("scripts") if isinstance(data, dict) else None
    for name, step in scripts.items() if isinstance(scripts, dict) else ():
        if isinstance(step, str):
            yield name, step[:_LINE_LIMIT]


def _proves(steps: Iterable[str]) -> CommandKind:
    kinds = [kind_of(part.strip()) for step in steps for part in step.split("&&")]
    return next((kind for kind in kinds if kind in PROVING), "other")
