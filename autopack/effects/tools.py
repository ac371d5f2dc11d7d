"""Which files of a hidden HOME the programs on PATH need, so that they work in the sandbox and nothing else is seen.

Everything is looked up afresh, with bounds: it is quick, and a cache would be one more thing to poison.
"""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autopack.decide.credentials import is_secret_name
from autopack.decide.tool_homes import (
    CONFIG_FOLDERS,
    HOME_MARKERS,
    PACKAGE_TREES,
    PROGRAM_FOLDERS,
    SECRET_FOLDERS,
    SESSION_VARIABLES,
    SHARED_FOLDERS,
    TOOL_HOMES,
    TOOL_VARIABLES,
    ToolHome,
)
from autopack.effects.credentials import find_credentials
from autopack.effects.looking import entries_of, head_of, is_below, is_folder, is_there, target_of

# Files that are opened or whose links are followed, and names that are read from folders.
MOST_FILES = 2_000
MOST_NAMES = 20_000
_MOST_STEPS = 400
_LINE_BYTES = 4_096
_SYSTEM = frozenset(["/usr/bin", "/usr/sbin", "/bin", "/sbin"])
# `--version` is understood nearly everywhere.
_VERSION_WORDS = {"go": "version", "gofmt": "-h", "java": "-version", "javac": "-version", "zig": "version"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What to bind back read-only after a hidden folder was covered.

    `exposed` are real files and folders below a hidden folder, none inside another; `masked` are files inside them to cover:
    credentials and sockets.  `variables` tell tools where their home is although HOME is another (the caller's own are repeated).
    `links` are links that stand in a hidden folder itself, path and target: without them a path that leads over them is gone.
    """

    exposed: tuple[Path, ...] = ()
    masked: tuple[Path, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[Path, str], ...] = ()


def find_tools(path: str, *, hidden: Sequence[Path], home: Path, environ: Mapping[str, str], roots: Sequence[str] = ()) -> Tools:
    """What the programs on `path` need of the hidden folders.  `roots` are further folders, `~/…` being below `home`.

    A program whose folder may hold more than tools stays hidden: it is missing rather than its neighbours are seen.
    """
    search = _Search(hidden=hidden, home=home)
    variables: dict[str, str] = {}
    for tool in TOOL_HOMES:
        # HOME's own last: what it has goes before what PATH still leads to.
        for base in (*_on_path(tool, path), _base_of(tool, home, environ)):
            shown = base.is_absolute() and search.add_home(tool, base)
            if tool.told and tool.variable and (shown or (base.is_absolute() and environ.get(tool.variable))):
                variables[tool.variable] = str(base)
    for name in (*TOOL_VARIABLES, *SESSION_VARIABLES):
        folder = Path(environ.get(name, ""))
        if search.add_folder(folder) and name in TOOL_VARIABLES:
            variables[name] = str(folder)
    for root in roots:
        search.add_folder(home / root[2:] if root.startswith("~/") else Path(root))
    for entry in dict.fromkeys(path.split(os.pathsep)):
        search.add_programs(Path(entry))
    search.follow()
    exposed = tuple(sorted(root for root in search.exposed if not any(above in search.exposed for above in root.parents)))
    links = tuple((link, target) for link, target in sorted(search.links.items()) if not is_below(link, exposed))
    return Tools(exposed=exposed, masked=find_credentials(exposed), variables=tuple(sorted(variables.items())), links=links)


def locate(program: str, path: str) -> tuple[Path, Path] | None:
    """The program as found on PATH, and the file that it really is."""
    found = shutil.which(program, path=path)
    return (Path(found), Path(os.path.realpath(found))) if found else None


def is_script(program: Path) -> bool:
    return head_of(program, 2) == b"#!"


def describe_tool(program: Path) -> tuple[str, ...]:
    """A command that prints the real path of a program and the first line of its version.

    Run it outside and inside: the same output means the same tool.  A shim has one path for all versions and a link one version
    line for several builds, so both are compared.  Of a program that knows no `--version` only the path tells.
    """
    word = _VERSION_WORDS.get(program.name, "--version")
    return ("sh", "-c", 'realpath -- "$1" && "$1" "$2" </dev/null 2>&1 | head -n 1', "sh", str(program), word)


def _base_of(tool: ToolHome, home: Path, environ: Mapping[str, str]) -> Path:
    if tool.variable and environ.get(tool.variable):
        return Path(environ[tool.variable])
    shared = ".local/share/"
    if tool.path.startswith(shared) and environ.get("XDG_DATA_HOME"):
        return Path(environ["XDG_DATA_HOME"], tool.path.removeprefix(shared))
    return home / tool.path


def _on_path(tool: ToolHome, path: str) -> Iterator[Path]:
    """Homes of the tool that PATH leads into: HOME may be another one by now."""
    for entry in dict.fromkeys(path.split(os.pathsep)):
        before, found, _ = f"{entry}/".partition(f"/{tool.path}/")
        if found and before and tool.path.startswith("."):
            yield Path(before, tool.path)


class _Search:
    """Folders and files found so far, and the programs whose origin is still to be followed."""

    def __init__(self, *, hidden: Sequence[Path], home: Path) -> None:
        self.exposed: set[Path] = set()
        self.links: dict[Path, str] = {}
        self._home = Path(os.path.realpath(home))
        self._hidden = frozenset(Path(os.path.realpath(path)) for path in hidden)
        # As text with a slash: the question is asked for every link, and `Path.parents` is slow.
        self._tops = tuple(f"{path}/" for path in self._hidden)
        self._queue: deque[Path] = deque()
        self._seen: set[Path] = set()
        self._names = MOST_NAMES
        self._files = MOST_FILES

    def is_hidden(self, path: Path | str) -> bool:
        return f"{path}/".startswith(self._tops)

    # -- places that are named ------------------------------------------------------------------------------------------

    def add_home(self, tool: ToolHome, base: Path) -> bool:
        """Whether any of it is shown."""
        real = self._resolve(base)
        if not is_there(real):
            return False  # or in the home of somebody else, where even a look is refused
        whole = bool(tool.marker) and is_there(real / tool.marker)
        shown = False
        for part in ("",) if whole else tool.parts:
            for place in real.glob(part) if part else (real,):
                shown |= self._expose(self._resolve(place))
        for pattern in tool.links:
            for place in real.glob(pattern):
                if self._files > 0 and place.is_symlink():
                    self._files -= 1
                    self.add_folder(place)
        return shown

    def add_folder(self, folder: Path) -> bool:
        """One that is a tool's by name; whether it can be seen afterwards."""
        if not folder.is_absolute() or not is_folder(folder):
            return False
        real = self._resolve(folder)
        if not self.is_hidden(real):
            return True
        if not self._expose(real):
            return False
        self._read_venv(real)
        return True

    def add_programs(self, folder: Path) -> None:
        """An entry of PATH.  Its programs may come from anywhere, even if the entry itself is not hidden."""
        if not folder.is_absolute() or not is_folder(folder):
            return
        real = self._resolve(folder)
        if real in self._seen:
            return
        self._seen.add(real)
        hidden = self.is_hidden(real)
        if hidden and not self._is_covered(real) and not self._expose_root(real) and not self._expose(real):
            return
        for entry in self._list(real):
            if hidden or self._leads_away(entry, system=str(real) in _SYSTEM):
                self._queue.append(Path(entry.path))

    def _leads_away(self, entry: os.DirEntry[str], *, system: bool) -> bool:
        """Whether something in a visible folder can need a hidden one.  Of the system's own programs only links can."""
        if not entry.is_symlink():
            return not system
        # Most links go to another name in the same folder.
        return "/" in target_of(entry.path) and self.is_hidden(os.path.realpath(entry.path))

    # -- where programs come from ---------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Every program to the file it really is, and every script to its interpreter."""
        while self._queue and self._files > 0:
            program = self._queue.popleft()
            if program in self._seen or not os.access(program, os.X_OK):
                continue
            self._seen.add(program)
            self._files -= 1
            real = self._resolve(program)
            if self.is_hidden(real) and not self._is_covered(real):
                tree = next((above for above in reversed(real.parents) if above.name == "node_modules"), None)
                if not (tree and self._expose(tree)) and not self._expose_root(real.parent):
                    self._expose(real)
            interpreter = _interpreter_of(real)
            if interpreter and str(interpreter.parent) not in _SYSTEM:
                # Before all others: without it a tool that is shown does not start.
                self._queue.appendleft(interpreter)

    def _expose_root(self, folder: Path) -> bool:
        """Show the tool that a folder of programs belongs to, if it is plainly one."""
        root = folder.parent
        if folder.name not in PROGRAM_FOLDERS:
            return False
        if not is_there(root / "pyvenv.cfg") and self._is_checkout(root):
            return False
        shown = self._expose(root)
        if shown:
            self._read_venv(root)
        return shown

    def _read_venv(self, root: Path) -> None:
        """A virtual environment borrows the library of another Python."""
        for line in head_of(root / "pyvenv.cfg", _LINE_BYTES).decode("utf-8", "replace").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "home" and value.strip().startswith("/"):
                self._queue.extendleft([Path(value.strip(), "python3"), Path(value.strip(), "python")])
        self._queue.appendleft(root / "bin" / "python")

    # -- what may be shown ----------------------------------------------------------------------------------------------

    def _expose(self, place: Path) -> bool:
        """Show a real path unless it may hold more than a tool; whether it is shown now."""
        if not self.is_hidden(place) or not is_there(place):
            return False
        if not self._is_covered(place):
            if not self._may_show(place):
                return False
            self.exposed.add(place)
        return True

    def _may_show(self, place: Path) -> bool:
        if any(top.is_relative_to(place) for top in (*self._hidden, self._home)):
            return False
        if SECRET_FOLDERS.intersection(place.parts) or is_secret_name(place.name):
            return False
        if place.is_relative_to(self._home):
            below = place.relative_to(self._home)
            if str(below) in SHARED_FOLDERS or (below.parts[0] in CONFIG_FOLDERS and not PACKAGE_TREES.intersection(below.parts)):
                return False
        return not any(is_there(place / name) for name in HOME_MARKERS)

    def _is_checkout(self, folder: Path) -> bool:
        """Whether a folder holds somebody's sources: it lies in a checkout, or checkouts lie in it."""
        above = [place for place in (folder, *folder.parents) if self.is_hidden(place) and not self._home.is_relative_to(place)]
        if any(is_there(place / ".git") for place in above):
            return True
        return any(is_there(Path(entry.path, ".git")) for entry in self._list(folder) if entry.is_dir(follow_symlinks=False))

    def _is_covered(self, place: Path) -> bool:
        return is_below(place, self.exposed)

    # -- reading --------------------------------------------------------------------------------------------------------

    def _resolve(self, path: Path) -> Path:
        """The real path; every link on the way that stands in a hidden folder is kept in `links`."""
        real = os.path.realpath(path)
        if real == str(path):
            return path
        done, rest = "", list(reversed(path.parts[1:]))
        for _ in range(_MOST_STEPS):
            if not rest:
                break
            part = rest.pop()
            here = done.rpartition("/")[0] if part == ".." else f"{done}/{part}"
            target = target_of(here or "/")
            if not target:
                done = here
                continue
            if self.is_hidden(here):
                self.links[Path(here)] = target
            if target.startswith("/"):
                done = ""
            rest += [part for part in reversed(target.split("/")) if part not in ("", ".")]
        return Path(real)

    def _list(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        for entry in entries_of(str(folder)):
            self._names -= 1
            if self._names >= 0:
                yield entry


def _interpreter_of(script: Path) -> Path | None:
    """What the first line of a script starts."""
    head = head_of(script, _LINE_BYTES)
    if not head.startswith(b"#!"):
        return None
    first, _, rest = head.partition(b"\n")
    words = first[2:].split()
    # Where the path is too long for a first line, installers of Python programs write `'''exec' "PATH" "$0"` into the second.
    if rest.startswith(b"'''exec' "):
        words = [rest.split(b"\n")[0].removeprefix(b"'''exec' ").split(b' "$0"')[0].strip(b'"')]
    return Path(os.fsdecode(words[0])) if words else None
