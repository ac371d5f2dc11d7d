"""What a command of a run gets to see, and what comes back from it."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from autopack.effects.sandbox import Places, run_contained
from autopack.model.toolchain import Command, CommandResult
from autopack.testing.fixtures import write_files

ENVIRON = {
    "PATH": os.environ["PATH"],
    "HOME": "/home/ada",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "SSH_AUTH_SOCK": "/agent",
    "GIT_DIR": "/elsewhere",
    "PYTHONPATH": "/elsewhere",
    "DATABASE_URL": "postgres://",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "root").mkdir()
    return Places(home=tmp_path / "home", env=tmp_path / "env", cache=tmp_path / "cache", results=tmp_path / "results")


def run(places: Places, *argv: str, cwd: str = ".", env: tuple[tuple[str, str], ...] = (), **options: object) -> CommandResult:
    command = Command(argv=argv, cwd=PurePosixPath(cwd), env=env)
    root = places.home.parent / "root"
    return run_contained(command, root=root, places=places, environ=ENVIRON, timeout_s=20, **options)  # type: ignore[arg-type]


def seen(result: CommandResult) -> dict[str, str]:
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


def test_only_a_clean_environment_is_seen(places: Places) -> None:
    assert seen(run(places, "env")) == {
        "PATH": ENVIRON["PATH"],
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(places.home),
        "CI": "1",
        "NO_COLOR": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }


def test_a_variable_that_the_configuration_passes_is_seen(places: Places) -> None:
    found = seen(run(places, "env", passed=("DATABASE_URL", "ABSENT", "HOME")))
    assert (found["DATABASE_URL"], "ABSENT" in found, found["HOME"]) == ("postgres://", False, str(places.home))


def test_the_commands_own_variables_come_last(places: Places) -> None:
    found = seen(run(places, "env", env=(("B", "command"),), variables=(("A", "tool"), ("B", "tool"))))
    assert (found["A"], found["B"]) == ("tool", "command")


def test_home_is_a_private_folder_that_can_be_written(places: Places) -> None:
    assert run(places, "sh", "-c", "touch ~/.cache-of-a-tool").exit_code == 0
    assert [path.name for path in places.home.iterdir()] == [".cache-of-a-tool"]


def test_placeholders_stand_for_the_places(places: Places) -> None:
    result = run(
        places,
        "sh",
        "-c",
        'printf "%s\\n" "$@" "$PATH"',
        "{env}",
        "{env}/x",
        "{cache}",
        "{results}",
        env=(("PATH", "{env}/bin:{path}"),),
    )
    assert result.stdout.splitlines() == [
        f"{places.env}/x",
        str(places.cache),
        str(places.results),
        f"{places.env}/bin:{ENVIRON['PATH']}",
    ]
    assert (places.cache.is_dir(), places.results.is_dir()) == (True, True)


def test_a_program_of_the_private_environment_comes_first(places: Places) -> None:
    write_files(places.env, {"bin/tool": "#!/bin/sh\necho private\n"})
    (places.env / "bin/tool").chmod(0o755)
    assert run(places, "tool", env=(("PATH", "{env}/bin:{path}"),)).stdout == "private\n"


def test_a_command_runs_in_its_folder_below_the_root(places: Places, tmp_path: Path) -> None:
    (tmp_path / "root" / "sub").mkdir()
    assert run(places, "pwd", cwd="sub").stdout == f"{tmp_path}/root/sub\n"


@pytest.mark.parametrize("cwd", ["..", "/", "out", "sub/../../.."])
def test_a_command_does_not_run_outside_the_root(places: Places, tmp_path: Path, cwd: str) -> None:
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    result = run(places, "touch", "mark", cwd=cwd)
    assert (result.exit_code, result.stderr, list(tmp_path.rglob("mark"))) == (126, f"{cwd!r} leaves the worktree", [])


def test_result_files_come_back_with_their_names(places: Places) -> None:
    result = run(places, "sh", "-c", "mkdir $1/deep; echo a > $1/a.xml; printf 'b\\377' > $1/deep/b.xml", "x", "{results}")
    assert result.files == (("a.xml", "a\n"), ("deep/b.xml", "b\ufffd"))


def test_no_link_and_no_pipe_comes_back(places: Places, tmp_path: Path) -> None:
    write_files(tmp_path / "outside", {"secret": "secret"})
    script = "cd $1; ln -s ../outside/secret leaf; ln -s ../outside folder; mkfifo pipe"
    assert run(places, "sh", "-c", script, "x", "{results}").files == ()
    assert run(places, "sh", "-c", "rm -r $1; ln -s outside $1", "x", "{results}").files == ()


def test_a_closed_result_file_is_passed_over(as_nobody: Path) -> None:
    (as_nobody / "root").mkdir()
    places = Places(home=as_nobody / "home", env=as_nobody / "env", cache=as_nobody / "cache", results=as_nobody / "results")
    result = run(places, "sh", "-c", "cd $1; echo x > a; echo x > closed; chmod 0 closed", "x", "{results}")
    assert result.files == (("a", "x\n"),)


def test_stdin_reaches_the_command_and_a_missing_program_is_named(places: Places) -> None:
    assert run(places, "cat", stdin=b"prompt").stdout == "prompt"
    assert run(places, "no-such-tool").missing == "no-such-tool"
