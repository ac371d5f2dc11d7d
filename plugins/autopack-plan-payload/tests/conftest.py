"""A plan text read as the host reads it, in a folder of real files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_plan_payload import normalize_plan

from autopack.effects.scan import open_folder
from autopack.model.draft import Claim, Payload, TextValue
from autopack.stages.read import read_draft

Claims = Callable[..., list[Claim]]


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    """All claims for a plan text, against these files."""

    def claim(text: str, files: Mapping[str, str] | None = None) -> list[Claim]:
        for path, content in (files or {}).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        return list(normalize_plan(draft=read_draft(text.encode(), "plan.md"), workspace=open_folder(tmp_path), round="details"))

    return claim


@pytest.fixture
def payloads(claims: Claims) -> Callable[..., list[Payload]]:
    """The payloads alone; a question among the claims fails the test."""

    def read(text: str, files: Mapping[str, str] | None = None) -> list[Payload]:
        found = [claim.value for claim in claims(text, files)]
        assert not [value.text for value in found if isinstance(value, TextValue)]
        return [value for value in found if isinstance(value, Payload)]

    return read


@pytest.fixture
def questions(claims: Claims) -> Callable[..., list[tuple[str, bool]]]:
    """What is asked, and whether it blocks; a payload among the claims fails the test."""

    def read(text: str, files: Mapping[str, str] | None = None) -> list[tuple[str, bool]]:
        found = [claim.value for claim in claims(text, files)]
        assert not [value.path for value in found if isinstance(value, Payload)]
        return [(value.text, value.blocking) for value in found if isinstance(value, TextValue)]

    return read
