"""Run checks on a frozen tree, in a private environment, and judge them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from textwrap import shorten

from autopack.decide.names import digest_text, make_safe_id
from autopack.decide.verdict import judge_check, not_run
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.locks import wait_for_lock
from autopack.effects.paths import copy_tree, make_marked_folder, remove_marked_folder, remove_tree
from autopack.effects.sandbox import Access
from autopack.effects.scan import open_tree
from autopack.errors import Refused
from autopack.model.attempt import CheckResult
from autopack.model.toolchain import MANIFEST_BYTES, Check, Command, CommandResult, TestReport, Toolchain
from autopack.stages.running import Running
from autopack.stages.worktrees import load_worktree

KEPT_OUTPUT_CHARS = 4000


def run_checks(
    run: Running, checks: Sequence[Check], tree: str, baseline: Sequence[CheckResult] | None, *, again: bool = False
) -> tuple[CheckResult, ...]:
    """A verdict for every check on this tree, in order; a result for the same tree and check is used again unless `again`.

    When an environment cannot be installed, its checks are not run and not known.  After a build that did not pass neither
    are the checks behind it, but for a tree that has no baseline, being one: what fails there with the build must be known.
    """
    results: list[CheckResult] = []
    loaded, problem = False, ""
    for check in checks:
        if baseline is not None and (build := next((row for row in results if _is_broken_build(row)), None)):
            results.append(_note(run, tree, not_run(check, _say_broken(build))))
            continue
        key = (tree, digest_text(repr(check)))
        known = run.results.get(key)
        if known is None or again:
            if not loaded:
                problem = load_worktree(run, run.check, tree)
                loaded = True
            before = next((row for row in baseline or () if row.check.id == check.id), None)
            known = _note(run, tree, not_run(check, problem) if problem else _run_check(run, check, tree, before))
            run.results[key] = known
            fault_point("check.stored")
        results.append(known)
    return tuple(results)


def _is_broken_build(row: CheckResult) -> bool:
    # Without an environment the others cannot run either, and say so themselves.
    return row.check.kind == "build" and row.state != "passed" and row.outcome != "not_ready"


def _say_broken(build: CheckResult) -> str:
    return f"not run: build {'failed' if build.state == 'failed' else 'not known'}"


def _note(run: Running, tree: str, row: CheckResult) -> CheckResult:
    run.journal.append(
        "check.finished",
        check=row.check.id,
        kind=row.check.kind,
        tree=tree,
        state=row.state,
        outcome=row.outcome,
        reason=row.reason,
        seconds=round(row.result.seconds, 3),
        ran=row.report.ran if row.report else None,
        sandbox=row.result.sandbox,
        network=row.result.network,
    )
    return row


def _run_check(run: Running, check: Check, tree: str, baseline: CheckResult | None) -> CheckResult:
    toolchain = next((tool for tool in run.toolchains if tool.key == check.toolchain), None)
    if toolchain is not None:
        problem = prepare_environment(run, toolchain, tree)
        if problem is not None:
            return replace(problem, check=check, reason=f"its environment is not ready: {problem.reason}")
    if unready := _restore_tree(run, tree):
        return not_run(check, unready)
    result = run_command(run, check.command, toolchain, tree, check.timeout_s)
    report = read_report(run, toolchain, result)
    return judge_check(check, result, report, run.context.plugins.patterns(), baseline)


def _restore_tree(run: Running, tree: str) -> str:
    """Undo what an earlier command did to the tree's own files: else it could repair what the next check judges.

    Why the worktree is not ready then; empty when it is.

    What it made beside them stays, since tests may need what a build made.
    """
    try:
        now = git.freeze_tree(run.repo, run.check, run.index(run.check))
        changed = any(change.status != "added" for change in git.diff_trees(run.repo, tree, now))
    except Refused:
        changed = True
    return load_worktree(run, run.check, tree) if changed else ""


def read_report(run: Running, toolchain: Toolchain | None, result: CommandResult) -> TestReport | None:
    """The first plugin's answer that can read the output; `None` = the count is not known."""
    for answer in run.context.plugins.ask("read_result", toolchain=toolchain, result=result):
        report: TestReport = answer.value
        return report
    return None


def run_command(
    run: Running, command: Command, toolchain: Toolchain | None, tree: str, timeout_s: float, *, installs: bool = False
) -> CommandResult:
    """Run one command in the checkout, in its toolchain's environment, which only one that `installs` may change.

    The network is open for installs and reaches nobody otherwise.
    """
    name = environment_name(run, toolchain, tree) if toolchain else "none"
    access = Access(
        network="open" if installs else "loopback",
        installs=installs,
        reports=tuple(str(toolchain.root / glob) for glob in toolchain.results) if toolchain else (),
        scratch=_installed(run, toolchain, tree, name, installs=installs) if toolchain else (),
    )
    return run.start(
        command,
        root=run.check,
        access=access,
        places=run.places(name, find_cache(run, toolchain, tree, installs=installs) if toolchain else None),
        variables=toolchain.env if toolchain else (),
        timeout_s=timeout_s,
    )


def _installed(run: Running, toolchain: Toolchain, tree: str, env_name: str, *, installs: bool) -> tuple[tuple[str, Path], ...]:
    """Where the folders that an install fills really stand: beside the environment.  Not those that the tree itself has."""
    workspace = open_tree(run.repo, tree)
    # Not below the environment, which an install may write: what is bound must be a folder that nothing contained can swap.
    store = run.folder / "installed" / env_name
    rows = [(toolchain.root / name, store / name) for name in toolchain.installed]
    free = [row for row in rows if not workspace.exists(row[0])]
    return tuple((path.as_posix(), folder) for path, folder in free if installs or folder.is_dir())


def find_cache(run: Running, toolchain: Toolchain, tree: str, *, installs: bool) -> Path:
    """The toolchain's cache: the project's own while the manifests are those of the base commit, else this run's copy of it.

    What a changed manifest brings, and what an install of unproven code may run, may not stay for later runs: the project's
    own is written only from the base commit.
    """
    shared = run.context.cache_root / "projects" / run.request.project_id / make_safe_id(toolchain.key)
    proved = not installs or tree == run.request.base_tree
    if proved and _manifest_texts(run, toolchain, tree) == _manifest_texts(run, toolchain, run.request.base_tree):
        return shared
    copy = run.folder / "caches" / environment_name(run, toolchain, tree)
    if shared.is_dir() and not copy.exists():
        with wait_for_lock(_cache_lock(shared)):
            copy_tree(shared, copy)
    return copy


def _cache_lock(cache: Path) -> Path:
    return cache.with_name(f"{cache.name}.lock")


def _manifest_texts(run: Running, toolchain: Toolchain, tree: str) -> str:
    workspace = open_tree(run.repo, tree)
    return "\0".join(f"{path}\0{workspace.read_text(path, MANIFEST_BYTES)}" for path in toolchain.manifests)


def environment_name(run: Running, toolchain: Toolchain, tree: str) -> str:
    """One environment per toolchain and state of its manifests: a tree that changes a manifest gets another."""
    texts = _manifest_texts(run, toolchain, tree)
    return f"{make_safe_id(toolchain.key)}-{digest_text(repr((toolchain.prepare, toolchain.install)) + texts, 12)}"


def prepare_environment(run: Running, toolchain: Toolchain, tree: str) -> CheckResult | None:
    """Make the private environment once; the failed step when it cannot be made, `None` when it is ready."""
    name = environment_name(run, toolchain, tree)
    if name not in run.ready:
        make_marked_folder(run.environment_folder(name))
        with wait_for_lock(_cache_lock(find_cache(run, toolchain, tree, installs=True))):
            run.ready[name] = _install(run, toolchain, tree)
        fault_point("environment.ready")
    return run.ready[name]


def discard_environment(run: Running, toolchain: Toolchain, tree: str) -> None:
    """Forget an environment that a repair has changed, and what was found in it; the next check makes it anew.

    A result that is used again must hold in the environment that the next check will have.
    """
    run.results = {key: row for key, row in run.results.items() if key[0] != tree}
    name = environment_name(run, toolchain, tree)
    run.ready.pop(name, None)
    remove_marked_folder(run.environment_folder(name))
    remove_tree(run.folder / "installed" / name)


def _install(run: Running, toolchain: Toolchain, tree: str) -> CheckResult | None:
    for command in (*toolchain.prepare, *toolchain.install):
        # Dependency groups are spelt out in it, so it may be long.
        name = shorten(shlex.join(command.argv), 160, placeholder=" …")
        limit_s = run.context.config.timeouts_install_s
        check = Check(id=name, command=command, kind="install", origin="derived", timeout_s=limit_s)
        result = run_command(run, command, toolchain, tree, limit_s, installs=True)
        verdict = judge_check(check, result, None, run.context.plugins.patterns())
        run.journal.append(
            "environment.step",
            toolchain=toolchain.key,
            argv=command.argv,
            state=verdict.state,
            reason=verdict.reason,
            seconds=round(result.seconds, 3),
            sandbox=result.sandbox,
            network=result.network,
        )
        if verdict.state != "passed":
            # Nothing was proved and nothing disproved: the check itself never ran.
            line = verdict.failures[0].line if verdict.failures else verdict.reason
            return replace(verdict, state="unknown", outcome="not_ready", reason=f"`{check.id}`: {line}")
    return None


def shorten_result(row: CheckResult) -> CheckResult:
    """The result as records keep it: the end of each stream, no result files and no folder of this machine."""
    kept = replace(row.result, stdout=_tail(row.result.stdout), stderr=_tail(row.result.stderr), cwd="", files=())
    return replace(row, result=kept)


def _tail(text: str) -> str:
    return text if len(text) <= KEPT_OUTPUT_CHARS else "…" + text[-KEPT_OUTPUT_CHARS:]
