"""`autopack plugins`, through the installed program, with broken plugins really installed beside ours."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

PROGRAM = str(Path(sys.executable).with_name("autopack"))
FAULTY = Path(__file__).parents[1] / "faulty_plugins"
SCHEMA = Path(__file__).parents[2] / "schemas" / "plugins_v1.schema.json"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH that holds every faulty plugin as an installed distribution."""
    for source in FAULTY.iterdir():
        module = f"{source.name.replace('-', '_')}.py"
        shutil.copy(source / module, tmp_path / module)
        metadata = tmp_path / f"{source.name.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {source.name}\nVersion: 1.0\n")
        shutil.copy(source / "entry_points.txt", metadata / "entry_points.txt")
    return tmp_path


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work outside the checkout, so that its own configuration does not count."""
    monkeypatch.chdir(tmp_path)


def run(*argv: str, site: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    # Nothing of whoever runs the tests: a home folder or a variable of theirs could leave plugins out.
    environment = {"HOME": "/nonexistent", "PATH": os.defpath, "PYTHONPATH": str(site or ""), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(argv, capture_output=True, text=True, env=environment | variables, check=False, timeout=30)


def list_plugins(*options: str, site: Path | None = None, **variables: str) -> list[dict[str, Any]]:
    done = run(PROGRAM, "plugins", "list", "--json", *options, site=site, **variables)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    jsonschema.validate(printed, json.loads(SCHEMA.read_text()))
    plugins: list[dict[str, Any]] = printed["plugins"]
    return plugins


def test_each_broken_plugin_costs_only_itself_and_names_its_fault(site: Path) -> None:
    listed = list_plugins(site=site)
    assert {p["package"]: p["fault"] for p in listed if p["version"] == "1.0"} == {
        "autopack-faulty-import": (
            "cannot be imported: ModuleNotFoundError: No module named 'a_library_that_nobody_has' (autopack_faulty_import.py:3)"
        ),
        "autopack-faulty-exit": "cannot be imported: SystemExit: 3 (autopack_faulty_exit.py:6)",
        "autopack-faulty-misspelt": "there is no hook 'detect_toolchian'; did you mean 'detect_toolchain'?",
        "autopack-faulty-argument": "detect_toolchain has no argument 'shell'; it has workspace",
        "autopack-faulty-raising": None,
        "autopack-faulty-clash-a": (
            "the name 'clash' is offered by autopack-faulty-clash-a and autopack-faulty-clash-b; none of them is used"
        ),
        "autopack-faulty-clash-b": (
            "the name 'clash' is offered by autopack-faulty-clash-a and autopack-faulty-clash-b; none of them is used"
        ),
    }
    ours = list_plugins()
    assert [p for p in listed if p["version"] != "1.0"] == ours
    assert {"builder-command", "builder-payload", "intent-conventions", "plan-markdown", "plan-payload", "py"} <= {
        p["name"] for p in ours
    }


def test_a_plugin_is_listed_with_its_hooks_and_origin() -> None:
    [command] = [p for p in list_plugins() if p["name"] == "builder-command"]
    assert command == {
        "name": "builder-command",
        "version": command["version"],
        "origin": command["origin"],
        "package": "autopack-builder-command",
        "hooks": ["builders"],
        "fault": None,
        "enabled": True,
        "module": "autopack_builder_command",
        "notes": command["notes"],
        "host": "<1,>=0.1",
    }
    assert command["origin"].split()[0] in ("editable", "wheel")


def test_without_loading_no_plugin_is_imported(site: Path) -> None:
    faulty = [p for p in list_plugins("--no-load", site=site) if p["version"] == "1.0"]
    assert {p["name"]: (p["hooks"], bool(p["fault"])) for p in faulty} == {
        "faulty-import": ([], False),
        "faulty-exit": ([], False),
        "faulty-misspelt": ([], False),
        "faulty-argument": ([], False),
        "faulty-raising": ([], False),
        "clash": ([], True),
    }


def test_check_asks_for_builders_and_patterns_and_ends_with_6(site: Path) -> None:
    done = run(PROGRAM, "plugins", "check", site=site)
    assert done.returncode == 6
    faults = dict(line.split("  ", 1) for line in done.stdout.splitlines()[1:])
    assert {"faulty-import", "faulty-exit", "faulty-misspelt", "faulty-argument", "clash"} <= set(faults)
    assert "builders: SystemExit: no builder today (autopack_faulty_raising.py:15)" in done.stdout
    assert "failure_patterns: RuntimeError: out of patterns (autopack_faulty_raising.py:10)" in done.stdout
    assert done.stdout.startswith("PLUGIN ")
    assert "faults in the plugins\nhint: " in done.stderr


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"AUTOPACK_REQUIRE": "faulty-exit"},
            "'faulty-exit': cannot be imported: SystemExit: 3 (autopack_faulty_exit.py:6)",
        ),
        (
            {"AUTOPACK_REQUIRE": "builder-command,faulty-exit", "AUTOPACK_PLUGINS_ONLY": "builder-command"},
            "'faulty-exit': it is left out by `plugins.only`",
        ),
        (
            {"AUTOPACK_REQUIRE": "builder-command,nobody-has-it", "AUTOPACK_PLUGINS_ONLY": "builder-command"},
            "'nobody-has-it' is not installed",
        ),
    ],
)
def test_check_ends_with_6_when_a_required_plugin_is_broken_absent_or_left_out(
    site: Path, variables: dict[str, str], message: str
) -> None:
    done = run(PROGRAM, "plugins", "check", site=site, **variables)
    hint = "hint: see `autopack plugins list`, or take it out of `require:` in the configuration"
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.endswith(f"error: a required plugin is broken: {message}\n{hint}\n")


def test_check_is_content_when_the_enabled_plugins_have_no_fault(site: Path) -> None:
    done = run(
        PROGRAM,
        "plugins",
        "check",
        site=site,
        AUTOPACK_PLUGINS_ONLY="builder-command",
        AUTOPACK_REQUIRE="autopack-builder-command",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 plugin, no fault\n", "")


def test_check_obeys_what_the_repository_requires(tmp_path: Path) -> None:
    (tmp_path / "repo" / ".autopack").mkdir(parents=True)
    (tmp_path / "repo" / ".git").mkdir()
    (tmp_path / "repo" / ".autopack" / "config.yaml").write_text("require: [nobody-has-it]\n")
    done = run(PROGRAM, "plugins", "check", "--repo", "repo", AUTOPACK_PLUGINS_ONLY="builder-command")
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        6,
        "error: a required plugin is broken: 'nobody-has-it' is not installed",
    )


def test_a_required_plugin_that_is_broken_does_not_stop_the_list(site: Path) -> None:
    assert list_plugins(site=site, AUTOPACK_REQUIRE="faulty-exit,nobody-has-it") == list_plugins(site=site)


def test_what_the_configuration_leaves_out_is_listed_as_not_enabled_and_not_imported(site: Path) -> None:
    listed = list_plugins(site=site, AUTOPACK_PLUGINS_ONLY="builder-command")
    assert [p["name"] for p in listed] == [p["name"] for p in list_plugins(site=site)]
    assert {p["name"] for p in listed if p["enabled"]} == {"builder-command"}
    assert [p["name"] for p in listed if p["fault"] or (p["hooks"] and not p["enabled"])] == []
    table = run(PROGRAM, "plugins", "list", site=site, AUTOPACK_PLUGINS_ONLY="builder-command")
    [line] = [line for line in table.stdout.splitlines() if line.startswith("faulty-exit ")]
    assert line.split(maxsplit=3) == ["faulty-exit", "1.0", "path", "not enabled"]


def test_the_table_shows_the_fault(site: Path) -> None:
    done = run(PROGRAM, "plugins", "list", site=site)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("faulty-exit ")]
    assert line.split(maxsplit=3) == [
        "faulty-exit",
        "1.0",
        "path",
        "cannot be imported: SystemExit: 3 (autopack_faulty_exit.py:6)",
    ]


def test_listing_imports_nothing_heavy() -> None:
    done = run(sys.executable, "-X", "importtime", PROGRAM, "plugins", "list")
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {"autopack.plugins", "autopack.effects.config"} <= imported
    assert imported & {"git", "jsonschema", "structlog", "rich", "yaml", "tree_sitter", "asyncio"} == set()
