"""For tests of Autopack and of its plugins: real folders, real repositories, the installed program."""
