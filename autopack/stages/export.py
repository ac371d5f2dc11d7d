"""Copies of a report where people and CI servers look for them; they can be written again at any time."""

from __future__ import annotations

from pathlib import Path

from autopack.decide.render_report import render_junit, render_markdown
from autopack.effects.faults import fault_point
from autopack.effects.log import get_logger
from autopack.effects.paths import replace_file
from autopack.effects.store import EXPORT_FOLDER, Record
from autopack.model.codec import to_json
from autopack.model.intent import Intent
from autopack.model.report import Report

log = get_logger()


def export_report(top: Path, record: Record, report: Report, intent: Intent) -> Path | None:
    """Write what people and CI servers read; `None` when the folder cannot be written, which costs only the copies."""
    project = top / EXPORT_FOLDER / intent.project_id
    folder = project / "runs" / record.run_id
    try:
        replace_file(project / "intent" / "intent_v1.json", to_json(intent))
        replace_file(project / "intent" / "intent_anchor.txt", intent.intent_anchor)
        fault_point("intent.folded")
        replace_file(folder / "report.json", to_json(report))
        fault_point("report.written")
        replace_file(folder / "report.md", render_markdown(report))
        replace_file(folder / "junit.xml", render_junit(report))
    except OSError as error:
        log.warning("report.unwritable", folder=str(folder), reason=error.strerror)
        return None
    return folder
