"""What the project's own files say about testing it, joined to the toolchains that were detected."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePosixPath

from autopack.decide.policy import judge_argv, judge_command
from autopack.decide.scope import judge_containment
from autopack.model.draft import CommandKind
from autopack.model.toolchain import HERE, Command, Task, Toolchain

# What a runner's file names is a good sign; which language it is about, it does not say.
_CONFIDENCE = 0.5
# Doubts that only mean that no rule knows the program.  That a project starts its tests by a program of its own is no surprise;
# what reaches another machine, the host's containers or its history is another matter.
_UNKNOWN = frozenset({"inline-code", "removes-folder", "unknown-program", "unknown-script"})
# These may hide the doubt about the program itself, which is then judged without them.
_HIDING = _UNKNOWN | {"dynamic-words", "unknown-variable"}
_MOST_STEPS = 40
_VERSION = re.compile(r"[\d.]+$")
_WRONG_FOLDER = "no toolchain stands in its folder"
_NO_LANGUAGE = "no language was found: it proves a plan that states no check"
_NOT_ITS_OWN = "it does not start with a program of the toolchain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A command that the project names and that is not used as such, with the reason; `toolchain` is a key, or empty."""

    toolchain: str
    kind: CommandKind
    command: Command
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The toolchains, with the test commands that they lacked, and every task that gave none.

    `runner` is what proves a project of no known language: it is no toolchain of the project, but a run may use it as one.
    """

    toolchains: tuple[Toolchain, ...]
    alternatives: tuple[Alternative, ...]
    runner: Toolchain | None = None


def place_tasks(toolchains: Sequence[Toolchain], tasks: Iterable[Task]) -> Placed:
    """Give every toolchain without a test command the first that the project's files name for its root.

    Task runners come before workflows, and of tasks only tests are taken.  A test command that a toolchain knows itself stays,
    with the words that a runner's `test` gives the same program: it knows how results can be read, the runner which are meant.
    Where there is no toolchain, a safe `test` of a runner at the repository's root proves by itself.
    """
    ranked = sorted(tasks, key=lambda task: task.rung != "runner")
    if not toolchains:
        return _stand_alone(ranked)
    found = {tool.key: tool for tool in toolchains}
    settled: set[str] = set()
    alternatives = []
    for task in ranked:
        owner = _find_owner(tuple(found.values()), task)
        if owner is None:
            alternatives.append(_alternative("", task, _WRONG_FOLDER))
            continue
        alone = sum(tool.root == owner.root for tool in toolchains) == 1
        own = None if owner.key in settled else _own_command(owner, task)
        reason = _why_not(owner, task, alone=alone, is_own=own is not None)
        if not reason:
            settled.add(owner.key)
            evidence = (*owner.evidence, f"{task.source}: {shlex.join(task.command.argv)}")
            found[owner.key] = replace(owner, test=(own or _taken(task),), evidence=evidence)
        elif _taken(task) not in (*owner.test, *owner.build, *owner.smoke):
            alternatives.append(_alternative(owner.key, task, reason))
    return Placed(toolchains=tuple(found.values()), alternatives=tuple(alternatives))


def _own_command(owner: Toolchain, task: Task) -> Command | None:
    """The toolchain's one test command with the words that a task gives it; `None` when the task starts something else."""
    if len(owner.test) != 1 or task.inner is None or task.rung != "runner" or task.kind != "test":
        return None
    own, given = owner.test[0], task.inner
    words = _join_words(own.argv, given.argv) if own.cwd == given.cwd and "--" not in own.argv else None
    env = tuple(sorted({**dict(given.env), **dict(own.env)}.items()))
    command = replace(own, argv=words, env=env) if words else None
    return command if command != own else None


def _join_words(own: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...] | None:
    """`tool run --locked -m check` with `tool run check -q some`, or `tool check --json ./all` with `tool check -q ./all`."""
    last = own[-1]
    if last in given and set(given[: given.index(last)]) <= set(own):
        return (*own, *given[given.index(last) + 1 :])
    subcommands = own[: next((place for place, word in enumerate(own) if word.startswith("-")), len(own))]
    options = [word for word in own[len(subcommands) :] if word != last or last not in given]
    # A word that is no option may be the value of one, or what is to be tested: then nobody here can tell.
    if len(subcommands) < 2 or given[: len(subcommands)] != subcommands or not all(word.startswith("-") for word in options):
        return None
    rest = given[len(subcommands) :]
    return (*subcommands, *(word for word in options if word not in rest), *rest)


def _stand_alone(tasks: Sequence[Task]) -> Placed:
    """No language was found, so nothing knows better than the runner itself: it is started as a person starts it."""
    chosen: dict[CommandKind, Task] = {}
    alternatives = []
    for task in tasks:
        reason = _find_doubt(task) or ("" if task.rung == "runner" and task.command.cwd == HERE else _WRONG_FOLDER)
        if not reason and task.kind in ("test", "build"):
            chosen.setdefault(task.kind, task)
        alternatives.append(_alternative("", task, reason or _NO_LANGUAGE))
    test, build = chosen.get("test"), chosen.get("build")
    if test is None:
        return Placed(toolchains=(), alternatives=tuple(alternatives))
    program = test.command.argv[0]
    tool = Toolchain(
        name=program,
        package_manager=program,
        root=HERE,
        confidence=_CONFIDENCE,
        evidence=tuple(f"{task.source}: {shlex.join(task.command.argv)}" for task in (test, build) if task),
        build=(build.command,) if build else (),
        test=(test.command,),
    )
    return Placed(toolchains=(), alternatives=tuple(alternatives), runner=tool)


def _find_owner(toolchains: Sequence[Toolchain], task: Task) -> Toolchain | None:
    """The toolchain whose root the task runs in: of several the one whose programs it starts, else the best."""
    here = [tool for tool in toolchains if tool.root == _taken(task).cwd]
    return next((tool for tool in here if _is_own(tool, task)), here[0] if here else None)


def _why_not(owner: Toolchain, task: Task, *, alone: bool, is_own: bool) -> str:
    """Why a task does not become its toolchain's test command; empty when it does.

    `alone`: no other stands in the folder.  `is_own`: it only gives the toolchain's own command more words.
    """
    if doubt := _find_doubt(task):
        return doubt
    if task.kind != "test":
        return "of tasks only a test command is taken"
    if is_own:
        return ""
    if owner.test:
        return "the toolchain has a test command already"
    # A step of a workflow may be about anything; a runner's target of this name is about the project in its folder, which
    # packages that only bring tools are not.
    is_about = task.rung == "runner" and alone and owner.confidence >= _CONFIDENCE
    return "" if is_about or _is_own(owner, task) else _NOT_ITS_OWN


def _taken(task: Task) -> Command:
    return task.inner or task.command


def _is_own(tool: Toolchain, task: Task) -> bool:
    commands = chain(tool.prepare, tool.install, tool.build, tool.test, tool.smoke)
    return _name(_taken(task).argv[0]) in {_name(command.argv[0]) for command in commands}


def _name(program: str) -> str:
    """A program's name without folder and version, for which machines have several."""
    return _VERSION.sub("", PurePosixPath(program).name)


def _find_doubt(task: Task) -> str:
    """Why a task is not to be run, whoever it belongs to: what it says itself, or what the policy says of a step."""
    if task.refused:
        return task.refused
    command = _taken(task)
    if not judge_containment(str(command.cwd)).allowed:
        return "it leaves the repository"
    if not task.steps or len(task.steps) > _MOST_STEPS:
        return f"it runs {len(task.steps)} steps, so nobody can say what it does"
    verdicts = [judge_argv(command.argv, cwd=command.cwd), *(judge_command(step, cwd=command.cwd) for step in task.steps)]
    bare = [judge_argv(argv, cwd=command.cwd) for verdict in verdicts for argv in verdict.parsed if argv]
    for verdict, harmless in (*((one, _HIDING) for one in verdicts), *((one, _UNKNOWN) for one in bare)):
        for step in verdict.steps:
            if step.verdict != "allow" and step.rule not in harmless:
                return f"`{shlex.join(step.argv)}` {step.reason}" if step.argv else step.reason
    return ""


def _alternative(toolchain: str, task: Task, reason: str) -> Alternative:
    return Alternative(toolchain=toolchain, kind=task.kind, command=_taken(task), source=task.source, reason=reason)
