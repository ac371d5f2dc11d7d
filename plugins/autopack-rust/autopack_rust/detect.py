"""From a repository's files to its Rust toolchains."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Toolchain
from autopack.model.workflows import find_workflows
from autopack.model.workspace import Workspace, share_files
from autopack_rust.features import find_features
from autopack_rust.manifests import HERE, Project, declared_dependencies, find_projects, read_toml, table
from autopack_rust.markers import MARKERS

# The file of a git tree may cost a process, and those that are likely come first.
_MOST_READ = 60
_MATERIAL = frozenset({"fixtures", "testdata", "test_data", "test-data", "data", "examples", "benches", "templates", "ui"})
# Tests for WebAssembly need a runner that cargo does not bring.
_TEST = re.compile(
    r"^[ \t]*#\[(?:\w+::)*(?:test|rstest|test_case|quickcheck|gpui::test)\b|^[ \t]*(?:proptest|quickcheck)!", re.MULTILINE
)
_FENCE = re.compile(r"^[ \t]*//[/!][ \t]*```([\w,= \t-]*)$", re.MULTILINE)
_RUN = frozenset({"", "rust", "should_panic", "no_run", "compile_fail", "standalone_crate"})
_NEXTEST_IN_CI = re.compile(r"\bcargo nextest run\b")
# Bindings that are compiled into a library for another language: then that language's toolchain leads.
_EXTENSIONS = ("pyo3", "napi", "neon", "magnus", "rustler")

_ENV = (
    ("CARGO_HOME", "{cache}/cargo"),
    # Nothing but the install reaches a registry: without this every check would wait for one in vain.
    ("CARGO_NET_OFFLINE", "true"),
    # A compiler that is not there is missing; it is not brought unasked.
    ("RUSTUP_AUTO_INSTALL", "0"),
    ("CARGO_TERM_COLOR", "never"),
)
_FETCHING = (("CARGO_NET_OFFLINE", "false"),)


def find_toolchains(workspace: Workspace) -> tuple[Toolchain, ...]:
    """Every Rust toolchain, the repository's own root first."""
    projects = find_projects(workspace)
    shares = _share_sources(workspace) if projects else {}
    found = [_detect(workspace, project, shares) for project in projects]
    if found and found[0].root == HERE:
        # The repository is about its own root, however much better a folder below it is described.
        most = round(found[0].confidence - 0.05, 2)
        found[1:] = [replace(tool, confidence=min(tool.confidence, most)) for tool in found[1:]]
    return tuple(found)


def _detect(workspace: Workspace, project: Project, shares: Mapping[PurePosixPath, Sequence[str]]) -> Toolchain:
    tests = _find_tests(workspace, [path for crate in project.crates for path in shares.get(crate.folder, ())])
    target = _foreign_target(workspace, project)
    runner = _nextest_evidence(workspace, project)
    locked = ("--locked",) if project.has_lock else ()
    whole = ("--workspace",) if project.crates[0].is_workspace else ()
    targets = () if target else ("--all-targets",)
    features, named = find_features(workspace, project.root)
    notes = (f"{target}: tests cannot run here",) if target else (tests.evidence, *named)
    return Toolchain(
        name="rust",
        package_manager="cargo",
        root=project.root,
        confidence=_confidence(project, tests),
        evidence=(*map(str, project.manifests), *project.problems, *notes, *runner.evidence),
        install=(Command(argv=("cargo", "fetch", *locked), cwd=project.root, env=_FETCHING),),
        build=(Command(argv=("cargo", "build", *whole, *locked), cwd=project.root),),
        test=() if target else _test_commands(project, tests, runner, (*whole, *features, *locked)),
        smoke=(Command(argv=("cargo", "check", *whole, *targets, *locked), cwd=project.root),),
        env=_ENV,
        manifests=project.manifests,
        scratch=("target",) if project.has_lock else ("target", "Cargo.lock"),
        dependencies=declared_dependencies(workspace, project),
        test_markers=MARKERS,
    )


def _confidence(project: Project, tests: _Tests) -> float:
    """How sure, by the kind of evidence."""
    root = project.crates[0]
    if root.fault:
        return 0.5
    if not tests.sources:
        return 0.4
    kinds = table(root.content, "lib").get("crate-type") or table(root.content, "lib").get("crate_type")
    if isinstance(kinds, list) and "cdylib" in kinds and any(name in _EXTENSIONS for _, name, _ in root.dependencies()):
        return 0.7
    return 0.95 if project.has_lock else 0.9


# -- tests ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tests:
    """Whether there are tests, and examples in comments that are tests; `sources` are the project's own files."""

    sources: tuple[str, ...]
    code: PurePosixPath | None
    docs: PurePosixPath | None

    @property
    def evidence(self) -> str:
        if self.code is not None:
            return f"{self.code}: tests"
        return f"{self.docs}: examples that are tests" if self.docs is not None else "no sign of a test: no test command"


def _find_tests(workspace: Workspace, sources: Sequence[str]) -> _Tests:
    """Look for a test and for an example in a comment; what is not read says nothing."""
    code = docs = None
    for path in map(PurePosixPath, nsmallest(_MOST_READ, sources, key=lambda path: (_likelihood(path), path))):
        text = workspace.read_text(path) or ""
        if code is None and _TEST.search(text):
            code = path
        if docs is None and "tests" not in path.parts and _has_example(text):
            docs = path
        if code is not None and docs is not None:
            break
    return _Tests(sources=tuple(sources), code=code, docs=docs)


def _share_sources(workspace: Workspace) -> dict[PurePosixPath, list[str]]:
    """Each folder with a manifest, and the Rust files of which it is the innermost, without material for tests."""
    files = (path for path in workspace.ending(".rs") if path.rpartition("/")[2] != "build.rs")
    folders = {path.parent for path in workspace.named("Cargo.toml")}
    return share_files(files, folders, skips=lambda parts: not _MATERIAL.isdisjoint(parts))


def _likelihood(path: str) -> int:
    folder, _, name = path.rpartition("/")
    if folder == "tests" or folder.endswith("/tests"):
        return 0
    return 1 if name == "lib.rs" else 2 if "test" in name else 3


def _has_example(text: str) -> bool:
    """Whether a comment that becomes documentation has code that is compiled or run; every other fence ends one."""
    inside = False
    for match in _FENCE.finditer(text):
        words = {word.strip() for word in match[1].split(",")}
        if not inside and all(word in _RUN or word.startswith("edition") for word in words):
            return True
        inside = not inside
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Runner:
    is_used: bool
    evidence: tuple[str, ...] = ()


def _nextest_evidence(workspace: Workspace, project: Project) -> _Runner:
    """Whether the project runs its tests with nextest, and this machine can."""
    config = project.root / ".config" / "nextest.toml"
    place = str(config) if workspace.exists(config) else ""
    for path in () if place else find_workflows(workspace):
        if _NEXTEST_IN_CI.search(workspace.read_text(path) or ""):
            place = str(path)
            break
    if not place:
        return _Runner(is_used=False)
    if shutil.which("cargo-nextest"):
        return _Runner(is_used=True, evidence=(f"{place}: nextest",))
    return _Runner(is_used=False, evidence=(f"{place}: nextest, which is not installed here",))


def _test_commands(project: Project, tests: _Tests, runner: _Runner, flags: Sequence[str]) -> tuple[Command, ...]:
    """All tests, also after one has failed: what fails is compared with what failed before."""
    commands = []
    if runner.is_used and tests.code is not None:
        words = ("cargo", "nextest", "run", *flags, "--no-fail-fast", "--status-level", "all")
        commands.append(words)
        if tests.docs is not None:  # nextest runs no examples of comments
            commands.append(("cargo", "test", "--doc", *flags, "--no-fail-fast"))
    elif tests.code is not None or tests.docs is not None:
        commands.append(("cargo", "test", *flags, "--no-fail-fast"))
    return tuple(Command(argv=argv, cwd=project.root) for argv in commands)


def _foreign_target(workspace: Workspace, project: Project) -> str:
    """Where the project is built for a machine without an operating system, and for which."""
    for path in project.settings:
        target = table(read_toml(workspace, path) or {}, "build").get("target") if path.parent.name == ".cargo" else None
        if isinstance(target, str) and ("-none" in target or target.startswith("wasm32-unknown")):
            return f"{path}: {target}"
    return ""
