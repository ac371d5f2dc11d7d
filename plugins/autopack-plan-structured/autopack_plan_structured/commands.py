"""Which words of a field are a command, and what it is for.  Whether it may run is for the policy."""

from __future__ import annotations

import re

from autopack.model.draft import CommandKind


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RUNNERS = _set(
    """
    pytest py.test python python3 npm npx pnpm yarn bun deno node cargo go make just task tox nox ruff mypy pyright flake8 pylint
    black eslint tsc jest vitest mocha mvn ./mvnw gradle ./gradlew rspec bundle rake phpunit composer php dotnet ctest cmake ninja
    bats mix swift uv uvx poetry pipenv hatch pdm pre-commit golangci-lint gofmt shellcheck curl docker docker-compose bash sh
    prettier biome playwright cypress bazel zig stack sbt terraform coverage
    """
)
# Programs whose names are also English words need one of these behind them, where the field does not say that it is a command.
_SECOND: dict[str, frozenset[str]] = {
    "go": _set("test vet build run"),
    "make": _set("test tests check lint all build ci"),
    "just": _set("test tests check lint ci"),
    "task": _set("test tests check lint ci"),
    "stack": _set("test build"),
    "swift": _set("test build"),
}
_ALONE = _set("pytest tox nox mypy jest vitest rspec ctest pyright tsc phpunit mocha")
# "go test the reader on a phone"
_ARTICLES = _set("the a an it this that")
_PROGRAM = re.compile(r"(?:\.{0,2}/)?[a-z0-9_][\w./+-]*$")
_PROMPT = re.compile(r"(?:\$|%|>) +")
_WRAPPER = re.compile(
    r"(?:\w+=\S* |cd \S+ && |uv run |poetry run |pipenv run |hatch run |pdm run |bundle exec |npx |uvx |python3? -m |pnpm exec |"
    r"yarn exec )"
)
_SCRIPT = r"(?:npm|pnpm|yarn|bun|make|just|task)(?: run)? "
_KINDS: tuple[tuple[CommandKind, re.Pattern[str]], ...] = (
    (
        "install",
        re.compile(
            r"(?:pip3?|uv pip|npm|pnpm|yarn|bun|poetry|bundle|composer|cargo|apt|apt-get|gem) (?:install|i|ci|add|sync|fetch)\b|"
            r"uv (?:sync|add)\b|go (?:mod|get|install)\b"
        ),
    ),
    (
        "lint",
        re.compile(
            r"(?:ruff|flake8|pylint|black|eslint|prettier|biome|golangci-lint|gofmt|cargo (?:clippy|fmt))\b|"
            + _SCRIPT
            + r"(?:lint|format|fmt)\b"
        ),
    ),
    ("typecheck", re.compile(r"(?:mypy|pyright|tsc)\b|" + _SCRIPT + r"(?:type-?check|types|tsc)\b")),
    (
        "test",
        re.compile(
            r"(?:pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|rspec|phpunit|ctest|bats|playwright test|cypress run)\b|"
            + _SCRIPT
            + r"(?:tests?|check|t)\b|node --test\b|"
            r"(?:go|cargo|deno|mix|swift|dotnet|gradle|\./gradlew|mvn|\./mvnw|bazel|zig) (?:test|nextest|verify)\b"
        ),
    ),
    (
        "build",
        re.compile(r"(?:go (?:build|vet)|cargo (?:build|check)|cmake|ninja|docker build)\b|" + _SCRIPT + r"(?:build|compile)\b"),
    ),
)


def read_command(text: str, *, sure: bool) -> str | None:
    """The command that a text is as a whole; `sure` = it stands where only commands stand."""
    words = text.strip()
    if words.startswith("`") and words.endswith("`"):
        words, sure = words.strip("`").strip(), True
    words = _PROMPT.sub("", words, count=1) if _PROMPT.match(words) else words
    if not words or len(words) > 400 or "\n" in words or "`" in words:
        return None
    bare = words
    while (wrapper := _WRAPPER.match(bare)) is not None:
        bare = bare[wrapper.end() :]
    first, _, rest = bare.partition(" ")
    if sure:
        return words if _PROGRAM.match(first) and not _is_sentence(words) else None
    if _is_sentence(words) or len(words.split()) > 12 or _ARTICLES.intersection(words.split()):
        return None
    if bare != words or first.startswith("./") or first in _ALONE:
        return words if _PROGRAM.match(first) else None
    known = first in _RUNNERS and bool(rest) and rest.split(" ")[0] in _SECOND.get(first, {rest.split(" ")[0]})
    return words if known else None


def _is_sentence(words: str) -> bool:
    """Whether words end as sentences do; `ruff check .` and `go test ./...` do not."""
    return words[-1] in "?!:" or (words[-1] == "." and words[-2:-1].isalnum())


def kind_of(words: str) -> CommandKind:
    while (wrapper := _WRAPPER.match(words)) is not None:
        words = words[wrapper.end() :]
    return next((kind for kind, pattern in _KINDS if pattern.match(words)), "other")
