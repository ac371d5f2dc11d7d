"""Draft to plan: three rounds of claims, one merger, preflight."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autopack.decide.claims import verify_claims
from autopack.decide.compose import MOST_DEPTH, Pointer, find_pointing, graft
from autopack.decide.merge import NO_OVERRIDES, Overrides, Propose, merge_claims, settle_status
from autopack.decide.ranking import Ranker
from autopack.errors import WrongUse
from autopack.model.approval import Ask
from autopack.model.draft import Claim, Draft, GroupValue, PathValue, ProseValue, Span
from autopack.model.finding import Finding
from autopack.model.plan import Plan, PlanPath
from autopack.model.toolchain import Toolchain
from autopack.model.workspace import Workspace
from autopack.stages.ground import Ground, find_provers
from autopack.stages.preflight import check_plan
from autopack.stages.read import LIMIT_BYTES, read_draft, read_prose
from autopack.stages.scope import open_scope_index, propose_for_phase
from autopack.stages.setup import Context

ROUNDS = ("items", "details", "checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """`asks` are the approvals that can be foreseen, `doubts` the findings that ask for something else: a better plan.

    `claims` are all that plugins said of this text (not of those it points to), `overrides` what was added to it.
    """

    plan: Plan
    toolchains: tuple[Toolchain, ...]
    asks: tuple[Ask, ...] = ()
    doubts: tuple[Finding, ...] = ()
    claims: tuple[Claim, ...] = ()
    overrides: Overrides = NO_OVERRIDES


def make_plan(context: Context, draft: Draft, ground: Ground, overrides: Overrides = NO_OVERRIDES) -> Planned:
    """The plan with its preflight findings, and the toolchains it was grounded on.  Runs no code of the repository."""
    with contextlib.ExitStack() as stack:
        return _make_plan(context, draft, ground.workspace, overrides, _propose_later(context, ground, stack))


def _propose_later(context: Context, ground: Ground, stack: contextlib.ExitStack) -> Propose:
    """The repository's own proposals; its index is opened when the first phase without a path asks."""
    opened: list[Ranker] = []

    def propose(title: str, texts: Sequence[str]) -> tuple[tuple[PlanPath, ...], tuple[PlanPath, ...]]:
        if not opened:
            opened.append(Ranker(stack.enter_context(open_scope_index(context, ground))))
        return propose_for_phase(opened[0], title, texts)

    return propose


def _make_plan(context: Context, draft: Draft, workspace: Workspace, overrides: Overrides, propose: Propose) -> Planned:
    toolchains = find_provers(context.plugins, workspace)
    read = _read_plan(context, draft, workspace, toolchains, overrides, propose, ())
    checked = check_plan(context, read.plan, workspace, toolchains, read.strays)
    return Planned(
        plan=checked.plan,
        toolchains=toolchains,
        asks=checked.asks,
        doubts=checked.doubts,
        claims=read.claims,
        overrides=overrides,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A plan with those it points to in it, why some of them are not, and the claims on its own text."""

    plan: Plan
    strays: tuple[Finding, ...]
    claims: tuple[Claim, ...]


def _read_plan(
    context: Context,
    draft: Draft,
    workspace: Workspace,
    toolchains: tuple[Toolchain, ...],
    overrides: Overrides,
    propose: Propose,
    chain: tuple[str, ...],
) -> _Read:
    """The plan, with those of the repository that it points to in their place; `chain` are the plans that led here."""
    chain = (*chain, draft.name)
    claims: tuple[Claim, ...] = ()
    for round_ in ROUNDS:
        answers = context.plugins.ask(
            "normalize_plan",
            draft=replace(draft, known=claims),
            workspace=workspace,
            toolchains=toolchains,
            round=round_,
        )
        claims += verify_claims((claim for answer in answers for claim in answer.value), draft)
        if round_ == "details":
            claims += _read_prose(context, draft, claims, workspace, toolchains)
    plan = merge_claims(draft, claims, workspace, toolchains, context.ceiling, overrides, propose)
    pointers = tuple(
        Pointer(source=_place_of_item(row.span, claims), path=row.value.path)
        for row in claims
        if row.field == "follow" and row.span and isinstance(row.value, PathValue)
    )
    followed: dict[str, tuple[str, Plan]] = {}
    strays: tuple[Finding, ...] = ()
    for name, path in find_pointing(plan, pointers).items():
        inner = _open_pointed(path, workspace, chain)
        if isinstance(inner, Finding):
            line = next(row.source.start for row in pointers if row.path == path)
            strays += (replace(inner, line=line),)
            continue
        one = _read_plan(context, inner, workspace, toolchains, overrides, propose, chain)
        strays += one.strays
        if one.plan.phases:
            followed[name] = (path, one.plan)
        else:
            strays += (_stray(path, "nothing in it asks for a change"),)
    return _Read(plan=settle_status(graft(plan, followed)), strays=strays, claims=claims)


def _place_of_item(span: Span, claims: Sequence[Claim]) -> Span:
    """Where the title of the innermost item stands that owns these lines, which is what its deliverable cites; else the span."""
    owners = [
        (row.value.extent, row.span) for row in claims if isinstance(row.value, GroupValue) and row.span and row.value.holds(span)
    ]
    owners.sort(key=lambda pair: (pair[0].end - pair[0].start, -len(pair[0].pointer), pair[1]))
    return owners[0][1] if owners else span


def _open_pointed(path: str, workspace: Workspace, chain: Sequence[str]) -> Draft | Finding:
    """Another plan of the repository, or why it is not read."""
    if path in chain:
        return _stray(path, "it leads back to itself")
    if len(chain) > MOST_DEPTH:
        return _stray(path, f"plans are followed {MOST_DEPTH} levels deep")
    text = workspace.read_text(PurePosixPath(path), LIMIT_BYTES)
    if text is None:
        return _stray(path, "it cannot be read")
    try:
        return read_draft(text.encode(), path)
    except WrongUse as error:
        return _stray(path, error.message)


def _stray(path: str, reason: str) -> Finding:
    return Finding(rule="plan.not-followed", severity="note", message=f"{path} is not followed: {reason}", path=path)


def _read_prose(
    context: Context, draft: Draft, claims: Sequence[Claim], workspace: Workspace, toolchains: Sequence[Toolchain]
) -> tuple[Claim, ...]:
    """The details of texts inside a structured file: each is read by itself, and cited by where it stands in the file."""
    found: list[Claim] = []
    for claim in claims:
        node = draft.tree.at(claim.span.pointer) if draft.tree and claim.span and isinstance(claim.value, ProseValue) else None
        if node is None or not node.text.strip() or not isinstance(claim.value, ProseValue):
            continue
        prose = read_prose(claim.value.text or node.text, draft.name, claim.value.role)
        answers = context.plugins.ask("normalize_plan", draft=prose, workspace=workspace, toolchains=toolchains, round="details")
        verified = verify_claims((row for answer in answers for row in answer.value), prose)
        # Held against the file too: what a plugin hands on as Markdown is its own word.
        found += verify_claims((replace(row, span=node.span) for row in verified), draft)
    return tuple(found)
