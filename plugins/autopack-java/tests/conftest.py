"""Small projects whose commands are really run, in the way the host runs them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_java import detect_toolchain

from autopack.effects.containment import choose_backend
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Places, run_contained
from autopack.effects.scan import FileWorkspace
from autopack.model.specs import Network
from autopack.model.toolchain import Command, CommandResult, Toolchain

Files = Mapping[str, str | bytes]


@pytest.fixture
def detect(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Files], tuple[Toolchain, ...]]:
    """The toolchains of a project that consists of these files."""
    return lambda files: tuple(detect_toolchain(workspace=make_workspace(files)))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Downloads, which take longer than everything else."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run_command(tmp_path: Path, cache: Path) -> Callable[[Command, Toolchain], CommandResult]:
    """Run a command of a toolchain in the folder of `make_workspace`, with every placeholder filled; the network is open."""
    shown = tuple(sorted({Path(sys.prefix), Path(sys.base_prefix)}))

    def run(command: Command, toolchain: Toolchain, *, network: Network = "open") -> CommandResult:
        private = tmp_path / "private"
        return run_contained(
            command,
            backend=choose_backend("auto", os.environ["PATH"]),
            surroundings=Surroundings(readable=shown),
            access=Access(network=network, installs=network == "open"),
            root=tmp_path / "workspace",
            places=Places(home=tmp_path / "home", env=private / "env", cache=cache, results=tmp_path / "results"),
            environ=os.environ,
            variables=toolchain.env,
            timeout_s=200,
        )

    return run
