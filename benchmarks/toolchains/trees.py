"""The labelled trees of `tests/trees`: lay each out in a folder, and hold what is detected there against its labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from autopack.model.toolchain import Command, Toolchain

TREES = Path(__file__).parents[2] / "tests" / "trees"
# The languages that have an adapter; entries of others are true, and judged when there is one.
FIRST_RING = ("go", "java", "node", "python", "rust")
KINDS = ("install", "build", "test", "smoke")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One labelled repository; `expected` is its `expect` (see the guide beside the files)."""

    name: str
    why: str
    files: Mapping[str, str | bytes]
    executable: tuple[str, ...]
    symlinks: Mapping[str, str]
    expected: Mapping[str, Any]


def list_trees(folder: Path = TREES) -> tuple[Tree, ...]:
    """Every tree of every file, files by name and trees in their order."""
    return tuple(_tree(row) for path in sorted(folder.glob("*.yaml")) for row in yaml.safe_load(path.read_text("utf-8")))


def _tree(row: Mapping[str, Any]) -> Tree:
    return Tree(
        name=row["name"],
        why=row["why"],
        files=row["files"] or {},
        executable=tuple(row.get("executable", ())),
        symlinks=row.get("symlinks", {}),
        expected=row["expect"],
    )


def lay_out(tree: Tree, folder: Path) -> None:
    """Write the tree's files and links into an empty folder."""
    for name, content in tree.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # In bytes: text mode would take the CRLF for its own.
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
        if name in tree.executable:
            path.chmod(0o755)
    for name, target in tree.symlinks.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)


def find_faults(tree: Tree, found: Sequence[Toolchain]) -> list[str]:
    """What differs from the labels, a line each; empty when all is right."""
    return [*_wrong_toolchains(tree.expected, found), *_wrong_commands(tree.expected, found)]


def _wrong_toolchains(expected: Mapping[str, Any], found: Sequence[Toolchain]) -> Iterator[str]:
    wanted = [(row["name"], row["package_manager"], row["root"]) for row in expected["toolchains"] if row["name"] in FIRST_RING]
    have = [(tool.name, tool.package_manager, str(tool.root)) for tool in found if tool.name in FIRST_RING]
    same = wanted == have if expected.get("ordered", True) else sorted(wanted) == sorted(have)
    if not same:
        yield f"toolchains are {have}, not {wanted}"


def _wrong_commands(expected: Mapping[str, Any], found: Sequence[Toolchain]) -> Iterator[str]:
    by_key = {tool.key: tool for tool in found}
    for kind in KINDS:
        for key, rule in expected.get(kind, {}).items():
            tool = by_key.get(key)
            commands: tuple[Command, ...] = getattr(tool, kind) if tool else ()
            if fault := _judge(rule, commands, first_only=kind == "test"):
                yield f"{kind} of {key}: {fault}: {[list(row.argv) for row in commands]}"
    for key, folder in expected.get("test_cwd", {}).items():
        commands = by_key[key].test if key in by_key else ()
        if not commands or str(commands[0].cwd) != folder:
            yield f"tests of {key} run in {[str(row.cwd) for row in commands]}, not {folder}"


def _judge(rule: Any, commands: Sequence[Command], *, first_only: bool) -> str:
    """Why the commands do not fit the rule; empty when they do."""
    argvs = [list(row.argv) for row in commands]
    if isinstance(rule, list):
        return "" if argvs == rule else f"is not {rule}"
    joined = "\n".join(" ".join(argv) for argv in (argvs[:1] if first_only else argvs))
    if rule.get("none"):
        return "should be none" if argvs else ""
    if "argv" in rule and argvs[:1] != [rule["argv"]]:
        return f"is not {rule['argv']}"
    if missing := [text for text in rule.get("contains", ()) if str(text) not in joined]:
        return f"lacks {missing}"
    if extra := [text for text in rule.get("lacks", ()) if str(text) in joined]:
        return f"holds {extra}"
    if "matches" in rule and not re.search(rule["matches"], joined):
        return f"does not match {rule['matches']!r}"
    return ""
