"""What every plugin must keep."""

import pytest

from autopack.testing import contract_for

plugin = pytest.importorskip("autopack_plan_llm", reason="autopack-plan-llm is not installed")

TestContract = contract_for(plugin)
