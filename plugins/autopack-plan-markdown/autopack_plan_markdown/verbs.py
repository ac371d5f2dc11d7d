"""What a sentence does to a file it names: create, change, delete, only read, or leave alone."""

from __future__ import annotations

import re

from autopack.model.draft import PathRole
from autopack_plan_markdown.exclusions import find_exclusions
from autopack_plan_markdown.words import CREATE, DELETE, MODIFY, READ, words_of


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CREATE = CREATE | _set(
    """
    anlegen erstellen schreiben hinzufügen neu neue neues neuer créer ajouter écrire nouveau nouvelle crear añadir agregar
    escribir
    nuevo nueva criar adicionar escrever novo nova создать добавить написать новый новая новое
    """
)
_MODIFY = MODIFY | _set(
    """
    split port extract move wrap put hook link extended modified changed updated
    ändern anpassen erweitern ergänzen ersetzen umbauen aufnehmen modifier changer adapter étendre remplacer corriger modificar
    cambiar actualizar corregir ampliar alterar atualizar mudar corrigir изменить обновить исправить расширить заменить
    """
)
_DELETE = DELETE | _set(
    "löschen entfernen wegwerfen supprimer retirer effacer eliminar borrar quitar remover apagar удалить убрать"
)
# "per", "using": what stands behind them may as well be new, so they count only right in front of the file.
_WEAK = _set("existing similar per according imports uses using via calls like based following reuse")
_READ = (READ - _WEAK) | _set(
    """
    load loads loaded parse parses consumes reproduce modelled modeled unlike lesen siehe laut einlesen lire voir selon leer
    ver véase
    según ler читать прочитать см смотри
    """
)
_ROLE_OF: dict[str, PathRole] = {
    **dict.fromkeys(_READ, "read"),
    **dict.fromkeys(_DELETE, "delete"),
    **dict.fromkeys(_MODIFY, "modify"),
    **dict.fromkeys(_CREATE, "create"),
}

# Han and kana have no blanks between words.
_UNSPACED: tuple[tuple[PathRole, re.Pattern[str]], ...] = (
    ("read", re.compile("读取|讀取|参考|參考|参见|查看|调用|参照|読む|読み込")),
    ("create", re.compile("新建|新增|创建|創建|编写|編寫|添加|作成|追加|新規")),
    ("delete", re.compile("删除|刪除|移除|削除")),
    ("modify", re.compile("修改|更新|调整|改为|改造|扩展|変更|修正|拡張")),
)
_FORBIDDEN = re.compile(
    r"\b(?:do not|don['’]t|never|must not|mustn['’]t|should not|shouldn['’]t|without (?:touching|changing|modifying)|leave|avoid|"
    r"not (?:to )?(?:touch|change|modify|edit)(?:ing)?|no changes? (?:is |are )?(?:needed |required |necessary )?(?:in|to)|"
    r"ask (?:\w+ )?before (?:touching|changing|modifying|editing|you (?:touch|change|modify|edit)))\b",
    re.IGNORECASE,
)
_LEFT_ALONE = re.compile(
    r"[^.;]{0,60}?\b(?:alone|untouched|unchanged|stays? as (?:it )?is|as it is|must not (?:be )?(?:change|touch|"
    r"modif)\w*|is unused)\b",
    re.IGNORECASE,
)
_READ_ONLY = re.compile(
    r"\b(?:see|read|like|as in|(?<!it )(?<!them )from|based on|modell?ed on|similar to|following|mirrors?|reference|"
    r"source|us(?:es?|ing)|calls?|via|imports?|reuses?|that (?:are|is|stand|live)s? in|"
    r"look at|compare(?: with)?|unlike|same (?:\w+ ){0,2}as|per|already|already \w+ in|siehe|aus|voir|según|см\.)"
    r"\W{1,3}(?:the |existing |how |of |in |pattern |file ){0,3}\W{0,3}$",
    re.IGNORECASE,
)
_HAN_FROM = re.compile("(?:从|由|见|参考|参见|对)[\\s`]{0,3}$")
# "Remove `x` from a.py" changes the file; so does "delete all uses of old.py".
_OBJECT_ELSEWHERE = re.compile(
    r"\b(?:from|in|inside|of|within|to|for|into|at|on|by|with|aus|von|im|de|du|des|del|en|do|da|из|в)\b"
)
_FROM = re.compile(r"\b(?:from|out of|aus|de)\W{1,3}(?:the )?\W{0,3}$", re.IGNORECASE)
_ASIDE = re.compile(
    r"\W{0,4}[(（]\s*(new|created?|add|added|modify|modified|edit|changed?|updated?|deleted?|removed?|read[- ]only|reference|"
    r"existing|for reference|neu|nuevo|новый|新建|新增)\b",
    re.IGNORECASE,
)
_ASIDES: dict[str, PathRole] = {
    "new": "create", "create": "create", "created": "create", "add": "create", "added": "create", "neu": "create",
    "nuevo": "create", "новый": "create", "新建": "create", "新增": "create", "delete": "delete", "deleted": "delete",
    "remove": "delete", "removed": "delete", "read-only": "read", "read only": "read", "reference": "read",
    "for reference": "read", "existing": "modify",
}  # fmt: skip
_NOT_YET = re.compile(r"\W{0,3}(?:does not|doesn['’]t|do not) exist yet", re.IGNORECASE)
# The file behind a dash or in brackets is not the object of the verb.
_SET_APART = re.compile(r"(?:\s[–—-]{1,2}\s|[(（])\W{0,3}$")
# What code does with its input, as often as what a person does with a file.
_OF_CODE = _set("load loads parse parses compare imports consumes inspect einlesen")
# "In `base.py` there is a protocol", "`letters.py`, to be imitated, not to be changed".
_STANDS = re.compile(r"\W{0,3}there (?:is|are)\b|[^.;]{0,60}?\bnot to be (?:chang|touch|modifi|edit)", re.IGNORECASE)
_CODE = re.compile(r"`[^`\n]{1,300}`")
_LOOK_AHEAD = 120


def is_left_alone(before: str, after: str) -> bool:
    """Whether the sentence forbids what it names, or says that it stays."""
    after = after[:_LOOK_AHEAD]
    return bool(_FORBIDDEN.search(before) or _LEFT_ALONE.match(after) or find_exclusions(after, about_means=True))


def find_role(before: str, after: str) -> PathRole:
    """What the words around a file do to it; `unknown` when none of them says.

    The nearest verb in front decides; one behind it ("`x.py` anlegen", "`x.py` (new)") only where none stands in front.
    """
    aside = _ASIDE.match(after)
    if aside:
        return _ASIDES.get(aside[1].casefold(), "modify")
    if _NOT_YET.match(after):
        return "create"
    if _STANDS.match(after):
        return "read"
    # "fix `parse_date` in": the names of code are no verbs.
    before = _CODE.sub("`", before)
    verb, word, between = _nearest(before)
    if word in _OF_CODE and _SET_APART.search(before):
        # "Load curves from the card – `card.rs`": where the work is, not what is loaded.
        return _behind(after)
    if verb == "delete" and _OBJECT_ELSEWHERE.search(between):
        return "modify"
    if verb in ("modify", "delete") and _FROM.search(before):
        return verb
    if _READ_ONLY.search(before) or _HAN_FROM.search(before):
        return "read"
    return verb if verb != "unknown" else _behind(after)


def role_of_words(words: list[str]) -> PathRole:
    """What the first known verb of these words does to a file."""
    return next((_ROLE_OF[word] for word in words if word in _ROLE_OF), "unknown")


def verb_of_title(title: str) -> PathRole:
    role = role_of_words(words_of(title))
    return role if role != "unknown" else _unspaced(title, last=False)


def _nearest(before: str) -> tuple[PathRole, str, str]:
    """What the last verb in front does, that verb, and the words between it and the file."""
    words = words_of(before)
    for index in range(len(words) - 1, -1, -1):
        # "against a reference" reads nothing.
        is_noun = index > 0 and words[index - 1] in ("a", "an") and words[index] in ("reference", "look", "read")
        if words[index] in _ROLE_OF and not is_noun:
            return _ROLE_OF[words[index]], words[index], " ".join(words[index + 1 :])
        if words[index] == "away" and index and words[index - 1] in ("throw", "throws"):
            return "delete", "away", " ".join(words[index + 1 :])
    return _unspaced(before, last=True), "", ""


def _unspaced(text: str, *, last: bool) -> PathRole:
    found = [(match.start(), role) for role, pattern in _UNSPACED for match in pattern.finditer(text)]
    if not found:
        return "unknown"
    return max(found)[1] if last else min(found)[1]


def _behind(after: str) -> PathRole:
    words = re.split(r"[.;,()（）。；，]", after[:_LOOK_AHEAD], maxsplit=1)[0]
    # English verbs stand in front; what follows a file there is about something else.
    role = role_of_words([word for word in words_of(words) if not word.isascii() or word in _GERMAN_ENDS])
    return role if role != "unknown" else _unspaced(words, last=False)


_GERMAN_ENDS = _set(
    "anlegen erstellen schreiben anpassen erweitern ersetzen umbauen aufnehmen entfernen wegwerfen lesen einlesen"
)
