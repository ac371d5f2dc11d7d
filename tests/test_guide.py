"""The guides hold what they promise: each sample is a plugin that answers as its page says, each console block runs."""

from __future__ import annotations

import contextlib
import doctest
import os
import re
import site
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autopack import hookspecs
from autopack.decide.answers import list_arguments
from autopack.decide.contract import RULES
from autopack.model.plugin import PluginRecord
from autopack.plugins import Plugins, assemble_plugins
from autopack.stages.contract import Material, find_problems

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "plugins.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
MOST_LINES = 40

_FENCE = re.compile(r"^```(?P<info>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_HOOK = re.compile(r"^@hookimpl\ndef (\w+)\(", re.MULTILINE)
_UNASKED = re.compile(r"^### `(\w+)`.*\(not asked yet\)$", re.MULTILINE)
_ASKED = re.compile(r"\bask\(\s*\"(\w+)\"")
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    info: str
    code: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A plugin on the page, and the session that asks it."""

    plugin: Block
    session: Block

    def load(self) -> types.ModuleType:
        module = types.ModuleType("sample")
        exec(compile("\n" * self.plugin.line + self.plugin.code, GUIDE.name, "exec"), module.__dict__)
        return module


def find_blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(info=found["info"], code=found["code"], line=text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
    ]


def find_samples() -> list[Sample]:
    """Every Python block of the guide; raises when one is not followed by the session that asks it."""
    blocks = [block for block in find_blocks(GUIDE) if block.info in ("python", "pycon")]
    pairs = [Sample(plugin=plugin, session=session) for plugin, session in zip(blocks[::2], blocks[1::2], strict=True)]
    wrong = [sample.plugin.line for sample in pairs if (sample.plugin.info, sample.session.info) != ("python", "pycon")]
    assert wrong == [], "each sample is a python block and then a pycon block"
    return pairs


def name_sample(sample: Sample) -> str:
    return "+".join(_HOOK.findall(sample.plugin.code))


@pytest.fixture
def session_names(
    make_workspace: Callable[..., Any],
    make_draft: Callable[..., Any],
    make_repo: Callable[..., Any],
    run_autopack: Callable[..., Any],
) -> dict[str, object]:
    """What the sessions on the page may use: the fixtures that an author's tests have."""
    return {"make_workspace": make_workspace, "make_draft": make_draft, "make_repo": make_repo, "run_autopack": run_autopack}


@pytest.mark.parametrize("sample", find_samples(), ids=name_sample)
def test_a_sample_is_a_plugin_that_answers_as_the_page_says(sample: Sample, session_names: dict[str, object]) -> None:
    record = PluginRecord(name="sample", version="1.0", origin="path", package="autopack-sample")
    plugins = assemble_plugins([(record, sample.load())])
    assert [one.fault for one in plugins.records] == [None]
    asked: list[str] = []
    problems = run_session(sample.session, {**session_names, "ask": make_ask(plugins, asked)})
    assert problems == ""
    assert plugins.faults == ()
    assert tuple(sorted(set(asked))) == plugins.records[0].hooks, "each hook of a sample is asked in the session below it"


def make_ask(plugins: Plugins, asked: list[str]) -> Callable[..., Any]:
    """Ask the one plugin there is; arguments that are not given are nothing, and what it prints is shown."""

    def ask(hook: str, **arguments: Any) -> Any:
        asked.append(hook)
        missing = dict.fromkeys(list_arguments(hook))
        with contextlib.redirect_stderr(sys.stdout):
            answers = plugins.ask(hook, **{**missing, **arguments})
        is_sequence = "Sequence" in str(getattr(hookspecs, hook).__annotations__["return"])
        return answers[0].value if answers else () if is_sequence else None

    return ask


def run_session(session: Block, names: dict[str, object]) -> str:
    """What differs from the page, as doctest tells it."""
    told: list[str] = []
    test = doctest.DocTestParser().get_doctest(session.code, names, GUIDE.name, str(GUIDE), session.line)
    doctest.DocTestRunner(optionflags=_FLAGS).run(test, out=told.append)
    return "".join(told)


@pytest.mark.parametrize("sample", find_samples(), ids=name_sample)
def test_a_sample_keeps_the_contract(sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample.py").write_text(sample.plugin.code)
    monkeypatch.syspath_prepend(tmp_path)
    assert [problem.tell() for problem in find_problems(Material(module="sample"))] == []


def test_every_hook_has_a_sample() -> None:
    shown = [hook for sample in find_samples() for hook in _HOOK.findall(sample.plugin.code)]
    assert sorted(shown) == sorted(hookspecs.KINDS)


def test_the_guide_says_which_hooks_are_not_asked_yet() -> None:
    asked = {hook for path in (ROOT / "autopack").rglob("*.py") for hook in _ASKED.findall(path.read_text("utf-8"))}
    assert sorted(_UNASKED.findall(GUIDE.read_text("utf-8"))) == sorted(hookspecs.KINDS.keys() - asked)


@pytest.mark.parametrize("sample", find_samples(), ids=name_sample)
def test_a_sample_is_short(sample: Sample) -> None:
    assert len(sample.plugin.code.splitlines()) < MOST_LINES


def test_the_guide_names_every_rule_of_the_contract() -> None:
    listed = re.findall(r"^- (.+)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert [line for line in listed if line in RULES.values()] == list(RULES.values())


@pytest.fixture
def shell_env(autopack_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment that holds what this one holds, in which a reader may install and uninstall."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=60)
    [packages] = venv.glob("lib/python*/site-packages")
    # Not a plain path: only `addsitedir` reads the .pth files by which the checkout's own packages are found.
    here = "; ".join(f"site.addsitedir({path!r})" for path in site.getsitepackages())
    (packages / "checkout.pth").write_text(f"import site; {here}\n")
    program = venv / "bin" / "autopack"
    program.write_text(f"#!{venv / 'bin' / 'python'}\nimport sys\nfrom autopack.cli import main\nsys.exit(main())\n")
    program.chmod(0o755)
    return {**autopack_env, "PATH": f"{program.parent}{os.pathsep}{autopack_env['PATH']}", "PIP_NO_INDEX": "1"}


@pytest.mark.slow
def test_the_way_from_a_new_plugin_to_its_wheel_is_as_contributing_says(shell_env: dict[str, str], tmp_path: Path) -> None:
    steps = [step for block in find_blocks(CONTRIBUTING) if block.info == "console" for step in read_steps(block)]
    assert len(steps) > 5
    # One shell for all blocks, so that `cd` holds; the mark ends what each command has printed.
    script = "".join(f"{{ {command}\n}} 2>&1 && printf '\\036' || exit 1\n" for command, _ in steps)
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=shell_env, capture_output=True, text=True, timeout=300)
    printed = done.stdout.split("\036")
    assert done.returncode == 0, f"{steps[len(printed) - 1][0]}\n{printed[-1]}{done.stderr}"
    checker = doctest.OutputChecker()
    differing = [
        f"$ {command}\n{said}"
        for (command, expected), said in zip(steps, printed[:-1], strict=True)
        if expected and not checker.check_output(expected, said, _FLAGS)
    ]
    assert differing == []


def read_steps(block: Block) -> list[tuple[str, str]]:
    """Each command of a console block with what the page says it prints; nothing said is nothing promised."""
    steps = [step.partition("\n") for step in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]]
    return [(command, expected) for command, _, expected in steps]
