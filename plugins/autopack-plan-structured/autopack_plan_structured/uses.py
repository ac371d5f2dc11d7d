"""What the value of a field is for, by the name of the field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from autopack_plan_structured.rows import fold

Use = Literal[
    "skip", "title", "work", "validation", "context", "files", "create", "modify", "delete", "read", "check", "command",
    "acceptance", "non_goal", "constraint", "question",
]  # fmt: skip

_NAMES: dict[Use, str] = {
    "title": "title task summary subject story todo content name heading",
    "work": """
        description desc details detail body notes note design implementation implementation_notes approach instructions prompt
        action actions what steps subtasks sub_tasks children checklist changes technical_notes text requirements todos tasks how
        技术细节 描述
    """,
    "validation": """
        test_strategy testing test_plan tests test verify verification validation validate check checks automated automated_tests
        test_cases qa automated_verification validation_steps 测试
    """,
    "context": """
        context background rationale why reason notes_for_reviewers motivation goal objective purpose overview current_behavior
        current_state user_story value impact category
    """,
    "files": """
        files file paths path scope affected_files target_files target_file file_paths files_affected touches allowed_files
        allowed_paths outputs output artifacts target targets components affected_paths in_scope test_files test_file location
    """,
    "create": "create creates new_files files_to_create files_created create_files to_create added_files",
    "modify": """
        modify modifies files_to_modify files_modified modify_files edit edits files_to_change files_to_edit modified_files
        to_modify files_to_update update updates
    """,
    "delete": "delete deletes files_to_delete remove removes files_to_remove delete_files",
    "read": """
        read reads context_files reference_files references reference read_only read_only_context read_first inputs see see_also
        files_to_read related_files
    """,
    "check": """
        command cmd test_command test_commands verify_command verify_commands verification_command validation_command
        validation_commands check_command run commands verification_commands lint_command build_command
    """,
    "command": "setup install setup_commands install_command setup_command",
    "acceptance": """
        acceptance_criteria acceptance criteria success_criteria done_when definition_of_done dod exit_criteria ac must_haves
        expected expected_outcome expected_result expected_behavior expected_behaviour expect expects expectations
        accepted_when finished_when complete_when pass_criteria
        success success_looks_like acceptance_tests success_metrics 验收标准
    """,
    "non_goal": """
        non_goals nongoal out_of_scope not_in_scope exclusions not_doing wont_do exclude excluded anti_goals will_not_do
        not_included not_covered not_now not_planned deferred postponed what_not_to_do no_gos leave_alone out_of_scope_items
    """,
    "constraint": """
        constraints constraint technical_constraints guardrails rules limits limitations must_not non_functional_requirements
    """,
    "question": "open_questions questions unknowns clarifications needs_clarification",
    "skip": """
        id key issue_key issue_id identifier number iid no slug ref status state progress passes passed done complete completed
        closed started finished checked priority labels label tags sprint story_points points estimate effort assignee assignees
        assigned_to owner reporter author creator user url html_url link links created updated created_at updated_at closed_at
        started_at completed_at date due due_date resolution close_reason dependencies depends_on depends blocked_by after needs
        prerequisites predecessors requires deps blocks waits_for inward_issue_link_blocks outward_issue_link_blocks parent
        parent_id parent_issue parent_task blocked_by_dependencies work_item_type
        epic epic_link epic_name phase milestone issue_type type kind branch branch_name version schema tag tokens model
        budget max_attempts max_files max_tokens max_minutes time_limit comment project_key resolved complexity_score complexity
        risk confidence created_by updated_by closed_by external_ref source_repo content_hash repository repo fix_versions
    """,
}
_RECORDS = """
    history changelog change_log metadata meta worklog work_log comments audit events activity log logs progress_log attempts
    last_updated stats statistics telemetry timestamps transcript versions revisions execution_history sessions
"""


def _folded(words: str | Iterable[str]) -> Iterable[str]:
    return (fold(word) for word in (words.split() if isinstance(words, str) else words))


# What the file keeps about itself: what was done and when, never what is to do.
BOOKKEEPING = frozenset(_folded(_RECORDS))
USES: dict[str, Use] = {name: use for use, words in _NAMES.items() for name in _folded(words)} | dict.fromkeys(
    BOOKKEEPING, "skip"
)
# Here any words that begin with a program are a command; elsewhere the program must be a known one.
SURE_COMMANDS = frozenset(_folded(_NAMES["check"])) | frozenset(_folded(_NAMES["command"]))
# Beside the list of work only these are a fence: `paths`, `output` and their like are settings there.
PLAN_WIDE_FILES = frozenset(
    _folded(
        """
        files scope allowed_files allowed_paths affected_files files_affected in_scope target_files context_files reference_files
        read_only_context files_to_modify files_to_create files_to_change files_to_edit files_to_delete files_modified new_files
        """
    )
)
