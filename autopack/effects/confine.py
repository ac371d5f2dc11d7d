"""A program that gives up what a command must not do, by Landlock and a system call filter, and then becomes the command.

It is started as a file of its own (`confine_command`), between the sandbox and the command, and costs its start-up each time:
so it imports `ctypes` and nothing else that is slow, and takes its orders as plain words.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys

TYPE_CHECKING = False  # importing `typing` would double the start-up
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Literal, NoReturn

    Network = Literal["none", "loopback", "open"]

FAILED, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
NETWORKS = ("none", "loopback", "open")
# What programs expect to open for writing even where nothing else may be written.  Not all of /dev: root without capabilities
# still owns the disks there.
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts")

# The same numbers on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 6, 1 << 11, 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FIRST_RIGHTS = (1 << 13) - 1
_RIGHTS_SINCE = {2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}
_TCP_SINCE, _TCP = 4, 0b11  # bind, connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract unix sockets, signals

_SET_SECCOMP, _CAPBSET_DROP, _SET_NO_NEW_PRIVS, _FILTER_MODE = 22, 24, 38, 2
_CAPABILITY_VERSION = 0x20080522
_SIGPIPE, _SIGXFSZ = 13, 25
_AF_INET, _SOCK_STREAM = 2, 1

_libc = ctypes.CDLL(None, use_errno=True)


class _RulesetAttributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


# -- for the host -------------------------------------------------------------------------------------------------------


def landlock_abi() -> int:
    """What the kernel's Landlock can do, 0 when it has none.  Below 3 a program can still truncate what it may read."""
    # Elsewhere the number is another call.
    return max(0, _call(_CREATE_RULESET, None, 0, _ASK_VERSION)) if sys.platform == "linux" else 0


def confine_command(
    argv: tuple[str, ...],
    *,
    read: Iterable[Path | str] = (),
    write: Iterable[Path | str] = (),
    network: Network = "open",
    seccomp: bytes | None = None,
    drop_capabilities: bool = False,
) -> tuple[str, ...]:
    """The argv that runs `argv` with these rights only; exit code 125 says that it could not be confined and was not run.

    Beneath `read` a program reads and executes, beneath `write` it does all but make devices; a path that does not exist grants
    nothing.  Landlock knows no addresses, so `none` refuses TCP and the other two refuse nothing.  Not held: file modes and
    times, unix sockets that have a path, and UDP; a filter can refuse the last two.
    """
    rights = (*(f"read={path}" for path in read), *(f"write={path}" for path in write))
    caps = ("drop-capabilities",) if drop_capabilities else ()
    code = (f"seccomp={seccomp.hex()}",) if seccomp else ()
    interpreter = os.path.realpath(sys.executable)
    return (interpreter, "-I", "-S", os.path.realpath(__file__), f"network={network}", *caps, *code, *rights, "--", *argv)


def confine_roots() -> tuple[Path, ...]:
    """What must be readable for `confine_command` to start: the interpreter with its standard library, and this file."""
    from pathlib import Path

    interpreter = Path(os.path.realpath(sys.executable))
    # An interpreter that was copied into a virtual environment finds its library by the file beside its folder.
    marker = interpreter.parent.parent / "pyvenv.cfg"
    roots = {Path(os.path.realpath(path)) for path in (sys.base_prefix, sys.base_exec_prefix, interpreter, __file__)}
    roots |= {marker} if marker.is_file() else set()
    return tuple(sorted(root for root in roots if roots.isdisjoint(root.parents)))


def readable_around(hidden: Sequence[Path], top: str = "/") -> tuple[Path, ...]:
    """The fewest paths that together cover all of the machine (or of the folder `top`) but the `hidden` folders, sorted.

    Landlock can only allow, so what stands beside a hidden folder is named, and what stands above it cannot be listed.
    What appears beside it later is hidden too.
    """
    from pathlib import Path

    closed = {Path(os.path.realpath(path)) for path in hidden}
    if not closed:
        return (Path(top),)
    found: list[Path] = []
    queue = [Path(top)]
    while queue:
        here = queue.pop()
        if here in closed:
            continue
        if not any(here in path.parents for path in closed):
            found.append(here)
            continue
        try:
            # A link is no place: whoever follows it needs the right to where it leads, and a rule for it would be one for there.
            queue += [Path(entry.path) for entry in os.scandir(here) if not entry.is_symlink()]
        except OSError:
            pass  # what cannot be listed is granted to nobody
    return tuple(sorted(found))


# -- the program --------------------------------------------------------------------------------------------------------


class Unconfined(Exception):
    """The command must not run, because something could not be given up."""


def main(words: list[str]) -> NoReturn:
    try:
        argv = _confine(words)
    except Exception as error:  # noqa: BLE001  whatever it is, the command must not run
        reason = str(error) if isinstance(error, Unconfined) else f"{type(error).__name__}: {error}"
        _end(FAILED, reason)
    try:
        os.execvp(argv[0], argv)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last one for an empty name
        _end(NOT_FOUND, f"{argv[0]}: not found")
    except OSError as error:
        _end(NOT_EXECUTABLE, f"{argv[0]}: {error.strerror}")


def _confine(words: list[str]) -> list[str]:
    """Give up what the words before `--` do not grant; the words after it."""
    if "--" not in words[:-1]:
        raise Unconfined("no `--` with a command after it")
    orders, argv = words[: words.index("--")], words[words.index("--") + 1 :]
    read, write, network, code, drop = [], [], "", b"", False
    for order in orders:
        name, _, value = order.partition("=")
        if name == "read":
            read.append(value)
        elif name == "write":
            write.append(value)
        elif name == "network" and value in NETWORKS:
            network = value
        elif name == "seccomp":
            code = bytes.fromhex(value)
        elif order == "drop-capabilities":
            drop = True
        else:
            raise Unconfined(f"unknown order {order[:80]!r}")
    if not network:
        raise Unconfined("no order for the network")
    # Without it the kernel takes neither Landlock nor a filter from a plain user, and set-uid programs would undo them.
    _check(_control(_SET_NO_NEW_PRIVS, 1), "no new privileges")
    if drop:
        _drop_capabilities()
    _restrict_files(read, write, network)
    # Python ignores these two, and a program that it starts would inherit that.
    for number in (_SIGPIPE, _SIGXFSZ):
        _libc.signal(number, None)
    # Last, because it may refuse what the steps before need.
    if code:
        _install_filter(code)
    if network == "none" and landlock_abi() < _TCP_SINCE and _libc.socket(_AF_INET, _SOCK_STREAM, 0) >= 0:
        raise Unconfined("neither Landlock nor the filter refuses the network")
    return argv


def _drop_capabilities() -> None:
    # Refused when the capability to do so is gone already; then `no_new_privs` keeps the others from coming back.
    for capability in range(64):
        _control(_CAPBSET_DROP, capability)
    # The ambient ones go with these.
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capabilities")


def _restrict_files(read: list[str], write: list[str], network: str) -> None:
    abi = landlock_abi()
    if not abi:
        raise Unconfined("this kernel offers no Landlock")
    handled = _FIRST_RIGHTS
    for since, right in _RIGHTS_SINCE.items():
        handled |= right if abi >= since else 0
    attributes = _RulesetAttributes(
        files=handled,
        net=_TCP if abi >= _TCP_SINCE and network == "none" else 0,
        scopes=_SCOPES if abi >= _SCOPES_SINCE else 0,
    )
    # An older kernel takes the longer structure as long as what it does not know is zero.
    ruleset = _check(_call(_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0), "landlock ruleset")
    for paths, rights in ((read, _READ), (write, handled & ~(_MAKE_CHAR | _MAKE_BLOCK))):
        for path in paths:
            _allow_beneath(ruleset, path, rights)
    _check(_call(_RESTRICT_SELF, ruleset, 0), "landlock")
    os.close(ruleset)


def _allow_beneath(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there grants nothing
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_A_FILE
        rule = _PathBeneath(rights=rights, folder=place)
        _check(_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0), f"landlock rule for {path!r}")
    finally:
        os.close(place)


def _install_filter(code: bytes) -> None:
    if len(code) % 8:
        raise Unconfined("the filter is cut off")
    program = _FilterProgram(length=len(code) // 8, code=code)
    _check(_control(_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(program)), "filter")


def _control(option: int, first: int, second: int = 0) -> int:
    """`prctl`; it wants its unused arguments to be zero."""
    return int(_libc.prctl(option, *map(ctypes.c_ulong, (first, second, 0, 0))))


def _call(number: int, *arguments: object) -> int:
    """A system call.  ctypes would pass a plain integer as 32 bits and leave the other half to chance."""
    return int(_libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments)))


def _check(result: int, what: str) -> int:
    if result < 0:
        raise Unconfined(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def _end(exit_code: int, reason: str) -> NoReturn:
    os.write(2, f"confine: {reason}\n".encode(errors="replace"))
    os._exit(exit_code)


if __name__ == "__main__":
    main(sys.argv[1:])
