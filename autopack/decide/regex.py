"""Whether a regular expression from a plugin is safe to run on program output."""

from __future__ import annotations

import re

_QUANTIFIER = r"(?P<repeat>[*+?]|\{\d+\}|\{\d*,\d*\})[+?]?"
_TOKEN = re.compile(rf"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\(\??)|(?P<close>\))|{_QUANTIFIER}|.", re.DOTALL)


def has_nested_quantifier(regex: str) -> bool:
    r"""Whether something of variable length is repeated inside a repeated group, as in `(a+)*`.

    Such an expression may take exponential time on a line that almost matches.  The rule is about the form, so it also
    refuses harmless ones like `(?:\.\w+)*`; those can be written without nesting, as `[.\w]*`.
    """
    # One entry for each open group, the whole expression first: does it hold something of variable length?
    varies = [False]
    closed = False
    for token in _TOKEN.finditer(regex):
        if token["repeat"]:
            if closed and token["repeat"] not in ("?", "{0,1}", "{,1}", "{1}"):
                return True
            varies[-1] |= not re.fullmatch(r"\{\d+\}", token["repeat"])
        if token["open"]:
            varies.append(False)
        closed = bool(token["close"]) and len(varies) > 1 and varies.pop()
        varies[-1] |= closed
    return False
