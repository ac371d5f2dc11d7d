"""Reading a justfile without running it: its recipes, with the variables that are plain text filled in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from autopack_tasks.recipes import Recipe
from autopack_tasks.steps import LIMIT_CHARS

NAMES = ("justfile", ".justfile", "Justfile")
_MOST_LINES = 5_000
# Of one recipe: the host takes no task with as many.
_MOST_STEPS = 60
_HEADER = re.compile(r"@?([A-Za-z_][\w-]{0,100})([^:]{0,400}):(?!=)(.{0,400})")
_VARIABLE = re.compile(r"(?:export[ \t]+)?([A-Za-z_][\w-]{0,100})[ \t]*:=[ \t]*(.+)")
_ALIAS = re.compile(r"alias[ \t]+([\w-]{1,100})[ \t]*:=[ \t]*([\w-]{1,100})")
_QUOTED = re.compile(r"""'([^'\\]{0,400})'|"([^"\\]{0,400})\"""")
_REFERENCE = re.compile(r"\{\{[ \t]*([A-Za-z_][\w-]{0,100})[ \t]*\}\}")
_MARKS = "@-"


def read_justfile(text: str, path: PurePosixPath) -> dict[str, Recipe]:
    """Every recipe that needs no argument.  Modules and imported files are passed over."""
    if "\0" in text:
        return {}
    variables: dict[str, str] = {}
    absent: dict[str, list[str]] = {}
    exports = False
    recipes: dict[str, Recipe] = {}
    aliases: dict[str, tuple[str, int]] = {}
    current = ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n")[:_MOST_LINES], start=1):
        if line[:1] in (" ", "\t"):
            if current and line.strip():
                lines = (*recipes[current].lines, line.strip())[: _MOST_STEPS + 1]
                recipes[current] = replace(recipes[current], lines=lines)
        elif line.strip() and not line.startswith(("#", "[")):
            current = ""
            if found := _ALIAS.match(line):
                aliases[found[1]] = (found[2], number)
            elif found := _VARIABLE.match(line):
                variables[found[1]] = _read_value(found[2])
                exports |= line.startswith("export")
            elif line.startswith("set "):
                # Another shell, or all variables in the environment: the words alone are not all of it.
                exports |= line.startswith(("set shell", "set export", "set dotenv", "set windows-shell"))
            elif (found := _HEADER.match(line)) and _takes_nothing(found[2]):
                current = found[1]
                absent[current] = re.findall(r"\*\$?([\w-]{1,100})", found[2])
                depends = tuple(re.findall(r"[A-Za-z_][\w-]{0,100}", found[3].split("#")[0]))
                recipes[current] = Recipe(name=current, source=f"{path}:{number}", cwd=path.parent, depends=depends)
    # What may be given any number of times is not given.
    known = {name: variables | dict.fromkeys(absent[name], "") for name in recipes}
    filled = {name: _fill_in(recipe, known[name], exports) for name, recipe in recipes.items()}
    for name, (target, number) in aliases.items():
        if target in filled and name not in filled:
            filled[name] = Recipe(name=name, source=f"{path}:{number}", cwd=path.parent, depends=(target,))
    return filled


def _takes_nothing(parameters: str) -> bool:
    """Whether a recipe can be called by its name alone: every parameter has a default, or may be absent."""
    words = re.sub(r"""=[ \t]*(?:'[^']*'|"[^"]*"|\S+)""", "=", parameters).split()
    return all(word.endswith("=") or word.startswith("*") for word in words)


def _read_value(text: str) -> str:
    """A quoted text as it is; of anything else nobody knows the value."""
    found = _QUOTED.fullmatch(text.split(" #")[0].strip())
    return (found[1] or found[2] or "") if found else "${_}"


def _fill_in(recipe: Recipe, variables: dict[str, str], exports: bool) -> Recipe:
    """What no variable is named for is filled in as a shell's own, so that no shell is left out for it."""
    is_script = bool(recipe.lines) and recipe.lines[0].startswith("#!")
    lines = []
    for line in _join(recipe.lines):
        text = line.lstrip(_MARKS) if not is_script else line
        text = _REFERENCE.sub(lambda found: variables.get(found[1], "${_}"), text[: 2 * LIMIT_CHARS]).replace("{{", "${_")
        if not text.startswith("#"):
            lines.append(f"{text} || true" if not is_script and "-" in line[: len(line) - len(line.lstrip(_MARKS))] else text)
    return replace(recipe, lines=tuple(lines), partial=is_script or exports)


def _join(lines: tuple[str, ...]) -> list[str]:
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1].endswith("\\"):
            joined[-1] = f"{joined[-1][:-1].rstrip()} {line}"
        else:
            joined.append(line)
    return joined
