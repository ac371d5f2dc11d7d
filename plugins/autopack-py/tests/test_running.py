"""Detected test and smoke commands, really run, and what is read from them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_py import read_result

from autopack.effects.scan import FileWorkspace
from autopack.model.toolchain import CommandResult, FailedTest, TestReport, Toolchain

RunTests = Callable[[Mapping[str, str]], list[TestReport | None]]
CASE = "import unittest\n\n\nclass {name}(unittest.TestCase):\n    def test_it(self):\n        {body}\n"


def case(body: str = "pass", name: str = "Case") -> str:
    return CASE.format(name=name, body=body)


def test_pytest_ids_are_node_ids_with_classes_parameters_and_folders(run_tests: RunTests) -> None:
    files = {
        "tests/unit/test_a.py": (
            "import pytest\n"
            "@pytest.mark.parametrize('x', ['1', 'a - b::c'])\n"
            "def test_p(x): assert x == '1'\n"
            "class TestA:\n"
            "    class TestInner:\n"
            "        def test_b(self): pass\n"
            "@pytest.mark.skip(reason='not now')\n"
            "def test_s(): pass\n"
            "@pytest.mark.xfail\n"
            "def test_x(): assert 0\n"
            "def test_f(nope): pass\n"
            "@pytest.fixture\n"
            "def late():\n"
            "    yield\n"
            "    raise RuntimeError('on teardown')\n"
            "def test_t(late): pass\n"
        ),
    }
    assert run_tests(files) == [
        TestReport(
            runner="pytest",
            ran=5,
            passed=("tests/unit/test_a.py::test_p[1]", "tests/unit/test_a.py::TestA::TestInner::test_b"),
            failed=(
                FailedTest(id="tests/unit/test_a.py::test_p[a - b::c]", message="AssertionError: assert 'a - b::c' == '1'"),
                FailedTest(id="tests/unit/test_a.py::test_f", message="fixture 'nope' not found"),
                FailedTest(id="tests/unit/test_a.py::test_t", message="RuntimeError: on teardown"),
            ),
            skipped=("tests/unit/test_a.py::test_s", "tests/unit/test_a.py::test_x"),
        )
    ]


def test_a_file_that_pytest_cannot_collect_has_failed_but_not_run(run_tests: RunTests) -> None:
    files = {"test_a.py": "import nowhere_to_be_found\n\ndef test_a(): pass\n", "test_b.py": "def test_b(:\n", "conftest.py": ""}
    assert run_tests(files) == [
        TestReport(
            runner="pytest",
            ran=0,
            failed=(
                FailedTest(id="test_a.py", message="ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
                FailedTest(id="test_b.py", message="SyntaxError: invalid syntax"),
            ),
        )
    ]


def test_pytest_without_tests_ran_none(run_tests: RunTests) -> None:
    assert run_tests({"pytest.ini": "[pytest]\n", "main.py": ""}) == [TestReport(runner="pytest", ran=0)]


def test_a_src_layout_is_tested_without_an_install(run_tests: RunTests) -> None:
    files = {"src/demo/__init__.py": "N = 1\n", "tests/test_demo.py": "import demo\n\ndef test_n(): assert demo.N == 1\n"}
    assert run_tests(files) == [TestReport(runner="pytest", ran=1, passed=("tests/test_demo.py::test_n",))]


def test_an_inherited_test_has_the_id_of_the_class_that_runs_it(run_tests: RunTests) -> None:
    files = {
        "tests/__init__.py": "",
        "tests/base.py": "class Base:\n    def test_it(self): pass\n",
        "tests/test_a.py": "from tests.base import Base\n\n\nclass TestChild(Base): pass\n\n\ndef test_other(): pass\n",
        "pytest.ini": "[pytest]\n",
    }
    expected = ("tests/test_a.py::TestChild::test_it", "tests/test_a.py::test_other")
    assert run_tests(files) == [TestReport(runner="pytest", ran=2, passed=expected)]


def test_pytest_leaves_nothing_in_the_tree(run_tests: RunTests, tmp_path: Path) -> None:
    run_tests({"test_a.py": "def test_a(): assert 0\n"})
    assert [path.name for path in (tmp_path / "workspace").iterdir()] == ["test_a.py"]


@pytest.mark.parametrize("package", [True, False])
def test_unittest_finds_a_tests_folder_whether_it_is_a_package_or_not(run_tests: RunTests, package: bool) -> None:
    files = {"app.py": "X = 1\n", "tests/test_app.py": "import app\n" + case("self.assertEqual(app.X, 1)")}
    if package:
        files["tests/__init__.py"] = ""
    module = "tests.test_app" if package else "test_app"
    assert run_tests(files) == [TestReport(runner="unittest", ran=1, passed=(f"{module}.Case.test_it",))]


def test_unittest_finds_every_layout_in_one_project(run_tests: RunTests) -> None:
    files = {
        "test_top.py": case(),
        "app/__init__.py": "",
        "app/tests/__init__.py": "",
        "app/tests/test_inner.py": case(),
        "checks/one_test.py": case(),
        "checks/deep/test_deep.py": case(),
        "src/lib/__init__.py": "",
        "src/lib/test_lib.py": case(),
    }
    reports = run_tests(files)
    assert sorted(name for report in reports if report for name in report.passed) == [
        "app.tests.test_inner.Case.test_it",
        "lib.test_lib.Case.test_it",
        "one_test.Case.test_it",
        "test_deep.Case.test_it",
        "test_top.Case.test_it",
    ]


def test_unittest_outcomes_are_told_apart(run_tests: RunTests) -> None:
    body = (
        "import sys, unittest\n"
        "class T(unittest.TestCase):\n"
        "    def test_doc(self):\n"
        "        '''A line of text.'''\n"
        "    def test_prints(self):\n"
        "        sys.stderr.write('in between\\n')\n"
        "    def test_fails(self): self.assertEqual('a', 'b')\n"
        "    def test_raises(self):\n"
        "        try: 1 / 0\n"
        "        except ZeroDivisionError: raise RuntimeError('second')\n"
        "    @unittest.skip('why')\n"
        "    def test_skipped(self): pass\n"
        "    @unittest.expectedFailure\n"
        "    def test_known(self): self.fail()\n"
        "    @unittest.expectedFailure\n"
        "    def test_better(self): pass\n"
        "    def test_parts(self):\n"
        "        for i in range(2):\n"
        "            with self.subTest(i=i): self.assertEqual(i, 0)\n"
    )
    report = run_tests({"test_a.py": body, "test_b.py": "import nowhere_to_be_found\n"})[0]
    assert report is not None
    assert report.ran == 7
    assert sorted(report.passed) == ["test_a.T.test_doc", "test_a.T.test_prints"]
    assert {test.id: test.message for test in report.failed} == {
        "test_a.T.test_fails": "AssertionError: 'a' != 'b'",
        "test_a.T.test_raises": "RuntimeError: second",
        "test_a.T.test_parts": "AssertionError: 1 != 0",
        "test_a.T.test_better": "unexpected success",
        "test_b": "ModuleNotFoundError: No module named 'nowhere_to_be_found'",
    }
    assert sorted(report.skipped) == ["test_a.T.test_known", "test_a.T.test_skipped"]


def test_the_smoke_check_finds_a_syntax_error_and_writes_nothing(
    detect: Callable[[Mapping[str, str]], tuple[Toolchain, ...]], run_command: Callable[..., CommandResult], tmp_path: Path
) -> None:
    files = {"main.py": "x = 1\n", "tests/data/broken.py": "def (\n"}
    toolchain = detect(files)[0]
    assert run_command(toolchain.smoke[0], toolchain).exit_code == 0
    (tmp_path / "workspace" / "main.py").write_text("def (\n")
    result = run_command(toolchain.smoke[0], toolchain)
    assert (result.exit_code, "SyntaxError" in result.output) == (1, True)
    assert sorted(path.name for path in (tmp_path / "workspace").rglob("*")) == ["broken.py", "data", "main.py", "tests"]


def test_a_command_that_runs_no_tests_has_no_report(
    detect: Callable[[Mapping[str, str]], tuple[Toolchain, ...]], run_command: Callable[..., CommandResult]
) -> None:
    toolchain = detect({"main.py": ""})[0]
    assert read_result(result=run_command(toolchain.smoke[0], toolchain)) is None


@pytest.mark.network
def test_a_declared_package_is_installed_into_a_private_environment(
    make_workspace: Callable[..., FileWorkspace],
    detect: Callable[[Mapping[str, str]], tuple[Toolchain, ...]],
    run_command: Callable[..., CommandResult],
    tmp_path: Path,
) -> None:
    toolchain = detect(
        {"requirements.txt": "iniconfig>=2\n", "tests/test_a.py": "import iniconfig\n" + case("assert iniconfig.__file__")}
    )[0]
    for command in (*toolchain.prepare, *toolchain.install):
        done = run_command(command, toolchain)
        assert done.exit_code == 0, done.output
    report = read_result(result=run_command(toolchain.test[0], toolchain))
    assert report == TestReport(runner="unittest", ran=1, passed=("test_a.Case.test_it",))
    assert list((tmp_path / "private" / "env").glob("lib/python3*/site-packages/iniconfig"))
    assert sorted(path.name for path in (tmp_path / "workspace").iterdir()) == ["requirements.txt", "tests"]


@pytest.mark.network
def test_uv_syncs_from_the_lock_and_runs_the_tests(
    detect: Callable[[Mapping[str, str]], tuple[Toolchain, ...]], run_command: Callable[..., CommandResult], tmp_path: Path
) -> None:
    if shutil.which("uv") is None:
        pytest.skip("needs uv")
    files = {
        "pyproject.toml": (
            '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["iniconfig"]\n[tool.uv]\n'
        ),
        "tests/test_a.py": "import iniconfig\n" + case("assert iniconfig.__file__"),
    }
    unlocked = detect(files)[0]
    assert run_command(unlocked.install[0], unlocked).exit_code == 0  # writes the lock
    locked = detect({})[0]
    assert locked.install[0].argv == ("uv", "sync", "--locked")
    done = run_command(locked.install[0], locked)
    assert done.exit_code == 0, done.output
    report = read_result(result=run_command(locked.test[0], locked))
    assert report == TestReport(runner="unittest", ran=1, passed=("test_a.Case.test_it",))
    assert not (tmp_path / "workspace" / ".venv").exists()
