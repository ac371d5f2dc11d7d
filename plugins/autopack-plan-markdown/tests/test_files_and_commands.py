"""Which words mean a file or a command where their shape does not tell: what stands around them, what the repository has."""

from __future__ import annotations

import pytest

from autopack.effects.scan import open_folder

from .conftest import claim_all

# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        ("Add an index to the `core` package", []),
        ("Delete the folder `core`", [("core", "delete")]),
        ("Delete `core`", [("core", "delete")]),
        ("Rework `core/`", [("core/", "modify")]),
    ],
)
def test_a_bare_word_is_the_package_unless_its_folder_is_meant(claimed, words, paths):
    found = claimed(f"# Plan\n\n- [ ] {words}\n", ["core/a.py"])
    assert found.paths("path") + found.paths("read") == paths


@pytest.mark.parametrize(
    ("words", "is_read"),
    [
        ("Compare titles, folded (`src/a.py`)", False),
        ("Load curves from the card – `src/a.py`", False),
        ("Read the guide – `src/a.py`", True),
        ("Load limits from `src/a.py`", True),
        ("In `src/a.py` there is a class", True),
        ("`src/a.py`, to be imitated, not to be changed", True),
        ("Use the same retry rule as `src/a.py`", True),
    ],
)
def test_what_is_set_apart_is_not_what_the_verb_is_about(claimed, words, is_read):
    found = claimed(f"# Plan\n\n- [ ] {words}\n", ["src/a.py"])
    assert (bool(found.paths("path")), bool(found.paths("read"))) == (not is_read, is_read)


@pytest.mark.parametrize("words", ["No changes needed in `src/a.py`", "Ask before changing anything in `src/a.py`"])
def test_what_needs_no_change_is_left_alone(claimed, words):
    found = claimed(f"# Plan\n\n- [ ] Add it. {words}.\n", ["src/a.py"])
    assert found.paths("path") + found.paths("read") == []


def test_the_folder_of_the_plan_is_no_path_of_it(claimed):
    text = "# Plan\n\n**Input**: documents from `/specs/one/`\n\n- [ ] Add it in `src/a.py`\n"
    assert claimed(text, ["specs/one/spec.md"], "specs/one/plan.md").paths("read") == []


def test_a_tree_may_be_drawn_by_indent_alone(claimed):
    text = (
        "# Plan\n\n- [ ] Add it\n\n## Source tree\n\n```text\nhive/\n  list.py    <- changed here\n  trends/mites.py  <- new\n"
        "  counts/models.py <- read it first\n  other.py\n```\n"
    )
    found = claimed(text, ["hive/list.py", "hive/counts/models.py", "hive/other.py"])
    assert found.paths("scope") == [("hive/list.py", "modify"), ("hive/trends/mites.py", "create")]
    assert found.paths("read") == [("hive/counts/models.py", "read")]
    assert claimed("# Plan\n\n- [ ] Add it\n\n```\nhive/ new\n  is the name of it\n```\n").paths("scope") == []


def test_a_table_of_files_with_actions_counts_among_tests_too(claimed):
    table = "| Action | Path |\n|---|---|\n| Create | `tests/test_a.py` |\n| | `src/b.py` |\n"
    assert claimed(f"# Plan\n\n## 1. Add it\nx\n\n## Tests\n\n{table}").paths("scope") == [("tests/test_a.py", "create")]


def test_a_box_that_is_begun_keeps_the_files_of_its_open_steps(claimed):
    begun = "  - [-] Price\n    - [x] Write `src/a.py`\n    - [ ] Write `src/b.py`\n"
    text = f"# Plan\n\n- [ ] 1. Add it\n{begun}  - [-] Mail `src/c.py`\n"
    assert claimed(text).paths("path") == [("src/b.py", "create")]


# -- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("- `uv run pytest`", [("uv run pytest", "test")]),
        ("- [ ] 8.2 `mypy core` is clean", [("mypy core", "typecheck")]),
        ("Before each commit: `mypy core`", [("mypy core", "typecheck")]),
        ("before I show it: pytest, then ruff check . and look", [("pytest", "test"), ("ruff check .", "lint")]),
        ("Before lunch: go home", []),
        ("- `git status`", []),
    ],
)
def test_lines_that_say_to_run_without_the_word(claimed, line, commands):
    assert claimed(f"# Plan\n\n- [ ] Add it\n- [ ] Fix it\n\n{line}\n").commands("check") == commands


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("Run `make gate`.", [("make gate", "test")]),
        ("Before release: make style, make migrate", [("make migrate", "other"), ("make style", "lint")]),
        ("`just ci` is green", [("just ci", "test")]),
        ("Run `npm run e2e`", [("npm run e2e", "test")]),
        ("Run `make migrate`.", []),
        ("Run `npm run gen`.", []),
        ("Then make sure it works", []),
    ],
)
def test_the_repository_says_what_its_own_commands_prove(tmp_path, line, commands):
    (tmp_path / "Makefile").write_text(
        "X := 1\n.PHONY: gate\ngate: build\n\t@pytest -q\n\nstyle::\n\truff check . && mypy x\nmigrate:\n\talembic upgrade head\n"
    )
    (tmp_path / "justfile").write_text("set shell := ['bash']\n@ci target='all': fmt\n    cargo test\n")
    (tmp_path / "package.json").write_text('{"scripts": {"e2e": "playwright test", "gen": "node gen.js", "odd": 1}}')
    found = claim_all(f"# Plan\n\n- [ ] Add it\n- [ ] Fix it\n\n{line}\n".encode(), open_folder(tmp_path))
    assert found.commands("check") == commands


def test_a_package_file_that_is_no_json_has_no_scripts(claimed, tmp_path):
    (tmp_path / "package.json").write_text("[" * 100_000)
    assert claimed("# Plan\n\n- [ ] Add it\n- [ ] Run `npm run e2e`\n").commands("check") == []


def test_what_to_run_before_each_commit_is_no_non_goal_at_the_foot_of_a_page(claimed):
    text = "# Plan\n\n- [ ] Add it\n\n## Not planned\n\n- An app\n\n---\nBefore each commit: `pytest -q`\n"
    found = claimed(text)
    assert (found.texts("non_goal"), found.commands("check")) == (["An app"], [("pytest -q", "test")])


def test_ids_of_tasks_in_a_shell_fence_are_no_commands(claimed):
    fence = "```bash\n# Side by side:\nQ004 [P] Add the model\nAB-12 → AB-13\nK2\nmake gate\n```\n"
    found = claimed(f"# Plan\n\n- [ ] Q004 Add the model\n- [ ] AB-12 Fix it\n\n## Parallel example\n\n{fence}")
    assert found.commands("command") + found.commands("check") == [("make gate", "other")]
