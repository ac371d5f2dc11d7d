"""What a plan allows its work to cost: files, tokens, minutes, attempts; only where amount and unit are plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from autopack.model.draft import BudgetValue, Claim, Node, Span
from autopack_plan_markdown.page import Page, stated

Name = Literal["max_files", "max_tokens", "max_minutes", "max_attempts"]

_AMOUNT = r"(\d{1,3}(?:[ ,._']\d{3}){1,3}|\d{1,9}(?:\.\d{1,2})?|one|two|three|four|five|six|seven|eight|nine|ten)"
_UNITS = (
    r"[ \t-]?(k|m)?[ \t-]?(?:changed[ \t]+|new[ \t]+|touched[ \t]+|output[ \t]+)?"
    r"(files?|tokens?|minutes?|mins?|hours?|hrs?|h|attempts?|tries|dateien|minuten|stunden|versuche|文件|分钟|小时|次)(?![\w-])"
)
_SPENT = re.compile(_AMOUNT + _UNITS, re.IGNORECASE)
_BOUND = re.compile(
    r"\b(?:at most|no more than|not more than|max(?:imum|\.)?(?: of)?|up to|limit(?:ed)? to|höchstens|maximal|"
    r"como máximo)[ \t:]{1,3}$|(?:最多|不超过)[ \t]?$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\W{0,8}(?:(?:token|time|file|change|attempt|run)[ -]?)?(?:budgets?|time[ -]?box|limits?|预算|时间盒)\b[^:：]{0,30}[:：]",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\bbudgets?\b|\btime[ -]?box\b|预算", re.IGNORECASE)
_TIME_BOX = re.compile(r"\b(?:time[ -]?box(?:ed)?|spend|work(?:ing)?|stop after)\b", re.IGNORECASE)
# "3 attempts per request", "2 files at a time" tell what the program is to do.
_OF_THE_PRODUCT = re.compile(
    r"[ \t]{1,3}(?:per|each|every|a|an|at a time|at once|for each|on|to|over|larger|open|and user)\b",
    re.IGNORECASE,
)
_WORDS = {
    word: number
    for number, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1)
}
_KEYS: dict[str, Name] = {
    "max_files": "max_files", "file_budget": "max_files", "max_tokens": "max_tokens", "token_budget": "max_tokens",
    "max_minutes": "max_minutes", "time_box": "max_minutes", "time_budget": "max_minutes", "max_attempts": "max_attempts",
}  # fmt: skip
_MOST_MINUTES = 100_000


def claim_budgets(page: Page) -> Iterator[Claim]:
    for number, line in page.prose():
        role = page.role(number)
        if role in ("future", "bookkeeping", "non_goal"):
            continue
        is_budget = _LABEL.match(line) is not None or _TITLE.search(page.owners[number - 1].title[:200]) is not None
        if is_budget or role == "constraint":
            yield from _of_line(line, number, is_budget=is_budget)
    tree = page.draft.tree
    if tree is not None and page.draft.format in ("markdown", "text"):
        yield from _of_front_matter(tree)


def _of_line(line: str, number: int, *, is_budget: bool) -> Iterator[Claim]:
    for match in _SPENT.finditer(line):
        bounded = _BOUND.search(line[max(0, match.start() - 24) : match.start()]) is not None
        name, amount = _read(match)
        if _OF_THE_PRODUCT.match(line[match.end() : match.end() + 24]):
            continue
        is_time = name == "max_minutes"
        if (
            is_budget
            or (bounded and (not is_time or _TIME_BOX.search(line)))
            or (is_time and _TIME_BOX.search(line[: match.start()]))
        ):
            value = BudgetValue(name=name, amount=amount, words=match[0])
            yield stated("budget", value, Span(start=number, end=number), 0.9, "budget-line")


def _read(match: re.Match[str]) -> tuple[Name, float]:
    digits, unit = match[1].casefold(), match[3].casefold()
    number = float(_WORDS[digits]) if digits in _WORDS else float(re.sub(r"[ ,_']|\.(?=\d{3})", "", digits))
    number *= {"k": 1_000, "m": 1_000_000}.get((match[2] or "").casefold(), 1)
    if unit.startswith(("file", "datei", "文件")):
        return "max_files", number
    if unit.startswith("token"):
        return "max_tokens", number
    if unit.startswith(("h", "stunde", "小时")):
        return "max_minutes", min(number * 60, _MOST_MINUTES)
    return ("max_minutes", number) if unit.startswith(("min", "分钟")) else ("max_attempts", number)


def _of_front_matter(tree: Node) -> Iterator[Claim]:
    rows = [tree, *(node for node in tree.get_all("budget") if node.kind == "map")]
    for node in rows:
        for key, name in _KEYS.items():
            value = node.get(key)
            if value is None or not value.text:
                continue
            match = _SPENT.fullmatch(value.text.strip()[:80])
            if match and _read(match)[0] == name:
                yield _claim(name, _read(match)[1], value)
            elif value.kind == "number" and value.text.isdecimal():
                yield _claim(name, float(value.text), value)
    for node in tree.get_all("budget"):
        for match in _SPENT.finditer(node.text[:400]):
            yield _claim(*_read(match), node, match[0])


def _claim(name: Name, amount: float, node: Node, words: str = "") -> Claim:
    value = BudgetValue(name=name, amount=amount, words=words or node.text.strip())
    return stated("budget", value, node.span, 0.95, "front-matter-budget")
