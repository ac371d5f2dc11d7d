"""Turns of a pasted chat: who says what.  Only what the user says is a request."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from autopack.model.draft import Section, Span

_AIDER = re.compile(r"#\s*aider chat started at\b")
_USER = r"you said|user|you|human|me"
_ASSISTANT = r"assistant|chatgpt said|chatgpt|claude|gpt-[\w.]{1,12}|gemini|copilot"
_TOOL = r"tool output|tool result"
_SPEAKER = re.compile(
    rf"(?:#{{1,6}}[ \t]+|[*_]{{2}})?(?:\W{{1,3}}[ \t]*)?(?:(?P<user>{_USER})|(?P<assistant>{_ASSISTANT})|(?P<tool>{_TOOL}))"
    r"(?:[ \t]*\([^()\n]{1,40}\))?[ \t]*(?P<mark>:(?:[*_]{2})?|[*_]{2}[ \t]*:?|)(?=[ \t]|$)",
    re.IGNORECASE,
)


def find_turns(lines: Sequence[str], code: Collection[int]) -> tuple[Section, ...]:
    """One section a turn, of level 1: the user's are work, the assistant's context, tool output bookkeeping.

    Empty when the text is no chat: there both sides speak at least once, or it is the history of a known tool.
    """
    is_aider = any(_AIDER.match(line[:100]) for line in lines[:10])
    starts: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        if number in code:
            continue
        speaker = _of_aider(line[:400], starts) if is_aider else _named(line[:400])
        if speaker and not (is_aider and starts and starts[-1][1] == speaker):
            starts.append((number, speaker))
    speakers = {speaker for _, speaker in starts}
    if "user" not in speakers or not (is_aider or "assistant" in speakers):
        return ()
    ends = [start - 1 for start, _ in starts[1:]] + [len(lines)]
    return tuple(_turn(speaker, Span(start=start, end=end)) for (start, speaker), end in zip(starts, ends, strict=True))


def _turn(speaker: str, span: Span) -> Section:
    section = Section(title=speaker, level=1, span=span, role="context", named=True)
    if speaker == "assistant":
        return section
    return replace(section, role="work" if speaker == "user" else "bookkeeping")


def _of_aider(line: str, known: Sequence[tuple[int, str]]) -> str | None:
    if line.startswith("#### "):
        return "user"
    if line.startswith(">"):
        return "tool"
    return "assistant" if line.strip() and known else None


def _named(line: str) -> str | None:
    match = _SPEAKER.match(line)
    # A bare name speaks only where it stands alone.
    if not match or (not match["mark"] and match.end() != len(line.rstrip())):
        return None
    # "Prompt: ..." in a line of prose is a field; a lone word of running text is no name.
    if not match["mark"] and not line.startswith("#") and line.strip().casefold() not in ("you said", "chatgpt said"):
        return None
    return "user" if match["user"] else "assistant" if match["assistant"] else "tool"
