"""A new plugin package on disk, or the reason why not."""

from __future__ import annotations

import keyword
import os
import re
from collections.abc import Collection
from pathlib import Path

from autopack.effects.paths import is_writable, replace_file
from autopack.errors import WrongUse
from autopack.scaffold.render import KINDS, render_package

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")


def create_package(name: str, kind: str, folder: Path, taken: Collection[str]) -> tuple[Path, tuple[str, ...]]:
    """Write the package into a new folder below `folder`; that folder, and the paths in it.

    `taken` are names of plugins and packages that are installed.  Raises `WrongUse` before anything is written.
    """
    name = name.removeprefix("autopack-")
    _check_name(name, taken)
    if kind not in KINDS:
        raise WrongUse(f"there is no kind {kind!r} of plugin", hint=f"kinds: {', '.join(KINDS)}")
    target = folder / f"autopack-{name}"
    if os.path.lexists(target):
        raise WrongUse(f"{str(target)!r} exists already", hint="choose another name, or another place with `--folder`")
    if not is_writable(folder):
        raise WrongUse(f"nothing can be written in {str(folder)!r}", hint="choose another place with `--folder`")
    files = render_package(name, kind)
    for path, text in files.items():
        replace_file(target / path, text)
    return target, tuple(files)


def _check_name(name: str, taken: Collection[str]) -> None:
    if not _NAME.fullmatch(name) or "--" in name:
        hint = "a name is up to 40 lower-case letters, digits and single hyphens, and begins with a letter"
        raise WrongUse(f"{name!r} is no name for a plugin", hint=hint)
    if keyword.iskeyword(name):
        raise WrongUse(f"{name!r} is a word of the Python language", hint=f"add to it, for instance '{name}-rules'")
    if not {name, f"autopack-{name}"}.isdisjoint(taken):
        raise WrongUse(f"a plugin {name!r} is installed already", hint="choose another name; see `autopack plugins list`")
