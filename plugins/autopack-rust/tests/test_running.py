"""Detected commands, really run, and what is read from them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_rust import read_result

from autopack.model.toolchain import Command, CommandResult, FailedTest, TestReport, Toolchain
from autopack.testing.fixtures import run_git

Detect = Callable[[Mapping[str, str]], tuple[Toolchain, ...]]
RunCommand = Callable[[Command, Toolchain], CommandResult]

PACKAGE = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
LOCK = 'version = 4\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\n'
LIBRARY = (
    "/// Adds.\n///\n/// ```\n/// assert_eq!(demo::add(1, 2), 3);\n/// ```\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n"
    "#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n        assert_eq!(super::add(1, 2), 3);\n    }\n}\n"
)
PROJECT = {"Cargo.toml": PACKAGE, "Cargo.lock": LOCK, "src/lib.rs": LIBRARY, ".gitignore": "target\n"}


def test_every_kind_of_test_is_run_and_a_failure_does_not_stop_the_others(
    run_tests: Callable[[Mapping[str, str]], TestReport | None],
) -> None:
    fails = (
        '#[test]\nfn fails() {\n    assert!(demo::add(1, 1) == 3, "two is not three");\n}\n\n#[test]\n#[ignore]\nfn idle() {}\n'
    )
    assert run_tests({**PROJECT, "tests/a.rs": fails, "tests/b.rs": "#[test]\nfn works() {}\n"}) == TestReport(
        runner="cargo test",
        ran=4,
        passed=("demo::tests::adds", "demo::tests/b.rs::works", "demo::src/lib.rs - add"),
        failed=(FailedTest(id="demo::tests/a.rs::fails", message="two is not three"),),
        skipped=("demo::tests/a.rs::idle",),
    )


def test_a_program_that_a_test_ends_has_failed(run_tests: Callable[[Mapping[str, str]], TestReport | None]) -> None:
    report = run_tests({**PROJECT, "src/lib.rs": "#[test]\nfn ends() {\n    std::process::exit(0)\n}\n"})
    assert report is not None
    assert [test.id for test in report.failed] == ["demo"]


def test_the_smoke_check_compiles_what_no_test_touches(detect: Detect, run_command: RunCommand, tmp_path: Path) -> None:
    (tool,) = detect(
        {"Cargo.toml": PACKAGE, "Cargo.lock": LOCK, "src/main.rs": "fn main() {}\n", "src/bin/two.rs": "fn main() {}\n"}
    )
    assert tool.test == ()
    assert [run_command(command, tool).exit_code for command in (*tool.install, *tool.build, *tool.smoke)] == [0, 0, 0]
    (tmp_path / "workspace" / "src" / "bin" / "two.rs").write_text("fn main() { nowhere(); }\n")
    result = run_command(tool.smoke[0], tool)
    assert (result.exit_code, "cannot find function `nowhere`" in result.output) == (101, True)
    assert read_result(result=result) is None
    assert sorted(path.name for path in (tmp_path / "workspace").iterdir()) == ["Cargo.lock", "Cargo.toml", "src", "target"]


PLAN = """\
# Take away

- [ ] Add `sub` in `src/lib.rs`
- [ ] Test it in `tests/sub.rs`

`src/lib.rs`:

```rust
<<<<<<< SEARCH
/// Adds.
=======
/// Takes away.
pub fn sub(a: i32, b: i32) -> i32 {{
    {body}
}}

/// Adds.
>>>>>>> REPLACE
```

```rust:tests/sub.rs
#[test]
fn subtracts() {{
    assert_eq!(demo::sub(3, 1), 2);
}}
```
"""


@pytest.mark.parametrize(("body", "code", "state"), [("a - b", 0, "committed"), ("a + b", 1, "failed")])
def test_a_run_commits_what_its_tests_prove_and_nothing_else(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]],
    make_repo: Callable[..., Path],
    autopack_env: dict[str, str],
    rust_bin: Path,
    tmp_path: Path,
    body: str,
    code: int,
    state: str,
) -> None:
    path = f"{rust_bin}{os.pathsep}{autopack_env['PATH']}"
    repo = make_repo(PROJECT)
    (tmp_path / "plan.md").write_text(PLAN.format(body=body))

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "rust", "--json", cwd=repo, env={"PATH": path})

    assert done.returncode == code, done.stderr
    [phase] = json.loads(done.stdout)["phases"]
    assert phase["state"] == state
    if state == "committed":
        assert phase["proved_by"] == "tests"
        [report] = [check["report"] for check in phase["checks"] if check["check"]["kind"] == "test"]
        assert (report["ran"], report["failed"]) == (3, [])
        assert run_git(repo, "diff", "--name-only", "main", phase["commit"]).split() == ["src/lib.rs", "tests/sub.rs"]
    else:
        assert phase["commit"] is None
        [failed] = [test for check in phase["checks"] if check["report"] for test in check["report"]["failed"]]
        assert failed == {
            "id": "demo::tests/sub.rs::subtracts", "message": "assertion `left == right` failed (left: 4, right: 2)"
        }  # fmt: skip
    assert run_git(repo, "status", "--porcelain") == ""


@pytest.mark.network
def test_a_dependency_is_fetched_once_and_then_found_offline(detect: Detect, run_command: RunCommand, tmp_path: Path) -> None:
    body = '#[test]\nfn writes() {\n    assert_eq!(itoa::Buffer::new().format(3), "3");\n}\n'
    files = {"Cargo.toml": PACKAGE + '[dependencies]\nitoa = "1"\n', "src/lib.rs": body}
    (tool,) = detect(files)
    fetched = run_command(tool.install[0], tool)
    assert fetched.exit_code == 0, fetched.output
    report = read_result(result=run_command(tool.test[0], tool))
    assert report == TestReport(runner="cargo test", ran=1, passed=("demo::writes",))
    assert (tmp_path / "private" / "cache" / "cargo" / "registry").is_dir()
