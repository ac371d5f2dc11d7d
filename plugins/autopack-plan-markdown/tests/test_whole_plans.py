"""Whole plans of the kinds people paste, from text to claims."""

from __future__ import annotations

CHAT = """\
Sure! Here's how to add CSV export to the report command.

We'll add a small writer in `report/export.py` and call it from `report/cli.py`.

**report/export.py**
```python
# see docs/other.md
def export_csv(rows): ...
```

And a test in `tests/test_export.py`:

```python
def test_x(): pass
```

How it works:
1. The writer takes rows.
2. The CLI passes them.

Run the tests with `pytest -q tests/test_export.py`. Don't touch `report/db.py`.
"""


def test_a_pasted_chat_answer_is_one_piece_of_work(claimed):
    found = claimed(CHAT, ["report/cli.py", "report/db.py"])
    assert found.groups("item") == [("add CSV export to the report command", 1, 21, "todo")]
    assert found.paths("path") == [
        ("report/cli.py", "modify"),
        ("report/export.py", "create"),
        ("tests/test_export.py", "create"),
    ]
    assert found.commands("check") == [("pytest -q tests/test_export.py", "test")]
    assert found.texts("non_goal") == ["Don't touch `report/db.py`."]


CHECKLIST = """\
# Fix the date parser

- [x] Reproduce the bug
- [ ] Fix `parse_date` in `dates/parser.py` (see `dates/formats.py`)
- [ ] Add a regression test to tests/test_parser.py
- [ ] Run `pytest tests/test_parser.py`

```diff
--- a/dates/parser.py
+++ b/dates/parser.py
@@ -1,1 +1,1 @@
-from other/file.py
+y
```

## Acceptance criteria
- `2024-02-29` parses
- No new dependencies

## Notes
- talked to Bob about notes/bob.md
"""


def test_a_checklist_with_a_diff(claimed):
    found = claimed(CHECKLIST, ["dates/parser.py", "dates/formats.py", "tests/test_parser.py"])
    assert found.groups("item") == [
        ("Reproduce the bug", 3, 3, "done"),
        ("Fix `parse_date` in `dates/parser.py` (see `dates/formats.py`)", 4, 4, "todo"),
        ("Add a regression test to tests/test_parser.py", 5, 5, "todo"),
    ]
    assert found.paths("path") == [("dates/parser.py", "modify"), ("tests/test_parser.py", "modify")]
    assert found.paths("read") == [("dates/formats.py", "read")]
    assert found.commands("check") == [("pytest tests/test_parser.py", "test")]
    assert found.texts("acceptance") == ["`2024-02-29` parses", "No new dependencies"]
    assert found.texts("dropped") == ["Notes"]


PROSE = """\
Totals are wrong for empty carts

1. `cart.total()` returns None when there are no items, so the route /api/cart fails.
2. Change shop/cart.py so that it returns 0.
3. Add a case to tests/test_cart.py and/or extend the fixture.

shop/cart.py
<<<<<<< SEARCH
    return None  # see shop/old.py
=======
    return 0
>>>>>>> REPLACE

Verify: `python -m unittest tests.test_cart`
Do not change the public API. Keep Python 3.9 support.
"""


def test_numbered_prose_with_a_bug_and_a_search_replace_block(claimed):
    found = claimed(PROSE, ["shop/cart.py", "tests/test_cart.py", "shop/old.py"])
    assert found.groups("item") == [
        ("Change shop/cart.py so that it returns 0", 4, 4, "todo"),
        ("Add a case to tests/test_cart.py and/or extend the fixture", 5, 5, "todo"),
    ]
    assert found.paths("path") == [("shop/cart.py", "modify"), ("tests/test_cart.py", "modify")]
    assert found.commands("check") == [("python -m unittest tests.test_cart", "test")]
    assert found.texts("non_goal") == ["Do not change the public API."]
    assert found.texts("constraint") == ["Keep Python 3.9 support."]


TASKS = """\
# Rate limiter Implementation Plan

**Goal:** Limit requests per client.

**Architecture:** token bucket in `api/limits.py`.

### Task 1: Token bucket

**Files:**
- Create: `api/limits.py`
- Modify: `api/server.py:12-40`
- Test: `tests/test_limits.py`

**Step 1: Write the failing test**

Run: `pytest tests/test_limits.py -v`
Expected: FAIL with "no module"

**Step 2: Write it**

Run: `pytest tests/test_limits.py -v`
Expected: PASS

```bash
git commit -m "add bucket"
```

### Task 2: Wire it in

**Depends on:** Task 1

Use the bucket in `api/app.py`. See `docs/limits.md`.
"""


def test_tasks_with_file_lists(claimed):
    found = claimed(TASKS, ["api/server.py", "api/app.py", "docs/limits.md"])
    assert found.texts("title") == ["Rate limiter Implementation Plan"]
    assert found.texts("goal") == ["Limit requests per client."]
    assert found.groups("item") == [("Token bucket", 7, 26, "todo"), ("Wire it in", 28, 32, "todo")]
    assert found.paths("scope") == [
        ("api/limits.py", "create"),
        ("api/server.py", "modify"),
        ("tests/test_limits.py", "create"),
        ("api/app.py", "modify"),
    ]
    assert found.paths("read") == [("docs/limits.md", "read")]
    assert found.commands("check") == [("pytest tests/test_limits.py -v", "test")]
    assert found.of("check")[0].span.start == 21
    assert found.edges() == [("Task 2", "Task 1")]


SPEC = """\
# Tasks: User login

## Phase 1: Setup
- [ ] T001 Create project structure in `src/auth/`
- [ ] T002 [P] Configure linting in pyproject.toml

## Phase 2: Login (Priority: P1) 🎯
**Goal**: users can log in
**Independent Test**: log in with a known user

- [ ] T003 [P] [US1] Create User model in src/models/user.py
- [x] T004 [US1] Implement login in src/auth/login.py (depends on T003)

**Checkpoint**: story done

## Dependencies & Execution Order
- Phase 2 depends on Phase 1

## Validation
```sh
$ pytest -q
3 passed
$ cd web && npm test
```

## Future work
### Phase 3: GUI
- [ ] T009 Add gui/main.py
"""


def test_spec_tasks_in_phases(claimed):
    found = claimed(SPEC, ["pyproject.toml"])
    assert found.groups("phase") == [("Phase 1: Setup", 3, 5, "todo"), ("Phase 2: Login (Priority: P1) 🎯", 7, 14, "todo")]
    assert [(c.value.source_id, c.value.title, c.value.state) for c in found.of("item")] == [
        ("T001", "Create project structure in `src/auth/`", "todo"),
        ("T002", "Configure linting in pyproject.toml", "todo"),
        ("T003", "Create User model in src/models/user.py", "todo"),
        ("T004", "Implement login in src/auth/login.py (depends on T003)", "done"),
    ]
    assert found.paths("path") == [
        ("src/auth/", "create"),
        ("pyproject.toml", "modify"),
        ("src/models/user.py", "create"),
    ]
    assert [(c.value.run, c.value.argv, c.value.cwd) for c in found.of("check")] == [
        ("pytest -q", ("pytest", "-q"), "."),
        ("cd web && npm test", ("npm", "test"), "web"),
    ]
    assert found.edges() == [("T004", "T003"), ("Phase 2", "Phase 1")]
    assert found.texts("acceptance") == ["log in with a known user"]
    assert found.texts("dropped") == ["Checkpoint", "Future work"]


def test_plain_steps_and_labels_without_any_markdown(claimed):
    text = """\
PROJECT PLAN
============

STEP 1: Create config.py with the settings
    more about it
STEP 2: Update main.py to read them
Exit criteria:
- app starts
Constraints: standard library only
"""
    found = claimed(text, ["src/main.py"])
    assert found.groups("item") == [
        ("Create config.py with the settings", 4, 5, "todo"),
        ("Update main.py to read them", 6, 6, "todo"),
    ]
    assert found.paths("path") == [("config.py", "create"), ("src/main.py", "modify")]
    assert found.texts("acceptance") == ["app starts"]
    assert found.texts("constraint") == ["standard library only"]


def test_one_sentence_is_one_piece_of_work(claimed):
    found = claimed("Add a --json flag to the list command in app/cli.py.", ["app/cli.py"])
    assert found.groups("item") == [("Add a --json flag to the list command in app/cli.py", 1, 1, "todo")]
    assert found.of("item")[0].confidence == 0.7
    assert found.paths("path") == [("app/cli.py", "modify")]


def test_prose_without_anything_to_do_is_a_question(claimed):
    found = claimed("We talked about the parser on Tuesday. Nobody objected.")
    assert found.of("item") == []
    assert found.texts("question") == ["Lines 1-1 read like discussion. Is anything in them work to do?"]


def test_phases_of_prose_are_their_own_work(claimed):
    found = claimed("## Phase 1: Parser\nWrite `pkg/parse.go`.\n\n## Phase 2: CLI\n- Add `cmd/main.go`\n")
    assert found.groups("phase") == [("Phase 1: Parser", 1, 2, "todo"), ("Phase 2: CLI", 4, 5, "todo")]
    assert found.groups("item") == [("Phase 1: Parser", 1, 2, "todo"), ("Add `cmd/main.go`", 5, 5, "todo")]


def test_a_json_file_is_left_to_others(claimed):
    assert claimed('{"title": "x"}').claims == ()
