"""A run folder that an earlier version wrote is read for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopack.effects.store import Record
from autopack.errors import WrongUse
from autopack.model.codec import to_data
from autopack.schemas import check_document
from autopack.stages.report import build_report

FIRST_LIGHT = Path(__file__).parents[1] / "golden" / "runs" / "first_light"


def test_the_first_run_folder_still_gives_its_report() -> None:
    report = build_report(Record(run_id="low-stock", folder=FIRST_LIGHT))

    check_document("report_v1", to_data(report))
    [phase] = report.phases
    assert (report.state, report.exit_code, report.title) == ("done", 0, "Low stock")
    assert (phase.state, phase.proved_by, phase.commit) == ("committed", "tests", report.head_commit)
    assert [(row.check.id, row.state) for row in phase.checks] == [
        ("python -m unittest", "passed"),
        ("python -m unittest discover -v -s tests -t .", "passed"),
    ]


def test_a_run_folder_of_a_newer_version_is_a_clear_error(tmp_path: Path) -> None:
    text = (FIRST_LIGHT / "request.json").read_text().replace("autopack.request/v1", "autopack.request/v9")
    (tmp_path / "request.json").write_text(text)

    with pytest.raises(WrongUse) as caught:
        build_report(Record(run_id="low-stock", folder=tmp_path))
    assert "request.json of run 'low-stock'" in caught.value.message
    assert caught.value.hint
