"""Reading a Makefile without running it: its rules, with the variables that are plain text filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from autopack_tasks.recipes import Recipe
from autopack_tasks.steps import LIMIT_CHARS

NAMES = ("GNUmakefile", "makefile", "Makefile")
_MOST_LINES = 5_000
# Of one rule, or in one line: no file that people write has as many.
_MOST_PARTS = 50
_MOST_DEPTH = 8
_MOST_CHARS = 2 * LIMIT_CHARS
_ASSIGNMENT = re.compile(r"([A-Za-z_.][\w.-]{0,100})[ \t]*(:::=|::=|:=|\?=|\+=|!=|=)[ \t]*(.*)", re.DOTALL)
_REFERENCE = re.compile(r"\$(?:\$|\(([\w.-]{1,100})\)|\{([\w.-]{1,100})\}|(.))")
_MODIFIERS = ("export", "override", "private")
_OPENS = ("ifeq", "ifneq", "ifdef", "ifndef")
# What make knows without being told.
_KNOWN = {"MAKE": "make", "CC": "cc", "CXX": "c++", "AR": "ar", "LD": "ld", "RM": "rm -f", "SHELL": "/bin/sh"}


def read_makefile(text: str, path: PurePosixPath) -> dict[str, Recipe]:
    """Every rule with a plain name.  `define` blocks, pattern rules and included files are passed over."""
    return {} if "\0" in text else _Makefile(path).read(text)


class _Makefile:
    def __init__(self, path: PurePosixPath) -> None:
        self._path = path
        self._variables = dict(_KNOWN)
        self._exported: set[str] = set()
        self._all_exported = False
        self._rules: dict[str, Recipe] = {}
        self._current: list[str] = []
        self._prefix = "\t"
        self._conditions = 0

    def read(self, text: str) -> dict[str, Recipe]:
        inside_define = False
        for number, line in self._logical_lines(text):
            bare = line.strip()
            if inside_define:
                inside_define = bare != "endef"
            elif line.startswith(self._prefix) and self._current:
                self._add_step(line[1:])
            elif bare.startswith("define ") or bare == "define":
                inside_define = True
            elif bare and not bare.startswith("#"):
                self._read_line(number, _without_comment(bare))
        return {name: self._fill_in(rule) for name, rule in self._rules.items()}

    def _logical_lines(self, text: str) -> Iterator[tuple[int, str]]:
        """Lines with those that they go on in, and the number of the first."""
        parts: list[str] = []
        first = 1
        for number, raw in enumerate(text.split("\n")[:_MOST_LINES], start=1):
            line = raw.removesuffix("\r")
            if not parts:
                first = number
            goes_on = (len(line) - len(line.rstrip("\\"))) % 2 == 1
            part = line[:-1] if goes_on else line
            parts.append(part.lstrip() if parts else part)
            if not goes_on:
                yield first, " ".join(parts)
                parts = []
        if parts:
            yield first, " ".join(parts)

    def _read_line(self, number: int, line: str) -> None:
        word = line.split(None, 1)[0].split("(")[0]
        if word in _OPENS:
            self._conditions += 1
        elif word == "endif":
            self._conditions = max(0, self._conditions - 1)
        elif word in ("else", "include", "-include", "sinclude", "unexport", "undefine", "vpath", "load"):
            pass
        else:
            self._current = []
            self._read_statement(number, line)

    def _read_statement(self, number: int, line: str) -> None:
        exported = False
        while (words := line.split(None, 1)) and words[0] in _MODIFIERS:
            exported |= words[0] == "export"
            line = words[1] if len(words) > 1 else ""
        if found := _ASSIGNMENT.match(line):
            self._assign(found[1], found[2], found[3])
            self._exported |= {found[1]} if exported else set()
        elif exported:
            self._exported |= set(line.split())
            self._all_exported |= not line
        elif ":" in line:
            self._read_rule(number, line)

    def _assign(self, name: str, sign: str, value: str) -> None:
        if name == ".RECIPEPREFIX":
            self._prefix = value[:1] or "\t"
        elif self._conditions or sign == "!=" or len(value) > LIMIT_CHARS:
            # Which value it has nobody can say; a reference without one stays as it is.
            self._variables[name] = f"$({name}.)"
        elif sign == "+=":
            self._variables[name] = f"{self._variables.get(name, '')} {value}".strip()[:_MOST_CHARS]
        elif sign != "?=" or name not in self._variables:
            self._variables[name] = value

    def _read_rule(self, number: int, line: str) -> None:
        targets, _, rest = line.partition(":")
        rest = rest.removeprefix(":")
        needs, _, step = rest.partition(";")
        own_variable = _ASSIGNMENT.match(needs.strip())
        names = [name for name in self._expand(targets, {}).removesuffix("&").split() if name[0] != "." and "%" not in name]
        names = names[:_MOST_PARTS]
        for name in names:
            before = self._rules.get(name)
            depends = () if own_variable else tuple(self._expand(needs.replace("|", " "), {}).split())
            rule = before or Recipe(name=name, source=f"{self._path}:{number}", cwd=self._path.parent)
            partial = rule.partial or bool(self._conditions or own_variable or rule.lines) or "%" in needs
            self._rules[name] = replace(rule, depends=(*rule.depends, *depends)[:_MOST_PARTS], partial=partial)
        self._current = [] if own_variable else names
        if step.strip():
            self._add_step(step)

    def _add_step(self, line: str) -> None:
        for name in self._current:
            rule = self._rules[name]
            lines = (*rule.lines, line)[: _MOST_PARTS + 1]
            self._rules[name] = replace(rule, lines=lines, partial=rule.partial or bool(self._conditions))

    def _fill_in(self, rule: Recipe) -> Recipe:
        lines = []
        for line in rule.lines:
            text = line.strip()
            marks = text[: len(text) - len(text.lstrip("@-+ \t"))]
            text = self._expand(text[len(marks) :], {"@": rule.name})
            if text:
                lines.append(f"{text} || true" if "-" in marks else text)
        env = tuple((name, self._expand(self._variables.get(name, ""), {})) for name in sorted(self._exported))
        # What is not known has kept its dollar sign, and what stands in braces would mean something to the host.
        partial = rule.partial or self._all_exported or any(name == "PATH" or re.search(r"[${}]", value) for name, value in env)
        return replace(rule, lines=tuple(lines), env=env, partial=partial)

    def _expand(self, text: str, automatic: dict[str, str]) -> str:
        """The text with every reference filled in that is plain text in the end; others stay, and a shell would see them."""
        # Each variable once: with two references in each of many, their number grows without bounds.
        known = dict(automatic)

        def fill_in(text: str, depth: int) -> str:
            return _REFERENCE.sub(lambda found: fill(found, depth), text[:_MOST_CHARS])[:_MOST_CHARS]

        def fill(found: re.Match[str], depth: int) -> str:
            if found[0] == "$$":
                return "$"
            name = found[1] or found[2] or found[3]
            if name not in known:
                is_known = name in self._variables and depth < _MOST_DEPTH
                known[name] = fill_in(self._variables[name], depth + 1) if is_known else _as_shell(name)
            return known[name]

        return fill_in(text, 0).replace("$(shell ", "$(")


def _as_shell(name: str) -> str:
    """What stands for a value that only make knows; the beginning of a function stays as it is."""
    return f"${name}" if name in "({" else f"${{{name}}}" if name.isidentifier() else "${_}"


def _without_comment(line: str) -> str:
    position = line.find("#")
    while position > 0 and line[position - 1] == "\\":
        position = line.find("#", position + 1)
    return line if position < 0 else line[:position].rstrip()
