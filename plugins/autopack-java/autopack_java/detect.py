"""From a repository's files to its Java toolchains."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autopack.model.toolchain import Toolchain
from autopack.model.workflows import find_workflows
from autopack.model.workspace import Workspace
from autopack_java import gradle, maven
from autopack_java.markers import MARKERS
from autopack_java.places import HERE, find_sources, find_test, is_root, version_files

_IN_CI = {"maven": re.compile(r"\bmvnw?\b"), "gradle": re.compile(r"\bgradlew?\b")}


def find_toolchains(workspace: Workspace) -> tuple[Toolchain, ...]:
    """Every Java toolchain, the repository's own root first."""
    poms, scripts = maven.find_maven(workspace), gradle.find_gradle(workspace)
    # A module may have both, and then belongs to the build that it is a module of.
    modules = {module for build in poms.values() for module in build.modules}
    parts = {path.parent for build in scripts.values() for path in build.scripts}
    roots = {root for root in poms if is_root(root) and (root in scripts or root not in parts)}
    roots |= scripts.keys() - modules
    sources = find_sources(workspace, roots) if roots else {}
    found = [_detect(workspace, root, sources[root], poms.get(root), scripts.get(root)) for root in sorted(roots, key=_depth)]
    if found and found[0].root == HERE:
        # The repository is about its own root, however much better a folder below it is described.
        most = round(found[0].confidence - 0.05, 2)
        found[1:] = [replace(tool, confidence=min(tool.confidence, most)) for tool in found[1:]]
    return tuple(found)


def _depth(folder: PurePosixPath) -> tuple[int, PurePosixPath]:
    return len(folder.parts), folder


def _detect(
    workspace: Workspace,
    root: PurePosixPath,
    sources: Sequence[str],
    pom: maven.MavenBuild | None,
    script: gradle.GradleBuild | None,
) -> Toolchain:
    note: tuple[str, ...] = ()
    if pom is not None and script is not None:
        choice, why = _choose(workspace, root)
        pom, script = (pom, None) if choice == "maven" else (None, script)
        note = (f"both Maven and Gradle: {choice}, {why}",)
    tool = _maven(workspace, pom, sources) if pom is not None else _gradle(workspace, script, sources) if script else None
    assert tool is not None  # a root has at least one of them
    kotlin = next((path for path in sources if path.endswith(".kt")), "")
    more = (*map(str, version_files(workspace, root)), *note, *([f"{kotlin}: Kotlin"] if kotlin else []))
    return replace(tool, evidence=(*tool.evidence, *more), confidence=tool.confidence if sources else 0.4)


def _choose(workspace: Workspace, root: PurePosixPath) -> tuple[str, str]:
    """Which of two builds is the project's own: that of its workflows, else the one with a wrapper, else Gradle."""
    named = set()
    for path in (*find_workflows(workspace), *workspace.named("Jenkinsfile")):
        text = workspace.read_text(path) or ""
        named |= {name for name, sign in _IN_CI.items() if sign.search(text)}
    if len(named) == 1:
        return named.pop(), "as the workflows have it"
    wrapped = [
        name
        for name, is_there in (
            ("maven", workspace.exists(root / "mvnw")),
            ("gradle", gradle.has_gradle_wrapper(workspace, root)),
        )
        if is_there
    ]
    return (wrapped[0], "which has a wrapper") if len(wrapped) == 1 else ("gradle", "for want of another sign")


def _maven(workspace: Workspace, build: maven.MavenBuild, sources: Sequence[str]) -> Toolchain:
    commands, note = maven.maven_commands(workspace, build)
    test = find_test(workspace, sources)
    return Toolchain(
        name="java",
        package_manager="maven",
        root=build.root,
        confidence=0.5 if not build.is_readable else 0.95 if commands["test"].argv[0] == "sh" else 0.9,
        evidence=tuple(_evidence(build.manifests, (*build.problems, note), test)),
        install=(commands["install"],),
        build=(commands["build"],),
        test=(commands["test"],) if test else (),
        smoke=(commands["smoke"],),
        env=maven.ENV,
        manifests=build.manifests,
        scratch=("target", *sorted(str(module.relative_to(build.root) / "target") for module in _below(build))),
        dependencies=maven.maven_dependencies(workspace, build),
        test_markers=MARKERS,
    )


def _below(build: maven.MavenBuild) -> Iterator[PurePosixPath]:
    return (module for module in build.modules if build.root in module.parents)


def _gradle(workspace: Workspace, build: gradle.GradleBuild, sources: Sequence[str]) -> Toolchain:
    commands, note = gradle.gradle_commands(workspace, build)
    test = find_test(workspace, sources)
    android = gradle.android_script(workspace, build)
    notes = (note, f"{android}: needs the Android SDK" if android else "")
    return Toolchain(
        name="java",
        package_manager="gradle",
        root=build.root,
        confidence=0.95 if commands["test"].argv[0] == "sh" else 0.9,
        evidence=tuple(_evidence(build.manifests, notes, test)),
        install=(commands["install"],),
        build=(commands["build"],),
        test=(commands["test"],) if test else (),
        smoke=(commands["smoke"],),
        env=gradle.ENV,
        manifests=build.manifests,
        scratch=(
            ".gradle",
            "build",
            *sorted({str(path.parent.relative_to(build.root) / "build") for path in build.scripts} - {"build"}),
        ),
        dependencies=gradle.gradle_dependencies(workspace, build),
        test_markers=MARKERS,
    )


def _evidence(files: tuple[PurePosixPath, ...], notes: tuple[str, ...], test: str) -> Iterator[str]:
    yield from map(str, files)
    yield from filter(None, notes)
    yield f"{test}: tests" if test else "no sign of a test: no test command"
