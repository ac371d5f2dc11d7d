"""Which toolchains stand in a tree, and what they are made of."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

import pytest

from autopack.model.toolchain import Command, Toolchain

Detect = Callable[[Mapping[str, Any]], tuple[Toolchain, ...]]
NODE_TEST = "const test = require('node:test');\ntest('a', () => {});\n"
DEPS = {"dependencies": {"is-odd": "3.0.1"}}
NPM_LOOSE = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
VITEST = ("--reporter=default", "--reporter=json", "--outputFile.json={results}/vitest.json")
JEST = ("--json", "--outputFile={results}/jest.json")


def words(commands: tuple[Command, ...]) -> list[tuple[str, ...]]:
    return [command.argv for command in commands]


def shape(tool: Toolchain) -> tuple[Any, ...]:
    """Install, build, test and the first words of smoke."""
    return (words(tool.install), words(tool.build), words(tool.test), [command.argv[:3] for command in tool.smoke])


def test_a_locked_project_is_installed_from_its_lock_and_proved_by_its_scripts(detect: Detect) -> None:
    files = {
        "package.json": {
            "name": "d",
            "scripts": {"test": "vitest run", "build": "tsc -p ."},
            "devDependencies": {"vitest": "^4"},
        },
        "package-lock.json": {"lockfileVersion": 3},
        "src/a.ts": "",
        "src/a.test.ts": "",
    }
    (tool,) = detect(files)
    assert (tool.key, tool.package_manager, tool.confidence) == ("node@.", "npm", 0.95)
    assert tool.evidence == ("package.json", "package-lock.json", "package.json: scripts.test is `vitest run`")
    cache = (("npm_config_cache", "{cache}/npm"), ("npm_config_prefer_offline", "true"))
    assert tool.install == (Command(argv=("npm", "ci", "--no-audit", "--no-fund"), env=cache),)
    assert tool.build == (Command(argv=("npm", "run", "build")),)
    assert tool.test == (Command(argv=("npm", "test", "--", *VITEST)),)
    assert tool.smoke == ()
    assert tool.installed == ("node_modules",)
    assert tool.manifests == (PurePosixPath("package-lock.json"), PurePosixPath("package.json"))
    assert tool.dependencies == ("package-lock.json da4f67e19cdb", "vitest@^4")


def test_a_list_of_members_in_one_line_is_read(detect: Detect) -> None:
    for row in ("packages: [apps/*, 'libs/*']  # all", 'packages: ["apps/*","libs/*"]'):
        files = {"package.json": {"name": "d"}, "pnpm-workspace.yaml": f"{row}\n", "apps/a/package.json": MEMBER}
        assert [tool.key for tool in detect({**files, "libs/b/package.json": MEMBER})] == ["node@."]


def test_below_another_languages_root_a_project_is_secondary(detect: Detect) -> None:
    (tool,) = detect({"go.mod": "module x\n", "ui/package.json": MEMBER, "ui/package-lock.json": {}})
    assert (tool.key, tool.confidence) == ("node@ui", 0.7)


def test_a_lock_is_installed_even_if_nothing_is_declared(detect: Detect) -> None:
    (tool,) = detect({"package.json": {"name": "d"}, "package-lock.json": {}})
    assert words(tool.install) == [("npm", "ci", "--no-audit", "--no-fund")]


def test_what_needs_nothing_is_not_installed(detect: Detect) -> None:
    (tool,) = detect({"package.json": {"name": "d", "scripts": {"test": "node --test"}}, "a.js": "", "a.test.js": NODE_TEST})
    assert shape(tool) == ([], [], [("npm", "test")], [("node", "--no-warnings", "--experimental-vm-modules")])
    assert tool.installed == ()


def test_a_script_that_an_install_runs_needs_one_and_is_told(detect: Detect) -> None:
    (tool,) = detect({"package.json": {"name": "d", "scripts": {"postinstall": "node gen.js"}}, "a.js": ""})
    assert (words(tool.install), tool.dependencies) == ([NPM_LOOSE], ("scripts.postinstall: node gen.js",))


WORKFLOW = "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n          "
# files beside a package.json with a dependency, keys of it, manager, install, test
MANAGERS: dict[str, tuple[dict[str, Any], dict[str, Any], str, tuple[str, ...], tuple[str, ...]]] = {
    "npm": ({}, {}, "npm", NPM_LOOSE, ("npm", "test")),
    "npm shrinkwrap": ({"npm-shrinkwrap.json": {}}, {}, "npm", ("npm", "ci", "--no-audit", "--no-fund"), ("npm", "test")),
    "pnpm": ({"pnpm-lock.yaml": ""}, {}, "pnpm", ("pnpm", "install", "--frozen-lockfile"), ("pnpm", "run", "test")),
    "pnpm by its field": (
        {"package-lock.json": {}},
        {"packageManager": "pnpm@9.0.0+sha512.ab"},
        "pnpm",
        ("pnpm", "install", "--no-lockfile"),
        ("pnpm", "run", "test"),
    ),
    "devEngines": (
        {"yarn.lock": ""},
        {"devEngines": {"packageManager": [{"name": "bun", "version": "^1"}]}},
        "bun",
        ("bun", "install", "--no-save"),
        ("bun", "run", "test"),
    ),
    "yarn 1": (
        {"yarn.lock": "# yarn lockfile v1\n"},
        {},
        "yarn",
        ("yarn", "install", "--frozen-lockfile", "--non-interactive"),
        ("yarn", "run", "test"),
    ),
    "yarn 1 by its field": (
        {},
        {"packageManager": "yarn@1.22.22"},
        "yarn",
        ("yarn", "install", "--no-lockfile", "--non-interactive"),
        ("yarn", "run", "test"),
    ),
    "berry": (
        {"yarn.lock": "__metadata:\n  version: 8\n"},
        {},
        "yarn",
        ("yarn", "install", "--immutable"),
        ("yarn", "run", "test"),
    ),
    "berry by its settings": ({".yarnrc.yml": ""}, {}, "yarn", ("yarn", "install", "--no-immutable"), ("npm", "run", "test")),
    "bun": ({"bun.lock": "{}"}, {}, "bun", ("bun", "install", "--frozen-lockfile"), ("bun", "run", "test")),
    "bun in bytes": ({"bun.lockb": b"\xff\x00"}, {}, "bun", ("bun", "install", "--frozen-lockfile"), ("bun", "run", "test")),
    "pnpm before bun and yarn": (
        {"bun.lock": "", "yarn.lock": "", "pnpm-lock.yaml": ""},
        {},
        "pnpm",
        ("pnpm", "install", "--frozen-lockfile"),
        ("pnpm", "run", "test"),
    ),
    "engines that are a sentence": (
        {},
        {"engines": {"npm": "please-use-pnpm", "yarn": "use npm"}},
        "npm",
        NPM_LOOSE,
        ("npm", "test"),
    ),
    "engines": ({}, {"engines": {"pnpm": ">=9"}}, "pnpm", ("pnpm", "install", "--no-lockfile"), ("pnpm", "run", "test")),
    "a script": (
        {},
        {"scripts": {"test": "mocha", "build": "pnpm types && tsc"}},
        "pnpm",
        ("pnpm", "install", "--no-lockfile"),
        ("pnpm", "run", "test"),
    ),
    "a script for one of many": (
        {},
        {"scripts": {"test": "mocha", "test-ci-pnpm": "pnpm run test"}},
        "npm",
        NPM_LOOSE,
        ("npm", "test"),
    ),
    "CI": (
        {".github/workflows/ci.yml": f"{WORKFLOW}npm install -g pnpm\n          pnpm install --frozen-lockfile\n"},
        {},
        "pnpm",
        ("pnpm", "install", "--no-lockfile"),
        ("pnpm", "run", "test"),
    ),
    "CI that uses several": (
        {".github/workflows/ci.yml": f"{WORKFLOW}pnpm i\n          npm ci\n"},
        {},
        "npm",
        NPM_LOOSE,
        ("npm", "test"),
    ),
    "the only one allowed": (
        {},
        {"scripts": {"test": "mocha", "preinstall": "npx only-allow pnpm"}},
        "pnpm",
        ("pnpm", "install", "--no-lockfile"),
        ("pnpm", "run", "test"),
    ),
    "unknown": ({}, {"packageManager": "zpm@1"}, "npm", NPM_LOOSE, ("npm", "test")),
}


@pytest.mark.parametrize("name", MANAGERS)
def test_the_manager_is_the_first_that_is_named(detect: Detect, name: str) -> None:
    files, keys, manager, install, test = MANAGERS[name]
    (tool,) = detect({"package.json": {"scripts": {"test": "mocha"}, **DEPS, **keys}, "x.ts": "", **files})
    build = [command.argv for command in tool.build]
    assert (tool.package_manager, shape(tool)) == (manager, ([install], build, [test], []))


def test_packages_of_yarn_go_into_a_folder_unless_the_project_wants_otherwise(detect: Detect) -> None:
    files = {"package.json": {**DEPS}, "yarn.lock": "__metadata:\n"}
    linker = ("YARN_NODE_LINKER", "node-modules")
    assert linker in detect(files)[0].env
    assert linker not in detect({**files, ".pnp.cjs": ""})[0].env


# the script `test`, the words that run it with npm (empty: none does)
SCRIPTS = {
    'echo "Error: no test specified" && exit 1': (),
    "exit 1": (),
    "true": (),
    "echo ok": (),
    "": (),
    "vitest": ("--", "--run", *VITEST),
    "vitest --coverage": ("--", "--run", *VITEST),
    "cross-env NODE_ENV=test jest --ci": ("--", *JEST),
    "jest --watch": ("--", "--watchAll=false", "--watch=false", *JEST),
    "npm run lint && vitest run": ("--", *VITEST),
    "vitest run && tsc": None,
    "vitest run --reporter=dot": None,
    "vitest run | tee out.txt": None,
    "jest a && jest b": None,
    "react-scripts test": ("--", "--watchAll=false", *JEST),
    "ng test": ("--", "--watch=false"),
    "karma start": ("--", "--single-run"),
    "mocha 'test/**/*.js'": None,
    "node --test": None,
    "jest --passWithNoTests": ("--", *JEST),
    "npm publish": (),
    "jest && git push": (),
    "docker compose run test": (),
    "npm run ship": (),
    "vitest run src/deploy.test.ts": ("--", *VITEST),
    "jest 'unbalanced": None,
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_test_script_is_run_as_it_is_meant(detect: Detect, script: str) -> None:
    more = SCRIPTS[script]
    (tool,) = detect({"package.json": {"scripts": {"test": script, "ship": "deploy-it now", "lint": "eslint"}}})
    expected = [("npm", "test", *(more or ()))] if more != () else []
    assert words(tool.test) == expected


def test_a_script_that_reaches_outside_around_the_test_is_seen_too(detect: Detect) -> None:
    (tool,) = detect({"package.json": {"scripts": {"pretest": "curl -s example.org", "test": "jest"}}})
    assert tool.test == ()
    assert tool.evidence[-1] == (
        "package.json: scripts.test reaches outside this machine, so it is not run; no sign of a test runner: no test command"
    )


OUTSIDE = "package.json: scripts.build reaches outside this machine, so it is not run"
ENDLESS = "package.json: scripts.build does not end by itself, so it is not run"
# scripts, the build, and the last word of the evidence where it is about the build
BUILDS: dict[str, tuple[dict[str, str], list[tuple[str, ...]], str]] = {
    "plain": ({"build": "next build"}, [("npm", "run", "build")], ""),
    "several steps": ({"build": "rm -rf dist && tsc -p . && vite build"}, [("npm", "run", "build")], ""),
    "migrates": ({"build": "prisma generate && prisma migrate deploy && next build"}, [], OUTSIDE),
    "migrates by another script": ({"build": "npm run db && next build", "db": "knex migrate:latest"}, [], OUTSIDE),
    "migrates afterwards": ({"build": "next build", "postbuild": "typeorm migration:run -d x"}, [], OUTSIDE),
    "pushes a schema": ({"build": "prisma db push && next build"}, [], OUTSIDE),
    "pushes with drizzle": ({"build": "drizzle-kit push && vite build"}, [], OUTSIDE),
    "releases": ({"build": "tsc && npm version patch"}, [], OUTSIDE),
    "uploads": ({"build": "vite build && aws s3 sync dist s3://x"}, [], OUTSIDE),
    "uploads maps": ({"build": "vite build && sentry-cli sourcemaps upload dist"}, [], OUTSIDE),
    "an image": ({"build": "docker build ."}, [], OUTSIDE),
    "named like it": ({"build": "node scripts/deploy-notes.js && tsc -p tsconfig.deploy.json"}, [("npm", "run", "build")], ""),
    "watches": ({"build": "tsc --watch"}, [], ENDLESS),
    "watches in short": ({"build": "tsc -p . -w"}, [], ENDLESS),
    "serves": ({"build": "webpack serve"}, [], ENDLESS),
    "a member of a workspace": ({"build": "npm run build -w packages/a"}, [("npm", "run", "build")], ""),
    "told not to watch": ({"build": "vite build --watch=false"}, [("npm", "run", "build")], ""),
    "compiles": ({"compile": "tsc -p ."}, [("npm", "run", "compile")], ""),
    "compiles something else": ({"compile": "hardhat compile"}, [], ""),
    "nothing": ({"build": "echo nothing to build"}, [], ""),
}


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_is_run_if_it_stays_here_and_ends(detect: Detect, name: str) -> None:
    scripts, expected, note = BUILDS[name]
    (tool,) = detect({"package.json": {"scripts": scripts}})
    assert (words(tool.build), [row for row in tool.evidence if "so it is not run" in row]) == (expected, [note] if note else [])


def build_of_members(detect: Detect, root: dict[str, Any], **builds: str) -> tuple[Toolchain, list[tuple[str, tuple[str, ...]]]]:
    members = {f"packages/{name}/package.json": {"name": name, "scripts": {"build": text}} for name, text in builds.items()}
    (tool,) = detect({"package.json": {"workspaces": ["packages/*"], **root}, **members, "turbo.json": {}})
    return tool, [(str(command.cwd), command.argv) for command in tool.build]


def test_members_are_built_together_if_all_of_them_may_be(detect: Detect) -> None:
    _, together = build_of_members(detect, {}, a="tsc", b="vite build")
    assert together == [(".", ("npm", "run", "build", "--workspaces", "--if-present"))]
    tool, apart = build_of_members(detect, {}, a="tsc", b="wrangler deploy", c="echo none")
    assert apart == [("packages/a", ("npm", "run", "build"))]
    assert tool.evidence[-1] == "packages/b/package.json: scripts.build reaches outside this machine, so it is not run"


def test_a_task_runner_builds_what_all_members_may_build(detect: Detect) -> None:
    turbo = {"devDependencies": {"turbo": "2"}}
    assert build_of_members(detect, turbo, a="tsc")[1] == [(".", ("npx", "--no-install", "turbo", "run", "build"))]
    assert build_of_members(detect, turbo, a="tsc", b="fly deploy")[1] == [("packages/a", ("npm", "run", "build"))]


def test_a_member_whose_test_is_a_placeholder_is_not_asked(detect: Detect) -> None:
    files = {
        "package.json": {"workspaces": ["packages/*"]},
        "packages/a/package.json": {"name": "a", "scripts": {"test": "mocha"}},
        "packages/b/package.json": {"name": "b", "scripts": {"test": 'echo "Error: no test specified" && exit 1'}},
    }
    assert detect(files)[0].test == (Command(argv=("npm", "test"), cwd=PurePosixPath("packages/a")),)


@pytest.mark.parametrize("output", ["dist", "build", "out", "coverage", ".next", ".nuxt", ".turbo", ".angular", "*.tsbuildinfo"])
def test_what_builds_and_tests_write_is_known(detect: Detect, output: str) -> None:
    assert output in detect({"package.json": {"name": "d"}})[0].scratch


TESTS: dict[str, tuple[dict[str, Any], list[tuple[str, ...]]]] = {
    "another script": ({"package.json": {"scripts": {"test": "exit 1", "test:unit": "mocha"}}}, [("npm", "run", "test:unit")]),
    "declared": (
        {"package.json": {"devDependencies": {"vitest": "1"}}, "src/a.test.ts": ""},
        [("npx", "--no-install", "vitest", "run", *VITEST)],
    ),
    "declared without a test": ({"package.json": {"devDependencies": {"vitest": "1"}}, "src/a.ts": ""}, []),
    "node's own": ({"package.json": {"name": "d"}, "test/a.js": NODE_TEST}, [("node", "--test")]),
    "node's own in a fixture": ({"package.json": {"name": "d"}, "fixtures/a.test.js": NODE_TEST}, []),
    "bun's own": (
        {"package.json": {"name": "d"}, "bun.lock": "", "a.test.ts": "import { test } from 'bun:test'"},
        [("bun", "test")],
    ),
    "nothing": ({"package.json": {"name": "d"}, "a.js": "", "a.test.js": "console.log(1)"}, []),
    "nx": (
        {"package.json": {"devDependencies": {"nx": "20"}}, "nx.json": {}},
        [("npx", "--no-install", "nx", "run-many", "-t", "test")],
    ),
}


@pytest.mark.parametrize("name", TESTS)
def test_a_test_command_is_derived_and_never_invented(detect: Detect, name: str) -> None:
    files, expected = TESTS[name]
    (tool,) = detect(files)
    assert words(tool.test) == expected


MEMBER = {"scripts": {"test": "mocha", "build": "tsc"}}
WORKSPACES: dict[str, tuple[dict[str, Any], list[tuple[str, ...]]]] = {
    "npm": ({"package.json": {"workspaces": ["packages/*"]}}, [("npm", "run", "test", "--workspaces", "--if-present")]),
    "pnpm": (
        {"package.json": {"name": "d"}, "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n  # more\n  - '!packages/c'\n"},
        [("pnpm", "-r", "--if-present", "run", "test")],
    ),
    "yarn 1": (
        {"package.json": {"workspaces": {"packages": ["packages/**"]}}, "yarn.lock": ""},
        [("yarn", "run", "test"), ("yarn", "run", "test")],
    ),
    "berry": (
        {"package.json": {"workspaces": ["./packages/{a,b}/"]}, "yarn.lock": "__metadata:"},
        [("yarn", "workspaces", "foreach", "--all", "run", "test")],
    ),
    "bun": ({"package.json": {"workspaces": ["packages/*"]}, "bun.lock": ""}, [("bun", "run", "--filter", "*", "test")]),
    "turbo": (
        {"package.json": {"workspaces": ["packages/*"], "devDependencies": {"turbo": "2"}}, "turbo.json": {}},
        [("npx", "--no-install", "turbo", "run", "test")],
    ),
    "lerna": ({"package.json": {"name": "d"}, "lerna.json": {}}, [("npm", "run", "test", "--workspaces", "--if-present")]),
    "its own script": ({"package.json": {"workspaces": ["packages/*"], "scripts": {"test": "mocha -r"}}}, [("npm", "test")]),
}


@pytest.mark.parametrize("name", WORKSPACES)
def test_a_workspace_is_one_toolchain_at_its_root(detect: Detect, name: str) -> None:
    files, expected = WORKSPACES[name]
    (tool,) = detect({**files, "packages/a/package.json": MEMBER, "packages/b/package.json": MEMBER, "packages/b/x.ts": ""})
    assert (tool.root, words(tool.test)) == (PurePosixPath("."), expected)
    assert tool.installed == ("node_modules", "packages/a/node_modules", "packages/b/node_modules")
    assert PurePosixPath("packages/b/package.json") in tool.manifests


def test_members_of_yarn_1_are_asked_in_their_folders(detect: Detect) -> None:
    files = {
        "package.json": {"workspaces": ["a", "b"]},
        "yarn.lock": "",
        "a/package.json": MEMBER,
        "b/package.json": {"name": "b"},
    }
    (tool,) = detect(files)
    assert tool.test == (Command(argv=("yarn", "run", "test"), cwd=PurePosixPath("a")),)


def test_settings_of_pnpm_alone_make_no_workspace(detect: Detect) -> None:
    files = {"package.json": {"scripts": {"test": "mocha"}}, "pnpm-workspace.yaml": "onlyBuiltDependencies:\n  - esbuild\n"}
    (tool, other) = detect({**files, "packages/a/package.json": MEMBER})
    assert (tool.package_manager, str(other.root)) == ("pnpm", "packages/a")


def test_independent_roots_are_one_entry_each_and_the_first_is_the_repositorys_own(detect: Detect) -> None:
    files = {
        "package.json": {"scripts": {"test": "mocha"}},
        "client/package.json": {"scripts": {"test": "vitest"}},
        "client/pnpm-lock.yaml": "",
        "examples/demo/package.json": {"scripts": {"test": "jest"}},
        "test/fixtures/x/package.json": {"scripts": {"test": "jest"}},
        "src/esm/package.json": {"type": "module"},
        "node_modules/left/package.json": {"scripts": {"test": "jest"}},
    }
    found = detect(files)
    assert [(tool.key, tool.package_manager, tool.confidence) for tool in found] == [
        ("node@.", "npm", 0.9),
        ("node@client", "pnpm", 0.85),
    ]


def test_tools_beside_another_languages_project_are_secondary(detect: Detect) -> None:
    (tool,) = detect({"pyproject.toml": "", "package.json": {"devDependencies": {"prettier": "3"}}, "app.py": ""})
    assert (tool.confidence, tool.test, tool.build, tool.smoke) == (0.4, (), (), ())
    (tool,) = detect({"pyproject.toml": "", "package.json": {"scripts": {"build": "vite build"}}, "package-lock.json": {}})
    assert tool.confidence == 0.7


SMOKES = {
    "typescript": (
        {"package.json": {"devDependencies": {"typescript": "5"}}, "tsconfig.json": "{}", "a.ts": ""},
        ("npx", "--no-install", "tsc", "--noEmit", "-p", "."),
    ),
    "references": (
        {"package.json": {"devDependencies": {"typescript": "^5.9.3"}}, "tsconfig.json": '{"references": []}', "a.ts": ""},
        ("npx", "--no-install", "tsc", "-b", "--noEmit"),
    ),
    "references for an older compiler": (
        {"package.json": {"devDependencies": {"typescript": "~5.4.2"}}, "tsconfig.json": '{"references": []}', "a.ts": ""},
        None,
    ),
    "not set up": ({"package.json": {"name": "d"}, "tsconfig.json": "{}", "a.ts": ""}, None),
    "transpiled": ({"package.json": {"dependencies": {"react": "18"}}, "a.js": "<a/>"}, None),
}


@pytest.mark.parametrize("name", SMOKES)
def test_the_smoke_check_is_what_the_project_is_set_up_for(detect: Detect, name: str) -> None:
    files, expected = SMOKES[name]
    (tool,) = detect(files)
    assert words(tool.smoke) == ([expected] if expected else [])


DENOS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "tasks": (
        {
            "deno.jsonc": '{\n  // tasks\n  "tasks": {"test": "deno test -A", "build": {"command": "deno compile x"}},\n}',
            "m.ts": "",
        },
        ([], [("deno", "task", "build")], [("deno", "task", "test")], [("deno", "check", ".")]),
    ),
    "files": (
        {"deno.json": {"imports": {"a": "jsr:@std/assert@1"}}, "deno.lock": "{}", "m_test.ts": ""},
        (
            [("deno", "install", "--frozen"), ("cp", "-R", "{cache}/deno/.", "{env}")],
            [],
            [("deno", "test", "-A")],
            [("deno", "check", ".")],
        ),
    ),
    "sources": ({"main.ts": "import { x } from 'jsr:@std/x';\n"}, ([], [], [], [("deno", "check", ".")])),
    "broken": ({"deno.json": "{", "m.ts": ""}, ([], [], [], [("deno", "check", ".")])),
}


@pytest.mark.parametrize("name", DENOS)
def test_deno_is_told_by_its_settings_or_its_imports(detect: Detect, name: str) -> None:
    files, expected = DENOS[name]
    (tool,) = detect(files)
    assert (tool.key, tool.package_manager, shape(tool)) == ("node@.", "deno", expected)


def test_what_deno_fetches_is_kept_for_the_next_run_and_read_from_a_copy(detect: Detect) -> None:
    (tool,) = detect({"deno.json": {"imports": {"a": "npm:a@1"}}, "m.ts": ""})
    assert tool.prepare == (Command(argv=("mkdir", "-p", "{cache}/deno", "{env}")),)
    assert tool.install == (
        Command(argv=("deno", "install", "--no-lock"), env=(("DENO_DIR", "{cache}/deno"),)),
        Command(argv=("cp", "-R", "{cache}/deno/.", "{env}")),
    )
    assert ("DENO_DIR", "{env}") in tool.env


def test_a_deno_json_that_only_formats_leaves_the_project_to_its_package(detect: Detect) -> None:
    (tool,) = detect({"deno.json": {"fmt": {}}, "package.json": {"scripts": {"test": "mocha"}}})
    assert tool.key == "node@."


@pytest.mark.parametrize(
    "files", [{"index.html": ""}, {"app.js": "x"}, {"a/b/c/d/e/package.json": MEMBER}, {"package.json5": ""}]
)
def test_what_declares_no_project_is_none(detect: Detect, files: dict[str, Any]) -> None:
    assert detect(files) == ()


BROKEN = {
    "cut": '{"name": "d", ',
    "list": "[]",
    "number": "3",
    "empty": "",
    "NUL": '{"name": "d\x00"}',
    "bytes": b"\xff\xfe\x00",
    "deep": "[" * 100_000,
    "huge": b" " * 20_000_000,
    "twice": '{"name": "a", "name": "b"}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_manifest_is_reported_and_nothing_is_guessed(detect: Detect, name: str) -> None:
    (tool,) = detect({"package.json": BROKEN[name], "a.js": ""})
    assert (tool.confidence, tool.install, tool.build, tool.test) == (0.5, (), (), ())
    assert "package.json: cannot be read as a JSON object" in tool.evidence


def test_marks_and_line_ends_of_other_systems_are_read_over(detect: Detect) -> None:
    (tool,) = detect({"package.json": b'\xef\xbb\xbf{\r\n"scripts": {"test": "mocha"}\r\n}\r\n'})
    assert words(tool.test) == [("npm", "test")]


@pytest.mark.parametrize("value", [None, 3, "x", [], [3, None, {}], {"a": 3}, {"packages": 3}, True])
def test_wrong_types_are_read_over(detect: Detect, value: object) -> None:
    keys = ("scripts", "dependencies", "workspaces", "packageManager", "devEngines", "engines", "bin", "overrides")
    found = detect(
        {"package.json": dict.fromkeys(keys, value), "lerna.json": dict.fromkeys(("packages",), value), "nx.json": "["}
    )
    assert [(tool.root, tool.test, tool.build) for tool in found] == [(PurePosixPath("."), (), ())]


def test_hostile_globs_cost_little(detect: Detect) -> None:
    globs = ["**/" * 2000 + "x", "{a," * 300, "*a" * 500 + "b", "{a,b}/" * 40]
    members = {f"{'a' * 60}{number}/package.json": {"name": "m"} for number in range(20)}
    started = time.process_time()
    detect({"package.json": {"workspaces": globs}, **members})
    assert time.process_time() - started < 1
