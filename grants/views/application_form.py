"""Filling in an application: one section a page, saved by itself, with everything that is still open beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from flask import flash, jsonify, redirect, request, url_for
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import BadRequest

from grants.models import Application
from grants.operations.application_form import attach_file, last_saved, replace_file, save_section, version_of
from grants.operations.applications import hand_in
from grants.queries.applying import points_of
from grants.rules.applications import may_be_edited
from grants.rules.corrections import own_titles, section_may_be_changed, section_word, unanswered
from grants.rules.fields import FIELDS
from grants.rules.newer_forms import newer_form_waits
from grants.states import APPLICATION_EDITABLE, AttachmentKind, Section
from grants.views import application_parts as parts, application_sections as shown, cells
from grants.views.application_merge import pairs_of
from grants.views.application_pages import organization_facts, summary_of
from kernel import pages
from kernel.clock import local, now
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.files import find_file
from kernel.identity import current_actor
from kernel.speech import gettext as _
from kernel.steps import version_typed
from kernel.views import Page, door, find, typed_values

OPTIONS = (
    joinedload(Application.call),
    joinedload(Application.organization),
    joinedload(Application.category),
    joinedload(Application.lot),
    joinedload(Application.form_version),
)
TYPED = frozenset({*FIELDS} - {Section.DECLARATION})


class ApplicationForm(Page):
    """The form of an application, for the organization that writes it."""

    kind = "Application"
    route_base = "/applications"

    @door("/<int:pk>/form", "edit")
    def index(self, pk: int) -> Any:
        """Go to the first section that is not done."""
        application = find(Application, pk, *OPTIONS)
        lines = shown.task_list(application, None, points_of(application))
        first = next((line.url for line in lines if line.url and not line.is_done), None)
        return redirect(first or _url(application, Section.DECLARATION))

    @door("/<int:pk>/form/<name>", "edit", methods=("GET", "POST"))
    def section(self, pk: int, name: str) -> Any:
        """Show a section, or save what was typed into it."""
        application, section = find(Application, pk, *OPTIONS), _section(name)
        if application.state not in APPLICATION_EDITABLE:
            return redirect(url_for("ApplicationView.record", pk=pk))
        if request.method == "GET":
            return self._page(application, section)
        typed = typed_values()
        is_autosave = "X-Autosave" in request.headers
        try:
            with transaction():
                version = self._save(application, section, typed)
        except Stale:
            return self._told_stale(application, section, typed, is_autosave=is_autosave)
        except (Invalid, Refused) as no:
            return self._told_no(application, section, typed, no, is_autosave=is_autosave)
        if is_autosave:
            return jsonify(version=version, saved=f"{local(now()):%H:%M}")
        return self._next(application, section)

    def _save(self, application: Application, section: Section, typed: Mapping[str, Any]) -> int:
        if section not in TYPED:
            return version_of(application, section)
        return save_section(application, section, actor=current_actor(), values=typed, version=version_typed())

    def _told_stale(
        self, application: Application, section: Section, typed: Mapping[str, Any], *, is_autosave: bool
    ) -> Any:
        if is_autosave:
            return jsonify(
                merge=url_for("ApplicationForm.merge", pk=application.id, name=section.value)
            ), HTTPStatus.CONFLICT
        return self._merge_page(find(Application, application.id, *OPTIONS), section, typed), HTTPStatus.CONFLICT

    def _told_no(
        self,
        application: Application,
        section: Section,
        typed: Mapping[str, Any],
        no: Invalid | Refused,
        *,
        is_autosave: bool,
    ) -> Any:
        if is_autosave:
            return jsonify(fields=parts.told_while_typing(no)), HTTPStatus.UNPROCESSABLE_ENTITY
        fresh = find(Application, application.id, *OPTIONS)
        problems, errors, code = parts.told_on_page(no)
        return self._page(fresh, section, typed=typed, problems=problems, errors=errors), code

    def _next(self, application: Application, section: Section) -> Any:
        open_here = [one for one in shown.open_points(application) if one.section == section]
        if open_here:
            flash(_("Saved; %(count)s to mend here", count=len(open_here)), "success")
            return redirect(_url(application, section))
        flash(_("Saved: %(section)s", section=cells.word(section)), "success")
        return redirect(shown.following(application, section).url)

    # Pages

    def _page(
        self,
        application: Application,
        section: Section,
        *,
        typed: Mapping[str, Any] | None = None,
        problems: Mapping[str, Sequence[Any]] | None = None,
        errors: Sequence[str] | None = None,
    ) -> str:
        notes = points_of(application)
        lines = shown.task_list(application, section, notes)
        points = shown.open_points(application)
        locked = section_may_be_changed(application, notes, section.value)
        context = self._context(application, section, typed, problems or {})
        return self.render(
            "grants/application_form.html",
            application=application,
            section=section,
            place=1 + [part.code for part in shown.parts_of(application)].index(section),
            lines=lines,
            progress=shown.progress_of(lines),
            points=points,
            urls={part.code: part.url for part in shown.parts_of(application)},
            errors=errors or _errors(section, points, problems or {}, application),
            version=version_of(application, section),
            saved=_("Saved at %(time)s", time=f"{local(application.saved_at):%H:%M}") if application.saved_at else "",
            saves=section in TYPED and locked is None,
            closed=(no := may_be_edited(application)) and no.render(),
            newer=newer_form_waits(application),
            locked=locked and locked.render(),
            note=next((one.comment for one in notes if one.section == section.value), ""),
            notes_open=[section_word(one.section, own_titles(application)) for one in unanswered(application, notes)],
            countdown=parts.countdown_of(application),
            can_submit=current_actor().may("submit", "Application"),
            **context,
        )

    def _context(
        self,
        application: Application,
        section: Section,
        typed: Mapping[str, Any] | None,
        problems: Mapping[str, Sequence[Any]],
    ) -> dict[str, Any]:
        context: dict[str, Any] = {
            "fields": shown.fields_of(application, section, typed, problems, parts.choices_of(application, section))
        }
        match section:
            case Section.SELF_CHECK:
                context["findings"] = parts.findings_of(application)
            case Section.ORGANIZATION:
                context["facts"] = organization_facts(application.organization)
            case Section.PLAN | Section.TEAM:
                context["rows"] = shown.rows_of(application, section, typed, problems)
            case Section.BUDGET:
                context |= parts.budget_of(application, typed, problems)
            case Section.ATTACHMENTS:
                context |= parts.attachments_of(application)
            case Section.DECLARATION:
                context["key"] = uuid4()
                context["summary"] = summary_of(application)
        return context

    @door("/<int:pk>/form/<name>/merge", "edit", methods=("POST",))
    def merge(self, pk: int, name: str) -> Any:
        """Show what was typed here beside what somebody else saved meanwhile."""
        return self._merge_page(find(Application, pk, *OPTIONS), _section(name), typed_values())

    def _merge_page(self, application: Application, section: Section, typed: Mapping[str, Any]) -> str:
        pairs, keep = pairs_of(application, section, typed)
        who, moment = last_saved(application, section)
        merge = pages.MergePage(
            _url(application, section),
            version_of(application, section),
            pairs,
            title=_("Two texts: %(section)s", section=cells.word(section)),
            who=who,
            when=cells.moment(moment),
            keep=keep,
            crumbs=[
                *crumbs_of(application)[:-1],
                (application.number, _url(application, section)),
                (_("Two texts"), None),
            ],
            back_url=_url(application, section),
        )
        return self.render("kernel/merge.html", merge=merge)

    # Files and the submission

    @door("/<int:pk>/files", "edit", methods=("POST",))
    def attach(self, pk: int) -> Any:
        """Take a file for one kind of attachment, in the place of another where one is named."""
        application = find(Application, pk, *OPTIONS)
        upload = request.files.get("file")
        try:
            kind = AttachmentKind(request.form.get("kind", ""))
            replaced = UUID(told) if (told := request.form.get("replaces", "")) else None
        except ValueError:
            raise BadRequest from None
        if upload is None or not upload.filename:
            flash(_("Please choose a file."), "danger")
            return redirect(_url(application, Section.ATTACHMENTS))
        old = find_file(replaced) if replaced else None
        try:
            with transaction():
                if old is None:
                    attach_file(
                        application,
                        actor=current_actor(),
                        kind=kind,
                        stream=cast("BinaryIO", upload.stream),
                        filename=upload.filename,
                    )
                else:
                    replace_file(
                        application,
                        actor=current_actor(),
                        file=old,
                        stream=cast("BinaryIO", upload.stream),
                        filename=upload.filename,
                    )
        except Refused as refused:
            reasons = [reason.render() for reason in refused.reasons]
            fresh = find(Application, pk, *OPTIONS)
            return self._page(fresh, Section.ATTACHMENTS, errors=reasons), HTTPStatus.CONFLICT
        flash(_("“%(name)s” is attached", name=upload.filename), "success")
        return redirect(_url(application, Section.ATTACHMENTS))

    @door("/<int:pk>/submit", "submit", methods=("POST",))
    def submit(self, pk: int) -> Any:
        """Declare and hand in, once; a second press of the same button leads to the same receipt."""
        application = find(Application, pk, *OPTIONS)
        try:
            key = UUID(request.form.get("key", ""))
        except ValueError:
            raise BadRequest from None
        try:
            with transaction():
                declared = request.form.get("declared") == "1"
                receipt = hand_in(application, actor=current_actor(), key=key, declared=declared)
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            fresh = find(Application, pk, *OPTIONS)
            return self._page(fresh, Section.DECLARATION, errors=told), HTTPStatus.CONFLICT
        flash(_("Application %(number)s submitted", number=receipt.number), "success")
        return redirect(url_for("ApplicationView.receipt", pk=pk))


def _section(name: str) -> Section:
    try:
        return Section(name)
    except ValueError:
        raise NotFound from None


def _url(application: Application, section: Section) -> str:
    return url_for("ApplicationForm.section", pk=application.id, name=section.value)


def crumbs_of(application: Application) -> list[tuple[str, str | None]]:
    """Give the way to an application."""
    return [
        (_("Applications"), url_for("ApplicationView.index")),
        (application.call.title, url_for("CallView.record", pk=application.call_id)),
        (application.number, None),
    ]


def _errors(
    section: Section, points: Sequence[shown.OpenPoint], problems: Mapping[str, Sequence[Any]], application: Application
) -> list[tuple[str, str | None]]:
    """Give what is wrong in a section: what was typed just now, else what stood open at its last save."""
    if problems:
        return [(one.render(), f"f-{name}") for name, told in problems.items() for one in told]
    if section.value not in application.section_versions:
        return []
    return [(one.sentence.render(), one.anchor) for one in points if one.section == section]
