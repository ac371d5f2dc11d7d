"""What a command of a run gets to see and to change, by each containment; and what comes back from it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from autopack.effects.bubblewrap import find_bubblewrap
from autopack.effects.confine import confine_roots
from autopack.effects.containment import BACKENDS, choose_backend
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Backend, Places, run_contained
from autopack.model.toolchain import Command, CommandResult
from autopack.testing.fixtures import write_files

ENVIRON = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/home/ada",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "SSH_AUTH_SOCK": "/agent",
    "GIT_DIR": "/elsewhere",
    "PYTHONPATH": "/elsewhere",
    "DATABASE_URL": "postgres://",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
PYTHON = os.path.realpath(sys.executable)
STRONG = ("bwrap+landlock", "bwrap")
Run = Callable[..., CommandResult]


def require_backend(name: str) -> Backend:
    """The backend of that name; a test skips by name where the machine cannot have it."""
    backend = choose_backend(name, os.environ.get("PATH", os.defpath))
    if backend.name != name:
        pytest.skip(f"no {name} here: {backend.lacks}")
    return backend


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    return require_backend(request.param)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "root").mkdir()
    (tmp_path / "env").mkdir()
    return Places(home=tmp_path / "home", env=tmp_path / "env" / "root", cache=tmp_path / "cache", results=tmp_path / "results")


@pytest.fixture
def run(places: Places, backend: Backend) -> Run:
    """Run a command by each backend; `hidden` and `shown` are folders of the machine."""

    def start(
        *argv: str,
        cwd: str = ".",
        env: tuple[tuple[str, str], ...] = (),
        hidden: tuple[Path, ...] = (),
        shown: tuple[Path, ...] = (),
        access: Access | None = None,
        **options: object,
    ) -> CommandResult:
        return run_contained(
            Command(argv=argv, cwd=PurePosixPath(cwd), env=env),
            backend=backend,
            surroundings=Surroundings(hidden=hidden, readable=(*shown, *confine_roots())),
            access=access or Access(),
            root=places.home.parent / "root",
            places=places,
            environ=ENVIRON,
            **{"timeout_s": 20, **options},  # type: ignore[arg-type]
        )

    return start


def seen(result: CommandResult) -> dict[str, str]:
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


# -- environment, folders and results: alike everywhere -------------------------------------------------------------------


def test_only_a_clean_environment_is_seen(run: Run, places: Places) -> None:
    found = seen(run("env"))
    found.pop("TMPDIR", None)
    found.pop("PWD", None)  # bubblewrap sets it
    assert found == {
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


def test_a_variable_that_the_configuration_passes_is_seen(run: Run, places: Places) -> None:
    found = seen(run("env", passed=("DATABASE_URL", "ABSENT", "HOME")))
    assert (found["DATABASE_URL"], "ABSENT" in found, found["HOME"]) == ("postgres://", False, str(places.home))


def test_the_commands_own_variables_come_last(run: Run) -> None:
    found = seen(run("env", env=(("B", "command"),), variables=(("A", "tool"), ("B", "tool"))))
    assert (found["A"], found["B"]) == ("tool", "command")


def test_home_is_a_private_folder_that_can_be_written(run: Run, places: Places) -> None:
    assert run("sh", "-c", "touch ~/.cache-of-a-tool").exit_code == 0
    assert [path.name for path in places.home.iterdir()] == [".cache-of-a-tool"]


def test_placeholders_stand_for_the_places(run: Run, places: Places) -> None:
    words = ("{env}", "{env}/x", "{cache}", "{results}")
    result = run("sh", "-c", 'printf "%s\\n" "$@" "$PATH"', *words, env=(("PATH", "{env}/bin:{path}"),))
    assert result.stdout.splitlines() == [
        f"{places.env}/x",
        str(places.cache),
        str(places.results),
        f"{places.env}/bin:{ENVIRON['PATH']}",
    ]


def test_a_program_of_the_private_environment_comes_first(run: Run, places: Places) -> None:
    write_files(places.env, {"bin/tool": "#!/bin/sh\necho private\n"})
    (places.env / "bin/tool").chmod(0o755)
    assert run("tool", env=(("PATH", "{env}/bin:{path}"),)).stdout == "private\n"


def test_a_command_runs_in_its_folder_below_the_root(run: Run, tmp_path: Path) -> None:
    (tmp_path / "root" / "sub").mkdir()
    assert run("pwd", cwd="sub").stdout == f"{tmp_path}/root/sub\n"


@pytest.mark.parametrize("cwd", ["..", "/", "out", "sub/../../.."])
def test_a_command_does_not_run_outside_the_root(run: Run, tmp_path: Path, cwd: str) -> None:
    (tmp_path / "root" / "out").symlink_to(tmp_path)
    result = run("touch", "mark", cwd=cwd)
    assert (result.exit_code, result.stderr, list(tmp_path.rglob("mark"))) == (126, f"{cwd!r} leaves the worktree", [])


def test_result_files_come_back_with_their_names(run: Run) -> None:
    result = run("sh", "-c", "mkdir $1/deep; echo a > $1/a.xml; printf 'b\\377' > $1/deep/b.xml", "x", "{results}")
    assert result.files == (("a.xml", "a\n"), ("deep/b.xml", "b\ufffd"))


def test_reports_that_a_command_writes_into_the_worktree_come_back_and_old_ones_do_not(run: Run, tmp_path: Path) -> None:
    root = tmp_path / "root"
    write_files(
        root, {"a/target/old.xml": "old", "a/target/again.xml": "before", "a/target/gone.xml": "gone", "secret.xml": "no"}
    )
    script = (
        "cd a/target; echo after > again.xml; rm gone.xml; echo new > new.xml; echo no > new.txt; "
        "ln -s ../../secret.xml link.xml; "
        "mkdir -p ../../b/c/target; echo deep > ../../b/c/target/new.xml; touch ../../secret.xml; echo kept > $1/own.xml"
    )
    globs = ("a/target/*.xml", "**/c/*/*.xml", "/etc/*", "../*.xml", "a/../*.xml")
    result = run("sh", "-c", script, "x", "{results}", access=Access(reports=globs))
    assert result.files == (
        ("own.xml", "kept\n"), ("a/target/again.xml", "after\n"), ("a/target/new.xml", "new\n"), ("b/c/target/new.xml", "deep\n"),
    )  # fmt: skip
    assert run("true", access=Access(reports=globs)).files == (("own.xml", "kept\n"),)


def test_a_report_of_the_same_size_that_keeps_its_time_is_seen_to_be_new(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path / "root", {"r.xml": "one"})
    result = run("sh", "-c", "cp -p r.xml c; printf two > c; touch -r r.xml c; mv c r.xml", access=Access(reports=("*.xml",)))
    assert result.files == (("r.xml", "two"),)


def test_a_result_names_the_folder_it_ran_in(run: Run, tmp_path: Path) -> None:
    (tmp_path / "root" / "sub").mkdir()
    result = run("pwd", cwd="sub")
    assert (result.cwd, result.stdout.strip()) == (str(tmp_path / "root" / "sub"),) * 2


def test_no_link_and_no_pipe_comes_back(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path / "outside", {"secret": "secret"})
    script = "cd $1; ln -s ../outside/secret leaf; ln -s ../outside folder; mkfifo pipe"
    assert run("sh", "-c", script, "x", "{results}").files == ()


def test_a_results_folder_that_became_a_link_brings_nothing_back(tmp_path: Path, places: Places) -> None:
    write_files(tmp_path / "outside", {"secret": "secret"})
    bare = Backend(name="none", strong=False)
    result = run_contained(
        Command(argv=("sh", "-c", "rm -r $1; ln -s outside $1", "x", "{results}")),
        backend=bare, surroundings=Surroundings(), access=Access(), root=tmp_path / "root",
        places=places, environ=ENVIRON, timeout_s=20,
    )  # fmt: skip
    assert (result.exit_code, result.files) == (0, ())


def test_a_variable_that_names_a_place_of_somebody_else_costs_nothing(as_nobody: Path) -> None:
    (as_nobody / "root").mkdir()
    (as_nobody / "closed").mkdir(mode=0)
    places = Places(home=as_nobody / "home", env=as_nobody / "env", cache=as_nobody / "cache", results=as_nobody / "results")
    result = run_contained(
        Command(argv=("echo", "fine")), backend=Backend(name="none", strong=False), access=Access(), root=as_nobody / "root",
        surroundings=Surroundings(readable=(as_nobody / "closed/tool",), hidden=(as_nobody / "closed/home",)),
        places=places, environ={**ENVIRON, "PYENV_ROOT": str(as_nobody / "closed/tool")}, timeout_s=20,
    )  # fmt: skip
    assert result.stdout == "fine\n"


def test_a_closed_result_file_is_passed_over(as_nobody: Path) -> None:
    (as_nobody / "root").mkdir()
    places = Places(home=as_nobody / "home", env=as_nobody / "env", cache=as_nobody / "cache", results=as_nobody / "results")
    result = run_contained(
        Command(argv=("sh", "-c", "cd $1; echo x > a; echo x > closed; chmod 0 closed", "x", "{results}")),
        backend=Backend(name="none", strong=False), surroundings=Surroundings(), access=Access(), root=as_nobody / "root",
        places=places, environ=ENVIRON, timeout_s=20,
    )  # fmt: skip
    assert result.files == (("a", "x\n"),)


def test_stdin_reaches_the_command_and_a_missing_program_is_named(run: Run) -> None:
    assert run("cat", stdin=b"prompt").stdout == "prompt"
    missing = run("no-such-tool")
    assert (missing.exit_code, missing.missing) == (127, "no-such-tool")


def test_the_result_names_what_contained_it_and_its_exit_code_is_the_commands(run: Run, backend: Backend) -> None:
    result = run("sh", "-c", "echo out; echo err >&2; exit 7")
    found = (result.sandbox, result.network, result.exit_code, result.stdout, result.stderr)
    assert found == (backend.name, backend.reach("loopback"), 7, "out\n", "err\n")


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(run: Run, tmp_path: Path) -> None:
    script = "(while :; do date >> alive; sleep 0.02; done) & sleep 30"
    result = run("sh", "-c", script, timeout_s=0.5)
    size = (tmp_path / "root" / "alive").stat().st_size
    shutil.copy(tmp_path / "root" / "alive", tmp_path / "then")
    assert result.timed_out and size == (tmp_path / "root" / "alive").stat().st_size


# -- what only a containment gives --------------------------------------------------------------------------------------


def test_outside_nothing_can_be_written(run: Run, tmp_path: Path, backend: Backend) -> None:
    (tmp_path / "outside").mkdir()
    run("sh", "-c", f"echo x > {tmp_path}/outside/mark; cd ../outside && echo x > mark", shown=(tmp_path / "outside",))
    assert ((tmp_path / "outside" / "mark").exists()) == (backend.name == "none")


def test_a_hidden_folder_cannot_be_read_and_what_is_shown_of_it_can(run: Run, tmp_path: Path, backend: Backend) -> None:
    write_files(tmp_path / "own", {"secret": "secret", "tools/bin/tool": "#!/bin/sh\necho tool\n"})
    (tmp_path / "own/tools/bin/tool").chmod(0o755)
    own, tools = tmp_path / "own", tmp_path / "own/tools"
    result = run("sh", "-c", f"cat {own}/secret; {tools}/bin/tool", hidden=(own,), shown=(tools,))
    assert result.stdout == ("secrettool\n" if backend.name == "none" else "tool\n")


def test_a_program_in_a_hidden_folder_is_missing_and_says_why(run: Run, tmp_path: Path, backend: Backend) -> None:
    write_files(tmp_path / "own", {"tool": "#!/bin/sh\necho tool\n"})
    (tmp_path / "own/tool").chmod(0o755)
    result = run(str(tmp_path / "own/tool"), hidden=(tmp_path / "own",))
    if backend.name in STRONG:
        words = f"{tmp_path}/own/tool lies in a folder that is hidden from what a run starts"
        assert (result.exit_code, result.missing, result.stderr) == (127, str(tmp_path / "own/tool"), words)
    else:
        assert result.stdout == ("tool\n" if backend.name == "none" else "")


def test_the_environment_and_the_cache_change_only_by_installs(run: Run, places: Places, backend: Backend) -> None:
    script = "echo x > $1/mark; echo x > $2/mark"
    places.env.mkdir()
    run("sh", "-c", script, "x", "{env}", "{cache}")
    changed = [(folder / "mark").exists() for folder in (places.env, places.cache)]
    assert changed == [backend.name == "none"] * 2
    result = run("sh", "-c", script, "x", "{env}", "{cache}", access=Access(installs=True))
    assert (result.exit_code, (places.env / "mark").exists(), (places.cache / "mark").exists()) == (0, True, True)


def test_closed_folders_stay_as_they_are_also_when_their_parent_is_renamed(run: Run, tmp_path: Path, backend: Backend) -> None:
    root = tmp_path / "root"
    write_files(root, {"src/a/x": "", "src/b/y": "", ".git": "gitdir: /elsewhere", "top": ""})
    script = (
        "echo z > src/a/new; echo z > src/b/y; mv src old; mkdir -p src/b; echo z > src/b/y; rm -f .git; mv .git g; echo z > top"
    )
    run("sh", "-c", script, access=Access(closed=("src/b",), joints=("src",)))
    if backend.name not in STRONG:
        # These close no folder inside the worktree; the verdict on the tree does.
        assert (root / "src/b/y").read_text() == "z\n"
        return
    found = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    assert found == {"src/a/x": "", "src/a/new": "z\n", "src/b/y": "", ".git": "gitdir: /elsewhere", "top": "z\n"}


def test_only_named_paths_can_be_written_where_not_all_of_the_root_may_change(run: Run, tmp_path: Path, backend: Backend) -> None:
    write_files(tmp_path / "root", {"a": "", "sub/b": ""})
    run("sh", "-c", "echo x > a; echo x > sub/b; cat a", access=Access(writable=("sub",)))
    found = [(tmp_path / "root" / name).read_text() for name in ("a", "sub/b")]
    assert found == (["x\n", "x\n"] if backend.name == "none" else ["", "x\n"])


def test_a_scratch_folder_stands_elsewhere_and_only_installs_write_it(run: Run, tmp_path: Path, backend: Backend) -> None:
    store = tmp_path / "store" / "node_modules"
    scratch = (("node_modules", store),)
    assert run("sh", "-c", "echo 1 > node_modules/m", access=Access(installs=True, scratch=scratch)).exit_code == 0
    result = run("sh", "-c", "cat node_modules/m; echo 2 > node_modules/m", access=Access(scratch=scratch))
    assert (result.stdout, (store / "m").read_text()) == ("1\n", "2\n" if backend.name == "none" else "1\n")


@pytest.mark.parametrize(("wanted", "reached"), [("none", False), ("loopback", False), ("open", True)])
def test_the_network_is_what_was_asked_for(run: Run, backend: Backend, wanted: str, reached: bool) -> None:
    import socket

    server = socket.create_server(("127.0.0.1", 0))
    connect = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5).close()"
    result = run(PYTHON, "-I", "-S", "-c", connect, access=Access(network=wanted))  # type: ignore[arg-type]
    server.close()
    really = backend.reach(wanted)  # type: ignore[arg-type]
    assert (result.exit_code == 0, result.network) == (reached or really == "open", really)


def test_a_loopback_of_its_own_works_in_a_namespace(run: Run) -> None:
    talk = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname(), 5)\n"
        "a, _ = s.accept(); c.send(b'hi'); print(a.recv(2))"
    )
    result = run(PYTHON, "-I", "-S", "-c", talk)
    assert result.stdout == "b'hi'\n", result.stderr


def test_a_scratch_folder_is_never_made_through_a_link_or_over_a_file(run: Run, tmp_path: Path) -> None:
    write_files(tmp_path / "root", {"file": ""})
    (tmp_path / "root/link").symlink_to(tmp_path)
    for path in ("file", "link/deep"):
        result = run("true", access=Access(scratch=((path, tmp_path / "store"),)))
        assert (result.exit_code, result.stderr) == (126, f"{path} stands where the tools want a folder of their own")
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("name", STRONG)
def test_a_containment_that_cannot_be_made_is_not_taken_for_the_commands_failure(
    name: str, tmp_path: Path, places: Places
) -> None:
    backend = require_backend(name)
    write_files(tmp_path / "root", {"tool": "#!/no/such/interpreter\n"})
    (tmp_path / "root/tool").chmod(0o755)
    result = run_contained(
        Command(argv=("./tool",)), backend=backend, surroundings=Surroundings(readable=confine_roots()), access=Access(),
        root=tmp_path / "root", places=places, environ=ENVIRON, timeout_s=20,
    )  # fmt: skip
    assert result.exit_code in (126, 127)


# -- the choice -----------------------------------------------------------------------------------------------------------


def test_the_strongest_that_works_is_chosen_and_a_wish_is_never_replaced_by_another() -> None:
    path = os.environ.get("PATH", os.defpath)
    assert choose_backend("none", path) == Backend(name="none", strong=False, lacks="switched off by the setting `sandbox`")
    chosen = choose_backend("auto", path)
    assert chosen.name == next(name for name in BACKENDS if choose_backend(name, path).name == name)
    assert chosen.strong == (chosen.name in STRONG)


def test_a_bubblewrap_on_path_never_goes_before_the_machines_own(tmp_path: Path) -> None:
    for name in ("system", "project"):
        write_files(tmp_path / name, {"bwrap": "#!/bin/sh\n"})
        (tmp_path / name / "bwrap").chmod(0o755)
    path = str(tmp_path / "project")
    assert find_bubblewrap(path, system=str(tmp_path / "system")) == str(tmp_path / "system" / "bwrap")
    assert find_bubblewrap(path, system="/nowhere") == str(tmp_path / "project" / "bwrap")
    assert find_bubblewrap("/nowhere", system="/nowhere") is None
