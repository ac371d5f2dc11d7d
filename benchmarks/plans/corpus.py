"""The labelled plans: find them, put each into a repository of its own, and read it as `autopack plan` does, in this process."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from autopack.model.codec import to_data, to_json
from autopack.model.draft import Draft
from autopack.model.plan import Plan
from autopack.plugins import assemble_plugins, discover
from autopack.stages.ground import Ground, open_ground
from autopack.stages.plan import make_plan
from autopack.stages.read import read_draft, read_plan_file
from autopack.stages.setup import Context, open_context
from autopack.testing.fixtures import run_git

SETS = Path(__file__).parents[2] / "tests" / "corpus" / "plans"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One labelled plan; `expected` is its `expect.json` (see the guide beside the sets)."""

    folder: Path
    expected: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.folder.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a document; `draft` and `plan` are `None` after a crash, whose class and place `crash` names."""

    draft: Draft | None = None
    plan: Plan | None = None
    crash: str = ""


def find_documents(folder: Path) -> list[Document]:
    """Every document of a set, by name."""
    return [open_document(path.parent) for path in sorted(folder.glob("*/expect.json"))]


def open_document(folder: Path) -> Document:
    return Document(folder=folder, expected=json.loads((folder / "expect.json").read_text("utf-8")))


def open_bare_context(home: Path) -> Context:
    """All installed plugins, and nothing that this user configured."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
    folders = {"AUTOPACK_STATE_DIR": str(home / "state"), "AUTOPACK_CACHE_DIR": str(home / "cache")}
    return open_context(None, environ={**environ, **folders})


@contextmanager
def make_repository(document: Document) -> Iterator[Path]:
    """A git repository with the document at its place among the files of its tree, committed."""
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder, "repo")
        files = {path: text.encode() for path, text in document.expected["tree"].items()}
        files[document.expected["file"]] = (document.folder / document.expected["file"]).read_bytes()
        for path, content in files.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_bytes(content)
        run_git(top, "init", "--quiet", "--template=", "--initial-branch=main")
        run_git(top, "add", "--all", "--force")
        run_git(top, "commit", "--quiet", "--message=Start")
        yield top


def plan_bytes(context: Context, raw: bytes, name: str, ground: Ground) -> Reading:
    """The plan of these bytes.  A plugin that raised counts as a crash too: the host would only have hidden it."""
    context = replace(context, plugins=context.plugins.without_faults())
    try:
        draft = read_draft(raw, name)
        plan = make_plan(context, draft, ground).plan
    except Exception as error:  # noqa: BLE001  to count what nobody expected is the purpose
        return Reading(crash=f"{type(error).__name__}: {error}")
    faults = [f"{fault.package}: {fault.message}" for fault in context.plugins.faults if fault.kind != "slow"]
    return Reading(draft=draft, plan=plan, crash="; ".join(faults))


def plan_document(context: Context, document: Document) -> Reading:
    """The plan of one document, read from its repository."""
    with make_repository(document) as top:
        raw, name = read_plan_file(top / document.expected["file"], top)
        return plan_bytes(context, raw, name, open_ground(top))


def plan_and_compare(context: Context, document: Document) -> tuple[Reading, list[str]]:
    """The plan of one document, and what changes it although it must not: the order of plugins, CRLF line ends."""
    with make_repository(document) as top:
        raw, name = read_plan_file(top / document.expected["file"], top)
        ground = open_ground(top)
        reading = plan_bytes(context, raw, name, ground)
        crlf = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        others = {
            "plugins reversed": plan_bytes(_reversed(context), raw, name, ground),
            "CRLF": plan_bytes(context, crlf, name, ground),
        }
    return reading, [what for what, other in others.items() if _without_digest(other) != _without_digest(reading)]


def _reversed(context: Context) -> Context:
    records = {record.name: record for record in discover()}
    loaded = {record.name for record in context.plugins.records if record.enabled and not record.fault}
    points = sorted(entry_points(group="autopack"), key=lambda point: point.name, reverse=True)
    found = [(records[point.name], point.load()) for point in points if point.name in loaded]
    return replace(context, plugins=assemble_plugins(found))


def _without_digest(reading: Reading) -> str:
    data = to_data(reading.plan)
    if data:
        del data["source"]["sha256"]
    return to_json(data) + reading.crash
