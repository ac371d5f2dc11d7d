"""Small projects whose commands are really run, in the way the host runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_rust import detect_toolchain, read_result

from autopack.effects.containment import choose_backend
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Places, run_contained
from autopack.effects.scan import FileWorkspace
from autopack.model.toolchain import Command, CommandResult, TestReport, Toolchain

Files = Mapping[str, str | bytes]


@pytest.fixture
def detect(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Files], tuple[Toolchain, ...]]:
    """The toolchains of a project that consists of these files."""
    return lambda files: tuple(detect_toolchain(workspace=make_workspace(files)))


@pytest.fixture(scope="session")
def rust_bin() -> Path:
    """The folder of the real programs: rustup's stand-ins look for them below HOME, which is another in a run."""
    if shutil.which("cargo") is None or shutil.which("rustc") is None:
        pytest.skip("needs cargo")
    done = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()) / "bin"


@pytest.fixture
def run_command(tmp_path: Path, rust_bin: Path) -> Callable[[Command, Toolchain], CommandResult]:
    """Run a command of a toolchain in the folder of `make_workspace`, with every placeholder filled; the network is open."""
    path = f"{rust_bin}{os.pathsep}{os.environ['PATH']}"
    shown = {Path(sys.prefix), Path(sys.base_prefix), rust_bin.parent}

    def run(command: Command, toolchain: Toolchain) -> CommandResult:
        private = tmp_path / "private"
        return run_contained(
            command,
            backend=choose_backend("auto", path),
            surroundings=Surroundings(readable=tuple(sorted(shown))),
            access=Access(network="open", installs=True),
            root=tmp_path / "workspace",
            places=Places(home=tmp_path / "home", env=private / "env", cache=private / "cache", results=tmp_path / "results"),
            environ={**os.environ, "PATH": path},
            variables=toolchain.env,
            timeout_s=120,
        )

    return run


@pytest.fixture
def run_tests(
    detect: Callable[[Files], tuple[Toolchain, ...]], run_command: Callable[[Command, Toolchain], CommandResult]
) -> Callable[[Files], TestReport | None]:
    """What the first toolchain's test command reports."""

    def run(files: Files) -> TestReport | None:
        toolchain = detect(files)[0]
        return read_result(result=run_command(toolchain.test[0], toolchain))

    return run
