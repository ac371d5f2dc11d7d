"""Go projects: their modules and commands, what `go test` says, what goes wrong and what helps.

Only the hooks stand here, and each imports its part when asked, so that loading the plugin costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack import hookimpl

if TYPE_CHECKING:
    from autopack.model.attempt import Attempt
    from autopack.model.failure import Failure, Mitigation, Pattern
    from autopack.model.toolchain import Command, CommandResult, TestReport, Toolchain
    from autopack.model.workspace import Workspace


@hookimpl
def detect_toolchain(workspace: Workspace) -> Sequence[Toolchain]:
    """One toolchain for each workspace and each module outside one, the repository's own root first."""
    from autopack_go.detect import find_toolchains

    return find_toolchains(workspace)


@hookimpl
def read_result(result: CommandResult) -> TestReport | None:
    """What `go test` reported, as JSON or as text, whichever toolchain the command belonged to."""
    from autopack_go.results import read_go_test

    return read_go_test(result)


@hookimpl
def narrow_tests(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """The packages whose tests changed, when nothing but tests did."""
    from autopack_go.detect import narrow

    return narrow(toolchain, paths)


@hookimpl
def failure_patterns() -> Sequence[Pattern]:
    """The lines by which the go command, the compiler and test programs say what is wrong."""
    from autopack_go.patterns import PATTERNS

    return PATTERNS


@hookimpl
def mitigate_failure(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """What to do about a module that is not declared, or whose checksum is not recorded."""
    from autopack_go.repair import repair_module

    return repair_module(failure, attempt)
