"""Which commands prove a phase, and which toolchain's environment they run in."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from autopack.model.draft import CommandKind
from autopack.model.plan import Phase, PlanCommand
from autopack.model.toolchain import Check, Command, Toolchain

# Test runners whose names do not end in `test`, and tools that are given the folder `tests` to read.
_RUNNERS = frozenset({"ava", "bats", "jest", "mocha", "nox", "phpunit", "rspec", "tap", "tox"})
_READERS = frozenset(
    {"bandit", "black", "cat", "eslint", "flake8", "grep", "isort", "ls", "mypy", "prettier", "pylint", "pyright", "ruff", "tsc"}
)


def looks_like_test(argv: Sequence[str]) -> bool:
    """Whether a command is meant to run tests: one of its first words is `test`, `tests`, ends so, or is a known runner."""
    words = [word.rsplit("/", 1)[-1].split(":")[0] for word in argv if not word.startswith("-")][:3]
    # The program `test` is the shell's, which compares and counts nothing.
    if words[:1] == ["test"] or not _READERS.isdisjoint(words):
        return False
    return any(word in _RUNNERS or word.removesuffix("s").endswith("test") for word in words)


def owning_toolchains(toolchains: Sequence[Toolchain], paths: Sequence[str]) -> tuple[Toolchain, ...]:
    """The toolchains whose root holds one of the paths, innermost root per path, and those below a path that is a folder.

    All of the outermost when there are none.
    """
    owners: list[Toolchain] = []
    for path in dict.fromkeys(path.rstrip("/") for path in paths):
        holding = [tool for tool in toolchains if _holds(tool.root, path)]
        deepest = max((len(tool.root.parts) for tool in holding), default=0)
        owners += [tool for tool in holding if len(tool.root.parts) == deepest]
        below = "" if path in ("", ".") else f"{path}/"
        owners += [tool for tool in toolchains if f"{tool.root}/".startswith(below)]
    if not owners and toolchains:
        least = min(len(tool.root.parts) for tool in toolchains)
        owners = [tool for tool in toolchains if len(tool.root.parts) == least]
    return tuple(tool for tool in toolchains if tool in owners)


def _holds(root: PurePosixPath, path: str) -> bool:
    return not root.parts or f"{path}/".startswith(f"{root}/")


def derive_checks(toolchains: Sequence[Toolchain], paths: Sequence[str]) -> tuple[PlanCommand, ...]:
    """What the toolchains that own the paths prove a phase by: all builds, then all tests, then all smoke checks.

    A smoke check stands beside the tests, because it reads the files that no test imports.
    """
    owners = owning_toolchains(toolchains, paths)
    kinds: tuple[CommandKind, ...] = ("build", "test", "smoke")
    return tuple(_derived(tool, kind, row) for kind in kinds for tool in owners for row in _commands(tool, kind))


def _commands(toolchain: Toolchain, kind: CommandKind) -> tuple[Command, ...]:
    return {"build": toolchain.build, "test": toolchain.test, "smoke": toolchain.smoke}[kind]


def _derived(toolchain: Toolchain, kind: CommandKind, command: Command) -> PlanCommand:
    return PlanCommand(
        run=shlex.join(command.argv),
        argv=command.argv,
        kind=kind,
        cwd=str(command.cwd),
        origin="inferred",
        confidence=toolchain.confidence,
        rule=f"toolchain:{toolchain.key}",
        evidence=toolchain.evidence,
    )


def is_derived(command: PlanCommand) -> bool:
    """Whether a detected toolchain brought the command: only then is it the project's own, and may lean on the baseline.

    No plugin can forge the rule, since the host puts the package's name before a claim's.
    """
    return command.origin == "inferred" and command.rule.startswith("toolchain:")


def build_checks(phase: Phase, toolchains: Sequence[Toolchain], limit_s: Callable[[CommandKind], float]) -> tuple[Check, ...]:
    """The phase's checks: the project's own builds, then what the plan states in its order, then the project's other checks.

    `limit_s` says how long a check of a kind may take.  Ids are stable, readable and unique within the phase.
    """
    owners = owning_toolchains(toolchains, [row.path for row in phase.scope.paths])
    checks = []
    seen: Counter[str] = Counter()
    # What a plan states may need what a build made.
    for command in sorted(phase.validation, key=lambda row: not (is_derived(row) and row.kind == "build")):
        # The baseline is found by id, and `npm test` in two folders is two checks.
        name = command.run if command.cwd == "." else f"{command.run} (in {command.cwd})"
        seen[name] += 1
        toolchain = toolchain_of(command, toolchains, owners)
        checks.append(
            Check(
                id=name if seen[name] == 1 else f"{name} ({seen[name]})",
                command=_own_command(command, toolchain),
                kind=command.kind,
                origin="derived" if is_derived(command) else "stated",
                toolchain=toolchain.key if toolchain else None,
                timeout_s=limit_s(command.kind),
                line=command.source.start if command.source else None,
            )
        )
    return tuple(checks)


def _own_command(command: PlanCommand, toolchain: Toolchain | None) -> Command:
    """The command as its toolchain gives it, environment included; a plan's own words bring none."""
    plain = Command(argv=command.argv, cwd=PurePosixPath(command.cwd))
    own = (*toolchain.test, *toolchain.build, *toolchain.smoke) if toolchain and is_derived(command) else ()
    return next((row for row in own if (row.argv, row.cwd) == (plain.argv, plain.cwd)), plain)


def toolchain_of(command: PlanCommand, toolchains: Sequence[Toolchain], owners: Sequence[Toolchain]) -> Toolchain | None:
    """A derived check belongs to its toolchain; a stated one runs in the environment of the owner it looks most like."""
    for toolchain in toolchains:
        if command.rule == f"toolchain:{toolchain.key}":
            return toolchain
    for toolchain in owners:
        if any(set(command.argv[:1]) & set(own.argv) for own in (*toolchain.test, *toolchain.smoke, *toolchain.build)):
            return toolchain
    return owners[0] if owners else None
