"""Whether a plugin's declared host versions hold this one; the few comparisons it takes, not a package manager."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)\s*(?:\[[^\]]*\])?\s*(?P<rest>[^;]*)(?:;(?P<marker>.*))?", re.DOTALL)
_CLAUSE = re.compile(r"(?P<operator>~=|==|!=|<=|>=|<|>)\s*(?P<version>\d+(?:\.\d+)*)(?P<any>\.\*)?")
_RELEASE = re.compile(r"v?(?P<release>\d+(?:\.\d+)*)(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|post|dev|r)[-_.]?\d*)*(?:\+[\w.]+)?")
_PARTS = 6

_Release = tuple[int, ...]
_COMPARE: dict[str, Callable[[_Release, _Release], bool]] = {
    "==": lambda host, other: host == other,
    "!=": lambda host, other: host != other,
    "<=": lambda host, other: host <= other,
    ">=": lambda host, other: host >= other,
    "<": lambda host, other: host < other,
    ">": lambda host, other: host > other,
}


def judge_requirements(requirements: Iterable[str], host: str, *, name: str = "autopack") -> tuple[str | None, str | None]:
    """Why this host is not one the requirements allow, and what they leave unsaid; `None` where there is nothing to say.

    `requirements` are the `Requires-Dist` values of a distribution.  What cannot be read restricts nothing, and is told.
    """
    wanted, unreadable = [], []
    for specifier, marker in list_specifiers(requirements, name=name):
        if marker or not allows(specifier, host)[1]:
            unreadable.append(specifier or f"{name}; {marker}")
        else:
            wanted.append(specifier)
    for specifier in wanted:
        if not allows(specifier, host)[0]:
            return f"needs {name} {specifier}, this is {host}", None
    if unreadable:
        return None, f"what it says of the {name} versions it fits cannot be read: {unreadable[0]!r}"
    if not any(wanted):
        return None, f"it does not say which {name} versions it fits; declare a dependency such as `{name}>=0.1,<1`"
    return None, None


def list_specifiers(requirements: Iterable[str], *, name: str = "autopack") -> list[tuple[str, str]]:
    """What the requirements say of one distribution: specifier and marker, those of extras left out."""
    found = []
    for requirement in requirements:
        parts = _REQUIREMENT.fullmatch(requirement.strip())
        if parts is None or parts["name"].lower() != name:
            continue
        marker = (parts["marker"] or "").strip()
        if "extra" not in marker:  # only asked for by whoever installs that extra
            found.append((parts["rest"].strip().removeprefix("(").removesuffix(")").replace(" ", ""), marker))
    return found


def allows(specifier: str, version: str) -> tuple[bool, bool]:
    """Whether a version satisfies every clause of a specifier such as `>=0.1,<1`, and whether both could be read.

    A pre-release counts as its release: it has that release's hooks.
    """
    host = read_release(version)
    fits, readable = True, host is not None
    for text in filter(None, specifier.split(",")):
        clause = _CLAUSE.fullmatch(text)
        if clause is None or host is None or (clause["any"] and clause["operator"] not in ("==", "!=")):
            fits = readable = False
            continue
        fits &= _holds(clause["operator"], clause["version"], bool(clause["any"]), host)
    return fits, readable


def read_release(version: str) -> tuple[int, ...] | None:
    """The numbers of a version, filled with zeros so that 1 and 1.0 compare equal; `None` when it is none."""
    found = _RELEASE.fullmatch(version.strip().lower())
    return _pad(found["release"]) if found else None


def _holds(operator: str, version: str, is_prefix: bool, host: _Release) -> bool:
    other = _pad(version)
    written = version.count(".") + 1
    if operator == "~=":
        return host >= other and host[: max(1, written - 1)] == other[: max(1, written - 1)]
    if is_prefix:
        return _COMPARE[operator](host[:written], other[:written])
    return _COMPARE[operator](host, other)


def _pad(release: str) -> _Release:
    numbers = tuple(int(part) for part in release.split(".")[:_PARTS])
    return numbers + (0,) * (_PARTS - len(numbers))
