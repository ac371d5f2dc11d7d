"""Which toolchains stand in a folder, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import pytest
from autopack_go import detect_toolchain, narrow_tests

from autopack.effects.scan import FileWorkspace
from autopack.model.toolchain import Command, Toolchain

Files = Mapping[str, str]
Detect = Callable[[Files], tuple[Toolchain, ...]]
MOD = "module example.com/{name}\n\ngo 1.22\n"
QUOTE = MOD + "\nrequire rsc.io/quote v1.5.2\n"
TEST = 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n'
CODE = "package a\n"
MAIN = "package main\n\nfunc main() {}\n"
STD = ("go", "list", "-export", "std")
DOWNLOAD = ("go", "mod", "download")


def mod(name: str = "a", text: str = MOD) -> str:
    return text.format(name=name)


def words(commands: tuple[Command, ...]) -> list[tuple[str, str]]:
    return [(str(command.cwd), " ".join(command.argv)) for command in commands]


def test_a_module_without_requirements_needs_no_network(detect: Detect) -> None:
    (tool,) = detect({"go.mod": mod(), "a.go": CODE, "a_test.go": TEST})
    assert (tool.key, tool.package_manager, tool.confidence) == ("go@.", "go", 0.9)
    assert tool.evidence == ("go.mod", "a_test.go: holds tests")
    assert tool.prepare == (
        Command(argv=STD, env=(("GOCACHE", "{cache}/build"),)),
        Command(argv=("mkdir", "-p", "{env}")),
        Command(argv=("cp", "-R", "{cache}/build", "{env}")),
    )
    assert tool.install == ()
    assert tool.build == (Command(argv=("go", "build", "-o", "/dev/null", "./...")),)
    assert tool.test == (Command(argv=("go", "test", "-json", "./...")),)
    assert tool.smoke == (Command(argv=("go", "vet", "./...")),)
    assert tool.env == (
        ("GOFLAGS", "-buildvcs=false -count=1 -modcacherw"),
        ("GOTOOLCHAIN", "local"),
        ("GOMODCACHE", "{env}/mod"),
        ("GOCACHE", "{env}/build"),
        ("GODEBUG", "goindex=0"),
    )
    assert (tool.manifests, tool.dependencies) == ((PurePosixPath("go.mod"),), ("go 1.22",))
    assert (tool.scratch, tool.installed, tool.tool_roots) == ((), (), ("~/sdk", "~/go/bin"))


def test_requirements_are_downloaded_once_and_copied_from_the_cache(detect: Detect) -> None:
    (tool,) = detect({"go.mod": mod(text=QUOTE), "go.sum": "x\n", "a.go": CODE})
    from_cache = (("GOPROXY", "file://{cache}/mod/cache/download"), ("GOSUMDB", "off"))
    assert tool.prepare[0] == Command(argv=DOWNLOAD, env=(("GOMODCACHE", "{cache}/mod"),))
    assert tool.prepare[-1] == Command(argv=("go", "list", "-e", "-export", "-deps", "-test", "./..."), env=from_cache)
    assert tool.install == (Command(argv=DOWNLOAD, env=from_cache),)
    assert tool.confidence == 0.95
    assert tool.manifests == (PurePosixPath("go.mod"), PurePosixPath("go.sum"))
    assert tool.dependencies == ("go 1.22", "go.sum 73cb3858a687", "require rsc.io/quote v1.5.2")


def test_sums_say_that_something_is_downloaded_and_a_vendor_folder_that_nothing_is(detect: Detect) -> None:
    files = {"go.mod": mod(text=QUOTE), "go.sum": "", "a.go": CODE}
    vendored = {"vendor/modules.txt": "# rsc.io/quote v1.5.2\n", "vendor/rsc.io/quote/quote.go": "package quote\n"}
    found = [
        detect(one)[0].install for one in (files, files | {"go.mod": mod()}, files | vendored, {"go.mod": mod(), "a.go": CODE})
    ]
    assert [[command.argv for command in one] for one in found] == [[DOWNLOAD], [DOWNLOAD], [], []]


def test_a_project_without_tests_has_no_test_command(detect: Detect) -> None:
    (tool,) = detect({"go.mod": mod(), "a.go": CODE})
    assert (tool.test, words(tool.smoke)) == ((), [(".", "go vet ./...")])
    assert tool.evidence[-1] == "no file with tests: no test command"


NO_TESTS = {
    "only helpers": ("a_test.go", "package a\n\nfunc helper() {}\n"),
    "only benchmarks": ("a_test.go", "package a\n\nfunc BenchmarkA(b *testing.B) {}\n"),
    "a name that is no test": ("a_test.go", "package a\n\nfunc Testing(t *testing.T) {}\n"),
    "a tag": ("a_test.go", "//go:build integration\n\n" + TEST),
    "an old tag": ("a_test.go", "// +build integration\n\n" + TEST),
    "another system": ("a_windows_test.go", TEST),
    "testdata": ("testdata/a_test.go", TEST),
    "a folder that go passes over": ("_old/a_test.go", TEST),
    "another module": ("sub/a_test.go", TEST),
}


@pytest.mark.parametrize("case", NO_TESTS)
def test_what_go_test_would_not_run_is_no_test(detect: Detect, case: str) -> None:
    path, text = NO_TESTS[case]
    tool = detect({"go.mod": mod(), "a.go": CODE, "sub/go.mod": mod("sub"), path: text})[0]
    assert tool.test == ()


@pytest.mark.parametrize(
    "text",
    [
        "//go:build !windows\n\n" + TEST,
        "//go:build linux || windows\n\n" + TEST,
        "//go:build go1.20 && linux\n\n" + TEST,
        "package a\n\nfunc ExampleA() {}\n",
        "package a\n\nfunc FuzzA(f *testing.F) {}\n",
        "package a\n\nfunc Test(t *testing.T) {}\n",
        TEST.replace("\n", "\r\n"),
    ],
)
def test_what_go_test_runs_is_a_test(detect: Detect, text: str) -> None:
    (tool,) = detect({"go.mod": mod(), "a_test.go": text})
    assert words(tool.test) == [(".", "go test -json ./...")]


def test_a_workspace_is_one_toolchain_that_names_its_modules(detect: Detect) -> None:
    files = {
        "go.work": "go 1.22 // here\n\nuse ./api\nuse (\n\t./lib\n\t`./examples/demo`\n\t./gone\n)\n",
        "api/go.mod": mod("api", MOD + "require example.com/lib v0.0.0\n"),
        "api/api.go": CODE,
        "lib/go.mod": mod("lib"),
        "lib/lib_test.go": TEST,
        "examples/demo/go.mod": mod("demo"),
        "examples/demo/main.go": "package main\n",
        "other/go.mod": mod("other"),
        "other/other.go": CODE,
    }
    work, other = detect(files)
    packages = "./api/... ./examples/demo/... ./lib/..."
    assert (work.key, work.confidence, other.key, other.confidence) == ("go@.", 0.6, "go@other", 0.55)
    assert words((*work.build, *work.test, *work.smoke)) == [
        (".", f"go build -o /dev/null {packages}"),
        (".", f"go test -json {packages}"),
        (".", f"go vet {packages}"),
    ]
    assert work.install == ()
    assert "go.work: uses './gone', where no go.mod stands" in work.evidence
    assert words(other.smoke) == [("other", "go vet ./...")]
    assert ("GOWORK", "off") in other.env and ("GOWORK", "off") not in work.env


def test_a_workspace_beside_its_modules_reaches_them(detect: Detect) -> None:
    files = {"all/go.work": "go 1.22\nuse ../lib\nuse ../../out\n", "lib/go.mod": mod("lib"), "lib/a_test.go": TEST}
    (tool,) = detect(files)
    assert words(tool.test) == [("all", "go test -json ../lib/...")]


def test_modules_without_a_workspace_are_one_toolchain_each(detect: Detect) -> None:
    files = {
        "go.mod": mod(),
        "a.go": CODE,
        "api/v2/go.mod": mod("api"),
        "api/v2/x_test.go": TEST,
        "tools/go.mod": mod("tools"),
        "tools/tools.go": CODE,
        "tidy/go.mod": mod("tidy"),
    }
    found = [(tool.key, tool.confidence, words(tool.test), len(tool.smoke)) for tool in detect(files)]
    assert found == [
        ("go@.", 0.9, [], 1),
        ("go@tidy", 0.4, [], 0),
        ("go@tools", 0.4, [], 1),
        ("go@api/v2", 0.85, [("api/v2", "go test -json ./...")], 1),
    ]


@pytest.mark.parametrize("folder", ["vendor/x", "testdata", "examples/a", "docs", ".hidden", "a/b/c/d/e", "{{name}}"])
def test_a_module_that_shows_or_tests_something_is_none(detect: Detect, folder: str) -> None:
    assert detect({f"{folder}/go.mod": mod(), f"{folder}/a.go": CODE}) == ()


def test_vendored_modules_need_no_install(make_tree: Callable[[Files], FileWorkspace]) -> None:
    files = {
        "go.mod": mod(text=QUOTE),
        "a.go": CODE,
        "vendor/modules.txt": "# rsc.io/quote v1.5.2\n",
        "vendor/rsc.io/quote/quote_test.go": TEST,
    }
    (tool,) = detect_toolchain(workspace=make_tree(files))
    assert (tool.install, tool.test) == ((), ())
    assert [command.argv for command in tool.prepare][-1] == ("go", "list", "-e", "-export", "-deps", "-test", "./...")
    assert tool.manifests == (PurePosixPath("go.mod"), PurePosixPath("vendor/modules.txt"))
    assert dict(tool.env)["GOFLAGS"] == "-buildvcs=false -count=1 -modcacherw"
    old = {**files, "go.mod": files["go.mod"].replace("1.22", "1.13")}
    (tool,) = detect_toolchain(workspace=make_tree(old))
    assert dict(tool.env)["GOFLAGS"] == "-buildvcs=false -count=1 -modcacherw -mod=vendor"


def test_what_a_folder_replaces_is_not_downloaded(detect: Detect) -> None:
    text = QUOTE + "replace rsc.io/quote v1.5.2 => ./quote\n"
    assert detect({"go.mod": mod(text=text), "a.go": CODE})[0].install == ()
    text = QUOTE + "replace rsc.io/quote => example.com/fork v1.0.0\n"
    assert words(detect({"go.mod": mod(text=text), "a.go": CODE})[0].install) == [(".", "go mod download")]


def test_a_program_without_a_module_is_taken_file_by_file(detect: Detect) -> None:
    (tool,) = detect({"main.go": MAIN, "main_test.go": TEST, "lib/x.go": CODE})
    assert (tool.confidence, tool.evidence) == (0.5, ("main.go: no go.mod", "main_test.go: holds tests"))
    assert words((*tool.build, *tool.test, *tool.smoke)) == [
        (".", "go build -o /dev/null main.go"),
        (".", "go test -json main.go main_test.go"),
        (".", "go vet main.go main_test.go"),
    ]


STRAY: tuple[Files, ...] = (
    {"x_test.go": TEST},
    {"lib.go": CODE},
    {"cmd/main.go": MAIN},
    {"go.sum": "x\n"},
    {"one.go": MAIN, "two.go": MAIN},
    {"generate.go": "package main\n"},
)


@pytest.mark.parametrize("files", STRAY)
def test_stray_go_files_are_no_project(detect: Detect, files: Files) -> None:
    assert detect(files) == ()


BROKEN = {
    "empty": "",
    "no module": "go 1.22\n",
    "nul": "mod\0ule x\n\0",
    "block that never ends": "require (\n a v1\n",
    "lone words": "module\nrequire\nreplace => \n)\n(\n",
    "huge": "module x\n" + "// x\n" * 300_000,
    "one long line": "module " + "x" * 100_000 + "\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_manifest_is_reported_and_never_raises(detect: Detect, name: str) -> None:
    (tool,) = detect({"go.mod": BROKEN[name], "a_test.go": TEST, "go.work": "\x00use (\n"})
    assert words(tool.test) == [(".", "go test -json ./...")]
    assert any("go.mod: " in row for row in tool.evidence) is (name != "one long line")


def test_a_byte_order_mark_and_carriage_returns_are_nothing(detect: Detect) -> None:
    (tool,) = detect({"go.mod": "\ufeff" + mod(text=QUOTE).replace("\n", "\r\n"), "a.go": CODE})
    assert (tool.confidence, tool.dependencies) == (0.9, ("go 1.22", "require rsc.io/quote v1.5.2"))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("svc/a/x_test.go", "svc/a/y_test.go", "svc/x_test.go"), ["go test -json . ./a"]),
        (("svc/a/x_test.go", "svc/a/x.go"), []),
        (("other/x_test.go",), []),
        ((), []),
    ],
)
def test_only_changed_tests_narrow_the_tests(detect: Detect, paths: tuple[str, ...], expected: list[str]) -> None:
    (tool,) = detect({"svc/go.mod": mod(), "svc/x_test.go": TEST})
    command = narrow_tests(toolchain=tool, paths=paths)
    assert [" ".join(row.argv) for row in ((command,) if command else ())] == expected
