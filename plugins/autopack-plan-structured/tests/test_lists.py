"""Lists of work of no tool in particular, what is said of their members, and data that is no work."""

from __future__ import annotations

import time

import pytest


def test_phases_hold_their_tasks_whatever_both_are_called(claimed):
    found = claimed(
        {
            "title": "Move it",
            "milestones": [
                {"name": "First", "tasks": ["Create a.py", {"task": "Create b.py", "done": True}]},
                {"name": "Second", "depends_on": ["First"], "tasks": [{"name": "Create c.py", "files": ["c.py"]}]},
                {"name": "Third"},
            ],
        }
    )
    assert found.texts("title") == ["Move it"]
    assert found.titles("phase") == ["First", "Second", "Third"]
    assert found.titles("item") == ["Create a.py", "Create b.py", "Create c.py"]
    assert found.edges() == [("Second", "First")]


def test_phases_within_phases_are_the_innermost(claimed):
    found = claimed({"milestones": [{"name": "M", "epics": [{"name": "E", "stories": [{"title": "S", "tasks": ["a"]}]}]}]})
    assert (found.titles("phase"), found.titles("item")) == (["E"], ["S"])


def test_tasks_that_name_their_phase_belong_to_it(claimed):
    found = claimed(
        {
            "phases": [{"id": 1, "name": "Base"}, {"id": 2, "name": "Top"}],
            "tasks": [{"title": "b", "phase": 2}, {"title": "a", "phase": 1}, {"title": "c", "phase": "Top"}],
        }
    )
    phases = [(claim.value.title, [part.pointer for part in claim.value.parts]) for claim in found.of("phase")]
    assert phases == [("Base", ["/tasks/1"]), ("Top", ["/tasks/0", "/tasks/2"])]
    assert found.titles("item") == ["b", "a", "c"]


def test_lists_side_by_side_in_maps_are_phases_called_by_their_names(claimed):
    found = claimed({"backend": {"tasks": ["Add a", "Add b"]}, "frontend": {"tasks": ["Add c"]}})
    assert (found.titles("phase"), found.titles("item")) == (["backend", "frontend"], ["Add a", "Add b", "Add c"])


def test_the_lists_of_a_board_say_the_state(claimed):
    found = claimed({"todo": ["a1"], "in_progress": [{"title": "b1"}], "done": ["c1"]})
    assert [(claim.value.title, claim.value.state) for claim in found.of("item")] == [
        ("a1", "todo"), ("b1", "in_progress"), ("c1", "done"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '{"todos": ["Write a.py", "Write b.py"]}',
        '\ufeff{"todos": [\n  "Write a.py", // first\n  "Write b.py", /* and */\n]}\n',
        '{\r\n"todos": [\r\n"Write a.py",\r\n"Write b.py"\r\n]\r\n}\r\n',
        '{"todos":[{"content":"Write a.py","status":"pending","id":"1"},{"content":"Write b.py","status":"pending","id":"2"}]}',
        '{"a":null,"todos":[{"title":null,"name":"Write a.py","status":null},{"title":"Write b.py","needs":null,"subtasks":[]}]}',
    ],
)
def test_todos_are_read_however_they_are_written(claimed, text):
    assert claimed(text).titles() == ["Write a.py", "Write b.py"]


@pytest.mark.parametrize(
    "content",
    [
        {"name": "x", "version": "1.0.0", "description": "a tool", "scripts": {"test": "jest"}, "dependencies": {"a": "^1"}},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Lake"}, "geometry": {}}]},
        [{"name": "Alice", "email": "a@example.org", "status": "active"}, {"name": "Bob", "email": "b@example.org"}],
        [{"title": "Dune", "author": "Herbert"}, {"title": "Emma", "author": "Austen"}],
        {"version": "2.0.0", "tasks": [{"label": "build", "type": "shell", "command": "make"}]},
        {"version": "3", "tasks": {"build": {"cmds": ["go build"]}, "test": {"desc": "tests", "cmds": ["go test"]}}},
        {"on": "push", "jobs": {"build": {"runs-on": "x", "steps": [{"name": "Check out", "uses": "a/b@v4"}, {"run": "make"}]}}},
        [{"name": "web", "hosts": "all", "tasks": [{"name": "Install nginx", "apt": {"name": "nginx"}}]}],
        {"services": {"web": {"image": "nginx", "depends_on": ["db"]}, "db": {"image": "postgres"}}},
        {"tasks": [{"name": "backup", "schedule": "0 3 * * *", "command": "backup.sh"}]},
        {"openapi": "3.1.0", "info": {"title": "API", "version": "1"}, "paths": {"/users": {"get": {"summary": "List users"}}}},
        {"title": "Person", "type": "object", "description": "x", "properties": {"name": {"type": "string"}}},
        ["Write a.py", "Write b.py"],
        {"items": [1, 2, 3], "steps": ["npm ci", "npm test"], "features": ["dark", "light"]},
        {"tasks": [], "phases": [], "todos": None, "stories": {}},
        {"tasks": [{"id": 1}, {"title": ""}, {"title": "…"}, 7, None, [], {"title": {"a": 1}}]},
    ],
)
def test_data_is_no_work(claimed, content):
    assert claimed(content).claims == ()


def test_a_table_of_data_is_no_work(claimed):
    assert claimed("id,name,status\n1,Alice,active\n2,Bob,gone\n", "people.csv").claims == ()


def test_a_plain_table_of_tasks(claimed):
    rows = (
        "Task,File,Status,Depends on",
        "Add a,src/a.py,open,",
        '"Add b\nand c",src/b.py,open,Add a',
        'Add d,,done,"Add a, Add b"',
    )
    found = claimed("\ufeff" + "\n".join(rows) + "\n", "tasks.csv")
    assert [(claim.value.title, claim.value.extent.start, claim.value.extent.end) for claim in found.of("item")] == [
        ("Add a", 2, 2), ("Add b", 3, 4), ("Add d", 5, 5),
    ]  # fmt: skip
    assert found.edges() == [("Add b", "Add a"), ("Add d", "Add a"), ("Add d", "Add b")]
    assert found.paths("scope") == [("src/a.py", "unknown"), ("src/b.py", "unknown")]


def test_ids_may_repeat_be_missing_lead_to_themselves_or_nowhere(claimed):
    tasks = [
        {"id": 1, "title": "a", "depends_on": 1},
        {"id": "1", "title": "b", "depends_on": ["axios", 77, None, {}, []]},
        {"title": "c", "depends_on": "1"},
        {"id": 9, "title": "d", "depends_on": "#1 and c"},
    ]
    found = claimed({"tasks": tasks})
    assert found.states() == [("1", "todo"), ("1", "todo"), ("c", "todo"), ("9", "todo")]
    assert found.edges() == [("c", "1"), ("9", "1"), ("9", "c")]


def test_one_line_holds_every_value_by_its_pointer(claimed):
    found = claimed('{"tasks":[{"title":"Add a","files":["a.py"]},{"title":"Add b","files":{"create":["b.py"],"read":"c.py"}}]}')
    assert [(claim.span.pointer, claim.value.path, claim.value.role) for claim in (*found.of("scope"), *found.of("read"))] == [
        ("/tasks/0/files/0", "a.py", "unknown"),
        ("/tasks/1/files/create/0", "b.py", "create"),
        ("/tasks/1/files/read", "c.py", "read"),
    ]


def test_files_of_some_pieces_only_are_mentions(claimed):
    found = claimed({"tasks": [{"title": "Add a", "files": ["src/a.py"]}, {"title": "Add b"}]})
    assert (found.paths("scope"), found.paths("path")) == ([], [("src/a.py", "unknown")])


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ("src/app/[id]/page.tsx", ("src/app/[id]/page.tsx", "unknown")),
        ("src/My Folder/a b.tsx", ("src/My Folder/a b.tsx", "unknown")),
        ("`src/a.py:12-40`", ("src/a.py", "unknown")),
        ("src/a.py - add the flag", ("src/a.py", "unknown")),
        ("src/a.py (new)", ("src/a.py", "create")),
        ("Modify: src/a.py", ("src/a.py", "modify")),
        ("src/lib/**", ("src/lib/", "unknown")),
        ("./Makefile", ("Makefile", "unknown")),
        ("../secret.env", ("../secret.env", "unknown")),
        ("/api/users", None), ("https://example.org/a.py", None), ("@scope/pkg", None), ("the parser", None), ("src/*.py", None),
    ],
)  # fmt: skip
def test_an_entry_of_a_list_of_files(claimed, entry, path):
    assert claimed({"tasks": [{"title": "Add it", "files": [entry]}]}).paths("scope") == ([path] if path else [])


@pytest.mark.parametrize(
    ("field", "value", "checks"),
    [
        ("verify", "pytest -q", ["pytest -q"]),
        ("verify", ["`npm test`", "$ make check"], ["npm test", "make check"]),
        ("test_command", "rm -rf build", ["rm -rf build"]),
        ("validation", {"commands": ["go test ./..."], "lint": "ruff check ."}, ["go test ./...", "ruff check ."]),
        ("verify", "make sure that it works", []), ("tests", "go home", []), ("command", "See the README.", []),
        ("verification", "Look at it, then run `pytest -q`", []),
    ],
)  # fmt: skip
def test_checks_are_commands_and_nothing_else(claimed, field, value, checks):
    found = claimed({"tasks": [{"title": "Add it", field: value}]})
    assert [run for run, _ in found.commands("check")] == checks


def test_criteria_limits_and_what_is_not_wanted(claimed):
    found = claimed(
        {
            "goal": "Be right",
            "nonGoals": "- No UI\n- No mail",
            "constraints": ["Python 3.11"],
            "openQuestions": ["Which store?"],
            "history": [{"at": "monday", "title": "Began"}],
            "tasks": [
                {"title": "Add it", "acceptance": "Criteria:\n1. It adds\n2. It ends", "budget": {"tokens": 5}},
                {
                    "title": "Do it",
                    "acceptanceCriteria": [{"id": "AC1", "text": "It does"}, {"given": "a", "when": "b", "then": "c d"}],
                },
                {"title": "Did it", "acceptance": ["It did"], "files": ["x.py"], "verify": "pytest x", "status": "done"},
            ],
        }
    )
    assert found.texts("goal") == ["Be right"]
    assert found.texts("non_goal") == ["No UI", "No mail"]
    assert found.texts("constraint") == ["Python 3.11"]
    assert found.texts("question") == ["Which store?"]
    assert found.texts("dropped") == ["history"]
    assert found.texts("acceptance") == ["It adds", "It ends", "It does", "a b c d"]
    assert (found.paths("path"), found.commands("check")) == ([], [])


def test_a_long_title_is_cut_at_a_sentence_or_a_word(claimed):
    word = "wordy " * 40
    found = claimed(
        {
            "tasks": [
                {"description": f"First sentence of it. And {word}"},
                {"title": word},
                {"title": "界" * 200},
                {"title": "a\nb"},
            ]
        }
    )
    assert found.titles() == ["First sentence of it.", ("wordy " * 26).strip(), "界" * 200, "a"]


def test_six_thousand_lines_take_less_than_a_second(claimed):
    task = {
        "description": "Create src/a.py",
        "details": "Use it",
        "status": "pending",
        "priority": "high",
        "testStrategy": "Run `pytest -q`",
    }
    steps = [{"id": 1, "title": "One", "dependencies": []}]
    tasks = [{"id": n, "title": f"Task {n}", **task, "dependencies": [n - 1], "subtasks": steps} for n in range(1, 401)]
    begun = time.process_time()
    found = claimed({"master": {"tasks": tasks}})
    assert (len(found.draft.lines) > 6000, len(found.titles()), len(found.edges())) == (True, 400, 399)
    assert time.process_time() - begun < 1
