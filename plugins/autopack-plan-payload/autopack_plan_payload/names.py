"""How a plan says which file a fenced block is: in its info string, above it, inside it, or in the heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autopack_plan_payload.lines import Line
from autopack_plan_payload.paths import LIMIT_CHARS, is_path, named_paths, only_path, split_lines_suffix, word_set

LOOK_BACK_LINES = 3

# Fences in these languages show what to type or what comes out; only a name that cannot be meant otherwise makes them files.
_SHELLS = word_set("sh bash zsh fish shell console terminal shell-session powershell ps1 cmd bat")
_OUTPUTS = word_set("text txt plain plaintext output log tree mermaid http")
_FAMILIES = tuple(
    word_set(family)
    for family in (
        "python py pyi python3",
        "javascript js jsx mjs cjs node typescript ts tsx mts cts vue svelte",
        "json jsonc json5",
        "yaml yml",
        "html htm xml svg jinja jinja2 j2 vue svelte",
        "css scss sass less",
        "go golang",
        "rust rs",
        "java kotlin kt kts groovy gradle",
        "c cpp c++ cc cxx h hpp hh",
        "ruby rb rake",
        "php",
        "sql",
        "markdown md mdx",
        "sh bash zsh shell bats",
        "ini cfg conf properties toml env",
    )
)
_KEYED = re.compile(r"""\b(?:title|file|filename|path)=(?:"([^"]+)"|'([^']+)'|([^\s,}]+))""")
_CITATION = re.compile(r"\d+:\d+:")  # Cursor's ```12:15:app/x.ts shows existing code
_MARKER = re.compile(r"^(?:[-*+]|\d{1,4}[.)]|#{1,6})\s+(?:\[[ xX~/-]\]\s+)?")
_LABEL = re.compile(
    r"^(?:new |the |full )?(?:file ?name|file ?path|file|path|location|target|save as|create|add|new|write|update|modify|edit|"
    r"replace|test)(?: the| a| an)?(?: new| test)?(?: file)?\s*(?::|\s)\s*(?=\S)",
    re.IGNORECASE,
)
_FIELD = re.compile(r"^(?:file|path|location)\s*:\s*(?=\S)", re.IGNORECASE)
_SHOWS = re.compile(
    r"\b(?:outputs?|prints?|run|running|returns?|currently|current|existing|today|before|usage|example|e\.g\.|looks like|"
    r"imports?|calls?|see)\b",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:add|append|insert|extend|changes?|snippet|inside|within|after|before)\b", re.IGNORECASE)
_COMMENT = re.compile(
    r"^\s{0,8}(?:#|//|--|;|%|<!--|/\*)\s?(?:(?:file(?:name)?|path)\s*:\s*)?(.{1,300}?)\s*(?:-->|\*/)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A fence's file name as written, the first line that says it, and by which rule.

    `body_from` is the first line of the fence's body that belongs to the file (0-based).  `is_part` = the words say that the
    code goes into a file rather than being the file.
    """

    path: str
    line: int
    rule: str
    confidence: float
    body_from: int = 0
    is_part: bool = False


def name_fence(info: str, body: Sequence[Line], fence_line: int, above: Sequence[Line]) -> Name | None:
    """The file that a fence is, nearest word first; `None` when nothing names exactly one.

    `above` are the lines before the fence, up to the previous fence or heading (which is its first line), oldest first.
    """
    if _CITATION.match(info):
        return None
    language = _language(info)
    name = _from_info(info, fence_line) or _from_line_above(above) or _from_first_line(body, language)
    if name is None and language not in _SHELLS | _OUTPUTS:
        name = _from_words(above, language)
    if name is None:
        return None
    path, is_passage = split_lines_suffix(name.path)
    return Name(
        path=path,
        line=name.line,
        rule=name.rule,
        confidence=name.confidence,
        body_from=name.body_from,
        is_part=is_passage or name.is_part,
    )


def name_in_heading(heading: Line, language_info: str) -> Name | None:
    """The one path that the heading of a whole section names."""
    paths = named_paths(heading.text)
    if len(paths) != 1 or not _fits(_language(language_info), paths[0]) or _SHOWS.search(heading.text[:LIMIT_CHARS]):
        return None
    return Name(path=paths[0], line=heading.number, rule="section-heading", confidence=0.8)


def may_be_file(info: str) -> bool:
    """Whether a fence of this language may get its name from the words around it."""
    return not _CITATION.match(info) and _language(info) not in _SHELLS | _OUTPUTS


def _language(info: str) -> str:
    word = re.split(r"[\s:,{]", info.strip(), maxsplit=1)[0].lower()
    return "" if is_path(word) else word


def _from_info(info: str, line: int) -> Name | None:
    info = info[:LIMIT_CHARS]
    keyed = _KEYED.search(info)
    if keyed:
        return Name(path=next(filter(None, keyed.groups())), line=line, rule="info-key", confidence=0.98)
    words = info.split()
    if len(words) == 1:
        language, colon, path = words[0].partition(":")
        if colon and is_path(split_lines_suffix(path)[0], certain=True) and "/" not in language:
            return Name(path=path, line=line, rule="info-colon", confidence=0.97)
        # One bare word is a language, `makefile` and `dockerfile` too, unless it has a folder or an extension.
        if "." in words[0] and is_path(words[0]):
            return Name(path=words[0], line=line, rule="info-path", confidence=0.95)
    if len(words) == 2 and is_path(words[1]):
        return Name(path=words[1], line=line, rule="info-path", confidence=0.95)
    return None


def _from_line_above(above: Sequence[Line]) -> Name | None:
    line = _line_above(above)
    if line is None or line.text.lstrip().startswith("#"):
        return None
    text = _plain(line.text)
    path = only_path(text)
    if path:
        return Name(path=path, line=line.number, rule="line-above", confidence=0.95)
    return _from_label(line, text)


def _from_label(line: Line, text: str) -> Name | None:
    label = _LABEL.match(text.replace("*", ""))
    path = only_path(text.replace("*", "")[label.end() :], certain=True) if label else None
    if label is None or path is None:
        return None
    return Name(path=path, line=line.number, rule="label", confidence=0.93, is_part=_PART.search(label[0]) is not None)


def _from_first_line(body: Sequence[Line], language: str) -> Name | None:
    index = 1 if body and body[0].text.startswith("#!") else 0
    if len(body) <= index:
        return None
    comment = _COMMENT.match(body[index].text[:LIMIT_CHARS])
    path = only_path(comment[1]) if comment else None
    if path and (language not in _SHELLS or _fits(language, path)):
        return Name(path=path, line=body[index].number, rule="first-comment", confidence=0.9)
    bare = body[index].text
    is_bare = index == 0 and bare == bare.strip() and is_path(bare) and language not in _SHELLS | _OUTPUTS
    # A list of files has a second one; a file has content.
    if is_bare and any(line.text.strip() for line in body[1:]) and not is_path(body[1].text.strip()):
        return Name(path=bare, line=body[0].number, rule="first-line", confidence=0.9, body_from=1)
    return None


def _from_words(above: Sequence[Line], language: str) -> Name | None:
    line = _line_above(above)
    if line is None:
        return _from_field(above, language)
    is_heading = line.text.lstrip().startswith("#")
    paths = named_paths(line.text)
    if len(paths) == 1 and (is_heading or line.text.rstrip("* ").endswith(":")) and not _SHOWS.search(line.text[:LIMIT_CHARS]):
        if not _fits(language, paths[0]):
            return None
        rule = "heading-above" if is_heading else "sentence"
        return Name(
            path=paths[0], line=line.number, rule=rule, confidence=0.85, is_part=_PART.search(line.text[:LIMIT_CHARS]) is not None
        )
    return _from_field(above, language)


def _from_field(above: Sequence[Line], language: str) -> Name | None:
    """A `**File**: x` field earlier in the section, with other lines between."""
    for line in reversed(above):
        text = _plain(line.text).replace("*", "")
        field = _FIELD.match(text)
        if field:
            path = only_path(text[field.end() :], certain=True)
            between = " ".join(other.text[:LIMIT_CHARS] for other in above if other.number > line.number)
            if path is None or not _fits(language, path) or _SHOWS.search(between):
                return None
            return Name(path=path, line=line.number, rule="field", confidence=0.8, is_part=_PART.search(between) is not None)
    return None


def _line_above(above: Sequence[Line]) -> Line | None:
    """The nearest line with words, if it is near enough to belong to the fence."""
    return next((line for line in reversed(above[-LOOK_BACK_LINES:]) if line.text.strip()), None)


def _plain(text: str) -> str:
    """A line without its list marker."""
    return _MARKER.sub("", text[:LIMIT_CHARS].strip())


def _fits(language: str, path: str) -> bool:
    """Whether code in this language may be this file; an unknown language may be anything."""
    extension = path.rsplit(".", 1)[-1].lower()
    families = [family for family in _FAMILIES if language in family]
    return not families or any(extension in family for family in families)
