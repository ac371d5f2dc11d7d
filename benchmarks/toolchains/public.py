"""How well the toolchains of public repositories are told apart: detection against `public.json`.

    python benchmarks/toolchains/public.py FOLDER [--failures]

`FOLDER` holds a git repository `owner+name`, or `owner+name/repo`, with the labelled commit for each that is to be judged.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autopack.effects import git
from autopack.effects.scan import open_tree
from autopack.model.toolchain import Command, Toolchain
from autopack.plugins import Plugins
from autopack.stages.ground import find_toolchains
from benchmarks.plans.corpus import open_bare_context
from benchmarks.toolchains.trees import FIRST_RING

LABELS = Path(__file__).with_name("public.json")
BARS = {
    "primary language": 0.99,
    "package manager": 0.98,
    "every language of a mixed one": 0.95,
    "install command": 0.95,
    "test command": 0.95,
    "wrapper used": 1.0,
    "no test command where there is none": 0.98,
    "no false language": 1.0,
    "no crash": 1.0,
}
# Right or wrong for each metric that a repository is judged by, with what was found.
Verdicts = Mapping[str, tuple[bool, str]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--failures", action="store_true", help="say what is wrong where")
    options = parser.parse_args()
    right: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    absent = []
    with tempfile.TemporaryDirectory() as home:
        plugins = open_bare_context(Path(home)).plugins
        for label in json.loads(LABELS.read_text("utf-8")):
            repo = find_mirror(options.folder, label["repo"])
            if repo is None:
                absent.append(label["repo"])
                continue
            for metric, (fits, found) in judge(label, plugins, repo).items():
                judged[metric] += 1
                right[metric] += fits
                if options.failures and not fits:
                    write(f"{label['repo']}: {metric}: {found}")
    for metric, bar in BARS.items():
        share = right[metric] / judged[metric] if judged[metric] else 0.0
        write(f"{metric:<40}{share:6.3f} ({right[metric]}/{judged[metric]})   ≥ {bar}")
    write(f"{len(absent)} repositories are not in the folder: {', '.join(absent)}")
    return 0


def find_mirror(folder: Path, name: str) -> git.Repository | None:
    """The repository of this name, bare or not."""
    top = folder / name.replace("/", "+")
    for path in (top, top / "repo", top / "repo" / ".git", top / ".git"):
        if (path / "HEAD").is_file():
            return git.Repository(top=path, git_dir=path, common_dir=path, bare=True)
    return None


def judge(label: Mapping[str, Any], plugins: Plugins, repo: git.Repository) -> Verdicts:
    """What detection says of the labelled commit, metric by metric; what a label leaves open is not judged."""
    try:
        found = find_toolchains(plugins, open_tree(repo, f"{label['commit']}^{{tree}}"))
    except Exception as error:  # noqa: BLE001  whatever it is, it is the crash that is counted
        return {"no crash": (False, repr(error)[:200])}
    return {"no crash": (True, ""), **dict(_judge_found(label, found))}


def _judge_found(label: Mapping[str, Any], found: Sequence[Toolchain]) -> Iterator[tuple[str, tuple[bool, str]]]:
    keys = [(tool.name, tool.package_manager, str(tool.root)) for tool in found]
    names = {tool.name for tool in found if tool.name in FIRST_RING}
    extra = names - {*label["languages"], *label.get("optional", ())}
    yield "no false language", (not extra, f"{sorted(extra)} in {keys}")
    if len(label["languages"]) > 1:
        missing = set(label["languages"]) - names
        yield "every language of a mixed one", (not missing, f"lacks {sorted(missing)} in {keys}")
    wanted = label["primary"]
    if wanted is None or wanted["name"] not in FIRST_RING:
        return
    first = next((tool for tool in found if tool.name in FIRST_RING), None)
    best = (first.name, first.package_manager, str(first.root)) if first else None
    others = [_key(row) for row in label.get("primary_ok", ())]
    yield "primary language", (first is not None and first.name in {wanted["name"], *(row[0] for row in others)}, f"{keys[:3]}")
    yield "package manager", (best in (_key(wanted), *others), f"{keys[:3]}, not {_key(wanted)}")
    mine = next((tool for tool in found if (tool.name, tool.package_manager, str(tool.root)) == _key(wanted)), None)
    if mine is None or best in others:
        return
    if label["install"] is not None:
        yield "install command", (_fits(label["install"], mine.install), f"{_join(mine.install)!r}, not {label['install']}")
    if label["has_tests"] is True:
        yield "test command", (_fits(label["test"], mine.test[:1]), f"{_join(mine.test[:1])!r}, not {label['test']}")
    if label["has_tests"] is False:
        yield "no test command where there is none", (not mine.test, _join(mine.test))
    if label["wrapper"]:
        used = all(any(word.endswith(("mvnw", "gradlew")) for word in row.argv) for row in (*mine.build, *mine.test))
        yield "wrapper used", (used, _join(mine.test))


def _key(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["name"], row["package_manager"], row["root"]


def _fits(patterns: Sequence[str], commands: Sequence[Command]) -> bool:
    joined = _join(commands)
    return any(re.search(pattern, joined) for pattern in patterns) if patterns else not commands


def _join(commands: Sequence[Command]) -> str:
    return "\n".join(" ".join(row.argv) for row in commands)


def write(row: str) -> None:
    sys.stdout.write(f"{row}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
