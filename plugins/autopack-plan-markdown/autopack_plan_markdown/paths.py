"""Which words are paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from autopack_plan_markdown.ground import Ground

_CODE_SPAN = re.compile(r"`([^`\n]{1,300})`")
_LINK = re.compile(r"\[[^\[\]\n]{0,300}\]\(<?([^()\s<>]{1,300}|[^<>\n]{1,300}(?=>))>?\)")
_QUOTED = re.compile(r"[\"“]([^\"“”\n]{3,300})[\"”]")
_TOKEN = re.compile(r"[^\s`\"'“”‘’(),;|<>{}!?=，。：、；（）「」《》【】]+")
_AFTER_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+(?=[\w.-]+[/.]\w)", re.ASCII)
_LINES_SUFFIX = re.compile(r"(?:#L\d+(?:-L?\d+)?|:\d+(?:[-–:,]\d+)*|::\w.*|#[\w-]+)$")
_SEGMENT = re.compile(r"[\w.@+~-][\w.@+~ ()\[\]-]*$|[(\[][\w.@+~ -]+[)\]]$|\[\[?\.{0,3}[\w-]+\]?\](?:\.\w+)*$|\.{1,2}$")
_VERSION_OR_DATE = re.compile(r"v?\d+(?:[.\-/]\d+)*[a-z]?\d*$")
_MIME = re.compile(r"(?:application|text|image|audio|video|multipart|font|message|model)/[\w.+*-]+$")
_LIST_GAP = re.compile(r",[ \t]+|、|[ \t]+(?:and|&)[ \t]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://|www\.|mailto:", re.IGNORECASE)
# Module paths and pages: `github.com/x/y`, `modernc.org/sqlite`.
_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|edu|gov|co|ai|app|de|uk|in|eu|info|xyz|local)(?:[:/]|$)", re.IGNORECASE
)
# "Alpine.js", "Stripe.js": a file is seldom written with a capital letter and such an end.
_PRODUCT = re.compile(
    r"(?:[A-Z][\w-]*|d3|three|socket)\.(?:js|io|net|ai|NET|JS)$|(?:node|next|vue|nuxt|express|react|ember)\.js$"
)
_ROUTE_VERB = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|[Rr]outes?|[Ee]ndpoints?)\W{1,3}$")
# "the folder `legacy`", "delete `legacy`": otherwise a bare word is the package of that name.
_FOLDER_IN_FRONT = re.compile(
    r"\b(?:folders?|director(?:y|ies)|dir|ordner|verzeichnis|carpeta|dossier|delete|remove|rename|into|inside|under)\W{1,2}$",
    re.IGNORECASE,
)
_FOLDER_BEHIND = re.compile(r"\W{1,2}(?:folders?|director(?:y|ies)|dir|ordner|verzeichnis)\b", re.IGNORECASE)
_UNKNOWN_EXTENSION = re.compile(r"[a-z][a-z0-9_]{0,11}$")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_EXTENSIONS = _set(
    """
    adoc astro bash bat bazel bzl c cc cff cfg cjs clj cljs cmake conf config cpp cs csproj css csv cts cue cxx dart desktop diff
    dockerfile edn eex ejs elm env erb erl ex exs fish fs fsproj fsx gemspec go gql gradle graphql groovy h haml hbs heex hpp
    hrl hs
    htm html http ini ipynb j2 java jinja jinja2 jl js json json5 jsonc jsonl jsx kt kts leex less lock lua m markdown md mdx
    mjml mjs
    ml mli mm mod mts mustache ndjson nim nix njk patch php pl plist pm po pot prisma properties proto ps1 pug py pyi pyx r
    rake rb rego
    rs rst sass scala scss service sh sln slim snap sol sql sum svelte svg swift tcl template tex tf tfvars thrift timer tmpl
    toml tpl
    ts tsv tsx twig txt vb vue webmanifest wsdl xhtml xib xml xsd xsl xslt yaml yml zig zpl zsh
    avif bin bmp db dat eot exe flac gif gpx gz ico icns jar jpeg jpg keystore mp3 mp4 npy npz ogg onnx otf parquet pdf pkl png pt
    rar sqlite sqlite3 tar tgz tif tiff ttf wasm wav webm webp woff woff2 xls xlsx zip docx pptx odt ods
    """
)
_SHORT_EXTENSIONS = _set("c h m r po pl ex fs env lock sum mod bin db dat pt gz ml mm config template service http desktop snap")
_PLAIN_NAMES = _set(
    """
    makefile dockerfile license procfile gemfile rakefile jenkinsfile justfile vagrantfile codeowners brewfile tiltfile
    """
)


# "It is written with the suffix `.idx`."
_ENDING = re.compile(
    r"(?:suffix|extension|ending|endung|extensión|sufijo|extensão|расширение\w{0,2}|后缀|扩展名|拡張子)\W{1,3}$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A path as written.  `marked` = in backticks, quotes or a link; `column` and `end` say where in the line."""

    path: str
    column: int
    end: int
    marked: bool


def find_mentions(line: str, ground: Ground) -> list[Mention]:
    """Paths of a line, left to right: code spans, links and quoted names first, then bare words that look like paths."""
    found: list[Mention] = []
    rest = line
    for pattern in (_CODE_SPAN, _LINK, _QUOTED):
        for match in pattern.finditer(rest):
            is_route = match[1].startswith("/") and _ROUTE_VERB.search(rest[max(0, match.start() - 20) : match.start()])
            as_folder = _FOLDER_IN_FRONT.search(rest[max(0, match.start() - 20) : match.start()]) or _FOLDER_BEHIND.match(
                rest[match.end() : match.end() + 20]
            )
            is_ending = match[1].startswith(".") and _ENDING.search(rest[max(0, match.start() - 20) : match.start()])
            path = None if is_route or is_ending else read_path(match[1].strip(), ground, marked=True, listed=bool(as_folder))
            if path:
                found.append(Mention(path=path, column=match.start(), end=match.end(), marked=True))
            elif pattern is _QUOTED:
                # Quoted words are a sentence as often as a name; its own words may be paths.
                continue
        # What is quoted has been judged as a whole: a word of a command or of a call is no mention of a file.
        if pattern is not _QUOTED:
            rest = pattern.sub(lambda match: " " * len(match[0]), rest)
    taken = {mention.column for mention in found}
    for match in _TOKEN.finditer(rest):
        word = match[0]
        if "/" not in word and "." not in word and word.strip("*_[]:").casefold() not in _PLAIN_NAMES:
            continue
        if match.start() - 1 in taken or _ROUTE_VERB.search(rest[max(0, match.start() - 20) : match.start()]):
            continue
        words = word.strip("*_[]")
        if words.endswith((".", ":")):
            words = words.rstrip(".:").rstrip("*_]" if "[" not in words else "*_")
        path = read_path(words, ground, marked=False)
        if path is None and (han := _AFTER_HAN.match(words)):
            path = read_path(words[han.end() :], ground, marked=False)
        if path:
            found.append(Mention(path=path, column=match.start(), end=match.end(), marked=False))
    return sorted(found, key=lambda mention: mention.column)


def read_path(words: str, ground: Ground, *, marked: bool, listed: bool = False) -> str | None:
    """The path these words are, without line numbers and a leading `./`; `None` when they are something else.

    A path stands in the repository, or has the extension of a file, or ends with a slash.  In a list of files (`listed`) one
    may be
    new in every way.
    """
    path = _LINES_SUFFIX.sub("", words).removeprefix("./")
    if path.startswith("@") and ground.stands(path[1:]):
        # As agents name what is to be loaded.
        path = path[1:]
    if path.startswith("/"):
        # Rooted at the repository, as some agents write; else a route or a place outside.
        path = path[1:]
        return path if "/" in path.rstrip("/") and ground.stands(path) else None
    if not path or _URL.match(path) or path[0] in "@~$-%&" or "\\" in path or "//" in path:
        return None
    if ground.stands(path) and (marked or listed or "/" in path.rstrip("/") or "." in path or path.casefold() in _PLAIN_NAMES):
        # "`noisemap`" is the package; who means its folder writes a slash or lists it.
        return path if listed or "/" in path or not ground.is_folder(path) else None
    if ".." in path.split("/"):
        return path if ground.beside(path) else None
    if any(ch in path for ch in "*?{}<>|=:;,\"'#") or not all(_SEGMENT.match(part) for part in path.rstrip("/").split("/")):
        return None
    if " " in path and not _is_one_name(path, marked=marked or listed):
        return None
    if _VERSION_OR_DATE.match(path) or _MIME.match(path) or _PRODUCT.match(path) or _HOST.match(path):
        return None
    if listed and "/" in path.rstrip("/") and ground.stands(path.partition("/")[0]):
        return path
    return path if _looks_like_file(path, ground, marked=marked or listed) else None


def _is_one_name(path: str, *, marked: bool) -> bool:
    """Whether words with blanks are one file, "public/fonts/Plex Sans.woff2", and neither a command nor a sentence."""
    first, *others = path.split(" ")
    clean = all(word and word[0] not in "-.&" for word in others)
    return marked and clean and "/" in first and "." not in first.rpartition("/")[2] and "/" not in " ".join(others)


def _looks_like_file(path: str, ground: Ground, *, marked: bool) -> bool:
    if path.endswith("/"):
        return marked or path.count("/") > 1
    folder, _, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    nested = bool(folder)
    if dot and extension.casefold() in _EXTENSIONS and (extension.islower() or nested or marked):
        if not stem:
            return marked or nested
        # "e.g", "self.m", "math.h": short endings are files only where something else says so.
        return nested or extension not in _SHORT_EXTENSIONS or (marked and "." not in stem and stem not in ("self", "this"))
    if name.startswith(".") and marked:
        return len(name) > 2 and name[1:].replace("-", "").replace(".", "").isalnum()
    if dot and stem and nested and _UNKNOWN_EXTENSION.match(extension):
        return ground.stands(folder)
    return name.casefold() in _PLAIN_NAMES and (nested or marked)


def split_list(words: str) -> Iterator[tuple[str, int]]:
    """The entries of a list of files that is written without marks, each with its column."""
    at = 0
    for gap in [*_LIST_GAP.finditer(words), None]:
        piece = words[at : gap.start() if gap else len(words)]
        yield piece.strip(), at + len(piece) - len(piece.lstrip())
        at = gap.end() if gap else at
