"""The pytest plugin that comes with Autopack (entry point `pytest11`); imports the host only inside fixtures."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from autopack.effects.scan import FileWorkspace
    from autopack.model.draft import Claim, Draft
    from autopack.testing.scripted_model import Reply, ScriptedModel

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}
# Variables of the caller that would change what a test sees.
_LEFT_OUT = ("AUTOPACK_", "GIT_", "PYTEST_", "PYTHONPATH", "VIRTUAL_ENV", "NO_COLOR", "CI", "SOURCE_DATE_EPOCH")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip by name what needs a network where there is none."""
    if item.get_closest_marker("network") and not has_network():
        pytest.skip(f"{item.name} needs a network, and this machine is offline")


def has_network() -> bool:
    """Whether this machine has a route to anywhere but itself; asks nobody."""
    try:
        routes = Path("/proc/net/route").read_text().splitlines()[1:]
    except OSError:
        return True  # no such file on macOS: the test itself will tell
    return bool(routes)


@pytest.fixture
def autopack_env(tmp_path: Path) -> dict[str, str]:
    """An environment for the installed program: private HOME, state and cache, a git identity, a fixed date."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_OUT)}
    programs = str(Path(sys.executable).parent)
    return {
        **env,
        **IDENTITY,
        "PATH": f"{programs}{os.pathsep}{env.get('PATH', os.defpath)}",
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "AUTOPACK_STATE_DIR": str(tmp_path / "state"),
        "AUTOPACK_CACHE_DIR": str(tmp_path / "cache"),
        "SOURCE_DATE_EPOCH": "1767225600",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def run_autopack(autopack_env: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed program: `run_autopack("plan", "x.md", cwd=repo, env={...}, stdin="...")`.

    Gives the finished process with text output; never raises on an exit code.
    """

    def run(
        *args: str | Path,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes = "",
        timeout_s: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        feed = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [find_autopack(), *map(str, args)],
            cwd=cwd,
            env={**autopack_env, **(env or {})},
            input=feed,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        )

    return run


def find_autopack() -> str:
    """The program that belongs to this interpreter."""
    return str(Path(sys.executable).parent / "autopack")


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Path]:
    """A real git repository with one commit: `make_repo({"src/app.py": "..."}, name="repo")`."""

    def make(files: Mapping[str, str | bytes], name: str = "repo") -> Path:
        top = tmp_path / name
        write_files(top, files)
        run_git(top, "init", "--quiet", "--initial-branch=main")
        run_git(top, "add", "--all")
        run_git(top, "commit", "--quiet", "--allow-empty", "--message=Base")
        return top

    return make


@pytest.fixture
def make_workspace(tmp_path: Path) -> Callable[..., FileWorkspace]:
    """A `Workspace` over real files: `make_workspace({"go.mod": "module x"})`."""
    from autopack.effects.scan import open_folder

    def make(files: Mapping[str, str | bytes], name: str = "workspace") -> FileWorkspace:
        write_files(tmp_path / name, files)
        return open_folder(tmp_path / name)

    return make


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    """A plan as the host reads it: `make_draft("# Title\\n\\n- [ ] Do it")`; `known=` holds claims of earlier rounds."""
    from dataclasses import replace

    from autopack.decide.claims import verify_claims
    from autopack.stages.read import read_draft

    def make(text: str, name: str = "plan.md", known: Iterable[Claim] = ()) -> Draft:
        draft = read_draft(text.encode(), name)
        return replace(draft, known=verify_claims(known, draft))

    return make


@pytest.fixture
def scripted_process(tmp_path: Path) -> Callable[..., Path]:
    """A small program, for builders that run one: `scripted_process("open('a.txt', 'w').write('hi')")`.

    Gives the path of an executable file that runs this Python code; `name="agent"` is its file name.
    """

    def make(script: str, name: str = "agent") -> Path:
        path = tmp_path / "programs" / name
        path.parent.mkdir(exist_ok=True)
        # In isolation: the environment of a builder's process is not the one of the tests.
        path.write_text(f"#!{sys.executable} -I\n{textwrap.dedent(script)}\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def scripted_model() -> Iterator[Callable[..., ScriptedModel]]:
    """A model on loopback that follows a script: `scripted_model('{"answer": "1"}', "then this", input_tokens=100)`.

    Gives it with its `url`, the base URL of a service that speaks OpenAI's chat completions, and the `requests` it got.
    """
    from autopack.testing.scripted_model import serve_model

    with contextlib.ExitStack() as served:

        def make(*replies: Reply, **tokens: int) -> ScriptedModel:
            return served.enter_context(serve_model(replies, **tokens))

        yield make


def write_files(top: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder; a name that ends in a slash makes an empty folder."""
    top.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = top / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def run_git(top: Path, *args: str) -> str:
    """Plain git, as a user has it, with a fixed identity and date; its stdout without the last newline."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    dates = {"GIT_AUTHOR_DATE": "1767225600 +0000", "GIT_COMMITTER_DATE": "1767225600 +0000"}
    env |= {**IDENTITY, **dates, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *args], cwd=top, env=env, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace").rstrip("\n")
