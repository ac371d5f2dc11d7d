"""Reads the configuration: options over environment over the person's file over the repository's file over defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from autopack.decide.settings import Given, check_value, describe_kind, merge_settings, read_words
from autopack.effects.input import read_at_most
from autopack.effects.paths import read_beneath
from autopack.errors import WrongUse
from autopack.model.config import SETTINGS, Config, Setting
from autopack.model.parse import Unreadable, compose_yaml

if TYPE_CHECKING:
    import yaml

# yaml and platformdirs are imported where they are needed: most commands read no file, and start-up is measured.

LIMIT_BYTES = 64 * 1024
MAX_DEPTH = 8
REPOSITORY_FILE = PurePosixPath(".autopack/config.yaml")

_BY_KEY = {setting.key: setting for setting in SETTINGS}
_SECTIONS = {key.rpartition(".")[0] for key in _BY_KEY if "." in key}


def load_config(
    repo: Path | None, *, flags: Mapping[str, object], environ: Mapping[str, str], user_dir: Path | None = None
) -> Config:
    """The configuration in effect for a repository, given any folder in it.

    `flags` has values by key; `None` means that the option was not given.  `user_dir` stands in for the person's own
    configuration folder.  Raises `WrongUse` with file and line on an unknown key, a wrong type, or YAML that is not plain.
    """
    person = user_file(user_dir)
    own = (_read_flags(flags), _read_environment(environ), _read_user_file(person))
    chosen, warnings = merge_settings(own, {} if repo is None else _read_repository_file(_find_root(repo)))
    values = {setting.attribute: chosen[setting.key].value for setting in SETTINGS}
    for attribute, base in (("state_dir", "user_state_path"), ("cache_dir", "user_cache_path")):
        values[attribute] = _default_folder(base) if values[attribute] is None else Path(values[attribute])
    return Config(**values, origins={key: given.origin for key, given in chosen.items()}, warnings=warnings)


def user_file(user_dir: Path | None = None) -> Path:
    """Where the person's own configuration file stands, or would stand."""
    return (user_dir or _default_folder("user_config_path")) / "config.yaml"


def _default_folder(question: str) -> Path:
    import platformdirs

    folder: Path = getattr(platformdirs, question)("autopack", appauthor=False)
    return folder


def _find_root(folder: Path) -> Path:
    """The repository's top folder.  Looks for `.git` only: commands that never need git read the configuration too."""
    here = folder.absolute()
    return next((place for place in (here, *here.parents) if os.path.lexists(place / ".git")), here)


def _read_flags(flags: Mapping[str, object]) -> dict[str, Given]:
    layer = {}
    for key, value in flags.items():
        setting = _BY_KEY[key]
        if value is not None:
            plain = str(value) if isinstance(value, Path) else value
            layer[key] = _give(setting, plain, f"flag {setting.option}", base=Path.cwd())
    return layer


def _read_environment(environ: Mapping[str, str]) -> dict[str, Given]:
    layer = {}
    for setting in SETTINGS:
        # An empty variable is one that is not set: `AUTOPACK_BUILDER= autopack run` is how a shell takes one back.
        if words := environ.get(setting.variable):
            origin = f"environment {setting.variable}"
            try:
                value = read_words(setting, words)
            except ValueError as error:
                raise WrongUse(f"{origin}: {error}") from None
            layer[setting.key] = _give(setting, value, origin, base=Path.cwd())
    return layer


def _read_user_file(path: Path) -> dict[str, Given]:
    try:
        content = read_at_most(path, LIMIT_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise WrongUse(f"{path} cannot be read: {error.strerror}") from None
    return _read_yaml(content, place=str(path), origin=f"user file {path}", base=path.parent)


def _read_repository_file(root: Path) -> dict[str, Given]:
    content = read_beneath(root, REPOSITORY_FILE, LIMIT_BYTES)
    if content is not None:
        place = str(REPOSITORY_FILE)
        return _read_yaml(content, place=place, origin=f"repository {place}", base=root)
    if os.path.lexists(root / REPOSITORY_FILE):
        # It only ever tightens, so going on without it would loosen.
        raise WrongUse(
            f"{REPOSITORY_FILE} cannot be read", hint=f"it must be a regular file of at most {LIMIT_BYTES} bytes, not a symlink"
        )
    return {}


def _read_yaml(content: bytes, *, place: str, origin: str, base: Path) -> dict[str, Given]:
    if len(content) > LIMIT_BYTES:
        raise WrongUse(f"{place} is larger than {LIMIT_BYTES} bytes")
    try:
        root = compose_yaml(content.decode("utf-8-sig"), max_depth=MAX_DEPTH)
    except UnicodeDecodeError:
        raise WrongUse(f"{place} is not UTF-8 text") from None
    except Unreadable as error:
        where = f"{place}:{error.line}" if error.line else place
        raise WrongUse(f"{where}: {error.problem}", hint=error.hint) from None
    layer: dict[str, Given] = {}
    if root is not None:
        for setting, node in _walk(root, "", place):
            line = node.start_mark.line + 1
            try:
                value = _node_value(setting, node)
            except ValueError as error:
                raise WrongUse(f"{place}:{line}: {error}") from None
            layer[setting.key] = _give(setting, value, f"{origin}:{line}", base=base)
    return layer


def _walk(node: yaml.Node, section: str, place: str) -> list[tuple[Setting, yaml.Node]]:
    """Every setting below a mapping with its value, in the order of the file."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        if section and isinstance(node, yaml.ScalarNode) and node.value == "":
            return []
        where = f"{section!r}" if section else "the file"
        raise WrongUse(f"{place}:{node.start_mark.line + 1}: {where} must be a mapping of keys to values")
    found: list[tuple[Setting, yaml.Node]] = []
    seen = set()
    for key_node, value_node in node.value:
        line = f"{place}:{key_node.start_mark.line + 1}"
        name = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
        key = f"{section}.{name}" if section else name
        if name in seen:
            raise WrongUse(f"{line}: {key!r} stands here a second time", hint="keep one of them")
        seen.add(name)
        if "." in name and key in _BY_KEY:
            inner, _, last = key.rpartition(".")
            raise WrongUse(f"{line}: unknown key {key!r}", hint=f"write {last!r} as a key below {inner!r}")
        if key in _BY_KEY:
            found.append((_BY_KEY[key], value_node))
        elif key in _SECTIONS:
            found.extend(_walk(value_node, key, place))
        else:
            import difflib

            close = difflib.get_close_matches(key[:80], (*_BY_KEY, *_SECTIONS), n=1)
            hint = f"did you mean {close[0]!r}?" if close else "`autopack config show` lists the keys"
            raise WrongUse(f"{line}: unknown key {key[:80]!r}", hint=hint)
    return found


def _node_value(setting: Setting, node: yaml.Node) -> Any:
    """A node read as the setting's type.

    Not by YAML 1.1's own types: there `off` is false, `1:30` is ninety and `010` is eight.
    """
    import yaml

    expected = f"{setting.key!r} must be {describe_kind(setting)}"
    if isinstance(node, yaml.ScalarNode) and not node.style:
        if node.tag == "tag:yaml.org,2002:null":
            return check_value(setting, None)
        if setting.kind in ("flag", "integer", "number"):
            return read_words(setting, node.value)
        if setting.choices:
            return check_value(setting, node.value)
    if setting.kind != "names":
        return check_value(setting, _read_text(node, expected))
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError(f"{expected}, not {_show_node(node)}")
    return check_value(setting, [_read_text(part, expected) for part in node.value])


def _read_text(node: yaml.Node, expected: str) -> str:
    """What a scalar says, if YAML takes it for a text."""
    if node.tag != "tag:yaml.org,2002:str":
        raise ValueError(f"{expected}, not {_show_node(node)}")
    return str(node.value)


def _show_node(node: yaml.Node) -> str:
    if isinstance(node.value, str):
        return f"{node.value[:80]!r}" + ("" if node.tag == "tag:yaml.org,2002:str" else " (put a text in quotes)")
    return "a mapping" if node.tag == "tag:yaml.org,2002:map" else "a list"


def _give(setting: Setting, value: object, origin: str, *, base: Path) -> Given:
    """A checked value with its origin; a path becomes absolute, read from the folder of whoever said it."""
    try:
        checked = check_value(setting, value)
    except ValueError as error:
        raise WrongUse(f"{origin}: {error}") from None
    if setting.kind == "path" and checked is not None:
        checked = str(base / Path(checked).expanduser())
    return Given(value=checked, origin=origin)
