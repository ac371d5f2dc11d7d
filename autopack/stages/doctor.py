"""Look at this machine with a repository's eyes."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from autopack.effects import git
from autopack.effects.paths import is_writable
from autopack.effects.process import find_program
from autopack.errors import MachineLacks
from autopack.model.tables import Examined
from autopack.model.toolchain import Toolchain
from autopack.stages.ground import find_toolchains, open_ground
from autopack.stages.setup import Context


def examine(context: Context, folder: Path) -> tuple[Examined, ...]:
    """Python, git, containment, folders, plugins, then the programs of the folder's toolchains."""
    rows = [Examined(name="python", state="fine", detail=platform.python_version()), _examine_git(folder)]
    rows.append(_examine_sandbox(context))
    for name, path in (("state folder", context.state_root), ("cache folder", context.cache_root)):
        fine = is_writable(path)
        hint = "" if fine else f"set AUTOPACK_{name.split()[0].upper()}_DIR to a folder you can write"
        rows.append(Examined(name=name, state="fine" if fine else "missing", detail=str(path), hint=hint))
    for record in context.plugins.records:
        if record.fault:
            hint = f"update or uninstall {record.package}"
            rows.append(Examined(name=f"plugin {record.name}", state="weak", detail=record.fault, hint=hint))
    for name, spec in context.plugins.builders().items():
        missing = spec.doctor() if spec.doctor else None
        if missing:
            rows.append(Examined(name=f"builder {name}", state="weak", detail=missing))
    for toolchain in find_toolchains(context.plugins, open_ground(folder).workspace):
        rows += _examine_toolchain(context, toolchain)
    return tuple(rows)


def _examine_sandbox(context: Context) -> Examined:
    backend = context.backend
    detail = f"{backend.name} (as root: better run as an ordinary user)" if os.geteuid() == 0 and backend.strong else backend.name
    hint = backend.lacks if backend.strong else f"{backend.lacks}; until then foreign code needs `--allow-weak-sandbox`"
    return Examined(name="sandbox", state="fine" if backend.strong else "weak", detail=detail, hint=hint)


def _examine_git(folder: Path) -> Examined:
    try:
        version = git.git("--version", cwd=folder).decode().split()[-1]
    except MachineLacks as lack:
        return Examined(name="git", state="missing", detail="not found", hint=lack.hint)
    numbers = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    old = numbers < [2, 30]
    return Examined(
        name="git", state="missing" if old else "fine", detail=version, hint="install git 2.30 or newer" if old else ""
    )


def _examine_toolchain(context: Context, toolchain: Toolchain) -> list[Examined]:
    """The programs its first steps need; later ones may come with the environment that these make."""
    steps = toolchain.prepare[:1] or toolchain.install[:1] or toolchain.test[:1]
    rows = []
    for command in steps:
        program = command.argv[0]
        found = find_program(program, context.environ.get("PATH", ""))
        hint = "" if found else f"install {program}: {toolchain.package_manager} needs it ({', '.join(toolchain.evidence[:2])})"
        rows.append(
            Examined(
                name=f"{toolchain.name} at {toolchain.root}",
                state="fine" if found else "missing",
                detail=found or f"{program} not found",
                hint=hint,
            )
        )
    if not toolchain.test:
        words = "no test command was found"
        rows.append(
            Examined(name=f"{toolchain.name} at {toolchain.root}", state="weak", detail=words, hint="give one with `--check`")
        )
    return rows
