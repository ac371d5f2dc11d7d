"""Which commands prove a phase, and which toolchain's environment they run in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autopack.model.plan import Phase, PlanCommand
from autopack.model.toolchain import Check, Command, Toolchain


def looks_like_test(argv: Sequence[str]) -> bool:
    """Whether a command is meant to run tests: a word of it is `test`, `tests`, or ends so (as most runners' names do)."""
    words = [word.rsplit("/", 1)[-1].split(":")[0] for word in argv if not word.startswith("-")]
    return any(word.removesuffix("s").endswith("test") for word in words[:3])


def owning_toolchains(toolchains: Sequence[Toolchain], paths: Sequence[str]) -> tuple[Toolchain, ...]:
    """The toolchains whose root holds one of the paths, innermost root per path; all of the outermost when none does."""
    owners: list[Toolchain] = []
    for path in paths:
        holding = [tool for tool in toolchains if _holds(tool.root, path)]
        deepest = max((len(tool.root.parts) for tool in holding), default=0)
        owners += [tool for tool in holding if len(tool.root.parts) == deepest]
    if not owners and toolchains:
        least = min(len(tool.root.parts) for tool in toolchains)
        owners = [tool for tool in toolchains if len(tool.root.parts) == least]
    return tuple(tool for tool in toolchains if tool in owners)


def _holds(root: PurePosixPath, path: str) -> bool:
    return root in (PurePosixPath("."), *PurePosixPath(path).parents)


def build_checks(phase: Phase, toolchains: Sequence[Toolchain], timeout_s: float) -> tuple[Check, ...]:
    """The phase's checks, stated ones first in the plan's order; ids are stable and readable."""
    owners = owning_toolchains(toolchains, [row.path for row in phase.scope.paths])
    checks = []
    for command in phase.validation:
        toolchain = _toolchain_of(command, toolchains, owners)
        checks.append(
            Check(
                id=command.run,
                command=Command(argv=command.argv, cwd=PurePosixPath(command.cwd)),
                kind=command.kind,
                origin="derived" if command.origin == "inferred" and command.rule.startswith("toolchain:") else "stated",
                toolchain=toolchain.key if toolchain else None,
                timeout_s=timeout_s,
                line=command.source.start if command.source else None,
            )
        )
    return tuple(checks)


def _toolchain_of(command: PlanCommand, toolchains: Sequence[Toolchain], owners: Sequence[Toolchain]) -> Toolchain | None:
    """A derived check belongs to its toolchain; a stated one runs in the environment of the owner it looks most like."""
    for toolchain in toolchains:
        if command.rule == f"toolchain:{toolchain.key}":
            return toolchain
    for toolchain in owners:
        if any(set(command.argv[:1]) & set(own.argv) for own in (*toolchain.test, *toolchain.smoke, *toolchain.build)):
            return toolchain
    return owners[0] if owners else None
