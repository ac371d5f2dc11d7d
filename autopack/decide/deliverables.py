"""Whether what a plan declared is really in the change."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from autopack.model.attempt import FileChange
from autopack.model.finding import Finding
from autopack.model.plan import Deliverable, Phase, PlanPath


def find_missing_deliverables(phase: Phase, changes: Sequence[FileChange], tree_paths: Collection[str]) -> tuple[Finding, ...]:
    """A finding for each open deliverable that the change does not show.

    What was to be created must be there, what was to be deleted must be gone, and something of each deliverable that names
    paths must have changed: its list may name more files than the work needed.
    """
    findings = []
    changed = [change.path for change in changes]
    for row in phase.deliverables:
        if row.status in ("done", "cancelled"):
            continue
        problem = _problem(row, changed, tree_paths)
        if problem:
            findings.append(
                Finding(
                    rule="audit.deliverable-missing",
                    severity="block",
                    message=f"{row.title!r} is not delivered: {problem}",
                    line=row.source.start if row.source else None,
                )
            )
    return tuple(findings)


def _problem(row: Deliverable, changed: Sequence[str], tree_paths: Collection[str]) -> str:
    named = [path for path in row.paths if path.role != "read"]
    for path in named:
        if path.role == "create" and not _touches(path, tree_paths):
            return f"{path.path} was not created"
        if path.role == "delete" and _touches(path, tree_paths):
            return f"{path.path} is still there"
    if named and not any(_touches(path, changed) for path in named):
        return f"{', '.join(path.path for path in named[:3])} did not change"
    return ""


def _touches(path: PlanPath, names: Collection[str]) -> bool:
    return path.path in names or any(name.startswith(path.path.rstrip("/") + "/") for name in names)
