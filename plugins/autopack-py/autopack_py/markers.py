"""What takes a Python test out of the count, as regular expressions for one line of a file.

A group is the marker's own name, where an expression also has to look at what stands before it.
"""

from __future__ import annotations

_MARK = r"mark\.(?:skip|skipif|xfail|only)\b"
_DB_FEATURE = r"(?:skipIf|skipUnless|skipUnlessAny)DBFeature"

MARKERS = (
    # Marks of pytest: as decorators, or as values of `pytestmark`, `marks=` and lists.
    rf"(?:^\s*@?|[=(\[,]\s*)(?:pytest\.)?{_MARK}",
    # Decorators by whatever name their module was imported: unittest's, Django's, and marks of `from pytest import mark as m`.
    rf"^\s*@[\w.]*\b(?:skip|skipif|skipIf|skipUnless|xfail|expectedFailure|{_DB_FEATURE})\b",
    # Calls in a test's body; a comment, or code quoted in a text, is none.
    r"^[^#]*(?<![\w.`\"'])pytest\.(skip|xfail|importorskip|exit)\(",
    r"^\s*(?:skip|xfail|importorskip)\((?:reason=|f?[\"'])",
    r"^[^#]*\bself\.(skipTest)\(",
    r"^[^#]*\braise\s+(?:unittest\.)?(SkipTest)\b",
    r"\bdoctest:\s*\+SKIP\b",
    # Options, on a command line or in a configuration.  With a value that names tests: linters also have an `--ignore`.
    r"(?:^|[\s\"'\[,=])--ignore(?:-glob)?[=\s][\"']?[\w*./-]*(?:test|\.py\b|/)",
    r"(?:^|[\s\"'\[,=])--(?:deselect|exclude-tag)[=\s\"']",
    r"(?:^|[\s\"'\[,])-[km][\s=\"',]*not\b",
    r"\b(?:addopts|PYTEST_ADDOPTS)\b[^#]*[\s\"'\[,=]-[kmp][\s=\"',]",
    r"^\s*pytest_plugins\s*=",
    # The runner's own insides: who reaches for them can make any test pass.
    r"^[^#]*\b(?:import|from)\s+_pytest\b",
    r"^[^#]*\b_pytest\.\w+\.",
    r"^\s*norecursedirs\s*=",
    # Hooks and names that change what is collected, or what counts as passed.
    r"^\s*collect_ignore(?:_glob)?\s*[+=]",
    r"^\s*(?:async )?def pytest_(?:ignore_collect|collect_\w+|collection\w*|pycollect_\w+|itemcollected|deselected)\b",
    r"^\s*(?:async )?def pytest_(?:runtest_(?:protocol|call|makereport)|runtestloop|pyfunc_call|report_teststatus)\b",
    r"^\s*def load_tests\(",
    r"^\s*[\w.]*\b__test__\s*=\s*False\b",
)
