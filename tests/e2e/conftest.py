"""What the end-to-end tests share: ways to see that nothing of the user's was touched, and that nothing was left behind."""

from __future__ import annotations

import hashlib
import os
import pty
import select
import signal
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from autopack.testing.fixtures import find_autopack, run_git

EXPORTS = ".autonomous_runs"

AtTerminal = Callable[..., tuple[int, str]]


@pytest.fixture(scope="session")
def cache() -> Path:
    """Where sdists and downloads stay between test sessions, outside any clone."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "autopack-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def look_at_checkout() -> Callable[[Path], dict[str, str]]:
    """What of a repository is the user's and may not change: checkout, index, HEAD, branches, configuration, stash."""

    def look(repo: Path) -> dict[str, str]:
        seen = _files(repo, leave_out=(".git", EXPORTS))
        for name in ("index", "HEAD", "config", "refs/heads/main", "refs/stash", "logs/HEAD", "logs/refs/stash"):
            path = repo / ".git" / name
            seen[f"git:{name}"] = _digest(path) if path.is_file() else "absent"
        # Without optional locks: the question itself would write the index anew.
        seen["status"] = run_git(repo, "--no-optional-locks", "status", "--porcelain", "--branch")
        seen["stash"] = run_git(repo, "stash", "list")
        return seen

    return look


@pytest.fixture
def look_at_all(tmp_path: Path) -> Callable[[Path], dict[str, str]]:
    """Every file of a folder, git's own included, and every file of Autopack's state: for runs that may write nothing."""

    def look(repo: Path) -> dict[str, str]:
        return {**_files(repo), **{f"state:{name}": digest for name, digest in _files(tmp_path / "state").items()}}

    return look


@pytest.fixture
def find_leftovers(tmp_path: Path, autopack_env: dict[str, str]) -> Callable[[Path], list[str]]:
    """What a run should have cleaned up: its worktrees, their folders, and processes that it started."""

    def find(repo: Path) -> list[str]:
        worktrees = run_git(repo, "worktree", "list", "--porcelain").split("\n\n")[1:]
        # What a project remembers stays.
        state = [path for path in (tmp_path / "state").rglob("*") if path.name != "project.db"]
        folders = [str(path) for path in state if path.is_file()]
        return [*worktrees, *folders, *find_processes(autopack_env["HOME"], str(tmp_path / "state"))]

    return find


def find_processes(*marks: str) -> list[str]:
    """The command lines of living processes whose environment or arguments name one of the texts."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                argv, environ = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
            except OSError:
                continue  # it has ended, or is somebody else's
            if any(mark.encode() in argv + environ for mark in marks):
                found.append(argv.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def _files(top: Path, leave_out: tuple[str, ...] = ()) -> dict[str, str]:
    seen = {}
    for folder, below, names in os.walk(top):
        if Path(folder) == top:
            below[:] = [name for name in below if name not in leave_out]
        for name in (*below, *names):
            path = Path(folder, name)
            facts = path.lstat()
            if path.is_symlink():
                seen[str(path.relative_to(top))] = f"link {path.readlink()}"
            elif path.is_file():
                seen[str(path.relative_to(top))] = f"{facts.st_mode:o} {_digest(path)}"
            else:
                seen[str(path.relative_to(top))] = f"{facts.st_mode:o}"
    return seen


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def make_wheel(tmp_path: Path) -> Callable[[str, str], dict[str, str]]:
    """Offer a distribution of one module to pip, and to nobody else: `make_wheel("greetings", "HELLO = 'hello'\\n")`.

    Gives the variables under which every pip of a run finds this and asks no index.
    """
    folder = tmp_path / "wheels"
    folder.mkdir()

    def make(name: str, module: str) -> dict[str, str]:
        metadata = f"{name}-1.0.dist-info"
        files = {
            f"{name}.py": module,
            f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{metadata}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{metadata}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{metadata}/RECORD"))
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            for path, text in files.items():
                wheel.writestr(path, text)
        return {"PIP_FIND_LINKS": str(folder), "PIP_NO_INDEX": "1", "AUTOPACK_ENV_PASS": "PIP_NO_INDEX"}

    return make


@pytest.fixture
def at_terminal(autopack_env: dict[str, str]) -> AtTerminal:
    """Run the installed program as a person does: the exit code (negative for a signal) and what stood on the screen.

    One of `answers` is typed each time `prompt` appears.
    """

    def run(
        *args: str | Path,
        cwd: Path,
        answers: tuple[str, ...] = (),
        prompt: str = "Approve?",
        env: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        pid, screen = pty.fork()
        if pid == 0:
            os.chdir(cwd)
            os.execve(find_autopack(), [find_autopack(), *map(str, args)], {**autopack_env, "NO_COLOR": "1", **(env or {})})
        shown, waiting, until = b"", list(answers), time.monotonic() + 120
        while True:
            if not select.select([screen], [], [], max(0.0, until - time.monotonic()))[0]:
                os.kill(pid, signal.SIGKILL)
                pytest.fail(f"still running after two minutes; on the screen:\n{shown.decode(errors='replace')}")
            try:
                piece = os.read(screen, 65_536)
            except OSError:
                break  # the other end is closed
            if not piece:
                break
            shown += piece
            if waiting and shown.count(prompt.encode()) > len(answers) - len(waiting):
                os.write(screen, waiting.pop(0).encode() + b"\n")
        os.close(screen)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    return run
