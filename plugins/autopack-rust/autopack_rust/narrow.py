"""A cheaper test command for a change that stays within one member of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Toolchain

_FEATURES = frozenset({"-F", "--features", "--all-features", "--no-default-features"})


def narrow_to_member(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """`cargo test` for the member that holds all of the paths; what depends on it is left to the full command."""
    if any(word in _FEATURES or word.startswith("--features=") for command in toolchain.test for word in command.argv):
        return None  # the members know different ones
    folders = {path.parent for path in toolchain.manifests if path.name == "Cargo.toml"}
    if toolchain.name != "rust" or len(folders) < 2 or not toolchain.test or not paths:
        return None
    owners = {next((folder for folder in PurePosixPath(path).parents if folder in folders), None) for path in paths}
    owner = owners.pop()
    if owners or owner in (None, toolchain.root):
        return None
    assert owner is not None
    manifest = owner.relative_to(toolchain.root) / "Cargo.toml"
    locked = ("--locked",) if "--locked" in toolchain.test[0].argv else ()
    return Command(argv=("cargo", "test", "--manifest-path", str(manifest), *locked, "--no-fail-fast"), cwd=toolchain.root)
