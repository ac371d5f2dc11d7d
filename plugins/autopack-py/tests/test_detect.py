"""Which toolchains stand in a folder, and what they are made of."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest

from autopack.model.toolchain import Command, Toolchain

Detect = Callable[[Mapping[str, str]], tuple[Toolchain, ...]]
PIP = ("python", "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
TEST = "def test_a(): pass\n"
CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n"


def install(tool: Toolchain) -> list[tuple[str, ...]]:
    return [command.argv for command in tool.install]


def test(tool: Toolchain) -> list[tuple[str, ...]]:
    return [command.argv for command in tool.test]


test.__test__ = False  # type: ignore[attr-defined]


def test_requirements_are_installed_into_a_private_environment(detect: Detect) -> None:
    files = {"requirements.txt": "flask>=3\n", "requirements-dev.txt": "pytest\n", "app.py": "", "tests/test_app.py": TEST}
    (tool,) = detect(files)
    assert (tool.name, tool.package_manager, tool.confidence, tool.key) == ("python", "pip", 0.8, "python@.")
    assert tool.evidence == ("requirements-dev.txt", "requirements.txt", "requirements-dev.txt: declares pytest")
    assert tool.manifests == (PurePosixPath("requirements-dev.txt"), PurePosixPath("requirements.txt"))
    assert tool.prepare == (Command(argv=("python3", "-m", "venv", "{env}")),)
    assert install(tool) == [(*PIP, "-r", "requirements.txt", "-r", "requirements-dev.txt")]
    assert [command.env for command in tool.install] == [(("PIP_CACHE_DIR", "{cache}/pip"),)]
    assert test(tool) == [("python", "-m", "pytest")]
    assert tool.build == ()
    assert tool.smoke[0].argv[:5] == ("python", "-m", "compileall", "-q", "-x")
    assert tool.env == (
        ("VIRTUAL_ENV", "{env}"),
        ("PATH", "{env}/bin:{path}"),
        (
            "PYTEST_ADDOPTS",
            "--junitxml='{results}/pytest.xml' -o junit_family=xunit1 -o cache_dir='{results}/pytest-cache'",
        ),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PIP_REQUIRE_VIRTUALENV", "1"),
    )


def test_a_requirements_folder_gives_its_base_and_its_test_file(detect: Detect) -> None:
    files = {
        "requirements/base.txt": "flask\n",
        "requirements/test.txt": "-r base.txt\n-r ../more.txt\npytest-cov==5 --hash=sha256:00\n",
        "requirements/prod.txt": "gunicorn\n",
        "more.txt": "attrs\n",
        "app.py": "",
    }
    (tool,) = detect(files)
    assert install(tool) == [(*PIP, "-r", "requirements/base.txt", "-r", "requirements/test.txt")]
    assert PurePosixPath("more.txt") in tool.manifests
    assert test(tool) == [("python", "-m", "pytest")]


PYPROJECTS = {
    "extra": (
        '[project]\nname = "d"\ndependencies = ["attrs"]\n[project.optional-dependencies]\ndev = ["ruff"]\ntest = ["pytest"]\n'
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
        [("-e", ".[test]")],
    ),
    "no build system": (
        '[project]\nname = "d"\ndependencies = ["attrs>=22"]\n[project.optional-dependencies]\ntesting = ["pytest>=8"]\n',
        [("attrs>=22", "pytest>=8")],
    ),
    "groups": (
        '[dependency-groups]\ntest = ["pytest>=8"]\ndev = [{include-group = "test"}, "ruff"]\ndocs = ["sphinx"]\n',
        [("pytest>=8", "ruff")],
    ),
    "package and group": (
        '[project]\nname = "d"\ndependencies = ["attrs"]\n[dependency-groups]\ndev = ["pytest"]\n'
        '[build-system]\nrequires = ["setuptools"]\n',
        [("-e", "."), ("pytest",)],
    ),
    "scripts": (
        '[project]\nname = "d"\n[project.scripts]\nd = "d:main"\n[build-system]\nrequires = ["setuptools"]\n',
        [("-e", ".")],
    ),
    "compiled": (
        '[project]\nname = "d"\n[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n',
        [("-e", ".")],
    ),
    "nothing": ('[project]\nname = "d"\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n', []),
}


@pytest.mark.parametrize("name", PYPROJECTS)
def test_a_pyproject_decides_what_pip_installs(detect: Detect, name: str) -> None:
    text, expected = PYPROJECTS[name]
    (tool,) = detect({"pyproject.toml": text, "d.py": ""})
    assert install(tool) == [(*PIP, *words) for words in expected]
    assert bool(tool.prepare) == bool(expected)
    assert (tool.package_manager, tool.confidence) == ("pip", 0.9)


SETUPS = {
    "literal": (
        "from setuptools import setup\nsetup(install_requires=['attrs'], extras_require={'dev': ['pytest']})\n",
        "-e .[dev]",
    ),
    "computed": ("import setuptools\nsetuptools.setup(install_requires=open('r.txt').read().split())\n", "-e ."),
    "nothing": ("from setuptools import setup\nsetup(name='d', version=read())\n", ""),
    "extension": ("from setuptools import setup\nsetup(ext_modules=build())\n", "-e ."),
    "broken": ("from setuptools import setup\nsetup(\n", "-e ."),
}


@pytest.mark.parametrize("name", SETUPS)
def test_a_setup_script_is_read_and_never_run(detect: Detect, name: str) -> None:
    text, expected = SETUPS[name]
    (tool,) = detect({"setup.py": text, "d.py": ""})
    assert [" ".join(argv[len(PIP) :]) for argv in install(tool)] == ([expected] if expected else [])


def test_setup_cfg_extras_count(detect: Detect) -> None:
    files = {
        "setup.py": "from setuptools import setup\nsetup()\n",
        "setup.cfg": "[options]\ninstall_requires =\n  attrs\n[options.extras_require]\ntests =\n  pytest\n",
        "d.py": "",
    }
    (tool,) = detect(files)
    assert install(tool) == [(*PIP, "-e", ".[tests]")]


def test_a_uv_lock_beats_requirements_and_names_groups_and_extras(detect: Detect) -> None:
    files = {
        "pyproject.toml": '[project.optional-dependencies]\ntest = ["pytest"]\n[dependency-groups]\ntests = []\ndev = []\n',
        "uv.lock": "",
        "requirements.txt": "# exported by uv\nattrs\n",
        "test_d.py": TEST,
    }
    (tool,) = detect(files)
    assert (tool.package_manager, tool.confidence, tool.prepare) == ("uv", 0.95, ())
    assert install(tool) == [("uv", "sync", "--locked", "--extra", "test", "--group", "tests")]
    assert test(tool) == [("uv", "run", "--locked", "python", "-m", "pytest")]
    assert tool.smoke[0].argv[:5] == ("uv", "run", "--locked", "python", "-m")
    assert ("UV_PROJECT_ENVIRONMENT", "{env}") in tool.env


def test_a_uv_workspace_is_one_toolchain(detect: Detect) -> None:
    member = '[project]\nname = "m"\n'
    files = {
        "pyproject.toml": '[project]\nname = "d"\n[tool.uv.workspace]\nmembers = ["packages/*"]\n',
        "uv.lock": "",
        "packages/a/pyproject.toml": member,
        "packages/a/a.py": "",
        "other/pyproject.toml": member,
        "other/o.py": "",
    }
    tools = detect(files)
    assert [str(tool.root) for tool in tools] == [".", "other"]
    assert install(tools[0]) == [("uv", "sync", "--locked", "--all-packages")]


MANAGERS = {
    "uv without a lock": (
        {"pyproject.toml": "[project]\nname='d'\n[tool.uv]\ndev-dependencies=['pytest']\n"},
        "uv",
        "uv sync",
        "uv run",
    ),
    "poetry": (
        {"pyproject.toml": "[tool.poetry]\nname='d'\n[tool.poetry.group.dev.dependencies]\npytest='^8'\n", "poetry.lock": ""},
        "poetry",
        "poetry install -n",
        "poetry run",
    ),
    "poetry backend with a uv lock": (
        {
            "pyproject.toml": "[project]\nname='d'\n[build-system]\nbuild-backend='poetry.core.masonry.api'\n",
            "uv.lock": "",
        },
        "uv",
        "uv sync --locked",
        "uv run --locked",
    ),
    "pdm": ({"pyproject.toml": "[project]\nname='d'\n", "pdm.lock": ""}, "pdm", "pdm sync -d", "pdm run"),
    "pdm backend only": ({"pyproject.toml": "[project]\nname='d'\n[tool.pdm.build]\nx=1\n"}, "pip", "", ""),
    "pipenv": ({"Pipfile": "[dev-packages]\npytest='*'\n", "Pipfile.lock": ""}, "pipenv", "pipenv sync --dev", "pipenv run"),
    "conda": (
        {"environment.yml": "name: d\ndependencies:\n  - python=3.12\n  - pytest\n"},
        "conda",
        "conda env create -p {env} -f environment.yml",
        "conda run -p {env}",
    ),
    "hatch": (
        {"pyproject.toml": "[project]\nname='d'\n[tool.hatch.envs.default]\ndependencies=['pytest']\n"},
        "hatch",
        "",
        "hatch run",
    ),
}


@pytest.mark.parametrize("name", MANAGERS)
def test_the_manager_follows_the_lock_then_the_table(detect: Detect, name: str) -> None:
    files, manager, command, prefix = MANAGERS[name]
    (tool,) = detect({**files, "d.py": "", "conftest.py": ""})
    python = "python" if prefix or shutil.which("python") else "python3"
    assert tool.package_manager == manager
    assert [" ".join(argv) for argv in install(tool)] == ([command] if command else [])
    assert test(tool) == [(*prefix.split(), python, "-m", "pytest")]


def workflow(*lines: str) -> dict[str, str]:
    steps = "".join(f"      - run: {line}\n" for line in lines)
    return {".github/workflows/ci.yml": f"on: [push]\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"}


def test_of_several_locks_the_one_that_workflows_use_decides(detect: Detect) -> None:
    manifest = "[tool.poetry]\nname='d'\n[tool.poetry.group.dev.dependencies]\npytest='^8'\n"
    locks = {"pyproject.toml": manifest, "uv.lock": "", "poetry.lock": "", "app.py": "", "test_a.py": TEST}
    # Without a word, or with two, the surer lock it is.
    assert [detect(locks | more)[0].package_manager for more in ({}, workflow("poetry install", "uv sync"))] == ["uv", "uv"]
    (tool,) = detect(locks | workflow("poetry install", "poetry run pytest"))
    assert (tool.package_manager, test(tool)) == ("poetry", [("poetry", "run", "python", "-m", "pytest")])
    assert ".github/workflows/ci.yml:6: names poetry" in tool.evidence


def test_uv_stands_in_for_pip_where_workflows_install_so(detect: Detect) -> None:
    manifest = '[project]\nname = "up"\nversion = "0"\n[project.optional-dependencies]\ntest = ["pytest"]\n'
    files = {"pyproject.toml": manifest, "src/up/__init__.py": "", "tests/test_up.py": TEST}
    (tool,) = detect(files | workflow("uv pip install --system -e '.[test]'", "pytest"))
    assert (tool.package_manager, install(tool), test(tool)) == (
        "uv",
        [("uv", "pip", "install", "pytest")],
        [("python", "-m", "pytest")],
    )
    assert [command.env for command in tool.install] == [(("UV_CACHE_DIR", "{cache}/uv"),)]
    # A lock still says more.
    assert install(detect(files | {"uv.lock": ""} | workflow("uv pip install ."))[0]) == [
        ("uv", "sync", "--locked", "--extra", "test")
    ]


@pytest.mark.parametrize(
    ("step", "extra"),
    [
        ("uv sync --extra docs --extra qa", ("--extra", "qa")),
        ("pip install -e '.[docs,qa]'", ("--extra", "qa")),
        ("poetry install --extras=docs", ("--extra", "docs")),
        ("uv sync --extra gone", ()),
        ("pip install 'other[qa]'", ()),
    ],
)
def test_an_extra_whose_name_says_nothing_is_known_from_workflows(detect: Detect, step: str, extra: tuple[str, ...]) -> None:
    manifest = '[project]\nname = "a"\nversion = "0"\n[project.optional-dependencies]\nqa = ["pytest"]\ndocs = ["sphinx"]\n'
    (tool,) = detect({"pyproject.toml": manifest, "uv.lock": "", "a.py": "", "test_a.py": TEST} | workflow(step))
    assert install(tool) == [("uv", "sync", "--locked", *extra)]


@pytest.mark.parametrize(
    ("steps", "chosen"),
    [
        (("pytest -q -m 'not slow'",), ("-m", "not slow")),
        (("python -m pytest -m 'not slow'", "pytest -m 'not slow' --cov"), ("-m", "not slow")),
        (("pytest -m 'not slow'", "pytest -m slow"), ()),
        (("pytest", "pytest -m 'slow'"), ()),
        (("other -m 'slow'", "pytest"), ()),
    ],
)
def test_the_tests_that_every_run_in_workflows_chooses_are_run(
    detect: Detect, steps: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    (tool,) = detect({"requirements.txt": "pytest\n", "a.py": "", "test_a.py": TEST} | workflow(*steps))
    assert test(tool) == [("python", "-m", "pytest", *chosen)]


def test_poetry_does_not_install_a_root_that_has_no_package(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": "[tool.poetry]\nname='demo-app'\n", "main.py": ""})
    assert install(tool) == [("poetry", "install", "-n", "--no-root")]


def test_hatch_runs_its_own_tests(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": "[project]\nname='d'\n[tool.hatch.envs.hatch-test]\nparallel=true\n", "d.py": ""})
    assert test(tool) == [("hatch", "test")]


RUNNERS = {
    "pytest.ini": ({"pytest.ini": "", "main.py": ""}, ["-m pytest"]),
    "pyproject settings": ({"pyproject.toml": "[tool.pytest.ini_options]\n", "main.py": ""}, ["-m pytest"]),
    "setup.cfg settings": ({"setup.cfg": "[tool:pytest]\n", "main.py": ""}, ["-m pytest"]),
    "tox.ini settings": ({"tox.ini": "[pytest]\n", "main.py": ""}, ["-m pytest"]),
    "conftest": ({"tests/conftest.py": "", "main.py": ""}, ["-m pytest"]),
    "import": ({"tests/test_a.py": "import os, pytest\n"}, ["-m pytest"]),
    "plain functions": ({"tests/test_a.py": "from unittest.mock import Mock\n\ndef test_a(): pass\n"}, ["-m pytest"]),
    "plain class": ({"tests/test_a.py": "class TestA:\n    def test_a(self): pass\n"}, ["-m pytest"]),
    "unittest": ({"tests/test_a.py": CASE}, ["-m unittest discover -v -s tests"]),
    "unittest package": ({"tests/test_a.py": CASE, "tests/__init__.py": ""}, ["-m unittest discover -v -s tests -t ."]),
    "unittest and plain": ({"tests/test_a.py": CASE, "tests/test_b.py": TEST}, ["-m pytest"]),
    "django": (
        {"manage.py": "import django\n", "shop/tests.py": "from django.test import TestCase\n", "shop/__init__.py": ""},
        ["manage.py test"],
    ),
    "fixtures are no tests": ({"main.py": "", "tests/fixtures/test_a.py": TEST, "examples/conftest.py": ""}, []),
    "nothing": ({"main.py": ""}, []),
}


@pytest.mark.parametrize("name", RUNNERS)
def test_the_runner_follows_from_settings_declarations_and_imports(detect: Detect, name: str) -> None:
    files, expected = RUNNERS[name]
    (tool,) = detect(files)
    assert [" ".join(argv[1:]) for argv in test(tool)] == expected


def test_django_runs_where_manage_py_stands(detect: Detect) -> None:
    files = {
        "requirements.txt": "django\n",
        "site/manage.py": "import django\n",
        "site/shop/tests.py": "from django.test import TestCase\n",
    }
    (tool,) = detect(files)
    assert tool.test == (Command(argv=("python", "manage.py", "test"), cwd=PurePosixPath("site")),)


def test_a_declared_pytest_beats_unittest_imports(detect: Detect) -> None:
    (tool,) = detect({"requirements-test.txt": "pytest-cov\n", "tests/test_a.py": CASE})
    assert test(tool) == [("python", "-m", "pytest")]


def test_a_project_that_declares_nothing_runs_with_the_machines_python(detect: Detect) -> None:
    (tool,) = detect({"test_a.py": TEST, "requirements.txt": "# none yet\n"})
    python = "python" if shutil.which("python") else "python3"
    assert (tool.prepare, tool.install, test(tool)) == ((), (), [(python, "-m", "pytest")])
    assert tool.evidence[-1] == f"nothing to install: runs with the machine's `{python}`"


def test_a_project_that_needs_nothing_but_unittest_gets_an_empty_environment(detect: Detect) -> None:
    (tool,) = detect({"tests/test_a.py": CASE})
    assert tool.prepare == (Command(argv=("python3", "-m", "venv", "--without-pip", "{env}")),)
    assert test(tool) == [("python", "-m", "unittest", "discover", "-v", "-s", "tests")]
    assert dict(tool.env)["PATH"] == "{env}/bin:{path}"


def test_an_environment_without_a_declared_pytest_sees_the_machines(detect: Detect) -> None:
    (tool,) = detect({"requirements.txt": "attrs\n", "test_a.py": TEST})
    assert tool.prepare == (Command(argv=("python3", "-m", "venv", "--system-site-packages", "{env}")),)
    assert tool.evidence[-2:] == ("test_a.py: plain test functions", "pytest is not declared: the machine's is used")


def test_roots_stay_apart_and_the_repositorys_own_comes_first(detect: Detect) -> None:
    files = {
        "requirements.txt": "attrs\n",
        "app.py": "",
        "services/api/pyproject.toml": "[project]\nname='api'\ndependencies=['attrs']\n",
        "services/api/uv.lock": "",
        "services/api/test_api.py": TEST,
        "docs/requirements.txt": "sphinx\n",
        "examples/demo/pyproject.toml": "[project]\nname='demo'\n",
        "tests/fixtures/p/setup.py": "import setuptools\n",
        "lib/setup.py": "def setup(): pass\n",
    }
    tools = detect(files)
    assert [(str(tool.root), tool.package_manager, tool.confidence) for tool in tools] == [
        (".", "pip", 0.8),
        ("services/api", "uv", 0.75),
    ]
    assert tools[0].test == ()
    assert tools[1].test == (
        Command(argv=("uv", "run", "--locked", "python", "-m", "pytest"), cwd=PurePosixPath("services/api")),
    )


def test_a_sub_folder_alone_keeps_its_confidence(detect: Detect) -> None:
    (tool,) = detect({"package.json": "{}", "backend/requirements.txt": "flask\n", "backend/app.py": ""})
    assert (str(tool.root), tool.confidence) == ("backend", 0.8)
    assert tool.prepare == (Command(argv=("python3", "-m", "venv", "{env}"), cwd=PurePosixPath("backend")),)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"package.json": "{}", "scripts/release.py": "print()\n"},
        {"package.json": "{}", "pyproject.toml": "[tool.ruff]\nline-length = 100\n", "scripts/x.py": ""},
        {"main.go": "", "testdata/a/requirements.txt": "x\n", ".github/x.py": ""},
        {"setup.cfg": "[flake8]\nmax-line-length = 100\n"},
    ],
)
def test_stray_python_is_no_project(detect: Detect, files: dict[str, str]) -> None:
    assert detect(files) == ()


def test_a_manifest_without_code_is_only_a_hint(detect: Detect) -> None:
    (tool,) = detect({"package.json": "{}", "requirements.txt": "mkdocs\n"})
    assert (tool.confidence, tool.test, tool.smoke) == (0.4, (), ())


def test_an_empty_pyproject_is_reported(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": "# later\n", "d.py": ""})
    assert (tool.package_manager, tool.confidence, "pyproject.toml: is empty" in tool.evidence) == ("pip", 0.8, True)


def test_a_broken_pyproject_is_reported_and_the_lock_still_counts(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": "[project\n", "uv.lock": "", "d.py": ""})
    assert (tool.package_manager, "pyproject.toml: cannot be read as TOML" in tool.evidence) == ("uv", True)


@pytest.mark.parametrize(
    "text",
    [
        "project = 1\ntool = 2\n",
        "[project]\ndependencies = 'x'\noptional-dependencies = 3\ndynamic = 4\nscripts = 5\n[tool]\nuv = 1\npoetry = []\n",
        "[dependency-groups]\ndev = [{include-group = 'dev'}, 3, {include-group = 4}]\n[build-system]\nbuild-backend = 3\n",
        "[tool.uv.workspace]\nmembers = 'x'\n[tool.hatch]\nenvs = 'x'\n[tool.pdm]\ndev-dependencies = 1\n",
        "[tool.poetry]\nname = 3\ngroup = {dev = 3}\n[tool.uv]\ndefault-groups = 3\n[dependency-groups]\ndev = []\n",
    ],
)
def test_a_manifest_of_the_wrong_shape_costs_no_detection(detect: Detect, text: str) -> None:
    assert [tool.name for tool in detect({"pyproject.toml": text, "test_a.py": TEST})] == ["python"]


def test_a_requirement_that_would_be_an_option_is_not_passed_on(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": "[dependency-groups]\ndev = ['--index-url=http://x', 'pytest']\n", "d.py": ""})
    assert install(tool) == [(*PIP, "pytest")]


def test_dependencies_are_what_every_manifest_declares(detect: Detect) -> None:
    files = {
        "pyproject.toml": (
            '[project]\nname = "d"\ndependencies = ["httpx>=0.27", "attrs"]\n[project.optional-dependencies]\nfast = ["orjson"]\n'
            '[dependency-groups]\ndev = ["pytest>=8"]\n'
        ),
        "requirements.txt": "attrs\nrich==13.7  # pretty\n-r more.txt\n",
        "more.txt": "pyyaml\n",
        "setup.cfg": "[options]\ninstall_requires =\n    click>=8\n",
        "app.py": "",
    }
    (tool,) = detect(files)
    assert tool.dependencies == ("attrs", "click>=8", "httpx>=0.27", "orjson", "pytest>=8", "pyyaml", "rich==13.7")


def test_a_dependency_in_the_language_of_another_tool_is_known_by_its_name(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\nHttpx = "^0.27"\n', "app.py": ""})
    assert tool.dependencies == ("httpx", 'tool.poetry.dependencies: {"Httpx": "^0.27", "python": "^3.11"}')


def test_where_an_install_looks_what_it_locks_and_what_it_runs_is_declared_too(detect: Detect) -> None:
    files = {
        "pyproject.toml": (
            '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "d"\n[tool.uv.sources]\nx = {git = "https://example.org/x"}\n'
        ),
        "requirements.txt": "--extra-index-url https://example.org/simple\nattrs\n",
        "setup.py": "import setuptools\n",
        "uv.lock": "version = 1\n",
        "app.py": "",
    }
    (tool,) = detect(files)
    assert tool.dependencies == (
        "--extra-index-url https://example.org/simple",
        "attrs",
        'build-system: {"requires": ["hatchling"]}',
        "setup.py d04908437637",
        'tool.uv.sources: {"x": {"git": "https://example.org/x"}}',
        "uv.lock dbab12665d98",
    )
    (later,) = detect(files | {"uv.lock": "version = 2\n"})
    assert set(later.dependencies) - set(tool.dependencies) == {row for row in later.dependencies if row.startswith("uv.lock ")}


def test_every_toolchain_says_what_takes_a_test_out_of_the_count(detect: Detect) -> None:
    (tool,) = detect({"tests/test_a.py": TEST})
    assert tool.dependencies == ()
    assert any(re.search(marker, "@pytest.mark.skip") for marker in tool.test_markers)
