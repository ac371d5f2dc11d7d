"""Detected commands, really run in the sandbox, and what is read from them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from autopack_go import read_result

from autopack.model.toolchain import Command, CommandResult, FailedTest, TestReport, Toolchain

Detect = Callable[[Mapping[str, str]], tuple[Toolchain, ...]]
RunCommand = Callable[..., CommandResult]

pytestmark = pytest.mark.usefixtures("go")

CODE = "package app\n\nfunc Add(x, y int) int { return x + y }\n"
TEST = (
    'package app\n\nimport "testing"\n\nfunc TestAdd(t *testing.T) {\n\tif got := Add(1, 2); got != 3 {\n'
    '\t\tt.Errorf("got %d, want 3", got)\n\t}\n}\n'
)
FILES = {"go.mod": "module example.com/app\n\ngo 1.21\n", "app.go": CODE, "app_test.go": TEST}
PLAN = """# Multiply

- [ ] Add `Mul` in `mul.go`
- [ ] Test it in `mul_test.go`

```go:mul.go
package app

// Mul multiplies.
func Mul(x, y int) int { return x %s y }
```

```go:mul_test.go
package app

import "testing"

func TestMul(t *testing.T) {
	if got := Mul(2, 3); got != 6 {
		t.Errorf("got %%d, want 6", got)
	}
}
```
"""


@pytest.fixture
def prepared(detect: Detect, run_command: RunCommand, private: Path) -> Callable[[Mapping[str, str]], Toolchain]:
    """The first toolchain of these files, with its environment made: only once, since the same will do for all."""

    def prepare(files: Mapping[str, str]) -> Toolchain:
        toolchain = detect(files)[0]
        if not (private / "env" / "root" / "build").exists():
            for command in toolchain.prepare:
                done = run_command(command, toolchain, installs=True)
                assert done.exit_code == 0, done.output
        return toolchain

    return prepare


@pytest.mark.slow
def test_a_build_a_test_and_a_vet_leave_nothing_in_the_tree(
    prepared: Callable[[Mapping[str, str]], Toolchain], run_command: RunCommand, tmp_path: Path
) -> None:
    tool = prepared({**FILES, "cmd/app/main.go": "package main\n\nfunc main() {}\n"})
    results = [run_command(command, tool) for command in (*tool.build, *tool.test, *tool.smoke)]
    assert [result.exit_code for result in results] == [0, 0, 0], [result.output for result in results]
    expected = TestReport(runner="go test", ran=1, passed=("example.com/app.TestAdd",))
    assert [read_result(result=result) for result in results] == [None, expected, None]
    found = sorted(str(path.relative_to(tmp_path / "workspace")) for path in (tmp_path / "workspace").rglob("*"))
    assert found == ["app.go", "app_test.go", "cmd", "cmd/app", "cmd/app/main.go", "go.mod"]


@pytest.mark.slow
def test_a_failure_a_broken_build_and_a_stated_command_are_told(
    prepared: Callable[[Mapping[str, str]], Toolchain], run_command: RunCommand, tmp_path: Path
) -> None:
    tool = prepared({**FILES, "app.go": CODE.replace("x + y", "x - y")})
    why = FailedTest(id="example.com/app.TestAdd", message="app_test.go:7: got -1, want 3")
    expected = TestReport(runner="go test", ran=1, failed=(why,))
    stated = Command(argv=("go", "test", "./..."))
    assert [read_result(result=run_command(command, tool)) for command in (*tool.test, stated)] == [expected, expected]
    (tmp_path / "workspace" / "app.go").write_text("package app\n\nfunc Add(x, y int) int { return missing }\n")
    broken = FailedTest(id="example.com/app", message="./app.go:3:33: undefined: missing")
    report = read_result(result=run_command(tool.test[0], tool))
    assert report == TestReport(runner="go test", ran=0, failed=(broken,))
    assert [run_command(command, tool).exit_code for command in (*tool.build, *tool.smoke)] == [1, 1]


@pytest.mark.slow
def test_each_module_of_a_workspace_is_tested(
    prepared: Callable[[Mapping[str, str]], Toolchain], run_command: RunCommand
) -> None:
    files = {"go.work": "go 1.21\n\nuse (\n\t./api\n\t./lib\n)\n"}
    for name in ("api", "lib"):
        files |= {f"{name}/{path}": text.replace("example.com/app", f"example.com/{name}") for path, text in FILES.items()}
    files["api/go.mod"] += "\nrequire example.com/lib v0.0.0\n"
    files["api/use.go"] = 'package app\n\nimport lib "example.com/lib"\n\nvar _ = lib.Add\n'
    tool = prepared(files)
    report = read_result(result=run_command(tool.test[0], tool))
    # The packages run side by side, and the first to end is told first.
    ordered = replace(report, passed=tuple(sorted(report.passed)))
    assert ordered == TestReport(runner="go test", ran=2, passed=("example.com/api.TestAdd", "example.com/lib.TestAdd"))


@pytest.mark.slow
@pytest.mark.network
def test_a_required_module_is_downloaded_and_used_without_a_network(
    detect: Detect, run_command: RunCommand, tmp_path: Path
) -> None:
    files = {
        "go.mod": "module example.com/app\n\ngo 1.21\n\nrequire github.com/google/uuid v1.6.0\n",
        "go.sum": (
            "github.com/google/uuid v1.6.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\n"
            "github.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n"
        ),
        "app_test.go": (
            'package app\n\nimport (\n\t"testing"\n\n\t"github.com/google/uuid"\n)\n\n'
            "func TestNew(t *testing.T) {\n\tif len(uuid.NewString()) != 36 {\n\t\tt.Fatal()\n\t}\n}\n"
        ),
    }
    tool = detect(files)[0]
    for command in (*tool.prepare, *tool.install):
        done = run_command(command, tool, installs=True)
        assert done.exit_code == 0, done.output
    report = read_result(result=run_command(tool.test[0], tool))
    assert report == TestReport(runner="go test", ran=1, passed=("example.com/app.TestNew",))
    assert sorted(path.name for path in (tmp_path / "workspace").iterdir()) == ["app_test.go", "go.mod", "go.sum"]


@pytest.mark.slow
def test_a_run_commits_what_is_proved_and_nothing_else(
    make_repo: Callable[..., Path], run_autopack: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    repo = make_repo(FILES)
    seen = []
    built = vetted = ("passed", "exit code 0")
    for sign in ("+", "*"):
        (tmp_path / "plan.md").write_text(PLAN % sign)
        words = ("run", tmp_path / "plan.md", "--builder", "payload", "--json")
        done = run_autopack(*words, cwd=repo, timeout_s=300)
        report = json.loads(done.stdout)
        checks = report["phases"][0]["checks"]
        seen.append((report["state"], [(row["state"], row["reason"]) for row in checks], report["network"][0]))
    assert seen == [
        ("failed", [built, ("failed", "example.com/app.TestMul failed"), vetted], "checks: loopback"),
        ("done", [built, ("passed", "2 tests ran"), vetted], "checks: loopback"),
    ]
