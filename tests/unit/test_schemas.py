"""Schemas by name, and a document that does not fit one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autopack.errors import WrongUse
from autopack.schemas import check_document, load_schema, schema_folder


def test_every_schema_is_one_and_refuses_what_is_not_its_document():
    from jsonschema import Draft202012Validator

    names = sorted(path.name.removesuffix(".schema.json") for path in schema_folder().glob("*.schema.json"))
    assert "config_v1" in names
    for name in names:
        Draft202012Validator.check_schema(load_schema(name))
        with pytest.raises(WrongUse):
            check_document(name, [])


def test_a_document_that_does_not_fit_names_the_place():
    check_document("config_v1", {"budget": {"max_files": 3}})
    with pytest.raises(WrongUse) as caught:
        check_document("config_v1", {"budget": {"max_files": "3"}})
    assert caught.value.message == (
        "the document does not fit the schema 'config_v1' at '/budget/max_files': '3' is not of type 'integer'"
    )


def test_an_unknown_schema_is_a_key_error():
    with pytest.raises(KeyError):
        load_schema("config_v0")


def test_loading_a_schema_does_not_import_jsonschema():
    code = "import sys; from autopack.schemas import load_schema; load_schema('config_v1'); print('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
