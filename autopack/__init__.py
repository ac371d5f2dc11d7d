"""Autopack: any plan in, a finished and verified branch out."""

import pluggy

__version__ = "0.1.0"

hookimpl = pluggy.HookimplMarker("autopack")
