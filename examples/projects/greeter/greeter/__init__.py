"""Greets people by name."""

from greeter.core import greet

__all__ = ["greet"]
