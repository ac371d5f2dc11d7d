"""Try one plugin in a process of its own: `python -m autopack.stages.trial` reads a request and prints what came of it.

A process of its own, because a plugin may print, exit, hang, leave things behind, or answer by the order of a set.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autopack.decide.contract import Problem, Trial, TrialRequest, judge_answer
from autopack.effects.probe import ImportReport, TookTooLong, snapshot_folder, time_limit, watch_import
from autopack.hookspecs import KINDS, Round
from autopack.model.codec import from_json, to_json
from autopack.model.plugin import PluginFault, PluginRecord
from autopack.model.specs import BuilderSpec, EmbedderSpec, LauncherSpec
from autopack.plugins import GROUP, assemble_plugins

IMPORT_MS = 5.0
_WALL_FACTOR = 20
_ROUNDS: tuple[Round, ...] = ("items", "details", "checks")
# Other hooks are tried on what these two answered.
_FIRST = ("detect_toolchain", "failure_patterns")


class _Trying:
    """The state of one trial: problems so far, and what was answered."""

    def __init__(self, request: TrialRequest, plugin: object) -> None:
        self._request = request
        record = PluginRecord(name=request.package, version="1", origin="trial", package=request.package)
        self._plugins = assemble_plugins([(record, plugin)])
        self._left: set[str] = set()
        self.problems: list[Problem] = []
        self.answers: dict[str, str] = {}
        self.builders: tuple[str, ...] = ()

    @property
    def record(self) -> PluginRecord:
        """The plugin's record as the host makes it, with its hooks or its fault."""
        return self._plugins.records[0]

    def try_hook(self, hook: str, samples: Any, found: dict[str, tuple[Any, ...]]) -> None:
        """Ask the hook about every sample, and look whether the folder is as it was."""
        before = snapshot_folder(Path(self._request.folder))
        if hook == "normalize_plan":
            for name, reading in samples.rounds(found.get("detect_toolchain", ())):
                for number in _ROUNDS:
                    reading.learn(self._ask(hook, f"{name}, round {number}", reading.arguments(number)))
        else:
            answers = [self._ask(hook, sample.name, sample.arguments) for sample in samples.of(hook, found)]
            found[hook] = tuple(dict.fromkeys(one for answer in answers for one in answer)) if hook in _FIRST else ()
            if hook == "builders":
                self.builders = tuple(spec.name for answer in answers for spec in answer)
        after = snapshot_folder(Path(self._request.folder))
        touched = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        if touched:
            shown = ", ".join(path.partition("/")[2] or path for path in touched[:3])
            message = f"it changed files of the workspace ({shown}): plugins answer with data, the host acts"
            self._add("workspace", hook, message)

    def _ask(self, hook: str, sample: str, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
        """The answer as a tuple, asked twice; empty when there is none, or when it is of no use."""
        if hook in self._left:
            return ()
        first = self._ask_in_time(hook, sample, arguments)
        if first is None:
            return ()
        value, faults = first
        for fault in faults:
            self._add("types" if fault.kind == "misfit" else "survives", hook, fault.message, sample)
        if faults:
            return ()
        self.answers[f"{hook} {sample}"] = _digest(value)
        again = None if self._request.again else self._ask_in_time(hook, sample, arguments)
        if again is not None and (again[1] or _digest(again[0]) != _digest(value)):
            message = "it answers otherwise when asked again: keep no state between questions, and use no clock or chance"
            self._add("same-answer", hook, message, sample)
        if value is None:
            return ()
        for rule, message in judge_answer(hook, value, arguments):
            self._add(rule, hook, message, sample)
        return value if isinstance(value, tuple) else (value,)

    def _ask_in_time(self, hook: str, sample: str, arguments: Mapping[str, Any]) -> tuple[Any, tuple[PluginFault, ...]] | None:
        # Twice, because a busy machine may be slow once.
        for _ in range(2):
            plugins = self._plugins.without_faults()
            started = time.monotonic()
            try:
                with time_limit(self._request.limit_s):
                    answered = plugins.ask(hook, **arguments)
            except TookTooLong:
                continue
            # Stopped inside of the plugin, it comes back as the plugin's fault.
            if time.monotonic() - started < self._request.limit_s:
                guarded = KINDS[hook] == "guard" and plugins.faults
                return (answered[0].value if answered and not guarded else None), plugins.faults
        message = f"it takes longer than {self._request.limit_s:g} s: the host waits for every answer"
        self._add("in-time", hook, message, sample)
        self._left.add(hook)
        return None

    def _add(self, rule: str, where: str, message: str, sample: str = "") -> None:
        self.problems.append(Problem(rule=rule, where=where, message=message, sample=sample))


def run_trial(request: TrialRequest) -> Trial:
    """Import the plugin under watch, then ask it everything it knows."""
    module = request.module.partition(":")[0].strip()
    report = ImportReport()
    if not request.again:
        report = watch_import(module, cache=Path(request.folder).parent / "bytecode", limit_s=request.limit_s, cheap_ms=IMPORT_MS)
    if report.fault:
        return Trial(problems=(Problem(rule="known-hooks", where="import", message=f"it cannot be imported: {report.fault}"),))
    problems = list(_judge_import(report))
    plugin = importlib.metadata.EntryPoint(name=request.package, value=request.module, group=GROUP).load()
    trying = _Trying(request, plugin)
    trying.problems += problems
    if trying.record.fault:
        trying.problems.append(Problem(rule="known-hooks", where="import", message=trying.record.fault))
    hooks = trying.record.hooks
    if hooks:
        _ask_all(trying, request, hooks)
    return Trial(
        problems=tuple(trying.problems),
        hooks=hooks,
        answers=trying.answers,
        builders=trying.builders,
        file=getattr(sys.modules[module], "__file__", None) or "",
    )


def _judge_import(report: ImportReport) -> Iterator[Problem]:
    for act in report.acts:
        yield Problem(rule="import-is-still", where="import", message=f"{act}: do that when a hook is asked")
    # Waiting costs no CPU time, and CPU time is the steadier measure on a busy machine.
    waits = report.wall_ms > _WALL_FACTOR * IMPORT_MS
    if report.cpu_ms > IMPORT_MS or waits:
        took = report.wall_ms if waits else report.cpu_ms
        advice = "import heavy modules inside the functions that use them"
        message = f"it takes {took:.1f} ms of its own, {IMPORT_MS:g} are allowed: {advice}"
        yield Problem(rule="import-is-quick", where="import", message=message)


def _ask_all(trying: _Trying, request: TrialRequest, hooks: tuple[str, ...]) -> None:
    # They cost more to load than the plugin, so its import is timed without them.
    from autopack.stages.samples import Samples

    samples = Samples(Path(request.folder))
    # Where a plugin that guesses looks for the workspace.
    os.chdir(Path(request.folder, "small"))
    found: dict[str, tuple[Any, ...]] = {}
    for hook in sorted(hooks, key=lambda hook: (hook not in _FIRST, hook)):
        trying.try_hook(hook, samples, found)


def _digest(value: Any) -> str:
    return hashlib.sha256("\n".join(_texts(value)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _texts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, (BuilderSpec, LauncherSpec, EmbedderSpec)):
            # Factories have no text that two processes share.
            yield f"{type(one).__name__} {one.name} {one.summary}"
        else:
            yield repr(one)


def main() -> None:
    # Whatever the plugin prints, by whichever way, goes to stderr; only the last line is ours.
    out = os.dup(1)
    os.dup2(2, 1)
    trial = run_trial(from_json(TrialRequest, sys.stdin.read()))
    with os.fdopen(out, "w", encoding="utf-8", errors="backslashreplace") as pipe:
        pipe.write(to_json(trial, indent=None))


if __name__ == "__main__":
    main()
