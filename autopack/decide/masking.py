"""Credentials found in text, and text made fit for a log line: no control characters, no secrets, nothing long."""

from __future__ import annotations

import base64
import dataclasses
import functools
import html
import json
import re
import typing
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar

from autopack.decide.names import digest_text

T = TypeVar("T")

MASK = "***"
SHORTEST_SECRET = 6
PRIVATE_CHARS = 200
LIMIT_CHARS = 2000

# What a model was asked or said, and what a program printed: may hold anything, so only its digest and size are told.
_PRIVATE_KEYS = frozenset({"prompt", "answer", "text", "output", "stdout", "stderr"})

_NAME = r"(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|credential)"
_SECRET_KEY = re.compile(rf"(?:^|[_-]){_NAME}$|^authorization$", re.IGNORECASE)
_SECRET_OPTION = re.compile(rf"--?(?:[a-z]{{1,20}}-)?{_NAME}", re.IGNORECASE)

# What has a form of its own.  Nothing of the same alphabet may stand before it, but for an escaped line break: this also
# keeps the search linear.
_SHAPES = tuple(
    (kind, re.compile(rf"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))(?:{shape})"))
    for kind, shape in (
        ("private-key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"),
        ("github-token", r"(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}"),
        ("gitlab-token", r"glpat-[A-Za-z0-9_-]{16,}"),
        ("slack-token", r"xox[abeprs]-[A-Za-z0-9-]{16,}"),
        ("registry-token", r"(?:npm_|pypi-)[A-Za-z0-9_-]{16,}"),
        ("api-key", r"(?:sk-|[rs]k_live_|hf_)[A-Za-z0-9_-]{16,}"),
        ("aws-key", r"(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        ("google-key", r"AIza[A-Za-z0-9_-]{30,}"),
        ("jwt", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    )
)
# What only the words before it give away.
_URL_PASSWORD = re.compile(r"://(?P<user>[^/\s:@]{0,100}):(?P<value>[^/\s@]{6,200})@")
_BEARER = re.compile(r"\b(?:bearer|basic)\s{1,3}(?P<value>[A-Za-z0-9._~+/=-]{16,})", re.IGNORECASE)
_NAMED = re.compile(
    rf"{_NAME}[\"']?\s{{0,3}}[=:](?!=)\s{{0,3}}"
    r"(?:(?P<quote>[\"'])(?P<value>[^\"'\s]{8,200})(?P=quote)|(?P<bare>[A-Za-z0-9+/_~-]{12,200}=*)(?=[\s,;\"']|$))",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"example|change.?me|your|placeholder|dummy|fake|sample|test|redacted|todo|insert|foobar|xxx|passw[o0]rd|secret|token"
    r"|[$<{%]|\*\*\*|\.\.\.|://|123456|abcdef|qwerty",
    re.IGNORECASE,
)
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/]{24}")

# In a log line rather too much than too little: here the words before the secret stay, so that the line still says what it was.
_NAMED_SECRETS = (
    re.compile(r"(://)[^/\s@]{1,300}(?=@)"),
    re.compile(r"(\b(?:bearer|basic)\s{1,3})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
    re.compile(rf"({_NAME}[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?)[^\s\"',;]{{4,}}", re.IGNORECASE),
)


_SECRET_VARIABLE = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|_PWD$|SECRET|TOKENS?(?![A-Z])|API_?KEY|_KEY$|CREDENTIALS?(?![A-Z])|(?:^|_)(?:AUTH|PAT|DSN)$",
    re.IGNORECASE,
)
# What stands under such a name is about a secret, and not one.
_ABOUT_SECRETS = re.compile(r"_(?:FILE|PATH|DIR|SOCK|URL|URI|HOST|NAME|USER|TYPE|ID|TTL|LIMIT|COUNT)$", re.IGNORECASE)


def find_secrets(text: str) -> list[tuple[int, int, str]]:
    """Start, end and kind of each credential that stands in the text, in order; they do not overlap.

    Placeholders (`<token>`, `changeme`, `example`), references (`$TOKEN`, `os.environ[...]`) and passwords without a digit
    under a name are not counted: this asks a person about an addition, so it must not cry wolf.
    """
    found: list[tuple[int, int, str]] = []
    for kind, pattern in _SHAPES:
        for match in pattern.finditer(text):
            known = _LONG_BASE64.search(match[0]) if kind == "private-key" else not _is_placeholder(match[0])
            found += [(*match.span(), kind)] if known else []
    for match in _URL_PASSWORD.finditer(text):
        if match["value"] != match["user"] and not _is_placeholder(match["value"]):
            found.append((*match.span("value"), "url-password"))
    for match in _BEARER.finditer(text):
        # Prose goes on in words ("basic understanding"): no capital inside, and a number at the end at most.
        inside = match["value"][1:]
        if _is_mixed(inside, 2) or (_is_mixed(inside, 1) and inside not in (inside.lower(), inside.upper())):
            found.append((*match.span("value"), "bearer"))
    for match in _NAMED.finditer(text):
        # Without quotes it may be an identifier of the code: those seldom have digits in two places.
        group, numbers = ("value", 1) if match["value"] else ("bare", 2)
        if _is_mixed(match[group], numbers) and not _is_placeholder(match[group]):
            found.append((*match.span(group), "named"))
    apart: list[tuple[int, int, str]] = []
    # The sort is stable: of two that start together the one with a form of its own stays.
    for secret in sorted(found, key=lambda secret: secret[0]):
        if not apart or secret[0] >= apart[-1][1]:
            apart.append(secret)
    return apart


def _is_placeholder(value: str) -> bool:
    return bool(_PLACEHOLDER.search(value)) or len(set(value)) < 5


def _is_mixed(value: str, numbers: int) -> bool:
    """Letters, and digits in at least that many places."""
    return any(ch.isalpha() for ch in value) and len(re.findall(r"[0-9]+", value)) >= numbers


def mask_secrets(text: str) -> str:
    """The text with everything that looks like a key, a token or a password replaced by `***`."""
    for _, pattern in _SHAPES:
        text = pattern.sub(MASK, text)
    for pattern in _NAMED_SECRETS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def secret_values(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of variables whose names look secret, and the passwords in URLs, that are long enough to be told apart."""
    found = set()
    for name, value in environ.items():
        if _SECRET_VARIABLE.search(name) and not _ABOUT_SECRETS.search(name):
            # A small number is a limit, and credential files are named by path.
            is_number = value.isdigit() and len(value) < 9
            is_path = value.startswith(("/", "~/")) and "CREDENTIAL" in name.upper()
            found |= set() if is_number or is_path else {value}
        found |= {match["value"] for match in _URL_PASSWORD.finditer(value[:4096])}
    return tuple(sorted(value for value in found if len(value.strip()) >= SHORTEST_SECRET))


def credential_values(text: str) -> tuple[str, ...]:
    """What looks random in a file of credentials: long words in which letters and digits mix."""
    words = {word for word in re.findall(r"[A-Za-z0-9+/_.~=-]{12,4096}", text) if _is_mixed(word, 2)}
    return tuple(sorted(words))


@dataclasses.dataclass(frozen=True, slots=True)
class Mask:
    """Known secret values, replaced by `***` wherever they stand in a text: as they are, or encoded."""

    forms: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: Iterable[str]) -> Mask:
        """A mask for these values; those of fewer than six characters would hide ordinary words and are left out."""
        forms: set[str] = set()
        codes: set[str] = set()
        for value in values:
            # A key of many lines may be printed line by line.
            lines = [line.strip() for line in value.splitlines() if len(line.strip()) >= 16]
            for secret in {value, value.strip(), *lines}:
                if len(secret.strip()) >= SHORTEST_SECRET:
                    forms |= _spellings(secret)
                    codes |= _codes(secret)
        # The longest first: a secret may hold another one.
        return cls(*(tuple(sorted(found, key=lambda form: (-len(form), form))) for found in (forms, codes)))

    def text(self, text: str) -> str:
        """The text without the secrets.  The characters beside an encoded one, which it shares with its neighbours, stay."""
        for form in (*self.forms, *self.codes):
            if form in text:
                text = text.replace(form, MASK)
        # Programs that encode break their lines.
        if self.codes and "\n" in text:
            joined = "".join(text.split())
            for code in self.codes:
                if code in joined:
                    text = re.sub(r"(?:\r?\n[ \t]{0,8})?".join(map(re.escape, code)), MASK, text)
        return text

    def value(self, value: T) -> T:
        """The same data with every free text masked; words of a closed set and ids that join records stay as they are."""
        return typing.cast(T, self._value(value)) if self.forms else value

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, PurePosixPath):
            return PurePosixPath(self.text(str(value)))
        if isinstance(value, tuple):
            return tuple(map(self._value, value))
        if isinstance(value, list):
            return list(map(self._value, value))
        if isinstance(value, dict):
            return {self.text(key): part if key in _JOINTS else self._value(part) for key, part in value.items()}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            free = _free_fields(type(value))
            return dataclasses.replace(value, **{name: self._value(getattr(value, name)) for name in free})
        return value


NO_MASK = Mask()
# By these a resumed run finds what it did before.
_JOINTS = frozenset({"id", "phase", "phase_id", "run_id", "state", "commit", "tree", "parent", "author", "committer", "schema"})


@functools.cache
def _free_fields(kind: Any) -> tuple[str, ...]:
    hints = typing.get_type_hints(kind)
    names = (field.name for field in dataclasses.fields(kind) if field.init)
    return tuple(name for name in names if not name.endswith("_id") and name != "schema" and not _is_closed(hints[name]))


def _is_closed(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.Literal or any(map(_is_closed, typing.get_args(hint)))


def _spellings(secret: str) -> set[str]:
    found = {secret, html.escape(secret), html.escape(secret, quote=False), repr(secret)[1:-1], secret.replace("'", "'\"'\"'")}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for safe in ("-._~", "-._~/"):
        kept = re.compile(f"[A-Za-z0-9{re.escape(safe)}]")
        letters = map(chr, secret.encode("utf-8", "surrogatepass"))
        quoted = "".join(letter if kept.match(letter) else f"%{ord(letter):02X}" for letter in letters)
        found |= {quoted, re.sub("%..", lambda code: code[0].lower(), quoted), quoted.replace("%20", "+")}
    return found


def _codes(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    found = {raw.hex(), raw.hex().upper()}
    for before in range(3):
        # Only the characters whose six bits all come from the secret; the others depend on what stands beside it.
        coded = base64.b64encode(bytes(before) + raw).decode()[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        found |= {coded, coded.translate(str.maketrans("+/", "-_"))}
    return found


def escape_controls(text: str, *, keep: str = "") -> str:
    """The text with control, bidirectional and zero-width characters escaped, but for those in `keep`."""
    return "".join(ch if ch in keep or unicodedata.category(ch) not in ("Cc", "Cf", "Cs") else _escaped(ch) for ch in text)


def _escaped(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"


def hide_private(key: str, value: Any) -> Any:
    """JSON values in which what a model was asked or said, and what a program printed, is a digest and a size when it is long."""
    if isinstance(value, str):
        return _digest(value) if key in _PRIVATE_KEYS and len(value) > PRIVATE_CHARS else value
    if isinstance(value, dict):
        # What a person is asked to approve is not private, and a grant is found by exactly these words.
        return {name: part if name == "ask" else hide_private(name, part) for name, part in value.items()}
    return [hide_private(key, part) for part in value] if isinstance(value, list) else value


def _digest(text: str) -> str:
    return f"sha256:{digest_text(text, 12)} ({len(text)} characters)"


def clean_fact(key: str, value: Any) -> Any:
    """A value as it may stand in a log under this key; lists and mappings are cleaned part by part."""
    if isinstance(value, str):
        if _SECRET_KEY.search(key):
            return MASK
        if len(value) > (PRIVATE_CHARS if key in _PRIVATE_KEYS else LIMIT_CHARS):
            return _digest(value)
        return escape_controls(mask_secrets(value))
    if isinstance(value, dict):
        return {clean_fact("", str(name)): clean_fact(str(name), part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        before = ("", *value)
        return [
            MASK if isinstance(last, str) and _SECRET_OPTION.fullmatch(last) else clean_fact(key, part)
            for last, part in zip(before, value, strict=False)
        ]
    return value if value is None or isinstance(value, (bool, int, float)) else clean_fact(key, str(value))
