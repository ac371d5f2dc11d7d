"""The system calls that no command of a run may make, as a filter program for the kernel."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# Refused on both machines, by name: x86_64, aarch64.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # Another view of the file system, and with it the way out of the mounts.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # New namespaces give back every capability that was dropped, inside them.
    "unshare": (272, 97),
    "setns": (308, 268),
    # Keys of the user's session belong to no namespace.
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # Large parts of the kernel that no test needs; io_uring also opens files and sockets past this filter.
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # The machine itself.
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "iopl": (172, None),
    "ioperm": (173, None),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
# `ptrace` is not among them: debuggers and sanitizers trace their own children, and a pid namespace or Landlock keeps the others
# out of reach.

_CLONE, _CLONE3, _IOCTL, _SOCKET = (56, 220), (435, 435), (16, 29), (41, 198)

# NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.  NEWTIME is no flag of clone: there its bit is part of a signal.
_CLONE_NEW = 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
# Both put words into the terminal's input, which the caller's shell then runs: TIOCSTI, TIOCLINUX.
_TERMINAL_INPUT = (0x5412, 0x541C)
_AF_UNIX, _AF_NETLINK, _AF_VSOCK = 1, 16, 40

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_X32 = 0x40000000
_EPERM, _ENOSYS = 1, 38

# Classic BPF: load a word, compare (jump when true, jump when false), return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCH, _AT_ARGS = 0, 4, 16
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


@dataclass(frozen=True, slots=True, kw_only=True)
class _ArgumentRule:
    """A call that is judged by the low half of one argument; `refuse` says what to do with those that `values` match."""

    call: tuple[int, int]
    argument: int
    test: Literal["equal", "any bit"]
    values: tuple[int, ...]
    refuse: Literal["these", "others"] = "these"


def seccomp_filter(*, machine: str, inet: bool, unix: bool = True) -> bytes | None:
    """The filter for a machine (as `os.uname` names it), or None for one without a table.

    It allows by default and answers EPERM to what it refuses.  Without `inet` a program gets sockets of this machine only
    (unix, netlink), be the network TCP, UDP, raw, or a protocol that carries TCP under another name.  Without `unix` it cannot
    open the doors to services of the user (a session bus, a container engine), which Landlock leaves open; pairs still work.
    """
    if machine not in _MACHINES:
        return None
    column, arch = _MACHINES[machine]
    return b"".join(struct.pack("<HBBI", *words) for words in _program(column, arch, _argument_rules(inet, unix)))


def _program(column: int, arch: int, argument_rules: tuple[_ArgumentRule, ...]) -> Iterator[tuple[int, int, int, int]]:
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    # The numbers of another machine's calls mean something else, so a program built for it gets nothing.
    yield (_LOAD, 0, 0, _AT_ARCH)
    yield (_EQUAL, 1, 0, arch)
    yield refuse
    yield (_LOAD, 0, 0, _AT_NUMBER)
    yield (_AT_LEAST, 0, 1, _X32)
    yield refuse
    for rule in argument_rules:
        body = list(_judge_argument(rule))
        yield (_EQUAL, 0, len(body), rule.call[column])
        yield from body
    # Its flags stand in memory, which a filter cannot read.  Told that it does not exist, libc takes clone.
    yield (_EQUAL, 0, 1, _CLONE3[column])
    yield (_RETURN, 0, 0, _ERRNO | _ENOSYS)
    for numbers in _REFUSED.values():
        number = numbers[column]
        if number is not None:
            yield (_EQUAL, 0, 1, number)
            yield refuse
    yield (_RETURN, 0, 0, _ALLOW)


def _argument_rules(inet: bool, unix: bool) -> tuple[_ArgumentRule, ...]:
    # A network namespace does not hold vsock, which leads to the host of a virtual machine.
    closed = (_AF_VSOCK,) if unix else (_AF_VSOCK, _AF_UNIX)
    local = (_AF_NETLINK, _AF_UNIX) if unix else (_AF_NETLINK,)
    return (
        _ArgumentRule(call=_CLONE, argument=0, test="any bit", values=(_CLONE_NEW,)),
        _ArgumentRule(call=_IOCTL, argument=1, test="equal", values=_TERMINAL_INPUT),
        _ArgumentRule(
            call=_SOCKET, argument=0, test="equal", values=closed if inet else local, refuse="these" if inet else "others"
        ),
    )


def _judge_argument(rule: _ArgumentRule) -> Iterator[tuple[int, int, int, int]]:
    refuse, allow = (_RETURN, 0, 0, _ERRNO | _EPERM), (_RETURN, 0, 0, _ALLOW)
    match, other = (refuse, allow) if rule.refuse == "these" else (allow, refuse)
    # The machines are little endian, so the low half comes first.  The kernel itself looks at no more of these arguments.
    yield (_LOAD, 0, 0, _AT_ARGS + 8 * rule.argument)
    for value in rule.values:
        yield (_EQUAL if rule.test == "equal" else _ANY_BIT, 0, 1, value)
        yield match
    yield other
