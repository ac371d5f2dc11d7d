"""What a person, a script and a CI server read after a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from autopack.model.approval import Ask
from autopack.model.attempt import Finding, Outcome

REPORT_SCHEMA = "autopack.report/v1"
BATCH_SCHEMA = "autopack.batch/v1"

RunState = Literal["running", "done", "failed", "blocked", "waiting", "interrupted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginUse:
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`sandbox` names the backend (each, if a run went on with another) and stands first in every rendering.

    `network` says what the builder, the checks and so on could reach, one line each; `approvals` are those that
    phases wait for.
    """

    run_id: str
    sandbox: str
    state: RunState
    exit_code: int
    title: str
    branch: str
    base_commit: str
    head_commit: str
    plan_digest: str
    intent_digest: str
    builder: str
    started_at: str
    seconds: float
    tokens: int
    phases: tuple[Outcome, ...]
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    plugins: tuple[PluginUse, ...] = ()
    next_commands: tuple[tuple[str, str], ...] = ()
    baseline: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    approvals: tuple[Ask, ...] = ()
    schema: str = REPORT_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    exit_code: int
    runs: tuple[Report, ...]
    schema: str = BATCH_SCHEMA
