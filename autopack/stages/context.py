"""One assembler for every prompt: the anchor once, the phase, its files, bounded and in a stable order."""

from __future__ import annotations

from pathlib import PurePosixPath

from autopack.decide.anchor import quote_line
from autopack.hookspecs import Target
from autopack.model.attempt import Fragment, Manifest
from autopack.model.intent import Intent
from autopack.model.plan import Phase
from autopack.model.workspace import Workspace
from autopack.plugins import Plugins

FRAGMENTS_LIMIT_CHARS = 4000
FILES_LIMIT_CHARS = 60_000
FILE_LIMIT_CHARS = 16_000


def assemble_prompt(
    plugins: Plugins,
    intent: Intent,
    phase: Phase,
    manifest: Manifest,
    workspace: Workspace,
    *,
    target: Target = "builder",
    diagnosis: str = "",
) -> str:
    """The prompt for one target; what changes least stands first, so that a prompt cache hits.

    Texts of plan and repository are quoted as data.  Every part is whole or left out with a sentence that says so.
    """
    parts = [
        intent.intent_anchor.rstrip("\n"),
        *_fragments(plugins, intent, target, workspace),
        _task(phase, manifest),
        *_carried(phase),
        *_files(phase, workspace),
    ]
    if diagnosis:
        parts.append("## What went wrong last time\n" + "\n".join(quote_line(line) for line in diagnosis.splitlines()))
    return "\n\n".join(parts) + "\n"


def _fragments(plugins: Plugins, intent: Intent, target: Target, workspace: Workspace) -> list[str]:
    left = FRAGMENTS_LIMIT_CHARS
    texts = []
    for answer in plugins.ask("inject_intent", intent=intent, target=target, limit=left, workspace=workspace):
        fragment: Fragment = answer.value
        size_chars = len(fragment.title) + len(fragment.text)
        more = f" and {len(fragment.sources) - 3} more" if len(fragment.sources) > 3 else ""
        text = f"## {quote_line(fragment.title)} ({', '.join(fragment.sources[:3])}{more})\n{fragment.text.rstrip()}"
        # A fragment that repeats the anchor's tags could pass for the anchor.
        if size_chars <= left and "</intent>" not in text and "<intent>" not in text:
            texts.append(text)
            left -= size_chars
    return texts


def _task(phase: Phase, manifest: Manifest) -> str:
    lines = [f"## Your task: {quote_line(phase.title)}"]
    if phase.goal:
        lines.append(quote_line(phase.goal))
    lines += [
        f"- {quote_line(row.title)}" + (f" ({', '.join(path.path for path in row.paths)})" if row.paths else "")
        for row in phase.deliverables
        if row.status not in ("done", "cancelled")
    ]
    lines += ["", "You may change only:", *(f"- {path}" for path in manifest.scope_paths)]
    if manifest.read_only:
        lines += ["", "Worth reading, not to be changed:", *(f"- {path}" for path, _ in manifest.read_only)]
    lines += ["", "The work is done when these commands are green (they are run for you, on your files alone):"]
    lines += [f"- {check.id}" for check in manifest.checks]
    lines += [f"- {quote_line(row.text)}" for row in phase.acceptance_criteria]
    lines += ["", "Do not commit, do not change branches: git is read-only here."]
    return "\n".join(lines)


def _carried(phase: Phase) -> list[str]:
    if not phase.payloads:
        return []
    blocks = ["## Code that the plan carries"]
    for payload in phase.payloads:
        line = f" (plan line {payload.source.start})" if payload.source else ""
        blocks.append(f"{payload.action} {payload.path}{line}")
        bodies = (
            [payload.text] if payload.action == "write" else [f"replace:\n{e.search}\nwith:\n{e.replace}" for e in payload.edits]
        )
        blocks += [_fenced(body) for body in bodies if len(body) <= FILE_LIMIT_CHARS]
    return ["\n".join(blocks)]


def _files(phase: Phase, workspace: Workspace) -> list[str]:
    left = FILES_LIMIT_CHARS
    blocks = []
    for row in (*phase.scope.paths, *phase.scope.read_only_context):
        text = None if row.folder else workspace.read_text(PurePosixPath(row.path))
        if text is None:
            continue
        if len(text) > min(left, FILE_LIMIT_CHARS):
            blocks.append(f"{row.path}: {len(text)} characters, open it yourself")
            continue
        left -= len(text)
        blocks.append(f"{row.path}:\n{_fenced(text)}")
    return ["## Files as they are now\n" + "\n".join(blocks)] if blocks else []


def _fenced(text: str) -> str:
    longest = max((len(run) for run in "".join(ch if ch == "`" else " " for ch in text).split()), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"
