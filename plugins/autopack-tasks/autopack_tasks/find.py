"""From a repository's files to the tasks they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from autopack.model.toolchain import Task
from autopack.model.workspace import Workspace
from autopack_tasks import justfile, makefile, taskfiles
from autopack_tasks.recipes import Recipe, list_tasks
from autopack_tasks.workflows import list_workflow_tasks

_Reader = Callable[[str, PurePosixPath], dict[str, Recipe]]
# Names in the order in which the runner looks for them, who reads them, and the words before a task.
_RUNNERS: tuple[tuple[tuple[str, ...], _Reader, tuple[str, ...]], ...] = (
    (makefile.NAMES, makefile.read_makefile, ("make",)),
    (justfile.NAMES, justfile.read_justfile, ("just",)),
    (taskfiles.TASKFILES, taskfiles.read_taskfile, ("task",)),
    (taskfiles.MISE_FILES, taskfiles.read_mise, ("mise", "run")),
)
_MOST_DEPTH = 4
_MOST_FILES = 60


def find_tasks(workspace: Workspace) -> tuple[Task, ...]:
    """The tasks of all runners, those at the root first, then the steps of workflows in the order of their files."""
    found: list[Task] = []
    for names, read, program in _RUNNERS:
        for path in _choose(workspace, names):
            recipes = read(workspace.read_text(path) or "", path)
            found += list_tasks(workspace, recipes, program, path.parent)
    found.sort(key=lambda task: len(task.command.cwd.parts))
    return (*found, *list_workflow_tasks(workspace))


def _choose(workspace: Workspace, names: tuple[str, ...]) -> list[PurePosixPath]:
    """One file of a runner in each folder: the one that it would take itself."""
    chosen: dict[PurePosixPath, PurePosixPath] = {}
    for name in names:
        for path in workspace.named(name):
            if len(path.parts) <= _MOST_DEPTH:
                chosen.setdefault(path.parent, path)
    return sorted(chosen.values(), key=lambda path: (len(path.parts), path))[:_MOST_FILES]
