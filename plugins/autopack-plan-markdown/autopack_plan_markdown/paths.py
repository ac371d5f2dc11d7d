"""Which words are paths, and which file of the repository they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.workspace import Workspace

_CODE_SPAN = re.compile(r"`([^`\n]{1,300})`")
_LINK = re.compile(r"\[[^\[\]\n]{0,300}\]\(([^()\s]{1,300})\)")
_TOKEN = re.compile(r"[^\s`\"'“”‘’(),;|<>{}!?=]+")
_LINES_SUFFIX = re.compile(r"(?:#L\d+(?:-L?\d+)?|:\d+(?:[-–:,]\d+)*|::\w.*|#[\w-]+)$")
_SEGMENT = re.compile(r"[\w.@+~-][\w.@+~ -]*$|\.{1,2}$")
_VERSION_OR_DATE = re.compile(r"v?\d+(?:[.\-/]\d+)*[a-z]?\d*$")
_MIME = re.compile(r"(?:application|text|image|audio|video|multipart|font|message|model)/[\w.+*-]+$")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|mailto:", re.IGNORECASE)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# File names that Markdown prose uses as names of products.
_PRODUCTS = frozenset(
    ["node.js", "next.js", "vue.js", "nuxt.js", "d3.js", "three.js", "express.js", "react.js", "ember.js", "asp.net", "socket.io"]
)
_EXTENSIONS = _set(
    """
    adoc astro bash bat c cc cfg cjs clj cmake conf cpp cs css csv cts cxx dart dockerfile ejs elm env erl ex exs fs fsx
    gemspec go gql gradle graphql groovy h hbs hpp hrl hs html ini ipynb java jinja jl js json json5 jsonc jsx kt kts
    less lock lua m md mdx mjs ml mli mod mts nix php pl plist pm po properties proto ps1 py pyi pyx r rb rs rst sass
    scala scss sh sol sql sum svelte svg swift tcl tex tf tfvars toml ts tsv tsx txt vb vue xml yaml yml zig zsh
    """
)
_SHORT_EXTENSIONS = _set("c h m r po pl ex fs env lock sum mod")
_PLAIN_NAMES = frozenset(
    [
        "makefile",
        "dockerfile",
        "license",
        "procfile",
        "gemfile",
        "rakefile",
        "jenkinsfile",
        "justfile",
        "vagrantfile",
        "codeowners",
    ]
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A path as written.  `marked` = in backticks or a link; `column` and `end` say where in the line."""

    path: str
    column: int
    end: int
    marked: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What a mention means: the file itself, or the `matches` of the repository that end like it."""

    path: str
    exists: bool
    matches: tuple[str, ...] = ()


def find_mentions(line: str, workspace: Workspace) -> list[Mention]:
    """Paths of a line, left to right: code spans and links first, then bare words that look like paths."""
    found: list[Mention] = []
    rest = line
    for pattern in (_CODE_SPAN, _LINK):
        for match in pattern.finditer(rest):
            path = read_path(match[1].strip(), workspace, marked=True)
            if path:
                found.append(Mention(path=path, column=match.start(), end=match.end(), marked=True))
        # What is quoted has been judged as a whole: a word of a command or of a call is no mention of a file.
        rest = pattern.sub(lambda match: " " * len(match[0]), rest)
    for match in _TOKEN.finditer(rest):
        path = read_path(match[0].strip("*_[]").rstrip(".:"), workspace, marked=False)
        if path:
            found.append(Mention(path=path, column=match.start(), end=match.end(), marked=False))
    return sorted(found, key=lambda mention: mention.column)


def read_path(words: str, workspace: Workspace, *, marked: bool) -> str | None:
    """The path these words are, without line numbers and a leading `./`; `None` when they are something else.

    A path stands in the repository, or has the extension of a source file, or ends with a slash.
    """
    path = _LINES_SUFFIX.sub("", words).removeprefix("./")
    if path.startswith("/"):
        # Rooted at the repository, as some agents write; else a route or a place outside.
        path = path[1:]
        return path if path and "/" in path and _stands(path, workspace) else None
    if not path or _URL.match(path) or path[0] in "@~$-%&" or "\\" in path or "//" in path:
        return None
    if _stands(path, workspace) and (marked or "/" in path or "." in path or path.casefold() in _PLAIN_NAMES):
        return path
    if any(ch in path for ch in "*?[]{}<>|=:;,\"'#") or not all(_SEGMENT.match(part) for part in path.rstrip("/").split("/")):
        return None
    if (
        " " in path
        or ".." in path.split("/")
        or _VERSION_OR_DATE.match(path)
        or _MIME.match(path)
        or path.casefold() in _PRODUCTS
    ):
        return None
    return path if _looks_like_file(path, marked=marked) else None


def _looks_like_file(path: str, *, marked: bool) -> bool:
    if path.endswith("/"):
        return marked or path.count("/") > 1
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    nested = "/" in path
    if dot and extension.casefold() in _EXTENSIONS and (extension.islower() or nested or marked):
        if not stem:
            return marked or nested
        # "e.g", "self.m", "math.h": short endings are files only where something else says so.
        return nested or extension not in _SHORT_EXTENSIONS or (marked and "." not in stem and stem not in ("self", "this"))
    if name.startswith(".") and marked:
        return len(name) > 2 and name[1:].replace("-", "").replace(".", "").isalnum()
    return name.casefold() in _PLAIN_NAMES and (nested or marked)


def _stands(path: str, workspace: Workspace) -> bool:
    return workspace.exists(PurePosixPath(path)) if path.strip("/. ") else False


def find_place(path: str, workspace: Workspace) -> Place:
    """The file or folder that a path means; one that does not stand there may be the end of a longer one."""
    if _stands(path.rstrip("/"), workspace):
        return Place(path=path, exists=True)
    ending = "/" + path
    named = workspace.named(path.rpartition("/")[2]) if not path.endswith("/") else ()
    matches = tuple(str(row) for row in named if str(row).endswith(ending))
    return Place(path=path, exists=False, matches=matches)
