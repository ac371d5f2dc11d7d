"""What a command that runs another command runs: the inner argv or the inner text, as data about wrappers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autopack.decide.shell import Redirect, Word, word_set

SHELLS = word_set("sh bash dash zsh ksh ash fish mksh rbash")
# Python modules that are programs of their own; `python -m pip` is judged as `pip`.
_MODULE_PROGRAMS = word_set(
    "pytest pip mypy ruff black flake8 isort pylint coverage twine tox nox autopack poetry pre_commit pyright uv pipx"
)
_FIND_EXEC = ("-exec", "-execdir", "-ok", "-okdir")


@dataclass(frozen=True, slots=True)
class Inner:
    """What a wrapper runs: `words` (an argv) or `text` (shell text).  `listed` = more words come from a list of files."""

    words: tuple[Word, ...] = ()
    text: Word | None = None
    assignments: tuple[tuple[str, Word], ...] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """`values` are options with a value, `skip` the operands before the command, `after` sub-commands that wrap."""

    values: tuple[str, ...] = ()
    skip: int = 0
    after: tuple[str, ...] = ()


_WRAPPERS = {
    "timeout": _Wrapper(("-s", "--signal", "-k", "--kill-after"), 1),
    "gtimeout": _Wrapper(("-s", "--signal", "-k", "--kill-after"), 1),
    "nice": _Wrapper(("-n", "--adjustment")),
    "ionice": _Wrapper(("-c", "-n", "-p", "-t")),
    "nohup": _Wrapper(),
    "time": _Wrapper(("-o", "-f", "--output", "--format")),
    "stdbuf": _Wrapper(("-i", "-o", "-e")),
    "setsid": _Wrapper(),
    "command": _Wrapper(),
    "builtin": _Wrapper(),
    "exec": _Wrapper(("-a",)),
    "coproc": _Wrapper(),
    "sudo": _Wrapper(("-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-U", "--user", "--group")),
    "doas": _Wrapper(("-u", "-C")),
    "chroot": _Wrapper((), 1),
    "busybox": _Wrapper(),
    "toybox": _Wrapper(),
    "strace": _Wrapper(("-o", "-e", "-p", "-s")),
    "xvfb-run": _Wrapper(("-s", "-n", "-e", "-f")),
    "parallel": _Wrapper(("-j", "--jobs")),
    "chrt": _Wrapper((), 1),
    "taskset": _Wrapper((), 1),
    "setarch": _Wrapper((), 1),
    "faketime": _Wrapper(("-f",), 1),
    "fakeroot": _Wrapper(("-l", "-s", "-i", "-b")),
    "ltrace": _Wrapper(("-o", "-e", "-p", "-s")),
    "valgrind": _Wrapper(),
    "unbuffer": _Wrapper(),
    "rlwrap": _Wrapper(),
    "entr": _Wrapper(),
    "hatch": _Wrapper(("-e", "--env"), after=("run",)),
    "rye": _Wrapper(after=("run",)),
    "pixi": _Wrapper(after=("run",)),
    "flock": _Wrapper(("-w", "-E"), 1),
    "npx": _Wrapper(),
    "bunx": _Wrapper(),
    "uv": _Wrapper(("--directory", "--project", "-p", "--python", "--group", "--extra"), after=("run",)),
    "poetry": _Wrapper(("-C", "--directory"), after=("run",)),
    "pipenv": _Wrapper(after=("run",)),
    "pdm": _Wrapper(("-p",), after=("run",)),
    "bundle": _Wrapper(after=("exec",)),
    "npm": _Wrapper(("--prefix", "-w", "--workspace"), after=("exec", "x")),
    "pnpm": _Wrapper(("-C", "--dir", "--filter"), after=("exec",)),
    "yarn": _Wrapper(("--cwd",), after=("exec",)),
}
_XARGS_VALUES = ("-I", "-n", "-P", "-L", "-d", "-s", "-a", "-E", "--max-args", "--max-procs", "--delimiter", "--arg-file")


# Programs that hand a text to a shell: the option it follows, or none for all operands joined.
_TEXT_AFTER = {
    "su": ("-c", "--command"),
    "script": ("-c", "--command"),
    "flock": ("-c", "--command"),
    "npx": ("-c", "--call"),
    "npm": ("-c", "--call"),
    "git": ("-x", "--exec"),
}
_TEXT_JOINED = {"watch": ("-n", "--interval"), "hyperfine": ("-w", "--warmup", "-r", "--runs", "-m", "-M", "--export-json")}
_FD_EXEC = ("-x", "--exec", "-X", "--exec-batch")


def unwrap(program: str, args: Sequence[Word], redirects: Sequence[Redirect] = ()) -> Iterator[Inner]:
    """Every command inside; nothing when the program is no wrapper, or when it names no command."""
    if program in SHELLS:
        yield from _inner_of_shell(args, redirects)
    elif program == "eval":
        if args:
            yield Inner(text=_joined(args))
    elif program == "trap":
        if len(args) > 1 and args[0].text not in ("-", ""):
            yield Inner(text=args[0])
    elif program in _TEXT_JOINED:
        rest = _skip_options(args, _TEXT_JOINED[program])
        if rest:
            yield Inner(text=_joined(rest))
    elif program in _TEXT_AFTER and any(word.text in _TEXT_AFTER[program] for word in args[:-1]):
        yield from (Inner(text=args[i + 1]) for i, word in enumerate(args[:-1]) if word.text in _TEXT_AFTER[program])
    elif program == "git":
        yield from _inner_of_git(args)
    elif program == "fd":
        yield from (Inner(words=tuple(args[i + 1 :]), listed=True) for i, word in enumerate(args[:-1]) if word.text in _FD_EXEC)
    elif program == "env":
        yield from _inner_of_env(args)
    elif program == "find":
        yield from _inner_of_find(args)
    elif program == "xargs":
        rest = _skip_options(args, _XARGS_VALUES)
        yield Inner(words=tuple(rest) or (Word("echo"),), listed=True)
    elif program == "python":
        yield from _inner_of_python(args)
    elif program == "coverage":
        yield from _inner_of_python(args[1:] if args and args[0].text == "run" else ())
    elif program == "command" and any(word.text in ("-v", "-V") for word in args):
        return
    elif program in _WRAPPERS:
        yield from _inner_of_wrapper(_WRAPPERS[program], args)


def _inner_of_wrapper(wrapper: _Wrapper, args: Sequence[Word]) -> Iterator[Inner]:
    rest = _skip_options(args, wrapper.values)
    if wrapper.after:
        if not rest or rest[0].text not in wrapper.after:
            return
        rest = _skip_options(rest[1:], wrapper.values)
    rest = rest[wrapper.skip :]
    if rest:
        yield Inner(words=tuple(rest))


def _skip_options(args: Sequence[Word], values: tuple[str, ...]) -> Sequence[Word]:
    at = 0
    while at < len(args) and args[at].text.startswith("-") and not args[at].dynamic:
        if args[at].text == "--":
            return args[at + 1 :]
        at += 2 if args[at].text in values else 1
    return args[at:]


def _inner_of_shell(args: Sequence[Word], redirects: Sequence[Redirect]) -> Iterator[Inner]:
    at = 0
    while at < len(args) and args[at].text[:1] in ("-", "+"):
        text = args[at].text
        if not text.startswith("--") and "c" in text[1:] and at + 1 < len(args):
            rest = [word for word in args[at + 1 :] if not word.text.startswith("-")]
            yield from (Inner(text=word) for word in rest[:1])
            return
        at += 2 if text in ("-o", "+o", "-O", "+O", "--rcfile", "--init-file") else 1
    if at == len(args):
        yield from (Inner(text=redirect.target) for redirect in redirects if redirect.operator in ("<<", "<<<"))


def _inner_of_env(args: Sequence[Word]) -> Iterator[Inner]:
    assignments: list[tuple[str, Word]] = []
    at = 0
    while at < len(args):
        word = args[at]
        name, equals, value = word.text.partition("=")
        if word.text in ("-S", "--split-string") and at + 1 < len(args):
            yield Inner(text=_joined(args[at + 1 :]), assignments=tuple(assignments))
            return
        if word.text.startswith(("-S", "--split-string=")):
            text = word.text.removeprefix("--split-string=").removeprefix("-S")
            yield Inner(text=_joined([Word(text, word.plain, word.dynamic), *args[at + 1 :]]), assignments=tuple(assignments))
            return
        if word.text.startswith("-"):
            at += 2 if word.text in ("-u", "--unset", "-C", "--chdir") else 1
        elif equals and name.isidentifier():
            assignments.append((name, Word(value, word.plain, word.dynamic, programs=word.programs)))
            at += 1
        else:
            break
    if at < len(args) or assignments:
        yield Inner(words=tuple(args[at:]), assignments=tuple(assignments))


def _inner_of_find(args: Sequence[Word]) -> Iterator[Inner]:
    at = 0
    while at < len(args):
        if args[at].text in _FIND_EXEC:
            end = next((i for i in range(at + 1, len(args)) if args[i].text in (";", "+")), len(args))
            yield Inner(words=tuple(args[at + 1 : end]), listed=True)
            at = end
        at += 1


def _inner_of_git(args: Sequence[Word]) -> Iterator[Inner]:
    texts = tuple(word.text for word in args)
    if texts[:2] == ("bisect", "run"):
        yield Inner(words=tuple(args[2:]))
    elif texts[:2] == ("submodule", "foreach"):
        rest = _skip_options(args[2:], ())
        if rest:
            yield Inner(text=_joined(rest))


def _inner_of_python(args: Sequence[Word]) -> Iterator[Inner]:
    at = -1
    while (at := at + 1) < len(args):
        word = args[at]
        text = word.text
        if text in ("-X", "-W"):
            at += 1
            continue
        if not text.startswith("-") or text == "-":
            return
        letters = text[1:] if not text.startswith("--") else ""
        if "c" in letters and "m" not in letters.split("c")[0]:
            return
        if "m" in letters and "X" not in letters and "W" not in letters:
            attached = letters.split("m", 1)[1]
            rest = args[at + 1 :]
            module = Word(attached, word.plain, word.dynamic) if attached else (rest[0] if rest else Word(""))
            rest = rest if attached else rest[1:]
            root = module.text.split(".")[0]
            name = root.replace("_", "-") if root in _MODULE_PROGRAMS else f"python -m {module.text}"
            yield Inner(words=(Word(name, module.plain, module.dynamic, programs=module.programs), *rest))
            return


def _joined(words: Sequence[Word]) -> Word:
    programs = tuple(name for word in words for name in word.programs)
    return Word(" ".join(word.text for word in words), dynamic=any(word.dynamic for word in words), programs=programs)
