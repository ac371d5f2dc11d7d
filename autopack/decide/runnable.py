"""Whether the checks of a plan can prove anything here, as far as can be told without running one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, islice
from pathlib import PurePosixPath
from typing import Any

from autopack.decide.category import categorise_path
from autopack.decide.checks import is_derived, owning_toolchains, toolchain_of
from autopack.decide.scope import clean_path, judge_containment, path_key
from autopack.model.draft import Span
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
_WORD_CHARS = 4096


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
    return _Notes(plan, workspace, toolchains, programs).find()


def phase_source(phase: Phase) -> Span | None:
    """The lines that a phase begins in."""
    title = phase.provenance.get("title")
    rows = [*([title] if title else []), *phase.deliverables]
    return next((row.source for row in rows if row.source), None)


def cite(source: Span | None) -> dict[str, Any]:
    """Where a finding says that it is about: a line, and the file it is of where that is not the plan itself."""
    return {"line": source.start, "file": source.file} if source else {}


def _checks(plan: Plan) -> Iterator[tuple[Phase, PlanCommand]]:
    for phase in plan.phases:
        for command in phase.validation if phase.scheduled else ():
            if command.argv and judge_containment(command.cwd).allowed:
                yield phase, command


def _is_file(program: str) -> bool:
    return "/" in program and not program.startswith("/")


class _Made:
    """The paths that open phases may change: a check may name what an earlier phase, or its own, creates."""

    def __init__(self, plan: Plan) -> None:
        rows = [row for phase in plan.phases if phase.scheduled for row in phase.scope.paths]
        self._paths = {path_key(row.path.rstrip("/")) for row in rows}
        self._folders = {path_key(row.path.rstrip("/")) for row in rows if row.folder}
        near = {PurePosixPath(path.rpartition("/")[0]) for path in self._paths}
        self._above = {str(above) for folder in near for above in (folder, *folder.parents)}
        self.has_tests = any(categorise_path(row.path) == "tests" for row in rows)

    def holds(self, path: str) -> bool:
        """Whether it is one of them, lies in a folder that is, or has one of them in it."""
        key = path_key(path)
        above = (str(folder) for folder in PurePosixPath(key).parents)
        return key in self._paths or key in self._above or any(folder in self._folders for folder in above)


class _Notes:
    def __init__(self, plan: Plan, workspace: Workspace, toolchains: Sequence[Toolchain], programs: Collection[str]) -> None:
        self._plan = plan
        self._workspace = workspace
        self._toolchains = toolchains
        self._programs = programs
        self._made = _Made(plan)
        self._generated = _GENERATED.union(*({*tool.scratch, *tool.installed} for tool in toolchains))
        self._tested: dict[str, bool] = {}

    def find(self) -> tuple[Finding, ...]:
        notes: dict[tuple[str, str], Finding] = {}
        for _, group in groupby(_checks(self._plan), key=lambda row: row[0].id):
            rows = tuple(group)
            phase, checks = rows[0][0], [command for _, command in rows]
            owners = owning_toolchains(self._toolchains, [row.path for row in phase.scope.paths])
            absent = [self._absent_files(command) for command in checks]
            closed = phase.scope.declared and all(absent)
            for command, files in zip(checks, absent, strict=True):
                toolchain = toolchain_of(command, self._toolchains, owners)
                found = [self._program_note(command, toolchain)]
                found += [self._file_note(command, path, closed) for path in files[:3]]
                found.append(self._test_note(phase, command, toolchain))
                for note in filter(None, found):
                    notes.setdefault((note.rule, note.message), note)
        return tuple(notes.values())

    # -- programs -----------------------------------------------------------------------------------------------------

    def _program_note(self, command: PlanCommand, toolchain: Toolchain | None) -> Finding | None:
        name = command.argv[0]
        if _is_file(name):
            if self._is_there(name, command.cwd):
                return None
            where = "is not a file of the repository"
        elif name in self._programs or (toolchain and self._may_bring(toolchain, name)):
            return None
        else:
            where = "is not on the PATH"
            where += f", and the {toolchain.name} project does not declare it" if toolchain and _has_programs(toolchain) else ""
        return Finding(
            rule="check.no-program",
            severity="note",
            message=f"`{command.run}` cannot start here: {name} {where}",
            hint=f"provide {name}, or prove it by something else: `--check COMMAND`",
            **cite(command.source),
        )

    def _may_bring(self, toolchain: Toolchain, name: str) -> bool:
        """Whether the environment that a run makes has the program: its own commands use it, or what it installs is not known."""
        if not _has_programs(toolchain):
            return False
        if not toolchain.dependencies or any(self._made.holds(str(path)) for path in toolchain.manifests):
            return True
        own = {word for row in (*toolchain.test, *toolchain.smoke, *toolchain.build) for word in row.argv}
        sought = re.compile(rf"(?<![\w.-]){re.escape(name).replace('_', '[-_]')}(?![\w.-])", re.IGNORECASE)
        return name in own or any(sought.search(row) for row in toolchain.dependencies)

    # -- files --------------------------------------------------------------------------------------------------------

    def _absent_files(self, command: PlanCommand) -> tuple[str, ...]:
        """The files and folders that the words of a check name, and that are neither there nor made by the plan."""
        if is_derived(command):
            return ()
        absent = []
        for before, word in zip(command.argv, command.argv[1:], strict=False):
            named = _TAIL.sub("", word[:_WORD_CHARS])
            if before in _WRITES_NEXT or before == "-m" or not self._names_file(named):
                continue
            path = clean_path(named).rstrip("/")
            if not self._is_there(path, command.cwd):
                absent.append(path)
        return tuple(dict.fromkeys(absent))

    def _names_file(self, word: str) -> bool:
        """Whether a word can only be meant as a path: by its suffix, or because it goes on from a folder that is there."""
        word = clean_path(word) if not _NO_PATH.search(word) else ""
        if word.startswith("-") or not judge_containment(word).allowed:
            return False
        path = PurePosixPath(word)
        if path.suffix and categorise_path(word) in ("backend", "frontend", "tests"):
            return True
        return "/" in word and self._workspace.exists(PurePosixPath(path.parts[0]))

    def _is_there(self, path: str, cwd: str) -> bool:
        """Whether it is in the base tree (seen from the command's folder or the root), made by the plan, or generated."""
        for one in (clean_path(f"{cwd}/{path}"), clean_path(path)):
            if not judge_containment(one).allowed:
                return True  # not for us to know
            parts = PurePosixPath(one).parts
            if self._generated.intersection(parts) or self._workspace.exists(PurePosixPath(one)) or self._made.holds(one):
                return True
        return False

    def _file_note(self, command: PlanCommand, path: str, closed: bool) -> Finding:
        alike = [str(row) for row in self._workspace.named(PurePosixPath(path).name)][:3]
        fix = f"correct the command, or let it be created: `--allow {shlex.quote(path)}`"
        return Finding(
            rule="check.no-such-file",
            severity="ask" if closed else "note",
            message=f"`{command.run}` names {path}, which neither stands in the repository nor is made by the plan",
            hint=f"did you mean {' or '.join(alike)}?" if alike else fix,
            path=path,
            **cite(command.source),
        )

    # -- tests --------------------------------------------------------------------------------------------------------

    def _test_note(self, phase: Phase, command: PlanCommand, toolchain: Toolchain | None) -> Finding | None:
        """A derived test command where nothing is there to be collected, and nothing of the plan brings it."""
        if toolchain is None or command.kind != "test" or not is_derived(command) or self._made.has_tests:
            return None
        if toolchain.key not in self._tested:
            self._tested[toolchain.key] = self._has_tests(toolchain)
        if self._tested[toolchain.key]:
            return None
        return Finding(
            rule="check.no-tests",
            severity="note",
            message=f"`{command.run}` will find no test: no file looks like one, and the plan creates none",
            hint="let the plan add a test, or prove it by something else: `--check COMMAND`",
            **cite(phase_source(phase)),
        )

    def _has_tests(self, toolchain: Toolchain) -> bool:
        """Whether a file below its root is a test by its name, or a source has the word: some languages keep both in one."""
        root = "" if toolchain.root == PurePosixPath(".") else f"{toolchain.root}/"
        below = [path for path in map(str, self._workspace.paths()) if path.startswith(root)]
        # Most tests say so, and to categorise every file of a repository takes longer than all other notes.
        if any(categorise_path(path) == "tests" for path in sorted(below, key=lambda path: "test" not in path)):
            return True
        sources = (PurePosixPath(path) for path in below if categorise_path(path) == "backend")
        return any("test" in (self._workspace.read_text(path) or "").lower() for path in islice(sources, _MOST_READ))


def _has_programs(toolchain: Toolchain) -> bool:
    """Whether its commands see a PATH that begins elsewhere than the user's."""
    return any(name == "PATH" and not value.startswith("{path}") for name, value in toolchain.env)
