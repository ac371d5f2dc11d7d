"""Loading and asking plugins."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import structlog

from autopack import __version__, hookimpl
from autopack.decide.regex import has_nested_quantifier
from autopack.errors import PluginBroken
from autopack.model.attempt import Finding
from autopack.model.failure import Pattern
from autopack.model.plugin import Answered, PluginFault, PluginRecord
from autopack.model.policy import PolicyRule
from autopack.model.specs import BuilderSpec
from autopack.model.toolchain import HERE, Toolchain
from autopack.plugins import Plugins, assemble_plugins, discover, load_plugins

NARROW = {"toolchain": None, "paths": ()}
AUDIT = {"attempt": None, "change": (), "results": (), "baseline": ()}


def record(name: str) -> PluginRecord:
    return PluginRecord(name=name, version="1.0", origin="path", package=f"autopack-{name}")


def assemble(**plugins: object) -> Plugins:
    return assemble_plugins([(record(name), plugin) for name, plugin in plugins.items()])


def toolchain(name: str) -> Toolchain:
    return Toolchain(name=name, package_manager="x", root=HERE, confidence=0.9, evidence=())


def pattern(regex: str, example: str) -> Pattern:
    return Pattern(kind="x:Y", regex=regex, example=example)


def builder(name: str) -> BuilderSpec:
    return BuilderSpec(name=name, factory=lambda words: None, summary="")  # type: ignore[arg-type, return-value]


class Detects:
    """Answers `detect_toolchain` with whatever it was given, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    @hookimpl
    def detect_toolchain(self) -> object:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class Guards(Detects):
    @hookimpl
    def audit_phase(self, change: object) -> object:
        return self.detect_toolchain()


class Offers:
    def __init__(self, *, builders: Sequence[BuilderSpec] = (), patterns: Sequence[Pattern] = ()) -> None:
        self.offered, self.known = builders, patterns

    @hookimpl
    def builders(self) -> Sequence[BuilderSpec]:
        return self.offered

    @hookimpl
    def failure_patterns(self) -> Sequence[Pattern]:
        return self.known


def install(site: Path, package: str, name: str, body: str) -> None:
    """Put a plugin of one module on disk as a package manager would."""
    module = package.replace("-", "_")
    (site / f"{module}.py").write_text(f"from autopack import hookimpl\n{body}\n")
    metadata = site / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[autopack]\n{name} = {module}\n")


PATTERNS = """
from autopack.model.failure import Pattern

@hookimpl
def failure_patterns():
    return [Pattern(kind="{kind}", regex="a", example="a")]
"""
BUILDERS = "@hookimpl\ndef builders():\n    return []"


def test_answers_come_in_name_order_however_the_plugins_were_found() -> None:
    plugins = {name: Detects([toolchain(name)]) for name in ("b", "a", "c")}
    expected = tuple(Answered(package=f"autopack-{name}", value=(toolchain(name),)) for name in ("a", "b", "c"))
    assert assemble(**plugins).ask("detect_toolchain", workspace=None) == expected
    assert assemble(**dict(sorted(plugins.items(), reverse=True))).ask("detect_toolchain", workspace=None) == expected


def test_the_order_of_the_import_path_does_not_change_the_order_of_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("zebra", "ant"):
        (tmp_path / name).mkdir()
        install(tmp_path / name, f"autopack-order-{name}", name, PATTERNS.format(kind=name))
    orders = []
    for first, last in (("ant", "zebra"), ("zebra", "ant")):
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(tmp_path / last))
            patch.syspath_prepend(str(tmp_path / first))
            orders.append([p.kind for p in load_plugins(only=["ant", "zebra"]).patterns()])
    assert orders == [["ant", "zebra"], ["ant", "zebra"]]


def test_who_says_nothing_is_left_out() -> None:
    assert assemble(a=Detects(None), b=Detects([])).ask("detect_toolchain", workspace=None) == ()


def test_a_raising_plugin_costs_only_its_own_answer() -> None:
    plugins = assemble(a=Detects(SystemExit(3)), b=Detects([toolchain("b")]), c=Detects(RecursionError("deep")))
    assert plugins.ask("detect_toolchain", workspace=None) == (Answered(package="autopack-b", value=(toolchain("b"),)),)
    assert [(fault.package, fault.hook, fault.message.rpartition(" ")[0]) for fault in plugins.faults] == [
        ("autopack-a", "detect_toolchain", "SystemExit: 3"),
        ("autopack-c", "detect_toolchain", "RecursionError: deep"),
    ]


def test_the_same_fault_is_told_once() -> None:
    plugins = assemble(a=Detects(ValueError("no")))
    plugins.ask("detect_toolchain", workspace=None)
    plugins.ask("detect_toolchain", workspace=None)
    assert len(plugins.faults) == 1


def test_a_plugin_that_keeps_everybody_waiting_is_named_and_its_answer_counts() -> None:
    class Sleeper:
        @hookimpl
        def detect_toolchain(self) -> list[Toolchain]:
            time.sleep(0.02)
            return [toolchain("a")]

    plugins = assemble_plugins([(record("a"), Sleeper()), (record("b"), Detects([toolchain("b")]))], slow_s=0.01)
    assert [answer.package for answer in plugins.ask("detect_toolchain", workspace=None)] == ["autopack-a", "autopack-b"]
    message = "it took more than 0.01 s to answer"
    assert plugins.faults == (PluginFault(package="autopack-a", hook="detect_toolchain", message=message, kind="slow"),)


def test_what_a_plugin_uses_that_will_go_is_noted_and_still_works() -> None:
    class Old:
        @hookimpl
        def narrow_tests(self, paths: object) -> None: ...

    deprecated = {"narrow_tests.paths": "take `changes`", "builders": "offer `makers`"}
    plugins = assemble_plugins([(record("old"), Old()), (record("new"), Detects(None))], deprecated=deprecated)
    assert [(one.name, one.fault, one.notes) for one in plugins.records] == [
        ("new", None, ()),
        ("old", None, ("it uses narrow_tests.paths, which will go: take `changes`",)),
    ]


def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        assemble(a=Detects(KeyboardInterrupt())).ask("detect_toolchain", workspace=None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ValueError("cannot read"), "ValueError: cannot read"),
        (SystemExit(0), "SystemExit: 0"),
        ("fine", "answered str, not a sequence of Finding"),
        ([True], "answered bool, not Finding"),
        (
            [Finding(rule="r", severity="blok", message="m")],  # type: ignore[arg-type]
            "answered a Finding that does not fit: Finding.severity: 'blok' is not one of 'note', 'ask', 'block'",
        ),
    ],
)
def test_a_guard_that_cannot_judge_blocks(answer: object, reason: str) -> None:
    plugins = assemble(guard=Guards(answer))
    [answered] = plugins.ask("audit_phase", **AUDIT)
    [finding] = answered.value
    assert (finding.rule, finding.severity, finding.package) == ("guard-raised", "block", "autopack-guard")
    assert finding.message.startswith(f"the guard autopack-guard could not judge (audit_phase): {reason}")
    assert plugins.faults[0].message.startswith(reason)


def test_a_guard_without_objection_stays_quiet() -> None:
    assert assemble(guard=Guards([]), other=Guards(None)).ask("audit_phase", **AUDIT) == ()


def test_answers_carry_the_name_of_their_package() -> None:
    finding = Finding(rule="r", severity="note", message="m", package="autopack-somebody-else")
    [answered] = assemble(guard=Guards([finding])).ask("audit_phase", **AUDIT)
    assert answered.value == (Finding(rule="r", severity="note", message="m", package="autopack-guard"),)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ([1], "answered int, not Toolchain"),
        (toolchain("x"), "answered Toolchain, not a sequence of Toolchain"),
        ((t for t in [toolchain("x")]), "answered generator, not a sequence of Toolchain"),
    ],
)
def test_an_answer_of_the_wrong_type_is_a_fault(answer: object, fault: str) -> None:
    plugins = assemble(a=Detects(answer))
    assert plugins.ask("detect_toolchain", workspace=None) == ()
    assert plugins.faults == (PluginFault(package="autopack-a", hook="detect_toolchain", message=fault, kind="misfit"),)


def test_the_answer_to_an_event_is_ignored() -> None:
    class Observer:
        @hookimpl
        def observe(self, event: object) -> object:
            return event

    plugins = assemble(a=Observer())
    assert (plugins.ask("observe", event="x"), plugins.faults) == ((), ())


def test_what_a_plugin_prints_stays_out_of_the_results(capsys: pytest.CaptureFixture[str]) -> None:
    class Chatty:
        @hookimpl
        def detect_toolchain(self) -> None:
            print("hello")

    assemble(a=Chatty()).ask("detect_toolchain", workspace=None)
    assert capsys.readouterr() == ("", "hello\n")


def test_log_lines_of_a_plugin_carry_its_name() -> None:
    class Curious:
        @hookimpl
        def narrow_tests(self) -> None:
            seen.update(structlog.contextvars.get_contextvars())

    seen: dict[str, object] = {}
    assemble(a=Curious()).ask("narrow_tests", **NARROW)
    assert (seen, structlog.contextvars.get_contextvars()) == ({"plugin": "autopack-a"}, {})


def test_the_host_must_pass_exactly_the_arguments_of_the_hook() -> None:
    with pytest.raises(TypeError, match="narrow_tests takes toolchain, paths"):
        assemble().ask("narrow_tests", paths=())


def test_a_fault_is_logged_with_the_name_of_the_plugin() -> None:
    with structlog.testing.capture_logs() as logged:
        assemble(a=Detects([1])).ask("detect_toolchain", workspace=None)
    assert logged == [
        {
            "event": "plugin.failed",
            "log_level": "warning",
            "plugin": "autopack-a",
            "hook": "detect_toolchain",
            "reason": "answered int, not Toolchain",
        }
    ]


def test_an_argument_with_a_default_may_be_of_another_host_version() -> None:
    class Newer:
        @hookimpl
        def narrow_tests(self, *, paths: object = None, budget: int = 3) -> None:
            seen.append((paths, budget))

    seen: list[object] = []
    plugins = assemble(a=Newer())
    plugins.ask("narrow_tests", toolchain=None, paths=("x",))
    assert (plugins.records[0].hooks, seen) == (("narrow_tests",), [(("x",), 3)])


def test_an_optional_hook_of_another_host_version_is_no_fault() -> None:
    class Newer(Detects):
        @hookimpl(optionalhook=True)
        def predict_weather(self, sky: object) -> None: ...

    assert assemble(a=Newer(None)).records[0].fault is None


class Wrapper:
    @hookimpl(wrapper=True)
    def builders(self):  # type: ignore[no-untyped-def]
        return (yield)


class Twice:
    @hookimpl
    def builders(self) -> None: ...

    @hookimpl(specname="builders")
    def more_builders(self) -> None: ...


class Greedy:
    @hookimpl
    def builders(self, workspace: object) -> None: ...


@pytest.mark.parametrize(
    ("plugin", "fault"),
    [
        (object(), "it has no hooks; mark its functions with `@autopack.hookimpl`"),
        (Detects, "its entry point names the class Detects, not a module or an instance"),
        (Wrapper(), "builders is a hook wrapper; plugins answer one by one, so there is nothing to wrap"),
        (Twice(), "it implements builders twice"),
        (Greedy(), "builders has no argument 'workspace'; it has none"),
    ],
)
def test_a_plugin_that_does_not_fit_the_hooks_is_left_out(plugin: object, fault: str) -> None:
    plugins = assemble(bad=plugin, good=Detects([toolchain("x")]))
    assert [(r.name, r.fault) for r in plugins.records] == [("bad", fault), ("good", None)]
    assert len(plugins.ask("detect_toolchain", workspace=None)) == 1


def test_a_builder_that_two_packages_offer_is_refused_for_both() -> None:
    plugins = assemble(a=Offers(builders=[builder("x"), builder("y")]), b=Offers(builders=[builder("x")]))
    assert {name: spec.package for name, spec in plugins.builders().items()} == {"y": "autopack-a"}
    clash = "the builder 'x' is offered by autopack-a and autopack-b; none of them is used"
    assert plugins.faults == tuple(PluginFault(package=p, hook="builders", message=clash) for p in ("autopack-a", "autopack-b"))


def test_a_pattern_must_find_its_own_example() -> None:
    good = pattern(r"^E\d+", "E12")
    bad = [pattern("^F", "E12"), pattern("(", "("), pattern("(a+)*b", "ab")]
    plugins = assemble(a=Offers(patterns=[good, *bad]))
    assert plugins.patterns() == (good,)
    assert [fault.message for fault in plugins.faults] == [
        "the pattern 'x:Y' does not find its own example",
        "the pattern 'x:Y' does not compile: missing ), unterminated subpattern at position 0",
        "the pattern 'x:Y' repeats a group that holds a repetition, which may never end on a long line",
    ]


def rule(example: str, verdict: str = "deny") -> PolicyRule:
    return PolicyRule(id="r", verdict=verdict, reason="why", programs=("make",), examples=(example,))  # type: ignore[arg-type]


class Restricts:
    def __init__(self, *rules: object) -> None:
        self.rules = rules

    @hookimpl
    def policy_rules(self) -> Sequence[object]:
        if self.rules == ("raise",):
            raise RuntimeError("rusty")
        return self.rules


def test_policy_rules_carry_the_name_of_their_package() -> None:
    plugins = assemble(a=Restricts(rule("make x")), b=Restricts())
    assert [(one.package, one.id) for one in plugins.policy_rules()] == [("autopack-a", "r")]
    assert plugins.faults == ()


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (("raise",), "RuntimeError: rusty"),
        ((rule("make x"), rule("ls")), "the policy rule 'r' does not decide its example 'ls': 'read-only' says allow"),
        (
            (rule("make x", "allow"),),
            "answered a PolicyRule that does not fit: PolicyRule.verdict: 'allow' is not one of 'ask', 'deny'",
        ),
        (("ask for make",), "answered str, not PolicyRule"),
    ],
)
def test_broken_policy_rules_deny_everything_instead_of_vanishing(rules: tuple[object, ...], fault: str) -> None:
    plugins = assemble(a=Restricts(*rules), b=Restricts(rule("make x")))
    given = [(one.package, one.id, one.programs) for one in plugins.policy_rules()]
    assert given == [("autopack-a", "guard-raised", ("*",)), ("autopack-b", "r", ("make",))]
    assert [(one.package, one.hook, one.message.partition(" (")[0]) for one in plugins.faults] == [
        ("autopack-a", "policy_rules", fault)
    ]


@pytest.mark.parametrize(
    "regex", ["(a+)*", "(?:a*b)+", "((a+))+", r"(\w+\s?)*", "(a{2,})+", "(a?){30}", "((a+)b)*?", "(?P<x>a+)+"]
)
def test_nested_repetition_is_found(regex: str) -> None:
    assert has_nested_quantifier(regex)


@pytest.mark.parametrize(
    "regex", ["a+b*", "(a+)?", "(abc)*", r"(\(+)", r"[(a+)]*", r"(a\+)*", "(?:a{3})+", "(a+)b*", "a++", ")", "(?=a+)b"]
)
def test_plain_repetition_is_fine(regex: str) -> None:
    assert not has_nested_quantifier(regex)


def test_only_the_named_plugins_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "autopack-only-this", "this", BUILDERS)
    install(tmp_path, "autopack-only-that", "that", "raise RuntimeError")
    monkeypatch.syspath_prepend(str(tmp_path))
    records = {r.name: r for r in load_plugins(only=["Autopack_Only_This", "absent"]).records}
    assert (records["this"].hooks, records["this"].enabled) == (("builders",), True)
    assert (records["that"].fault, records["that"].enabled) == (None, False)
    assert records["absent"].fault == "it is named in `plugins.only` but not installed"
    assert "autopack_only_that" not in sys.modules


def test_naming_one_of_two_packages_settles_a_clash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "autopack-settle-a", "same", BUILDERS)
    install(tmp_path, "autopack-settle-b", "same", BUILDERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    both = "the name 'same' is offered by autopack-settle-a and autopack-settle-b; none of them is used"
    assert [r.fault for r in discover() if r.name == "same"] == [both, both]
    chosen = load_plugins(only=["autopack-settle-b"]).records
    assert [(r.package, r.enabled, r.fault) for r in chosen if r.name == "same"] == [
        ("autopack-settle-a", False, None),
        ("autopack-settle-b", True, None),
    ]


def test_a_required_plugin_that_is_absent_faulty_or_left_out_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "autopack-need-good", "need-good", BUILDERS)
    install(tmp_path, "autopack-need-bad", "need-bad", "raise RuntimeError('rusty')")
    install(tmp_path, "autopack-need-out", "need-out", BUILDERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    only = ["need-good", "need-bad"]
    assert load_plugins(only=only, require=["need-good", "autopack-need-good"]).records
    with pytest.raises(PluginBroken) as broken:
        load_plugins(only=only, require=["need-good", "autopack-need-bad", "need-out", "nowhere"])
    assert broken.value.exit_code == 6
    assert broken.value.message == (
        "a required plugin is broken: "
        "'autopack-need-bad': cannot be imported: RuntimeError: rusty (autopack_need_bad.py:2); "
        "'need-out': it is left out by `plugins.only`; "
        "'nowhere' is not installed"
    )


def test_a_plugin_for_other_host_versions_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, requires in (("old", "<0.1"), ("fit", ">=0.1,<99"), ("odd", "===0.1")):
        install(tmp_path, f"autopack-host-{name}", f"host-{name}", BUILDERS)
        metadata = tmp_path / f"autopack_host_{name}-1.0.dist-info" / "METADATA"
        metadata.write_text(f"{metadata.read_text()}Requires-Dist: autopack{requires}\n")
    install(tmp_path, "autopack-host-mute", "host-mute", BUILDERS)
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ["host-old", "host-fit", "host-odd", "host-mute"]
    loaded = {one.name: (one.hooks, one.fault, one.notes) for one in load_plugins(only=names).records if one.enabled}
    unreadable = "what it says of the autopack versions it fits cannot be read: '===0.1'"
    unsaid = "it does not say which autopack versions it fits; declare a dependency such as `autopack>=0.1,<1`"
    assert loaded == {
        "host-old": ((), f"needs autopack <0.1, this is {__version__}", ()),
        "host-fit": (("builders",), None, ()),
        "host-odd": (("builders",), None, (unreadable,)),
        "host-mute": (("builders",), None, (unsaid,)),
    }
    assert "autopack_host_old" not in sys.modules


def test_metadata_that_cannot_be_read_costs_only_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "autopack-meta-good", "meta-good", BUILDERS)
    install(tmp_path, "autopack-meta-bad", "meta-bad", BUILDERS)
    (tmp_path / "autopack_meta_bad-1.0.dist-info" / "direct_url.json").write_text("{")
    (tmp_path / "autopack_meta_good-1.0.dist-info" / "direct_url.json").write_text(
        '{"url": "file:///home/me/meta-good", "dir_info": {"editable": true}}'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {r.name: r for r in discover()}
    assert found["meta-good"].origin == "editable meta-good"
    assert found["?"].fault is not None and found["?"].fault.startswith("its metadata cannot be read: JSONDecodeError")
