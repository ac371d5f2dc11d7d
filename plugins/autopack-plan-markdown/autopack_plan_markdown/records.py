"""Texts that are no plan: minutes, decision records, proposals for discussion, rule books, and prose about what is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autopack.model.draft import Claim, Span, TextValue
from autopack_plan_markdown.items import Item, names_work
from autopack_plan_markdown.page import LABEL_LEVEL, Page, plain, sentences, short_title
from autopack_plan_markdown.words import is_imperative

_MINUTES_TITLE = re.compile(
    r"\b(?:minutes|meeting|stand-?up|retro(?:spective)?|sync|call notes|protokoll|besprechung|compte[- ]rendu|acta|ata de|"
    r"протокол)\b|会议|會議|議事録|纪要|working group",
    re.IGNORECASE,
)
_MINUTES_LABEL = re.compile(
    r"\W*(?:present|attendees|attending|participants|apologies|regrets|excused|absent|chair|scribe|minutes|note ?taker|agenda|"
    r"next meeting|anwesend|teilnehmer|entschuldigt|présents|participantes|asistentes|"
    r"присутствовали|参加者|出席者?|与会者?)\W*[:：(]",
    re.IGNORECASE,
)
_DECISION_HEADS = (frozenset(["context", "decision", "consequences"]), frozenset(["status", "decision", "consequences"]),
                   frozenset(["context", "decision", "status"]), frozenset(["decision drivers", "considered options"]),
                   frozenset(["kontext", "entscheidung", "konsequenzen"]), frozenset(["背景", "决定", "后果"]))  # fmt: skip
_PROPOSAL_HEADS = frozenset(
    ["drawbacks", "prior art", "unresolved questions", "guide-level explanation", "reference-level explanation", "rationale",
     "rationale and alternatives", "alternatives", "alternatives considered", "motivation", "abstract", "specification",
     "backwards compatibility", "backward compatibility", "security considerations", "future possibilities", "copyright",
     "rejected ideas", "how to teach this", "detailed design", "terminology", "iana considerations", "references"]
)  # fmt: skip
_RULES_TITLE = re.compile(
    r"\b(?:guidelines?|style guide|coding standards?|conventions|code of conduct|contributing|house rules|principles|playbook|"
    r"handbook|policy|rules (?:for|of)|agents\.md|plans\.md|readme)\b",
    re.IGNORECASE,
)
_RULE = re.compile(r"\b(?:must|should|shall|always|never|may not|do not|don['’]t|avoid|prefer|every|each|no)\b", re.IGNORECASE)
_SETTINGS = frozenset(["tracker", "polling", "workspace", "hooks", "agent", "codex"])
_WISH = re.compile(
    r"\b(?:should|must|needs? to|ought to|wants?|wish|instead|please|fail(?:s|ed|ing)?|crash(?:es|ed)?|errors?|broken|wrong|bug|"
    r"missing|incorrect(?:ly)?|too (?:slow|long|early|late|many|few|big|small)|hangs?|leaks?|lacks?|cannot|can['’]t|"
    r"doesn['’]t|support|allow|ability|request|expected|todo|fixme|i['’]d like|would like|let['’]s|we will|will be|to do|"
    r"fehler|absturz|stürzt|kaputt|(?:funktioniert|geht|lädt) nicht|soll(?:te|en)?|fallo?|falla|"
    r"no (?:funciona|carga|se ve|abre)|debería|erreur|plante|ne (?:marche|fonctionne|charge)|devrait|erro|"
    r"não (?:funciona|carrega|abre)|"
    r"deveria|ошибк\w{1,3}|падает|"
    r"не (?:работает|открывается|загружается))\b|崩溃|崩潰|报错|錯誤|错误|无法|失败|エラー|クラッシュ|できない|落ちる",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"[ \t]{0,12}(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+)?(?:\[ \][ \t]+)?"
    r"(?:(?:\*{2})?(?:ACTION(?: ITEM)?|AI|TODO)\b[^:：\n]{0,40}[:：](?:\*{2})?|@[\w-]{1,40}[:：,]?|"
    r"[A-Z][\w.-]{1,30} (?:will|to)\b)[ \t]*(\S.*)$"
)
_CODE_NAME = re.compile(
    r"`[^`\n]{2,200}`|\b[\w./-]{1,120}\.(?:py|ts|tsx|js|rs|go|java|rb|c|cpp|h|sql|ya?ml|toml|json|md|sh|css|html)\b"
)
_WHO = re.compile(r"@?[A-Z][\w.-]{1,30}(?: (?:will|to)\b|:)[ \t]*")
_SURE_RULES = frozenset(["front-matter-todo", "task-tag", "task-heading", "fenced-task"])
_MOST_HEADINGS = 400


def find_record(page: Page) -> str | None:
    """The kind of record that the text as a whole is, by its headings and fields; `None` for what may be a plan."""
    heads = [
        plain(section.title).casefold().strip(" :.")
        for section in page.draft.sections[1:_MOST_HEADINGS]
        if section.level < LABEL_LEVEL
    ]
    names = frozenset(re.sub(r"^\d{1,3}[.)]\s*", "", head) for head in heads)
    if page.draft.tree is not None and len(_SETTINGS.intersection(page.draft.tree.keys)) > 2:
        return "settings"
    if any(wanted <= names for wanted in _DECISION_HEADS):
        return "decision-record"
    if len(names & _PROPOSAL_HEADS) > 2:
        return "proposal"
    title = " ".join((page.draft.name, *heads[:1]))
    fields = {match[0].casefold() for line in page.draft.lines[:40] if (match := _MINUTES_LABEL.match(line[:200]))}
    if len(fields) > 1 or (fields and _MINUTES_TITLE.search(title)):
        return "minutes"
    return "rules" if _RULES_TITLE.search(title) and _says_rules(page) else None


def _says_rules(page: Page) -> bool:
    """Whether most entries of its lists say how things are to be done at any time."""
    entries = [plain(block.text)[:400] for block in page.outermost] or [plain(block.text)[:400] for block in page.texts]
    return sum(1 for words in entries if _RULE.search(words)) * 2 > len(entries)


def is_record(page: Page, kind: str | None, items: Sequence[Item]) -> bool:
    """Whether the text is to be left alone: a record without a list that is clearly of work, or prose that wants nothing."""
    if kind == "minutes":
        return True
    if kind:
        return not any(item.rule in _SURE_RULES or _in_work_list(page, item) for item in items)
    return bool(items) and items[0].rule == "whole-text" and items[0].confidence < 0.5 and not _wants_something(page)


def _in_work_list(page: Page, item: Item) -> bool:
    return item.rule in ("checkbox", "numbered-item", "bullet") and item.span.start in page.listed


def _wants_something(page: Page) -> bool:
    return any(
        _WISH.search(words) or is_imperative(words)
        for block in page.draft.blocks
        if block.kind in ("paragraph", "item", "heading")
        for words, _ in sentences(block.text[:2000], block.span.start)
    )


def action_items(page: Page) -> list[Item]:
    """What minutes give somebody to do, where it is clearly a change of code."""
    found: list[Item] = []
    for number, line in page.prose():
        match = _ACTION.match(line)
        if not match or not _CODE_NAME.search(match[1]) or page.role(number) == "bookkeeping":
            continue
        title = short_title(_WHO.sub("", plain(match[1]), count=1))
        if is_imperative(title) and names_work(title):
            span = Span(start=number, end=number)
            found.append(Item(title=title, span=span, rule="action-item", confidence=0.6))
    return found


def ask_for_work(page: Page, kind: str | None) -> Iterator[Claim]:
    """The one question that a text without work leaves."""
    lines = [number for number, line in page.prose() if line.strip()]
    span = Span(start=lines[0], end=lines[-1]) if lines else Span(start=1, end=len(page.draft.lines))
    words = f"Lines {span.start}-{span.end} read like {_WORDS.get(kind or '', 'discussion')}. Is anything in them work to do?"
    value = TextValue(text=words, options=("no", "yes, I will say what"), default="no")
    yield Claim(field="question", value=value, origin="inferred", confidence=0.6, rule=f"reads-like-{kind or 'prose'}", span=span)


_WORDS = {"minutes": "minutes of a meeting", "decision-record": "a record of a decision", "proposal": "a proposal for discussion",
          "rules": "rules", "settings": "settings"}  # fmt: skip
