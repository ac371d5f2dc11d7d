"""What tests of the effects share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_NOBODY = 65534


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder in which file modes count: root, who may do anything, becomes nobody for the test."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    root = os.geteuid() == 0
    if root:
        os.setresuid(_NOBODY, _NOBODY, 0)
    try:
        yield folder
    finally:
        if root:
            os.setresuid(0, 0, 0)
        for place, below, _ in os.walk(folder):
            for name in below:
                Path(place, name).chmod(0o700)
        shutil.rmtree(folder)
