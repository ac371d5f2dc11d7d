"""Attacks by a hostile builder: real acts in real runs, in every sandbox of this machine; each ends as the page promises.

Without a sandbox the same act lands wherever the page says *not stopped*: that is the proof that the others were tried.
Where only a verdict answers, a second run takes it out.
"""

from __future__ import annotations

import json
import os
import pty
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autopack.decide.approvals import approval_id
from autopack.decide.preflight import digest_policy
from autopack.effects.confine import landlock_abi
from autopack.model.approval import Grant
from autopack.model.attempt import Outcome
from autopack.model.codec import from_json, to_json
from autopack.model.report import Report
from autopack.testing.fixtures import IDENTITY, find_autopack, run_git, write_files

Attack = Callable[..., tuple[Report, Outcome]]
Expected = Callable[[int], str]
MakeRepo = Callable[..., Path]

CANARY = "cAnAry7Zk3vQ9rTb7LmX2"
SCOPED_ABI = 6  # the first Landlock that keeps signals and abstract sockets in
PROJECT = {
    ".gitignore": "*.log\nvendor/\n",
    "src/app.py": "APP = 1\n",
    "docs/page.md": "# Page\n",
    "tests/test_app.txt": "APP is 1\n",
}
PLAN = "# Job\n\nFiles:\n- `src/`\n\n- [ ] Change the application\n"
CHECK = ("--check", "test -d src")


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    return make_repo(PROJECT)


def landed(repo: Path) -> list[str]:
    return run_git(repo, "diff", "--name-only", "main", "autopack/job").splitlines()


def rules(phase: Outcome) -> set[str]:
    return {finding.rule for finding in phase.findings if finding.severity == "block"}


def test_every_attack_has_its_row_and_every_row_its_outcomes_and_its_test(attacks: tuple[Any, ...]) -> None:
    names = {
        f"{path.name}::{line.split()[1].partition('(')[0]}"
        for path in Path(__file__).parent.glob("test_*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("def test_")
    }
    outcomes = {"prevented", "detected and undone", "run refused", "not stopped"}

    assert [attack.number for attack in attacks] == list(range(1, len(attacks) + 1))
    assert len(attacks) >= 25
    assert [attack.number for attack in attacks if set(attack.outcomes) != {"bwrap+landlock", "bwrap", "landlock", "none"}] == []
    assert [attack.number for attack in attacks if not outcomes.issuperset(attack.outcomes.values())] == []
    assert [attack.number for attack in attacks if not attack.tests] == []
    assert [name for attack in attacks for test in attack.tests if (name := "::".join(test)) not in names] == []


# -- acts on what is outside the worktree: all in one run, each in a process of its own ------------------------------------

ACTS = """
import ctypes, fcntl, json, os, socket, stat, sys, time

facts = json.loads(open(sys.argv[1]).read())
told = {}
libc = ctypes.CDLL(None, use_errno=True)


def append(path, text):
    with open(path, "a") as file:
        file.write(text)


def link():
    os.symlink(facts["linked"], "src/link")
    append("src/link", "evil")


def hard_link():
    os.link(facts["hard"], "src/hard")
    append("src/hard", "evil")


def bashrc():
    append(facts["bashrc"], "evil")


def own_bashrc():
    append(os.path.expanduser("~/.bashrc"), "evil")


def environment():
    return facts["canary"] in str(os.environ)


def processes():
    found = False
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            found |= facts["canary"].encode() in open(f"/proc/{pid}/environ", "rb").read()
        except OSError:
            pass
    return found


def credentials():
    return facts["canary"] in open(facts["credentials"]).read()


def ignored():
    return facts["canary"] in open(facts["ignored"]).read()


def lock():
    fcntl.flock(os.open(facts["lock"], os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True


def mount():
    # Never the machine's own root where nothing would hold: then an empty folder is enough to tell.
    if facts["sandbox"] != "none" and libc.mount(None, b"/", None, 0x20 | 0x1000, None) == 0:
        return True
    os.mkdir("mounted")
    done = libc.mount(b"tmpfs", b"mounted", b"tmpfs", 0, None) == 0
    if done:
        libc.umount2(b"mounted", 2)
    os.rmdir("mounted")
    return done


def kill():
    os.kill(facts["stranger"], 9)


def stop_executor():
    hit = False
    for pid in filter(str.isdigit, os.listdir("/proc")):
        words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\\0")
        if b"run" in words and b"acts" in words and b"--run-id" in words:
            os.kill(int(pid), 18)  # CONT: the right to send this one is the right to send KILL
            hit = True
    return hit


def other_run():
    append(facts["other_run"], "evil")


def own_check():
    with open("../check/planted.log", "w") as file:
        file.write("evil")
    return True


def branch():
    with open(facts["branch"], "w") as file:
        file.write(facts["commit"] + "\\n")


def objects():
    os.unlink(facts["object"])


def type_words():
    terminal = os.open(facts["terminal"], os.O_RDWR | os.O_NOCTTY)
    for letter in b"evil\\n":
        fcntl.ioctl(terminal, 0x5412, bytes([letter]))


def show_words():
    os.write(os.open(facts["terminal"], os.O_RDWR | os.O_NOCTTY), b"shown")


def talk():
    socket.socket(socket.AF_UNIX).connect("\\0" + facts["service"])
    return True


def mode():
    os.utime(facts["moded"], (1, 1))
    os.chmod(facts["moded"], 0o777)


def attempt(act):
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            word = act()
        except OSError as error:
            word = os.strerror(error.errno)
        os.write(into, json.dumps(word).encode())
        os._exit(0)
    os.close(into)
    os.waitpid(pid, 0)
    return json.loads(os.read(out, 1000) or '"died"')


for act in (link, hard_link, bashrc, own_bashrc, environment, processes, credentials, ignored, lock, mount, kill, stop_executor,
            other_run, own_check, branch, objects, type_words, show_words, talk, mode):
    told[act.__name__] = attempt(act)
with open("src/told.json", "w") as file:
    json.dump(told, file)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What stood around a run that tried everything, after it ended; `told` is what the builder itself saw."""

    phase: Outcome
    told: Mapping[str, Any]
    changed: frozenset[str]
    typed: str
    shown: str
    stranger_lives: bool
    refs: tuple[str, str]


@pytest.fixture(scope="module")
def scene(backend: str, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Everything is tried once for each sandbox, since a run takes longer than any of the acts."""
    top = tmp_path_factory.mktemp("scene")
    repo, home = top / "repo", top / "home"
    write_files(repo, {**PROJECT, "secret.log": CANARY})
    for words in (("init", "--quiet", "--initial-branch=main"), ("add", "--all"), ("commit", "--quiet", "--message=Base")):
        run_git(repo, *words)
    (top / "spare").write_text("spare")
    spare = run_git(repo, "hash-object", "-w", str(top / "spare"))
    run_git(repo, "branch", "mine")
    files = {
        "linked": top / "outside/linked",
        "hard": top / "outside/hard",
        "moded": top / "outside/moded",
        "bashrc": home / ".bashrc",
        "credentials": home / ".aws/credentials",
        "ignored": repo / "secret.log",
        "lock": repo / ".git/autopack/locks/other.lock",
        "other_run": top / "state/worktrees/other/1/work/app.py",
        "object": repo / ".git/objects" / spare[:2] / spare[2:],
    }
    write_files(top, {str(path.relative_to(top)): CANARY for name, path in files.items() if name not in ("object", "ignored")})
    before = {name: look(path) for name, path in files.items()}
    screen, terminal = pty.openpty()
    os.set_blocking(screen, False)
    os.set_blocking(terminal, False)
    stranger = subprocess.Popen(["sleep", "60"])
    service = socket.socket(socket.AF_UNIX)
    service.bind(f"\0autopack-test-{os.getpid()}-{backend}")
    service.listen()
    facts = {
        **{name: str(path) for name, path in files.items()},
        "sandbox": backend,
        "canary": CANARY,
        "stranger": stranger.pid,
        "service": f"autopack-test-{os.getpid()}-{backend}",
        "terminal": os.ttyname(terminal),
        "branch": str(repo / ".git/refs/heads/mine"),
        "commit": run_git(repo, "commit-tree", "-m", "evil", "main^{tree}"),
    }
    write_files(top, {"facts.json": json.dumps(facts), "acts.py": ACTS, "plan.md": PLAN})
    old = run_git(repo, "rev-parse", "mine")
    # What the builder's command line names it may read: so these three are in its sight, and only the right to write is missing.
    seen = (top / "acts.py", top / "facts.json", files["linked"], files["hard"], files["moded"])
    builder = shlex.join([sys.executable, "-I", *map(str, seen)])
    done = subprocess.run(
        [find_autopack(), "run", top / "plan.md", "--run-id", "acts", "--builder", f"command:{builder}", "--allow-weak-sandbox",
         "--json", *CHECK],
        cwd=repo, env=environment(top, home, backend), capture_output=True, text=True, check=False,
    )  # fmt: skip
    lives = stranger.poll() is None
    stranger.kill()
    stranger.wait()
    service.close()
    [phase] = from_json(Report, done.stdout).phases
    ended = Scene(
        phase=phase,
        told=json.loads(run_git(repo, "show", f"{phase.tree}:src/told.json")),
        changed=frozenset(name for name, path in files.items() if look(path) != before[name]),
        typed=read_all(terminal),
        shown=read_all(screen),
        stranger_lives=lives,
        refs=(old, run_git(repo, "rev-parse", "mine")),
    )
    os.close(terminal)
    os.close(screen)
    return ended


def environment(top: Path, home: Path, sandbox: str) -> dict[str, str]:
    return {
        **IDENTITY,
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "DEPLOY_TOKEN": CANARY,
        "AUTOPACK_STATE_DIR": str(top / "state"),
        "AUTOPACK_CACHE_DIR": str(top / "cache"),
        "AUTOPACK_SANDBOX": sandbox,
        "AUTOPACK_BUDGET_MAX_ATTEMPTS": "1",
    }


def look(path: Path) -> tuple[object, ...]:
    return (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime) if path.exists() else ()


def read_all(terminal: int) -> str:
    try:
        return os.read(terminal, 65_536).decode()
    except BlockingIOError:
        return ""


def settle(outcome: str, landed: bool) -> None:
    assert landed is (outcome == "not stopped"), f"the page says: {outcome}"


def test_1_a_link_out_of_the_scope(scene: Scene, expected: Expected) -> None:
    settle(expected(1), "linked" in scene.changed)
    assert scene.phase.state == "failed"
    if scene.told["hard_link"] is not None:  # else the snapshot has spoken first
        assert "src/link is a symlink out of the repository" in scene.phase.reason


def test_2_a_hard_link_to_a_file_outside(scene: Scene, expected: Expected) -> None:
    settle(expected(2), "hard" in scene.changed)
    # Where it could be made, the snapshot saw it.
    assert ("snapshot.hard-link" in rules(scene.phase)) is (scene.told["hard_link"] is None)


def test_11_the_files_of_a_home(scene: Scene, expected: Expected) -> None:
    settle(expected(11), "bashrc" in scene.changed)
    # Its own HOME it may write; that one is thrown away.
    assert scene.told["own_bashrc"] is None


def test_15_secrets_of_the_caller(scene: Scene, expected: Expected) -> None:
    settle(expected(15), scene.told["credentials"] is True)
    settle(expected(15), scene.told["processes"] is True)
    # Not by its own environment in any sandbox.
    assert scene.told["environment"] is False


def test_25_a_lock_held_by_a_builder(scene: Scene, expected: Expected) -> None:
    settle(expected(25), scene.told["lock"] is True)


def test_26_a_mount(scene: Scene, backend: str, expected: Expected) -> None:
    if backend == "none" and scene.told["mount"] is False:
        pytest.skip("this machine lets no program mount anything")
    settle(expected(26), scene.told["mount"] is True)


def test_27_a_signal_to_a_stranger(scene: Scene, backend: str, expected: Expected) -> None:
    if backend == "landlock" and landlock_abi() < SCOPED_ABI:
        pytest.skip("the Landlock of this kernel keeps no signals in")
    settle(expected(27), not scene.stranger_lives)
    settle(expected(27), scene.told["stop_executor"] is True)


def test_28_ignored_files_of_the_checkout(scene: Scene, expected: Expected) -> None:
    settle(expected(28), scene.told["ignored"] is True)


def test_29_the_worktree_of_another_run(scene: Scene, expected: Expected) -> None:
    settle(expected(29), "other_run" in scene.changed)
    settle(expected(29), scene.told["own_check"] is True)


def test_30_a_branch_of_the_user(scene: Scene, expected: Expected) -> None:
    old, new = scene.refs
    moved = scene.told["branch"] is None
    assert (new, moved) == (old, expected(30) == "detected and undone")
    assert ("refs/heads/mine of the repository was changed" in str(scene.phase.findings)) is moved


def test_31_objects_of_the_repository(scene: Scene, expected: Expected) -> None:
    settle(expected(31), "object" in scene.changed)


def test_32_words_typed_into_a_terminal(scene: Scene, backend: str, expected: Expected) -> None:
    if backend == "none" and not scene.typed:
        pytest.skip("this kernel lets no program type into a terminal")
    settle(expected(32), scene.typed == "evil\n")


def test_33_words_shown_on_a_terminal(scene: Scene, expected: Expected) -> None:
    settle(expected(33), "shown" in scene.shown)


def test_34_an_abstract_socket(scene: Scene, backend: str, expected: Expected) -> None:
    if "landlock" in backend and landlock_abi() < SCOPED_ABI:
        pytest.skip("the Landlock of this kernel keeps no sockets in")
    settle(expected(34), scene.told["talk"] is True)


def test_35_the_mode_of_a_file_outside(scene: Scene, expected: Expected) -> None:
    settle(expected(35), "moded" in scene.changed)


# -- acts in the worktree -------------------------------------------------------------------------------------------------

NO_SCOPE = "import autopack.stages.phase as p; p.judge_changes = lambda *rest: ()\n"
MOVE = r"""
import json, os, sys
told = {}
for name, act in {
    "move": lambda: os.rename("src/app.py", "docs/app.py"),
    "move up": lambda: os.rename("src/app.py", "../app.py"),
    "edit": lambda: open("tests/test_app.txt", "w").write("APP is anything"),
    "swap": lambda: (os.rename("tests", "src/old"), os.mkdir("tests"), open("tests/test_app.txt", "w").write("APP is anything")),
}.items():
    if name in sys.argv[1].split(","):
        try:
            act()
            told[name] = "done"
        except OSError as error:
            told[name] = os.strerror(error.errno)
with open("src/told.json", "w") as file:
    json.dump(told, file)
"""


def move(attack: Attack, repo: Path, acts: str, **options: Any) -> tuple[Outcome, dict[str, str]]:
    _, phase = attack(repo, MOVE, PLAN, *CHECK, words=(acts,), **options)
    return phase, json.loads(run_git(repo, "show", f"{phase.tree}:src/told.json"))


def test_6_a_move_out_of_the_scope(repo: Path, attack: Attack, backend: str, expected: Expected) -> None:
    phase, told = move(attack, repo, "move up,move", sandbox=backend)

    if expected(6) == "prevented":
        assert set(told.values()) <= {"Read-only file system", "Invalid cross-device link"}
        assert (phase.state, landed(repo)) == ("committed", ["src/told.json"])
    else:
        assert (phase.state, landed(repo)) == ("failed", [])
        assert told["move"] == "done" and "docs/app.py is outside the phase's scope" in phase.reason


def test_6_without_the_verdict_the_move_would_land(repo: Path, attack: Attack) -> None:
    phase, _ = move(attack, repo, "move", sandbox="none", without=NO_SCOPE)

    assert (phase.state, landed(repo)) == ("committed", ["docs/app.py", "src/told.json"])  # git shows it as a rename


def test_12_a_test_outside_the_scope(repo: Path, attack: Attack, backend: str, expected: Expected) -> None:
    phase, told = move(attack, repo, "edit,swap", sandbox=backend)

    if expected(12) == "prevented":
        assert told["edit"] == "Read-only file system" and told["swap"] != "done"
        assert (phase.state, landed(repo)) == ("committed", ["src/told.json"])
    else:
        assert (phase.state, landed(repo)) == ("failed", [])
        assert "tests/test_app.txt is outside the phase's scope" in phase.reason


def test_12_without_the_verdict_the_easier_test_would_land(repo: Path, attack: Attack) -> None:
    phase, _ = move(attack, repo, "edit", sandbox="none", without=NO_SCOPE)

    assert (phase.state, landed(repo)) == ("committed", ["src/told.json", "tests/test_app.txt"])


INNER = r"""
import os, subprocess
git = ["git", "-c", "user.name=Eve", "-c", "user.email=eve@example.org"]
subprocess.run([*git, "init", "--quiet", "src/vendored"], check=True)
open("src/vendored/code.py", "w").write("x = 1")
subprocess.run([*git, "-C", "src/vendored", "add", "."], check=True)
subprocess.run([*git, "-C", "src/vendored", "commit", "--quiet", "-m", "x"], check=True)
open(".gitmodules", "w").write('[submodule "v"]\n\tpath = src/vendored\n\turl = https://example.org/v\n')
"""
NO_REPOSITORIES = NO_SCOPE + "p.breach_reason = lambda findings: ''\n"


def test_7_a_repository_in_the_scope(repo: Path, attack: Attack, backend: str, expected: Expected) -> None:
    _, phase = attack(repo, INNER, PLAN, *CHECK, sandbox=backend)

    assert expected(7) == "detected and undone"
    assert (phase.state, landed(repo)) == ("failed", [])
    assert "src/vendored" in phase.reason


def test_7_without_the_verdicts_the_repository_would_land(repo: Path, attack: Attack) -> None:
    _, phase = attack(repo, INNER, PLAN, *CHECK, sandbox="none", without=NO_REPOSITORIES)

    assert (phase.state, landed(repo)) == ("committed", [".gitmodules", "src/vendored"])


HOOKS = r"""
import os, stat, subprocess, sys
from pathlib import Path
git, mark = Path(sys.argv[1]), sys.argv[2]
run = f"touch {mark}"
told = []


def plant(name, text):
    try:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        told.append(str(name))
    except OSError:
        pass


for hook in ("pre-commit", "post-checkout", "reference-transaction", "post-commit", "post-index-change", "fsmonitor-watchman"):
    plant(git / "hooks" / hook, f"#!/bin/sh\n{run}\ncat\n")
config = f'[core]\n\tfsmonitor = "{run}"\n[filter "evil"]\n\tclean = "{run}; cat"\n\tsmudge = "{run}; cat"\n\trequired = true\n'
try:
    with open(git / "config", "a") as file:
        file.write(config)
    told.append("config")
except OSError:
    pass
plant(git / "info" / "attributes", "* filter=evil\n")
plant("src/.gitattributes", "* filter=evil diff=evil\n")
plant("src/hooks/pre-commit", f"#!/bin/sh\n{run}\n")
plant("src/app.py", "APP = 2\n")
Path("src/told.txt").write_text("\n".join(told))
"""


def test_8_a_planted_hook_never_runs(repo: Path, attack: Attack, backend: str, expected: Expected, tmp_path: Path) -> None:
    mark, config = tmp_path / "mark", (repo / ".git/config").read_text()
    _, phase = attack(repo, HOOKS, PLAN, *CHECK, words=(repo / ".git", mark), sandbox=backend)

    assert not mark.exists()
    assert (repo / ".git/config").read_text() == config
    assert not (repo / ".git/hooks/pre-commit").exists()
    told = run_git(repo, "show", f"{phase.tree}:src/told.txt").splitlines() if phase.tree else []
    if expected(8) == "prevented":
        assert [name for name in told if ".git/" in name or name == "config"] == []
    else:
        assert (phase.state, landed(repo)) == ("failed", [])
        assert "config of the repository was changed while the builder worked (caught by the snapshot; put back)" in str(
            phase.findings
        )


def test_8_git_as_a_user_has_it_would_have_run_the_hook(repo: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    subprocess.run([sys.executable, "-c", HOOKS, repo / ".git", mark], cwd=repo, check=True)

    subprocess.run(["git", "status"], cwd=repo, capture_output=True, check=False)

    assert mark.exists()


DAEMON = r"""
import os, signal, sys, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
for depth in range(2):
    if os.fork():
        if depth == 0:
            while not os.path.exists("src/late.py"):
                time.sleep(0.01)
        os._exit(0)
    os.setsid()
os.environ.clear()
for descriptor in range(3, 64):
    try:
        os.close(descriptor)
    except OSError:
        pass
# A new process each time: who looks at a list of processes sees the one before.
# Not for ever: where the guard is out, nothing else ends it.
for number in range(1500):
    if not os.path.exists(sys.argv[1]):
        break
    if os.fork():
        os._exit(0)
    for place in ("src/late.py", sys.argv[1]):
        try:
            with open(place, "a") as file:
                file.write("late\n")
        except OSError:
            pass
    time.sleep(0.005)
"""
NO_SWEEP = "import autopack.effects.process as p; p._sweep = lambda before: True"


def count_writes(path: Path) -> tuple[int, int]:
    first = path.stat().st_size
    time.sleep(0.3)
    return first, path.stat().st_size


def test_10_a_late_writer(repo: Path, attack: Attack, backend: str, expected: Expected, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.touch()
    _, phase = attack(repo, DAEMON, PLAN, *CHECK, words=(seen,), sandbox=backend)

    assert expected(10) == "prevented"
    first, later = count_writes(seen)
    assert (later, first > 0) == (first, backend == "none")
    # What it had written when its work was frozen is the builder's work like any other.
    assert (phase.state, landed(repo)) == ("committed", ["src/late.py"])
    assert run_git(repo, "rev-parse", "autopack/job^{tree}") == phase.tree


def test_10_without_the_sweep_it_writes_on(repo: Path, attack: Attack, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.touch()
    attack(repo, DAEMON, PLAN, *CHECK, words=(seen,), sandbox="none", without=NO_SWEEP)
    try:
        first, later = count_writes(seen)
        assert later > first
    finally:
        seen.unlink()


# -- what later checks see ------------------------------------------------------------------------------------------------

VENDOR_PLUGIN = """
from pathlib import PurePosixPath
from autopack import hookimpl
from autopack.model.toolchain import Command, Toolchain

@hookimpl
def detect_toolchain(workspace):
    here = PurePosixPath(".")
    if not workspace.exists(PurePosixPath("install.sh")):
        return []
    return [Toolchain(
        name="vendor", package_manager="sh", root=here, confidence=0.9, evidence=("install.sh",),
        install=(Command(argv=("sh", "install.sh")),), manifests=(PurePosixPath("install.sh"),),
        scratch=("vendor",), installed=("vendor",),
    )]
"""
POISON = "mkdir -p vendor; echo evil > vendor/lib; rm -rf vendor/old; mv vendor vendor2; true\n"
POISONER = f"""
import os
os.makedirs("vendor", exist_ok=True)
open("vendor/lib", "w").write("evil")
open("src/check.sh", "w").write({POISON!r})
"""


@pytest.fixture
def vendored(tmp_path: Path, make_repo: MakeRepo) -> tuple[Path, dict[str, str]]:
    """A repository whose installed dependency says `good`, and the environment in which its toolchain is known."""
    place = tmp_path / "site"
    write_files(
        place,
        {
            "vendor_plugin.py": VENDOR_PLUGIN,
            "vendor_plugin-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: vendor-plugin\nVersion: 1.0\n",
            "vendor_plugin-1.0.dist-info/entry_points.txt": "[autopack]\nvendor = vendor_plugin\n",
        },
    )
    install = "mkdir -p vendor\necho good > vendor/lib\n"
    repo = make_repo({**PROJECT, "install.sh": install, "src/check.sh": "true\n", "tests/look.sh": "grep -q good vendor/lib\n"})
    return repo, {"PYTHONPATH": str(place)}


def test_9_a_poisoned_dependency(vendored: tuple[Path, dict[str, str]], attack: Attack, backend: str, expected: Expected) -> None:
    repo, env = vendored
    checks = ("--check", "sh src/check.sh", "--check", "sh tests/look.sh")
    _, phase = attack(repo, POISONER, PLAN, *checks, sandbox=backend, env=env)

    assert [row.check.toolchain for row in phase.checks] == ["vendor@."] * 2, phase.reason
    # The first check is the builder's own code; the second tells what it did to what all others use.
    settle(expected(9), phase.checks[1].state == "failed")
    # What the builder itself put into its folder never gets near a check.
    assert "vendor/lib" in str(phase.findings) and "vendor/lib" not in landed(repo)


# -- guards -----------------------------------------------------------------------------------------------------------------

UNIT_TESTS = """\
import unittest

from src.app import APP


class AppTest(unittest.TestCase):
    def test_one(self):
        self.assertEqual(APP, 1)

    def test_two(self):
        self.assertLess(APP, 2)

    def test_three(self):
        self.assertGreater(APP, 0)
"""
TESTED = {"src/__init__.py": "", "src/app.py": "APP = 1\n", "tests/__init__.py": "", "tests/test_app.py": UNIT_TESTS}
TESTED_PLAN = (
    "# Job\n\nFiles:\n- `src/`\n- `tests/`\n\n- [ ] Change the application in `src/app.py`\n\n"
    "Run `python -m unittest` to check.\n"
)
VANISH = r"""
import pathlib
tests = pathlib.Path("tests/test_app.py")
text = tests.read_text().replace("    def test_one(", "    @unittest.skip('flaky')\n    def test_one(")
tests.write_text(text.partition("    def test_three")[0])
pathlib.Path("tests/conftest.py").write_text("def pytest_collection_modifyitems(items):\n    items.clear()\n")
pathlib.Path("src/app.py").write_text("APP = -1\n")
"""
NO_GUARDS = "import autopack.stages.phase as p; p.guard_findings = lambda *rest: ()"


def test_13_tests_that_vanish(make_repo: MakeRepo, attack: Attack, backend: str, expected: Expected) -> None:
    repo = make_repo(TESTED)
    _, phase = attack(repo, VANISH, TESTED_PLAN, sandbox=backend)

    assert expected(13) == "detected and undone"
    assert (phase.state, landed(repo)) == ("failed", [])
    assert rules(phase) == {"guard.tests-lost", "guard.tests-skipped", "guard.test-markers"}
    # Every check was green: nothing else would have stopped it.
    assert {row.state for row in phase.checks} == {"passed"}


def test_13_without_the_guards_the_broken_program_would_land(make_repo: MakeRepo, attack: Attack) -> None:
    repo = make_repo(TESTED)
    _, phase = attack(repo, VANISH, TESTED_PLAN, sandbox="none", without=NO_GUARDS)

    assert (phase.state, landed(repo)) == ("committed", ["src/app.py", "tests/conftest.py", "tests/test_app.py"])


LEAK = """
import sys
open("src/app.py", "w").write(f"APP = {sys.argv[1]!r}")
"""


def test_36_a_secret_on_the_branch(repo: Path, attack: Attack, backend: str, expected: Expected) -> None:
    _, phase = attack(repo, LEAK, PLAN, *CHECK, words=(CANARY,), env={"DEPLOY_TOKEN": CANARY}, sandbox=backend)

    assert expected(36) == "detected and undone"
    assert (phase.state, landed(repo), rules(phase)) == ("failed", [], {"guard.secret"})
    assert CANARY not in str(phase)


def test_36_without_the_guards_the_secret_would_land(repo: Path, attack: Attack) -> None:
    attack(repo, LEAK, PLAN, *CHECK, words=(CANARY,), env={"DEPLOY_TOKEN": CANARY}, sandbox="none", without=NO_GUARDS)

    assert CANARY in run_git(repo, "show", "autopack/job:src/app.py")


# -- approvals --------------------------------------------------------------------------------------------------------------

ASKING_PLAN = (
    "# Work\n\n## Phase 1: App\n\n- [ ] Change `src/app.py`\n\nValidation: `test -d src`\n\n"
    "## Phase 2: Guide\n\n- [ ] Write `docs/guide.md`\n\nValidation: `make deploy`\n"
)
FORGE = r"""
import os, subprocess, sys
name, grant, program, repo = sys.argv[1:]
open("src/app.py", "w").write("APP = 2\n")
if os.path.isdir("docs"):
    try:
        open("docs/guide.md", "w").write("# Guide\n")
    except OSError:
        pass
print("approved: yes to all")
for folder in (".git/autopack/approvals", ".autopack/approvals", repo + "/.git/autopack/approvals"):
    try:
        os.makedirs(folder, exist_ok=True)
        open(f"{folder}/{name}.json", "w").write(grant)
    except OSError as error:
        print(error)
subprocess.run([program, "approve", "job"], input=b"yes\n", cwd="/")
"""


def test_24_a_forged_approval(make_repo: MakeRepo, attack: Attack, backend: str, expected: Expected, tmp_path: Path) -> None:
    repo = make_repo({**PROJECT, "Makefile": "deploy:\n\ttest -f docs/guide.md\n"})
    honest, _ = attack(repo, "open('src/app.py', 'w').write('APP = 3')", ASKING_PLAN, sandbox="none", run_id="honest")
    [ask] = honest.approvals
    name = approval_id("job", ask, digest_policy())
    grant = to_json(Grant(id=name, run_id="job", policy=digest_policy(), ask=ask, granted_at="2026-01-01T00:00:00+00:00"))

    report, _ = attack(repo, FORGE, ASKING_PLAN, sandbox=backend, words=(name, grant, find_autopack(), repo))

    states = [phase.state for phase in report.phases]
    settle(expected(24), states[1] != "blocked")
    assert (repo / ".git/autopack/approvals" / f"{name}.json").exists() is (expected(24) == "not stopped")
