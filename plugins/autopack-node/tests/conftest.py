"""Small trees, and what is detected in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from autopack_node import detect_toolchain

from autopack.effects.scan import FileWorkspace
from autopack.model.toolchain import Toolchain

Files = Mapping[str, Any]


@pytest.fixture
def detect(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Files], tuple[Toolchain, ...]]:
    """The toolchains of a project that consists of these files; what is no text is written as JSON."""

    def find(files: Files) -> tuple[Toolchain, ...]:
        ready = {name: text if isinstance(text, (str, bytes)) else json.dumps(text) for name, text in files.items()}
        return tuple(detect_toolchain(workspace=make_workspace(ready)))

    return find
