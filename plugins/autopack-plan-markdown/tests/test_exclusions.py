"""Sentences that keep something out of the work, and sentences that only sound so."""

from __future__ import annotations

import pytest

OUT = [
    "The billing job is not touched by this.",
    "Search in attachments comes later",
    "This change does not touch the mobile app.",
    "We are not going to replace the queue.",
    "Nothing changes for existing customers.",
    "No changes to the public API.",
    "The old importer stays as it is, two teams need it.",
    "Push notifications are left for a later release.",
    "Offline use (chapter 4) is for the next spec: it needs a design.",
    "Dark mode is not a goal here.",
    "Search across shelves will be handled in a separate ticket.",
    "Anything about privacy is explicitly excluded from this work.",
    "Mirrored pages are not needed.",
    "Der alte Export bleibt, wie er ist.",
    "Die Rechteverwaltung ist nicht Teil dieses Plans.",
    "Wir fassen die Datenbank nicht an.",
    "Das Mahnwesen lassen wir, wie es ist.",
    "Die App ist ein eigenes Projekt.",
    "Le module de paie reste inchangé.",
    "On ne touche pas à la facturation.",
    "La migration des archives n’est pas prévue.",
    "No vamos a cambiar el calendario.",
    "La facturación queda fuera.",
    "El panel será otro proyecto.",
    "L’application sera l’objet d’un autre projet.",
    "O relatório antigo fica como está.",
    "A importação não faz parte desta entrega.",
    "Схему базы не трогаем.",
    "Камеры — отдельный проект.",
    "Старый отчёт остаётся без изменений.",
    "登录流程保持原样，本次不改。",
    "移动端暂不支持。",
    "今回は検索の改善は行わない。",
    "既存のAPIは変更しない。",
]
IN = [
    "If the import fails, the archive stays as it is.",
    "The export stays unchanged when the flag is off.",
    "Parsing is deferred until the first event.",
    "The header comes later in the file.",
    "A token that is not needed any more is dropped.",
    "Rows that are not covered by a rule come last.",
    "It does not change the sort order.",
    "The lock stays with the worker.",
    "Each phase is a separate PR.",
    "Wir wollen, dass der Import nicht abbricht.",
    "Ein anderer Auftrag kann ihn sperren.",
    "Die Waage bleibt, sie wiegt auch künftig.",
    "The worker does not touch the database.",
    "The old worker was left alone for two years.",
    "Wenn der Server schweigt, bleibt die Anzeige unverändert.",
    "Le serveur ne répond pas.",
    "El usuario no entra en la sesión dos veces.",
    "Si no hay red, la cola queda igual.",
    "Não é possível apagar a conta.",
    "Пользователь не входит в систему дважды.",
    "如果网络中断，页面保持原样。",
    "重复导入时，表保持原状。",
    "失敗した場合、元の値は変更しない。",
]


@pytest.mark.parametrize("sentence", OUT)
def test_a_sentence_of_the_overview_keeps_something_out_of_the_work(claimed, sentence):
    found = claimed(f"# Plan\n\n## Overview\n\nThe tool is slow. {sentence}\n\n## Tasks\n\n- [ ] Add a cache\n")
    assert found.texts("non_goal") == [sentence]


@pytest.mark.parametrize("sentence", IN)
def test_a_sentence_on_how_the_program_behaves_keeps_nothing_out(claimed, sentence):
    text = f"# Plan\n\n## Overview\n\nThe tool is slow. {sentence}\n\n## Tasks\n\n- [ ] Add a cache\n"
    assert claimed(text).texts("non_goal") == []


def test_each_clause_that_keeps_something_out_is_taken(claimed):
    text = "# Plan\n\nReturns are a later project; the app stays untouched; labels are printed.\n\n- [ ] Add a page\n"
    assert claimed(text).texts("non_goal") == ["Returns are a later project", "the app stays untouched"]


def test_only_the_clause_that_keeps_something_out_is_taken(claimed):
    text = "# Plan\n\nSymmetry is checked; mirrored pages are not needed; the rest is drawn.\n\n- [ ] Add a page\n"
    assert claimed(text).texts("non_goal") == ["mirrored pages are not needed"]


def test_what_is_assumed_is_no_decision_of_the_plan(claimed):
    text = "# Plan\n\n## Assumptions\n\n- The shop stays as it is\n\n## Tasks\n\n- [ ] Add a page\n"
    assert claimed(text).texts("non_goal") == []


def test_a_file_that_stays_as_it_is_is_not_written(claimed):
    text = "# 计划\n\n现有的日报（`report/daily.py`）保持原样，本次不改。\n\n## 任务\n\n- [ ] 新增接口 `api/flow.py`\n"
    found = claimed(text, ["report/daily.py"])
    assert [path for path, _ in found.paths("path")] == ["api/flow.py"]
    assert found.texts("non_goal") == ["现有的日报（`report/daily.py`）保持原样，本次不改。"]


def test_what_is_deferred_is_kept_out_and_no_work(claimed):
    found = claimed("## Tasks\n\n- [ ] Add a page\n- [ ] Add a menu\n\n## Deferred\n\n- [ ] Add a theme\n")
    assert [row[0] for row in found.groups("item")] == ["Add a page", "Add a menu"]
    assert found.texts("non_goal") == ["Add a theme"]


def test_chinese_phases_are_counted_in_chinese(claimed):
    text = "# 计划\n\n### 阶段一：清洗\n\n- [ ] 新增脚本\n\n### 阶段二：接口\n\n依赖：阶段一完成。\n\n- [ ] 新增接口\n"
    found = claimed(text)
    assert [row[0] for row in found.groups("phase")] == ["阶段一：清洗", "阶段二：接口"]
    assert found.edges() == [("阶段二", "阶段一")]
