"""Sheets of an evaluation: the evaluator's, with the evidence beside it, and the organization's self-report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, jsonify, redirect, url_for
from sqlalchemy.orm import joinedload, selectinload

from evaluation.models import Evaluation
from evaluation.operations.parties import organization_named
from evaluation.operations.sheets import items_of, save_self_report, save_sheet
from evaluation.queries.evaluations import columns_in
from evaluation.queries.evidence import evidence_of
from evaluation.rules.evaluations import OPINION
from evaluation.scoring import Answer
from evaluation.states import EvaluationState, ScoreColumn
from evaluation.views import cells
from evaluation.views.items import sheet_items
from evaluation.views.typed import answers_typed
from kernel import pages
from kernel.clock import local, now
from kernel.db import transaction
from kernel.errors import Invalid, Refused, Stale
from kernel.identity import current_actor
from kernel.people import names_of
from kernel.speech import gettext as _
from kernel.steps import version_typed
from kernel.views import Page, door, find, typed_values
from kernel.web import wants_json
from kernel.words import Sentence, word_of

OPTIONS = (
    joinedload(Evaluation.project),
    joinedload(Evaluation.indicator_set),
    selectinload(Evaluation.scores),
)


class EvaluationSheets(Page):
    """What is typed into an evaluation, by both sides, each into a column of its own."""

    kind = "Evaluation"
    route_base = "/evaluations"
    default_view = "sheet"

    # The evaluator's

    @door("/<int:pk>/sheet", "score")
    def sheet(self, pk: int) -> str:
        return self._sheet_page(find(Evaluation, pk, *OPTIONS))

    @door("/<int:pk>/sheet", "score", methods=("POST",))
    def save_sheet(self, pk: int) -> Response | str | tuple[str, int]:
        """Keep what the evaluator has typed; by script as JSON, by a button with a page."""
        evaluation, typed = find(Evaluation, pk, *OPTIONS), typed_values()
        stored = columns_in(evaluation)[ScoreColumn.PANEL]
        items = items_of(evaluation.indicator_set.sheet)

        def carry_out() -> None:
            answers = answers_typed(typed, items, stored)
            opinion = str(typed.get(OPINION, ""))
            save_sheet(evaluation, actor=current_actor(), answers=answers, opinion=opinion, version=version_typed())

        return self._kept(evaluation, typed, carry_out, self._sheet_page, "send_to_countersign")

    def _sheet_page(
        self,
        evaluation: Evaluation,
        typed: Mapping[str, Any] | None = None,
        problems: Mapping[str, Sequence[Sentence]] | None = None,
        errors: Sequence[str] = (),
    ) -> str:
        is_open = evaluation.state is EvaluationState.SCORING and current_actor().user_id == evaluation.evaluator_id
        again = _readable(typed, evaluation) if typed is not None else {}
        panel = columns_in(evaluation)[ScoreColumn.PANEL]
        opinion = panel[OPINION].reason if OPINION in panel else ""
        return self.render(
            "evaluation/sheet.html",
            **self._common(evaluation, "sheet", problems, errors),
            sheet=sheet_items(evaluation, ScoreColumn.PANEL, typed=again, problems=problems),
            organization=organization_named(evaluation, actor=current_actor()),
            evidence=evidence_of(evaluation),
            opinion=(typed or {}).get(OPINION, opinion),
            is_open=is_open,
            record_url=url_for("EvaluationView.record", pk=evaluation.id),
        )

    # The organization's

    @door("/<int:pk>/self-report", "send_self_report")
    def self_report(self, pk: int) -> str:
        return self._report_page(find(Evaluation, pk, *OPTIONS))

    @door("/<int:pk>/self-report", "send_self_report", methods=("POST",))
    def save_self_report(self, pk: int) -> Response | str | tuple[str, int]:
        """Keep what the organization has written; by script as JSON, by a button with a page."""
        evaluation, typed = find(Evaluation, pk, *OPTIONS), typed_values()
        stored = columns_in(evaluation)[ScoreColumn.SELF]
        own = {leaf.code: leaf for leaf in evaluation.indicator_set.sheet.leaves}

        def carry_out() -> None:
            answers, text = answers_typed(typed, own, stored), str(typed.get("text", ""))
            save_self_report(evaluation, actor=current_actor(), text=text, answers=answers, version=version_typed())

        return self._kept(evaluation, typed, carry_out, self._report_page, "send_self_report")

    def _report_page(
        self,
        evaluation: Evaluation,
        typed: Mapping[str, Any] | None = None,
        problems: Mapping[str, Sequence[Sentence]] | None = None,
        errors: Sequence[str] = (),
    ) -> str:
        again = _readable(typed, evaluation) if typed is not None else {}
        return self.render(
            "evaluation/self_report.html",
            **self._common(evaluation, "self-report", problems, errors),
            sheet=sheet_items(evaluation, ScoreColumn.SELF, typed=again, problems=problems),
            text=(typed or {}).get("text", evaluation.self_report),
            is_open=evaluation.state is EvaluationState.SELF_REPORT,
        )

    # Both

    def _common(
        self,
        evaluation: Evaluation,
        name: str,
        problems: Mapping[str, Sequence[Sentence]] | None,
        errors: Sequence[str],
    ) -> dict[str, Any]:
        kind = _(word_of(evaluation.kind))
        project = evaluation.project
        told = [(sentence.render(), f"f-{field}") for field, some in (problems or {}).items() for sentence in some]
        return {
            "title": _("%(kind)s: %(name)s", kind=kind, name=project.title if project else evaluation.project_number),
            "evaluation": evaluation,
            "project": project,
            "set_name": cells.named(evaluation.indicator_set),
            "crumbs": [
                (_("Evaluations"), url_for("EvaluationView.index")),
                (evaluation.number, url_for("EvaluationView.record", pk=evaluation.id)),
                (_("Self-report") if name == "self-report" else _("Sheet"), None),
            ],
            "save_url": f"/evaluations/{evaluation.id}/{name}",
            "key": f"evaluation-{evaluation.id}-{name}",
            "saved": f"{local(evaluation.saved_at):%H:%M}" if evaluation.saved_at else "",
            "errors": [*told, *((text, None) for text in errors)],
        }

    def _kept(
        self, evaluation: Evaluation, typed: Mapping[str, Any], carry_out: Any, page: Any, step: str
    ) -> Response | str | tuple[str, int]:
        pk = evaluation.id
        try:
            with transaction():
                carry_out()
        except (Invalid, Stale, Refused) as refused:
            if wants_json():
                raise
            again = find(Evaluation, pk, *OPTIONS)
            if isinstance(refused, Stale):
                return self._merge_page(again, typed, step), 409
            if isinstance(refused, Invalid):
                return page(again, typed, refused.problems), 422
            return page(again, typed, None, [reason.render() for reason in refused.reasons]), 409
        if wants_json():
            return jsonify(version=evaluation.version, saved=f"{local(now()):%H:%M}")
        if typed.get("then") == "send":
            return redirect(url_for("EvaluationView.step", pk=pk, name=step))  # type: ignore[return-value]
        flash(_("%(number)s is saved", number=evaluation.number), "success")
        name = "self_report" if step == "send_self_report" else "sheet"
        return redirect(url_for(f"EvaluationSheets.{name}", pk=pk))  # type: ignore[return-value]

    def _merge_page(self, evaluation: Evaluation, typed: Mapping[str, Any], step: str) -> str:
        """Show the two long texts side by side; the other answers stay as they were typed here."""
        is_report = step == "send_self_report"
        name = "text" if is_report else OPINION
        panel = columns_in(evaluation)[ScoreColumn.PANEL]
        theirs = evaluation.self_report if is_report else panel[OPINION].reason if OPINION in panel else ""
        label = _("Self-report") if is_report else _("Opinion on the whole")
        url = f"/evaluations/{evaluation.id}/{'self-report' if is_report else 'sheet'}"
        skipped = {"csrf_token", "version", "then", name}
        merge = pages.MergePage(
            url=url,
            version=evaluation.version,
            pairs=[pages.Pair(name, label, str(typed.get(name, "")), theirs, "textarea")],
            who=names_of([evaluation.saved_by_id]).get(evaluation.saved_by_id or 0, ""),
            when=cells.moment(evaluation.saved_at),
            keep=[(field, str(value)) for field, value in typed.items() if field not in skipped],
            crumbs=[(_("Evaluations"), url_for("EvaluationView.index")), (evaluation.number, url)],
            back_url=url,
        )
        return self.render("kernel/merge.html", merge=merge)


def _readable(typed: Mapping[str, Any], evaluation: Evaluation) -> dict[str, Answer]:
    """Give as much of what was typed as can be shown again."""
    items = items_of(evaluation.indicator_set.sheet)
    found: dict[str, Answer] = {}
    for code, item in items.items():
        try:
            found |= answers_typed(typed, {code: item}, ())
        except Invalid:
            continue
    return found
