"""Whether what a plugin offers fits the hook it answers: arguments, types, patterns."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args, get_origin, get_type_hints

from autopack import hookspecs
from autopack.decide.regex import has_nested_quantifier
from autopack.model.codec import fits, from_data, to_data
from autopack.model.failure import Pattern
from autopack.model.plugin import Misfit
from autopack.model.specs import BuilderSpec, EmbedderSpec, LauncherSpec

_LINE_CHARS = 4096


@functools.cache
def list_arguments(hook: str) -> tuple[str, ...]:
    """The names of the hook's arguments, in order."""
    return tuple(inspect.signature(getattr(hookspecs, hook)).parameters)


def check_answer(hook: str, answer: Any, package: str) -> Any:
    """The answer with its package's name on it, a tuple where the hook gives a sequence; `None` when there is none.

    Raises `Misfit` when it, or a field of it, is not of the hook's type.
    """
    kind, is_sequence = _answer_type(hook)
    if answer is None or kind is type(None):
        return None
    if not is_sequence:
        return _check_value(kind, answer, package)
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise Misfit(f"answered {type(answer).__name__}, not a sequence of {kind.__name__}")
    return tuple(_check_value(kind, value, package) for value in answer)


def find_deprecated(hooks: Mapping[str, Sequence[str]], deprecated: Mapping[str, str]) -> tuple[str, ...]:
    """A note on each deprecated hook, or argument of a hook, among those that a plugin uses."""
    used = sorted({name for hook, arguments in hooks.items() for name in (hook, *(f"{hook}.{one}" for one in arguments))})
    return tuple(f"it uses {name}, which will go: {deprecated[name]}" for name in used if name in deprecated)


def find_pattern_fault(pattern: Pattern) -> str | None:
    """Why a failure pattern cannot be used, if so."""
    if has_nested_quantifier(pattern.regex):
        return f"the pattern {pattern.kind!r} repeats a group that holds a repetition, which may never end on a long line"
    try:
        found = re.search(pattern.regex, pattern.example[:_LINE_CHARS])
    except (re.error, OverflowError, RecursionError) as problem:
        return f"the pattern {pattern.kind!r} does not compile: {problem}"
    return None if found else f"the pattern {pattern.kind!r} does not find its own example"


@functools.cache
def _answer_type(hook: str) -> tuple[Any, bool]:
    """The type that one value of the hook's answer has, and whether the answer is a sequence of them."""
    answer = get_type_hints(getattr(hookspecs, hook))["return"]
    # A hook answers `Sequence[X]`, `X | None` or `None`; the first member is what counts.
    kind = (get_args(answer) or (answer,))[0]
    return kind, get_origin(answer) is Sequence


def _check_value(kind: Any, value: Any, package: str) -> Any:
    if not isinstance(value, kind):
        raise Misfit(f"answered {type(value).__name__}, not {kind.__name__}")
    if kind in (BuilderSpec, EmbedderSpec, LauncherSpec):
        if not isinstance(value.name, str) or not callable(value.factory):
            raise Misfit(f"answered a {kind.__name__} without a name or a factory that can be called")
    elif not fits(kind, value):
        # A dataclass checks no field.  There and back finds what is not of its type, such as a misspelt severity.
        try:
            value = from_data(kind, to_data(value))
        except (TypeError, ValueError) as problem:
            raise Misfit(f"answered a {kind.__name__} that does not fit: {problem}") from None
    return replace(value, package=package) if "package" in kind.__dataclass_fields__ else value
