"""One argv as the rules see it, and the questions about it that a list of options cannot ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from autopack.decide.policy_paths import find_place
from autopack.decide.shell import Word

# Options of these programs that take the next word, so that it is not read as a sub-command.
VALUE_OPTIONS = {
    "git": ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"),
    "npm": ("--prefix", "-w", "--workspace", "--loglevel", "--registry"),
    "pnpm": ("-C", "--dir", "--filter", "-F", "--registry"),
    "yarn": ("--cwd", "--registry"),
    "cargo": ("--manifest-path", "--config", "-Z", "--color", "--target-dir"),
    "go": ("-C",),
    "mvn": ("-f", "--file", "-pl", "--projects", "-rf", "--resume-from", "-T", "--threads", "-P", "-s", "-gs", "-l", "-t"),
    "gradle": ("-p", "--project-dir", "-b", "-x", "--exclude-task", "-I", "--init-script", "-g", "--tests", "-c", "--console"),
    "docker": ("--context", "-H", "--host", "-c", "--config", "-l", "--log-level"),
    "pip": ("--python", "--proxy", "--timeout", "--cache-dir"),
    "uv": ("--directory", "--project", "-p", "--python", "--config-file", "--cache-dir"),
    "poetry": ("-C", "--directory", "-P", "--project"),
    "kubectl": ("-n", "--namespace", "--context"),
}
# Their options are words after one dash, so `-Dtest` is no cluster of letters.
_LONG_OPTIONS = frozenset(("mvn", "gradle", "go", "find"))
_BUILD_FOLDERS = (
    "build", "dist", "out", "target", "node_modules", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox",
    ".nox", ".hypothesis", "htmlcov", "coverage", ".coverage", ".nyc_output", ".next", ".nuxt", ".turbo", ".parcel-cache",
    ".svelte-kit", ".cache", ".gradle", ".eggs", "*.egg-info", ".venv", "venv", "_build", ".dart_tool", "cmake-build-*", "obj",
    "*.pyc", "storybook-static", ".angular", "test-results",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Argv:
    """A program and its words, with where it runs."""

    program: str
    args: tuple[Word, ...]
    folders: tuple[str, ...] | None
    start: PurePosixPath

    def operands(self) -> tuple[Word, ...]:
        """The words that are neither options nor their known values."""
        found: list[Word] = []
        skip = ended = False
        values = VALUE_OPTIONS.get(self.program, ())
        for word in self.args:
            if skip:
                skip = False
            elif ended or not word.text.startswith("-") or word.text == "-":
                found.append(word)
            elif word.text == "--":
                ended = True
            else:
                skip = word.text in values
        return tuple(found)

    def has(self, option: str) -> bool:
        """Whether an option (or word) is given, in any spelling a program may accept for it."""
        if self.program in _LONG_OPTIONS and not option.startswith("--"):
            return any(word.text.split("=", 1)[0] in (option, f"-{option}") for word in self.args)
        return any(_names(word.text, option) for word in self.args)

    def has_exactly(self, option: str) -> bool:
        return any(word.text == option or word.text.startswith(f"{option}=") for word in self.args)

    def values(self, *options: str) -> tuple[Word, ...]:
        """What these options are given: the next word, or what is attached."""
        found: list[Word] = []
        for index, word in enumerate(self.args):
            for option in options:
                if word.text == option:
                    found += self.args[index + 1 : index + 2]
                elif word.text.startswith(f"{option}="):
                    found.append(_tail(word, len(option) + 1))
                elif len(option) == 2 and option[0] == "-" and word.text.startswith(option):
                    found.append(_tail(word, 2))
        return tuple(found)


def _tail(word: Word, start: int) -> Word:
    return Word(word.text[start:], word.plain, word.dynamic, word.glob, word.programs)


def _names(word: str, option: str) -> bool:
    if "=" in option:
        return word == option
    given = word.split("=", 1)[0]
    if option.startswith("--"):
        # Programs accept unique beginnings of long options: `git push --forc`.
        return given == option or (len(given) > 3 and given.startswith("--") and option.startswith(given))
    if not option.startswith("-") or option == "-":
        return word == option
    cluster = re.match(r"-([A-Za-z0-9]+)", word)
    # A longer cluster is more likely an option with its value attached: `-rrequirements.txt` is no `-i`.
    return cluster is not None and (word[1] == option[1] or (len(cluster[1]) <= 5 and option[1] in cluster[1]))


def matches_words(words: tuple[Word, ...], pattern: str) -> bool:
    """Whether the words begin with those of the pattern; `*` matches within one word."""
    wanted = pattern.split()
    return len(words) >= len(wanted) and all(fnmatchcase(w.text, p) for w, p in zip(words, wanted, strict=False))


def _deletes_only_build_folders(argv: Argv) -> bool:
    return bool(argv.operands()) and all(_is_build_folder(word.text, argv) for word in argv.operands())


def _is_build_folder(text: str, argv: Argv) -> bool:
    place, path = find_place(text, argv.folders, argv.start)
    if place != "inside":
        return False
    parts = path.split("/")
    name = parts[-2] if parts[-1] == "*" and len(parts) > 1 else parts[-1]
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in _BUILD_FOLDERS)


def _deletes_everything(argv: Argv) -> bool:
    return any(find_place(word.text, argv.folders, argv.start)[1] == "." for word in argv.operands())


def _deletes_by_wide_pattern(argv: Argv) -> bool:
    names = (word.text.rsplit("/", 1)[-1] for word in argv.operands() if not _is_build_folder(word.text, argv))
    return any(name in ("*", "*.*", ".*", "**") for name in names)


def _touches_root_recursively(argv: Argv) -> bool:
    return argv.has("-R") and any(find_place(word.text, argv.folders, argv.start)[1] == "." for word in argv.operands())


def _sets_user_id(argv: Argv) -> bool:
    return any(
        re.fullmatch(r"0?[2-7][0-7]{3}|[ugoa]*[+=][rwxXt]*s[rwxXst]*", part) for w in argv.args for part in w.text.split(",")
    )


def _sed_is_plain(argv: Argv) -> bool:
    scripts = argv.values("-e", "--expression") or argv.operands()[:1]
    return bool(scripts) and not argv.has("-f") and not argv.has("--file") and all(_is_plain_sed(word.text) for word in scripts)


def _is_plain_sed(script: str) -> bool:
    """Whether a sed script only prints, deletes and substitutes: `e` runs programs, `r` and `w` open any file."""
    at = 0
    while at < len(script):
        if script[at] in " \t\n;{}!0123456789,$+~":
            at += 1
        elif script[at] == "/":
            at = _after_delimiter(script, at + 1, "/")
        elif script[at] in "sy":
            delimiter = script[at + 1 : at + 2]
            if not delimiter or delimiter in "\\\n":
                return False
            at = _after_delimiter(script, _after_delimiter(script, at + 2, delimiter), delimiter)
            while script[at : at + 1] and script[at] in "gpiImM0123456789":
                at += 1
            if script[at : at + 1] and script[at] not in " \t\n;}":
                return False
        elif script[at] in "aic":
            end = script.find("\n", at)
            at = len(script) if end < 0 else end
        elif script[at] in "pPdDnNqQ=lhHgGxI":
            at += 1
        else:
            return False
    return True


def _after_delimiter(script: str, at: int, delimiter: str) -> int:
    while at < len(script) and script[at] != delimiter:
        at += 2 if script[at] == "\\" else 1
    return at + 1


def _awk_is_plain(argv: Argv) -> bool:
    script = next((word.text for word in argv.operands()), "")
    if any(argv.has_exactly(option) for option in ("-f", "-i", "-E", "-l", "--file", "--include", "--load", "--exec")):
        return False
    rest = script.replace("||", "").replace(">=", "")
    return not any(mark in rest for mark in ("system", "getline", "|", ">", "@", "ENVIRON"))


def _has_no_more_operands(argv: Argv) -> bool:
    return len(argv.operands()) <= 1


def _has_at_most_two_operands(argv: Argv) -> bool:
    return len(argv.operands()) <= 2


def _sets_nothing_in_git_config(argv: Argv) -> bool:
    writes = (
        "--add",
        "--unset",
        "--unset-all",
        "--replace-all",
        "--edit",
        "-e",
        "--rename-section",
        "--remove-section",
        "set",
        "unset",
    )
    reads = ("--get", "--list", "-l", "--get-all", "--get-regexp", "--show-origin", "get", "list")
    if any(argv.has(option) for option in writes):
        return False
    return any(argv.has_exactly(option) for option in reads) or len(argv.operands()) == 2


def _rewrites_remote_refs(argv: Argv) -> bool:
    return any(word.text.startswith(("+", ":")) for word in argv.operands()[1:])


def _names_a_url(argv: Argv) -> bool:
    return any("://" in word.text or re.match(r"[\w.-]+@[\w.-]+:", word.text) for word in argv.operands())


def _copies_to_another_machine(argv: Argv) -> bool:
    return any(re.match(r"rsync://|[\w.@-]+::?(?!//)", word.text) for word in argv.operands())


def _mounts_the_host(argv: Argv) -> bool:
    volumes = [_tail(word, 1) if word.text.startswith("=") else word for word in argv.values("-v", "--volume")]
    mounts = argv.values("--mount")
    return any(word.dynamic or word.text[:1] in ("/", ".", "~", "$") for word in volumes) or any(
        word.dynamic or "bind" in word.text or "docker.sock" in word.text for word in mounts
    )


def _shares_host_namespaces(argv: Argv) -> bool:
    options = ("--pid", "--network", "--net", "--ipc", "--userns", "--uts", "--cgroupns")
    return any(word.text == "host" for word in argv.values(*options))


def _kills_everything(argv: Argv) -> bool:
    # A lone `-1` names the signal; after another word it is every process.
    return any(word.text in ("0", "1") for word in argv.args) or any(word.text == "-1" for word in argv.args[1:])


_DATA_OPTIONS = ("-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json", "--url-query")
_FORM_OPTIONS = ("-F", "--form")


def _uploads(argv: Argv) -> bool:
    sent = argv.values(*_DATA_OPTIONS, *_FORM_OPTIONS)
    files = any(word.dynamic for word in sent) or any(word.text.startswith("@") for word in (*sent, *argv.args))
    forms = any(
        "=@" in word.text or "=<" in word.text or "@" in word.text for word in argv.values("--data-urlencode", *_FORM_OPTIONS)
    )
    return files or forms or argv.has("-T") or argv.has("--upload-file") or _sends_output(argv)


def _sends_output(argv: Argv) -> bool:
    return any(word.programs for word in argv.args)


def _links_plainly(argv: Argv) -> bool:
    """Whether the linker's flags only strip or set variables: others name programs to run."""
    flags = [part for word in argv.values("-ldflags", "--ldflags") for part in word.text.split()]
    known = re.compile(r"-s|-w|-X|-buildid=[\w.-]*|-X=[\w./]\S*|\w[\w./-]*=[^-\s]\S*")
    return bool(flags) and all(known.fullmatch(flag) for flag in flags)


_LOOSE_CMAKE = ("-E", "-P", "-C", "--install", "--open", "--find-package", "--build", "--workflow", "--debugger", "--toolchain")


def _configures_plainly(argv: Argv) -> bool:
    """Whether cmake only makes the files of a build: no script, and no variable that names a program."""
    names = [word.text.partition("=")[0].partition(":")[0].upper() for word in argv.values("-D")]
    loose = ("COMPILER", "LAUNCHER", "TOOLCHAIN", "PROGRAM", "COMMAND", "EXECUTABLE", "INCLUDE", "LINKER", "EMULATOR", "INSTALL")
    return (
        len(argv.args) > 0
        and not any(argv.has_exactly(option) for option in _LOOSE_CMAKE)
        and not any(word.dynamic for word in argv.args)
        and not any(part in name for name in names for part in loose)
    )


def _packs_plainly(argv: Argv) -> bool:
    """Whether tar only makes or lists an archive here: it can also unpack, run programs and talk to another machine."""
    cluster = argv.args[0].text if argv.args else ""
    long = [word.text.partition("=")[0] for word in argv.args if word.text.startswith("--")]
    known = {"--create", "--list", "--file", "--gzip", "--bzip2", "--xz", "--zstd", "--exclude", "--verbose"}
    if not (re.fullmatch(r"-?[ctvzjJhf]+", cluster) and {"c", "t"} & set(cluster)) and not {"--create", "--list"} & set(long):
        return False
    short = [word.text for word in argv.args[1:] if word.text.startswith("-") and not word.text.startswith("--")]
    remote = any(":" in word.text for word in argv.args)
    return set(long) <= known and all(re.fullmatch(r"-[cvzjJhf]+|-", text) for text in short) and not remote


def _reads_environment(argv: Argv) -> bool:
    return any(re.search(r"\benv\b|\$ENV|input_filename|\binclude\b|\bimport\b", word.text) for word in argv.args)


def _names_a_secret(argv: Argv) -> bool:
    return any(word.dynamic and re.search(r"token|secret|passw|api_?key|credential", word.text.lower()) for word in argv.args)


def _has_loose_git_options(argv: Argv) -> bool:
    """Options before the sub-command that change which repository git reads or which programs it runs."""
    for word in argv.args:
        if word.text in ("-c", "--config-env") or word.text.startswith(
            ("--git-dir", "--work-tree", "--exec-path=", "--config-env=", "--namespace")
        ):
            return True
        if not word.text.startswith("-") and word not in argv.values("-C"):
            return False
    return False


# A rule names its question; the name is what `check` holds in `policy_rules`.
CHECKS: dict[str, Callable[[Argv], bool]] = {
    "only build folders": _deletes_only_build_folders,
    "the whole worktree": _deletes_everything,
    "wide pattern": _deletes_by_wide_pattern,
    "root recursively": _touches_root_recursively,
    "sets user id": _sets_user_id,
    "plain sed": _sed_is_plain,
    "plain awk": _awk_is_plain,
    "not plain sed": lambda argv: not _sed_is_plain(argv),
    "not plain awk": lambda argv: not _awk_is_plain(argv),
    "one operand": _has_no_more_operands,
    "two operands": _has_at_most_two_operands,
    "reads git config": _sets_nothing_in_git_config,
    "writes git config": lambda argv: not _sets_nothing_in_git_config(argv),
    "rewrites refs": _rewrites_remote_refs,
    "names a url": _names_a_url,
    "another machine": _copies_to_another_machine,
    "mounts host": _mounts_the_host,
    "host namespaces": _shares_host_namespaces,
    "kills everything": _kills_everything,
    "uploads": _uploads,
    "sends output": _sends_output,
    "plain ldflags": _links_plainly,
    "plain cmake": _configures_plainly,
    "plain tar": _packs_plainly,
    "names a secret": _names_a_secret,
    "reads environment": _reads_environment,
    "no operand": lambda argv: not argv.operands(),
    "some operand": lambda argv: bool(argv.operands()),
    "loose git": _has_loose_git_options,
    "one word": lambda argv: len(argv.args) == 1,
}
