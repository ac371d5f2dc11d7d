"""Names made safe: run ids, project ids, phase ids, file names of artifacts."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SAFE = re.compile(r"[a-z0-9][a-z0-9._-]*")
_MADE = re.compile(r"--[0-9a-f]{8}\Z")


def digest_text(text: str, digits: int = 64) -> str:
    """The first hex digits of the text's sha256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def make_safe_id(text: str, limit_chars: int = 64) -> str:
    """A name for folders, refs and files that says what it is for, unique for each different text.

    A text that is already safe comes back as it is; any other gets eight digits of its digest behind what is left of it,
    and so does one that looks as if this was done to it: it would be the name of another text.
    """
    if is_safe_id(text, limit_chars) and not _MADE.search(text):
        return text
    return f"{make_slug(text, limit_chars - 10)}--{digest_text(text, 8)}"


def make_slug(text: str, limit_chars: int) -> str:
    """What is left of a text in lower-case letters, digits and hyphens; `x` when nothing is.  Not unique."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit_chars].strip("-") or "x"


def is_safe_id(text: str, limit_chars: int = 64) -> bool:
    """Whether a text may stand in a ref, a folder and a URL as it is: lower-case letters, digits, `.`, `_`, `-`."""
    return (
        len(text) <= limit_chars and _SAFE.fullmatch(text) is not None and ".." not in text and not text.endswith((".", ".lock"))
    )
