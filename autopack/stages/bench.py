"""A builder's hands, in its worktree."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from autopack.decide.closed import Closed
from autopack.effects.paths import copy_own, delete_beneath, read_beneath, replace_file, write_beneath
from autopack.effects.sandbox import Access
from autopack.model.specs import BuilderSpec
from autopack.model.toolchain import Command, CommandResult
from autopack.stages.running import Running


class WorktreeBench:
    """`Workbench` on a run's work folder, for one attempt: its HOME, with the files that the builder needs, ends with it."""

    def __init__(self, run: Running, prompt: str, spec: BuilderSpec, closed: Closed) -> None:
        self._run = run
        self._spec = spec
        self._closed = closed
        self._places = run.places()
        # What contained the builder's processes, and what they could reach; empty as long as it started none.
        self.sandbox = self.network = ""
        self._prompt_file: Path = self._places.home / "prompt.md"
        replace_file(self._prompt_file, prompt)
        for name in spec.credentials:
            copy_own(run.context.home / name, self._places.home / name)

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return read_beneath(self._run.work, path)

    def write_bytes(self, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
        write_beneath(self._run.work, path, content, executable=executable)

    def delete(self, path: PurePosixPath) -> None:
        delete_beneath(self._run.work, path)

    def run(self, command: Command, *, stdin: bytes, timeout_s: float) -> CommandResult:
        result = self._run.start(
            command,
            root=self._run.work,
            access=Access(
                network=self._spec.network, closed=self._closed.closed, joints=self._closed.joints, readable=_named_files(command)
            ),
            places=self._places,
            variables=(("AUTOPACK_PROMPT", str(self._prompt_file)),),
            stdin=stdin,
            timeout_s=timeout_s,
        )
        self.sandbox, self.network = result.sandbox, result.network
        return result


def _named_files(command: Command) -> tuple[Path, ...]:
    """Files that the builder's own command line names by absolute path: its user gave them, so it may read them."""
    return tuple(Path(word) for word in command.argv if word.startswith("/") and Path(word).is_file())
