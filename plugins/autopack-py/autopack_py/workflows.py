"""What the project's workflows say where its manifests leave a choice: the manager, the extra that tests need, which tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from autopack.model.workflows import Step, list_steps
from autopack.model.workspace import Workspace
from autopack_py.manifests import LOCKS, Project

_OWN_EXTRAS = re.compile(r"\.(?:/)?\[([\w., -]{1,200})\]")
_EXTRA_OPTIONS = frozenset({"--extra", "--extras", "-E"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A name that a workflow uses, and where it stands."""

    name: str = ""
    source: str = ""


def find_manager(workspace: Workspace, project: Project) -> Named:
    """The manager that the workflows use: the only one of several locks, or uv in place of pip."""
    managers = {manager for lock, manager in LOCKS.items() if project.has(lock)}
    if len(managers) > 1:
        steps = [step for step in _steps(workspace, project, *sorted(managers)) if step.words[0] in managers]
        if len({step.words[0] for step in steps}) == 1:
            return Named(name=steps[0].words[0], source=steps[0].source)
    elif not managers:
        for step in _steps(workspace, project, "uv pip"):
            if step.words[:3] == ("uv", "pip", "install"):
                return Named(name="uv", source=step.source)
    return Named()


def find_extra(workspace: Workspace, project: Project) -> Named:
    """The first of the project's extras that the workflows install, one that brings a test runner before others."""
    if project.test_extra or not project.extras:
        return Named()
    steps = _steps(workspace, project, "--extra", "-E", ".[", "./[")
    found = [Named(name=name, source=step.source) for step in steps for name in _extras(step) if name in project.extras]
    return min(found, key=lambda named: not project.brings_pytest(named.name), default=Named())


def find_marks(workspace: Workspace, project: Project) -> Named:
    """The expression by which every run of pytest chooses tests; empty where they differ, since then none is the usual one."""
    if not any(True for _ in list_steps(workspace, ' -m "', " -m '")):
        return Named()
    runs = [step for step in _steps(workspace, project, "pytest") if "pytest" in step.words]
    found = {_marks(step.words[step.words.index("pytest") + 1 :]) for step in runs}
    return Named(name=found.pop(), source=runs[0].source) if len(found) == 1 else Named()


def _marks(words: tuple[str, ...]) -> str:
    return next((after for word, after in pairwise(words) if word == "-m"), "")


def _steps(workspace: Workspace, project: Project, *mentions: str) -> list[Step]:
    return [step for step in list_steps(workspace, *mentions) if step.words and step.cwd == project.root]


def _extras(step: Step) -> list[str]:
    names: list[str] = []
    words = step.words
    for word, after in zip(words, (*words[1:], ""), strict=True):
        option, _, value = word.partition("=")
        if option in _EXTRA_OPTIONS:
            names += re.split(r"[\s,]+", value or after)
        elif found := _OWN_EXTRAS.search(word):
            names += re.split(r"[\s,]+", found[1])
    return names
