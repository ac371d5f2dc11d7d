"""Computes every change that a phase's code makes, and only then writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autopack.errors import Refused
from autopack.model.attempt import BuildRequest, BuildResult, Workbench
from autopack.model.draft import Edit
from autopack.model.plan import PlanPayload
from autopack_builder_payload.edits import Misfit, apply_edits

_BOM = "\ufeff"


class PayloadBuilder:
    """Applies the payloads of a phase, in the order of the plan, all or none."""

    def build(self, request: BuildRequest, bench: Workbench) -> BuildResult:
        """`ok=False` with the first thing that does not fit; the worktree is then as it was."""
        if not request.phase.payloads:
            return BuildResult(ok=False, message="the plan carries no code for this phase")
        try:
            changes = _Changes(bench)
            for payload in request.phase.payloads:
                changes.add(payload)
            count = changes.write()
        except (_NoFitError, Refused) as problem:
            return BuildResult(ok=False, message=str(problem))
        files = "1 file" if count == 1 else f"{count} files"
        return BuildResult(
            ok=True, message=f"applied the plan's code to {files}" if count else "the files are already as the plan says"
        )


class _NoFitError(Exception):
    """Why the plan's code does not fit the worktree."""


class _Changes:
    """The files as they will be; a later payload sees what an earlier one made."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._files: dict[PurePosixPath, bytes | None] = {}
        self._executable: set[PurePosixPath] = set()

    def add(self, payload: PlanPayload) -> None:
        path = _inside(payload.path)
        if payload.action == "write":
            self._files[path] = payload.text.encode()
        elif payload.action == "edit":
            self._files[path] = _edited(payload.path, self._read(path), payload.edits)
        elif payload.action == "delete":
            self._require(path)
            self._files[path] = None
        else:
            self._rename(payload, path)
        if payload.executable:
            self._executable.add(path)

    def write(self) -> int:
        """Do it, and say how many files changed.  Deletions go first: a folder may take the place of a file."""
        changed = {path: content for path, content in self._files.items() if content != self._bench.read_bytes(path)}
        for path, content in changed.items():
            if content is None:
                self._bench.delete(path)
        for path, content in changed.items():
            if content is not None:
                self._bench.write_bytes(path, content, executable=True if path in self._executable else None)
        return len(changed)

    def _rename(self, payload: PlanPayload, path: PurePosixPath) -> None:
        if payload.to is None:
            raise _NoFitError(f"the plan moves {payload.path} and does not say where to")
        to = _inside(payload.to)
        if self._read(to) is not None:
            raise _NoFitError(f"{payload.path} cannot be moved: {payload.to} exists")
        content = self._require(path)
        self._files[to] = _edited(payload.path, content, payload.edits) if payload.edits else content
        self._files[path] = None

    def _require(self, path: PurePosixPath) -> bytes:
        content = self._read(path)
        if content is None:
            raise _NoFitError(f"{path} does not exist")
        return content

    def _read(self, path: PurePosixPath) -> bytes | None:
        return self._files[path] if path in self._files else self._bench.read_bytes(path)


def _inside(name: str) -> PurePosixPath:
    """The path, unless it leaves the worktree by its words alone: the bench would refuse it only after other writes."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise _NoFitError(f"{name} leaves the worktree")
    return path


def _edited(name: str, content: bytes | None, edits: Sequence[Edit]) -> bytes:
    if content is None:
        # An edit with nothing to search for adds lines, and so may begin a file.
        if not edits or edits[0].search:
            raise _NoFitError(f"{name} does not exist, and the plan only edits it")
        content = b""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _NoFitError(f"{name} is not UTF-8 text") from None
    mark = _BOM if text.startswith(_BOM) else ""
    result = apply_edits(text[len(mark) :], edits)
    if isinstance(result, Misfit):
        raise _NoFitError(f"{result.label} of {name} does not apply: {result.why}")
    return (mark + result).encode()
