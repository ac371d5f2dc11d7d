"""`project.db`: what a project remembers, in the user's state folder.  Losing it costs the memory and nothing else.

It has a rollback journal, not a write-ahead log: one file, which can be read from a read-only disk too.  Writers take turns.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from autopack.effects.faults import fault_point
from autopack.effects.locks import wait_for_lock
from autopack.effects.log import get_logger
from autopack.errors import MachineLacks, WrongUse
from autopack.model.codec import from_data, from_json, load_json, to_json
from autopack.model.draft import Span
from autopack.model.memory import Decision, PlanMemory

if TYPE_CHECKING:
    import sqlite3

# sqlite3 is imported where it is needed: start-up is measured.

T = TypeVar("T")
log = get_logger()

VERSION = 1
ID_DIGITS = 10
APPLICATION = 0x61747061  # "atpa"
_BUSY_S = 5.0
_TABLES = (
    "CREATE TABLE texts (digest TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL, text TEXT NOT NULL)",
    """CREATE TABLE plans (
        number INTEGER PRIMARY KEY, text_digest TEXT NOT NULL REFERENCES texts (digest), plan_digest TEXT NOT NULL,
        name TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL, confidence REAL NOT NULL, phases INTEGER NOT NULL,
        first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, times_seen INTEGER NOT NULL, plan TEXT NOT NULL,
        UNIQUE (text_digest, plan_digest)
    )""",
    """CREATE TABLE decisions (
        plan_number INTEGER NOT NULL REFERENCES plans (number), number INTEGER NOT NULL, field TEXT NOT NULL,
        value TEXT NOT NULL, origin TEXT NOT NULL, confidence REAL NOT NULL, rule TEXT NOT NULL,
        source TEXT,
        PRIMARY KEY (plan_number, number)
    )""",
)
_SHORT = (
    "text_digest", "plan_digest", "name", "title", "status", "confidence", "phases", "first_seen", "last_seen", "times_seen"
)  # fmt: skip
_DECISION = "field, value, origin, confidence, rule, source"


class _Damaged(MachineLacks):
    """This file is broken, or no memory of ours."""


class _Empty(Exception):
    """Nothing was stored yet."""


def database_path(state_root: Path, project_id: str) -> Path:
    """Where the memory of a project stands."""
    return state_root / "projects" / project_id / "project.db"


def store_plan(path: Path, memory: PlanMemory, plan_json: str) -> None:
    """Write a plan with all that is in it; the same plan made of the same text again only counts, and moves `last_seen`.

    A damaged file is set aside, and a new one begun.  Raises `MachineLacks` when nothing can be written there, `WrongUse`
    when a newer Autopack wrote the file.
    """
    try:
        inode = _make_private(path)
        try:
            _act(path, lambda db: _store(db, memory, plan_json), make=True)
        except _Damaged as problem:
            _set_aside(path, inode, problem)
            _make_private(path)
            _act(path, lambda db: _store(db, memory, plan_json), make=True)
    except OSError as problem:
        raise MachineLacks(f"{path} cannot be written: {problem.strerror}") from None
    fault_point("memory.stored")


def read_plans(path: Path, *, last: int) -> tuple[PlanMemory, ...]:
    """The plans that were seen last, without what is in them; none when nothing is stored.

    A damaged file is set aside: then nothing is stored.  Raises as `store_plan` does.
    """
    order = "ORDER BY plans.last_seen DESC, plans.number DESC LIMIT ?"
    return _look(path, lambda db: tuple(plan for _, plan in _find(db, order, last)))


def read_plan(path: Path, plan_id: str) -> tuple[PlanMemory, ...]:
    """Every plan whose digest begins so, with all that is in it; otherwise as `read_plans`."""
    where = "WHERE substr(plans.plan_digest, 1, ?) = ? ORDER BY plans.number"
    return _look(path, lambda db: tuple(_fill(db, *row) for row in _find(db, where, len(plan_id), plan_id)))


# -- rows -------------------------------------------------------------------------------------------------------------


def _store(db: sqlite3.Connection, memory: PlanMemory, plan_json: str) -> None:
    again = "UPDATE plans SET last_seen = ?, times_seen = times_seen + 1 WHERE text_digest = ? AND plan_digest = ?"
    if db.execute(again, (memory.last_seen, memory.text_digest, memory.plan_digest)).rowcount:
        return
    text = (memory.text_digest, memory.size_bytes, _plain(memory.text or ""))
    db.execute("INSERT OR IGNORE INTO texts VALUES (?, ?, ?)", text)
    values = [_plain(getattr(memory, name)) for name in _SHORT] + [plan_json]
    names = ", ".join((*_SHORT, "plan"))
    number = db.execute(f"INSERT INTO plans ({names}) VALUES ({_marks(len(values))})", values).lastrowid
    rows = [
        (number, order, row.field, row.value, row.origin, row.confidence, row.rule, _json_of(row.source))
        for order, row in enumerate(memory.decisions or ())
    ]
    db.executemany(f"INSERT INTO decisions VALUES ({_marks(8)})", [tuple(map(_plain, row)) for row in rows])


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _json_of(source: Span | None) -> str | None:
    return to_json(source, indent=None) if source else None


def _plain(value: T) -> T | str:
    # A file name that is no UTF-8 stands in a text as lone surrogates, which SQLite does not take.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _find(db: sqlite3.Connection, rest: str, *values: object) -> list[tuple[int, PlanMemory]]:
    names = ", ".join(f"plans.{name}" for name in _SHORT)
    rows = db.execute(
        f"SELECT plans.number, texts.size_bytes, {names} FROM plans JOIN texts ON digest = text_digest {rest}", values
    )
    return [(number, _summary(dict(zip(_SHORT, row, strict=True)), size)) for number, size, *row in rows.fetchall()]


def _summary(row: dict[str, Any], size_bytes: int) -> PlanMemory:
    return from_data(PlanMemory, {"id": row["plan_digest"][:ID_DIGITS], "size_bytes": size_bytes, **row})


def _fill(db: sqlite3.Connection, number: int, memory: PlanMemory) -> PlanMemory:
    [(plan, text)] = db.execute("SELECT plan, text FROM plans JOIN texts ON digest = text_digest WHERE number = ?", (number,))
    found = db.execute(f"SELECT {_DECISION} FROM decisions WHERE plan_number = ? ORDER BY number", (number,))
    decisions = tuple(
        Decision(
            field=field,
            value=value,
            origin=origin,
            confidence=confidence,
            rule=rule,
            source=None if source is None else from_json(Span, source),
        )
        for field, value, origin, confidence, rule, source in found
    )
    return replace(
        memory,
        decisions=decisions,
        plan=load_json(plan, limit_chars=len(plan)),
        text=text,
    )


# -- the file ---------------------------------------------------------------------------------------------------------


def _look(path: Path, question: Callable[[sqlite3.Connection], tuple[PlanMemory, ...]]) -> tuple[PlanMemory, ...]:
    try:
        inode = path.stat().st_ino
        try:
            return _act(path, question, make=False)
        except ValueError as problem:
            raise _Damaged(str(problem)) from None
    except (FileNotFoundError, NotADirectoryError, _Empty):
        return ()
    except _Damaged as problem:
        _set_aside(path, inode, problem)
        return ()
    except OSError as problem:
        raise MachineLacks(f"{path} cannot be read: {problem.strerror}") from None


def _act(path: Path, act: Callable[[sqlite3.Connection], T], *, make: bool) -> T:
    """Do it in one transaction: afterwards all of it is there, or none."""
    try:
        import sqlite3
    except ImportError:
        raise MachineLacks("this Python was built without SQLite") from None

    try:
        # Without `mode=rw` SQLite would make the file, for everybody to read; from a read-only disk it reads all the same.
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", timeout=_BUSY_S, uri=True)) as db:
            db.isolation_level = None
            db.execute("BEGIN IMMEDIATE" if make else "BEGIN")
            _settle(db, make=make)
            done = act(db)
            db.execute("COMMIT")
            return done
    except sqlite3.Error as problem:
        kind = _Damaged if _is_damage(problem) else MachineLacks
        raise kind(f"{path} cannot be used: {problem}") from None


def _make_private(path: Path) -> int:
    """The file, for its owner alone; its inode.  SQLite gives its journal the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def _settle(db: sqlite3.Connection, *, make: bool) -> None:
    """Tables in a new file.  Raises `_Damaged` on somebody else's database, `WrongUse` on that of a newer Autopack."""
    [version] = db.execute("PRAGMA user_version").fetchone()
    [application] = db.execute("PRAGMA application_id").fetchone()
    [tables] = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (version, application, tables) == (0, 0, 0):
        if not make:
            raise _Empty
        for order in (*_TABLES, f"PRAGMA user_version = {VERSION}", f"PRAGMA application_id = {APPLICATION}"):
            db.execute(order)
    elif application != APPLICATION:
        raise _Damaged("it is another program's database")
    elif version != VERSION:
        raise WrongUse(
            f"the memory of this project has version {version}, and this Autopack knows {VERSION}",
            hint="a newer Autopack wrote it: update this one",
        )


def _is_damage(problem: sqlite3.Error) -> bool:
    """Whether the file is to blame, not the disk or another process.  Text that is no UTF-8 gives an error without a code."""
    import sqlite3

    code = getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT)


def _set_aside(path: Path, inode: int, problem: _Damaged) -> None:
    """Rename a damaged file, never delete it: a person may still save something.

    Of several processes that found the damage one renames; the file that stands there afterwards is a new one.
    """
    try:
        with wait_for_lock(path.with_name("project.lock")):
            if not path.exists() or path.stat().st_ino != inode:
                return
            targets = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))
            target = next(target for target in targets if not target.exists())
            path.rename(target)
    except OSError as error:
        raise MachineLacks(f"{path} is damaged ({problem.message}) and cannot be renamed: {error.strerror}") from None
    log.warning("memory.damaged", reason=problem.message, set_aside=str(target))
