"""A confined command: what it tries and cannot, what it still can, and that it does not run when it could not be confined."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from autopack.effects import confine
from autopack.effects.confine import DEVICES, confine_command, confine_roots, landlock_abi, readable_around
from autopack.effects.process import run_process
from autopack.effects.seccomp import seccomp_filter
from autopack.testing.fixtures import write_files

NOBODY = 65534
SYSTEM_PYTHON = "/usr/bin/python3"
needs_landlock = pytest.mark.skipif(landlock_abi() < 6, reason="needs Landlock with ABI 6")
needs_filter = pytest.mark.skipif(seccomp_filter(machine=os.uname().machine, inet=True) is None, reason="needs a filter table")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A folder that can be written, one that can be read, a hidden one; a process and listeners that are nobody's business."""

    here: Path
    python: str
    user: int | None
    victim: subprocess.Popen[bytes]
    port: int
    abstract: str

    def confined(self, argv: tuple[str, ...], **given: object) -> tuple[str, ...]:
        rights = {
            "read": (*readable_around([self.here, Path("/dev")]), self.here / "outside"),
            "write": (self.here / "scope", *DEVICES, "/dev/shm"),
            "network": "none",
            "drop_capabilities": True,
        }
        return (self.python, *confine_command(argv, **(rights | given))[1:])  # type: ignore[arg-type]

    def run(self, argv: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv,
            cwd=self.here / "scope",
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=30,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def act(self, code: str) -> tuple[str, ...]:
        start = (
            "import os, socket, sys\n"
            "here, port, abstract, pid = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])\n"
            "link = f'link-{os.getpid()}'\n"
        )
        return (self.python, "-c", start + code, str(self.here), str(self.port), self.abstract, str(self.victim.pid))

    def look(self) -> dict[str, str]:
        """All that stands outside, with content and mode."""
        places = sorted(path for path in self.here.rglob("*") if path.relative_to(self.here).parts[0] != "scope")
        return {
            str(path.relative_to(self.here)): f"{path.stat().st_mode:o} {path.read_text() if path.is_file() else ''}"
            for path in places
        }


@pytest.fixture(params=["this user", "a plain user"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    user, python = None, os.path.realpath(sys.executable)
    if request.param == "a plain user" and os.geteuid() == 0:
        user, python = NOBODY, SYSTEM_PYTHON
        if not Path(python).exists():
            pytest.skip(f"needs {SYSTEM_PYTHON}")
    elif request.param == "a plain user":
        pytest.skip("needs root, to become a plain user")
    here = Path(tempfile.mkdtemp())
    write_files(
        here, {"scope/own.txt": "own", "outside/note.txt": "note", "outside/sub/deep.txt": "deep", "hidden/key": "secret"}
    )
    os.mkfifo(here / "outside/pipe")
    for path in (here, *here.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if user is not None:
            os.chown(path, user, user)
    victim = subprocess.Popen(["sleep", "60"], env={"TOKEN": "landed", "PATH": os.defpath}, user=user, group=user)
    abstract = f"confine-{os.getpid()}-{id(victim)}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as one,
        socket.socket(socket.AF_UNIX) as two,
    ):
        one.bind(f"\0{abstract}")
        two.bind(str(here / "hidden/door"))
        (here / "hidden/door").chmod(0o777)
        one.listen()
        two.listen()
        port = tcp.getsockname()[1]
        yield World(here=here, python=python, user=user, victim=victim, port=port, abstract=abstract)
    victim.kill()
    victim.wait()
    shutil.rmtree(here)


CHANGES = {
    "write": "open(f'{here}/outside/note.txt', 'w').write('x')",
    "append": "open(f'{here}/outside/note.txt', 'a').write('x')",
    "truncate": "os.truncate(f'{here}/outside/note.txt', 0)",
    "truncate while opening to read": "os.open(f'{here}/outside/note.txt', os.O_RDONLY | os.O_TRUNC)",
    "climb": "open(f'{here}/scope/../outside/note.txt', 'w').write('x')",
    "through a link": "os.symlink(f'{here}/outside/note.txt', link); open(link, 'w').write('x')",
    "through a folder link": "os.symlink(f'{here}/outside', link); open(f'{link}/new', 'w').write('x')",
    "through a hard link": "os.link(f'{here}/outside/note.txt', link); open(link, 'w').write('x')",
    "through /proc": "open(f'/proc/self/root{here}/outside/note.txt', 'w').write('x')",
    "create": "open(f'{here}/outside/new', 'w')",
    "create a folder": "os.mkdir(f'{here}/outside/new')",
    "create a link": "os.symlink('note.txt', f'{here}/outside/new')",
    "create above": "open(f'{here}/new', 'w')",
    "delete": "os.unlink(f'{here}/outside/note.txt')",
    "move out": "os.rename('own.txt', f'{here}/outside/own.txt')",
    "move in": "os.rename(f'{here}/outside/note.txt', 'note.txt')",
    "move a folder in": "os.rename(f'{here}/outside/sub', 'sub')",
    "change in the hidden folder": "open(f'{here}/hidden/key', 'w').write('x')",
}
SPEAKS = {
    "read": "open(f'{here}/hidden/key').read()",
    "list": "os.listdir(f'{here}/hidden')",
    "read through a link": "os.symlink(f'{here}/hidden', link); open(f'{link}/key').read()",
    "read the environment of another process": "assert b'landed' in open(f'/proc/{pid}/environ', 'rb').read()",
    "read the memory of another process": "open(f'/proc/{pid}/mem', 'rb')",
    "signal": "os.kill(pid, 0)",
    "connect to a port": "socket.create_connection(('127.0.0.1', port))",
    "bind a port": "socket.create_server(('127.0.0.1', 0))",
    "connect to an abstract socket": "socket.socket(socket.AF_UNIX).connect(f'\\0{abstract}')",
}
FILTERED = {
    "send a datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
    "connect to a socket in a hidden folder": "socket.socket(socket.AF_UNIX).connect(f'{here}/hidden/door')",
}


@needs_landlock
@pytest.mark.parametrize("name", CHANGES)
def test_nothing_outside_changes_and_without_confinement_it_does(world: World, name: str) -> None:
    act, before = world.act(CHANGES[name]), world.look()
    confined, after = world.run(world.confined(act)), world.look()
    world.run(act)
    assert (confined.returncode, after == before, world.look() == before) == (1, True, False), confined.stderr


@needs_landlock
@pytest.mark.parametrize("name", SPEAKS)
def test_the_act_fails_and_without_confinement_it_succeeds(world: World, name: str) -> None:
    act = world.act(f"{SPEAKS[name]}\nprint('landed')")
    assert (world.run(world.confined(act)).stdout, world.run(act).stdout) == ("", "landed\n")


@needs_landlock
@needs_filter
@pytest.mark.parametrize("name", FILTERED)
def test_what_landlock_leaves_open_the_filter_closes(world: World, name: str) -> None:
    act = world.act(f"{FILTERED[name]}\nprint('landed')")
    code = seccomp_filter(machine=os.uname().machine, inet=False, unix=False)
    assert (world.run(world.confined(act, seccomp=code)).stdout, world.run(world.confined(act)).stdout) == ("", "landed\n")


@needs_landlock
def test_a_foreign_process_survives_a_signal(world: World) -> None:
    kill = world.act("os.kill(pid, 15)")
    world.run(world.confined(kill))
    survived = world.victim.poll() is None
    world.run(kill)
    assert (survived, world.victim.wait(5)) == (True, -signal.SIGTERM)


@needs_landlock
def test_no_layer_here_holds_modes_and_times(world: World) -> None:
    """Not a wish: it is why a machine with this layer alone counts as weakly contained."""
    before = world.look()
    world.run(world.confined(world.act("os.chmod(f'{here}/outside/note.txt', 0o600)")))
    assert world.look() == before | {"outside/note.txt": "100600 note"}


@needs_landlock
def test_a_root_without_capabilities_makes_no_device_and_owns_nothing_more(world: World) -> None:
    acts = ("os.mknod('disk', 0o60600, os.makedev(7, 0))", "os.chown('own.txt', 1, 1)", "os.setuid(1)")
    confined = tuple(world.run(world.confined(world.act(act))).returncode for act in acts)
    as_root = tuple(world.run(world.act(act)).returncode for act in acts)
    assert (confined, as_root) == ((1, 1, 1), (0, 0, 0) if os.geteuid() == 0 and world.user is None else (1, 1, 1))


@needs_landlock
@pytest.mark.parametrize("world", ["this user"], indirect=True)
def test_no_capability_is_left_to_root_or_can_come_back(world: World) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    # Inheritable ones with their ambient twins are what a program would keep without owning them; setpriv makes some.
    argv = ("grep", "^Cap", "/proc/self/status")
    lend = ("setpriv", "--inh-caps=+chown", "--ambient-caps=+chown") if shutil.which("setpriv") else ()
    sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    assert world.run((*lend, *world.confined(argv))).stdout == "".join(f"{name}:\t{0:016x}\n" for name in sets)


@needs_landlock
@pytest.mark.parametrize("world", ["this user"], indirect=True)
def test_a_device_that_may_be_read_takes_no_orders(world: World) -> None:
    if landlock_abi() < 5:
        pytest.skip("needs Landlock with ABI 5")
    act = world.act(
        "import fcntl; fcntl.ioctl(os.open('/dev/ptmx', os.O_RDONLY | os.O_NOCTTY), 0x80045430, bytes(4)); print('landed')"
    )
    confined = world.confined(act, read=("/",), write=())
    assert (world.run(confined).stdout, world.run(act).stdout) == ("", "landed\n")


@needs_landlock
@pytest.mark.parametrize("world", ["this user"], indirect=True)
def test_a_writable_folder_takes_no_devices_even_from_root(world: World) -> None:
    if os.geteuid():
        pytest.skip("needs root")
    act = world.act("os.mknod('disk', 0o60600, os.makedev(7, 0))")
    assert (world.run(world.confined(act, drop_capabilities=False)).returncode, world.run(act).returncode) == (1, 0)


@needs_landlock
@pytest.mark.parametrize("world", ["this user"], indirect=True)
def test_a_root_without_capabilities_reads_no_disk(world: World) -> None:
    disk = next((path for path in sorted(Path("/dev").iterdir()) if path.is_block_device()), None)
    act = world.act(f"os.open({str(disk)!r}, os.O_RDONLY); print('landed')")
    if world.run(act).stdout != "landed\n":
        pytest.skip("needs root and a disk")
    assert world.run(world.confined(act)).stdout == ""


@needs_landlock
@pytest.mark.parametrize("world", ["a plain user"], indirect=True)
def test_a_program_that_lends_its_owners_rights_lends_none(world: World) -> None:
    lender = world.here / "outside/whoami"
    shutil.copy("/usr/bin/whoami", lender)
    lender.chmod(0o4755)
    if world.run((str(lender),)).stdout != "root\n":
        pytest.skip("needs a folder for temporary files that honours set-uid")
    assert world.run(world.confined((str(lender),))).stdout == "nobody\n"


@needs_landlock
@needs_filter
def test_the_filter_closes_the_way_into_a_namespace(world: World) -> None:
    code = seccomp_filter(machine=os.uname().machine, inet=True)
    unshare = ("unshare", "-U", "true")
    if world.run(unshare).returncode:
        pytest.skip("needs user namespaces")
    ended = [world.run(world.confined(unshare, seccomp=layer)).returncode == 0 for layer in (code, None)]
    assert ended == [False, True]


@needs_landlock
@pytest.mark.parametrize("world", ["this user"], indirect=True)
def test_landlock_refuses_to_mount_in_a_namespace_of_ones_own(world: World) -> None:
    mount = ("unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt")
    if world.run(mount).returncode:
        pytest.skip("needs root")
    assert world.run(world.confined(mount, drop_capabilities=False)).returncode != 0


# -- what goes on as ever -----------------------------------------------------------------------------------------------


@needs_landlock
@pytest.mark.parametrize("sockets", [False, True])
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("sh", "-c", "cat own.txt | tr a-z A-Z > new.txt && cat new.txt 2>/dev/null"), "OWN"),
        (("sh", "-c", "mkdir -p a/b && mv own.txt a/b/ && ln a/b/own.txt hard && ln -s hard soft && cat soft && rm -r a"), "own"),
        (("sh", "-c", "cat ../outside/note.txt"), "note"),
        (("sh", "-c", "yes | head -1"), "y\n"),
        (("sh", "-c", "sleep 60 & kill $! && wait $! ; echo $?"), "143\n"),
        ((SYSTEM_PYTHON, "-c", "import threading; t = threading.Thread(target=print, args='t'); t.start(); t.join()"), "t\n"),
        ((SYSTEM_PYTHON, "-c", "import multiprocessing as m; print(m.Pool(2).map(abs, [-1, -2]))"), "[1, 2]\n"),
        ((SYSTEM_PYTHON, "-c", "import socket; a, b = socket.socketpair(); a.send(b'p'); print(b.recv(1))"), "b'p'\n"),
        (("sh", "-c", "git init -q . && git status --short && git config x.y z && git config x.y"), "?? own.txt\nz\n"),
    ],
)
def test_ordinary_work_goes_on(world: World, argv: tuple[str, ...], said: str, sockets: bool) -> None:
    if not shutil.which(argv[0]):
        pytest.skip(f"needs {argv[0]}")
    code = seccomp_filter(machine=os.uname().machine, inet=sockets, unix=sockets)
    ended = world.run(world.confined(argv, seccomp=code))
    assert (ended.returncode, ended.stdout) == (0, said), ended.stderr


@needs_landlock
def test_another_network_than_none_is_left_as_it_is(world: World) -> None:
    act = world.act("socket.create_connection(('127.0.0.1', port))")
    assert [world.run(world.confined(act, network=network)).returncode for network in ("loopback", "open")] == [0, 0]


@needs_landlock
@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", -9)])
def test_the_exit_code_is_the_commands_own(world: World, script: str, code: int) -> None:
    assert world.run(world.confined(("sh", "-c", script))).returncode == code


@needs_landlock
def test_a_confined_command_still_ends_with_its_parent(tmp_path: Path) -> None:
    python = os.path.realpath(sys.executable)
    code = "import ctypes; own = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(own)); print(own.value)"
    argv = confine_command((python, "-I", "-S", "-c", code), read=("/",), drop_capabilities=True)
    ended = run_process(argv, cwd=tmp_path, env={"PATH": os.defpath}, timeout_s=30)
    assert ended.stdout == f"{signal.SIGKILL:d}\n"


@needs_landlock
def test_a_confined_command_ignores_no_signal_that_its_caller_does_not(tmp_path: Path) -> None:
    look = ("grep", "SigIgn", "/proc/self/status")
    bare, confined = (
        run_process(argv, cwd=tmp_path, env={"PATH": os.defpath}, timeout_s=30)
        for argv in (look, confine_command(look, read=("/",)))
    )
    ignored = int(confined.stdout.split()[1], 16)
    # The caller may have been started by `nohup`; but Python itself ignores two, which must not be left to others.
    assert (confined.stdout, ignored >> (signal.SIGPIPE - 1) & 1, ignored >> (signal.SIGXFSZ - 1) & 1) == (bare.stdout, 0, 0)


@needs_landlock
def test_an_open_descriptor_is_passed_on(world: World) -> None:
    reader, writer = os.pipe()
    argv = world.confined(world.act(f"os.write({writer}, b'told')"))
    subprocess.run(argv, pass_fds=(writer,), check=True, timeout=30, user=world.user)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "told"


# -- it runs confined or not at all -------------------------------------------------------------------------------------


def run_words(*words: str) -> tuple[int, str, str]:
    ended = subprocess.run([*confine_command(())[:4], *words], capture_output=True, text=True, timeout=30)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "no `--` with a command after it"),
        (("network=open", "--"), "no `--` with a command after it"),
        (("--", "echo", "ran"), "no order for the network"),
        (("network=", "--", "echo", "ran"), "unknown order 'network='"),
        (("network=some", "--", "echo", "ran"), "unknown order 'network=some'"),
        (("network=open", "wirte=/", "--", "echo", "ran"), "unknown order 'wirte=/'"),
        (
            ("network=open", "seccomp=zz", "--", "echo", "ran"),
            "ValueError: non-hexadecimal number found in fromhex() arg at position 0",
        ),
    ],
)
def test_a_wrong_order_runs_nothing(words: tuple[str, ...], reason: str) -> None:
    assert run_words(*words) == (125, "", f"confine: {reason}\n")


@needs_landlock
@pytest.mark.parametrize(
    ("code", "reason"), [("0600", "the filter is cut off"), ("06" * 8, "filter: Invalid argument")], ids=["short", "nonsense"]
)
def test_a_filter_that_cannot_be_installed_runs_nothing(code: str, reason: str) -> None:
    assert run_words("network=open", "read=/", f"seccomp={code}", "--", "echo", "ran") == (125, "", f"confine: {reason}\n")


@needs_landlock
@needs_filter
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (444, "this kernel offers no Landlock"),
        (445, "landlock rule for '/': Function not implemented"),
        (446, "landlock: Function not implemented"),
    ],
)
def test_a_kernel_without_landlock_runs_nothing(number: int, reason: str) -> None:
    # Such a kernel is played by a filter: load the number, compare, answer ENOSYS, allow.
    code = b"".join(
        struct.pack("<HBBI", *words)
        for words in ((0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x50026), (6, 0, 0, 0x7FFF0000))
    )
    inner = confine_command(("echo", "ran"), read=("/",))
    outer = confine_command(inner, read=("/",), write=DEVICES, seccomp=code)
    ended = subprocess.run(outer, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout, ended.stderr) == (125, "", f"confine: {reason}\n")


@needs_landlock
@pytest.mark.parametrize(
    ("argv", "ended"),
    [
        (("no-such-program",), (127, "", "confine: no-such-program: not found\n")),
        (("/no/such/program",), (127, "", "confine: /no/such/program: not found\n")),
        (("",), (127, "", "confine: : not found\n")),
        (("/etc/passwd",), (126, "", "confine: /etc/passwd: Permission denied\n")),
    ],
)
def test_a_program_that_does_not_start_says_so(argv: tuple[str, ...], ended: tuple[int, str, str]) -> None:
    assert run_words("network=open", "read=/", "--", *argv) == ended


def test_the_program_starts_light() -> None:
    code = (
        "import sys; exec(compile(open(sys.argv[1]).read(), 'confine', 'exec'), {'__name__': 'confine'})\n"
        "print(sorted({'json', 're', 'typing', 'pathlib', 'enum', 'subprocess'} & {*sys.modules}))"
    )
    argv = [os.path.realpath(sys.executable), "-I", "-S", "-c", code, confine.__file__]
    assert subprocess.run(argv, capture_output=True, text=True, timeout=30).stdout == "[]\n"


# -- what it needs, and what lies around a hidden folder ----------------------------------------------------------------


@needs_landlock
def test_its_roots_are_all_it_needs_inside_bubblewrap() -> None:
    if not shutil.which("bwrap"):
        pytest.skip("needs bwrap")
    home = Path.home()
    hidden = [word for path in (home, Path(confine.__file__).parents[2]) if path.exists() for word in ("--tmpfs", str(path))]
    bound = [word for root in confine_roots() for word in ("--ro-bind", str(root), str(root))]
    command = confine_command(("echo", "ran"), read=("/",), write=DEVICES)

    def run(*mounts: str) -> tuple[int, str]:
        bwrap = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *mounts, "--", *command)
        ended = subprocess.run(bwrap, capture_output=True, text=True, timeout=30)
        return ended.returncode, ended.stdout

    assert (run(*hidden, *bound), run(*hidden)[1]) == ((0, "ran\n"), "")


def test_what_lies_around_a_hidden_folder_is_named_as_high_as_possible(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/hidden/x": "", "a/seen/x": "", "a/file": "", "b/x": "", "c/hidden/x": "", "c/other/deep/x": ""})
    (tmp_path / "a/link").symlink_to("hidden")
    found = readable_around([tmp_path / "a/hidden", tmp_path / "c/hidden", tmp_path / "c/missing"])
    below = tuple(path.relative_to(tmp_path).as_posix() for path in found if path.is_relative_to(tmp_path))
    assert below == ("a/file", "a/seen", "b", "c/other")
    assert not any(path in tmp_path.parents for path in found)


def test_a_hidden_folder_may_be_named_by_a_link_and_stand_in_another(tmp_path: Path) -> None:
    write_files(tmp_path, {"real/in/x": "", "seen/x": ""})
    (tmp_path / "link").symlink_to("real")
    found = readable_around([tmp_path / "link", tmp_path / "real/in"])
    assert [path for path in found if path.is_relative_to(tmp_path)] == [tmp_path / "seen"]


def test_nothing_hidden_is_everything_and_everything_hidden_is_nothing() -> None:
    assert (readable_around([]), readable_around([Path("/")])) == ((Path("/"),), ())
