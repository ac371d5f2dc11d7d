"""Whether `go test` would find anything to run, as far as names and texts say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace

# Reading a file of a git tree costs a process, and one test is enough.
_MOST_READ = 40
_TEST = re.compile(r"^func (?:Test|Fuzz|Example)(?:[^a-z\W]\w*)?\(", re.MULTILINE)
_CONSTRAINT = re.compile(r"^//(?:go:build|[ \t]*\+build)[ \t]+(.{1,500})$", re.MULTILINE)
_TAG = re.compile(r"(!?)[ \t]*([\w.]+)")
_PACKAGE = re.compile(r"^package\s", re.MULTILINE)
_OTHER_SYSTEMS = frozenset(
    {"aix", "android", "dragonfly", "freebsd", "illumos", "ios", "js", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "wasm",
     "windows"}
)  # fmt: skip
_USUAL_TAGS = re.compile(r"linux|darwin|unix|amd64|arm64|cgo|gc|go1\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFiles:
    """Whether there are tests that run without being asked for by a tag, and the file or reason that says so."""

    __test__ = False  # pytest would collect the name

    found: bool
    evidence: str


def find_tests(workspace: Workspace, sources: Sequence[str]) -> TestFiles:
    """The first file with a test that an unadorned `go test` runs; a project without any has no test command."""
    files = [path.removesuffix("_test.go") for path in sources if path.endswith("_test.go")]
    fitting = [f"{stem}_test.go" for stem in files if stem.rpartition("/")[2].rpartition("_")[2] not in _OTHER_SYSTEMS]
    tagged = ""
    for path in fitting[:_MOST_READ]:
        text = workspace.read_text(PurePosixPath(path)) or ""
        if _TEST.search(text):
            if not _needs_tag(text):
                return TestFiles(found=True, evidence=f"{path}: holds tests")
            tagged = tagged or f"{path}: needs a build tag, so it is not run: no test command"
    if len(fitting) > _MOST_READ:
        return TestFiles(found=True, evidence=f"{fitting[_MOST_READ]}: named as a test")
    return TestFiles(found=False, evidence=tagged or "no file with tests: no test command")


def _needs_tag(text: str) -> bool:
    """Whether a constraint before the package clause asks for a tag of the project's own.

    Alternatives are taken to hold: only what surely keeps the file out counts.
    """
    package = _PACKAGE.search(text)
    head = text[: package.start()] if package else text
    rows = [match[1] for match in _CONSTRAINT.finditer(head)]
    return any(
        "||" not in row and any(not negated and not _USUAL_TAGS.fullmatch(tag) for negated, tag in _TAG.findall(row))
        for row in rows
    )
