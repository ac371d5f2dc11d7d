"""Sentences that say what is not to be done: non-goals that stand outside of any section of theirs."""

from __future__ import annotations

import re

DO_NOT = re.compile(r"(?:please\s+)?(?:do not|don['’]t|never|must not|avoid|no need to)\b", re.IGNORECASE)
_NOT_DONE = (
    r"touch|chang|modif|edit|remov|delet|refactor|rewrit|renam|reformat|add|build|implement|introduc|support|migrat|updat|mov|"
    r"fix|optimi[sz]|prefetch|expand|extend|creat|skip"
)
# What is out of the work, as opposed to how the work is to be done: "do not use pandas" is a constraint.
_OUT = re.compile(
    rf"(?:please\s+)?(?:do not|don['’]t|never|avoid|no need to)\s+(?:\w+ly\s+|also\s+|even\s+)?(?:{_NOT_DONE})", re.IGNORECASE
)
_PLAN = (
    r"(?:spec(?:ification)?|change|plan|pr|pull request|phase|release|round|iteration|version|milestone|story|step|task|ticket|"
    r"issue|proposal|project|sprint|epic|branch|run|work)"
)
_ANOTHER_PLAN = (
    r"(?:(?:another|separate|different|own|later|future|follow-up|follow-on) "
    r"(?:spec(?:ification)?|change|plan|pr|pull request|release|version|ticket|issue|proposal|project|epic|day)|"
    r"next (?:spec(?:ification)?|change|plan|pr|pull request|ticket|issue|proposal|project|epic|quarter|year))\b"
)
_WE_DO_NOT = re.compile(
    rf"(?:for now,? |here,? )?(?:(?:we|i) (?:do not|don't|will not|won't|are not going to|aren't going to)|"
    rf"this(?: {_PLAN})? (?:does not|doesn't|will not|won't))\s+(?:\w+ly\s+|also\s+|even\s+)?"
    rf"(?:{_NOT_DONE}|replac|port|cover|includ|address|deal with|handle)|nothing changes (?:in|for|about)\b|"
    r"no changes? (?:(?:is|are) (?:made|planned) )?to\b|"
    r"(?:(?:por ahora|aquí|por ora|por enquanto),? )?(?:no vamos a|não vamos|não iremos)\b|"
    r"(?:nous|on) n(?:e |')(?:allons|va|touch|modifi|chang|trait|cré|rempla|migr|fer)\w* (?:pas|rien)\b|"
    r"(?:wir|ich) (?:ändern|fassen|rühren|bauen|ersetzen|migrieren|unterstützen|werden)\b[^,]{2,100}? (?:nicht|keinen?|keine)\b|"
    r"(?:мы )?не будем\b",
)
_NO_PART = re.compile(
    rf"no \S.{{0,100}}? (?:in|with|as part of|during) (?:this|the (?:first|present|current)) {_PLAN}\b",
)
# "Every phase is a separate PR" tells how the work is cut.
_ELSEWHERE = re.compile(
    r"(?!\W*(?:each|every|all|one|phases?|tasks?|steps?|it|this|that)\b).{2,200}?\b"
    r"(?:is|are|gets?|goes (?:in|into)|belongs? (?:in|to|into)|comes? (?:in|with)|will be|waits? for)"
    r"(?: (?:handled|done|covered|addressed|solved|made) (?:in|by|with))?"
    r"(?: (?:left|kept|planned|meant|postponed|deferred|reserved))?(?: (?:for|to|until))? "
    rf"(?:a |an |its |their |the )?{_ANOTHER_PLAN}",
)
# What may stand between the words and the end of what they say: "for now", "by any of this", "in this release".
_ENDS = (
    r"(?: (?:here|yet|for now|for the moment|at all|on purpose|this time|(?:in|by|with|for|of) (?:any of )?this(?: \w+)?)){0,2}"
    r"(?=\W*$| ?[:(–—,]| - | because\b| since\b)"
)
_SO = r"(?:as (?:it|they) (?:is|are)|as-is|as is|alone|untouched|unchanged)"
_LEFT = re.compile(
    r"\b(?:(?<!that )(?<!which )(?:is|are)(?: not|n't) (?:part of|in scope|needed (?:in|for)|"
    r"required (?:in|for)|planned|covered|included in|wanted in|"
    rf"(?:a|the) (?:goal|aim)\b|(?:needed|required|necessary|wanted){_ENDS})|(?:is|are) no goal|"
    r"(?:is|are) (?:explicitly |deliberately )?(?:excluded from|not affected by) (?:this|the (?:plan|change|work|scope))\b|"
    r"(?:is|are|stays?|remains?) (?:deliberately |explicitly )?out of scope\b|"
    rf"leave (?:\w+ ){{1,6}}{_SO}|(?:we|i) leave (?:[^\s.;]+ ){{1,8}}(?:for later|out)\b|"
    r"(?:is|are|will be|stays?|remains?) "
    rf"(?:not (?:touched|changed|replaced|migrated|rewritten)|left (?:alone|untouched)|untouched){_ENDS}|"
    rf"(?:stays?|remains?) (?:exactly |just )?{_SO}{_ENDS}|"
    rf"(?:is|are|will be) (?:postponed|deferred|left (?:out|for later)){_ENDS}|"
    rf"(?:comes?|can come|follows?|will follow) later{_ENDS}|"
    # German
    r"\blassen wir,? (?:[^\s.;]+ ){0,3}?(?:wie|so|unverändert|weg|in ruhe)\b|"
    r"bleib(?:t|en),? (?:[^\s.;]+ ){0,3}?(?:wie (?:er|sie|es) (?:ist|sind)|unverändert|unangetastet|unberührt|außen vor)\b|"
    r"(?:ist|sind|wird|werden) (?:[^\s.;]+ ){0,2}?(?:nicht|kein) "
    r"(?:teil|bestandteil|gegenstand|ziel|vorgesehen|geplant|angefasst)\b|"
    r"gehör(?:t|en) nicht (?:dazu|hierher|(?:zu|in) dies)|(?:kommt|folgt|kommen|folgen) (?:erst )?später\b|"
    r"(?:ist|sind|wird|(?:kommt|kommen|gehört) in) ein(?:e[mnrs]?)? (?:eigene|andere|spätere)\w* "
    r"(?:projekt|ticket|plan|vorhaben|auftrag)\b|"
    # French
    r"reste(?:nt)? (?:inchangé|tel(?:le)?s? quel|en l'état|hors )|ne f(?:ait|ont) pas partie\b|"
    r"(?:n'est|ne sont) pas (?:prévu|concerné|un (?:but|objectif))|(?:est|sont) hors (?:du )?(?:périmètre|champ|sujet)\b|"
    r"(?:est|sera|fera|dans) (?:l'objet d')?une? autre (?:projet|ticket|plan|version|demande)\b|"
    # Spanish, Portuguese
    r"(?:es|será|en) otr[oa] (?:proyecto|ticket|plan|tarea|versión)\b|"
    r"(?:queda|sigue)n? (?:[^\s.;]+ )?"
    r"(?:fuera|igual|como está|sin cambios|sin tocar|intact|para (?:más adelante|otr[oa]|después))|"
    r"no forman? parte\b|no entran? en (?:est[ea]|el alcance|la primera)\b|no se tocan?\b|"
    r"se dejan? para (?:más adelante|otr[oa]|después)|"
    r"fica(?:m)? (?:[^\s.;]+ )?(?:de fora|fora|como está|inalterad|para (?:depois|mais tarde|outr[oa]))|"
    r"não faz(?:em)? parte\b|não (?:será|serão) (?:alterad|tocad|modificad|incluíd)|"
    # Russian
    r"(?<=[–—-] )отдельн(?:ый|ая) (?:проект|план|задача|релиз)\b|"
    r"не (?:трогаем|меняем|переписываем|планируется|вход(?:ит|ят) в (?:эт|объ|план|рамк))|"
    r"оста(?:ё|е|ю)тся (?:как есть|без изменений|за рамками))",
)
# Han and kana have no blanks between words.
_UNSPACED = re.compile(
    r"保持(?:原样|原樣|原状|现状)|(?:本次|这次|這次|本期|本阶段)[^，。；、]{0,6}?不(?:再)?(?:改|动|動|做|碰|涉及|包|处理|處理|考虑|支持|实现|修改|变)|"
    r"不在(?:本|此|这|這)[^，。；]{0,8}(?:范围|範圍)|不属于本|暂不|暫不|留(?:到|给|待)(?:下|以后|后续|之后)|(?:以后|后续|下次)再(?:做|说|改)|"
    r"(?:今回|本件|この(?:変更|計画))(?:で)?は[^。]{0,40}?(?:しない|しません|行わない|行いません|触らない|触りません|変えない|含まない|対象外)|"
    r"は(?:変更しない|変更しません|触らない|触りません|対象外|そのまま(?:とする|にする|残す))"
)
# "When the import fails, the archive stays as it is" says how the program behaves.
_CASE = re.compile(
    r"(?:^(?:on|after|before|once|while|until|without|otherwise|bei|nach|ohne|tras|sin|après|sans|при|после)|"
    r"\b(?:if|when|whenever|unless|wenn|falls|si|cuando|quand|lorsque|quando|если|когда))\b|如果|若|时[，,]|場合|とき"
)
_LISTED = re.compile(
    r"\W{0,6}(?:explicitly |deliberately )?(?:not (?:covered|included|doing|done|handled|in scope)|left out|skipped|excluded)"
    r"(?: here| on purpose| for now| in this \w+)?\W{0,3}:[ \t*_]{0,6}(?=\S)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r" ?[;；] ?")


def listed_exclusions(words: str) -> str:
    """What a passage like "Not covered on purpose: quotas" lists behind its colon; empty when it lists nothing."""
    match = _LISTED.match(words)
    return words[match.end() :] if match else ""


def forbids_work(sentence: str) -> bool:
    """Whether a sentence that begins with "do not" is about what not to work on."""
    return _OUT.match(sentence) is not None


def find_exclusions(sentence: str, *, about_means: bool) -> list[str]:
    """The clauses of a sentence that say what stays out of the work, or is the work of another plan.

    `about_means`: it speaks of dependencies and the like, so "we do not add" binds how the work is done.
    """
    return [clause for clause in _CLAUSE.split(sentence) if _is_exclusion(clause, about_means=about_means)]


def _is_exclusion(clause: str, *, about_means: bool) -> bool:
    words = clause.casefold().replace("’", "'")
    if not about_means and (_WE_DO_NOT.match(words) or _NO_PART.match(words)):
        return True
    left = _LEFT.search(words) or _ELSEWHERE.match(words) or (not words.isascii() and _UNSPACED.search(words))
    return bool(left) and not _CASE.search(words)
