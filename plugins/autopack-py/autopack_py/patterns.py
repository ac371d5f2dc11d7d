"""The lines by which Python and its tools say what is wrong.  A lower rank is a more telling cause."""

from __future__ import annotations

from autopack.model.failure import Pattern

MISSING_MODULE = "python:ModuleNotFoundError"

_CAUSES = (
    Pattern(
        kind=MISSING_MODULE,
        regex=r"ModuleNotFoundError: No module named '(?P<module>[\w.]+)'",
        example="E   ModuleNotFoundError: No module named 'yaml'",
        rank=10,
    ),
    Pattern(
        kind=MISSING_MODULE,
        regex=r"python[\w.]*: No module named (?P<module>[\w.]+)$",
        example="/usr/bin/python3: No module named pytest",
        rank=10,
    ),
    Pattern(
        kind="python:not-a-package",
        regex=r"No module named '?(?P<module>[\w.]+)'?; '(?P<parent>[\w.]+)' is not a package",
        example="ModuleNotFoundError: No module named 'app.views'; 'app' is not a package",
        rank=9,
    ),
    Pattern(
        kind="python:ImportError",
        regex=r"ImportError: cannot import name '(?P<name>\w+)' from (?:partially initialized module )?'(?P<module>[\w.]+)'",
        example="E   ImportError: cannot import name 'load' from 'app.config' (/srv/app/config.py)",
        rank=12,
    ),
    Pattern(
        kind="python:SyntaxError",
        regex=r"(?:SyntaxError|IndentationError|TabError): ",
        example="E   SyntaxError: invalid syntax",
        rank=14,
    ),
    Pattern(
        kind="python:no-metadata",
        regex=r"PackageNotFoundError: No package metadata was found for (?P<name>[\w.-]+)",
        example="importlib.metadata.PackageNotFoundError: No package metadata was found for demo",
        rank=14,
    ),
    Pattern(
        kind="pytest:fixture-not-found",
        regex=r"fixture '(?P<fixture>\w+)' not found",
        example="E       fixture 'mocker' not found",
        rank=15,
    ),
    Pattern(
        kind="pytest:import-file-mismatch",
        regex=r"import file mismatch:",
        example="import file mismatch:",
        rank=15,
    ),
    Pattern(
        kind="pytest:unrecognized-arguments",
        regex=r"error: unrecognized arguments: (?P<arguments>.+)",
        example="python -m pytest: error: unrecognized arguments: --cov=app",
        rank=15,
    ),
    Pattern(
        kind="pytest:no-tests",
        regex=r"^=* ?no tests ran in \d",
        example="============================ no tests ran in 0.01s =============================",
        rank=30,
    ),
    Pattern(
        kind="unittest:no-tests",
        regex=r"^Ran 0 tests in \d",
        example="Ran 0 tests in 0.000s",
        rank=30,
    ),
    Pattern(
        kind="pip:externally-managed",
        regex=r"error: externally-managed-environment",
        example="error: externally-managed-environment",
        rank=10,
    ),
    Pattern(
        kind="pip:no-environment",
        regex=r"ERROR: Could not find an activated virtualenv",
        example="ERROR: Could not find an activated virtualenv (required).",
        rank=10,
    ),
    Pattern(
        kind="pip:no-distribution",
        regex=r"ERROR: No matching distribution found for (?P<requirement>.+)",
        example="ERROR: No matching distribution found for requestz==1.0",
        rank=10,
    ),
    Pattern(
        kind="pip:conflict",
        regex=r"ERROR: (?:ResolutionImpossible|Cannot install .+ because these package versions have conflicting dependencies)",
        example="ERROR: Cannot install a==1 and b==2 because these package versions have conflicting dependencies.",
        rank=11,
    ),
    Pattern(
        kind="pip:wrong-python",
        regex=r"requires a different Python: (?P<have>[\d.]+) not in '(?P<want>[^']+)'",
        example="ERROR: Package 'demo' requires a different Python: 3.11.7 not in '>=3.13'",
        rank=9,
    ),
    Pattern(
        kind="pip:no-project",
        regex=r"neither 'setup\.py' nor 'pyproject\.toml' found|Could not open requirements file",
        example="ERROR: Could not open requirements file: [Errno 2] No such file or directory: 'requirements.txt'",
        rank=10,
    ),
    Pattern(
        kind="pip:invalid-requirement",
        regex=r"Invalid requirement: (?P<requirement>.+)",
        example="ERROR: Invalid requirement: 'flask=>1': Expected end or semicolon (after name and no valid version specifier)",
        rank=10,
    ),
    Pattern(
        kind="uv:lock-outdated",
        regex=r"lockfile at .uv\.lock. needs to be updated|Unable to find lockfile at .uv\.lock.",
        example="error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.",
        rank=10,
    ),
    Pattern(
        kind="uv:no-program",
        regex=r"error: Failed to spawn: .(?P<program>[\w.-]+).",
        example="error: Failed to spawn: `pytest`",
        rank=12,
    ),
    Pattern(
        kind="uv:no-solution",
        regex=r"No solution found when resolving dependencies",
        example="  × No solution found when resolving dependencies:",
        rank=11,
    ),
    Pattern(
        kind="uv:no-python",
        regex=r"No interpreter found for Python (?P<want>\S+)",
        example="error: No interpreter found for Python >=3.15 in virtual environments, managed installations, or search path",
        rank=9,
    ),
    Pattern(
        kind="poetry:lock-outdated",
        regex=r"pyproject\.toml changed significantly since poetry\.lock was last generated",
        example="pyproject.toml changed significantly since poetry.lock was last generated. Run `poetry lock`.",
        rank=10,
    ),
    Pattern(
        kind="python:AssertionError",
        regex=r"^(?:E\s+)?(?:AssertionError(?::|$)|assert )",
        example="E       AssertionError: assert 1 == 2",
        rank=40,
    ),
    # What no other pattern names.  Spelt without `Error` alone, which other languages print too.
    Pattern(
        kind="python:exception",
        regex=r"^(?:E\s+)?(?P<error>[A-Za-z_][\w.]*(?:Error|Exception))(?::|$)",
        example="E   demo.errors.BrokenError: it broke",
        rank=60,
    ),
)

# JavaScript has some of these names too; a pattern of its own plugin, at the usual rank, comes first.
_EXCEPTIONS = (
    ("AttributeError", "'NoneType' object has no attribute 'split'"),
    ("FileNotFoundError", "[Errno 2] No such file or directory: 'data.csv'"),
    ("ImportError", "attempted relative import with no known parent package"),
    ("IndexError", "list index out of range"),
    ("KeyError", "'name'"),
    ("NameError", "name 'os' is not defined"),
    ("NotImplementedError", "not yet"),
    ("PermissionError", "[Errno 13] Permission denied: '/etc/shadow'"),
    ("RecursionError", "maximum recursion depth exceeded"),
    ("RuntimeError", "no running event loop"),
    ("TypeError", "greet() missing 1 required positional argument: 'name'"),
    ("UnicodeDecodeError", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ("ValueError", "invalid literal for int() with base 10: 'x'"),
    ("ZeroDivisionError", "division by zero"),
)

PATTERNS = (
    *_CAUSES,
    *(
        Pattern(kind=f"python:{name}", regex=rf"^(?:E\s+)?{name}(?::|$)", example=f"{name}: {message}", rank=55)
        for name, message in _EXCEPTIONS
    ),
)
