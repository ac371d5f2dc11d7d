import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from autopack_builder_command import builders, read_command

from autopack.errors import WrongUse
from autopack.model.attempt import BuildRequest, BuildResult, Manifest
from autopack.model.plan import Budget, Phase, Scope
from autopack.model.toolchain import Command, CommandResult

BUDGET = Budget(max_files=1, max_tokens=0, max_minutes=1, max_attempts=1)


class FolderBench:
    """A workbench over one folder, without a sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read_bytes(self, path: PurePosixPath) -> bytes | None:
        return (self.folder / path).read_bytes()

    def write_bytes(self, path: PurePosixPath, content: bytes, *, executable: bool | None = None) -> None:
        (self.folder / path).write_bytes(content)

    def delete(self, path: PurePosixPath) -> None:
        (self.folder / path).unlink()

    def run(self, command: Command, *, stdin: bytes, timeout_s: float) -> CommandResult:
        argv = command.argv
        try:
            done = subprocess.run(argv, input=stdin, capture_output=True, cwd=self.folder, timeout=timeout_s, check=False)
        except FileNotFoundError:
            return CommandResult(argv=argv, exit_code=127, missing=argv[0])
        except subprocess.TimeoutExpired:
            return CommandResult(argv=argv, exit_code=-9, timed_out=True)
        return CommandResult(argv=argv, exit_code=done.returncode, stdout=done.stdout.decode(), stderr=done.stderr.decode())


def request(prompt: str = "fix it", seconds: float = 30) -> BuildRequest:
    phase = Phase(
        id="p1", title="Fix", deliverables=(), scope=Scope(paths=()), validation=(), budget=BUDGET, provenance={}
    )  # fmt: skip
    manifest = Manifest(
        run_id="r1", phase_id="p1", base_tree="", scope_paths=(), read_only=(), checks=(), budget=BUDGET,
        anchor_digest="", plan_digest="",
    )  # fmt: skip
    return BuildRequest(run_id="r1", phase=phase, manifest=manifest, prompt=prompt, attempt=1, seconds=seconds)


def build(folder: Path, script: str, seconds: float = 30) -> BuildResult:
    (folder / "agent.py").write_text(script)
    return read_command(f"'{sys.executable}' agent.py").build(request(seconds=seconds), FolderBench(folder))


def test_the_program_reads_the_prompt_on_stdin_and_edits_its_working_folder(tmp_path: Path) -> None:
    script = "import sys; open('out.txt', 'wb').write(sys.stdin.buffer.read())"
    (tmp_path / "agent.py").write_text(script)
    result = read_command(f"'{sys.executable}' agent.py").build(request("größer → kleiner"), FolderBench(tmp_path))
    assert (result.ok, result.message, result.tokens) == (True, "", 0)
    assert (tmp_path / "out.txt").read_text("utf-8") == "größer → kleiner"


def test_another_exit_code_fails_with_the_last_line_of_stderr(tmp_path: Path) -> None:
    result = build(tmp_path, "import sys; print('first\\nno quota left\\n', file=sys.stderr); sys.exit(3)")
    assert (result.ok, result.message) == (False, f"{sys.executable} ended with exit code 3: no quota left")


def test_a_silent_failure_names_only_the_exit_code(tmp_path: Path) -> None:
    assert build(tmp_path, "raise SystemExit(4)").message == f"{sys.executable} ended with exit code 4"


def test_a_long_last_line_is_capped(tmp_path: Path) -> None:
    message = build(tmp_path, "import sys; sys.exit('x' * 5000)").message
    assert message == f"{sys.executable} ended with exit code 1: " + "x" * 200


def test_a_signal_is_named(tmp_path: Path) -> None:
    assert build(tmp_path, "import os; os.kill(os.getpid(), 9)").message == f"{sys.executable} was ended by signal 9"


def test_a_program_out_of_time_fails(tmp_path: Path) -> None:
    result = build(tmp_path, "import time; time.sleep(60)", seconds=0.2)
    assert (result.ok, result.message) == (False, f"{sys.executable} was stopped after 0.2 s")


def test_a_missing_program_fails_by_name(tmp_path: Path) -> None:
    result = read_command("no-such-agent --now").build(request(), FolderBench(tmp_path))
    assert (result.ok, result.message) == (False, "no-such-agent was not found")


def test_words_are_split_with_quotes_and_reach_no_shell(tmp_path: Path) -> None:
    assert read_command("agent --note 'two words' $HOME && rm -rf x").argv == (
        "agent", "--note", "two words", "$HOME", "&&", "rm", "-rf", "x",
    )  # fmt: skip


@pytest.mark.parametrize("words", ["agent 'never closed", "", "   ", "agent \\"])
def test_a_command_that_names_no_program_or_cannot_be_split_is_wrong_use(words: str) -> None:
    with pytest.raises(WrongUse):
        read_command(words)


def test_it_offers_one_builder_that_runs_foreign_code() -> None:
    [spec] = builders()
    assert (spec.name, spec.network, spec.carried, spec.factory("a b").argv) == ("command", "open", False, ("a", "b"))
