"""Whether what a command prints is a list of files below where it runs: words from it may be read unasked."""

from __future__ import annotations

import re

from autopack.decide.policy_argv import Argv, matches_words

# How many words that are no numbers each takes when it only thins what it is fed.
_FILTERS = {"head": 0, "tail": 0, "sort": 0, "uniq": 0, "grep": 1}
_GIT_LISTS = ("ls-files", "diff --name-only", "grep -l", "rev-parse", "merge-base", "rev-list", "describe")


def lists_files(argv: Argv) -> bool:
    """Whether all that it prints are names of files below where it runs, or of commits."""
    if argv.program in ("find", "fd"):
        return not any(argv.has(option) for option in ("-printf", "-fprintf", "-exec", "-execdir", "-ok", "-ls", "--format"))
    if argv.program in ("rg", "grep"):
        return any(argv.has(option) for option in ("-l", "-L", "--files-with-matches", "--files-without-match", "--files"))
    if argv.program == "git":
        return any(matches_words(argv.args, words) for words in _GIT_LISTS) and not argv.has("--format")
    return False


def filters_lines(argv: Argv) -> bool:
    """Whether all that it prints are lines that it was fed."""
    most = _FILTERS.get(argv.program)
    # These cut lines, number them, or take them from elsewhere.
    cutting = ("-c", "--bytes", "-o", "--only-matching", "--files0-from", "-r", "-R", "-f", "--file")
    if most is None or any(argv.has(option) for option in cutting) or (argv.program == "grep" and argv.has("-n")):
        return False
    return len([word for word in argv.operands() if not re.fullmatch(r"[+-]?[0-9,.]+", word.text)]) <= most
