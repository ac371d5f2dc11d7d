"""Sentences that bind the work: criteria, what is not wanted, constraints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from autopack.model.draft import Block, Claim, ConstraintKind, Field, Node, Role, Span, TextValue
from autopack_plan_markdown.budgets import claim_budgets
from autopack_plan_markdown.criteria import (
    CLARIFY,
    clear_criterion,
    has_criteria_section,
    is_wish,
    quality_criterion,
    read_criterion,
    read_statements,
)
from autopack_plan_markdown.done import find_finished_lines
from autopack_plan_markdown.exclusions import DO_NOT, find_exclusions, forbids_work, listed_exclusions
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, sentences, stated
from autopack_plan_markdown.questions import claim_questions

_LABEL_HEAD = re.compile(r"(?:\*\*?|__?)[^*_\n]{1,100}(?:\*\*?|__?)[ \t]*:?[ \t]*|[^:`*\n]{1,60}:(?:[ \t]+|$)")
_HAPPY = re.compile(
    r"(?:we|i) (?:are|am) (?:happy|done|finished) (?:when|if)\b|(?:it is |this is )?(?:done|finished|accepted) when\b|"
    r"(?:fertig|erledigt),? (?:ist (?:es|das),? )?wenn\b|(?:c['’]est )?(?:fini|terminé) quand\b|"
    r"(?:está )?(?:hecho|listo|terminado) cuando\b|"
    r"(?:está )?pronto quando\b|готово,? когда\b|success means\b|"
    r"at the end of (?:this|the) (?:milestone|phase|step|stage|sprint|story|task)\b(?=.{0,200}?"
    r"\b(?:is|are|passes|pass|shows?|returns?|prints?|works?|succeeds?|can)\b)",
    re.IGNORECASE,
)
# "Acceptance: ..." in the middle of a paragraph.
_SUCCESS = re.compile(
    r"(?:acceptance(?: criteri(?:on|a))?|success criteri(?:on|a)|exit criteri(?:on|a)|"
    r"akzeptanzkriteri(?:um|en)|abnahme|fertig wenn|"
    r"critères? d['’]acceptation|criterios? de aceptación|critérios? de aceitação|критери[йи] приёмки|"
    r"验收标准?|完成标准|受け入れ条件)"
    r"\s?[:：]\s?(?=\S)",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\b(?:note|hint|tip|expected|warning|example)s?\b", re.IGNORECASE)
_MUST_NOT = re.compile(r"\b(?:must not|mustn['’]t|must never|may not|shall not|never)\b", re.IGNORECASE)
_DEPENDENCY = re.compile(
    r"\b(?:dependenc(?:y|ies)|librar(?:y|ies)|packages?|third-party|frameworks?|stdlib|standard library)\b", re.IGNORECASE
)
_SAFETY = re.compile(
    r"\b(?:secrets?|credentials?|passwords?|(?:api|device|signing|secret) keys?|tokens? (?:in|into)|network|internet|"
    r"production|deploy|push|"
    r"force-push|sandbox|"
    r"personal data|private keys?|delete (?:data|user)|drop tables?|\.env)\b",
    re.IGNORECASE,
)
_BUDGET = re.compile(
    r"\b(?:at most|no more than|under|within|less than|fewer than|max(?:imum)?(?: of)?|up to|limit(?:ed)? to|below)\s+[\d.,]+\s*"
    r"(?:ms|milliseconds?|s|secs?|seconds?|min(?:ute)?s?|hours?|days?|[kmg]i?b|bytes?|tokens?|lines?|files?|%|"
    r"attempts?)(?:\b|$)|\bbudget\b",
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
# What is taken for granted is nobody's decision: "the ticket shop stays as it is".
_ASSUMED = re.compile(r"\W*(?:assum|annahme|hypothèse|supuest|premissa|предположен|假设|前提)", re.IGNORECASE)
_NOTES = re.compile(r"\W*(?:notes?|remarks?|notizen|hinweise?|notas?|备注|注意)\b", re.IGNORECASE)
_SECTION_FIELDS: dict[Role, tuple[Field, float]] = {
    "acceptance": ("acceptance", 0.9), "non_goal": ("non_goal", 0.9), "constraint": ("constraint", 0.9),
    "validation": ("acceptance", 0.6),
}  # fmt: skip
_FRONT_LISTS: tuple[tuple[Field, tuple[str, ...]], ...] = (
    ("acceptance", ("truths", "acceptance", "acceptance_criteria", "success_criteria", "done_when", "definition_of_done")),
    ("non_goal", ("non_goals", "out_of_scope", "not_in_scope")),
    ("constraint", ("constraints", "rules")),
)


def claim_texts(page: Page, commands: Iterable[Claim]) -> Iterator[Claim]:
    """Criteria, non-goals, constraints, questions and budgets; `commands` are the claims that say which lines give a check."""
    checks = {claim.span.start for claim in commands if claim.field == "check" and claim.span}
    finished = find_finished_lines(page)
    has_criteria = has_criteria_section(page)
    for block in page.draft.blocks:
        if block.kind in ("item", "paragraph") and block.span.start not in page.code and block.span.start not in finished:
            for first, words in _passages(page, block):
                if not is_wish(page, first, has_criteria=has_criteria):
                    yield from _from_passage(page, block, first, words, is_check=first in checks)
    if page.draft.tree is not None and page.draft.format in ("markdown", "text"):
        yield from _of_front_matter(page.draft.tree)
    yield from claim_questions(page)
    yield from claim_budgets(page)


def _passages(page: Page, block: Block) -> Iterator[tuple[int, str]]:
    """A block's words, cut where a label begins or ends; each with its first line."""
    begin, rows = block.span.start, block.text.split("\n")
    cuts = [offset for offset in range(1, len(rows)) if page.owners[begin + offset - 1] is not page.owners[begin + offset - 2]]
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        yield begin + start, "\n".join(rows[start:end])


def _from_passage(page: Page, block: Block, first: int, words: str, *, is_check: bool) -> Iterator[Claim]:
    role = page.role(first)
    if role == "future":
        return
    span = Span(start=first, end=first + words.count("\n"))
    left_out = listed_exclusions(words)
    if left_out:
        yield _text("non_goal", plain(left_out), span, 0.8, "not-covered")
        return
    if role == "bookkeeping":
        yield from _of_bookkeeping(page, block, first, words)
        return
    clear = clear_criterion(words)
    if clear and role != "non_goal":
        yield _text("acceptance", clear, span, 0.95, "requirement")
        return
    labelled = _opens_section(page, first)
    if labelled and (label := _LABEL_HEAD.match(words)) is not None:
        words = words[label.end() :]
    if role in _SECTION_FIELDS and not _is_remark(page, block, first) and not (is_check and role == "non_goal"):
        field, confidence = _SECTION_FIELDS[role]
        text = plain(CLARIFY.sub("", words))
        if field == "acceptance":
            text = read_criterion(page, block, text, first, is_check=is_check)
            if not text and is_check and block.kind == "paragraph":
                for statement, place in read_statements(words, first):
                    yield _text(field, statement, place, confidence, f"{role}-sentence")
        # Prose that ends with a colon introduces what binds.
        if any(ch.isalnum() for ch in text) and (block.kind == "item" or not text.endswith((":", "："))):
            yield _text(field, text, span, confidence, f"{role}-label" if labelled else f"{role}-section")
        if role != "validation" or text:
            return
    is_assumed = _ASSUMED.match(page.owners[first - 1].title[:100]) is not None
    for sentence, place in sentences(words, first):
        yield from (claim for claim in _binding(sentence, place) if not (is_assumed and claim.rule == "not-part-sentence"))


def _of_bookkeeping(page: Page, block: Block, first: int, words: str) -> Iterator[Claim]:
    """What binds among the notes and checklists about the plan itself."""
    if quality := quality_criterion(page, block, plain(words), first):
        yield _text("acceptance", quality, Span(start=first, end=first + words.count("\n")), 0.7, "quality-checklist")
    elif _NOTES.match(page.owners[first - 1].title[:100]):
        for sentence, place in sentences(words, first):
            yield from (claim for claim in _binding(sentence, place) if claim.field == "non_goal")


def _opens_section(page: Page, line: int) -> bool:
    owner = page.owners[line - 1]
    return owner.level == LABEL_LEVEL and owner.span.start == line


def _is_remark(page: Page, block: Block, line: int) -> bool:
    """Whether a label of its own says that the words only explain: "**Implementation Note**: pause here"."""
    owner = page.owners[line - 1]
    return block.kind == "paragraph" and owner.level == LABEL_LEVEL and _REMARK.search(owner.title[:100]) is not None


# -- sentences --------------------------------------------------------------------------------------------------------


def _binding(sentence: str, span: Span) -> Iterator[Claim]:
    """The constraint, non-goals or criterion that a sentence outside of any such section makes."""
    if len(sentence) > 400:
        return
    forbids = DO_NOT.match(sentence)
    about_means = _DEPENDENCY.search(sentence) or _SAFETY.search(sentence) or _MUST_NOT.match(sentence)
    if _HAPPY.match(sentence):
        yield _text("acceptance", sentence, span, 0.7, "done-when-sentence")
    elif label := _SUCCESS.match(sentence):
        yield _text("acceptance", sentence[label.end() :], span, 0.8, "success-sentence")
    elif forbids and forbids_work(sentence) and not about_means:
        yield _text("non_goal", sentence, span, 0.8, "do-not-sentence")
    elif not forbids and (left_out := find_exclusions(sentence, about_means=bool(about_means))):
        yield from (_text("non_goal", clause, span, 0.7, "not-part-sentence") for clause in left_out)
    elif forbids or _MUST_NOT.search(sentence) or _TECH.search(sentence):
        yield _text("constraint", sentence, span, 0.7, "binding-sentence")


def _text(field: Field, words: str, span: Span, confidence: float, rule: str) -> Claim:
    kind = _constraint_kind(words) if field == "constraint" else None
    return stated(field, TextValue(text=words[:600], kind=kind), span, confidence, rule)


def _constraint_kind(words: str) -> ConstraintKind:
    if _BUDGET.search(words):
        return "budget"
    if _SAFETY.search(words) or (_MUST_NOT.search(words) and not _DEPENDENCY.search(words)):
        return "safety"
    return "tech"


def _of_front_matter(tree: Node) -> Iterator[Claim]:
    for top in (tree, *tree.get_all("must_haves")):
        for field, names in _FRONT_LISTS:
            for node in (node for name in names for node in top.get_all(name)):
                for value in node.children if node.kind == "list" else (node,):
                    if value.text.strip():
                        yield _text(field, plain(value.text), value.span, 0.9, "front-matter")
