"""What cargo's manifests declare, and which of them belong together; nothing is executed."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from autopack.model.parse import Unreadable, load_toml
from autopack.model.workspace import Workspace

HERE = PurePosixPath(".")
MANIFEST, LOCK = "Cargo.toml", "Cargo.lock"
# A repository of thousands of crates is known well enough by these, and each may cost a process.
MOST_MANIFESTS = 300
MOST_DEPTH = 5
# Projects in here show or test something; the repository is not about them.  Fuzzing needs a tool and a compiler of its own.
SHOWN = frozenset(
    {
        "examples", "example", "samples", "sample", "fixtures", "__fixtures__", "testdata", "test_data", "test-data", "test",
        "tests", "templates", "template", "benchmarks", "benches", "third_party", "docs", "doc", "node_modules", "vendor",
        "vendored", "fuzz", "target",
    }
)  # fmt: skip
_KINDS = ("dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies")
_SETTINGS = ("rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml", ".cargo/config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crate:
    """One manifest; `content` is empty when it could not be read or holds nothing, and `fault` says so."""

    folder: PurePosixPath
    content: Mapping[str, Any]
    fault: str = ""

    @property
    def path(self) -> PurePosixPath:
        return self.folder / MANIFEST

    @property
    def is_workspace(self) -> bool:
        return "workspace" in self.content

    @property
    def package(self) -> Mapping[str, Any]:
        """The `[package]` table, once called `[project]`."""
        return table(self.content, "package") or table(self.content, "project")

    def dependencies(self) -> Iterator[tuple[str, str, object]]:
        """Where each dependency stands, its name, and what is said of it."""
        targets = table(self.content, "target")
        places = [("", self.content), ("workspace.", table(self.content, "workspace"))]
        places += [(f"target.{name}.", table(targets, name)) for name in sorted(targets)]
        for prefix, content in places:
            for kind in _KINDS:
                for name, value in sorted(table(content, kind).items()):
                    yield f"{prefix}{kind}", name, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A workspace with its members, or a package outside of any; the root is the first of `crates`.

    `settings` are files beside the manifests that decide what is built, `problems` what cargo will not take.
    """

    root: PurePosixPath
    crates: tuple[Crate, ...]
    has_lock: bool
    settings: tuple[PurePosixPath, ...]
    problems: tuple[str, ...]

    @property
    def manifests(self) -> tuple[PurePosixPath, ...]:
        """Every file that decides what is fetched and built."""
        lock = (self.root / LOCK,) if self.has_lock else ()
        return tuple(sorted({*(crate.path for crate in self.crates), *lock, *self.settings}))


def table(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The nested table; empty when a step is absent or no table."""
    for key in keys:
        value = data.get(key)
        data = value if isinstance(value, dict) else {}
    return data


def read_toml(workspace: Workspace, path: PurePosixPath) -> Mapping[str, Any] | None:
    """The file's content; `None` when it cannot be read or parsed."""
    text = workspace.read_text(path)
    try:
        return load_toml(text) if text is not None else None
    except Unreadable:
        return None


def is_shown(folder: PurePosixPath) -> bool:
    """Whether a folder holds examples, templates, copies of other projects or test material."""
    return any(part in SHOWN or part.startswith((".", "{{")) for part in folder.parts)


def find_projects(workspace: Workspace) -> tuple[Project, ...]:
    """Every workspace and every package outside of one, the shallowest first."""
    crates = {path.parent: _read(workspace, path) for path in workspace.named(MANIFEST)[:MOST_MANIFESTS]}
    owner: dict[PurePosixPath, PurePosixPath] = {}
    problems: dict[PurePosixPath, list[str]] = {}
    for folder, crate in crates.items():
        if crate.is_workspace:
            owner |= dict.fromkeys(_members(crate, crates), folder)
    for folder, crate in crates.items():
        if folder in owner or is_shown(folder) or len(folder.parts) > MOST_DEPTH:
            continue
        around = _workspace_around(crate, crates)
        if around is not None and crate.package:
            # Cargo takes the nearest workspace above and refuses whatever is neither in it nor excluded.
            problems.setdefault(around, []).append(f"{crate.path}: not a member of the workspace")
        elif crate.fault or crate.package:
            owner[folder] = folder
    return tuple(
        _project(
            workspace, root, [crate for folder, crate in crates.items() if owner.get(folder) == root], problems.get(root, [])
        )
        for root in sorted(set(owner.values()), key=lambda folder: (len(folder.parts), folder))
        if not is_shown(root) and len(root.parts) <= MOST_DEPTH
    )


def _read(workspace: Workspace, path: PurePosixPath) -> Crate:
    content = read_toml(workspace, path)
    fault = f"{path}: cannot be read" if content is None else f"{path}: is empty" if not content else ""
    return Crate(folder=path.parent, content=content or {}, fault=fault)


def _project(workspace: Workspace, root: PurePosixPath, crates: Iterable[Crate], problems: Iterable[str]) -> Project:
    ordered = tuple(sorted(crates, key=lambda crate: (crate.folder != root, crate.folder)))
    faults = [crate.fault for crate in ordered if crate.fault]
    return Project(
        root=root,
        crates=ordered,
        has_lock=workspace.exists(root / LOCK),
        settings=tuple(root / name for name in _SETTINGS if workspace.exists(root / name)),
        problems=(*faults, *problems),
    )


# -- which packages a workspace takes in ----------------------------------------------------------------------------------


def _members(crate: Crate, crates: Mapping[PurePosixPath, Crate]) -> list[PurePosixPath]:
    """The workspace itself, what its globs name, and what these need by path below it: cargo counts that as members too."""
    globs = [_below(crate.folder, row) for row in _texts(table(crate.content, "workspace").get("members"))]
    found = [crate.folder]
    found += [folder for folder in crates if any(_matches(folder, glob) for glob in globs)]
    for folder in found:  # grows while it is walked
        for path in _path_dependencies(crates[folder], crate):
            if path in crates and path not in found and crate.folder in path.parents:
                found.append(path)
    return [
        folder
        for folder in dict.fromkeys(found)
        if folder == crate.folder or not (crates[folder].is_workspace or _is_excluded(crate, folder))
    ]


def _path_dependencies(crate: Crate, top: Crate) -> Iterator[PurePosixPath]:
    """The folders of what a crate needs by path, also by one that its workspace gives."""
    shared = table(top.content, "workspace", "dependencies")
    for place, name, value in crate.dependencies():
        base = crate
        if isinstance(value, dict) and value.get("workspace"):
            base, value = top, shared.get(name)
        if not place.startswith("workspace.") and isinstance(value, dict) and isinstance(value.get("path"), str):
            yield _below(base.folder, value["path"])


def _workspace_around(crate: Crate, crates: Mapping[PurePosixPath, Crate]) -> PurePosixPath | None:
    for folder in crate.folder.parents:
        above = crates.get(folder)
        if above is not None and above.is_workspace:
            return None if _is_excluded(above, crate.folder) else folder
    return None


def _is_excluded(crate: Crate, folder: PurePosixPath) -> bool:
    """Excluding a folder goes before a glob that names it, and behind its plain name."""
    own = table(crate.content, "workspace")
    around = (folder, *folder.parents)
    excluded, named = ([_below(crate.folder, row) for row in _texts(own.get(key))] for key in ("exclude", "members"))
    return any(path in around for path in excluded) and not any(path in around for path in named)


def _matches(folder: PurePosixPath, glob: PurePosixPath) -> bool:
    # Anchored, since `match` otherwise looks from the end; and no part of it stands for several folders.
    return len(folder.parts) == len(glob.parts) and PurePosixPath(f"/{folder}").match(f"/{glob}")


def _below(folder: PurePosixPath, path: str) -> PurePosixPath:
    return PurePosixPath(posixpath.normpath(f"{folder}/{path}"))


def _texts(value: object) -> list[str]:
    return [row for row in value if isinstance(row, str)] if isinstance(value, list) else []


# -- what an install brings -----------------------------------------------------------------------------------------------


def declared_dependencies(workspace: Workspace, project: Project) -> tuple[str, ...]:
    """All that decides what is fetched, from where, and which compiler builds it."""
    rows = set()
    for crate in project.crates:
        for place, name, value in crate.dependencies():
            if isinstance(value, dict) and ("path" in value or "workspace" in value):
                continue  # the project's own, or said at the root
            rows.add(f"{place}.{name} = {_write(value)}")
        for key in ("patch", "replace"):
            if key in crate.content:
                rows.add(f"{key} = {_write(crate.content[key])}")
    for path in project.settings:
        rows.add(f"{path.name} {hashlib.sha256((workspace.read_text(path) or '').encode()).hexdigest()[:12]}")
    if not any(path.parent.name == ".cargo" for path in project.settings):
        rows.add("from the default registry")
    return tuple(sorted(rows | set(_locked(workspace, project))))


def _locked(workspace: Workspace, project: Project) -> Iterator[str]:
    """What the lock takes from elsewhere; the project's own packages have no source there."""
    if not project.has_lock:
        return
    path = project.root / LOCK
    content = read_toml(workspace, path)
    if content is None:
        yield f"{LOCK} {hashlib.sha256((workspace.read_text(path, 20_000_000) or '').encode()).hexdigest()[:12]}"
        return
    packages = content.get("package")
    for row in packages if isinstance(packages, list) else ():
        if isinstance(row, dict) and "source" in row:
            yield f"{LOCK}: {' '.join(str(row[key]) for key in ('name', 'version', 'source', 'checksum') if key in row)}"


def _write(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
