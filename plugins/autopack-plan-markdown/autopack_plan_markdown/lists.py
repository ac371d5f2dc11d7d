"""Files that a plan lists as such: labelled entries, sections of files, tables, front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autopack.model.draft import Block, Node, PathRole
from autopack_plan_markdown.ground import Ground
from autopack_plan_markdown.page import LINE_LIMIT, Page, plain
from autopack_plan_markdown.paths import Mention, find_mentions, read_path, split_list
from autopack_plan_markdown.verbs import find_role, role_of_words
from autopack_plan_markdown.words import words_of

_ENTRY = re.compile(
    # Possessive: a line of blanks would else be split between the four of them in every way there is.
    r"[ \t]*+(?:[-*+]|\d{1,3}[.)])?[ \t]*+(?:\[[ xX~-]\][ \t]*+)?[^\w\n]{0,4}"
    r"(create[sd]?|new(?: files?)?|add(?:ed)?|modif(?:y|ied)|update[sd]?|edit(?:ed)?|change[sd]?|delete[sd]?|removed?|"
    r"tests?|read|reference|"
    r"files?(?: to (?:create|add|modify|change|edit|update|delete|remove|read))?|affected (?:code|files)|(?:new|"
    r"modified|changed|deleted) files?|"
    r"anlegen|neu|ändern|löschen|lesen|datei(?:en)?|crear|nuevo|modificar|eliminar|archivos?|создать|изменить|удалить|файлы?|"
    r"新建|新增|创建|修改|删除|文件|参考|作成|新規|変更|削除|ファイル)[^\w\n`]{0,4}[:：]",
    re.IGNORECASE,
)
_ITEM_MARK = re.compile(r"[ \t]*+(?:(?:[-*+]|\d{1,3}[.)])[ \t]++)?(?:\[[ xX~/-]\]\*?[ \t]++)?")
_TAG = re.compile(r"</?[a-z][a-z0-9_-]{0,40}>")
_NOTE = re.compile(r"\s(?:[-–—]+|→|->|:|#)\s|[:：]\s| \(|（")
_STRONG = re.compile(r"affected|files? to|(?:new|modified|changed|deleted) files?", re.IGNORECASE)
_IMPACT = re.compile(r"\bimpact\b|\bchanges?\b|\baffect", re.IGNORECASE)
_COLUMNS = frozenset(
    """
    file files path paths filename location datei pfad dateien
    文件 路径 文件路径 файл путь файлы archivo ruta fichier chemin ファイル パス
    """.split()  # noqa: SIM905  one word list
)
_ACTION_COLUMNS = frozenset(
    "action change changes operation type status what aktion änderung действие acción cambio 操作 变更 動作 変更".split()  # noqa: SIM905
)
_LISTS = ("files_modified", "files_to_modify", "files_changed", "files", "scope", "paths", "target_files")
_READ_LISTS = ("context_files", "read_first", "read_only", "references", "read")
_MOST_ENTRIES = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a list, and the line it stands on."""

    mention: Mention
    line: int
    action: PathRole
    rule: str


def find_entries(page: Page, ground: Ground, skipped: frozenset[int]) -> Iterator[Entry]:
    for number, line in page.prose():
        if number not in skipped and not line.lstrip().startswith(("#", "|")):
            yield from _of_line(page, number, line, ground)
    for block in page.draft.blocks:
        role = page.role(block.span.start)
        if block.kind == "table" and block.span.start not in skipped and role in ("work", "files", "validation"):
            yield from (entry for entry in _of_table(block, ground) if role != "validation" or entry.action != "unknown")
    if page.draft.tree is not None and page.draft.format in ("markdown", "text"):
        yield from _of_front_matter(page.draft.tree, ground)


def _of_line(page: Page, number: int, line: str, ground: Ground) -> Iterator[Entry]:
    role = page.role(number)
    label = _ENTRY.match(line)
    action: PathRole = "unknown"
    if label:
        action = role_of_words(words_of(label[1].removeprefix("files to "))) if label[1].isascii() else find_role("", label[1])
    if role != "files":
        says = label is not None and (action != "unknown" or _STRONG.search(label[1]) is not None)
        fits = role == "work" or (
            role == "context" and label is not None and (_STRONG.search(label[1]) or _IMPACT.search(_heading(page, number)))
        )
        if not (says and fits):
            return
    mentions = _entries(line, label.end() if label else 0, ground)
    if role != "files" and not (mentions and mentions[0].marked):
        return
    for mention in mentions[:_MOST_ENTRIES]:
        own = action if action != "unknown" else _aside(line[mention.end : mention.end + 40])
        yield Entry(mention, number, own, "file-list")


def _heading(page: Page, number: int) -> str:
    return (
        page.draft.section(number).title
        if page.owners[number - 1].level < 7
        else " ".join(
            section.title
            for section in page.draft.sections
            if 0 < section.level < 7 and section.span.start <= number <= section.span.end
        )
    )


def _aside(after: str) -> PathRole:
    return find_role("", after) if after.lstrip(" `*_").startswith(("(", "（")) else "unknown"


def _entries(line: str, begin: int, ground: Ground) -> list[Mention]:
    """The paths of an entry itself: those separated by commas or "and", not those of the note behind it."""
    if "`" not in line and "](" not in line:
        mark = _ITEM_MARK.match(line)
        begin = max(begin, mark.end() if mark else 0)
        words = _TAG.sub(lambda match: " " * len(match[0]), line)[begin:]
        plain_ones = []
        for piece, column in split_list(words):
            note = _NOTE.search(piece)
            name = piece[: note.start()].strip("*_\"'") if note else piece.strip("*_\"'")
            path = read_path(name, ground, marked=True, listed=True)
            if path is None:
                break
            plain_ones.append(Mention(path=path, column=begin + column, end=begin + column + len(name), marked=False))
            if note:
                break
        if plain_ones:
            return plain_ones
    mentions = [mention for mention in find_mentions(line, ground) if mention.column >= begin or not begin]
    kept: list[Mention] = []
    for mention in mentions:
        between = line[kept[-1].end : mention.column] if kept else ""
        if kept and (_NOTE.search(between) or len(words_of(between)) > 1):
            break
        kept.append(mention)
    return kept


def _of_table(block: Block, ground: Ground) -> Iterator[Entry]:
    rows = [[cell.strip() for cell in row[:LINE_LIMIT].strip("|").split("|")] for row in block.text.split("\n")]
    names = [plain(cell).casefold() for cell in rows[0]]
    column = next((index for index, name in enumerate(names) if name in _COLUMNS or name.startswith(("file ", "path "))), None)
    if column is None:
        return
    actions = next((index for index, name in enumerate(names) if name in _ACTION_COLUMNS), None)
    for offset, row in enumerate(rows[2:], start=2):
        words = words_of(row[actions])[:1] if actions is not None and actions < len(row) else []
        action = role_of_words(words)
        if actions is not None and action == "unknown" and actions < len(row) and not row[actions].isascii():
            action = find_role(row[actions], "")
        if column < len(row):
            for mention in find_mentions(row[column], ground) or _whole_cell(row[column], ground):
                yield Entry(mention, block.span.start + offset, action, "file-table")


def _whole_cell(cell: str, ground: Ground) -> Sequence[Mention]:
    path = read_path(cell.strip("*_`\"' "), ground, marked=True, listed=True)
    return [Mention(path=path, column=0, end=len(cell), marked=True)] if path else []


def _of_front_matter(tree: Node, ground: Ground) -> Iterator[Entry]:
    rows: list[tuple[Node, PathRole]] = [(node, "unknown") for name in _LISTS for node in tree.get_all(name)]
    rows += [(node, "read") for name in _READ_LISTS for node in tree.get_all(name)]
    for node, action in rows:
        for value in node.children if node.kind == "list" else (node,):
            words = value.text or (found.text if (found := value.get("path", "file")) else "")
            for piece, _ in split_list(words[:LINE_LIMIT]) if node.kind != "list" else ((words[:300], 0),):
                path = read_path(piece, ground, marked=True, listed=True)
                if path:
                    yield Entry(Mention(path=path, column=0, end=0, marked=True), value.span.start, action, "front-matter-files")
