"""The steps of workflows that test, build or lint: what a project's authors run themselves."""

from __future__ import annotations

from autopack.model.toolchain import Task
from autopack.model.workflows import list_steps
from autopack.model.workspace import Workspace
from autopack_tasks.scripts import unfold
from autopack_tasks.steps import find_kind, find_refusal, read_plain, says_only


def list_workflow_tasks(workspace: Workspace) -> list[Task]:
    """The commands of all workflows that need no shell and stay on this machine, each once, in the order of their files."""
    found: dict[tuple[object, ...], Task] = {}
    for step in list_steps(workspace):
        command = read_plain(step.text, step.cwd)
        kind = find_kind(command.argv) if command else None
        if command is None or kind is None or (kind, command) in found:
            continue
        steps = unfold(workspace, step.text, step.cwd)
        if not all(map(says_only, steps)) and not find_refusal(steps):
            found[kind, command] = Task(
                kind=kind, rung="ci", command=command, inner=command, steps=tuple(steps), source=step.source
            )  # fmt: skip
    return list(found.values())
