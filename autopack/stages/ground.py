"""What stands in the repository: its toolchains, as the plugins see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autopack.decide.tasks import Placed, place_tasks
from autopack.effects import git
from autopack.effects.scan import open_folder, open_tree
from autopack.errors import WrongUse
from autopack.model.toolchain import Toolchain
from autopack.model.workspace import Workspace
from autopack.plugins import Plugins

LEAST_CONFIDENCE = 0.3
_SURE_OF_ROOT = 0.8


def find_toolchains(plugins: Plugins, workspace: Workspace) -> tuple[Toolchain, ...]:
    """Every toolchain that a plugin is sure enough of, best first: by confidence, then root, then name.

    Their test commands are those of the project's own task runners and workflows where these say more.
    """
    return explain_toolchains(plugins, workspace).toolchains


def find_provers(plugins: Plugins, workspace: Workspace) -> tuple[Toolchain, ...]:
    """What derives the checks of a plan: the toolchains, or, where no language is found, the project's own task runner."""
    placed = explain_toolchains(plugins, workspace)
    return (placed.runner,) if placed.runner else placed.toolchains


def explain_toolchains(plugins: Plugins, workspace: Workspace) -> Placed:
    """The same toolchains, and every other command that the project's own files name, with the reason why it is not used."""
    tasks = [task for answer in plugins.ask("find_tasks", workspace=workspace) for task in answer.value]
    return place_tasks(_detect(plugins, workspace), tasks)


def _detect(plugins: Plugins, workspace: Workspace) -> tuple[Toolchain, ...]:
    found = [tool for answer in plugins.ask("detect_toolchain", workspace=workspace) for tool in answer.value]
    kept = {tool.key: tool for tool in sorted(found, key=_rank, reverse=True) if tool.confidence >= LEAST_CONFIDENCE}
    return tuple(sorted(_put_root_first(tuple(kept.values())), key=_rank))


def _put_root_first(tools: Sequence[Toolchain]) -> Iterator[Toolchain]:
    """A repository is about its own root, however well another language describes a folder below: that one is a little less sure.

    Not where the root's manifest is only good for tools, of which its adapter is less sure itself.
    """
    sure = max((tool.confidence for tool in tools if not tool.root.parts), default=0.0)
    most = round(sure - 0.01, 2) if sure >= _SURE_OF_ROOT else 1.0
    yield from (replace(tool, confidence=min(tool.confidence, most)) if tool.root.parts else tool for tool in tools)


def _rank(tool: Toolchain) -> tuple[float, str, str]:
    return (-tool.confidence, str(tool.root), tool.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A folder to plan in: with a repository its committed state, without one the files as they stand."""

    folder: Path
    workspace: Workspace
    repo: git.Repository | None
    commit: str | None


def open_ground(folder: Path, base: str | None = None) -> Ground:
    """The state that a plan is read against: the base commit where there is one, else the folder itself.

    Raises `WrongUse` when `base` names no commit.
    """
    repo = git.find_repository(folder)
    if repo is None:
        if base is not None:
            raise WrongUse(f"{folder} is not in a git repository, so there is no {base!r}")
        return Ground(folder=folder, workspace=open_folder(folder), repo=None, commit=None)
    commit = git.resolve(repo, base or "HEAD")
    if commit is None:
        if base is not None:
            raise WrongUse(f"{base!r} names no commit", hint="see `git branch` and `git tag`")
        return Ground(folder=repo.top, workspace=open_folder(repo.top), repo=repo, commit=None)
    return Ground(folder=repo.top, workspace=open_tree(repo, git.tree_of(repo, commit)), repo=repo, commit=commit)
