"""What the deliverables of a phase say about tests that go or no longer run, and which files they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from autopack.model.plan import Phase, PlanPath, Provenance

# How many words may stand between a verb and the tests it is about: "skip blank lines, with tests" skips no test.
_REACH_REMOVE = 8
_REACH_SKIP = 4

_REMOVE = re.compile(
    r"remov(?:e|es|ed|ing|al)|delet(?:e|es|ed|ing|ion)|drop(?:s|ped|ping)?|renam(?:e|es|ed|ing)|mov(?:e|es|ed|ing)|merg(?:e|es|ed|ing)"
    r"|replac(?:e|es|ed|ing)|rewrit(?:e|es|ing)|rewritten|split(?:s|ting)?|retir(?:e|es|ed|ing)|convert(?:s|ed|ing)?"
)
_SKIP = re.compile(
    r"skip(?:s|ped|ping)?|skipif|xfail(?:s|ed)?|disabl(?:e|es|ed|ing)|ignor(?:e|es|ed|ing)|deselect(?:s|ed|ing)?"
    r"|exclud(?:e|es|ed|ing)|quarantin(?:e|es|ed|ing)"
)
_IS = frozenset({"is", "are", "be", "was", "were", "get", "gets", "as"})
# After these a clause speaks of something else than its verb.
_OTHER_WORK = (
    "add", "adds", "write", "create", "extend", "implement", "introduce", "build", "run", "adapt", "update", "adjust", "change",
    "fix", "cover", "keep", "test", "but", "then",
)  # fmt: skip
_TURNS = frozenset({"pass", "passes", "with", "check", "checks", "that", "which", "if", "by", *_OTHER_WORK}) - {"test"}
_NEGATED = re.compile(r"\b(?:not|never|without|keep|keeps|don't|don’t|no tests?)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(rf"[;\n]|[.!?](?:\s|$)|(?:,|\band\b)\s{{1,3}}(?=(?:{'|'.join(_OTHER_WORK)})\b)", re.IGNORECASE)
_OWN = re.compile(r"\bwith\s{1,3}(?=(?:its|their|all)\b)", re.IGNORECASE)
_TOKEN = re.compile(r"[\w./:*'’-]+")
_TEST = re.compile(r"(?:^|[^A-Za-z])[Tt]ests?(?![a-z])|[a-z]Tests?(?![a-z])")
_SEPARATOR = re.compile(r"[/:.]+")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_NO_NAMES = frozenset(
    {"test", "case", "spec", "unit", "the", "and", "it", "their", "all", "for", "with", "from", "when", "that", "thi", "into"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What only the words of a plan can allow.

    `clauses` are the parts of its sentences that forbid nothing, `deleted` the paths that shall go (folders with a trailing
    slash), `named` the files it names one by one.
    """

    clauses: tuple[str, ...]
    deleted: tuple[str, ...]
    named: frozenset[str]

    def lets_go(self, test: str) -> bool:
        """Whether the test with this id may vanish: its file is deleted, or a sentence removes, renames or deselects it."""
        if any(_belongs(test, path) for path in self.deleted):
            return True
        return any(_names(clause, test) for verbs, reach in _VERBS for clause in self._about_tests(verbs, reach))

    def lets_skip(self, test: str) -> bool:
        """Whether a sentence says that the test with this id is skipped."""
        return any(_names(clause, test) for clause in self._about_tests(_SKIP, _REACH_SKIP))

    def lets_fewer_run(self) -> bool:
        """Whether any test may go or be skipped, where the tests themselves are not known."""
        deleted = any(_TEST.search(path) for path in self.deleted)
        return deleted or any(True for verbs, reach in _VERBS for _ in self._about_tests(verbs, reach))

    def lets_mark(self, marker: str) -> bool:
        """Whether a marker may be added: a sentence skips tests, or calls the marker by its name."""
        if any(True for _ in self._about_tests(_SKIP, _REACH_SKIP)):
            return True
        # The short and common words of a marker, as `skip`, are also words of other work; so are the names of tests.
        words = re.findall(r"\w{5,}", marker)
        called = {word for word in words if word not in ("pytest", "unittest", "ignore") and not _TEST.search(word)}
        return any(called.intersection(re.findall(r"\w{5,}", clause)) for clause in self.clauses)

    def names(self, path: str) -> bool:
        """Whether exactly this file is named, as a path or in a sentence."""
        return path in self.named or any(path in _tokens(clause) for clause in self.clauses)

    def _about_tests(self, verbs: re.Pattern[str], reach: int) -> Iterator[str]:
        return (clause for clause in self.clauses if _governs_tests(_TOKEN.findall(clause), verbs, reach))


_VERBS = ((_REMOVE, _REACH_REMOVE), (_SKIP, _REACH_SKIP))


def read_mandate(phase: Phase) -> Mandate:
    """The mandate of a phase: of what its open deliverables state, in titles, criteria and paths.

    What a plugin inferred allows nothing.
    """
    open_rows = [row for row in phase.deliverables if row.status not in ("done", "cancelled")]
    texts = [row.title for row in open_rows if _is_stated(row)]
    if "title" in phase.provenance and _is_stated(phase.provenance["title"]):
        texts.append(phase.title)
    for lines in (phase.acceptance_criteria, *(part for row in open_rows for part in (row.children, row.acceptance_criteria))):
        texts += [line.text for line in lines if _is_stated(line)]
    paths = [path for row in open_rows for path in row.paths if _is_stated(path)]
    gone = [path for path in paths if path.role == "delete"]
    carried = [row for row in phase.payloads if _is_stated(row)]
    return Mandate(
        clauses=tuple(clause for text in texts for clause in _split(text)),
        deleted=(*map(_with_slash, gone), *(row.path for row in carried if row.action in ("delete", "rename"))),
        named=frozenset(row.path for row in (*paths, *filter(_is_stated, phase.scope.paths)) if not row.folder)
        | {row.to or row.path for row in carried},
    )


def _is_stated(row: Provenance) -> bool:
    return row.origin in ("stated", "answered")


def _with_slash(row: PlanPath) -> str:
    return row.path.rstrip("/") + "/" if row.folder else row.path


def _split(text: str) -> Iterator[str]:
    clauses = _CLAUSE_END.split(_OWN.sub("and ", text))
    return (clause for clause in clauses if clause.strip() and not _NEGATED.search(clause))


def _governs_tests(words: Sequence[str], verbs: re.Pattern[str], reach: int) -> bool:
    """Whether one of the verbs is about tests: they follow it, or it is said of them ("the tests are removed")."""
    for index, word in enumerate(words):
        if verbs.fullmatch(word.lower()):
            before = words[max(0, index - reach) : index] if index and words[index - 1].lower() in _IS else ()
            if _meets_test(words[index + 1 : index + 1 + reach]) or _meets_test(reversed(before)):
                return True
    return False


def _meets_test(words: Iterable[str]) -> bool:
    for word in words:
        if _TEST.search(word):
            return True
        if word.lower() in _TURNS:
            return False
    return False


def _names(clause: str, test: str) -> bool:
    """Whether a clause about tests means this one: by its name, else by its file, else by a word that both share."""
    tokens = _tokens(clause)
    exact = [token for token in tokens if _TEST.search(token) and token.lower() not in ("test", "tests")]
    names = [token for token in exact if "/" not in token and "." not in token and ":" not in token]
    if names:
        return not set(names).isdisjoint(_SEPARATOR.split(test))
    if exact:
        return any(test.startswith(token) or _belongs(test, token) for token in exact)
    verbs = {token for token in tokens if any(known.fullmatch(token.lower()) for known, _ in _VERBS)}
    return not _words_of(" ".join(token for token in tokens if token not in verbs)).isdisjoint(_words_of(test))


def _tokens(clause: str) -> list[str]:
    return [token.strip(":'’-").removesuffix(".") for token in _TOKEN.findall(clause)]


def _words_of(text: str) -> set[str]:
    return {word for part in _WORD.findall(text) if len(word := part.lower().removesuffix("s")) > 1} - _NO_NAMES


def _belongs(test: str, path: str) -> bool:
    """Whether a test's id begins with a file or folder, however many folders above it the runner leaves out.

    Ids are made of paths (`tests/test_a.py::test_x`) or of dotted names (`tests.test_a.T.test_x`).
    """
    steps = [step for step in path.split("/") if step]
    if not steps:
        return False
    if not path.endswith("/"):
        steps[-1] = steps[-1].rpartition(".")[0] or steps[-1]
    parts = _SEPARATOR.split(test)
    return any(steps[start:] == parts[: len(steps) - start] for start in range(len(steps)))
