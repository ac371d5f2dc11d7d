"""Every manager, really run: a locked project with a downloaded package, changed by `autopack run` inside the sandbox.

`.ci/node-managers` installs them; without it, those on PATH are taken, and the others are skipped by name.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autopack.testing.fixtures import find_autopack, run_git, write_files

TOOLS = Path(os.environ.get("AUTOPACK_TEST_TOOLS") or Path.home() / ".cache" / "autopack-test-tools") / "node"
PACKAGE = {"name": "demo", "version": "1.0.0", "dependencies": {"ms": "2.1.3"}}
SOURCE = "const ms = require('ms');\nexports.long = (text) => ms(text) / 1000;\n"
DENO_SOURCE = "import ms from 'ms';\nexport const long = (text: string): number => ms(text) / 1000;\n"


@dataclass(frozen=True, kw_only=True)
class Managed:
    """One manager: where it is, how it writes its lock, and what Autopack is to derive for its project."""

    program: str
    lock: str
    install: tuple[tuple[str, ...], ...]
    test: str
    folder: str = "managers"

    @property
    def is_deno(self) -> bool:
        return self.program == "deno"

    @property
    def path(self) -> str:
        """PATH with this manager first."""
        return f"{TOOLS / self.folder / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"


MANAGERS = {
    "npm": Managed(program="npm", lock="package-lock.json", install=(("npm", "ci", "--no-audit", "--no-fund"),), test="npm test"),
    "pnpm": Managed(
        program="pnpm", lock="pnpm-lock.yaml", install=(("pnpm", "install", "--frozen-lockfile"),), test="pnpm run test"
    ),
    "yarn 1": Managed(
        program="yarn",
        lock="yarn.lock",
        install=(("yarn", "install", "--frozen-lockfile", "--non-interactive"),),
        test="yarn run test",
    ),
    "yarn 4": Managed(
        program="yarn", folder="berry", lock="yarn.lock", install=(("yarn", "install", "--immutable"),), test="yarn run test"
    ),
    "bun": Managed(program="bun", lock="bun.lock", install=(("bun", "install", "--frozen-lockfile"),), test="bun run test"),
    "deno": Managed(
        program="deno",
        lock="deno.lock",
        install=(
            ("mkdir", "-p", "{cache}/deno", "{env}"),
            ("deno", "install", "--frozen"),
            ("cp", "-R", "{cache}/deno/.", "{env}"),
        ),
        test="deno test -A",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Done:
    phase: Any
    events: list[dict[str, Any]]

    @property
    def installs(self) -> tuple[tuple[str, ...], ...]:
        """The steps of installs, those that did not pass with their reason."""
        rows = [event["facts"] for event in self.events if event["type"] == "environment.step"]
        return tuple((*row["argv"], *(() if row["state"] == "passed" else (row["reason"],))) for row in rows)

    def checks(self, kind: str) -> list[tuple[str, str]]:
        return [(row["check"]["id"], row["state"]) for row in self.phase["checks"] if row["check"]["kind"] == kind]

    @property
    def reports(self) -> list[tuple[int, int]]:
        """How many tests ran and how many failed, for each check that has tests."""
        rows = [row["report"] for row in self.phase["checks"] if row["report"]]
        return [(row["ran"], len(row["failed"])) for row in rows]


Change = Callable[..., Done]


@pytest.fixture(params=MANAGERS)
def managed(request: pytest.FixtureRequest) -> Managed:
    """One manager after the other."""
    managed = MANAGERS[request.param]
    program = shutil.which(managed.program, path=managed.path)
    if shutil.which("node") is None or program is None:
        pytest.skip(f"needs {request.param}: run .ci/node-managers")
    if managed.program == "yarn":
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, cwd="/").stdout
        if version.startswith("1.") == (managed.folder == "berry"):
            pytest.skip(f"needs {request.param}, and yarn is {version.strip()}: run .ci/node-managers")
    return managed


@pytest.fixture
def make_locked(make_repo: Callable[..., Path], tmp_path: Path) -> Callable[[Managed, Mapping[str, str]], Path]:
    """A repository of these files with the lock that the manager itself writes for them."""

    def make(managed: Managed, files: Mapping[str, str]) -> Path:
        scratch, home = tmp_path / "locking", tmp_path / "locking home"
        home.mkdir()
        write_files(scratch, files)
        env = {**os.environ, "HOME": str(home), "PATH": managed.path, "YARN_ENABLE_IMMUTABLE_INSTALLS": "false"}
        program = shutil.which(managed.program, path=managed.path) or managed.program
        subprocess.run([program, "install"], cwd=scratch, env=env, check=True, capture_output=True)
        return make_repo({**files, managed.lock: (scratch / managed.lock).read_text()})

    return make


@pytest.fixture
def change(autopack_env: Mapping[str, str], tmp_path: Path) -> Change:
    """Run a plan that writes these files, `offline` with no network but loopback."""

    def run(
        managed: Managed, repo: Path, run_id: str, files: Mapping[str, str], *, offline: bool = False, **environ: str
    ) -> Done:
        items = "".join(f"- [ ] Write `{path}`\n" for path in files)
        blocks = "".join(f"\n```js:{path}\n{text}```\n" for path, text in files.items())
        plan = tmp_path / f"{run_id}.md"
        plan.write_text(f"# Change\n\n{items}{blocks}")
        alone = ("unshare", "--map-root-user", "--net") if offline else ()
        argv = [*alone, find_autopack(), "run", str(plan), "--run-id", run_id, "--json"]
        env = {**autopack_env, "PATH": f"{Path(find_autopack()).parent}{os.pathsep}{managed.path}", **environ}
        done = subprocess.run(argv, cwd=repo, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.stdout, done.stderr
        [phase] = json.loads(done.stdout)["phases"]
        journal = repo / ".git" / "autopack" / "runs" / run_id / "events.jsonl"
        return Done(phase=phase, events=[json.loads(line) for line in journal.read_text().splitlines()])

    return run


def project(managed: Managed, **scripts: str) -> dict[str, str]:
    if managed.is_deno:
        return {"deno.json": json.dumps({"imports": {"ms": "npm:ms@2.1.3"}}), "src/long.ts": DENO_SOURCE}
    # Without a file of its own, yarn 4 would look for its project further up.
    more = {".yarnrc.yml": "nodeLinker: node-modules\n"} if managed.folder == "berry" else {}
    return {"package.json": json.dumps({**PACKAGE, "scripts": scripts}), "src/long.js": SOURCE, **more}


def write_test(managed: Managed, name: str) -> dict[str, str]:
    if managed.is_deno:
        body = f"Deno.test('{name}', () => {{ if (long('1m') !== 60) throw new Error('wrong'); }});\n"
        return {f"test/{name}_test.ts": f"import {{ long }} from '../src/long.ts';\n{body}"}
    body = f"require('node:test')('{name}', () => require('node:assert').strictEqual(long('1m'), 60));\n"
    return {f"test/{name}.test.js": f"const {{ long }} = require('../src/long.js');\n{body}"}


@pytest.mark.network
def test_a_locked_project_is_proved_and_a_bug_is_found_without_a_network(
    managed: Managed, make_locked: Callable[..., Path], change: Change
) -> None:
    if subprocess.run(["unshare", "--map-root-user", "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs unshare --net")
    repo = make_locked(managed, {**project(managed, test="node --test"), **write_test(managed, "minute")})

    first = change(managed, repo, "first", write_test(managed, "more"))
    assert (first.phase["state"], first.phase["proved_by"], first.checks("test")) == (
        "committed",
        "tests",
        [(managed.test, "passed")],
    )
    assert first.installs == managed.install
    assert first.reports == [(2, 0)]
    assert run_git(repo, "diff", "--name-only", "main", first.phase["commit"]).splitlines() == [*write_test(managed, "more")]

    [source] = [path for path in project(managed) if path.startswith("src/")]
    second = change(managed, repo, "second", {source: project(managed)[source].replace("1000", "100")}, offline=True)
    assert (second.installs, second.phase["state"], second.checks("test")) == (
        managed.install,
        "failed",
        [(managed.test, "failed")],
    )
    assert second.reports == [(1, 1)]


@pytest.mark.network
def test_a_locked_project_without_tests_is_proved_by_its_smoke_check(
    managed: Managed, make_locked: Callable[..., Path], change: Change
) -> None:
    repo = make_locked(managed, project(managed))
    more = "src/more.ts" if managed.is_deno else "src/more.js"
    done = change(managed, repo, "first", {more: project(managed)[more.replace("more", "long")]})
    assert (done.phase["state"], done.phase["proved_by"], [state for _, state in done.checks("smoke")]) == (
        "committed", "smoke", ["passed"],
    )  # fmt: skip
    assert done.installs == managed.install


# Peers are declared, and by these settings not installed.
NO_PEERS = {".npmrc": "legacy-peer-deps=true\n"}


@pytest.mark.network
@pytest.mark.parametrize("managed", ["npm", "yarn 1"], indirect=True)
def test_a_declared_package_that_the_install_left_out_is_brought_and_stays_because_it_helps(
    managed: Managed, make_locked: Callable[..., Path], change: Change
) -> None:
    files = {**project(managed, test="node --test"), **write_test(managed, "minute")}
    package = {**json.loads(files["package.json"]), "peerDependencies": {"is-number": "7.0.0"}}
    repo = make_locked(managed, {**files, "package.json": json.dumps(package), **NO_PEERS})
    peer = {"test/peer.test.js": "require('node:test')('peer', () => require('node:assert')(require('is-number')(5)));\n"}

    done = change(managed, repo, "first", peer, AUTOPACK_EXPERIMENTAL_MISSING_DEPENDENCY="1")
    assert [attempt["mitigations"] for attempt in done.phase["attempts"]] == [["autopack-node:install-is-number"]], done.phase
    assert (done.phase["state"], done.checks("test")) == ("committed", [(managed.test, "passed")])
    assert run_git(repo, "diff", "--name-only", "main", done.phase["commit"]).splitlines() == [*peer]
