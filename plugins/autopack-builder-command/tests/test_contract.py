"""What every plugin must keep."""

import autopack_builder_command

from autopack.testing import contract_for

TestContract = contract_for(autopack_builder_command)
