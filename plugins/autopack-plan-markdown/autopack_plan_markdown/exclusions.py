"""Sentences that say what is not to be done: non-goals that stand outside of any section of theirs."""

from __future__ import annotations

import re

DO_NOT = re.compile(r"(?:please\s+)?(?:do not|don['’]t|never|must not|avoid|no need to)\b", re.IGNORECASE)
_NOT_DONE = (
    r"touch|chang|modif|edit|remov|delet|refactor|rewrit|renam|reformat|add|build|implement|introduc|support|migrat|updat|mov|"
    r"fix|optimi[sz]|prefetch|expand|extend|creat|skip"
)
# What is out of the work, as opposed to how the work is to be done: "do not use pandas" is a constraint.
_OUT = re.compile(
    rf"(?:please\s+)?(?:do not|don['’]t|never|avoid|no need to)\s+(?:\w+ly\s+|also\s+|even\s+)?(?:{_NOT_DONE})", re.IGNORECASE
)
_WE_DO_NOT = re.compile(
    r"(?:for now,? |here,? )?(?:we|i) (?:do not|don['’]t|will not|won['’]t|are not going to)\s+(?:\w+ly\s+|also\s+|even\s+)?"
    rf"(?:{_NOT_DONE}|replac|port|cover|deal with|handle)",
    re.IGNORECASE,
)
_NO_PART = re.compile(
    r"no \S.{0,100}? (?:in|with|as part of|during) (?:this|the (?:first|present|current)) "
    r"(?:spec(?:ification)?|change|plan|pr|pull request|phase|release|round|iteration|version|milestone|story|step|task|ticket|"
    r"issue|proposal|project|sprint|epic|branch)\b",
    re.IGNORECASE,
)
# "Every phase is a separate PR" tells how the work is cut.
_ELSEWHERE = re.compile(
    r"(?!\W*(?:each|every|all|one|phases?|tasks?|steps?|it|this|that)\b).{2,200}?\b"
    r"(?:is|are|gets?|goes (?:in|into)|belongs? (?:in|to|into)|comes? (?:in|with)|will be) (?:a |an |its |their )?"
    r"(?:another|separate|different|own|later|follow-up) "
    r"(?:spec(?:ification)?|change|plan|pr|pull request|release|version|ticket|issue|proposal|project|epic)\b",
    re.IGNORECASE,
)
_NOT_PART = re.compile(
    r"\b(?:is|are)(?: not|n['’]t) (?:part of|in scope|needed in|required in|planned|covered|included in|wanted in|"
    r"needed for|required for)\b"
    r"|\b(?:is|are|stays?|remains?) out of scope\b|\bleave (?:\w+ ){1,6}(?:alone|untouched|as (?:it|they) (?:is|are)|as is)\b"
    r"|\b(?:is|are|will be|stays?|remains?) "
    r"(?:not (?:touched|changed|replaced|migrated|rewritten)|left (?:alone|untouched)|untouched)"
    r"(?: (?:here|by this|in this \w+|for now|at all))?\W*$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"\W{0,6}(?:explicitly |deliberately )?(?:not (?:covered|included|doing|done|handled|in scope)|left out|skipped|excluded)"
    r"(?: here| on purpose| for now| in this \w+)?\W{0,3}:[ \t*_]{0,6}(?=\S)",
    re.IGNORECASE,
)


def listed_exclusions(words: str) -> str:
    """What a passage like "Not covered on purpose: quotas" lists behind its colon; empty when it lists nothing."""
    match = _LISTED.match(words)
    return words[match.end() :] if match else ""


def forbids_work(sentence: str) -> bool:
    """Whether a sentence that begins with "do not" is about what not to work on."""
    return _OUT.match(sentence) is not None


def find_exclusion(sentence: str, *, about_means: bool) -> str:
    """The part of a sentence that says what stays out of the work, or is the work of another plan; empty when none does.

    `about_means`: it speaks of dependencies and the like, so "we do not add" binds how the work is done.
    """
    if _NOT_PART.search(sentence) or _ELSEWHERE.match(sentence):
        return sentence.partition(";")[0]
    return sentence if not about_means and (_WE_DO_NOT.match(sentence) or _NO_PART.match(sentence)) else ""
