"""What tests of this package share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from autopack_tasks import find_tasks

from autopack.effects.scan import FileWorkspace
from autopack.model.toolchain import Task

Files = Mapping[str, str | bytes]


@pytest.fixture
def find(make_workspace: Callable[..., FileWorkspace]) -> Callable[[Files], tuple[Task, ...]]:
    """The tasks of a project that consists of these files."""
    return lambda files: tuple(find_tasks(workspace=make_workspace(files)))
