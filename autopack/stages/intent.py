"""Plan to intent: what a run is for, pinned, and the anchor that stands in every prompt."""

from __future__ import annotations

from autopack.decide.anchor import build_anchor
from autopack.decide.names import make_safe_id
from autopack.effects import git
from autopack.model.intent import Intent, IntentConstraint, IntentText, ToolchainHypothesis
from autopack.model.plan import Plan, PlanText, Provenance
from autopack.model.toolchain import Toolchain
from autopack.stages.setup import Context


def make_intent(plan: Plan, toolchains: tuple[Toolchain, ...], *, project_id: str, created_at: str) -> Intent:
    """The intent of one run: its plan's words, each with its line, and the anchor made of them."""
    digest = plan.source.sha256
    facts = [
        _from_provenance(text, plan.provenance.get(name), digest)
        for name, text in (("title", plan.title), ("goal", plan.goal))
        if text
    ]
    facts += [
        _from_provenance(d.title, d, digest) for phase in plan.phases for d in phase.deliverables if d.status != "cancelled"
    ]
    questions = tuple(
        IntentText(
            text=row.question,
            origin="stated" if row.source else "inferred",
            source=digest,
            line=row.source.start if row.source else None,
        )
        for row in plan.open_questions
    )
    constraints = tuple(
        IntentConstraint(text=row.text, origin=row.origin, source=digest, line=_line(row), kind=row.kind)
        for row in plan.constraints
    )
    title = plan.title or (facts[0].text if facts else plan.source.name)
    anchor = build_anchor(
        title=title if plan.goal is None or plan.goal == title else f"{title}: {plan.goal}",
        facts=[row.text for row in facts if row.text not in (plan.title, plan.goal)],
        non_goals=[row.text for row in plan.non_goals],
        acceptance=[row.text for row in plan.acceptance_criteria],
        constraints=[row.text for row in plan.constraints],
        questions=[row.text for row in questions],
    )
    return Intent(
        project_id=project_id,
        created_at=created_at,
        raw_input_digest=digest,
        intent_anchor=anchor,
        intent_facts=tuple(facts),
        non_goals=tuple(_text(row, digest) for row in plan.non_goals),
        acceptance_criteria=tuple(_text(row, digest) for row in plan.acceptance_criteria),
        constraints=constraints,
        toolchain_hypotheses=tuple(
            ToolchainHypothesis(
                name=tool.name,
                package_manager=tool.package_manager,
                root=str(tool.root),
                status="detected" if tool.confidence >= 0.5 else "guessed",
                confidence=tool.confidence,
            )
            for tool in toolchains
        ),
        open_questions=questions,
    )


def find_project_id(context: Context, repo: git.Repository, commit: str) -> str:
    """The project's name for folders: configured, else its remote, else folder name and first commit."""
    if context.config.project:
        return make_safe_id(context.config.project)
    url = git.remote_url(repo)
    if url:
        place = url.rpartition("@")[2].rpartition("://")[2].removesuffix("/").removesuffix(".git").replace(":", "/")
        return make_safe_id(place.replace("/", "-").lower())
    return make_safe_id(f"{repo.top.name.lower()}-{git.root_commit(repo, commit)[:8]}")


def _text(row: PlanText, digest: str) -> IntentText:
    return IntentText(text=row.text, origin=row.origin, source=digest, line=_line(row))


def _line(row: Provenance) -> int | None:
    return row.source.start if row.source else None


def _from_provenance(text: str, row: Provenance | None, digest: str) -> IntentText:
    return IntentText(text=text, origin=row.origin if row else "inferred", source=digest, line=_line(row) if row else None)
