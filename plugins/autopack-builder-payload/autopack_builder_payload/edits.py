"""Applies edits to a text: pure, by whole lines, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autopack.model.draft import Edit

_SHOWN_CHARS = 80
_SHOWN_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """An edit that does not apply: which one, and why."""

    label: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One edit as lines with their ends; `line` is where it is expected once the earlier steps are done, 0 = anywhere."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    line: int
    label: str


def apply_edits(text: str, edits: Sequence[Edit]) -> str | Misfit:
    """The text after all edits in order, or the first that does not fit.

    An edit replaces whole lines.  They must stand exactly once; when they stand more often, the occurrence nearest to
    `line` is taken, if one is nearest.  Lines are compared as they are and, only if they stand nowhere so, without trailing
    blanks.  Line ends are never compared: kept lines keep their own, new ones take that of their neighbours.
    An edit without a search text inserts below `line`, or at the end.
    A text that the edits have made already comes back unchanged.
    """
    lines = _split(text)
    steps = _make_steps(edits)
    done = _apply(lines, steps)
    if isinstance(done, Misfit):
        return text if _is_applied(lines, steps) else done
    return "".join(done)


def _make_steps(edits: Sequence[Edit]) -> list[_Step]:
    steps = []
    shift = 0
    for number, edit in enumerate(edits, 1):
        old, new = tuple(_split(edit.search)), tuple(_split(edit.replace))
        line = max(edit.line + shift, 1) if edit.line else 0
        steps.append(_Step(old=old, new=new, line=line, label=edit.label or f"edit {number}"))
        # Hunks count the lines of the file as it was; what earlier hunks add moves the later ones.
        shift += len(new) - len(old) if edit.line else 0
    return steps


def _apply(lines: list[str], steps: Sequence[_Step]) -> list[str] | Misfit:
    for step in steps:
        start = _find(lines, step)
        if isinstance(start, str):
            return Misfit(label=step.label, why=start)
        lines = _replace(lines, start, step)
    return lines


def _is_applied(lines: list[str], steps: Sequence[_Step]) -> bool:
    """Whether undoing the steps, last first, and doing them again gives these lines.

    A step that only removes proves nothing: lines that were never there look the same as lines already gone.
    """
    if not all(step.old and step.new for step in steps):
        return False
    undo = [_Step(old=step.new, new=step.old, line=step.line, label=step.label) for step in reversed(steps)]
    before = _apply(lines, undo)
    return not isinstance(before, Misfit) and _apply(before, steps) == lines


def _find(lines: Sequence[str], step: _Step) -> int | str:
    """The 0-based line where the step applies, or why there is none."""
    if not step.old:
        return step.line or len(lines) if step.line <= len(lines) else f"the file has no line {step.line}"
    starts = _occurrences(lines, step.old, _bare) or _occurrences(lines, step.old, _trimmed)
    if not starts:
        return _explain_absence(lines, step)
    nearest = sorted(starts, key=lambda start: abs(start + 1 - step.line))
    if len(starts) == 1:
        return starts[0]
    if step.line and abs(nearest[0] + 1 - step.line) < abs(nearest[1] + 1 - step.line):
        return nearest[0]
    places = ", ".join(str(start + 1) for start in starts[:_SHOWN_PLACES])
    more = "" if len(starts) <= _SHOWN_PLACES else f" and {len(starts) - _SHOWN_PLACES} more"
    return f"its lines stand {len(starts)} times, at lines {places}{more}; nothing says which is meant"


def _occurrences(lines: Sequence[str], old: Sequence[str], key: Callable[[str], str]) -> list[int]:
    have, want = [key(line) for line in lines], [key(line) for line in old]
    return [
        start for start in range(len(have) - len(want) + 1) if have[start] == want[0] and have[start : start + len(want)] == want
    ]


def _explain_absence(lines: Sequence[str], step: _Step) -> str:
    """The line where the best partial match, or the expected place, first differs."""
    have, want = [_trimmed(line) for line in lines], [_trimmed(line) for line in step.old]
    starts = [start for start, line in enumerate(have) if line == want[0]]
    if step.line:
        starts.insert(0, step.line - 1)
    best, best_matched = None, -1
    for start in starts:
        matched = 0
        while matched < len(want) and start + matched < len(have) and have[start + matched] == want[matched]:
            matched += 1
        if matched > best_matched:
            best, best_matched = start, matched
    if best is None:
        return f"no line reads {_shown(want[0])}"
    differs = best + best_matched
    reads = f"reads {_shown(have[differs])}" if differs < len(have) else "is past the end"
    return f"line {differs + 1} {reads}, expected {_shown(want[best_matched])}"


def _replace(lines: list[str], start: int, step: _Step) -> list[str]:
    """The lines with the step done; what the step keeps comes from the file, not from the plan."""
    end = start + len(step.old)
    kept = dict(zip(map(_bare, step.old), lines[start:end], strict=True))
    ending = _ending(lines, start)
    middle = [kept.get(_bare(line), _bare(line) + ending) for line in step.new]
    for index in range(min(len(step.old), len(step.new))):
        if _bare(step.old[index]) != _bare(step.new[index]):
            break
        middle[index] = lines[start + index]
    for back in range(1, min(len(step.old), len(step.new)) + 1):
        if _bare(step.old[-back]) != _bare(step.new[-back]):
            break
        middle[-back] = lines[end - back]
    before, after = lines[:start], lines[end:]
    ends_open = bool(lines) and not lines[-1].endswith("\n")
    result = [line if line.endswith("\n") else line + ending for line in before + middle + after]
    if not after and step.new and _has_end(step.old) != _has_end(step.new):
        ends_open = not _has_end(step.new)
    if result and ends_open:
        result[-1] = _bare(result[-1])
    return result


def _ending(lines: Sequence[str], start: int) -> str:
    """The line end at this place: of the line itself, else of the one before."""
    near = next((line for line in (*lines[start : start + 1], *lines[max(start - 1, 0) : start]) if line.endswith("\n")), "\n")
    return "\r\n" if near.endswith("\r\n") else "\n"


def _has_end(lines: Sequence[str]) -> bool:
    return not lines or lines[-1].endswith("\n")


def _split(text: str) -> list[str]:
    """Lines with their ends.  Only LF ends a line: form feeds and the like are content."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _bare(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")


def _trimmed(line: str) -> str:
    return line.rstrip()


def _shown(line: str) -> str:
    return repr(line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…")
