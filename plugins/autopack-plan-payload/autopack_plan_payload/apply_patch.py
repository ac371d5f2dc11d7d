"""The `*** Begin Patch` envelope of apply_patch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from autopack.model.draft import Edit, Payload
from autopack.model.workspace import Workspace
from autopack_plan_payload.lines import Found, Line, Problem, Result, join_lines

_BEGIN = "*** Begin Patch"
_END = "*** End Patch"
_ADD, _UPDATE, _DELETE = "*** Add File: ", "*** Update File: ", "*** Delete File: "
_MOVE = "*** Move to: "
_END_OF_FILE = "*** End of File"


def begins_patch(text: str) -> bool:
    """Whether an envelope begins at this line."""
    return text.rstrip() == _BEGIN


def read_patch(lines: Sequence[Line], index: int, workspace: Workspace) -> tuple[list[Result], int]:
    """Every file of the envelope that begins at `index`, and the index after it."""
    first = lines[index].number
    end = next((i for i in range(index, len(lines)) if lines[i].text.rstrip() == _END), None)
    if end is None:
        return [Problem(line=first, why=f"the patch has no `{_END}` line")], len(lines)
    inside = lines[index + 1 : end]
    starts = [i for i, line in enumerate(inside) if line.text.startswith((_ADD, _UPDATE, _DELETE))]
    if not starts or starts[0] != 0:
        return [Problem(line=first, why="the patch does not begin with a file line, such as `*** Update File: x`")], end + 1
    results = [_read_file(inside[start:stop], workspace) for start, stop in zip(starts, [*starts[1:], len(inside)], strict=True)]
    return results, end + 1


def _read_file(lines: Sequence[Line], workspace: Workspace) -> Result:
    # Blank lines between two files are for looks; at the end of a hunk they would only be context.
    while not lines[-1].text:
        lines = lines[:-1]
    head, body = lines[0], lines[1:]
    path = head.text.split(": ", 1)[1].strip()
    if not path:
        return Problem(line=head.number, why="the patch names no file here")
    if head.text.startswith(_ADD):
        wrong = next((line for line in body if not line.text.startswith("+")), None)
        if wrong:
            return Problem(line=wrong.number, why=f"every line of the new file {path} must begin with `+`")
        text = join_lines([line.text[1:] for line in body])
        return _found(Payload(path=path, action="write", text=text), lines)
    if head.text.startswith(_DELETE):
        return _found(Payload(path=path, action="delete"), lines)
    to = body[0].text[len(_MOVE) :].strip() if body and body[0].text.startswith(_MOVE) else None
    edits = _read_edits(body[1:] if to else body, path, workspace)
    if isinstance(edits, Problem):
        return edits
    if to:
        return _found(Payload(path=path, action="rename", to=to, edits=edits), lines)
    if not edits:
        return Problem(line=head.number, why=f"the patch changes no line of {path}")
    return _found(Payload(path=path, action="edit", edits=edits), lines)


def _found(payload: Payload, lines: Sequence[Line]) -> Found:
    return Found(payload=payload, start=lines[0].number, end=lines[-1].number)


def _read_edits(lines: Sequence[Line], path: str, workspace: Workspace) -> tuple[Edit, ...] | Problem:
    edits: list[Edit] = []
    old: list[str] = []
    new: list[str] = []
    place = 0

    def close() -> None:
        if old or new:
            edits.append(Edit(search=join_lines(old), replace=join_lines(new), line=place, label=f"hunk {len(edits) + 1}"))
            old.clear()
            new.clear()

    for line in lines:
        text = line.text
        if text.startswith("@@"):
            close()
            place = _line_of(text[2:].strip().removesuffix("@@").strip(), path, workspace)
        elif text.rstrip() == _END_OF_FILE:
            continue
        elif not text or text[0] == " ":
            old.append(text[1:])
            new.append(text[1:])
        elif text[0] == "-":
            old.append(text[1:])
        elif text[0] == "+":
            new.append(text[1:])
        else:
            return Problem(line=line.number, why=f"this line of the patch of {path} begins with none of blank, `-`, `+`, `@@`")
    close()
    return tuple(edits)


def _line_of(words: str, path: str, workspace: Workspace) -> int:
    """`@@ def area(self):` says below which line the hunk stands; 0 when that line is not there, or not once."""
    text = (workspace.read_text(PurePosixPath(path)) or "") if words else ""
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == words]
    return numbers[0] if len(numbers) == 1 else 0
