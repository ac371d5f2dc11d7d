"""What is offered for Node's failures, what is only said, and what is never done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from autopack_node import detect_toolchain, failure_patterns, mitigate_failure

from autopack.decide.answers import find_pattern_fault
from autopack.decide.signature import find_failures
from autopack.effects.scan import FileWorkspace
from autopack.model.attempt import Attempt, FileChange
from autopack.model.failure import Failure, Hint, Mitigation, Run
from autopack.model.plan import Budget, Phase, Scope
from autopack.model.toolchain import Command, CommandResult

Offer = Callable[..., Mitigation | None]
NPM = ("npm", "install", "--no-save", "--save-prod", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts")
NPM_CACHE = (("npm_config_cache", "{cache}/npm"), ("npm_config_prefer_offline", "true"))
GONE = "Error: Cannot find module 'is-odd'"
DECLARED = {"package.json": {"name": "d", "scripts": {"test": "mocha"}, "peerDependencies": {"is-odd": "^3.0.1"}}}
OUTDATED = {
    "npm": (
        {"package-lock.json": {}},
        "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.",
        "package-lock.json is out of date (this attempt changed package.json): `npm install --package-lock-only` brings",
    ),
    "pnpm": (
        {"pnpm-lock.yaml": ""},
        ' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile"',
        "pnpm-lock.yaml is out of date (this attempt changed package.json): `pnpm install --lockfile-only` brings",
    ),
    "yarn 1": (
        {"yarn.lock": ""},
        "error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`.",
        "yarn.lock is out of date (this attempt changed package.json): `yarn install` brings",
    ),
    "yarn 4": (
        {"yarn.lock": "__metadata:"},
        "➤ YN0028: │ The lockfile would have been modified by this install, which is explicitly forbidden.",
        "yarn.lock is out of date (this attempt changed package.json): `yarn install --mode=update-lockfile` brings",
    ),
    "bun": (
        {"bun.lock": ""},
        "error: lockfile had changes, but lockfile is frozen",
        "bun.lock is out of date (this attempt changed package.json): `bun install --lockfile-only` brings",
    ),
}


@pytest.fixture
def offer(make_workspace: Callable[..., FileWorkspace]) -> Offer:
    """The mitigation for a printed line in a project of these files; `changed` are files that the attempt wrote."""

    def ask(line: str, files: Mapping[str, Any], changed: tuple[str, ...] = ()) -> Mitigation | None:
        ready = {name: text if isinstance(text, str) else json.dumps(text) for name, text in files.items()}
        workspace = make_workspace(ready)
        attempt = Attempt(
            run_id="r",
            phase=make_phase(),
            number=1,
            tree="t",
            base_tree="b",
            workspace=workspace,
            toolchains=tuple(detect_toolchain(workspace=workspace)),
            changes=tuple(
                FileChange(path=path, status="modified", old_mode="100644", new_mode="100644", old_blob="a", new_blob="b")
                for path in changed
            ),
        )
        return mitigate_failure(failure=failed(line), attempt=attempt)

    return ask


def make_phase() -> Phase:
    budget = Budget(max_files=1, max_tokens=0, max_minutes=1, max_attempts=1)
    return Phase(id="p1", title="Any", deliverables=(), scope=Scope(paths=()), validation=(), budget=budget, provenance={})


def failed(line: str) -> Failure:
    (failure,) = find_failures(CommandResult(argv=(), exit_code=1, stdout=line), None, failure_patterns(), "check")
    return failure


def told(mitigation: Mitigation | None) -> str:
    """The sentence of a mitigation that does nothing but say one, asks nobody and needs no switch."""
    assert mitigation is not None
    (step,) = mitigation.steps
    assert isinstance(step, Hint)
    assert (mitigation.ask, mitigation.feature, mitigation.reason) == ("", "", step.text)
    return step.text


def test_a_declared_package_is_installed_as_it_is_declared_and_runs_no_script(offer: Offer) -> None:
    command = Command(argv=(*NPM, "is-odd@^3.0.1"), env=NPM_CACHE)
    assert offer(GONE, DECLARED) == Mitigation(
        name="install-is-odd",
        reason="package.json declares is-odd@^3.0.1, which brings the missing 'is-odd'",
        confidence=0.9,
        steps=(Run(command=command, toolchain="node@."),),
        feature="missing_dependency",
    )


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Error: Cannot find module 'is-odd/lib/x'", "is-odd"),
        ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@a/b' imported from /srv/x.mjs", "@a/b"),
        ("a.ts(1,2): error TS2307: Cannot find module '@a/b/c' or its type declarations.", "@a/b"),
        ("error: Cannot find package 'is-odd' from '/srv/b.test.js'", "is-odd"),
        ("sh: 1: mocha: not found", "mocha"),
        ("sh: 1: tsc: not found", "typescript"),
    ],
)
def test_a_package_is_found_by_what_is_imported_or_run(offer: Offer, line: str, name: str) -> None:
    found = offer(line, {"package.json": {"dependencies": dict.fromkeys(("is-odd", "@a/b", "mocha", "typescript"), "1.0.0")}})
    assert found is not None
    assert [step.command.argv[-1] for step in found.steps if isinstance(step, Run)] == [f"{name}@1.0.0"]


@pytest.mark.parametrize("root", [(), ("--ignore-workspace-root-check",)])
def test_yarn_1_brings_it_in_its_own_way(offer: Offer, root: tuple[str, ...]) -> None:
    files = {**DECLARED, "yarn.lock": "", "a/package.json": {"name": "a"}}
    files["package.json"] = {**DECLARED["package.json"], "workspaces": ["a"] if root else []}
    found = offer(GONE, files)
    assert found is not None
    (step,) = found.steps
    assert isinstance(step, Run)
    assert step.command.argv == (
        "yarn", "add", "--no-lockfile", "--ignore-scripts", "--non-interactive", *root, "is-odd@^3.0.1",
    )  # fmt: skip


@pytest.mark.parametrize("files", [{"pnpm-lock.yaml": ""}, {"yarn.lock": "__metadata:"}, {"bun.lock": ""}])
def test_other_managers_are_only_told(offer: Offer, files: dict[str, Any]) -> None:
    expected = "'is-odd' cannot be found although package.json declares is-odd@^3.0.1: the install left it out"
    assert told(offer(GONE, {**DECLARED, **files})) == expected


def test_what_this_attempt_declared_itself_needs_a_person(offer: Offer) -> None:
    found = offer(GONE, DECLARED, changed=("package.json",))
    assert found is not None
    assert found.ask == "install is-odd@^3.0.1, which this attempt wrote into package.json?"


def test_what_nobody_declares_is_asked_and_never_installed(offer: Offer) -> None:
    text = "'is-odd' is imported but no package.json declares 'is-odd'"
    assert offer(GONE, {"package.json": {"dependencies": {"is-even": "1"}}}) == Mitigation(
        name="declare-is-odd",
        reason=text,
        confidence=0.5,
        steps=(Hint(text=f"{text}: do without it, or declare it and have that approved"),),
        feature="missing_dependency",
        ask=f"{text}; may it be added to the project?",
    )


def test_a_program_that_nobody_declares_is_left_alone(offer: Offer) -> None:
    assert offer("sh: 1: docker: not found", DECLARED) is None


@pytest.mark.parametrize(
    "version",
    ["git+ssh://git@example.org/x.git", "file:../x", "link:../x", "workspace:*", "npm:other@1", "https://example.org/x.tgz"],
)
def test_only_a_version_of_the_registry_is_installed(offer: Offer, version: str) -> None:
    expected = f"'is-odd' cannot be found although package.json declares is-odd@{version}: the install left it out"
    assert told(offer(GONE, {"package.json": {"dependencies": {"is-odd": version}}})) == expected


def test_the_projects_own_package_is_never_installed(offer: Offer) -> None:
    files = {
        "package.json": {"workspaces": ["packages/*"], "dependencies": {"is-odd": "1.0.0"}},
        "packages/odd/package.json": {"name": "is-odd"},
    }
    assert told(offer(GONE, files)) == (
        "'is-odd' is the project's own package in packages/odd: it is not built, or not linked; nothing to install"
    )


@pytest.mark.parametrize("module", ["@/components/a", "~/a", "#lib/a"])
def test_a_short_form_for_an_own_path_is_no_package(offer: Offer, module: str) -> None:
    assert "is a short form for a path of the project" in told(offer(f"Error: Cannot find module '{module}'", DECLARED))


@pytest.mark.parametrize("name", OUTDATED)
def test_a_lock_that_is_out_of_date_is_told_with_the_command_that_updates_it(offer: Offer, name: str) -> None:
    files, line, expected = OUTDATED[name]
    text = told(offer(line, {**DECLARED, **files}, changed=("package.json",)))
    assert text == f"{expected} it up to date, and it must be part of the change"


def test_a_lock_that_was_out_of_date_before_is_no_fault_of_the_attempt(offer: Offer) -> None:
    files, line, _ = OUTDATED["npm"]
    assert "package-lock.json is out of date (it was so before this attempt)" in told(offer(line, {**DECLARED, **files}))


def test_deno_has_a_lock_too(offer: Offer) -> None:
    text = told(offer("error: The lockfile is out of date. Run `deno install`", {"deno.json": "{}", "deno.lock": "{}"}))
    assert text.startswith("deno.lock is out of date (it was so before this attempt): `deno install --frozen=false` brings")


def test_a_missing_script_is_told_with_where_it_stands_or_what_there_is(offer: Offer) -> None:
    files = {
        "package.json": {"name": "d", "scripts": {"test": "mocha", "lint": "eslint"}, "workspaces": ["a"]},
        "a/package.json": {"name": "a", "scripts": {"types": "tsc"}},
    }
    assert told(offer('npm error Missing script: "types"', files)) == (
        "the script 'types' stands in a/package.json: it has to be run in that folder"
    )
    expected = "no package.json has a script 'unit'; package.json has: lint, test"
    for line in (
        'npm error Missing script: "unit"',
        " ERR_PNPM_NO_SCRIPT  Missing script: unit",
        'error Command "unit" not found.',
        'Usage Error: Couldn\'t find a script named "unit".',
        'error: Script not found "unit"',
    ):
        assert told(offer(line, files)) == expected


def test_another_manager_is_told_which_is_the_projects_own(offer: Offer) -> None:
    files = {"package.json": {"packageManager": "yarn@4.0.0"}, "yarn.lock": "__metadata:"}
    expected = "this project belongs to yarn (package.json: packageManager yarn@4.0.0): its scripts run with `yarn run NAME`"
    assert told(offer(" ERROR  This project is configured to use yarn", files)) == expected


def test_for_a_package_that_does_not_exist_no_near_name_is_guessed(offer: Offer) -> None:
    text = told(offer("npm error notarget No matching version found for is-odd@99.0.1.", DECLARED))
    assert text == "the registry has no is-odd@99.0.1: the name or version is wrong; correct it where it is declared"


@pytest.mark.parametrize(
    "line", ["AssertionError [ERR_ASSERTION]: x", "npm error code ENOTCACHED", "Error: Cannot find module './gone'", "boom"]
)
def test_other_failures_are_none_of_its_business(offer: Offer, line: str) -> None:
    failures = find_failures(CommandResult(argv=(), exit_code=1, stdout=line), None, failure_patterns(), "check")
    assert all(offer(failure.line, DECLARED) is None for failure in failures)


def test_every_pattern_finds_its_own_example_and_cannot_run_away() -> None:
    assert [fault for pattern in failure_patterns() if (fault := find_pattern_fault(pattern))] == []
