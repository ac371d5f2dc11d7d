"""Where the work of a plan stands: each carrier, in documents of the kind that uses it, and texts that are no plan."""

from __future__ import annotations

import pytest

TODOS = """\
---
name: Cache
todos:
  - id: store
    content: Add a store in `src/store.py`
    status: completed
  - id: evict
    content: "Evict old entries"
    status: in_progress
  - Write the page
---

# Cache

## Steps

1. Do this
2. Do that
3. Do more
"""


def test_todos_of_the_front_matter_are_the_work_whatever_the_text_lists(claimed):
    found = claimed(TODOS)
    assert [(c.value.source_id, c.value.title, c.value.state, c.value.extent.start) for c in found.of("item")] == [
        ("store", "Add a store in `src/store.py`", "done", 4),
        ("evict", "Evict old entries", "in_progress", 7),
        (None, "Write the page", "todo", 10),
    ]
    assert found.draft.tree.get("todos").span.start == 4


def test_an_empty_list_of_todos_leaves_the_work_to_numbered_sections(claimed):
    text = "---\ntodos: []\n---\n\n## 1. Parser\nWrite it.\n\n## 2. Printer\nWrite it.\n\n## Do not\n- touch x\n"
    assert [row[0] for row in claimed(text).groups("item")] == ["Parser", "Printer"]


@pytest.mark.parametrize(
    "head", ["---\ntodos: [\n---\n", "---\n- a\n- b\n---\n", "---\ntodos: yes\n---\n", "---\ntodos:\n  - add x\n"]
)
def test_front_matter_that_cannot_be_read_is_passed_over(claimed, head):
    titles = [row[0] for row in claimed(f"{head}\n- [ ] Add a\n- [ ] Add b\n").groups("item")]
    assert titles == ["Add a", "Add b"]


TAGS = """\
<objective>Build it</objective>

<tasks>

<task type="auto">
  <name>Task 1: Sheet layout</name>
  <files>src/layout.ts, src/[id]/page.tsx</files>
  <behavior>
    - 21 labels fill a sheet
  </behavior>
  <action>
    Write the tests first.
  </action>
  <verify>npm test</verify>
  <done>All tests pass</done>
</task>

<task type="checkpoint:human-verify"><name>Look at it</name></task>

</tasks>

<success_criteria>
- It prints
</success_criteria>
"""


def test_task_tags_are_work_and_what_is_in_them_has_its_own_role(claimed):
    found = claimed(TAGS)
    assert found.groups("item") == [("Sheet layout", 5, 16, "todo")]
    assert [(s.title, s.role) for s in found.draft.sections if s.named] == [
        ("objective", "context"), ("tasks", "work"), ("task", "work"), ("name", "work"), ("files", "files"),
        ("verify", "validation"), ("done", "acceptance"), ("task", "work"), ("success criteria", "acceptance"),
    ]  # fmt: skip
    assert "It prints" in found.texts("acceptance")


def test_tags_of_html_and_tags_in_code_are_none(claimed):
    text = "<details>\n<summary>More</summary>\n\n- [ ] Add a\n- [ ] Add b\n\n</details>\n\n```xml\n<task>\nAdd c\n</task>\n```\n"
    assert [row[0] for row in claimed(text).groups("item")] == ["Add a", "Add b"]


def test_tasks_told_in_a_fence_own_their_lines(claimed):
    text = "## Tasks\n\n```yaml\nTask 1: Add keys\nCREATE src/keys.py\n\nTask 2: Add score\nMODIFY src/score.py\n```\n"
    found = claimed(text, ["src/score.py"])
    assert found.groups("item") == [("Add keys", 4, 5, "todo"), ("Add score", 7, 8, "todo")]


def test_a_table_of_tasks_lists_work_with_its_state(claimed):
    text = "| # | Task | Status |\n|---|---|---|\n| 1 | Add cache | todo |\n| 2 | Add docs | done |\n"
    assert claimed(text).groups("item") == [("Add cache", 3, 3, "todo"), ("Add docs", 4, 4, "done")]


def test_sections_of_a_todo_file_give_the_state(claimed):
    text = "# TODO\n\n## To Do\n- faster search\n- dark mode\n\n## In Progress\n- login page\n\n## Done\n- setup\n"
    assert [(title, state) for title, _, _, state in claimed(text).groups("item")] == [
        ("faster search", "todo"), ("dark mode", "todo"), ("login page", "in_progress"), ("setup", "done"),
    ]  # fmt: skip


ROADMAP = """\
## Phases
- [x] **Phase 1: Core** - Read it
- [ ] **Phase 2: Sound** - Hear it
- [ ] **Phase 2.1: Time** - Fix it

## Phase Details

### Phase 1: Core
Plans:
- [x] 01-01-PLAN.md - Reader
- [ ] 01-02-PLAN.md - Forgotten box

### Phase 2: Sound
Plans:
- [ ] 02-01-PLAN.md - Peaks in `src/peaks.rs`
- [ ] 02-02-PLAN.md - Index

### Phase 2.1: Time
Plans:
- [ ] 02.1-01: TBD

## Progress
| Phase | Status |
|---|---|
| 1. Core | Complete |
"""


def test_a_roadmap_told_three_times_counts_once_and_its_progress_holds(claimed):
    found = claimed(ROADMAP)
    assert [(title, state) for title, _, _, state in found.groups("phase")] == [
        ("Phase 1: Core", "done"), ("Phase 2: Sound", "todo"), ("Phase 2.1: Time", "todo"),
    ]  # fmt: skip
    assert [(title, state) for title, _, _, state in found.groups("item")] == [
        ("Reader", "done"), ("Forgotten box", "done"), ("Peaks in `src/peaks.rs`", "todo"), ("Index", "todo"),
        ("Phase 2.1: Time", "todo"),
    ]  # fmt: skip


def test_boxes_of_progress_are_the_work_of_a_plan_in_prose(claimed):
    text = (
        "# Add export\n\n## Progress\n\n- [x] (2026-01-02 08:10Z) Read the code\n- [ ] Write the exporter\n- [ ] Add the flag\n\n"
        "## Plan of work\n\nExtend the writer. Then call it.\n\n## Decision log\n- Decision: CSV\n"
    )
    assert [(title, state) for title, _, _, state in claimed(text).groups("item")] == [
        ("Read the code", "done"), ("Write the exporter", "todo"), ("Add the flag", "todo"),
    ]  # fmt: skip


def test_phases_are_numbered_in_many_languages(claimed):
    for head in ("Fase", "Phase", "Этап", "フェーズ", "Milestone"):
        found = claimed(f"## {head} 1: a\n- [ ] eins\n\n## {head} 2: b\n- [ ] zwei\n")
        assert len(found.groups("phase")) == 2, head
    assert len(claimed("## 第一阶段：登记\n- [ ] 1.1 建表\n\n## 第二阶段：查询\n- [ ] 2.1 索引\n").groups("phase")) == 2


@pytest.mark.parametrize(
    ("tasks", "criteria", "outside"),
    [
        ("Aufgaben", "Abnahmekriterien", "Nicht im Umfang"),
        ("Tâches", "Critères d’acceptation", "Hors périmètre"),
        ("Tareas", "Criterios de aceptación", "Fuera de alcance"),
        ("Tarefas", "Critérios de aceitação", "Fora do escopo"),
        ("Задачи", "Критерии приёмки", "Не входит в объём"),
        ("任务", "验收标准", "不做的事"),
        ("タスク一覧", "受け入れ条件", "対象外"),
    ],
)
def test_headings_are_known_in_many_languages(claimed, tasks, criteria, outside):
    found = claimed(f"# X\n\n## {tasks}\n\n- eins\n- zwei\n\n{criteria}：\n- drei\n\n## {outside}\n- vier\n")
    assert [row[0] for row in found.groups("item")] == ["eins", "zwei"]
    assert (found.texts("acceptance"), found.texts("non_goal")) == (["drei"], ["vier"])


CHAT = """\
# aider chat started at 2026-02-03 20:41:07

> Aider v0.82.1

#### /add app.py
#### what does app.py do?

It serves. You could:
- Add a cache
- Add a log

#### ok. add a hello endpoint to app.py

Fine.

#### can you also write a test for the cache?

Sure.

#### hm, forget the hello endpoint

#### when all is in, run pytest -q
"""


def test_only_what_the_user_asked_for_in_a_chat_is_work_and_it_can_be_taken_back(claimed):
    found = claimed(CHAT)
    assert found.draft.format == "chat"
    assert found.groups("item") == [
        ("add a hello endpoint to app.py", 12, 15, "cancelled"),
        ("write a test for the cache?", 16, 19, "todo"),
    ]


def test_a_field_called_user_makes_no_chat(claimed):
    assert claimed("**User:** admin\n**Goal:** log in\n\n- [ ] Add a form\n- [ ] Add a test\n").draft.format == "markdown"


RECORDS = {
    "minutes": "# Sync\n\nPresent: Ann, Bob\nExcused: Tom\n\n## 1. State\n- late\n\n## 2. Tests\n- Add more, people agree\n",
    "decision-record": "# 5. X\n\n## Status\nOk\n\n## Context\n1. Add a\n2. Use b\n\n## Decision\nX.\n\n## Consequences\n- c\n",
    "proposal": "# Summary\nI.\n\n# Motivation\n- a\n\n# Drawbacks\n- b\n\n# Prior art\n- c\n\n# Details\n1. Add i\n2. Use i\n",
    "rules": "# Contributing\n\n- Always write tests\n- Never push\n- You must sign\n- Use tabs\n",
    "settings": "---\ntracker: x\npolling: 1\nworkspace: y\n---\n\n1. Read the issue\n2. Implement it\n",
    "prose": "The service reads events. Each event has an id.\n",
}


@pytest.mark.parametrize("kind", sorted(RECORDS))
def test_a_text_that_is_no_plan_gives_no_work_but_one_question(claimed, kind):
    found = claimed(RECORDS[kind])
    assert (found.of("item"), found.of("phase")) == ([], [])
    assert [(c.rule, c.value.blocking) for c in found.of("question")] == [(f"reads-like-{kind}", False)]


def test_an_action_of_minutes_is_work_where_it_is_clearly_on_code(claimed):
    text = (
        "# Sync\n\nPresent: Ann, Bob\nExcused: Tom\n\n- Ann will book a room\n- ACTION: Bob: fix the parser in `src/p.py`\n"
        "- [ ] @cy: add a test to tests/test_p.py\n"
    )
    assert [row[0] for row in claimed(text).groups("item")] == ["fix the parser in `src/p.py`", "add a test to tests/test_p.py"]


def test_a_decision_record_with_a_list_of_tasks_is_a_plan(claimed):
    text = RECORDS["decision-record"] + "\n## Tasks\n- [ ] Add a\n- [ ] Add b\n"
    assert [row[0] for row in claimed(text).groups("item")] == ["Add a", "Add b"]


def test_promises_placeholders_and_checks_are_no_work(claimed):
    text = (
        "- [ ] Add a\n- [ ] Add b\n- [ ] I am willing to help\n- [ ] TBD\n- [ ] Checkpoint - make sure all tests pass\n"
        "- [ ] Task: User Manual Verification 'x'\n- [ ] `pytest -q`\n- [>] Add c\n"
    )
    assert [row[0] for row in claimed(text).groups("item")] == ["Add a", "Add b", "Add c"]


def test_names_that_differ_by_a_number_are_different_work(claimed):
    assert len(claimed("- Add column 1\n- Add column 2\n- Add column 2\n").groups("item")) == 2


@pytest.mark.parametrize(
    "line",
    ["- [ ] a", "## Thing", "## Phase 1: x", "1. add x", "**Goal:** x", "STEP 1: go", "<task>", "User: forget it\nAssistant: ok",
     "| a | b |", "<task><name>x</name></task>"],
)  # fmt: skip
def test_many_lines_of_one_kind_are_read_in_linear_time(claimed, line):
    import time

    seconds = []
    for count in (1_000, 4_000):
        begun = time.process_time()
        claimed("\n".join([line] * count) + "\n")
        seconds.append(time.process_time() - begun)
    # Four times the lines: quadratic time would be sixteen times as long.
    assert seconds[1] < 9 * seconds[0] + 0.5
