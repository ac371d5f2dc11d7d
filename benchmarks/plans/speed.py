"""How long planning takes: the whole command beside an empty Python, and in process against the size of the plan."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from autopack.stages.ground import open_ground
from autopack.stages.plan import make_plan
from autopack.stages.read import read_draft
from autopack.testing.fixtures import find_autopack, run_git
from benchmarks.plans.corpus import open_bare_context

FILES, FILES_PER_FOLDER = 5_000, 50
ROUNDS, CURVE_ROUNDS = 20, 3
KIB = 1024
SIZES_KIB = (16, 64, 256, 1024)
ITEMS_PER_PHASE = 8


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder, "repo")
        make_project(repo)
        measure_command(repo, Path(folder, "home"))
        measure_curve(repo, Path(folder, "home"))


def make_project(top: Path) -> None:
    """A Python package with tests, as many files as a middling company has."""
    for number in range(FILES):
        path = top / file_name(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"def value_{number}():\n    return {number}\n")
    (top / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n\n[tool.pytest.ini_options]\n')
    (top / "tests").mkdir()
    (top / "tests" / "test_shop.py").write_text("def test_one():\n    assert True\n")
    run_git(top, "init", "--quiet", "--initial-branch=main")
    run_git(top, "add", "--all")
    run_git(top, "commit", "--quiet", "--message=Start")


def file_name(number: int) -> str:
    number %= FILES
    return f"src/shop/part_{number // FILES_PER_FOLDER}/module_{number}.py"


def write_checklist(size_bytes: int) -> str:
    """Phases with boxes, each with a file, every phase with a check."""
    parts, size, number = ["# Rebuild the shop\n"], 0, 0
    while size < size_bytes - 600:
        if number % ITEMS_PER_PHASE == 0:
            parts.append(f"\n## Phase {number // ITEMS_PER_PHASE + 1}: Part {number}\n\nRun: `pytest -q tests/test_shop.py`\n\n")
            size += len(parts[-1])
        parts.append(f"- [ ] T{number:05} Return decimals from `{file_name(number * 37)}` and round them half up\n")
        number += 1
        size += len(parts[-1])
    return "".join(parts)


def write_tasks(size_bytes: int) -> str:
    """The same work as a task list of a tracker, every task after the one before."""
    tasks: list[dict[str, object]] = []
    size = 0
    while size < size_bytes - 400:
        number = len(tasks) + 1
        task = {
            "id": number,
            "title": f"Return decimals, part {number}",
            "description": f"Change {file_name(number * 37)} and round half up.",
            "status": "pending",
            "dependencies": [number - 1] if number > 1 else [],
            "testStrategy": "Run `pytest -q tests/test_shop.py`",
        }
        tasks.append(task)
        size += len(json.dumps({"tasks": [task]}, indent=1))
    return json.dumps({"tasks": tasks}, indent=1)


def measure_command(repo: Path, home: Path) -> None:
    plan = repo.parent / "plan.md"
    plan.write_text(write_checklist(100_000))
    environ = {**os.environ, "HOME": str(home), "AUTOPACK_STATE_DIR": f"{home}/state", "AUTOPACK_CACHE_DIR": f"{home}/cache"}
    home.mkdir()

    def run(*argv: str) -> tuple[float, float]:
        started, spent = time.perf_counter(), spent_by_children()
        done = subprocess.run(argv, env=environ, cwd=repo, capture_output=True, check=False)
        # 3 = the plan leaves something open, which costs the same.
        assert done.returncode in (0, 3), done.stderr.decode()
        return (time.perf_counter() - started) * 1000, (spent_by_children() - spent) * 1000

    def plan_it() -> tuple[float, float]:
        return run(str(find_autopack()), "plan", str(plan), "--json")

    def pass_by() -> tuple[float, float]:
        return run(sys.executable, "-c", "pass")

    plan_it(), pass_by()  # warm: bytecode, page cache, the project's index
    # Interleaved, so that a busy moment of the machine hits both.
    rounds = [(plan_it(), pass_by()) for _ in range(ROUNDS)]
    for name, column in zip(("autopack plan", "python -c pass"), zip(*rounds, strict=True), strict=True):
        for clock, times in zip(("wall", "CPU"), zip(*column, strict=True), strict=True):
            write(f"{name:<16} {clock:<4} p50 {quantile(times, 50):8.0f} ms   p95 {quantile(times, 95):8.0f} ms")
    ratio = statistics.median(one[0] / other[0] for one, other in rounds)
    write(f"{'ratio':<16} p50 {ratio:8.1f}      (plan of {plan.stat().st_size} bytes, {FILES} files, {ROUNDS} runs)\n")


def spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def quantile(column: tuple[float, ...], percent: int) -> float:
    return statistics.quantiles(column, n=100, method="inclusive")[percent - 1]


def measure_curve(repo: Path, home: Path) -> None:
    context = open_bare_context(home)
    ground = open_ground(repo)
    kinds: dict[str, Callable[[int], str]] = {"checklist.md": write_checklist, "tasks.json": write_tasks}
    write(f"{'CPU in process':<16}{'KiB':>8}{'items':>8}{'read, ms':>12}{'plan, ms':>12}{'ms per KiB':>12}")
    for name, make in kinds.items():
        for size_kib in SIZES_KIB:
            raw = make(size_kib * KIB).encode()
            assert len(raw) <= size_kib * KIB, len(raw)
            times = []
            for _ in range(CURVE_ROUNDS):
                started = time.process_time()
                draft = read_draft(raw, name)
                read_at = time.process_time()
                plan = make_plan(context, draft, ground).plan
                times.append((read_at - started, time.process_time() - read_at))
            read_ms, plan_ms = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
            items = sum(len(phase.deliverables) for phase in plan.phases)
            per_kib = (read_ms + plan_ms) / (len(raw) / KIB)
            write(f"{name:<16}{len(raw) / KIB:>8.0f}{items:>8}{read_ms:>12.0f}{plan_ms:>12.0f}{per_kib:>12.2f}")


def write(row: str) -> None:
    sys.stdout.write(f"{row}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
