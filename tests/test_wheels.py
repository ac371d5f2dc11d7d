"""The packages as a user gets them: built to wheels, installed outside the checkout, without an index and without a network."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from autopack.errors import NEEDS_ANSWER, PHASE_FAILED
from autopack.model.codec import from_json
from autopack.model.report import Report
from autopack.testing.fixtures import run_git, write_files

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
UV = Path(sys.executable).parent / "uv"
PLAN_AND_BUILD = ("autopack-plan-markdown", "autopack-plan-payload", "autopack-builder-payload")
NAMES = [package.removeprefix("autopack-") for package in PLAN_AND_BUILD]
needs_uv = pytest.mark.skipif(not UV.is_file(), reason="uv is not in this environment")
OURS = sorted({"autopack", *(folder.name for folder in (ROOT / "plugins").iterdir() if (folder / "pyproject.toml").is_file())})


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels: ours, built from the checkout, and everything that the host depends on.  Made once per test run."""
    # Each process of a parallel run has a base folder of its own, all in one.
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "wheelhouse"
    with (shared / "wheelhouse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            made = shared / "wheelhouse.new"
            for package in OURS:
                build_wheel(ROOT if package == "autopack" else ROOT / "plugins" / package, made)
            for name in sorted(find_dependencies("autopack")):
                pack_installed(name, made)
            made.rename(folder)
    return folder


def build_wheel(package: Path, folder: Path) -> None:
    # Not `pip wheel`: the build backend stands in the environment already, and calling it fetches nothing.
    call(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=package)


def find_dependencies(package: str) -> set[str]:
    """The names of all that an installed package needs, and what that needs."""
    found: set[str] = set()
    open_ends = [package]
    while open_ends:
        rows = [Requirement(text) for text in metadata.requires(open_ends.pop()) or ()]
        names = {row.name.lower() for row in rows if row.marker is None or row.marker.evaluate({"extra": ""})}
        open_ends += names - found
        found |= names
    return found


def pack_installed(package: str, folder: Path) -> None:
    """The wheel an installed package came from: so the versions are the locked ones, and nothing is fetched."""
    installed = metadata.distribution(package)
    tags = [line.split()[1].split("-") for line in (installed.read_text("WHEEL") or "").splitlines() if line.startswith("Tag:")]
    tag = "-".join(".".join(dict.fromkeys(part)) for part in zip(*tags, strict=True))
    name = installed.metadata["Name"].replace("-", "_").replace(".", "_")
    # Programs outside of the package are made from its entry points again; the other three say how it was installed here.
    left_out = ("INSTALLER", "REQUESTED", "RECORD")
    files = [
        file for file in installed.files or () if ".." not in file.parts and file.suffix != ".pyc" and file.name not in left_out
    ]
    info = next(file.parts[0] for file in files if file.name == "METADATA")
    with zipfile.ZipFile(folder / f"{name}-{installed.version}-{tag}.whl", "w") as wheel:
        for file in files:
            wheel.write(str(file.locate()), file.as_posix())
        wheel.writestr(f"{info}/RECORD", "".join(f"{file.as_posix()},,\n" for file in files) + f"{info}/RECORD,,\n")


def call(*argv: str | Path, cwd: Path, env: dict[str, str] | None = None, exit_code: int = 0) -> str:
    """What the program printed, if it ended as it should."""
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == exit_code, f"{argv} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


class Installed:
    """An Autopack outside the checkout, called as its user would; `env` knows nothing of the checkout's own environment."""

    def __init__(self, programs: Path, env: dict[str, str], folder: Path) -> None:
        path = [str(programs), *(one for one in env["PATH"].split(os.pathsep) if one != str(Path(sys.executable).parent))]
        self.env = {**env, "PATH": os.pathsep.join(path)}
        self.folder = folder
        self._program = programs / "autopack"

    def __call__(self, *args: str | Path, cwd: Path | None = None, exit_code: int = 0) -> str:
        return call(self._program, *args, cwd=cwd or self.folder, env=self.env, exit_code=exit_code)

    def plugins(self) -> dict[str, str | None]:
        """The fault of each plugin."""
        return {row["name"]: row["fault"] for row in json.loads(self("plugins", "list", "--json"))["plugins"]}

    def languages(self, repo: Path) -> list[str]:
        return [row["name"] for row in json.loads(self("toolchains", "--json", cwd=repo))["toolchains"]]

    def run(self, plan: Path, repo: Path, *, exit_code: int = 0) -> Report:
        text = self("run", plan, "--allow-weak-sandbox", "--json", cwd=repo, exit_code=exit_code)
        return from_json(Report, text)


@pytest.fixture
def env(autopack_env: dict[str, str], wheelhouse: Path) -> dict[str, str]:
    """No index and no settings of this machine: what is not in the wheelhouse cannot be installed."""
    kept = {name: value for name, value in autopack_env.items() if not name.startswith(("PIP_", "UV_"))}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheelhouse), "PIP_QUIET": "1"}
    uv = {"UV_NO_CONFIG": "1", "UV_OFFLINE": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(wheelhouse)}
    return {**kept, **pip, **uv, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@pytest.fixture
def greeter(tmp_path: Path) -> Path:
    """The example project as a repository of its own."""
    repo = tmp_path / "greeter"
    shutil.copytree(EXAMPLES / "projects" / "greeter", repo, ignore=shutil.ignore_patterns("__pycache__"))
    run_git(repo, "init", "--quiet", "--initial-branch=main")
    run_git(repo, "add", "--all")
    run_git(repo, "commit", "--quiet", "--message=Start")
    return repo


@pytest.mark.parametrize("package", OURS)
def test_a_wheel_holds_its_code_and_nothing_of_the_tests(package: str, wheelhouse: Path) -> None:
    files = list_wheel(wheelhouse, package)
    module = package.replace("-", "_")
    assert {name.split("/")[0].removesuffix(".py") for name in files if ".dist-info/" not in name} == {module}
    own = [name for name in files if not name.startswith("autopack/_examples/")]
    assert [name for name in own if "/tests/" in name] + [name for name in files if name.endswith(".pyc")] == []


@pytest.mark.parametrize(("folder", "packed"), [("schemas", "_schemas"), ("examples", "_examples")])
def test_the_wheel_of_the_host_holds_schemas_and_examples(folder: str, packed: str, wheelhouse: Path) -> None:
    stands = {str(path.relative_to(ROOT / folder)) for path in list_files(ROOT / folder)}
    prefix = f"autopack/{packed}/"
    assert {name.removeprefix(prefix) for name in list_wheel(wheelhouse, "autopack") if name.startswith(prefix)} == stands


@pytest.mark.slow
def test_with_pip_a_language_comes_and_goes_with_its_wheel(env: dict[str, str], greeter: Path, tmp_path: Path) -> None:
    call(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path, env=env)
    autopack = Installed(tmp_path / "venv" / "bin", env, tmp_path)
    pip = (tmp_path / "venv" / "bin" / "python", "-m", "pip")
    call(*pip, "install", "autopack", *PLAN_AND_BUILD, cwd=tmp_path, env=autopack.env)
    assert autopack.languages(greeter) == []

    call(*pip, "install", "autopack-py", cwd=tmp_path, env=autopack.env)
    check_with_python(autopack, greeter)
    autopack("demo", "--folder", tmp_path / "demo")
    assert [path.name for path in list_files(tmp_path / "demo" / "greeter")] == ["__init__.py", "core.py"]

    call(*pip, "uninstall", "--yes", "autopack-py", cwd=tmp_path, env=autopack.env)
    check_without_python(autopack, greeter)


@pytest.mark.slow
@needs_uv
def test_with_uv_a_plugin_made_from_the_template_works_beside_ours(env: dict[str, str], tmp_path: Path) -> None:
    autopack = Installed(tmp_path / "venv" / "bin", env | {"UV_CACHE_DIR": str(tmp_path / "uv")}, tmp_path)
    call(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", cwd=tmp_path, env=autopack.env)
    install = (UV, "pip", "install", "--quiet", "--python", tmp_path / "venv")
    call(*install, "autopack", "autopack-py", cwd=tmp_path, env=autopack.env)

    # The wheel of the host makes the package; only building it needs what the checkout's environment has.
    autopack("plugins", "new", "zig", "--kind", "toolchain")
    build_wheel(tmp_path / "autopack-zig", tmp_path / "dist")
    call(*install, *(tmp_path / "dist").glob("*.whl"), cwd=tmp_path, env=autopack.env)

    assert autopack.plugins() == {"py": None, "zig": None}
    write_files(tmp_path / "project", {"build.zig": ""})
    assert autopack.languages(tmp_path / "project") == ["zig"]


@pytest.mark.slow
@needs_uv
def test_with_uv_tool_a_language_comes_and_goes_with_its_wheel(env: dict[str, str], greeter: Path, tmp_path: Path) -> None:
    places = {
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_CACHE_DIR": str(tmp_path / "uv"),
    }
    install = (UV, "tool", "install", "--quiet", "--python", sys.executable, "autopack")
    plugins = [word for package in PLAN_AND_BUILD for word in ("--with", package)]
    autopack = Installed(tmp_path / "bin", env | places, tmp_path)

    call(*install, *plugins, "--with", "autopack-py", cwd=tmp_path, env=autopack.env)
    check_with_python(autopack, greeter)

    call(*install, *plugins, cwd=tmp_path, env=autopack.env)
    check_without_python(autopack, greeter)


def check_with_python(autopack: Installed, repo: Path) -> None:
    """Python is there, and a plan that it can prove becomes a commit."""
    assert autopack.plugins() == dict.fromkeys([*NAMES, "py"])
    assert autopack.languages(repo) == ["python"]
    report = autopack.run(EXAMPLES / "plans" / "chat.md", repo)
    assert [(phase.state, phase.proved_by) for phase in report.phases] == [("committed", "tests")]
    assert run_git(repo, "rev-parse", report.branch) == report.head_commit != report.base_commit


def check_without_python(autopack: Installed, repo: Path) -> None:
    """Nobody knows Python: plans are read as before, but what nobody can prove is asked for, or not committed."""
    assert autopack.plugins() == dict.fromkeys(NAMES)
    assert autopack.languages(repo) == []
    assert json.loads(autopack("plan", EXAMPLES / "plans" / "chat.md", "--json", cwd=repo))["status"] == "ready"
    report = autopack.run(EXAMPLES / "plans" / "chat.md", repo, exit_code=PHASE_FAILED)
    assert [(phase.state, check.state) for phase in report.phases for check in phase.checks] == [("failed", "unknown")]
    assert report.head_commit == report.base_commit
    (autopack.folder / "bye.md").write_text("- [ ] Say good bye in `greeter/core.py`\n")
    autopack("run", autopack.folder / "bye.md", "--allow-weak-sandbox", cwd=repo, exit_code=NEEDS_ANSWER)


def list_wheel(wheelhouse: Path, package: str) -> list[str]:
    [wheel] = wheelhouse.glob(f"{package.replace('-', '_')}-[0-9]*.whl")
    return sorted(zipfile.ZipFile(wheel).namelist())


def list_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
