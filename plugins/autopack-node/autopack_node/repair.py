"""What may be done about a failure: a declared package is installed into the run's own environment; all else is only said.

Nothing here writes a manifest or a lock: those are the tree's own, and a tree is never changed by a repair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autopack.model.attempt import Attempt
from autopack.model.failure import Failure, Hint, Mitigation, Run
from autopack.model.toolchain import Command, Toolchain
from autopack_node.managers import Manager, choose_manager
from autopack_node.manifests import Package
from autopack_node.roots import Root, find_roots

_FEATURE = "missing_dependency"
# Versions and ranges of the registry.  Addresses, folders and names for other packages are not.
_RANGE = re.compile(r"(?:latest|next|[\^~<>=*v\d][\w.+*^~<>=| -]*)")
_PACKAGE = re.compile(r"(?:@[\w.-]+/)?[\w.-]+")
# Programs whose package has another name.  Only well-known ones: a guessed name could install a stranger's package.
_PROGRAMS = {"tsc": "typescript", "ng": "@angular/cli", "nest": "@nestjs/cli", "vue-cli-service": "@vue/cli-service"}
# How exactly one package is brought, whatever kind of dependency it is and kinds are left out, without any script of it being
# run.  What is written beside node_modules is thrown away.  Of the other managers, pnpm takes no other store than the install's,
# and Yarn 2 and Bun bring no declared package that their settings leave out.
_INSTALLERS = {
    "npm": ("npm", "install", "--no-save", "--save-prod", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"),
    "yarn": ("yarn", "add", "--no-lockfile", "--ignore-scripts", "--non-interactive"),
}
# The lock, and the command that brings it up to date and nothing else where the manager has one.
_LOCKS = {
    "npm": ("package-lock.json", "npm install --package-lock-only"),
    "pnpm": ("pnpm-lock.yaml", "pnpm install --lockfile-only"),
    "yarn": ("yarn.lock", "yarn install"),
    "yarn berry": ("yarn.lock", "yarn install --mode=update-lockfile"),
    "bun": ("bun.lock", "bun install --lockfile-only"),
    "deno": ("deno.lock", "deno install --frozen=false"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A failure with what it belongs to; `named` says where the manager is named.

    Without a `root` it is one of Deno's, which has no package.json.
    """

    failure: Failure
    attempt: Attempt
    toolchain: Toolchain
    roots: tuple[Root, ...]
    root: Root | None
    manager: Manager | None
    named: str

    def capture(self, name: str) -> str:
        return dict(self.failure.captures).get(name, "")

    def changed(self, path: object) -> bool:
        return any(change.path == str(path) for change in self.attempt.changes)

    @property
    def speech(self) -> str:
        """The manager's name, and which of two that have one name."""
        if self.manager is None:
            return self.toolchain.package_manager
        return "yarn berry" if self.manager.locked == ("yarn", "install", "--immutable") else self.manager.name


def repair(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """The one repair or sentence for this failure; `None` when it is of a kind that nothing is known about."""
    answer = _ANSWERS.get(failure.kind)
    toolchain = _toolchain_of(failure, attempt) if answer else None
    if answer is None or toolchain is None:
        return None
    roots = find_roots(attempt.workspace)
    root = next((one for one in roots if one.folder == toolchain.root), None) if toolchain.package_manager != "deno" else None
    manager, named = choose_manager(attempt.workspace, root) if root else (None, "")
    return answer(
        _Case(failure=failure, attempt=attempt, toolchain=toolchain, roots=roots, root=root, manager=manager, named=named)
    )


def _toolchain_of(failure: Failure, attempt: Attempt) -> Toolchain | None:
    """The toolchain of the check that has this failure, also where its install failed; without a record the first one."""
    own = [toolchain for toolchain in attempt.toolchains if toolchain.name == "node"]
    row = next((row for row in attempt.results if failure in row.failures or row.check.id == failure.check), None)
    if row is None:
        return next(iter(own), None)
    return next((toolchain for toolchain in own if toolchain.key == row.check.toolchain), None)


# -- packages -----------------------------------------------------------------------------------------------------------


def _missing_module(case: _Case) -> Mitigation | None:
    module = case.capture("module")
    if module.startswith(("@/", "~", "#", "$")):
        text = f"{module!r} is a short form for a path of the project: it is not set up for what ran here, or its file is gone"
        return _hint("own-path", text)
    found = _PACKAGE.match(module)
    if not found or case.root is None:
        return None
    return _bring(case, found[0], module) or _undeclared(found[0], module)


def _missing_program(case: _Case) -> Mitigation | None:
    """Only one that a manifest declares: programs come from elsewhere too."""
    program = case.capture("program").rsplit("/", 1)[-1]
    return _bring(case, _PROGRAMS.get(program, program), program) if case.root else None


def _bring(case: _Case, name: str, missing: str) -> Mitigation | None:
    """Install a declared package as it is declared; `None` when no manifest declares it and it is not the project's own."""
    own = next((package for package in _packages(case) if package.content.get("name") == name), None)
    if own is not None:
        where = "the repository's root" if str(own.folder) == "." else str(own.folder)
        text = f"{missing!r} is the project's own package in {where}: it is not built, or not linked; nothing to install"
        return _hint(f"own-{_safe(name)}", text)
    declaring = next((package for package in _packages(case) if name in package.declared), None)
    if declaring is None:
        return None
    version = declaring.declared[name]
    where = f"{declaring.path} declares {name}@{version}"
    installer = _INSTALLERS.get(case.speech)
    # Whatever else an install would fill is no folder of the run's own, and gone afterwards.
    kept = "node_modules" in case.toolchain.installed
    if installer is None or case.manager is None or not kept or not _RANGE.fullmatch(version):
        return _hint(f"install-{_safe(name)}", f"{missing!r} cannot be found although {where}: the install left it out")
    # Yarn wants adding to the root of a workspace to be meant.
    root = ("--ignore-workspace-root-check",) if case.speech == "yarn" and case.root and case.root.members else ()
    command = Command(argv=(*installer, *root, f"{name}@{version}"), cwd=case.toolchain.root, env=case.manager.cache)
    return Mitigation(
        name=f"install-{_safe(name)}",
        reason=f"{where}, which brings the missing {missing!r}",
        confidence=0.9,
        steps=(Run(command=command, toolchain=case.toolchain.key),),
        feature=_FEATURE,
        ask=f"install {name}@{version}, which this attempt wrote into {declaring.path}?" if case.changed(declaring.path) else "",
    )


def _packages(case: _Case) -> Iterator[Package]:
    """Every package of the repository, those of the failed check's own root first."""
    for root in sorted(case.roots, key=lambda root: root is not case.root):
        yield from root.packages


def _undeclared(name: str, module: str) -> Mitigation:
    text = f"{module!r} is imported but no package.json declares {name!r}"
    return Mitigation(
        name=f"declare-{_safe(name)}",
        reason=text,
        confidence=0.5,
        steps=(Hint(text=f"{text}: do without it, or declare it and have that approved"),),
        feature=_FEATURE,
        ask=f"{text}; may it be added to the project?",
    )


def _no_such_package(case: _Case) -> Mitigation:
    name = case.capture("package") or "a declared package"
    return _hint("no-such-package", f"the registry has no {name}: the name or version is wrong; correct it where it is declared")


# -- locks --------------------------------------------------------------------------------------------------------------


def _lock_outdated(case: _Case) -> Mitigation:
    lock, command = _LOCKS[case.speech]
    manifests = sorted({*(str(path) for path in case.toolchain.manifests if path.name != lock)})
    by = next((name for name in manifests if case.changed(name)), "")
    cause = f"this attempt changed {by}" if by else "it was so before this attempt"
    where = case.toolchain.root / lock
    text = f"{where} is out of date ({cause}): `{command}` brings it up to date, and it must be part of the change"
    return _hint("update-lock", text)


def _lock_missing(case: _Case) -> Mitigation:
    lock, _ = _LOCKS[case.speech]
    text = (
        f"there is no {lock} where the command ran: it was the wrong folder, or a project without a lock, which installs without"
    )
    return _hint("no-lock", text)


# -- scripts and managers -----------------------------------------------------------------------------------------------


def _missing_script(case: _Case) -> Mitigation | None:
    script = case.capture("script")
    if case.root is None:
        return None
    having = [package for package in _packages(case) if script in package.scripts]
    if having:
        text = f"the script {script!r} stands in {having[0].path}: it has to be run in that folder"
    else:
        names = ", ".join(sorted(case.root.package.scripts)[:12]) or "none"
        text = f"no package.json has a script {script!r}; {case.root.package.path} has: {names}"
    return _hint(f"script-{_safe(script)}", text)


def _other_manager(case: _Case) -> Mitigation | None:
    if case.manager is None:
        return None
    text = f"this project belongs to {case.manager.name} ({case.named}): its scripts run with `{' '.join(case.manager.run)} NAME`"
    return _hint(f"use-{case.manager.name}", text)


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-").lower()


def _hint(name: str, text: str) -> Mitigation:
    return Mitigation(name=name, reason=text, confidence=0.5, steps=(Hint(text=text),))


_ANSWERS: dict[str, Callable[[_Case], Mitigation | None]] = {
    "node:module-not-found": _missing_module,
    "bun:module-not-found": _missing_module,
    "node:no-program": _missing_program,
    "npm:no-package": _no_such_package,
    "npm:no-version": _no_such_package,
    "pnpm:no-package": _no_such_package,
    **dict.fromkeys((f"{name}:lock-outdated" for name in ("npm", "pnpm", "yarn", "bun", "deno")), _lock_outdated),
    **dict.fromkeys(("npm:no-lock", "pnpm:no-lock"), _lock_missing),
    **dict.fromkeys((f"{name}:missing-script" for name in ("npm", "yarn", "bun")), _missing_script),
    "pnpm:other-manager": _other_manager,
    "yarn:other-version": _other_manager,
}
