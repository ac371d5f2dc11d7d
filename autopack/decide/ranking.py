"""Which files a task will change, ranked by what an index of the repository knows.  Deterministic, no model.

Signals and weights were measured on commits of public repositories (`benchmarks/scope`).  They are a proposal with reasons, not
a fence: about four tasks in ten need a file that is not in it.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from autopack.decide.postings import ROW_SHIFT, Index, TermTable
from autopack.decide.terms import WINDOW_LINES, Query

MOST_TERMS = 60

_WEIGHTS = {
    "content": 1.0, "path": 1.0, "window": 1.0, "alike": 1.0, "defines": 0.5, "recent": 0.5, "defined": 0.5, "used": 0.3,
    "joined_defined": 0.4, "joined_used": 0.2, "mention": 1.2,
}  # fmt: skip
_APART = 0.675
_APART_FOLDERS = frozenset(
    {"fixture", "fixtures", "__fixtures__", "example", "examples", "testdata", "test-data", "archive", "archived"}
)
_CUT, _LEAST, _MOST, _MOST_READ = 0.5, 3, 30, 20
_ALIKE_COMMITS = 60
_FAINT = 0.005
_LOWEST, _HIGHEST = 0.3, 0.75
# A sum of all signals that few tasks reach: below it even the best file is uncertain.
_SURE_SCORE = 4.5


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


class Ranker:
    """Ranks the files of one index for any number of tasks; what it looked up for one it keeps for the next."""

    def __init__(self, index: Index) -> None:
        self._table = TermTable(index)
        folders = ((number, path.lower().split("/")[:-1]) for path, number in self._table.numbers.items())
        self._apart = frozenset(number for number, names in folders if _APART_FOLDERS.intersection(names))

    def rank(self, query: Query) -> Ranking:
        """The files that a task will most likely change, each with reasons and a confidence between 0.3 and 0.75."""
        return _Task(self._table, self._apart, query).rank()


class _Task:
    def __init__(self, table: TermTable, apart: frozenset[int], query: Query) -> None:
        self._table = table
        self._files = table.files
        self._apart = apart
        self._query = query
        # The terms that tell files apart best: a long plan has hundreds, and the frequent ones cost most and say least.
        worth = {term: query.terms[term] * rarity for term, rarity in table.rarities(query.terms, most=MOST_TERMS).items()}
        self._terms = {term: query.terms[term] for term in sorted(worth, key=lambda term: (-worth[term], term))[:MOST_TERMS]}
        wanted = {*self._terms, *query.exact, *query.joined}
        table.load(wanted | {f"@{term}" for term in wanted})
        self._telling = _without_faint(self._terms, table.rarity)
        # What the reasons for each file are taken from.
        self._paths = [(term, table.on_path(term)) for term in self._terms]
        self._contents = [(term, table.content(term)) for term in self._telling]
        self._definitions = [(name, table.held(f"@{name}")) for name in {*query.exact, *query.joined}]
        self._best_row: dict[int, tuple[float, int]] = {}
        self._alike_to: dict[int, str] = {}

    def rank(self) -> Ranking:
        self._find_windows()
        on_paths = _without_faint(self._terms, self._table.path_rarity)
        signals: dict[str, Mapping[int, float]] = {
            "content": _add_up((weight, self._table.content(term)) for term, weight in self._telling.items()),
            "window": {number: score for number, (score, _) in self._best_row.items()},
            "path": _add_up((weight, self._table.path_values(term)) for term, weight in on_paths.items()),
            "alike": self._alike(),
            "recent": self._table.recent,
            "defines": self._presence({f"@{term}": weight for term, weight in self._terms.items()}),
            "defined": self._presence({f"@{name}": 1.0 for name in self._query.exact}),
            "used": self._presence(dict.fromkeys(self._query.exact, 1.0)),
            "joined_defined": self._presence({f"@{name}": 1.0 for name in self._query.joined}),
            "joined_used": self._presence(dict.fromkeys(self._query.joined, 1.0)),
            "mention": self._mention(),
        }
        scores = _add_up((_WEIGHTS[name] / max(values.values()), values) for name, values in signals.items() if values)
        # Words that fit nothing leave only what changes often: worth a look, no reason to change it.
        fits = any(values for name, values in signals.items() if name != "recent")
        for number in self._apart.intersection(scores):
            scores[number] -= _APART
        return self._emit({number: round(score, 6) for number, score in scores.items()}, signals, fits)

    def _emit(self, scores: Mapping[int, float], signals: Mapping[str, Mapping[int, float]], fits: bool) -> Ranking:
        # Files are numbered by path, so equal scores are in the order of their paths.
        order = heapq.nsmallest(_MOST + _MOST_READ, (n for n in scores if scores[n] > 0), key=lambda n: (-scores[n], n))
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

    def _find_windows(self) -> None:
        """The one window of each file that holds most of the task."""
        by_row: dict[int, float] = {}
        for term, weight in self._telling.items():
            rarity = weight * self._table.rarity(term)
            for row in self._table.rows(term):
                by_row[row] = by_row.get(row, 0.0) + rarity
        for row, score in by_row.items():
            number = row >> ROW_SHIFT
            best = self._best_row.get(number)
            if best is None or (score, -row) > (best[0], -best[1]):
                self._best_row[number] = (score, row)

    def _alike(self) -> dict[int, float]:
        """Files that commits with a similar message changed."""
        likeness = self._table.alike(self._query.terms)
        values: dict[int, float] = {}
        for score, commit in likeness[:_ALIKE_COMMITS]:
            share = (score / likeness[0][0]) ** 2 / math.sqrt(len(commit.files) or 1)
            for path in commit.files:
                number = self._table.numbers.get(path)
                if number is not None:
                    values[number] = values.get(number, 0.0) + share
                    self._alike_to.setdefault(number, commit.id)
        return values

    def _presence(self, weights: Mapping[str, float]) -> dict[int, float]:
        return _add_up(
            (weight * self._table.rarity(term), dict.fromkeys(self._table.held(term), 1.0))
            for term, weight in _without_faint(weights, self._table.rarity).items()
        )

    def _mention(self) -> dict[int, float]:
        """Files that the task names, by path or by the end of it; a name that several files have counts less for each."""
        values: dict[int, float] = {}
        for mention in self._query.mentions:
            ends = self._table.named(mention)
            found = ends or self._table.below(mention)
            for number in found:
                values[number] = max(values.get(number, 0.0), (1.0 if ends else 0.5) / math.sqrt(len(found)))
        return values

    def _reasons(self, number: int, signals: Mapping[str, Mapping[int, float]]) -> tuple[str, ...]:
        """Why a file is proposed, so that a person can check it at a glance."""
        said = []
        if number in signals["mention"]:
            said.append("the task names it")
        if number in signals["path"]:
            counted = {term: found[number] for term, found in self._paths if number in found}
            said.append(f"its path says {self._quote(_largest(counted))}")
        if number in self._best_row:
            line = (self._best_row[number][1] & ((1 << ROW_SHIFT) - 1)) * WINDOW_LINES
            held = {term: self._telling[term] * found[number] for term, found in self._contents if number in found}
            said.append(f"holds {self._quote(_largest(held))}, most of it in lines {line + 1} to {line + WINDOW_LINES}")
        defined = sorted(name for name, found in self._definitions if number in found)
        if defined:
            said.append(f"defines {self._quote(defined[:3])}")
        if number in self._alike_to:
            said.append(f"a commit with similar words changed it: {self._alike_to[number][:12]}")
        return tuple(said) or ("changed recently",)

    def _quote(self, terms: Iterable[str]) -> str:
        return ", ".join(f"{self._query.words.get(term, term.lstrip('='))!r}" for term in terms)


def _without_faint(weights: Mapping[str, float], rarity: Callable[[str], float]) -> dict[str, float]:
    """The terms that change an order: not those that nearly every file has, beside one that few have."""
    worth = {term: weight * rarity(term) for term, weight in weights.items()}
    least = _FAINT * max(worth.values(), default=0.0)
    return {term: weight for term, weight in weights.items() if worth[term] >= least}


def _add_up(parts: Iterable[tuple[float, Mapping[int, float]]]) -> dict[int, float]:
    """File number → the sum of its values, each times its weight."""
    total: dict[int, float] = {}
    for weight, values in parts:
        if not total:
            total = {number: weight * value for number, value in values.items()}
            continue
        for number, value in values.items():
            total[number] = total.get(number, 0.0) + weight * value
    return total


def _largest(values: Mapping[str, float]) -> list[str]:
    return sorted(values, key=lambda term: (-values[term], term))[:3]
