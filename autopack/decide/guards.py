"""Guards on the text of a change: credentials, what a merge left behind, giant and binary files.

On tests that vanish: see `autopack.decide.guards_tests`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.decide.mandate import Mandate
from autopack.decide.masking import Mask, find_secrets
from autopack.model.finding import Finding

SECRET_RULE = "guard.secret"
MOST_TEXT_BYTES = 1_000_000
MOST_BINARY_BYTES = 100_000
_HEAD_BYTES = 8192

_PROSE_SUFFIXES = frozenset(
    {".md", ".markdown", ".mdx", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ".html", ".htm", ".txt", ".csv", ".tsv"}
)
_PROSE_NAMES = frozenset({"README", "CHANGELOG", "CHANGES", "NEWS", "LICENSE", "CONTRIBUTING", "TODO"})
_CONFLICT_EDGE = re.compile(r"(?:<{7}|>{7}|\|{7})(?: |$)")
_CONFLICT_MIDDLE = "=" * 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """One file of a change.  A side that is absent or was not read is an empty text; sizes are in bytes, 0 when absent.

    `added` are the lines (with their numbers) that the new text has and the old one has not, wherever they stand there.
    """

    path: str
    before: str = ""
    after: str = ""
    before_bytes: int = 0
    after_bytes: int = 0
    is_binary: bool = False
    added: tuple[tuple[int, str], ...] = ()
    removed: tuple[str, ...] = ()


def make_changed_file(
    path: str, before: bytes | None, after: bytes | None, before_bytes: int = 0, after_bytes: int = 0
) -> ChangedFile:
    """A file of a change from the two contents; `None` = absent, or too large to be read (then the size says so)."""
    old, new = _to_text(before), _to_text(after)
    left = Counter(old.split("\n"))
    added = []
    for number, line in enumerate(new.split("\n"), 1):
        if left[line] > 0:
            left[line] -= 1
        else:
            added.append((number, line.rstrip("\r")))
    return ChangedFile(
        path=path,
        before=old,
        after=new,
        before_bytes=before_bytes or len(before or b""),
        after_bytes=after_bytes or len(after or b""),
        is_binary=b"\0" in (after or b"")[:_HEAD_BYTES],
        added=tuple(added),
        removed=tuple((+left).elements()),
    )


def _to_text(content: bytes | None) -> str:
    # Without the zeros, a file in UTF-16 shows its words too.
    return (content or b"").replace(b"\0", b"").decode("utf-8", "replace")


def is_prose(path: str) -> bool:
    """Whether a file is read by people only, by its name: what it quotes does nothing."""
    name = PurePosixPath(path)
    return name.name in _PROSE_NAMES or (name.suffix.lower() in _PROSE_SUFFIXES and name.name != "CMakeLists.txt")


def find_added_secrets(files: Sequence[ChangedFile], known: Sequence[str] = ()) -> tuple[Finding, ...]:
    """A finding for each file that gains a credential: by its form, or one of the known values, in plain or encoded.

    What stood in any of these files before is no leak of this change.  The credential itself is never told.
    """
    mask = Mask.of(known)
    forms = (*mask.forms, *mask.codes)
    found = []
    for file in files:
        text = "\n".join(line for _, line in file.added)
        hits = [(start, kind, text[start:end]) for start, end, kind in find_secrets(text)]
        hits += [(text.index(form), "secret of this environment", form) for form in forms if form in text]
        fresh = sorted((start, kind) for start, kind, value in hits if not any(value in other.before for other in files))
        if fresh:
            start, kind = fresh[0]
            line = file.added[text.count("\n", 0, start)][0]
            found.append(
                Finding(
                    rule=SECRET_RULE,
                    severity="block",
                    message=f"{file.path}:{line} adds what looks like a credential ({kind})" + _more(len(fresh) - 1),
                    hint="read it from the environment; in an example, write a placeholder such as `<token>`",
                    path=file.path,
                )
            )
    return tuple(found)


def find_conflict_markers(files: Sequence[ChangedFile]) -> tuple[Finding, ...]:
    """A finding for each text file that gains the lines of an unresolved merge; an underlined heading is none."""
    found = []
    for file in files:
        lines = [] if file.is_binary else file.added
        edges = [number for number, line in lines if _CONFLICT_EDGE.match(line)]
        if not edges and not is_prose(file.path):
            whole = file.after.split("\n")
            edges = [number for number, line in lines if line == _CONFLICT_MIDDLE and not _is_rule(whole, number)]
        if edges:
            found.append(
                Finding(
                    rule="guard.conflict-marker",
                    severity="block",
                    message=f"{file.path}:{edges[0]} adds the marker of an unresolved merge" + _more(len(edges) - 1),
                    hint="resolve the conflict; in an example, indent the marker",
                    path=file.path,
                )
            )
    return tuple(found)


def _is_rule(lines: Sequence[str], number: int) -> bool:
    """Whether the line at this number underlines or overlines a title, which is at most as long as it."""
    above, below = ("".join(lines[at : at + 1]).strip() for at in (number - 2 if number > 1 else number, number))
    return any(0 < len(title) <= len(_CONFLICT_MIDDLE) for title in (above, below))


def find_large_files(files: Sequence[ChangedFile], mandate: Mandate) -> tuple[Finding, ...]:
    """A finding for each giant text and large binary file that the change adds or makes, unless the plan names it.

    A text that was giant before may change as long as it does not grow by as much again: a lock file gets a line.
    """
    found = []
    for file in files:
        limit = MOST_BINARY_BYTES if file.is_binary else MOST_TEXT_BYTES
        was_giant = not file.is_binary and file.before_bytes > limit and file.after_bytes - file.before_bytes <= limit
        if file.after_bytes > limit and not was_giant and not mandate.names(file.path):
            kind = "binary-file" if file.is_binary else "giant-file"
            found.append(
                Finding(
                    rule=f"guard.{kind}",
                    severity="block",
                    message=f"{file.path} is a {kind.replace('-', ' ')} of {file.after_bytes} bytes, more than {limit}",
                    hint="if it belongs there, name exactly this path in the plan",
                    path=file.path,
                )
            )
    return tuple(found)


def _more(count: int) -> str:
    return f", and {count} more" if count > 0 else ""
