"""How tools write plans down: which lists hold the work, and what its fields are called.  A new tool is one more row.

Names are compared without case, `_`, `-` and blanks.  Of several names the first that has a value counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from autopack.model.draft import ItemState


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The names one tool gives to work.

    `marks`: each member of a list has one name of every group, and then the list is this tool's; without marks a member must
    look like work in other ways.  `lists` hold work, `groups` hold phases.  `parent` names the phase (or the item) that a
    member belongs to.  `after` and `before` name others that it waits for, or that wait for it; `edge_type` is the one type
    of link that means so, `parent_type` the one that means grouping, where links are typed.  `tags`: of several lists only one is
    the plan, else each is a phase.
    """

    name: str
    marks: tuple[tuple[str, ...], ...] = ()
    lists: tuple[str, ...]
    groups: tuple[str, ...] = ()
    title: tuple[str, ...]
    ids: tuple[str, ...] = ("id",)
    parent: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    status: tuple[str, ...] = ("status", "state")
    done: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    steps: tuple[str, ...] = ("subtasks", "sub_tasks", "steps", "children", "checklist", "todos", "tasks")
    after: tuple[str, ...] = ("dependencies", "depends_on")
    before: tuple[str, ...] = ()
    edge_type: str = ""
    parent_type: str = ""
    tags: bool = False


ROOT = "/"

GENERIC = Shape(
    name="list-of-work",
    lists=(
        "tasks", "task_list", "todos", "todo", "to_do", "user_stories", "stories", "work_items", "action_items", "backlog",
        "deliverables", "issues", "tickets", "cards", "items", "features", "steps", "plan", "work", "actions", "changes",
        "任务", ROOT,
    ),
    groups=(
        "phases", "milestones", "epics", "sprints", "stages", "waves", "iterations", "releases", "groups", "sections", "tracks",
        "task_groups", "weeks", "workstreams", "features", "parts",
    ),
    title=(
        "title", "task", "summary", "subject", "story", "todo", "content", "name", "heading", "step", "action", "description",
        "text", "what",
    ),
    ids=("id", "key", "issue_key", "identifier", "task_id", "ref", "number", "slug", "no", "#"),
    parent=(
        "epic", "epic_link", "parent", "parent_id", "phase", "phase_id", "milestone", "epic_id", "parent_issue", "parent_task",
    ),
    types=("issue_type", "work_item_type", "type", "kind"),
    status=("status", "state", "progress"),
    done=("done", "passes", "passed", "complete", "completed", "is_done", "finished", "checked", "closed", "is_completed"),
    begun=("started", "in_progress"),
    after=(
        "dependencies", "depends_on", "depends", "blocked_by", "after", "needs", "prerequisites", "predecessors", "requires",
        "deps", "waits_for", "inward_issue_link_blocks", "blocked_by_dependencies",
    ),
    before=("blocks", "outward_issue_link_blocks"),
)  # fmt: skip

# The first one that fits counts, so what is told apart by more names stands first.
SHAPES = (
    replace(
        GENERIC,
        name="task-master",
        marks=(("id",), ("title",), ("details", "test_strategy", "subtasks")),
        lists=("tasks",),
        groups=(),
        tags=True,
    ),
    replace(
        GENERIC,
        name="beads",
        marks=(("id",), ("title",), ("issue_type",)),
        lists=(ROOT, "issues"),
        groups=(),
        edge_type="blocks",
        parent_type="parent-child",
        before=(),
    ),
    replace(
        GENERIC,
        name="jira",
        marks=(("summary",), ("issue_type", "issue_key", "status")),
        lists=(ROOT, "issues"),
        groups=(),
        title=("summary",),
        ids=("issue_key", "key", "issue_id", "id"),
        parent=("epic_link", "parent", "parent_id", "parent_key", "epic"),
    ),
    replace(
        GENERIC,
        name="ralph",
        marks=(("passes", "complete"), ("title", "description", "story", "name")),
        lists=("user_stories", "stories", "features", "items", "tasks", ROOT),
        groups=(),
    ),
    replace(
        GENERIC,
        name="issues",
        marks=(("title",), ("body", "description"), ("number", "identifier", "state", "labels")),
        lists=(ROOT, "issues", "items", "nodes"),
        groups=(),
        ids=("identifier", "number", "iid", "id"),
    ),
    GENERIC,
)

# Under these names a list of texts is work, and its maps need no other sign than a title of their own.
SURE_LISTS = _set("tasks tasklist todos todo userstories stories workitems actionitems backlog deliverables 任务")
SURE_TITLES = _set("title task summary subject story todo content description")
# Who has these is a job, a service or a package, however it is called.
FOREIGN = _set("uses image hosts schedule cron cmds geometry version operator module email price uri shell with")
# Signs of work beside the title, apart from a known word of status.
SIGNS = _set(
    """
    passes done complete completed acceptancecriteria acceptance criteria successcriteria donewhen teststrategy subtasks tasks
    steps dependson blockedby storypoints estimate issuetype files filestomodify filestocreate filesmodified verify verification
    validation definitionofdone goal exitcriteria
    """
)

_WORDS: dict[ItemState, str] = {
    "todo": """
        todo pending open opened backlog ready planned notstarted blocked unstarted queued selectedfordevelopment incomplete
        proposed reopened triage onhold hold
    """,
    "in_progress": "inprogress doing started active wip review inreview testing qa hooked",
    "done": "done completed complete closed resolved finished merged shipped released verified passed",
    "cancelled": """
        cancelled canceled deferred wontfix wontdo rejected duplicate abandoned obsolete skipped notplanned dropped tombstone
        archived postponed later someday parked shelved notnow
    """,
}
STATES: dict[str, ItemState] = {word: state for state, words in _WORDS.items() for word in words.split()}
# People, orders and accounts are "active", "closed" or "released" too; these are said of work.
TELLING_STATES = _set("todo pending inprogress done completed backlog notstarted blocked planned doing review inreview wip open")
YES = _set("true yes x y 1 done")
EPICS = _set("epic phase milestone initiative")
# Of these names only members that hold stories or tasks are phases.
BROAD_GROUPS: dict[str, tuple[str, ...]] = {"features": ("tasks", "stories", "user_stories", "issues")}
# An issue by itself is known by what trackers give it.
TRACKED = _set("labels number identifier issuetype key priority assignee assignees")
VERBS = _set(
    """
    add allow build change clean configure connect convert cover create define delete deploy design detect disable document
    enable ensure expose extend extract fix generate handle implement improve integrate introduce investigate make merge migrate
    move optimize parse port prepare prevent provide publish refactor release remove rename render replace research resolve
    restrict return rewrite ship show simplify split store support switch test track translate update upgrade use validate verify
    wire wrap write
    """
)
