"""Which folders count, and what stands in them whatever builds them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace, share_files

HERE = PurePosixPath(".")
MOST_DEPTH = 5
# Projects in here show or test something; the repository is not about them.  What lies in META-INF was compiled.
SHOWN = frozenset(
    {
        "examples", "example", "samples", "sample", "fixtures", "__fixtures__", "testdata", "test_data", "test-data", "test",
        "tests", "templates", "template", "archetype-resources", "benchmarks", "third_party", "docs", "doc", "node_modules",
        "vendor", "resources", "META-INF", "target", "build",
    }
)  # fmt: skip
SOURCES = frozenset({".java", ".kt", ".groovy", ".scala"})
_MOST_READ = 40
_VERSION_FILES = (".sdkmanrc", ".java-version", "system.properties", ".tool-versions")
_TEST_NAME = re.compile(r"Test\w*|\w*(?:Test|Tests|TestCase|Spec|IT)")
_TEST = re.compile(
    r"^(?![ \t]*(?://|/?\*)).*@(?:\w+\.){0,8}(?:\w*Test|Property|TestFactory)\b"
    r"|\bextends (?:\w+\.){0,8}(?:TestCase|Specification)\b"
    r"|:\s*(?:String|Fun|Describe|Behavior|Should|Word|Free|Feature|Expect|Annotation)Spec\b",
    re.MULTILINE,
)


def is_shown(folder: PurePosixPath) -> bool:
    """Whether a folder holds examples, templates, something built or test material."""
    return any(part in SHOWN or part.startswith((".", "{{", "${")) for part in folder.parts)


def is_root(folder: PurePosixPath) -> bool:
    """Whether a project may stand here."""
    return not is_shown(folder) and len(folder.parts) <= MOST_DEPTH


def find_sources(workspace: Workspace, roots: Iterable[PurePosixPath]) -> dict[PurePosixPath, list[str]]:
    """Each root with the sources below it that belong to no inner one."""
    return share_files(workspace.ending(*sorted(SOURCES)), roots)


def find_test(workspace: Workspace, sources: Iterable[str]) -> str:
    """A file with tests, empty when there is none.  Only so many are opened; of more the name has to do."""
    files = [path for path in sources if "test" in path.rpartition("/")[0].lower()]
    named = [path for path in files if _TEST_NAME.fullmatch(path.rpartition("/")[2].rpartition(".")[0])]
    for path in dict.fromkeys((*named[:_MOST_READ], *files[:_MOST_READ])):
        if _TEST.search(workspace.read_text(PurePosixPath(path)) or ""):
            return path
    return named[_MOST_READ] if len(named) > _MOST_READ else ""


def version_files(workspace: Workspace, root: PurePosixPath) -> Iterator[PurePosixPath]:
    """Files that may say which Java is wanted."""
    return (root / name for name in _VERSION_FILES if workspace.exists(root / name))


def digest(text: str | None) -> str:
    """A text in a few characters, to tell whether it is another one."""
    return hashlib.sha256((text or "").encode()).hexdigest()[:12]
