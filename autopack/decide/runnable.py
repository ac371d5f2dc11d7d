"""Whether the checks of a plan can prove anything here, as far as can be told without running one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath

from autopack.decide.category import categorise_path
from autopack.decide.checks import is_derived, owning_toolchains, toolchain_of
from autopack.decide.scope import build_fence, clean_path, is_covered, judge_containment
from autopack.model.finding import Finding
from autopack.model.plan import Phase, Plan, PlanCommand
from autopack.model.toolchain import Toolchain
from autopack.model.workspace import Workspace

# What a build leaves in a worktree: no check can be blamed for naming it before there was a build.
_GENERATED = frozenset({"build", "coverage", "dist", "node_modules", "out", "target", "tmp"})
_NO_PATH = re.compile(r"""[\s*?{}()$<>=@|;&'"\\]|://""")
# `tests/test_a.py::test_b`, `src/app.py:12` and `./pkg/...` name the file or folder before that.
_TAIL = re.compile(r"::.*|:\d+(?::\d+)?$|/\.\.\.$")
_WRITES_NEXT = frozenset({"-o", "--out", "--outdir", "--outfile", "--output"})
_MOST_READ = 50


def list_programs(plan: Plan) -> tuple[str, ...]:
    """The programs that the checks of open phases start, without those that are files of the repository; sorted."""
    return tuple(sorted({row.argv[0] for _, row in _checks(plan) if not _is_file(row.argv[0])}))


def find_check_notes(
    plan: Plan, workspace: Workspace, toolchains: Sequence[Toolchain], programs: Collection[str]
) -> tuple[Finding, ...]:
    """What speaks against the checks of open phases: no program, no such file, no test to run; each once, in the plan's order.

    `programs` are those of `list_programs` that this machine has.  Whatever an environment may bring that is only made in a
    run is given the benefit of the doubt.  A list of files that is a fence makes a missing file a question: nobody may create it.
    """
    notes: dict[tuple[str, str], Finding] = {}
    made = _made_paths(plan)
    for phase in plan.phases:
        checks = [row for open_phase, row in _checks(plan) if open_phase is phase]
        absent = [_absent_files(row, workspace, toolchains, made) for row in checks]
        closed = phase.scope.declared and all(absent)
        for command, files in zip(checks, absent, strict=True):
            found = [_program_note(phase, command, workspace, toolchains, programs, plan)]
            found += [_file_note(command, path, workspace, closed) for path in files[:3]]
            found.append(_test_note(phase, command, workspace, toolchains, made))
            for note in filter(None, found):
                notes.setdefault((note.rule, note.message), note)
    return tuple(notes.values())


def phase_line(phase: Phase) -> int | None:
    """The line that a phase begins in."""
    title = phase.provenance.get("title")
    rows = [*([title] if title else []), *phase.deliverables]
    return next((row.source.start for row in rows if row.source), None)


def _checks(plan: Plan) -> Iterator[tuple[Phase, PlanCommand]]:
    for phase in plan.phases:
        for command in phase.validation if phase.scheduled else ():
            if command.argv and judge_containment(command.cwd).allowed:
                yield phase, command


def _is_file(program: str) -> bool:
    return "/" in program and not program.startswith("/")


def _made_paths(plan: Plan) -> tuple[str, ...]:
    """Every path that open phases may change: a check may name what an earlier phase, or its own, creates."""
    rows = [row for phase in plan.phases if phase.scheduled for row in phase.scope.paths]
    return build_fence(rows).paths


# -- programs ---------------------------------------------------------------------------------------------------------


def _program_note(
    phase: Phase,
    command: PlanCommand,
    workspace: Workspace,
    toolchains: Sequence[Toolchain],
    programs: Collection[str],
    plan: Plan,
) -> Finding | None:
    name = command.argv[0]
    toolchain = toolchain_of(command, toolchains, owning_toolchains(toolchains, [row.path for row in phase.scope.paths]))
    if _is_file(name):
        if _is_there(name, command.cwd, workspace, toolchains, _made_paths(plan)):
            return None
        where = "is not a file of the repository"
    elif name in programs or (toolchain and _may_bring(toolchain, name, _made_paths(plan))):
        return None
    else:
        where = "is not on the PATH"
        where += f", and the {toolchain.name} project does not declare it" if toolchain and _has_programs(toolchain) else ""
    return Finding(
        rule="check.no-program",
        severity="note",
        message=f"`{command.run}` cannot start here: {name} {where}",
        hint=f"provide {name}, or prove it by something else: `--check COMMAND`",
        line=command.source.start if command.source else None,
    )


def _may_bring(toolchain: Toolchain, name: str, made: Sequence[str]) -> bool:
    """Whether the environment that a run makes has the program: its own commands use it, or what it installs is not known."""
    if not _has_programs(toolchain):
        return False
    if not toolchain.dependencies or any(is_covered(str(path), made) for path in toolchain.manifests):
        return True
    own = {word for row in (*toolchain.test, *toolchain.smoke, *toolchain.build) for word in row.argv}
    sought = re.compile(rf"(?<![\w.-]){re.escape(name).replace('_', '[-_]')}(?![\w.-])", re.IGNORECASE)
    return name in own or any(sought.search(row) for row in toolchain.dependencies)


def _has_programs(toolchain: Toolchain) -> bool:
    """Whether its commands see a PATH that begins elsewhere than the user's."""
    return any(name == "PATH" and not value.startswith("{path}") for name, value in toolchain.env)


# -- files ------------------------------------------------------------------------------------------------------------


def _absent_files(
    command: PlanCommand, workspace: Workspace, toolchains: Sequence[Toolchain], made: Sequence[str]
) -> tuple[str, ...]:
    """The files and folders that the words of a check name, and that are neither there nor made by the plan."""
    if is_derived(command):
        return ()
    absent = []
    for before, word in zip(command.argv, command.argv[1:], strict=False):
        named = _TAIL.sub("", word)
        if before in _WRITES_NEXT or before == "-m" or not _names_file(named, workspace):
            continue
        path = clean_path(named).rstrip("/")
        if not _is_there(path, command.cwd, workspace, toolchains, made):
            absent.append(path)
    return tuple(dict.fromkeys(absent))


def _names_file(word: str, workspace: Workspace) -> bool:
    """Whether a word can only be meant as a path: by its suffix, or because it goes on from a folder that is there."""
    word = clean_path(word) if not _NO_PATH.search(word) else ""
    if word.startswith("-") or not judge_containment(word).allowed:
        return False
    path = PurePosixPath(word)
    if path.suffix and categorise_path(word) in ("backend", "frontend", "tests"):
        return True
    return "/" in word and workspace.exists(PurePosixPath(path.parts[0]))


def _is_there(path: str, cwd: str, workspace: Workspace, toolchains: Sequence[Toolchain], made: Sequence[str]) -> bool:
    """Whether it stands in the base tree, seen from the command's folder or from the root, is made by the plan, or generated."""
    for one in (clean_path(f"{cwd}/{path}"), clean_path(path)):
        if not judge_containment(one).allowed:
            return True  # not for us to know
        parts = PurePosixPath(one).parts
        scratch = {name for tool in toolchains for name in (*tool.scratch, *tool.installed)}
        if scratch.union(_GENERATED).intersection(parts) or workspace.exists(PurePosixPath(one)):
            return True
        if is_covered(one, made) or any(entry.startswith(f"{one}/") for entry in made):
            return True
    return False


def _file_note(command: PlanCommand, path: str, workspace: Workspace, closed: bool) -> Finding:
    alike = [str(row) for row in workspace.named(PurePosixPath(path).name)][:3]
    fix = (
        f"did you mean {' or '.join(alike)}?"
        if alike
        else f"correct the command, or let it be created: `--allow {shlex.quote(path)}`"
    )
    return Finding(
        rule="check.no-such-file",
        severity="ask" if closed else "note",
        message=f"`{command.run}` names {path}, which neither stands in the repository nor is made by the plan",
        hint=fix,
        path=path,
        line=command.source.start if command.source else None,
    )


# -- tests ------------------------------------------------------------------------------------------------------------


def _test_note(
    phase: Phase, command: PlanCommand, workspace: Workspace, toolchains: Sequence[Toolchain], made: Sequence[str]
) -> Finding | None:
    """A derived test command where nothing is there to be collected, and nothing of the plan brings it."""
    toolchain = next((tool for tool in toolchains if command.rule == f"toolchain:{tool.key}"), None)
    if toolchain is None or command.kind != "test" or not is_derived(command):
        return None
    below = [path for path in workspace.paths() if toolchain.root in path.parents]
    if any(categorise_path(str(path)) == "tests" for path in (*below, *made)) or _speaks_of_tests(below, workspace):
        return None
    return Finding(
        rule="check.no-tests",
        severity="note",
        message=f"`{command.run}` will find no test: no file looks like one, and the plan creates none",
        hint="let the plan add a test, or prove it by something else: `--check COMMAND`",
        line=phase_line(phase),
    )


def _speaks_of_tests(paths: Sequence[PurePosixPath], workspace: Workspace) -> bool:
    """Whether a source file has the word: some languages keep their tests beside what they test."""
    sources = (path for path in paths if categorise_path(str(path)) == "backend")
    return any("test" in (workspace.read_text(path) or "").lower() for path in islice(sources, _MOST_READ))
