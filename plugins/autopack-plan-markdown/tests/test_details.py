"""What the plan says about its work: files, commands, order, words that bind, and what it may cost."""

from __future__ import annotations

import time

import pytest

from autopack.model.draft import BudgetValue

# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("Create `src/logo.png`", ("src/logo.png", "create")),
        ("Remove `test_x` from `tests/a.py`", ("tests/a.py", "modify")),
        ("Delete all uses of `old` in `tests/a.py`", ("tests/a.py", "modify")),
        ("Throw away `tests/a.py`", ("tests/a.py", "delete")),
        ("Add the font `public/fonts/Plex Sans.woff2`", ("public/fonts/Plex Sans.woff2", "create")),
        ("Create `app/(desk)/[id]/page.tsx`", ("app/(desk)/[id]/page.tsx", "create")),
        ("`tests/b.py` anlegen", ("tests/b.py", "create")),
        ("新建 `lib/照片.py`", ("lib/照片.py", "create")),
        ("Создать `lib/b.py`", ("lib/b.py", "create")),
    ],
)
def test_the_words_around_a_file_say_what_is_done_to_it(claimed, words, path):
    assert claimed(f"# Plan\n\n- [ ] {words}\n", ["tests/a.py"]).paths("path") == [path]


@pytest.mark.parametrize(
    "words",
    ["`/items/{id}`", "POST /items/new.json", "`github.com/x/y`", "`modernc.org/sqlite`", "fonts.example.net", "Alpine.js",
     "15.1/7.2",
     "`fix/night-dwell`", "`net/http`", "yes/no/maybe", "`:core:test`", "`/home/u/lib/a.py`", "N1/N2"],
)  # fmt: skip
def test_look_alikes_are_no_files(claimed, words):
    found = claimed(f"# Plan\n\n- [ ] Update the code, {words} please\n")
    assert found.paths("path") + found.paths("scope") + found.paths("read") == []


def test_a_bare_name_that_nothing_is_done_to_is_no_new_file(claimed):
    assert claimed("# Plan\n\n- [ ] 02-01-PLAN.md - the peaks\n- [ ] 02-02-PLAN.md - the index\n").paths("path") == []


def test_files_of_finished_boxes_do_not_count(claimed):
    text = "# Plan\n\n- [ ] 1. Build the store\n  - [x] Write `src/a.py`\n  - [ ] Write `src/b.py`\n"
    assert claimed(text).paths("path") == [("src/b.py", "create")]


def test_a_checklist_of_files_is_a_list_of_files(claimed):
    text = "### Task 1: Add it\n**Files:**\n- [ ] src/a.py\n- [ ] public/Plex Sans.woff2, src/b.py\n"
    assert [path for path, _ in claimed(text).paths("scope")] == ["src/a.py", "public/Plex Sans.woff2", "src/b.py"]


def test_a_tree_of_the_wanted_state_adds_files_and_one_of_today_none(claimed):
    tree = "```\n.\n├── src\n│   ├── a.py\n│   └── new.py   # the store\n└── README.md\n```\n"
    found = claimed(f"# Plan\n\nAdd a store.\n\n## Desired tree\n\n{tree}\n", ["src/a.py", "README.md"])
    assert found.paths("scope") == [("src/new.py", "create")]
    assert claimed(f"# Plan\n\nAdd a store.\n\n## Current tree\n\n{tree}\n", ["src/a.py"]).paths("scope") == []


def test_a_list_of_files_with_reasons_is_for_reading(claimed):
    text = "# Plan\n\nAdd it.\n\n```yaml\n- file: src/a.py\n  why: the pattern\n- url: https://x.org/a.py\n```\n"
    assert claimed(text, ["src/a.py"]).paths("read") == [("src/a.py", "read")]


def test_a_bare_name_means_the_file_that_the_plan_lists(claimed):
    text = "### Task 1: Add the page\n- Create: `web/list.html`\n\nFill `list.html` with rows.\n"
    found = claimed(text)
    assert {path for path, _ in found.paths("scope") + found.paths("path")} == {"web/list.html"}


def test_documents_beside_the_plan_are_for_reading(claimed):
    text = "# Plan\n\n**Spec**: [spec.md](./spec.md)\n\n- [ ] Add it in `src/a.py`\n"
    found = claimed(text, ["specs/one/spec.md", "specs/two/spec.md"], "specs/one/plan.md")
    assert found.paths("read") == [("specs/one/spec.md", "read")]


def test_what_is_to_stay_is_not_in_scope(claimed):
    found = claimed(
        "# Plan\n\n- [ ] Fix `src/a.py`. Leave `src/b.py` alone.\n- [ ] `src/b.py` stays as it is\n", ["src/a.py", "src/b.py"]
    )
    assert found.paths("path") == [("src/a.py", "modify")]


# -- commands ---------------------------------------------------------------------------------------------------------


def test_a_drawing_in_a_shell_fence_is_no_command(claimed):
    text = (
        '# Plan\n\nAdd it.\n\n```bash\n├── src\n│   └── a.py\n└── b.py\n```\n\n```bash\n# all\nTask: "Write a"\nmake docs\n```\n'
    )
    assert claimed(text).commands("command") == [("make docs", "other")]


def test_bare_commands_below_a_step(claimed):
    found = claimed("# Plan\n\n- [ ] Fix it\n\nThen\n\n    npm test\n\nand run pytest -q tests/a.py until it is green.\n")
    assert {run for run, _ in found.commands("check") + found.commands("command")} == {"npm test", "pytest -q tests/a.py"}


def test_an_unknown_program_counts_where_it_stands_alone_as_a_proof(claimed):
    text = "# Plan\n\n- [ ] Fix it\n\n## Validation\n\n- [ ] `openspec validate x --strict`\n- [ ] the words `some thing` fit\n"
    assert claimed(text).commands("check") == [("openspec validate x --strict", "other")]


# -- order ------------------------------------------------------------------------------------------------------------


def test_stories_are_the_phases_that_bear_their_number(claimed):
    text = (
        "## Phase 1: Setup\n- [ ] T001 Add a\n\n## Phase 2: Base (blocking)\n"
        "**No user story can begin until this phase is complete**\n"
        "- [ ] T002 Add b\n\n## Phase 3: User Story 1 - Search\n- [ ] T003 [US1] Add c (depends on T002, T099)\n\n"
        "## Phase 4: Lists\n- [ ] T004 [US2] Add d\n\n## Dependencies\n- **Base (Phase 2)**: Depends on Setup completion\n"
        "- **US2** → depends on US1\n- **US1** → no dependency on US2\n"
    )
    assert claimed(text).edges() == [
        ("Phase 3", "Phase 2"),
        ("Phase 4", "Phase 2"),
        ("T003", "T002"),
        ("T003", "T099"),
        ("Phase 2", "Phase 1"),
        ("Phase 4", "Phase 3"),
    ]


@pytest.mark.parametrize(
    ("words", "edges"),
    [
        ("Add b (needs 1.1)", [("1.2", "1.1")]),
        ("Add b（依赖 1.1）", [("1.2", "1.1")]),
        ("Add b (hängt ab von 1.1)", [("1.2", "1.1")]),
        ("Add b after 2 minutes, requires 1.1 GB", []),
        ("Add b, blocked by #12", []),
        ("Add b, does not depend on 1.1", []),
    ],
)
def test_only_names_of_the_plan_are_edges(claimed, words, edges):
    assert claimed(f"## 1. One\n- [ ] 1.1 Add a\n- [ ] 1.2 {words}\n\n## 2. Two\n- [ ] 2.1 Add c\n").edges() == edges


@pytest.mark.parametrize(
    ("words", "edges"),
    [
        ("In words: 2 requires 1, 3 requires 2, and 4 is written after 3.", [("2", "1"), ("3", "2"), ("4", "3")]),
        ("3 after 1; 4 follows 3", [("3", "1"), ("4", "3")]),
        ("- 4 (blocked by 2 and by 3)", [("4", "2"), ("4", "3")]),
        ("- 4 was asked for late; the numbers exist only after 3.", [("4", "3")]),
        ("1, 2 and 3 after 5 days", []),
        ("4 needs 2 minutes, 3 after lunch", []),
        ("4 does not need 2", []),
    ],
)
def test_order_told_by_numbers_outside_of_the_list(claimed, words, edges):
    text = "# Tasks\n\n- [ ] 1. Add a\n- [ ] 2. Add b\n- [ ] 3. Add c\n- [ ] 4. Add d\n\n## Notes\n\n"
    assert sorted(claimed(f"{text}{words}\n").edges()) == edges


def test_a_number_in_front_of_a_heading_is_a_name(claimed):
    text = "## P0\n### 1. Merge lists\nx\n### 2. Restore adds\nGoes through 1. Depends on #1.\n### 3. Use grams\nafter 2\n"
    assert claimed(text).edges() == [("2", "1"), ("3", "2")]


def test_numbers_that_begin_anew_in_each_group_name_nothing(claimed):
    text = "## Phase 1: Core\n### 1. Merge lists\nx\n## Phase 2: View\n### 1. Show lists\nx\n### 2. Show more\nDepends on #1.\n"
    assert claimed(text).edges() == []


def test_tickets_are_names_only_in_a_plan_that_is_one(claimed):
    work = "- [ ] Add a, blocked by #479\n- [ ] Add b\n"
    assert claimed(f"# Trips past midnight #482\n\n{work}").edges() == [("Add a, blocked by #479", "#479")]
    assert claimed(f"# Trips past midnight\n\n{work}- [x] #471 Add c\n").edges() == [("Add a, blocked by #479", "#479")]
    assert claimed(f"# Trips past midnight\n\n{work}").edges() == []


def test_every_story_may_wait_for_a_phase(claimed):
    text = (
        "## Phase 1: Setup\n- [ ] T001 Add a\n\n## Phase 2: User Story 1 - Search\n- [ ] T002 [US1] Add b\n\n"
        "## Phase 3: User Story 2 - Lists\n- [ ] T003 [US2] Add c\n\n## Dependencies\n"
        "- **Setup** has no dependencies; every story waits for Setup.\n- **US2**: only US1\n"
    )
    assert claimed(text).edges() == [("Phase 2", "Phase 1"), ("Phase 3", "Phase 1"), ("Phase 3", "Phase 2")]


def test_what_todos_of_the_front_matter_wait_for(claimed):
    text = "---\ntodos:\n  - id: a\n    content: Add a\n  - id: b\n    content: Add b\n    dependencies: [a]\n---\n\n# Plan\n"
    assert claimed(text).edges() == [("b", "a")]


# -- words that bind --------------------------------------------------------------------------------------------------


def test_criteria_say_by_their_form_what_they_are(claimed):
    text = (
        "# Plan\n\n- [ ] Add it\n\nWHEN a reading arrives THEN the system SHALL store it\n\n"
        "- **FR-001**: System MUST void it [NEEDS CLARIFICATION: when?]\n"
        "- **Given** a seat, **When** it is offered, **Then** it shows\n"
    )
    assert claimed(text).texts("acceptance") == [
        "WHEN a reading arrives THEN the system SHALL store it",
        "System MUST void it",
        "Given a seat, When it is offered, Then it shows",
    ]


def test_a_criterion_with_its_command_is_both(claimed):
    text = "# Plan\n\n- [ ] Add it\n\n## Definition of done\n- [ ] All tests pass: `pytest -q`\n- [ ] `ruff check .`\n"
    found = claimed(text)
    assert found.texts("acceptance") == ["All tests pass"]
    assert found.commands("check") == [("pytest -q", "test"), ("ruff check .", "lint")]


def test_a_plan_of_tests_is_no_list_of_criteria(claimed):
    assert claimed("# Plan\n\n- [ ] Add it\n\n## Testing strategy\n\n- Ties in `created`\n").texts("acceptance") == []


def test_sentences_that_leave_something_out(claimed):
    text = "# Plan\n\n- [ ] Add it. Do not use pandas.\n\n"
    text += "The dashboard is not part of this change; later.\n\nNot covered on purpose: quotas\n"
    found = claimed(text)
    assert found.texts("non_goal") == ["The dashboard is not part of this change", "quotas"]
    assert found.texts("constraint") == ["Do not use pandas."]


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("We do not touch the barrier firmware", True),
        ("For now we won't migrate old rows.", True),
        ("No forecasting in this spec.", True),
        ("The web map is another spec.", True),
        ("Printing comes in a later release.", True),
        ("The paper archive is not touched.", True),
        ("We don't add dependencies.", False),
        ("No new dependencies in this change.", False),
        ("We never delete user data.", False),
        ("Every phase is a separate PR.", False),
        ("The value is not changed by the parser.", False),
        ("We do not know the format yet.", False),
    ],
)
@pytest.mark.parametrize("heading", ["## Plan of work", "## Notes"])
def test_a_single_sentence_may_leave_something_out(claimed, heading, sentence, kept):
    found = claimed(f"# Plan\n\n- [ ] Add it\n- [ ] Fix it\n\n{heading}\n\n{sentence}\n")
    assert found.texts("non_goal") == [sentence] * kept


def test_steps_of_a_verification_are_no_criteria(claimed):
    text = (
        "# Plan\n\n- [ ] Add it\n\n## Verification\n\n- [ ] 5.1 Load the page by hand and look for holes\n"
        "- [ ] 5.2 Memory stays under budget over a night\n  - measured on the staging box\n- [ ] Ask Ilse to compare a week\n"
        "- [ ] Make sure the old files open\n- [ ] Run twice gives the same table: `pytest -q`\n"
        "- Run `go test ./...` and expect all packages to pass\n"
    )
    assert claimed(text).texts("acceptance") == [
        "5.2 Memory stays under budget over a night",
        "Make sure the old files open",
        "Run twice gives the same table",
        "expect all packages to pass",
    ]


def test_wishes_are_criteria_only_where_a_plan_gives_no_others(claimed):
    wishes = "# Plan\n\n- [ ] Add it\n\n### Desired behaviour\n- one row per day\n"
    assert claimed(wishes).texts("acceptance") == ["one row per day"]
    assert claimed(f"{wishes}\n### Acceptance criteria\n- 80 stops\n").texts("acceptance") == ["80 stops"]


def test_a_quality_checklist_speaks_of_the_plan_or_of_the_product(claimed):
    text = (
        "# Plan\n\n- [ ] T1 Add it\n\n## Quality checklist\n\n- [ ] Every task names a file\n- [x] Pages load in 1 s\n"
        "- [ ] No name appears in a log line\n- [ ] Types from one place, no copies\n"
    )
    assert claimed(text).texts("acceptance") == ["No name appears in a log line"]


def test_a_section_of_open_questions_is_asked_word_by_word(claimed):
    found = claimed("# Plan\n\n- [ ] Add it\n\n## Open questions\n\n- Who pays?\n- None so far\n")
    assert [(claim.value.text, claim.value.blocking) for claim in found.of("question")] == [("Who pays?", False)]


# -- budgets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "budgets"),
    [
        ("Budget: 5 files, three attempts", [("max_files", 5.0), ("max_attempts", 3.0)]),
        ("Time box: 1.5 hours", [("max_minutes", 90.0)]),
        ("Token budget: 50k tokens", [("max_tokens", 50_000.0)]),
        ("Constraints:\n- at most 1,500 tokens", [("max_tokens", 1500.0)]),
        ("Constraints:\n- at most 3 attempts per request", []),
        ("Constraints:\n- answers within 20 minutes", []),
        ("Retry at most 3 attempts", []),
        ("Budget: 200 EUR", []),
    ],
)
def test_a_budget_needs_an_amount_and_a_unit(claimed, text, budgets):
    found = claimed(f"# Plan\n\n- [ ] Add it\n\n## Limits of the work\n\n{text}\n").of("budget")
    values = [claim.value for claim in found if isinstance(claim.value, BudgetValue)]
    assert sorted((value.name, value.amount) for value in values) == sorted(budgets)


def test_budgets_of_the_front_matter(claimed):
    found = claimed("---\nmax_files: 4\ntime_box: 20 minutes\n---\n\n# Plan\n\n- [ ] Add it\n")
    assert {(claim.value.name, claim.value.amount) for claim in found.of("budget")} == {("max_files", 4.0), ("max_minutes", 20.0)}


# -- any size ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    ["- [ ] Update `src/a.py` and b/c.py, d/e.py\n", "`a b` `x.py` `npm test` depends on T001 ", "Fix a/b.py ", '"a" "b/c.py" "',
     "```sh\nmake x\n```\n\n", "│   " * 40 + "└── a\n", "- Given a When b and c the system\n", "max 3 files, 50k tokens "],
)  # fmt: skip
def test_much_of_one_thing_takes_linear_time(claimed, unit):
    began = time.process_time()
    claimed("# Plan\n\n" + unit * (60_000 // len(unit)))
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("- [ ] 01-02-PLAN.md - Peaks", "phases/01-02-PLAN.md"),
        ("- [ ] [Importer](plans/importer.md)", "plans/importer.md"),
        ("1. See `docs/importer.md`", "docs/importer.md"),
        ("- [ ] Update `plans/importer.md`", None),
        ("- [ ] `docs/importer.md`: say what is new", None),
        ("- [ ] plans/gone.md", None),
        ("- [x] [Importer](plans/importer.md)", None),
        ("- [ ] plan.md", None),
    ],
)
def test_an_item_that_only_points_to_a_plan_is_followed(claimed, line, path):
    files = ["phases/01-02-PLAN.md", "plans/importer.md", "docs/importer.md", "plan.md", "src/a.py"]
    found = claimed(f"# Plan\n\n{line}\n{line[:2]} [ ] Fix `src/a.py`\n".replace("1. [ ]", "2."), files)
    assert found.paths("follow") == ([(path, "read")] if path else [])


def test_how_things_run_today_and_how_a_fault_was_found_are_no_steps(claimed):
    text = (
        "# Plan\n\n## Current state\n\nThe server starts with\n\n```sh\nshop serve --port 80\n```\n\n"
        "I measured it with `pytest --durations=5`.\n\n## Tasks\n\n- [ ] Fix `src/a.py`\n\n```sh\nnpm run build\n```\n"
    )
    found = claimed(text, ["src/a.py"])
    assert found.commands("command") + found.commands("check") == [("npm run build", "build")]
