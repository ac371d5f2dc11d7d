"""Entries of a list that only prove: a command to run, a thing to look at, a result that must hold.  They change nothing."""

from __future__ import annotations

import re

_LEAD = re.compile(
    r"(?:(?:then|finally|lastly|zum schluss|enfin|por último|abschließend)\b,?\s+|(?:checkpoint|gate)\W{1,4})+", re.I
)
# A test that is written "in `tests/test_x.py`" is work, whatever verb begins the entry.
_FILE = re.compile(r"`[\w./-]{1,200}\.\w{1,5}(?:::?\w{1,60})?`")
_IN_FILE = re.compile(r"\b(?:in|to|into|at|as|für|dans|en|em|в)\s+`[\w./-]{1,200}\.\w{1,5}`", re.IGNORECASE)
_CHANGES_TOO = re.compile(
    r"\b(?:add|create|write|fix(?! nothing)|update|implement|modify|remove|change|repair|correct)\b(?!\s+(?:nothing|no\b))",
    re.IGNORECASE,
)
_SUBJECT = (
    r"(?:tests?|test[- ]?suites?|suites?|regressions?|linters?|lints?|linting|checks?|builds?|ci|pipeline|benchmarks?|"
    r"type[- ]?checks?|type[- ]?checker|formatters?|smoke tests?|pytest|mypy|ruff|eslint|tox|jest|vitest|tsc|clippy|flake8|"
    r"(?:cargo|go|npm|pnpm|yarn|make) (?:test|check|lint)|ctest|phpunit|rspec)"
)
_OF_ALL = (
    r"(?:(?:that|all|the|full|whole|entire|unit|integration|existing|complete|old|new|every|regression|remaining|e2e|of)\s+){0,6}"
)
_GOES_ON = r"\s*(?:$|[.,;:()–—&+/-]|(?:and|again|still|on|in|with|for|against|once|after|before|locally|passes|pass)\b)"
# "test it with `pytest -q`" proves; "test it in `tests/test_x.py`" is work on that file.
_RUN = re.compile(
    r"(?:run|verify|check|test|confirm|ensure|make sure|execute|re-?run|validate)\b"
    r"[^`]{0,80}`(?![\w./-]{1,200}\.\w{1,5}`)[^`]+`",
    re.IGNORECASE,
)
# How and when tests are run can be work: "run the tests in parallel", "run linters in CI".
_RUN_ALL = re.compile(
    rf"(?:run|verify|check|test|confirm|execute|re-?run|validate)\s+{_OF_ALL}{_SUBJECT}"
    rf"(?!\s+(?:in (?:parallel|ci|the pipeline|watch)|on (?:save|push|every|each|commit)))(?={_GOES_ON})",
    re.IGNORECASE,
)
_CONFIG = re.compile(r"`[\w./-]{0,200}\.(?:ya?ml|toml|ini|cfg|json)`", re.IGNORECASE)
# "Verify the signature" may be work; "verify that the signature holds" looks at work.
_CLAIMS = re.compile(
    r"(?:verify|confirm|check)\s+(?:with|on|in|by|using|against)\b.{0,80}\bthat\b|"
    r"(?:verify|confirm|double-check|check|validate|make sure|sanity[- ]check)\s*(?::|that\b|whether\b|if\b)|"
    r"(?:verify|confirm|double-check)\s+(?:no|nothing|none|both|all)\b|"
    r"(?:überprüfen?|prüfen?|sicherstellen|kontrollieren?)\s*(?::|,?\s*(?:dass|ob)\b)|"
    r"(?:vérifier|contrôler|s'assurer)\s*(?::|que\b|si\b)|"
    r"(?:verificar|comprobar|confirmar|asegurarse de|garantir)\s*(?::|que\b|si\b|se\b)|"
    r"(?:проверить|убедиться)\s*(?::|,?\s*что\b|,?\s*ли\b)|"
    r"(?:确认|確認|确保|验证|驗證|检查|核对)(?=.{0,40}(?:是否|没有|通过|正确|一致|不变|无误|正常))",
    re.IGNORECASE,
)
_RUNS_ABROAD = re.compile(
    r"(?:alle\s+)?tests?\s+(?:laufen lassen|ausführen|durchlaufen lassen)|"
    r"(?:testsuite|linter)\b.{0,40}\b(?:laufen lassen|ausführen)|"
    r"(?:lancer|exécuter|relancer)\s+(?:tous\s+)?(?:les\s+|la\s+)?(?:tests|suite|linters?)\b|"
    r"(?:ejecutar|correr|pasar|rodar|executar)\s+(?:todas?\s+|todos\s+)?"
    r"(?:las\s+|los\s+|la\s+|os\s+|a\s+)?(?:pruebas|tests|testes|suite|suíte)\b|"
    r"(?:прогнать|запустить)\s+(?:все\s+)?тесты|(?:运行|執行|执行|跑)(?:全部|所有|完整)?(?:的)?(?:单元|集成)?测试|(?:全)?テストを?(?:実行|流す)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"(?:(?:final|last|first|second|mid-?point|intermediate|manual)\s+)?"
    r"(?:checkpoint|quality gate|gate|smoke test|sanity check|контрольная точка|检查点|チェックポイント)"
    r"(?:\s+(?:after|for|before|on)\b.*|\s*\(.*|\s*[:–—-]\s.*|\W*)$|"
    r"(?:final|last)\s+(?:verification|validation|review|check)(?=\s*(?:$|[^\w\s]|(?:by|of|with|on|in)\b))|"
    r"(?:verification|validation|sign-?off|go/no-go)\W*$|"
    r"(?:abnahme|endkontrolle|schlusskontrolle|vérification finale|verificación final|verificação final|финальная проверка|"
    r"最终验证|最終確認)\W*$",
    re.IGNORECASE,
)
_HOLDS = (
    r"(?:is|are|stays?|remains?|runs?|must be|comes? back|still)?\s*(?:still\s+)?"
    r"(?:clean|green|pass(?:es|ing|ed)?|succeeds?|ok|exits? (?:with )?0|grün|verts?|verde|зелён\w{1,3})\b"
)
_RESULT = re.compile(
    rf"(?:(?:ensure|make sure)\s+)?(?:that\s+)?(?:(?:`[^`]{{1,200}}`|{_OF_ALL}{_SUBJECT})\s+{_HOLDS}(?={_GOES_ON})|"
    r"(?:alle\s+)?tests?\s+(?:sind\s+grün|laufen durch)\b|(?:tous\s+)?les\s+tests\s+passent|"
    r"(?:todas\s+las\s+pruebas|todos\s+los\s+tests)\s+pasan|"
    r"todos\s+os\s+testes\s+passam|(?:所有|全部)测试(?:都)?通过|(?:全|すべての)テストが(?:通る|パスする))",
    re.IGNORECASE,
)
# What a person does with eyes and hands, and whom they ask.
_BY_HAND = re.compile(
    r"\b(?:user )?manual (?:verification|check|test|review)(?=\s*(?:$|[^\w\s]|(?:by|of|with|on|in|against)\b))|"
    r"\bsign[- ]?off(?=\W*$|\s+(?:by|from|of)\b)",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"(?:load|open|try|look|walk|step|click|compare|check|test|play|listen|inspect|review|eyeball|scan|visit|start|view|watch)\b"
    r"(?=.{0,200}\b(?:by hand|manually|by eye|with (?:your|own) eyes|and (?:look|see|watch|listen|compare)\b))",
    re.IGNORECASE,
)
# A program asks its users; an author asks Ilse, or the reviewers.
_ASKS = re.compile(
    r"(?i:ask|get|have)\s+(?!.{0,40}\b(?:users?|customers?|visitors?|players?|callers?|clients?)\b)"
    r"(?:[A-Z@][\w.'’-]{1,30}|(?:the|our|some|someone|somebody|two|three|an?)\b(?:\s+[\w-]{1,30}){0,3}?)\s+(?:to\s+)?"
    r"(?:compare|check|review|confirm|sign|look|test|try|approve|verify|proof-?read)\b"
)
_FOLLOWS = re.compile(
    r"(?:follow|walk through|go through|step through|work through|run through|try|run|replay)\s+"
    r"(?:the\s+|our\s+|every step of\s+)?"
    r"(?:`?[\w./-]{1,100}\.(?:md|rst|txt|adoc)`?|quick-?start|tutorial|readme|getting[- ]started(?: guide)?|"
    r"(?:setup |install(?:ation)? )guide)"
    r"(?:\s+(?:validation|from|on|and|with|in|as|end)\b.*|\W*)$",
    re.IGNORECASE,
)
# An entry that is nothing but a command.
_BARE_COMMAND = re.compile(r"`[^`\s]+(?:\s[^`]*)`[\s.]*$")
_MAKES_TEST = re.compile(
    r"(?:add|write|create|extend|cover|port|record)\b|"
    r"(?:[\w-]{1,20}\s+){0,3}(?:tests?|benchmarks?|fixtures?|golden files?|fuzz(?:er|ing)?|test cases?)\s+"
    r"(?:for|of|with|against|that|on)\b",
    re.IGNORECASE,
)


def is_proof(words: str) -> bool:
    """Whether an entry, without its number, only checks or looks."""
    words = words[:400]
    if _BARE_COMMAND.match(words) or _BY_HAND.search(words[:200]) or _STOP.match(words):
        return True
    rest = words[lead.end() :] if (lead := _LEAD.match(words)) else words
    if _RUN.match(rest) or _RUNS_ABROAD.match(rest) or (_CLAIMS.match(rest) and not _IN_FILE.search(rest)):
        return not _CHANGES_TOO.search(rest)
    if _RUN_ALL.match(rest):
        return not _CHANGES_TOO.search(rest) and not _CONFIG.search(rest)
    if _RESULT.match(rest):
        return True
    return not _IN_FILE.search(rest) and any(pattern.match(rest) for pattern in (_LOOKS, _ASKS, _FOLLOWS))


def writes_tests(words: str) -> bool:
    """Whether an entry of a section about tests is a test to be written: it names a file, or says that one is made."""
    return not is_proof(words) and bool(_FILE.search(words[:400]) or _MAKES_TEST.match(words))
