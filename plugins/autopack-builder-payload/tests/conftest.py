"""A worktree that is a folder, and a phase that carries code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

import pytest

from autopack.effects.paths import delete_beneath, read_beneath, write_beneath
from autopack.model.attempt import BuildRequest, Manifest
from autopack.model.draft import Edit
from autopack.model.plan import Budget, Phase, PlanPayload, Scope
from autopack.model.toolchain import Command, CommandResult

BUDGET = Budget(max_files=10, max_tokens=0, max_minutes=1, max_attempts=1)


class FolderBench:
    """The builder's hands on a real folder, by the host's own doors; running a process fails the test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return read_beneath(self.root, path)

    def write_bytes(self, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
        write_beneath(self.root, path, content, executable=executable)

    def delete(self, path: PurePosixPath) -> None:
        delete_beneath(self.root, path)

    def run(self, command: Command, *, stdin: bytes, timeout_s: float) -> CommandResult:
        raise AssertionError(f"the payload builder ran {command.argv}")


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., FolderBench]:
    def make(files: Mapping[str, bytes | str]) -> FolderBench:
        for path, content in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content.encode() if isinstance(content, str) else content)
        return FolderBench(tmp_path)

    return make


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], dict[str, bytes]]:
    """Every file of the worktree and its content."""

    def read() -> dict[str, bytes]:
        return {
            path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()
        }

    return read


@pytest.fixture
def payload() -> Callable[..., PlanPayload]:
    def make(
        path: str,
        action: str = "write",
        text: str = "",
        edits: tuple[Edit, ...] = (),
        to: str | None = None,
        executable: bool = False,
    ) -> PlanPayload:
        return PlanPayload(
            path=path,
            action=action,
            text=text,
            edits=edits,
            to=to,
            executable=executable,
            origin="stated",
            confidence=1,
            rule="x:y",
        )

    return make


@pytest.fixture
def request_for() -> Callable[..., BuildRequest]:
    """A request for a phase with these payloads."""

    def make(*payloads: PlanPayload) -> BuildRequest:
        phase = Phase(
            id="p",
            title="p",
            deliverables=(),
            scope=Scope(paths=()),
            validation=(),
            budget=BUDGET,
            payloads=payloads,
            provenance={},
        )
        manifest = Manifest(
            run_id="r",
            phase_id="p",
            base_tree="",
            scope_paths=(),
            read_only=(),
            checks=(),
            budget=BUDGET,
            anchor_digest="",
            plan_digest="",
        )
        return BuildRequest(run_id="r", phase=phase, manifest=manifest, prompt="", attempt=1, seconds=60)

    return make
