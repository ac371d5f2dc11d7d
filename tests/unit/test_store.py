"""A run's record is there whole or not at all, and says clearly when it cannot be read."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autopack.effects.store import (
    JOURNAL,
    REQUEST,
    create_record,
    hide_exports,
    list_records,
    open_record,
)
from autopack.errors import WrongUse
from autopack.model.codec import to_json
from autopack.model.run import RunRequest

REQUESTED = RunRequest(
    run_id="r1",
    project_id="p",
    base_commit="1" * 40,
    base_tree="2" * 40,
    builder="payload",
    allow_weak_sandbox=False,
    started_at="2026-01-01T00:00:00+00:00",
    author="Ada <ada@example.org> 0 +0000",
    committer="Ada <ada@example.org> 0 +0000",
    plan_digest="x",
    plugins=(),
)
TEXTS = {"plan.raw": "do it", REQUEST: to_json(REQUESTED)}
CREATE = (
    "import sys, json; from pathlib import Path; from autopack.effects.store import create_record;"
    "create_record(Path(sys.argv[1]), 'r1', json.loads(sys.argv[2]))"
)


def create_and_die(common_dir: Path, fault: str, texts: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CREATE, str(common_dir), json.dumps(texts)], env={"AUTOPACK_FAULT": fault}, check=False
    )
    assert done.returncode == -signal.SIGKILL


def test_a_record_is_found_again_with_all_that_was_put_in(tmp_path: Path) -> None:
    create_record(tmp_path, "r1", TEXTS)
    record = open_record(tmp_path, "r1")
    assert (record.request(), record.read_text("plan.raw"), record.events()) == (REQUESTED, "do it", ())
    assert record.journal_path == tmp_path / "autopack" / "runs" / "r1" / JOURNAL
    assert sorted(path.name for path in record.folder.parent.iterdir()) == ["r1"]


def test_what_was_written_is_read_and_what_was_not_is_none(tmp_path: Path) -> None:
    record = create_record(tmp_path, "r1", TEXTS)
    record.write("deep/request.json", REQUESTED)
    assert (record.read("deep/request.json", RunRequest), record.read("absent", RunRequest)) == (REQUESTED, None)


def test_a_taken_id_is_refused_and_the_first_record_stays(tmp_path: Path) -> None:
    create_record(tmp_path, "r1", TEXTS)
    with pytest.raises(WrongUse, match="run id 'r1' is taken"):
        create_record(tmp_path, "r1", {**TEXTS, "plan.raw": "something else"})
    assert open_record(tmp_path, "r1").read_text("plan.raw") == "do it"


def test_a_record_whose_creator_died_before_publishing_is_adopted(tmp_path: Path) -> None:
    create_and_die(tmp_path, "record.staged", TEXTS)
    assert list_records(tmp_path) == ()
    with pytest.raises(WrongUse, match="run id 'r1' is taken"):
        create_record(tmp_path, "r1", {**TEXTS, "plan.raw": "something else"})
    assert open_record(tmp_path, "r1").read_text("plan.raw") == "do it"
    assert [record.run_id for record in list_records(tmp_path)] == ["r1"]


def test_a_record_whose_creator_died_after_publishing_is_there(tmp_path: Path) -> None:
    create_and_die(tmp_path, "record.published", TEXTS)
    assert open_record(tmp_path, "r1").request() == REQUESTED


def test_a_half_staged_record_is_no_run_and_blocks_no_id(tmp_path: Path) -> None:
    staged = tmp_path / "autopack" / "runs" / ".r1.new"
    staged.mkdir(parents=True)
    (staged / "plan.raw").write_text("half")
    with pytest.raises(WrongUse, match="there is no run 'r1'"):
        open_record(tmp_path, "r1")
    assert create_record(tmp_path, "r1", TEXTS).read_text("plan.raw") == "do it"


@pytest.mark.parametrize("run_id", ["r2", "", ".", "..", "../runs/r1", "r1/../r1", ".r1.new", "/etc"])
def test_an_unknown_or_odd_id_is_refused_with_the_known_ones(tmp_path: Path, run_id: str) -> None:
    create_record(tmp_path, "r1", TEXTS)
    with pytest.raises(WrongUse, match="there is no run") as refused:
        open_record(tmp_path, run_id)
    assert refused.value.hint == "known: r1"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expecting value"),
        ("[]", "expected an object"),
        ("{}", "missing"),
        ('{"run_id": 1}', "expected str, found int"),
        ('{"run_id": "a", "run_id": "b"}', "duplicate key 'run_id'"),
        ("[" * 100_000, "nested too deeply"),
        (to_json(REQUESTED).replace("autopack.request/v1", "autopack.request/v2"), "schema 'autopack.request/v2'"),
    ],
)
def test_a_record_of_another_kind_or_time_is_a_clear_error(tmp_path: Path, text: str, problem: str) -> None:
    record = create_record(tmp_path, "r1", TEXTS)
    record.write_text("odd.json", text)
    with pytest.raises(WrongUse, match=r"odd\.json of run 'r1' cannot be read") as refused:
        record.read("odd.json", RunRequest)
    assert problem in refused.value.message
    assert refused.value.hint == "it may be from a newer Autopack: update this one"


def test_keys_that_a_newer_version_added_are_passed_over(tmp_path: Path) -> None:
    record = create_record(tmp_path, "r1", TEXTS)
    record.write_text("newer.json", json.dumps({**json.loads(to_json(REQUESTED)), "added": [1]}))
    assert record.read("newer.json", RunRequest) == REQUESTED


def test_the_latest_run_is_listed_first(tmp_path: Path) -> None:
    for seconds, run_id in ((20, "b"), (30, "a"), (10, "d"), (10, "c")):
        record = create_record(tmp_path, run_id, TEXTS)
        os.utime(record.folder / REQUEST, (seconds, seconds))
    (tmp_path / "autopack" / "runs" / "stray").mkdir()
    assert [record.run_id for record in list_records(tmp_path)] == ["a", "b", "d", "c"]


def test_no_runs_are_listed_where_none_was_started(tmp_path: Path) -> None:
    assert list_records(tmp_path) == ()


def test_exports_are_hidden_by_one_line(tmp_path: Path) -> None:
    for _ in range(2):
        hide_exports(tmp_path)
    assert (tmp_path / "info" / "exclude").read_text() == "/.autonomous_runs/\n"
