"""Which containment this machine really gives: each candidate is tried by acts that it must prevent, not looked up."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

from autopack.effects.bubblewrap import find_bubblewrap
from autopack.effects.confine import confine_roots, landlock_abi
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Backend, Places, run_contained
from autopack.model.toolchain import Command, CommandResult

BACKENDS = ("bwrap+landlock", "bwrap", "landlock", "none")
# Below it a program can truncate every file that it may read.
LEAST_ABI = 3
_STRONG = frozenset(["bwrap+landlock", "bwrap"])
# Writes what it could do, one word each: write outside, make the machine writable again, set the kernel, signal.
_ACTS = """
import ctypes, os, sys
outside, stranger, inside = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def say(word): print(word, flush=True)
libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x20 | 0x1000, 0x20):
    if libc.mount(None, b"/", None, flags, None) == 0: say("remount")
try:
    with open(outside, "w") as file: file.write("x")
    say("write")
except OSError: pass
try:
    os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY))
    say("sysctl")
except OSError: pass
try:
    os.kill(stranger, 9)
    say("signal")
except OSError: pass
with open(inside, "w") as file: file.write("x")
say("fine")
"""


def choose_backend(wanted: str = "auto", path: str = os.defpath) -> Backend:
    """The strongest containment that works here, or the one that is wanted by name; `none` when that one does not work.

    A working one lets a process write its own folder and neither write elsewhere, nor remount, nor signal a stranger.
    """
    if wanted == "none":
        return Backend(name="none", strong=False, lacks="switched off by the setting `sandbox`")
    lacks: list[str] = []
    for name in BACKENDS[:-1] if wanted == "auto" else (wanted,):
        problem = _try_backend(name, path)
        if not problem:
            return Backend(name=name, strong=name in _STRONG, lacks="; ".join(lacks))
        lacks.append(problem)
    return Backend(name="none", strong=False, lacks="; ".join(dict.fromkeys(lacks)))


@functools.cache
def _try_backend(name: str, path: str) -> str:
    """Empty when it holds, else what is wrong, as a sentence for a person."""
    if sys.platform != "linux":
        return "bubblewrap and Landlock need Linux"
    if "bwrap" in name and find_bubblewrap(path) is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)"
    if "landlock" in name and landlock_abi() < LEAST_ABI:
        return f"the kernel offers no Landlock that keeps files whole (version {landlock_abi()}, {LEAST_ABI} is needed)"
    folder = Path(tempfile.mkdtemp(prefix="autopack-probe-"))
    stranger = subprocess.Popen([sys.executable, "-I", "-S", "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        result = _act(name, path, folder, stranger.pid)
        did = result.stdout.split()
        if did != ["fine"] or (folder / "outside").read_text():
            said = next(iter(result.stderr.strip().splitlines()[-1:]), "")
            why = f"it did not prevent: {', '.join(did)}" if did else said or f"exit code {result.exit_code}"
            return f"{name} does not hold here ({why[:300]})"
        return ""
    finally:
        stranger.kill()
        stranger.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _act(name: str, path: str, folder: Path, stranger: int) -> CommandResult:
    root, outside = folder / "root", folder / "outside"
    root.mkdir()
    outside.write_text("")
    places = Places(home=folder / "home", env=folder / "env" / "root", cache=folder / "cache", results=folder / "results")
    # The real one: in a virtual environment it is a link in a folder that may be hidden.
    argv = (os.path.realpath(sys.executable), "-I", "-S", "-c", _ACTS, str(outside), str(stranger), str(root / "inside"))
    return run_contained(
        Command(argv=argv, cwd=PurePosixPath(".")),
        backend=Backend(name=name, strong=False),
        # With the interpreter, which this try is written for.
        surroundings=Surroundings(readable=(outside, *confine_roots())),
        access=Access(network="none"),
        root=root,
        places=places,
        environ={"PATH": path},
        timeout_s=20,
    )
