"""For tests of Autopack and of its plugins: real folders, real repositories, the installed program."""

from autopack.testing.contract import contract_for as contract_for
