"""What kind of work something is: from the files it touches, else from its words, so that a person can check it at a glance."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from autopack.model.plan import Category

# Of two kinds that are equally many, the first: code decides what proves a change, whatever is written beside it.
_ORDER: tuple[Category, ...] = ("backend", "frontend", "database", "configuration", "docs", "tests", "other")

_BY_SUFFIX: Mapping[Category, str] = {
    "docs": ".md .mdx .rst .adoc .txt .tex",
    "frontend": ".css .scss .sass .less .html .htm .jsx .tsx .vue .svelte .astro .hbs .ejs .j2 .jinja .jinja2",
    "database": ".sql .prisma .db",
    "configuration": ".toml .yaml .yml .ini .cfg .conf .json .lock .env .tf .properties .example .gradle",
    "backend": ".py .pyi .go .rs .java .kt .scala .js .ts .mjs .cjs .rb .php .ex .exs .c .cc .cpp .h .hpp .cs .zig .swift .sh",
}
_SUFFIXES: dict[str, Category] = {suffix: category for category, row in _BY_SUFFIX.items() for suffix in row.split()}
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "e2e", "cypress", "testdata", "fixtures"})
_FRONT_FOLDERS = frozenset(
    {"components", "pages", "views", "ui", "frontend", "client", "templates", "static", "styles", "widgets", "screens"}
)
_CONFIGURATION = re.compile(
    r"dockerfile|makefile|justfile|procfile|\.env|\.gitignore|\.editorconfig|.{1,40}\.config$", re.IGNORECASE
)
_JAVA_TEST = re.compile(r"[a-z0-9](?:Test|Tests|IT|Spec)$")
_DOCS = re.compile(r"readme|changelog|contributing|license|authors|security|code_of_conduct", re.IGNORECASE)

# Beginnings of words for languages that put blanks between them, passages for those that do not.  Strong words say what is
# made, weak ones only what it is about.
_STRONG: Mapping[Category, str] = {
    "tests": "test tests testing regression e2e spec specs pytest coverage unittest тест тесты pruebas",
    "docs": """
        document documentation docs docstring readme changelog handbook manual guide tutorial describe explain mention release
        dokumentation dokumentiere handbuch anleitung documentación документ справк
    """,
    "database": """
        migration migrations schema database table tables column columns sql sqlite postgres index indexes indices alembic
        backfill tabelle spalte datenbank migración tabla таблиц миграц
    """,
    "configuration": """
        config configuration configure workflow ci pipeline docker dockerfile compose env environment dependency dependencies
        dependabot lint linter formatter pre-commit settings toml yaml packaging konfiguration configuración
    """,
    "frontend": """
        page pages screen screens button buttons dialog modal form forms template templates css style styles layout chart
        banner badge menu sidebar dashboard frontend ui widget tooltip toggle dark responsive component components view views
        icon icons render renders shown show display editor calendar oberfläche seite maske formular pantalla página страниц кнопк
    """,
    "backend": """
        endpoint endpoints api route routes handler service services query job jobs worker parser validate validator compute
        queue retry cache client server repository model models command cli mail webhook import export function class module
        algorithm adapter engine store reader writer logging middleware schnittstelle servicio сервис
    """,
}  # fmt: skip
_PASSAGES: Mapping[Category, tuple[str, ...]] = {
    "tests": ("测试", "テスト", "테스트"),
    "docs": ("文档", "文檔", "手册", "ドキュメント", "説明書", "문서"),
    "database": ("数据库", "数据表", "表结构", "迁移", "データベース", "マイグレーション", "テーブル"),
    "configuration": ("配置", "設定ファイル", "环境变量"),
    "frontend": ("页面", "前端", "界面", "按钮", "画面", "ボタン", "ページ"),
    "backend": ("接口", "后端", "服务", "API", "エンドポイント", "バックエンド"),
}
_WORDS: dict[str, Category] = {word: category for category, row in _STRONG.items() for word in row.split()}
_WORD = re.compile(r"[^\W_][\w-]*")
_WRITES_TESTS = re.compile(
    r"(?:(?:add|write|create|extend|update)\s+)?(?:\w+[\s-]+){0,3}(?:tests?|specs?)\b(?!\s+(?:runner|data|helper|server|set))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A category with the rule that gave it and what it rests on: paths, or words of the title."""

    category: Category
    rule: str
    confidence: float
    evidence: tuple[str, ...] = ()


def judge_category(title: str, paths: Iterable[str]) -> Judged:
    """By the files where there are any, else by the words of the title; code is taken for backend when nothing tells."""
    names = sorted(set(paths))
    if names:
        category = categorise_paths(names)
        mine = tuple(name for name in names if categorise_path(name) == category)
        if category != "other":
            return Judged(category=category, rule="host:category-of-paths", confidence=0.9, evidence=mine[:3])
    return _by_words(title)


def _by_words(title: str) -> Judged:
    match = _WRITES_TESTS.match(title[:200])
    if match:
        return Judged(category="tests", rule="host:category-of-words", confidence=0.7, evidence=(match[0],))
    written = [passage for passage in _PASSAGES["tests"] if passage in title[:400]]
    if written:
        return Judged(category="tests", rule="host:category-of-words", confidence=0.7, evidence=tuple(written))
    found: dict[Category, list[str]] = {}
    for word in _WORD.findall(title[:400].casefold()):
        category = _WORDS.get(word)
        if category:
            found.setdefault(category, []).append(word)
    for category, passages in _PASSAGES.items():
        found.setdefault(category, []).extend(passage for passage in passages if passage in title[:400])
    best = min(_ORDER, key=lambda category: -len(found.get(category, ())))
    if not found.get(best):
        return Judged(category="backend", rule="host:category-by-default", confidence=0.4)
    tied = [category for category in found if len(found[category]) == len(found[best])]
    # The first word that tells is what is made: "Document the endpoint", "Migration for the mail table".
    first = min(tied, key=lambda category: _first_at(title, found[category]))
    return Judged(category=first, rule="host:category-of-words", confidence=0.6, evidence=tuple(found[first][:3]))


def _first_at(title: str, words: Sequence[str]) -> int:
    return min(title.casefold().find(word.casefold()) for word in words)


@functools.lru_cache(maxsize=10_000)
def categorise_path(path: str) -> Category:
    """Tests by folder or name, migrations by folder, everything else by name and suffix."""
    pure = PurePosixPath(path)
    folders = {part.lower() for part in pure.parts[:-1]}
    stem, suffix = pure.stem.lower(), pure.suffix.lower()
    if folders & _TEST_FOLDERS or stem.startswith("test_") or stem.endswith(("_test", "_tests", ".test", ".spec")):
        return "tests"
    if _JAVA_TEST.search(pure.stem):
        return "tests"
    if folders & {"migrations", "migration", "alembic"} or (suffix == ".sql"):
        return "database"
    if folders & {".github", ".gitlab", ".circleci"} or _CONFIGURATION.fullmatch(pure.name) or _CONFIGURATION.fullmatch(stem):
        return "configuration"
    if _DOCS.fullmatch(stem) or (folders & {"docs", "doc"} and suffix in ("", *_BY_SUFFIX["docs"].split())):
        return "docs"
    category = _SUFFIXES.get(suffix, "other")
    if category == "backend" and suffix in (".js", ".ts", ".mjs") and folders & _FRONT_FOLDERS:
        return "frontend"
    return category


def categorise_paths(paths: Iterable[str]) -> Category:
    """What most of the paths are; tests only when nothing else is there, since code comes with its tests."""
    counts = Counter(categorise_path(path) for path in paths)
    if len(counts) > 1:
        del counts["tests"]
    return min(_ORDER, key=lambda category: -counts[category]) if counts else "other"
