"""Frozen data to JSON and back: the same value gives the same bytes."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import types
import typing
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, TypeVar

from autopack.model.parse import load_json as load_json

T = TypeVar("T")

# What a run recorded of itself may be larger than what a person writes.
_RECORD_CHARS = 64_000_000
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def to_data(value: Any) -> Any:
    """Plain JSON values; dataclasses become objects, tuples lists, paths strings."""
    # First what is most of every document: a plan of a thousand items has a hundred thousand of them.
    if value is None or isinstance(value, (str, int, float)):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_data(getattr(value, name)) for name in _field_names(type(value))}
    if isinstance(value, (list, tuple)):
        return [to_data(part) for part in value]
    if isinstance(value, dict):
        return {str(key): to_data(part) for key, part in value.items()}
    if isinstance(value, PurePosixPath):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """Sorted keys, no NaN, ends with a newline when indented; half a surrogate pair, which UTF-8 cannot hold, is escaped."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(to_data(value), indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=separators)
    text = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return text if indent is None else text + "\n"


@functools.cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def from_data(kind: type[T], data: Any) -> T:
    """The value of this dataclass that `data` describes; `ValueError` names the field that does not fit.

    Unknown keys are ignored, so that an older Autopack reads what a newer one added.
    """
    decode: Callable[[Any], T] = _decoder(typing.cast(Any, kind))
    return decode(data)


def from_json(kind: type[T], text: str) -> T:
    """Like `from_data`; refuses duplicate keys and numbers that are none, which Python's json takes silently."""
    return from_data(kind, load_json(text, limit_chars=_RECORD_CHARS))


@functools.cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    if kind is Any:
        return lambda data: data
    if kind is PurePosixPath:
        return _typed(str, PurePosixPath)
    if kind is float:
        return _decode_float
    if kind in (str, int, bool, type(None)):
        return _typed(kind, None)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return functools.partial(_decode_literal, args)
    if origin in (typing.Union, types.UnionType):
        return functools.partial(_decode_union, args)
    if origin is tuple:
        return functools.partial(_decode_tuple, args)
    if origin is dict:
        value = _decoder(args[1])
        return lambda data: {key: value(part) for key, part in _require(data, dict, "an object").items()}
    if dataclasses.is_dataclass(kind):
        cls = typing.cast(type, kind)
        hints = typing.get_type_hints(cls)
        fields = {f.name: _decoder(hints[f.name]) for f in dataclasses.fields(kind)}
        return functools.partial(_decode_dataclass, cls, fields)
    raise TypeError(f"{kind!r} has no decoder")


def _typed(kind: type, make: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def decode(data: Any) -> Any:
        if type(data) is not kind:
            raise ValueError(f"expected {kind.__name__}, found {type(data).__name__}")
        return make(data) if make else data

    return decode


def _require(data: Any, kind: Any, words: str) -> Any:
    if not isinstance(data, kind) or isinstance(data, bool):
        raise ValueError(f"expected {words}, found {type(data).__name__}")
    return data


def _decode_float(data: Any) -> float:
    try:
        return float(_require(data, (int, float), "a number"))
    except OverflowError:
        raise ValueError("the number is too large") from None


def _decode_literal(allowed: tuple[Any, ...], data: Any) -> Any:
    if data not in allowed:
        raise ValueError(f"{data!r} is not one of {', '.join(map(repr, allowed))}")
    return data


def _decode_union(members: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in members:
        return None
    problems = []
    # Dataclasses of one union may share fields; the one whose fields are exactly these is meant.
    for member in sorted(members, key=lambda member: not _has_fields(member, data)):
        if member is type(None):
            continue
        try:
            return _decoder(member)(data)
        except ValueError as problem:
            problems.append(str(problem))
    raise ValueError("; ".join(problems))


def _has_fields(member: Any, data: Any) -> bool:
    return (
        isinstance(data, dict)
        and isinstance(member, type)
        and dataclasses.is_dataclass(member)
        and data.keys() == set(_field_names(member))
    )


def _decode_tuple(args: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    parts = _require(data, (list, tuple), "a list")
    if len(args) == 2 and args[1] is Ellipsis:
        one = _decoder(args[0])
        return tuple(one(part) for part in parts)
    if len(parts) != len(args):
        raise ValueError(f"expected {len(args)} values, found {len(parts)}")
    return tuple(_decoder(arg)(part) for arg, part in zip(args, parts, strict=True))


def _decode_dataclass(kind: type, fields: dict[str, Callable[[Any], Any]], data: Any) -> Any:
    values = {}
    for name, part in _require(data, dict, "an object").items():
        if name in fields:
            try:
                values[name] = fields[name](part)
            except ValueError as problem:
                raise ValueError(f"{kind.__name__}.{name}: {problem}") from None
    try:
        return kind(**values)
    except TypeError as problem:
        raise ValueError(f"{kind.__name__}: {problem}") from None
