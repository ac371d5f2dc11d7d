"""Commands the plan gives: those that prove it are checks, the others are steps.  Whether one may run is for the policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from autopack.model.draft import Block, Claim, CommandValue, Field, Span
from autopack.model.workspace import Workspace
from autopack_plan_markdown.done import find_done_lines
from autopack_plan_markdown.page import LINE_LIMIT, Page, plain, stated
from autopack_plan_markdown.runners import PROVING, is_bare_command, is_command, is_program, read_command
from autopack_plan_markdown.scripts import Scripts, find_script, read_scripts
from autopack_plan_markdown.trees import is_tree
from autopack_plan_markdown.words import words_of

_SHELLS = frozenset(
    ["sh", "bash", "shell", "console", "zsh", "shell-session", "shellsession", "terminal", "cmd", "fish", "sh-session"]
)
_PROMPT = re.compile(r"(?:\([\w.-]+\) )?[$%] +(?=\S)")
_HEREDOC = re.compile(r"<<-?[ \t]*[\"']?(\w+)[\"']?")
_CHANGE_FOLDER = re.compile(r"cd[ \t]+([\w./-]+)$")
_CODE_SPAN = re.compile(r"`([^`\n]{2,300})`")
_ASKS_TO_PROVE = re.compile(
    r"\b(?:run|verify|check|checks|test|tests|validate|execute|re-?run|confirm|"
    r"(?:done|finished|ready|accepted) when|"
    r"with|using|ensure|make sure|pass|passes|green|clean|succeeds?|ausführen|prüfen|testen|ejecutar|ejecuta|verificar|comprobar|"
    r"comprueba|probar|"
    r"запустить|проверить|"
    r"запусти|проверь|lancer|exécuter|vérifier)\b|运行|執行|执行|检查|測試|测试|実行|確認",
    re.IGNORECASE,
)
_PROOF_LABEL = re.compile(
    r"\W*(?:verify|verification|check|test|tests|validation|validate|verify with|test with|acceptance)\W*:", re.IGNORECASE
)
_EXPECTED_FAILURE = re.compile(r"expect(?:ed)?\b\W{0,6}(?:to )?(?:fail|error|it fails|tests? (?:to )?fail)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9_-]{0,40}>")
_BOX = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])?\s*(?:\[[ xX~/-]\]\*?\s+)?(?:#?\d[\d.]{0,8}\s+)?")
_LISTED = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s")
# "Before I show it: pytest, then ruff check ."
_BEFORE = re.compile(r"\W{0,6}(?:before|vor|bevor|avant|antes de|перед)\b[^:`]{1,60}:[ \t]+", re.IGNORECASE)
_CLAUSE = re.compile(r"[;；](?=\s|$)")
_FULL_STOP = re.compile(r"(?<=\w)\.$")
_NEXT = re.compile(r"[,;][ \t]+(?:and |then )?|[ \t]+(?:and|then)[ \t]+")
_RUN_BARE = re.compile(r"\b(?:re-?run|run|execute)[ \t]+(?:the[ \t]+)?(?=[a-z./])", re.IGNORECASE)
_RUNS_QUOTED = re.compile(r"\b(?:run|runs|re-?run|execute|type|invoke|call)[ \t]{1,3}$", re.IGNORECASE)
_CLAUSE_END = re.compile(r"(?<!\.)[.;,](?=\s|$)|[ \t]+(?:and|then|to|until|again|before|after|until|so)\b")
# "Command used:" tells what was done.
_TOLD = re.compile(r"\b(?:command used|we ran|i ran|was run|were run|output of|which printed|that printed)\b", re.IGNORECASE)
# "I bisected it with `git bisect run`" is how somebody came to know.
_PAST = re.compile(
    r"\b(?:reproduced|bisected|measured|found|noticed|profiled|tried|ran|happened|crashed|saw|seen)\b[^.;:]{0,40}$", re.IGNORECASE
)
_STATE = re.compile(
    r"\b(?:current|today|existing|background|problem|overview|motivation|context|why|as it is|status quo)\b", re.IGNORECASE
)
# Not a command: output, and the ids of tasks in an example of what may be done side by side.
_OUTPUT = re.compile(
    r"[A-Z][\w ]{0,40}:(?:\s|$)|[✓✔✗✘│├└╭╰>]|\.{3,}|\d+ (?:passed|failed|tests?)\b|[A-Z]{1,5}-?\d{1,5}[a-z]?(?:\s|$)"
)
_MOST_BARE_LINES = 12
_FEW_WORDS = 6
_NEAR = 300
_ITEM_HEAD = re.compile(r"(?:[-*+]|\d{1,3}[.)])?\s*(?:\[[ xX]\]\s+)?(?:run:?\s+)?", re.IGNORECASE)
_ANNOUNCES = re.compile(
    r"\b(?:verify|check|run (?:the |all )*tests?|tests?\b.{0,40}|validate|confirm)\b.{0,60}[:.]$", re.IGNORECASE
)
_NO_ROLE = frozenset(["non_goal", "bookkeeping", "future", "files"])


def claim_commands(page: Page, workspace: Workspace) -> Iterator[Claim]:
    """Checks and commands in file order, each (field, words, folder) once per line."""
    failing, scripts = _failing_lines(page), read_scripts(workspace)
    done = find_done_lines(page)
    for block in page.draft.blocks:
        if block.kind != "fence" or block.span.start in done or page.role(block.span.start) in _NO_ROLE:
            continue
        if _is_shell(block) and not is_tree(block.text.split("\n")) and not _tells(page, block):
            yield from _from_fence(page, block, failing, scripts)
    for number, line in page.prose():
        # "Before each commit: ..." is an order wherever it stands, also at the foot of a page whose last list is of non-goals.
        if number not in done and (page.role(number) not in _NO_ROLE or _BEFORE.match(line)):
            yield from _from_line(page, number, line, failing, scripts)


def _tells(page: Page, block: Block) -> bool:
    """Whether a fence tells what was done, or how things are today: how a server is started is then no step of the plan."""
    return _TOLD.search(_above(page, block)) is not None or (
        page.role(block.span.start) == "context" and _STATE.search(page.owners[block.span.start - 1].title[:200]) is not None
    )


def _failing_lines(page: Page) -> frozenset[int]:
    """Lines that say a command is to fail: at that step it proves nothing that could be green at the end."""
    return frozenset(number for number, line in page.prose() if _EXPECTED_FAILURE.search(line))


# -- fences -----------------------------------------------------------------------------------------------------------


def _is_shell(block: Block) -> bool:
    name = block.info.split(" ")[0].casefold().strip("{}.")
    if name:
        return name in _SHELLS
    lines = [line.strip() for line in block.text.split("\n") if line.strip()]
    return any(_PROMPT.match(line) for line in lines) or (
        0 < len(lines) <= _MOST_BARE_LINES and all(is_bare_command(line[:LINE_LIMIT]) for line in lines)
    )


def _read(words: str, cwd: str, scripts: Scripts) -> CommandValue:
    """The command, known for what it proves where its name does not tell: `make gate` runs the tests."""
    value = read_command(words, cwd)
    kind = find_script(words, scripts) if value.kind == "other" else None
    return replace(value, kind=kind) if kind else value


def _from_fence(page: Page, block: Block, failing: frozenset[int], scripts: Scripts) -> Iterator[Claim]:
    opening = page.draft.lines[block.span.start - 1].lstrip(" \t-*+0123456789.)")
    first = block.span.start + (1 if opening.startswith(("```", "~~~")) else 0)
    proves = page.role(block.span.start) in ("validation", "acceptance") or _announced(page, block)
    fails = any(
        number in failing
        for number in (*range(block.span.start - 2, block.span.start), *range(block.span.end + 1, block.span.end + 4))
    )
    cwd = "."
    for offset, words in _shell_lines(block.text.removesuffix("\n").split("\n")):
        folder = _CHANGE_FOLDER.match(words)
        if folder:
            cwd = folder[1]
            continue
        value = _read(words, cwd, scripts)
        last = first + offset + words.count("\n")
        is_check = proves and not fails and value.kind not in ("install", "setup")
        field: Field = "check" if is_check else "command"
        yield stated(field, value, Span(start=first + offset, end=last), 0.9, "shell-fence")


def _announced(page: Page, block: Block) -> bool:
    """Whether the line above asks to verify with what is in the fence."""
    return _ANNOUNCES.search(_above(page, block)) is not None


def _above(page: Page, block: Block) -> str:
    above = block.span.start - 1
    while above > 0 and not page.draft.lines[above - 1].strip():
        above -= 1
    return plain(page.draft.lines[above - 1][:LINE_LIMIT]) if above > 0 and above not in page.code else ""


def _shell_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Commands with the index of their first line: prompts stripped, output dropped, continuations and heredocs joined."""
    prompted = any(_PROMPT.match(line.strip()) for line in lines)
    at = 0
    while at < len(lines):
        begin, line = at, lines[at].strip()[:LINE_LIMIT]
        at += 1
        prompt = _PROMPT.match(line)
        if not line or line.startswith("#") or (prompted and not prompt) or (not prompt and _OUTPUT.match(line)):
            continue
        words = [line[prompt.end() :] if prompt else line]
        while words[-1].endswith("\\") and at < len(lines):
            words.append(lines[at].strip()[:LINE_LIMIT])
            at += 1
        heredoc = _HEREDOC.search(words[-1])
        while heredoc and at < len(lines):
            words.append(lines[at])
            at += 1
            if words[-1].strip() == heredoc[1]:
                break
        yield begin, "\n".join(words)


# -- lines ------------------------------------------------------------------------------------------------------------


def _from_line(page: Page, number: int, line: str, failing: frozenset[int], scripts: Scripts) -> Iterator[Claim]:
    role = page.role(number)
    span = Span(start=number, end=number)
    line = _TAG.sub(" ", line)
    proving_place = role in ("validation", "acceptance") or _PROOF_LABEL.match(line.lstrip(" \t-*+"))
    fails = any(near in failing for near in (number, number + 1, number + 2))
    found = False
    quoted = [(match, _without_prompt(match[1].strip())) for match in _CODE_SPAN.finditer(line)]
    # "Before each commit: `a` and `b`": a line of commands and little else says to run them.
    is_run_line = len(words_of(_CODE_SPAN.sub(" ", line))) <= _FEW_WORDS and _BOX.sub("", line, count=1)[:1] != "`"
    for match, words in quoted:
        # On a long line only the words near a command are about it.
        before, behind = line[max(0, match.start() - _NEAR) : match.start()], line[match.end() : match.end() + _NEAR]
        alone = proving_place and not _BOX.sub("", before, count=1).strip() and not behind.strip(" .")
        if not is_command(words) and not ((alone or _RUNS_QUOTED.search(before)) and is_program(words)):
            continue
        found = True
        if not proving_place and _PAST.search(before):
            continue
        value = _read(words, ".", scripts)
        # An entry that is a command and nothing else is there to be run.
        begins = not _BOX.sub("", _CLAUSE.split(before)[-1], count=1).strip()
        is_entry = begins and not _CLAUSE.split(behind)[0].strip(" .") and _LISTED.match(line)
        asks = _ASKS_TO_PROVE.search(before + behind) or (is_run_line and len(quoted) > 1) or is_entry or _BEFORE.match(line)
        asked = proving_place or (value.kind in PROVING and asks)
        if asked and not fails and value.kind != "install" and role != "constraint":
            yield stated("check", value, span, 0.9 if proving_place else 0.8, "command-line" if proving_place else "run-line")
        elif asked and value.kind == "install" and not fails:
            yield stated("command", value, span, 0.8, "command-line")
        elif _ASKS_TO_PROVE.search(before):
            yield stated("command", value, span, 0.6, "run-line")
    if found or line.lstrip().startswith("|"):
        return
    label = _BEFORE.match(line)
    if label and not fails:
        bare = [_FULL_STOP.sub("", piece.strip()) for piece in _NEXT.split(line[label.end() : label.end() + _NEAR])]
        listed = [words for words in bare if _is_bare(words, scripts)]
        yield from (stated("check", _read(words, ".", scripts), span, 0.7, "before-label") for words in listed)
        return
    words = _bare_words(line) if role in ("validation", "acceptance") else ""
    if words and _is_bare(words, scripts) and not line.lstrip().startswith("#"):
        if not fails:
            yield stated("check", _read(words, ".", scripts), span, 0.8, "bare-command")
    elif (run := _RUN_BARE.search(line)) is not None and not quoted and role in ("work", "validation", "acceptance"):
        words = _CLAUSE_END.split(line[run.end() : run.end() + 200], maxsplit=1)[0].strip(" *_")
        if _is_bare(words, scripts) and " " in words:
            yield stated("check" if not fails else "command", _read(words, ".", scripts), span, 0.7, "run-bare")


def _is_bare(words: str, scripts: Scripts) -> bool:
    """Whether words without quotes are a command: a known one, or no more than one of the repository's own."""
    return is_bare_command(words) or (find_script(words, scripts) is not None and len(words.split()) < _FEW_WORDS - 2)


def _without_prompt(words: str) -> str:
    return words[prompt.end() :] if (prompt := _PROMPT.match(words)) else words


def _bare_words(line: str) -> str:
    return _ITEM_HEAD.sub("", plain(line)[:300], count=1).strip()
