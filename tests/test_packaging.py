"""Every package of the workspace is named, versioned, licensed and locked the same way, and the wheel carries what it needs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).parent.parent
FOLDERS = sorted(path.parent for path in (TOP / "plugins").glob("*/pyproject.toml"))
PRIVATE = "Private :: Do Not Upload"
# The host reads only these of what a wheel could carry beside its modules.
BUNDLED = {"schemas": "autopack/_schemas", "examples": "autopack/_examples"}


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


HOST = read_toml(TOP / "pyproject.toml")
LOCKED = {package["name"]: package for package in read_toml(TOP / "uv.lock")["package"]}

each_plugin = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@each_plugin
def test_a_plugin_is_declared_as_its_folder_says(folder: Path) -> None:
    declared = read_toml(folder / "pyproject.toml")
    project, module = declared["project"], folder.name.replace("-", "_")
    only = declared["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]

    assert project["name"] == folder.name
    assert project["entry-points"] == {"autopack": {folder.name.removeprefix("autopack-"): module}}
    assert only in ([module], [f"{module}.py"])
    assert (folder / only[0]).exists()
    assert project["classifiers"] == [PRIVATE]
    assert (project["license"], project["requires-python"]) == (HOST["project"]["license"], HOST["project"]["requires-python"])
    assert declared["build-system"] == HOST["build-system"]
    assert "autopack" in {re.split(r"[^\w-]", dependency)[0] for dependency in project["dependencies"]}
    assert re.fullmatch(r"(?!TODO).{20,}\.", project["description"])


@each_plugin
def test_a_plugin_has_the_hosts_version(folder: Path) -> None:
    declared = read_toml(folder / "pyproject.toml")
    source = folder / declared["tool"]["hatch"]["version"]["path"]
    assert (declared["project"]["dynamic"], source.resolve()) == (["version"], TOP / "autopack" / "__init__.py")
    assert "version" not in declared["project"]


@each_plugin
def test_a_plugin_says_what_it_does_on_one_page(folder: Path) -> None:
    lines = (folder / "README.md").read_text().splitlines()
    assert lines[0] == f"# {folder.name}"
    assert 5 <= len(lines) <= 60


@each_plugin
def test_a_plugin_is_a_locked_member_of_the_workspace(folder: Path) -> None:
    assert HOST["tool"]["uv"]["workspace"] == {"members": ["plugins/*"]}
    assert HOST["tool"]["uv"]["sources"].get(folder.name) == {"workspace": True}
    groups = [group for group, names in HOST["dependency-groups"].items() if folder.name in names]
    # What brings heavy libraries stands in a group of its own, so that nobody gets them unasked.
    assert groups == ["plugins"] or groups == [folder.name.removeprefix("autopack-").rpartition("-")[2]]
    assert LOCKED[folder.name]["source"] == {"editable": f"plugins/{folder.name}"}
    assert f"plugins/{folder.name}" in HOST["tool"]["mypy"]["mypy_path"]


def test_the_host_lists_no_plugin_that_is_not_there() -> None:
    names = [folder.name for folder in FOLDERS]
    groups = HOST["dependency-groups"]
    assert sorted(name for group in groups if group != "dev" for name in groups[group]) == names
    assert groups["plugins"] == sorted(groups["plugins"])
    assert [row for row in groups["dev"] if isinstance(row, dict)] == [{"include-group": g} for g in groups if g != "dev"]
    assert sorted(HOST["tool"]["uv"]["sources"]) == ["autopack", *names]
    assert sorted(name for name in LOCKED if name.startswith("autopack")) == ["autopack", *names]


def test_the_host_is_declared_private_and_licensed() -> None:
    project = HOST["project"]
    assert PRIVATE in project["classifiers"]
    assert (project["license"], project["license-files"], project["dynamic"]) == ("MIT", ["LICENSE"], ["version"])
    assert HOST["tool"]["hatch"]["version"] == {"path": "autopack/__init__.py"}
    assert (TOP / "LICENSE").read_text().startswith("MIT License")


def test_every_dependency_of_the_host_and_the_plugins_is_locked() -> None:
    declared = [HOST["project"], *(read_toml(folder / "pyproject.toml")["project"] for folder in FOLDERS)]
    wanted = {re.split(r"[^\w.-]", text)[0] for project in declared for text in project["dependencies"]}
    assert wanted - LOCKED.keys() == set()


def test_the_wheel_is_told_to_carry_schemas_and_examples() -> None:
    targets = HOST["tool"]["hatch"]["build"]["targets"]
    assert targets["wheel"] == {"packages": ["autopack"], "force-include": BUNDLED}
    assert {f"/{folder}" for folder in BUNDLED} <= set(targets["sdist"]["include"])


@pytest.mark.slow
@pytest.mark.network
def test_a_wheel_carries_every_module_schema_and_example(tmp_path: Path) -> None:
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        pytest.skip("uv is not installed")
    subprocess.run([uv, "build", "--wheel", "--out-dir", tmp_path, "--python", sys.executable], cwd=TOP, check=True)
    [wheel] = tmp_path.glob("autopack-*.whl")
    listed = subprocess.run(["git", "ls-files", "autopack", *BUNDLED], cwd=TOP, capture_output=True, text=True, check=True)
    expected = {
        f"{BUNDLED.get(top, top)}/{rest}" for top, _, rest in (path.partition("/") for path in listed.stdout.splitlines())
    }
    with zipfile.ZipFile(wheel) as archive:
        assert expected - set(archive.namelist()) == set()
