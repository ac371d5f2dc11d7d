"""What the project's own files name, joined to the toolchains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from autopack.decide.tasks import Alternative, Placed, place_tasks
from autopack.model.toolchain import Command, Task, Toolchain

GO = Toolchain(
    name="go",
    package_manager="go",
    root=PurePosixPath("."),
    confidence=0.9,
    evidence=("go.mod",),
    build=(Command(argv=("go", "build", "./...")),),
)
NODE = Toolchain(
    name="node",
    package_manager="npm",
    root=PurePosixPath("."),
    confidence=0.7,
    evidence=("package.json",),
    install=(Command(argv=("npm", "ci")),),
)
TEST = Command(argv=("go", "test", "./..."))
MAKE = Command(argv=("make", "test"))


def runner(*steps: str, inner: Command | None = None, command: Command = MAKE, refused: str = "") -> Task:
    return Task(
        kind="test", rung="runner", command=command, steps=steps, source="Makefile:1", inner=inner, refused=refused
    )  # fmt: skip


def ci(command: Command) -> Task:
    return Task(
        kind="test", rung="ci", command=command, steps=(" ".join(command.argv),), source="ci.yml:9", inner=command
    )  # fmt: skip


def not_used(command: Command, reason: str, toolchain: str = "go@.", source: str = "Makefile:1") -> Alternative:
    return Alternative(toolchain=toolchain, kind="test", command=command, source=source, reason=reason)


def test_a_recipe_of_one_command_is_run_as_that_command() -> None:
    task = runner("go test ./...", inner=TEST)
    tested = replace(GO, test=(TEST,), evidence=("go.mod", "Makefile:1: make test"))
    assert place_tasks([GO], [task]) == Placed(toolchains=(tested,), alternatives=())


def test_a_recipe_of_several_commands_is_run_by_its_runner() -> None:
    tested = replace(GO, test=(MAKE,), evidence=("go.mod", "Makefile:1: make test"))
    assert place_tasks([GO], [runner("go generate", "./run-tests.sh")]) == Placed(toolchains=(tested,), alternatives=())


@pytest.mark.parametrize(
    ("own", "given", "joined"),
    [
        ("go test -json ./...", "go test -count=1 -tags sqlite ./...", "go test -json -count=1 -tags sqlite ./..."),
        ("cargo test --locked", "cargo test --features std", "cargo test --locked --features std"),
        ("uv run --locked python -m pytest", "uv run pytest -q tests", "uv run --locked python -m pytest -q tests"),
        ("python -m pytest", "pytest -m slow", "python -m pytest -m slow"),
    ],
)
def test_a_runner_gives_the_toolchains_own_command_more_words(own: str, given: str, joined: str) -> None:
    tool = replace(GO, test=(Command(argv=tuple(own.split())),))
    task = runner(given, inner=Command(argv=tuple(given.split())))
    tested = replace(GO, test=(Command(argv=tuple(joined.split())),), evidence=("go.mod", "Makefile:1: make test"))
    assert place_tasks([tool], [task]) == Placed(toolchains=(tested,), alternatives=())


@pytest.mark.parametrize(
    ("own", "given"),
    [
        ("go test -json ./...", "go vet ./..."),
        ("go test -json ./...", "go test -race ./api"),
        ("go test -json ./...", "prove -r t"),
        ("npm run test -- --json", "npm run test"),
        ("python -m pytest", "python run.py"),
    ],
)
def test_a_test_command_that_a_toolchain_knows_is_never_replaced(own: str, given: str) -> None:
    tool = replace(GO, test=(Command(argv=tuple(own.split())),))
    inner = Command(argv=tuple(given.split()))
    other = not_used(inner, "the toolchain has a test command already")
    assert place_tasks([tool], [runner(given, inner=inner)]) == Placed(toolchains=(tool,), alternatives=(other,))


def test_what_a_toolchain_runs_itself_is_no_alternative() -> None:
    own = replace(GO, test=(TEST,))
    assert place_tasks([own], [ci(TEST)]) == Placed(toolchains=(own,), alternatives=())


def test_a_runner_comes_before_a_workflow() -> None:
    flow = ci(Command(argv=("go", "test", "-race", "./...")))
    tested = replace(GO, test=(TEST,), evidence=("go.mod", "Makefile:1: make test"))
    other = not_used(flow.command, "the toolchain has a test command already", source="ci.yml:9")
    assert place_tasks([GO], [flow, runner("go test ./...", inner=TEST)]) == Placed(toolchains=(tested,), alternatives=(other,))


def test_a_step_of_a_workflow_is_taken_only_when_it_starts_the_toolchains_own_program() -> None:
    taken = place_tasks([GO], [ci(TEST)])
    assert [tool.test for tool in taken.toolchains] == [(TEST,)]
    foreign = Command(argv=("prove", "-r", "t"))
    other = not_used(foreign, "it does not start with a program of the toolchain", source="ci.yml:9")
    assert place_tasks([GO], [ci(foreign)]) == Placed(toolchains=(GO,), alternatives=(other,))


def test_of_two_languages_in_one_folder_the_one_whose_program_it_is_gets_it() -> None:
    npm = Command(argv=("npm", "test"))
    placed = place_tasks([GO, NODE], [runner("npm test", inner=npm)])
    assert [(tool.name, tool.test) for tool in placed.toolchains] == [("go", ()), ("node", (npm,))]
    unclear = not_used(MAKE, "it does not start with a program of the toolchain")
    assert place_tasks([GO, NODE], [runner("./all.sh")]) == Placed(toolchains=(GO, NODE), alternatives=(unclear,))


def test_packages_that_only_bring_tools_do_not_get_the_projects_test() -> None:
    tools = replace(NODE, confidence=0.4)
    unclear = not_used(MAKE, "it does not start with a program of the toolchain", toolchain="node@.")
    assert place_tasks([tools], [runner("./all.sh")]) == Placed(toolchains=(tools,), alternatives=(unclear,))


def test_a_task_belongs_to_the_folder_it_runs_in() -> None:
    below = replace(GO, root=PurePosixPath("api"))
    inner = Command(argv=("go", "test", "./..."), cwd=PurePosixPath("api"))
    assert [tool.test for tool in place_tasks([below], [runner("go test ./...", inner=inner)]).toolchains] == [(inner,)]
    other = not_used(TEST, "no toolchain stands in its folder", toolchain="")
    assert place_tasks([below], [runner("go test ./...", inner=TEST)]) == Placed(toolchains=(below,), alternatives=(other,))


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (("git push",), "`git push` changes the repository, or talks to another; the host commits"),
        (("go test", "A=1 git push"), "`git push` changes the repository, or talks to another; the host commits"),
        (("sudo go test",), "`sudo go test` asks for more rights"),
        (("curl https://x | sh",), "`curl https://x` talks to another machine"),
        (("docker run x",), "`docker run x` acts on this machine's containers"),
        (("pip install x",), "`pip install x` installs what no lock file fixes, or runs install scripts"),
        (("psql x",), "`psql x` may change a database"),
        (("echo 'x",), "the text is not complete shell syntax"),
        (("cat ~/.ssh/id_rsa",), "`cat '~/.ssh/id_rsa'` '~/.ssh/id_rsa' lies outside the worktree"),
        (("cd /; ls",), "`cd /` '/' lies outside the worktree"),
        ((), "it runs 0 steps, so nobody can say what it does"),
        (("true",) * 41, "it runs 41 steps, so nobody can say what it does"),
    ],
)  # fmt: skip
def test_what_the_policy_does_not_like_is_not_taken_whatever_its_plugin_says(steps: tuple[str, ...], reason: str) -> None:
    assert place_tasks([GO], [runner(*steps)]) == Placed(toolchains=(GO,), alternatives=(not_used(MAKE, reason),))


def test_what_its_plugin_refuses_is_not_taken() -> None:
    placed = place_tasks([GO], [runner("go test ./...", inner=TEST, refused="a failure of it is not told")])
    assert placed == Placed(toolchains=(GO,), alternatives=(not_used(TEST, "a failure of it is not told"),))


def test_a_task_outside_of_the_repository_is_not_taken() -> None:
    outside = Command(argv=("go", "test"), cwd=PurePosixPath("../x"))
    assert place_tasks([], [runner("go test", inner=outside)]).runner is None


def test_where_no_language_is_found_the_runner_proves_and_is_no_toolchain() -> None:
    build = Task(kind="build", rung="runner", command=Command(argv=("make", "build")), steps=("cc x.c",), source="Makefile:9")
    inner = Command(argv=("prove", "-r", "t"))
    because = "no language was found: it proves a plan that states no check"
    assert place_tasks([], [runner("prove -r t", inner=inner), build, ci(Command(argv=("cc", "t.c")))]) == Placed(
        toolchains=(),
        alternatives=(
            not_used(inner, because, ""),
            Alternative(toolchain="", kind="build", command=build.command, source="Makefile:9", reason=because),
            not_used(Command(argv=("cc", "t.c")), "no toolchain stands in its folder", "", "ci.yml:9"),
        ),
        runner=Toolchain(
            name="make",
            package_manager="make",
            root=PurePosixPath("."),
            confidence=0.5,
            evidence=("Makefile:1: make test", "Makefile:9: make build"),
            build=(build.command,),
            test=(MAKE,),
        ),
    )


def test_a_runner_without_a_test_proves_nothing() -> None:
    build = Task(kind="build", rung="runner", command=Command(argv=("make", "build")), steps=("cc x.c",), source="Makefile:9")
    below = runner("./t", command=Command(argv=("make", "test"), cwd=PurePosixPath("examples")))
    assert [place_tasks([], tasks).runner for tasks in ([], [build], [below], [ci(TEST)])] == [None] * 4
