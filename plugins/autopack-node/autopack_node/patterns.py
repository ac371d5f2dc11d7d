"""The lines by which Node, its package managers and its test runners say what is wrong.  A lower rank is a more telling cause."""

from __future__ import annotations

from autopack.model.failure import Pattern

_ROWS: tuple[tuple[str, int, str, str], ...] = (
    # -- modules: kind, rank, expression, a line as it was printed
    (
        "node:file-not-found",
        9,
        r"Cannot find module '(?P<file>(?:\.{0,2}/)[^']+)'",
        "Error: Cannot find module './gone'",
    ),
    (
        "node:module-not-found",
        10,
        r"Cannot find (?:module|package) '(?P<module>[^'./][^']*)'",
        "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'gone' imported from /srv/app/a.mjs",
    ),
    (
        "bun:module-not-found",
        11,
        r"error: Cannot find (?:module|package) [\"'](?P<module>[^\"']+)[\"'] from",
        "error: Cannot find package 'gone' from '/srv/app/b.test.js'",
    ),
    (
        "deno:module-not-found",
        10,
        r"Import \"(?P<module>[^\"]+)\" not a dependency",
        'TS2307 [ERROR]: Import "gone" not a dependency',
    ),
    (
        "node:no-export",
        12,
        r"The requested module '(?P<module>[^']+)' does not provide an export named '(?P<name>[^']+)'",
        "SyntaxError: The requested module './b.mjs' does not provide an export named 'default'",
    ),
    (
        "node:import-outside-module",
        12,
        r"Cannot use import statement outside a module",
        "SyntaxError: Cannot use import statement outside a module",
    ),
    (
        "node:require-in-module",
        12,
        r"ReferenceError: (?:require|module|exports|__dirname|__filename) is not defined in ES module scope",
        "ReferenceError: require is not defined in ES module scope, you can use import instead",
    ),
    # -- the program or the folder
    (
        "node:no-program",
        10,
        r"^(?:/bin/)?sh: (?:\d+: |line \d+: )?(?P<program>[\w@./-]+): (?:command )?not found",
        "sh: 1: vitest: not found",
    ),
    (
        "npm:no-manifest",
        10,
        r"enoent Could not read package\.json",
        "npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '/srv/app/package.json'",
    ),
    (
        "bun:no-manifest",
        10,
        r"Bun could not find a package\.json",
        "error: Bun could not find a package.json file to install from",
    ),
    ("npm:missing-script", 10, r"Missing script: \"?(?P<script>[\w:.-]+)\"?", 'npm error Missing script: "test"'),
    ("yarn:missing-script", 12, r"error Command \"(?P<script>[^\"]+)\" not found", 'error Command "test" not found.'),
    (
        "yarn:missing-script",
        10,
        r"Couldn't find a script named \"(?P<script>[^\"]+)\"",
        'Usage Error: Couldn\'t find a script named "nope".',
    ),
    ("bun:missing-script", 10, r"Script not found \"(?P<script>[^\"]+)\"", 'error: Script not found "nope"'),
    ("deno:missing-task", 10, r"Task not found: (?P<script>\S+)", "Task not found: nope"),
    (
        "pnpm:other-manager",
        9,
        r"This project is configured to use (?P<manager>\w+)",
        " ERROR  This project is configured to use yarn",
    ),
    (
        "yarn:other-version",
        9,
        r"defines \"packageManager\": \"(?P<manager>[^\"]+)\"",
        'error This project\'s package.json defines "packageManager": "yarn@4.0.0". However the current global version of '
        "Yarn is 1.22.22.",
    ),
    # -- locks
    (
        "npm:lock-outdated",
        10,
        r"can only install packages when your package\.json and package-lock\.json",
        "npm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are "
        "in sync. Please update your lock file with `npm install` before continuing.",
    ),
    (
        "npm:no-lock",
        10,
        r"can only install with an existing package-lock\.json",
        "npm error The `npm ci` command can only install with an existing package-lock.json or",
    ),
    (
        "pnpm:lock-outdated",
        10,
        r"ERR_PNPM_OUTDATED_LOCKFILE",
        ' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile" because pnpm-lock.yaml is not up to date with '
        "<ROOT>/package.json",
    ),
    (
        "pnpm:no-lock",
        10,
        r"ERR_PNPM_NO_LOCKFILE",
        ' ERR_PNPM_NO_LOCKFILE  Cannot install with "frozen-lockfile" because pnpm-lock.yaml is absent',
    ),
    (
        "yarn:lock-outdated",
        10,
        r"Your lockfile needs to be updated, but yarn was run with",
        "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
    ),
    ("yarn:lock-outdated", 11, r"^\S* ?YN0028: ", '➤ YN0028: │ -"is-odd@npm:3.0.0":'),
    (
        "yarn:not-installed",
        11,
        r"This package doesn't seem to be present in your lockfile",
        'Internal Error: x@workspace:.: This package doesn\'t seem to be present in your lockfile; run "yarn install" to update '
        "the lockfile",
    ),
    (
        "yarn:other-project",
        10,
        r"nearest package directory .* doesn't seem to be part of the project",
        "Usage Error: The nearest package directory (/srv/none) doesn't seem to be part of the project declared in /srv.",
    ),
    (
        "bun:lock-outdated",
        10,
        r"lockfile had changes, but lockfile is frozen",
        "error: lockfile had changes, but lockfile is frozen",
    ),
    (
        "deno:lock-outdated",
        10,
        r"The lockfile is out of date",
        "error: The lockfile is out of date. Run `deno install --frozen=false`, or rerun with `--frozen=false` to update it.",
    ),
    # -- packages that are not to be had
    (
        "npm:no-package",
        10,
        r"npm (?:error|ERR!) 404 +(?:The requested resource )?'(?P<package>[^']+)' (?:could not be found|is not in)",
        "npm error 404  The requested resource '@zig/zag@1' could not be found or you do not have permission to access it.",
    ),
    (
        "npm:no-version",
        10,
        r"No matching version found for (?P<package>\S+?)\.?(?: |$)",
        "npm error notarget No matching version found for is-odd@99.0.1.",
    ),
    (
        "pnpm:no-package",
        11,
        r"ERR_PNPM_FETCH_404",
        " ERR_PNPM_FETCH_404  GET https://registry.example/@zig%2Fzag: Not Found - 404",
    ),
    ("npm:conflict", 10, r"ERESOLVE (?:unable|could not)", "npm error ERESOLVE unable to resolve dependency tree"),
    (
        "npm:wrong-node",
        9,
        r"code EBADENGINE|ERR_PNPM_UNSUPPORTED_ENGINE|The engine \"node\" is incompatible",
        "npm error code EBADENGINE",
    ),
    ("npm:bad-manifest", 9, r"code EJSONPARSE|ERR_PNPM_JSON_PARSE", "npm error code EJSONPARSE"),
    (
        "npm:offline",
        8,
        r"code ENOTCACHED|ERR_PNPM_NO_OFFLINE_(?:TARBALL|META)|in our cache \(possible versions are",
        "npm error code ENOTCACHED",
    ),
    (
        "node:no-network",
        8,
        r"\b(?:EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNRESET)\b",
        "npm error code EAI_AGAIN",
    ),
    (
        "node:port-in-use",
        12,
        r"EADDRINUSE: address already in use (?P<address>\S+)",
        "Error: listen EADDRINUSE: address already in use :::45671",
    ),
    # -- nothing ran
    ("node:no-tests", 30, r"^(?:#|ℹ) tests 0$", "# tests 0"),
    ("jest:no-tests", 30, r"^No tests found, exiting with code \d", "No tests found, exiting with code 1"),
    ("vitest:no-tests", 30, r"^No test files found, exiting with code \d", "No test files found, exiting with code 1"),
    ("mocha:no-tests", 30, r"^Error: No test files found", 'Error: No test files found: "test"'),
    ("bun:no-tests", 30, r"^No tests found!$", "No tests found!"),
    ("deno:no-tests", 30, r"^error: No test modules found", "error: No test modules found"),
    ("npm:no-test-script", 30, r"Error: no test specified", "Error: no test specified"),
    # -- a test that took too long, or expects something else
    (
        "node:test-timeout",
        35,
        r"Exceeded timeout of \d+ ms|Test timed out in \d+ms|Timeout of \d+ms exceeded|test timed out after \d+ms",
        "Error: Test timed out in 50ms.",
    ),
    (
        "node:snapshot",
        36,
        r"Snapshot `.*` mismatched|expect\(received\)\.toMatch(?:Inline)?Snapshot\(",
        "Error: Snapshot `snap 1` mismatched",
    ),
    (
        "typescript:error",
        14,
        r"error (?P<code>TS\d{3,5}): ",
        "a.ts(1,29): error TS2322: Type 'string' is not assignable to type 'number'.",
    ),
    (
        "node:assertion",
        40,
        r"AssertionError \[ERR_ASSERTION\]|^(?:Error: |error: )?expect\(received\)|^Expected values to be |"
        r"^AssertionError: expected ",
        "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:",
    ),
    # Names that Python has too are told apart by what the engine says after them.
    (
        "node:TypeError",
        50,
        r"TypeError: (?:Cannot (?:read|set) propert|.* is not (?:a function|a constructor|iterable|an object))",
        "TypeError: Cannot read properties of null (reading 'x')",
    ),
    ("node:ReferenceError", 50, r"ReferenceError: (?P<name>\S+) is not defined", "ReferenceError: add is not defined"),
    (
        "node:SyntaxError",
        14,
        r"SyntaxError: (?:Unexpected|Invalid or unexpected|missing |Unterminated|Identifier '|Illegal|Missing)",
        "SyntaxError: Unexpected token ';'",
    ),
    ("node:RangeError", 50, r"\bRangeError: ", "RangeError: Maximum call stack size exceeded"),
    # What no other pattern names.
    ("node:error", 58, r"^(?:Uncaught )?Error(?: \[(?P<code>\w+)\])?: ", "Error: boom"),
)

PATTERNS = tuple(Pattern(kind=kind, regex=regex, example=example, rank=rank) for kind, rank, regex, example in _ROWS)
