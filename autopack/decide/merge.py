"""Claims to a plan: one deterministic merger, whatever plugins are installed and in whatever order they answered."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, TypeVar

from autopack.decide.category import Judged, judge_category
from autopack.decide.checks import derive_checks
from autopack.decide.claim_table import ClaimTable
from autopack.decide.claims import fold_text
from autopack.decide.edges import order_phases
from autopack.decide.leaves import (
    CHOSEN_CONFIDENCE,
    command_question,
    has_path,
    least_confidence,
    list_payload_paths,
    make_answered_command,
    make_commands,
    make_stable_id,
    origin_of,
    stated_question,
    unique_commands,
    unique_paths,
)
from autopack.decide.owners import OwnerTable
from autopack.decide.packing import Piece, pack_items
from autopack.decide.scope import clean_path, judge_containment
from autopack.model.draft import (
    BudgetValue,
    Claim,
    CommandValue,
    Draft,
    EdgeValue,
    Field,
    GroupValue,
    PathValue,
    Payload,
    Span,
    TextValue,
)
from autopack.model.plan import (
    Budget,
    Deliverable,
    Dropped,
    Phase,
    Plan,
    PlanCommand,
    PlanConstraint,
    PlanPath,
    PlanPayload,
    PlanSource,
    PlanText,
    Provenance,
    Question,
    Scope,
    Status,
)
from autopack.model.toolchain import Toolchain
from autopack.model.workspace import Workspace

V = TypeVar("V")
MOST_QUESTIONS = 5
# Title and texts of a phase → paths it may change, and paths to read, as the repository suggests.
Propose = Callable[[str, Sequence[str]], tuple[tuple[PlanPath, ...], tuple[PlanPath, ...]]]
BORROWED_CONFIDENCE = 0.5
PROPOSED = "host:repository-index"
FILES: tuple[Field, ...] = ("scope", "path")
UNSURE_ITEM = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What is added without editing the plan.  `answers` maps question ids to words; `take_defaults` is `--yes`.

    `answered_by` names the package that chose an answer, where it was not a person: it counts less and opens nothing.
    """

    allow: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    answered_by: tuple[tuple[str, str], ...] = ()
    take_defaults: bool = False


NO_OVERRIDES = Overrides()


def merge_claims(
    draft: Draft,
    claims: Sequence[Claim],
    workspace: Workspace,
    toolchains: Sequence[Toolchain],
    ceiling: Budget,
    overrides: Overrides = NO_OVERRIDES,
    propose: Propose | None = None,
) -> Plan:
    """The plan that verified claims make; `findings` are added later, by preflight.

    `propose` is asked for what a phase that states no file may change.
    """
    return _Merger(draft, ClaimTable(claims), workspace, toolchains, ceiling, overrides, propose).plan()


class _Merger:
    def __init__(
        self,
        draft: Draft,
        claims: ClaimTable,
        workspace: Workspace,
        toolchains: Sequence[Toolchain],
        ceiling: Budget,
        overrides: Overrides,
        propose: Propose | None,
    ) -> None:
        self._draft = draft
        self._claims = claims
        self._workspace = workspace
        self._files = frozenset(workspace.paths())
        self._toolchains = toolchains
        self._ceiling = ceiling
        self._overrides = overrides
        self._propose = propose
        self._answers = {name: words.strip() for name, words in overrides.answers if words.strip()}
        self._answered_by = dict(overrides.answered_by)
        self._questions: list[Question] = []
        # Claims in finished items (by identity), and the lines of those items.
        self._done: dict[int, list[Span]] = {}
        self._extents: list[GroupValue] = []
        self._wide: dict[Field, list[tuple[Any, Claim]]] = {}
        self._whole = Span(start=1, end=max(1, len(draft.lines)))

    def plan(self) -> Plan:
        title, goal = self._text_of("title"), self._text_of("goal")
        phases_claimed = self._groups("phase")
        items = self._items(phases_claimed)
        self._note_done([value for value, _ in items if value.state in ("done", "cancelled")])
        whole = self._one_phase(title, [value.title for value, _ in items])
        packs = () if phases_claimed else self._packs(items)
        groups: list[tuple[GroupValue, Claim | None]] = [*phases_claimed] or [(pack, None) for pack in packs] or [(whole, None)]
        owners = OwnerTable([group for group, _ in groups])
        work: list[list[tuple[GroupValue, Claim]]] = [[] for _ in groups]
        for item in items:
            work[owners.find(item[0].extent)].append(item)
        extents = self._extents = [
            _with_items(group, [value for value, _ in mine]) for (group, _), mine in zip(groups, work, strict=True)
        ]
        carriers = OwnerTable(extents)
        carried: list[list[tuple[Payload, Claim]]] = [[] for _ in groups]
        for row in self._carried():
            carried[carriers.find(row[1].span or self._whole)].append(row)
        phases = []
        ids: dict[str, int] = {}
        for index, ((group, claim), mine, code) in enumerate(zip(groups, work, carried, strict=True)):
            if code and all(item_claim is claim for _, item_claim in mine):
                mine = self._work_of(code)  # what a phase without items carries says more than its title
            extent = replace(whole, extent=self._whole) if len(groups) == 1 else extents[index]
            phase = self._phase(group, claim, extent, mine, code, ids, alone=len(groups) == 1)
            if phase.deliverables:
                phases.append(phase)
        phases = self._with_plan_checks(phases)
        phases = _with_borrowed_checks([self._with_derived_checks(phase) for phase in phases])
        ordered = order_phases(phases, self._claims.values("edge", EdgeValue), self._answer)
        phases = list(ordered.phases)
        self._questions += ordered.questions
        for index, phase in enumerate(phases):
            self._ask_for_gaps(index, phase)
        self._ask_stated_questions()
        return self._finish(title, goal, tuple(phases))

    def _note_done(self, items: Sequence[GroupValue]) -> None:
        for item in items:
            for span in (item.extent, *item.parts):
                group = GroupValue(title=item.title, extent=span)
                for field in (*FILES, "read", "check", "budget", "payload"):
                    for _, claim in self._claims.within(field, object, group):
                        self._done.setdefault(id(claim), []).append(span)

    # -- groups ---------------------------------------------------------------------------------------------------

    def _groups(self, field: Field, package: str | None = None) -> list[tuple[GroupValue, Claim]]:
        """Phases or items in file order, all from one package (the one with the best claim): two readings are never mixed."""
        rows = self._claims.values(field, GroupValue)
        if not rows:
            return []
        package = rows[0][1].package if package is None else package
        first: dict[tuple[int, str], tuple[GroupValue, Claim]] = {}
        for value, claim in rows:
            if claim.package == package:
                first.setdefault((value.extent.start, value.extent.pointer), (value, claim))
        return [first[start] for start in sorted(first)]

    def _items(self, phases: Sequence[tuple[GroupValue, Claim]]) -> list[tuple[GroupValue, Claim]]:
        """The pieces of work, from the package that named the phases; a phase without any is a piece of work itself."""
        items = self._groups("item", phases[0][1].package if phases else None)
        if phases:
            owners = OwnerTable([value for value, _ in phases])
            filled = {index for value, _ in items for index in owners.holding(value.extent)}
            bare = [row for index, row in enumerate(phases) if index not in filled]
            return sorted([*items, *bare], key=lambda row: (row[0].extent, row[0].title))
        payloads = self._claims.values("payload", Payload)
        # A pasted answer may be nothing but code with talk around it: then each file it carries is a piece of work, and a
        # remark that somebody took for work is not.
        if items and (not payloads or max(claim.confidence for _, claim in items) > UNSURE_ITEM):
            return items
        return self._work_of(payloads) or items

    def _work_of(self, payloads: Sequence[tuple[Payload, Claim]]) -> list[tuple[GroupValue, Claim]]:
        rows = []
        for payload, claim in payloads:
            value = GroupValue(title=f"{payload.action} {payload.path}", extent=claim.span or self._whole)
            rows.append((value, replace(claim, rule=f"{claim.rule}, carried code is work")))
        return sorted(rows, key=lambda row: (row[0].extent, row[0].title))

    def _carried(self) -> list[tuple[Payload, Claim]]:
        """The code that the plan carries for what is not finished or taken back, in file order."""
        rows = [row for row in self._claims.values("payload", Payload) if id(row[1]) not in self._done]
        return sorted(rows, key=lambda pair: (pair[1].span or self._whole, pair[0].path))

    def _packs(self, items: Sequence[tuple[GroupValue, Claim]]) -> tuple[GroupValue, ...]:
        return pack_items(
            [
                Piece(item=item, paths=frozenset(v.path for name in FILES for v, _ in self._claims.within(name, PathValue, item)))
                for item, _ in items
            ]
        )

    def _one_phase(self, title: PlanText | None, work: Sequence[str]) -> GroupValue:
        """A plan without phases is one phase; without a title it is called after its work."""
        if title:
            return GroupValue(title=title.text, extent=self._whole)
        more = f" and {len(work) - 2} more" if len(work) > 2 else ""
        return GroupValue(title=", ".join(work[:2]) + more if work else PurePosixPath(self._draft.name).name, extent=self._whole)

    # -- one phase ------------------------------------------------------------------------------------------------

    def _phase(
        self,
        group: GroupValue,
        claim: Claim | None,
        extent: GroupValue,
        items: Sequence[tuple[GroupValue, Claim]],
        code: Sequence[tuple[Payload, Claim]],
        ids: dict[str, int],
        *,
        alone: bool,
    ) -> Phase:
        phase_id = make_stable_id(group.source_id or group.title, ids)
        payloads = tuple(
            PlanPayload(
                path=clean_path(value.path),
                action=value.action,
                text=value.text,
                edits=value.edits,
                to=clean_path(value.to) if value.to is not None else None,
                executable=value.executable,
                **origin_of(row),
            )
            for value, row in code
        )
        declared = self._paths("scope", extent, alone) or self._plan_wide_paths("scope")
        mentioned = self._paths("path", extent, alone)
        written = tuple(path for row in payloads for path in list_payload_paths(row, self._workspace))
        answer = f"scope-{phase_id}"
        answered = self._answers.get(answer, "").replace(",", " ").split()
        allowed = tuple(self._answered_path(path) for path in self._overrides.allow)
        allowed += tuple(self._answered_path(path, self._answered_by.get(answer)) for path in answered)
        wanted = declared if declared else (*mentioned, *written)
        nearby: tuple[PlanPath, ...] = ()
        todo = [value.title for value, _ in items if value.state not in ("done", "cancelled")]
        if self._propose and todo and not (wanted or allowed):
            wanted, nearby = self._propose(group.title, todo)
        named = (*self._paths("read", extent, alone), *self._plan_wide_paths("read"))
        paths = unique_paths((*wanted, *allowed))
        read = tuple(row for row in named if not has_path(paths, row.path))
        read += tuple(row for row in mentioned if declared and not has_path(paths, row.path) and row.exists)
        given = tuple(replace(self._answered_path(path), role="read") for path in self._overrides.read)
        read += tuple(row for row in (*given, *nearby) if not has_path(paths, row.path))
        scope = Scope(paths=paths, read_only_context=unique_paths(read), declared=bool(declared))
        item_ids: dict[str, int] = {}
        deliverables = tuple(self._deliverable(phase_id, value, row, payloads, item_ids) for value, row in items)
        title = (
            Provenance(**origin_of(claim))
            if claim
            else Provenance(origin="inferred", confidence=0.9, rule="host:packed" if len(self._extents) > 1 else "host:one-phase")
        )
        budget, spent = self._budget(extent, alone)
        kind = judge_category(group.title, [row.path for row in scope.paths])
        return Phase(
            id=phase_id,
            source_id=group.source_id,
            title=group.title,
            deliverables=deliverables,
            scope=scope,
            validation=self._stated_checks(extent, alone),
            budget=budget,
            category=kind.category,
            acceptance_criteria=self._texts("acceptance", extent),
            payloads=payloads,
            provenance={"title": title, "category": _basis(kind)} | spent,
        )

    def _budget(self, extent: GroupValue, alone: bool) -> tuple[Budget, dict[str, Provenance]]:
        """The configured ceiling, lowered by what the plan states for the phase or for all of them."""
        basis = {"budget": Provenance(origin="default", confidence=1.0, rule="host:configured-ceiling")}
        budget = self._ceiling
        for value, claim in (*self._own("budget", BudgetValue, extent, alone), *self._plan_wide("budget", BudgetValue)):
            ceiling = getattr(budget, value.name)
            # Zero would be "none": whoever writes a plan means that something is done.
            if 0 < value.amount < ceiling:
                amount: Any = max(1, int(value.amount)) if isinstance(ceiling, int) else value.amount
                budget = replace(budget, **{value.name: amount})
                basis[f"budget/{value.name}"] = Provenance(**origin_of(claim))
        return budget, basis

    def _deliverable(
        self, phase_id: str, value: GroupValue, claim: Claim, payloads: Sequence[PlanPayload], ids: dict[str, int]
    ) -> Deliverable:
        stated = self._paths("scope", value, False) + self._paths("path", value, False)
        carried = tuple(
            path
            for row in payloads
            if row.source is not None and value.holds(row.source)
            for path in list_payload_paths(row, self._workspace)
        )
        paths = unique_paths((*carried, *stated))
        kind = judge_category(value.title, [row.path for row in paths])
        return Deliverable(
            id=make_stable_id(f"{phase_id}/{value.source_id or value.title}", ids, value.source_id or value.title),
            source_id=value.source_id,
            title=value.title,
            status=value.state,
            category=kind.category,
            paths=paths,
            provenance={"category": _basis(kind)},
            **origin_of(claim),
        )

    def _own(self, field: Field, kind: type[V], extent: GroupValue, alone: bool) -> list[tuple[V, Claim]]:
        """What stands in these lines (in all of them when there is one phase) and does not belong to a finished item in them."""
        rows = self._claims.values(field, kind) if alone else self._claims.within(field, kind, extent)
        return [row for row in rows if not self._is_done(row[1], extent)]

    def _is_done(self, claim: Claim, extent: GroupValue) -> bool:
        """Whether a claim belongs to a finished item within the extent: its files and checks are no longer this run's."""
        return any(extent.holds(done) and done != extent.extent for done in self._done.get(id(claim), ()))

    def _paths(self, field: Field, extent: GroupValue, alone: bool) -> tuple[PlanPath, ...]:
        return unique_paths(tuple(self._path(*row) for row in self._own(field, PathValue, extent, alone)))

    def _plan_wide_paths(self, field: Field) -> tuple[PlanPath, ...]:
        """A list of files that stands outside every phase holds for all of them, and so does what they are to read."""
        return unique_paths(tuple(self._path(*row) for row in self._plan_wide(field, PathValue)))

    def _plan_wide(self, field: Field, kind: type[V]) -> list[tuple[V, Claim]]:
        """What stands outside every phase."""
        if field not in self._wide:
            self._wide[field] = self._claims.outside(field, kind, self._extents)
        return self._wide[field]

    def _path(self, value: PathValue, claim: Claim) -> PlanPath:
        folder = value.path.endswith("/")
        path = clean_path(value.path).rstrip("/") or value.path
        exists = None
        if judge_containment(path).allowed:
            exists = self._workspace.exists(PurePosixPath(path))
            folder = folder or (exists and PurePosixPath(path) not in self._files)
        return PlanPath(path=path, role=value.role, folder=folder, exists=exists, **origin_of(claim))

    def _answered_path(self, path: str, package: str | None = None) -> PlanPath:
        """A path that a person gave, or one that a plugin chose: that one opens no more than any other inferred path."""
        value = PathValue(path=path)
        claim = Claim(field="scope", value=value, origin="answered", confidence=1.0, rule="allowed", package="host")
        if package is not None:
            claim = replace(claim, origin="inferred", confidence=CHOSEN_CONFIDENCE, rule="answer", package=package)
        return self._path(value, claim)

    def _texts(self, field: Field, extent: GroupValue | None = None) -> tuple[PlanText, ...]:
        found = self._claims.within(field, TextValue, extent) if extent else self._claims.values(field, TextValue)
        rows = {fold_text(value.text): PlanText(text=value.text, **origin_of(claim)) for value, claim in reversed(found)}
        return tuple(sorted(rows.values(), key=lambda row: (row.source or self._whole, row.text)))

    def _text_of(self, field: Field) -> PlanText | None:
        rows = self._claims.values(field, TextValue)
        return PlanText(text=rows[0][0].text, **origin_of(rows[0][1])) if rows else None

    # -- checks ---------------------------------------------------------------------------------------------------

    def _stated_checks(self, extent: GroupValue, alone: bool) -> tuple[PlanCommand, ...]:
        rows = self._own("check", CommandValue, extent, alone)
        return unique_commands(tuple(one for row in rows for one in make_commands(*row)))

    def _with_plan_checks(self, phases: list[Phase]) -> list[Phase]:
        """Checks that stand outside every phase prove the whole, so they belong to the last phase that has work."""
        scheduled = [phase.id for phase in phases if phase.scheduled]
        if not scheduled:
            return phases
        loose: tuple[PlanCommand, ...] = ()
        if len(self._extents) > 1:
            loose = tuple(one for row in self._plan_wide("check", CommandValue) for one in make_commands(*row))
        given = tuple(make_answered_command(text) for text in self._overrides.checks)
        checked = []
        for phase in phases:
            rows = [self._answered_check(phase, command) for command in phase.validation]
            rows += loose if phase.id == scheduled[-1] else ()
            question = f"check-{phase.id}"
            answer = self._answers.get(question)
            rows += (*given, make_answered_command(answer, package=self._answered_by.get(question))) if answer else given
            checked.append(replace(phase, validation=unique_commands(rows)))
        return checked

    def _answered_check(self, phase: Phase, command: PlanCommand) -> PlanCommand:
        question = command_question(phase, command)
        answer = self._answers.get(question)
        return make_answered_command(answer, command.cwd, self._answered_by.get(question)) if answer else command

    def _with_derived_checks(self, phase: Phase) -> Phase:
        """The toolchains that own the phase's paths prove it too, whatever the plan states."""
        derived = derive_checks(self._toolchains, [row.path for row in phase.scope.paths])
        # A command that the plan states too is the plan's: `unique_commands` keeps the first.
        return replace(phase, validation=unique_commands((*phase.validation, *(derived or _probes(phase)))))

    # -- questions ------------------------------------------------------------------------------------------------

    def _ask_for_gaps(self, index: int, phase: Phase) -> None:
        """A phase that is scheduled needs a path that may change and a check that can run."""
        if not phase.scheduled:
            return
        line = phase.deliverables[0].source
        if not phase.scope.paths:
            self._ask(
                f"scope-{phase.id}",
                f"/phases/{index}/scope/paths",
                f"Which files may phase {phase.title!r} change?",
                source=line,
            )
        elif all(row.rule == PROPOSED for row in phase.scope.paths):
            names = ", ".join(row.path for row in phase.scope.paths[:5])
            more = f" and {len(phase.scope.paths) - 5} more" if len(phase.scope.paths) > 5 else ""
            self._ask(
                f"scope-{phase.id}",
                f"/phases/{index}/scope/paths",
                f"Phase {phase.title!r} names no file. It may change {names}{more}. Which files is it about?",
                source=line,
                blocking=False,
            )
        if not phase.validation:
            self._ask(
                f"check-{phase.id}",
                f"/phases/{index}/validation",
                f"Phase {phase.title!r} has no check. Which command proves it?",
                source=line,
            )
        for number, command in enumerate(phase.validation):
            if not command.argv:
                self._ask(
                    command_question(phase, command),
                    f"/phases/{index}/validation/{number}",
                    f"`{command.run}` needs a shell. Which single command proves the same?",
                    source=command.source,
                )

    def _ask_stated_questions(self) -> None:
        for value, claim in sorted(self._claims.values("question", TextValue), key=lambda row: row[1].span or self._whole):
            self._ask(
                stated_question(value),
                "",
                value.text,
                source=claim.span,
                options=value.options,
                default=value.default,
                blocking=value.blocking,
            )

    def _answer(self, name: str, default: str | None) -> str | None:
        """What a person said to this question, or its default where defaults are taken."""
        return self._answers.get(name) or (default if self._overrides.take_defaults else None)

    def _ask(
        self,
        name: str,
        field: str,
        question: str,
        *,
        source: Span | None,
        options: tuple[str, ...] = (),
        default: str | None = None,
        blocking: bool = True,
    ) -> None:
        if self._answer(name, default) is not None:
            return
        self._questions.append(
            Question(id=name, field=field, question=question, blocking=blocking, options=options, default=default, source=source)
        )

    # -- the whole ------------------------------------------------------------------------------------------------

    def _finish(self, title: PlanText | None, goal: PlanText | None, phases: tuple[Phase, ...]) -> Plan:
        questions = sorted(self._questions, key=lambda row: (not row.blocking, row.source or self._whole, row.id))
        commands = tuple(one for row in self._claims.values("command", CommandValue) for one in make_commands(*row))
        dropped = [
            Dropped(source=claim.span, rule=f"{claim.package}:{claim.rule}", text=value.text[:200])
            for value, claim in self._claims.values("dropped", TextValue)
            if claim.span
        ]
        provenance = {}
        for name, text in (("title", title), ("goal", goal)):
            if text:
                provenance[name] = Provenance(
                    origin=text.origin, confidence=text.confidence, rule=text.rule, source=text.source, evidence=text.evidence
                )
        plan = Plan(
            status="ready",
            source=PlanSource(
                sha256=self._draft.digest,
                format=self._draft.format,
                format_confidence=self._draft.format_confidence,
                name=self._draft.name,
            ),
            title=title.text if title else None,
            goal=goal.text if goal else None,
            phases=phases,
            commands=tuple(sorted(commands, key=lambda row: (row.source or self._whole, row.run))),
            non_goals=self._texts("non_goal"),
            acceptance_criteria=self._texts("acceptance"),
            constraints=self._constraints(),
            open_questions=tuple(questions),
            dropped=tuple(sorted(dropped, key=lambda row: (row.source, row.text))),
            provenance=provenance,
        )
        return settle_status(plan)

    def _settled(self, value: TextValue) -> tuple[str | None, dict[str, Any]]:
        """What a question of the plan was answered with, and whose word that is."""
        question = stated_question(value)
        if answer := self._answers.get(question):
            package = self._answered_by.get(question)
            if package is None:
                return answer, {"origin": "answered", "confidence": 1.0}
            return answer, {"origin": "answered", "confidence": CHOSEN_CONFIDENCE, "rule": f"{package}:answer"}
        return value.default if self._overrides.take_defaults else None, {"origin": "default", "confidence": 0.5}

    def _constraints(self) -> tuple[PlanConstraint, ...]:
        rows = {
            fold_text(value.text): PlanConstraint(text=value.text, kind=value.kind or "tech", **origin_of(claim))
            for value, claim in reversed(self._claims.values("constraint", TextValue))
        }
        for value, claim in self._claims.values("question", TextValue):
            answer, basis = self._settled(value)
            if answer:
                text = f"{value.text} → {answer}"
                basis = origin_of(claim) | basis
                rows[fold_text(text)] = PlanConstraint(text=text, kind="tech", **basis)
        return tuple(sorted(rows.values(), key=lambda row: (row.source or self._whole, row.text)))


def _basis(kind: Judged) -> Provenance:
    return Provenance(origin="inferred", confidence=kind.confidence, rule=kind.rule, evidence=kind.evidence)


def _with_borrowed_checks(phases: Sequence[Phase]) -> list[Phase]:
    """A phase without any check takes those that the plan states elsewhere for the project as a whole.

    Only kinds that hold at any time, and only words that name no file, which might not be there yet.
    """
    whole = [
        replace(command, origin="inferred", confidence=BORROWED_CONFIDENCE, rule="host:check-of-another-phase")
        for phase in phases
        for command in phase.validation
        if command.origin == "stated"
        and command.kind in ("test", "lint", "typecheck", "build")
        and command.argv
        and not any("/" in word.rstrip("./") or "." in word.strip("./") for word in command.argv[1:])
    ]
    return [
        replace(phase, validation=unique_commands(whole)) if phase.scheduled and not phase.validation else phase
        for phase in phases
    ]


def _probes(phase: Phase) -> list[PlanCommand]:
    """For documents and settings that nothing else proves: that the files which the plan wants made are there, and not empty.

    Code is never taken as proved by that.
    """
    if phase.validation or phase.category not in ("docs", "configuration", "other"):
        return []
    made = [row for row in phase.scope.paths if row.role == "create" and row.exists is False and not row.folder]
    return [
        PlanCommand(
            run=shlex.join(("test", "-s", row.path)),
            argv=("test", "-s", row.path),
            kind="probe",
            origin="inferred",
            confidence=0.5,
            rule="host:file-is-there",
            evidence=(row.path,),
        )
        for row in made
    ]


def settle_status(plan: Plan) -> Plan:
    """The plan with its status and confidence as its phases and questions give them, and at most five questions."""
    phases = tuple(replace(phase, confidence=least_confidence(phase)) for phase in plan.phases)
    scheduled = [phase for phase in phases if phase.scheduled]
    status: Status = "ready"
    if not scheduled:
        status = "not_actionable"  # no work, or all of it done
    elif any(question.blocking for question in plan.open_questions):
        status = "needs_input"
    questions = sorted(plan.open_questions, key=lambda row: not row.blocking)
    confidence = min((phase.confidence for phase in scheduled), default=0.0)
    return replace(plan, status=status, phases=phases, open_questions=tuple(questions[:MOST_QUESTIONS]), confidence=confidence)


def _with_items(group: GroupValue, items: Sequence[GroupValue]) -> GroupValue:
    """A phase with the lines of its items that stand apart from it: rows that name it, or work outside of every phase."""
    apart = tuple(span for item in items for span in (item.extent, *item.parts) if not group.holds(span))
    return replace(group, parts=(*group.parts, *apart))
