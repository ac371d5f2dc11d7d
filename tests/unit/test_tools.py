"""Programs of a hidden HOME stay visible, and what stands beside them does not."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autopack.effects.tools import Tools, describe_tool, find_tools, locate

Find = Callable[..., Tools]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home as people have it: tools come on top."""
    home = tmp_path / "home" / "ann"
    for folder in (".ssh", ".config/gh", ".aws"):
        (home / folder).mkdir(parents=True)
    (home / ".bashrc").write_text("")
    (home / ".ssh" / "id_rsa").write_text("PRIVATE KEY")
    return home


@pytest.fixture
def find(home: Path) -> Find:
    def look(*entries: str | Path, environ: dict[str, str] | None = None, roots: tuple[str, ...] = ()) -> Tools:
        path = os.pathsep.join(map(str, entries))
        return find_tools(path, hidden=(home.parent, home), home=home, environ=environ or {}, roots=roots)

    return look


def program(file: Path, text: str = "#!/bin/sh\necho fine\n") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def link(place: Path, target: Path | str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)
    return place


# -- what is shown ------------------------------------------------------------------------------------------------------


def test_a_machine_whose_tools_lie_elsewhere_shows_nothing_of_the_home(find: Find) -> None:
    assert find("/usr/bin", "/bin", "relative/bin", "") == Tools()


def test_shims_of_a_version_manager_show_its_home_and_tell_it_where_that_is(home: Path, find: Find) -> None:
    shim = program(home / ".pyenv/shims/python", "#!/usr/bin/env bash\n")
    program(home / ".pyenv/versions/3.12.1/bin/python")
    (home / ".pyenv/.git").mkdir()
    assert find(shim.parent) == Tools(exposed=(home / ".pyenv",), variables=(("PYENV_ROOT", str(home / ".pyenv")),))


def test_rustup_shows_its_toolchains_and_no_credentials_of_cargo(home: Path, find: Find) -> None:
    cargo = home / ".cargo"
    program(cargo / "bin/rustup")
    link(cargo / "bin/cargo", "rustup")
    (cargo / "credentials.toml").write_text("token")
    program(home / ".rustup/toolchains/stable/bin/cargo")
    (home / ".rustup/settings.toml").write_text("")
    assert find(cargo / "bin") == Tools(
        exposed=(cargo / "bin", home / ".rustup"),
        variables=(("RUSTUP_HOME", str(home / ".rustup")),),
    )


def test_a_tool_in_an_environment_of_its_own_brings_the_python_that_it_borrows(home: Path, find: Find) -> None:
    base, tools = home / ".local/share/pythons/3.13", home / ".local/share/pipx/venvs/black"
    program(base / "bin/python3.13")
    link(tools / "bin/python", base / "bin/python3.13")
    program(tools / "bin/black", f"#!{tools}/bin/python\n")
    (tools / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.13.0\n")
    link(home / ".local/bin/black", tools / "bin/black")
    assert find(home / ".local/bin") == Tools(exposed=(home / ".local/bin", tools, base))


def test_a_folder_of_programs_in_the_home_itself_is_shown_alone(home: Path, find: Find) -> None:
    program(home / "bin/deploy")
    assert find(home / "bin") == Tools(exposed=(home / "bin",))


@pytest.mark.parametrize("entry", ["", ".ssh", ".config", ".config/gh", ".local", ".aws", ".docker/bin"])
def test_a_folder_that_is_no_tool_is_not_shown_although_it_is_on_path(home: Path, find: Find, entry: str) -> None:
    program(home / entry / "tool")
    assert find(home / entry) == Tools()


# -- the same inside and outside ----------------------------------------------------------------------------------------


def inside(tools: Tools, home: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run a command where `home` is hidden but for what `tools` bring back."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("no bwrap here")
    words = [bwrap, "--unshare-pid", "--unshare-net", "--die-with-parent", "--cap-drop", "ALL", "--ro-bind", "/", "/"]
    words += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", str(home)]
    for place in tools.exposed:
        words += ["--ro-bind", str(place), str(place)]
    for place in tools.masked:
        words += ["--ro-bind", "/dev/null", str(place)]
    for place, target in tools.links:
        words += ["--symlink", target, str(place)]
    words += ["--remount-ro", str(home), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    environ = {"PATH": os.environ["PATH"], "HOME": "/tmp", "LANG": "C.UTF-8", **dict(tools.variables)}
    return subprocess.run([*words, "--", *argv], env=environ, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", ["python3", "cargo", "rustc", "node", "go", "java", "ruby", "git"])
def test_a_program_of_this_machine_is_the_same_inside(name: str) -> None:
    path, home = os.environ["PATH"], Path.home()
    found = locate(name, path)
    if found is None:
        pytest.skip(f"no {name} here")
    argv = describe_tool(found[0])
    outside = subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/", timeout=60).stdout
    tools = find_tools(path, hidden=(home,), home=home, environ=os.environ)
    assert outside.startswith(f"{found[1]}\n")
    assert inside(tools, home, *argv).stdout == outside
