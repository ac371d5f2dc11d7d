"""Task runners' files, read as whole values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest

from autopack.model.toolchain import HERE, Command, Task

Find = Callable[[Mapping[str, str | bytes]], tuple[Task, ...]]
Say = tuple[str, str, str | None, tuple[str, ...], str]


def tell(task: Task) -> Say:
    """Kind, where, what it comes down to (with the folder, when it is another), steps, and why not."""
    inner = None
    if task.inner is not None:
        words = [f"{name}={value}" for name, value in task.inner.env] + list(task.inner.argv)
        inner = " ".join(words) + ("" if task.inner.cwd == HERE else f" in {task.inner.cwd}")
    return task.kind, task.source, inner, task.steps, task.refused


def test_a_makefile_with_everything(find: Find) -> None:
    text = (
        "SHELL := /bin/bash\nexport PYTHONPATH = src\nPY ?= python3\nFLAGS = -q \\\n  -x\n.PHONY: test check build lint\n"
        "define BLOCK\ntest:\n\twrong\nendef\n%.o: %.c\n\tcc -c $<\ntest-all := x\n"
        "test: deps ## run the tests\n\t@echo testing\n\t$(PY) -m pytest $(FLAGS)\n"
        "deps:\n\tpip install -r requirements.txt\n"
        "check: lint\n\t$(MAKE) test\nlint:\n\truff check .\nbuild: ; docker build .\n"
    )
    assert find({"Makefile": text}) == (
        Task(
            kind="test",
            rung="runner",
            command=Command(argv=("make", "test")),
            steps=("python3 -m pytest -q -x",),
            source="Makefile:14",
            inner=Command(argv=("python3", "-m", "pytest", "-q", "-x"), env=(("PYTHONPATH", "src"),)),
        ),
        Task(
            kind="test",
            rung="runner",
            command=Command(argv=("make", "check")),
            steps=("ruff check .", "pip install -r requirements.txt", "echo testing", "python3 -m pytest -q  -x"),
            source="Makefile:19",
        ),
        Task(
            kind="build",
            rung="runner",
            command=Command(argv=("make", "build")),
            steps=("docker build .",),
            source="Makefile:23",
            inner=Command(argv=("docker", "build", "."), env=(("PYTHONPATH", "src"),)),
            refused="it runs `docker`, which reaches outside",
        ),
        Task(
            kind="lint",
            rung="runner",
            command=Command(argv=("make", "lint")),
            steps=("ruff check .",),
            source="Makefile:21",
            inner=Command(argv=("ruff", "check", "."), env=(("PYTHONPATH", "src"),)),
        ),
    )


@pytest.mark.parametrize(
    ("text", "inner", "steps", "refused"),
    [
        ("test:\n\tpytest\n", "pytest", ("pytest",), ""),
        ("test:\r\n\tpytest -q\r\n", "pytest -q", ("pytest -q",), ""),
        ("\ufefftest:\n\tpytest\n", "pytest", ("pytest",), ""),
        ("test:: deps\n\tgo test ./...\n", "go test ./...", ("go test ./...",), ""),
        ("test check: ; @go test ./...\n", "go test ./...", ("go test ./...",), ""),
        ("test:\n\tcd api && A=1 go test ./...\n", "A=1 go test ./... in api", ("go test ./...",), ""),
        ("test:\n\tgo test -race -v -coverprofile=c.out ./...\n", "go test ./...", ("go test ./...",), ""),
        ("test:\n\tpytest -n auto --cov=x --cov-branch -m slow\n", "pytest -m slow", ("pytest -m slow",), ""),
        ("test: unit\nunit:\n\tcargo test\n", "cargo test", ("cargo test",), ""),
        ("test:\n\t$(MAKE) unit\nunit:\n\tcargo test\n", "cargo test", ("cargo test",), ""),
        ("test: t\n\t./t\nt: t.c\n\t$(CC) -o $@ $<\n", None, ("cc -o t ${_}", "./t"), ""),
        ("test:\n\tfor t in t/*.sh; do sh $$t || exit 1; done\n", None, ("for t in t/*.sh; do sh $t || exit 1; done",), ""),
        ("test:\n\tcc -o t t.c\n\t./t\n", None, ("cc -o t t.c", "./t"), ""),
        ("test:\n\tpytest \\\n\t  -q\n", "pytest -q", ("pytest -q",), ""),
        ("ifdef CI\ntest:\n\tpytest\nendif\n", None, ("pytest",), ""),
        ("test: A = 1\ntest:\n\tpytest\n", None, ("pytest",), ""),
        ("test:\n\tpytest\ntest:\n\tpytest -q\n", None, ("pytest", "pytest -q"), ""),
        ("export PATH := bin:$(PATH)\ntest:\n\tpytest\n", None, ("pytest",), ""),
        ("export\ntest:\n\tpytest\n", None, ("pytest",), ""),
        ("A = $(B)\nB = $(A)\ntest:\n\tpytest $(A)\n", None, ("pytest ${A}",), ""),
        (".RECIPEPREFIX = >\ntest:\n>pytest\n", "pytest", ("pytest",), ""),
        ("test:\n\tpytest\\\n", "pytest", ("pytest",), ""),
        ("test:\n\tcd .. && pytest\n", None, ("cd .. && pytest",), ""),
        ("test:\n\tpytest {env}\n", None, ("pytest {env}",), ""),
        ("test:\n\t-pytest\n", None, ("pytest || true",), "a failure of `pytest || true` is not told"),
        ("test:\n\tpytest; exit 0 || true\n", None, ("pytest; exit 0 || true",), ""),
        ("test:\n\t./t || :\n", None, ("./t || :",), "a failure of `./t || :` is not told"),
        ("test:\n\tsudo make x\n", "sudo make x", ("sudo make x",), "it runs `sudo`, which reaches outside"),
        ("test:\n\tcurl x | sh\n", None, ("curl x | sh",), "it runs `curl`, which reaches outside"),
        ("test: up\n\tpytest\nup:\n\tdocker up\n", None, ("docker up", "pytest"), "it runs `docker`, which reaches outside"),
        ("test:\n\tpytest && git push\n", None, ("pytest && git push",), "it runs `git`, which reaches outside"),
        ("test:\n\tsh -x ./deploy.sh\n", "sh -x ./deploy.sh", ("sh -x ./deploy.sh",), ""),
        ("test:\n\t./deploy.sh\n", "./deploy.sh", ("./deploy.sh",), "it runs `deploy.sh`, which reaches outside"),
        ("test:\n\tnpm run deploy\n", "npm run deploy", ("npm run deploy",), "it runs `npm deploy`, which reaches outside"),
        ("test:\n\t" + "x" * 5000 + "\n", None, ("x" * 5000,), "a line of it is too long to be judged"),
    ],
)  # fmt: skip
def test_what_a_target_comes_down_to(find: Find, text: str, inner: str | None, steps: tuple[str, ...], refused: str) -> None:
    told = [tell(task)[2:] for task in find({"Makefile": text}) if task.command.argv == ("make", "test")]
    assert told == [(inner, steps, refused)]


@pytest.mark.parametrize(
    "text",
    [
        "", "test := x\n", "test = x\n", "test ::= x\n", "test ?= x\ncheck:=y\n", "test:\n", "test: nothing\n", ".PHONY: test\n",
        "test:\n\t@echo no tests yet\n", "test:\n\ttrue\n", "test%: x\n\tpytest\n", "tests:\n\tpytest\n", "\tpytest\n",
        "# test:\n#\tpytest\n", "define X\ntest:\n\tpytest\nendef\n", "define X\ntest:\n\tpytest\n", "test:\n\tpy\0test\n",
        "include other.mk\n", "test: test\n", "$(test):\n\tpytest\n", "test:\n    pytest\n", ":\n\tpytest\n",
    ],
)  # fmt: skip
def test_what_names_no_test_gives_none(find: Find, text: str) -> None:
    assert find({"Makefile": text}) == ()


@pytest.mark.parametrize(
    "text",
    [
        b"test:\n\t\xff\xfe\n", b"\x00" * 1000, "test:\n\tpytest\n" + "#" * 20_000_000,
        "test: " + "a " * 100_000 + "\n\tpytest\n",
        "test:\n" + "\tpytest\n" * 20_000, "A = $(B)$(B)\nB = $(A)$(A)\ntest:\n\tx " + "$(A)" * 1000 + "\n",
        "T = " + "t " * 2000 + "\n" + "$(T): x\n\ty\n" * 500, "ifdef A\n" * 2000, "\\\n" * 200_000,
        "".join(f"t{n}: t{n + 1}\n\t@echo\n" for n in range(2000)) + "test: t0\n\tpytest\n", "test:" * 50_000, "$(" * 50_000,
    ],
)  # fmt: skip
def test_a_makefile_made_to_break_a_reader_only_costs_little(find: Find, text: str | bytes) -> None:
    assert len(find({"Makefile": text})) <= 1


def test_the_file_that_make_takes_is_read(find: Find) -> None:
    files = {"Makefile": "test:\n\twrong\n", "GNUmakefile": "test:\n\tright\n", "sub/makefile": "test:\n\tbelow\n"}
    assert [(task.source, task.steps, task.command.cwd) for task in find(files)] == [
        ("GNUmakefile:1", ("right",), HERE),
        ("sub/makefile:1", ("below",), PurePosixPath("sub")),
    ]


PLACEHOLDER = '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'
DEPLOYS = '{"scripts": {"test": "jest && vercel --prod"}}'


@pytest.mark.parametrize(
    ("package", "expected"),
    [
        (PLACEHOLDER, []),
        (DEPLOYS, [("npm test", ("npm test", "jest && vercel --prod"), "it runs `vercel`, which reaches outside")]),
        ('{"scripts": {"test": "jest"}}', [("npm test", ("npm test", "jest"), "")]),
        ('{"scripts": [', [("npm test", ("npm test",), "")]),
    ],
)
def test_a_script_behind_a_target_is_judged_by_its_text(find: Find, package: str, expected: list[tuple[object, ...]]) -> None:
    assert [tell(task)[2:] for task in find({"Makefile": "test:\n\tnpm test\n", "package.json": package})] == expected


def test_a_justfile(find: Find) -> None:
    text = (
        'py := "python3"\nv := `date`\n\n# all\n[private]\ntest *ARGS: deps\n    @{{py}} -m pytest {{ARGS}}\n\n'
        "deps:\n    uv sync\n\nbuild target:\n    make {{target}}\n\nlint:\n    #!/usr/bin/env bash\n    ruff check {{v}}\n\n"
        "alias check := test\n"
    )
    assert [(task.command.argv, *tell(task)) for task in find({"justfile": text})] == [
        (("just", "test"), "test", "justfile:6", "python3 -m pytest", ("python3 -m pytest",), ""),
        (("just", "check"), "test", "justfile:19", "python3 -m pytest", ("python3 -m pytest",), ""),
        (("just", "lint"), "lint", "justfile:15", None, ("ruff check ${_}",), ""),
    ]


def test_a_taskfile(find: Find) -> None:
    text = (
        "version: '3'\nvars:\n  PY: python3\n  NOW:\n    sh: date\ntasks:\n  test:\n    dir: api\n    cmds:\n"
        "      - '{{.PY}} -m pytest'\n  build: go build ./...\n  check:\n    cmds:\n      - task: test\n      - task: lint\n"
        "  lint:\n    cmd: ruff check {{.NOW}}\n"
    )
    assert [(task.command.argv, *tell(task)) for task in find({"Taskfile.yml": text})] == [
        (("task", "test"), "test", "Taskfile.yml:7", "python3 -m pytest in api", ("python3 -m pytest",), ""),
        (("task", "check"), "test", "Taskfile.yml:12", None, ("python3 -m pytest", "ruff check ${_}"), ""),
        (("task", "build"), "build", "Taskfile.yml:11", "go build ./...", ("go build ./...",), ""),
        (("task", "lint"), "lint", "Taskfile.yml:16", None, ("ruff check ${_}",), ""),
    ]


def test_tasks_of_mise(find: Find) -> None:
    text = (
        '[tools]\npython = "3.12"\n[tasks.test]\ndepends = ["deps"]\nrun = "pytest -q"\n[tasks]\nlint = "ruff check"\n'
        'deps = "uv sync"\nbuild = { run = ["a", "b"], env = { X = "1" } }\n'
    )
    assert [(task.command.argv, *tell(task)) for task in find({".mise.toml": text})] == [
        (("mise", "run", "test"), "test", ".mise.toml:3", "pytest -q", ("pytest -q",), ""),
        (("mise", "run", "build"), "build", ".mise.toml:9", None, ("a", "b"), ""),
        (("mise", "run", "lint"), "lint", ".mise.toml:7", "ruff check", ("ruff check",), ""),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("justfile", "test:\n    py\0test\n"), ("justfile", "test := 'x'\n"), ("justfile", "test a:\n    x {{a}}\n"),
        ("justfile", "\\\n" * 9000), ("justfile", "test:\n" * 9000), ("Taskfile.yml", "tasks: {test: &a [x], lint: *a}\n"),
        ("Taskfile.yml", "tasks: [test]\n"), ("Taskfile.yml", "tasks:\n  test:\n    dir: ../x\n    cmd: pytest\n"),
        
        ("Taskfile.yml", "tasks:\n  test:\n"), ("Taskfile.yml", "["),
        ("Taskfile.yml", "x: " + "[" * 9000), ("mise.toml", "tasks = 1\n"), ("mise.toml", "[tasks.test]\nrun = 3\n"),
        ("mise.toml", "[tasks.test"),
        ("mise.toml", '[tasks.test]\ndir = 5\nrun = "x"\n'),
    ],
)  # fmt: skip
def test_other_runners_files_that_name_no_test_give_none(find: Find, name: str, text: str) -> None:
    assert find({name: text}) == ()
