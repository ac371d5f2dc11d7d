"""Where a run's record and its exports stand.

The record (`<git-common-dir>/autopack/runs/<id>/`) is the truth and is never deleted; what people read
(`<repository>/.autonomous_runs/<project>/`) can be written again from it at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TypeVar

from autopack.decide.limits import PROMPT_BYTES, RECORD_BYTES, cut_data, cut_text
from autopack.decide.masking import NO_MASK, Mask
from autopack.decide.names import is_safe_id
from autopack.effects.faults import fault_point
from autopack.effects.journal import read_journal
from autopack.effects.log import get_logger
from autopack.effects.paths import add_line, read_own, replace_file, sync_folder
from autopack.errors import WrongUse
from autopack.model.codec import from_json, to_data, to_json
from autopack.model.event import Event
from autopack.model.run import RunRequest

T = TypeVar("T")
log = get_logger()

REQUEST = "request.json"
JOURNAL = "events.jsonl"
EXPORT_FOLDER = ".autonomous_runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One run's folder.  What is written to it later is masked and capped.

    What it was made with is not: the run builds from these texts, and `plan.raw` is the user's own, byte for byte, for
    resuming.  All of it is readable by the user alone.
    """

    run_id: str
    folder: Path
    mask: Mask = NO_MASK

    @property
    def journal_path(self) -> Path:
        return self.folder / JOURNAL

    def write_text(self, name: str, text: str) -> None:
        replace_file(self.folder / name, cut_text(self.mask.text(text), PROMPT_BYTES), private=True)

    def write(self, name: str, value: object) -> None:
        data, left_out = cut_data(to_data(self.mask.value(value)), RECORD_BYTES)
        if left_out:
            log.warning("record.cut", run=self.run_id, name=name, left_out_bytes=left_out)
        replace_file(self.folder / name, to_json(data), private=True)

    def read_text(self, name: str) -> str | None:
        return read_own(self.folder / name)

    def read(self, name: str, kind: type[T]) -> T | None:
        """The stored value; `None` when absent.  Raises `WrongUse` when a newer Autopack wrote what this one cannot read."""
        text = self.read_text(name)
        if text is None:
            return None
        try:
            value = from_json(kind, text)
            _require_known_schema(value)
        except ValueError as problem:
            raise WrongUse(
                f"{name} of run {self.run_id!r} cannot be read: {problem}",
                hint="it may be from a newer Autopack: update this one",
            ) from None
        return value

    def request(self) -> RunRequest:
        request = self.read(REQUEST, RunRequest)
        if request is None:
            raise WrongUse(f"run {self.run_id!r} has no request", hint="its record is damaged; run the plan again")
        return request

    def events(self) -> tuple[Event, ...]:
        return read_journal(self.journal_path)


def _require_known_schema(value: object) -> None:
    known = {field.name: field.default for field in fields(value)} if is_dataclass(value) else {}
    found = getattr(value, "schema", None)
    if found != known.get("schema"):
        raise ValueError(f"schema {found!r} is not {known.get('schema')!r}")


def _runs_folder(common_dir: Path) -> Path:
    return common_dir / "autopack" / "runs"


def locks_folder(common_dir: Path) -> Path:
    return common_dir / "autopack" / "locks"


def create_record(common_dir: Path, run_id: str, texts: Mapping[str, str]) -> Record:
    """Publish a complete record in one step: after a crash it is there whole, or not at all.

    Raises `WrongUse` when the id is taken.
    """
    folder = _runs_folder(common_dir) / run_id
    staged = _staged(common_dir, run_id)
    # A complete staged record is a run whose creator died: writing over it could mix two plans.
    if folder.exists() or (staged / REQUEST).exists():
        raise WrongUse(f"run id {run_id!r} is taken", hint=f"choose another `--run-id`, or `autopack resume {run_id}`")
    for name, text in texts.items():
        if name != REQUEST:
            replace_file(staged / name, text, private=True)
    # The request comes last: a staged record that has it is complete.
    replace_file(staged / REQUEST, texts[REQUEST], private=True)
    fault_point("record.staged")
    return _publish(common_dir, run_id)


def _staged(common_dir: Path, run_id: str) -> Path:
    return _runs_folder(common_dir) / f".{run_id}.new"


def _publish(common_dir: Path, run_id: str) -> Record:
    folder = _runs_folder(common_dir) / run_id
    try:
        _staged(common_dir, run_id).rename(folder)
    except OSError:
        raise WrongUse(f"run id {run_id!r} is taken", hint="choose another `--run-id`") from None
    sync_folder(folder.parent)
    fault_point("record.published")
    return Record(run_id=run_id, folder=folder)


def open_record(common_dir: Path, run_id: str) -> Record:
    """The record of a run, finished off when its creator died just before publishing it.  Raises `WrongUse` for an unknown id."""
    folder = _runs_folder(common_dir) / run_id
    safe = is_safe_id(run_id)
    if safe and not folder.exists() and (_staged(common_dir, run_id) / REQUEST).is_file():
        return _publish(common_dir, run_id)
    if not safe or not (folder / REQUEST).is_file():
        known = ", ".join(record.run_id for record in list_records(common_dir)[:5])
        raise WrongUse(
            f"there is no run {run_id!r}", hint=f"known: {known}" if known else "no run was started in this repository"
        )
    return Record(run_id=run_id, folder=folder)


def list_records(common_dir: Path) -> tuple[Record, ...]:
    """All runs of the repository, the latest first."""
    folder = _runs_folder(common_dir)
    if not folder.is_dir():
        return ()
    found = [path for path in folder.iterdir() if not path.name.startswith(".") and (path / REQUEST).is_file()]
    found.sort(key=lambda path: ((path / REQUEST).stat().st_mtime_ns, path.name), reverse=True)
    return tuple(Record(run_id=path.name, folder=path) for path in found)


def hide_exports(common_dir: Path) -> None:
    """Keep the exports out of `git status` by one line in the repository's private exclude file."""
    if add_line(common_dir / "info" / "exclude", f"/{EXPORT_FOLDER}/"):
        fault_point("exclude.written")
