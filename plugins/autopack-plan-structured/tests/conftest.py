"""A file read and claimed as the host does it, in a folder of real files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from autopack_plan_structured import normalize_plan

from autopack.decide.claims import verify_claims
from autopack.effects.scan import open_folder
from autopack.model.draft import Claim, CommandValue, Draft, EdgeValue, GroupValue, PathValue, ProseValue, TextValue
from autopack.model.workspace import Workspace
from autopack.stages.read import read_draft


@dataclass(frozen=True)
class Claimed:
    """Verified claims of both rounds in file order, with short views for tests."""

    draft: Draft
    claims: tuple[Claim, ...]

    def of(self, field: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.field == field]

    def titles(self, field: str = "item") -> list[str]:
        return [claim.value.title for claim in self.of(field) if isinstance(claim.value, GroupValue)]

    def states(self) -> list[tuple[str | None, str]]:
        return [(claim.value.source_id, claim.value.state) for claim in self.of("item") if isinstance(claim.value, GroupValue)]

    def texts(self, field: str) -> list[str]:
        return [claim.value.text for claim in self.of(field) if isinstance(claim.value, TextValue)]

    def paths(self, field: str) -> list[tuple[str, str]]:
        return [(claim.value.path, claim.value.role) for claim in self.of(field) if isinstance(claim.value, PathValue)]

    def commands(self, field: str) -> list[tuple[str, str]]:
        return [(claim.value.run, claim.value.kind) for claim in self.of(field) if isinstance(claim.value, CommandValue)]

    def edges(self) -> list[tuple[str, str]]:
        return [(claim.value.source_id, claim.value.after) for claim in self.of("edge") if isinstance(claim.value, EdgeValue)]

    def prose(self) -> list[tuple[str, str]]:
        """Where texts stand that are handed on, and what for."""
        return [
            (claim.span.pointer, claim.value.role)
            for claim in self.of("prose")
            if claim.span and isinstance(claim.value, ProseValue)
        ]


def claim_all(raw: bytes, name: str, workspace: Workspace) -> Claimed:
    draft = read_draft(raw, name)
    claims: tuple[Claim, ...] = ()
    for number in ("items", "details"):
        found = normalize_plan(draft=replace(draft, known=claims), workspace=workspace, round=number)
        claims += verify_claims(found, draft)
    in_order = sorted(claims, key=lambda claim: (claim.span.start if claim.span else 0, claim.field))
    return Claimed(draft=draft, claims=tuple(in_order))


@pytest.fixture
def claimed(tmp_path: Path) -> Callable[..., Claimed]:
    """`claimed(text, name, files)`: everything claimed for a file, in a folder that holds these (empty) files."""

    def claim(content: Any, name: str = "plan.json", files: Iterable[str] = ()) -> Claimed:
        for path in files:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("")
        text = content if isinstance(content, str) else json.dumps(content, indent=1, ensure_ascii=False)
        return claim_all(text.encode(), name, open_folder(tmp_path))

    return claim
