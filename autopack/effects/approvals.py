"""Where grants stand: beside the records of the runs, in a folder that nothing a run starts can see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from autopack.effects.faults import fault_point
from autopack.effects.paths import read_own, replace_file, sync_folder
from autopack.model.approval import Grant
from autopack.model.codec import from_json, to_json


def write_grant(common_dir: Path, grant: Grant) -> None:
    """Store a person's yes; one that stands there under the same id gives way."""
    _store(common_dir, grant)
    fault_point("approval.granted")


def use_grant(common_dir: Path, grant: Grant, opening: int) -> None:
    """Spend a grant on this opening of its phase, which stays served after a crash."""
    _store(common_dir, replace(grant, used=opening))
    fault_point("approval.used")


def read_grant(common_dir: Path, grant_id: str) -> Grant | None:
    """The grant under this id; a file that cannot be read as one grants nothing."""
    try:
        return from_json(Grant, read_own(_place(common_dir, grant_id)) or "")
    except ValueError:
        return None


def _store(common_dir: Path, grant: Grant) -> None:
    path = _place(common_dir, grant.id)
    replace_file(path, to_json(grant), private=True)
    sync_folder(path.parent)


def _place(common_dir: Path, grant_id: str) -> Path:
    return common_dir / "autopack" / "approvals" / f"{grant_id}.json"
