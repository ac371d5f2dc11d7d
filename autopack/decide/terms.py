"""Texts as search terms: which files count and what they are found by, and what the words of a task ask for."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from autopack.decide.scope import is_protected, judge_containment

WINDOW_LINES = 40
LINE_CHARS = 4096
MOST_TEXT_CHARS = 64_000
MOST_FILE_BYTES = 400_000
_NAME_CHARS = 64
_LEAST_STEM = 3

_NAME = re.compile(r"[^\W\d]\w*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_DEFINITION = re.compile(
    r"^[ \t]{0,12}[\w():, ]{0,40}?\b(?:def|class|func|fn|function|struct|enum|interface|trait|type|const|let|var|module|mod"
    r"|namespace|record|object|macro|protocol)[ \t]{1,4}(?:\([^()\n]{0,80}\)[ \t]{0,4})?(?P<name>[A-Za-z_$][\w$]{1,63})",
    re.MULTILINE,
)
_CONSTANT = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]{2,63})[ \t]{0,4}(?::[^=\n]{1,80})?=", re.MULTILINE)

_LINK = re.compile(r"\b[a-z]{2,8}://\S{1,2000}")
_TRAILER = re.compile(r"[A-Z][a-z]{1,20}-[a-zA-Z-]{1,30}: \S")

_TICKED = re.compile(r"`([^`\n]{1,200})`|(?<!\S)--([a-z][\w-]{1,60})")
_PATH_LIKE = re.compile(r"[\w@.+/-]{3,200}")
_MARKUP = re.compile(r"`|^[ \t]{0,8}[-*+#|{\[<\d]", re.MULTILINE)
_SUFFIX = re.compile(r"\.[A-Za-z]\w{0,7}\Z")
_PAIR = re.compile(r"(?<![\w-])(?=([A-Za-z]{2,32})[ -]([A-Za-z]{2,32})(?!\w))")

# Longest first.  Only endings go, so a stem is always how the word begins.
_ENDINGS = (
    "izations", "ization", "ations", "ation", "ements", "ement", "ments", "ment", "ities", "ings", "ions", "ity", "ing",
    "ion", "ers", "ors", "ies", "able", "ed", "er", "or", "es", "ly", "s", "y", "e",
)  # fmt: skip
# Words that say nothing about which file is meant: grammar, what every commit message says, and keywords.
_STOP_WORDS = frozenset(
    """
    a about above after again all also although always an and another any are as at be because been before being below
    better between both but by can cannot could currently did do does doesn don done due each either else even every few
    for from further had has have having he hence her here his how however i if in instead into is isn it its itself just
    last like many may me might more most much must my no nor not now of off on once one only or other our out over own
    per please possible properly really same see should simple since so some still such t than that the their them then
    there these they this those through thus to too two under until upon us very via was way we well were what when where
    whether which while who why will with within without would yet you your

    add added adding adds allow allowed allows avoid change changed changes changing ensure fix fixed fixes fixing get
    gets give given implement implemented improve improved keep let made make makes making minor need needed needs new pr
    prevent refactor remove removed removes removing rename renamed revert set show support supported supports try up
    update updated updates updating use used uses using want work working works

    const def elif end false import nil none null return self todo true var void
    """.split()  # noqa: SIM905  a list of three hundred quoted words is hard to read
)

_LOCKS = frozenset(
    """
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock uv.lock pdm.lock
    pipfile.lock cargo.lock go.sum go.work.sum composer.lock gemfile.lock mix.lock deno.lock flake.lock packages.lock.json
    gradle.lockfile pubspec.lock podfile.lock package.resolved conda-lock.yml
    """.split()  # noqa: SIM905  as above
)
_MADE_FOLDERS = frozenset({"node_modules", "vendor", "third_party", "dist", "__pycache__", "__snapshots__", "bower_components"})
_MADE_ENDINGS = (
    ".min.js", ".min.css", ".map", ".snap", "_pb2.py", "_pb2_grpc.py", ".pb.go", ".pb.cc", ".pb.h", ".g.dart", ".designer.cs",
    ".generated.ts", ".generated.go", ".gen.go", ".gen.ts", ".lock", ".po", ".pot",
)  # fmt: skip
_BINARY_ENDINGS = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".svg", ".bmp", ".pdf", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst",
    ".tar", ".jar", ".war", ".class", ".so", ".dylib", ".dll", ".exe", ".o", ".a", ".pyc", ".whl", ".woff", ".woff2", ".ttf",
    ".otf", ".eot", ".mp3", ".mp4", ".mov", ".webm", ".wav", ".ogg", ".sqlite", ".db", ".bin", ".pkl", ".npy", ".parquet",
    ".wasm",
)  # fmt: skip
_MADE_MARK = re.compile(r"@generated\b|\bDO NOT EDIT\b|\b[Aa]uto-?generated (?:by|file|from)\b")
_MARK_CHARS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A task as terms with weights.

    `exact` and `joined` are whole names (`=maxworkers`), `words` says how a term was written.
    """

    terms: dict[str, float]
    exact: tuple[str, ...]
    joined: tuple[str, ...]
    mentions: tuple[str, ...]
    words: dict[str, str]


def is_candidate(path: str) -> bool:
    """Whether a file may ever be proposed: inside the repository, not protected, and written by people."""
    lower = path.lower()
    *folders, name = lower.split("/")
    return (
        name not in _LOCKS
        and not name.endswith((*_MADE_ENDINGS, *_BINARY_ENDINGS))
        and not name.startswith("zz_generated")
        and not _MADE_FOLDERS.intersection(folders)
        and judge_containment(path).allowed
        and not is_protected(path)
    )


def read_source(content: bytes) -> str | None:
    """A file's text; `None` when it is binary, too large, or says that a program wrote it."""
    if len(content) > MOST_FILE_BYTES or b"\0" in content[:8000]:
        return None
    text = content.decode("utf-8", "replace")
    return None if _MADE_MARK.search(text[:_MARK_CHARS]) else text


def cut_windows(text: str) -> list[str]:
    """A text in pieces of 40 lines, long lines cut."""
    lines = [line[:LINE_CHARS] for line in text.split("\n")]
    return ["\n".join(lines[start : start + WINDOW_LINES]) for start in range(0, len(lines), WINDOW_LINES)]


def find_terms(window: str) -> set[str]:
    """What a window is found by: each term once, and `@term` for what it defines (`@=whole` for each whole name)."""
    found: set[str] = set()
    for name in set(_NAME.findall(window)):
        found.update(split_name(name))
    for pattern in (_DEFINITION, _CONSTANT):
        for match in pattern.finditer(window):
            name = match["name"]
            found.update(f"@{term}" for term in split_name(name))
            found.add(f"@{join_name(name)}")
    return found


def find_message_terms(text: str) -> list[str]:
    """The terms of a commit message or another short text, in order, with repeats."""
    return [term for line in clean_lines(text) for name in find_names(line) for term in split_name(name)]


def clean_lines(text: str) -> Iterator[str]:
    """The lines of a task or message that hold words: without links, and without trailers, which name people."""
    for line in text[:MOST_TEXT_CHARS].splitlines():
        line = _LINK.sub(" ", line[:LINE_CHARS])
        if line.strip() and not _TRAILER.match(line):
            yield line


def find_names(text: str) -> list[str]:
    """Every word and identifier of a text, in order."""
    return _NAME.findall(text)


@functools.lru_cache(maxsize=200_000)
def split_name(name: str) -> tuple[str, ...]:
    """The terms of one word or identifier: the stems of its parts, and `=whole` when it has several."""
    parts = [part.lower() for part in _PART.findall(name[:_NAME_CHARS])]
    terms = [stem_word(part) for part in parts if len(part) > 1 and part not in _STOP_WORDS and not part.isdigit()]
    if len(parts) > 1:
        terms.append(join_name(name))
    return tuple(dict.fromkeys(terms))


def join_name(name: str) -> str:
    """What the spellings of one identifier share: `max_workers`, `maxWorkers` and `MaxWorkers` are `=maxworkers`."""
    return "=" + name[:_NAME_CHARS].replace("_", "").replace("$", "").lower()


def is_stop_word(word: str) -> bool:
    """Whether a word says nothing about which file is meant."""
    return len(word) < 2 or word.lower() in _STOP_WORDS


def stem_word(word: str) -> str:
    """A lower-case word without its endings; `parse`, `parser` and `parsing` are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_STEM and not word.endswith("ss"):
            word = word[: -len(ending)]
            if ending in ("ing", "ings", "ed", "er", "ers") and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    # What an ending leaves has endings of its own: `queries` must meet `query`, `parses` `parse`.
    return word[:-1] if len(word) > _LEAST_STEM and word[-1] in "ey" else word


def read_query(text: str) -> Query:
    """What a task asks for; its first line counts twice."""
    weights: dict[str, float] = {}
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}
    exact: dict[str, None] = {}
    joined: dict[str, None] = {}
    mentions: dict[str, None] = {}
    base = 2.0
    for line in clean_lines(text):
        ticked = {name for pair in _TICKED.findall(line) for name in find_names("".join(pair))}
        exact.update((join_name(name), None) for name in ticked if not is_stop_word(name))
        for name in find_names(line):
            terms = split_name(name)
            whole = terms[-1] if terms and terms[-1].startswith("=") else None
            if whole:
                exact[whole] = None
            for term in terms:
                weights[term] = max(weights.get(term, 0.0), base * (1.5 if whole or name in ticked else 1.0))
                counts[term] += 1
                words.setdefault(term, name if term == whole else name.lower() if not whole else term)
        for first, second in _PAIR.findall(line):
            if not is_stop_word(first) and not is_stop_word(second):
                joined[join_name(first + second)] = None
                words.setdefault(join_name(first + second), f"{first} {second}".lower())
        mentions.update((found, None) for found in map(_clean_mention, _PATH_LIKE.findall(line)) if found)
        base = 1.0
    return Query(
        terms={term: weight * (1 + math.log(counts[term])) for term, weight in sorted(weights.items())},
        exact=tuple(sorted(exact)),
        joined=tuple(sorted(set(joined) - set(exact))),
        mentions=tuple(sorted(mentions)),
        words=words,
    )


def _clean_mention(word: str) -> str:
    word = word.strip("./-").removesuffix("/")
    return word if "/" in word or _SUFFIX.search(word) else ""


def may_state_paths(text: str, query: Query) -> bool:
    """Whether a text may state paths as a plan does: prose without code, lists and names like paths does not."""
    return bool(query.mentions or _MARKUP.search(text))
