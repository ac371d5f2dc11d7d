"""What a script of package.json does that another file calls: its text, so that it is judged and not its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autopack.model.parse import Unreadable, load_json
from autopack.model.workspace import Workspace
from autopack_tasks.steps import LIMIT_CHARS, list_calls, says_only

_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun"})
_TEST = frozenset({"t", "tst", "test"})


def unfold(workspace: Workspace, line: str, folder: PurePosixPath) -> list[str]:
    """A line, and the text of every script that it calls; of those that only speak just this, whatever they are called."""
    told = [text for words in list_calls(line) if (text := _read_script(workspace, words, folder)) is not None]
    return told if told and all(map(says_only, told)) else [line, *told]


def _read_script(workspace: Workspace, words: Sequence[str], folder: PurePosixPath) -> str | None:
    """The text of the script that a command calls; `None` when it calls none, or none that stands there."""
    if words[0] not in _MANAGERS:
        return None
    plain = [word for word in words[1:] if not word.startswith("-")]
    if plain[:1] in (["run"], ["run-script"]):
        name = plain[1] if len(plain) > 1 else ""
    else:
        name = "test" if plain and plain[0] in _TEST and words[0] != "bun" else ""
    text = workspace.read_text(folder / "package.json") if name else None
    try:
        content = load_json(text) if text else None
    except Unreadable:
        return None
    scripts = content.get("scripts") if isinstance(content, dict) else None
    found = scripts.get(name) if isinstance(scripts, dict) else None
    # One character more than can be judged tells that it is too long.
    return found[: LIMIT_CHARS + 1] if isinstance(found, str) else None
