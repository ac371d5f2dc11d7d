"""Items that only point to another plan of the repository: `- [ ] 01-02-PLAN.md - Peaks`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack.model.draft import Claim, GroupValue, PathValue, Span
from autopack.model.workspace import Workspace
from autopack_plan_markdown.ground import read_ground
from autopack_plan_markdown.page import LINE_LIMIT, Page, stated

_POINTS = re.compile(
    r"\s{0,40}(?:[-*+]\s+|\d{1,3}[.)]\s+|#{1,6}\s+)?(?:\[[ ~/>-]\]\s+)?(?:\*\*)?"
    r"(?P<verb>(?:see|follow|execute|carry out|work through|as in|details in|plan:)\s+(?:the\s+)?(?:plan\s+)?(?:in\s+)?)?"
    r"(?:\[[^\]\n]{1,200}\]\((?P<link>[^)\s]{1,300})\)|`(?P<code>[^`\n]{1,300})`|(?P<bare>[\w./-]{1,300}\.\w{2,8}))(?P<rest>.*)",
    re.IGNORECASE,
)
_READABLE = (".md", ".markdown", ".json", ".jsonl", ".yaml", ".yml", ".csv")
# A name that says what the file is; without one only a verb tells a plan from a document that is to be written.
_PLAN_NAME = re.compile(r"(?:plan|tasks?|todo|stor(?:y|ies)|epic|phase|milestone|prd)s?(?=[\W_\d]|$)", re.IGNORECASE)
_REST = re.compile(r"[*\s]*(?:$|[-–—:(])")


def claim_follows(page: Page, workspace: Workspace) -> Iterator[Claim]:
    """A claim on the first line of each item that names nothing but a plan of the repository, and perhaps its title."""
    ground = read_ground(page.draft, workspace)
    for group in page.known_groups():
        line = page.draft.lines[group.extent.start - 1][:LINE_LIMIT]
        match = _POINTS.match(line)
        if match is None or group.state in ("done", "cancelled") or not _REST.match(match["rest"]):
            continue
        words = (match["link"] or match["code"] or match["bare"]).removeprefix("./")
        if not words.lower().endswith(_READABLE) or not (match["verb"] or _PLAN_NAME.search(words)):
            continue
        place = ground.place(words)
        found = (place.path,) if place.exists else place.matches
        if len(found) == 1 and found[0] != page.draft.name and _is_item(page, group):
            span = Span(start=group.extent.start, end=group.extent.start)
            yield stated("follow", PathValue(path=found[0], role="read"), span, 0.9, "plan-of-its-own")


def _is_item(page: Page, group: GroupValue) -> bool:
    return any(claim.field == "item" and claim.value is group for claim in page.draft.known)
