"""What of this machine the commands of a run may see: everything but the user's own, and the programs they need of that."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from autopack.effects.mounts import OUT_OF_SIGHT, Surroundings
from autopack.effects.paths import read_own
from autopack.effects.store import locks_folder
from autopack.effects.tools import find_tools
from autopack.model.toolchain import Toolchain
from autopack.stages.setup import Context


def look_around(context: Context, *, top: Path, common_dir: Path | None, toolchains: Iterable[Toolchain] = ()) -> Surroundings:
    """The view for one repository: `top` is the user's checkout, `common_dir` git's own folder, which stays readable.

    HOME, this tool's state and caches, the checkout and the records of all runs are hidden: a lock can be taken, and a secret
    read, through a read-only mount.
    """
    hidden = [context.home, context.state_root, context.cache_root, top]
    readable: list[Path] = []
    if common_dir is not None:
        hidden.append(locks_folder(common_dir).parent)
        readable += [common_dir, *_alternates(common_dir)]
    # Who has no home of their own (HOME=/, as in some containers) hides nothing by it.
    hidden = [path for path in hidden if path != Path("/")]
    tools = find_tools(
        context.environ.get("PATH", os.defpath),
        hidden=(*OUT_OF_SIGHT, *hidden),
        home=context.home,
        environ=context.environ,
        roots=tuple(root for tool in toolchains for root in tool.tool_roots),
    )
    return Surroundings(
        hidden=tuple(hidden),
        readable=(*readable, *tools.exposed),
        blank=tools.masked,
        links=tools.links,
        variables=tools.variables,
    )


def _alternates(common_dir: Path) -> list[Path]:
    """Object stores of other repositories that this one borrows from."""
    objects = common_dir / "objects"
    lines = (read_own(objects / "info" / "alternates") or "").splitlines()
    return [objects / line for line in lines if line and not line.startswith("#")]
