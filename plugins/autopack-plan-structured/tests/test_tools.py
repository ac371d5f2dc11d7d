"""What each tool writes, read as that tool means it."""

from __future__ import annotations

import json

TASKS = [
    {
        "id": 1, "title": "Set up the store", "description": "Create src/store.py.", "details": "Use sqlite.",
        "testStrategy": "Run `pytest -q`", "status": "done", "dependencies": [], "priority": "high", "subtasks": [],
    },
    {
        "id": 2, "title": "Add the API", "description": "Create src/api.py.", "details": "",
        "testStrategy": "Table test in tests/test_api.py.",
        "status": "in-progress", "dependencies": [1],
        "subtasks": [
            {"id": 1, "title": "Route", "details": "In src/route.py.", "status": "done", "dependencies": []},
            {"id": 2, "title": "Handler", "details": "In src/handler.py.", "status": "pending", "dependencies": [1, "5.1"]},
        ],
    },
    {
        "id": 5, "title": "Docs", "description": "", "status": "pending", "dependencies": ["2.1", 99, 5],
        "subtasks": [{"id": "1", "title": "Page"}],
    },
    {"id": 6, "title": "Later", "description": "", "status": "deferred", "dependencies": []},
]  # fmt: skip


def test_task_master_with_a_tag_and_in_its_old_form(claimed):
    tagged, old = claimed({"master": {"tasks": TASKS, "metadata": {"created": "2026"}}}), claimed({"tasks": TASKS})
    for found in (tagged, old):
        assert found.titles() == ["Set up the store", "Add the API", "Docs", "Later"]
        assert found.states() == [("1", "done"), ("2", "in_progress"), ("5", "todo"), ("6", "cancelled")]
        assert found.edges() == [("2", "1"), ("2", "5"), ("5", "2")]
        assert found.paths("path") == [("tests/test_api.py", "create")]
    assert tagged.texts("dropped") == ["metadata"]
    assert [pointer.removeprefix("/master") for pointer, _ in tagged.prose()] == [pointer for pointer, _ in old.prose()] == [
        "/tasks/1/description", "/tasks/1/testStrategy", "/tasks/1/subtasks/1/details",
    ]  # fmt: skip


def test_of_several_tags_the_one_with_open_work_is_the_plan(claimed):
    done = [{**TASKS[0], "status": "done"}]
    found = claimed({"master": {"tasks": done}, "next": {"tasks": TASKS}, "idea": {"tasks": TASKS}})
    assert [claim.value.extent.pointer for claim in found.of("item")] == [f"/next/tasks/{number}" for number in range(4)]
    assert found.texts("dropped") == ["id", "id"]


STORY = {
    "id": "US-1", "title": "Send an answer", "description": "As a member I answer.", "priority": 2, "passes": False, "notes": "",
    "acceptanceCriteria": ["A second answer replaces the first", "`pytest tests/api -q` passes"],
}  # fmt: skip


def test_ralph_stories_have_criteria_and_no_order(claimed):
    stories = [{**STORY, "id": "US-0", "passes": True}, STORY, {**STORY, "id": "US-2", "priority": 1}]
    found = claimed({"project": "choir", "branchName": "ralph/x", "description": "Attendance", "userStories": stories})
    assert (found.texts("title"), found.texts("goal")) == (["choir"], ["Attendance"])
    assert found.states() == [("US-0", "done"), ("US-1", "todo"), ("US-2", "todo")]
    assert found.texts("acceptance") == STORY["acceptanceCriteria"] * 2
    assert found.edges() == []


def test_ralph_list_has_a_description_as_title_and_steps(claimed):
    found = claimed(
        [
            {
                "category": "ui",
                "description": "Show the week",
                "steps": ["Create src/week.ts"],
                "started": True,
                "complete": False,
            },
            {"category": "test", "description": "Test the week", "steps": ["Run npx playwright test e2e"], "complete": False},
            {"category": "ui", "description": "Print it", "steps": [], "started": True, "complete": True},
        ]
    )
    assert found.titles() == ["Show the week", "Test the week", "Print it"]
    assert [state for _, state in found.states()] == ["in_progress", "todo", "done"]
    assert found.commands("check") == [("npx playwright test e2e", "test")]
    assert ("/0/steps/0", "work") in found.prose()


def test_ralph_phases_that_list_nothing_are_work_themselves(claimed):
    found = claimed(
        {
            "phases": [
                {
                    "name": "Core", "goal": "Parse it", "requirements": {"parser": "Write src/parser.py"},
                    "tests": {"unit": "pytest -q tests/core"},
                },
                {"name": "Shell", "goal": "Call it", "requirements": {"cli": "Write src/cli.py"}, "tests": {}},
            ],
            "notes": ["Keep it small"],
        }
    )  # fmt: skip
    assert (found.titles("phase"), found.titles("item")) == (["Core", "Shell"], [])
    assert found.commands("check") == [("pytest -q tests/core", "test")]
    assert [pointer for pointer, role in found.prose() if role == "work"] == [
        "/phases/0/requirements/parser",
        "/phases/1/requirements/cli",
    ]


def bead(name, title, kind="task", status="open", **links):
    rows = [{"issue_id": name, "depends_on_id": to, "type": type_.replace("_", "-")} for type_, to in links.items()]
    return {"id": name, "title": title, "description": "", "status": status, "issue_type": kind, "dependencies": rows}


def test_beads_epics_are_phases_and_only_blocks_are_edges(claimed):
    rows = [
        bead("a-1", "Swaps", "epic"),
        bead("a-2", "Schema", status="closed", parent_child="a-1"),
        bead("b-1", "Hygiene", "epic"),
        bead("a-3", "Offer", parent_child="a-1", blocks="a-2", discovered_from="b-1"),
        bead("b-2", "Seeds", parent_child="b-1", related="a-3"),
        bead("c-1", "Alone", "epic"),
        bead("a-4", "Row lock", parent_child="a-3"),
    ]
    found = claimed("".join(json.dumps(row) + "\n" for row in rows), "issues.jsonl")
    phases = [(claim.value.title, [part.pointer for part in claim.value.parts]) for claim in found.of("phase")]
    assert phases == [("Swaps", ["/1", "/3", "/6"]), ("Hygiene", ["/4"])]
    assert found.states() == [("a-2", "done"), ("a-3", "todo"), ("b-2", "todo"), ("c-1", "todo")]
    assert found.edges() == [("a-3", "a-2")]


JIRA = """\
Summary;Issue key;Issue Type;Status;Epic Link;Labels;Labels;Inward issue link (Blocks);Inward issue link (Blocks);Outward issue link (Blocks);Description;Acceptance Criteria
Firing;K-1;Epic;In Progress;;;;;;;On the "whiteboard";
Editor;K-2;Story;To Do;K-1;ui;kiln;;;K-5;"Touch {{src/Editor.kt}}.

h4. Acceptance criteria
* It warns
Run {{./gradlew test}} first";"- a rate
- a hold"
Model;K-3;Story;Done;K-1;;;;;;;
Sender;K-4;Story;To Do;K-1;;;K-2;K-3;;Dependencies: K-5;
Undo;K-5;Sub-task;To Do;;;;;;;;
Share;K-6;Task;Won't Do;;;;;;;;
"""  # noqa: E501


def test_a_jira_export_with_semicolons_repeated_names_and_cells_of_several_lines(claimed):
    found = claimed(JIRA, "export.csv")
    [phase] = found.of("phase")
    assert (phase.value.title, [part.pointer for part in phase.value.parts]) == ("Firing", ["/1", "/2", "/3"])
    assert found.states() == [("K-2", "todo"), ("K-3", "done"), ("K-4", "todo"), ("K-5", "todo"), ("K-6", "cancelled")]
    assert sorted(found.edges()) == [("K-4", "K-2"), ("K-4", "K-3"), ("K-4", "K-5"), ("K-5", "K-2")]
    assert sorted(found.texts("acceptance")) == ["a hold", "a rate"]
    [text] = [claim.value.text for claim in found.of("prose") if claim.value.text]
    assert text == "Touch `src/Editor.kt`.\n\n\n#### Acceptance criteria\n\n- It warns\nRun `./gradlew test` first"


def test_github_issues_one_or_many(claimed):
    one = {"number": 7, "title": "Crash on save", "body": "In `src/save.py`.", "state": "OPEN", "labels": [{"name": "bug"}]}
    many = [one, {**one, "number": 8, "title": "Old", "state": "CLOSED"}]
    assert claimed(one).states() == [("7", "todo")]
    assert claimed(one).texts("title") == ["Crash on save"]
    assert claimed(many).states() == [("7", "todo"), ("8", "done")]
    assert claimed(many).prose() == [("/0/body", "work")]


def test_a_tracker_issue_waits_for_its_blockers(claimed):
    issues = [
        {"id": "u1", "identifier": "AB-1", "title": "First", "description": "x", "state": "Todo", "blocked_by": []},
        {
            "id": "u2", "identifier": "AB-2", "title": "Second", "description": "x", "state": "Todo", "labels": [],
            "blocked_by": [{"id": "u1", "identifier": "AB-1", "state": "Todo"}, {"id": "u9", "identifier": "AB-9"}],
        },
    ]  # fmt: skip
    assert claimed(issues).edges() == [("AB-2", "AB-1")]
    assert claimed(issues[1]).states() == [("AB-2", "todo")]


YAML = """\
version: 2
project: seeds
defaults:
  check: pytest -q
tasks:
  - id: model
    description: Add germination tests
    files: [src/model.py, src/new.sql]
  - description: >
      Show the rate
      in percent
    priority: 1
    depends_on: [model]
    files:
      - path: src/view.py
        action: modify
      - src/view.html (new)
    check: pytest -q tests/test_view.py
  - id: rest
    description: The rest
    file: tasks/rest.md
out_of_scope:
  - Pictures
"""


def test_yaml_tasks_with_files_checks_and_a_plan_of_their_own(claimed):
    found = claimed(YAML, "tasks.yaml", files=["tasks/rest.md"])
    assert found.titles() == ["Add germination tests", "Show the rate in percent", "The rest"]
    assert found.edges() == [("Show the rate in percent", "model")]
    assert found.paths("scope") == [
        ("src/model.py", "unknown"), ("src/new.sql", "unknown"), ("src/view.py", "modify"), ("src/view.html", "create"),
    ]  # fmt: skip
    assert found.paths("follow") == [("tasks/rest.md", "read")]
    assert found.commands("check") == [("pytest -q", "test"), ("pytest -q tests/test_view.py", "test")]
    assert found.texts("non_goal") == ["Pictures"]


def test_a_command_that_must_pass_is_run(claimed):
    rows = [
        "npm run test -- groups passes",
        "Both ways work: npm run migrate",
        "Typecheck passes",
        "The list passes",
        "Odd - even",
    ]
    stories = [{"id": "US-1", "title": "Add groups", "acceptanceCriteria": rows, "passes": False}]
    found = claimed({"userStories": stories}, "prd.json")
    assert found.commands("check") == [("npm run test -- groups", "test"), ("npm run migrate", "other")]
    assert found.texts("acceptance") == rows


def test_fields_and_sentences_keep_things_out(claimed):
    found = claimed(
        {
            "title": "Lockers",
            "summary": "Parcels wait in lockers. Returns are a later project; the app stays untouched.",
            "will_not_do": ["Lockers of others"],
            "deferred": "Paying at the locker",
            "tasks": [
                {
                    "id": "L1",
                    "title": "Store codes",
                    "expect": ["A code is used once"],
                    "description": "Later codes win. It stays put.",
                },
                {"id": "L2", "title": "Locker map", "status": "later"},
            ],
        }
    )
    assert found.texts("non_goal") == ["Lockers of others", "Paying at the locker"]
    assert found.prose() == [("/summary", "context"), ("/tasks/0/description", "work")]
    assert found.texts("acceptance") == ["A code is used once"]
    assert found.states() == [("L1", "todo"), ("L2", "cancelled")]


def test_a_title_is_no_text_about_the_plan(claimed):
    assert claimed({"title": "Do not lose parcels", "tasks": [{"title": "Add codes"}, {"title": "Add a map"}]}).prose() == []
