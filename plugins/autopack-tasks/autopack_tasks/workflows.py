"""The steps of continuous integration that test, build or lint: what a project's authors run themselves."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from autopack.model.toolchain import HERE, Task
from autopack.model.workspace import Workspace
from autopack_tasks.scripts import unfold
from autopack_tasks.steps import find_kind, find_refusal, join_lines, read_plain, says_only, split_steps
from autopack_tasks.yaml import Place, read_yaml

_FOLDER = PurePosixPath(".github/workflows")
_FILES = (".gitlab-ci.yml", ".circleci/config.yml", ".travis.yml")
_EVENTS = frozenset({"push", "pull_request"})
_FILLED = re.compile(r"\$\{\{[ \t]*matrix\.([\w-]{1,100})[ \t]*\}\}")
_SHELLS = frozenset({"", "bash", "sh"})
_OTHER_SYSTEMS = ("windows", "macos")
_NO_JOBS = frozenset(
    {
        "after_script", "before_script", "cache", "default", "image", "include", "pages", "services", "spec", "stages",
        "variables", "workflow",
    }
)  # fmt: skip
_GO_TO = re.compile(r"cd[ \t]+([\w./-]{1,200})")
_MOST_BLOCKS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Shell lines, with the line of the file that the first stands in; without a folder they go on where those before ended."""

    text: str
    line: int
    folder: PurePosixPath | None


def read_workflow(workspace: Workspace, path: PurePosixPath) -> list[Task]:
    """The commands of a file of workflows, each once, in its order."""
    root = read_yaml(workspace.read_text(path) or "")
    match path.parts[0]:
        case ".github":
            blocks = _github(root)
        case ".circleci":
            blocks = _circle(root)
        case ".gitlab-ci.yml":
            blocks = _gitlab(root)
        case _:
            blocks = _travis(root)
    found: dict[tuple[object, ...], Task] = {}
    folder: PurePosixPath | None = HERE
    for block in islice(blocks, _MOST_BLOCKS):
        folder = folder if block.folder is None else block.folder
        if folder is not None:
            tasks, folder = _read_block(workspace, block, folder, path)
            for task in tasks:
                found.setdefault((task.kind, task.command), task)
    return list(found.values())


def list_workflows(workspace: Workspace) -> list[PurePosixPath]:
    """The files that are read as workflows, in their order."""
    found = [path for path in map(PurePosixPath, _FILES) if workspace.exists(path)]
    paths = workspace.paths()
    # Found by halving: to look at every path of a large repository costs more than to read these files.
    for position in range(bisect_left(paths, _FOLDER), len(paths)):
        path = paths[position]
        if path.parts[:2] != _FOLDER.parts:
            break
        if len(path.parts) == 3 and path.suffix in (".yml", ".yaml"):
            found.append(path)
    return sorted(found)


def _read_block(
    workspace: Workspace, block: _Block, folder: PurePosixPath, path: PurePosixPath
) -> tuple[list[Task], PurePosixPath | None]:
    """The tasks, and the folder in which the next block goes on; none when it is outside of the repository."""
    found: list[Task] = []
    for above, text in split_steps(block.text.replace("\r\n", "\n")):
        step = join_lines(text)
        if moved := _GO_TO.fullmatch(step):
            folder = folder / moved[1]
            if folder.is_absolute() or ".." in folder.parts:
                return found, None
            continue
        command = read_plain(step, folder)
        kind = find_kind(command.argv) if command else None
        if command is None or kind is None:
            continue
        steps = unfold(workspace, step, folder)
        if not all(map(says_only, steps)) and not find_refusal(steps):
            source = f"{path}:{block.line + above}"
            found.append(Task(kind=kind, rung="ci", command=command, inner=command, steps=tuple(steps), source=source))
    return found, folder


def _block(place: Place, folder: str | None, text: str = "") -> Iterator[_Block]:
    below = None if folder is None else PurePosixPath(folder or ".")
    if place.text and (below is None or not (below.is_absolute() or ".." in below.parts or "$" in str(below))):
        yield _Block(text=text or place.text, line=place.line + place.is_block, folder=below)


def _github(root: Place) -> Iterator[_Block]:
    if _EVENTS.isdisjoint(root.at("on").texts()):
        return
    folder = root.at("defaults", "run", "working-directory").text
    shell = root.at("defaults", "run", "shell").text
    for _, job in root.at("jobs").items():
        if any(system in job.at("runs-on").text.lower() for system in _OTHER_SYSTEMS):
            continue
        here = job.at("defaults", "run", "working-directory").text or folder
        matrix = {name: rows.rows()[0].text for name, rows in job.at("strategy", "matrix").items() if len(rows.rows()) == 1}
        for step in job.at("steps").rows():
            if step.at("shell").text not in _SHELLS or (not step.at("shell").text and shell not in _SHELLS):
                continue
            # What only runs elsewhere, or after a failure, is not what proves a change.
            condition = step.at("if").text.lower()
            if any(word in condition for word in (*_OTHER_SYSTEMS, "failure()", "cancelled()", "secrets.")):
                continue
            run = step.at("run")
            yield from _block(run, step.at("working-directory").text or here, _fill_in(run.text, matrix))


def _fill_in(text: str, matrix: Mapping[str, str]) -> str:
    return _FILLED.sub(lambda found: matrix.get(found[1]) or found[0], text)


def _gitlab(root: Place) -> Iterator[_Block]:
    for name, job in root.items():
        if name in _NO_JOBS or name.startswith(".") or job.at("when").text == "manual" or job.at("only").texts() == ["tags"]:
            continue
        yield from _script(job.at("script"))


def _circle(root: Place) -> Iterator[_Block]:
    for _, job in root.at("jobs").items():
        for step in job.at("steps").rows():
            run = step.at("run")
            line = run if run.text else run.at("command")
            folder = run.at("working_directory").text or job.at("working_directory").text
            # Where a project is checked out unless it says otherwise.
            yield from _block(line, folder.removeprefix("~/project").lstrip("/"))


def _travis(root: Place) -> Iterator[_Block]:
    yield from _script(root.at("script"))


def _script(place: Place) -> Iterator[_Block]:
    for number, row in enumerate(place.rows()):
        yield from _block(row, None if number else "")
