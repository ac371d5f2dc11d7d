"""A plan text read and claimed as the host does it, in a folder of real files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from autopack_plan_markdown import normalize_plan

from autopack.decide.claims import verify_claims
from autopack.effects.scan import open_folder
from autopack.model.draft import Claim, CommandValue, Draft, EdgeValue, GroupValue, PathValue, TextValue
from autopack.model.workspace import Workspace
from autopack.stages.read import read_draft


@dataclass(frozen=True)
class Claimed:
    """Verified claims of both rounds, in file order, with short views for tests."""

    draft: Draft
    claims: tuple[Claim, ...]

    def of(self, field: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.field == field]

    def texts(self, field: str) -> list[str]:
        return [claim.value.text for claim in self.of(field) if isinstance(claim.value, TextValue)]

    def paths(self, field: str) -> list[tuple[str, str]]:
        return [(claim.value.path, claim.value.role) for claim in self.of(field) if isinstance(claim.value, PathValue)]

    def commands(self, field: str) -> list[tuple[str, str]]:
        return [(claim.value.run, claim.value.kind) for claim in self.of(field) if isinstance(claim.value, CommandValue)]

    def groups(self, field: str) -> list[tuple[str, int, int, str]]:
        return [
            (claim.value.title, claim.value.extent.start, claim.value.extent.end, claim.value.state)
            for claim in self.of(field)
            if isinstance(claim.value, GroupValue)
        ]

    def edges(self) -> list[tuple[str, str]]:
        return [(claim.value.source_id, claim.value.after) for claim in self.of("edge") if isinstance(claim.value, EdgeValue)]


def claim_all(raw: bytes, workspace: Workspace, name: str = "plan.md") -> Claimed:
    draft = read_draft(raw, name)
    claims: tuple[Claim, ...] = ()
    for number in ("items", "details"):
        found = normalize_plan(draft=replace(draft, known=claims), workspace=workspace, round=number)
        claims += verify_claims(found, draft)
    in_order = sorted(claims, key=lambda claim: (claim.span.start if claim.span else 0, claim.field, repr(claim.value)))
    return Claimed(draft=draft, claims=tuple(in_order))


@pytest.fixture
def claimed(tmp_path: Path) -> Callable[..., Claimed]:
    """`claimed(text, files)`: everything claimed for a plan, in a folder that holds these (empty) files."""

    def claim(text: str, files: Iterable[str] = (), name: str = "plan.md") -> Claimed:
        for path in files:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("")
        return claim_all(text.encode(), open_folder(tmp_path), name)

    return claim
