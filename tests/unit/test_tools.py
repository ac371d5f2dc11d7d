"""Programs of a hidden HOME stay visible, and what stands beside them does not."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from autopack.decide.tool_homes import TOOL_HOMES, ToolHome
from autopack.effects.tools import MOST_FILES, Tools, describe_tool, find_tools, locate

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


def test_a_version_manager_that_only_path_leads_to_is_shown_although_home_is_another(tmp_path: Path, home: Path) -> None:
    other = tmp_path / "other"
    shim = program(other / ".pyenv/shims/python", "#!/usr/bin/env bash\n")
    program(other / ".pyenv/versions/3.12.1/bin/python")
    (other / ".pyenv/.git").mkdir()
    found = find_tools(str(shim.parent), hidden=(home, other), home=home, environ={})
    assert found == Tools(exposed=(other / ".pyenv",), variables=(("PYENV_ROOT", str(other / ".pyenv")),))


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


@pytest.mark.parametrize("tool", [tool for tool in TOOL_HOMES if not tool.path.startswith("/")], ids=lambda tool: tool.path)
def test_every_known_home_gives_what_its_programs_need_and_no_more(home: Path, find: Find, tool: ToolHome) -> None:
    (home / tool.path / "cache").mkdir(parents=True)
    parts = tuple(sorted(home / tool.path / part.replace("*", "3") for part in tool.parts))
    for part in parts:
        part.mkdir(parents=True, exist_ok=True)
    told = ((tool.variable, str(home / tool.path)),) if tool.variable and tool.told else ()
    assert find("/usr/bin") == Tools(exposed=parts, variables=told)


def test_a_home_that_stands_on_another_disk_is_found_over_its_link(tmp_path: Path, home: Path) -> None:
    program(home / "opt/jdk/bin/java")
    disk = tmp_path / "disk"
    home.rename(disk)
    link(home, disk)
    tools = find_tools(f"{home}/opt/jdk/bin", hidden=(home.parent, home), home=home, environ={"JAVA_HOME": f"{home}/opt/jdk"})
    assert tools == Tools(exposed=(disk / "opt/jdk",), variables=(("JAVA_HOME", f"{home}/opt/jdk"),), links=((home, str(disk)),))


def test_a_node_of_nvm_brings_the_home_of_nvm(home: Path, find: Find) -> None:
    node = program(home / ".nvm/versions/node/v20.1.0/bin/node")
    (node.parent.parent / "etc").mkdir()
    (node.parent.parent / "etc/npmrc").write_text("//registry.example/:_authToken=abc\n")
    assert find(node.parent) == Tools(
        exposed=(home / ".nvm",),
        masked=(home / ".nvm/versions/node/v20.1.0/etc/npmrc",),
        variables=(("NVM_DIR", str(home / ".nvm")),),
    )


def test_a_toolchain_that_is_linked_into_a_version_manager_is_shown_too(home: Path, find: Find) -> None:
    program(home / "builds/python-dev/bin/python3")
    link(home / ".pyenv/versions/dev", home / "builds/python-dev")
    assert find("/usr/bin").exposed == (home / ".pyenv", home / "builds/python-dev")


def test_the_environment_of_a_project_is_shown_and_its_sources_are_not(home: Path, find: Find) -> None:
    project, base = home / "src/shop", home / ".local/share/uv/python/cpython-3.12"
    (project / ".git").mkdir(parents=True)
    (project / "app.py").write_text("")
    program(base / "bin/python3.12")
    link(project / ".venv/bin/python", base / "bin/python3.12")
    (project / ".venv/pyvenv.cfg").write_text(f"home = {base / 'bin'}\n")
    assert find(project / ".venv/bin").exposed == (base.parent, project / ".venv")


@pytest.mark.parametrize("checkout", ["src/shop", "src", "src/shop/api"])
def test_programs_among_the_sources_of_a_checkout_are_shown_without_the_sources(home: Path, find: Find, checkout: str) -> None:
    """The checkout is the parent itself, above it, or one of several beside the programs."""
    program(home / "src/shop/bin/serve")
    (home / checkout / ".git").mkdir(parents=True)
    assert find(home / "src/shop/bin") == Tools(exposed=(home / "src/shop/bin",))


def test_a_home_that_is_a_checkout_itself_does_not_hide_the_tools(home: Path, find: Find) -> None:
    program(home / "opt/jdk/bin/java")
    (home / ".git").mkdir()
    assert find(home / "opt/jdk/bin") == Tools(exposed=(home / "opt/jdk",))


def test_the_home_of_somebody_else_is_not_taken_for_a_tool(home: Path, find: Find) -> None:
    program(home.parent / "bob/bin/tool")
    (home.parent / "bob/.profile").write_text("")
    assert find(home.parent / "bob/bin") == Tools(exposed=(home.parent / "bob/bin",))


def test_a_linked_program_is_followed_over_every_link_to_its_end(home: Path, find: Find) -> None:
    program(home / "apps/hugo-2/bin/hugo")
    link(home / "apps/hugo", "hugo-2")
    link(home / ".local/bin/hugo", "../../apps/hugo/bin/hugo")
    assert find(home / ".local/bin") == Tools(
        exposed=(home / ".local/bin", home / "apps/hugo-2"), links=((home / "apps/hugo", "hugo-2"),)
    )


def test_an_entry_of_path_that_leads_over_a_link_keeps_the_link(home: Path, find: Find) -> None:
    program(home / ".local/share/fnm/node-versions/v20/installation/bin/node")
    session = link(home / ".local/state/fnm_multishells/17", home / ".local/share/fnm/node-versions/v20/installation")
    assert find(session / "bin", environ={"FNM_MULTISHELL_PATH": str(session)}) == Tools(
        exposed=(home / ".local/share/fnm/node-versions",),
        variables=(("FNM_DIR", str(home / ".local/share/fnm")),),
        links=((session, str(home / ".local/share/fnm/node-versions/v20/installation")),),
    )


def test_a_visible_link_or_script_brings_what_it_needs_of_the_home(tmp_path: Path, home: Path, find: Find) -> None:
    program(home / "opt/go1.22/bin/go")
    program(home / "opt/py/bin/python")
    link(tmp_path / "usr/bin/go", home / "opt/go1.22/bin/go")
    program(tmp_path / "usr/bin/report", f"#!{home}/opt/py/bin/python -s\n")
    assert find(tmp_path / "usr/bin") == Tools(exposed=(home / "opt/go1.22", home / "opt/py"))


def test_an_interpreter_in_the_second_line_of_a_script_is_found(home: Path, find: Find) -> None:
    program(home / "opt/my python/bin/python")
    program(home / "bin/tool", f"#!/bin/sh\n'''exec' \"{home}/opt/my python/bin/python\" \"$0\" \"$@\"\n' '''\n")
    assert find(home / "bin") == Tools(exposed=(home / "bin", home / "opt/my python"))


def test_a_linked_program_among_somebody_s_files_is_shown_alone(home: Path, find: Find) -> None:
    program(home / "notes/deploy.sh")
    link(home / "bin/deploy", home / "notes/deploy.sh")
    (home / "notes/passwords.txt").write_text("")
    link(home / "bin/key", home / ".ssh/id_rsa").resolve().chmod(0o700)
    assert find(home / "bin").exposed == (home / "bin", home / "notes/deploy.sh")


def test_a_package_of_npm_comes_with_the_packages_it_needs(home: Path, find: Find) -> None:
    program(home / ".local/lib/node_modules/typescript/bin/tsc")
    program(home / ".config/yarn/global/node_modules/eslint/bin/eslint.js")
    link(home / ".local/bin/tsc", "../lib/node_modules/typescript/bin/tsc")
    link(home / ".local/bin/eslint", home / ".config/yarn/global/node_modules/eslint/bin/eslint.js")
    assert find(home / ".local/bin").exposed == (
        home / ".config/yarn/global/node_modules",
        home / ".local/bin",
        home / ".local/lib/node_modules",
    )


def test_the_packages_of_a_checkout_are_shown_without_its_sources(home: Path, find: Find) -> None:
    packages = home / "src/shop/node_modules"
    program(packages / "eslint/bin/eslint.js")
    link(packages / ".bin/eslint", "../eslint/bin/eslint.js")
    (home / "src/shop/.git").mkdir()
    assert find(packages / ".bin") == Tools(exposed=(packages,))


def test_what_pip_installed_for_the_user_is_found_although_home_is_another(home: Path, find: Find) -> None:
    (home / ".local/lib/python3.11/site-packages").mkdir(parents=True)
    assert find("/usr/bin") == Tools(
        exposed=(home / ".local/lib/python3.11/site-packages",), variables=(("PYTHONUSERBASE", str(home / ".local")),)
    )


def test_a_go_that_was_unpacked_where_its_packages_would_be_is_shown_whole(home: Path, find: Find) -> None:
    program(home / "go/bin/go")
    assert find("/usr/bin").exposed == (home / "go/bin",)
    (home / "go/VERSION").write_text("go1.22.0\n")
    assert find("/usr/bin").exposed == (home / "go",)


def test_folders_that_the_caller_names_for_a_tool_are_shown_and_told(tmp_path: Path, home: Path, find: Find) -> None:
    for folder in ("opt/jdk", "moved/rustup/toolchains", "shell/venv"):
        (home / folder).mkdir(parents=True)
    (tmp_path / "sdk").mkdir()
    environ = {
        "JAVA_HOME": str(home / "opt/jdk"),
        "RUSTUP_HOME": str(home / "moved/rustup"),
        "VIRTUAL_ENV": str(home / "shell/venv"),
        "ANDROID_HOME": str(tmp_path / "sdk"),
        "GOROOT": str(home / "nowhere"),
        "GEM_HOME": str(home),
        "MAVEN_HOME": "relative",
        "GITHUB_TOKEN": "t",
    }
    assert find("/usr/bin", environ=environ) == Tools(
        exposed=(home / "moved/rustup", home / "opt/jdk", home / "shell/venv"),
        variables=(
            ("ANDROID_HOME", str(tmp_path / "sdk")),
            ("JAVA_HOME", str(home / "opt/jdk")),
            ("RUSTUP_HOME", str(home / "moved/rustup")),
        ),
    )


def test_a_root_that_a_toolchain_names_is_shown_unless_it_holds_secrets(home: Path, find: Find) -> None:
    (home / ".zigup").mkdir()
    assert find("/usr/bin", roots=("~/.zigup", "~/.aws", "~/.config", "~", "~/..", "~/.absent")) == Tools(
        exposed=(home / ".zigup",)
    )


# -- what is covered ----------------------------------------------------------------------------------------------------

KEY = "-----BEGIN CERTIFICATE-----\n" + "x" * 5_000 + "\n-----BEGIN PRIVATE KEY-----\n"
COVERED = {
    "credentials": "", "credentials.toml": "", ".netrc": "", "auth.json": "", "tokens": "", "id_ed25519": "", ".npmrc": "",
    ".pypirc": "", "etc/.git-credentials": "", "a/b/.env": "", "tls/server.pem": KEY, "tls/server.key": KEY, "id_work": KEY,
    "pip.conf": "index-url = https://me:pw@pypi.example/simple\n", "a/b/.git/config": "url = https://token@git.example/x\n",
}  # fmt: skip
OPEN = {
    "credentials.py": "", "token.h": "", "tls/ca.pem": "-----BEGIN CERTIFICATE-----\n", "id_map": "", "pip.conf.md": "",
    "etc/npmrc": "registry=https://registry.example/\n", "config": "url = git@git.example:x\n", "bin/tokens.sh": "",
    "a/b/c/lib/credentials": "",
}  # fmt: skip


@pytest.mark.parametrize("files", [COVERED, OPEN], ids=["covered", "open"])
def test_credentials_beside_a_tool_are_covered_and_other_files_are_not(home: Path, find: Find, files: dict[str, str]) -> None:
    root = home / "opt/tool"
    program(root / "bin/tool")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    assert set(find(root / "bin").masked) == ({root / name for name in files} if files is COVERED else set())


def test_credentials_behind_a_link_are_covered_where_they_stand(home: Path, find: Find) -> None:
    root = home / "opt/tool"
    program(root / "bin/tool")
    (root / "real").write_text("")
    link(root / "credentials", "real")
    link(root / "auth.json", home / ".ssh/id_rsa")
    assert find(root / "bin").masked == (root / "real",)


def test_a_socket_beside_a_tool_is_no_door_to_the_outside(home: Path, find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    root = home / "opt/tool"
    program(root / "bin/tool")
    monkeypatch.chdir(root)  # the path of a socket may have 107 bytes
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("daemon.sock")
        door.listen()
        tools = find(root / "bin")
        assert tools == Tools(exposed=(root,), masked=(root / "daemon.sock",))
        code = "import os, socket, sys; os.chdir(sys.argv[1]); print(socket.socket(socket.AF_UNIX).connect_ex('daemon.sock'))"
        argv = ("/usr/bin/python3", "-c", code, str(root))
        if not Path(argv[0]).exists():
            pytest.skip("no python3 of the system here")
        refused = f"{errno.ECONNREFUSED}\n"
        assert (inside(tools, (home,), "/usr/bin", *argv), inside(replace(tools, masked=()), (home,), "/usr/bin", *argv)) == (
            refused,
            "0\n",
        )


# -- bounds -------------------------------------------------------------------------------------------------------------


def test_folders_full_of_files_and_links_in_a_circle_come_to_an_end(home: Path, find: Find) -> None:
    for number in range(MOST_FILES + 100):
        link(home / f"opt/many/bin/t{number}", "t0")
    link(home / "bin/x", "y")
    link(home / "bin/y", "x")
    assert find(home / "opt/many/bin", home / "bin") == Tools(exposed=(home / "bin", home / "opt/many"))


def test_a_folder_that_may_not_be_looked_at_is_passed_over(as_nobody: Path) -> None:
    home = as_nobody / "home"
    program(home / "locked/bin/tool")
    program(home / "opt/tool/bin/tool")
    (home / "locked").chmod(0)
    path = f"{home / 'locked/bin'}:{home / 'opt/tool/bin'}"
    tools = find_tools(path, hidden=(home,), home=home, environ={"JAVA_HOME": str(home / "locked/jdk")}, roots=("~/locked/x",))
    assert tools == Tools(exposed=(home / "opt/tool",))


# -- the same inside and outside ----------------------------------------------------------------------------------------


def inside(tools: Tools, hidden: tuple[Path, ...], path: str, *argv: str) -> str:
    """What a command prints where folders are hidden but for what `tools` bring back."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        pytest.skip("no bwrap here")
    words = [bwrap, "--unshare-pid", "--unshare-net", "--die-with-parent", "--cap-drop", "ALL", "--ro-bind", "/", "/"]
    words += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
    for place in hidden:
        words += ["--tmpfs", str(place)]
    for place in tools.exposed:
        words += ["--ro-bind", str(place), str(place)]
    for place in tools.masked:
        words += ["--ro-bind", "/dev/null", str(place)]
    for place, target in tools.links:
        words += ["--symlink", target, str(place)]
    for place in hidden:
        words += ["--remount-ro", str(place)]
    environ = {"PATH": path, "HOME": "/tmp", "LANG": "C.UTF-8", **dict(tools.variables)}
    return run((*words, "--chdir", "/", "--", *argv), environ)


def run(argv: tuple[str, ...], environ: Mapping[str, str]) -> str:
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    return done.stdout


@pytest.mark.parametrize("name", ["python3", "pip", "cargo", "rustc", "node", "npm", "go", "java", "ruby", "git", "uv"])
def test_a_program_of_this_machine_is_the_same_inside(name: str) -> None:
    path, home = os.environ["PATH"], Path.home()
    found = locate(name, path)
    if found is None:
        pytest.skip(f"no {name} here")
    tools = find_tools(path, hidden=(home, Path("/tmp")), home=home, environ=os.environ)
    outside = run(describe_tool(found[0]), os.environ)
    assert len(outside.splitlines()) == 2
    assert outside.startswith(f"{found[1]}\n")
    assert inside(tools, (home,), path, *describe_tool(found[0])) == outside


def test_a_node_in_a_home_runs_inside_and_without_the_search_it_does_not(home: Path, find: Find) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    place = home / ".local/share/fnm/node-versions/v1/installation/bin/node"
    place.parent.mkdir(parents=True)
    shutil.copy2(node, place)
    session = link(home / "session", place.parent.parent)
    path = f"{session / 'bin'}:{os.environ['PATH']}"
    found = locate("node", path)
    assert found == (session / "bin/node", place)
    assert inside(find(session / "bin"), (home,), path, *describe_tool(found[0])) == run(describe_tool(found[0]), os.environ)
    assert inside(Tools(), (home,), path, *describe_tool(found[0])) == ""


def test_an_environment_in_a_home_finds_the_library_it_borrows(home: Path, find: Find) -> None:
    base = Path(sys.base_prefix)
    venv = home / "src/shop/.venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    program(venv / "bin/tool", f"#!{venv}/bin/python\nimport json, sys\nprint(json.dumps([sys.prefix, sys.version]))\n")
    link(home / ".local/bin/tool", venv / "bin/tool")
    hidden = (home, base)
    path = f"{home / '.local/bin'}:/usr/bin:/bin"
    tools = find_tools(path, hidden=(home, base.parent), home=home, environ={})
    assert inside(tools, hidden, path, "tool") == run((str(home / ".local/bin/tool"),), os.environ) != ""


def test_credentials_beside_tools_cannot_be_read_inside(home: Path, find: Find) -> None:
    program(home / ".cargo/bin/cargo", "#!/bin/sh\necho cargo runs\n")
    program(home / "opt/tool/bin/tool", "#!/bin/sh\necho tool runs\n")
    secrets = [
        home / name for name in (".cargo/credentials.toml", "opt/tool/credentials", ".ssh/id_rsa", ".bashrc", ".cargo/env")
    ]
    for place in secrets:
        place.write_text("canary")
    path = f"{home / '.cargo/bin'}:{home / 'opt/tool/bin'}:/usr/bin:/bin"
    tools = find(home / ".cargo/bin", home / "opt/tool/bin")
    assert (
        inside(tools, (home,), path, "sh", "-c", 'cargo; tool; cat "$@"', "sh", *map(str, secrets)) == "cargo runs\ntool runs\n"
    )
    unmasked = replace(tools, masked=())
    assert inside(unmasked, (home,), path, "sh", "-c", 'cat "$@"', "sh", *map(str, secrets)) == "canary"


def test_a_search_on_this_machine_is_quick() -> None:
    def look() -> float:
        start = time.process_time()
        find_tools(os.environ["PATH"], hidden=(Path.home(),), home=Path.home(), environ=os.environ)
        return time.process_time() - start

    assert min(look() for _ in range(5)) < 0.1
