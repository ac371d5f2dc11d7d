"""Manners of issues, briefs and hand-over plans: where they say what must hold, what is run, and how work is grouped."""

from __future__ import annotations

import pytest


def titles(found, field="item"):
    return [row[0] for row in found.groups(field)]


# -- criteria ---------------------------------------------------------------------------------------------------------


def test_criteria_below_an_item_stand_behind_their_label(claimed):
    text = "## Tasks\n\n- [ ] Write the slot\n  - **AC:** a lost plug leaves it bootable\n- [ ] Count boots\n  - reads `a/b.py`\n"
    found = claimed(text)
    assert titles(found) == ["Write the slot", "Count boots"]
    assert found.texts("acceptance") == ["a lost plug leaves it bootable"]


def test_a_label_in_italics_opens_a_list_of_criteria(claimed):
    text = "## Fase 1 – Espera\n\nCrear `a.php`.\n\n*Criterios de aceptación de la fase:*\n\n- Nadie espera dos veces\n"
    assert claimed(text).texts("acceptance") == ["Nadie espera dos veces"]


@pytest.mark.parametrize(
    ("sentence", "criterion"),
    [
        ("Acceptance: a second import leaves the store as it was.", "a second import leaves the store as it was."),
        ("Abnahme: der Export enthält jede Zeile.", "der Export enthält jede Zeile."),
        ("At the end of this milestone the index is built in a second.", "the index is built in a second."),
        ("At the end of this milestone delete the shim.", None),
        ("Fertig, wenn kein Bon fehlt.", "Fertig, wenn kein Bon fehlt."),
        ("C’est fini quand rien ne se perd.", "C’est fini quand rien ne se perd."),
        ("Готово, когда пропуск живёт сутки.", "Готово, когда пропуск живёт сутки."),
        ("The import is fertig.", None),
        ("Acceptance of the terms is stored by user.", None),
    ],
)
def test_a_sentence_of_a_paragraph_says_what_must_hold(claimed, sentence, criterion):
    found = claimed(f"# Plan\n\n### Milestone 1: Index\n\nCreate `src/index.rs` with a struct. {sentence}\n").texts("acceptance")
    assert [text.endswith(criterion) for text in found] == ([True] if criterion else [])


def test_done_when_begins_a_sentence_of_its_own(claimed):
    text = (
        "## To do\n\n- [ ] Backup every night: `deploy/backup.sh`\n"
        "      Done when a restore works from the README alone\n- [ ] Add a log\n"
    )
    found = claimed(text)
    assert titles(found) == ["Backup every night: `deploy/backup.sh`", "Add a log"]
    assert found.texts("acceptance") == ["Done when a restore works from the README alone"]


def test_what_is_said_beside_a_command_that_proves_is_a_criterion(claimed):
    text = (
        "## Tasks\n\n- [ ] Add a store\n- [ ] Add a page\n\n"
        "## Verification\n\nNo row is offered twice. Run `pytest -q`. Open the page.\n"
    )
    found = claimed(text)
    assert found.texts("acceptance") == ["No row is offered twice."]
    assert found.commands("check") == [("pytest -q", "test")]


def test_what_is_to_be_checked_beside_a_command_is_a_criterion(claimed):
    text = "## Tasks\n\n- [ ] Add a store\n\n**Verify:** run `pytest -q` and check that no event is lost\n"
    assert claimed(text).texts("acceptance") == ["no event is lost"]


def test_boxes_of_a_test_plan_that_state_something_are_criteria(claimed):
    text = (
        "## Changes\n\n- [ ] Add `a.go`\n\n## Test plan\n\n- [ ] `go test ./...`\n"
        "- [ ] A key without limit is never refused\n- [ ] Start the worker with an empty queue\n"
    )
    assert claimed(text).texts("acceptance") == ["A key without limit is never refused"]


def test_what_is_done_behind_the_commands_is_no_criterion(claimed):
    text = "## To do\n\n- [ ] Add a page\n\n## Before each release\n\n```\n$ pytest -q\n```\n\nthen bump the version and tag.\n"
    assert claimed(text).texts("acceptance") == []


# -- commands ---------------------------------------------------------------------------------------------------------


def test_a_table_of_checks_is_run_and_what_it_installs_proves_nothing(claimed):
    text = (
        "## Tasks\n\n- [ ] Add a page\n\n## How we check\n\n"
        "| What | Command |\n|---|---|\n| Setup | `npm ci` |\n| Unit | `npm test` |\n"
    )
    found = claimed(text)
    assert (found.commands("command"), found.commands("check")) == ([("npm ci", "install")], [("npm test", "test")])


def test_dots_of_a_folder_are_no_full_stop(claimed):
    assert claimed("## Tasks\n\n- [ ] Fix it, run go test ./internal/...\n").commands("check") == [
        ("go test ./internal/...", "test")
    ]


def test_a_clause_that_is_a_command_is_run(claimed):
    text = (
        "## Tasks\n\n- [ ] Test outages\n  - `make sim` starts them; `go test ./sim/...`\n"
        "- [ ] Fix `go test` output; keep it short\n"
    )
    assert claimed(text).commands("check") == [("go test ./sim/...", "test")]


# -- files ------------------------------------------------------------------------------------------------------------


def test_the_ending_of_a_file_is_no_file(claimed):
    text = "## Tasks\n\n- [ ] Write the index beside it with the suffix `.idx`\n- [ ] Add the key to `.env`\n"
    assert claimed(text, [".env"]).paths("path") == [(".env", "modify")]


def test_a_reference_is_no_file_to_read_and_a_citation_file_is_one(claimed):
    text = (
        "## Tasks\n\n- [ ] Register frames against a reference by rocks (`ice/align.py`)\n- [ ] Add a citation (`CITATION.cff`)\n"
    )
    assert claimed(text).paths("path") == [("ice/align.py", "create"), ("CITATION.cff", "create")]


# -- phases and their work --------------------------------------------------------------------------------------------


def test_labels_with_m_and_a_number_are_phases(claimed):
    text = "# Epic\n\n**M1 – Slots (beta)**\n\n- [ ] Add a slot\n\n**M2 – Rollout**\n\n- [ ] Add a group\n"
    assert titles(claimed(text), "phase") == ["M1 – Slots (beta)", "M2 – Rollout"]


def test_screws_are_no_phases(claimed):
    assert claimed("# Shop\n\n## M4 screws\n\n- [ ] Add a page\n\n## M5 screws\n\n- [ ] Add a list\n").of("phase") == []


def test_paragraphs_that_say_first_what_they_are_about_are_the_work_of_their_phase(claimed):
    text = (
        "## Fase 1 – Espera\n\n**Tabla y modelo.** Crear `a.php`.\n\n**Alta.** Formulario en `b.php`.\n\n"
        "## Fase 2 – Aviso\n\nNecesita la fase 1.\n\n**Nota.** Es urgente.\n\n**Motor.** Enviar con `c.php`.\n"
    )
    found = claimed(text)
    assert titles(found) == ["Tabla y modelo", "Alta", "Fase 2 – Aviso"]
    assert found.edges() == [("Fase 2", "Fase 1")]
