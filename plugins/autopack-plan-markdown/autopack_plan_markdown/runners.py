"""What a command is: which words are one, which argv they mean, and what it is for."""

from __future__ import annotations

import re
import shlex

from autopack.model.draft import CommandKind, CommandValue

# What only a shell can read: such a command keeps its raw words and gets no argv.
_SHELL_ONLY = re.compile(r"[|&;<>()$`*?\[\]{}~!\n]|^\w+=|\\$")
_CHANGE_FOLDER_AND = re.compile(r"cd[ \t]+([\w./-]+)[ \t]*&&[ \t]*")
_PROGRAM = re.compile(r"[a-z][a-z0-9_+-]{0,40}")
_ASSIGNMENT = re.compile(r"\w+=\S* ")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RUNNERS = _set(
    """
    pytest py.test python python3 npm npx pnpm yarn bun deno node cargo go make just task tox nox ruff mypy pyright flake8 pylint
    black eslint tsc jest vitest mocha mvn mvnw gradle gradlew rspec bundle rake phpunit composer
    php dotnet ctest cmake ninja bats mix swift uv uvx poetry pipenv hatch pdm pre-commit golangci-lint gofmt shellcheck curl
    test grep git docker docker-compose bash sh java ruby prettier biome playwright cypress pip pip3 bazel zig stack cabal sbt
    lein terraform unittest coverage nosetests
    """
)
# No check is one of these, but who writes "run `rm -rf …`" means a command, and the policy must get to see it.
_RISKY = _set(
    """
    rm rmdir mv dd mkfs chmod chown sudo su doas wget ssh scp rsync nc kill pkill killall shutdown reboot systemctl crontab eval
    truncate shred mount umount iptables kubectl helm aws gcloud psql mysql dropdb redis-cli
    """
)
_ALONE = _set("pytest tox nox mypy make jest vitest rspec ctest pyright tsc phpunit mocha nosetests")
# Programs whose names are also English words prove only with these words behind them.
_BARE_SECOND: dict[str, frozenset[str]] = {
    "go": _set("test vet build"),
    "make": _set("test tests check lint all build"),
    "just": _set("test tests check lint"),
    "cargo": _set("test check build clippy fmt nextest"),
    "python": _set("-m"),
    "python3": _set("-m"),
}
_BARE_ALONE = _set(
    "pytest npm npx pnpm yarn tox nox ruff mypy pyright jest vitest mvn gradle uv poetry rspec phpunit ctest dotnet"
)
_BARE_WORDS = 10

_WRAPPERS = (
    "uv run ", "poetry run ", "pipenv run ", "hatch run ", "pdm run ", "bundle exec ", "npx ", "uvx ", "python -m ",
    "python3 -m ", "pnpm exec ", "yarn exec ", "coverage run -m ",
)  # fmt: skip
PROVING: frozenset[CommandKind] = frozenset(["test", "lint", "typecheck", "build", "smoke"])

_SCRIPTS = r"(?:npm|pnpm|yarn|bun|make|just|task)(?: run)? "
_KINDS: tuple[tuple[CommandKind, re.Pattern[str]], ...] = (
    (
        "install",
        re.compile(
            r"(?:pip3?|uv pip|npm|pnpm|yarn|bun|poetry|bundle|composer|mix|cargo|brew|apt|apt-get|gem) "
            r"(?:install|i|ci|add|sync|fetch|deps\.get)\b|uv (?:sync|add)\b|go (?:mod|get|install)\b|yarn$"
        ),
    ),
    (
        "lint",
        re.compile(
            r"(?:ruff|flake8|pylint|black|eslint|prettier|biome|golangci-lint|gofmt|shellcheck|pre-commit|rubocop|"
            r"cargo (?:clippy|fmt))\b|" + _SCRIPTS + r"(?:lint|format|fmt)\b"
        ),
    ),
    ("typecheck", re.compile(r"(?:mypy|pyright|tsc)\b|" + _SCRIPTS + r"(?:type-?check|types|tsc|check-types)\b")),
    (
        "test",
        re.compile(
            r"(?:pytest|py\.test|unittest|nosetests|tox|nox|jest|vitest|mocha|rspec|phpunit|ctest|bats|"
            r"playwright test|cypress run)\b|" + _SCRIPTS + r"(?:tests?|check|t)\b|"
            r"(?:go|cargo|deno|mix|swift|dotnet|gradle|\./gradlew|mvn|\./mvnw|bazel|rake|zig|sbt|composer)(?: -\S+)* "
            r"(?:test|nextest|verify)\b|node --test\b|(?:\./|bash |sh )[\w./-]{0,200}\btests?\b[\w./-]*\.sh\b"
        ),
    ),
    (
        "build",
        re.compile(
            r"(?:go (?:build|vet)|cargo (?:build|check)|mvn (?:compile|package)|gradle build|dotnet build|"
            r"cmake|ninja|docker build)\b|" + _SCRIPTS + r"(?:build|compile|all)\b|make$"
        ),
    ),
    ("smoke", re.compile(r"python3? -c\b|node -e\b|.*--(?:help|version)\b")),
    ("probe", re.compile(r"(?:curl|test|grep|ls|cat)\b")),
)


def is_command(words: str) -> bool:
    """Whether quoted words are a command: a known program with arguments, or a script."""
    first, _, rest = words.partition(" ")
    if first == "cd" and "&&" in words:
        return True
    assigned = _ASSIGNMENT.match(words)
    if assigned:
        return is_command(words[assigned.end() :].strip())
    if first.startswith("./") or first.endswith(".sh"):
        return bool(rest) or first.endswith(".sh") or "." not in first[2:]
    return first in _ALONE or (first in _RUNNERS | _RISKY and bool(rest))


def is_program(words: str) -> bool:
    """Whether words have the shape of a program with arguments, known or not: `gridlog export --year 2025`."""
    first, _, rest = words.partition(" ")
    return bool(rest) and _PROGRAM.fullmatch(first) is not None and words[-1:] not in ".:;!?"


def is_bare_command(words: str) -> bool:
    """Whether a line without quotes is a command: stricter, since "go", "make" and "test" also begin sentences."""
    parts = words.split()
    is_sentence = words[-1:] in (":", "!", "?") or (words[-1:] == "." and words[-2:-1].isalnum())
    if not parts or len(parts) > _BARE_WORDS or is_sentence or "`" in words:
        return False
    if parts[0] in _BARE_SECOND:
        script = parts[0].startswith("python") and parts[1:] and parts[1].endswith(".py")
        return bool(script) or (len(parts) > 1 and parts[1] in _BARE_SECOND[parts[0]])
    return parts[0] in _BARE_ALONE or parts[0].startswith("./")


def read_command(words: str, cwd: str) -> CommandValue:
    """The raw words, their argv (empty when only a shell could read them), and the folder a leading `cd` names."""
    folder = _CHANGE_FOLDER_AND.match(words)
    rest = words[folder.end() :] if folder else words
    argv: tuple[str, ...] = ()
    if not _SHELL_ONLY.search(rest):
        try:
            argv = tuple(shlex.split(rest))
        except ValueError:
            argv = ()
    if folder:
        cwd = folder[1] if cwd == "." else f"{cwd}/{folder[1]}"
    return CommandValue(run=words, argv=argv, kind=kind_of(rest), cwd=cwd)


def kind_of(words: str) -> CommandKind:
    """What a command is for, by its program and the first words behind it."""
    words = " ".join(words.split())
    while (assigned := _ASSIGNMENT.match(words)) is not None:
        words = words[assigned.end() :]
    for wrapper in _WRAPPERS:
        words = words.removeprefix(wrapper)
    return next((kind for kind, pattern in _KINDS if pattern.match(words)), "other")
