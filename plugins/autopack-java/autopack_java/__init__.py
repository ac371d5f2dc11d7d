"""Java and Kotlin projects: Maven and Gradle, their commands, what their test runners say, and what goes wrong.

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
    """One toolchain for each independent Maven or Gradle build, the repository's own root first."""
    from autopack_java.detect import find_toolchains

    return find_toolchains(workspace)


@hookimpl
def read_result(result: CommandResult) -> TestReport | None:
    """What Maven's or Gradle's test runner reported, whichever toolchain the command belonged to."""
    from autopack_java.gradle_results import read_gradle
    from autopack_java.junit_xml import read_junit_xml
    from autopack_java.maven_results import read_maven

    return read_junit_xml(result) or read_maven(result) or read_gradle(result)


@hookimpl
def narrow_tests(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """The tests of the module that holds all of the paths, and of those that need it."""
    from autopack_java.narrow import narrow_to_module

    return narrow_to_module(toolchain, paths)


@hookimpl
def failure_patterns() -> Sequence[Pattern]:
    """The lines by which Maven, Gradle, the compiler and the test runners say what is wrong."""
    from autopack_java.patterns import PATTERNS

    return PATTERNS
