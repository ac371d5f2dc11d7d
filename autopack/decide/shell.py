"""Shell text to simple commands, by a real grammar; judges nothing.

The tree is walked with a stack, never by recursion, and without `parent` or `next_sibling`: a hostile text nests ten
thousand levels deep, where recursion overflows and those two are slow.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_FOLDERS_MAX = 16
_PIPES_MAX = 8
_FUNCTIONS_MAX = 16
_WORDS_FROM_BRACES_MAX = 64
_NODES_SEARCHED_MAX = 200


# The grammar's scanner looks characters up in a table of 256, unchecked: `{` before a rare one has crashed the process.  To the
# shell every byte beyond ASCII is a letter of a word.
_AS_LETTERS = bytes(byte if byte < 128 else ord("x") for byte in range(256))


def word_set(text: str) -> frozenset[str]:
    """The words of a text: a table of names that stays readable."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command.

    `text` has its quotes removed; `$HOME` reads `~`, `$PWD` reads `.`, any other expansion stays as written.
    `plain` = the program gets exactly this text; `dynamic` = only the shell knows what it gets.
    `programs` are the names of the programs whose output becomes part of the word; `output_of` is the argv of the one simple
    command whose output is all that is dynamic in it.
    """

    text: str
    plain: bool = True
    dynamic: bool = False
    glob: bool = False
    programs: tuple[str, ...] = ()
    output_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """`operator` as written; `target` is a file, or the text itself for `<<` and `<<<`."""

    operator: str
    target: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple:
    """One simple command.

    `folders` are where it may run, relative to the start (several when a `cd` may or may not have worked, `None` when
    unknown).  `pipes` number the pipelines it stands in; what shares a number may be fed by what came before.
    """

    words: tuple[Word, ...] = ()
    assignments: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    folders: tuple[str, ...] | None = (".",)
    pipes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A text as commands in source order.

    `problems` are constructs that no argv shows: (rule, what was seen).  `bare` = nothing stands around one simple command.
    """

    commands: tuple[Simple, ...]
    problems: tuple[tuple[str, str], ...]
    bare: bool


def split_command(text: str) -> tuple[str, ...] | None:
    """The argv, when the text is exactly one simple command that says it in full; `None` for anything the shell must work out."""
    script = read_script(text)
    if script.problems or not script.bare or len(script.commands) != 1:
        return None
    (command,) = script.commands
    if command.assignments or command.redirects or not all(word.plain for word in command.words):
        return None
    return tuple(word.text for word in command.words) or None


def split_commands(text: str) -> tuple[tuple[str, ...], ...]:
    """The argvs of commands that are to succeed one after the other (`a && b`); empty when only a shell could tell.

    A part with an open quote is no command, so an operator inside of quotes never splits one.
    """
    whole = split_command(text)
    if whole:
        return (whole,)
    parts = [split_command(part) for part in text.split("&&")]
    # A changed folder would be gone for the command behind it.
    return tuple(part for part in parts if part) if all(part and part[0] not in _FOLDER_CHANGES for part in parts) else ()


def read_script(text: str) -> Script:
    """Every simple command of the text, also those inside substitutions, here-documents and broken syntax."""
    source = text.encode("utf-8", "replace")
    return _Reader(source).read(_parser().parse(source.translate(_AS_LETTERS)).root_node)


@functools.cache
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


# What may stand anywhere in a known text: its children are walked and it means nothing by itself.
_TRANSPARENT = word_set(
    """array arithmetic_expansion binary_expression brace_expression case_item case_statement c_style_for_statement
    command_name compound_statement concatenation do_group elif_clause else_clause expansion file_redirect for_statement
    function_definition heredoc_body heredoc_redirect herestring_redirect if_statement list negated_command
    parenthesized_expression pipeline postfix_expression process_substitution program redirected_statement
    simple_expansion string subscript subshell command_substitution ternary_expression translated_string
    unary_expression variable_assignments while_statement ansi_c_string comment extglob_pattern file_descriptor
    heredoc_content heredoc_end heredoc_start number raw_string regex special_variable_name string_content
    test_operator variable_name word"""
)
_SEQUENCES = word_set(
    "program compound_statement do_group case_item if_statement elif_clause else_clause while_statement for_statement"
)
_SUBSHELLS = frozenset(["subshell", "command_substitution", "process_substitution", "function_definition"])
_MAIN_WORDS = word_set(
    """word string raw_string ansi_c_string translated_string concatenation number simple_expansion expansion
    command_substitution process_substitution arithmetic_expansion brace_expression extglob_pattern regex array
    variable_name"""
)
_FOLDER_CHANGES = frozenset(["cd", "pushd", "popd", "chdir"])


class _Reader:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.commands: list[Simple] = []
        self.problems: dict[tuple[str, str], None] = {}
        self.folders: tuple[str, ...] | None = (".",)
        self.redirects: dict[int, list[Node]] = {}
        self.pipelines = 0
        self.functions = 0

    def read(self, root: Node) -> Script:
        if root.has_error:
            self.problem("syntax", "the text is not complete shell syntax")
        # Entries: ("node", node, pipes), ("statement", node, pipes), ("or" | "merge" | "restore", folders, ()).
        stack: list[tuple[str, Any, tuple[int, ...]]] = [("node", root, ())]
        while stack:
            kind, item, pipes = stack.pop()
            if kind == "statement":
                stack.append(("merge", self.folders, ()))
                stack.append(("node", item, pipes))
            elif kind == "node":
                stack.extend(reversed(list(self.open(item, pipes))))
            elif kind == "restore":
                self.folders = item
            else:
                self.folders = _both(item, self.folders)
        around = [child.type for child in root.children if child.type != "comment"]
        return Script(tuple(self.commands), tuple(self.problems), bare=around == ["command"])

    def problem(self, rule: str, seen: str) -> None:
        self.problems[rule, seen] = None

    def raw(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def open(self, node: Node, pipes: tuple[int, ...]) -> Iterator[tuple[str, Any, tuple[int, ...]]]:
        """What to visit next, in source order; records the command that the node is."""
        kind = node.type
        children = node.children
        if not node.is_named:
            if kind == "&":
                self.problem("background", "a command is left running in the background")
            return
        if kind == "command":
            self.add_command(node, pipes)
            yield from (("node", child, pipes) for child in _substituting(children))
            return
        if kind in ("declaration_command", "unset_command"):
            self.add_declaration(node, pipes)
            yield from (("node", child, pipes) for child in _substituting(children))
            return
        if kind == "test_command":
            self.commands.append(Simple(words=(Word("test"), *self.test_words(node)), folders=self.folders, pipes=pipes))
            yield from (("node", child, pipes) for child in children)
            return
        if kind == "variable_assignment":
            self.commands.append(Simple(assignments=(self.assignment(node),), folders=self.folders, pipes=pipes))
            yield from (("node", child, pipes) for child in children)
            return
        if kind == "redirected_statement":
            pipes = self.add_redirects(node, pipes)
        elif kind == "function_definition":
            self.add_function(node)
        elif kind == "compound_statement" and children and children[0].type == "((":
            self.problem("arithmetic", "`((` is arithmetic to one shell and two subshells to another")
        elif kind not in _TRANSPARENT and kind != "ERROR":
            self.problem("unknown-construct", f"{kind.replace('_', ' ')} is not a construct the policy knows")
        if kind == "pipeline":
            pipes = self.new_pipe(pipes)
        if kind == "command_substitution" and children and children[0].type == "`" and "\\" in self.raw(node):
            # Backslashes inside backquotes are read twice, which the grammar does not do.
            self.problem("escaped-backquotes", "backquotes with backslashes hide commands")
        if kind in _SUBSHELLS:
            yield from (("statement" if child.is_named else "node", child, pipes) for child in children)
            yield "restore", self.folders, ()
        elif kind == "pipeline":
            for child in children:
                yield "node", child, pipes
                yield "restore", self.folders, ()
        elif kind == "list":
            for child in children:
                yield "node", child, pipes
                if child.type == "||":
                    yield "merge", self.folders, ()
        elif kind in _SEQUENCES:
            for child in children:
                yield ("statement" if child.is_named else "node"), child, pipes
        else:
            yield from (("node", child, pipes) for child in children)

    def new_pipe(self, pipes: tuple[int, ...]) -> tuple[int, ...]:
        self.pipelines += 1
        return (*pipes, self.pipelines)[-_PIPES_MAX:]

    def add_command(self, node: Node, pipes: tuple[int, ...]) -> None:
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirects = self.redirects.pop(node.id, [])
        end = node.start_byte
        for child in node.children:
            # Behind a pipeline the grammar takes a command with a here-document for more words of the line before.
            if words and b"\n" in self.source[end : child.start_byte].replace(b"\\\n", b""):
                self.commands.append(
                    Simple(words=tuple(words), assignments=tuple(assignments), folders=self.folders, pipes=pipes)
                )
                self.problem("misread", "where one command ends and the next begins cannot be told")
                words, assignments = [], []
            end = child.end_byte
            if child.type == "variable_assignment":
                assignments.append(self.assignment(child))
            elif child.type.endswith("_redirect"):
                redirects.append(child)
            elif child.type == "command_name":
                words += self.words(child.children[0]) if child.children else [Word(self.raw(child))]
            else:
                words += self.words(child)
        targets = [found for redirect in redirects for found in self.redirect(redirect)]
        self.commands.append(
            Simple(
                words=tuple(words),
                assignments=tuple(assignments),
                redirects=tuple(targets),
                folders=self.folders,
                pipes=pipes,
            )
        )
        if words and words[0].text in _FOLDER_CHANGES:
            self.change_folder(words)

    def add_declaration(self, node: Node, pipes: tuple[int, ...]) -> None:
        assignments = [self.assignment(child) for child in node.children if child.type == "variable_assignment"]
        words = [word for child in node.children if child.type != "variable_assignment" for word in self.words(child)]
        self.commands.append(Simple(words=tuple(words), assignments=tuple(assignments), folders=self.folders, pipes=pipes))

    def test_words(self, node: Node) -> list[Word]:
        return [Word(self.raw(child)[:200]) for child in node.children if child.is_named]

    def assignment(self, node: Node) -> tuple[str, Word]:
        value = node.child_by_field_name("value")
        name = node.child_by_field_name("name")
        words = self.words(value) if value else [Word("")]
        return (self.raw(name) if name else ""), words[0] if len(words) == 1 else Word(self.raw(node)[:200], False, True)

    def add_redirects(self, node: Node, pipes: tuple[int, ...]) -> tuple[int, ...]:
        """Give the redirections to the command they belong to; a here-document may hide the rest of a pipeline."""
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        body = node.child_by_field_name("body")
        while body is not None and body.type in ("list", "pipeline", "negated_command") and body.named_children:
            body = body.named_children[-1]
        if body is not None and body.type == "command":
            self.redirects[body.id] = redirects
        else:
            targets = [found for redirect in redirects for found in self.redirect(redirect)]
            self.commands.append(Simple(redirects=tuple(targets), folders=self.folders, pipes=pipes))
        if any(child.type == "heredoc_redirect" for child in redirects):
            return self.new_pipe(pipes)
        return pipes

    def redirect(self, node: Node) -> Iterator[Redirect]:
        operator = next((child.type for child in node.children if not child.is_named), node.type)
        if node.type == "heredoc_redirect":
            if not self.raw(node).partition("\n")[0].isascii():
                self.problem("heredoc", "where this here-document ends cannot be told")
            for child in node.children:
                if child.type == "heredoc_body":
                    dynamic = any(part.type != "heredoc_content" for part in child.named_children)
                    yield Redirect("<<", Word(self.raw(child), not dynamic, dynamic))
                elif child.type.endswith("_redirect"):
                    yield from self.redirect(child)
            return
        for child in node.named_children:
            if child.type != "file_descriptor":
                for word in self.words(child):
                    # `2>&1` and `>&-` copy or close a descriptor; no file is named.
                    if not (operator in (">&", "<&") and (word.text.isdigit() or word.text == "-")):
                        yield Redirect(operator, word)

    def add_function(self, node: Node) -> None:
        self.functions += 1
        name = node.child_by_field_name("name")
        self.problem("function", "a function gives names a new meaning")
        if self.functions > _FUNCTIONS_MAX or name is None:
            return
        kinds = {child.type for child in _descendants(node)}
        if self.raw(name) in self.program_names(node) and kinds & {"pipeline", "&"}:
            self.problem("fork-bomb", f"the function {self.raw(name)!r} starts itself again and again")

    def change_folder(self, words: list[Word]) -> None:
        operands = [word for word in words[1:] if not word.text.startswith("-")]
        if words[0].text == "popd" or len(operands) != 1 or operands[0].dynamic or operands[0].glob or len(words) > 3:
            self.folders = None
        elif self.folders is not None:
            target = operands[0].text
            self.folders = tuple(f"{folder}/{target}" if target[:1] not in "/~" else target for folder in self.folders)

    def program_names(self, node: Node) -> tuple[str, ...]:
        return tuple(self.raw(child) for child in _descendants(node) if child.type == "command_name")

    def words(self, node: Node) -> list[Word]:
        """The words that one node becomes: more than one only for `{a,b}`."""
        if node.type not in _MAIN_WORDS and node.is_named:
            return [Word(self.raw(node)[:200], False, True, programs=self.program_names(node))]
        if node.type == "process_substitution":
            return [Word("/dev/fd/63", False, programs=self.program_names(node))]
        word = self.word(node)
        raw = self.raw(node) if node.type in ("word", "concatenation") else ""
        if word.dynamic or "{" not in raw or "," not in raw:
            return [word]
        return [Word(text, False, word.dynamic, word.glob) for text in expand_braces(word.text)] or [Word(word.text, False, True)]

    def word(self, node: Node) -> Word:
        text, plain, dynamic, glob = "", True, False, False
        for part in node.children if node.type == "concatenation" else [node]:
            kind = part.type
            raw = self.raw(part)
            if kind in ("word", "number", "extglob_pattern", "brace_expression", "regex") or not part.is_named:
                if raw.startswith("~") and not text:
                    plain = False
                if any(ch in raw for ch in "*?[") or kind in ("extglob_pattern", "brace_expression"):
                    plain, glob = False, True
                text += re.sub(r"\\(\n?)(.?)", lambda match: "" if match[1] and not match[2] else match[2], raw, flags=re.S)
                dynamic = dynamic or (kind != "word" and any(_is_expansion(child) for child in part.children))
            elif kind == "raw_string":
                text += raw[1:-1]
            elif kind == "ansi_c_string":
                decoded = _decode_ansi(raw)
                dynamic = dynamic or decoded is None
                text += raw if decoded is None else decoded
            elif kind in ("string", "translated_string"):
                inner = part.children[-1] if kind == "translated_string" and part.children else part
                value, known = self.string(inner)
                plain = plain and known and not any(_is_expansion(child) for child in inner.children)
                dynamic = dynamic or not known
                text += value
            else:
                value, known = self.expansion(part)
                plain, dynamic = False, dynamic or not known
                text += value
        if not dynamic:
            return Word(text, plain, False, glob)
        return Word(text[:1000], False, True, glob, self.program_names(node), self.output_of(node))

    def output_of(self, node: Node) -> tuple[str, ...]:
        parts = node.children if node.type in ("concatenation", "string") else [node]
        expansions = [part for part in parts if _is_expansion(part)]
        if len(expansions) != 1 or expansions[0].type != "command_substitution" or any(part.type == "string" for part in parts):
            return ()
        inside = expansions[0].named_children
        if len(inside) != 1 or inside[0].type != "command":
            return ()
        names = [
            child.children[0] if child.type == "command_name" and child.children else child for child in inside[0].named_children
        ]
        words = [word for name in names for word in self.words(name)]
        return () if any(word.dynamic for word in words) else tuple(word.text for word in words)

    def string(self, node: Node) -> tuple[str, bool]:
        text, known, at = "", True, node.start_byte + 1
        for child in node.children:
            if _is_expansion(child):
                value, sure = self.expansion(child)
                text += _unescape(self.source[at : child.start_byte]) + value
                known, at = known and sure, child.end_byte
        return text + _unescape(self.source[at : max(at, node.end_byte - 1)]), known

    def expansion(self, node: Node) -> tuple[str, bool]:
        raw = self.raw(node)
        if raw in ("$HOME", "${HOME}"):
            return "~", True
        if raw in ("$PWD", "${PWD}", "$(pwd)", "`pwd`"):
            return ".", True
        return raw, False


def _both(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if before is None or after is None:
        return None
    merged = tuple(dict.fromkeys((*before, *after)))
    return merged if len(merged) <= _FOLDERS_MAX else None


def _is_expansion(node: Node) -> bool:
    return node.type in ("simple_expansion", "expansion", "command_substitution", "arithmetic_expansion", "process_substitution")


def _substituting(children: list[Node]) -> Iterator[Node]:
    """The nodes that may hold a substitution; an assignment's value stands in for the assignment."""
    for child in children:
        if child.type == "variable_assignment":
            yield from child.children
        else:
            yield child


def _descendants(node: Node) -> Iterator[Node]:
    stack = [node]
    # Nested substitutions ask this at every level: the bound keeps the sum linear.
    for _ in range(_NODES_SEARCHED_MAX):
        if not stack:
            return
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children[:_NODES_SEARCHED_MAX]))


def expand_braces(text: str) -> list[str]:
    """The words of `a{b,c}d`; empty when there are too many."""
    done: list[str] = []
    todo = [text]
    while todo:
        current = todo.pop()
        match = next((found for found in re.finditer(r"\{([^{}]*)\}", current) if "," in found[1]), None)
        if match is None:
            done.append(current)
        else:
            todo.extend(current[: match.start()] + part + current[match.end() :] for part in reversed(match[1].split(",")))
        if len(done) + len(todo) > _WORDS_FROM_BRACES_MAX:
            return []
    return done


def _unescape(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return re.sub(r"\\([\"\\$`\n])", lambda match: "" if match[1] == "\n" else match[1], text)


def _decode_ansi(raw: str) -> str | None:
    body = raw[2:-1]
    # Only the escapes that Python reads as bash does.
    if not body.isascii() or re.search(r"\\[^abfnrtvxuU0-7\\'\"]", body):
        return None
    try:
        text = body.encode("ascii").decode("unicode_escape")
    except ValueError:
        return None
    return None if "\0" in text else text
