"""A cheaper test command for a change that stays within one module."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Toolchain


def narrow_to_module(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """Maven's tests of the one module that holds all paths, of what it needs, and of what needs it."""
    if toolchain.package_manager != "maven" or not toolchain.test or not paths:
        return None
    folders = {path.parent for path in toolchain.manifests if path.name == "pom.xml"}
    owners = {next((folder for folder in PurePosixPath(path).parents if folder in folders), None) for path in paths}
    owner = owners.pop()
    if owners or owner is None or toolchain.root not in owner.parents:
        return None
    test = toolchain.test[0]
    module = str(owner.relative_to(toolchain.root))
    return replace(test, argv=(*test.argv[:-1], "-pl", module, "-am", "-amd", test.argv[-1]))
