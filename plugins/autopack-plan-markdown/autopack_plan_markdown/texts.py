"""Sentences that bind the work: criteria, what is not wanted, constraints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack.model.draft import Block, Claim, ConstraintKind, Field, Node, Role, Span, TextValue
from autopack_plan_markdown.budgets import claim_budgets
from autopack_plan_markdown.commands import claim_commands
from autopack_plan_markdown.done import find_finished_lines
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, sentences, stated
from autopack_plan_markdown.questions import claim_questions
from autopack_plan_markdown.runners import is_command
from autopack_plan_markdown.words import is_imperative, words_of

_LABEL_HEAD = re.compile(r"(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__)[ \t]*:?[ \t]*|[^:`*\n]{1,60}:(?:[ \t]+|$)")
_DO_NOT = re.compile(r"(?:please\s+)?(?:do not|don['’]t|never|must not|avoid|no need to)\b", re.IGNORECASE)
# What is out of the work, as opposed to how the work is to be done: "do not use pandas" is a constraint.
_OUT = re.compile(
    r"(?:please\s+)?(?:do not|don['’]t|never|avoid|no need to)\s+(?:\w+ly\s+|also\s+|even\s+)?(?:touch|chang|modif|"
    r"edit|remov|delet|"
    r"refactor|rewrit|renam|reformat|add|build|implement|introduc|support|migrat|updat|mov|fix|optimi[sz]|prefetch|"
    r"expand|extend|creat|skip)",
    re.IGNORECASE,
)
_NOT_PART = re.compile(
    r"\b(?:is|are)(?: not|n['’]t) (?:part of|in scope|needed in|required in|planned|covered|included in|wanted in|"
    r"needed for|required for)\b"
    r"|\b(?:is|are|stays?) out of scope\b|\bleave (?:\w+ ){1,6}(?:alone|untouched|as (?:it|they) (?:is|are)|as is)\b",
    re.IGNORECASE,
)
_NOT_COVERED = re.compile(
    r"\W{0,6}(?:explicitly |deliberately )?not (?:covered|included|doing|done|handled|in scope)(?: here| on purpose|"
    r" in this \w+)?\W{0,3}:[ \t*_]{0,6}(?=\S)",
    re.IGNORECASE,
)
_EARS = re.compile(
    r"(?:WHEN|IF|WHILE|WHERE|When|If|While|Where)\b.{1,400}?\b(?:SHALL|shall|THEN the)\b|(?:The|the|THE) .{1,60}?\bSHALL\b|"
    r"(?:GIVEN|Given)\b.{1,400}?\b(?:THEN|Then)\b"
)
_REQUIREMENT = re.compile(
    r"(?:FR|NFR|SC|AC|REQ|NFREQ)-?\d{1,4}[a-z]?\b[\s:.–—-]{1,4}(?=.{0,300}\b(?:MUST|SHALL|must|shall|can|should|"
    r"SHOULD|will|are|is|in|less|more)\b)"
)
_CLARIFY = re.compile(r"\s*\[NEEDS CLARIFICATION:?[^\]\n]{0,400}\]", re.IGNORECASE)
_HAPPY = re.compile(
    r"(?:we|i) (?:are|am) (?:happy|done|finished) (?:when|if)\b|(?:it is |this is )?(?:done|finished) when\b|"
    r"success means\b",
    re.IGNORECASE,
)
_TEST_PLAN = re.compile(r"\btest(?:s|ing)?\b|\bedge cases\b|测试|テスト|\btests?plan\b", re.IGNORECASE)
_VERIFY = re.compile(r"verif|valid|accept|check|criteria|confirm|prüf|провер|验|検証|確認", re.IGNORECASE)
_SEES_TO = re.compile(r"(?:make sure|ensure|verify|check that|confirm)\b", re.IGNORECASE)
_REMARK = re.compile(r"\b(?:note|hint|tip|expected|warning|example)s?\b", re.IGNORECASE)
_CODE_SPAN = re.compile(r"`([^`\n]{1,300})`")
_BEFORE_COMMAND = re.compile(r"(.{3,400}?)\s*[:：–—-]\s*(?:run\s+)?`[^`\n]{1,300}`\W*$", re.IGNORECASE)
_RUNS = frozenset(
    ["run", "rerun", "re-run", "execute", "check", "verify", "test", "then", "and", "finally", "first", "with", "using"]
)
_NO_CRITERION = frozenset(
    [
        "run",
        "rerun",
        "re-run",
        "runs",
        "verify",
        "verified",
        "with",
        "then",
        "and",
        "check",
        "execute",
        "all",
        "the",
        "test",
        "tests",
        "suite",
        "using",
        "make",
        "sure",
        "ensure",
        "must",
        "pass",
        "passes",
        "passed",
        "validate",
        "confirm",
        "locally",
        "again",
        "also",
        "finally",
        "by",
        "in",
        "full",
        "whole",
        "each",
        "commit",
        "before",
        "after",
        "every",
        "to",
        "of",
        "on",
        "lint",
        "build",
        "it",
    ]
)
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
_SECTION_FIELDS: dict[Role, tuple[Field, float]] = {
    "acceptance": ("acceptance", 0.9), "non_goal": ("non_goal", 0.9), "constraint": ("constraint", 0.9),
    "validation": ("acceptance", 0.6),
}  # fmt: skip
_FRONT_LISTS: tuple[tuple[Field, tuple[str, ...]], ...] = (
    ("acceptance", ("truths", "acceptance", "acceptance_criteria", "success_criteria", "done_when", "definition_of_done")),
    ("non_goal", ("non_goals", "out_of_scope", "not_in_scope")),
    ("constraint", ("constraints", "rules")),
)


def claim_texts(page: Page) -> Iterator[Claim]:
    checks = {claim.span.start for claim in claim_commands(page) if claim.field == "check" and claim.span}
    finished = find_finished_lines(page)
    for block in page.draft.blocks:
        if block.kind in ("item", "paragraph") and block.span.start not in page.code and block.span.start not in finished:
            for first, words in _passages(page, block):
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
    left_out = _NOT_COVERED.match(words)
    if left_out:
        yield _text("non_goal", plain(words[left_out.end() :]), span, 0.8, "not-covered")
        return
    if role == "bookkeeping":
        return
    clear = _clear_criterion(words)
    if clear and role != "non_goal":
        yield _text("acceptance", clear, span, 0.95, "requirement")
        return
    labelled = _opens_section(page, first)
    if labelled and (label := _LABEL_HEAD.match(words)) is not None:
        words = words[label.end() :]
    if role in _SECTION_FIELDS and not _is_remark(page, block, first):
        field, confidence = _SECTION_FIELDS[role]
        text = plain(_CLARIFY.sub("", words))
        if field == "acceptance":
            text = _criterion(page, block, text, first, is_check=is_check)
        # Prose that ends with a colon introduces what binds.
        if any(ch.isalnum() for ch in text) and (block.kind == "item" or not text.endswith((":", "："))):
            yield _text(field, text, span, confidence, f"{role}-label" if labelled else f"{role}-section")
        if role != "validation" or text:
            return
    for sentence, place in sentences(words, first):
        claim = _binding(sentence, place)
        if claim:
            yield claim


def _opens_section(page: Page, line: int) -> bool:
    owner = page.owners[line - 1]
    return owner.level == LABEL_LEVEL and owner.span.start == line


def _is_remark(page: Page, block: Block, line: int) -> bool:
    """Whether a label of its own says that the words only explain: "**Implementation Note**: pause here"."""
    owner = page.owners[line - 1]
    return block.kind == "paragraph" and owner.level == LABEL_LEVEL and _REMARK.search(owner.title[:100]) is not None


# -- criteria ---------------------------------------------------------------------------------------------------------


def _clear_criterion(words: str) -> str:
    """The criterion that says by its form what it is: an EARS line, a scenario, a numbered requirement."""
    text = plain(_CLARIFY.sub("", words[:1200]))
    numbered = _REQUIREMENT.match(text)
    if numbered:
        return text[numbered.end() :]
    return text if _EARS.match(text) else ""


def _criterion(page: Page, block: Block, text: str, line: int, *, is_check: bool) -> str:
    """What a line of criteria or of verification states; empty when it only gives a command or a way to test."""
    before = _BEFORE_COMMAND.match(text) if any(is_command(match[1].strip()) for match in _CODE_SPAN.finditer(text)) else None
    if before and len(words := words_of(before[1])) > 1 and words[0] not in _RUNS:
        return before[1]
    without = _CODE_SPAN.sub(lambda match: " " if is_command(match[1].strip()) or is_check else match[0], text)
    if is_check and (not _says_something(without) or words_of(text[:40])[:1] in (["run"], ["execute"])):
        return ""
    if page.role(line) == "acceptance":
        return text
    if _is_test_plan(page, line):
        return text if _SEES_TO.match(text) else ""
    if block.kind == "item" and block.number is not None and is_imperative(text):
        return ""
    return text if not is_check or before or block.checkbox else ""


def _says_something(words: str) -> bool:
    return any(word not in _NO_CRITERION for word in words_of(words))


def _is_test_plan(page: Page, line: int) -> bool:
    """Whether the lines tell what to test and how, rather than what must hold."""
    title = page.owners[line - 1].title[:200]
    return _TEST_PLAN.search(title) is not None and not _VERIFY.search(title)


# -- sentences --------------------------------------------------------------------------------------------------------


def _binding(sentence: str, span: Span) -> Claim | None:
    """The constraint, non-goal or criterion that a sentence outside of any such section makes."""
    if len(sentence) > 400:
        return None
    if _HAPPY.match(sentence):
        return _text("acceptance", sentence, span, 0.7, "done-when-sentence")
    forbids = _DO_NOT.match(sentence)
    about_means = _DEPENDENCY.search(sentence) or _SAFETY.search(sentence) or _MUST_NOT.match(sentence)
    if forbids and _OUT.match(sentence) and not about_means:
        return _text("non_goal", sentence, span, 0.8, "do-not-sentence")
    if not forbids and _NOT_PART.search(sentence):
        return _text("non_goal", sentence.partition(";")[0], span, 0.7, "not-part-sentence")
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


def _of_front_matter(tree: Node) -> Iterator[Claim]:
    for top in (tree, *tree.get_all("must_haves")):
        for field, names in _FRONT_LISTS:
            for node in (node for name in names for node in top.get_all(name)):
                for value in node.children if node.kind == "list" else (node,):
                    if value.text.strip():
                        yield _text(field, plain(value.text), value.span, 0.9, "front-matter")
