"""Small projects whose commands are really run, in the way the host runs them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_go import detect_toolchain

from autopack.effects import git
from autopack.effects.containment import choose_backend
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Places, run_contained
from autopack.effects.scan import FileWorkspace, open_tree
from autopack.model.toolchain import Command, CommandResult, Toolchain
from autopack.testing.fixtures import run_git

Files = Mapping[str, str]


@pytest.fixture
def detect(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Files], tuple[Toolchain, ...]]:
    """The toolchains of a project that consists of these files."""
    return lambda files: tuple(detect_toolchain(workspace=make_workspace(files)))


@pytest.fixture
def make_tree(make_repo: Callable[..., Path]) -> Callable[[Files], FileWorkspace]:
    """The committed files, vendor folders among them, as a run sees them."""
    numbers = iter(range(100))

    def make(files: Files) -> FileWorkspace:
        top = make_repo(files, f"repo-{next(numbers)}")
        repo = git.find_repository(top)
        assert repo is not None
        return open_tree(repo, run_git(top, "rev-parse", "HEAD^{tree}"))

    return make


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environment and cache of all tests here: compiling the standard library takes long, and a check cannot write them."""
    folder = tmp_path_factory.mktemp("go")
    (folder / "env").mkdir()
    return folder


@pytest.fixture
def run_command(tmp_path: Path, private: Path) -> Callable[..., CommandResult]:
    """Run a command of a toolchain in the folder of `make_workspace`; only one that `installs` may change the environment."""
    numbers = iter(range(100))

    def run(command: Command, toolchain: Toolchain, *, installs: bool = False) -> CommandResult:
        number = str(next(numbers))
        places = Places(
            home=tmp_path / "homes" / number,
            env=private / "env" / "root",
            cache=private / "cache",
            results=tmp_path / "results" / number,
        )
        return run_contained(
            command,
            backend=choose_backend("auto", os.environ.get("PATH", os.defpath)),
            surroundings=Surroundings(),
            access=Access(network="open" if installs else "loopback", installs=installs),
            root=tmp_path / "workspace",
            places=places,
            environ=os.environ,
            variables=toolchain.env,
            timeout_s=300,
        )

    return run


@pytest.fixture
def go() -> None:
    if shutil.which("go") is None:
        pytest.skip("needs go")
