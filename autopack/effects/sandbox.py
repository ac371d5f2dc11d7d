"""How a command of a run is contained, and by what; the one place that may start foreign code."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from autopack.effects.paths import read_beneath
from autopack.effects.process import run_process
from autopack.model.toolchain import Command, CommandResult

# What a command keeps of the caller's environment.  Everything else (tokens, keys, agents' sockets) stays outside.
_KEPT = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT",
    "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "JAVA_HOME", "PYENV_ROOT",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """`strong` backends hold a hostile program; the others need `--allow-weak-sandbox` for foreign code."""

    name: str
    strong: bool


def choose_backend() -> Backend:
    """The containment that this version offers: none.  Said in the first line of every report."""
    return Backend(name="none", strong=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders that the placeholders of a command stand for."""

    home: Path
    env: Path
    cache: Path
    results: Path


def run_contained(
    command: Command,
    *,
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
    """
    env = {name: environ[name] for name in (*_KEPT, *passed) if name in environ}
    env |= {"HOME": str(places.home), "CI": "1", "NO_COLOR": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    env.setdefault("PATH", os.defpath)
    env.setdefault("LANG", "C.UTF-8")
    for name, value in (*variables, *command.env):
        env[name] = _fill(value, places, env["PATH"])
    for folder in (places.home, places.cache, places.results):
        folder.mkdir(parents=True, exist_ok=True)
    argv = tuple(_fill(word, places, env["PATH"]) for word in command.argv)
    cwd = (root / command.cwd).resolve()
    if not cwd.is_relative_to(root.resolve()):
        return CommandResult(argv=argv, exit_code=126, stderr=f"{str(command.cwd)!r} leaves the worktree")
    result = run_process(argv, cwd=cwd, env=env, stdin=stdin, timeout_s=timeout_s, on_output=on_output)
    return _with_files(result, places.results)


def _fill(text: str, places: Places, path: str) -> str:
    for name, value in (
        ("{env}", str(places.env)),
        ("{cache}", str(places.cache)),
        ("{results}", str(places.results)),
        ("{path}", path),
    ):
        text = text.replace(name, value)
    return text


def _with_files(result: CommandResult, folder: Path, *, most: int = 50, limit_bytes: int = 8_000_000) -> CommandResult:
    """The result with what the command left in `folder`, which it may have filled with anything."""
    files = []
    for path in sorted(folder.rglob("*"))[:most] if not folder.is_symlink() else ():
        name = path.relative_to(folder)
        content = read_beneath(folder, PurePosixPath(name), limit_bytes)
        if content is not None:
            files.append((name.as_posix(), content.decode("utf-8", "replace")))
    return replace(result, files=tuple(files))
