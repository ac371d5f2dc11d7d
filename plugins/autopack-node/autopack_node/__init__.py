"""JavaScript and TypeScript projects: how they are proved, what their test runners say, what goes wrong and helps.

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
    """One toolchain for each independent root, a workspace once at its own."""
    from autopack_node.detect import find_toolchains

    return find_toolchains(workspace)


@hookimpl
def read_result(result: CommandResult) -> TestReport | None:
    """What the test runners of this language reported, whichever toolchain the command belonged to."""
    from autopack_node.results import read_report

    return read_report(result)


@hookimpl
def narrow_tests(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """The changed tests, those that import what changed where the runner can tell, or the one member that holds it all."""
    from autopack_node.narrow import narrow

    return narrow(toolchain, paths)


@hookimpl
def failure_patterns() -> Sequence[Pattern]:
    """The lines by which Node, its package managers and its test runners say what is wrong."""
    from autopack_node.patterns import PATTERNS

    return PATTERNS


@hookimpl
def mitigate_failure(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """What to do about a missing package or script, a lock that is out of date, or a manager that is not the project's."""
    from autopack_node.repair import repair

    return repair(failure, attempt)
