"""What a plugin is tried on: small sane material, and material made by someone who means no good."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from autopack.decide.claims import verify_claims
from autopack.effects.scan import FileWorkspace, open_folder
from autopack.model.attempt import Attempt, CheckResult, FileChange
from autopack.model.draft import Claim, Draft, Span
from autopack.model.event import Event
from autopack.model.failure import Failure, Pattern
from autopack.model.intent import Intent, IntentConstraint, IntentText
from autopack.model.plan import Budget, Deliverable, Phase, Plan, PlanCommand, PlanPath, PlanSource, Provenance, Question, Scope
from autopack.model.toolchain import HERE, Check, Command, CommandResult, Toolchain
from autopack.model.workspace import Workspace
from autopack.stages.read import read_draft

HUGE = 200_000

MANIFESTS = (
    "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock", "tox.ini",
    "pytest.ini", "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "tsconfig.json", "go.mod", "go.sum",
    "go.work", "Cargo.toml", "Cargo.lock", "pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "Gemfile",
    "Gemfile.lock", "composer.json", "composer.lock", "mix.exs", "app.csproj", "app.sln", "CMakeLists.txt", "Makefile",
    "justfile", "Taskfile.yml", "Dockerfile", ".tool-versions", ".github/workflows/ci.yml", "AGENTS.md", "CLAUDE.md",
    "CONTRIBUTING.md", "README.md", "build.zig", "build.zig.zon", "plan.yaml", "src/app.py", "tests/test_app.py",
)  # fmt: skip

SMALL: dict[str, str] = {
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n\n[dependency-groups]\ndev = ["pytest"]\n',
    "package.json": '{"name": "app", "version": "1.0.0", "scripts": {"build": "tsc", "test": "node --test"}}\n',
    "package-lock.json": '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {}}\n',
    "go.mod": "module example.org/app\n\ngo 1.22\n",
    "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
    "pom.xml": "<project><modelVersion>4.0.0</modelVersion><artifactId>app</artifactId><version>1</version></project>\n",
    "Makefile": "test:\n\tpython -m pytest\n",
    "build.zig": 'const std = @import("std");\n',
    "AGENTS.md": "# Rules\n\n- Always run the tests.\n- Never edit `src/old.py`.\n",
    "README.md": "# App\n\nRun `pytest`.\n",
    "src/app.py": "def double(number):\n    return number * 2\n",
    "tests/test_app.py": "from app import double\n\n\ndef test_double():\n    assert double(2) == 4\n",
}

_ODD = "\x01\x08\x0b\x1b[31m\x1b]0;x\x07\x7f\u200b\u202e\ufeff"
_CONTENTS: dict[str, bytes] = {
    "empty files": b"",
    "NUL bytes": b"\0" * 64,
    "binary files": bytes(range(256)) * 8,
    "broken TOML": b'[project\nname = "x\n[[a]]\na = {b = \n',
    "broken JSON": b'{"scripts": {"test": "x",, }\n',
    "JSON of the wrong types": b'{"name": 1, "scripts": 3, "workspaces": {"a": []}, "dependencies": [null], "packages": "x"}',
    "JSON that is no object": b'[null, 1e999, "\\ud800"]',
    "TOML of the wrong types": b'project = 3\ntool = [1]\nbuild-system = "x"\npackage = true\nworkspace = 1979-05-27\n',
    "deep nesting": b"[" * 50_000,
    "deep TOML": b"a = " + b"[" * 5_000,
    "one huge line": b"x" * HUGE,
    "one huge line of marks": b"- `a` " * (HUGE // 6),
    "control characters": _ODD.encode() * 40,
    "XML entities": b'<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><project>&b;<modules>\n',
}

PLAN = """# Double numbers

Goal: `double` accepts strings.

## Phase 1: Core

- [ ] Change `src/app.py` so that `double("2")` returns 4
- [x] Write it down in `README.md`

Run `python -m pytest tests/test_app.py`.

### Non-goals

- No new dependencies

## Phase 2: Tests (after phase 1)

1. Add tests to `tests/test_app.py`

```python
# tests/test_more.py
def test_more():
    assert True
```

Acceptance: all tests pass.
"""

_DIFF = """diff --git a/src/app.py b/src/app.py
--- a/src/app.py
+++ b/src/app.py
@@ -1,2 +1,2 @@
 def double(number):
-    return number * 2
+    return int(number) * 2
"""

_DRAFTS: dict[str, str] = {
    "a small plan": PLAN,
    "a plan with CRLF": PLAN.replace("\n", "\r\n"),
    "a diff": _DIFF,
    "a plan in JSON": '{"title": "x", "phases": [{"title": 1, "items": null}, [], "y"], "deep": ' + "[" * 40 + "]" * 40 + "}",
    "one character": "x",
    "only marks": "#\n-\n1.\n> \n| | |\n```\n",
    "a broken front matter": "---\na: [b\n---\n- [ ] x\n",
    "one huge line": "- [ ] " + "word `src/app.py` " * (HUGE // 18),
    "one huge word": "a" * HUGE,
    "huge line of backticks": "`" * HUGE,
    "control characters": "# " + _ODD + "\n\n- [ ] " + _ODD + "`src/" + _ODD + ".py`\n",
    "deep lists": "\n".join("  " * level + "- [ ] `a.py`" for level in range(25)),
    "hostile paths": "- [ ] Edit `/etc/passwd`, `../../x`, `~/.ssh/id`, `a/../../b`, `C:\\x`\n\nRun `rm -rf /; cd /x && make`.\n",
    "many items": "\n".join(f"- [ ] Change `src/f{number}.py`" for number in range(300)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The arguments of one question, under a name for people."""

    name: str
    arguments: Mapping[str, Any]


class Samples:
    """Samples for every hook, made once; `folder` holds `small` and perhaps `given` (files) and `plans` from the author."""

    def __init__(self, folder: Path) -> None:
        small = open_folder(folder / "small")
        self._small: Workspace = small
        sane: dict[str, Workspace] = {"a small project": small, "an empty folder": _in_memory({})}
        plans = {}
        if (folder / "given").is_dir():
            sane["the files of the test"] = open_folder(folder / "given")
        written = open_folder(folder / "plans")
        for path in written.paths():
            plans[f"the plan {path.stem} of the test"] = written.read_text(path) or ""
        odd = {
            f"src/{_ODD.strip()}/pyproject.toml": b"[project]\n",
            "a b/'$(x)`/go.mod": b"module x\n",
            "-rf/package.json": b"{}",
        }
        hostile = {name: _in_memory(dict.fromkeys(MANIFESTS, content)) for name, content in _CONTENTS.items()}
        self._sane = sane
        self._workspaces: dict[str, Workspace] = {**sane, **hostile, "odd names": _in_memory(odd)}
        self._plans = plans | _DRAFTS
        self._phase = _phase()

    def of(self, hook: str, found: Mapping[str, Sequence[Any]]) -> Iterator[Sample]:
        """Samples for a hook; `found` holds what the plugin answered to other hooks so far: toolchains, patterns."""
        toolchains = (*found.get("detect_toolchain", ())[:2], _TOOLCHAIN)
        match hook:
            case "detect_toolchain" | "find_tasks":
                yield from (Sample(name=name, arguments={"workspace": one}) for name, one in self._workspaces.items())
            case "read_result":
                for name, result in _results().items():
                    yield Sample(name=name, arguments={"toolchain": _TOOLCHAIN, "result": result})
                yield Sample(name="no toolchain", arguments={"toolchain": None, "result": _results()["a green pytest"]})
            case "narrow_tests":
                for toolchain in toolchains:
                    for paths in ((), ("src/app.py", "tests/test_app.py"), ("/etc/passwd", "../x", "-rf", _ODD, "a" * HUGE)):
                        name = f"{toolchain.key}, {len(paths)} paths"
                        yield Sample(name=name, arguments={"toolchain": toolchain, "paths": paths})
            case "answer_question":
                for name, draft in self._drafts.items():
                    for number, question in enumerate(_QUESTIONS, start=1):
                        arguments = {"question": question, "draft": draft, "limit_tokens": 0}
                        yield Sample(name=f"{name}, question {number}", arguments=arguments)
            case "review_plan":
                for name, workspace in self._workspaces.items():
                    yield Sample(name=name, arguments={"plan": _plan(self._phase), "workspace": workspace})
                empty = replace(_plan(self._phase), phases=(), status="not_actionable", title=None)
                yield Sample(name="a plan without phases", arguments={"plan": empty, "workspace": self._small})
            case "inject_intent":
                for name, workspace in self._workspaces.items():
                    for target in ("manifest", "builder", "audit", "diagnosis", "replan") if name in self._sane else ("builder",):
                        for limit in (0, 40, 4000):
                            arguments = {"intent": _INTENT, "target": target, "limit": limit, "workspace": workspace}
                            yield Sample(name=f"{name}, {target}, {limit} characters", arguments=arguments)
            case "audit_phase":
                for name, attempt in self._attempts():
                    checks = attempt.results
                    change = {"attempt": attempt, "change": attempt.changes, "results": checks, "baseline": checks}
                    yield Sample(name=name, arguments=change)
            case "mitigate_failure":
                failures = [*_FAILURES, *(_as_failure(pattern) for pattern in found.get("failure_patterns", ()))]
                for name, attempt in self._attempts():
                    for failure in failures:
                        yield Sample(name=f"{failure.kind} in {name}", arguments={"failure": failure, "attempt": attempt})
            case "observe":
                yield from (Sample(name=f"the event {one.type}", arguments={"event": one}) for one in _EVENTS)
            case "normalize_plan":
                raise ValueError("a plan is read in rounds: see `rounds`")
            case _:
                yield Sample(name="", arguments={})

    def rounds(self, toolchains: Sequence[Toolchain]) -> Iterator[tuple[str, PlanReading]]:
        """Plans to read, each in its rounds."""
        for name, draft in self._drafts.items():
            workspaces = self._sane if name == "a small plan" or "of the test" in name else {"a small project": self._small}
            for place, workspace in workspaces.items():
                yield f"{name} in {place}", PlanReading(draft, workspace, tuple(toolchains))
        for name, workspace in self._workspaces.items():
            if name not in self._sane:
                yield f"a small plan among {name}", PlanReading(self._drafts["a small plan"], workspace, tuple(toolchains))

    @functools.cached_property
    def _drafts(self) -> dict[str, Draft]:
        return {name: read_draft(text.encode(), "plan.md") for name, text in self._plans.items()}

    def _attempts(self) -> Iterator[tuple[str, Attempt]]:
        attempt = Attempt(
            run_id="r",
            phase=self._phase,
            number=1,
            tree="1" * 40,
            base_tree="0" * 40,
            workspace=self._small,
            toolchains=(_TOOLCHAIN,),
            changes=(_change("src/app.py"), _change("tests/test_more.py")),
            results=tuple(_check_result(result) for result in _results().values()),
        )
        yield "a small project", attempt
        odd = tuple(_change(path) for path in ("../x", "/etc/passwd", _ODD, "a" * HUGE))
        bare = replace(attempt, changes=odd, results=(), toolchains=())
        for name, workspace in self._workspaces.items():
            if name != "a small project":
                yield name, replace(bare, workspace=workspace)


class PlanReading:
    """One plan read round by round, as the host does it: each round sees what the rounds before it found."""

    def __init__(self, draft: Draft, workspace: Workspace, toolchains: tuple[Toolchain, ...]) -> None:
        self._draft, self._workspace, self._toolchains = draft, workspace, toolchains

    def arguments(self, round: str) -> dict[str, Any]:
        return {"draft": self._draft, "workspace": self._workspace, "toolchains": self._toolchains, "round": round}

    def learn(self, claims: Sequence[Claim]) -> None:
        self._draft = replace(self._draft, known=self._draft.known + verify_claims(claims, self._draft))


def _in_memory(files: Mapping[str, bytes]) -> FileWorkspace:
    content = {PurePosixPath(name): data for name, data in files.items()}
    return FileWorkspace("sample", tuple(sorted(content)), content.get)


def _results() -> dict[str, CommandResult]:
    argv = ("python", "-m", "pytest")
    head = "============ test session starts ============\ncollected 2 items\n\n"
    green = f"{head}tests/test_app.py ..   [100%]\n\n== 2 passed in 0.01s ==\n"
    end = "FAILED tests/test_app.py::test_double - assert 1 == 2\n== 1 failed, 1 passed in 0.01s ==\n"
    red = f"{head}tests/test_app.py .F   [100%]\n\n{end}"
    xml = "<testsuites><testsuite tests='-1' failures='x'><testcase name=''/>" + "<a>" * 2000
    return {
        "a green pytest": CommandResult(argv=argv, exit_code=0, stdout=green, files=(("junit.xml", "<testsuites/>"),)),
        "a red pytest": CommandResult(argv=argv, exit_code=1, stdout=red),
        "no output": CommandResult(argv=argv, exit_code=0),
        "no words": CommandResult(argv=("",), exit_code=0),
        "a missing program": CommandResult(argv=("pytest",), exit_code=127, missing="pytest"),
        "a timeout": CommandResult(argv=argv, exit_code=-9, stdout=green[:60], timed_out=True, truncated=True),
        "one huge line": CommandResult(argv=argv, exit_code=1, stdout="F" * HUGE, stderr=" = passed" * (HUGE // 9)),
        "many lines": CommandResult(argv=argv, exit_code=1, stdout="FAILED a::b - x\n" * 5000),
        "control characters": CommandResult(argv=argv, exit_code=1, stdout=_ODD * 100 + "\0\ufffd", stderr=_ODD),
        "huge numbers": CommandResult(
            argv=argv, exit_code=0, stdout=f"== {'9' * 6000} passed in 1s ==\nRan {'9' * 6000} tests in 0s\n\nOK\n"
        ),
        "broken result files": CommandResult(
            argv=argv, exit_code=0, files=(("junit.xml", xml), (_ODD, "\0"), ("report.json", "["))
        ),
    }


def _as_failure(pattern: Pattern) -> Failure:
    try:
        found = re.search(pattern.regex, pattern.example[:4096])
    except (re.error, OverflowError, RecursionError):
        found = None
    captures = tuple((name, text or "") for name, text in sorted(found.groupdict().items())) if found else ()
    return Failure(kind=pattern.kind, signature="0" * 12, line=pattern.example, captures=captures, check="c1")


def _check_result(result: CommandResult) -> CheckResult:
    check = Check(id="c1", command=_TOOLCHAIN.test[0], kind="test", origin="stated", toolchain=_TOOLCHAIN.key)
    green = result.exit_code == 0
    return CheckResult(check=check, state="passed" if green else "failed", reason="", result=result, failures=_FAILURES[:1])


def _change(path: str) -> FileChange:
    blob = "0" * 40
    return FileChange(path=path, status="modified", old_mode="100644", new_mode="100755", old_blob=blob, new_blob="1" * 40)


_TOOLCHAIN = Toolchain(
    name="python",
    package_manager="pip",
    root=HERE,
    confidence=0.9,
    evidence=("pyproject.toml",),
    test=(Command(argv=("python", "-m", "pytest")),),
    manifests=(PurePosixPath("pyproject.toml"),),
)

_FAILURES = (
    Failure(
        kind="python:ModuleNotFoundError",
        signature="0" * 12,
        line="ModuleNotFoundError: No module named 'requests'",
        captures=(("module", "requests"),),
        check="c1",
        exit_code=1,
    ),
    Failure(kind="timeout", signature="1" * 12, line="", timed_out=True, exit_code=-9),
    Failure(kind="other", signature="2" * 12, line=_ODD + "x" * HUGE, ids=(_ODD,), captures=(("module", "../" + _ODD), ("", ""))),
)

_QUESTIONS = (
    Question(id="q1", field="/phases/0/scope", question="Which file?", blocking=True, options=("src/app.py", "README.md")),
    Question(id="q2", field="", question=_ODD, blocking=False, source=Span(start=1, end=1)),
)

_EVENTS = (
    Event(seq=1, at="2026-01-01T00:00:00Z", type="run.started", run_id="r", facts={"plan": "0" * 64}),
    Event(seq=2, at="", type="check.finished", run_id="", facts={}),
    Event(seq=3, at=_ODD, type="of.the.future", run_id=_ODD, facts={"deep": [{"x": [None, True, 1.5]}], _ODD: "x" * HUGE}),
)

_TEXT = IntentText(text="`double` accepts strings", origin="stated", source="0" * 64, line=3)
_INTENT = Intent(
    project_id="app",
    created_at="2026-01-01T00:00:00Z",
    raw_input_digest="0" * 64,
    intent_anchor="Goal: `double` accepts strings.",
    intent_facts=(_TEXT,),
    non_goals=(),
    acceptance_criteria=(_TEXT,),
    constraints=(IntentConstraint(text=_ODD, origin="inferred", source="", kind="tech"),),
    toolchain_hypotheses=(),
    open_questions=(),
)


def _phase() -> Phase:
    origin = Provenance(origin="stated", confidence=0.9, rule="sample:text", source=Span(start=5, end=8))
    facts: dict[str, Any] = {"origin": "stated", "confidence": 0.9, "rule": "sample:text", "source": Span(start=7, end=7)}
    path = PlanPath(path="src/app.py", role="modify", exists=True, **facts)
    return Phase(
        id="p1",
        title="Core",
        deliverables=(Deliverable(id="d1", title="Change `src/app.py`", paths=(path,), **facts),),
        scope=Scope(paths=(path,)),
        validation=(PlanCommand(run="python -m pytest", argv=("python", "-m", "pytest"), kind="test", **facts),),
        budget=Budget(max_files=5, max_tokens=1000, max_minutes=5, max_attempts=2),
        provenance={"title": origin},
    )


def _plan(phase: Phase) -> Plan:
    source = PlanSource(sha256="0" * 64, format="markdown", format_confidence=0.9, name="plan.md")
    return Plan(status="ready", source=source, phases=(phase,), open_questions=_QUESTIONS, provenance={}, title="Double numbers")
