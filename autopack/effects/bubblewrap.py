"""The command line of bubblewrap: mounts, namespaces, no capabilities, a system call filter."""

from __future__ import annotations

import os
from pathlib import Path

from autopack.effects.mounts import SCRATCH_LIMIT_BYTES, Sight, sight_of
from autopack.effects.process import find_program

_PROGRAM = "bwrap"

_KERNEL = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi", "/proc/pressure")

# Where something is to be seen, where it stands, and whether it may be written.
Bound = tuple[Path, Path, bool]


def find_bubblewrap(path: str, *, system: str = os.defpath) -> str | None:
    """The machine's own first: an entry of PATH may belong to the very repository whose code is to be contained."""
    return find_program(_PROGRAM, f"{system}{os.pathsep}{path}")


def bubblewrap_command(
    argv: tuple[str, ...],
    *,
    program: str,
    table: dict[Path, Sight],
    bound: tuple[Bound, ...] = (),
    links: tuple[tuple[Path, str], ...] = (),
    cwd: Path,
    network: bool,
    filter_fd: int | None,
    status_fd: int,
) -> tuple[str, ...]:
    """The argv that runs `argv` contained.

    `filter_fd` is read by bubblewrap; to `status_fd` it writes JSON, with an `exit-code` only if the command itself ran.
    """
    # As root, without `--cap-drop ALL`, `mount -o remount,bind,rw /` leads out (measured).  No `--new-session`: the caller has
    # made a session already, and in a second one its signals to the group would not arrive.
    words = [program, "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent"]
    words += ["--cap-drop", "ALL", "--json-status-fd", str(status_fd)]
    if not network:
        words += ["--unshare-net"]
    if filter_fd is not None:
        words += ["--seccomp", str(filter_fd)]
    words += ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    # Root needs no capability to write these, and they are the machine's, not the namespace's: `core_pattern` starts programs.
    words += [word for place in _KERNEL for word in ("--ro-bind-try", place, place)]
    for path, sight in table.items():
        here = str(path)
        if sight == "scratch":
            words += ["--size", str(SCRATCH_LIMIT_BYTES), "--tmpfs", here]
        elif sight == "hidden":
            words += ["--tmpfs", here]
        elif sight == "blank":
            words += ["--ro-bind", "/dev/null", here]
        else:
            words += ["--bind" if sight == "write" else "--ro-bind", here, here]
    for place, target in links:
        if sight_of(place, table) in ("hidden", "scratch"):
            words += ["--symlink", target, str(place)]
    for place, folder, writable in bound:
        words += ["--bind" if writable else "--ro-bind", str(folder), str(place)]
    # Only now: until here they had to take mount points.
    words += [word for path, sight in table.items() if sight == "hidden" for word in ("--remount-ro", str(path))]
    return (*words, "--chdir", str(cwd), "--", *argv)
