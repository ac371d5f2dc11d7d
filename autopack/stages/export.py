"""Copies of a report where people and CI servers look for them; they can be written again at any time."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from autopack.decide.limits import PAGE_BYTES, REPORT_BYTES, cut_data, cut_text
from autopack.decide.render_report import render_junit, render_markdown
from autopack.effects.faults import fault_point
from autopack.effects.log import get_logger
from autopack.effects.paths import write_beneath
from autopack.effects.store import EXPORT_FOLDER, Record
from autopack.errors import Refused
from autopack.model.codec import from_data, to_data, to_json
from autopack.model.intent import Intent
from autopack.model.report import Report

log = get_logger()


def export_report(top: Path, record: Record, report: Report, intent: Intent) -> Path | None:
    """Write what people and CI servers read; `None` when the folder cannot be written, which costs only the copies."""
    project = PurePosixPath(EXPORT_FOLDER, intent.project_id)
    folder = project / "runs" / record.run_id
    # Before it is rendered: Markdown and XML write some characters of a secret in another way.
    report, intent = _fit(record.mask.value(report)), record.mask.value(intent)
    try:
        _write(top, project / "intent" / "intent_v1.json", to_json(intent))
        _write(top, project / "intent" / "intent_anchor.txt", intent.intent_anchor)
        fault_point("intent.folded")
        _write(top, folder / "report.json", to_json(report))
        fault_point("report.written")
        _write(top, folder / "report.md", cut_text(render_markdown(report), PAGE_BYTES))
        _write(top, folder / "junit.xml", render_junit(report))
    except (OSError, Refused) as error:
        log.warning("report.unwritable", folder=str(top / folder), reason=str(error))
        return None
    return top / folder


def _fit(report: Report) -> Report:
    data, left_out = cut_data(to_data(report), REPORT_BYTES)
    if not left_out:
        return report
    log.warning("report.cut", run=report.run_id, left_out_bytes=left_out)
    return from_data(Report, data)


def _write(top: Path, path: PurePosixPath, text: str) -> None:
    # Contained: a repository may bring a symlink of this name, and its target is not ours to write to.
    write_beneath(top, path, text.encode("utf-8", "backslashreplace"))
