"""What a run was asked to do; stored before its first act, so that `resume` needs nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from autopack.model.report import PluginUse

REQUEST_SCHEMA = "autopack.request/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """`author` and `committer` are whole git identities with date, so that a commit made again has the same id."""

    run_id: str
    project_id: str
    base_commit: str
    base_tree: str
    builder: str
    allow_weak_sandbox: bool
    started_at: str
    author: str
    committer: str
    plan_digest: str
    plugins: tuple[PluginUse, ...]
    warnings: tuple[str, ...] = ()
    schema: str = REQUEST_SCHEMA
