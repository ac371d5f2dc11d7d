"""Python projects: their environments and commands, what their test runners say, what goes wrong and what helps.

Only the hooks stand here, and each imports its part when asked, so that loading the plugin costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack import hookimpl

if TYPE_CHECKING:
    from autopack.model.attempt import Attempt
    from autopack.model.failure import Failure, Mitigation, Pattern
    from autopack.model.toolchain import CommandResult, TestReport, Toolchain
    from autopack.model.workspace import Workspace


@hookimpl
def detect_toolchain(workspace: Workspace) -> Sequence[Toolchain]:
    """One toolchain for each independent Python root, the repository's own root first."""
    from autopack_py.detect import find_toolchains

    return find_toolchains(workspace)


@hookimpl
def read_result(result: CommandResult) -> TestReport | None:
    """What pytest or unittest reported, whichever toolchain the command belonged to."""
    from autopack_py.pytest_results import read_pytest
    from autopack_py.unittest_results import read_unittest

    return read_pytest(result) or read_unittest(result)


@hookimpl
def failure_patterns() -> Sequence[Pattern]:
    """The lines by which Python, pytest, pip and uv say what is wrong."""
    from autopack_py.patterns import PATTERNS

    return PATTERNS


@hookimpl
def mitigate_failure(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """What to do about a module that cannot be found."""
    from autopack_py.repair import repair_missing_module

    return repair_missing_module(failure, attempt)
