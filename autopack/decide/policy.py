"""The verdict on a command that a plan or an agent asks for: a filter for intent, not a boundary.

`make` and `npm test` run whatever the project holds, so the sandbox must hold too.  The strictest finding wins; what no rule
knows is asked.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from autopack.decide import policy_rules
from autopack.decide.policy_argv import CHECKS, Argv, matches_words
from autopack.decide.policy_lists import filters_lines, lists_files
from autopack.decide.policy_paths import denied_rule, find_place, is_protected, is_secret, path_texts
from autopack.decide.policy_rules import Rule
from autopack.decide.policy_unwrap import SHELLS, Inner, unwrap
from autopack.decide.shell import Redirect, Simple, Word, expand_braces, read_script
from autopack.model.policy import PolicyRule, PolicyStep, PolicyVerdict, Verdict

HERE = PurePosixPath(".")
# The grammar's time on hostile text grows with the square of its length.
_LIMIT_BYTES = 16_384
_DEPTH_MAX = 5
_PARSED_MAX = 200
_STRICTNESS: dict[Verdict, int] = {"allow": 0, "ask": 1, "deny": 2}
_SYSTEM_FOLDERS = ("/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/opt/homebrew/bin")
_PROJECT_FOLDERS = ("node_modules/.bin", ".venv/bin", "venv/bin", "vendor/bin")
_PROJECT_WRAPPERS = {"gradlew": "gradle", "mvnw": "mvn"}
_OTHER_NAMES = {"pypy": "python", "nodejs": "node", "egrep": "grep", "fgrep": "grep", "mvnd": "mvn"}
_DECLARATIONS = frozenset(("export", "declare", "typeset", "local", "readonly"))
_TEXT_REDIRECTS = ("<<", "<<<")
_STDIN = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
_SCRIPT_OPTIONS = ("-e", "--regexp", "--expression")
_TEXT_OPTIONS = ("-m", "--message", "--grep", "--author", "--format", "--pretty", "-k", "--reporter")


_ANY_PROGRAM = "*"


@dataclass(frozen=True, slots=True)
class _Finding:
    """`soft` = a toolchain that names this command as its own may overrule it; `about` = the place in `parsed`."""

    verdict: Verdict
    rule: str
    reason: str
    about: int | None
    soft: bool = False


def judge_command(
    text: str, *, cwd: PurePosixPath = HERE, known: Sequence[tuple[str, ...]] = (), rules: Sequence[PolicyRule] = ()
) -> PolicyVerdict:
    """The verdict on shell text.

    A relative `cwd` is below the worktree root, an absolute one is that root.  `known` are beginnings of argvs that a
    detected toolchain calls its own: they are allowed unless something forbids them or needs a person whatever they are.
    `rules` are those of plugins: whatever they say, and whatever is known, the verdict only becomes stricter.
    """
    gate = _gate([text])
    return gate or _Judge(cwd, known, rules).judge_text(text)


def judge_argv(
    argv: Sequence[str], *, cwd: PurePosixPath = HERE, known: Sequence[tuple[str, ...]] = (), rules: Sequence[PolicyRule] = ()
) -> PolicyVerdict:
    """The verdict on an argv that is started without a shell."""
    gate = _gate(argv)
    return gate or _Judge(cwd, known, rules).judge_words(tuple(Word(text) for text in argv))


def find_rule_fault(rule: PolicyRule) -> str | None:
    """Why a plugin's rule cannot be used, if so: it would allow, or does not decide each of its examples."""
    if rule.verdict not in ("ask", "deny"):
        return f"the policy rule {rule.id!r} would allow: a plugin's rule can only ask or deny"
    if not rule.examples:
        return f"the policy rule {rule.id!r} has no example: give a command line that it decides"
    for example in rule.examples:
        found = judge_command(example, rules=(rule,))
        if (found.verdict, found.rule) != (rule.verdict, _full_id(rule)):
            return f"the policy rule {rule.id!r} does not decide its example {example!r}: {found.rule!r} says {found.verdict}"
    return None


def block_all(package: str, fault: str) -> PolicyRule:
    """The rule that stands for rules nobody could read: what they would have forbidden is not known, so nothing may run."""
    reason = f"is not judged by {package}, whose policy rules are broken: {fault}"
    return PolicyRule(
        id="guard-raised", verdict="deny", reason=reason, programs=(_ANY_PROGRAM,), examples=("ls",), package=package
    )


def check_rules() -> list[str]:
    """Every example that its own rule does not decide; empty when the rules are sound."""
    problems = []
    for rule in (*policy_rules.RULES, *policy_rules.FALLBACKS):
        if rule.check and rule.check not in CHECKS:
            problems.append(f"{rule.id}: no question is called {rule.check!r}")
        for example in rule.examples:
            found = judge_command(example)
            if (found.verdict, found.rule) != (rule.verdict, rule.id):
                problems.append(f"{rule.id}: {example!r} is judged {found.verdict} by {found.rule!r}, not {rule.verdict}")
    return problems


def _full_id(rule: PolicyRule) -> str:
    return f"{rule.package}:{rule.id}" if rule.package else rule.id


def _gate(texts: Sequence[str]) -> PolicyVerdict | None:
    if sum(len(text.encode("utf-8", "replace")) for text in texts) > _LIMIT_BYTES:
        return _refuse("too-long", f"the command is longer than {_LIMIT_BYTES} bytes")
    # Invisible characters make a command read differently from what it does.
    if any(ch not in "\n\t" and unicodedata.category(ch) in ("Cc", "Cf", "Cs") for text in texts for ch in text):
        return _refuse("control-characters", "the command holds invisible characters")
    return None


def _refuse(rule: str, reason: str) -> PolicyVerdict:
    step = PolicyStep(argv=(), verdict="deny", rule=rule, reason=reason)
    return PolicyVerdict(verdict="deny", rule=rule, reason=reason, steps=(step,))


@functools.cache
def _rules_by_program() -> tuple[dict[str, list[Rule]], dict[str, list[Rule]]]:
    tables: tuple[dict[str, list[Rule]], dict[str, list[Rule]]] = ({}, {})
    for table, rules in zip(tables, (policy_rules.RULES, policy_rules.FALLBACKS), strict=True):
        for rule in rules:
            for program in rule.programs:
                table.setdefault(program, []).append(rule)
    return tables


@functools.cache
def _path_uses() -> dict[str, policy_rules.PathUse]:
    uses: dict[str, policy_rules.PathUse] = dict.fromkeys(policy_rules.ANY_WORDS, "none")
    return uses | {program: use for use, programs in policy_rules.PATHS.items() for program in programs}


class _Judge:
    """Collects findings over one text.  Nested text is put on a list of work, so depth never costs stack."""

    def __init__(self, cwd: PurePosixPath, known: Sequence[tuple[str, ...]], rules: Sequence[PolicyRule]) -> None:
        self.cwd = cwd
        self.known = [prefix for prefix in known if prefix]
        self.rules = [_as_rule(rule) for rule in rules]
        self.findings: list[_Finding] = []
        self.about: int | None = None
        self.parsed: list[tuple[str, ...]] = []
        self.pipes_used = 0
        self.seen_in_pipe: dict[int, set[str]] = {}
        self.printed_in_pipe: dict[int, str] = {}
        self.lists_in_pipe: dict[int, bool] = {}
        self.downloads: set[str] = set()
        self.started: set[str] = set()

    def judge_text(self, text: str) -> PolicyVerdict:
        self.read_text(text, 0, False, (".",), ())
        return self.conclude()

    def judge_words(self, words: tuple[Word, ...]) -> PolicyVerdict:
        self.judge_simple(Simple(words=words), 0, False)
        return self.conclude()

    def conclude(self) -> PolicyVerdict:
        if find_place(".", (".",), self.cwd)[0] != "inside":
            self.add("deny", "outside-worktree", "the folder lies outside the worktree")
        if {name.rsplit("/", 1)[-1] for name in self.started} & self.downloads:
            self.add("deny", "remote-code", "runs what it has just fetched")
        if not self.findings:
            self.add("ask", "nothing-to-run", "there is no command in the text")
        # The first objection is the cause; of several permissions the last one is about the command that matters.
        ranked = self.findings if any(finding.verdict != "allow" for finding in self.findings) else self.findings[::-1]
        worst = max(ranked, key=lambda finding: _STRICTNESS[finding.verdict])
        return PolicyVerdict(
            verdict=worst.verdict,
            rule=worst.rule,
            reason=worst.reason,
            parsed=tuple(self.parsed[:_PARSED_MAX]),
            steps=tuple(self.steps()),
        )

    def steps(self) -> Iterator[PolicyStep]:
        """What was thought of the text, where something was, and of each argv: its strictest finding, the first of several."""
        worst: dict[int | None, _Finding] = {}
        for finding in self.findings:
            earlier = worst.setdefault(finding.about, finding)
            if _STRICTNESS[finding.verdict] > _STRICTNESS[earlier.verdict]:
                worst[finding.about] = finding
        if None in worst:
            yield _as_step((), worst[None])
        for number, argv in enumerate(self.parsed[:_PARSED_MAX]):
            # Only what wraps another command is without a finding of its own.
            yield _as_step(argv, worst.get(number, _Finding("allow", "wraps", "is as good or bad as what it runs", number)))

    def add(self, verdict: Verdict, rule: str, reason: str, *, soft: bool = False) -> None:
        self.findings.append(_Finding(verdict, rule, reason, self.about, soft))

    def read_text(self, text: str, depth: int, soft: bool, folders: tuple[str, ...] | None, pipes: tuple[int, ...]) -> None:
        script = read_script(text)
        for rule, seen in script.problems:
            self.add("deny" if rule == "fork-bomb" else "ask", rule, seen)
        if any(rule == "syntax" for rule, _ in script.problems) and depth < _DEPTH_MAX:
            # The grammar does not know `{rm,-rf,/}` as words; the shell does.
            expanded = "".join(" ".join(expand_braces(part)) or part for part in re.split(r"(\s+)", text))
            if expanded != text:
                self.read_text(expanded, depth + 1, soft, folders, pipes)
        # Pipelines of a nested text are other pipelines: keep their numbers apart.
        offset = self.pipes_used
        self.pipes_used += max((number for command in script.commands for number in command.pipes), default=0)
        for command in script.commands:
            inner_folders = _join_folders(folders, command.folders)
            inner_pipes = (*pipes, *(number + offset for number in command.pipes))
            simple = Simple(
                words=command.words,
                assignments=command.assignments,
                redirects=command.redirects,
                folders=inner_folders,
                pipes=inner_pipes,
            )
            self.judge_simple(simple, depth, soft)

    def judge_simple(self, command: Simple, depth: int, soft: bool, listed: bool = False) -> None:
        if depth > _DEPTH_MAX:
            self.add("deny", "too-deep", f"a command is wrapped more than {_DEPTH_MAX} times")
            return
        outer = self.about
        only_sets = command.assignments and len(command.words) == 1 and command.words[0].text in _DECLARATIONS
        starts = command.words and not only_sets
        if starts:
            self.about = len(self.parsed)
            self.parsed.append(tuple(word.text for word in command.words))
        for name, value in command.assignments:
            self.judge_assignment(name, value, command)
        for redirect in command.redirects:
            self.judge_redirect(redirect, command)
        if starts:
            first = len(self.findings)
            self.judge_program(command, depth, soft, listed)
            if soft or self.is_known(command.words):
                kept = [finding for finding in self.findings[first:] if not (finding.soft and finding.verdict == "ask")]
                own = _Finding("allow", "known-command", "a command of the detected toolchain", self.about)
                self.findings[first:] = kept or [own]
        self.about = outer

    def is_known(self, words: tuple[Word, ...]) -> bool:
        return any(
            len(prefix) <= len(words) and all(word.plain and word.text == part for word, part in zip(words, prefix, strict=False))
            for prefix in self.known
        )

    def judge_program(self, command: Simple, depth: int, soft: bool, listed: bool) -> None:
        word, args = command.words[0], command.words[1:]
        program = None if word.dynamic or word.glob else self.program_name(word.text, command)
        argv = Argv(program=program or "", args=args, folders=command.folders, start=self.cwd)
        # First and never soft: a plugin's rule names the reason where others object too, and no toolchain overrules it.
        for rule in self.rules:
            if (program in rule.programs or _ANY_PROGRAM in rule.programs) and _matches(rule, argv):
                self.add(rule.verdict, rule.id, rule.reason)
        if command.folders is None:
            self.add("ask", "folder-unknown", "where this runs depends on a folder change that cannot be followed")
        if program is None:
            self.add("ask", "dynamic-program", "only the shell knows which program this starts")
            if set(word.programs) & policy_rules.FETCHERS:
                self.add("deny", "remote-code", "runs what it fetches")
            return
        self.judge_flow(argv, command)
        inners = tuple(unwrap(program, args, command.redirects))
        if not inners:
            self.follow_list(argv, command, listed)
        matched = [rule for rule in _rules_by_program()[0].get(program, ()) if _matches(rule, argv)]
        for rule in matched:
            self.add(rule.verdict, rule.id, rule.reason, soft=True)
        if not matched and not (inners and program in policy_rules.TRANSPARENT):
            fallback = next((rule for rule in _rules_by_program()[1].get(program, ()) if _matches(rule, argv)), None)
            if fallback:
                self.add("ask", fallback.id, fallback.reason, soft=True)
            else:
                self.add("ask", "unknown-program", f"no rule knows {program[:80]!r} with these words", soft=True)
        reads = bool(matched) and all(rule.id in policy_rules.READING_RULES for rule in matched)
        self.judge_words_of(argv, command, inners, listed, reads)
        for inner in inners:
            self.judge_inner(inner, argv, command, depth, soft or self.is_known(command.words), listed or inner.listed)
        printed = [self.printed_in_pipe[number] for number in command.pipes if number in self.printed_in_pipe]
        if program in SHELLS and printed and not inners and depth < _DEPTH_MAX:
            self.read_text(printed[-1], depth + 1, soft, command.folders, command.pipes)
        said = _printed_text(program, command)
        if said:
            self.printed_in_pipe.update(dict.fromkeys(command.pipes, said))

    def judge_inner(self, inner: Inner, argv: Argv, command: Simple, depth: int, soft: bool, listed: bool) -> None:
        for name, value in inner.assignments:
            self.judge_assignment(name, value, command)
        if inner.text is not None:
            if inner.text.dynamic:
                self.add("ask", "dynamic-text", "only the shell knows what text this runs")
                if set(inner.text.programs) & policy_rules.FETCHERS:
                    self.add("deny", "remote-code", "runs what it fetches")
            elif depth >= _DEPTH_MAX:
                self.add("deny", "too-deep", f"a command is wrapped more than {_DEPTH_MAX} times")
                return
            if listed:
                self.add("ask", "bulk-change", "puts every name of a list into shell text")
            self.read_text(inner.text.text, depth + 1, soft, command.folders, command.pipes)
            return
        if inner.words and inner.words[0].text in ("cd", "pushd", "popd"):
            self.add("ask", "hidden-folder-change", "a wrapped folder change cannot be followed")
        if inner.listed and argv.program == "xargs" and not self.is_fed_by_list(command):
            self.add("ask", "dynamic-words", "more words come from where no rule can look")
        texts = tuple(redirect for redirect in command.redirects if redirect.operator in _TEXT_REDIRECTS)
        simple = Simple(words=inner.words, redirects=texts, folders=command.folders, pipes=command.pipes)
        self.judge_simple(simple, depth + 1, soft, listed)

    def follow_list(self, argv: Argv, command: Simple, listed: bool) -> None:
        """Note whether what flows on is still a list of the worktree's files; once it is not, it never is again."""
        states = [self.lists_in_pipe[number] for number in command.pipes if number in self.lists_in_pipe]
        # Behind xargs, a filter reads the files that are named, not the names.
        good = all(states) and (lists_files(argv) or (bool(states) and not listed and filters_lines(argv)))
        self.lists_in_pipe.update(dict.fromkeys(command.pipes, good))

    def is_fed_by_list(self, command: Simple) -> bool:
        states = [self.lists_in_pipe[number] for number in command.pipes if number in self.lists_in_pipe]
        return bool(states) and all(states)

    def is_list(self, word: Word, command: Simple) -> bool:
        """Whether the word becomes names of the worktree's files."""
        if not word.output_of:
            return False
        program, *args = word.output_of
        return lists_files(Argv(program=program, args=tuple(map(Word, args)), folders=command.folders, start=self.cwd))

    def program_name(self, text: str, command: Simple) -> str:
        """The name that rules know a program by; a path of its own for what no rule can know."""
        folder, _, name = text.rpartition("/")
        if folder and folder not in _SYSTEM_FOLDERS:
            place, path = find_place(text, command.folders, self.cwd)
            if place != "inside":
                verdict: Verdict = "ask" if place == "maybe" else "deny"
                self.add(verdict, "outside-worktree", f"{text[:80]!r} lies outside the worktree")
            self.started.add(path)
            folder, _, name = path.rpartition("/")
            if name in _PROJECT_WRAPPERS:
                return _PROJECT_WRAPPERS[name]
            if not any(folder == known or folder.endswith(f"/{known}") for known in _PROJECT_FOLDERS):
                return path if "/" in path else f"./{path}"
        # Case is folded because some file systems do; `python3.12` is `python`.
        name = name.lower() if name.lower() != "rscript" else "Rscript"
        versioned = re.fullmatch(r"(python|pip|pypy|ruby|php|node)[0-9][0-9.]*", name)
        name = versioned[1] if versioned else name
        return _OTHER_NAMES.get(name, name)

    def judge_flow(self, argv: Argv, command: Simple) -> None:
        """Look at what is fed into this command: fetched or decoded text must not reach what runs text."""
        program = argv.program
        upstream: set[str] = set().union(*(self.seen_in_pipe.get(number, set()) for number in command.pipes))
        # A program with a script of its own reads the pipe as data; a shell is not given that benefit.
        runs_text = (
            program in SHELLS
            or program in policy_rules.SOURCES
            or (
                program in policy_rules.INTERPRETERS
                and all((word.text.startswith("-") and word.text != "-m") or word.text in _STDIN for word in argv.args)
            )
        )
        given = {name for word in argv.args for name in word.programs}
        if runs_text or program in policy_rules.INTERPRETERS:
            if (upstream if runs_text else set()) & policy_rules.FETCHERS or given & policy_rules.FETCHERS:
                self.add("deny", "remote-code", "runs what it fetches")
            if (upstream if runs_text else set()) & policy_rules.DECODERS or given & policy_rules.DECODERS:
                self.add("deny", "hidden-code", "runs what it decodes")
            self.started.update(word.text for word in argv.operands()[:1])
            self.started.update(redirect.target.text for redirect in command.redirects if redirect.operator == "<")
        if program == "chmod":
            self.started.update(word.text for word in argv.operands()[1:])
        if program in ("curl", "wget"):
            self.downloads.update(
                word.text.rsplit("/", 1)[-1] for word in argv.values("-o", "-O", "--output", "--output-document")
            )
            self.downloads.update(word.text.rsplit("/", 1)[-1] for word in argv.operands())
        if program in policy_rules.FETCHERS or upstream & policy_rules.FETCHERS:
            self.downloads.update(r.target.text.rsplit("/", 1)[-1] for r in command.redirects if ">" in r.operator)
            if program == "tee":
                self.downloads.update(word.text.rsplit("/", 1)[-1] for word in argv.operands())
        for number in command.pipes:
            self.seen_in_pipe.setdefault(number, set()).add(program)

    def judge_words_of(self, argv: Argv, command: Simple, inners: Sequence[Inner], listed: bool, reads: bool) -> None:
        """Look at the words as paths, and at words that nobody can read; an inner command's words are its own matter."""
        program = argv.program
        use = _path_uses().get(program)
        changes = use in ("write", "copy") or (program == "sed" and (argv.has("-i") or argv.has("--in-place")))
        if listed and changes:
            self.add("ask", "bulk-change", "changes every file of a list")
        dynamic = [word for word in argv.args if word.dynamic and not (reads and self.is_list(word, command))]
        if program not in policy_rules.ANY_WORDS and not inners and dynamic:
            self.add("ask", "dynamic-words", "only the shell knows all of its words")
        known = program in _rules_by_program()[0] or program in _rules_by_program()[1]
        if use == "none" or not known or (inners and program in SHELLS):
            return
        operands = argv.operands()
        skipped = {id(word) for inner in inners for word in inner.words} | set(map(id, argv.values(*_TEXT_OPTIONS)))
        if use == "pattern":
            skipped.update(map(id, argv.values(*_SCRIPT_OPTIONS) or operands[:1]))
        if program in ("chmod", "chown", "chgrp"):
            skipped.update(map(id, operands[:1]))
        sources = operands[:-1] if program == "cp" and not (argv.has("-t") or argv.has("--target-directory")) else ()
        for word in argv.args:
            if not word.dynamic and id(word) not in skipped:
                for text in path_texts(word):
                    self.judge_path(text, command, changes and word not in sources)

    def judge_path(self, text: str, command: Simple, written: bool) -> None:
        place, path = find_place(text, command.folders, self.cwd)
        shown = repr(text[:80])
        if place == "outside":
            self.add("deny", "outside-worktree", f"{shown} lies outside the worktree")
        elif place == "device":
            self.add("deny", "device", f"{shown} is a device")
        elif place == "network":
            self.add("deny", "exfiltration", f"{shown} is a connection to another machine")
        elif place == "maybe":
            self.add("ask", "folder-unknown", f"whether {shown} lies in the worktree depends on a folder change")
        elif place == "inside" and written:
            rule = denied_rule(path)
            if rule:
                self.add("deny", rule, f"{shown} must not be changed by a command")
            elif is_protected(path):
                self.add("ask", "protected-path", f"{shown} is protected")
        elif place == "inside" and is_secret(path):
            self.add("ask", "secret-file", f"{shown} may hold a secret")

    def judge_redirect(self, redirect: Redirect, command: Simple) -> None:
        if redirect.operator in _TEXT_REDIRECTS:
            return
        if redirect.target.dynamic:
            self.add("ask", "dynamic-words", "only the shell knows which file this opens")
            return
        self.judge_path(redirect.target.text, command, ">" in redirect.operator)

    def judge_assignment(self, name: str, value: Word, command: Simple) -> None:
        folded = name.upper()
        if name in policy_rules.ALLOWED_VARIABLES and not value.dynamic:
            self.add("allow", "known-variable", f"{name} only changes how known tools report")
            if name in ("PYTHONPATH", "COVERAGE_FILE"):
                for part in value.text.split(":"):
                    self.judge_path(part, command, False)
            return
        for prefix, rule in policy_rules.DENIED_VARIABLES.items():
            if folded.startswith(prefix):
                self.add("deny", rule, f"{name[:80]} has no place in a project's command")
                return
        self.add("ask", "unknown-variable", f"{name[:80]} may change what a program does")


def _printed_text(program: str, command: Simple) -> str:
    """The text that a command surely prints, as far as its words say."""
    words = [word.text for word in command.words[1:]]
    if program == "echo":
        return " ".join(words)
    if program == "printf":
        # The format may print the rest, or be all there is.
        return "\n".join((*words[:1], " ".join(words[1:])))
    if program == "cat":
        return "\n".join(redirect.target.text for redirect in command.redirects if redirect.operator in _TEXT_REDIRECTS)
    return ""


def _as_rule(rule: PolicyRule) -> Rule:
    return Rule(
        id=_full_id(rule),
        verdict=rule.verdict,
        reason=rule.reason,
        programs=rule.programs,
        examples=rule.examples,
        sub=rule.sub,
        has=rule.has,
        lacks=rule.lacks,
    )


def _as_step(argv: tuple[str, ...], finding: _Finding) -> PolicyStep:
    return PolicyStep(argv=argv, verdict=finding.verdict, rule=finding.rule, reason=finding.reason)


def _join_folders(outer: tuple[str, ...] | None, inner: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if outer is None or inner is None:
        return None
    if outer == (".",):
        return inner
    joined = tuple(dict.fromkeys(part if part[:1] in "/~" else f"{whole}/{part}" for whole in outer for part in inner))
    return joined if len(joined) <= 16 else None


def _matches(rule: Rule, argv: Argv) -> bool:
    if rule.has and not any(argv.has(option) for option in rule.has):
        return False
    if any(argv.has(option) for option in rule.lacks):
        return False
    if not all(any(word.text in group for word in argv.args) for group in rule.needs):
        return False
    operands = argv.operands()
    if rule.sub and not any(matches_words(operands, pattern) for pattern in rule.sub):
        return False
    if rule.only and not all(any(fnmatchcase(word.text, pattern) for pattern in rule.only) for word in operands):
        return False
    return not rule.check or CHECKS[rule.check](argv)
