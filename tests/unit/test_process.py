"""One process with limits: what it prints, how it ends, and that nothing of it stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from autopack.effects.process import find_program, run_process
from autopack.model.toolchain import CommandResult
from autopack.testing.fixtures import write_files

ENV = {"PATH": os.environ["PATH"]}


def run(
    *argv: str, cwd: Path, env: Mapping[str, str] = ENV, stdin: bytes = b"", timeout_s: float = 30, limit: int = 100_000
) -> CommandResult:
    return run_process(argv, cwd=cwd, env=env, stdin=stdin, timeout_s=timeout_s, output_limit_bytes=limit)


def shell(script: str, cwd: Path, **options: object) -> CommandResult:
    return run("sh", "-c", script, cwd=cwd, **options)  # type: ignore[arg-type]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", -9)])
def test_the_exit_code_is_the_programs_own(tmp_path: Path, script: str, code: int) -> None:
    assert shell(script, tmp_path).exit_code == code


def test_both_streams_and_the_folder_are_the_programs_own(tmp_path: Path) -> None:
    result = shell("pwd; echo oops >&2", tmp_path)
    assert (result.stdout, result.stderr, result.truncated, result.timed_out) == (f"{tmp_path}\n", "oops\n", False, False)


def test_the_environment_is_exactly_the_given_one(tmp_path: Path) -> None:
    assert run("/usr/bin/env", cwd=tmp_path, env={"A": "1"}).stdout == "A=1\n"


def test_too_much_output_keeps_its_head_and_its_tail(tmp_path: Path) -> None:
    result = shell("echo first; i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo last", tmp_path, limit=200)
    head, _, rest = result.stdout.partition("\n[… ")
    dropped, _, tail = rest.partition(" bytes dropped …]\n")
    total = len("first\nlast\n") + sum(len(f"line {i}\n") for i in range(3000))
    assert (head.splitlines()[0], tail.splitlines()[-1], len(head), len(tail)) == ("first", "last", 100, 100)
    assert (int(dropped), result.truncated) == (total - 200, True)


def test_output_of_exactly_the_limit_is_whole(tmp_path: Path) -> None:
    result = shell("printf 0123456789", tmp_path, limit=10)
    assert (result.stdout, result.truncated) == ("0123456789", False)


def test_output_that_is_no_text_does_not_hurt(tmp_path: Path) -> None:
    assert shell(r"printf 'a\377b'", tmp_path).stdout == "a\ufffdb"


def test_a_big_stdin_goes_through_while_output_comes_back(tmp_path: Path) -> None:
    feed = b"0123456789abcdef" * 65536
    result = run("cat", cwd=tmp_path, stdin=feed, limit=4_000_000)
    assert result.stdout.encode() == feed


def test_a_program_that_does_not_read_its_stdin_does_not_hang(tmp_path: Path) -> None:
    assert shell("exit 0", tmp_path, stdin=b"x" * 1_000_000).exit_code == 0


def test_a_timeout_ends_the_program_and_keeps_what_it_said(tmp_path: Path) -> None:
    started = time.monotonic()
    result = shell("echo before; sleep 60", tmp_path, timeout_s=0.3)
    assert (result.timed_out, result.stdout, result.exit_code) == (True, "before\n", -15)
    assert time.monotonic() - started < 5


def test_a_program_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    result = shell("trap '' TERM; echo before; while :; do sleep 0.1; done", tmp_path, timeout_s=0.2)
    assert (result.timed_out, result.exit_code) == (True, -9)


LEAVERS = {
    "background child": "sleep 60 & echo $! > pid",
    "daemon in a session of its own": "setsid sh -c 'echo $$ > pid; exec sleep 60' & sleep 0.2",
    "daemon that forked twice": "(setsid sh -c 'echo $$ > pid; exec sleep 60' &) ; sleep 0.2",
    "daemon with its own pipes": "setsid sh -c 'echo $$ > pid; exec sleep 60' </dev/null >/dev/null 2>&1 & sleep 0.2",
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
@pytest.mark.parametrize("script", LEAVERS.values(), ids=LEAVERS)
@pytest.mark.parametrize("ending", ["exit 0", "sleep 60"], ids=["ends", "times out"])
def test_nothing_that_a_program_started_outlives_it(tmp_path: Path, script: str, ending: str) -> None:
    started = time.monotonic()
    result = shell(f"{script}; {ending}", tmp_path, timeout_s=0.6)
    assert result.timed_out is (ending == "sleep 60")
    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("script", ["yes", "setsid yes"])
def test_a_background_child_that_never_stops_printing_does_not_hang_the_end(tmp_path: Path, script: str) -> None:
    started = time.monotonic()
    result = shell(f"{script} & sleep 0.1; exit 4", tmp_path, timeout_s=20, limit=1000)
    assert (result.exit_code, result.timed_out, result.truncated) == (4, False, True)
    assert time.monotonic() - started < 5


def test_other_children_of_ours_are_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as own:
        shell("sleep 60 &", tmp_path)
        assert own.poll() is None
        own.kill()


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    assert run("no-such-tool", "-v", cwd=tmp_path) == CommandResult(
        argv=("no-such-tool", "-v"), exit_code=127, missing="no-such-tool"
    )
    assert run("./no-such-tool", cwd=tmp_path).missing == "./no-such-tool"


def test_a_missing_folder_is_no_missing_program(tmp_path: Path) -> None:
    result = run("true", cwd=tmp_path / "gone")
    assert (result.exit_code, result.missing, result.stderr) == (126, None, f"{tmp_path}/gone: No such file or directory")


@pytest.mark.parametrize(("content", "mode"), [("#!/bin/sh\n", 0o644), ("no program\n", 0o755)])
def test_what_cannot_be_executed_ends_with_126(tmp_path: Path, content: str, mode: int) -> None:
    write_files(tmp_path, {"tool": content})
    (tmp_path / "tool").chmod(mode)
    result = run("./tool", cwd=tmp_path)
    assert (result.exit_code, result.missing, result.stderr.startswith("./tool: ")) == (126, None, True)


@pytest.mark.parametrize("argv", [("echo", "nul\0"), ("echo", "x" * 10_000_000), ("./nul\0",)])
def test_arguments_that_no_program_can_get_end_with_126(tmp_path: Path, argv: tuple[str, ...]) -> None:
    assert run_process(argv, cwd=tmp_path, env=ENV, timeout_s=5).exit_code == 126


def test_the_program_is_looked_up_on_the_given_path_only(tmp_path: Path) -> None:
    write_files(tmp_path, {"bin/tool": "#!/bin/sh\necho mine\n"})
    (tmp_path / "bin/tool").chmod(0o755)
    assert run("tool", cwd=tmp_path, env={"PATH": str(tmp_path / "bin")}).stdout == "mine\n"
    assert (find_program("tool", str(tmp_path / "bin")), find_program("sh", str(tmp_path / "bin"))) == (
        f"{tmp_path}/bin/tool",
        None,
    )


def test_every_piece_of_output_is_a_sign_of_life(tmp_path: Path) -> None:
    seen: list[None] = []
    run_process(
        ("sh", "-c", "echo a; sleep 0.2; echo b"), cwd=tmp_path, env=ENV, timeout_s=9, on_output=lambda: seen.append(None)
    )
    assert len(seen) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_the_program_dies_with_its_host(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from autopack.effects.process import run_process;"
        "run_process(('sh', '-c', 'echo $$ > pid; exec sleep 60'), cwd=Path('.'), env={'PATH': '/usr/bin:/bin'}, timeout_s=60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path) as host:
        pid = int(wait_for_text(tmp_path / "pid"))
        host.kill()
        host.wait()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def wait_for_text(path: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path} was never written")
