"""Run one process with limits, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from autopack.model.toolchain import CommandResult

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_GRACE_S = 2.0
_SWEEP_S = 20.0
OUTPUT_LIMIT_BYTES = 4_000_000
FILE_LIMIT_BYTES = 8 << 30


def find_program(name: str, path: str) -> str | None:
    """The absolute path of a program on the given PATH."""
    return shutil.which(name, path=path)


def run_process(
    argv: tuple[str, ...],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes = b"",
    timeout_s: float,
    output_limit_bytes: int = OUTPUT_LIMIT_BYTES,
    file_limit_bytes: int = FILE_LIMIT_BYTES,
    keep_fds: tuple[int, ...] = (),
    on_output: Callable[[], None] | None = None,
) -> CommandResult:
    """Run `argv` to its end and sweep away every process it started.

    Output over the limit is drained and dropped from the middle; a file that grows over its limit ends the writer by a signal.
    `keep_fds` are descriptors that the program inherits.  A program that does not exist ends with 127 and its
    name in `missing`.  `on_output` is called whenever something was printed (a sign of life for progress).
    """
    program = find_program(argv[0], env.get("PATH", os.defpath)) if "/" not in argv[0] else argv[0]
    if program is None:
        return CommandResult(argv=argv, exit_code=127, missing=argv[0])
    _become_subreaper()
    before = _children(os.getpid())
    started = time.monotonic()
    try:
        child = subprocess.Popen(
            [program, *argv[1:]],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=keep_fds,
            preexec_fn=lambda: _begin(file_limit_bytes),  # safe: a run has one thread
        )
    except OSError as error:
        # The same error stands for a folder that is not there, and that is no missing program.
        if isinstance(error, FileNotFoundError) and cwd.is_dir():
            return CommandResult(argv=argv, exit_code=127, missing=argv[0])
        return CommandResult(argv=argv, exit_code=126, stderr=f"{error.filename or argv[0]}: {error.strerror}")
    except ValueError as error:
        return CommandResult(argv=argv, exit_code=126, stderr=f"{argv[0]!r}: {error}")
    streams = {"out": _Capture(output_limit_bytes), "err": _Capture(output_limit_bytes)}
    timed_out = False
    try:
        timed_out = _pump(child, stdin, streams, started + timeout_s, on_output)
    finally:
        _stop_group(child)
        swept = _sweep(before)
        # Only now: as long as one of its processes lives, a pipe may never run dry.
        _drain(child, streams)
    left = "" if swept else "\nprocesses that it left behind could not be ended"
    return CommandResult(
        argv=argv,
        exit_code=child.returncode if swept else 126,
        stdout=streams["out"].text(),
        stderr=streams["err"].text() + left,
        seconds=time.monotonic() - started,
        timed_out=timed_out,
        truncated=any(stream.dropped for stream in streams.values()),
    )


class _Capture:
    """Keeps the head and the tail of a stream."""

    def __init__(self, limit_bytes: int) -> None:
        self._half = limit_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()
        self.dropped = 0

    def add(self, chunk: bytes) -> None:
        room = self._half - len(self._head)
        self._head += chunk[:room] if room > 0 else b""
        self._tail += chunk[max(room, 0) :]
        if len(self._tail) > 2 * self._half:
            self.dropped += len(self._tail) - self._half
            del self._tail[: len(self._tail) - self._half]

    def text(self) -> str:
        over = len(self._tail) - self._half
        if over > 0:
            self.dropped += over
            del self._tail[:over]
        cut = f"\n[… {self.dropped} bytes dropped …]\n" if self.dropped else ""
        return self._head.decode("utf-8", "replace") + cut + self._tail.decode("utf-8", "replace")


def _pump(
    child: subprocess.Popen[bytes],
    stdin: bytes,
    streams: dict[str, _Capture],
    deadline: float,
    on_output: Callable[[], None] | None,
) -> bool:
    """Feed stdin, drain both outputs until the process ends or the deadline passes; whether it passed."""
    assert child.stdin and child.stdout and child.stderr
    left = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for pipe, name in ((child.stdout, "out"), (child.stderr, "err")):
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, selectors.EVENT_READ, name)
        os.set_blocking(child.stdin.fileno(), False)
        selector.register(child.stdin, selectors.EVENT_WRITE, "in")
        while True:
            ended = child.poll() is not None
            for key, _ in selector.select(timeout=0 if ended else min(0.1, max(0.0, deadline - time.monotonic()))):
                if key.data == "in":
                    try:
                        left = left[os.write(key.fd, left[:65536]) :]
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        left = left[:0]
                    if not left:
                        selector.unregister(child.stdin)
                        with contextlib.suppress(BrokenPipeError):
                            child.stdin.close()
                    continue
                chunk = os.read(key.fd, 65536)
                if chunk:
                    streams[key.data].add(chunk)
                    if on_output:
                        on_output()
                else:
                    selector.unregister(key.fileobj)
            if ended:
                # A daemon may hold the pipes open, so their end is not waited for.
                return False
            if time.monotonic() >= deadline:
                return True


def _drain(child: subprocess.Popen[bytes], streams: dict[str, _Capture]) -> None:
    """Read what still stands in the pipes, and close them."""
    for pipe, name in ((child.stdout, "out"), (child.stderr, "err")):
        assert pipe
        with contextlib.suppress(BlockingIOError):
            # Bounded, because without /proc (macOS) a daemon may still live; far more than a pipe holds.
            for _ in range(1000):
                chunk = os.read(pipe.fileno(), 65536)
                if not chunk:
                    break
                streams[name].add(chunk)
        pipe.close()
    if child.stdin and not child.stdin.closed:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()


def _stop_group(child: subprocess.Popen[bytes]) -> None:
    """TERM, a moment, KILL: for the whole process group, and reap its leader."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _sweep(before: frozenset[int]) -> bool:
    """Kill what the process left in other sessions: as their subreaper we have become their parent.  Whether none is left."""
    until = time.monotonic() + _SWEEP_S
    while time.monotonic() < until:
        family = _family()
        strangers = frozenset(family.get(os.getpid(), [])) - before
        if not strangers:
            return True
        for pid in (*_descendants(strangers, family), *strangers):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                # Its group as a whole: one that always starts itself anew is gone before its own number is killed.
                group = os.getpgid(pid)
                os.killpg(group, signal.SIGKILL) if group != os.getpgrp() else os.kill(pid, signal.SIGKILL)
        for pid in strangers:
            with contextlib.suppress(ChildProcessError):
                # Not without an end: what changed its user may not be killed.
                while not os.waitpid(pid, os.WNOHANG)[0] and time.monotonic() < until:
                    time.sleep(0.001)
    return False


def _descendants(pids: Iterable[int], family: Mapping[int, list[int]]) -> tuple[int, ...]:
    found: list[int] = []
    queue = list(pids)
    while queue:
        below = family.get(queue.pop(), [])
        found += below
        queue += below
    return tuple(found)


def _children(pid: int) -> frozenset[int]:
    """The children of a process; empty where there is no /proc."""
    return frozenset(_family().get(pid, []))


def _family() -> dict[int, list[int]]:
    """Parent → children, for all processes.  `/proc/PID/task/TID/children` would be direct, but many kernels lack it."""
    family: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    # The name in brackets may hold blanks and brackets: fields count from the last one.
                    fields = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
                    family.setdefault(int(fields[1]), []).append(int(entry.name))
    return family


def _become_subreaper() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _begin(file_limit_bytes: int) -> None:
    """In the child, before the program: end with the parent, write no giant file and no core dump."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # No limit on memory: Java does not start under one (measured).  None on processes: it does not bind root (measured).
    for kind, limit in ((resource.RLIMIT_FSIZE, file_limit_bytes), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit, limit) if hard == resource.RLIM_INFINITY else (min(limit, hard), hard))
