"""Every expected failure, with its exit code (the contract's table) and the way out."""

from __future__ import annotations

DONE = 0
PHASE_FAILED = 1
WRONG_USE = 2
NEEDS_ANSWER = 3
REFUSED = 4
MACHINE_LACKS = 5
PLUGIN_BROKEN = 6
BUG = 70
WAITING = 75
INTERRUPTED = 130

_MIXED_ORDER = (BUG, INTERRUPTED, PLUGIN_BROKEN, MACHINE_LACKS, REFUSED, PHASE_FAILED, NEEDS_ANSWER, WAITING, DONE)


def combine_exit_codes(codes: list[int]) -> int:
    """The one code that stands for several outcomes: the gravest, in the contract's order."""
    return next((code for code in _MIXED_ORDER if code in codes), DONE if not codes else BUG)


class AutopackError(Exception):
    """An expected failure: what happened and where, what to do next, and how the process ends."""

    exit_code = BUG

    def __init__(self, message: str, *, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code


class WrongUse(AutopackError):
    """Bad input or a bad option: nothing was done."""

    exit_code = WRONG_USE


class NeedsAnswer(AutopackError):
    """A question or an approval is open."""

    exit_code = NEEDS_ANSWER


class Refused(AutopackError):
    """Scope or safety said no before anything ran."""

    exit_code = REFUSED


class MachineLacks(AutopackError):
    """A program, a right or a sandbox is missing on this machine."""

    exit_code = MACHINE_LACKS


class PluginBroken(AutopackError):
    """A plugin that the configuration requires did not load."""

    exit_code = PLUGIN_BROKEN
