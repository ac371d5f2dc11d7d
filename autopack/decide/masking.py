"""Text made fit for a log line: no control characters, no secrets, nothing long."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from autopack.decide.names import digest_text

MASK = "***"
PRIVATE_CHARS = 200
LIMIT_CHARS = 2000

# What a model was asked or said, and what a program printed: may hold anything, so only its digest and size are told.
_PRIVATE_KEYS = frozenset({"prompt", "answer", "text", "output", "stdout", "stderr"})

_NAME = r"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|credential)"
_SECRET_KEY = re.compile(rf"(?:^|[_-]){_NAME}$|^authorization$", re.IGNORECASE)
_SECRET_OPTION = re.compile(rf"--?(?:[a-z]{{1,20}}-)?{_NAME}", re.IGNORECASE)
_SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)"),
    re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|hf_|npm_|pypi-)[A-Za-z0-9_-]{16,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\bAIza[A-Za-z0-9_-]{30,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
)
# Here the words before the secret stay, so that the line still says what it was.
_NAMED_SECRETS = (
    re.compile(r"(://)[^/\s@]{1,300}(?=@)"),
    re.compile(r"(\b(?:bearer|basic)\s{1,3})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(rf"({_NAME}[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?)[^\s\"',;]{{4,}}", re.IGNORECASE),
)


def mask_secrets(text: str) -> str:
    """The text with everything that looks like a key, a token or a password replaced by `***`."""
    for pattern in _SECRETS:
        text = pattern.sub(MASK, text)
    for pattern in _NAMED_SECRETS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def escape_controls(text: str, *, keep: str = "") -> str:
    """The text with control, bidirectional and zero-width characters escaped, but for those in `keep`."""
    return "".join(ch if ch in keep or unicodedata.category(ch) not in ("Cc", "Cf", "Cs") else _escaped(ch) for ch in text)


def _escaped(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"


def clean_fact(key: str, value: Any) -> Any:
    """A value as it may stand in a log under this key; lists and mappings are cleaned part by part."""
    if isinstance(value, str):
        if _SECRET_KEY.search(key):
            return MASK
        if len(value) > (PRIVATE_CHARS if key in _PRIVATE_KEYS else LIMIT_CHARS):
            return f"sha256:{digest_text(value, 12)} ({len(value)} characters)"
        return escape_controls(mask_secrets(value))
    if isinstance(value, dict):
        return {clean_fact("", str(name)): clean_fact(str(name), part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        before = ("", *value)
        return [
            MASK if isinstance(last, str) and _SECRET_OPTION.fullmatch(last) else clean_fact(key, part)
            for last, part in zip(before, value, strict=False)
        ]
    return value if value is None or isinstance(value, (bool, int, float)) else clean_fact(key, str(value))
