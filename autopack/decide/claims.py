"""Weigh plugins' claims: hold a stated one against the lines it cites, and rank what competes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace

from autopack.model.draft import (
    BudgetValue,
    Claim,
    CommandValue,
    Draft,
    EdgeValue,
    GroupValue,
    PathValue,
    Payload,
    ProseValue,
    Span,
    TextValue,
)
from autopack.model.plan import Provenance

_KIND_ORDER = {"answered": 0, "stated": 1, "inferred": 2, "default": 3}
_MARKUP = re.compile(r"[*_`~\[\]()<>#|>]+")
_CHANGE_FOLDER = re.compile(r"\A\s*cd\s+\S+\s*&&\s*")
DEMOTED_CONFIDENCE = 0.6
DEMOTED = ", not in its lines"


def verify_claims(claims: Iterable[Claim], draft: Draft) -> tuple[Claim, ...]:
    """The claims with honest origins: what calls itself stated but does not stand in its lines becomes inferred, at most 0.6.

    Its rule says so from then on.  Confidence is forced into 0..1 and a span outside the file is dropped.  Sorted, so the order of plugins means nothing.
    """
    return tuple(sorted((_verify(claim, draft) for claim in claims), key=rank_claim))


def rank_claim(claim: Claim) -> tuple[object, ...]:
    """The order of claims, best first: kind, confidence, place in the text, package name; two that differ never tie."""
    span = claim.span or Span(start=0, end=0)
    rest = (claim.package, claim.rule, claim.field, repr(claim.value), claim.evidence)
    return (*rank_origin(claim), span.start, span.end, *rest)


def rank_origin(value: Claim | Provenance) -> tuple[int, float]:
    """How well founded a value is, best first: kind before confidence."""
    return (_KIND_ORDER[value.origin], -value.confidence)


def _verify(claim: Claim, draft: Draft) -> Claim:
    confidence = min(1.0, max(0.0, claim.confidence)) if claim.confidence == claim.confidence else 0.0
    span = claim.span if claim.span and 1 <= claim.span.start <= claim.span.end <= len(draft.lines) else None
    claim = replace(claim, confidence=confidence, span=span)
    # Only a person answers, and only the host says so.
    stated = claim.origin == "stated" and span is not None and _stands_in(claim, _cited_text(draft, span))
    if claim.origin in ("inferred", "default") or stated:
        return claim
    return replace(claim, origin="inferred", confidence=min(confidence, DEMOTED_CONFIDENCE), rule=claim.rule + DEMOTED)


def _cited_text(draft: Draft, span: Span) -> str:
    """The cited lines; of structured text the values as they are meant, since an escape is not what it stands for."""
    node = draft.tree.at(span.pointer) if draft.tree and span.pointer else None
    return draft.text(span) if node is None else "\n".join(node.texts())


def _stands_in(claim: Claim, lines: str) -> bool:
    match claim.value:
        case PathValue(path=path):
            return _has_path(lines, path)
        case Payload(path=path, to=to):
            return _has_path(lines, path) and (to is None or _has_path(lines, to))
        case CommandValue(run=run, argv=argv):
            return _has_words(lines, run) and (not argv or _means(run, argv))
        case ProseValue():
            return True
        case EdgeValue(after=after, words=words):
            return _has_words(lines, words or after)
        case GroupValue(title=words) | TextValue(text=words) | BudgetValue(words=words):
            return _has_words(lines, words)


def _has_words(lines: str, words: str) -> bool:
    """Whether the words stand in the lines, from the start of a word to the end of one; mere markup, letter by letter."""
    folded = fold_text(words)
    if not folded:
        return bool(words.strip()) and " ".join(words.split()) in " ".join(lines.split())
    return re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", fold_text(lines)) is not None


def _has_path(lines: str, path: str) -> bool:
    """Whether exactly this path stands in the lines, perhaps as `./x`, `/x`, a diff's `a/x`, or emphasised."""
    sought = re.escape(path.removeprefix("./").rstrip("/"))
    around = rf"(?<![\w./-])_{{0,2}}(?:\.?/|[ab]/)?{sought}_{{0,2}}(?![\w-]|[/.]\w)"
    return bool(sought) and re.search(around, lines, re.IGNORECASE) is not None


def _means(run: str, argv: tuple[str, ...]) -> bool:
    try:
        return tuple(shlex.split(_CHANGE_FOLDER.sub("", run, count=1))) == argv
    except ValueError:
        return False


def fold_text(text: str) -> str:
    """The words alone: markup and case dropped, white space folded, for comparing a value with its lines."""
    return " ".join(_MARKUP.sub(" ", text).casefold().split())
