"""Which features the project's workflows test with: some exclude each other, so that nobody else can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from autopack.model.workflows import Step, list_steps
from autopack.model.workspace import Workspace

_ALONE = frozenset({"--all-features", "--no-default-features"})
_WITH_NAMES = frozenset({"--features", "-F"})
# Then it is about one package of several.
_OF_ONE = ("-p", "--package", "--manifest-path", "--exclude")


def find_features(workspace: Workspace, root: PurePosixPath) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The options that every test run in this folder takes, and the evidence; none where the runs differ."""
    if not any(True for _ in list_steps(workspace, "features", " -F ")):
        return (), ()
    steps = [step for step in list_steps(workspace, "cargo") if step.cwd == root and _tests_all(step)]
    found = {tuple(_options(step.words)) for step in steps}
    options = found.pop() if len(found) == 1 else ()
    return options, (f"{steps[0].source}: {' '.join(options)}",) if options else ()


def _tests_all(step: Step) -> bool:
    is_test = step.words[:2] == ("cargo", "test") or step.words[:3] == ("cargo", "nextest", "run")
    return is_test and not any(word.startswith(_OF_ONE) for word in step.words)


def _options(words: tuple[str, ...]) -> Iterator[str]:
    for word, after in zip(words, (*words[1:], ""), strict=True):
        if word == "--":
            return
        if word in _ALONE or word.startswith("--features="):
            yield word
        elif word in _WITH_NAMES and after:
            yield from (word, after)
