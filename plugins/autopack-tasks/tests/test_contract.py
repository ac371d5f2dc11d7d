"""What every plugin must keep."""

import autopack_tasks

from autopack.testing import contract_for

FILES = {
    "Makefile": "PY = python3\n\ntest: deps\n\t$(PY) -m pytest\n\ndeps:\n\tpip install -e .\n",
    "justfile": 'py := "python3"\n\ntest *ARGS:\n    {{py}} -m pytest {{ARGS}}\n',
    "Taskfile.yml": "version: '3'\ntasks:\n  test:\n    dir: api\n    cmds: [go test ./...]\n",
    "mise.toml": '[tasks.test]\nrun = "pytest"\n',
    ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: pytest\n",
    ".gitlab-ci.yml": "test:\n  script: [pytest]\n",
}

TestContract = contract_for(autopack_tasks, files=FILES)
