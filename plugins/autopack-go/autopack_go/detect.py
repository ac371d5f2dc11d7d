"""From a repository's files to its Go toolchains."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autopack.model.toolchain import Command, Toolchain
from autopack.model.workspace import Workspace
from autopack_go.markers import MARKERS
from autopack_go.roots import HERE, Root, find_roots
from autopack_go.testfiles import find_tests

_TOOLING = frozenset({"tools", "_tools", "tool", "hack"})
# Since this version of the language a vendor folder is used unasked.
_VENDORS_UNASKED = (1, 14)
_TEST = ("go", "test", "-json")
# Stamping asks git about a checkout whose records lie elsewhere; a cached result was not run; what the module cache holds
# must be removable.
_FLAGS = ("-buildvcs=false", "-count=1", "-modcacherw")
_ALWAYS = (
    # A download of another Go is a change of the machine: say that it is needed instead.
    ("GOTOOLCHAIN", "local"),
    ("GOMODCACHE", "{env}/mod"),
    # Checks only read it, and the go command does without writing, but for its index of packages.
    ("GOCACHE", "{env}/build"),
    ("GODEBUG", "goindex=0"),
)
_DOWNLOADS = (("GOMODCACHE", "{cache}/mod"),)
# Verified by the first download; nobody has to be asked again.
_FROM_CACHE = (("GOPROXY", "file://{cache}/mod/cache/download"), ("GOSUMDB", "off"))
# Of the folders below HOME: where `go install golang.org/dl/…` puts other versions, and where tools are installed.
_TOOL_ROOTS = ("~/sdk", "~/go/bin")
_DECISIVE = ("require", "replace", "exclude", "tool", "toolchain", "go")


def find_toolchains(workspace: Workspace) -> tuple[Toolchain, ...]:
    """Every Go toolchain, the repository's own root first."""
    found = [_detect(workspace, root) for root in find_roots(workspace)]
    if found and found[0].root == HERE:
        # The repository is about its own root, however much better a folder below it is described.
        most = round(found[0].confidence - 0.05, 2)
        found[1:] = [replace(tool, confidence=min(tool.confidence, most)) for tool in found[1:]]
    return tuple(found)


def narrow(toolchain: Toolchain, paths: Sequence[str]) -> Command | None:
    """Test the packages of the changed tests; `None` when other code changed, which tests anywhere may need."""
    files = [PurePosixPath(path) for path in paths]
    if toolchain.name != "go" or not files or not any("..." in word for command in toolchain.test for word in command.argv):
        return None
    if not all(path.name.endswith("_test.go") and toolchain.root in path.parents for path in files):
        return None
    folders = sorted({_pattern(path.parent.relative_to(toolchain.root)) for path in files})
    return Command(argv=(*_TEST, *folders), cwd=toolchain.root)


def _detect(workspace: Workspace, root: Root) -> Toolchain:
    tests = find_tests(workspace, [path for module in root.modules for path in module.sources])
    sources = [path for module in root.modules for path in module.sources]
    manifests = _manifests(workspace, root)
    vendored = root.folder / "vendor" / "modules.txt" in manifests
    packages = _packages(root)
    # Sums are kept of what was downloaded once, so where they stand there may be something to bring.
    downloads = not vendored and (_needs_download(root) or any(path.name == "go.sum" for path in manifests))
    # Compiled once, so that no check does it again: what all share is kept from run to run, what is downloaded is not.
    prepare = [
        *([_command(root, "go", "mod", "download", env=_DOWNLOADS)] if downloads else []),
        _command(root, "go", "list", "-export", "std", env=(("GOCACHE", "{cache}/build"),)),
        _command(root, "mkdir", "-p", "{env}"),
        _command(root, "cp", "-R", "{cache}/build", "{env}"),
    ]
    if downloads or vendored:
        env = _FROM_CACHE if downloads else ()
        prepare.append(_command(root, "go", "list", "-e", "-export", "-deps", "-test", *packages, env=env))
    return Toolchain(
        name="go",
        package_manager="go",
        root=root.folder,
        confidence=_confidence(root, manifests, sources),
        evidence=_evidence(root, manifests, tests.evidence),
        prepare=tuple(prepare) if sources else (),
        install=(_command(root, "go", "mod", "download", env=_FROM_CACHE),) if downloads and sources else (),
        build=(_command(root, "go", "build", "-o", "/dev/null", *_without_tests(packages)),) if sources else (),
        test=(_command(root, *_TEST, *packages),) if tests.found else (),
        smoke=(_command(root, "go", "vet", *packages),) if sources else (),
        env=(("GOFLAGS", _flags(root, vendored=vendored)), *((("GOWORK", "off"),) if root.inside else ()), *_ALWAYS),
        manifests=manifests,
        tool_roots=_TOOL_ROOTS,
        dependencies=_declared(workspace, root, manifests),
        test_markers=MARKERS,
    )


def _command(root: Root, *argv: str, env: tuple[tuple[str, str], ...] = ()) -> Command:
    return Command(argv=argv, cwd=root.folder, env=env)


def _packages(root: Root) -> tuple[str, ...]:
    """What stands for all packages: each module of a workspace by itself, since `./...` fails where none is at the root."""
    if root.modules[0].file is None:
        return tuple(sorted(root.modules[0].sources))
    if root.work is None:
        return ("./...",)
    own = [module for module in root.modules if module.sources] or root.modules
    return tuple(_below(root.folder, module.folder) for module in own)


def _below(root: PurePosixPath, folder: PurePosixPath) -> str:
    common = 0
    while common < min(len(root.parts), len(folder.parts)) and root.parts[common] == folder.parts[common]:
        common += 1
    up = [".."] * (len(root.parts) - common)
    return "/".join([*(up or ["."]), *folder.parts[common:], "..."])


def _pattern(folder: PurePosixPath) -> str:
    return "." if folder == HERE else f"./{folder}"


def _without_tests(packages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in packages if not name.endswith("_test.go"))


def _manifests(workspace: Workspace, root: Root) -> tuple[PurePosixPath, ...]:
    names = [root.folder / name for name in ("go.work", "go.work.sum")] if root.work else []
    names += [module.folder / name for module in root.modules if module.file for name in ("go.mod", "go.sum")]
    names.append(root.folder / "vendor" / "modules.txt")
    return tuple(sorted(path for path in names if workspace.exists(path)))


def _needs_download(root: Root) -> bool:
    """Whether a module is required that neither the workspace nor a folder brings."""
    files = [module.file for module in root.modules if module.file]
    local = {file.word("module") for file in files}
    local.update(*(file.replaced for file in (*files, *((root.work,) if root.work else ()))))
    return any(words[0] not in local for file in files for words in file.of("require"))


def _flags(root: Root, *, vendored: bool) -> str:
    file = root.modules[0].file
    asks = vendored and root.work is None and file is not None and (file.go or _VENDORS_UNASKED) < _VENDORS_UNASKED
    return " ".join((*_FLAGS, *(("-mod=vendor",) if asks else ())))


def _confidence(root: Root, manifests: Sequence[PurePosixPath], sources: Sequence[str]) -> float:
    """How sure, by the kind of evidence."""
    if root.modules[0].file is None:
        return 0.5
    if not sources or _TOOLING.intersection(root.folder.parts):
        return 0.4  # a module without code, or for tools alone, only pins versions
    if root.problems or any(module.file and module.file.problem for module in root.modules):
        return 0.6
    return 0.95 if root.work or any(path.name == "go.sum" for path in manifests) else 0.9


def _evidence(root: Root, manifests: Sequence[PurePosixPath], tests: str) -> tuple[str, ...]:
    files = [str(path) for path in manifests] or [f"{path}: no go.mod" for path in root.modules[0].sources[:1]]
    problems = [module.file.problem for module in root.modules if module.file and module.file.problem]
    return (*files, *root.problems, *problems, tests)


def _declared(workspace: Workspace, root: Root, manifests: Sequence[PurePosixPath]) -> tuple[str, ...]:
    """All that decides what an install brings, and from where."""
    files = [module.file for module in root.modules if module.file]
    files += [root.work] if root.work else []
    rows = {f"{verb} {' '.join(words)}" for file in files for verb in _DECISIVE for words in file.of(verb)}
    for path in manifests:
        if path.name in ("go.sum", "go.work.sum", "modules.txt"):
            rows.add(f"{path.name} {hashlib.sha256((workspace.read_text(path) or '').encode()).hexdigest()[:12]}")
    return tuple(sorted(rows))
