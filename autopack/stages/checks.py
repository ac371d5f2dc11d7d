"""Run checks on a frozen tree, in a private environment, and judge them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from textwrap import shorten

from autopack.decide.names import digest_text, make_safe_id
from autopack.decide.verdict import judge_check
from autopack.effects import git
from autopack.effects.faults import fault_point
from autopack.effects.paths import make_marked_folder, remove_marked_folder
from autopack.effects.sandbox import run_contained
from autopack.effects.scan import open_tree
from autopack.errors import Refused
from autopack.model.attempt import CheckResult
from autopack.model.toolchain import Check, Command, CommandResult, TestReport, Toolchain
from autopack.stages.running import Running

KEPT_OUTPUT_CHARS = 4000
INSTALL_TIMEOUT_S = 1200.0


def run_checks(
    run: Running, checks: Sequence[Check], tree: str, baseline: Sequence[CheckResult] = (), *, again: bool = False
) -> tuple[CheckResult, ...]:
    """A verdict for every check on this tree, in order; a result for the same tree and check is used again unless `again`.

    When an environment cannot be installed, its checks are not run and not known.
    """
    results = []
    loaded = False
    for check in checks:
        key = (tree, digest_text(repr(check)))
        known = run.results.get(key)
        if known is None or again:
            if not loaded:
                git.load_tree(run.repo, run.check, run.index(run.check), tree)
                loaded = True
            known = _run_check(run, check, tree, next((row for row in baseline if row.check.id == check.id), None))
            run.results[key] = known
            run.journal.append(
                "check.finished",
                check=check.id,
                tree=tree,
                state=known.state,
                reason=known.reason,
                seconds=round(known.result.seconds, 3),
                ran=known.report.ran if known.report else None,
            )
            fault_point("check.stored")
        results.append(known)
    return tuple(results)


def _run_check(run: Running, check: Check, tree: str, baseline: CheckResult | None) -> CheckResult:
    toolchain = next((tool for tool in run.toolchains if tool.key == check.toolchain), None)
    if toolchain is not None:
        problem = prepare_environment(run, toolchain, tree)
        if problem is not None:
            return replace(problem, check=check, reason=f"its environment is not ready: {problem.reason}")
    _restore_tree(run, tree)
    result = run_command(run, check.command, toolchain, tree, check.timeout_s)
    report = read_report(run, toolchain, result)
    return judge_check(check, result, report, run.context.plugins.patterns(), baseline)


def _restore_tree(run: Running, tree: str) -> None:
    """Undo what an earlier command did to the tree's own files: else it could repair what the next check judges.

    What it made beside them stays, since tests may need what a build made.
    """
    try:
        now = git.freeze_tree(run.repo, run.check, run.index(run.check))
        changed = any(change.status != "added" for change in git.diff_trees(run.repo, tree, now))
    except Refused:
        changed = True
    if changed:
        git.load_tree(run.repo, run.check, run.index(run.check), tree)


def read_report(run: Running, toolchain: Toolchain | None, result: CommandResult) -> TestReport | None:
    """The first plugin's answer that can read the output; `None` = the count is not known."""
    for answer in run.context.plugins.ask("read_result", toolchain=toolchain, result=result):
        report: TestReport = answer.value
        return report
    return None


def run_command(run: Running, command: Command, toolchain: Toolchain | None, tree: str, timeout_s: float) -> CommandResult:
    """Run one command in the checkout, in its toolchain's environment."""
    places = run.places(environment_name(run, toolchain, tree), toolchain.key) if toolchain else run.places()
    return run_contained(
        command,
        root=run.check,
        places=places,
        environ=run.context.environ,
        variables=toolchain.env if toolchain else (),
        passed=run.context.config.env_pass,
        timeout_s=timeout_s,
        on_output=run.context.progress.alive,
    )


def environment_name(run: Running, toolchain: Toolchain, tree: str) -> str:
    """One environment per toolchain and state of its manifests: a tree that changes a manifest gets another."""
    workspace = open_tree(run.repo, tree)
    texts = "\0".join(f"{path}\0{workspace.read_text(path)}" for path in toolchain.manifests)
    return f"{make_safe_id(toolchain.key)}-{digest_text(repr((toolchain.prepare, toolchain.install)) + texts, 12)}"


def prepare_environment(run: Running, toolchain: Toolchain, tree: str) -> CheckResult | None:
    """Make the private environment once; the failed step when it cannot be made, `None` when it is ready."""
    name = environment_name(run, toolchain, tree)
    if name not in run.ready:
        make_marked_folder(run.environment_folder(name))
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


def _install(run: Running, toolchain: Toolchain, tree: str) -> CheckResult | None:
    for command in (*toolchain.prepare, *toolchain.install):
        # Dependency groups are spelt out in it, so it may be long.
        name = shorten(shlex.join(command.argv), 160, placeholder=" …")
        check = Check(id=name, command=command, kind="install", origin="derived", timeout_s=INSTALL_TIMEOUT_S)
        result = run_command(run, command, toolchain, tree, INSTALL_TIMEOUT_S)
        verdict = judge_check(check, result, None, run.context.plugins.patterns())
        run.journal.append(
            "environment.step",
            toolchain=toolchain.key,
            argv=command.argv,
            state=verdict.state,
            reason=verdict.reason,
            seconds=round(result.seconds, 3),
        )
        if verdict.state != "passed":
            # Nothing was proved and nothing disproved: the check itself never ran.
            line = verdict.failures[0].line if verdict.failures else verdict.reason
            return replace(verdict, state="unknown", reason=f"`{check.id}`: {line}")
    return None


def shorten_result(row: CheckResult) -> CheckResult:
    """The result as records keep it: the end of each stream, no result files."""
    kept = replace(row.result, stdout=_tail(row.result.stdout), stderr=_tail(row.result.stderr), files=())
    return replace(row, result=kept)


def _tail(text: str) -> str:
    return text if len(text) <= KEPT_OUTPUT_CHARS else "…" + text[-KEPT_OUTPUT_CHARS:]
