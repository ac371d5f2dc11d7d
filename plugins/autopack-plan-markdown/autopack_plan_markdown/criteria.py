"""Which words of a criteria or verification section are a criterion: what must hold, not how to find out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autopack.model.draft import Block, Span
from autopack_plan_markdown.page import Page, plain, sentences
from autopack_plan_markdown.runners import is_bare_command, is_command
from autopack_plan_markdown.words import is_imperative, words_of

CLARIFY = re.compile(r"\s*\[NEEDS CLARIFICATION:?[^\]\n]{0,400}\]", re.IGNORECASE)
_EARS = re.compile(
    r"(?:WHEN|IF|WHILE|WHERE|When|If|While|Where)\b.{1,400}?\b(?:SHALL|shall|THEN the)\b|(?:The|the|THE) .{1,60}?\bSHALL\b|"
    r"(?:GIVEN|Given)\b.{1,400}?\b(?:THEN|Then)\b"
)
_REQUIREMENT = re.compile(
    r"(?:FR|NFR|SC|AC|REQ|NFREQ)-?\d{1,4}[a-z]?\b[\s:.–—-]{1,4}(?=.{0,300}\b(?:MUST|SHALL|must|shall|can|should|"
    r"SHOULD|will|are|is|in|less|more)\b)"
)
_TEST_PLAN = re.compile(r"\btest(?:s|ing)?\b|\bedge cases\b|测试|テスト|\btests?plan\b", re.IGNORECASE)
_VERIFY = re.compile(r"verif|valid|accept|check|criteria|confirm|prüf|провер|验|検証|確認", re.IGNORECASE)
_SEES_TO = re.compile(r"(?:make sure|ensure|verify|check that|confirm)\b", re.IGNORECASE)
_CODE_SPAN = re.compile(r"`([^`\n]{1,300})`")
_BEFORE_COMMAND = re.compile(r"(.{3,400}?)\s*[:：–—-]\s*(?:run\s+)?`[^`\n]{1,300}`\W*$", re.IGNORECASE)
_NUMBER = re.compile(r"(?:[A-Z]{1,4}-?)?\d{1,4}(?:\.\d{1,3}){0,3}[.):]?\s+")
# "Run `go test ./...` and expect all packages to pass": what is to come out is the criterion.
_EXPECTS = re.compile(
    r"\b(?:and|then|you)\s+(?:(?=(?:should\s+)?expect\b)|(?:check|verify|confirm|make sure|see) that\s+)", re.IGNORECASE
)
# A verb that says what is, so that the words are a statement whatever they begin with: "Run twice gives the same table".
_STATES = re.compile(
    r"\b(?:is|are|gets?|has|have|must|cannot|can|will|stays?|remains?|gives?|shows?|returns?|answers?|appears?|passes|works?|equals?|"
    r"takes?|agrees?|survives?|accepts?|prints?|fails?|keeps?|loads?|applies|matches|contains?|does|do)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:ask|walk|go|click|look|try|let|have|pick|repeat|visit|listen|type|press)\b", re.IGNORECASE)
# What is done behind the commands above: "then bump the version and tag".
_GOES_ON = re.compile(
    r"(?:and )?(?:then|afterwards|finally|danach|dann|puis|ensuite|después|luego|depois|затем|然后|最后)\b", re.IGNORECASE
)
_QUALITY = re.compile(r"\W*quality (?:checklist|gates?|criteria)\b", re.IGNORECASE)
# What such a checklist says of the list itself.
_OF_THE_PLAN = re.compile(
    r"\b(?:tasks?|stor(?:y|ies)|phases?|estimates?|plan|checklist|spec|sections?|dependenc\w+)\b|\[P\]", re.IGNORECASE
)
_DESIRED = re.compile(r"\W*(?:desired|expected|gewünscht\w*|erwartet\w*|期望|预期)", re.IGNORECASE)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_RUNS = _set("run rerun re-run execute check verify test then and finally first with using")
_NO_CRITERION = _set(
    """
    run rerun re-run runs verify verified with then and check execute all the test tests suite using make sure ensure must pass
    passes passed validate confirm locally again also finally by in full whole each commit before after every to of on lint build
    it
    """
)


def clear_criterion(words: str) -> str:
    """The criterion that says by its form what it is: an EARS line, a scenario, a numbered requirement."""
    text = plain(CLARIFY.sub("", words[:1200]))
    numbered = _REQUIREMENT.match(text)
    if numbered:
        return text[numbered.end() :]
    return text if _EARS.match(text) else ""


def read_criterion(page: Page, block: Block, text: str, line: int, *, is_check: bool) -> str:
    """What a line of criteria or of verification states; empty when it only gives a command or a way to test."""
    expects = _EXPECTS.search(text)
    if is_check and expects:
        return text[expects.end() :]
    before = _BEFORE_COMMAND.match(text) if any(is_command(match[1].strip()) for match in _CODE_SPAN.finditer(text)) else None
    if before and len(words := words_of(before[1])) > 1 and (words[0] not in _RUNS or _STATES.search(before[1])):
        return before[1]
    without = _CODE_SPAN.sub(lambda match: " " if is_command(match[1].strip()) or is_check else match[0], text)
    if is_check and (not _says_something(without) or words_of(text[:40])[:1] in (["run"], ["execute"])):
        return ""
    if block.kind == "paragraph" and _GOES_ON.match(text) and not _STATES.search(text):
        return ""
    if page.role(line) == "acceptance":
        return text
    if _is_test_plan(page, line):
        return text if _SEES_TO.match(text) or (block.checkbox and _STATES.search(text) and not is_imperative(text)) else ""
    if block.kind == "item" and (_is_step(block, text) or _explains(page, block)):
        return ""
    return text if not is_check or before or block.checkbox else ""


def read_statements(words: str, first: int) -> Iterator[tuple[str, Span]]:
    """The sentences of a paragraph that say what must hold, beside those that give a command: "No row is lost. Run `make x`."."""
    for sentence, place in sentences(words, first):
        # A command may itself look like the end of a sentence: `go test ./... -race`.
        gives_command = (
            sentence.count("`") % 2
            or is_bare_command(sentence)
            or any(is_command(match[1].strip()) for match in _CODE_SPAN.finditer(sentence))
        )
        if not gives_command and not is_imperative(sentence) and not _ASKS.match(sentence) and len(words_of(sentence)) > 2:
            yield sentence, place


def is_wish(page: Page, line: int, *, has_criteria: bool) -> bool:
    """Whether a line only describes what is wanted, in a plan that has its criteria elsewhere."""
    return has_criteria and _DESIRED.match(page.owners[line - 1].title[:100]) is not None


def has_criteria_section(page: Page) -> bool:
    return any(
        section.role == "acceptance" and section.level > 0 and not _DESIRED.match(section.title[:100])
        for section in page.draft.sections
    )


def quality_criterion(page: Page, block: Block, text: str, line: int) -> str:
    """What an open box of a quality checklist states of the product; most of them speak of the list of tasks."""
    is_open = block.kind == "item" and block.checkbox and block.state == "todo"
    if not is_open or not _QUALITY.match(page.owners[line - 1].title[:100]):
        return ""
    return text if _STATES.search(text) and not _OF_THE_PLAN.search(text) else ""


def _is_step(block: Block, text: str) -> bool:
    """Whether an entry tells what to do rather than what must hold: "Ask Ilse to compare one week"."""
    words = _NUMBER.sub("", text, count=1)
    if _ASKS.match(words):
        return True
    return is_imperative(words) and (block.number is not None or not _SEES_TO.match(words))


def _explains(page: Page, block: Block) -> bool:
    """Whether an entry stands below another one, which it explains."""
    return block.level > 0 and not block.checkbox and page.role(block.span.start) == "validation"


def _says_something(words: str) -> bool:
    return any(word not in _NO_CRITERION for word in words_of(words))


def _is_test_plan(page: Page, line: int) -> bool:
    """Whether the lines tell what to test and how, rather than what must hold."""
    title = page.owners[line - 1].title[:200]
    return _TEST_PLAN.search(title) is not None and not _VERIFY.search(title)
