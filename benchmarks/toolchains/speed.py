"""How much CPU detection takes: in a large repository beside a bare `git ls-files`, and in small projects."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from autopack.effects import git
from autopack.effects.scan import open_folder, open_tree
from autopack.model.workflows import read_steps
from autopack.plugins import Plugins
from autopack.stages.ground import find_toolchains
from autopack.testing.fixtures import run_git
from benchmarks.plans.corpus import open_bare_context
from benchmarks.toolchains.trees import lay_out, list_trees

SIZES = (1_000, 10_000, 50_000, 100_000)
VENDORED, FILES_PER_FOLDER = 0.35, 20
ROUNDS = 5
# One project in each language at the root, and one below it; every one with a test.
MANIFESTS = {
    "Cargo.toml": '[package]\nname = "shop"\nversion = "0.1.0"\n',
    "go.mod": "module example.com/shop\n\ngo 1.22\n\nrequire rsc.io/quote v1.5.2\n",
    "package.json": '{"name": "shop", "scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}}',
    "pom.xml": "<project><artifactId>shop</artifactId></project>",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n\n[tool.pytest.ini_options]\n',
}
TESTS = {
    "services/test_one.py": "def test_one():\n    assert True\n",
    "services/one.test.ts": "import {test} from 'vitest';\ntest('one', () => {});\n",
    "services/one_test.go": 'package shop\n\nimport "testing"\n\nfunc TestOne(t *testing.T) {}\n',
    "src/lib.rs": "#[test]\nfn one() {}\n",
    "src/test/java/OneTest.java": "class OneTest { @Test void one() {} }\n",
}
SUFFIXES = ("py", "ts", "go", "rs", "java", "md")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        plugins = open_bare_context(Path(folder, "home")).plugins
        measure_small(plugins, Path(folder, "trees"))
        heads = ("files", "git ls-files, ms", "the folder ÷", "the tree ÷", "detection ÷", "detection, ms")
        write("".join(f"{head:>18}" for head in heads))
        for size in SIZES:
            measure_large(plugins, make_repository(Path(folder, f"repo-{size}"), size), size)


def measure_small(plugins: Plugins, folder: Path) -> None:
    """Listing and telling apart each labelled tree, once all code is loaded."""
    rows = []
    for tree in list_trees():
        top = folder / tree.name
        top.mkdir(parents=True)
        lay_out(tree, top)
        detect = partial(detect_all, plugins, top)
        detect()
        rows.append((min(spend(detect) for _ in range(ROUNDS)), tree.name))
    median, most = statistics.median(row[0] for row in rows), max(rows)
    write(f"{len(rows)} small projects: median {median:.1f} ms, most {most[0]:.1f} ms ({most[1]})\n")


def detect_all(plugins: Plugins, top: Path) -> None:
    read_steps.cache_clear()
    find_toolchains(plugins, open_folder(top))


def make_repository(top: Path, size: int) -> Path:
    """A repository in five languages of which a third is copies of other projects."""
    top.mkdir()
    vendored = int(size * VENDORED)
    names = [
        f"third_party/lib_{number // FILES_PER_FOLDER}/file_{number}.{'js' if number % 2 else 'go'}" for number in range(vendored)
    ]
    names += [
        f"services/area_{number // 500}/part_{number // FILES_PER_FOLDER}/module_{number}.{SUFFIXES[number % len(SUFFIXES)]}"
        for number in range(size - vendored - len(MANIFESTS) - len(TESTS))
    ]
    for name, text in {**dict.fromkeys(names, ""), **MANIFESTS, **TESTS}.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run_git(top, "init", "--quiet", "--initial-branch=main")
    run_git(top, "add", "--all")
    run_git(top, "commit", "--quiet", "--message=Start")
    return top


def measure_large(plugins: Plugins, top: Path, size: int) -> None:
    repo = git.require_repository(top)
    tree = git.tree_of(repo, "HEAD")
    rows = []
    for _ in range(ROUNDS + 1):
        # Interleaved, so that a busy moment of the machine hits all.
        listed = spend(lambda: subprocess.run(["git", "ls-files"], cwd=top, stdout=subprocess.DEVNULL, check=True))
        walked = spend(lambda: open_folder(top))
        read = spend(lambda: open_tree(repo, tree))
        rows.append((listed, walked, read, spend(partial(find_toolchains, plugins, open_folder(top)))))
    # The first round is there to warm up.
    listed, walked, read, detected = (statistics.median(column) for column in zip(*rows[1:], strict=True))
    ratios = "".join(f"{spent / listed:>18.1f}" for spent in (walked, read, detected))
    write(f"{size:>18}{listed:>18.0f}{ratios}{detected:>18.0f}")


def spend(act: Callable[[], object]) -> float:
    """Milliseconds of CPU, those of started programs too: the clock of a busy machine says little."""
    started = spent_so_far()
    act()
    return (spent_so_far() - started) * 1000


def spent_so_far() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def write(row: str) -> None:
    sys.stdout.write(f"{row}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
