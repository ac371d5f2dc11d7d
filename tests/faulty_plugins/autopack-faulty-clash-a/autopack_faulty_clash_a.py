"""Offers a name that another package offers too."""

from autopack import hookimpl


@hookimpl
def builders():
    return []
