"""Planning memory: what was asked, the plan made of it and each decision in it, kept for the project."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from autopack.decide.decisions import list_decisions
from autopack.decide.limits import MEMORY_TEXT_BYTES, RECORD_BYTES, cut_at_line, cut_data
from autopack.decide.masking import Mask, secret_values
from autopack.decide.names import digest_text
from autopack.effects import git
from autopack.effects.log import get_logger
from autopack.effects.projectdb import ID_DIGITS, database_path, read_plan, read_plans, store_plan
from autopack.errors import AutopackError, WrongUse
from autopack.model.codec import to_data, to_json
from autopack.model.memory import PlanMemory
from autopack.model.plan import Plan
from autopack.stages.ground import Ground, open_ground
from autopack.stages.intent import find_project_id
from autopack.stages.setup import Context

log = get_logger()

_ID = re.compile(r"[0-9a-f]{4,64}")


def remember_plan(context: Context, plan: Plan, text: str, *, repo: git.Repository, commit: str, mask: Mask) -> None:
    """Store a plan, its text and its decisions, unless the memory is off.  What goes wrong is a warning."""
    if not context.config.memory:
        return
    memory, plan_json = _make_memory(plan, text, mask, context.now().isoformat(timespec="seconds"))
    try:
        store_plan(_find_database(context, repo, commit), memory, plan_json)
    except (AutopackError, OSError) as problem:
        log.warning("memory.unusable", reason=str(problem))


def remember_draft(context: Context, ground: Ground, raw: bytes, plan: Plan) -> None:
    """`remember_plan` for a plan that was made without a run; outside a repository with commits there is no memory."""
    if ground.repo is not None and ground.commit is not None:
        mask = Mask.of(secret_values(context.environ))
        remember_plan(context, plan, raw.decode("utf-8", "replace"), repo=ground.repo, commit=ground.commit, mask=mask)


def recall_plans(context: Context, folder: Path, *, last: int) -> tuple[PlanMemory, ...]:
    """What the project of this folder remembers, the plan seen last first.  Raises `WrongUse` where there is no project."""
    return read_plans(_require_database(context, folder), last=last)


def recall_plan(context: Context, folder: Path, plan_id: str) -> PlanMemory:
    """One stored plan in full, by the beginning of its digest.  Raises `WrongUse` when it names none, or several."""
    path = _require_database(context, folder)
    found = read_plan(path, plan_id) if _ID.fullmatch(plan_id) else ()
    if len(found) != 1:
        words = f"{plan_id!r} names {len(found)} stored plans" if found else f"there is no stored plan {plan_id[:80]!r}"
        known = ", ".join(row.id for row in (found or read_plans(path, last=5)))
        raise WrongUse(words, hint=f"known: {known}" if known else "none is stored yet: `autopack plan FILE`")
    return found[0]


def _require_database(context: Context, folder: Path) -> Path:
    ground = open_ground(folder)
    if ground.repo is None or ground.commit is None:
        raise WrongUse(
            f"{folder.resolve()} is not in a git repository with a commit", hint="go to the repository, or give `--repo DIR`"
        )
    return _find_database(context, ground.repo, ground.commit)


def _find_database(context: Context, repo: git.Repository, commit: str) -> Path:
    if context.config.origins.get("project", "").startswith("repository"):
        # The repository's file was written by others, who may not choose whose memory they read and fill.
        context = replace(context, config=replace(context.config, project=None))
    return database_path(context.state_root, find_project_id(context, repo, commit))


def _make_memory(plan: Plan, text: str, mask: Mask, now: str) -> tuple[PlanMemory, str]:
    """What is stored of a plan, and its JSON; masked before it is cut: of a secret that a cut parts, half would stay."""
    plan_json = to_json(plan, indent=None)
    digest = digest_text(plan_json)
    masked = mask.value(plan)
    if masked is not plan:
        plan_json = to_json(masked, indent=None)
    if len(plan_json) > RECORD_BYTES:
        plan_json = to_json(cut_data(to_data(masked), RECORD_BYTES)[0], indent=None)
    memory = PlanMemory(
        id=digest[:ID_DIGITS],
        text_digest=plan.source.sha256,
        plan_digest=digest,
        name=masked.source.name,
        title=masked.title or "",
        status=plan.status,
        confidence=plan.confidence,
        phases=len(plan.phases),
        size_bytes=len(text.encode()),
        first_seen=now,
        last_seen=now,
        times_seen=1,
        decisions=list_decisions(masked),
        text=cut_at_line(mask.text(text), MEMORY_TEXT_BYTES),
    )
    return memory, plan_json
