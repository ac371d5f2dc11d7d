"""Unified diffs, with or without git's headers.  Paths lose only git's own `a/` and `b/`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from autopack.model.draft import Edit, Payload
from autopack_plan_payload.lines import Exists, Found, Line, Problem, Result, join_lines

_NOTHING = "/dev/null"
_COUNTED = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_NO_NEWLINE = "\\"


@dataclass(slots=True, kw_only=True)
class _Header:
    """What stands above the hunks of one file."""

    old: str | None = None
    new: str | None = None
    is_rename: bool = False
    executable: bool = False
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class _Hunk:
    """One hunk's two sides; a side's last newline is missing when the diff says so."""

    line: int
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    old_ends: bool = True
    new_ends: bool = True

    @property
    def search(self) -> str:
        return join_lines(self.old) if self.old_ends else "\n".join(self.old)

    @property
    def replace(self) -> str:
        return join_lines(self.new) if self.new_ends else "\n".join(self.new)


def starts_diff(lines: Sequence[Line], index: int) -> bool:
    """Whether a file's part of a diff begins at this line."""
    text = lines[index].text
    if text.startswith("diff --git "):
        return True
    return text.startswith("--- ") and index + 1 < len(lines) and lines[index + 1].text.startswith("+++ ")


def read_diff(lines: Sequence[Line], index: int, exists: Exists) -> tuple[Result, int]:
    """One file's part of a diff that begins at `index`, and the index after it."""
    start = index
    header, index = _read_header(lines, index)
    hunks, problem, index = _read_hunks(lines, index, header.new if header.new != _NOTHING else header.old)
    end = lines[max(index - 1, start)].number
    if problem:
        return problem, index
    payload = _make_payload(header, hunks, exists)
    if isinstance(payload, str):
        return Problem(line=lines[start].number, why=payload), index
    return Found(payload=payload, start=lines[start].number, end=end), index


def read_snippet(lines: Sequence[Line], fence_line: int, name: str | None, exists: Exists) -> Result:
    """A diff without file names, for a file that is named elsewhere; without `@@` lines it is one hunk."""
    if name is None:
        return Problem(line=fence_line, why="the diff names no file, so it is not applied", blocking=False)
    if not any(line.text.startswith("@@") for line in lines):
        lines = [Line(fence_line, "@@"), *lines]
    first = next(index for index, line in enumerate(lines) if line.text.startswith("@@"))
    hunks, problem, index = _read_hunks(lines, first, name)
    left = next((line for line in lines[index:] if line.text), None)
    if problem:
        return problem
    if left:
        return Problem(line=left.number, why=f"this line of the diff of {name} begins with none of blank, `-`, `+`")
    payload = _make_payload(_Header(old=name, new=name), hunks, exists)
    if isinstance(payload, str):
        return Problem(line=fence_line, why=payload)
    return Found(payload=payload, start=fence_line, end=lines[-1].number)


def _read_hunks(lines: Sequence[Line], index: int, name: str | None) -> tuple[list[_Hunk], Problem | None, int]:
    """The hunks that follow, up to the first line that belongs to none."""
    hunks: list[_Hunk] = []
    while index < len(lines) and lines[index].text.startswith("@@"):
        head = lines[index]
        counts = _COUNTED.match(head.text[:100])
        hunk = _Hunk(line=int(counts[1]) if counts else 0)
        wanted = (int(counts[2] or 1), int(counts[4] or 1)) if counts else None
        index = _read_hunk(lines, index + 1, hunk, wanted)
        got = (len(hunk.old), len(hunk.new))
        if wanted and got != wanted:
            why = f"promises {wanted[0]} old and {wanted[1]} new lines, and has {got[0]} and {got[1]}"
            return hunks, Problem(line=head.number, why=f"hunk {len(hunks) + 1} of {name} {why}"), index
        if not hunk.old and not hunk.new:
            return hunks, Problem(line=head.number, why=f"hunk {len(hunks) + 1} of {name} is empty"), index
        hunks.append(hunk)
    return hunks, None, index


def _read_hunk(lines: Sequence[Line], index: int, hunk: _Hunk, wanted: tuple[int, int] | None) -> int:
    """Fill the hunk.  A full one takes in what still looks like its own line, so that a wrong count shows."""
    while index < len(lines):
        text = lines[index].text
        left = (wanted[0] - len(hunk.old), wanted[1] - len(hunk.new)) if wanted else (0, 0)
        if text.startswith(_NO_NEWLINE):
            previous = lines[index - 1].text[:1]
            hunk.old_ends = hunk.old_ends and previous == "+"
            hunk.new_ends = hunk.new_ends and previous == "-"
        elif text.startswith(("diff --git ", "@@")) or _ends_here(lines, index, left, wanted is not None):
            break
        elif not text or text[0] == " ":
            hunk.old.append(text[1:])
            hunk.new.append(text[1:])
        elif text[0] == "-":
            hunk.old.append(text[1:])
        elif text[0] == "+":
            hunk.new.append(text[1:])
        else:
            break
        index += 1
    # Without a count nothing tells a blank line of the file from one that is for looks; as context it can be left out.
    last = index - 1
    while wanted is None and hunk.old and hunk.new and not lines[last].text:
        hunk.old.pop()
        hunk.new.pop()
        last -= 1
    return index


def _ends_here(lines: Sequence[Line], index: int, left: tuple[int, int], is_counted: bool) -> bool:
    """Whether the hunk ends before this line, given how many lines its header still promises."""
    text = lines[index].text
    if starts_diff(lines, index):
        # A removed `-- x` and an added `++ y` look the same; only a file's head has a hunk below it.
        is_head = index + 2 < len(lines) and lines[index + 2].text.startswith("@@")
        return max(left) <= 0 or (is_head and left != (1, 1))
    # `git format-patch` writes `-- ` and its version below the last hunk.
    return is_counted and max(left) <= 0 and (not text.strip() or text.rstrip() == "--")


def _read_header(lines: Sequence[Line], index: int) -> tuple[_Header, int]:
    header = _Header()
    if lines[index].text.startswith("diff --git "):
        header.old, header.new = _split_git_names(lines[index].text[len("diff --git ") :])
        index += 1
    while index < len(lines):
        text = lines[index].text[:4096]
        if text.startswith("new file mode "):
            header.old, header.executable = _NOTHING, text.endswith("755")
            if text.endswith(("120000", "160000")):
                header.fault = "makes a symlink or a submodule, which a plan cannot carry"
        elif text.startswith("deleted file mode "):
            header.new = _NOTHING
        elif text.startswith("rename from "):
            header.old, header.is_rename = _unquote(text[len("rename from ") :]), True
        elif text.startswith("rename to "):
            header.new, header.is_rename = _unquote(text[len("rename to ") :]), True
        elif text.startswith(("copy from ", "copy to ")):
            header.fault = "copies a file, which a plan cannot carry"
        elif text.startswith(("Binary files ", "GIT binary patch")):
            header.fault = "is binary, which a plan cannot carry"
        elif text.startswith(("--- ", "+++ ")) or not text.startswith(
            ("old mode ", "new mode ", "similarity ", "dissimilarity ", "index ")
        ):
            break
        index += 1
    if index + 1 < len(lines) and lines[index].text.startswith("--- ") and lines[index + 1].text.startswith("+++ "):
        old, new = _strip_prefixes(_file_name(lines[index].text[4:]), _file_name(lines[index + 1].text[4:]))
        if not header.is_rename:
            header.old, header.new = old, new
        index += 2
    return header, index


def _make_payload(header: _Header, hunks: list[_Hunk], exists: Exists) -> Payload | str:
    """The payload, or why there is none."""
    old, new = header.old, header.new
    if old is None or new is None or (old == _NOTHING and new == _NOTHING):
        return "the diff names no file"
    name = old if new == _NOTHING else new
    if header.fault:
        return f"the diff of {name} {header.fault}"
    if new == _NOTHING:
        return Payload(path=old, action="delete")
    if old == _NOTHING or _is_new(hunks, name, exists):
        if len(hunks) > 1 or any(hunk.old for hunk in hunks):
            return f"the diff makes {name} new, and yet has old lines"
        return Payload(path=name, action="write", text="".join(hunk.replace for hunk in hunks), executable=header.executable)
    if any(hunk.line == 0 and not hunk.old for hunk in hunks) and exists(name):
        return f"a hunk of {name} has no old lines, so nothing says where it belongs"
    edits = tuple(
        Edit(search=hunk.search, replace=hunk.replace, line=hunk.line, label=f"hunk {number}")
        for number, hunk in enumerate(hunks, 1)
    )
    if old != new and (header.is_rename or not _is_backup(old, new)):
        if not header.is_rename:
            return f"the diff names two files, {old} and {new}; a move needs `rename from` and `rename to`"
        return Payload(path=old, action="rename", to=new, edits=edits)
    if not edits:
        return f"the diff of {name} changes no line"
    return Payload(path=name, action="edit", edits=edits)


def _is_new(hunks: list[_Hunk], name: str, exists: Exists) -> bool:
    """`@@ -0,0` on a file that is not there: many write a creation without `/dev/null`."""
    return len(hunks) == 1 and hunks[0].line == 0 and not hunks[0].old and not exists(name)


def _is_backup(old: str, new: str) -> bool:
    return old in (new + ".orig", new + ".old", new + ".bak", new + "~")


def _split_git_names(text: str) -> tuple[str | None, str | None]:
    """Both names of a `diff --git` line.  Unquoted names may hold blanks: without a rename both are the same, so halve."""
    text = text.strip()
    half = len(text) // 2
    if not text.startswith('"') and text[half : half + 1] == " ":
        old, new = _strip_prefixes(text[:half], text[half + 1 :])
        if old == new:
            return old, new
    parts = text.split(" ")
    return _strip_prefixes(_unquote(parts[0]), _unquote(parts[1])) if len(parts) == 2 else (None, None)


def _file_name(text: str) -> str:
    """The name without the time stamp that may follow a tab."""
    return _unquote(text.split("\t")[0].rstrip())


def _strip_prefixes(old: str, new: str) -> tuple[str, str]:
    is_git = (old.startswith("a/") or old == _NOTHING) and (new.startswith("b/") or new == _NOTHING)
    return (old.removeprefix("a/"), new.removeprefix("b/")) if is_git else (old, new)


def _unquote(text: str) -> str:
    """git's C-style quotes, `"caf\\303\\251.py"`, as text; what cannot be decoded stays as written."""
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return text
    try:
        return text[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1").decode()
    except UnicodeError:
        return text
