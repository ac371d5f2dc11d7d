"""Read every labelled plan, compare with the labels, print a line a document and the totals beside their bars.

    python benchmarks/plans/score.py [SET_FOLDER ...] [--json] [--failures] [--shuffle]

Without a folder: the sets `first` and `second`.  Of a set named `sealed` only the totals are printed, so that nobody learns
from it by looking; `--failures` opens it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autopack.stages.setup import Context
from benchmarks.plans.corpus import SETS, Document, find_documents, open_bare_context, plan_and_compare, plan_document
from benchmarks.plans.metrics import METRICS, Verdict, add_up, judge, value_of

# Sets that nobody reads.
SEALED = ("sealed", "sealed_later")
# What the table has room for: the metric, and its heading.
COLUMNS = {
    "items exact": "items", "phases exact": "phases", "paths F1": "paths", "look-alikes": "alike", "commands F1": "cmds",
    "edges F1": "edges", "non-goals found": "nongoal", "acceptance found": "accept", "stated in lines": "stated",
    "categories right": "categ", "blocking questions": "asks",
}  # fmt: skip

Verdicts = Mapping[str, Verdict]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", type=Path, default=[SETS / "first", SETS / "second"], metavar="SET_FOLDER")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    parser.add_argument("--failures", action="store_true", help="print what is wrong, too")
    parser.add_argument("--shuffle", action="store_true", help="plan each document three times and compare")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        context = open_bare_context(Path(home))
        scored = {folder.resolve().name: score_set(context, folder, shuffle=options.shuffle) for folder in options.sets}
    if options.json:
        write(json.dumps(as_data(scored, failures=options.failures), indent=2, ensure_ascii=False))
        return
    for name, documents in scored.items():
        if name not in SEALED or options.failures:
            show_documents(name, documents, failures=options.failures)
    show_totals(scored)


def score_set(context: Context, folder: Path, *, shuffle: bool) -> list[tuple[Document, Verdicts]]:
    return [(document, score(context, document, shuffle=shuffle)) for document in find_documents(folder)]


def score(context: Context, document: Document, *, shuffle: bool) -> Verdicts:
    if not shuffle:
        return judge(document.expected, plan_document(context, document))
    reading, changed = plan_and_compare(context, document)
    steady = Verdict(part=int(not changed), whole=1, notes=tuple(changed))
    return judge(document.expected, reading) | {"deterministic": steady}


def show_documents(name: str, documents: Sequence[tuple[Document, Verdicts]], *, failures: bool) -> None:
    write(f"{name:<28}{'format':<26}" + "".join(f"{heading:>8}" for heading in COLUMNS.values()))
    for document, verdicts in documents:
        cells = "".join(f"{_cell(metric, verdicts):>8}" for metric in COLUMNS)
        mark = "" if document.expected["actionable"] else _not_actionable_mark(verdicts)
        write(f"{document.name[:27]:<28}{document.expected['format'][:25]:<26}{cells}{mark}")
        for metric, verdict in verdicts.items() if failures else ():
            for note in verdict.notes:
                write(f"    {metric}: {' '.join(note.split())[:150]}")
    write()


def _cell(metric: str, verdicts: Verdicts) -> str:
    value = value_of(metric, verdicts[metric]) if metric in verdicts else None
    if value is None:
        return "-"
    return f"{value:.0f}" if METRICS[metric].kind != "share" else f"{value:.2f}"


def _not_actionable_mark(verdicts: Verdicts) -> str:
    return "  not a plan, seen" if verdicts["not actionable seen"].part else "  NOT A PLAN, TAKEN FOR ONE"


def show_totals(scored: Mapping[str, Sequence[tuple[Document, Verdicts]]]) -> None:
    totals = {name: add_up(verdicts for _, verdicts in documents) for name, documents in scored.items()}
    if len(scored) > 1:
        totals["all"] = add_up(verdicts for documents in scored.values() for _, verdicts in documents)
    write(f"{'':<26}" + "".join(f"{name:>20}" for name in totals) + "       bar")
    for metric, rule in METRICS.items():
        bar = "" if rule.bar is None else f"{'≤' if rule.at_most else '≥'} {rule.bar:g}"
        write(f"{metric:<26}" + "".join(f"{_total(metric, total[metric]):>20}" for total in totals.values()) + f"    {bar:>6}")


def _total(metric: str, verdict: Verdict) -> str:
    value = value_of(metric, verdict)
    if value is None or not verdict.whole:
        return "-"
    if METRICS[metric].kind == "count":
        return f"{value:.0f}"
    return f"{value:.3f} ({verdict.part:.0f}/{verdict.whole:.0f})"


def as_data(scored: Mapping[str, Sequence[tuple[Document, Verdicts]]], *, failures: bool) -> dict[str, Any]:
    sets = {}
    for name, documents in scored.items():
        sets[name] = {"totals": _figures(add_up(verdicts for _, verdicts in documents), failures=False)}
        if name not in SEALED or failures:
            sets[name]["documents"] = {
                document.name: {"format": document.expected["format"], "metrics": _figures(verdicts, failures=failures)}
                for document, verdicts in documents
            }
    everything = add_up(verdicts for documents in scored.values() for _, verdicts in documents)
    return {"sets": sets, "totals": _figures(everything, failures=False)}


def _figures(verdicts: Verdicts, *, failures: bool) -> dict[str, Any]:
    return {
        metric: {"value": value_of(metric, verdict), "part": verdict.part, "whole": verdict.whole}
        | ({"notes": list(verdict.notes)} if failures else {})
        for metric, verdict in verdicts.items()
    }


def write(row: str = "") -> None:
    sys.stdout.write(f"{row}\n")


if __name__ == "__main__":
    main()
