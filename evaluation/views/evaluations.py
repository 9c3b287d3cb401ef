"""Evaluations: the register, the record with its steps, the assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import or_
from sqlalchemy.orm import joinedload, selectinload

from evaluation.models import Evaluation
from evaluation.queries.evaluations import Evaluator, columns_in, evaluators
from evaluation.queries.evidence import report_of
from evaluation.rules.evaluations import OPINION
from evaluation.states import EVALUATION_IN_HAND, EvaluationKind, EvaluationState, Grade, ScoreColumn
from evaluation.views import cells
from evaluation.views.items import column_rows
from evaluation.workflows import EVALUATION
from grants.queries.finding import of_projects
from kernel import pages
from kernel.actor import ReaderKind
from kernel.arguments import read_arguments
from kernel.audit import AuditEvent
from kernel.clock import today
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.finding import holds
from kernel.identity import current_actor
from kernel.lists import Filter, ListState, Search
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView, door, field_of, typed_values
from kernel.words import Sentence, word_of
from kernel.workflow import Workflow

STAGES = (
    (EvaluationState.PLANNED, EvaluationState.ASSIGNED),
    (EvaluationState.SELF_REPORT, EvaluationState.LATE_FAILED),
    (EvaluationState.DESK, EvaluationState.VISIT),
    (EvaluationState.SCORING, EvaluationState.COUNTERSIGN),
    (EvaluationState.HANDED_IN, EvaluationState.CONFIRMED),
    (EvaluationState.TOLD, EvaluationState.OBJECTED, EvaluationState.RECHECK),
    (EvaluationState.FINAL,),
)
"""Seven stages for the status bar; the one that is reached is named by its very state."""

PLANNED_BY = frozenset({"start_midterm", "rectified", "start_final"})
OPEN = EVALUATION_IN_HAND | {EvaluationState.PLANNED}


def _project_cell(evaluation: Evaluation) -> Any:
    if evaluation.project is None:
        return evaluation.project_number
    return cells.drawn("two", evaluation.project.title, evaluation.project_number)


class EvaluationView(RecordView):
    """Evaluations of projects, each reader's own."""

    model = Evaluation
    kind = "Evaluation"
    route_base = "/evaluations"
    title = _l("Evaluations")
    workflow = EVALUATION
    options = (joinedload(Evaluation.project), joinedload(Evaluation.agency))
    record_options = (
        joinedload(Evaluation.project),
        joinedload(Evaluation.agency),
        joinedload(Evaluation.indicator_set),
        selectinload(Evaluation.scores),
    )
    labels = {
        "due_on": _l("Due"),
        "score": _l("Score"),
        "grade": _l("Grade"),
        "objection": _l("Objection"),
        "answer": _l("Answer"),
        "visited_on": _l("Visit on site"),
    }
    search = Search(
        _l("Number of the evaluation or project"),
        lambda told: or_(holds(Evaluation.search_text, told), of_projects(Evaluation.project_id, told)),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, _(word_of(state))) for state in EvaluationState],
            lambda value: Evaluation.state == EvaluationState(value),
        ),
        Filter(
            "kind",
            _l("Kind"),
            lambda: [(kind.value, _(word_of(kind))) for kind in (EvaluationKind.MIDTERM, EvaluationKind.FINAL)],
            lambda value: Evaluation.kind == EvaluationKind(value),
        ),
    )
    columns = (
        Column("number", _l("Evaluation"), lambda one: one.number, sort=Evaluation.number),
        Column("project", _l("Project"), _project_cell, sort=Evaluation.project_number),
        Column("kind", _l("Kind"), lambda one: _(word_of(one.kind)), sort=Evaluation.kind, hide_phone=True),
        Column("state", _l("State"), cells.state_cell, sort=Evaluation.state),
        Column("agency", _l("Agency"), lambda one: str(one.agency or ""), hide_phone=True),
        Column(
            "due",
            _l("Due"),
            lambda one: cells.drawn("due", one.due_on, today(), one.state in OPEN),
            sort=Evaluation.due_on,
        ),
        Column("score", _l("Score"), lambda one: cells.two_places(one.score), sort=Evaluation.score, numeric=True),
        Column("grade", _l("Grade"), lambda one: cells.drawn("grade", one.grade)),
    )

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        text = _("When a project comes to its mid-term or final evaluation, it will stand here.")
        return pages.EmptyView(_("No evaluations yet"), text, "clipboard")

    def record_page(self, record: Evaluation) -> pages.RecordPage:
        page = super().record_page(record)
        project = record.project
        page.title = _(
            "%(kind)s: %(name)s", kind=_(word_of(record.kind)), name=project.title if project else record.project_number
        )
        page.subtitle = record.number
        page.facts = self._facts(record)
        page.actions = self._links(record)
        page.notes = self._notes(record)
        page.panels = [*self._panels(record), *page.panels]
        return page

    def steps(self, record: Evaluation) -> list[pages.StepView]:
        here = next(place for place, stage in enumerate(STAGES) if record.state in stage)
        return [
            pages.StepView(
                _(word_of(record.state if place == here else stage[0])),
                "here" if place == here else "done" if place < here else "todo",
            )
            for place, stage in enumerate(STAGES)
        ]

    def _facts(self, record: Evaluation) -> list[tuple[Any, ...]]:
        names = names_of([record.evaluator_id, record.countersigner_id])
        project = record.project
        link = cells.drawn("link", record.project_number, f"/projects/{record.project_id}")
        facts: list[tuple[Any, ...]] = [
            (_("Project"), link if current_actor().may("show", "Project") else record.project_number),
            (_("Award (yuan)"), f"{project.award:,.2f}" if project is not None else ""),
            (_("Agency"), str(record.agency or "")),
            (_("Evaluator"), names.get(record.evaluator_id or 0, "")),
            (_("Second signature"), names.get(record.countersigner_id or 0, "")),
            (_("Due"), cells.day(record.due_on)),
            (
                _("Indicator set"),
                f"{cells.named(record.indicator_set)} · {_('Edition %(n)s', n=record.indicator_set.edition)}",
            ),
            (_("Recusal statement"), cells.moment(record.accepted_at)),
            (_("Self-report sent"), cells.moment(record.self_reported_at)),
        ]
        if record.score is not None:
            facts += [
                (_("Score"), cells.two_places(record.score)),
                (_("Passed"), cells.yes_no(record.passed)),
                (_("Composite"), cells.two_places(record.composite)),
                (_("Grade"), cells.drawn("grade", record.grade)),
            ]
        return facts

    def _links(self, record: Evaluation) -> list[pages.Link]:
        actor = current_actor()
        links = []
        if actor.may("score", "Evaluation") and record.state in EVALUATION_IN_HAND and record.accepted_at:
            links.append(
                pages.Link(_("Open the sheet"), url_for("EvaluationSheets.sheet", pk=record.id), "clipboard-check")
            )
        if actor.may("send_self_report", "Evaluation") and record.state is EvaluationState.SELF_REPORT:
            links.append(
                pages.Link(
                    _("Write the self-report"),
                    url_for("EvaluationSheets.self_report", pk=record.id),
                    "pencil",
                    primary=True,
                )
            )
        return links

    def _notes(self, record: Evaluation) -> list[tuple[str, str]]:
        notes = []
        if record.vetoed:
            notes.append(("bad", _("A veto item was found: the result is poor whatever the score.")))
        if record.composite_words:
            notes.append(("info", Sentence.load(record.composite_words).render()))
        if record.objection:
            notes.append(("warn", _("Objection: %(text)s", text=record.objection)))
        if record.answer:
            notes.append(("info", _("Answer: %(text)s", text=record.answer)))
        return notes

    def _panels(self, record: Evaluation) -> list[pages.PanelView]:
        columns = columns_in(record)
        panel = columns[ScoreColumn.PANEL]
        opinion = panel[OPINION].reason if OPINION in panel else ""
        vetoes = [
            (cells.named(veto), panel[veto.code].reason)
            for veto in record.indicator_set.sheet.vetoes
            if veto.code in panel and any(panel[veto.code].answer.get("checks") or ())
        ]
        file = report_of(record)
        parts = [
            pages.PanelView(
                "columns",
                _("Scores"),
                self._columns(record, opinion, vetoes, has_panel=bool(panel)),
                flush=True,
            ),
            pages.PanelView(
                "self-report",
                _("Self-report"),
                cells.drawn("prose", record.self_report, file="evaluation/result_parts.html"),
            ),
        ]
        if file is not None:
            html = cells.drawn(
                "report", file, record.sha256, cells.moment(record.signed_at), file="evaluation/result_parts.html"
            )
            parts.append(pages.PanelView("report", _("Report"), html))
        if record.visit_note and current_actor().organization_id is None:
            html = cells.drawn("prose", record.visit_note, file="evaluation/result_parts.html")
            parts.append(pages.PanelView("visit", _("Visit on site"), html))
        return parts

    def _columns(self, record: Evaluation, opinion: str, vetoes: Sequence[Any], *, has_panel: bool) -> Any:
        return cells.drawn(
            "columns", column_rows(record), opinion, vetoes, has_panel, file="evaluation/result_parts.html"
        )

    def _action(self, event: AuditEvent, workflow: Workflow[Any] | None) -> str:
        """Name what the project asked for and what was saved by its own words; steps by their labels."""
        planned, name = event.action.partition(".")[0] == "Project", event.action.rpartition(".")[2]
        if planned and name in PLANNED_BY:
            return _("Evaluation planned")
        if "state" not in event.changes and name == "send_self_report":
            return _("Self-report written")
        return super()._action(event, workflow)

    def _value(self, name: str, value: Any, workflow: Workflow[Any] | None) -> str:
        if name == "grade" and value:
            return _(word_of(Grade(value)))
        if name == "score" and value:
            return cells.two_places(Decimal(value))
        return super()._value(name, value, workflow)

    # Assigning

    def step_url(self, record: Evaluation, name: str) -> str:
        if name == "assign":
            return url_for("EvaluationView.assign", pk=record.id)
        return super().step_url(record, name)

    def buttons(self, record: Evaluation) -> list[pages.ButtonView]:
        shown = super().buttons(record)
        if not any(button.name == "assign" for button in shown):
            return [button for button in shown if button.name != "send_self_report"]
        people = evaluators()
        return [self._with_people(button, people) if button.name == "assign" else button for button in shown]

    def _with_people(self, button: pages.ButtonView, people: Sequence[Evaluator]) -> pages.ButtonView:
        assert button.dialog is not None
        return replace(
            button, dialog=replace(button.dialog, fields=[_listed(field, people) for field in button.dialog.fields])
        )

    @door("/<int:pk>/assign", "assign", methods=("GET", "POST"))
    def assign(self, pk: int) -> Response | str | tuple[str, int]:
        """Ask two people of one agency."""
        evaluation = self.find(pk)
        if request.method == "GET":
            return self._assign_page(evaluation, {}, {})
        typed = typed_values()
        try:
            arguments = read_arguments(EVALUATION.arguments["assign"], typed)
            with transaction():
                EVALUATION["assign"](evaluation, actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._assign_page(evaluation, typed, invalid.problems), 422
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._assign_page(self.find(pk), typed, {}, told), 409
        flash(_("%(number)s is assigned", number=evaluation.number), "success")
        return redirect(self.record_url(evaluation))  # type: ignore[return-value]

    def _assign_page(
        self,
        evaluation: Evaluation,
        typed: Mapping[str, Any],
        problems: Mapping[str, Any],
        errors: Sequence[str] = (),
    ) -> str:
        people = evaluators()
        fields = [_listed(field_of(argument, typed, problems), people) for argument in EVALUATION.arguments["assign"]]
        form = pages.FormPage(
            title=_("Assign evaluators"),
            url=url_for("EvaluationView.assign", pk=evaluation.id),
            fields=fields,
            lead=evaluation.number,
            crumbs=[
                *self.crumbs(evaluation)[:1],
                (evaluation.number, self.record_url(evaluation)),
                (_("Assign evaluators"), None),
            ],
            back_url=self.record_url(evaluation),
            errors=errors,
            confirm=_("Assign evaluators"),
        )
        return self.render("kernel/form.html", form_page=form)

    def after_step(self, record: Evaluation, name: str) -> str:
        still_seen = record.evaluator_id is not None or current_actor().kind is not ReaderKind.PANEL
        return self.record_url(record) if still_seen else self.list_url()


def _listed(field: pages.FieldView, people: Sequence[Evaluator]) -> pages.FieldView:
    """Let people be chosen by name instead of by number."""
    if field.name not in {"evaluator_id", "countersigner_id"}:
        return field
    choices = [(one.id, f"{one.agency} · {one.name}") for one in people]
    return replace(field, kind="choice", choices=choices)
