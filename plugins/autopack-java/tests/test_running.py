"""Detected commands, really run, and what is read from them.  Maven brings even its own parts from a registry."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from autopack_java import read_result

from autopack.model.toolchain import CommandResult, FailedTest, TestReport, Toolchain
from autopack.testing.fixtures import run_git

pytestmark = [
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("mvn") is None or shutil.which("javac") is None, reason="needs mvn and javac"),
]

Detect = Callable[[Mapping[str, str]], tuple[Toolchain, ...]]

# Without versions Maven 3.8 takes plugins that know neither this Java nor this JUnit.
POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>demo</groupId>
  <artifactId>demo</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>11</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>org.junit.jupiter</groupId>
      <artifactId>junit-jupiter</artifactId>
      <version>5.10.2</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version></plugin>
      <plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version></plugin>
    </plugins>
  </build>
</project>
"""
CALC = "package demo;\n\npublic class Calc {\n    public static int add(int a, int b) {\n        return a + b;\n    }\n}\n"
CALC_TEST = (
    "package demo;\n\nimport static org.junit.jupiter.api.Assertions.assertEquals;\n\nimport org.junit.jupiter.api.*;\n\n"
    "class CalcTest {\n    @Test\n    void adds() {\n        assertEquals(3, Calc.add(1, 2));\n    }\n"
)
PROJECT = {
    "pom.xml": POM,
    "src/main/java/demo/Calc.java": CALC,
    "src/test/java/demo/CalcTest.java": CALC_TEST + "}\n",
    ".gitignore": "target\n",
}
MORE_TESTS = (
    '    @Test\n    void fails() {\n        assertEquals(4, Calc.add(1, 2), "why not");\n    }\n\n'
    '    @Test\n    @Disabled("later")\n    void idle() {}\n}\n'
)


def test_what_is_installed_is_enough_to_build_test_and_check_offline(
    detect: Detect, run_command: Callable[..., CommandResult], tmp_path: Path
) -> None:
    (tool,) = detect({**PROJECT, "src/test/java/demo/CalcTest.java": CALC_TEST + MORE_TESTS})
    done = run_command(tool.install[0], tool)
    assert done.exit_code == 0, done.output

    result = run_command(tool.test[0], tool, network="loopback")
    assert (result.exit_code, read_result(result=result)) == (
        1,
        TestReport(
            runner="surefire",
            ran=2,
            passed=("demo.CalcTest.adds",),
            failed=(
                FailedTest(
                    id="demo.CalcTest.fails",
                    message="org.opentest4j.AssertionFailedError: why not ==> expected: <4> but was: <3>",
                ),
            ),
            skipped=("demo.CalcTest[1]",),
        ),
    )
    for command in (*tool.build, *tool.smoke):
        assert run_command(command, tool, network="loopback").exit_code == 0

    (tmp_path / "workspace" / "src" / "main" / "java" / "demo" / "More.java").write_text(
        "package demo;\nclass More { Nowhere x; }\n"
    )
    result = run_command(tool.smoke[0], tool, network="loopback")
    assert (result.exit_code, read_result(result=result)) == (1, None)
    assert "cannot find symbol" in result.output


def test_without_tests_none_ran(detect: Detect, run_command: Callable[..., CommandResult], tmp_path: Path) -> None:
    (tool,) = detect(PROJECT)
    (tmp_path / "workspace" / "src" / "test" / "java" / "demo" / "CalcTest.java").unlink()
    result = run_command(tool.test[0], tool)
    assert (result.exit_code, read_result(result=result)) == (0, TestReport(runner="surefire", ran=0)), result.output


PLAN = """\
# Take away

- [ ] Add `sub` in `src/main/java/demo/Calc.java`
- [ ] Test it in `src/test/java/demo/SubTest.java`

`src/main/java/demo/Calc.java`:

```java
<<<<<<< SEARCH
public class Calc {
=======
public class Calc {
    public static int sub(int a, int b) {
        return a - b;
    }

>>>>>>> REPLACE
```

```java:src/test/java/demo/SubTest.java
package demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SubTest {
    @Test
    void subtracts() {
        assertEquals(2, Calc.sub(3, 1));
    }
}
```
"""


@pytest.mark.parametrize(("body", "code"), [("a - b", 0), ("a + b", 1)])
def test_a_run_commits_what_its_tests_prove_and_nothing_else(
    run_autopack: Callable[..., subprocess.CompletedProcess[str]],
    make_repo: Callable[..., Path],
    tmp_path: Path,
    body: str,
    code: int,
) -> None:
    repo = make_repo(PROJECT)
    (tmp_path / "plan.md").write_text(PLAN.replace("a - b", body))

    done = run_autopack("run", tmp_path / "plan.md", "--run-id", "java", "--json", cwd=repo, timeout_s=280)

    assert done.returncode == code, done.stderr
    [phase] = json.loads(done.stdout)["phases"]
    [report] = [check["report"] for check in phase["checks"] if check["check"]["kind"] == "test"]
    assert (phase["state"], report["ran"]) == ("failed" if code else "committed", 2)
    assert [test["id"] for test in report["failed"]] == (["demo.SubTest.subtracts"] if code else [])
    if not code:
        assert phase["proved_by"] == "tests"
        changed = run_git(repo, "diff", "--name-only", "main", phase["commit"]).split()
        assert changed == ["src/main/java/demo/Calc.java", "src/test/java/demo/SubTest.java"]
    assert run_git(repo, "status", "--porcelain") == ""
