"""What may be said when Go cannot find a module: nothing is fetched, since that would change go.mod or go.sum, the tree's own."""

from __future__ import annotations

from autopack.model.attempt import Attempt
from autopack.model.failure import Failure, Hint, Mitigation
from autopack.model.workspace import Workspace
from autopack_go.modfile import read_modfile
from autopack_go.patterns import NO_SUM, UNDECLARED


def repair_module(failure: Failure, attempt: Attempt) -> Mitigation | None:
    """Tell a package of the project itself from a module that nobody declares; a name is never guessed."""
    module = dict(failure.captures).get("module")
    if failure.kind == NO_SUM:
        what = f" for {module!r}" if module else ""
        return _hint(
            "record-sum", f"go.sum has no checksum{what}: it comes from `go mod tidy`, and must be committed with go.mod"
        )
    if failure.kind != UNDECLARED or not module:
        return None
    own = _own_module(attempt.workspace, module)
    if own:
        return _hint(
            "own-package", f"{module!r} would be a folder of the module {own!r}, which has no Go files there; nothing to download"
        )
    text = f"{module!r} is imported but no go.mod requires it: do without it, or declare it and have that approved"
    return _hint("declare-module", text)


def _own_module(workspace: Workspace, package: str) -> str:
    """The module of the repository that a package's path lies in; empty when there is none."""
    names = [read_modfile(workspace, path).word("module") for path in workspace.named("go.mod")]
    return max((name for name in names if name and f"{package}/".startswith(f"{name}/")), key=len, default="")


def _hint(name: str, text: str) -> Mitigation:
    return Mitigation(name=name, reason=text, confidence=0.5, steps=(Hint(text=text),))
