"""Which words of a field for files are a path, and what is to happen to it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from autopack.model.draft import PathRole
from autopack.model.workspace import Workspace

_LINES = re.compile(r"(?:#L\d+(?:-L?\d+)?|:\d+(?:[-–:,]\d+)*)$")
_NOTE = re.compile(r"\s+(?:\(([^()]{1,80})\)|[-–—]\s+(.{1,300}))$")
_EXTENSION = re.compile(r"[^/.]\.[A-Za-z][A-Za-z0-9_]{0,11}$")
_FOLDER_GLOB = re.compile(r"/\*\*(?:/\*)?$")
_ODD = frozenset("*?<>|\"';,={}$%\\\0\n\t")
_PLAIN_NAMES = frozenset(
    [
        "makefile",
        "dockerfile",
        "license",
        "procfile",
        "gemfile",
        "rakefile",
        "jenkinsfile",
        "justfile",
        "vagrantfile",
        "codeowners",
    ]
)
_ACTIONS: dict[str, PathRole] = {
    "create": "create", "add": "create", "new": "create", "created": "create", "added": "create", "write": "create",
    "modify": "modify", "edit": "modify", "update": "modify", "change": "modify", "modified": "modify", "updated": "modify",
    "extend": "modify", "existing": "modify",
    "delete": "delete", "remove": "delete", "deleted": "delete", "removed": "delete",
    "read": "read", "reference": "read", "context": "read", "read-only": "read", "readonly": "read", "unchanged": "read",
}  # fmt: skip
# A file of one of these names holds work of its own, and is no file that the work changes.
_PLAN_WORDS = re.compile(
    r"(?:^|[/_.-])(?:tasks?|plans?|specs?|stor(?:y|ies)|issues?|prd|todos?|prompts?)(?:[/_.-]|$)", re.IGNORECASE
)
_PLAN_SUFFIXES = (".md", ".txt", ".json", ".yaml", ".yml", ".jsonl", ".csv")


def read_action(word: str) -> PathRole:
    """What a word such as "new" does to a file."""
    return _ACTIONS.get(word.strip().casefold(), "unknown")


def split_paths(text: str) -> list[str]:
    """The entries of a text that lists files: by lines, commas and semicolons."""
    return [entry.strip().lstrip("-*•").strip() for entry in re.split(r"[\n;]|,(?=\s|\S+[/.])", text[:4096]) if entry.strip()]


def read_path(words: str, workspace: Workspace) -> tuple[str, PathRole] | None:
    """The path an entry is, without line numbers, quotes and a note behind it, and the role that the note gives it."""
    role: PathRole = "unknown"
    entry = words.strip()
    head, colon, rest = entry.partition(":")
    if colon and rest.strip() and read_action(head) != "unknown":
        role, entry = read_action(head), rest.strip()
    note = _NOTE.search(entry)
    if note:
        word = (note[1] or note[2]).partition(" ")[0].rstrip(",:;")
        # "a.py - add the flag" says what is added to the file, "a.py (new)" what becomes of it.
        role = read_action(word) if role == "unknown" and (note[1] or word not in ("add", "write")) else role
        entry = entry[: note.start()]
    path = _FOLDER_GLOB.sub("/", _LINES.sub("", entry.strip("`\"' "))).removeprefix("./")
    return (path, role) if _is_path(path, workspace) else None


def names_a_plan(path: str) -> bool:
    """Whether a file is one that holds work itself: `tasks/01-setup.md`."""
    return path.endswith(_PLAN_SUFFIXES) and _PLAN_WORDS.search(path) is not None


def _is_path(path: str, workspace: Workspace) -> bool:
    if not path.strip("/. ") or len(path) > 300 or "://" in path or path[0] in "@~-" or not _ODD.isdisjoint(path):
        return False
    if path.startswith("/"):
        # A route is no file.
        return _EXTENSION.search(path) is not None
    if _stands(path, workspace):
        return True
    # Folders and files may have blanks in their names, but words before the first slash are a sentence.
    if " " in path and not ("/" in path.partition(" ")[0] and _EXTENSION.search(path)):
        return False
    name = path.rstrip("/").rpartition("/")[2]
    if path.endswith("/") or _EXTENSION.search(name) or name.casefold() in _PLAIN_NAMES:
        return True
    return "/" in path or (name.startswith(".") and name[1:].isalnum())


def _stands(path: str, workspace: Workspace) -> bool:
    return workspace.exists(PurePosixPath(path.rstrip("/")))
