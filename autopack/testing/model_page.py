"""The page of the types that hooks are asked with and answer with, made from the classes."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

# In the order in which they build on each other.  What only the host uses (configuration, records, tables) is left out.
_MODULES = ("workspace", "draft", "finding", "plan", "toolchain", "failure", "intent", "attempt", "specs", "policy", "event")
_TOP = """# Types

What hooks are asked with and what they answer with, under the module to import it from. Everything is frozen and keyword-only, a
sequence is a tuple, a path in the repository is relative to its root. A field without a default must be given.
"""


def model_page() -> str:
    """Every class, and every choice of words, in the modules that plugins import."""
    parts, seen = [_TOP], set[str]()
    for name in _MODULES:
        module = importlib.import_module(f"autopack.model.{name}")
        parts.append(f"\n## `{module.__name__}`\n\n{inspect.getdoc(module)}\n")
        choices = {word: value for word, value in vars(module).items() if _is_choice(value) and word not in seen}
        if choices:
            lines = "\n".join(f"{word} = {_show_choice(value)}" for word, value in choices.items())
            parts.append(f"\n```python\n{lines}\n```\n")
        seen |= choices.keys()
        for kind in vars(module).values():
            if isinstance(kind, type) and kind.__module__ == module.__name__:
                parts.append(_describe(kind))
    return "".join(parts)


def _is_choice(value: Any) -> bool:
    return get_origin(value) in (Literal, Union, UnionType)


def _show_choice(value: Any) -> str:
    members = get_args(value)
    return " | ".join(f'"{one}"' if isinstance(one, str) else one.__name__ for one in members)


def _describe(kind: type) -> str:
    text = inspect.getdoc(kind) or ""
    # A dataclass without a docstring gets its signature as one.
    about = "" if text.startswith(f"{kind.__name__}(") else f"{text}\n\n"
    bases = [base.__name__ for base in kind.__bases__ if base is not object]
    head = f"class {kind.__name__}" + (f"({', '.join(bases)})" if bases else "")
    body = "\n".join(f"    {line}" for line in _members(kind))
    return f"\n### `{kind.__name__}`\n\n{about}```python\n{head}:\n{body}\n```\n"


def _members(kind: type) -> Iterator[str]:
    fields = {field.name: field for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else {}
    for name, annotation in inspect.get_annotations(kind).items():
        default = fields[name].default
        yield f"{name}: {annotation}" + ("" if default is dataclasses.MISSING else f" = {default!r}")
    for name, member in vars(kind).items():
        if name.startswith("_") or not (inspect.isfunction(member) or isinstance(member, property)):
            continue
        about = (inspect.getdoc(member) or "").partition("\n")[0]
        if isinstance(member, property):
            returned = inspect.signature(member.fget).return_annotation if member.fget else ""
            yield f"{name}: {returned}  # {about}"
        else:
            # Annotations are strings, so the signature shows them in quotes.
            signature = str(inspect.signature(member)).replace("'", "")
            yield f"def {name}{signature}" + (f"  # {about}" if about else "")
