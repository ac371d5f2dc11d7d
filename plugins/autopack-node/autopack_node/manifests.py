"""What one package.json says, whatever is wrong with it; nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from autopack.model.parse import Unreadable, load_json
from autopack.model.workspace import Workspace

DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
# Scripts that an install runs.
LIFECYCLE = ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare")
_DESCRIBES = (
    *DEPENDENCIES, "name", "scripts", "main", "bin", "exports", "module", "workspaces", "packageManager", "engines", "browser",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package.json: `content` is empty when it could not be read, and `problem` then says so."""

    path: PurePosixPath
    content: Mapping[str, Any]
    problem: str = ""

    @property
    def folder(self) -> PurePosixPath:
        return self.path.parent

    @property
    def scripts(self) -> dict[str, str]:
        return texts(self.content.get("scripts"))

    @property
    def declared(self) -> dict[str, str]:
        """Every declared dependency with its version, of whatever kind."""
        return {name: version for kind in DEPENDENCIES for name, version in texts(self.content.get(kind)).items()}

    @property
    def describes_project(self) -> bool:
        """Whether it says more than how the files beside it are to be read (`{"type": "module"}`)."""
        return bool(self.problem) or any(key in self.content for key in _DESCRIBES)

    @property
    def is_tooling(self) -> bool:
        """Whether it only brings tools: nothing that starts, builds, tests or can be imported."""
        runs = any(name in self.scripts for name in ("build", "start", "test", "dev"))
        return not runs and not any(self.content.get(key) for key in ("dependencies", "main", "bin", "exports", "workspaces"))

    @property
    def runs_on_install(self) -> dict[str, str]:
        return {name: self.scripts[name] for name in LIFECYCLE if name in self.scripts}

    @property
    def workspaces(self) -> tuple[str, ...]:
        """The globs of its members, as written: a list, or a table with the list as `packages`."""
        rows = self.content.get("workspaces")
        rows = rows.get("packages") if isinstance(rows, dict) else rows
        return tuple(row for row in rows if isinstance(row, str)) if isinstance(rows, list) else ()


def texts(value: object) -> dict[str, str]:
    """The pairs of a table whose value is a text; empty when it is no table."""
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def read_package(workspace: Workspace, path: PurePosixPath) -> Package:
    """The package.json at `path`; never raises."""
    found = read_json(workspace, path)
    if not isinstance(found, dict):
        return Package(path=path, content={}, problem=f"{path}: cannot be read as a JSON object")
    return Package(path=path, content=found)


def read_json(workspace: Workspace, path: PurePosixPath) -> Any:
    """The file's content; `None` when it cannot be read or parsed."""
    text = workspace.read_text(path)
    try:
        return load_json(text) if text is not None else None
    except Unreadable:
        return None
