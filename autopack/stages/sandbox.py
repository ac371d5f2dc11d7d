"""Run one command in the containment that checks get, on a folder as it stands."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from autopack.decide.scope import judge_containment
from autopack.effects import git
from autopack.effects.paths import make_marked_folder, remove_marked_folder
from autopack.effects.sandbox import Access, Places, run_contained
from autopack.errors import MachineLacks, WrongUse
from autopack.model.specs import Network
from autopack.model.toolchain import Command, CommandResult
from autopack.stages.ground import find_toolchains, open_ground
from autopack.stages.setup import Context
from autopack.stages.surroundings import look_around

_LONGEST_S = 24 * 3600.0


def run_in_sandbox(
    context: Context, folder: Path, argv: tuple[str, ...], *, scope: Sequence[str] = (), network: Network = "loopback"
) -> CommandResult:
    """Run `argv` in the repository of `folder` (or the folder itself): only `scope` can change, and nothing outlives it.

    A scope path that does not exist is made first, so that it can be written: with a slash at its end a folder, else a file,
    which goes again if it stays empty.  Raises `MachineLacks` where nothing contains it and no weak sandbox is allowed.
    """
    if not (context.backend.strong or context.config.allow_weak_sandbox):
        raise MachineLacks(
            f"this machine has no full sandbox (backend: {context.backend.name}; {context.backend.lacks})",
            hint="get one as said, or run with `--allow-weak-sandbox`",
        )
    for path in scope:
        verdict = judge_containment(path)
        if not verdict.allowed:
            raise WrongUse(f"the scope {path!r} {verdict.reason}")
    repo = git.find_repository(folder)
    root = (repo.top if repo and not repo.bare else folder).resolve()
    toolchains = find_toolchains(context.plugins, open_ground(root).workspace)
    surroundings = look_around(context, top=root, common_dir=repo.common_dir if repo else None, toolchains=toolchains)
    with _make_places(context.state_root) as places, _stand(root, scope):
        return run_contained(
            Command(argv=argv, cwd=PurePosixPath(folder.resolve().relative_to(root).as_posix())),
            backend=context.backend,
            surroundings=surroundings,
            access=Access(network=network, writable=tuple(scope)),
            root=root,
            places=places,
            environ=context.environ,
            passed=context.config.env_pass,
            timeout_s=_LONGEST_S,
        )


@contextlib.contextmanager
def _make_places(state_root: Path) -> Iterator[Places]:
    above = make_marked_folder(state_root / "sandbox")
    top = make_marked_folder(Path(tempfile.mkdtemp(dir=above)))
    try:
        yield Places(home=top / "home", env=top / "env" / "root", cache=top / "cache", results=top / "results")
    finally:
        remove_marked_folder(top)


@contextlib.contextmanager
def _stand(root: Path, scope: Sequence[str]) -> Iterator[None]:
    """Something to mount on at every scope path."""
    made = []
    for path in scope:
        place = root / path
        if not Path(os.path.realpath(place)).is_relative_to(os.path.realpath(root)):
            raise WrongUse(f"the scope {path!r} leads out of {root}")
        if not place.exists():
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                if path.endswith("/"):
                    place.mkdir()
                else:
                    place.touch()
                    made.append(place)
            except OSError as problem:
                raise WrongUse(f"the scope {path!r} cannot be made: {problem.strerror}") from None
    try:
        yield
    finally:
        for place in made:
            if place.is_file() and not place.stat().st_size:
                place.unlink()
