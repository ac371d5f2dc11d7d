"""The plugin contract as a pytest class: one test for each rule of `autopack.decide.contract`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autopack.decide.contract import Problem


def contract_for(
    plugin: object,
    *,
    package: Path | None = None,
    files: Mapping[str, str | bytes] | None = None,
    plans: Sequence[str] = (),
) -> type:
    """A class with one test for each rule that a plugin must keep; give it a name that pytest collects.

    ```python
    import autopack_zig
    from autopack.testing import contract_for

    TestContract = contract_for(autopack_zig, files={"build.zig": "", "src/main.zig": ""})
    ```

    `plugin` is what the entry point names: a module, or an object that a module binds to a name.  It is tried in processes of
    its own on samples that come with Autopack, empty and hostile ones too.  `files` (a small project) and `plans` (texts) are
    further samples: give some that your plugin has an answer for.  `package` is the folder with its README; it is found when
    the module stands beside a pyproject.toml.
    """
    from autopack.decide.contract import RULES

    name = _name_module(plugin)
    find = functools.cache(lambda: _find_problems(name, package, files, plans))
    tests = {
        f"test_{sentence.replace(' ', '_').replace(chr(39), '')}": _make_test(rule, find) for rule, sentence in RULES.items()
    }
    return type("TestContract", (), {"__doc__": f"{name} keeps the plugin contract.", **tests})


def _name_module(plugin: object) -> str:
    """What an entry point would say."""
    if isinstance(plugin, ModuleType):
        return plugin.__name__
    module = type(plugin).__module__
    for name, value in vars(sys.modules[module]).items():
        if value is plugin:
            return f"{module}:{name}"
    raise TypeError(f"{plugin!r} cannot be imported by name: bind it to a name in the module {module!r}, or give the module")


def _find_problems(
    module: str, package: Path | None, files: Mapping[str, str | bytes] | None, plans: Sequence[str]
) -> tuple[Problem, ...]:
    from autopack.plugins import load_plugins
    from autopack.stages.contract import Material, find_problems

    installed = load_plugins()
    record = next((one for one in installed.records if one.module == module), None)
    own = record.package if record else None
    offered = {
        spec.name: answer.package for answer in installed.ask("builders") if answer.package != own for spec in answer.value
    }
    return find_problems(Material(module=module, record=record, package=package, offered=offered, files=files, plans=plans))


def _make_test(rule: str, find: Callable[[], tuple[Problem, ...]]) -> Callable[[Any], None]:
    def test(self: Any) -> None:
        # Where pytest shows a failure; the lines below this one are not the author's concern.
        __tracebackhide__ = True
        told = [problem.tell() for problem in find() if problem.rule == rule]
        if told:
            raise AssertionError("\n".join(told))

    return test
