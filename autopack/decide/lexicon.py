"""What the words of headings say their lines are for, in the languages that plans are written in."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping

from autopack.model.draft import Role

# Without numbering, marks and what stands in brackets.  A `*` at the end takes a plural and any further words; scripts
# without blanks between words take any further characters.
_LEXICON: Mapping[Role, str] = {
    "work": """
        task*, tasks*, todo*, to do*, to-do*, steps*, plan, the plan, work, work items, work plan, plan of work,
        implementation, implementation plan, implementation steps, implementation tasks, implementation order, concrete
        steps, changes, changes needed, changes required, proposed changes, required changes, what changes, what to do, what
        i'll do, what we'll do, what i will do, what we will do, list of tasks*, deliverables, in progress, doing, open,
        planned, building, under way, action items, actions, next steps, checklist, bug fixes, fixes, fix, features, user
        stories, the change, proposed fix, proposed solution, solution, approach, tests to add, tests to write, up next,
        added requirements, modified requirements, removed requirements, renamed requirements,
        aufgabe*, aufgaben*, zu erledigen*, zu tun*, offen, geplant, offene aufgaben*, in arbeit*, in bearbeitung*,
        schritte*, umsetzung*, umsetzungsplan, vorgehen*, arbeitsplan, arbeitspakete*, änderungen, geplante änderungen*,
        maßnahmen*, nächste schritte*, was zu tun ist, lösung, was sich ändert,
        tâche*, tâches*, à faire*, en cours*, prévu, prévus, étapes*, plan de travail*, plan d'action*, mise en œuvre*, mise
        en oeuvre*, implémentation*, réalisation*, travaux*, changements*, modifications*, prochaines étapes*, livrables*,
        fonctionnalités*, solution proposée*,
        tarea*, tareas*, por hacer*, pendiente*, planeado, planeados, en progreso*, en curso, pasos*, plan de trabajo*, plan
        de implementación*, implementación*, cambios, cambios necesarios*, cambios propuestos*, próximos pasos*,
        entregables*, funcionalidades*, acciones*, solución propuesta*,
        tarefa*, tarefas*, a fazer*, por fazer*, pendente*, em andamento*, em progresso*, em curso*, passos*, etapas*, plano,
        plano de trabalho*, plano de implementação*, implementação*, mudanças*, alterações, alterações necessárias*,
        entregas*, entregáveis*, ações*,
        задача*, задачи*, задания*, сделать*, нужно сделать*, к выполнению*, что сделать*, что нужно сделать*, в работе*, план*,
        шаги*, этапы*, изменения*, реализация*, следующие шаги*, действия*, что меняется*,
        任务*, 任務*, 开发任务*, 工作项*, 待办*, 待辦*, 待做*, 进行中*,
        進行中*, 步骤*, 步驟*, 计划*, 計劃*, 实施*, 实现*, 开发计划*,
        修改内容*, 改动*, 变更内容*, 要做的事*, 下一步*, 交付物*, 功能*,
        タスク*, 作業*, やること*, 手順*, 計画*, 実装*, 変更内容*, 変更点*, 対応内容*, 次のステップ*, 未着手*, ステップ*, 機能*
    """,
    "acceptance": """
        acceptance*, accepted when*, ac, acs, success criteria*, success, success looks*, exit criteria*,
        definition of done*, dod,
        done when*, done criteria, expected behaviour*, expected behavior*, expected result*, expected outcome*, desired
        behaviour*, desired behavior*, manual verification*, independent test*, criteria,
        akzeptanzkriterien*, abnahmekriterien*, abnahme*, erfolgskriterien*, fertig wenn*, fertig ist es*, fertig ist das*,
        fertig sind wir*, erwartetes verhalten*,
        erwartetes ergebnis*, gewünschtes verhalten*,
        critères*, résultat attendu*, comportement attendu*, terminé quand*, fini quand*, c'est fini*,
        criterios*, resultado esperado*, comportamiento esperado*, definición de hecho*, terminado cuando*, hecho cuando*,
        listo cuando*, está hecho*, está listo*,
        critérios*, comportamento esperado*, definição de pronto*, pronto quando*,
        критерии*, ожидаемый результат*, ожидаемое поведение*, готово когда*,
        验收*, 驗收*, 完成标准*, 完成条件*, 成功标准*, 预期结果*, 期望行为*, 完成定义*,
        before each*, before every*, vor jedem*, vor jeder*, avant chaque*, antes de cada*, перед каждым*, перед каждой*,
        受け入れ条件*, 受入条件*, 受け入れ基準*, 受入基準*, 完了条件*, 完了の定義*, 完了基準*, 成功基準*, 期待される*
    """,
    "non_goal": """
        non-goal*, non goal*, nongoal*, not goals, out of scope*, out-of-scope*, not in scope*, what we're not*,
        what we are not*, what not to do*, not doing*, do not, do not touch*, do not change*, don't, dont, don't
        touch*, won't do*, wont do*, anti-goals, exclusions, excluded, explicitly excluded, explicitly out of
        scope, not now, not in this*, not planned*, not scheduled*, not part of*, anti-patterns*,
        what we will not*, what we won't*, we will not*,
        explicit non-goal*, explicitly not*, what this is not*, what is not included*, what is left out*, what we leave*,
        deliberately left out*, things we won't*, things we will not*, hands off, leave alone*, not for now*,
        we won't*, what stays out*, what stays as*, what we skip*, what we don't*, what we do not*, things we don't*,
        not included*, not covered*, no-gos, no gos, skipped, untouched, left out, rejected, works as intended*,
        works as designed*, not a bug*,
        deferred, deferred to*, deferred until*, deferred work*, deferred item*, deferred task*, postponed*, put off*,
        zurückgestellt*, verschoben*, reporté, reportés, reportées, aplazado*, adiado*,
        отложено*, 暂缓*, 見送り*,
        nicht geplant*, non prévu*, no planeado*, não planejado*, не планируется*, 不打算*,
        nichtziele*, nicht-ziele*, nicht ziele*, keine ziele*, kein ziel*, außerhalb*, nicht im umfang*, nicht teil*,
        nicht enthalten*, was wir nicht*, bewusst nicht*, bewusst weg*, nicht dabei*, was wir weglassen*,
        was wir auslassen*, was nicht*, was wegbleibt*,
        nicht machen*, machen wir nicht*,
        hors périmètre*, hors du périmètre*, hors champ*, hors de portée*, hors sujet*, non-objectifs*, non objectifs*,
        ce que nous ne*, ce qu'on ne*, ce que nous laissons*, ce qu'on laisse*, à ne pas faire*, ne pas faire*,
        fuera de alcance*, fuera del alcance*, no objetivos*, no-objetivos*, lo que no*, lo que dejamos*,
        lo que queda fuera*, qué queda fuera*, queda fuera*, qué no*, exclusiones*, no hacer*,
        fora de escopo*, fora do escopo*, fora do âmbito*, não objetivos*, não-objetivos*, o que não*, o que fica de fora*,
        fica de fora*, não fazer*,
        не входит*, вне рамок*, вне объёма*, вне объема*, не делаем*, что не*, чего не*, не цели*, исключения*, за рамками*,
        不在本*, 不在此*, 本次不*, 本期不*, 暂不*, 暫不*,
        不做*, 非目标*, 非目標*, 不在范围*, 范围外*, 範圍外*, 超出范围*, 不包括*, 不包含*, 不涉及*, 排除*,
        今回やらない*, 今回しない*, 今回行わない*, 今回対象外*, やらないこと*, 対象外*, 範囲外*, スコープ外*, 行わないこと*,
        しないこと*
    """,
    "constraint": """
        constraint*, rules, ground rules, guardrails, limits, limitations, technical requirements, technical
        constraints, non-functional requirements, nonfunctional requirements, must not, conventions, budget,
        restrictions, keep in mind,
        einschränkungen*, randbedingungen*, rahmenbedingungen*, vorgaben*, regeln,
        contraintes*, règles, limites, exigences techniques*,
        restricciones*, limitaciones*, reglas, requisitos técnicos*, restrições*, limitações*, regras,
        ограничения*, правила, технические требования*,
        约束*, 約束*, 限制*, 规则, 技术要求*, 技术约束*, 注意事项*, 制約*, 制限*, ルール, 技術要件*, 注意点*, 注意事項*
    """,
    "validation": """
        validation*, verification*, verify*, how to verify*, how to test*, testing, testing strategy, testing
        plan, testing steps, test plan, test command*, test, tests, check, checks, check command*, automated
        verification*, automated checks, run tests, run the tests, run test*, quality gates, quality checks,
        final check*, final validation*, final verification*, how we check*, how we test*, how we verify*, how it is checked*,
        how it is tested*, how to check*, check with, verify with, test with, commands you*, commands to run*,
        prüfen, prüfen mit, testen mit, wie wir prüfen*, wie wir testen*,
        prüfung*, überprüfung*, verifikation*, verifizierung*, testen*, testplan*, kontrolle*, so prüfen*,
        vérifier, tester, vérifier avec, tester avec, vérification*, vérifications*, essais*, comment tester*,
        comment vérifier*, contrôles*,
        comprobar, verificar, comprobar con, verificar con, probar con, cómo comprobar*, cómo se prueba*, verificación*,
        validación*, pruebas*,
        comprobación*, cómo probar*, cómo verificar*,
        testar com, como testamos*, verificação*, validação*, testes*, como testar*, como verificar*,
        проверить, проверка*, проверки*, тестирование*, тесты*, как проверить*,
        测试*, 測試*, 验证*, 驗證*, 检查*, 如何验证*, 如何测试*, 検証*, テスト*, 確認*, 動作確認*
    """,
    "files": """
        files, file, file list, file changes, files changed*, files to*, files involved, files affected, files
        touched, affected files, affected code, changed files, modified files, new files, touched files, scope,
        in scope, allowed files, allowed paths, paths, target files, files and folders, files summary, files modified,
        dateien, betroffene dateien*, geänderte dateien*, fichiers*, archivos*, ficheros*, arquivos*, ficheiros*,
        файлы*, затронутые файлы*, изменяемые файлы*, 文件*, 檔案*, 涉及文件*, 修改文件*, 影响文件*,
        ファイル*, 対象ファイル*, 変更ファイル*, 影響ファイル*
    """,
    "context": """
        overview, background*, context*, motivation, why*, current state*, current behaviour*, current
        behavior*, current, current status quo, problem*, root cause*, analysis*, summary, executive summary,
        introduction, intro, reference*, related*, architecture*, tech stack, technical context, design, design
        notes, dev notes, research*, existing*, goal, goals, objective, objectives, purpose, purpose / big
        picture, impact, dependencies*, depends on*, risk*, assumption*, open question*, questions, question,
        clarification*, key files, relevant files, read first, read, see also, prerequisites, requires,
        location, project structure, glossary, rollback*, idempotence*, findings*, what we did*, discussion*, principles,
        core principles, edge cases*, key entities, environment, steps to reproduce*, to reproduce, how to reproduce*,
        summary for*, summary of what*, in short, tl;dr*, appendix*, anhang*, annexe*, anexo*, приложение*, 附录*, 付録*,
        reproduction*, known gotchas*, all needed context, documentation & references, current codebase*, current implementation*,
        hintergrund*, kontext*, ziel, ziele, zweck, warum*, überblick, übersicht, zusammenfassung, einleitung, ist-zustand*,
        ausgangslage*, abhängigkeiten*, risiken*, offene fragen*, fragen, annahmen*, voraussetzungen*,
        contexte*, objectif, objectifs*, but, résumé*, pourquoi*, situation actuelle*, état actuel*, problème*, dépendances*,
        risques*, questions ouvertes*, questions en suspens*, hypothèses*, prérequis*, références*,
        contexto*, objetivo, objetivos*, propósito*, antecedentes*, motivación, por qué*, resumen*, introducción,
        situación actual*, estado actual*, problema*, dependencias*, riesgos*, preguntas*, dudas*, supuestos*,
        requisitos previos*,
        arquitectura*, referencias*, motivação, por que*, resumo*, introdução, situação atual*, estado atual*, dependências*,
        riscos*, perguntas*, questões em aberto*, premissas*, pré-requisitos*, arquitetura*, referências*,
        контекст*, цель*, цели*, назначение*, обзор*, введение*, мотивация*, зачем*, почему*, предыстория*, текущее состояние*,
        текущая ситуация*, проблема*, зависимости*, риски*, открытые вопросы*, вопросы*, предположения*, архитектура*, ссылки*,
        背景*, 目标*, 目標*, 目的*, 概述*, 简介*, 现状*, 问题*, 动机*,
        为什么*, 依赖*, 风险*, 待确认*, 未决问题*, 开放问题*, 假设*,
        前提*, 架构*, 参考*, 设计*, 相关文件*, 概要*, ゴール*, はじめに*,
        現状*, 課題*, 問題*, 動機*, 理由*, 依存*, リスク*, 未決事項*,
        未解決*, 質問*, 設計*, 参考*, アーキテクチャ*
    """,
    "bookkeeping": """
        status, progress*, changelog, change log, change history, history, revision history, version history,
        notes, notes for*, decision log, decisions log, surprises*, outcomes*, dev agent record*, qa results*,
        completed*, done, session log, session notes, work log, worklog, log, sign-off, signoff, metadata,
        approvals, estimate*, estimated time, estimated effort, priority, effort, author*, owner*, assignee*,
        timeline, progress tracking, quality checklist, checkpoint, last updated, created, updated, date,
        version, tags, labels, who does what*, wer macht was*, qui fait quoi*, quién hace qué*,
        implementation notes, review & acceptance checklist, review checklist, review and acceptance
        checklist, confidence score*, self-review*, before you open*, shipped, finished,
        erledigt*, fertig, abgeschlossen*, fortschritt*, verlauf, änderungsprotokoll*, änderungshistorie*, notizen*, historie*,
        stand, fait, faits, terminé, terminés, terminées, avancement*, progression*, statut, état, historique*, journal*,
        hecho, hechas, hechos, completado, completados, completadas, terminado, terminados, progreso*, avance*, estado,
        historial*, registro de cambios*, notas*, feito, feitas, feitos, concluído, concluídos, concluídas, progresso*,
        histórico*, registro de alterações*, сделано*, готово, выполнено*, завершено*, прогресс*, ход работ*, статус*,
        история*, журнал*, заметки*, примечания*,
        进度*, 進度*, 状态*, 已完成*, 完成, 变更记录*, 修改记录*, 更新记录*, 修订历史*, 历史*, 备注*, 日志*, 最后更新*, 负责人*,
        進捗*, 状態*, ステータス*, 完了*, 済み, 変更履歴*, 更新履歴*, 履歴*, メモ*, 備考*
    """,
    "future": """
        future*, later*, follow-up*, follow up*, followups, nice to have*, nice-to-have*, backlog*, stretch*,
        possible extension*, ideas, after this, post-mvp*, someday*, some day*, icebox*, wishlist*, parking lot*,
        parked, parked for*, on hold*, on ice*, frozen, paused, shelved*, maybe, maybe later*, maybe one day*, not
        yet, ideas for later*, geparkt*, auf eis*, vielleicht*, en attente, en pause, peut-être*, en pausa, en espera, tal vez*,
        quizás*, em pausa, em espera, talvez*, на паузе, может быть*, 搁置*, 擱置*,
        später*, zukunft*, künftig*, ideen, irgendwann*, wunschliste*, ausblick*, plus tard*, à venir*, futur*,
        évolutions futures*, idées, améliorations futures*, perspectives*, más adelante*, futuro*, mejoras futuras*,
        trabajo futuro*, mais tarde*, melhorias futuras*, trabalho futuro*, ideias, потом*, позже*, в будущем*, будущее*,
        на будущее*, идеи, дальнейшее*, 以后*, 後續*, 后续*, 将来*, 未来*, 远期*, 待定*, 想法*, 今後*, 後で*,
        いつか*, アイデア*
    """,
}  # fmt: skip

_EXACT: dict[str, Role] = {}
_OPEN_ENDED: dict[str, Role] = {}
for _role, _phrases in _LEXICON.items():
    for _phrase in (" ".join(part.split()) for part in _phrases.split(",")):
        _forms = (_phrase[:-1], f"{_phrase[:-1]}s") if _phrase.endswith("*") else (_phrase,)
        _EXACT.update(dict.fromkeys(_forms, _role))
        _OPEN_ENDED.update(dict.fromkeys(_forms if _phrase.endswith("*") else (), _role))

_MARKS = re.compile(r"[*_`#]+")
_NUMBERING = re.compile(
    r"(?:\d+(?:\.\d+)*|[A-Za-z]|[ivxIVX]+)[.):](?:\s+|$)|\d+(?:\.\d+)*\s+(?=\D)|"
    r"[（(]?[一二三四五六七八九十]{1,3}(?:[、．.)）]|\s(?=\S))\s*"
)
_CARRIER = re.compile(
    r"(?:(?:task|step|phase|story|milestone|stage|part|sprint|iteration|epic|user story|requirement|"
    r"aufgabe|schritt|etappe|tâche|étape|fase|etapa|tarea|paso|tarefa|passo|задача|шаг|этап|фаза|"
    r"任务|步骤|阶段|階段|タスク|ステップ|フェーズ)\s*(?:#?[\w.]*\d[\w.]*|[一二三四五六七八九十]{1,3})(?!\w)|"
    r"第\s?[\d一二三四五六七八九十]{1,3}\s?(?:阶段|階段|期|步|部分|フェーズ|段階))"
    r"\s*(.*)"
)
_FUTURE = re.compile(r"\bfuture\b")
_BRACKETED = re.compile(r"\s*[(\[（][^()\[\]（）]*[)\]）]\s*$")
# "Tests (`tests/test_x.py`)" names a part that is to be written.
_NAMES_FILE = re.compile(r"\(`[^`\s()]{1,200}\.\w{1,8}`\)\s*$")
_WRITTEN = frozenset(["tests", "testes", "тесты"])
_JOINT = re.compile(r" ?[/&+,，、・] ?| (?:and|or|und|oder|et|ou|y|o|e|и|или) ")
_PUNCTUATION = " :：.!?-–—→>"
_MOST_WORDS = 6
_MOST_LETTERS = 12


def plain_title(text: str) -> str:
    """A heading's or label's words for comparing: no marks, emoji, numbering, case or closing punctuation."""
    words = _MARKS.sub("", text[:400]).casefold().replace("’", "'")
    if not words.isascii():
        # U+FE0F and U+20E3 are what makes an emoji or a keycap of the character before.
        words = "".join(ch for ch in words if ch != "\ufe0f" and unicodedata.category(ch) not in ("So", "Sk", "Me", "Cf"))
    words = " ".join(words.split()).lstrip(_PUNCTUATION)
    return words[numbering.end() if (numbering := _NUMBERING.match(words)) else 0 :].strip(_PUNCTUATION)


@functools.lru_cache(maxsize=4096)
def find_role(title: str) -> Role | None:
    """What a heading's words say its lines are for; `None` when the lexicon does not know them."""
    words = plain_title(title)
    carrier, bracket = _CARRIER.match(words), _BRACKETED.search(words)
    aside = _aside_role(bracket[0]) if bracket else None
    if carrier:
        # "Step 4: Verify" proves, "Step 4: Tests" writes some; any other numbered step is work, whatever it is about.
        rest = plain_title(carrier[1])
        if _EXACT.get(rest) == "validation" and rest not in _WRITTEN:
            return "validation"
        return aside or ("future" if _FUTURE.search(rest) else "work")
    if aside:
        return aside
    role = None
    for candidate in (words, words[: bracket.start()]) if bracket else (words,):
        role = role or _EXACT.get(candidate)
    role = role or _by_beginning(words) or _by_parts(words)
    return None if role == "validation" and _NAMES_FILE.search(title[:400]) else role


def _aside_role(bracketed: str) -> Role | None:
    """What a remark behind a title puts off: "(future)", "(not in this change)"."""
    parts = [plain_title(part) for part in _JOINT.split(bracketed.strip(" ()[]（）"))]
    roles = {"future" if _FUTURE.search(part) else _EXACT.get(part) or _by_beginning(part) for part in parts}
    return "non_goal" if "non_goal" in roles else "future" if "future" in roles else None


def _by_parts(words: str) -> Role | None:
    """The one role that all parts of a title have: "Someday / maybe"."""
    parts = _JOINT.split(words)
    roles = {_EXACT.get(part) for part in parts}
    return roles.pop() if len(parts) > 1 and len(roles) == 1 else None


def _by_beginning(words: str) -> Role | None:
    """The role of the longest known phrase that the words begin with."""
    parts = words.replace(",", "").split(" ")[:_MOST_WORDS]
    for count in range(len(parts), 0, -1):
        if role := _OPEN_ENDED.get(" ".join(parts[:count])):
            return role
    # Han and kana have no blanks between words.
    if words and words[0] >= "\u2e80":
        for count in range(min(len(words), _MOST_LETTERS), 0, -1):
            if role := _OPEN_ENDED.get(words[:count]):
                return role
    return None


def is_known(title: str) -> bool:
    """Whether exactly these words are the name of a section."""
    return plain_title(title) in _EXACT
