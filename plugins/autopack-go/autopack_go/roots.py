"""Which folders of a repository are Go projects of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace, share_files
from autopack_go.modfile import ModFile, read_modfile

HERE = PurePosixPath(".")
MOST_DEPTH = 4
# Modules in here show or test something; the repository is not about them.
_SHOWN = frozenset(
    {
        "examples", "example", "_examples", "samples", "sample", "fixtures", "__fixtures__", "testdata", "test_data", "test-data",
        "templates", "template", "benchmarks", "third_party", "docs", "doc", "node_modules", "vendor", "test", "tests",
    }
)  # fmt: skip
# What the go command itself passes over when it expands `./...`.
_COPIES = frozenset({"testdata", "vendor"})
_PACKAGE_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_MAIN = re.compile(r"^func main\(", re.MULTILINE)
_MOST_LOOSE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A folder with a go.mod, and the Go files that `./...` reaches in it; not those of modules below it."""

    folder: PurePosixPath
    file: ModFile | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """Where the commands run, and the modules they are about: several of a workspace, else one.

    `work` is the go.work that lists them; `inside` another one that stands above and does not list them.
    """

    folder: PurePosixPath
    modules: tuple[Module, ...]
    work: ModFile | None = None
    inside: bool = False
    problems: tuple[str, ...] = ()


def find_roots(workspace: Workspace) -> tuple[Root, ...]:
    """Every workspace and every module outside one, the shallowest first.

    Without any of them, a `package main` in the repository's own folder, which the go command takes file by file.
    """
    sources = _share_sources(workspace)
    roots: list[Root] = []
    works = [path for path in workspace.named("go.work") if _is_shallow(path.parent)]
    for path in works:
        root = _workspace(workspace, read_modfile(workspace, path), sources)
        roots += [root] if root is not None else []
    taken = {module.folder for root in roots for module in root.modules}
    for folder in sorted(sources):
        if folder not in taken and _is_shallow(folder):
            inside = any(path.parent in (folder, *folder.parents) for path in works)
            roots.append(Root(folder=folder, modules=(_module(workspace, folder, sources),), inside=inside))
    if not any(root.folder == HERE for root in roots) and HERE not in sources:
        roots += _loose_main(workspace)
    return tuple(sorted(roots, key=lambda root: (len(root.folder.parts), root.folder)))


def _is_shallow(folder: PurePosixPath) -> bool:
    return len(folder.parts) <= MOST_DEPTH and not any(part in _SHOWN or part[0] in ".{" for part in folder.parts)


def _share_sources(workspace: Workspace) -> dict[PurePosixPath, list[str]]:
    """Each folder with a go.mod, and the Go files that `./...` reaches in it."""
    folders = {path.parent for path in workspace.named("go.mod")}
    shares = share_files(workspace.ending(".go"), folders, skips=_is_passed_over) if folders else {}
    return {
        folder: [path for path in files if path.rpartition("/")[2][0] not in "_."]
        for folder, files in shares.items()
        if not _COPIES.intersection(folder.parts)
    }


def _is_passed_over(parts: Sequence[str]) -> bool:
    return any(part in _COPIES or part[0] in "_." for part in parts)


def _module(workspace: Workspace, folder: PurePosixPath, sources: Mapping[PurePosixPath, Sequence[str]]) -> Module:
    return Module(folder=folder, file=read_modfile(workspace, folder / "go.mod"), sources=tuple(sources[folder]))


def _workspace(workspace: Workspace, work: ModFile, sources: Mapping[PurePosixPath, Sequence[str]]) -> Root | None:
    """The modules that a go.work uses; those that are not there are a problem to report."""
    folder = work.path.parent
    used, problems = {}, [work.problem] if work.problem else []
    for words in work.of("use"):
        target = _join(folder, words[0])
        if target is not None and target in sources:
            used[target] = _module(workspace, target, sources)
        else:
            problems.append(f"{work.path}: uses {words[0]!r}, where no go.mod stands")
    if not used:
        return None
    return Root(folder=folder, modules=tuple(used[key] for key in sorted(used)), work=work, problems=tuple(problems))


def _join(folder: PurePosixPath, text: str) -> PurePosixPath | None:
    """The folder that a relative path names; `None` when it leaves the repository."""
    parts = list(folder.parts)
    for part in PurePosixPath(text).parts:
        if part == "/" or (part == ".." and not parts):
            return None
        parts = parts[:-1] if part == ".." else [*parts, part]
    return PurePosixPath(*parts)


def _loose_main(workspace: Workspace) -> list[Root]:
    """The one program that the files in the repository's folder make up; several are scripts, which do not build together."""
    sources = [path for path in workspace.ending(".go") if "/" not in path and path[0] not in "_."]
    texts = [workspace.read_text(PurePosixPath(path)) or "" for path in sources[:_MOST_LOOSE]]
    mains = [text for text in texts if _PACKAGE_MAIN.search(text) and _MAIN.search(text)]
    if len(mains) != 1 or len(sources) > _MOST_LOOSE:
        return []
    return [Root(folder=HERE, modules=(Module(folder=HERE, file=None, sources=tuple(sources)),))]
