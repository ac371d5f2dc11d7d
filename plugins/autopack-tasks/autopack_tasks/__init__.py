"""Commands that a project's own files name: Makefile, justfile, Taskfile, mise tasks, and the workflows of its CI.

Only the hooks stand here, and each imports its part when asked, so that loading the plugin costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack import hookimpl

if TYPE_CHECKING:
    from autopack.model.toolchain import CommandResult, Task, TestReport
    from autopack.model.workspace import Workspace


@hookimpl
def find_tasks(workspace: Workspace) -> Sequence[Task]:
    """Every task that tests, builds or lints: those of task runners first, shallow folders before deep ones."""
    from autopack_tasks.find import find_tasks as find

    return find(workspace)


@hookimpl
def read_result(result: CommandResult) -> TestReport | None:
    """What a program reported in the Test Anything Protocol, which belongs to no language."""
    from autopack_tasks.tap import read_tap

    return read_tap(result)
