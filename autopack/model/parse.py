"""The one door for JSON, TOML and YAML that somebody else wrote: limits first, then the parser, then plain data.

Plugins use it too.  Everything that cannot be read is `Unreadable`, never a crash of the parser's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

LIMIT_CHARS = 1024 * 1024
MAX_DEPTH = 64

# Bounded, so that the search stays linear; longer parts are too few in a text of that size to matter.
_LONG_KEY = re.compile(
    r"""(?:(?:(?<![\w-])[\w-]{1,400}+|"(?:[^"\\\n]|\\.){0,400}+"|'[^'\n]{0,400}+')[ \t]{0,400}+\.[ \t]{0,400}+){64}"""
)
_PLAIN_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,18})")
_TAG = "tag:yaml.org,2002:"


class Unreadable(ValueError):
    """Text that is not the plain data it should be; `line` counts from 1, 0 where it is not known."""

    def __init__(self, problem: str, line: int = 0, *, hint: str = "") -> None:
        super().__init__(f"line {line}: {problem}" if line else problem)
        self.problem = problem
        self.line = line
        self.hint = hint


class BadSyntax(Unreadable):
    """Not text of this format at all, while other `Unreadable` text is, but oversized or ambiguous."""


def load_json(text: str, *, limit_chars: int = LIMIT_CHARS, max_depth: int = MAX_DEPTH) -> Any:
    """Strict JSON.  Refused beyond the limits, with duplicate keys, with NaN or with a number too large for one."""
    import json

    _require_short(text, limit_chars)
    try:
        # Its parser, even the one in C, counts how deep it is and stops in time.
        found = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise BadSyntax(f"this is not JSON: {error.msg}", error.lineno) from None
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable(_first_line(error)) from None
    _require_shallow(found, max_depth)
    return found


def load_toml(text: str, *, limit_chars: int = LIMIT_CHARS) -> dict[str, Any]:
    """A TOML document; duplicate keys are refused by the format itself."""
    import tomllib

    _require_short(text, limit_chars)
    # Each part of a dotted key costs as much as there are parts before it.
    if long_key := _LONG_KEY.search(text):
        raise Unreadable(f"nested more than {MAX_DEPTH} levels deep", text.count("\n", 0, long_key.start()) + 1)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSyntax(f"this is not TOML: {_first_line(error)}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(_first_line(error)) from None
    _require_shallow(found, MAX_DEPTH)
    return found


def load_yaml(text: str, *, limit_chars: int = LIMIT_CHARS, max_depth: int = MAX_DEPTH) -> Any:
    """Plain YAML as JSON would hold it: dates, `0o17` and `1:30` are texts, and each key stands once and is a text."""
    node = compose_yaml(text, limit_chars=limit_chars, max_depth=max_depth)
    return None if node is None else _plain(node)


def compose_yaml(text: str, *, limit_chars: int = LIMIT_CHARS, max_depth: int = MAX_DEPTH) -> yaml.Node | None:
    """The node tree of one plain YAML document, `None` when it is empty: no anchors, aliases, merge keys or tags.

    An alias makes small files huge, a merge key makes them slow, a tag makes objects, and depth overflows the composer's
    stack.  Events come one by one without recursion, also from the parser in C, whose composer crashes on depth.
    """
    import yaml

    _require_short(text, limit_chars)
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _require_plain(yaml.parse(text, Loader=loader), max_depth)
        return yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadSyntax(error.problem or "this is not YAML", mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise BadSyntax(f"this is not YAML: {_first_line(error)}") from None


def _require_short(text: str, limit_chars: int) -> None:
    if len(text) > limit_chars:
        raise Unreadable(f"larger than {limit_chars} characters")


def _require_shallow(value: Any, max_depth: int) -> None:
    level = [value]
    for _ in range(max_depth + 1):
        inner = (part.values() if isinstance(part, dict) else part for part in level if isinstance(part, (dict, list)))
        level = [part for parts in inner for part in parts]
    if level:
        raise Unreadable(f"nested more than {max_depth} levels deep")


def _require_plain(events: Iterable[yaml.Event], max_depth: int) -> None:
    import yaml

    depth = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise Unreadable("anchors and aliases are not allowed", line, hint="write the value out")
        if (tag := getattr(event, "tag", None)) is not None:
            raise Unreadable("tags are not allowed", line, hint=f"leave {tag[:40]!r} out")
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
            raise Unreadable("merge keys are not allowed", line, hint="write the keys out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > max_depth:
            raise Unreadable(f"nested more than {max_depth} levels deep", line)


def _plain(node: yaml.Node) -> Any:
    import yaml

    if isinstance(node, yaml.SequenceNode):
        return [_plain(part) for part in node.value]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable("a key must be a text", line)
            if key.value in found:
                raise Unreadable(f"duplicate key {key.value[:80]!r}", line)
            found[key.value] = _plain(value)
        return found
    kind, value = node.tag.removeprefix(_TAG), str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return value.lower() in ("true", "yes", "on")
    if kind == "int" and _PLAIN_INT.fullmatch(value):
        return int(value)
    if kind == "float" and ":" not in value:
        try:
            return _finite(value.replace("_", ""))
        except ValueError:
            raise Unreadable(f"{value[:20]!r} is no number that can be used", node.start_mark.line + 1) from None
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable(f"duplicate key {_second(name for name, _ in pairs)!r}")
    return found


def _second(names: Iterable[Hashable]) -> Hashable:
    seen: set[Hashable] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _no_constant(name: str) -> Any:
    raise Unreadable(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Unreadable(f"{digits[:20]} is too large for a number")
    return value


def _first_line(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else (str(error).splitlines() or [""])[0][:200]
