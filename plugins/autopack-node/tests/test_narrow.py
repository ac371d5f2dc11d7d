"""Which cheaper command covers a change, and where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from autopack_node import narrow_tests

from autopack.model.toolchain import Toolchain

Detect = Callable[[Mapping[str, Any]], tuple[Toolchain, ...]]
VITEST = ("--reporter=default", "--reporter=json", "--outputFile.json={results}/vitest.json")
JEST = ("--json", "--outputFile={results}/jest.json")
A, B = "src/a.test.js", "src/b.test.js"
FOUND = ("--findRelatedTests",)
DENO = {"deno.json": {"tasks": {"test": "deno test -A"}}}


def script(text: str, **more: Any) -> dict[str, Any]:
    return {"package.json": {"scripts": {"test": text, "lint": "eslint ."}, **more}}


def declared(name: str, **files: Any) -> dict[str, Any]:
    return {"package.json": {"devDependencies": {name: "1"}}, A: "", **files}


# the project, changed paths, the narrowed command (None: only the full one)
NARROWED: dict[str, tuple[dict[str, Any], list[str], tuple[str, ...] | None]] = {
    "vitest's script": (script("vitest"), [A, B], ("npm", "test", "--", "--run", *VITEST, A, B)),
    "vitest's script and a source": (
        script("vitest run"),
        ["src/a.ts", A],
        ("npx", "--no-install", "vitest", "related", "--run", *VITEST, "src/a.ts", A),
    ),
    "vitest with options and a source": (script("vitest run --config x.ts"), ["src/a.ts", A], None),
    "vitest declared": (declared("vitest"), [A], ("npx", "--no-install", "vitest", "run", *VITEST, A)),
    "vitest declared and a source": (
        {**declared("vitest"), "pnpm-lock.yaml": ""},
        ["src/a.ts", A],
        ("pnpm", "exec", "vitest", "related", "--run", *VITEST, "src/a.ts", A),
    ),
    "jest's script": (script("jest --ci"), [A], ("npm", "test", "--", *JEST, *FOUND, A)),
    "jest's script and a source": (
        {**script("npm run lint && jest"), "yarn.lock": ""},
        ["src/a.js", A],
        ("yarn", "run", "test", *JEST, *FOUND, "src/a.js", A),
    ),
    "jest declared": (declared("jest"), ["src/a.jsx", A], ("npx", "--no-install", "jest", *JEST, *FOUND, "src/a.jsx", A)),
    "jest and what runs before all tests": (script("jest"), ["test/setup.js", A], None),
    "jest and a stand-in": (script("jest"), ["src/__mocks__/a.js", A], None),
    "jest and its settings": (script("jest"), ["jest.config.js", A], None),
    "jest and a text": (script("jest"), ["README.md", A], None),
    "jest and a manifest": (script("jest"), ["package.json", A], None),
    "mocha's script": (script("mocha --exit"), [A], ("npm", "test", "--", A)),
    "mocha and a source": (script("mocha"), ["src/a.js", A], None),
    "mocha with files of its own": (script("mocha 'test/**/*.js'"), [A], None),
    "mocha with a value": (script("mocha --require ts-node/register"), [A], None),
    "mocha and a helper": (script("mocha"), ["test/helper.js", A], None),
    "mocha with pnpm": ({**script("mocha"), "pnpm-lock.yaml": ""}, [A], ("pnpm", "run", "test", A)),
    "node's script": (script("node --test"), [A], ("npm", "test", "--", A)),
    "node's script with bun": ({**script("node --test"), "bun.lock": ""}, [A], ("bun", "run", "test", A)),
    "node's script with a glob": (script("node --test test/*.js"), [A], None),
    "node and a source": (script("node --test"), ["src/a.js", A], None),
    "node's own": (
        {"package.json": {"name": "d"}, A: "require('node:test')"},
        [A, A],
        ("node", "--test", A),
    ),
    "node and a test that it does not find": (script("node --test"), ["src/a.spec.js"], None),
    "bun's own": (
        {"package.json": {"name": "d"}, "bun.lock": "", "a.test.ts": "import { test } from 'bun:test'"},
        ["a.test.ts"],
        ("bun", "test", "./a.test.ts"),
    ),
    "bun's script": ({**script("bun test"), "bun.lock": ""}, ["src/a.spec.tsx"], ("bun", "run", "test", "./src/a.spec.tsx")),
    "deno's own": ({"deno.json": {}, "m_test.ts": ""}, ["m_test.ts"], ("deno", "test", "-A", "m_test.ts")),
    "deno's task": (DENO, ["m_test.ts"], ("deno", "task", "test", "m_test.ts")),
    "deno and a source": (DENO, ["m.ts", "m_test.ts"], None),
    "two steps of tests": (script("jest && node --test"), [A], None),
    "a shell": (script("node --test | tee log"), [A], None),
    "a long script": (script(f"node --test {'--x ' * 60}"), [A], None),
    "another runner": (script("ava"), [A], None),
    "no test": (script("jest"), ["src/a.js"], None),
    "an odd name": (script("jest"), ["src/--a.test.js", "-x.test.js"], None),
    "a space": (script("jest"), ["src/a b.test.js"], None),
    "elsewhere": ({"web/package.json": {"scripts": {"test": "jest"}}}, ["api/a.test.js"], None),
    "below": (
        {"web/package.json": {"scripts": {"test": "jest"}}},
        ["web/a.test.js"],
        ("npm", "test", "--", *JEST, *FOUND, "a.test.js"),
    ),
    "nothing": (script("jest"), [], None),
    "no tests at all": (script("echo none"), [A], None),
}


@pytest.mark.parametrize("name", NARROWED)
def test_a_change_is_covered_by_the_tests_that_it_can_break(detect: Detect, name: str) -> None:
    files, paths, expected = NARROWED[name]
    (tool,) = detect(files)
    command = narrow_tests(toolchain=tool, paths=paths)
    assert (command.argv if command else None) == expected
    assert command is None or (command.cwd, command.env) == (tool.root, tool.test[0].env)


MEMBER = {"scripts": {"test": "mocha"}}
SPACE = {"workspaces": ["packages/*"]}
MEMBERS: dict[str, tuple[dict[str, Any], tuple[str, tuple[str, ...]] | None]] = {
    "npm": ({"package.json": SPACE}, (".", ("npm", "run", "test", "--workspace=packages/a", "--if-present"))),
    "pnpm": (
        {"package.json": {"name": "d"}, "pnpm-workspace.yaml": "packages:\n  - 'packages/*'\n"},
        (".", ("pnpm", "--filter", "...{./packages/a}", "--if-present", "run", "test")),
    ),
    "yarn 1": ({"package.json": SPACE, "yarn.lock": ""}, ("packages/a", ("yarn", "run", "test"))),
    "berry": ({"package.json": SPACE, "yarn.lock": "__metadata:"}, None),
    "bun": ({"package.json": SPACE, "bun.lock": ""}, (".", ("bun", "run", "--filter", "./packages/a", "test"))),
    "turbo": ({"package.json": {**SPACE, "devDependencies": {"turbo": "2"}}, "turbo.json": {}}, None),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_workspace_is_narrowed_to_the_member_that_holds_all_of_a_change(detect: Detect, name: str) -> None:
    files, expected = MEMBERS[name]
    (tool,) = detect({**files, "packages/a/package.json": MEMBER, "packages/b/package.json": MEMBER})
    one = narrow_tests(toolchain=tool, paths=["packages/a/src/x.js", "packages/a/x.test.js"])
    assert ((str(one.cwd), one.argv) if one else None) == expected
    for paths in (["packages/a/x.test.js", "packages/b/x.js"], ["packages/a/x.js"], ["x.test.js"]):
        assert narrow_tests(toolchain=tool, paths=paths) is None


def test_another_languages_toolchain_is_left_alone(detect: Detect) -> None:
    python = Toolchain(name="python", package_manager="pip", root=detect(script("jest"))[0].root, confidence=0.9, evidence=())
    assert narrow_tests(toolchain=python, paths=[A]) is None
