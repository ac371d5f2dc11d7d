"""What reads as a file name in a plan's prose.  Names are kept as written; whether one may be used is for the host."""

from __future__ import annotations

import re

LIMIT_CHARS = 4096


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables that read better without quotes."""
    return frozenset(text.split())


_EXTENSIONS = word_set(
    """
    adoc astro awk bash bat bats bazel c cc cfg cjs clj cmake conf cpp cs css csv cts cxx dart dockerfile edn env ex exs fish go
    gql gradle graphql groovy h hbs hcl hpp hs htm html ini ipynb j2 java jinja jinja2 jl js json json5 jsonc jsonl jsx kt kts
    less lock lua m map markdown md mdc mdx mjs mk ml mod mts nim nix patch php pl plist po prisma properties proto ps1 py pyi pyx
    r rake rb rs rst sass scala scss sh snap sql sum svelte svg swift tex tf tfvars toml tpl ts tsv tsx txt vue xml xsd yaml yml
    zig zsh
    """
)
# Spelled exactly: "license" and "notice" are words of the prose, and "README:" is seldom a file without an extension.
_BARE_NAMES = word_set(
    "Makefile Dockerfile Containerfile Gemfile Rakefile Procfile Justfile justfile Vagrantfile Jenkinsfile LICENSE CODEOWNERS"
)
# "Node.js" is a product, "node.js" could be a file: only the spelling of the product is left out.
_PRODUCTS = word_set("Node.js Next.js Vue.js Nuxt.js Nest.js React.js Express.js Three.js D3.js Chart.js Socket.io ASP.NET")
_EXTENSION = re.compile(r"[^/\\.]\.([A-Za-z][A-Za-z0-9_]{0,11})$")
_LINE_SUFFIX = re.compile(r"(?::|#L)\d{1,7}(?:[-:,]L?\d{1,7})?$")
_CODE_SPAN = re.compile(r"`([^`]{1,300})`")
_LINK = re.compile(r"\[[^\]\[]{1,300}\]\(([^()\s]{1,300})\)")
_NOTE = re.compile(r"\((?:[\w ,.'-]{1,60})\)\s*:?$")


def is_path(token: str, *, certain: bool = False) -> bool:
    """Whether one word reads as a file's path.

    `certain` = it stands where only a file name can stand, so a path without a known extension (`bin/tool`) will do.
    """
    if not token or len(token) > 300 or "://" in token or token in _PRODUCTS or token[0] in "-$%@&":
        return False
    if any(char.isspace() or char in "`*?<>|\"';,={}\0" for char in token) or token.endswith(("/", ".", ":", "\\")):
        return False
    last = re.split(r"[/\\]", token)[-1]
    if last in _BARE_NAMES:
        return True
    if last.startswith(".") and len(last) > 2 and last[1].isalpha():
        return True
    extension = _EXTENSION.search(last)
    if extension and extension[1].lower() in _EXTENSIONS:
        return True
    has_folder = len(last) < len(token)
    return has_folder and (extension is not None or certain)


def split_lines_suffix(token: str) -> tuple[str, bool]:
    """The path without `:12-40` or `#L12`, and whether there was one: then it names a passage, not the whole file."""
    path = _LINE_SUFFIX.sub("", token)
    return path, path != token


def only_path(text: str, *, certain: bool = False) -> str | None:
    """The path when the text is nothing else, apart from emphasis, backticks, a link, a note in brackets and a colon."""
    text = _NOTE.sub("", text[:LIMIT_CHARS].strip()).strip()
    link = _LINK.fullmatch(text.strip("*: "))
    if link:
        return link[1] if is_path(link[1], certain=certain) else None
    text = text.rstrip(":").strip()
    while len(text) > 2 and text[0] == text[-1] and text[0] in "*`_\"'":
        text = text[1:-1].strip()
    # The colon may stand inside the emphasis: `**x.py:**`.
    token = text.rstrip(":").strip("`")
    return token if is_path(split_lines_suffix(token)[0], certain=certain) else None


def named_paths(text: str) -> tuple[str, ...]:
    """Every different path that a sentence names, code spans first."""
    text = text[:LIMIT_CHARS]
    tokens = [span.strip() for span in _CODE_SPAN.findall(text)] + _LINK.findall(text)
    rest = _LINK.sub(" ", _CODE_SPAN.sub(" ", text))
    tokens += [word.lstrip("*\"'([").rstrip("*\"')],;:.!?") for word in rest.split()]
    return tuple(dict.fromkeys(token for token in tokens if is_path(split_lines_suffix(token)[0])))
