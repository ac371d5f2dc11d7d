"""What may be done when Python cannot find a module."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import PurePosixPath

from autopack.model.attempt import Attempt
from autopack.model.failure import Failure, Hint, Mitigation, Run
from autopack.model.toolchain import Command, Toolchain
from autopack.model.workspace import Workspace
from autopack_py.manifests import Project, read_project
from autopack_py.names import distributions_of, is_known, normalise
from autopack_py.patterns import MISSING_MODULE
from autopack_py.requirements import Requirement
from autopack_py.roots import find_roots

_FEATURE = "missing_dependency"
_INSTALLERS = {
    "pip": ("python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
    "uv": ("uv", "pip", "install"),
}


def repair_missing_module(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """Install what the repository declares into the private environment; of anything else only say what is the matter.

    A distribution that no manifest names, or only a manifest that this attempt changed, is never installed: the first is a
    guess at a name, the second would let a builder choose what runs here.
    """
    module = dict(failure.captures).get("module")
    toolchain = _toolchain_of(failure, attempt)
    if failure.kind != MISSING_MODULE or module is None or toolchain is None:
        return None
    top = module.partition(".")[0]
    projects = _read_projects(attempt.workspace)
    own = next((project for project in projects if project.root == toolchain.root), None)
    if own is not None and top in own.modules:
        return _own_module(module, toolchain)
    names = {normalise(name) for name in (*distributions_of(top), top)}
    declared = sorted(
        (row for project in projects for row in project.requirements if row.name in names),
        key=lambda row: (not row.text, toolchain.root not in row.source.parents, row.source),
    )
    if declared:
        return _declared(module, declared[0], toolchain, {change.path for change in attempt.changes})
    if any(top in project.modules for project in projects) or _stands_somewhere(attempt.workspace, top):
        return _own_module(module, toolchain)
    if top in sys.stdlib_module_names:
        text = f"{module!r} belongs to Python's standard library, but not to the version or build that runs here"
        return _hint(f"missing-{top}", text)
    return _undeclared(module, top)


def _toolchain_of(failure: Failure, attempt: Attempt) -> Toolchain | None:
    """The Python toolchain that the failed check ran in; without a recorded check the first one."""
    pythons = [toolchain for toolchain in attempt.toolchains if toolchain.name == "python"]
    row = next((row for row in attempt.results if row.check.id == failure.check), None)
    if row is None:
        return next(iter(pythons), None)
    return next((toolchain for toolchain in pythons if toolchain.key == row.check.toolchain), None)


def _read_projects(workspace: Workspace) -> list[Project]:
    return [read_project(workspace, root.folder, root.manifests, root.sources) for root in find_roots(workspace)]


def _stands_somewhere(workspace: Workspace, top: str) -> bool:
    packages: Iterable[PurePosixPath] = workspace.named("__init__.py")
    return bool(workspace.named(f"{top}.py")) or any(path.parent.name == top for path in packages)


def _declared(module: str, row: Requirement, toolchain: Toolchain, changed: set[str]) -> Mitigation:
    name = f"install-{row.name}"
    where = f"{row.source} declares {row.text or row.name!r} ({row.place})"
    installer = _INSTALLERS.get(toolchain.package_manager)
    # Without a private environment an install would change the machine's Python.
    has_environment = "VIRTUAL_ENV" in dict(toolchain.env)
    if installer is None or not row.text or not has_environment:
        return _hint(name, f"{module!r} cannot be found although {where}: the environment was made without it")
    reason = f"{where}, which brings the missing module {module!r}"
    command = Command(argv=(*installer, row.text), cwd=toolchain.root)
    ask = ""
    if str(row.source) in changed:
        ask = f"install {row.text!r}, which this attempt wrote into {row.source}?"
    elif "@" in row.text.partition(";")[0]:
        ask = f"install {row.text!r} from the address that {row.source} gives?"
    return Mitigation(
        name=name,
        reason=reason,
        confidence=0.9,
        steps=(Run(command=command, toolchain=toolchain.key),),
        feature=_FEATURE,
        ask=ask,
    )


def _undeclared(module: str, top: str) -> Mitigation:
    probable = (
        f"its distribution is {distributions_of(top)[0]!r}" if is_known(top) else "which distribution brings it is not known"
    )
    text = f"{module!r} is imported but no manifest declares it ({probable})"
    return Mitigation(
        name=f"declare-{normalise(top)}",
        reason=text,
        confidence=0.5,
        steps=(Hint(text=f"{text}: do without it, or declare it and have that approved"),),
        feature=_FEATURE,
        ask=f"{text}; may it be added to the project?",
    )


def _own_module(module: str, toolchain: Toolchain) -> Mitigation:
    where = "the repository's root" if str(toolchain.root) == "." else str(toolchain.root)
    text = f"{module!r} is the project's own: the file is missing, misnamed, or not importable from {where}; nothing to install"
    return _hint(f"own-{normalise(module)}", text)


def _hint(name: str, text: str) -> Mitigation:
    return Mitigation(name=name, reason=text, confidence=0.5, steps=(Hint(text=text),))
