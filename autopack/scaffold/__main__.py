"""Hold our own plugins' `pyproject.toml` to the template: `python -m autopack.scaffold --check` or `--write`."""

from __future__ import annotations

import difflib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from autopack.effects.paths import read_own, replace_file
from autopack.errors import PHASE_FAILED
from autopack.scaffold.render import render_pyproject


def render_ours(root: Path) -> Iterator[tuple[Path, str, str]]:
    """The `pyproject.toml` of each plugin in the checkout: its path, its text, and the text it should have.

    Description and further requirements are the plugin's own.
    """
    for path in sorted((root / "plugins").glob("autopack-*/pyproject.toml")):
        stands = read_own(path) or ""
        project = tomllib.loads(stands)["project"]
        module = path.parent.name.replace("-", "_")
        made = render_pyproject(
            path.parent.name.removeprefix("autopack-"),
            project["description"],
            included=module if (path.parent / module).is_dir() else f"{module}.py",
            requires=project["dependencies"][1:],
            ours=True,
        )
        yield path, stands, made


@click.command()
@click.option("--write", is_flag=True, help="Write the files.")
@click.option("--check", is_flag=True, help="Only say which files are not as the template says (exit code 1).")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The checkout (default: the current folder).")
def main(write: bool, check: bool, root: Path) -> None:
    """Write or check the `pyproject.toml` of every plugin in the checkout."""
    if write == check:
        raise click.UsageError("say either --write or --check")
    failed = False
    for path, stands, made in render_ours(root):
        if write:
            replace_file(path, made)
        elif stands != made:
            failed = True
            lines = difflib.unified_diff(stands.splitlines(), made.splitlines(), str(path), "as made", lineterm="", n=1)
            click.echo("\n".join(lines), err=True)
    sys.exit(PHASE_FAILED if failed else 0)


if __name__ == "__main__":
    main()
