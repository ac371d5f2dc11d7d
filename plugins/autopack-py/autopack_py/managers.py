"""Which program installs a project, and the commands and variables that keep it in a private environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autopack.model.toolchain import Command
from autopack_py.manifests import LOCKS, Project, table

VENV = (("VIRTUAL_ENV", "{env}"), ("PATH", "{env}/bin:{path}"))
BARE_VENV = ("python3", "-m", "venv", "--without-pip", "{env}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """`prefix` stands before `python` in every command; `installed` says whether the project itself is importable then.

    `cache` is set for installs alone: nothing else may write the cache, and uv does not even start without writing to it.
    """

    name: str
    prepare: tuple[tuple[str, ...], ...] = ()
    install: tuple[tuple[str, ...], ...] = ()
    prefix: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    cache: tuple[tuple[str, str], ...] = ()
    installed: bool = False

    def commands(self, project: Project) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
        """Prepare and install as commands in the project's root."""
        prepare = tuple(Command(argv=argv, cwd=project.root) for argv in self.prepare)
        return prepare, tuple(Command(argv=argv, cwd=project.root, env=self.cache) for argv in self.install)


def choose_manager(project: Project, named: str = "") -> Manager:
    """The first rule that fits: a lock names its tool, then a tool's table, then plain requirements, then nothing to install.

    The build backend never decides: poetry-core with a uv.lock is a uv project.  What the workflows use (`named`) decides
    between several locks, and whether uv stands in for pip.
    """
    make = next(make for fits, make in _RULES if fits(project))
    if make is _pip and named == "uv":
        make = _uv_pip
    elif any(project.has(lock) for lock, manager in LOCKS.items() if manager == named):
        make = _BY_LOCK[named]
    return make(project)


def _is_poetry(project: Project) -> bool:
    if project.has("poetry.lock"):
        return True
    backend = str(table(project.pyproject, "build-system").get("build-backend", ""))
    other = project.has("setup.py") and not backend.startswith("poetry")
    return bool(project.tool("poetry")) and not project.has("pdm.lock", "Pipfile.lock") and not other


def _is_pdm(project: Project) -> bool:
    # The tables `build` and `version` belong to its build backend, which other managers use too.
    return project.has("pdm.lock") or bool(set(project.tool("pdm")) - {"build", "version"})


def _uv(project: Project) -> Manager:
    locked = ("--locked",) if project.has("uv.lock") else ()
    choice: tuple[str, ...] = ("--all-packages",) if project.tool("uv").get("workspace") else ()
    if project.test_extra:
        choice += ("--extra", project.test_extra)
    # uv brings the group `dev` unasked, unless the project names other default groups.
    defaults = project.tool("uv").get("default-groups", ["dev"])
    for group in project.test_groups:
        if defaults != "all" and isinstance(defaults, list) and group not in defaults:
            choice += ("--group", group)
    package = project.is_package and project.tool("uv").get("package", True)
    return Manager(
        name="uv",
        install=(("uv", "sync", *locked, *choice),),
        prefix=("uv", "run", *locked),
        env=(*VENV, ("UV_PROJECT_ENVIRONMENT", "{env}"), ("UV_NO_PROGRESS", "1")),
        cache=(("UV_CACHE_DIR", "{cache}/uv"),),
        installed=bool(package),
    )


def _poetry(project: Project) -> Manager:
    name = str(project.tool("poetry").get("name") or table(project.pyproject, "project").get("name") or "").replace("-", "_")
    # Without the package's folder an install of the root fails: "No file/folder found for package".
    has_package = name in project.modules and project.tool("poetry").get("package-mode", True) is True
    extra = ("--extras", project.test_extra) if project.test_extra else ()
    root = () if has_package else ("--no-root",)
    return _in_venv("poetry", ("poetry", "install", "-n", *extra, *root), installed=has_package)


def _pdm(project: Project) -> Manager:
    install = ("pdm", "sync", "-d") if project.has("pdm.lock") else ("pdm", "install")
    return _in_venv("pdm", install, installed=project.is_package)


def _pipenv(project: Project) -> Manager:
    return _in_venv("pipenv", ("pipenv", "sync" if project.has("Pipfile.lock") else "install", "--dev"), installed=False)


def _in_venv(name: str, install: tuple[str, ...], *, installed: bool) -> Manager:
    """A manager that uses the environment that is active."""
    return Manager(
        name=name,
        prepare=(("python3", "-m", "venv", "{env}"),),
        install=(install,),
        prefix=(name, "run"),
        env=VENV,
        cache=((f"{name.upper()}_CACHE_DIR", f"{{cache}}/{name}"),),
        installed=installed,
    )


def _conda(project: Project) -> Manager:
    file = "environment.yml" if project.has("environment.yml") else "environment.yaml"
    return Manager(
        name="conda",
        install=(("conda", "env", "create", "-p", "{env}", "-f", file),),
        prefix=("conda", "run", "-p", "{env}"),
        env=(("PATH", "{env}/bin:{path}"),),
    )


def _hatch(project: Project) -> Manager:
    # Hatch makes its environments when they are first used.
    return Manager(name="hatch", prefix=("hatch", "run"), env=(("HATCH_DATA_DIR", "{env}"),), installed=project.is_package)


def _pip(project: Project) -> Manager:
    pip = ("python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
    wanted, editable = _list_wanted(project)
    if not wanted:
        return Manager(name="pip")
    return Manager(
        name="pip",
        prepare=(("python3", "-m", "venv", "{env}"),),
        install=tuple((*pip, *words) for words in wanted),
        env=VENV,
        cache=(("PIP_CACHE_DIR", "{cache}/pip"),),
        installed=editable,
    )


def _uv_pip(project: Project) -> Manager:
    """Without a lock, uv installs what pip would."""
    wanted, editable = _list_wanted(project)
    if not wanted:
        return Manager(name="uv")
    return Manager(
        name="uv",
        prepare=(BARE_VENV,),
        install=tuple(("uv", "pip", "install", *words) for words in wanted),
        env=(*VENV, ("UV_NO_PROGRESS", "1")),
        cache=(("UV_CACHE_DIR", "{cache}/uv"),),
        installed=editable,
    )


def _list_wanted(project: Project) -> tuple[list[tuple[str, ...]], bool]:
    """The words after `pip install` of each call, and whether one of them installs the project itself."""
    install: list[tuple[str, ...]] = []
    if project.default_files:
        names = [str(path.relative_to(project.root)) for path in project.default_files]
        install.append(tuple(word for name in names for word in ("-r", name)))
    extra = project.test_extra
    declared = project.of("main", f"extra {extra}")
    editable = project.is_package and bool(declared or project.needs_build)
    if editable:
        install.append(("-e", f".[{extra}]" if extra else "."))
    # Groups are spelt out, since `pip install --group` needs pip 25.1 and a new environment holds the interpreter's own.
    # What is no package cannot be installed by its extras either.
    loose = (*(() if editable else declared), *project.of(*(f"group {group}" for group in project.test_groups)))
    words = tuple(dict.fromkeys(row.text for row in loose if row.text))
    if words:
        install.append(words)
    return install, editable


_BY_LOCK = {"uv": _uv, "poetry": _poetry, "pdm": _pdm, "pipenv": _pipenv}
_RULES: tuple[tuple[Callable[[Project], bool], Callable[[Project], Manager]], ...] = (
    (lambda project: project.has("uv.lock"), _uv),
    (_is_poetry, _poetry),
    (_is_pdm, _pdm),
    (lambda project: project.has("Pipfile", "Pipfile.lock"), _pipenv),
    (lambda project: "uv" in table(project.pyproject, "tool"), _uv),
    (lambda project: project.has("environment.yml", "environment.yaml"), _conda),
    (lambda project: bool(project.tool("hatch").get("envs")), _hatch),
    (lambda project: True, _pip),
)
