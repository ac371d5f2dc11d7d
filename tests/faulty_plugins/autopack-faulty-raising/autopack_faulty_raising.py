"""Loads well and raises when it is asked."""

import sys

from autopack import hookimpl


@hookimpl
def failure_patterns():
    raise RuntimeError("out of patterns")


@hookimpl
def builders():
    sys.exit("no builder today")


@hookimpl
def audit_phase(attempt):
    raise ValueError("cannot read the tree")
