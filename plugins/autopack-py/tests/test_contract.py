"""What every plugin must keep."""

import autopack_py

from autopack.testing import contract_for

FILES = {
    "pyproject.toml": '[project]\nname = "app"\ndependencies = ["requests"]\n[tool.uv]\n',
    "uv.lock": "version = 1\n",
    "backend/requirements.txt": "-r ../base.txt\npytest\n",
    "backend/tests/test_x.py": "import unittest\n",
    "base.txt": "flask\n",
}

TestContract = contract_for(autopack_py, files=FILES)
