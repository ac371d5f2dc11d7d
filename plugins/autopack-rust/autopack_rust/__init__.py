"""Rust projects: their workspaces and commands, what their test runners say, and what goes wrong.

Only the hooks stand here, and each imports its part when asked, so that loading the plugin costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autopack import hookimpl

if TYPE_CHECKING:
    from autopack.model.failure import Pattern
    from autopack.model.toolchain import Command, CommandResult, TestReport, Toolchain
    from autopack.model.workspace import Workspace


@hookimpl
def detect_toolchain(workspace: Workspace) -> Sequence[Toolchain]:
    """One toolchain for each workspace, and for each package outside of one, the repository's own root first."""
    from autopack_rust.detect import find_toolchains

    return find_toolchains(workspace)


@hookimpl
def read_result(result: CommandResult) -> TestReport | None:
    """What `cargo test` or nextest reported, whichever toolchain the command belonged to."""
    from autopack_rust.nextest_results import read_nextest
    from autopack_rust.test_results import read_cargo_test

    return read_nextest(result) or read_cargo_test(result)


@hookimpl
def narrow_tests(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """The tests of one member, when it holds all of the paths."""
    from autopack_rust.narrow import narrow_to_member

    return narrow_to_member(toolchain, paths)


@hookimpl
def failure_patterns() -> Sequence[Pattern]:
    """The lines by which cargo, rustc, rustup and the test runners say what is wrong."""
    from autopack_rust.patterns import PATTERNS

    return PATTERNS
