"""What kind of work a set of paths is: from file names alone, so that a person can check it at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from autopack.model.plan import Category

_BY_SUFFIX: dict[Category, frozenset[str]] = {
    "docs": frozenset({".md", ".rst", ".adoc", ".txt"}),
    "frontend": frozenset({".css", ".scss", ".html", ".jsx", ".tsx", ".vue", ".svelte"}),
    "database": frozenset({".sql", ".prisma"}),
    "configuration": frozenset({".toml", ".yaml", ".yml", ".ini", ".cfg", ".json", ".lock"}),
    "backend": frozenset(
        {
            ".py",
            ".go",
            ".rs",
            ".java",
            ".kt",
            ".js",
            ".ts",
            ".mjs",
            ".rb",
            ".php",
            ".ex",
            ".exs",
            ".c",
            ".cc",
            ".cpp",
            ".h",
            ".cs",
            ".zig",
        }
    ),
}


def categorise_path(path: str) -> Category:
    """Tests by folder or name, migrations by folder, everything else by suffix."""
    pure = PurePosixPath(path)
    folders = {part.lower() for part in pure.parts[:-1]}
    stem = pure.stem.lower()
    if folders & {"test", "tests", "__tests__", "spec"} or stem.startswith("test_") or stem.endswith(("_test", ".test", ".spec")):
        return "tests"
    if "migrations" in folders:
        return "database"
    return next((category for category, suffixes in _BY_SUFFIX.items() if pure.suffix.lower() in suffixes), "other")


def categorise_paths(paths: Iterable[str]) -> Category:
    """What most of the paths are; tests only when nothing else is there, since code comes with its tests."""
    counts = Counter(categorise_path(path) for path in paths)
    if len(counts) > 1:
        del counts["tests"]
    return min(counts, key=lambda category: (-counts[category], category), default="other")
