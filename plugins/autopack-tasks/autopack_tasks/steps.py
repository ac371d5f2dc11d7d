"""What a piece of shell text starts, what that is for, and whether it stays on this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Literal

from autopack.model.toolchain import Command
from autopack.model.workflows import split_all

LIMIT_CHARS = 4096
Kind = Literal["test", "build", "lint"]

# With any of these in it a text means more to a shell than its words.
_SHELL = re.compile(r"[|&;<>()$`\\*?\[\]{}~#!\n\0]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w{0,100}=")
_FOLDER = re.compile(r"cd[ \t]+([\w./-]{1,200})[ \t]*&&")
_IGNORED = re.compile(r"\|\|[ \t]*(?:true|:|exit[ \t]+0|echo)(?![\w./-])")
# Words of a shell's own that start nothing.
_KEYWORDS = frozenset(
    {
        ".", "[", "[[", "alias", "break", "case", "cd", "command", "continue", "do", "done", "elif", "else", "esac", "eval",
        "exec", "exit", "export", "fi", "for", "function", "if", "local", "popd", "pushd", "read", "return", "set", "shift",
        "shopt", "source", "test", "then", "time", "trap", "type", "ulimit", "umask", "unset", "until", "wait", "while",
    }
)  # fmt: skip
_LEADS = frozenset({"do", "then", "else", "elif", "if", "while", "until", "!", "{", "time", "exec", "command", "env"})
_SAYS = frozenset({"echo", "printf", "true", ":", "exit", "pwd", "date"})
_OUTSIDE = frozenset(
    {
        "apk", "apt", "apt-get", "aws", "az", "brew", "codecov", "coveralls", "curl", "dnf", "doas", "docker", "docker-compose",
        "firebase", "flyctl", "gcloud", "gh", "gh-pages", "goreleaser", "helm", "heroku", "kubectl", "nerdctl", "netlify",
        "podman", "rsync", "scp", "semantic-release", "serverless", "ssh", "sudo", "surge", "systemctl", "twine", "vercel",
        "wget", "wrangler", "yum",
    }
)  # fmt: skip
_LEAVING = frozenset({"codecov", "coveralls", "deploy", "publish", "push", "release", "upload"})
_LEAVES = re.compile(r"(?:^|[._-])(?:deploy|publish|release|upload)(?=$|[._-])", re.IGNORECASE)
_MANAGERS = frozenset(
    {
        "bun", "bundle", "cargo", "composer", "conda", "dotnet", "gem", "go", "hatch", "mamba", "npm", "pdm", "pip", "pip3",
        "pipenv", "pipx", "playwright", "pnpm", "poetry", "uv", "yarn",
    }
)  # fmt: skip
_INSTALLS = frozenset({"add", "bootstrap", "ci", "download", "i", "install", "restore", "sync", "tool", "upgrade"})
_TESTS = frozenset(
    {
        "ava", "bats", "ctest", "jest", "mocha", "nextest", "nox", "phpunit", "prove", "pytest", "py.test", "rspec", "tap",
        "test", "testacc", "tox", "unittest", "vitest",
    }
)  # fmt: skip
_LINTS = frozenset(
    {
        "actionlint", "audit", "bandit", "black", "clippy", "codespell", "eslint", "flake8", "fmt", "format", "golangci-lint",
        "isort", "lint", "markdownlint", "mypy", "pre-commit", "prettier", "pylint", "pyright", "reuse", "ruff", "rustfmt",
        "shellcheck", "staticcheck", "tsc", "typecheck", "typos", "vale", "vet", "yamllint",
    }
)  # fmt: skip
_BUILDS = frozenset({"assemble", "build", "bdist_wheel", "compile", "package"})
_CHECKERS = frozenset({"gradle", "gradlew", "make", "just", "task", "mvn", "mvnw"})
_MEASURES = {
    "go": re.compile(r"--?(?:race|v|cover|coverprofile=.*|covermode=.*|coverpkg=.*)"),
    "pytest": re.compile(r"--(?:cov|cov-.*|cov=.*|no-cov|junit-?xml=.*|numprocesses=.*|dist=.*)|-n(?:auto|\d+)"),
}
_SILENT = frozenset(
    {
        "cat", "chmod", "cp", "find", "git", "grep", "head", "ln", "ls", "mkdir", "mv", "rm", "sed", "sleep", "tail", "tar",
        "tee", "touch", "unzip",
    }
)  # fmt: skip


def read_plain(text: str, cwd: PurePosixPath, env: Sequence[tuple[str, str]] = ()) -> Command | None:
    """The one program that a text starts, where no shell is needed for it; a folder change and assignments before it count."""
    text = text.strip()[: LIMIT_CHARS + 1]
    if found := _FOLDER.match(text):
        below = cwd / found[1]
        if found[1].startswith("/") or ".." in below.parts:
            return None
        cwd, text = below, text[found.end() :].strip()
    if len(text) > LIMIT_CHARS or _SHELL.search(text):
        return None
    words = split_words(text)
    given = dict(env)
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        given[name] = value
    # Another PATH would end that of the project's environment, and braces stand for the host's folders.
    if not words or words[0] in _KEYWORDS | _SAYS or "PATH" in given or not words[0].strip("-"):
        return None
    return Command(argv=tuple(words), cwd=cwd, env=tuple(sorted(given.items())))


def drop_measures(command: Command) -> Command:
    """The same tests without what only measures them, for which a compiler or an extension must be there."""
    words = list(command.argv)
    runner = next((name for name in ("pytest", "go") if name in words), "")
    kept = [word for word in words if not (runner and _MEASURES[runner].fullmatch(word))]
    if runner == "pytest" and "-n" in kept[:-1]:
        del kept[kept.index("-n") : kept.index("-n") + 2]
    return replace(command, argv=tuple(kept))


def split_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def list_calls(text: str) -> list[list[str]]:
    """The words of every program in a text, however it is joined to the others; rough, and rather too many than too few."""
    calls = []
    for piece in re.split(r"[\n;&|()`]", text):
        words = split_words(piece) or piece.split()
        while words and (words[0] in _LEADS or _ASSIGNMENT.match(words[0])):
            words.pop(0)
        if words and words[0] not in _KEYWORDS:
            calls.append(words)
    return calls


def says_only(text: str) -> bool:
    """Whether a text does nothing but speak or end: npm's placeholder and its relatives."""
    return all(words[0] in _SAYS for words in list_calls(text))


def installs_only(text: str) -> bool:
    """Whether a text only brings what the project depends on, as its toolchain does itself."""
    return all(_is_install(words) or words[0] in _SAYS for words in list_calls(text))


def _is_install(words: Sequence[str]) -> bool:
    names = _names(words)
    return any(name in _MANAGERS for name in names[:2]) and not _INSTALLS.isdisjoint(names[1:4])


def find_kind(words: Sequence[str]) -> Kind | None:
    """What a command is for, by its first words; `None` for what only prepares, speaks or moves files."""
    names = _names(words)
    if not names or names[0] in _SAYS | _SILENT or _is_install(words):
        return None
    if not _LINTS.isdisjoint(names):
        return "lint"
    stem = PurePosixPath(names[0]).stem
    if not _TESTS.isdisjoint(names) or stem.endswith(("test", "tests")) or _is_script(names):
        return "test"
    if names[0] in _CHECKERS and not {"check", "verify"}.isdisjoint(names):
        return "test"
    return "build" if not _BUILDS.isdisjoint(names) else "lint" if "check" in names[1:3] else None


def _is_script(names: Sequence[str]) -> bool:
    return "run" in names[:-1] and any(name.split(":")[0] in ("test", "tests") for name in names[1:])


def _names(words: Sequence[str]) -> list[str]:
    """The first words that are no options, paths or values: programs and their subcommands."""
    first = [words[0].rsplit("/", 1)[-1]] if words else []
    rest = [word for word in words[1:8] if not word.startswith("-") and "/" not in word and "=" not in word]
    return [*first, *rest[:4]]


def find_refusal(steps: Sequence[str]) -> str:
    """Why steps are no test that may be run: they leave this machine or ask for its rights, or what fails is not said."""
    if any(len(step) > LIMIT_CHARS for step in steps):
        return "a line of it is too long to be judged"
    for words in (words for step in steps for words in list_calls(step)):
        program = words[0].rsplit("/", 1)[-1]
        if "secrets." in " ".join(words):
            return "it needs a secret"
        if program in _OUTSIDE or _LEAVES.search(program) or (program == "git" and words[1:2] == ["push"]):
            return f"it runs `{program}`, which reaches outside"
        if leaving := _LEAVING.intersection(words[1:4]):
            return f"it runs `{program} {min(leaving)}`, which reaches outside"
    ignored = [step for text in steps for _, step in split_all(text) if _IGNORED.search(step)]
    for step in ignored:
        if find_kind((list_calls(step) or [[""]])[0]) == "test" or step in _last_of(steps):
            return f"a failure of `{step[:60]}` is not told"
    return ""


def _last_of(steps: Sequence[str]) -> list[str]:
    acting = [step for text in steps for _, step in split_all(text) if step and not says_only(step)]
    return acting[-1:]
