"""A journal loses no event that was answered for, whatever happens in the middle of a write."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from autopack.effects.faults import FAULT_POINTS
from autopack.effects.journal import Journal, JournalDamaged, read_journal
from autopack.model.event import Event

AT = datetime(2026, 1, 1, tzinfo=UTC)
ODD = "ü\n\x00 " + os.fsdecode(b"\xff")


def open_journal(path: Path, **options: object) -> Journal:
    return Journal(path, "r1", now=lambda: AT, **options)  # type: ignore[arg-type]


def write_five(path: Path) -> bytes:
    journal = open_journal(path)
    for number in range(1, 6):
        journal.append("step.done", sync=number == 3, number=number)
    journal.close()
    return path.read_bytes()


def event(seq: int, **facts: object) -> Event:
    return Event(seq=seq, at="2026-01-01T00:00:00.000+00:00", type="step.done", run_id="r1", facts=facts)


def step(number: int) -> Event:
    return event(number, number=number)


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    appended = open_journal(tmp_path / "j").append(
        "step.done", sync=True, text=ODD, ratio=0.1, where=PurePosixPath("a/b"), rows=({"b": None, "a": True},)
    )
    assert appended == event(1, text=ODD, ratio=0.1, where="a/b", rows=[{"b": None, "a": True}])
    assert read_journal(tmp_path / "j") == (appended,)


def test_an_absent_journal_has_no_events(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "j") == ()


def test_observers_see_each_event_after_it_was_written(tmp_path: Path) -> None:
    seen: list[tuple[Event, int]] = []
    path = tmp_path / "deep" / "j"
    journal = open_journal(path, observe=lambda event: seen.append((event, len(read_journal(path)))))
    assert [journal.append("step.done", number=n) for n in (1, 2)] == [event(1, number=1), event(2, number=2)]
    assert seen == [(event(1, number=1), 1), (event(2, number=2), 2)]


def test_a_cut_anywhere_costs_only_the_torn_line_and_writing_goes_on(tmp_path: Path) -> None:
    whole = write_five(tmp_path / "whole")
    path = tmp_path / "cut"
    for offset in range(len(whole) + 1):
        path.write_bytes(whole[:offset])
        kept = tuple(step(number) for number in range(1, whole[:offset].count(b"\n") + 1))
        assert read_journal(path) == kept
        journal = open_journal(path)
        assert tuple(journal.events) == kept
        again = journal.append("step.done", after=offset)
        journal.close()
        assert read_journal(path) == (*kept, event(len(kept) + 1, after=offset)) == (*kept, again)


def test_a_flipped_byte_before_the_last_line_is_damage(tmp_path: Path) -> None:
    whole = write_five(tmp_path / "whole")
    path = tmp_path / "flipped"
    lines = whole.split(b"\n")
    for offset in range(0, len(whole) - len(lines[-2]) - len(lines[-3]) - 2, 7):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
        with pytest.raises(JournalDamaged, match=f"line {whole[:offset].count(10) + 1} is damaged"):
            read_journal(path)
        with pytest.raises(JournalDamaged):
            open_journal(path)
    path.write_bytes(b"\n".join([*lines[:2], *lines[3:]]))
    with pytest.raises(JournalDamaged, match="line 3 is damaged"):
        read_journal(path)


@pytest.mark.parametrize("last", [b'{"seq":6}\n', b"\0" * 40 + b"\n", b"\0" * 40, b"null\n", b"[]\n", b"\xff\n", b"\n"])
def test_a_last_line_that_does_not_fit_is_written_over(tmp_path: Path, last: bytes) -> None:
    path = tmp_path / "j"
    path.write_bytes(write_five(tmp_path / "whole") + last)
    journal = open_journal(path)
    journal.append("step.done", number=6)
    journal.append("step.done", number=7)
    assert [row.seq for row in read_journal(path)] == [1, 2, 3, 4, 5, 6, 7]


def test_an_append_that_was_interrupted_is_made_good_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = open_journal(path)
    journal.append("step.done", number=1)

    def interrupt(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    try:
        for _ in range(40):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                # Not without an end: an exception that is raised inside a finaliser is lost (CPython ignores it there).
                for _ in range(500):
                    journal.append("step.done", sync=True, number=2)
            except KeyboardInterrupt:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 20
    last = journal.append("run.interrupted")
    assert [row.seq for row in read_journal(path)] == list(range(1, last.seq + 1))


def test_a_full_disk_leaves_a_journal_that_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = open_journal(path)
    journal.append("step.done", number=1)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.append("step.done", number=2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert read_journal(path) == (event(1, number=1),)
    journal.append("step.done", number=2)
    assert read_journal(path) == (event(1, number=1), event(2, number=2))


@pytest.mark.parametrize(("fault", "events"), [("journal.torn:3", 2), ("journal.appended:3", 3), ("journal.torn", 0)])
def test_a_kill_at_a_write_keeps_every_line_before_it(tmp_path: Path, fault: str, events: int) -> None:
    path = tmp_path / "j"
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path; from autopack.effects.journal import Journal;"
        "journal = Journal(Path(sys.argv[1]), 'r1', now=lambda: datetime.now(UTC));"
        "[journal.append('step.done', number=number) for number in range(5)]"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], env={"AUTOPACK_FAULT": fault}, check=False)
    assert (done.returncode, len(read_journal(path))) == (-signal.SIGKILL, events)
    assert open_journal(path).append("step.done").seq == events + 1


@pytest.mark.parametrize("fault", ["", "unknown", "journal.appended:4", *(f"{name}:2" for name in list(FAULT_POINTS)[:2])])
def test_a_fault_that_is_not_reached_changes_nothing(tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOPACK_FAULT", fault)
    journal = open_journal(tmp_path / "j")
    journal.append("step.done", number=1)
    assert read_journal(tmp_path / "j") == (event(1, number=1),)
