"""Every piece of code in a plan as a claim, and a question for each piece that cannot be used as it stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autopack.model.draft import Claim, Draft, Payload, Span, TextValue
from autopack.model.workspace import Workspace
from autopack_plan_payload.apply_patch import begins_patch, read_patch
from autopack_plan_payload.fences import Fence, find_fences, find_prose
from autopack_plan_payload.lines import Exists, Found, Line, Problem, Result, join_lines
from autopack_plan_payload.names import Name, may_be_file, name_fence, name_in_heading
from autopack_plan_payload.search_replace import opens_block, read_blocks
from autopack_plan_payload.unified import read_diff, read_snippet, starts_diff

_PATCH_CONFIDENCE = 0.99
_UNLIKE_CONFIDENCE = 0.6
_KEPT_SHARE = 0.5
_ELISION = re.compile(r"^\s*(?:#|//|--|;|/\*|\{/\*|<!--)\s*(?:\.\.\.|…|(?:the )?rest of |existing code|unchanged)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One result with the rule that read it."""

    result: Result
    rule: str
    confidence: float = _PATCH_CONFIDENCE


def claim_payloads(draft: Draft, workspace: Workspace) -> list[Claim]:
    """Claims of field `payload`, one a file and place, and of field `question`, in the order of the plan."""

    def exists(path: str) -> bool:
        return _old_text(path, workspace) is not None

    fences = [] if draft.format == "diff" else find_fences(draft)
    read: list[_Read] = []
    for fence, name in zip(fences, _name_fences(fences), strict=True):
        read += _read_fence(fence, name, workspace, exists)
    for prose in find_prose(draft, fences):
        if prose[-1].number == len(draft.lines):
            # A draft has no empty lines at its end, where a hunk may have had empty lines of context.
            prose += [Line(len(draft.lines), "")] * 3
        read += _read_patches(prose, workspace, exists)
    read.sort(key=lambda one: _span(one.result, draft))
    return [_claim(one, draft) for one in _join_neighbours(read, draft)]


def _name_fences(fences: Sequence[Fence]) -> list[Name | None]:
    """A name for each fence.  The heading of a whole section names a fence only if it holds no other candidate."""
    names = [name_fence(fence.info, fence.body, fence.span.start, fence.above) for fence in fences]
    candidates = Counter(fence.heading for fence in fences if may_be_file(fence.info))
    return [
        name_in_heading(fence.heading, fence.info)
        if name is None and fence.heading and may_be_file(fence.info) and candidates[fence.heading] == 1
        else name
        for fence, name in zip(fences, names, strict=True)
    ]


def _read_fence(fence: Fence, name: Name | None, workspace: Workspace, exists: Exists) -> list[_Read]:
    path = name.path if name else None
    filled = [line.text for line in fence.body if line.text.strip()][:2]
    rule = _patch_rule(fence, filled)
    if not fence.is_closed and (rule or name):
        why = f"the fence of {path or 'this code'} is never closed, so its end is not clear"
        return [_Read(result=Problem(line=fence.span.start, why=why), rule="open-fence")]
    if rule == "search-replace":
        read = [_Read(result=one, rule=rule) for one in read_blocks(fence.body, path, exists)]
    elif rule == "diff-snippet":
        read = [_Read(result=read_snippet(fence.body, fence.span.start, path, exists), rule=rule)]
    elif rule:
        read = _read_patches(fence.body, workspace, exists)
    elif name:
        return [_read_file(fence, name, workspace)]
    else:
        return []
    whole = fence.span if len(read) == 1 else None
    return [replace(one, result=_widen(one.result, whole, name)) for one in read]


def _patch_rule(fence: Fence, filled: Sequence[str]) -> str | None:
    """How to read the body when it is a patch rather than a file."""
    if any(begins_patch(text) for text in filled):
        return "apply-patch"
    if any(opens_block(text) for text in filled):
        return "search-replace"
    is_diff = fence.info.split(" ")[0].split(":")[0].lower() in ("diff", "patch", "udiff")
    first = next((index for index, line in enumerate(fence.body) if line.text.strip()), None)
    if first is not None and (starts_diff(fence.body, first) or (is_diff and _has_diff(fence.body))):
        return "unified-diff"
    return "diff-snippet" if is_diff else None


def _has_diff(lines: Sequence[Line]) -> bool:
    return any(starts_diff(lines, index) for index in range(len(lines)))


def _read_patches(lines: Sequence[Line], workspace: Workspace, exists: Exists) -> list[_Read]:
    """Every patch that stands among these lines."""
    if any(opens_block(line.text) for line in lines):
        return [_Read(result=one, rule="search-replace") for one in read_blocks(lines, None, exists)]
    read: list[_Read] = []
    index = 0
    while index < len(lines):
        if begins_patch(lines[index].text):
            results, index = read_patch(lines, index, workspace)
            read += [_Read(result=one, rule="apply-patch") for one in results]
        elif starts_diff(lines, index):
            result, index = read_diff(lines, index, exists)
            read.append(_Read(result=result, rule="unified-diff"))
        else:
            index += 1
    return read


def _widen(result: Result, whole: Span | None, name: Name | None) -> Result:
    """The whole fence when it holds one file, and the line that names it."""
    if isinstance(result, Problem):
        return result
    start, end = (whole.start, whole.end) if whole else (result.start, result.end)
    if name and name.path == result.payload.path:
        start = min(start, name.line)
    return replace(result, start=start, end=end)


def _read_file(fence: Fence, name: Name, workspace: Workspace) -> _Read:
    text = join_lines([line.text for line in fence.body[name.body_from :]])
    found = Found(
        payload=Payload(path=name.path, action="write", text=text), start=min(name.line, fence.span.start), end=fence.span.end
    )
    elision = next((line for line in fence.body if _ELISION.match(line.text[:200])), None)
    if elision:
        why = f"the code of {name.path} leaves out lines here, so it cannot be written as the whole file"
        return _Read(result=Problem(line=elision.number, why=why, blocking=False), rule="elision")
    old = _old_text(name.path, workspace)
    if old is None or _kept_share(old, text) >= _KEPT_SHARE:
        return _Read(result=found, rule=name.rule, confidence=name.confidence)
    if name.is_part:
        why = f"the code reads as a part of {name.path}, and nothing says which lines it replaces"
        return _Read(result=Problem(line=fence.span.start, why=why, blocking=False), rule="part-of-file")
    return _Read(result=found, rule=name.rule, confidence=min(name.confidence, _UNLIKE_CONFIDENCE))


def _kept_share(old: str, new: str) -> float:
    """How much of the old file stands in the new text too, by lines; 1 when the old file is blank."""
    kept = {line.strip() for line in new.splitlines()}
    lines = [line.strip() for line in old.splitlines() if line.strip()]
    return sum(line in kept for line in lines) / len(lines) if lines else 1.0


def _old_text(path: str, workspace: Workspace) -> str | None:
    """The file as it stands; `None` also for a path that only the host may judge."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\0" in path:
        return None
    return workspace.read_text(pure)


def _join_neighbours(read: Sequence[_Read], draft: Draft) -> list[_Read]:
    """SEARCH/REPLACE fences of one file with nothing between them are one payload."""
    joined: list[_Read] = []
    for one in read:
        before = joined[-1] if joined else None
        if before and before.rule == one.rule == "search-replace":
            together = _join(before.result, one.result, draft)
            if together:
                joined[-1] = replace(before, result=together)
                continue
        joined.append(one)
    return joined


def _join(first: Result, second: Result, draft: Draft) -> Found | None:
    if isinstance(first, Problem) or isinstance(second, Problem) or first.payload.path != second.payload.path:
        return None
    if (
        first.payload.action != "edit"
        or second.payload.action != "edit"
        or "".join(draft.lines[first.end : second.start - 1]).strip()
    ):
        return None
    edits = first.payload.edits + second.payload.edits
    numbered = tuple(replace(edit, label=f"block {number}") for number, edit in enumerate(edits, 1))
    return Found(payload=replace(first.payload, edits=numbered), start=first.start, end=second.end)


def _span(result: Result, draft: Draft) -> Span:
    if isinstance(result, Problem):
        return Span(start=result.line, end=result.line)
    return Span(start=result.start, end=result.end)


def _claim(one: _Read, draft: Draft) -> Claim:
    span = _span(one.result, draft)
    if isinstance(one.result, Found):
        return Claim(
            field="payload", value=one.result.payload, origin="stated", confidence=one.confidence, rule=one.rule, span=span
        )
    question = TextValue(text=f"Line {one.result.line}: {one.result.why}", blocking=one.result.blocking)
    # The question is ours, not the plan's: it does not stand in the line it is about.
    return Claim(field="question", value=question, origin="inferred", confidence=0.9, rule=one.rule, span=span)
