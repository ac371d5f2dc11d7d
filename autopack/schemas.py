"""Load a schema by name, and check a document against it.  Full checks stand at document edges only."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopack.errors import WrongUse

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

_MESSAGE_CHARS = 300


def schema_folder() -> Path:
    """Where the schemas stand: inside the installed package, or beside it in a checkout."""
    packed = Path(__file__).parent / "_schemas"
    return packed if packed.is_dir() else Path(__file__).parents[1] / "schemas"


def load_schema(name: str) -> dict[str, Any]:
    """The schema of this name, such as `plan_v1`.  Raises `KeyError` when there is none."""
    try:
        schema: dict[str, Any] = json.loads((schema_folder() / f"{name}.schema.json").read_text("utf-8"))
    except FileNotFoundError:
        raise KeyError(name) from None
    return schema


def check_document(name: str, data: Any) -> None:
    """Raises `WrongUse` with the JSON pointer of the deepest part that does not fit the schema."""
    from jsonschema.exceptions import best_match

    error = best_match(_validator(name).iter_errors(data))
    if error is not None:
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in error.absolute_path)
        message = error.message if len(error.message) <= _MESSAGE_CHARS else f"{error.message[:_MESSAGE_CHARS]}…"
        raise WrongUse(f"the document does not fit the schema {name!r} at {pointer or '/'!r}: {message}")


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(load_schema(name))
