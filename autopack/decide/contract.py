"""The rules of the plugin contract: what is wrong with an answer, in words its author can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from autopack.decide.answers import find_pattern_fault
from autopack.decide.claims import verify_claims
from autopack.decide.policy import find_rule_fault
from autopack.decide.versions import read_release
from autopack.model.codec import from_json, to_data, to_json
from autopack.model.draft import Claim, CommandValue, Draft
from autopack.model.failure import Pattern
from autopack.model.plugin import PluginRecord
from autopack.model.policy import PolicyRule
from autopack.model.specs import BuilderSpec, EmbedderSpec, LauncherSpec
from autopack.model.toolchain import Command, Toolchain

RULES: dict[str, str] = {
    "known-hooks": "its hooks and their arguments are known",
    "import-is-still": "importing it touches nothing",
    "import-is-quick": "importing it is quick",
    "survives": "it survives empty and hostile input",
    "types": "its answers fit their hooks",
    "json": "its answers survive JSON",
    "same-answer": "it answers the same every time",
    "in-time": "it answers in time",
    "inside": "its commands and folders stay inside the workspace",
    "workspace": "it leaves the workspace as it was",
    "stated": "what it calls stated stands in the cited lines",
    "patterns": "its patterns find their examples",
    "policy": "its policy rules decide their examples",
    "own-names": "its names are sane and nobody else's",
    "readme": "a readme stands beside it",
}
"""Each rule by its name, as a sentence that is true of a plugin that keeps it."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_MOST_PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One rule broken: `where` is the hook (or `import`, `package`), `message` what happened and what to do."""

    rule: str
    where: str
    message: str
    sample: str = ""

    def tell(self) -> str:
        """The problem in one line."""
        return f"{self.where}: {self.message}" + (f" [on {self.sample}]" if self.sample else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRequest:
    """What to try, in a fresh process: `module` as an entry point names it, `folder` the one the samples stand in.

    What is only to be compared with an earlier trial (`again`) is not watched while it is imported, and asked once.
    """

    module: str
    package: str
    folder: str
    limit_s: float
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a plugin did in a process of its own.  `answers` holds a digest for each (hook, sample) it answered."""

    problems: tuple[Problem, ...]
    hooks: tuple[str, ...] = ()
    answers: dict[str, str] | None = None
    builders: tuple[str, ...] = ()
    file: str = ""


def judge_answer(hook: str, value: Any, arguments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(rule, message) for whatever is wrong with a checked answer, beyond the types that the host refuses."""
    for one in value if isinstance(value, tuple) else (value,):
        match one:
            case BuilderSpec(name=name) | LauncherSpec(name=name) | EmbedderSpec(name=name):
                if not _NAME.fullmatch(name):
                    yield "own-names", f"the name {name!r} cannot be typed: use lower-case letters, digits and hyphens"
                continue
            case Pattern() if fault := find_pattern_fault(one):
                yield "patterns", fault
            case PolicyRule() if fault := find_rule_fault(one):
                yield "policy", fault
            case Claim():
                yield from _judge_claim(one, arguments["draft"])
        yield from _judge_confidence(one)
        yield from _judge_json(one)
        yield from _judge_places(one)
    if hook == "inject_intent" and len(value.title) + len(value.text) > max(0, arguments["limit"]):
        size = len(value.title) + len(value.text)
        yield "types", f"its fragment has {size} characters with the title, where `limit` is {arguments['limit']}: offer less"


def _judge_claim(claim: Claim, draft: Draft) -> Iterator[tuple[str, str]]:
    if claim.origin == "answered":
        yield "stated", f"the rule {claim.rule!r} says 'answered', but only a person answers: say 'inferred'"
    if claim.origin != "stated" or verify_claims([claim], draft)[0].origin == "stated":
        return
    shown = _shorten(str(next(iter(to_data(claim.value).values()))))
    if claim.span is None:
        yield "stated", f"the rule {claim.rule!r} says {shown!r} is stated and cites no lines: give the span it stands in"
    else:
        lines = f"lines {claim.span.start}-{claim.span.end}"
        advice = "cite the lines it stands in, or say 'inferred'"
        yield "stated", f"the rule {claim.rule!r} says {shown!r} is stated in {lines}, where it does not stand: {advice}"


def _judge_confidence(value: Any) -> Iterator[tuple[str, str]]:
    confidence = getattr(value, "confidence", 0.0)
    if not 0.0 <= confidence <= 1.0:
        yield "types", f"its {type(value).__name__} has the confidence {confidence}: 0.9 is proof, 0.5 a good sign, 0.3 a hint"


def _judge_json(value: Any) -> Iterator[tuple[str, str]]:
    kind = type(value)
    try:
        same = from_json(kind, to_json(value)) == value
    except (TypeError, ValueError) as problem:
        yield "json", f"its {kind.__name__} cannot be written as JSON and read again: {problem}"
        return
    if not same:
        yield "json", f"its {kind.__name__} is not the same after JSON: use str, int, float, bool, tuples and model types only"


def _judge_places(value: Any) -> Iterator[tuple[str, str]]:
    for command in _find_commands(value):
        if _leaves(str(command.cwd)):
            yield "inside", f"a command runs in {str(command.cwd)!r}: give a folder relative to the workspace root, without '..'"
        words = command.argv
        if isinstance(command, Command) and (not words or not words[0] or any("\0" in word for word in words)):
            yield "inside", f"the command {words!r} cannot be run: its first word is the program, and no word holds a NUL"
    if isinstance(value, Toolchain):
        for name, path in (("root", value.root), *(("manifests", path) for path in value.manifests)):
            if _leaves(str(path)):
                yield "inside", f"Toolchain.{name} is {str(path)!r}: give it relative to the workspace root, without '..'"
        for folder in value.scratch:
            if _leaves(folder):
                yield "inside", f"Toolchain.scratch names {folder!r}: give it relative to the toolchain's root, without '..'"


def _find_commands(value: Any) -> Iterator[Command | CommandValue]:
    if isinstance(value, (Command, CommandValue)):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _find_commands(part)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _find_commands(getattr(value, name))


def _leaves(path: str) -> bool:
    return path.startswith(("/", "~")) or "\0" in path or ".." in PurePosixPath(path).parts


def judge_names(trial: Trial, record: PluginRecord | None, offered: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with its names; `offered` are the builders of the other plugins, with their packages."""
    others = {name.casefold(): (name, package) for name, package in offered.items()}
    for name in trial.builders:
        if name.casefold() in others:
            taken, package = others[name.casefold()]
            message = f"the builder {name!r} has the name of {package}'s {taken!r}, so neither can be used: choose another"
            yield Problem(rule="own-names", where="builders", message=message)
    if record is None:
        return
    if not _NAME.fullmatch(record.name):
        message = f"the entry point's name {record.name!r} cannot be typed: use lower-case letters, digits and hyphens"
        yield Problem(rule="own-names", where="package", message=message)
    if read_release(record.version) is None:
        message = f"the version {record.version!r} is none: use numbers and dots, for instance 1.0.2"
        yield Problem(rule="own-names", where="package", message=message)


def compare_trials(first: Trial, second: Trial) -> Iterator[Problem]:
    """Where two processes with different hash seeds got different answers."""
    one, two = first.answers or {}, second.answers or {}
    for key in sorted(one.keys() | two.keys()):
        if one.get(key) != two.get(key):
            hook, _, sample = key.partition(" ")
            message = "it answers otherwise in another process: sort what comes from sets, and use no clock, id() or hash()"
            yield Problem(rule="same-answer", where=hook, message=message, sample=sample)


def gather_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each problem once, in the order of the rules; `sample` then names the samples it showed on, the first few of them."""
    samples: dict[tuple[str, str, str], list[str]] = {}
    for one in problems:
        places = samples.setdefault((one.rule, one.where, one.message), [])
        if one.sample and one.sample not in places:
            places.append(one.sample)
    order = list(RULES)
    return tuple(
        Problem(rule=rule, where=where, message=message, sample=_listed(places))
        for (rule, where, message), places in sorted(samples.items(), key=lambda item: order.index(item[0][0]))
    )


def _listed(places: Sequence[str]) -> str:
    more = len(places) - _MOST_PLACES
    return ", ".join(places[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
