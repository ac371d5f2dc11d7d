"""A builder's hands, in its worktree."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from autopack.effects.paths import delete_beneath, read_beneath, replace_file, write_beneath
from autopack.effects.sandbox import run_contained
from autopack.model.toolchain import Command, CommandResult
from autopack.stages.running import Running


class WorktreeBench:
    """`Workbench` on a run's work folder."""

    def __init__(self, run: Running, prompt: str) -> None:
        self._run = run
        self._prompt_file: Path = run.folder / "prompt.md"
        replace_file(self._prompt_file, prompt)

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return read_beneath(self._run.work, path)

    def write_bytes(self, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
        write_beneath(self._run.work, path, content, executable=executable)

    def delete(self, path: PurePosixPath) -> None:
        delete_beneath(self._run.work, path)

    def run(self, command: Command, *, stdin: bytes, timeout_s: float) -> CommandResult:
        return run_contained(
            command,
            root=self._run.work,
            places=self._run.places(),
            environ=self._run.context.environ,
            variables=(("AUTOPACK_PROMPT", str(self._prompt_file)),),
            passed=self._run.context.config.env_pass,
            stdin=stdin,
            timeout_s=timeout_s,
            on_output=self._run.context.progress.alive,
        )
