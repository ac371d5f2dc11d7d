"""The small values of a plan: made from claims, each with its origin, and joined where several claims say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from autopack.decide.checks import looks_like_test
from autopack.decide.claims import fold_text, rank_origin
from autopack.decide.names import digest_text, make_slug
from autopack.decide.scope import clean_path, judge_containment
from autopack.decide.shell import split_command, split_commands
from autopack.model.draft import Claim, CommandKind, CommandValue, PathRole, TextValue
from autopack.model.plan import Phase, PlanCommand, PlanPath, PlanPayload, Provenance
from autopack.model.workspace import Workspace

# What a plugin's choice among the options of a question is worth.
CHOSEN_CONFIDENCE = 0.7


def origin_of(claim: Claim) -> dict[str, Any]:
    return {
        "origin": claim.origin,
        "confidence": claim.confidence,
        "rule": f"{claim.package}:{claim.rule}" if claim.package else claim.rule,
        "source": claim.span,
        "evidence": claim.evidence,
    }


def make_stable_id(name: str, seen: dict[str, int], shown: str = "") -> str:
    """An id that survives edits elsewhere in the plan: words of the name, six digits of it, and which repetition it is."""
    key = fold_text(name)
    seen[key] = seen.get(key, 0) + 1
    repeat = f"-{seen[key]}" if seen[key] > 1 else ""
    return f"{make_slug(shown or name, 32)}-{digest_text(key, 6)}{repeat}"


def list_payload_paths(payload: PlanPayload, workspace: Workspace) -> tuple[PlanPath, ...]:
    """What carried code touches: its file, and for a rename both ends."""
    if payload.to is not None:
        roles: tuple[tuple[str, PathRole], ...] = ((payload.path, "delete"), (payload.to, "create"))
    elif payload.action == "delete":
        roles = ((payload.path, "delete"),)
    else:
        roles = ((payload.path, "modify" if _exists(payload.path, workspace) else "create"),)
    return tuple(
        PlanPath(
            path=clean_path(path),
            role=role,
            exists=_exists(path, workspace),
            origin=payload.origin,
            confidence=payload.confidence,
            rule=payload.rule,
            source=payload.source,
            evidence=payload.evidence,
        )
        for path, role in roles
    )


def _exists(path: str, workspace: Workspace) -> bool:
    return judge_containment(path).allowed and workspace.exists(PurePosixPath(path))


def has_path(rows: Sequence[PlanPath], path: str) -> bool:
    return any(row.path == path for row in rows)


def unique_paths(rows: Sequence[PlanPath]) -> tuple[PlanPath, ...]:
    """Each path once, the best-founded mention wins; a role beats `unknown`."""
    kept: dict[str, PlanPath] = {}
    for row in rows:
        known = kept.setdefault(row.path, row)
        best, other = (row, known) if rank_origin(row) < rank_origin(known) else (known, row)
        kept[row.path] = replace(best, role=other.role) if best.role == "unknown" else best
    return tuple(kept[path] for path in sorted(kept))


def make_commands(value: CommandValue, claim: Claim) -> tuple[PlanCommand, ...]:
    """The command, or each of those that the words chain with `&&`; without an argv where only a shell could run it."""
    # Never a plugin's own splitting: `a | b` split at blanks would run `a` with the words `|` and `b`.
    argvs: tuple[tuple[str, ...], ...] = split_commands(value.run) or ((),)
    return tuple(
        PlanCommand(
            run=value.run,
            argv=argv,
            kind="test" if value.kind == "other" and looks_like_test(argv) else value.kind,
            cwd=value.cwd,
            **origin_of(claim),
        )
        for argv in argvs
    )


def make_answered_command(text: str, cwd: str = ".", package: str | None = None) -> PlanCommand:
    """A command that a person gave, or one that a plugin chose: the policy judges that like any other of the plan."""
    argv = split_command(text) or ()
    kind: CommandKind = "test" if looks_like_test(argv) else "other"
    basis: dict[str, Any] = {"origin": "answered", "confidence": 1.0, "rule": "host:given"}
    if package is not None:
        basis = {"origin": "inferred", "confidence": CHOSEN_CONFIDENCE, "rule": f"{package}:answer"}
    return PlanCommand(run=text, argv=argv, kind=kind, cwd=cwd, **basis)


def command_question(phase: Phase, command: PlanCommand) -> str:
    return f"command-{digest_text(phase.id + command.run, 8)}"


def stated_question(value: TextValue) -> str:
    return f"stated-{digest_text(fold_text(value.text), 8)}"


def unique_commands(rows: Sequence[PlanCommand]) -> tuple[PlanCommand, ...]:
    kept: dict[tuple[object, ...], PlanCommand] = {}
    for row in rows:
        kept.setdefault((row.argv or row.run, row.cwd), row)
    return tuple(kept.values())


def least_confidence(phase: Phase) -> float:
    """The least of the blocking fields: work, scope, checks."""
    rows: list[Provenance] = [*phase.deliverables, *phase.scope.paths]
    best_check = max((command.confidence for command in phase.validation), default=0.0)
    return min([best_check, *(row.confidence for row in rows)], default=0.0) if rows else 0.0
