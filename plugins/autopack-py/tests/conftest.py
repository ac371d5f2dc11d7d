"""Small projects whose commands are really run, in the way the host runs them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_py import detect_toolchain, read_result

from autopack.effects.containment import choose_backend
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Places, run_contained
from autopack.effects.scan import FileWorkspace
from autopack.model.toolchain import Command, CommandResult, TestReport, Toolchain

Files = Mapping[str, str]


@pytest.fixture
def detect(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Files], tuple[Toolchain, ...]]:
    """The toolchains of a project that consists of these files."""
    return lambda files: tuple(detect_toolchain(workspace=make_workspace(files)))


@pytest.fixture
def run_command(tmp_path: Path) -> Callable[..., CommandResult]:
    """Run a command of a toolchain in the folder of `make_workspace`, with every placeholder filled."""
    numbers = iter(range(100))

    def run(command: Command, toolchain: Toolchain, **environ: str) -> CommandResult:
        places = Places(
            home=tmp_path / "home",
            env=tmp_path / "private" / "env",
            cache=tmp_path / "private" / "cache",
            results=tmp_path / "results of run" / str(next(numbers)),
        )
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return run_contained(
            command,
            backend=choose_backend("auto", path),
            surroundings=Surroundings(readable=tuple(sorted({Path(sys.prefix), Path(sys.base_prefix)}))),
            access=Access(network="open", installs=True),
            root=tmp_path / "workspace",
            places=places,
            environ={**os.environ, "PATH": path, **environ},
            variables=toolchain.env,
            passed=tuple(environ),
            timeout_s=120,
        )

    return run


@pytest.fixture
def run_tests(
    detect: Callable[[Files], tuple[Toolchain, ...]], run_command: Callable[..., CommandResult]
) -> Callable[[Files], list[TestReport | None]]:
    """What the first toolchain's test commands report, one entry each."""

    def run(files: Files) -> list[TestReport | None]:
        toolchain = detect(files)[0]
        # The plugins of our own pytest have nothing to say in these projects, and take a second to load.
        results = [run_command(command, toolchain, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1") for command in toolchain.test]
        return [read_result(result=result) for result in results]

    return run
