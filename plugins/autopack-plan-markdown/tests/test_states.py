"""Entries that are no open work: what only checks, what is put off or struck, and what signs and words say is done."""

from __future__ import annotations

import pytest

CHECKS = (
    "Run the full regression and linters",
    "Run mypy and pytest",
    "Run `ruff check src` and fix nothing else",
    "Confirm that the totals match last year's report",
    "Confirm: the exporter still writes 12 columns",
    "Double-check that migrations are reversible",
    "Final checkpoint",
    "Checkpoint - make sure all tests pass",
    "`cargo test` passes",
    "All tests pass on Windows",
    "Ask Marta to review the wording",
    "Load the page by hand and look for broken images",
    "Walk through quickstart.md and confirm every step",
    "Follow `docs/setup.md` from a fresh machine",
    "T013 [US1] Run the suite and make sure nothing broke",
    "Alle Tests laufen lassen",
    "Vérifier que le total est juste",
    "Ejecutar todas las pruebas",
    "运行全部测试",
)
WORK = (
    "Verify webhook signatures before parsing the body",
    "Run tests in parallel in `tox.ini`",
    "Run linters in CI",
    "Ensure tests do not touch the network",
    "Checkpoint the WAL every minute",
    "Confirm e-mail addresses with a link",
    "Test the parser in `tests/test_parser.py`",
    "Fix the failing regression tests",
    "Ask users to confirm the deletion",
    "Follow redirects, five at most",
    "Sign-off button on the report page",
    "验证用户输入的邮箱",
)


@pytest.mark.parametrize("words", CHECKS)
def test_an_entry_that_only_checks_is_no_work(claimed, words):
    found = claimed(f"# Plan\n\n## Tasks\n\n- [ ] Add the parser\n- [ ] {words}\n- [ ] Add the printer\n")
    assert [row[0] for row in found.groups("item")] == ["Add the parser", "Add the printer"]


@pytest.mark.parametrize("words", WORK)
def test_an_entry_that_changes_something_is_work_whatever_its_verb(claimed, words):
    found = claimed(f"# Plan\n\n## Tasks\n\n- [ ] Add the parser\n- [ ] {words}\n")
    assert len(found.groups("item")) == 2


def test_a_list_of_tests_to_write_is_work_and_one_of_things_to_look_at_is_none(claimed):
    text = (
        "## 1. Code\n\n- [ ] 1.1 Add the ring\n\n## 2. Tests\n\n- [ ] 2.1 Property test for the ring\n"
        "- [ ] 2.2 Golden files in `tests/test_ring.py`\n- [ ] 2.3 Memory stays below the limit\n- [ ] 2.4 Run `pytest`\n"
    )
    assert [row[0] for row in claimed(text).groups("item")] == [
        "Add the ring",
        "Property test for the ring",
        "Golden files in `tests/test_ring.py`",
    ]


def states(found) -> list[tuple[str, str]]:
    return [(claim.value.title, claim.value.state) for claim in found.of("item")]


@pytest.mark.parametrize(
    ("entry", "title", "state"),
    [
        ("Shipped: PDF export", "PDF export", "done"),
        ("✅ PDF export", "PDF export", "done"),
        ("**Erledigt:** Export", "Export", "done"),
        ("已完成：导出", "导出", "done"),
        ("🔨 Building: the queue", "the queue", "in_progress"),
        ("WIP: the queue", "the queue", "in_progress"),
        ("Planned: search", "search", "todo"),
        ("Dropped: Wi-Fi mode", "Wi-Fi mode", "cancelled"),
        ("Calendar feed — frozen until we know more", "Calendar feed — frozen until we know more", "cancelled"),
        ("Wrong order – not a bug, works as intended", "Wrong order – not a bug, works as intended", "cancelled"),
        ("Экспорт — отложено до весны", "Экспорт — отложено до весны", "cancelled"),
        ("~~New flag~~ (nobody wants it)", "New flag (nobody wants it)", "cancelled"),
        ("~~Use Redis~~ Use Postgres", "Use Postgres", "todo"),
        ("Delete the shim, no longer needed", "Delete the shim, no longer needed", "todo"),
        ("Count events, dropped packets included", "Count events, dropped packets included", "todo"),
        ("Building permits as CSV", "Building permits as CSV", "todo"),
    ],
)
def test_signs_and_words_around_an_entry_say_its_state(claimed, entry, title, state):
    found = claimed(f"# Plan\n\n## Tasks\n\n- Add the parser\n- {entry}\n")
    assert states(found) == [("Add the parser", "todo"), (title, state)]


def test_a_legend_says_what_signs_mean(claimed):
    text = "Marks: 🟢 shipped · 🟡 building · 🔴 open\n\n## Tasks\n\n- 🟢 Add a\n- 🟡 Add b\n- 🔴 Add c\n"
    assert states(claimed(text)) == [("Add a", "done"), ("Add b", "in_progress"), ("Add c", "todo")]


def test_a_sign_that_a_legend_gives_to_something_else_says_no_state(claimed):
    text = "Legend: 🔴 now · 🚧 on site · 🟢 nice to have\n\n## Tasks\n\n- 🔴 Add a\n- 🚧 Add b\n- 🟢 Add c\n"
    assert [state for _, state in states(claimed(text))] == ["todo"] * 3


def test_a_struck_box_is_cancelled_and_a_half_finished_one_under_way(claimed):
    text = "## Tasks\n\n- [ ] ~~Dark mode~~ dropped, too much work\n- [-] Prices\n  - [x] read\n  - [ ] write\n- [-] Mail\n"
    assert states(claimed(text)) == [
        ("Dark mode dropped, too much work", "cancelled"),
        ("Prices", "in_progress"),
        ("Mail", "cancelled"),
    ]


def titles(found) -> list[str]:
    return [row[0] for row in found.groups("item") if row[3] not in ("done", "cancelled")]


FIX_PLAN = """\
## P0 – lost money

### 1. Discounts are rounded twice

**Problem:** a cent is missing.
**Files:** `src/total.py`

- [ ] discount
- [ ] cash discount

### 2. ~~Numbers repeat~~ works as intended

### 3. No entry when a sale is taken back

**Fix:** write one.

### 4. Export breaks at umlauts

**Fix:** UTF-8.

## Status

- [ ] 1. Cents everywhere
- [x] 3. Entry for what is taken back
- [ ] 4. Umlauts
"""


def test_boxes_of_a_numbered_fix_are_its_steps_and_the_status_list_repeats_the_numbers(claimed):
    assert titles(claimed(FIX_PLAN)) == ["Discounts are rounded twice", "Export breaks at umlauts"]


@pytest.mark.parametrize(
    "retold",
    [
        "- [x] 1.1 tokens\n- [ ] 1.2, 1.3 rest of the parser\n- [ ] 2.x printer\n",
        "- [ ] 1.2/1.3 parser\n- [ ] 2.1 indent\n",
        "- [ ] 1.2 und 1.3 Leser\n",
    ],
)
def test_a_list_that_names_others_by_their_numbers_is_told_twice(claimed, retold):
    text = (
        "## 1. Parser\n\n- [x] 1.1 Tokens\n- [ ] 1.2 Numbers\n- [ ] 1.3 Strings\n\n## 2. Printer\n\n- [ ] 2.1 Indent\n\n"
        f"## Where we are\n\n{retold}"
    )
    assert titles(claimed(text)) == ["Numbers", "Strings", "Indent"]


def test_numbers_that_begin_again_in_each_part_tell_nothing_twice(claimed):
    text = "## Parser\n\n- [ ] 1.1 Numbers\n- [ ] 1.2 Strings\n\n## Printer\n\n- [ ] 1.1 Indent\n- [ ] 1.2 Wrap\n"
    assert titles(claimed(text)) == ["Numbers", "Strings", "Indent", "Wrap"]


def test_what_stands_below_a_checkpoint_is_part_of_it(claimed):
    text = (
        "## Tasks\n\n- [ ] 1. Add a\n- [ ] 2. Checkpoint\n  - [ ] the owner agrees\n- [ ] 3. Add b\n- [ ] 4. Final check\n"
        "- [ ] 4.1 Sums agree\n"
    )
    assert titles(claimed(text)) == ["Add a", "Add b"]


@pytest.mark.parametrize("marks", [("a)", "b)"), ("(a)", "(b)"), ("A)", "B)")])
def test_lettered_lines_are_a_list(claimed, marks):
    text = f"Please tidy the importer:\n\n{marks[0]} Remove the old path in `a.py`\n{marks[1]} Write `docs/a.md`\n\nThen rest.\n"
    assert titles(claimed(text)) == ["Remove the old path in `a.py`", "Write `docs/a.md`"]


def test_lettered_choices_are_no_list_of_work(claimed):
    text = "Fix the slow import. There are two options:\n\na) Use a cache\nb) Write it in C\n"
    assert len(titles(claimed(text))) == 1


def test_entries_that_say_how_far_they_are_make_a_list_of_work(claimed):
    text = "## ✅ Phase 1: Basics\n\n- Login\n\n## 🚧 Phase 2: Groups\n\n- ✅ Groups\n- 🚧 Links\n- 📋 Roles\n"
    assert titles(claimed(text)) == ["Links", "Roles"]


@pytest.mark.parametrize(
    "request_",
    [
        "请修复登录页面的崩溃",
        "帮我加一个导出按钮",
        "Bitte den Absturz beim Start beheben",
        "Behebe den Absturz im Login",
        "Corrige el fallo del inicio de sesión",
        "Merci de corriger le plantage au démarrage",
        "Corrija o erro na tela de login",
        "Пожалуйста, исправьте ошибку при входе",
        "ログイン画面のクラッシュを直してください",
        "La página de inicio no carga",
    ],
)
def test_one_line_in_any_language_can_ask_for_work(claimed, request_):
    assert titles(claimed(request_)) == [request_]


@pytest.mark.parametrize("words", ["Das Wetter ist heute schön", "今天天气很好", "El río es largo"])
def test_one_line_that_wants_nothing_asks_for_no_work(claimed, words):
    assert titles(claimed(words)) == []


def test_bullets_of_a_phase_that_begin_with_verbs_are_its_work(claimed):
    text = "## Phase 1: Reader\n\n### Tasks\n\n- Add the reader\n- Add a CLI\n\n"
    text += "## Phase 2: Cleanup\n\n- Remove the shim\n- Rename it\n"
    assert titles(claimed(text)) == ["Add the reader", "Add a CLI", "Remove the shim", "Rename it"]
