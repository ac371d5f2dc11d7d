"""What a given setting is worth: its type, what the repository may say, which of several layers wins."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopack.model.config import SETTINGS, Kind, Setting

# Infinity and NaN fail the comparison, and so does a whole number too large for a float.
_LARGEST = sys.float_info.max
_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value that one layer gives, already of the setting's type, and the words that say where it stands."""

    value: Any
    origin: str


def merge_settings(
    own: Sequence[Mapping[str, Given]], repository: Mapping[str, Given]
) -> tuple[dict[str, Given], tuple[str, ...]]:
    """The value of every setting, and warnings for what the repository was not allowed to say.

    `own` are the person's layers, the one that wins first.  The repository is measured against the default: what the person
    says wins over it anyway, except that requirements add up.
    """
    chosen, warnings = {}, []
    for setting in SETTINGS:
        given = next((layer[setting.key] for layer in own if setting.key in layer), None)
        offered = repository.get(setting.key)
        if offered and (objection := _find_loosening(setting, offered.value)):
            warnings.append(f"{offered.origin}: {objection}; ignored")
            offered = None
        if given and offered and setting.repo_rule == "add":
            both = (*given.value, *(part for part in offered.value if part not in given.value))
            given = Given(value=both, origin=f"{given.origin}, {offered.origin}")
        chosen[setting.key] = given or offered or Given(value=setting.default, origin="default")
    return chosen, tuple(warnings)


def _find_loosening(setting: Setting, value: Any) -> str | None:
    """Why the repository may not give this value; `None` when it may."""
    if setting.repo_rule == "never":
        return f"the repository may not set {setting.key!r}"
    if setting.repo_rule == "lower" and value > setting.default:
        return f"the repository may only lower {setting.key!r}, and {value} is above {setting.default}"
    if setting.repo_rule == "default" and value != setting.default:
        return f"the repository may only set {setting.key!r} to {show_value(setting.default)}"
    return None


def read_words(setting: Setting, words: str) -> Any:
    """The setting's value written as plain words, as in an environment variable; `ValueError` says what was expected."""
    words = words.strip()
    try:
        if setting.kind == "flag":
            return _FLAGS[words.lower()]
        if setting.kind == "integer":
            return check_value(setting, int(words))
        if setting.kind == "number":
            return check_value(setting, float(words))
    except (KeyError, ValueError):
        raise _misfit(setting, repr(words)) from None
    if setting.kind == "names":
        return check_value(setting, [part.strip() for part in words.split(",") if part.strip()])
    return check_value(setting, words)


def check_value(setting: Setting, value: Any) -> Any:
    """The value as `Config` holds it; `ValueError` says what was expected and what was found."""
    if value is None and setting.default is None:
        return None
    fits: dict[Kind, Callable[[], bool]] = {
        "text": lambda: isinstance(value, str) and value != "" and value in (setting.choices or (value,)),
        "path": lambda: isinstance(value, str) and value != "",
        "flag": lambda: isinstance(value, bool),
        "integer": lambda: type(value) is int and value > 0,
        "number": lambda: type(value) in (int, float) and 0 < value <= _LARGEST,
        "names": lambda: isinstance(value, (list, tuple)) and all(isinstance(part, str) and part for part in value),
    }
    if not fits[setting.kind]():
        found = repr(value) if isinstance(value, str) else "nothing" if value is None else show_value(value)
        raise _misfit(setting, found)
    if setting.kind == "number":
        return float(value)
    return tuple(dict.fromkeys(value)) if setting.kind == "names" else value


def _misfit(setting: Setting, found: str) -> ValueError:
    return ValueError(f"{setting.key!r} must be {describe_kind(setting)}, not {found[:80]}")


def describe_kind(setting: Setting) -> str:
    """The values a setting takes, in a few words."""
    if setting.choices:
        return " or ".join(repr(choice) for choice in setting.choices)
    return {
        "text": "a text",
        "path": "the path of a folder",
        "flag": "true or false",
        "integer": "a whole number of at least 1",
        "number": "a finite number above 0",
        "names": "a list of names",
    }[setting.kind]


def show_value(value: Any) -> str:
    """A value for people, as one would write it."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value)
