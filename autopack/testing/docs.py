"""The pages and schemas that are made from the code: `python -m autopack.testing.docs --check` or `--write`."""

from __future__ import annotations

import difflib
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from autopack import hookspecs
from autopack.cli import COMMANDS, cli
from autopack.decide.settings import describe_kind, show_value
from autopack.effects.paths import read_own, replace_file
from autopack.errors import PHASE_FAILED
from autopack.model.config import FEATURES, SETTINGS, Setting
from autopack.testing import schemas
from autopack.testing.model_page import model_page

_MADE = "<!-- Made by `python -m autopack.testing.docs --write`; change the code, not this page. -->\n\n"
_WIDTH = 100


def commands_page() -> str:
    """Every command with its help, as a terminal shows it.  Raises `ImportError` that names a command that does not load."""
    parts = [_MADE, "# Commands\n\nResults go to stdout, everything else to stderr.\n"]
    top = click.Context(cli, info_name="autopack")
    for name in COMMANDS:
        try:
            command = cli.get_command(top, name)
        except ImportError as error:
            raise ImportError(f"command {name!r} does not load: {error}") from error
        if command is not None:
            parts += [f"\n{'#' * depth} `{path}`\n\n```text\n{text}\n```\n" for depth, path, text in _help(command, name)]
    return "".join(parts)


def _help(command: click.Command, name: str, path: str = "autopack", depth: int = 2) -> Iterator[tuple[int, str, str]]:
    path = f"{path} {name}"
    context = click.Context(command, info_name=path, terminal_width=_WIDTH, help_option_names=["-h", "--help"])
    yield depth, path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            if found := command.get_command(context, below):
                yield from _help(found, below, path, depth + 1)


def hooks_page() -> str:
    """Every question the host asks plugins."""
    parts = [_MADE, f"# Hooks\n\n{inspect.getdoc(hookspecs)}\n"]
    for name, kind in hookspecs.KINDS.items():
        hook = getattr(hookspecs, name)
        signature = inspect.signature(hook)
        arguments = ", ".join(f"{one.name}: {one.annotation}" for one in signature.parameters.values())
        asked = f"def {name}({arguments}) -> {signature.return_annotation}"
        parts.append(f"\n## `{name}`\n\n*{kind}*\n\n```python\n{asked}\n```\n\n{inspect.getdoc(hook)}\n")
    return "".join(parts)


_CONFIGURATION = """# Configuration

`autopack config show --origin` prints every setting in effect, and `autopack config path` your own file. The first that sets a
value wins:

1. an option of the command,
2. an environment variable,
3. your own file, `config.yaml` in your configuration folder,
4. the repository's `.autopack/config.yaml`,
5. the default.

The repository's file is written by others, so it may only make things stricter than the default. What it may not say is ignored,
with a warning that names the line; what it adds to `require` holds whatever else is set. Both files are plain YAML without
anchors, aliases and tags, at most 64 KiB; a key with a dot is a key inside a section:

```yaml
budget:
  max_minutes: 10
```

An unknown key or a value of the wrong type ends the command with exit code 2. Lists in an environment variable are separated by
commas; an empty variable counts as not set.

| key | value | default | environment | the repository may | |
|---|---|---|---|---|---|
"""

_REPOSITORY_MAY = {
    "never": "not set it",
    "any": "set it",
    "lower": "lower it",
    "narrow": "set it",
    "add": "add to it",
}


def configuration_page() -> str:
    """Every setting, with its type, default, environment variable, and what a repository may do with it."""
    rows = []
    for setting in SETTINGS:
        may = _REPOSITORY_MAY.get(setting.repo_rule) or f"set it to `{show_value(setting.default)}`"
        value = describe_kind(setting).replace("'", "`")
        default = "unset" if setting.default is None else f"`{show_value(setting.default)}`" if setting.default != () else "none"
        rows.append(f"| `{setting.key}` | {value} | {default} | `{setting.variable}` | {may} | {setting.help} |\n")
    return _MADE + _CONFIGURATION + "".join(rows)


def experimental_page() -> str:
    """Every feature that is off by default, with the test that proves it."""
    text = (
        "# Experimental features\n\nEach is off until its setting is true, in your own file or in the environment. "
        "Each names the deterministic test that proves it.\n\n| feature | setting | what it does | test |\n|---|---|---|---|\n"
    )
    rows = [
        f"| {one.name} | `experimental.{one.name}` | {one.summary} | [`{one.test}`](../{one.test}) |\n"
        for one in sorted(FEATURES, key=lambda one: one.name)
    ]
    return _MADE + text + "".join(rows)


def config_schema() -> str:
    """The schema of a configuration file."""
    schema = _sections(required=False)
    return _as_schema("config_v1", "A configuration file of Autopack", schema)


def config_show_schema() -> str:
    """The schema of what `autopack config show --json` prints."""
    origins = {setting.key: {"type": "string"} for setting in SETTINGS}
    parts = {
        "config": _sections(required=True),
        "origins": {"type": "object", "properties": origins, "required": sorted(origins), "additionalProperties": False},
        "warnings": {"type": "array", "items": {"type": "string"}},
    }
    schema = {"type": "object", "properties": parts, "required": sorted(parts), "additionalProperties": False}
    return _as_schema("config_show_v1", "What `autopack config show --json` prints", schema)


def _as_schema(name: str, title: str, schema: dict[str, Any]) -> str:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"autopack.{name}", "title": title}
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False) + "\n"


def _sections(*, required: bool) -> dict[str, Any]:
    top: dict[str, Any] = {}
    for setting in SETTINGS:
        section, _, name = setting.key.rpartition(".")
        place = top.setdefault(section, _object({}))["properties"] if section else top
        place[name] = _value_schema(setting)
    whole = _object(top)
    for part in (whole, *(one for one in top.values() if "properties" in one)) if required else ():
        part["required"] = sorted(part["properties"])
    return whole


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value_schema(setting: Setting) -> dict[str, Any]:
    types: dict[str, dict[str, Any]] = {
        "text": {"type": "string", "minLength": 1},
        "path": {"type": "string", "minLength": 1},
        "flag": {"type": "boolean"},
        "integer": {"type": "integer", "minimum": 1},
        "number": {"type": "number", "exclusiveMinimum": 0},
        "names": {"type": "array", "items": {"type": "string", "minLength": 1}},
    }
    schema = dict(types[setting.kind])
    if setting.choices:
        schema["enum"] = list(setting.choices)
    if setting.default is None:
        schema["type"] = [schema["type"], "null"]
    default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
    return {**schema, "default": default, "description": setting.help}


PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_page,
    "docs/hooks.md": hooks_page,
    "docs/model.md": lambda: _MADE + model_page(),
    "docs/configuration.md": configuration_page,
    "docs/experimental.md": experimental_page,
    "schemas/config_v1.schema.json": config_schema,
    "schemas/config_show_v1.schema.json": config_show_schema,
    **schemas.PAGES,
}


def find_difference(root: Path, page: str) -> str:
    """The first lines in which a page differs from what the code says, empty when it does not."""
    stands, made = read_own(root / page) or "", PAGES[page]()
    lines = difflib.unified_diff(stands.splitlines(), made.splitlines(), page, f"{page}, as made", lineterm="", n=1)
    return "\n".join(list(lines)[:20])


@click.command()
@click.option("--write", is_flag=True, help="Write the pages.")
@click.option("--check", is_flag=True, help="Only say which pages are not as the code says (exit code 1).")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The checkout (default: the current folder).")
def main(write: bool, check: bool, root: Path) -> None:
    """Write or check the pages that are made from the code."""
    if write == check:
        raise click.UsageError("say either --write or --check")
    failed = False
    for page, make in PAGES.items():
        try:
            if write:
                replace_file(root / page, make())
            elif difference := find_difference(root, page):
                failed = True
                click.echo(difference, err=True)
        except ImportError as error:
            failed = True
            click.echo(f"{page}: {error}", err=True)
    sys.exit(PHASE_FAILED if failed else 0)


if __name__ == "__main__":
    main()
