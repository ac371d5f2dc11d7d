"""From a repository's files to its toolchains for JavaScript and TypeScript."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Toolchain
from autopack.model.workspace import Workspace
from autopack_node.deno import find_deno
from autopack_node.managers import Manager, choose_manager, install_commands
from autopack_node.manifests import Package
from autopack_node.markers import MARKERS
from autopack_node.roots import DECISIVE, HERE, LOCKS, Root, find_roots
from autopack_node.runners import choose_build, choose_smoke, choose_tests

_SCRATCH = (
    "node_modules", ".cache", ".turbo", ".nx", ".next", ".nuxt", ".output", ".svelte-kit", ".angular", ".astro", ".docusaurus",
    ".parcel-cache", ".vite", ".vitest", "storybook-static", "dist", "build", "out", "coverage", ".nyc_output", ".eslintcache",
    "*.tsbuildinfo", ".yarn/cache", ".yarn/install-state.gz", ".pnp.cjs", ".pnp.loader.mjs",
)  # fmt: skip
# Another language's project stands in the same folder; then the packages here serve its pages or its tools.
_OTHERS = (
    "pyproject.toml", "setup.py", "requirements.txt", "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "build.gradle.kts",
    "composer.json", "Gemfile", "mix.exs", "manage.py",
)  # fmt: skip
# Locks of large projects have megabytes.
_MOST_LOCK_BYTES = 50_000_000
# Keys of package.json that say what is installed, or from where.
_DECISIVE_KEYS = (
    "overrides", "resolutions", "pnpm", "packageManager", "devEngines", "trustedDependencies", "bundleDependencies",
    "bundledDependencies", "dependenciesMeta", "peerDependenciesMeta", "allowScripts", "catalog", "catalogs", "workspaces",
)  # fmt: skip


def find_toolchains(workspace: Workspace) -> tuple[Toolchain, ...]:
    """Every toolchain, the repository's own root first."""
    deno = find_deno(workspace)
    taken = {tool.root for tool in deno}
    found = [*deno, *(_detect(workspace, root) for root in find_roots(workspace) if root.folder not in taken)]
    found.sort(key=lambda tool: (len(tool.root.parts), tool.root))
    # The repository is about its own root, however much better a folder below it is described.
    if found and found[0].root == HERE:
        most = round(found[0].confidence - 0.05, 2)
        found[1:] = [replace(tool, confidence=min(tool.confidence, most)) for tool in found[1:]]
    elif any(workspace.exists(HERE / name) for name in _OTHERS):
        found = [replace(tool, confidence=min(tool.confidence, 0.7)) for tool in found]
    return tuple(found)


def _detect(workspace: Workspace, root: Root) -> Toolchain:
    manager, named = choose_manager(workspace, root)
    tests = choose_tests(workspace, root, manager)
    build = choose_build(workspace, root, manager)
    install = install_commands(manager, root)
    return Toolchain(
        name="node",
        package_manager=manager.name,
        root=root.folder,
        confidence=_confidence(workspace, root),
        evidence=tuple(dict.fromkeys((*_evidence(root), named, tests.evidence, *build.evidence))),
        install=_commands(root, manager, install),
        build=build.commands,
        test=tests.commands,
        smoke=choose_smoke(workspace, root, manager),
        env=manager.env,
        manifests=_manifests(root),
        scratch=_SCRATCH,
        installed=_installed(root) if install else (),
        tool_roots=manager.tool_roots,
        dependencies=_declared(workspace, root),
        test_markers=MARKERS,
    )


def _commands(root: Root, manager: Manager, argv: tuple[str, ...]) -> tuple[Command, ...]:
    return (Command(argv=argv, cwd=root.folder, env=manager.cache),) if argv else ()


def _confidence(workspace: Workspace, root: Root) -> float:
    """How sure, by the kind of evidence."""
    guest = any(workspace.exists(root.folder / name) for name in _OTHERS)
    if root.package.problem:
        return 0.5
    if root.package.is_tooling and (guest or not root.sources) and not root.members:
        return 0.4
    sure = 0.95 if root.lock else 0.9 if root.package.scripts or root.declared else 0.8
    return min(sure, 0.7) if guest else sure


def _evidence(root: Root) -> tuple[str, ...]:
    locks = tuple(str(root.folder / name) for name in LOCKS if root.has(name))
    more = (f"{len(root.members)} members, the first in {root.members[0].folder}",) if root.members else ()
    problems = tuple(package.problem for package in root.packages if package.problem)
    return (str(root.package.path), *locks, *more, *problems)


def _manifests(root: Root) -> tuple[PurePosixPath, ...]:
    """Every file that decides what an install brings."""
    beside = (path for path in root.beside if path.name in DECISIVE)
    return tuple(sorted({*(package.path for package in root.packages), *beside}))


def _installed(root: Root) -> tuple[str, ...]:
    """The folders that an install fills: the root's, and each member's own for what is not shared."""
    folders = (package.folder.relative_to(root.folder) / "node_modules" for package in root.packages)
    return tuple(str(folder) for folder in folders)


def _declared(workspace: Workspace, root: Root) -> tuple[str, ...]:
    """All that decides what an install brings, from where, and which code it runs."""
    rows: set[str] = set()
    for package in root.packages:
        rows |= {f"{name}@{version}" for name, version in package.declared.items()}
        rows |= {f"scripts.{name}: {text}" for name, text in package.runs_on_install.items()}
        rows |= _tables(package)
    for path in root.beside:
        if path.name in DECISIVE:
            text = workspace.read_text(path, limit_bytes=_MOST_LOCK_BYTES)
            # A lock in bytes has no text; that it changed is then seen in no row, and the manifests still tell.
            rows.add(f"{path.name} {hashlib.sha256((text or '').encode()).hexdigest()[:12]}")
    return tuple(sorted(rows))


def _tables(package: Package) -> set[str]:
    found = ((key, package.content[key]) for key in _DECISIVE_KEYS if key in package.content)
    return {f"{key}: {json.dumps(value, sort_keys=True)}" for key, value in found}
