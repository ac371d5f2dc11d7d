"""JSON schemas of the model's dataclasses: written from the types, so that a document and its schema cannot drift apart."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from autopack.model.attempt import Manifest, Outcome
from autopack.model.event import Event
from autopack.model.intent import Intent
from autopack.model.memory import MemoryTable
from autopack.model.plan import Plan
from autopack.model.report import BatchReport, Report
from autopack.model.run import RunRequest
from autopack.model.tables import (
    DoctorTable,
    ExplainedToolchains,
    FaultTable,
    PluginCheck,
    ScopeTable,
    StatusTable,
    ToolchainTable,
)

_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean"}
_UNIT = {"type": "number", "minimum": 0, "maximum": 1}


def schema_of(kind: type, name: str, title: str) -> dict[str, Any]:
    """The schema of a dataclass and everything below it; unknown keys are refused, every field is required."""
    definitions: dict[str, Any] = {}
    _reference(kind, definitions)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"autopack.{name}", "title": title}
    return {**head, "$ref": f"#/$defs/{kind.__name__}", "$defs": dict(sorted(definitions.items()))}


def _reference(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = typing.get_type_hints(kind)
        fields = dataclasses.fields(kind)
        definitions[name] = {
            "type": "object",
            **_description(kind),
            "properties": {field.name: _schema_of_field(field, hints[field.name], definitions) for field in fields},
            "required": sorted(field.name for field in fields),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def _description(kind: type) -> dict[str, str]:
    text = inspect.getdoc(kind) or ""
    # A dataclass without a docstring gets its signature as one.
    return {} if not text or text.startswith(f"{kind.__name__}(") else {"description": " ".join(text.split())}


def _schema_of_field(field: dataclasses.Field[Any], kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if field.name == "schema":
        return {"const": field.default}
    if field.name == "confidence" or field.name.endswith("_confidence"):
        return _UNIT
    return _schema(kind, definitions)


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if kind is Any:
        return {}
    if kind is PurePosixPath:
        return {"type": "string"}
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    if kind is type(None):
        return {"type": "null"}
    if dataclasses.is_dataclass(kind):
        return _reference(typing.cast(type, kind), definitions)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return {"enum": list(args)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_schema(member, definitions) for member in args]}
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return {"type": "array", "items": _schema(args[0], definitions)}
    if origin is tuple:
        return {
            "type": "array",
            "prefixItems": [_schema(part, definitions) for part in args],
            "minItems": len(args),
            "maxItems": len(args),
        }
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(args[1], definitions)}
    raise TypeError(f"{kind!r} has no schema")


def plan_schema() -> dict[str, Any]:
    """The plan's schema with what types cannot say.

    A stated value cites its lines.  A ready plan has, for each phase with open work, a deliverable, a path that may change
    and a check whose argv is known, and no open question that blocks.
    """
    schema = schema_of(Plan, "plan_v1", "A structured plan")
    definitions = schema["$defs"]
    cites = {
        "if": {"properties": {"origin": {"const": "stated"}}, "required": ["origin"]},
        "then": {"properties": {"source": {"$ref": "#/$defs/Span"}}},
    }
    for definition in definitions.values():
        if {"origin", "source"} <= definition.get("properties", {}).keys():
            definition.update(cites)
    for name in ("start", "end"):
        definitions["Span"]["properties"][name]["minimum"] = 1
    for name in ("max_files", "max_tokens", "max_minutes", "max_attempts"):
        definitions["Budget"]["properties"][name]["exclusiveMinimum"] = 0
    todo = {"properties": {"status": {"enum": ["todo", "in_progress", "unknown"]}}}
    open_work = {"properties": {"deliverables": {"contains": todo}}}
    can_run = {
        "properties": {
            "deliverables": {"minItems": 1},
            "scope": {"properties": {"paths": {"minItems": 1, "items": {"properties": {"path": {"pattern": _CONTAINED}}}}}},
            "validation": {"minItems": 1, "items": {"properties": {"argv": {"minItems": 1}}}},
        }
    }
    ready = {
        "phases": {"minItems": 1, "items": {"if": open_work, "then": can_run}},
        "open_questions": {"items": {"properties": {"blocking": {"const": False}}}},
    }
    definitions["Plan"]["if"] = {"properties": {"status": {"const": "ready"}}}
    definitions["Plan"]["then"] = {
        "anyOf": [
            {"properties": ready},
            # Preflight has refused it, or asks: the findings say what is wrong with a path that leaves the repository.
            {"properties": {"findings": {"contains": {"properties": {"severity": {"enum": ["block", "ask"]}}}}}},
        ]
    }
    return schema


_CONTAINED = r"^(?!/|~)(?!(.*/)?\.\.(/|$)).+$"


def _page(kind: type, name: str, title: str) -> Callable[[], str]:
    return lambda: write_schema(schema_of(kind, name, title))


def write_schema(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "schemas/plan_v1.schema.json": lambda: write_schema(plan_schema()),
    "schemas/intent_v1.schema.json": _page(Intent, "intent_v1", "What a run is for"),
    "schemas/manifest_v1.schema.json": _page(Manifest, "manifest_v1", "The contract of one attempt"),
    "schemas/outcome_v1.schema.json": _page(Outcome, "outcome_v1", "How a phase ended"),
    "schemas/event_v1.schema.json": _page(Event, "event_v1", "One event of a journal, as observers see it"),
    "schemas/request_v1.schema.json": _page(RunRequest, "request_v1", "What a run was asked to do"),
    "schemas/report_v1.schema.json": _page(Report, "report_v1", "A run's report"),
    "schemas/batch_v1.schema.json": _page(BatchReport, "batch_v1", "The report of several runs"),
    "schemas/status_v1.schema.json": _page(StatusTable, "status_v1", "What `autopack status --json` prints"),
    "schemas/memory_v1.schema.json": _page(MemoryTable, "memory_v1", "What `autopack memory show --json` prints"),
    "schemas/toolchains_v1.schema.json": _page(ToolchainTable, "toolchains_v1", "What `autopack toolchains --json` prints"),
    "schemas/toolchains_explain_v1.schema.json": _page(
        ExplainedToolchains, "toolchains_explain_v1", "What `autopack toolchains --explain --json` prints"
    ),
    "schemas/scope_v1.schema.json": _page(ScopeTable, "scope_v1", "What `autopack scope --json` prints"),
    "schemas/doctor_v1.schema.json": _page(DoctorTable, "doctor_v1", "What `autopack doctor --json` prints"),
    "schemas/plugins_check_v1.schema.json": _page(PluginCheck, "plugins_check_v1", "What `autopack plugins check --json` prints"),
    "schemas/faults_v1.schema.json": _page(FaultTable, "faults_v1", "What `autopack faults --json` prints"),
}
