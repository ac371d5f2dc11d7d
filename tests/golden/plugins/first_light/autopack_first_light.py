"""A plugin as its author left it at version 0.1: every hook, and every model type an answer needs.  Never to be changed."""

from pathlib import PurePosixPath

from autopack import hookimpl
from autopack.errors import WrongUse
from autopack.model.attempt import BuildResult, Finding, Fragment
from autopack.model.draft import Claim, CommandValue, GroupValue, PathValue, Span, TextValue
from autopack.model.failure import AskScope, EditFile, Hint, Mitigation, Pattern, Run, UseCommand, Wait
from autopack.model.specs import Answer, BuilderSpec, EmbedderSpec, LauncherSpec
from autopack.model.toolchain import Command, FailedTest, TestReport, Toolchain

MARK = "lantern.cfg"
COMMAND = Command(argv=("lantern", "test"), cwd=PurePosixPath("."), env=(("LANTERN", "{env}"),))


@hookimpl
def detect_toolchain(workspace):
    return [
        Toolchain(
            name="lantern",
            package_manager="wick",
            root=path.parent,
            confidence=0.9,
            evidence=(str(path),),
            prepare=(Command(argv=("wick", "init")),),
            install=(Command(argv=("wick", "fetch"), cwd=path.parent),),
            build=(Command(argv=("lantern", "build")),),
            test=(COMMAND,),
            smoke=(Command(argv=("lantern", "--version")),),
            env=(("WICK_HOME", "{cache}"),),
            manifests=(path,),
            scratch=("wax",),
            tool_roots=(),
        )
        for path in workspace.named(MARK)
        if workspace.exists(path) and workspace.read_text(path, 10_000) is not None
    ]


@hookimpl
def read_result(result):
    lines = result.stdout.splitlines()
    if not lines or lines[0] != "lantern":
        return None
    passed = tuple(line[5:] for line in lines if line.startswith("lit: "))
    failed = tuple(FailedTest(id=line[6:], message="no light") for line in lines if line.startswith("dark: "))
    return TestReport(runner="lantern", ran=len(passed) + len(failed), passed=passed, failed=failed, skipped=())


@hookimpl
def narrow_tests(toolchain, paths):
    if toolchain.name != "lantern" or not paths:
        return None
    return Command(argv=("lantern", "test", "--changed"), cwd=toolchain.root)


@hookimpl
def normalize_plan(draft, round):
    claims = []
    for number, line in enumerate(draft.lines, start=1):
        if not line.startswith("light: "):
            continue
        here = Span(start=number, end=number)
        name = line[7:60].strip()
        if round == "items" and name.isalnum():
            value = GroupValue(title=name, extent=here)
            claims.append(Claim(field="item", value=value, origin="stated", confidence=0.9, rule="light", span=here))
        if round == "details":
            value = PathValue(path="lamps/all.txt", role="modify")
            claims.append(Claim(field="path", value=value, origin="inferred", confidence=0.5, rule="lamp", evidence=(MARK,)))
            text = TextValue(text="Which lamp?", options=("left", "right"), default="left")
            claims.append(Claim(field="question", value=text, origin="inferred", confidence=0.5, rule="which", span=here))
        if round == "checks" and draft.known:
            value = CommandValue(run="lantern test", argv=("lantern", "test"), kind="test")
            claims.append(Claim(field="check", value=value, origin="inferred", confidence=0.5, rule="check", span=here))
    return claims


@hookimpl
def answer_question(question):
    return Answer(option=question.options[0], cost=0, reason="the first") if "left" in question.options else None


@hookimpl
def review_plan(plan):
    if plan.title == "Darkness":
        return [Finding(rule="no-darkness", severity="block", message="a plan for darkness", hint="plan for light", line=1)]
    return []


@hookimpl
def inject_intent(target, limit):
    if target != "builder" or limit < 40:
        return None
    return Fragment(title="Lanterns", text="Keep them lit.", sources=(f"{MARK}:1",))


class Lamplighter:
    def __init__(self, words):
        if words == "dark":
            raise WrongUse("a lamplighter needs light", hint="give another word")

    def build(self, request, bench):
        path = PurePosixPath("lamps/all.txt")
        before = bench.read_bytes(path) or b""
        bench.write_bytes(path, before + b"lit\n")
        return BuildResult(ok=True, message=f"lit for {request.phase.id}", tokens=0)


@hookimpl
def builders():
    return [BuilderSpec(name="lamplighter", factory=Lamplighter, summary="lights all lamps", carried=False, network="none")]


@hookimpl
def launchers():
    return [LauncherSpec(name="lamp-post", factory=str, summary="one lamp a machine")]


@hookimpl
def embedders():
    return [EmbedderSpec(name="glow", factory=str, summary="warmth of a text", dimensions=3)]


@hookimpl
def audit_phase(attempt, change, results, baseline):
    return [
        Finding(rule="no-wax", severity="ask", message=f"phase {attempt.phase.id!r} touched wax", path=one.path)
        for one in change
        if one.path.startswith("wax/")
    ]


@hookimpl
def failure_patterns():
    return [Pattern(kind="lantern:Dark", regex=r"^dark: (?P<lamp>\w+)$", example="dark: left", rank=10)]


@hookimpl
def mitigate_failure(failure):
    if failure.kind != "lantern:Dark":
        return None
    steps = (
        Run(command=Command(argv=("wick", "trim")), toolchain="lantern@."),
        EditFile(path="lamps/all.txt", text="lit\n"),
        UseCommand(check=failure.check, command=COMMAND),
        Wait(seconds=1.0),
        AskScope(paths=("lamps/all.txt",)),
        Hint(text=f"light {dict(failure.captures).get('lamp', 'one')}"),
    )
    return Mitigation(name="trim", reason="a dark lamp", confidence=0.5, steps=steps, feature="", ask="")


SEEN = []


@hookimpl
def observe(event):
    SEEN.append((event.seq, event.type, event.fact("plan", "")))
