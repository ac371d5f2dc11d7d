"""Word lists that several rules share."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


CREATE = _set(
    """
    create add new write introduce generate scaffold creates adds adding creating implement build define make
    """
)
MODIFY = _set(
    """
    modify update fix change edit extend refactor rewrite replace rename move adjust patch improve convert migrate wire
    register export bump append insert correct updates modifies fixes changes edits updating modifying
    fixing changing editing touch
    """
)
DELETE = _set(
    """
    delete remove drop deletes removes deleting removing
    """
)
READ = _set(
    """
    read see reference references like following follow based mirror mirrors similar existing look inspect compare
    consult per according imports uses using via calls reuse
    """
)
IMPERATIVE = (
    CREATE
    | MODIFY
    | DELETE
    | _set(
        """
    allow apply build bring cache call check clean clear collect configure connect copy cover define deprecate derive
    design detect disable display document emit enable ensure expose extract filter format guard handle hide include
    initialize initialise inline install integrate keep limit link list load log map mark merge mock normalize normalise
    open optimize optimise parse pass persist pin port print provide publish raise read record reduce refuse reject
    render reorganize report require resolve restore restrict return reuse run save send serve setup show simplify skip
    sort speed split start stop store support swap switch test throw track translate trim turn unify upgrade use
    validate verify wrap
    """
    )
)


def words_of(text: str) -> list[str]:
    """The words in small letters, without numbers and marks."""
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def is_imperative(text: str) -> bool:
    """Whether a sentence begins with a verb of doing, perhaps behind "please" or "to"."""
    words = words_of(text[:200])
    while words and words[0] in (
        "please",
        "to",
        "then",
        "first",
        "finally",
        "next",
        "we",
        "should",
        "also",
        "let's",
        "now",
        "and",
    ):
        words.pop(0)
    return bool(words) and words[0] in IMPERATIVE
