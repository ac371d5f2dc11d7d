"""Which folders of a repository are projects of their own, and which belong to a workspace."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace, share_files
from autopack_node.manifests import Package, read_json, read_package

HERE = PurePosixPath(".")
MOST_DEPTH = 4
_MOST_GLOB_CHARS = 400
# Projects in here show or test something; the repository is not about them.
SHOWN = frozenset(
    {
        "examples", "example", "samples", "sample", "fixtures", "__fixtures__", "__tests__", "testdata", "test_data", "test-data",
        "test", "tests", "templates", "template", "benchmarks", "benchmark", "third_party", "docs", "doc", "node_modules",
        "vendor", "dist", "coverage", "playground", "playgrounds",
    }
)  # fmt: skip
LOCKS = ("pnpm-lock.yaml", "bun.lock", "bun.lockb", "yarn.lock", "package-lock.json", "npm-shrinkwrap.json")
_SETTINGS = (
    ".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", "pnpm-workspace.yaml", "lerna.json", "turbo.json", "nx.json",
    "tsconfig.json",
)  # fmt: skip
# What an install reads.
DECISIVE = (*LOCKS, ".npmrc", ".yarnrc", ".yarnrc.yml", "bunfig.toml", "pnpm-workspace.yaml", ".pnpmfile.cjs", "pnpmfile.cjs")
SUFFIXES = (".cjs", ".cts", ".js", ".jsx", ".mjs", ".mts", ".svelte", ".ts", ".tsx", ".vue")
_QUOTED = re.compile(r"^\s*-\s+['\"]?(?P<glob>[^'\"#\s]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A package, its members if it is a workspace, and the other manifests that stand beside it.

    `find_sources` gives the sources of all of them; most projects are known without going through their files.
    """

    package: Package
    members: tuple[Package, ...]
    beside: tuple[PurePosixPath, ...]
    find_sources: Callable[[], Sequence[str]]

    @property
    def sources(self) -> Sequence[str]:
        return self.find_sources()

    @property
    def folder(self) -> PurePosixPath:
        return self.package.folder

    @property
    def packages(self) -> tuple[Package, ...]:
        return (self.package, *self.members)

    @property
    def declared(self) -> dict[str, str]:
        """Every dependency of the root and its members; the root's word counts where they differ."""
        return {name: version for package in reversed(self.packages) for name, version in package.declared.items()}

    @property
    def lock(self) -> str:
        """The name of the lock that stands in it, the surest first; empty without one."""
        return next((name for name in LOCKS if self.has(name)), "")

    def has(self, *names: str) -> bool:
        return any(self.folder / name in self.beside for name in names)


def find_roots(workspace: Workspace) -> tuple[Root, ...]:
    """Every package that no workspace takes in, the shallowest first."""
    packages = {path.parent: read_package(workspace, path) for path in workspace.named("package.json") if _counts(path.parent)}
    packages = {folder: package for folder, package in packages.items() if package.describes_project}
    rows: list[tuple[Package, tuple[Package, ...]]] = []
    taken: set[PurePosixPath] = set()
    for folder in sorted(packages, key=lambda folder: (len(folder.parts), folder)):
        if folder in taken or _hangs_below(workspace, folder, packages[folder], [row[0] for row in rows if row[1]]):
            continue
        globs = _member_globs(workspace, packages[folder])
        members = tuple(
            packages[other] for other in sorted(packages) if other != folder and is_member(other, folder, globs)
        ) if globs else ()  # fmt: skip
        taken |= {member.folder for member in members}
        rows.append((packages[folder], members))
    # A member may stand before its workspace's root only where roots overlap; the first that takes it in keeps it.
    rows = [row for row in rows if row[0].folder not in taken]
    folders = tuple(row[0].folder for row in rows)
    share = functools.cache(lambda: share_files(workspace.ending(*SUFFIXES), folders))
    return tuple(
        Root(
            package=package,
            members=members,
            beside=_beside(workspace, package.folder),
            find_sources=lambda folder=package.folder: share()[folder],  # type: ignore[misc]
        )
        for package, members in rows
    )


def is_shown(parts: Sequence[str]) -> bool:
    """Whether a folder, given by its parts, holds examples, templates or test material."""
    return any(part in SHOWN or part.startswith((".", "{{")) for part in parts)


def _counts(folder: PurePosixPath) -> bool:
    return len(folder.parts) <= MOST_DEPTH and not is_shown(folder.parts)


def _hangs_below(workspace: Workspace, folder: PurePosixPath, package: Package, workspaces: Sequence[Package]) -> bool:
    """Whether a package below a workspace that does not name it has nothing of its own to run or to install from."""
    if not any(root.folder in folder.parents for root in workspaces):
        return False
    locked = any(workspace.exists(folder / name) for name in LOCKS)
    return not locked and not any(name in package.scripts for name in ("test", "build", "start"))


def _member_globs(workspace: Workspace, package: Package) -> tuple[str, ...]:
    """The workspace's globs: of its own file for pnpm, which does not read those of package.json, else of package.json."""
    text = workspace.read_text(package.folder / "pnpm-workspace.yaml")
    if text is not None:
        return _listed_packages(text)
    if package.workspaces:
        return package.workspaces
    lerna = read_json(workspace, package.folder / "lerna.json")
    rows = lerna.get("packages", ["packages/*"]) if isinstance(lerna, dict) else []
    return tuple(row for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()


def _listed_packages(text: str) -> tuple[str, ...]:
    """The list `packages` of a pnpm-workspace.yaml, which may hold only settings.

    Read line by line, since catalogs and anchors beside the list may be of a kind that plain YAML has not.
    """
    globs: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.strip() and not line.startswith((" ", "\t", "-", "#")):
            inside = line.startswith("packages:")
            short = line[:4096].removeprefix("packages:").partition("#")[0].strip().strip("[]")
            globs += [word.strip(" '\"") for word in short.split(",") if word.strip(" '\"")] if inside else []
        elif inside and (found := _QUOTED.match(line[:4096])):
            globs.append(found["glob"])
    return tuple(globs)


def is_member(folder: PurePosixPath, root: PurePosixPath, globs: Sequence[str]) -> bool:
    """Whether the workspace at `root` takes the folder in: a glob fits, and none with a `!` in front."""
    if root not in folder.parents:
        return False
    parts = folder.relative_to(root).parts
    globs = [glob for glob in globs if len(glob) <= _MOST_GLOB_CHARS]
    wanted = [glob for row in globs if not row.startswith("!") for glob in _open_braces(row)]
    refused = [glob for row in globs if row.startswith("!") for glob in _open_braces(row[1:])]
    return any(_fits(parts, _split(glob)) for glob in wanted) and not any(_fits(parts, _split(glob)) for glob in refused)


def _split(glob: str) -> tuple[str, ...]:
    parts = [part for part in glob.removesuffix("/package.json").split("/") if part not in ("", ".")]
    # Several `**` in a row say what one says, and cost far more.
    return tuple(part for part, before in zip(parts, ["", *parts], strict=False) if (part, before) != ("**", "**"))


def _open_braces(glob: str) -> list[str]:
    """`{a,b}/*` as `a/*` and `b/*`."""
    head, brace, rest = glob.partition("{")
    choices, closing, tail = rest.partition("}")
    if not brace or not closing:
        return [glob]
    ends = _open_braces(tail)[:20]
    return [f"{head}{choice}{end}" for choice in choices.split(",")[:20] for end in ends]


def _fits(parts: tuple[str, ...], glob: tuple[str, ...]) -> bool:
    if not glob:
        return not parts
    if glob[0] == "**":
        return any(_fits(parts[skip:], glob[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], glob[0]) and _fits(parts[1:], glob[1:])


def _beside(workspace: Workspace, folder: PurePosixPath) -> tuple[PurePosixPath, ...]:
    names = dict.fromkeys((*LOCKS, *_SETTINGS, *DECISIVE))
    return tuple(folder / name for name in names if workspace.exists(folder / name))
