"""Doing: the only room that touches files, processes, git and the environment."""
