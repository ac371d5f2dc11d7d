"""`autopack plugins new`, and what an author does next: install the package, run its tests, see it work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from autopack.scaffold.render import KINDS
from autopack.schemas import check_document

Run = Callable[..., subprocess.CompletedProcess[str]]
MakeRepo = Callable[..., Path]


@dataclass(frozen=True)
class Site:
    """An environment of its own that also sees what is installed here."""

    folder: Path
    env: Mapping[str, str]

    @property
    def packages(self) -> Path:
        return self.folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    def run(self, program: str, *args: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        argv = [str(self.folder / "bin" / program), *map(str, args)]
        env = {**self.env, **variables}
        return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)

    def install(self, package: Path) -> None:
        """What an editable install leaves behind, without a build: the import path, the metadata, where it came from."""
        project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
        metadata = self.packages / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        metadata.mkdir()
        requires = "".join(f"Requires-Dist: {requirement}\n" for requirement in project["dependencies"])
        head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (metadata / "METADATA").write_text(head + requires)
        points = "".join(f"{name} = {module}\n" for name, module in project["entry-points"]["autopack"].items())
        (metadata / "entry_points.txt").write_text(f"[autopack]\n{points}")
        source = {"url": package.as_uri(), "dir_info": {"editable": True}}
        (metadata / "direct_url.json").write_text(json.dumps(source))
        (self.packages / f"{package.name}.pth").write_text(f"{package}\n")


@pytest.fixture
def site(tmp_path: Path, autopack_env: dict[str, str]) -> Site:
    folder = tmp_path / "venv"
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    site = Site(folder=folder, env={**autopack_env, "PATH": f"{folder / 'bin'}{os.pathsep}{os.defpath}"})
    # `addsitedir`, unlike a bare path, also follows the editable installs there.
    (site.packages / "here.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    program = folder / "bin" / "autopack"
    program.write_text(f"#!{folder / 'bin' / 'python'}\nfrom autopack.cli import main\n\nmain()\n")
    program.chmod(0o755)
    return site


def make_plugin(site: Site, folder: Path, kind: str, name: str = "zig") -> Path:
    done = site.run("autopack", "plugins", "new", name, "--kind", kind, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / json.loads(done.stdout)["folder"]


# -- making it --------------------------------------------------------------------------------------------------------


def test_it_says_what_it_made_and_what_comes_next(run_autopack: Run, tmp_path: Path) -> None:
    done = run_autopack("plugins", "new", "zig", "--kind", "toolchain", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "made autopack-zig: README.md, pyproject.toml, autopack_zig.py, tests/test_zig.py",
        "",
        "next, in the environment that holds Autopack:",
        "  cd autopack-zig",
        "  python -m pip install -e . pytest",
        "  python -m pytest",
        "  autopack plugins check",
    ]


def test_json_names_the_folder_and_every_file_in_it(run_autopack: Run, tmp_path: Path) -> None:
    done = run_autopack("plugins", "new", "autopack-zig-two", "--kind", "plan", "--folder", "my plugins", "--json", cwd=tmp_path)
    printed = json.loads(done.stdout)
    check_document("plugins_new_v1", printed)
    assert printed == {
        "folder": "my plugins/autopack-zig-two",
        "files": ["README.md", "pyproject.toml", "autopack_zig_two.py", "tests/test_zig_two.py"],
    }
    made = tmp_path / "my plugins" / "autopack-zig-two"
    assert {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()} == set(printed["files"])


@pytest.mark.parametrize(
    ("name", "kind", "error", "hint"),
    [
        ("zig", "language", "there is no kind 'language' of plugin", f"kinds: {', '.join(KINDS)}"),
        ("zig", "plan", "'autopack-zig' exists already", "choose another name, or another place with `--folder`"),
        ("class", "plan", "'class' is a word of the Python language", "add to it, for instance 'class-rules'"),
        ("py", "plan", "a plugin 'py' is installed already", "choose another name; see `autopack plugins list`"),
        (
            "../zig",
            "plan",
            "'../zig' is no name for a plugin",
            "a name is up to 40 lower-case letters, digits and single hyphens, and begins with a letter",
        ),
    ],
)
def test_a_refusal_says_why_and_writes_nothing(
    run_autopack: Run, tmp_path: Path, name: str, kind: str, error: str, hint: str
) -> None:
    folder = tmp_path / "here"
    (folder / "autopack-zig").mkdir(parents=True)
    done = run_autopack("plugins", "new", name, "--kind", kind, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {error}\nhint: {hint}\n")
    assert list(folder.rglob("*")) == [folder / "autopack-zig"]


def test_help_names_every_kind(run_autopack: Run, tmp_path: Path) -> None:
    words = " ".join(run_autopack("plugins", "new", "--help", cwd=tmp_path).stdout.split())
    *first, last = KINDS
    assert f"{', '.join(first)} or {last}." in words


# -- using it ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_has_no_fault_and_passes_its_own_tests(site: Site, tmp_path: Path, kind: str) -> None:
    package = make_plugin(site, tmp_path, kind)
    site.install(package)

    listed = json.loads(site.run("autopack", "plugins", "list", "--json", cwd=tmp_path).stdout)["plugins"]
    [mine] = [row for row in listed if row["name"] == "zig"]
    assert {name: mine[name] for name in ("version", "origin", "package", "fault", "enabled")} == {
        "version": "0.1.0",
        "origin": "editable autopack-zig",
        "package": "autopack-zig",
        "fault": None,
        "enabled": True,
    }

    checked = site.run("autopack", "plugins", "check", cwd=tmp_path, AUTOPACK_PLUGINS_ONLY="zig")
    assert checked.returncode == 0, checked.stdout + checked.stderr

    tests = site.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=package)
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert "skipped" not in tests.stdout


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pip") is None, reason="pip is not in this environment")
def test_pip_builds_it_installs_it_and_takes_it_away_again(site: Site, tmp_path: Path) -> None:
    def pip(*args: str | Path) -> None:
        done = site.run("python", "-m", "pip", "--isolated", *args, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr

    def names() -> list[str]:
        listed = json.loads(site.run("autopack", "plugins", "list", "--json", cwd=tmp_path).stdout)["plugins"]
        return [row["name"] for row in listed if row["package"] == "autopack-zig" and not row["fault"]]

    package = make_plugin(site, tmp_path, "toolchain")
    pip("wheel", "--no-index", "--no-build-isolation", "--no-deps", "-w", "dist", package)
    pip("install", "--no-index", *(tmp_path / "dist").iterdir())
    assert names() == ["zig"]
    pip("uninstall", "--yes", "autopack-zig")
    assert names() == []


def find_toolchains(site: Site, make_repo: MakeRepo, name: str) -> object:
    done = site.run("autopack", "toolchains", "--json", cwd=make_repo({"build.zig": ""}, name))
    return [(row["name"], row["test"]) for row in json.loads(done.stdout)["toolchains"]]


def find_items(site: Site, make_repo: MakeRepo, name: str) -> object:
    repo = make_repo({"plan.md": "Friday\n\nzig: Write the parser\n"}, name)
    done = site.run("autopack", "plan", "plan.md", "--json", cwd=repo)
    phases = json.loads(done.stdout)["phases"]
    return [item["title"] for phase in phases for item in phase["deliverables"] if item["rule"].startswith("autopack-zig:")]


def run_plan(site: Site, repo: Path, plan: str, *options: str) -> dict[str, Any]:
    """The one phase of a run's report; how it ended is for the test to say."""
    (repo.parent / "plan.md").write_text(plan)
    done = site.run("autopack", "run", repo.parent / "plan.md", "--run-id", "r1", *options, "--json", cwd=repo)
    assert done.stdout or done.returncode == 2, done.stderr
    phase: dict[str, Any] = json.loads(done.stdout)["phases"][0] if done.stdout else {"state": "refused"}
    return phase


def find_hints(site: Site, make_repo: MakeRepo, name: str) -> object:
    plan = "- [ ] Add `notes.txt`\n\n```text:notes.txt\nzig: cannot open words.txt\n```\n"
    # A check that fails and prints the line.
    phase = run_plan(site, make_repo({"README.md": "hello\n"}, name), plan, "--check", "diff notes.txt README.md")
    return [row["message"] for row in phase["findings"]]


def find_built(site: Site, make_repo: MakeRepo, name: str) -> object:
    options = ("--builder", "zig", "--allow-weak-sandbox", "--check", "grep -q Begin notes.txt")
    phase = run_plan(site, make_repo({}, name), "- [ ] Begin `notes.txt`\n", *options)
    return phase["state"]


def find_prompt(site: Site, make_repo: MakeRepo, name: str) -> object:
    repo = make_repo({"docs/zig.md": "Errors are values here.\n"}, name)
    plan = "- [ ] Add `notes.txt`\n\n```text:notes.txt\nhello\n```\n"
    run_plan(site, repo, plan, "--check", "grep -q hello notes.txt")
    [prompt] = (repo / ".git" / "autopack" / "runs" / "r1").rglob("prompt.md")
    return "Errors are values here." in prompt.read_text()


def find_question(site: Site, make_repo: MakeRepo, name: str) -> object:
    repo = make_repo({"main.zig": "old\n", "README.md": "hello\n"}, name)
    plan = "- [ ] Delete `main.zig`\n\n```diff\n--- a/main.zig\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n```\n"
    phase = run_plan(site, repo, plan, "--check", "grep -q hello README.md")
    return phase["state"], phase["reason"]


@pytest.mark.parametrize(
    ("kind", "look", "without", "with_it"),
    [
        ("toolchain", find_toolchains, [], [("zig", [{"argv": ["zig", "test"], "cwd": ".", "env": {}}])]),
        ("plan", find_items, [], ["Write the parser"]),
        ("mitigate", find_hints, [], ["zig could not open words.txt: add it, or correct its name"]),
        ("builder", find_built, "refused", "committed"),
        ("intent", find_prompt, False, True),
        ("audit", find_question, ("committed", ""), ("blocked", "may main.zig be deleted?")),
    ],
)
def test_installing_a_new_plugin_changes_what_autopack_does(
    site: Site, make_repo: MakeRepo, tmp_path: Path, kind: str, look: Callable[..., object], without: object, with_it: object
) -> None:
    assert look(site, make_repo, "before") == without
    site.install(make_plugin(site, tmp_path, kind))
    assert look(site, make_repo, "after") == with_it
