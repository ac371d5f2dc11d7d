"""The lines by which cargo, rustc, rustup and the test runners say what is wrong.  A lower rank is a more telling cause."""

from __future__ import annotations

from autopack.model.failure import Pattern

LOCK_OUTDATED = "cargo:lock-outdated"

PATTERNS = (
    Pattern(
        kind="rustup:no-toolchain",
        regex=r"^error: (?:custom )?toolchain '(?P<toolchain>[^']+)'.* is not installed",
        example="error: toolchain '1.70.0-x86_64-unknown-linux-gnu' is not installed",
        rank=5,
    ),
    Pattern(
        kind="rustup:no-component",
        regex=r"^error: '(?P<program>[\w.-]+)' is not installed for the toolchain '(?P<toolchain>[^']+)'",
        example="error: 'rust-analyzer' is not installed for the toolchain 'stable-x86_64-unknown-linux-gnu'.",
        rank=5,
    ),
    Pattern(
        kind="cargo:wrong-rust",
        regex=r"^\s+(?P<package>\S+@\S+) requires rustc (?P<want>\S+)",
        example="  x@0.1.0 requires rustc 1.99",
        rank=8,
    ),
    Pattern(
        kind="cargo:unknown-edition",
        regex=r"supported edition values are .+, but `(?P<edition>\S+)` is unknown",
        example="  supported edition values are `2015`, `2018`, `2021`, or `2024`, but `2099` is unknown",
        rank=8,
    ),
    Pattern(
        kind=LOCK_OUTDATED,
        regex=r"cannot (?:create|update) the lock file .+ because --(?:locked|frozen) was passed"
        r"|the lock file .+ needs to be updated but --(?:locked|frozen) was passed",
        example="error: cannot update the lock file /project/x/Cargo.lock because --locked was passed to prevent this",
        rank=9,
    ),
    Pattern(
        kind="cargo:offline",
        regex=r"you're using offline mode|attempting to make an HTTP request, but --offline was specified",
        example=(
            "As a reminder, you're using offline mode (--offline) which can sometimes cause surprising resolution failures,"
            " if this error is too confusing you may wish to retry without `--offline`."
        ),
        rank=7,
    ),
    Pattern(
        kind="cargo:no-network",
        regex=r"^warning: spurious network error|Could(?:n't| not) resolve host",
        example="warning: spurious network error (3 tries remaining): [6] Could not resolve hostname (index)",
        rank=8,
    ),
    Pattern(
        kind="cargo:no-package",
        regex=r"^error: no matching package named `(?P<package>[^`]+)` found",
        example="error: no matching package named `zz-not-there-at-all-xyz` found",
        rank=10,
    ),
    Pattern(
        kind="cargo:no-version",
        regex=r"^error: failed to select a version for (?:the requirement )?`(?P<requirement>[^`]+)`",
        example='error: failed to select a version for the requirement `itoa = "^999"`',
        rank=10,
    ),
    Pattern(
        kind="cargo:no-path",
        regex=r"^\s*failed to read `(?P<path>[^`]+Cargo\.toml)`",
        example="  failed to read `/project/nope/Cargo.toml`",
        rank=10,
    ),
    Pattern(
        kind="cargo:not-a-member",
        regex=r"current package believes it's in a workspace when it's not",
        example="error: current package believes it's in a workspace when it's not:",
        rank=10,
    ),
    Pattern(
        kind="cargo:no-manifest",
        regex=r"^error: could not find `Cargo\.toml` in ",
        example="error: could not find `Cargo.toml` in `/project/empty` or any parent directory",
        rank=10,
    ),
    Pattern(
        kind="cargo:bad-manifest",
        regex=r"^error: failed to parse manifest at |^\s*--> Cargo\.toml:(?P<line>\d+)",
        example=" --> Cargo.toml:5:14",
        rank=12,
    ),
    Pattern(
        kind="cargo:no-command",
        regex=r"^error: no such command: `(?P<command>[\w-]+)`",
        example="error: no such command: `nextest`",
        rank=10,
    ),
    Pattern(
        kind="cargo:build-script",
        regex=r"^error: failed to run custom build command for `(?P<package>[^`]+)`",
        example="error: failed to run custom build command for `x v0.1.0 (/project/x)`",
        rank=14,
    ),
    Pattern(
        kind="rust:no-library",
        regex=r"unable to find library -l(?P<library>\S+)|cannot find -l(?P<other>[^\s:]+)",
        example="  = note: rust-lld: error: unable to find library -lnotthere",
        rank=12,
    ),
    Pattern(
        kind="rust:link",
        regex=r"^error: linking with `[^`]+` failed",
        example="error: linking with `cc` failed: exit status: 1",
        rank=16,
    ),
    Pattern(
        kind="rust:unresolved-import",
        regex=r"^error\[E0432\]: unresolved import `(?P<name>[^`]+)`",
        example="error[E0432]: unresolved import `serde`",
        rank=15,
    ),
    Pattern(
        kind="rust:no-crate",
        regex=r"^error\[E0463\]: can't find crate for `(?P<name>[^`]+)`",
        example="error[E0463]: can't find crate for `foo`",
        rank=15,
    ),
    Pattern(
        kind="rust:no-module-file",
        regex=r"^error\[E0583\]: file not found for module `(?P<name>[^`]+)`",
        example="error[E0583]: file not found for module `missing`",
        rank=15,
    ),
    Pattern(
        kind="rust:compile-error",
        regex=r"^error\[(?P<code>E\d{4})\]: (?P<message>.+)",
        example="error[E0308]: mismatched types",
        rank=20,
    ),
    Pattern(
        kind="rust:could-not-compile",
        regex=r"^error: could not compile `(?P<package>[^`]+)`",
        example="error: could not compile `x` (lib test) due to 3 previous errors",
        rank=45,
    ),
    Pattern(
        kind="rust:killed",
        regex=r"^\s*process didn't exit successfully: .+\(signal: (?P<signal>\d+), ",
        example="  process didn't exit successfully: `/p/target/debug/deps/x-b88` (signal: 6, SIGABRT: process abort signal)",
        rank=30,
    ),
    Pattern(
        kind="nextest:no-tests",
        regex=r"^error: no tests to run",
        example="error: no tests to run",
        rank=30,
    ),
    Pattern(
        kind="rust:assertion",
        regex=r"^\s*assertion (?:`[^`]+` )?failed",
        example="assertion `left == right` failed: why not",
        rank=40,
    ),
    Pattern(
        kind="rust:panic",
        regex=r"^\s*thread '[^']*' (?:\(\d+\) )?panicked at (?P<place>\S+?):?$",
        example="thread 'tests::fails' (13418) panicked at src/lib.rs:36:18:",
        rank=55,
    ),
)
