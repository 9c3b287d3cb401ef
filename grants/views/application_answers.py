"""Answering a call's own questions: one section a page, saved by itself, among the other parts of the application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from flask import flash, jsonify, redirect, request, url_for

from grants.models import Application
from grants.operations.answers import attach_answer, own_form, save_answers
from grants.operations.application_form import last_saved, version_of
from grants.queries.applying import points_of
from grants.queries.forms import answers_of
from grants.questions import FormSection, Question
from grants.rules.answers import read_answers
from grants.rules.applications import may_be_edited
from grants.rules.corrections import section_may_be_changed
from grants.rules.newer_forms import newer_form_waits
from grants.states import APPLICATION_EDITABLE, QuestionKind
from grants.views import application_sections as shown, cells
from grants.views.answer_fields import asked_of
from grants.views.application_form import OPTIONS, crumbs_of
from grants.views.application_parts import countdown_of, told_on_page, told_while_typing
from kernel import pages
from kernel.clock import local, now
from kernel.db import transaction
from kernel.errors import Invalid, Refused, Stale
from kernel.files import StoredFile, files_of
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.steps import version_typed
from kernel.views import Page, door, find, typed_values


@dataclass(frozen=True, slots=True)
class OwnSection:
    """A section of the call's own questions, as the page of a part knows parts."""

    value: str
    word: str


class ApplicationAnswers(Page):
    """The call's own questions, for the organization that applies."""

    kind = "Application"
    route_base = "/applications"

    @door("/<int:pk>/questions/<key>", "edit", methods=("GET", "POST"))
    def section(self, pk: int, key: str) -> Any:
        """Show a section of questions, or save what was typed into it."""
        application = find(Application, pk, *OPTIONS)
        section = own_form(application).section(key)
        if application.state not in APPLICATION_EDITABLE:
            return redirect(url_for("ApplicationView.record", pk=pk))
        if request.method == "GET":
            return self._page(application, section)
        typed = _typed(section)
        is_autosave = "X-Autosave" in request.headers
        try:
            with transaction():
                version = save_answers(application, key, actor=current_actor(), values=typed, version=version_typed())
        except Stale:
            if is_autosave:
                merge = url_for("ApplicationAnswers.merge", pk=pk, key=key)
                return jsonify(merge=merge), HTTPStatus.CONFLICT
            return self._merge_page(find(Application, pk, *OPTIONS), section, typed), HTTPStatus.CONFLICT
        except (Invalid, Refused) as no:
            return self._told_no(find(Application, pk, *OPTIONS), section, typed, no, is_autosave=is_autosave)
        if is_autosave:
            return jsonify(version=version, saved=f"{local(now()):%H:%M}")
        return self._next(application, section)

    def _told_no(
        self,
        application: Application,
        section: FormSection,
        typed: Mapping[str, Any],
        no: Invalid | Refused,
        *,
        is_autosave: bool,
    ) -> Any:
        if is_autosave:
            return jsonify(fields=told_while_typing(no)), HTTPStatus.UNPROCESSABLE_ENTITY
        problems, errors, code = told_on_page(no)
        return self._page(application, section, typed=typed, problems=problems, errors=errors), code

    def _next(self, application: Application, section: FormSection) -> Any:
        open_here = [one for one in shown.open_points(application) if one.section == section.code]
        if open_here:
            flash(_("Saved; %(count)s to mend here", count=len(open_here)), "success")
            return redirect(url_for("ApplicationAnswers.section", pk=application.id, key=section.key))
        flash(_("Saved: %(section)s", section=section.title), "success")
        return redirect(shown.following(application, section.code).url)

    def _page(
        self,
        application: Application,
        section: FormSection,
        *,
        typed: Mapping[str, Any] | None = None,
        problems: Mapping[str, Sequence[Any]] | None = None,
        errors: Sequence[str] | None = None,
    ) -> str:
        notes, points = points_of(application), shown.open_points(application)
        lines = shown.task_list(application, section.code, notes)
        locked = section_may_be_changed(application, notes, section.code)
        parts = shown.parts_of(application)
        files: dict[str, list[StoredFile]] = {}
        if any(question.kind is QuestionKind.FILE for question in section.questions):
            for file in files_of(application):
                files.setdefault(file.kind, []).append(file)
        return self.render(
            "grants/application_answers.html",
            application=application,
            section=OwnSection(section.code, section.title),
            own=section,
            items=asked_of(
                own_form(application),
                section,
                application.organization,
                answers_of(application.id) if typed is None else typed,
                problems=problems,
                files=files,
            ),
            attach_url=lambda key: url_for("ApplicationAnswers.attach", pk=application.id, key=key),
            place=1 + [part.code for part in parts].index(section.code),
            lines=lines,
            progress=shown.progress_of(lines),
            points=points,
            urls={part.code: part.url for part in parts},
            errors=errors or _errors(application, section, points, problems or {}),
            version=version_of(application, section.code),
            saved=_("Saved at %(time)s", time=f"{local(application.saved_at):%H:%M}") if application.saved_at else "",
            saves=locked is None,
            locked=locked and locked.render(),
            note=next((one.comment for one in notes if one.section == section.code), ""),
            closed=(no := may_be_edited(application)) and no.render(),
            newer=newer_form_waits(application),
            countdown=countdown_of(application),
            can_submit=current_actor().may("submit", "Application"),
        )

    @door("/<int:pk>/questions/<key>/merge", "edit", methods=("POST",))
    def merge(self, pk: int, key: str) -> Any:
        """Show what was typed here beside what somebody else saved meanwhile."""
        application = find(Application, pk, *OPTIONS)
        section = own_form(application).section(key)
        return self._merge_page(application, section, _typed(section))

    def _merge_page(self, application: Application, section: FormSection, typed: Mapping[str, Any]) -> str:
        url = url_for("ApplicationAnswers.section", pk=application.id, key=section.key)
        pairs, keep = pairs_of(section, answers_of(application.id), typed)
        who, moment = last_saved(application, section.code)
        merge = pages.MergePage(
            url,
            version_of(application, section.code),
            pairs,
            title=_("Two texts: %(section)s", section=section.title),
            who=who,
            when=cells.moment(moment),
            keep=keep,
            crumbs=[*crumbs_of(application)[:-1], (application.number, url), (_("Two texts"), None)],
            back_url=url,
        )
        return self.render("kernel/merge.html", merge=merge)

    @door("/<int:pk>/questions/<key>/file", "edit", methods=("POST",))
    def attach(self, pk: int, key: str) -> Any:
        """Take the file that a question asks for."""
        application = find(Application, pk, *OPTIONS)
        section = own_form(application).section_of(key)
        url = url_for("ApplicationAnswers.section", pk=pk, key=section.key)
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            flash(_("Please choose a file."), "danger")
            return redirect(url)
        try:
            with transaction():
                stream = cast("Any", upload.stream)
                attach_answer(application, key, actor=current_actor(), stream=stream, filename=upload.filename)
        except Refused as refused:
            reasons = [reason.render() for reason in refused.reasons]
            return self._page(find(Application, pk, *OPTIONS), section, errors=reasons), HTTPStatus.CONFLICT
        flash(_("“%(name)s” is attached", name=upload.filename), "success")
        return redirect(url)


def _typed(section: FormSection) -> dict[str, Any]:
    """Give what was typed, several choices as a list."""
    many = {one.key: request.form.getlist(one.key) for one in section.questions if one.kind is QuestionKind.CHOICES}
    return typed_values() | many


def _errors(
    application: Application,
    section: FormSection,
    points: Sequence[shown.OpenPoint],
    problems: Mapping[str, Sequence[Any]],
) -> list[tuple[str, str | None]]:
    if problems:
        return [(one.render(), f"f-{name.split('-')[0]}") for name, told in problems.items() for one in told]
    if section.code not in application.section_versions:
        return []
    return [(one.sentence.render(), one.anchor) for one in points if one.section == section.code]


def pairs_of(
    section: FormSection, stored: Mapping[str, Any], typed: Mapping[str, Any]
) -> tuple[list[pages.Pair], list[tuple[str, str]]]:
    """Sort what was typed into answers that differ from what is saved, and what is the same on both sides."""
    pairs: list[pages.Pair] = []
    keep: list[tuple[str, str]] = []
    for question in section.questions:
        mine = _texts(question, _as_typed(section, question, typed))
        theirs = _texts(question, stored.get(question.key))
        for name in dict.fromkeys([*mine, *theirs]):
            one, other = mine.get(name, ""), theirs.get(name, "")
            if one == other:
                keep.append((name, one))
            else:
                kind = "textarea" if question.kind in {QuestionKind.LONG, QuestionKind.CHOICES} else "text"
                pairs.append(pages.Pair(name, question.label, one, other, kind))
    return pairs, keep


def _as_typed(section: FormSection, question: Question, typed: Mapping[str, Any]) -> Any:
    """Give an answer as it would be stored, or as it stands there when it cannot be read."""
    try:
        return read_answers(section.model_copy(update={"questions": (question,)}), typed).get(question.key)
    except Invalid:
        return typed.get(question.key)


def _texts(question: Question, value: Any) -> dict[str, str]:
    """Give an answer as the fields of a form hold it, by their names: the cells of a table, options one a line."""
    if not question.is_typed or value is None:
        return {}
    if question.kind is QuestionKind.TABLE:
        rows = value if isinstance(value, list) else []
        return {
            f"{question.key}-{n}-{place}": cell or "" for n, row in enumerate(rows) for place, cell in enumerate(row)
        }
    return {question.key: "\n".join(value) if isinstance(value, list) else str(value)}
