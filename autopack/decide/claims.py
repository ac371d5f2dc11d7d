"""Weigh plugins' claims: hold a stated one against the lines it cites, and rank what competes."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
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
_WORD = re.compile(r"\w")
# With one character more than it can take, for what must not stand before.
_BEFORE_PATH, _LONGEST_BEFORE = re.compile(r"(?<![\w./-])_{0,2}(?:\.?/|[ab]/)?\Z"), 5
_BEHIND_PATH = re.compile(r"_{0,2}(?![\w-]|[/.]\w)")
DEMOTED_CONFIDENCE = 0.6
DEMOTED = ", not in its lines"


def verify_claims(claims: Iterable[Claim], draft: Draft) -> tuple[Claim, ...]:
    """The claims with honest origins: what calls itself stated but does not stand in its lines becomes inferred, at most 0.6.

    Its rule says so from then on.  Confidence is forced into 0..1 and a span outside the file is dropped.  Sorted, so the
    order of plugins means nothing.
    """
    # Several claims cite the same lines, and some cite a whole section.
    cite = functools.cache(lambda span: _Cited(_cited_text(draft, span)))
    return tuple(sorted((_verify(claim, draft, cite) for claim in claims), key=rank_claim))


def rank_claim(claim: Claim) -> tuple[object, ...]:
    """The order of claims, best first: kind, confidence, place in the text, package name; two that differ never tie."""
    span = claim.span or Span(start=0, end=0)
    rest = (claim.package, claim.rule, claim.field, repr(claim.value), claim.evidence)
    return (*rank_origin(claim), span.start, span.end, *rest)


def rank_origin(value: Claim | Provenance) -> tuple[int, float]:
    """How well founded a value is, best first: kind before confidence."""
    return (_KIND_ORDER[value.origin], -value.confidence)


def _verify(claim: Claim, draft: Draft, cite: Callable[[Span], _Cited]) -> Claim:
    confidence = min(1.0, max(0.0, claim.confidence)) if claim.confidence == claim.confidence else 0.0
    span = claim.span if claim.span and 1 <= claim.span.start <= claim.span.end <= len(draft.lines) else None
    claim = replace(claim, confidence=confidence, span=span)
    # Only a person answers, and only the host says so.
    stated = claim.origin == "stated" and span is not None and _stands_in(claim, cite(span))
    if claim.origin in ("inferred", "default") or stated:
        return claim
    return replace(claim, origin="inferred", confidence=min(confidence, DEMOTED_CONFIDENCE), rule=claim.rule + DEMOTED)


def _cited_text(draft: Draft, span: Span) -> str:
    """The cited lines; of structured text the values as they are meant, since an escape is not what it stands for."""
    node = draft.tree.at(span.pointer) if draft.tree and span.pointer else None
    return draft.text(span) if node is None else "\n".join(node.texts())


class _Cited:
    """Cited lines, in the forms in which values are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @functools.cached_property
    def lowered(self) -> str:
        return self._text.lower()

    @functools.cached_property
    def folded(self) -> str:
        return fold_text(self._text)

    @functools.cached_property
    def joined(self) -> str:
        return " ".join(self._text.split())


def _stands_in(claim: Claim, lines: _Cited) -> bool:
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


def _has_words(lines: _Cited, words: str) -> bool:
    """Whether the words stand in the lines, from the start of a word to the end of one; mere markup, letter by letter."""
    folded = fold_text(words)
    if not folded:
        return bool(words.strip()) and " ".join(words.split()) in lines.joined
    text = lines.folded
    return any(not (at and _WORD.match(text, at - 1)) and not _WORD.match(text, end) for at, end in _find_all(text, folded))


def _has_path(lines: _Cited, path: str) -> bool:
    """Whether exactly this path stands in the lines, perhaps as `./x`, `/x`, a diff's `a/x`, or emphasised."""
    sought, text = path.removeprefix("./").rstrip("/").lower(), lines.lowered
    return bool(sought) and any(
        _BEFORE_PATH.search(text[max(0, at - _LONGEST_BEFORE) : at]) and _BEHIND_PATH.match(text, end)
        for at, end in _find_all(text, sought)
    )


def _find_all(text: str, sought: str) -> Iterator[tuple[int, int]]:
    """Start and end of every place where it stands.  A pattern for each value would cost ten times the search."""
    at = text.find(sought)
    while at >= 0:
        yield at, at + len(sought)
        at = text.find(sought, at + 1)


def _means(run: str, argv: tuple[str, ...]) -> bool:
    try:
        return tuple(shlex.split(_CHANGE_FOLDER.sub("", run, count=1))) == argv
    except ValueError:
        return False


def fold_text(text: str) -> str:
    """The words alone: markup and case dropped, white space folded, for comparing a value with its lines."""
    return " ".join(_MARKUP.sub(" ", text).casefold().split())
