"""Where a path in a command leads, and whether it is one that a command must leave alone.  Lexical: no file is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Literal

from autopack.decide import scope
from autopack.decide.shell import Word

Place = Literal["inside", "maybe", "outside", "device", "network", "stream"]

# Writing here is never part of a phase; the value is the rule.
_DENIED_NAMES = {
    ".git": "git-internals",
    "git~1": "git-internals",
    ".autopack": "autopack-itself",
    ".autonomous_runs": "autopack-itself",
}
# More than `scope` protects: files that run code or grant power as soon as a tool or a shell next starts.
_PROTECTED_NAMES = (
    ".buildkite", ".drone.yml", ".githooks", ".yarnrc", ".yarnrc.yml", ".vscode", ".claude", ".mcp.json", ".bashrc", ".profile",
    "sitecustomize.py", "usercustomize.py",
)  # fmt: skip
_SECRET_NAMES = (
    ".env", ".env.*", "*.pem", "*.key", "*.p12", "*.pfx", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".netrc", ".npmrc",
    ".pypirc", ".git-credentials", ".htpasswd", "credentials", "credentials.json", "secrets.json", "secrets.y*ml", "*.keystore",
)  # fmt: skip
_HARMLESS_NAMES = (".env.example", ".env.sample", ".env.template", ".env.dist")
# The first letters of an option with the value attached, as in `-C../other` or `-o/usr/bin/x`.
_ATTACHED = re.compile(r"-[A-Za-z](?=[/~]|\.\.)")
_ASSIGNED = re.compile(r"-{0,2}[A-Za-z_][A-Za-z0-9_.:-]{0,80}=")
_STREAMS = {"/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty", "-"}


def find_place(text: str, folders: tuple[str, ...] | None, start: PurePosixPath) -> tuple[Place, str]:
    """Where a path leads from any of the folders, and its form relative to the worktree root.

    A relative `start` is below the worktree root, an absolute one is the root.  `maybe` = it depends on a folder change.
    """
    if text in _STREAMS or text.startswith("/dev/fd/"):
        return "stream", text
    if text.startswith(("/dev/tcp/", "/dev/udp/")):
        return "network", text
    if text == "/dev" or text.startswith("/dev/"):
        return "device", text
    if folders is None:
        return ("outside" if text[:1] in ("/", "~") else "maybe"), text
    found = [_normalise(text, folder, start) for folder in folders]
    inside = [path for path in found if path is not None]
    if not inside:
        return "outside", text
    return ("inside" if len(inside) == len(found) else "maybe"), inside[0]


def _normalise(text: str, folder: str, start: PurePosixPath) -> str | None:
    path = text
    if path[:1] not in ("/", "~"):
        path = f"{folder}/{path}"
    if path[:1] not in ("/", "~"):
        path = f"{start}/{path}"
    if path.startswith("~"):
        return None
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if not path.startswith("/"):
        return "/".join(parts) or "."
    root = start.parts[1:] if start.is_absolute() else ()
    if not root or tuple(parts[: len(root)]) != root:
        return None
    return "/".join(parts[len(root) :]) or "."


def path_texts(word: Word) -> Iterator[str]:
    """Every part of a word that a program may take for a path: the word, an option's value, what stands after `=`."""
    text = word.text
    if "://" in text:
        if text.lower().startswith("file:"):
            yield text[5:].replace("//", "/")
        return
    attached = _ATTACHED.match(text)
    if attached:
        yield text[attached.end() :]
    assigned = _ASSIGNED.match(text)
    if assigned:
        yield text[assigned.end() :]
    if not text.startswith("-"):
        yield text


def denied_rule(path: str) -> str | None:
    """The rule that forbids writing this path relative to the root."""
    for part in scope.path_key(path).split("/"):
        for name, rule in _DENIED_NAMES.items():
            if _may_mean(part, name):
                return rule
    return None


def is_protected(path: str) -> bool:
    """Whether writing this path needs a person."""
    names = any(_may_mean(part, name) for part in scope.path_key(path).split("/") for name in _PROTECTED_NAMES)
    return names or scope.is_protected(path) or is_secret(path)


def is_secret(path: str) -> bool:
    """Whether reading this path would show a secret to whoever reads the output."""
    name = scope.path_key(path).rsplit("/", 1)[-1]
    return name not in _HARMLESS_NAMES and any(fnmatchcase(name, known) or _may_mean(name, known) for known in _SECRET_NAMES)


def _may_mean(part: str, name: str) -> bool:
    # A shell's `*` does not match a leading dot, so only a pattern that begins with one can.
    return part == name or (part[:1] in (".", "[") and any(ch in part for ch in "*?[") and fnmatchcase(name, part))
