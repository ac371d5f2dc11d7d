"""What the command policy says of a command, and the stricter rules that plugins may add to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["allow", "ask", "deny"]
Objection = Literal["ask", "deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRule:
    """Commands that must not run unasked (`ask`) or at all (`deny`); there is no rule of a plugin that allows.

    Matches a program's words when all that is given holds, wherever the command hides: in `sh -c`, `env`, `xargs`, a pipe.
    `programs`: names in lower case without folder, a script of the repository as its path (`./run.sh`), `*` for every
    program.  `sub`: beginnings of the words that are no options, one of which must fit (`*` matches within a word).  `has`:
    one of these options or words is given, in any spelling the program may accept.  `lacks`: none of these is given.
    `examples`: one or more command lines that this rule decides; the host tries them before it uses the rule.
    """

    id: str
    verdict: Objection
    reason: str
    programs: tuple[str, ...]
    examples: tuple[str, ...]
    sub: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    package: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStep:
    """What was thought of one argv: its strictest finding.  Without an argv it is about the text as a whole."""

    argv: tuple[str, ...]
    verdict: Verdict
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVerdict:
    """The strictest verdict, the rule that gave it, and every argv that was looked at, wrapped ones after their wrapper.

    `steps` says which rule decided each of them.
    """

    verdict: Verdict
    rule: str
    reason: str
    parsed: tuple[tuple[str, ...], ...] = ()
    steps: tuple[PolicyStep, ...] = ()
