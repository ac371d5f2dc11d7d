"""What commands print with `--json` where no artifact has that form already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autopack.model.attempt import PhaseState
from autopack.model.report import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStatus:
    id: str
    title: str
    state: PhaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    run_id: str
    state: RunState
    title: str
    branch: str
    started_at: str
    seconds: float
    phases: tuple[PhaseStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTable:
    """Runs, the latest first."""

    runs: tuple[RunStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    argv: tuple[str, ...]
    cwd: str
    env: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainRow:
    """`env` holds for every command; `{env}`, `{cache}`, `{results}` and `{path}` stand for what the run fills in."""

    name: str
    package_manager: str
    confidence: float
    root: str
    evidence: tuple[str, ...]
    env: dict[str, str]
    prepare: tuple[CommandRow, ...]
    install: tuple[CommandRow, ...]
    build: tuple[CommandRow, ...]
    test: tuple[CommandRow, ...]
    smoke: tuple[CommandRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeRow:
    """A command that the project's own files name and that is not used, with the reason; `toolchain` may be empty."""

    toolchain: str
    kind: str
    command: CommandRow
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolchainTable:
    """Toolchains, the best first."""

    toolchains: tuple[ToolchainRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedToolchains:
    """Toolchains, the best first, and the commands that none of them took over."""

    toolchains: tuple[ToolchainRow, ...]
    alternatives: tuple[AlternativeRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """`weak` works, but not as it should; `missing` stops a run."""

    name: str
    state: Literal["fine", "weak", "missing"]
    detail: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorTable:
    examined: tuple[Examined, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """`written` is what stands on disk when the process dies there."""

    name: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultTable:
    faults: tuple[FaultRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginProblem:
    """A broken rule of the plugin contract, or the rule `loads`.

    `where` is a hook, `import` or `package`, `sample` what the plugin was tried on.
    """

    plugin: str
    rule: str
    where: str
    message: str
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginNote:
    """No fault: what a plugin uses that will go, or what its metadata leave unsaid."""

    plugin: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginCheck:
    """`checked` are the plugins that were tried, by name."""

    checked: tuple[str, ...]
    problems: tuple[PluginProblem, ...]
    notes: tuple[PluginNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeTable:
    """Paths a task will likely change (what it states first), and all that was ranked, best first.

    `read_only` is worth reading; `reasons` and `confidences` are by path, the latter between 0 and 1.
    """

    scope_paths: tuple[str, ...]
    ranked: tuple[str, ...]
    read_only: tuple[str, ...]
    reasons: dict[str, tuple[str, ...]]
    confidences: dict[str, float]
