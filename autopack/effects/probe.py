"""Watch foreign code: what importing it does and costs, what it leaves in a folder, and when it does not come back."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import signal
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
_ACTS = {
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.spawn": "starts a process",
    "socket.connect": "opens a connection",
    "socket.bind": "opens a socket",
    "socket.sendto": "sends to the network",
    "socket.getaddrinfo": "looks up a host",
    "socket.gethostbyname": "looks up a host",
    "os.mkdir": "makes a folder",
    "os.rename": "renames a file",
    "os.remove": "removes a file",
    "os.rmdir": "removes a folder",
    "os.link": "makes a link",
    "os.symlink": "makes a link",
    "os.truncate": "writes a file",
    "os.chmod": "changes a file",
    "os.chown": "changes a file",
}
_TRIES = 9


class TookTooLong(BaseException):
    """The code inside `time_limit` was stopped.  No `Exception`, so that a broad `except` does not swallow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What importing one module did.  The times are its own: the host and the standard library are there already."""

    fault: str = ""
    acts: tuple[str, ...] = ()
    cpu_ms: float = 0.0
    wall_ms: float = 0.0


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the code inside by raising `TookTooLong`; in a main thread only, and not within one call of C code."""

    def stop(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def snapshot_folder(folder: Path) -> dict[str, str]:
    """Every file and folder below this one, with a digest of what it holds."""
    found = {}
    for here, below, files in os.walk(folder):
        place = Path(here)
        found.update({f"{(place / name).relative_to(folder)}/": "" for name in below})
        for path in (place / name for name in files):
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(folder))] = hashlib.sha256(content).hexdigest()
    return found


def watch_import(module: str, *, cache: Path, limit_s: float, cheap_ms: float) -> ImportReport:
    """Import a module in forks of this process, which itself stays without it; byte code goes to `cache`.

    What this process has imported before costs the module nothing.  The times are the best of a few tries, which end with the
    first cheap one: on a busy machine all but the best tell of the machine.
    """
    sys.pycache_prefix, sys.dont_write_bytecode = str(cache), False
    first = _in_fork(lambda: _import_first(module, limit_s))
    if "fault" in first:
        return ImportReport(fault=first["fault"])
    # What the standard library costs is not the plugin's doing.
    for name in first["standard"]:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.suppress(ImportError, ValueError):
        importlib.util.find_spec(module.partition(".")[0])  # fills the path caches
    watched = _in_fork(lambda: _import_watched(module, str(cache)))
    cpu_ms = wall_ms = float("inf")
    for _ in range(_TRIES):
        times = _in_fork(lambda: _import_timed(module))
        cpu_ms, wall_ms = min(cpu_ms, times.get("cpu_ms", cpu_ms)), min(wall_ms, times.get("wall_ms", wall_ms))
        if wall_ms <= cheap_ms:
            break
    return ImportReport(acts=tuple(watched.get("acts", ())), cpu_ms=cpu_ms, wall_ms=wall_ms)


def _in_fork(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of the parent's stack may go on in the child, whatever the plugin raises.
        try:
            os.write(writer, json.dumps(work()).encode())
        except BaseException as error:  # noqa: BLE001  a plugin may also call sys.exit
            with contextlib.suppress(OSError):
                os.write(writer, json.dumps({"fault": f"{type(error).__name__}: {error}"}).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(told) if told else {"fault": "it ends the process"}
    return found


def _import_first(module: str, limit_s: float) -> dict[str, Any]:
    before = set(sys.modules)
    try:
        with time_limit(limit_s):
            importlib.import_module(module)
    except TookTooLong:
        return {"fault": f"it takes longer than {limit_s:g} s"}
    names = [name for name in sys.modules if name not in before]
    return {"standard": [name for name in names if name.partition(".")[0] in {*sys.stdlib_module_names, "autopack"}]}


def _import_watched(module: str, cache: str) -> dict[str, Any]:
    acts: list[str] = []
    sys.dont_write_bytecode = True

    def watch(event: str, args: tuple[Any, ...]) -> None:
        words = _ACTS.get(event)
        if event == "open" and isinstance(args[0], (str, bytes)) and (args[2] or 0) & _WRITES and args[0] != os.devnull:
            words = "opens a file to write"
        if words and not str(args[0] if args else "").startswith(cache):
            acts.append(f"it {words} ({_name_caller()}, {event} {str(args[0] if args else '')[:80]})")

    sys.addaudithook(watch)
    importlib.import_module(module)
    return {"acts": list(dict.fromkeys(acts))[:10]}


def _name_caller() -> str:
    """The innermost line that belongs to neither Python nor us."""
    standard = sysconfig.get_paths()["stdlib"]
    frame = sys._getframe(2)
    while frame.f_back is not None:
        file = frame.f_code.co_filename
        own = file.startswith("<frozen") or (file.startswith(standard) and "site-packages" not in file)
        if not own:
            return f"{Path(file).name}:{frame.f_lineno}"
        frame = frame.f_back
    return "unknown line"


def _import_timed(module: str) -> dict[str, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    importlib.import_module(module)
    return {"cpu_ms": (time.process_time() - cpu) * 1000, "wall_ms": (time.perf_counter() - wall) * 1000}
