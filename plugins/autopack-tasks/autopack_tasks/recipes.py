"""From the recipes of a task runner to tasks, whichever runner it is."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Task
from autopack.model.workspace import Workspace
from autopack_tasks.scripts import unfold
from autopack_tasks.steps import (
    Kind,
    drop_measures,
    find_kind,
    find_refusal,
    installs_only,
    list_calls,
    read_plain,
    says_only,
    split_words,
)

_NAMES = ("test", "check", "build", "lint")
_MOST_RECIPES = 40
# The host takes no task with as many.
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A named list of shell texts, variables filled in; `depends` are the recipes that run before it.

    `partial` says that the lines are not all of it: it stands under a condition, takes variables, is written twice.
    """

    name: str
    source: str
    cwd: PurePosixPath
    lines: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    partial: bool = False


def list_tasks(workspace: Workspace, recipes: Mapping[str, Recipe], program: Sequence[str], folder: PurePosixPath) -> list[Task]:
    """The tasks among a file's recipes: those named exactly test, check, build or lint.

    `program` are the words before a recipe's name, for somebody who stands in `folder`.
    """
    return [
        task
        for name in _NAMES
        if name in recipes and (task := _Reader(workspace, recipes, tuple(program)).read(recipes[name], folder)) is not None
    ]


class _Reader:
    def __init__(self, workspace: Workspace, recipes: Mapping[str, Recipe], program: tuple[str, ...]) -> None:
        self._workspace = workspace
        self._recipes = recipes
        self._program = program

    def read(self, recipe: Recipe, folder: PurePosixPath) -> Task | None:
        steps = self._gather(recipe)
        acting = [step for step in steps if not says_only(step)]
        if not acting:
            return None
        inner = self._find_inner(recipe, set())
        if inner is not None:
            # Then nothing else runs.
            steps = unfold(self._workspace, shlex.join(inner.argv), inner.cwd)
        return Task(
            kind=_kind_of(recipe.name, acting),
            rung="runner",
            command=Command(argv=(*self._program, recipe.name), cwd=folder),
            steps=tuple(steps),
            source=recipe.source,
            inner=inner,
            refused=find_refusal(steps),
        )

    def _gather(self, recipe: Recipe, seen: set[str] | None = None) -> list[str]:
        """All that runs, what it depends on first; a recipe twice is one."""
        seen = set() if seen is None else seen
        if recipe.name in seen or len(seen) > _MOST_RECIPES:
            return []
        seen.add(recipe.name)
        steps = [step for name in recipe.depends if name in self._recipes for step in self._gather(self._recipes[name], seen)]
        for line in recipe.lines:
            called = self._called(line)
            steps += unfold(self._workspace, line, recipe.cwd) if called is None else self._gather(called, seen)
            if len(steps) > _MOST_STEPS:
                break
        return steps[: _MOST_STEPS + 1]

    def _called(self, line: str) -> Recipe | None:
        """The recipe that a line starts by calling the runner again."""
        words = split_words(line)
        before, last = tuple(words[:-1]), words[-1:]
        return self._recipes.get(last[0]) if last and before == self._program else None

    def _find_inner(self, recipe: Recipe, seen: set[str]) -> Command | None:
        """The one command that all comes down to, where what runs before it only installs."""
        if recipe.partial or recipe.name in seen:
            return None
        seen.add(recipe.name)
        before = [self._recipes[name] for name in recipe.depends if name in self._recipes]
        own = [line for line in recipe.lines if not says_only(line)]
        if not own and len(before) == 1:
            return self._find_inner(before[0], seen)
        if len(own) != 1 or not all(self._installs(one) for one in before):
            return None
        called = self._called(own[0])
        if called is not None:
            return self._find_inner(called, seen)
        command = read_plain(own[0], recipe.cwd, recipe.env)
        return drop_measures(command) if command else None

    def _installs(self, recipe: Recipe) -> bool:
        return all(map(installs_only, self._gather(recipe)))


def _kind_of(name: str, steps: Sequence[str]) -> Kind:
    if name != "check":
        return "test" if name == "test" else "build" if name == "build" else "lint"
    kinds = {find_kind(words) for step in steps for words in list_calls(step)}
    return "test" if "test" in kinds else "lint"
