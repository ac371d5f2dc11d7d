"""What signs and words around a title say about the state of the work: "✅", "Shipped: ...", "~~...~~ not a bug"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from autopack.model.draft import ItemState
from autopack_plan_markdown.words import DELETE, is_imperative, words_of

_DONE = re.compile(
    r"✅|☑|✔|\[x\]|[(\[](?:done|completed?|shipped|finished|released|erledigt|fertig|fait|terminé|hecho|completado|feito|"
    r"concluído|готово|сделано|已完成|完成|完了|済)\b[^()\[\]]{0,40}[)\]]|[-–—:] (?:done|completed?|shipped|erledigt)$",
    re.IGNORECASE,
)
_CANCELLED = re.compile(
    r"[(\[](?:cancelled|canceled|dropped|won['’]?t do|obsolete|rejected|abandoned|verworfen|已取消|取消|中止)"
    r"[^()\[\]]{0,40}[)\]]",
    re.IGNORECASE,
)
_HELD_WORDS = (
    r"parked|on hold|on ice|frozen|postponed|deferred|paused|withdrawn|rejected|abandoned|dropped|cancell?ed|someday|"
    r"not planned|won['’]?t (?:do|fix)|wontfix|zurückgestellt|verschoben|verworfen|gestrichen|abandonnée?|reportée?|"
    r"descartad[oa]|aplazad[oa]|adiad[oa]|cancelad[oa]|отложено|отменено|搁置|擱置|暂缓|放弃|已取消|保留中|見送り|中止"
)
_LATER_WORDS = (
    r"later|maybe|ideas?|not now|not yet|not before [\w ]{1,20}|später|plus tard|más adelante|mais tarde|потом|以后|後で"
)
_SHIPPED_WORDS = (
    r"shipped|done|released|completed?|finished|merged|erledigt|fertig|fait|terminée?|hecho|listo|feito|concluído|готово|сделано|"
    r"已完成|已发布|完成|完了"
)
_DOING_WORDS = (
    r"building|in progress|under way|underway|wip|doing|started|ongoing|in arbeit|en cours|en curso|em andamento|в работе|进行中|"
    r"進行中|作業中"
)
_PLANNED_WORDS = r"planned|up next|geplant|prévue?|planead[oa]|planejad[oa]|запланировано|计划中|予定"
_LEADING_WORDS: Sequence[tuple[str, ItemState]] = (
    (_SHIPPED_WORDS, "done"),
    (_DOING_WORDS, "in_progress"),
    (_PLANNED_WORDS, "todo"),
    (f"{_HELD_WORDS}|{_LATER_WORDS}", "cancelled"),
)
_LEADING = tuple(
    (re.compile(rf"(?:(?:{words})\s*(?:[:：]|\s[–—-]\s)|\[(?:{words})\]|\((?:{words})\))\s*(?=\S)", re.IGNORECASE), state)
    for words, state in _LEADING_WORDS
)
# A remark goes on with a reason or ends; "dropped packets" goes on with a noun.
_REASONS = r"until|till|because|since|nobody|see|in favou?r|we|bis|weil|jusqu|parce|hasta|porque|até|до|так"
_ENDS = rf"(?=\s*(?:$|[.;:)\]–—]|,\s*(?:{_REASONS}|works|not|no|it|they)\b|(?:{_REASONS})\b))"
_OPENS_REMARK = r"(?:\s[–—-]+\s|[,;(\[（，]\s*|~~\s*)"
_NO_FAULT = (
    r"not a bug|(?:it )?works as (?:intended|designed|expected)|by design|kein fehler|pas un bug|no es un (?:error|fallo)|"
    r"não é um (?:erro|bug)|не баг|不是\s?bug"
)
_HELD_REMARK = re.compile(
    rf"{_OPENS_REMARK}(?:(?:{_NO_FAULT})\b|(?:{_HELD_WORDS}|later|not now|out of scope|not in this \w{{1,20}}){_ENDS})",
    re.IGNORECASE,
)
# "Delete the shim, nobody wants it" is work all the same.
_UNWANTED = (
    r"not (?:needed|wanted|necessary|required)|no longer (?:needed|wanted)|(?:nobody|no one) (?:wants|needs|asked for) "
    r"(?:it|this|that|them)|nicht (?:mehr )?nötig|braucht niemand|plus nécessaire|ya no hace falta"
)
_UNWANTED_REMARK = re.compile(rf"{_OPENS_REMARK}(?:{_UNWANTED}){_ENDS}", re.IGNORECASE)
_STRUCK = re.compile(r"[*_\s]{0,4}~~([^~]{1,400})~~(.*)$", re.DOTALL)
_SIGNS: Mapping[str, ItemState] = {
    **dict.fromkeys("✅☑✔🚢", "done"), **dict.fromkeys("🚧🔨🏗⏳", "in_progress"), **dict.fromkeys("🔜📋⬜", "todo"),
    **dict.fromkeys("💤❄🧊⏸💭", "cancelled"),
}  # fmt: skip
_LEGEND_SPLIT = re.compile(r"\s[·•|/]\s|[,;]\s|\s{2,}")
_LEGEND_NAME = re.compile(
    r"\W{0,4}(?:legend|marks|key|signs|legende|zeichen|légende|leyenda|legenda|легенда|图例|凡例)\W{0,3}[:：][*_\s]{0,4}", re.I
)
_STATUS_WORDS: Sequence[tuple[re.Pattern[str], ItemState]] = (
    (re.compile(rf"\W{{0,6}}(?:{_HELD_WORDS}|{_LATER_WORDS})\b", re.I), "cancelled"),
    (re.compile(r"not (?:started|done)|todo|to do|pending|open|offen|未开始|未着手|pendiente|pendente|à faire", re.I), "todo"),
    (
        re.compile(
            r"in[ -]progress|in arbeit|started|building|en cours|en curso|em andamento|в работе|进行中|作業中|進行中|wip", re.I
        ),
        "in_progress",
    ),
    (
        re.compile(
            r"✅|✔|☑|\b(?:done|complete|completed|finished|shipped|closed|merged|erledigt|fertig|terminé|hecho|completado|feito|"
            r"concluído|готово|сделано)\b|已完成|完成|完了|済",
            re.I,
        ),
        "done",
    ),
    (re.compile(r"cancel|dropped|won['’]?t|obsolete|取消", re.I), "cancelled"),
)


def read_status(words: str) -> ItemState:
    """What the value of a status field or cell says."""
    return next((state for pattern, state in _STATUS_WORDS if pattern.search(words)), "unknown")


def mark_of(text: str, legend: Mapping[str, ItemState], number: int = 0) -> ItemState:
    """What the marks of a title or an entry say; `number` is the length of the ordinal in front."""
    text = text[:400].lstrip()
    rest = text[number:].strip()
    if _is_struck(rest) or _CANCELLED.search(text) or _is_held(rest):
        return "cancelled"
    sign = next((state for sign in (*_signs(text), *_signs(text[::-1])) if (state := legend.get(sign) or _SIGNS.get(sign))), None)
    if sign in ("done", "cancelled") or (sign is None and _DONE.search(text)):
        return sign or "done"
    word = leading_state(rest)
    return word[0] if word else sign or "todo"


def leading_state(words: str) -> tuple[ItemState, int] | None:
    """The state that the first word of a title names, with the length of that word: "Shipped: flatbed scanners"."""
    start = len(words) - len(words.lstrip("*_ \ufe0f"))
    while start < len(words) and words[start] > "\x7f" and unicodedata.category(words[start]) in ("So", "Mn", "Cf"):
        start += 1 + (len(words[start + 1 :]) - len(words[start + 1 :].lstrip()))
    for pattern, state in _LEADING:
        if match := pattern.match(words, start):
            return state, match.end()
    return None


def has_mark(text: str, legend: Mapping[str, ItemState]) -> bool:
    """Whether an entry begins with the state that it is in."""
    text = text[:400].lstrip()
    return any(sign in legend or sign in _SIGNS for sign in _signs(text)) or leading_state(text) is not None


def find_legend(lines: Iterable[str]) -> dict[str, ItemState]:
    """The states that a line like "🚢 shipped · 🔨 building" gives to signs; a known sign it gives no state to means none."""
    legend: dict[str, ItemState] = {}
    for line in lines:
        if line.isascii() or len(line) > 400:
            continue
        named = _LEGEND_NAME.match(line)
        rows = [
            (signs[0], part) for part in _LEGEND_SPLIT.split(line[named.end() :] if named else line) if (signs := _signs(part))
        ]
        if len({sign for sign, _ in rows}) > 1 and all(len(words_of(part)) < 6 for _, part in rows):
            for sign, part in rows:
                known = read_status(part)
                legend[sign] = "todo" if known == "unknown" else known
    return legend


def _signs(text: str) -> list[str]:
    """The emoji that a text begins with."""
    found = []
    for char in text.lstrip("-*+_ \t"):
        if unicodedata.category(char) == "So":
            found.append(char)
        elif char not in " \ufe0f":
            break
    return found


def without_struck(text: str) -> str:
    """The text that stands in the place of what is struck out in front; all of it where nothing does."""
    match = _STRUCK.match(text)
    rest = match[2].strip(" *_") if match else ""
    return rest if rest[:1].isupper() and is_imperative(rest) and not _is_held(text) else text


def _is_struck(text: str) -> bool:
    return _STRUCK.match(without_struck(text)) is not None


def _is_held(text: str) -> bool:
    if _HELD_REMARK.search(text):
        return True
    return bool(_UNWANTED_REMARK.search(text)) and not DELETE.intersection(words_of(text[:60])[:2])
