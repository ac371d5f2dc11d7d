"""Frozen data to JSON and back: the same value gives the same bytes."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import types
import typing
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring
from math import isfinite
from operator import itemgetter
from pathlib import PurePosixPath
from typing import Any, TypeVar

from autopack.model.parse import load_json as load_json

T = TypeVar("T")

# What a run recorded of itself may be larger than what a person writes.
_RECORD_CHARS = 64_000_000
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PLAIN = (str, int, bool, float, type(None), PurePosixPath)
_COMPACT = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


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
    parts: list[str] = []
    if indent is None:
        parts.append(_COMPACT.encode(to_data(value)))
    else:
        _lay_out(value, "\n", " " * indent, parts.append)
        parts.append("\n")
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", "".join(parts))


def _lay_out(value: Any, line: str, step: str, add: Callable[[str], object]) -> None:
    """What `json.dumps` gives with an indent, at half of its time: with one it leaves its C encoder (Python 3.14 does not)."""
    inner = line + step
    rows: Iterable[tuple[str, Any]]
    kind: Any = type(value)
    if (fields := _sorted_starts(kind, inner)) is not None:
        rows, opened, closed = [(start, getattr(value, name)) for name, start in fields], "{", "}"
    elif isinstance(value, (list, tuple)):
        rows, opened, closed = ((inner, part) for part in value), "[", "]"
    elif isinstance(value, dict):
        named = sorted(((str(key), part) for key, part in value.items()), key=itemgetter(0))
        rows, opened, closed = ((f"{inner}{encode_basestring(key)}: ", part) for key, part in named), "{", "}"
    else:
        add(_COMPACT.encode(to_data(value)))
        return
    before = opened
    for start, part in rows:
        # Leaves are most of every document, and a call costs more than all else.
        kind = type(part)
        if kind is str:
            add(f"{before}{start}{encode_basestring(part)}")
        elif part is None:
            add(f"{before}{start}null")
        elif kind is int or (kind is float and isfinite(part)):
            add(f"{before}{start}{part!r}")
        else:
            add(before + start)
            _lay_out(part, inner, step, add)
        before = ","
    add(opened + closed if before == opened else line + closed)


@functools.cache
def _sorted_starts(kind: type[Any], line: str) -> tuple[tuple[str, str], ...] | None:
    """The fields of a dataclass in the order of the text, each with the line break and the name before its value; else `None`."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple((name, f"{line}{encode_basestring(name)}: ") for name in sorted(_field_names(kind)))


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


def fits(kind: Any, value: Any) -> bool:
    """Whether `from_data(kind, to_data(value))` is known to give an equal value, without building it."""
    return _fitter(kind)(value)


@functools.cache
def _fitter(kind: Any) -> Callable[[Any], bool]:
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return lambda value: isinstance(value, str) and value in args
    if origin in (typing.Union, types.UnionType):
        members = [_fitter(arg) for arg in args]
        return lambda value: any(member(value) for member in members)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        one = _fitter(args[0])
        return lambda value: type(value) is tuple and all(map(one, value))
    if origin is tuple:
        each = [_fitter(arg) for arg in args]
        return lambda value: (
            type(value) is tuple and len(value) == len(each) and all(fit(part) for fit, part in zip(each, value, strict=True))
        )
    if dataclasses.is_dataclass(kind):
        cls = typing.cast(type, kind)
        hints = typing.get_type_hints(cls)
        fields = [(name, _fitter(hints[name])) for name in _field_names(cls)]
        return lambda value: type(value) is cls and all(fit(getattr(value, name)) for name, fit in fields)
    return lambda value: kind in _PLAIN and type(value) is kind


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
