"""Guards against tests that are made to vanish: fewer of them collected, more of them skipped, more marked as not to count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from autopack.decide.guards import ChangedFile, is_prose
from autopack.decide.mandate import Mandate
from autopack.decide.regex import has_nested_quantifier
from autopack.model.attempt import CheckResult
from autopack.model.finding import Finding
from autopack.model.toolchain import TestReport, Toolchain

LINE_LIMIT_CHARS = 4096

_LOST_HINT = "bring it back; if it should go, say in the plan which test is removed or renamed, or that its file is deleted"
_SKIP_HINT = "let it run; if it should be skipped, say in the plan which test is skipped and when"


def find_lost_tests(baseline: Sequence[CheckResult], results: Sequence[CheckResult], mandate: Mandate) -> tuple[Finding, ...]:
    """A finding for each check that collects less, or skips more, than it did before, unless the plan says so.

    Tests are compared by id, parametrised ones by name and number of cases.  Where a runner does not name what passed, only
    the count of tests that ran is left to compare.
    """
    found: list[Finding] = []
    told: set[str] = set()
    before_by_id = {row.check.id: row for row in baseline}
    for row in results:
        before = before_by_id.get(row.check.id)
        if before is None or before.report is None or row.report is None:
            continue
        if _names_all(before) and _names_all(row):
            lost = [name for name in _find_lost(before.report, row.report) if not mandate.lets_go(name)]
            idle = [name for name in _find_idle(before.report, row.report) if not mandate.lets_skip(name)]
            # Several checks may run the same tests.
            found += _lost(row.check.id, [name for name in lost if name not in told])
            found += _idle(row.check.id, [name for name in idle if name not in told])
            told.update(lost, idle)
        elif row.report.ran < before.report.ran and not mandate.lets_fewer_run():
            found.append(
                _finding("lost", f"{row.check.id}: {row.report.ran} tests ran, {before.report.ran} ran before", _LOST_HINT)
            )
    return tuple(found)


def _names_all(row: CheckResult) -> bool:
    """Whether the report has an id for every test; of an output that was cut some may be missing."""
    report = row.report
    cut = row.result.truncated and not row.result.files
    return report is not None and not cut and report.ran <= len(report.passed) + len(report.failed)


def _find_lost(before: TestReport, after: TestReport) -> list[str]:
    old, new = _count_names(_collected(before)), _count_names(_collected(after))
    # A file that could not be collected is reported by its own name, and later by those of its tests.
    broken = {test.id for test in before.failed}
    return [name for name in old if new[name] < old[name] and not (name in broken and _is_parent(name, new))]


def _find_idle(before: TestReport, after: TestReport) -> list[str]:
    old, new = _count_names(before.skipped), _count_names(after.skipped)
    return [name for name in new if new[name] > old[name]]


def _lost(check: str, names: Sequence[str]) -> list[Finding]:
    return [_finding("lost", f"{check}: {_tests(names)} no longer there: {_list(names)}", _LOST_HINT)] if names else []


def _idle(check: str, names: Sequence[str]) -> list[Finding]:
    return [_finding("skipped", f"{check}: {_tests(names)} skipped: {_list(names)}", _SKIP_HINT)] if names else []


def _finding(rule: str, message: str, hint: str) -> Finding:
    return Finding(rule=f"guard.tests-{rule}", severity="block", message=message, hint=hint)


def _collected(report: TestReport) -> set[str]:
    return {*report.passed, *(test.id for test in report.failed), *report.skipped}


def _count_names(ids: Iterable[str]) -> Counter[str]:
    """Ids without their parameters, and how many each stands for, in order."""
    return Counter(name.partition("[")[0] if name.endswith("]") else name for name in sorted(set(ids)))


def _is_parent(name: str, names: Iterable[str]) -> bool:
    return any(other.startswith(name) and other[len(name) : len(name) + 1] in (":", ".", "/") for other in names)


def _tests(names: Sequence[str]) -> str:
    return f"{len(names)} tests are" if len(names) != 1 else "1 test is"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def find_more_markers(files: Sequence[ChangedFile], toolchains: Sequence[Toolchain], mandate: Mandate) -> tuple[Finding, ...]:
    """A finding when the change has more of what takes tests out of the count than the base, unless the plan says so.

    Markers are counted over all changed files, so that moving one is free; what a page for people quotes is none.  The first
    group of an expression, if it has one, is what a plan would call the marker; else all that it finds.
    """
    expressions, faults = _compile(toolchains)
    if faults:
        return faults
    code = [file for file in files if not is_prose(file.path) and not file.is_binary]
    fresh = [
        (f"{file.path}:{number}", line.strip())
        for file in code
        for number, line in file.added
        if (marker := _find_marker(line, expressions)) is not None and not mandate.lets_mark(marker)
    ]
    growth = len(fresh) - sum(_find_marker(line, expressions) is not None for file in code for line in file.removed)
    if growth <= 0:
        return ()
    place, line = fresh[0]
    more = f", and {len(fresh) - 1} more" if len(fresh) > 1 else ""
    return (
        Finding(
            rule="guard.test-markers",
            severity="block",
            message=f"{place} takes tests out of the count: `{line[:100]}`{more}",
            hint="let the tests run; if they should not, say in the plan which test is skipped and why",
            path=place.rpartition(":")[0],
        ),
    )


def _compile(toolchains: Sequence[Toolchain]) -> tuple[list[re.Pattern[str]], tuple[Finding, ...]]:
    """The toolchains' expressions; findings instead when one cannot be used, since nothing would be guarded then."""
    expressions, faults = [], []
    for key, regex in dict.fromkeys((tool.name, regex) for tool in toolchains for regex in tool.test_markers):
        problem = "repeats a group that holds a repetition" if has_nested_quantifier(regex) else ""
        try:
            expressions.append(re.compile(regex))
        except (re.error, OverflowError, RecursionError) as error:
            problem = f"does not compile: {error}"
        if problem:
            faults.append(
                Finding(
                    rule="guard.test-markers",
                    severity="block",
                    message=f"the test marker {regex!r} of {key} {problem}, so skipped tests cannot be seen",
                    hint="repair or disable the plugin that detects it",
                )
            )
    return expressions, tuple(faults)


def _find_marker(line: str, expressions: Sequence[re.Pattern[str]]) -> str | None:
    for expression in expressions:
        if match := expression.search(line[:LINE_LIMIT_CHARS]):
            return match[1] or match[0] if expression.groups else match[0]
    return None
