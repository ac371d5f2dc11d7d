"""The texts of a plugin package, from the templates; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from autopack import __version__

# What the example of each kind does, as the rest of "a plugin that …".
KINDS: Mapping[str, str] = {
    "toolchain": "finds projects with a `build.$name` file, and reads what their tests say",
    "plan": "reads lines that begin with `$name:` as items of a plan",
    "mitigate": "knows the failure `$name: cannot open`, and what helps",
    "builder": "offers the builder `$name`, which starts the files that a phase may change",
    "intent": "quotes the notes in `docs/$name.md` to the builder",
    "audit": "asks before a `*.$name` file is deleted",
}

_TEMPLATES = Path(__file__).parent / "templates"
_OURS = """license = "MIT"
dynamic = ["version"]
classifiers = ["Private :: Do Not Upload"]"""
_THEIRS = 'version = "0.1.0"'
_THEIR_GROUPS = '[dependency-groups]\ndev = ["pytest>=8.3"]\n\n'
_THEIR_PYTEST = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n\n'
_OUR_VERSION = '[tool.hatch.version]\npath = "../../autopack/__init__.py"\n\n'


def render_package(name: str, kind: str) -> dict[str, str]:
    """The files of a new plugin package by path: a small example of its kind that works, and its tests."""
    package, module = f"autopack-{name}", f"autopack_{name.replace('-', '_')}"
    does = Template(KINDS[kind]).substitute(name=name)
    names = {"name": name, "package": package, "module": module, "does": does}
    return {
        "README.md": _fill("README.md.txt", names),
        "pyproject.toml": render_pyproject(name, f"Autopack plugin that {does}.", included=f"{module}.py"),
        f"{module}.py": _fill(f"{kind}/module.py.txt", names),
        f"tests/test_{module.removeprefix('autopack_')}.py": _fill(f"{kind}/test.py.txt", names),
    }


def render_pyproject(name: str, description: str, *, included: str, requires: Sequence[str] = (), ours: bool = False) -> str:
    """A plugin's `pyproject.toml`.

    `included` is its module or folder, `requires` what it needs besides the host.  One of ours takes its version from the
    host and must not be uploaded; somebody else's has a version and tests of its own.
    """
    return _fill(
        "pyproject.toml.txt",
        {
            "name": name,
            "package": f"autopack-{name}",
            "module": f"autopack_{name.replace('-', '_')}",
            "description": json.dumps(description, ensure_ascii=False),
            "about": _OURS if ours else _THEIRS,
            "dependencies": ", ".join(map(json.dumps, (host_requirement(__version__), *requires))),
            "groups": "" if ours else _THEIR_GROUPS,
            "hatch": _OUR_VERSION if ours else _THEIR_PYTEST,
            "included": included,
        },
    )


def host_requirement(version: str) -> str:
    """The versions of the host that a plugin fits: from the one it was written for to the next that may break it."""
    major, minor, *_ = version.split(".")
    return f"autopack>={major}.{minor},<{int(major) + 1}"


def _fill(template: str, names: Mapping[str, str]) -> str:
    return Template((_TEMPLATES / template).read_text("utf-8")).substitute(names)
