"""Gradle builds: where they stand, and the commands.  Build scripts are programs, so they are recognised and not read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.toolchain import Command
from autopack.model.workspace import Workspace
from autopack_java.places import digest, is_root

SETTINGS = ("settings.gradle", "settings.gradle.kts")
SCRIPTS = ("build.gradle", "build.gradle.kts")
_WRAPPER_SETTINGS = "gradle/wrapper/gradle-wrapper.properties"
_BESIDE = (
    "gradle.properties", "gradle.lockfile", "gradle/libs.versions.toml", "gradle/verification-metadata.xml", _WRAPPER_SETTINGS,
)  # fmt: skip
# Builds of the build itself.
_INNER = frozenset({"buildSrc", "build-logic", "buildLogic", "gradle"})
_MOST_SCRIPTS = 200
_ANDROID = re.compile(r"com\.android\.(?:application|library)")
_FLAGS = ("--no-daemon", "--console=plain")

ENV = (("GRADLE_USER_HOME", "{cache}/gradle"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradleBuild:
    root: PurePosixPath
    scripts: tuple[PurePosixPath, ...]
    beside: tuple[PurePosixPath, ...]

    @property
    def manifests(self) -> tuple[PurePosixPath, ...]:
        return tuple(sorted({*self.scripts, *self.beside}))


def find_gradle(workspace: Workspace) -> dict[PurePosixPath, GradleBuild]:
    """Every build by its folder.  Whatever stands below a settings file belongs to it; many builds have no script at the root."""
    settings = {path.parent for name in SETTINGS for path in workspace.named(name) if not _is_inner(path.parent)}
    scripts = [path for name in (*SETTINGS, *SCRIPTS) for path in workspace.named(name)[:_MOST_SCRIPTS]]
    owners: dict[PurePosixPath, list[PurePosixPath]] = {}
    alone = {path.parent for path in scripts if not _is_inner(path.parent)}
    for path in scripts:
        around = (path.parent, *path.parent.parents)
        root = next((folder for folder in around if folder in settings), None)
        # Without settings the outermost script is the root.
        root = root or next((folder for folder in reversed(around) if folder in alone), None)
        if root is not None and is_root(root):
            owners.setdefault(root, []).append(path)
    return {
        root: GradleBuild(
            root=root,
            scripts=tuple(sorted(found)),
            beside=tuple(root / name for name in _BESIDE if workspace.exists(root / name)),
        )
        for root, found in owners.items()
    }


def _is_inner(folder: PurePosixPath) -> bool:
    return not _INNER.isdisjoint(folder.parts)


def has_gradle_wrapper(workspace: Workspace, root: PurePosixPath) -> bool:
    """Whether the wrapper is complete: the script starts an archive that stands beside it."""
    return workspace.exists(root / "gradlew") and workspace.exists(root / "gradle/wrapper/gradle-wrapper.jar")


def gradle_commands(workspace: Workspace, build: GradleBuild) -> tuple[dict[str, Command], str]:
    """Install, build, test and smoke commands by name, and what to say of a wrapper that cannot be used."""
    program, note = _program(workspace, build.root)
    steps = {"install": "dependencies", "build": "assemble", "test": "test", "smoke": "testClasses"}
    return {name: Command(argv=(*program, *_FLAGS, task), cwd=build.root) for name, task in steps.items()}, note


def _program(workspace: Workspace, root: PurePosixPath) -> tuple[tuple[str, ...], str]:
    """The wrapper if it is complete, started by a shell since it may not be executable; else the machine's own Gradle."""
    if not workspace.exists(root / "gradlew"):
        return ("gradle",), ""
    if not has_gradle_wrapper(workspace, root):
        return ("gradle",), f"{root / 'gradlew'}: without gradle-wrapper.jar it cannot be used"
    if "\r\n" in (workspace.read_text(root / "gradlew") or ""):
        return ("gradle",), f"{root / 'gradlew'}: has line ends of Windows and cannot be used"
    return ("sh", "./gradlew"), ""


def android_script(workspace: Workspace, build: GradleBuild) -> PurePosixPath | None:
    """A script that builds for Android, which needs an SDK that no install brings."""
    return next((path for path in build.scripts if _ANDROID.search(workspace.read_text(path) or "")), None)


def gradle_dependencies(workspace: Workspace, build: GradleBuild) -> tuple[str, ...]:
    """Scripts may bring anything, so each stands for all that may be in it."""
    files = {*build.manifests, *([build.root / "gradlew"] if workspace.exists(build.root / "gradlew") else [])}
    return tuple(f"{path} {digest(workspace.read_text(path))}" for path in sorted(files))
