"""Wants an argument that the hook does not have."""

from autopack import hookimpl


@hookimpl
def detect_toolchain(workspace, shell):
    return []
