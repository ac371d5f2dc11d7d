"""The labelled plans, read by all installed plugins: what must hold of each, and figures that must not get worse.

The formulas stand in `benchmarks/plans/README.md`; `python benchmarks/plans/score.py --failures` says what is wrong where.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.plans.corpus import SETS, find_documents, open_bare_context, open_document
from benchmarks.plans.metrics import METRICS, Verdict, add_up, value_of
from benchmarks.plans.score import SEALED, score

Score = Callable[[Path], Mapping[str, Verdict]]

# Of every document; over the sets that the rules were made on, the least, or of what should be small, the most.
MUST = ("crash rate", "schema-valid", "deterministic", "stated in lines")
FLOORS = {
    "items exact": 0.98,
    "phases exact": 0.98,
    "paths F1": 0.97,
    "look-alikes": 0,
    "commands F1": 0.96,
    "edges F1": 0.95,
    "non-goals found": 0.95,
    "non-goals false": 0.05,
    "acceptance found": 0.95,
    "acceptance false": 0.03,
    "categories right": 0.9,
    "labelled items matched": 0.98,
    "blocking questions": 0.15,
    "not actionable seen": 1,
    "invented items": 0,
}


def list_documents() -> list[Any]:
    """Every document of every set.  Those of `sealed` go by number, and nothing in them is printed."""
    documents = []
    for folder in sorted(path for path in SETS.iterdir() if path.is_dir()):
        for number, document in enumerate(find_documents(folder), start=1):
            name = str(number) if folder.name in SEALED else document.name
            documents.append(pytest.param(document.folder, id=f"{folder.name}-{name}"))
    return documents


@pytest.fixture(scope="module")
def score_once(tmp_path_factory: pytest.TempPathFactory) -> Score:
    """Every metric of the document in this folder; each is planned once in a process."""
    context = open_bare_context(tmp_path_factory.mktemp("home"))
    return functools.cache(lambda folder: score(context, open_document(folder), shuffle=True))


@pytest.mark.parametrize("folder", list_documents())
def test_a_plan_of_the_corpus_is_valid_founded_and_always_the_same(folder: Path, score_once: Score) -> None:
    verdicts = score_once(folder)
    wrong = [metric for metric in MUST if verdicts[metric].part != (0 if METRICS[metric].at_most else verdicts[metric].whole)]
    notes = [note for metric in wrong for note in verdicts[metric].notes if folder.parent.name not in SEALED]

    assert (wrong, notes) == ([], [])


def test_no_figure_over_the_open_sets_is_worse_than_its_floor(score_once: Score) -> None:
    documents = [document.folder for name in ("first", "second", "third") for document in find_documents(SETS / name)]
    totals = add_up(score_once(folder) for folder in documents)
    figures = {metric: value_of(metric, totals[metric]) for metric in FLOORS}
    worse = {
        metric: (figure, FLOORS[metric])
        for metric, figure in figures.items()
        if figure is None or (figure > FLOORS[metric] if METRICS[metric].at_most else figure < FLOORS[metric])
    }

    assert worse == {}


def test_the_corpus_is_as_large_and_as_varied_as_it_was_promised() -> None:
    documents = [document for folder in SETS.iterdir() if folder.is_dir() for document in find_documents(folder)]
    incomplete = [document.folder for document in documents if not (document.folder / document.expected["file"]).is_file()]

    assert incomplete == []
    assert len(documents) >= 60
    assert len({document.expected["format"] for document in documents}) >= 20
