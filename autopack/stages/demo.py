"""The demonstration: the bundled project and plan, in a folder of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autopack.effects import git
from autopack.effects.paths import copy_tree, read_own
from autopack.errors import WrongUse

PROJECT, PLAN = "projects/greeter", "plans/chat.md"
# Only exactly these bytes may run without containment and without a person's consent.
DIGEST = "7225b2807744e31189a5fe0b07b05452ce0f74bea08e0131d90e545fce817cc5"


def examples_folder() -> Path:
    """The bundled examples: beside the package in a wheel, at the top of a checkout."""
    package = Path(__file__).parent.parent
    bundled = package / "_examples"
    return bundled if bundled.is_dir() else package.parent / "examples"


def digest_demo(folder: Path) -> str:
    """One sha256 over the demo's plan and every file of its project."""
    total = hashlib.sha256()
    files = [
        folder / PLAN,
        *sorted(path for path in (folder / PROJECT).rglob("*") if path.is_file() and "__pycache__" not in path.parts),
    ]
    for path in files:
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode() + content)
    return total.hexdigest()


def prepare_demo(target: Path) -> tuple[Path, bytes]:
    """A fresh repository with the project, one commit, and the plan's bytes.  Raises `WrongUse` when the bundle was changed."""
    folder = examples_folder()
    if digest_demo(folder) != DIGEST:
        raise WrongUse("the bundled demo was changed, so it is not run without a sandbox", hint="install autopack again")
    copy_tree(folder / PROJECT, target)
    identity = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _IDENTITY}
    git.git("init", "--quiet", "--initial-branch=main", ".", cwd=target)
    git.git("add", "--all", cwd=target)
    git.git("commit", "--quiet", "--message=Greet people in English", cwd=target, env=identity)
    plan = read_own(folder / PLAN)
    assert plan is not None
    return target, plan.encode()


_IDENTITY = (("NAME", "Autopack demo"), ("EMAIL", "demo@autopack.invalid"))
