"""Answers that cost tokens, kept in the user's cache folder, so that the same question is paid for once."""

from __future__ import annotations

from pathlib import Path

from autopack.effects.log import get_logger
from autopack.effects.paths import read_own, replace_file
from autopack.model.codec import from_json, to_json
from autopack.model.specs import Answer

LIMIT_BYTES = 64_000
log = get_logger()


def recall_answer(cache_root: Path, digest: str) -> Answer | None:
    """What was answered before; `None` when nothing was, or when it cannot be read."""
    try:
        text = read_own(_file(cache_root, digest), LIMIT_BYTES)
        return None if text is None else from_json(Answer, text)
    except (OSError, ValueError):
        return None


def keep_answer(cache_root: Path, digest: str, answer: Answer) -> None:
    """Keep an answer.  A cache that cannot be written costs money later, not the plan now."""
    try:
        replace_file(_file(cache_root, digest), to_json(answer), private=True)
    except OSError as error:
        log.warning("answer.not_kept", folder=str(cache_root), reason=str(error))


def _file(cache_root: Path, digest: str) -> Path:
    return cache_root / "answers" / f"{digest}.json"
