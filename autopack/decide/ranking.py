"""Which files a task will change, ranked by what an index of the repository knows.  Deterministic, no model.

Signals and weights were measured on commits of public repositories (`benchmarks/scope`).  They are a proposal with reasons, not
a fence: about four tasks in ten need a file that is not in it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from autopack.decide.terms import WINDOW_LINES, Query, find_names, split_name

MOST_TERMS = 60
MOST_COMMIT_FILES = 30
ROW_SHIFT = 16

_WEIGHTS = {
    "content": 1.0, "path": 1.0, "window": 1.0, "alike": 1.0, "defines": 0.5, "recent": 0.5, "defined": 0.5, "used": 0.3,
    "joined_defined": 0.4, "joined_used": 0.2, "mention": 1.2,
}  # fmt: skip
_APART = 0.675
_APART_FOLDERS = frozenset(
    {"fixture", "fixtures", "__fixtures__", "example", "examples", "testdata", "test-data", "archive", "archived"}
)
_CUT, _LEAST, _MOST, _MOST_READ = 0.5, 3, 30, 20
_K1, _B, _MESSAGE_B = 1.2, 0.75, 0.4
_ALIKE_COMMITS = 60
_HALF_LIFE = 150
_LOWEST, _HIGHEST = 0.3, 0.75
# A sum of all signals that few tasks reach: below it even the best file is uncertain.
_SURE_SCORE = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedFile:
    """A file of the tree; `windows` is 0 when only its path is known."""

    path: str
    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommit:
    id: str
    terms: tuple[str, ...]
    files: tuple[str, ...]


class Index(Protocol):
    """What a repository holds.  A row is `file number << 16 | window`, a file number an index into `files`."""

    @property
    def files(self) -> Sequence[IndexedFile]:
        """Every file that may be proposed, sorted by path."""
        ...

    @property
    def commits(self) -> Sequence[PastCommit]:
        """Past commits, the latest first."""
        ...

    def count_rows(self, terms: Iterable[str]) -> Mapping[str, int]:
        """About how many rows each term has; an absent term may be left out."""
        ...

    def find_rows(self, terms: Iterable[str]) -> Mapping[str, Sequence[int]]:
        """The rows of each term, ascending; an absent term may be left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedFile:
    path: str
    score: float
    confidence: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """`chosen` is worth changing, `nearby` worth reading; both best first, ties by path."""

    chosen: tuple[RankedFile, ...]
    nearby: tuple[RankedFile, ...]


def rank_files(index: Index, query: Query) -> Ranking:
    """The files that a task will most likely change, each with reasons and a confidence between 0.3 and 0.75."""
    return _Ranker(index, query).rank()


class _Ranker:
    def __init__(self, index: Index, query: Query) -> None:
        self._files = index.files
        self._commits = index.commits
        self._query = query
        self._terms = self._rarest(index)
        wanted = {*self._terms, *query.exact, *query.joined}
        self._rows = index.find_rows(sorted(wanted | {f"@{term}" for term in wanted}))
        self._numbers = {file.path: number for number, file in enumerate(self._files)}
        self._hits: dict[int, dict[str, float]] = {}
        self._best_row: dict[int, tuple[float, int]] = {}
        self._on_path: dict[int, list[str]] = {}
        self._alike_to: dict[int, str] = {}

    def _rarest(self, index: Index) -> dict[str, float]:
        """The terms that tell files apart best: a long plan has hundreds, and the frequent ones cost most and say least."""
        terms = self._query.terms
        counts = index.count_rows(sorted(terms)) if len(terms) > MOST_TERMS else {}
        total = 1 + sum(file.windows for file in self._files)
        worth = {term: weight * math.log(1 + total / (1 + counts.get(term, 0))) for term, weight in terms.items()}
        kept = sorted((term for term in terms if not counts or term in counts), key=lambda term: (-worth[term], term))[
            :MOST_TERMS
        ]
        return {term: terms[term] for term in kept}

    def rank(self) -> Ranking:
        self._content()
        signals = {
            "content": {number: sum(by_term.values()) for number, by_term in self._hits.items()},
            "window": {number: score for number, (score, _) in self._best_row.items()},
            "path": self._path(),
            "alike": self._alike(),
            "recent": self._recent(),
            "defines": self._presence({f"@{term}": weight for term, weight in self._terms.items()}),
            "defined": self._presence({f"@{name}": 1.0 for name in self._query.exact}),
            "used": self._presence(dict.fromkeys(self._query.exact, 1.0)),
            "joined_defined": self._presence({f"@{name}": 1.0 for name in self._query.joined}),
            "joined_used": self._presence(dict.fromkeys(self._query.joined, 1.0)),
            "mention": self._mention(),
        }
        scores: dict[int, float] = {}
        for name, values in signals.items():
            top = max(values.values(), default=0.0)
            for number, value in values.items():
                scores[number] = scores.get(number, 0.0) + _WEIGHTS[name] * value / top
        # Words that fit nothing leave only what changes often: worth a look, no reason to change it.
        fits = any(values for name, values in signals.items() if name != "recent")
        for number in scores:
            if _APART_FOLDERS.intersection(self._files[number].path.lower().split("/")[:-1]):
                scores[number] -= _APART
        return self._emit({number: round(score, 6) for number, score in scores.items()}, signals, fits)

    def _emit(self, scores: Mapping[int, float], signals: Mapping[str, Mapping[int, float]], fits: bool) -> Ranking:
        order = sorted((n for n in scores if scores[n] > 0), key=lambda number: (-scores[number], self._files[number].path))
        order = order[: _MOST + _MOST_READ]
        top = scores[order[0]] if order else 0.0
        near = sum(1 for number in order[:_MOST] if scores[number] >= _CUT * top)
        end = min(max(near, _LEAST), len(order)) if fits else 0
        sure = min(1.0, top / _SURE_SCORE)
        rows = [
            RankedFile(
                path=self._files[number].path,
                score=round(scores[number], 3),
                confidence=round(_LOWEST + (_HIGHEST - _LOWEST) * sure * scores[number] / top, 2),
                reasons=self._reasons(number, signals),
            )
            for number in order
        ]
        return Ranking(chosen=tuple(rows[:end]), nearby=tuple(rows[end : end + _MOST_READ]))

    # -- signals: file number → value, only files that have any ------------------------------------------------------

    def _content(self) -> None:
        """BM25 over windows, and the one window that holds most of the task."""
        sized = [file.windows for file in self._files if file.windows]
        mean = sum(sized) / len(sized) if sized else 1.0
        by_row: dict[int, float] = {}
        for term, weight in self._terms.items():
            rows = self._rows.get(term, ())
            held = Counter(row >> ROW_SHIFT for row in rows)
            rarity = weight * _idf(len(held), len(self._files))
            for row in rows:
                by_row[row] = by_row.get(row, 0.0) + rarity
            for number, count in held.items():
                norm = _K1 * (1 - _B + _B * self._files[number].windows / mean)
                self._hits.setdefault(number, {})[term] = rarity * count * (_K1 + 1) / (count + norm)
        for row, score in by_row.items():
            number = row >> ROW_SHIFT
            best = self._best_row.get(number)
            if best is None or (score, -row) > (best[0], -best[1]):
                self._best_row[number] = (score, row)

    def _path(self) -> dict[int, float]:
        """Terms in the path: the stem of the file name counts three times, its folder twice."""
        stems = [re.escape(term) for term in self._terms if not term.startswith("=")]
        if not stems:
            return {}
        # A stem is how a word begins, so most paths can be left out before they are cut into words.
        may_hold = re.compile("|".join(sorted(stems))).search
        found: dict[int, dict[str, float]] = {}
        for number, file in enumerate(self._files):
            if may_hold(file.path.lower()):
                weights = _path_terms(file.path)
                if hits := {term: weight for term, weight in weights.items() if term in self._terms}:
                    found[number] = hits
        held = Counter(term for hits in found.values() for term in hits)
        values = {}
        for number, hits in found.items():
            self._on_path[number] = sorted(hits, key=lambda term: (-hits[term], term))
            rarities = ((self._terms[term] * _idf(held[term], len(self._files)), weight) for term, weight in hits.items())
            values[number] = sum(rarity * weight * (_K1 + 1) / (weight + _K1) for rarity, weight in rarities)
        return values

    def _alike(self) -> dict[int, float]:
        """Files that commits with a similar message changed."""
        total = len(self._commits)
        counted = [Counter(term for term in commit.terms if term in self._query.terms) for commit in self._commits]
        held = Counter(term for counts in counted for term in counts)
        mean = sum(len(commit.terms) for commit in self._commits) / total if total else 1.0
        likeness = []
        for place, (commit, counts) in enumerate(zip(self._commits, counted, strict=True)):
            if counts and len(commit.files) <= MOST_COMMIT_FILES:
                norm = _K1 * (1 - _MESSAGE_B + _MESSAGE_B * len(commit.terms) / mean)
                parts = (self._query.terms[t] * _idf(held[t], total) * n * (_K1 + 1) / (n + norm) for t, n in counts.items())
                likeness.append((sum(parts), -place, commit))
        likeness.sort(key=lambda row: (-row[0], -row[1]))
        values: dict[int, float] = {}
        for score, _, commit in likeness[:_ALIKE_COMMITS]:
            share = (score / likeness[0][0]) ** 2 / math.sqrt(len(commit.files) or 1)
            for path in commit.files:
                number = self._numbers.get(path)
                if number is not None:
                    values[number] = values.get(number, 0.0) + share
                    self._alike_to.setdefault(number, commit.id)
        return values

    def _recent(self) -> dict[int, float]:
        values: dict[int, float] = {}
        for place, commit in enumerate(self._commits[: _HALF_LIFE * 10]):
            if len(commit.files) <= MOST_COMMIT_FILES:
                for path in commit.files:
                    number = self._numbers.get(path)
                    if number is not None:
                        values[number] = values.get(number, 0.0) + 0.5 ** (place / _HALF_LIFE)
        return values

    def _presence(self, weights: Mapping[str, float]) -> dict[int, float]:
        values: dict[int, float] = {}
        for term, weight in weights.items():
            numbers = {row >> ROW_SHIFT for row in self._rows.get(term, ())}
            rarity = weight * _idf(len(numbers), len(self._files))
            for number in numbers:
                values[number] = values.get(number, 0.0) + rarity
        return values

    def _mention(self) -> dict[int, float]:
        """Files that the task names, by path or by the end of it; a name that several files have counts less for each."""
        values: dict[int, float] = {}
        for mention in self._query.mentions:
            ends = [number for path, number in self._numbers.items() if path == mention or path.endswith(f"/{mention}")]
            below = [] if ends else [n for path, n in self._numbers.items() if f"/{path}".find(f"/{mention}/") >= 0]
            for number in ends:
                values[number] = max(values.get(number, 0.0), 1 / math.sqrt(len(ends)))
            for number in below:
                values[number] = max(values.get(number, 0.0), 0.5 / math.sqrt(len(below)))
        return values

    def _reasons(self, number: int, signals: Mapping[str, Mapping[int, float]]) -> tuple[str, ...]:
        """Why a file is proposed, so that a person can check it at a glance."""
        said = []
        if number in signals["mention"]:
            said.append("the task names it")
        if number in self._on_path:
            said.append(f"its path says {self._quote(self._on_path[number][:3])}")
        if number in self._best_row:
            hits = self._hits[number]
            line = (self._best_row[number][1] & ((1 << ROW_SHIFT) - 1)) * WINDOW_LINES
            terms = sorted(hits, key=lambda term: (-hits[term], term))[:3]
            said.append(f"holds {self._quote(terms)}, most of it in lines {line + 1} to {line + WINDOW_LINES}")
        defined = sorted({t for t in (*self._query.exact, *self._query.joined) if self._has(f"@{t}", number)})
        if defined:
            said.append(f"defines {self._quote(defined[:3])}")
        if number in self._alike_to:
            said.append(f"a commit with similar words changed it: {self._alike_to[number][:12]}")
        return tuple(said) or ("changed recently",)

    def _has(self, term: str, number: int) -> bool:
        return any(row >> ROW_SHIFT == number for row in self._rows.get(term, ()))

    def _quote(self, terms: Iterable[str]) -> str:
        return ", ".join(f"{self._query.words.get(term, term.lstrip('='))!r}" for term in terms)


def _path_terms(path: str) -> dict[str, float]:
    *folders, name = path.split("/")
    weights: dict[str, float] = {}
    parts = [(name.split(".")[0] or name, 3.0), (name, 1.0), *((folder, 1.0) for folder in folders[:-1])]
    if folders:
        parts.append((folders[-1], 2.0))
    for part, weight in parts:
        for word in find_names(part.replace("-", " ").replace(".", " ")):
            for term in split_name(word):
                weights[term] = max(weights.get(term, 0.0), weight)
    return weights


def _idf(held: int, total: int) -> float:
    return math.log(1 + (total - held + 0.5) / (held + 0.5))
