"""What every plugin must keep."""

import autopack_intent_conventions

from autopack.testing import contract_for

TestContract = contract_for(autopack_intent_conventions)
