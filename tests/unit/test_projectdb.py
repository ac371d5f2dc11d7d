"""The project's memory on disk: written once, read back whole, and never in anybody's way."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopack.effects import projectdb
from autopack.effects.projectdb import VERSION, database_path, read_plan, read_plans
from autopack.errors import MachineLacks, WrongUse
from autopack.model.codec import to_json
from autopack.model.draft import Span
from autopack.model.memory import Decision, PlanMemory

FIRST, LATER = "2026-01-01T10:00:00+00:00", "2026-01-02T10:00:00+00:00"
DECISIONS = (
    Decision(field="/title", value="Écho", origin="stated", confidence=0.9, rule="a:heading", source=Span(start=1, end=1)),
    Decision(
        field="/goal", value="a\0b", origin="stated", confidence=0.5, rule="a:key", source=Span(start=2, end=2, pointer="/goal")
    ),
    Decision(field="/phases/0/budget", value="{}", origin="default", confidence=1.0, rule="host:ceiling"),
)


def make_memory(plan_digest: str = "c0ffee" * 10 + "0000", **more: Any) -> PlanMemory:
    known = {
        "id": plan_digest[:10],
        "text_digest": "ab" * 32,
        "plan_digest": plan_digest,
        "name": "plan.md",
        "title": "Écho",
        "status": "ready",
        "confidence": 0.8,
        "phases": 1,
        "size_bytes": 7,
        "first_seen": FIRST,
        "last_seen": FIRST,
        "times_seen": 1,
        "decisions": DECISIONS,
        "plan": {"title": "Écho", "phases": [{"title": "one"}]},
        "text": "# Écho\n",
    }
    return PlanMemory(**{**known, **more})


def store_plan(path: Path, memory: PlanMemory) -> None:
    projectdb.store_plan(path, memory, to_json(memory.plan))


def listed(memory: PlanMemory) -> PlanMemory:
    return replace(memory, decisions=None, plan=None, text=None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database_path(tmp_path / "state", "greeter")


def test_a_stored_plan_comes_back_whole(path: Path) -> None:
    store_plan(path, make_memory())

    assert read_plan(path, "c0ffee") == (make_memory(),)
    assert read_plans(path, last=10) == (listed(make_memory()),)


def test_the_same_plan_again_only_counts(path: Path) -> None:
    store_plan(path, make_memory())
    store_plan(path, make_memory(first_seen=LATER, last_seen=LATER))

    assert read_plan(path, "c0ffee") == (make_memory(last_seen=LATER, times_seen=2),)


def test_another_plan_of_the_same_text_is_another_one_and_the_text_stands_once(path: Path) -> None:
    other = make_memory("decade" * 10 + "0000", first_seen=LATER, last_seen=LATER)
    store_plan(path, make_memory())
    store_plan(path, other)

    assert read_plans(path, last=10) == (listed(other), listed(make_memory()))
    assert read_plans(path, last=1) == (listed(other),)
    assert sqlite3.connect(path).execute("SELECT count(*) FROM texts").fetchall() == [(1,)]


def test_nothing_stored_is_nothing_and_makes_no_file(path: Path) -> None:
    assert (read_plans(path, last=10), read_plan(path, "c0ffee"), path.parent.exists()) == ((), (), False)


def test_a_file_that_was_begun_and_never_filled_holds_nothing(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()

    assert read_plans(path, last=10) == ()
    store_plan(path, make_memory())
    assert read_plans(path, last=10) == (listed(make_memory()),)


def test_only_its_owner_reads_the_memory(path: Path) -> None:
    store_plan(path, make_memory())

    assert [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent)] == [0o600, 0o700]


def test_half_a_surrogate_pair_in_a_name_is_written_as_an_escape(path: Path) -> None:
    store_plan(path, make_memory(name="plan\udcff.md"))

    assert [plan.name for plan in read_plans(path, last=1)] == ["plan\\udcff.md"]


# -- damage -----------------------------------------------------------------------------------------------------------


def overwrite_all(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def overwrite_the_middle(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def be_of_another_program(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE cookies (name TEXT)")


def lose_a_table(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE plans")


def spoil_a_text(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("UPDATE plans SET status = CAST(X'FF' AS TEXT)")


DAMAGES = [overwrite_all, overwrite_the_middle, cut_in_half, be_of_another_program, lose_a_table]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_memory_is_set_aside_and_a_new_one_begun(damage: Callable[[Path], None], path: Path) -> None:
    store_plan(path, make_memory())
    damage(path)
    content = path.read_bytes()

    store_plan(path, make_memory(first_seen=LATER, last_seen=LATER))

    assert read_plan(path, "c0ffee") == (make_memory(first_seen=LATER, last_seen=LATER),)
    assert path.with_name("project.db.damaged-1").read_bytes() == content


@pytest.mark.parametrize("damage", [*DAMAGES, spoil_a_text])
def test_reading_a_damaged_memory_sets_it_aside_and_finds_nothing(damage: Callable[[Path], None], path: Path) -> None:
    store_plan(path, make_memory())
    damage(path)

    assert read_plan(path, "c0ffee") == ()
    assert sorted(place.name for place in path.parent.iterdir()) == ["project.db.damaged-1", "project.lock"]


def test_a_second_damage_does_not_take_the_place_of_the_first(path: Path) -> None:
    for content in (b"first " * 200, b"second" * 200):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        store_plan(path, make_memory())

    contents = [path.with_name(f"project.db.damaged-{number}").read_bytes()[:6] for number in (1, 2)]
    assert contents == [b"first ", b"second"]


def test_the_memory_of_a_newer_autopack_is_left_alone(path: Path) -> None:
    store_plan(path, make_memory())
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    content = path.read_bytes()

    for act in (lambda: store_plan(path, make_memory()), lambda: read_plans(path, last=1)):
        with pytest.raises(WrongUse, match="version 2, and this Autopack knows 1"):
            act()
    assert (path.read_bytes(), [place.name for place in path.parent.iterdir()]) == (content, ["project.db"])


# -- others -----------------------------------------------------------------------------------------------------------


def test_a_read_only_disk_can_be_read_and_is_named_when_it_should_be_written(as_nobody: Path) -> None:
    path = database_path(as_nobody, "greeter")
    store_plan(path, make_memory())
    path.chmod(0o400)
    path.parent.chmod(0o500)

    assert read_plans(path, last=1) == (listed(make_memory()),)
    with pytest.raises(MachineLacks, match=r"project\.db cannot be written: Permission denied"):
        store_plan(path, make_memory())


def test_a_full_name_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    path = database_path(tmp_path / "state", "greeter")

    assert read_plans(path, last=1) == ()
    with pytest.raises(MachineLacks, match="cannot be written"):
        store_plan(path, make_memory())


STORE_MANY = """
import sys
from pathlib import Path
from tests_of_projectdb import make_memory, store_plan
path, mine = Path(sys.argv[1]), sys.argv[2]
sys.stdin.read(1)
for number in range(20):
    store_plan(path, make_memory(f"{mine}{number:02}" * 16))
    store_plan(path, make_memory())
"""


@pytest.mark.parametrize("damaged", [False, True], ids=["new", "damaged"])
def test_two_processes_at_once_lose_nothing(damaged: bool, path: Path, tmp_path: Path) -> None:
    (tmp_path / "tests_of_projectdb.py").write_text(Path(__file__).read_text())
    if damaged:
        path.parent.mkdir(parents=True)
        overwrite_all(path)
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", STORE_MANY, path, mine], cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for mine in ("aa", "bb")
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go")
        worker.stdin.flush()
    said = [worker.communicate()[1] for worker in workers]

    assert [worker.returncode for worker in workers] == [0, 0], said
    plans = {plan.plan_digest: plan.times_seen for plan in read_plans(path, last=100)}
    assert plans == {
        **{f"{mine}{number:02}" * 16: 1 for mine in ("aa", "bb") for number in range(20)},
        make_memory().plan_digest: 40,
    }
    assert path.with_name("project.db.damaged-1").exists() == damaged
    assert not path.with_name("project.db.damaged-2").exists()
