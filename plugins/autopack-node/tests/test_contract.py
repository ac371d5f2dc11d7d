"""What every plugin must keep."""

import autopack_node

from autopack.testing import contract_for

FILES = {
    "package.json": '{"name": "app", "workspaces": ["packages/*"], "scripts": {"test": "vitest", "build": "tsc"}}',
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "tsconfig.json": "{}",
    "packages/a/package.json": '{"name": "a", "devDependencies": {"vitest": "^4"}}',
    "packages/a/a.test.ts": "import { test } from 'vitest';\n",
    "worker/deno.json": '{"tasks": {"test": "deno test"}}',
}

TestContract = contract_for(autopack_node, files=FILES)
