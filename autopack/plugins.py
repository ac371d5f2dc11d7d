"""Find the installed plugins, load them so that a broken one costs only itself, and ask them one by one.

The only user of pluggy's PluginManager.  Not a security boundary: a plugin runs with the rights of the host.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from autopack import __version__
from autopack.decide.versions import judge_requirements, list_specifiers
from autopack.errors import PluginBroken
from autopack.model.plugin import Answered, FaultKind, Misfit, PluginFault, PluginRecord

if TYPE_CHECKING:
    from autopack.model.failure import Pattern
    from autopack.model.policy import PolicyRule
    from autopack.model.specs import BuilderSpec

# `autopack.hookspecs`, and `decide.answers` with it, bring in the whole model: imported where a plugin is really loaded.

GROUP = "autopack"
UNKNOWN = "?"
SLOW_S = 5.0
_REASON_CHARS = 300

T = TypeVar("T")
_Found = tuple[PluginRecord, metadata.EntryPoint | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Implementation:
    package: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]


def discover() -> tuple[PluginRecord, ...]:
    """Every installed plugin by name, none of them imported.

    The faults it can know: a name offered twice, and a plugin that was made for other versions of Autopack.
    """
    return tuple(record for record, _ in _refuse_clashes(_find_entry_points()))


def load_plugins(*, only: Sequence[str] | None = None, require: Sequence[str] = ()) -> Plugins:
    """Import the installed plugins; `only` and `require` hold plugin or package names.

    What `only` leaves out is listed as not enabled and not imported, so it is also the way out of a name clash.
    Raises `PluginBroken` when a required plugin is absent, not enabled or faulty.
    """
    found = [(replace(record, enabled=only is None or _is_named(record, only)), point) for record, point in _find_entry_points()]
    unusable, loaded = [], []
    for record, point in _refuse_clashes(found):
        if record.fault or not record.enabled or point is None:
            unusable.append(record)
            continue
        plugin, fault = _shielded(point.load)
        if fault is None:
            loaded.append((record, plugin))
        else:
            unusable.append(replace(record, fault=f"cannot be imported: {fault}"))
    for name in only or ():
        if not any(_is_named(record, [name]) for record, _ in found):
            unusable.append(_unknown_record(name, "it is named in `plugins.only` but not installed"))
    plugins = assemble_plugins(loaded, unusable=unusable)
    _check_required(plugins.records, require)
    return plugins


def assemble_plugins(
    plugins: Iterable[tuple[PluginRecord, object]],
    *,
    unusable: Iterable[PluginRecord] = (),
    deprecated: Mapping[str, str] | None = None,
    slow_s: float = SLOW_S,
) -> Plugins:
    """Check and register plugin objects; `unusable` records are only listed."""
    from autopack import hookspecs
    from autopack.decide.answers import find_deprecated

    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    records = list(unusable)
    parameters: dict[str, dict[str, tuple[str, ...]]] = {}
    packages = {}
    # pluggy calls the plugin registered last first, so register in reverse name order.
    for record, plugin in sorted(plugins, key=lambda pair: _order(pair[0]), reverse=True):
        hooks, fault = _shielded(functools.partial(_register, manager, plugin, record.name))
        if hooks is None:
            if manager.has_plugin(record.name):
                manager.unregister(name=record.name)
            records.append(replace(record, fault=fault))
        else:
            notes = find_deprecated(hooks, hookspecs.DEPRECATED if deprecated is None else deprecated)
            records.append(replace(record, hooks=tuple(sorted(hooks)), notes=record.notes + notes))
            parameters[record.name], packages[record.name] = hooks, record.package
    implementations = {
        hook: tuple(
            _Implementation(
                package=packages[found.plugin_name],
                function=found.function,
                parameters=parameters[found.plugin_name][hook],
            )
            for found in reversed(getattr(manager.hook, hook).get_hookimpls())
        )
        for hook in hookspecs.KINDS
    }
    return Plugins(tuple(sorted(records, key=_order)), implementations, slow_s=slow_s)


class Plugins:
    """Loaded plugins.  Answers come in name order, whatever the order of installation."""

    def __init__(
        self,
        records: tuple[PluginRecord, ...],
        implementations: Mapping[str, Sequence[_Implementation]],
        *,
        slow_s: float = SLOW_S,
    ) -> None:
        self.records = records
        self._implementations = implementations
        self._slow_s = slow_s
        self._faults: list[PluginFault] = []

    def without_faults(self) -> Plugins:
        """The same plugins as they were before anything was asked."""
        return Plugins(self.records, self._implementations, slow_s=self._slow_s)

    @property
    def faults(self) -> tuple[PluginFault, ...]:
        """What went wrong since loading, each once, in the order it happened."""
        return tuple(self._faults)

    def ask(self, hook: str, /, **arguments: Any) -> tuple[Answered, ...]:
        """Ask every plugin that implements the hook; who has nothing to say is left out.

        Takes exactly the arguments of the hook.  A fault is recorded in `faults`; a guard that faults answers with a
        finding that blocks, because it did not say that all is well.
        """
        return tuple(self.ask_each(hook, **arguments))

    def ask_each(self, hook: str, /, **arguments: Any) -> Iterator[Answered]:
        """Like `ask`, one plugin after the other: whoever stops early leaves the rest unasked."""
        from autopack.decide.answers import list_arguments
        from autopack.hookspecs import KINDS

        if set(arguments) != set(list_arguments(hook)):
            raise TypeError(f"{hook} takes {', '.join(list_arguments(hook)) or 'no arguments'}")
        for implementation in self._implementations[hook]:
            package = implementation.package
            started = time.monotonic()
            value, fault, kind = _attempted(functools.partial(_call, hook, implementation, arguments))
            if fault is not None:
                self._note(PluginFault(package=package, hook=hook, message=fault, kind=kind))
                value = _blocking(hook, package, fault) if KINDS[hook] == "guard" else None
            # A thread cannot be stopped safely, so whoever keeps everybody waiting is named instead.
            if time.monotonic() - started > self._slow_s:
                slow = f"it took more than {self._slow_s:g} s to answer"
                self._note(PluginFault(package=package, hook=hook, message=slow, kind="slow"))
            if value:
                yield Answered(package=package, value=value)

    def builders(self) -> dict[str, BuilderSpec]:
        """The builders by name; one that is offered twice is refused for both."""
        return dict(self._builders)

    def patterns(self) -> tuple[Pattern, ...]:
        """The failure patterns that compile, find their own example and cannot run away."""
        return self._patterns

    def policy_rules(self) -> tuple[PolicyRule, ...]:
        """The policy rules of all plugins; those of a plugin whose rules are broken stand as one that denies everything."""
        return self._policy_rules

    @functools.cached_property
    def _builders(self) -> dict[str, BuilderSpec]:
        offered: dict[str, list[BuilderSpec]] = {}
        for answer in self.ask("builders"):
            for spec in answer.value:
                offered.setdefault(spec.name, []).append(spec)
        for name, specs in offered.items():
            if len(specs) > 1:
                clash = f"the builder {name!r} is offered by {_listed(s.package for s in specs)}; none of them is used"
                for package in dict.fromkeys(spec.package for spec in specs):
                    self._note(PluginFault(package=package, hook="builders", message=clash))
        return {name: specs[0] for name, specs in sorted(offered.items()) if len(specs) == 1}

    @functools.cached_property
    def _patterns(self) -> tuple[Pattern, ...]:
        from autopack.decide.answers import find_pattern_fault

        good = []
        for answer in self.ask("failure_patterns"):
            for pattern in answer.value:
                fault = find_pattern_fault(pattern)
                if fault is None:
                    good.append(pattern)
                else:
                    self._note(PluginFault(package=answer.package, hook="failure_patterns", message=fault))
        return tuple(good)

    @functools.cached_property
    def _policy_rules(self) -> tuple[PolicyRule, ...]:
        from autopack.decide.policy import find_rule_fault

        rules: list[PolicyRule] = []
        for answer in self.ask("policy_rules"):
            faults = [fault for fault in map(find_rule_fault, answer.value) if fault]
            for fault in faults:
                self._note(PluginFault(package=answer.package, hook="policy_rules", message=fault))
            rules += _blocking("policy_rules", answer.package, faults[0]) if faults else answer.value
        return tuple(rules)

    def _note(self, fault: PluginFault) -> None:
        # A broken observer would otherwise fill the log with one line an event.
        if fault in self._faults:
            return
        self._faults.append(fault)
        # A command that set up no log shows `faults` itself; unconfigured, structlog would print among the results.
        structlog = sys.modules.get("structlog")
        if structlog and structlog.is_configured():
            structlog.get_logger().warning("plugin.failed", plugin=fault.package, hook=fault.hook, reason=fault.message)


def _find_entry_points() -> list[_Found]:
    # Not `metadata.entry_points()`: there, one malformed file of a stranger's package ends the search.
    found: dict[str, list[_Found]] = {}
    for distribution in metadata.distributions():
        try:
            if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
                continue
            package, version = distribution.metadata["Name"], distribution.version or UNKNOWN
            requirements = distribution.requires or ()
            fault, note = judge_requirements(requirements, __version__)
            record = PluginRecord(
                name=UNKNOWN,
                version=version,
                origin=_read_origin(distribution),
                package=package,
                fault=fault,
                notes=(note,) if note else (),
                host=",".join(specifier for specifier, _ in list_specifiers(requirements)),
            )
            points = distribution.entry_points.select(group=GROUP)
            # The import system, too, takes the first of two installs of one package.
            found.setdefault(
                _normal(package), [(replace(record, name=point.name, module=point.value), point) for point in points]
            )
        except Exception as error:  # noqa: BLE001  whatever a package's metadata holds costs only that package
            fault = f"its metadata cannot be read: {_describe(error)}"
            found[f"{UNKNOWN}{len(found)}"] = [(_unknown_record(UNKNOWN, fault), None)]
    return sorted((pair for points in found.values() for pair in points), key=lambda pair: _order(pair[0]))


def _unknown_record(name: str, fault: str) -> PluginRecord:
    return PluginRecord(name=name, version=UNKNOWN, origin=UNKNOWN, package=UNKNOWN, fault=fault)


def _read_origin(distribution: metadata.Distribution) -> str:
    text = distribution.read_text("direct_url.json")
    if text is None:
        return "wheel" if distribution.read_text("INSTALLER") else "path"
    import json

    source = json.loads(text)
    name = source["url"].rstrip("/").rpartition("/")[2]
    return f"editable {name}" if source.get("dir_info", {}).get("editable") else f"wheel {name}"


def _refuse_clashes(found: Sequence[_Found]) -> list[_Found]:
    count = Counter(record.name for record, _ in found if record.enabled and record.fault is None)
    checked = []
    for record, point in found:
        if record.enabled and count[record.name] > 1:
            packages = _listed(r.package for r, _ in found if r.name == record.name and r.enabled)
            record = replace(record, fault=f"the name {record.name!r} is offered by {packages}; none of them is used")
        checked.append((record, point))
    return checked


def _check_required(records: Sequence[PluginRecord], require: Sequence[str]) -> None:
    problems = []
    for name in require:
        matching = [record for record in records if _is_named(record, [name])]
        if not matching:
            problems.append(f"{name!r} is not installed")
        for record in matching:
            if record.fault or not record.enabled:
                problems.append(f"{name!r}: {record.fault or 'it is left out by `plugins.only`'}")
    if problems:
        hint = "see `autopack plugins list`, or take it out of `require:` in the configuration"
        raise PluginBroken(f"a required plugin is broken: {'; '.join(problems)}", hint=hint)


def _register(manager: pluggy.PluginManager, plugin: object, name: str) -> dict[str, tuple[str, ...]]:
    """Register the plugin; the arguments each of its hooks takes.  Raises `Misfit`, or whatever the plugin raises."""
    if isinstance(plugin, type):
        raise Misfit(f"its entry point names the class {plugin.__name__}, not a module or an instance")
    hooks: dict[str, tuple[str, ...]] = {}
    for attribute in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is None:
            continue
        hook = options.get("specname") or attribute
        if options.get("wrapper") or options.get("hookwrapper"):
            raise Misfit(f"{attribute} is a hook wrapper; plugins answer one by one, so there is nothing to wrap")
        if hook in hooks:
            raise Misfit(f"it implements {hook} twice")
        if hasattr(manager.hook, hook):
            hooks[hook] = _read_parameters(hook, getattr(plugin, attribute))
        elif not options.get("optionalhook"):
            raise Misfit(f"there is no hook {hook!r}{_suggestion(hook)}")
    if not hooks:
        raise Misfit("it has no hooks; mark its functions with `@autopack.hookimpl`")
    manager.register(plugin, name)
    manager.check_pending()
    return hooks


def _suggestion(hook: str) -> str:
    import difflib

    from autopack.hookspecs import KINDS

    close = difflib.get_close_matches(hook, KINDS, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _read_parameters(hook: str, function: Callable[..., Any]) -> tuple[str, ...]:
    from autopack.decide.answers import list_arguments

    known = list_arguments(hook)
    taken = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if name in known and parameter.kind is not parameter.POSITIONAL_ONLY:
            taken.append(name)
        # One with a default may be meant for another version of the host.
        elif parameter.default is parameter.empty:
            raise Misfit(f"{hook} has no argument {name!r}; it has {', '.join(known) or 'none'}")
    return tuple(taken)


def _shielded(call: Callable[[], T]) -> tuple[T | None, str | None]:
    """The value and no fault, or no value and the fault."""
    return _attempted(call)[:2]


def _attempted(call: Callable[[], T]) -> tuple[T | None, str | None, FaultKind]:
    """Like `_shielded`, with the kind of the fault: the one border where everything a plugin raises is caught."""
    try:
        # What a plugin prints must not land in the host's results.
        with contextlib.redirect_stdout(sys.stderr):
            return call(), None, "raised"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a plugin may also call sys.exit
        return None, _describe(error), "misfit" if isinstance(error, Misfit) else "raised"


def _describe(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  an exception of a plugin's own class may fail to print itself
        text = "(no message)"
    if isinstance(error, Misfit):
        return text[:_REASON_CHARS]
    where, frame = "", error.__traceback__
    while frame:
        file = frame.tb_frame.f_code.co_filename
        if "importlib" not in file and file != __file__:
            where = f" ({file.rpartition('/')[2]}:{frame.tb_lineno})"
        frame = frame.tb_next
    return f"{type(error).__name__}: {text}"[:_REASON_CHARS] + where


def _call(hook: str, implementation: _Implementation, arguments: Mapping[str, Any]) -> Any:
    from autopack.decide.answers import check_answer

    # structlog costs more to import than most commands take, and who never imported it cannot log through it.
    contextvars = sys.modules.get("structlog.contextvars")
    bound = contextvars.bound_contextvars(plugin=implementation.package) if contextvars else contextlib.nullcontext()
    with bound:
        answer = implementation.function(**{name: arguments[name] for name in implementation.parameters})
        return check_answer(hook, answer, implementation.package)


def _blocking(hook: str, package: str, fault: str) -> tuple[Any, ...]:
    """What stands for the answer of a guard that faulted."""
    if hook == "policy_rules":
        from autopack.decide.policy import block_all

        return (block_all(package, fault),)
    from autopack.model.attempt import Finding

    message = f"the guard {package} could not judge ({hook}): {fault}"
    hint = f"repair or remove {package}; until then nothing it guards goes on"
    return (Finding(rule="guard-raised", severity="block", message=message, hint=hint, package=package),)


def _order(record: PluginRecord) -> tuple[str, str]:
    return record.name, record.package


def _is_named(record: PluginRecord, names: Iterable[str]) -> bool:
    wanted = {_normal(name) for name in names}
    return _normal(record.name) in wanted or _normal(record.package) in wanted


def _normal(name: str) -> str:
    """A name as the package index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _listed(names: Iterable[str]) -> str:
    return " and ".join(sorted(set(names)))
