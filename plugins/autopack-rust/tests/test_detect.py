"""Which toolchains stand in a folder, and what they are made of."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from autopack_rust import narrow_tests

from autopack.model.toolchain import Command, Toolchain

Detect = Callable[[Mapping[str, str | bytes]], tuple[Toolchain, ...]]
TEST = "#[test]\nfn works() {}\n"
LOCK = "version = 4\n"


def package(name: str, more: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{more}'


def argvs(commands: tuple[Command, ...]) -> list[str]:
    return [" ".join(command.argv) for command in commands]


def commands(tool: Toolchain) -> dict[str, list[str]]:
    return {name: argvs(getattr(tool, name)) for name in ("prepare", "install", "build", "test", "smoke")}


def test_a_package_is_fetched_built_tested_and_checked_from_its_lock(detect: Detect) -> None:
    (tool,) = detect({"Cargo.toml": package("demo"), "Cargo.lock": LOCK, "src/lib.rs": TEST})
    assert (tool.name, tool.package_manager, tool.key, tool.confidence) == ("rust", "cargo", "rust@.", 0.95)
    assert tool.evidence == ("Cargo.lock", "Cargo.toml", "src/lib.rs: tests")
    assert commands(tool) == {
        "prepare": [],
        "install": ["cargo fetch --locked"],
        "build": ["cargo build --locked"],
        "test": ["cargo test --locked --no-fail-fast"],
        "smoke": ["cargo check --all-targets --locked"],
    }
    assert tool.env == (
        ("CARGO_HOME", "{cache}/cargo"),
        ("CARGO_NET_OFFLINE", "true"),
        ("RUSTUP_AUTO_INSTALL", "0"),
        ("CARGO_TERM_COLOR", "never"),
    )
    assert tool.install[0].env == (("CARGO_NET_OFFLINE", "false"),)
    assert tool.manifests == (PurePosixPath("Cargo.lock"), PurePosixPath("Cargo.toml"))
    assert (tool.scratch, tool.installed) == (("target",), ())


def test_without_a_lock_nothing_is_locked(detect: Detect) -> None:
    (tool,) = detect({"Cargo.toml": package("demo"), "src/lib.rs": TEST})
    assert tool.confidence == 0.9
    assert commands(tool) == {
        "prepare": [],
        "install": ["cargo fetch"],
        "build": ["cargo build"],
        "test": ["cargo test --no-fail-fast"],
        "smoke": ["cargo check --all-targets"],
    }
    assert tool.scratch == ("target", "Cargo.lock")


WORKSPACE = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/*", "tools/x"]\nexclude = ["crates/apart"]\n',
    "Cargo.lock": LOCK,
    "crates/a/Cargo.toml": package("a", '[dependencies]\nb = { path = "../../lib/b" }\n'),
    "crates/a/src/lib.rs": TEST,
    "crates/apart/Cargo.toml": package("apart"),
    "crates/apart/src/lib.rs": "",
    "tools/x/Cargo.toml": package("x"),
    "tools/x/src/main.rs": "fn main() {}\n",
    "lib/b/Cargo.toml": package("b"),
    "lib/b/src/lib.rs": "",
}


def test_a_workspace_is_one_toolchain_at_its_root(detect: Detect) -> None:
    files = {name: text for name, text in WORKSPACE.items() if "apart" not in name}
    (tool,) = detect(files)
    assert tool.root == PurePosixPath(".")
    assert tool.evidence[:-1] == (
        "Cargo.lock", "Cargo.toml", "crates/a/Cargo.toml", "lib/b/Cargo.toml", "tools/x/Cargo.toml",
    )  # fmt: skip
    assert commands(tool) == {
        "prepare": [],
        "install": ["cargo fetch --locked"],
        "build": ["cargo build --workspace --locked"],
        "test": ["cargo test --workspace --locked --no-fail-fast"],
        "smoke": ["cargo check --workspace --all-targets --locked"],
    }


def test_excluding_goes_before_a_glob_and_behind_a_plain_name(detect: Detect) -> None:
    assert [tool.key for tool in detect(WORKSPACE)] == ["rust@.", "rust@crates/apart"]
    named = '[workspace]\nmembers = ["crates/a", "crates/apart"]\nexclude = ["crates/apart"]\n'
    assert [tool.key for tool in detect({**WORKSPACE, "Cargo.toml": named})] == ["rust@."]


def test_a_path_that_the_workspace_gives_makes_a_member_where_it_is_used(detect: Detect) -> None:
    shared = '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\nb = { path = "lib/b" }\nc = { path = "lib/c" }\n'
    files = {"Cargo.toml": shared, "a/Cargo.toml": package("a", "[dependencies]\nb.workspace = true\n"), "a/src/lib.rs": TEST}
    (tool,) = detect({**files, "lib/b/Cargo.toml": package("b"), "lib/c/Cargo.toml": package("c")})
    assert tool.manifests == (PurePosixPath("Cargo.toml"), PurePosixPath("a/Cargo.toml"), PurePosixPath("lib/b/Cargo.toml"))
    assert "lib/c/Cargo.toml: not a member of the workspace" in tool.evidence


def test_an_excluded_package_stands_alone(detect: Detect) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["a"]\nexclude = ["alone"]\n',
        "a/Cargo.toml": package("a"),
        "a/src/lib.rs": TEST,
        "alone/Cargo.toml": package("alone"),
        "alone/src/lib.rs": TEST,
    }
    assert [(tool.key, tool.confidence, argvs(tool.test)) for tool in detect(files)] == [
        ("rust@.", 0.9, ["cargo test --workspace --no-fail-fast"]),
        ("rust@alone", 0.85, ["cargo test --no-fail-fast"]),
    ]


def test_a_package_that_cargo_refuses_below_a_workspace_is_reported(detect: Detect) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["a"]\n' + package("top"),
        "src/lib.rs": TEST,
        "a/Cargo.toml": package("a"),
        "stray/Cargo.toml": package("stray"),
        "stray/src/lib.rs": TEST,
    }
    (tool,) = detect(files)
    assert "stray/Cargo.toml: not a member of the workspace" in tool.evidence


def test_packages_beside_each_other_are_toolchains_of_their_own(detect: Detect) -> None:
    files = {"web/src-tauri/Cargo.toml": package("app"), "web/src-tauri/src/main.rs": "fn main() {}\n"}
    files |= {"cli/Cargo.toml": package("cli"), "cli/src/main.rs": TEST}
    found = detect(files)
    assert [tool.key for tool in found] == ["rust@cli", "rust@web/src-tauri"]
    assert [tool.test for tool in found] == [
        (Command(argv=("cargo", "test", "--no-fail-fast"), cwd=PurePosixPath("cli")),),
        (),
    ]


SIGNS = {
    "an attribute": ("src/a/b.rs", "mod t {\n    #[test]\n    fn works() {}\n}\n"),
    "an attribute of a runtime": ("tests/a.rs", '#[tokio::test(flavor = "multi_thread")]\nasync fn works() {}\n'),
    "cases": ("src/a.rs", "#[rstest]\n#[case(1)]\nfn works(#[case] n: u8) {}\n"),
    "properties": ("tests/p.rs", "proptest! {\n}\n"),
    "an example": ("src/lib.rs", "//! ```\n//! assert!(true);\n//! ```\n"),
    "an example of an edition": ("src/lib.rs", "/// ```rust,edition2021\n/// ```\nfn f() {}\n"),
}


@pytest.mark.parametrize("name", SIGNS)
def test_a_test_command_comes_from_a_test(detect: Detect, name: str) -> None:
    path, text = SIGNS[name]
    (tool,) = detect({"Cargo.toml": package("demo"), "src/lib.rs": "", path: text})
    assert argvs(tool.test) == ["cargo test --no-fail-fast"]
    assert tool.evidence[-1].startswith(path)


NO_SIGNS = {
    "nothing": ("src/lib.rs", "pub fn add() {}\n"),
    "a comment": ("src/lib.rs", "// #[test]\n/// #[test]\nfn f() {}\n"),
    "an example of another language": ("src/lib.rs", "/// ```text\n/// a\n/// ```\n/// ```toml\n/// a = 1\n/// ```\nfn f() {}\n"),
    "an example that is left out": ("src/lib.rs", "/// ```ignore\n/// a\n/// ```\nfn f() {}\n"),
    "a test of material": ("tests/fixtures/a.rs", TEST),
    "a test of another project": ("examples/one/src/lib.rs", TEST),
    "a build script": ("build.rs", TEST),
}


@pytest.mark.parametrize("name", NO_SIGNS)
def test_without_a_test_there_is_no_test_command(detect: Detect, name: str) -> None:
    path, text = NO_SIGNS[name]
    files = {"Cargo.toml": package("demo"), "src/main.rs": "fn main() {}\n", path: text}
    (tool,) = detect({**files, "examples/one/Cargo.toml": package("one", "[workspace]\n")})
    assert tool.test == ()
    assert tool.evidence[-1] == "no sign of a test: no test command"
    assert argvs(tool.smoke) == ["cargo check --all-targets"]


@pytest.mark.parametrize(
    "folder", ["examples/a", "tests/fixtures/a", "vendor/a", "fuzz", "templates/x", "third_party/a", ".cache/a", "a/b/c/d/e/f"]
)
def test_what_is_shown_copied_or_deep_is_no_project(detect: Detect, folder: str) -> None:
    assert detect({f"{folder}/Cargo.toml": package("a"), f"{folder}/src/lib.rs": TEST}) == ()


def test_an_example_that_is_a_member_belongs_to_the_workspace(detect: Detect) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["examples/*"]\n',
        "examples/a/Cargo.toml": package("a"),
        "examples/a/src/lib.rs": TEST,
    }
    (tool,) = detect(files)
    assert (tool.key, tool.manifests[-1]) == ("rust@.", PurePosixPath("examples/a/Cargo.toml"))
    assert argvs(tool.test) == ["cargo test --workspace --no-fail-fast"]


def test_a_manifest_of_other_things_is_no_project(detect: Detect) -> None:
    assert detect({"Cargo.toml": "[patch.crates-io]\n", "src/lib.rs": TEST}) == ()
    assert detect({"lib.rs": TEST}) == ()


def test_without_sources_it_is_hardly_a_project(detect: Detect) -> None:
    (tool,) = detect({"Cargo.toml": package("demo")})
    assert tool.confidence == 0.4


BROKEN = {
    "syntax": "[package\nname = 1",
    "NUL": '[package]\nname = "a\0"\n',
    "bytes": b"\xff\xfe[package]",
    "size": package("a") + "#" * 20_000_000,
}


@pytest.mark.parametrize(
    ("steps", "options"),
    [
        (["cargo test --features std", "cargo clippy --all-features"], ["--features", "std"]),
        (["cargo test --all-features -- --features x", "cargo nextest run --all-features"], ["--all-features"]),
        (["cargo test --no-default-features -F 'a b'"], ["--no-default-features", "-F", "a b"]),
        (["cargo test --features=a", "cargo test --features=b"], []),
        (["cargo test", "cargo test --all-features"], []),
        (["cargo test -p other --features a"], []),
    ],
)
def test_the_features_that_every_run_in_workflows_takes_are_tested(detect: Detect, steps: list[str], options: list[str]) -> None:
    lines = "".join(f"      - run: {step}\n" for step in steps)
    flow = f"on: [push]\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n{lines}"
    (tool,) = detect({"Cargo.toml": package("a"), "src/lib.rs": TEST, ".github/workflows/ci.yml": flow})
    assert [list(command.argv) for command in tool.test] == [["cargo", "test", *options, "--no-fail-fast"]]


def test_an_empty_manifest_is_a_broken_one(detect: Detect) -> None:
    (tool,) = detect({"Cargo.toml": "# later\n", "src/lib.rs": ""})
    assert (tool.confidence, tool.evidence[:2], tool.test) == (0.5, ("Cargo.toml", "Cargo.toml: is empty"), ())


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_manifest_is_reported_and_nothing_raises(detect: Detect, name: str) -> None:
    (tool,) = detect({"Cargo.toml": BROKEN[name], "src/lib.rs": TEST})
    assert (tool.confidence, tool.evidence) == (0.5, ("Cargo.toml", "Cargo.toml: cannot be read", "src/lib.rs: tests"))


@pytest.mark.parametrize(
    "text",
    [
        "workspace = 3\n",
        '[workspace]\nmembers = "a"\nexclude = 5\n[package]\nname = []\n[dependencies]\na = 3\nb = { path = 4 }\n',
        "[package]\n[target]\nx = 1\n[lib]\ncrate-type = 7\n[patch]\n",
        "package = 1\n[workspace]\nmembers = [1, '../..', '/', '', '[']\n",
    ],
)
def test_values_of_wrong_types_do_not_raise(detect: Detect, text: str) -> None:
    for tool in detect(
        {"Cargo.toml": text, "Cargo.lock": "package = 3\n", ".cargo/config.toml": "build = 1\n", "a/Cargo.toml": text}
    ):
        assert tool.name == "rust"


def test_a_byte_order_mark_and_carriage_returns_do_not_matter(detect: Detect) -> None:
    manifest = package("demo").replace("\n", "\r\n").encode("utf-8-sig")
    (tool,) = detect({"Cargo.toml": manifest, "src/lib.rs": TEST.replace("\n", "\r\n")})
    assert (tool.confidence, argvs(tool.test)) == (0.9, ["cargo test --no-fail-fast"])


def test_a_library_for_another_language_lets_that_one_lead(detect: Detect) -> None:
    manifest = package("demo", '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.22"\n')
    (tool,) = detect({"Cargo.toml": manifest, "Cargo.lock": LOCK, "src/lib.rs": TEST})
    assert tool.confidence == 0.7


def test_what_is_built_for_a_bare_machine_is_only_checked(detect: Detect) -> None:
    files = {
        "Cargo.toml": package("demo"),
        "src/main.rs": TEST,
        ".cargo/config.toml": '[build]\ntarget = "thumbv7em-none-eabihf"\n',
    }
    (tool,) = detect(files)
    assert (tool.test, argvs(tool.smoke)) == ((), ["cargo check"])
    assert tool.evidence[-1] == ".cargo/config.toml: thumbv7em-none-eabihf: tests cannot run here"


@pytest.fixture
def have_nextest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "cargo-nextest"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))


@pytest.mark.parametrize(
    ("path", "text"), [(".config/nextest.toml", ""), (".github/workflows/ci.yml", "steps:\n- run: cargo nextest run --all\n")]
)
def test_nextest_runs_what_is_set_up_for_it(detect: Detect, have_nextest: None, path: str, text: str) -> None:
    files = {"Cargo.toml": package("demo"), "Cargo.lock": LOCK, "src/a.rs": TEST, path: text}
    (tool,) = detect(files)
    assert argvs(tool.test) == ["cargo nextest run --locked --no-fail-fast --status-level all"]
    assert tool.evidence[-1] == f"{path}: nextest"
    (tool,) = detect({**files, "src/lib.rs": "//! ```\n//! ```\n"})
    assert argvs(tool.test)[1:] == ["cargo test --doc --locked --no-fail-fast"]


def test_without_nextest_cargo_runs_the_tests_and_says_so(detect: Detect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert shutil.which("cargo-nextest") is None
    (tool,) = detect({"Cargo.toml": package("demo"), "src/lib.rs": TEST, ".config/nextest.toml": ""})
    assert argvs(tool.test) == ["cargo test --no-fail-fast"]
    assert tool.evidence[-1] == ".config/nextest.toml: nextest, which is not installed here"


def test_dependencies_say_what_is_fetched_from_where_and_for_which_compiler(detect: Detect) -> None:
    files = {
        "Cargo.toml": (
            '[workspace]\nmembers = ["a"]\n[workspace.dependencies]\nserde = { version = "1", features = ["derive"] }\n'
            '[patch.crates-io]\nitoa = { git = "https://example.invalid/itoa" }\n'
        ),
        "a/Cargo.toml": package(
            "a",
            '[dependencies]\nserde.workspace = true\nb = { path = "../b" }\nitoa = "1"\n'
            "[target.'cfg(unix)'.dev-dependencies]\nlibc = \"0.2\"\n",
        ),
        "a/src/lib.rs": "",
        "b/Cargo.toml": package("b"),
        "Cargo.lock": (
            'version = 4\n[[package]]\nname = "a"\nversion = "0.1.0"\n'
            '[[package]]\nname = "itoa"\nversion = "1.0.1"\nsource = "registry+x"\nchecksum = "00"\n'
        ),
        "rust-toolchain.toml": '[toolchain]\nchannel = "1.80"\n',
    }
    (tool,) = detect(files)
    assert tool.dependencies == (
        "Cargo.lock: itoa 1.0.1 registry+x 00",
        'dependencies.itoa = "1"',
        "from the default registry",
        'patch = {"crates-io": {"itoa": {"git": "https://example.invalid/itoa"}}}',
        "rust-toolchain.toml 71ef449e67ef",
        'target.cfg(unix).dev-dependencies.libc = "0.2"',
        'workspace.dependencies.serde = {"features": ["derive"], "version": "1"}',
    )


def test_tests_are_narrowed_to_the_member_that_holds_all_paths(detect: Detect) -> None:
    tool = detect({**WORKSPACE, "src/lib.rs": ""})[0]
    one = Command(argv=("cargo", "test", "--manifest-path", "crates/a/Cargo.toml", "--locked", "--no-fail-fast"))
    assert narrow_tests(toolchain=tool, paths=["crates/a/src/lib.rs", "crates/a/tests/new.rs"]) == one
    assert narrow_tests(toolchain=tool, paths=["crates/a/src/lib.rs", "lib/b/src/lib.rs"]) is None
    assert narrow_tests(toolchain=tool, paths=["src/lib.rs"]) is None
    assert narrow_tests(toolchain=tool, paths=["elsewhere/x"]) is None
    assert narrow_tests(toolchain=tool, paths=[]) is None
    (command,) = tool.test
    chosen = replace(tool, test=(replace(command, argv=(*command.argv, "--features", "std")),))
    assert narrow_tests(toolchain=chosen, paths=["crates/a/src/lib.rs"]) is None


MARKED = [
    "    #[ignore]", '#[ignore = "not now"]', "#[cfg_attr(miri, ignore)]", "#![cfg(any())]", "#[cfg(FALSE)]", "/// ```ignore",
    "test = false", "harness = false  # own runner", "cargo test -- --skip slow", "default-filter = 'not test(slow)'",
    'args = ["test", "--no-run"]',
]  # fmt: skip
UNMARKED = [
    "#[cfg(test)]", "#[should_panic]", "// we ignore it", "let ignore = 1;", "/// ```no_run", "self.harness = false;",
    "test = true", "fn ignore() {}", "--skip-things",
]  # fmt: skip


def test_markers_find_what_takes_a_test_out_of_the_count_and_nothing_else(detect: Detect) -> None:
    (tool,) = detect({"Cargo.toml": package("demo")})

    def found(line: str) -> bool:
        return any(re.search(regex, line) for regex in tool.test_markers)

    assert [line for line in MARKED if not found(line)] == []
    assert [line for line in UNMARKED if found(line)] == []
