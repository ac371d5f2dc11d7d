"""What every plugin must keep."""

import autopack_plan_llm

from autopack.testing import contract_for

TestContract = contract_for(autopack_plan_llm)
