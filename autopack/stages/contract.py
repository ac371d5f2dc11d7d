"""Hold a plugin to the contract: tried twice, in processes of its own, by the rules of `autopack.decide.contract`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autopack.decide.contract import Problem, Trial, TrialRequest, compare_trials, gather_problems, judge_names
from autopack.effects.paths import write_beneath
from autopack.effects.process import run_process
from autopack.model.codec import from_json, to_json
from autopack.model.plugin import PluginRecord
from autopack.model.tables import PluginCheck, PluginNote, PluginProblem
from autopack.plugins import Plugins

LIMIT_S = 2.0
_WHOLE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What is known of the plugin, and what its author adds to the samples.

    `module` is what its entry point names, `record` what is installed of it (if it is), `package` the folder of its source.
    `offered` are the builders of other plugins with their packages.  `files` (a small project) and `plans` (texts) are tried
    beside the samples of the host.
    """

    module: str
    record: PluginRecord | None = None
    package: Path | None = None
    offered: Mapping[str, str] | None = None
    files: Mapping[str, str | bytes] | None = None
    plans: Sequence[str] = ()
    limit_s: float = LIMIT_S


def find_problems(material: Material) -> tuple[Problem, ...]:
    """Everything that is wrong with the plugin, in the order of the rules; empty when it keeps the contract."""
    first = _try(material, "1")
    problems = [*first.problems, *judge_names(first, material.record, material.offered or {})]
    if first.answers:
        second = _try(material, "4242", again=True)
        # What was not asked to the end, or is answered by chance anyway, cannot be compared.
        unsteady = {one.where for one in (*problems, *second.problems) if one.rule in ("in-time", "same-answer")}
        problems += [one for one in second.problems if one not in problems and one.where not in unsteady]
        problems += [one for one in compare_trials(first, second) if one.where not in unsteady]
    if not _has_readme(material, first):
        message = "its folder holds no README.md: say what it reads, what it answers and when it keeps quiet"
        problems.append(Problem(rule="readme", where="package", message=message))
    return gather_problems(problems)


def check_installed(plugins: Plugins) -> PluginCheck:
    """What is wrong with the installed plugins: those that did not load by their fault, the others by the contract."""
    enabled = [record for record in plugins.records if record.enabled]
    offers = [(answer.package, spec.name) for answer in plugins.ask("builders") for spec in answer.value]
    problems, checked = [], []
    for record in enabled:
        if record.fault:
            problems.append(PluginProblem(plugin=record.name, rule="loads", where="", message=record.fault))
            continue
        checked.append(record.name)
        offered = {name: package for package, name in offers if package != record.package}
        for one in find_problems(Material(module=record.module, record=record, offered=offered)):
            told = {"rule": one.rule, "where": one.where, "message": one.message, "sample": one.sample}
            problems.append(PluginProblem(plugin=record.name, **told))
    notes = tuple(PluginNote(plugin=record.name, message=note) for record in enabled for note in record.notes)
    return PluginCheck(checked=tuple(checked), problems=tuple(problems), notes=notes)


def _try(material: Material, seed: str, *, again: bool = False) -> Trial:
    from autopack.stages.samples import SMALL

    with tempfile.TemporaryDirectory(prefix="autopack-trial-") as place:
        folder = Path(place, "workspaces")
        for name, files in (("small", SMALL), ("given", material.files), ("plans", _as_files(material.plans))):
            for path, content in (files or {}).items():
                (folder / name).mkdir(parents=True, exist_ok=True)
                write_beneath(folder, PurePosixPath(name, path), content.encode() if isinstance(content, str) else content)
        package = material.record.package if material.record else "trial"
        request = TrialRequest(module=material.module, package=package, folder=str(folder), limit_s=material.limit_s, again=again)
        home = Path(place, "home")
        home.mkdir()
        result = run_process(
            (sys.executable, "-P", "-m", "autopack.stages.trial"),
            cwd=home,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": str(home),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONHASHSEED": seed,
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=to_json(request).encode(),
            timeout_s=_WHOLE_S,
        )
    try:
        return from_json(Trial, result.stdout)
    except ValueError:
        last = (result.stderr.rstrip().splitlines() or ["it said nothing"])[-1]
        how = f"did not end within {_WHOLE_S:g} s" if result.timed_out else f"ended with exit code {result.exit_code}"
        message = f"the process in which it was tried {how}: {last[:200]}"
        return Trial(problems=(Problem(rule="survives", where="import", message=message),))


def _as_files(plans: Sequence[str]) -> dict[str, str]:
    return {f"{number}.md": text for number, text in enumerate(plans, start=1)}


def _has_readme(material: Material, trial: Trial) -> bool:
    """Whether there is a README, or no source folder where one could stand."""
    folder = material.package or next(
        (above for above in Path(trial.file).parents[:3] if trial.file and (above / "pyproject.toml").is_file()), None
    )
    return folder is None or any(path.name.casefold().startswith("readme") for path in folder.iterdir())
