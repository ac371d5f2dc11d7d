"""Weigh plugins' claims: hold a stated one against the lines it cites, and rank what competes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from autopack.model.draft import Claim, CommandValue, Draft, EdgeValue, GroupValue, PathValue, Payload, Span, TextValue
from autopack.model.plan import Provenance

_KIND_ORDER = {"answered": 0, "stated": 1, "inferred": 2, "default": 3}
_MARKUP = re.compile(r"[*_`~\[\]()<>#|>]+")
DEMOTED_CONFIDENCE = 0.6


def verify_claims(claims: Iterable[Claim], draft: Draft) -> tuple[Claim, ...]:
    """The claims with honest origins: what calls itself stated but does not stand in its lines becomes inferred, at most 0.6.

    Confidence is forced into 0..1 and a span outside the file is dropped.  Sorted, so the order of plugins means nothing.
    """
    return tuple(sorted((_verify(claim, draft) for claim in claims), key=rank_claim))


def rank_claim(claim: Claim) -> tuple[object, ...]:
    """The order of claims, best first: kind, confidence, place in the text, package name, and last the value itself."""
    span = claim.span or Span(start=0, end=0)
    return (*rank_origin(claim), span.start, span.end, claim.package, claim.rule, repr(claim.value))


def rank_origin(value: Claim | Provenance) -> tuple[int, float]:
    """How well founded a value is, best first: kind before confidence."""
    return (_KIND_ORDER[value.origin], -value.confidence)


def _verify(claim: Claim, draft: Draft) -> Claim:
    confidence = min(1.0, max(0.0, claim.confidence)) if claim.confidence == claim.confidence else 0.0
    span = claim.span if claim.span and 1 <= claim.span.start <= claim.span.end <= len(draft.lines) else None
    claim = replace(claim, confidence=confidence, span=span)
    # Only a person answers, and only the host says so.
    stated = claim.origin == "stated" and span is not None and _stands_in(claim, draft.text(span))
    if claim.origin in ("inferred", "default") or stated:
        return claim
    return replace(claim, origin="inferred", confidence=min(confidence, DEMOTED_CONFIDENCE))


def _stands_in(claim: Claim, lines: str) -> bool:
    text = fold_text(lines)
    return all(fold_text(part) in text for part in _cited_words(claim))


def fold_text(text: str) -> str:
    """The words alone: markup and case dropped, white space folded, for comparing a value with its lines."""
    return " ".join(_MARKUP.sub(" ", text).casefold().split())


def _cited_words(claim: Claim) -> tuple[str, ...]:
    match claim.value:
        case GroupValue(title=title):
            return (title,)
        case TextValue(text=text):
            return (text,)
        case PathValue(path=path):
            return (path.rstrip("/"),)
        case CommandValue(run=run):
            return (run,)
        case Payload(path=path, to=to):
            return (path,) if to is None else (path, to)
        case EdgeValue(after=after):
            return (after,)
