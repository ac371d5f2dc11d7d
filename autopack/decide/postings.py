"""What an index holds, in the form in which tasks ask for it: each term is looked up once, for any number of tasks."""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from autopack.decide.terms import find_names, split_name

MOST_COMMIT_FILES = 30
ROW_SHIFT = 16

_K1, _B, _MESSAGE_B = 1.2, 0.75, 0.4
_HALF_LIFE = 150


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


class _Lines:
    """Lines that are searched as one text, since looking into each costs a hundred times more."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._text = "\n".join(lines)
        self._starts = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def find(self, words: str) -> Iterator[int]:
        """The numbers of the lines that hold the words."""
        at = self._text.find(words) if words else -1
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield number
            at = self._text.find(words, self._starts[number + 1])


class TermTable:
    """The files of one index by term, with what it says of each: how much of the file, where in its path, in which commits."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.files = index.files
        self.commits = index.commits
        self.numbers = {file.path: number for number, file in enumerate(self.files)}
        lowered = [file.path.lower() for file in self.files]
        self._paths = _Lines(lowered)
        self._joined = _Lines([path.replace("_", "").replace("$", "") for path in lowered])
        sized = [file.windows for file in self.files if file.windows]
        self._mean = sum(sized) / len(sized) if sized else 1.0
        self._total = 1 + sum(file.windows for file in self.files)
        self._rows: dict[str, Sequence[int]] = {}
        self._held: dict[str, Mapping[int, int]] = {}
        self._content: dict[str, dict[int, float]] = {}
        self._on_path: dict[str, dict[int, float]] = {}
        self._path_values: dict[str, dict[int, float]] = {}
        self._path_terms: dict[int, dict[str, float]] = {}
        self._names: dict[str, list[int]] = {}
        self._folders: dict[str, list[int]] = {}
        for number, path in enumerate(self.numbers):
            *folders, name = path.split("/")
            self._names.setdefault(name, []).append(number)
            for folder in dict.fromkeys(folders):
                self._folders.setdefault(folder, []).append(number)
        self._messages: dict[str, dict[int, int]] = {}
        for place, commit in enumerate(self.commits):
            for term, count in Counter(commit.terms).items():
                self._messages.setdefault(term, {})[place] = count
        self._mean_message = sum(len(commit.terms) for commit in self.commits) / len(self.commits) if self.commits else 1.0
        self.recent = self._weigh_recent()

    def load(self, terms: Iterable[str]) -> None:
        """Look up terms together, before they are asked for one by one."""
        missing = sorted({term for term in terms if term not in self._rows})
        found = self._index.find_rows(missing) if missing else {}
        self._rows.update((term, found.get(term, ())) for term in missing)

    def rarities(self, terms: Iterable[str], *, most: int) -> Mapping[str, float]:
        """How well each term tells rows apart; of more than `most` terms only those that stand anywhere."""
        wanted = sorted(terms)
        counts = self._index.count_rows(wanted) if len(wanted) > most else {}
        return {term: math.log(1 + self._total / (1 + counts.get(term, 0))) for term in wanted if not counts or term in counts}

    def rows(self, term: str) -> Sequence[int]:
        return self._rows[term]

    def held(self, term: str) -> Mapping[int, int]:
        """File number → in how many windows the term stands."""
        if term not in self._held:
            self._held[term] = Counter([row >> ROW_SHIFT for row in self._rows[term]])
        return self._held[term]

    def rarity(self, term: str) -> float:
        """How well it tells files apart; 0 when it stands in none."""
        return _idf(len(self.held(term)), len(self.files)) if self.held(term) else 0.0

    def content(self, term: str) -> Mapping[int, float]:
        """File number → BM25 of the term."""
        if term not in self._content:
            rarity = self.rarity(term)
            self._content[term] = {
                number: rarity * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * self.files[number].windows / self._mean))
                for number, count in self.held(term).items()
            }
        return self._content[term]

    def on_path(self, term: str) -> Mapping[int, float]:
        """File number → what the term counts in the path: in the stem of the file name three, in its folder two."""
        if term not in self._on_path:
            # A stem is how a word begins, so most paths can be left out before they are cut into words.
            spelt = self._joined if term.startswith("=") else self._paths
            weighed = ((number, self._terms_of_path(number)) for number in spelt.find(term.lstrip("=")))
            self._on_path[term] = {number: weights[term] for number, weights in weighed if term in weights}
        return self._on_path[term]

    def path_rarity(self, term: str) -> float:
        return _idf(len(self.on_path(term)), len(self.files)) if self.on_path(term) else 0.0

    def path_values(self, term: str) -> Mapping[int, float]:
        """File number → what `on_path` says, saturated and by the rarity of the term."""
        if term not in self._path_values:
            rarity = self.path_rarity(term)
            found = self.on_path(term).items()
            self._path_values[term] = {number: rarity * weight * (_K1 + 1) / (weight + _K1) for number, weight in found}
        return self._path_values[term]

    def named(self, mention: str) -> list[int]:
        """Files whose path ends like this."""
        return [n for n in self._names.get(mention.rpartition("/")[2], ()) if f"/{self.files[n].path}".endswith(f"/{mention}")]

    def below(self, mention: str) -> list[int]:
        """Files in a folder of this name."""
        return [n for n in self._folders.get(mention.rpartition("/")[2], ()) if f"/{mention}/" in f"/{self.files[n].path}"]

    def alike(self, terms: Mapping[str, float]) -> list[tuple[float, PastCommit]]:
        """Small commits with a term of these in their message, the most similar first, then the latest."""
        likeness: dict[int, float] = {}
        for term, weight in terms.items():
            counts = self._messages.get(term, {})
            rarity = weight * _idf(len(counts), len(self.commits))
            for place, count in counts.items():
                commit = self.commits[place]
                if len(commit.files) <= MOST_COMMIT_FILES:
                    norm = _K1 * (1 - _MESSAGE_B + _MESSAGE_B * len(commit.terms) / self._mean_message)
                    likeness[place] = likeness.get(place, 0.0) + rarity * count * (_K1 + 1) / (count + norm)
        return [(likeness[place], self.commits[place]) for place in sorted(likeness, key=lambda place: (-likeness[place], place))]

    def _weigh_recent(self) -> dict[int, float]:
        values: dict[int, float] = {}
        for place, commit in enumerate(self.commits[: _HALF_LIFE * 10]):
            if len(commit.files) <= MOST_COMMIT_FILES:
                for path in commit.files:
                    number = self.numbers.get(path)
                    if number is not None:
                        values[number] = values.get(number, 0.0) + 0.5 ** (place / _HALF_LIFE)
        return values

    def _terms_of_path(self, number: int) -> dict[str, float]:
        if number not in self._path_terms:
            self._path_terms[number] = _path_terms(self.files[number].path)
        return self._path_terms[number]


def _path_terms(path: str) -> dict[str, float]:
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    weights = {**dict.fromkeys(_part_terms(name[len(stem) :]), 1.0), **_folder_terms(folder)}
    weights.update(dict.fromkeys(_part_terms(stem or name), 3.0))
    return weights


@functools.lru_cache(maxsize=5_000)
def _folder_terms(folder: str) -> dict[str, float]:
    above, _, last = folder.rpartition("/")
    outer = (term for part in above.split("/") for term in _part_terms(part))
    return {**dict.fromkeys(outer, 1.0), **dict.fromkeys(_part_terms(last), 2.0)}


@functools.lru_cache(maxsize=20_000)
def _part_terms(part: str) -> tuple[str, ...]:
    words = find_names(part.replace("-", " ").replace(".", " "))
    return tuple(dict.fromkeys(term for word in words for term in split_name(word)))


def _idf(held: int, total: int) -> float:
    return math.log(1 + (total - held + 0.5) / (held + 0.5))
