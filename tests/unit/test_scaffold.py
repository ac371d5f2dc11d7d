"""What `plugins new` writes, and that our own packages are made from the same template."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from autopack.errors import WrongUse
from autopack.hookspecs import KINDS as HOOKS
from autopack.scaffold.__main__ import render_ours
from autopack.scaffold.create import create_package
from autopack.scaffold.render import KINDS, host_requirement, render_package, render_pyproject

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted(ROOT.glob("plugins/autopack-*")), ids=lambda path: path.name)
def test_our_own_packages_are_made_from_the_template(path):
    made = {stands.parent: (text, expected) for stands, text, expected in render_ours(ROOT)}
    text, expected = made[path]
    assert text == expected, "run `python -m autopack.scaffold --write`"


@pytest.mark.parametrize("path", sorted(ROOT.glob("plugins/autopack-*")), ids=lambda path: path.name)
def test_our_own_readme_begins_as_the_template_does(path):
    name = path.name.removeprefix("autopack-")
    first = render_package(name, "plan")["README.md"].splitlines()[:2]
    assert (path / "README.md").read_text("utf-8").splitlines()[:2] == first


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_is_one_small_module_that_answers_a_hook(kind):
    files = render_package("zig-two", kind)
    assert list(files) == ["README.md", "pyproject.toml", "autopack_zig_two.py", "tests/test_zig_two.py"]
    lines = [line for line in files["autopack_zig_two.py"].splitlines() if line.strip()]
    assert len(lines) <= 22
    assert any(line.startswith(f"def {hook}(") for line in lines for hook in HOOKS)
    for path, text in files.items():
        assert "$" not in text.replace("\n$ python -m", "").replace("\n$ autopack", "")
        assert text.endswith("\n") and not text.endswith("\n\n")
        if path.endswith(".py"):
            compile(text, path, "exec")


@pytest.mark.parametrize("kind", KINDS)
def test_a_readme_fits_on_one_screen(kind):
    assert len(render_package("zig", kind)["README.md"].splitlines()) <= 36


def test_a_new_package_says_which_hosts_it_fits_and_that_its_version_is_its_own():
    made = tomllib.loads(render_pyproject("zig", 'Says "hello".', included="autopack_zig.py", requires=["attrs>=24"]))
    assert made == {
        "project": {
            "name": "autopack-zig",
            "description": 'Says "hello".',
            "readme": "README.md",
            "requires-python": ">=3.11,<3.15",
            "version": "0.1.0",
            "dependencies": [host_requirement("0.1.0"), "attrs>=24"],
            "entry-points": {"autopack": {"zig": "autopack_zig"}},
        },
        "dependency-groups": {"dev": ["pytest>=8.3"]},
        "build-system": {"requires": ["hatchling>=1.27"], "build-backend": "hatchling.build"},
        "tool": {
            "pytest": {"ini_options": {"testpaths": ["tests"]}},
            "hatch": {"build": {"targets": {"wheel": {"only-include": ["autopack_zig.py"]}}}},
        },
    }


@pytest.mark.parametrize(
    ("version", "requirement"), [("0.1.0", "autopack>=0.1,<1"), ("0.12.3", "autopack>=0.12,<1"), ("2.0.1", "autopack>=2.0,<3")]
)
def test_a_plugin_fits_hosts_up_to_the_next_major_version(version, requirement):
    assert host_requirement(version) == requirement


@pytest.mark.parametrize("name", ["a", "zig", "zig2", "my-zig", "autopack-zig", "x" * 40])
def test_a_name_may_be(name, tmp_path):
    made, files = create_package(name, "plan", tmp_path, taken=())
    assert made == tmp_path / f"autopack-{name.removeprefix('autopack-')}"
    assert all((made / path).is_file() for path in files)


@pytest.mark.parametrize(
    "name", ["", "autopack-", "Zig", "2zig", "-zig", "zig-", "my--zig", "my_zig", "zig.py", "zíg", "x" * 41, "zig\n", "a/b", "in"]
)
def test_a_name_may_not_be(name, tmp_path):
    with pytest.raises(WrongUse):
        create_package(name, "plan", tmp_path, taken=())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["zig", "autopack-zig"])
def test_the_name_of_an_installed_plugin_or_package_is_refused(taken, tmp_path):
    with pytest.raises(WrongUse, match="'zig' is installed already"):
        create_package("zig", "plan", tmp_path, taken={taken})


def test_nothing_that_exists_is_overwritten(tmp_path):
    (tmp_path / "autopack-zig").symlink_to("nowhere")
    with pytest.raises(WrongUse, match="exists already"):
        create_package("zig", "plan", tmp_path, taken=())
    assert (tmp_path / "autopack-zig").is_symlink() and not (tmp_path / "nowhere").exists()


def test_a_folder_without_write_permission_is_a_clear_error(as_nobody):
    (as_nobody / "locked").mkdir(mode=0o500)
    with pytest.raises(WrongUse, match="nothing can be written"):
        create_package("zig", "plan", as_nobody / "locked", taken=())
