"""Every command through the installed program: its help, its JSON, and that looking changes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autopack.cli import COMMANDS
from autopack.effects.journal import read_journal
from autopack.model.codec import to_data
from autopack.schemas import check_document, load_schema
from autopack.testing.fixtures import IDENTITY, find_autopack, run_git

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "examples" / "plans" / "chat.md"
BELOW = ["intent show", "memory show", "plugins list", "plugins check", "config show", "config path"]

Autopack = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the greeter as a repository, and one finished run on it."""
    top = tmp_path_factory.mktemp("commands")
    shutil.copytree(ROOT / "examples" / "projects" / "greeter", top / "repo", ignore=shutil.ignore_patterns("__pycache__"))
    run_git(top / "repo", "init", "--quiet", "--initial-branch=main")
    run_git(top / "repo", "add", "--all")
    run_git(top / "repo", "commit", "--quiet", "--message=Start")
    (top / "empty").mkdir()
    done = start(top, "run", PLAN, "--run-id", "done", "--allow-weak-sandbox")
    assert done.returncode == 0, done.stderr
    return top


def start(top: Path, *args: str | Path, folder: str = "repo", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the program with a private HOME, in a folder of `top`."""
    (top / "home").mkdir(exist_ok=True)
    environ = {
        **IDENTITY,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(top / "home"),
        "AUTOPACK_STATE_DIR": str(top / "state"),
        "AUTOPACK_CACHE_DIR": str(top / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **env,
    }
    command = [find_autopack(), *map(str, args)]
    return subprocess.run(command, cwd=top / folder, env=environ, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def autopack(top: Path) -> Autopack:
    return lambda *args, **options: start(top, *args, **options)


@pytest.mark.parametrize("name", [*COMMANDS, *BELOW])
def test_help_shows_an_example(name: str, autopack: Autopack) -> None:
    done = autopack(*name.split(), "--help")

    assert (done.returncode, done.stderr) == (0, "")
    usage, _, text = done.stdout.partition("\n\n")
    assert usage.startswith(f"Usage: autopack {name} ")
    shown = f"autopack {name.split()[0]}" if name != "faults" else "AUTOPACK_FAULT="
    assert shown in text


@pytest.mark.parametrize(
    ("args", "schema"),
    [
        (("plan", PLAN), "plan_v1"),
        (("run", PLAN, "--dry-run", "--allow-weak-sandbox"), "plan_v1"),
        (("status",), "status_v1"),
        (("status", "done"), "status_v1"),
        (("report",), "report_v1"),
        (("resume",), "report_v1"),
        (("intent", "show"), "intent_v1"),
        (("memory", "show"), "memory_v1"),
        (("toolchains",), "toolchains_v1"),
        (("toolchains", "--explain"), "toolchains_explain_v1"),
        (("policy", "rm -rf /"), "policy_v1"),
        (("plugins", "list"), "plugins_v1"),
        (("config", "show"), "config_show_v1"),
        (("doctor",), "doctor_v1"),
        (("faults",), "faults_v1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(str(word).rpartition("/")[2] for word in value),
)
def test_json_fits_its_schema_and_is_all_that_stdout_holds(args: tuple[str, ...], schema: str, autopack: Autopack) -> None:
    done = autopack(*args, "--json")

    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    check_document(schema, printed)
    assert done.stdout == json.dumps(printed, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_the_schemas_refuse_what_no_command_prints(autopack: Autopack) -> None:
    report = json.loads(autopack("report", "--json").stdout)

    with pytest.raises(Exception, match="does not fit the schema 'report_v1'"):
        check_document("report_v1", {**report, "state": "splendid"})


def test_what_a_run_writes_for_people_and_for_itself_fits_the_schemas_too(top: Path) -> None:
    record = top / "repo" / ".git" / "autopack" / "runs" / "done"
    [project] = (top / "repo" / ".autonomous_runs").iterdir()
    [attempt] = record.glob("attempts/*/1")
    for path, schema in (
        (record / "plan_v1.json", "plan_v1"),
        (record / "intent_v1.json", "intent_v1"),
        (record / "request.json", "request_v1"),
        (attempt / "manifest.json", "manifest_v1"),
        (next(record.glob("outcomes/*.json")), "outcome_v1"),
        (project / "intent" / "intent_v1.json", "intent_v1"),
        (project / "runs" / "done" / "report.json", "report_v1"),
    ):
        check_document(schema, json.loads(path.read_text()))
    for event in read_journal(record / "events.jsonl"):
        check_document("event_v1", to_data(event))


def test_every_schema_is_itself_a_schema() -> None:
    from jsonschema import Draft202012Validator

    for path in (ROOT / "schemas").glob("*.schema.json"):
        Draft202012Validator.check_schema(load_schema(path.name.removesuffix(".schema.json")))


def test_looking_at_a_finished_run_and_resuming_it_change_nothing(top: Path, autopack: Autopack) -> None:
    record = top / "repo" / ".git" / "autopack" / "runs" / "done"
    before = {path: path.read_bytes() for path in sorted((top / "repo").rglob("*")) if path.is_file()}
    assert record / "events.jsonl" in before

    for args in (
        ("resume",),
        ("resume", "done"),
        ("status",),
        ("report", "done"),
        ("report", "--format", "md"),
        ("intent", "show"),
    ):
        assert autopack(*args).returncode == 0
    resumed, reported = autopack("resume", "done", "--json"), autopack("report", "done", "--json")

    assert resumed.stdout == reported.stdout
    assert {path: path.read_bytes() for path in sorted((top / "repo").rglob("*")) if path.is_file()} == before


def test_status_shows_a_run_in_one_line(autopack: Autopack) -> None:
    heading, row = autopack("status").stdout.splitlines()

    assert heading.split() == ["run", "state", "phases", "title"]
    assert row.split()[:3] == ["done", "done", "1/1"]


def test_a_batch_is_one_document_with_a_report_for_each_plan(top: Path, autopack: Autopack) -> None:
    (top / "hello.md").write_text("# Hello\n\n```python:greeter/hello.py\nHELLO = 1\n```\n")
    (top / "bad.md").write_text("# Bad\n\n```python:../bad.py\nBAD = 1\n```\n")

    done = autopack("run", top / "hello.md", top / "bad.md", "--json")

    assert done.returncode == 4
    batch = json.loads(done.stdout)
    check_document("batch_v1", batch)
    assert (batch["exit_code"], [report["state"] for report in batch["runs"]]) == (4, ["done"])
    assert "error: " in done.stderr


def test_an_unknown_run_is_named_with_those_that_are_known(autopack: Autopack) -> None:
    for command in ("status", "resume", "report"):
        done = autopack(command, "nope")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: there is no run 'nope'\nhint: known: ")


@pytest.mark.parametrize("command", ["status", "resume", "report", "intent show"])
def test_commands_about_runs_need_a_repository(command: str, autopack: Autopack) -> None:
    done = autopack(*command.split(), folder="empty")

    assert (done.returncode, done.stdout) == (2, "")
    assert "is not in a git repository" in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[1].startswith("hint: ")


def test_an_empty_folder_has_no_toolchains_and_that_is_no_error(autopack: Autopack) -> None:
    done = autopack("toolchains", "--json", folder="empty")

    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, {"toolchains": []}, "")


def test_a_batch_of_folders_gives_one_line_each(top: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(top / "home")}
    folders = f"{top / 'repo'}\n{top / 'empty'}\n{top / 'absent'}\n"

    done = subprocess.run(
        [find_autopack(), "toolchains", "--batch"], input=folders, env=environ, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    found = [json.loads(line)["toolchains"] for line in done.stdout.splitlines()]
    assert [[tool["name"] for tool in tools] for tools in found] == [["python"], [], []]


def test_a_plan_needs_neither_git_nor_files(top: Path, autopack: Autopack) -> None:
    done = autopack("plan", PLAN, "--json", folder="empty")

    assert done.returncode in (0, 3), done.stderr
    check_document("plan_v1", json.loads(done.stdout))
    assert list((top / "empty").iterdir()) == []


def test_doctor_names_what_it_looked_at(autopack: Autopack) -> None:
    rows = {row["name"]: row["state"] for row in json.loads(autopack("doctor", "--json").stdout)["examined"]}

    assert {"python", "git", "sandbox", "state folder", "cache folder"} <= set(rows)
    assert "missing" not in rows.values()


def test_doctor_says_how_to_get_what_is_missing(autopack: Autopack, top: Path) -> None:
    (top / "file").touch()

    done = autopack("doctor", AUTOPACK_STATE_DIR=str(top / "file" / "state"))

    assert done.returncode == 5
    assert "AUTOPACK_STATE_DIR" in done.stdout


def test_fault_points_are_those_of_the_code(autopack: Autopack) -> None:
    from autopack.effects.faults import FAULT_POINTS

    assert {row["name"]: row["written"] for row in json.loads(autopack("faults", "--json").stdout)["faults"]} == FAULT_POINTS


def test_a_misspelt_command_is_met_with_a_suggestion(autopack: Autopack) -> None:
    done = autopack("raport")

    assert done.returncode == 2
    assert "did you mean 'report'?" in done.stderr


def test_junit_of_a_finished_run_has_no_failure(autopack: Autopack) -> None:
    suites = ElementTree.fromstring(autopack("report", "done", "--format", "junit").stdout)

    assert [suite.get("failures") for suite in suites] == ["0"]
