"""Sentences that bind the work: criteria, what is not wanted, constraints, and questions the plan leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack.model.draft import Block, Claim, ConstraintKind, Field, Role, Span, TextValue
from autopack_plan_markdown.commands import claim_commands
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, sentences, stated

_LABEL_HEAD = re.compile(r"(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__)[ \t]*:?[ \t]*|[^:`*\n]{1,60}:(?:[ \t]+|$)")
_DO_NOT = re.compile(r"(?:please\s+)?(?:do not|don['’]t|never|must not|avoid|no need to)\b", re.IGNORECASE)
_MUST_NOT = re.compile(r"\b(?:must not|mustn['’]t|must never|may not|shall not|never)\b", re.IGNORECASE)
_DEPENDENCY = re.compile(
    r"\b(?:dependenc(?:y|ies)|librar(?:y|ies)|packages?|third-party|frameworks?|stdlib|standard library)\b", re.IGNORECASE
)
_SAFETY = re.compile(
    r"\b(?:secrets?|credentials?|passwords?|api keys?|tokens? (?:in|into)|network|internet|production|deploy|push|"
    r"force-push|sandbox|"
    r"personal data|private keys?|delete (?:data|user)|drop tables?|\.env)\b",
    re.IGNORECASE,
)
_BUDGET = re.compile(
    r"\b(?:at most|no more than|under|within|less than|fewer than|max(?:imum)?(?: of)?|up to|limit(?:ed)? to|below)\s+[\d.,]+\s*"
    r"(?:ms|milliseconds?|s|secs?|seconds?|min(?:ute)?s?|hours?|days?|[kmg]i?b|bytes?|tokens?|lines?|files?|%|attempts?)(?:\b|$)|\bbudget\b",
    re.IGNORECASE,
)
_TECH = re.compile(
    r"\b(?:no (?:new|additional|extra|external|third-party|other|runtime) (?:\w+ )?"
    r"(?:dependenc(?:y|ies)|librar(?:y|ies)|packages?)|"
    r"(?:standard library|stdlib) only|only (?:the|use the) (?:standard library|stdlib)|"
    r"without (?:adding |any |new |additional )+(?:dependenc(?:y|ies)|librar(?:y|ies))|"
    r"backwards?[- ]compatib\w+|keep [^.]{1,60} (?:intact|unchanged|compatible|stable|green|working)|"
    r"must (?:stay|remain|keep|support|work|be compatible)|"
    r"(?:python|node|go|java|rust) ?(?:>=|≥)? ?\d[\d.]*\+?(?: or (?:later|newer|above))?)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\[NEEDS CLARIFICATION:?[^\]\n]{0,400}\]|\bTBD\b|\?{3,}", re.IGNORECASE)
_SECTION_FIELDS: dict[Role, tuple[Field, float]] = {
    "acceptance": ("acceptance", 0.9), "non_goal": ("non_goal", 0.9), "constraint": ("constraint", 0.9),
    "validation": ("acceptance", 0.6),
}  # fmt: skip


def claim_texts(page: Page) -> Iterator[Claim]:
    checks = {claim.span.start for claim in claim_commands(page) if claim.field == "check" and claim.span}
    for block in page.draft.blocks:
        if block.kind in ("item", "paragraph", "heading") and block.span.start not in page.code:
            for first, words in _passages(page, block):
                yield from _from_passage(page, block, first, words, checks)
    yield from _questions(page)


def _passages(page: Page, block: Block) -> Iterator[tuple[int, str]]:
    """A block's words, cut where a label begins or ends; each with its first line."""
    begin, rows = block.span.start, block.text.split("\n")
    cuts = [offset for offset in range(1, len(rows)) if page.owners[begin + offset - 1] is not page.owners[begin + offset - 2]]
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        yield begin + start, "\n".join(rows[start:end])


def _from_passage(page: Page, block: Block, first: int, words: str, checks: set[int]) -> Iterator[Claim]:
    role = page.role(first)
    if role == "future":
        return
    span = Span(start=first, end=first + words.count("\n"))
    labelled = block.kind != "heading" and _opens_section(page, first)
    if labelled and (label := _LABEL_HEAD.match(words)) is not None:
        words = words[label.end() :]
    if role in _SECTION_FIELDS and block.kind != "heading" and first not in checks:
        field, confidence = _SECTION_FIELDS[role]
        text = plain(words)
        # Prose that ends with a colon introduces what binds.
        if any(ch.isalnum() for ch in text) and (block.kind == "item" or not text.endswith(":")):
            yield _text(field, text, span, confidence, f"{role}-label" if labelled else f"{role}-section")
        return
    for sentence, place in sentences(words, first):
        claim = _binding(sentence, place)
        if claim:
            yield claim


def _opens_section(page: Page, line: int) -> bool:
    owner = page.owners[line - 1]
    return owner.level == LABEL_LEVEL and owner.span.start == line


def _binding(sentence: str, span: Span) -> Claim | None:
    """The constraint or non-goal that a sentence outside of any such section makes."""
    if len(sentence) > 400:
        return None
    forbids = _DO_NOT.match(sentence)
    if forbids and not (_DEPENDENCY.search(sentence) or _SAFETY.search(sentence) or _MUST_NOT.match(sentence)):
        return _text("non_goal", sentence, span, 0.8, "do-not-sentence")
    if forbids or _MUST_NOT.search(sentence) or _TECH.search(sentence):
        return _text("constraint", sentence, span, 0.7, "binding-sentence")
    return None


def _text(field: Field, words: str, span: Span, confidence: float, rule: str) -> Claim:
    kind = _constraint_kind(words) if field == "constraint" else None
    return stated(field, TextValue(text=words[:600], kind=kind), span, confidence, rule)


def _constraint_kind(words: str) -> ConstraintKind:
    if _BUDGET.search(words):
        return "budget"
    if _SAFETY.search(words) or (_MUST_NOT.search(words) and not _DEPENDENCY.search(words)):
        return "safety"
    return "tech"


def _questions(page: Page) -> Iterator[Claim]:
    """Marks of what the writer left open; the question is the line as it stands."""
    for number, line in page.prose():
        match = _QUESTION.search(line)
        if match and page.role(number) not in ("future", "bookkeeping"):
            marked = match[0].startswith("[")
            words = match[0].strip("[]") if marked else plain(line).lstrip("#-*+ ")
            blocking = marked and page.role(number) == "work"
            yield stated(
                "question", TextValue(text=words[:400], blocking=blocking), Span(start=number, end=number), 0.9, "open-mark"
            )
