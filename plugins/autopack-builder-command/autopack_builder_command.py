"""The builder `command:PROGRAM ARGS...`: any program that reads a prompt and changes the files of its working folder."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from autopack import hookimpl
from autopack.errors import WrongUse
from autopack.model.attempt import BuildRequest, BuildResult, Workbench
from autopack.model.specs import BuilderSpec
from autopack.model.toolchain import Command, CommandResult

_LINE_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBuilder:
    argv: tuple[str, ...]

    def build(self, request: BuildRequest, bench: Workbench) -> BuildResult:
        """Run the program once, the prompt on its stdin; its exit code is its word."""
        result = bench.run(Command(argv=self.argv), stdin=request.prompt.encode(), timeout_s=request.seconds)
        complaint = self._complaint(result, request.seconds)
        return BuildResult(ok=complaint is None, message=complaint or "", result=result)

    def _complaint(self, result: CommandResult, seconds: float) -> str | None:
        program = self.argv[0]
        if result.missing is not None:
            return f"{program} was not found"
        if result.timed_out:
            return f"{program} was stopped after {seconds:g} s"
        if result.exit_code == 0:
            return None
        end = f"was ended by signal {-result.exit_code}" if result.exit_code < 0 else f"ended with exit code {result.exit_code}"
        last = _last_line(result.stderr)
        return f"{program} {end}: {last}" if last else f"{program} {end}"


@hookimpl
def builders() -> Sequence[BuilderSpec]:
    return [BuilderSpec(name="command", factory=read_command, summary="a program that reads the prompt and edits the files")]


def read_command(words: str) -> CommandBuilder:
    """The builder for a command line, split as a POSIX shell would quote it; no shell runs it."""
    try:
        argv = tuple(shlex.split(words))
    except ValueError as problem:
        raise WrongUse(
            f"the builder command {words!r} cannot be split: {str(problem).lower()}",
            hint="close the quote, or escape it with a backslash",
        ) from None
    if not argv:
        raise WrongUse("the builder `command:` names no program", hint="write it after the colon: `command:my-agent --flag`")
    return CommandBuilder(argv=argv)


def _last_line(text: str) -> str:
    lines = text.rstrip().splitlines()
    return lines[-1].strip()[:_LINE_CHARS] if lines else ""
