"""What containment costs: a command that does nothing by every backend, and the demo with and without it.

Interleaved, so that a busy moment hits all alike; medians, and ratios to `none` in the same run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autopack.effects.confine import confine_roots
from autopack.effects.containment import BACKENDS, choose_backend
from autopack.effects.mounts import Surroundings
from autopack.effects.sandbox import Access, Backend, Places, run_contained
from autopack.model.toolchain import Command

COMMANDS, DEMOS = 50, 3


def main() -> None:
    backends = [found for name in BACKENDS if (found := choose_backend(name, os.environ["PATH"])).name == name]
    times = measure(COMMANDS, [backend.name for backend in backends], _command_times(backends))
    show("one command", 1000, "ms", times)
    names = [backends[0].name, "none"]
    show("the demo", 1, "s", measure(DEMOS, names, {name: lambda name=name: _demo(name) for name in names}))


def measure(rounds: int, names: list[str], acts: dict) -> dict[str, float]:  # type: ignore[type-arg]
    """Name → median seconds."""
    seen: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            started = time.perf_counter()
            acts[name]()
            seen[name].append(time.perf_counter() - started)
    return {name: statistics.median(rows) for name, rows in seen.items()}


def show(title: str, scale: int, unit: str, times: dict[str, float]) -> None:
    bare = times["none"]
    for name, seconds in times.items():
        over = (seconds - bare) * scale
        sys.stdout.write(
            f"{title:<12} {name:<15} {seconds * scale:8.2f} {unit}  over none {over:+7.2f} {unit}  ratio {seconds / bare:5.2f}\n"
        )


def _command_times(backends: list[Backend]) -> dict:  # type: ignore[type-arg]
    folder = Path(tempfile.mkdtemp())
    (folder / "root").mkdir()
    places = Places(home=folder / "home", env=folder / "env/root", cache=folder / "cache", results=folder / "results")

    def run(backend: Backend) -> None:
        result = run_contained(
            Command(argv=("true",)), backend=backend, surroundings=Surroundings(readable=confine_roots()), access=Access(),
            root=folder / "root", places=places, environ={"PATH": "/usr/bin:/bin"}, timeout_s=20,
        )  # fmt: skip
        assert result.exit_code == 0, result

    return {backend.name: lambda backend=backend: run(backend) for backend in backends}


def _demo(backend: str) -> None:
    program = str(Path(sys.executable).parent / "autopack")
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "AUTOPACK_SANDBOX": backend, "AUTOPACK_STATE_DIR": f"{folder}/state"}
        subprocess.run([program, "demo", "--folder", f"{folder}/demo"], env=env, check=True, capture_output=True)


if __name__ == "__main__":
    main()
