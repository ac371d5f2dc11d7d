"""The system call filter: what it answers to each call, and that the kernel holds a program to it."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from autopack.effects import seccomp
from autopack.effects.seccomp import seccomp_filter

PYTHON = os.path.realpath(sys.executable)
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, EPERM, ENOSYS = "allow", 1, 38


def ask_filter(code: bytes, arch: int, number: int, *arguments: int) -> object:
    """What the filter answers to one call: a small interpreter of classic BPF."""
    seen = struct.pack("<IIQ6Q", number, arch, 0, *(arguments + (0,) * 6)[:6])
    program = list(struct.iter_unpack("<HBBI", code))
    at = word = 0
    while True:
        operation, when_true, when_false, value = program[at]
        at += 1
        match operation:
            case 0x20:
                (word,) = struct.unpack_from("<I", seen, value)
            case 0x15:
                at += when_true if word == value else when_false
            case 0x35:
                at += when_true if word >= value else when_false
            case 0x45:
                at += when_true if word & value else when_false
            case 0x06:
                return ALLOW if value == 0x7FFF0000 else value - 0x00050000
            case _:
                raise AssertionError(f"unknown operation {operation:#x}")


def machine_filter(machine: str, *, inet: bool = True, unix: bool = True) -> bytes:
    code = seccomp_filter(machine=machine, inet=inet, unix=unix)
    assert code is not None
    return code


def test_a_machine_without_a_table_gets_no_filter() -> None:
    assert seccomp_filter(machine="riscv64", inet=True) is None


@pytest.mark.parametrize("machine", ARCHES)
def test_every_call_of_the_table_is_refused_and_every_other_number_is_allowed(machine: str) -> None:
    column = list(ARCHES).index(machine)
    code = machine_filter(machine)
    expected: dict[int, object] = dict.fromkeys(range(600), ALLOW)
    expected |= {number: EPERM for numbers in seccomp._REFUSED.values() if (number := numbers[column]) is not None}
    expected[435] = ENOSYS
    assert {number: ask_filter(code, ARCHES[machine], number) for number in range(600)} == expected


@pytest.mark.parametrize(
    ("machine", "number", "arguments", "answer"),
    [
        ("x86_64", 16, (0, 0x5412), EPERM),  # ioctl TIOCSTI
        ("x86_64", 16, (0, 0xFFFFFFFF_00005412), EPERM),
        ("x86_64", 16, (0, 0x541C), EPERM),
        ("x86_64", 16, (0, 0x5413), ALLOW),
        ("aarch64", 29, (0, 0x5412), EPERM),
        ("aarch64", 29, (0, 0x5401), ALLOW),
        ("x86_64", 56, (0x1200011,), ALLOW),  # the clone of a fork
        ("x86_64", 56, (0x3D0F00,), ALLOW),  # the clone of a thread
        ("x86_64", 56, (0x10000011,), EPERM),  # NEWUSER
        ("x86_64", 56, (0x00020011,), EPERM),  # NEWNS
        ("x86_64", 56, (0x40000000,), EPERM),  # NEWNET
        ("aarch64", 220, (0x1200011,), ALLOW),
        ("aarch64", 220, (0x20000011,), EPERM),  # NEWPID
        ("x86_64", 0x40000000 + 39, (), EPERM),  # x32
    ],
)
def test_a_call_is_judged_by_its_argument(machine: str, number: int, arguments: tuple[int, ...], answer: object) -> None:
    assert ask_filter(machine_filter(machine), ARCHES[machine], number, *arguments) == answer


@pytest.mark.parametrize("machine", ARCHES)
def test_a_program_of_another_machine_gets_nothing(machine: str) -> None:
    others = (0x40000003, *(arch for name, arch in ARCHES.items() if name != machine))
    assert {ask_filter(machine_filter(machine), arch, 39) for arch in others} == {EPERM}


@pytest.mark.parametrize(
    ("inet", "unix", "families"),
    [
        (True, True, {0, 1, 2, 10, 16, 17, 43}),
        (True, False, {0, 2, 10, 16, 17, 43}),
        (False, True, {1, 16}),
        (False, False, {16}),
    ],
)
@pytest.mark.parametrize(("machine", "number"), [("x86_64", 41), ("aarch64", 198)])
def test_a_socket_is_judged_by_its_family(machine: str, number: int, inet: bool, unix: bool, families: set[int]) -> None:
    code = machine_filter(machine, inet=inet, unix=unix)
    # unspecified, unix, inet, inet6, netlink, packet, vsock, smc
    asked = (0, 1, 2, 10, 16, 17, 40, 43)
    assert {family for family in asked if ask_filter(code, ARCHES[machine], number, family) == ALLOW} == families


@pytest.mark.parametrize(
    ("machine", "headers", "marker"),
    [
        ("x86_64", ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"), "__NR_"),
        ("aarch64", ("/usr/include/asm-generic/unistd.h",), "__NR(?:3264)?_"),
    ],
)
def test_the_numbers_are_those_of_the_kernels_headers(machine: str, headers: tuple[str, ...], marker: str) -> None:
    header = next((Path(name) for name in headers if Path(name).exists()), None)
    if header is None:
        pytest.skip("needs the kernel's headers")
    stated = {name: int(number) for name, number in re.findall(rf"#define {marker}(\w+) +(\d+)", header.read_text())}
    column = list(ARCHES).index(machine)
    ours = {name: numbers[column] for name, numbers in seccomp._REFUSED.items()} | {
        "clone": seccomp._CLONE[column],
        "clone3": seccomp._CLONE3[column],
        "ioctl": seccomp._IOCTL[column],
        "socket": seccomp._SOCKET[column],
    }
    # Headers may be older than a call, and a call may be missing on a machine.
    newer = {"open_tree_attr", "quotactl_fd", "mount_setattr"} - stated.keys()
    assert {name: number for name, number in ours.items() if name not in newer and number is not None} == {
        name: stated[name] for name in ours if name in stated
    }


# -- the real thing -----------------------------------------------------------------------------------------------------

# Each prints the number of its error, or that it is done.
_START = "import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); number = {'x86_64': 0, 'aarch64': 1}[os.uname().machine]\n"
_SAY = "print('done' if {} >= 0 else ctypes.get_errno())"
ACTS = {
    "mount": _START + _SAY.format("libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)"),
    "remount": _START + _SAY.format("libc.mount(b'none', b'/', None, 0x1020, None)"),
    "unshare": _START + _SAY.format("libc.unshare(0x20000)"),
    "clone": _START
    + "child = libc.syscall((56, 220)[number], ctypes.c_long(0x20011), None, None, None, None)\n"
    + "child or os._exit(0)\n"
    + _SAY.format("child"),
    "keyctl": _START + _SAY.format("libc.syscall((250, 219)[number], 0, ctypes.c_long(-3), 0)"),
    "internet socket": _START + _SAY.format("libc.socket(2, 1, 0)"),
    "type into the terminal": (
        "import fcntl, os, pty, termios\n"
        "leader, follower = pty.openpty(); os.setsid(); fcntl.ioctl(follower, termios.TIOCSCTTY, 0)\n"
        "try: fcntl.ioctl(follower, termios.TIOCSTI, b'x'); print('done')\n"
        "except OSError as error: print(error.errno)"
    ),
}
_OLD_TERMINALS = Path("/proc/sys/dev/tty/legacy_tiocsti")


def run_filtered(argv: list[str], code: bytes | None) -> subprocess.CompletedProcess[str]:
    """Run in a bubblewrap that holds nothing, with every capability inside: what is refused, the filter refused."""
    bwrap = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-user",
        "--cap-add",
        "ALL",
        "--bind",
        "/",
        "/",
        "--dev-bind",
        "/dev",
        "/dev",
    ]
    with tempfile.TemporaryFile() as file:
        file.write(code or b"")
        file.seek(0)
        words = ["--seccomp", str(file.fileno())] if code else []
        return subprocess.run(
            [*bwrap, *words, "--", *argv], capture_output=True, text=True, pass_fds=(file.fileno(),), timeout=30
        )


@pytest.fixture
def real_filter() -> bytes:
    if not shutil.which("bwrap") or run_filtered(["true"], None).returncode != 0:
        pytest.skip("needs bwrap")
    code = seccomp_filter(machine=os.uname().machine, inet=False)
    if code is None:
        pytest.skip("needs a table for this machine")
    return code


@pytest.mark.parametrize("act", ACTS)
def test_the_kernel_refuses_the_act_and_only_because_of_the_filter(real_filter: bytes, act: str) -> None:
    old_terminals = not _OLD_TERMINALS.exists() or _OLD_TERMINALS.read_text().strip() == "1"
    without = "5" if act == "type into the terminal" and not old_terminals else "done"
    outcomes = tuple(run_filtered([PYTHON, "-c", ACTS[act]], code).stdout.strip() for code in (real_filter, None))
    assert outcomes == ("1", without)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="needs x86_64")
def test_the_32_bit_door_is_closed(real_filter: bytes) -> None:
    # mov eax, 20 (getpid of i386); int 0x80; ret
    code = (
        "import ctypes, mmap, os\n"
        "page = mmap.mmap(-1, 4096, prot=7); page.write(bytes.fromhex('b814000000cd80c3'))\n"
        "answer = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()\n"
        "print('open' if answer == os.getpid() else answer)"
    )
    without = run_filtered([PYTHON, "-c", code], None)
    if without.returncode:
        pytest.skip("needs a kernel that runs 32-bit programs")
    assert (run_filtered([PYTHON, "-c", code], real_filter).stdout, without.stdout) == ("-1\n", "open\n")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sh", "-c", "echo one two | tr ' ' '\\n' | sort -r | head -1"], "two\n"),
        (
            [PYTHON, "-c", "import threading; t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()"],
            "thread\n",
        ),
        ([PYTHON, "-c", "import multiprocessing as m; print(m.Pool(2).map(abs, [-1, -2]))"], "[1, 2]\n"),
        ([PYTHON, "-c", "import asyncio; print(asyncio.run(asyncio.sleep(0, 'loop')))"], "loop\n"),
        ([PYTHON, "-c", "import socket; a, b = socket.socketpair(); a.send(b'pair'); print(b.recv(9).decode())"], "pair\n"),
    ],
)
def test_ordinary_programs_do_not_notice(real_filter: bytes, argv: list[str], said: str) -> None:
    assert run_filtered(argv, real_filter).stdout == said


def test_a_tracer_sees_its_own_child(real_filter: bytes) -> None:
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    ended = run_filtered(["strace", "-qq", "-e", "trace=chdir", "-f", "sh", "-c", "cd /"], real_filter)
    assert ended.stderr == 'chdir("/")                              = 0\n'
