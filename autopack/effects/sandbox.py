"""How a command of a run is contained, and by what; the one place that may start foreign code."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from autopack.effects.bubblewrap import Bound, bubblewrap_command, find_bubblewrap
from autopack.effects.confine import DEVICES, confine_command, confine_roots, readable_around
from autopack.effects.mounts import Sight, Surroundings, make_table, sight_of
from autopack.effects.process import find_program, run_process
from autopack.effects.results import read_reports, read_results, stamp_reports
from autopack.effects.seccomp import seccomp_filter
from autopack.model.specs import Network
from autopack.model.toolchain import Command, CommandResult

# What a command keeps of the caller's environment.  Everything else (tokens, keys, agents' sockets) stays outside.
_KEPT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT",
    "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "JAVA_HOME", "PYENV_ROOT",
    "GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOSUMDB", "GONOPROXY",
)  # fmt: skip
STATUS_LIMIT_BYTES = 65_536
NOT_CONFINED = 125


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """`strong` backends hold a hostile program; the others need `--allow-weak-sandbox` for foreign code.

    `lacks` says why no stronger one was chosen, and what helps; `layers` are those it is made of.
    """

    name: str
    strong: bool
    lacks: str = ""

    @property
    def layers(self) -> tuple[str, ...]:
        return () if self.name == "none" else tuple(self.name.split("+"))

    def reach(self, wanted: Network) -> Network:
        """The network that a command really gets.  Without a namespace there is no telling loopback from the rest."""
        if "bwrap" in self.layers or (self.layers and wanted == "none"):
            return wanted
        return "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders that the placeholders of a command stand for."""

    home: Path
    env: Path
    cache: Path
    results: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What one command may do beyond reading.

    It may write `writable` (paths in the worktree, by default all of it) but for `closed` (files or folders); `joints` are the
    folders above those, which may not be renamed away.  One that `installs` may write the environment and the cache too.
    `readable` is shown to it alone.  `reports` are globs below the worktree: what it writes there comes back.  `scratch` are
    folders of the worktree that stand elsewhere: path in the worktree → folder, written only by installs.
    """

    network: Network = "loopback"
    installs: bool = False
    writable: tuple[str, ...] = ("",)
    closed: tuple[str, ...] = ()
    joints: tuple[str, ...] = ()
    readable: tuple[Path, ...] = ()
    reports: tuple[str, ...] = ()
    scratch: tuple[tuple[str, Path], ...] = ()


def run_contained(
    command: Command,
    *,
    backend: Backend,
    surroundings: Surroundings,
    access: Access,
    root: Path,
    places: Places,
    environ: Mapping[str, str],
    variables: tuple[tuple[str, str], ...] = (),
    passed: tuple[str, ...] = (),
    stdin: bytes = b"",
    timeout_s: float,
    on_output: Callable[[], None] | None = None,
) -> CommandResult:
    """Run one command of a run in `root`, with a clean environment and a HOME of its own; read back its result files.

    `variables` come before the command's own; `passed` names variables of the caller that the configuration lets through.
    A program that cannot be seen from inside is `missing`; a containment that could not be made ends with 126 and its reason.
    """
    env = {name: environ[name] for name in (*_KEPT, *passed) if name in environ}
    shown = tuple(path for name, value in env.items() if name != "PATH" for path in _paths_in(value, surroundings))
    env |= {"HOME": str(places.home), "CI": "1", "NO_COLOR": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    env.setdefault("PATH", os.defpath)
    env.setdefault("LANG", "C.UTF-8")
    for name, value in (*surroundings.variables, *variables, *command.env):
        env[name] = _fill(value, places, env["PATH"])
    for folder in (places.home, places.cache, places.results):
        folder.mkdir(parents=True, exist_ok=True)
    argv = tuple(_fill(word, places, env["PATH"]) for word in command.argv)
    cwd = (root / command.cwd).resolve()
    if not cwd.is_relative_to(root.resolve()):
        return CommandResult(argv=argv, exit_code=126, stderr=f"{str(command.cwd)!r} leaves the worktree")
    if not cwd.is_dir():
        return CommandResult(argv=argv, exit_code=126, stderr=f"there is no folder {str(command.cwd)!r}")
    if "" not in access.writable:
        surroundings = replace(surroundings, readable=(*surroundings.readable, root))
    table = make_table(
        surroundings,
        writable=(
            *(root / path for path in (*access.writable, *access.joints)),
            places.home,
            places.results,
            # The folder around the environment: some tools want to make the environment itself.
            *((places.env.parent, places.cache) if access.installs else ()),
        ),
        readable=(
            *(root / path for path in (".git", *access.closed)),
            *(() if access.installs else (places.env.parent, places.cache)),
            *access.readable,
            *shown,
            *(confine_roots() if "landlock" in backend.layers else ()),
        ),
    )
    program = find_program(argv[0], env["PATH"]) if "/" not in argv[0] else str(cwd / argv[0])
    if program is None or not os.access(program, os.F_OK):
        return CommandResult(argv=argv, exit_code=127, missing=argv[0])
    if "bwrap" in backend.layers and sight_of(Path(os.path.realpath(program)), table) in ("hidden", "scratch", "blank"):
        return CommandResult(
            argv=argv, exit_code=127, missing=argv[0], stderr=f"{program} lies in a folder that is hidden from what a run starts"
        )
    for path, folder in access.scratch:
        place = root.resolve() / path
        if os.path.realpath(place) != str(place) or (place.exists() and not place.is_dir()) or folder.is_symlink():
            return CommandResult(argv=argv, exit_code=126, stderr=f"{path} stands where the tools want a folder of their own")
    reached = backend.reach(access.network)
    bound = tuple((root / path, folder, access.installs) for path, folder in access.scratch)
    written = stamp_reports(root, access.reports)
    with _contain(argv, backend, table, bound, surroundings.links, cwd, reached, environ) as contained:
        result = run_process(
            contained.argv,
            cwd=cwd,
            env={**env, **contained.variables},
            stdin=stdin,
            timeout_s=timeout_s,
            keep_fds=contained.keep_fds,
            on_output=on_output,
        )
        result = replace(result, argv=argv, cwd=str(cwd), sandbox=backend.name, network=reached)
        if not contained.started(result):
            said = result.stderr.strip().splitlines() or ["nothing"]
            result = replace(result, exit_code=126, stderr=f"the sandbox {backend.name} could not start it: {said[-1][:500]}")
    return replace(result, files=(*read_results(places.results), *read_reports(root, access.reports, written)))


# -- layers -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contained:
    """The command line that contains another, and how to tell afterwards whether that one was reached."""

    argv: tuple[str, ...]
    variables: Mapping[str, str]
    keep_fds: tuple[int, ...] = ()
    status_fd: int | None = None

    def started(self, result: CommandResult) -> bool:
        if result.timed_out or result.exit_code < 0:
            return True
        if result.exit_code == NOT_CONFINED and "confine: " in result.stderr:
            return False
        return self.status_fd is None or b"exit-code" in os.pread(self.status_fd, STATUS_LIMIT_BYTES, 0)


@contextlib.contextmanager
def _contain(
    argv: tuple[str, ...],
    backend: Backend,
    table: dict[Path, Sight],
    bound: tuple[Bound, ...],
    links: tuple[tuple[Path, str], ...],
    cwd: Path,
    network: Network,
    environ: Mapping[str, str],
) -> Iterator[_Contained]:
    """Wrap a command into the layers of a backend, outermost first; folders and descriptors live as long as the context."""
    mounts = "bwrap" in backend.layers
    with contextlib.ExitStack() as stack:
        for place, folder, _ in bound:
            _stand_in(stack, place, folder, linked=not mounts)
        if not backend.layers:
            yield _Contained(argv=argv, variables={})
            return
        # By its path a socket can be reached wherever no mount hides it, so without mounts there are none.
        code = seccomp_filter(machine=platform.machine(), inet=network != "none", unix=mounts)
        writable = [path for path, sight in table.items() if sight == "write"]
        if not mounts:
            # Not below the run's own folder: the path of a socket may have 107 bytes.
            own = Path(tempfile.mkdtemp(prefix="ap-"))
            stack.callback(shutil.rmtree, own, ignore_errors=True)
            # Root without capabilities may still write to raw disks, so of /dev only what everybody needs.
            out_of_sight = [Path("/dev"), *(path for path, sight in table.items() if sight in ("hidden", "scratch", "blank"))]
            shown = [path for path, sight in table.items() if sight == "read"]
            readable = [path for folder in shown for path in readable_around(out_of_sight, str(folder))]
            wrapped = confine_command(
                argv,
                read=(*readable_around(out_of_sight), *readable, *(folder for _, folder, _ in bound)),
                write=(*writable, *(folder for _, folder, open_ in bound if open_), own, *map(Path, (*DEVICES, "/dev/shm"))),
                network=network,
                seccomp=code,
                drop_capabilities=True,
            )
            yield _Contained(argv=wrapped, variables={"TMPDIR": str(own)}, keep_fds=())
            return
        if "landlock" in backend.layers:
            argv = confine_command(
                argv,
                read=(Path("/"),),
                write=(
                    *writable,
                    *(place for place, _, open_ in bound if open_),
                    *(path for path, sight in table.items() if sight == "scratch"),
                    *map(Path, ("/dev", "/proc")),
                ),
                network=network,
            )
        status_fd = _memory_file(stack, b"")
        filter_fd = _memory_file(stack, code) if code else None
        program = find_bubblewrap(environ.get("PATH", "")) or "bwrap"
        wrapped = bubblewrap_command(
            argv,
            program=program,
            table=table,
            bound=bound,
            links=links,
            cwd=cwd,
            network=network == "open",
            filter_fd=filter_fd,
            status_fd=status_fd,
        )
        fds = (status_fd,) if filter_fd is None else (status_fd, filter_fd)
        yield _Contained(argv=wrapped, variables={"TMPDIR": "/tmp"}, keep_fds=fds, status_fd=status_fd)


def _stand_in(stack: contextlib.ExitStack, place: Path, folder: Path, *, linked: bool) -> None:
    """Something at `place` to bind a folder to; where nothing can be bound, a link to it as long as the command runs."""
    folder.mkdir(parents=True, exist_ok=True)
    if not linked:
        place.mkdir(parents=True, exist_ok=True)
    elif not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(folder)
        stack.callback(place.unlink, missing_ok=True)


def _memory_file(stack: contextlib.ExitStack, content: bytes) -> int:
    descriptor = os.memfd_create("autopack")
    stack.callback(os.close, descriptor)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


# -- environment --------------------------------------------------------------------------------------------------------


def _paths_in(value: str, surroundings: Surroundings) -> Iterator[Path]:
    """Files and folders that a variable names: whoever lets the variable through means them too.

    None that holds a hidden one.
    """
    for word in value.replace(os.pathsep, " ").split():
        path = Path(word)
        if (
            path.is_absolute()
            and os.access(path, os.F_OK)
            and not any(hidden.is_relative_to(path) for hidden in surroundings.hidden)
        ):
            yield path


def _fill(text: str, places: Places, path: str) -> str:
    for name, value in (
        ("{env}", str(places.env)),
        ("{cache}", str(places.cache)),
        ("{results}", str(places.results)),
        ("{path}", path),
    ):
        text = text.replace(name, value)
    return text
