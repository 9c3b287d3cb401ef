"""Building the form of a call: sections and questions, moved by buttons, looked at as the applicant will see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for

from grants.models import Call, CallForm
from grants.operations.call_forms import (
    propose_form_change,
    publish_form_change,
    return_form_change,
    save_form,
)
from grants.queries.forms import form_of, versions_of_form
from grants.questions import (
    Definition,
    add_question,
    add_section,
    append,
    change_question,
    change_section,
    earlier_choices,
    move_question,
    move_section,
    remove_question,
    remove_section,
)
from grants.reference import standard_forms
from grants.rules.call_design import barred_questions
from grants.rules.call_forms import form_may_be_changed
from grants.states import CALL_PUBLIC, CallNature, QuestionKind
from grants.views.answer_fields import asked_of
from grants.views.deeds import Drawn, form_or_done
from grants.views.forms import ask
from grants.views.question_form import groups_of_question, read_question, values_of_question
from kernel import pages
from kernel.arguments import read_value
from kernel.db import transaction
from kernel.errors import NotFound, Refused, Stale
from kernel.identity import current_actor, current_locale
from kernel.speech import gettext as _
from kernel.steps import version_typed
from kernel.views import Page, door, find, typed_values

NEW = "new"
MOVES: dict[str, Callable[[Definition, str], Definition]] = {
    "section-up": lambda form, key: move_section(form, key, -1),
    "section-down": lambda form, key: move_section(form, key, 1),
    "section-remove": remove_section,
    "question-up": lambda form, key: move_question(form, key, -1),
    "question-down": lambda form, key: move_question(form, key, 1),
    "question-remove": remove_question,
}


class CallForms(Page):
    """The form of a call besides the built-in parts."""

    kind = "CallForm"
    route_base = "/calls"

    @door("/<int:pk>/form", "show")
    def index(self, pk: int) -> str:
        """Show the form being built, and its frozen versions."""
        return self._page(find(Call, pk))

    def _page(self, call: Call, errors: Sequence[str] = ()) -> str:
        actor, kept = current_actor(), form_of(call.id)
        form = kept.form if kept else Definition()
        is_public = call.state in CALL_PUBLIC
        versions = versions_of_form(call.id) if is_public else []
        closed = form_may_be_changed(call, kept)
        may_change = closed is None and actor.may("change", "CallForm")
        waiting = kept if kept and kept.change_reason else None
        barred = barred_questions(form) if call.nature is CallNature.PROCUREMENT else ()
        return self.render(
            "grants/call_form.html",
            call=call,
            form=form,
            version=kept.version if kept else 0,
            errors=errors,
            may_change=may_change,
            closed=closed.render() if closed else "",
            warnings=[one.render() for one in barred],
            kinds=list(QuestionKind),
            standards=_standards() if may_change else [],
            versions=versions,
            differs=bool(versions) and form.sha256 != versions[0].sha256,
            waiting=waiting,
            may_propose=is_public and may_change and actor.may("propose", "CallForm"),
            may_publish=waiting is not None and actor.may("publish", "CallForm"),
            labels={one.key: one.label for one in form.questions()},
            crumbs=_crumbs(call, _("Form")),
        )

    @door("/<int:pk>/form/preview", "show")
    def preview(self, pk: int) -> str:
        """Show the form as the applicant will see it."""
        call, kept = find(Call, pk), form_of(pk)
        form = kept.form if kept else Definition()
        return self.render(
            "grants/form_preview.html",
            call=call,
            sections=[(section, asked_of(form, section, None, {})) for section in form.sections],
            crumbs=[
                *_crumbs(call, _("Form"))[:-1],
                (_("Form"), url_for("CallForms.index", pk=pk)),
                (_("Preview"), None),
            ],
        )

    # Sections

    @door("/<int:pk>/form/sections/<key>", "change", methods=("GET", "POST"))
    def section(self, pk: int, key: str) -> Drawn:
        """Ask for the title and the introduction of a section, a new one or one that is there."""
        call, kept = find(Call, pk), form_of(pk)
        form = kept.form if kept else Definition()
        held = None if key == NEW else form.section(key)
        stored = {"title": held.title, "intro": held.intro} if held else {}
        typed = typed_values() if request.method == "POST" else stored

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> Sequence[pages.FieldView]:
            errors = [one.render() for one in problems.get("title", ())]
            return [
                pages.FieldView("title", _("Title"), value=told.get("title"), maxlength=60, errors=errors),
                pages.FieldView(
                    "intro",
                    _("Introduction"),
                    "textarea",
                    hint=_("Stands above the questions of this section."),
                    required=False,
                    value=told.get("intro"),
                ),
            ]

        def carry_out() -> tuple[str, str]:
            title = read_value("title", typed.get("title"), str, most=60)
            intro = read_value("intro", typed.get("intro"), str, required=False, default="", most=1000)
            if held is None:
                changed, _made = add_section(form, title=title, intro=intro)
            else:
                changed = change_section(form, key, title=title, intro=intro)
            self._save(call, changed)
            return url_for("CallForms.index", pk=pk), _("Saved: %(section)s", section=title)

        page = _form_page(call, held.title if held else _("New section"), kept)
        return form_or_done(self, page, fields=fields, carry_out=carry_out, typed=typed)

    # Questions

    @door("/<int:pk>/form/questions/<key>", "change", methods=("GET", "POST"))
    def question(self, pk: int, key: str) -> Drawn:
        """Change a question."""
        call, kept = find(Call, pk), form_of(pk)
        form = kept.form if kept else Definition()
        held = form.question(key)
        earlier = earlier_choices(form, key, form.section_of(key).key)
        return self._question(
            call,
            kept,
            held.kind,
            earlier,
            values_of_question(held),
            lambda typed: change_question(form, read_question(held.kind, key, typed)),
        )

    @door("/<int:pk>/form/sections/<key>/add/<kind>", "change", methods=("GET", "POST"))
    def add(self, pk: int, key: str, kind: str) -> Drawn:
        """Add a question of a kind to a section."""
        call, kept = find(Call, pk), form_of(pk)
        form = kept.form if kept else Definition()
        section = form.section(key)
        if kind not in {one.value for one in QuestionKind}:
            raise NotFound
        wanted = QuestionKind(kind)
        return self._question(
            call,
            kept,
            wanted,
            earlier_choices(form, None, section.key),
            {"required": True},
            lambda typed: add_question(form, key, read_question(wanted, "", typed))[0],
        )

    def _question(
        self,
        call: Call,
        kept: CallForm | None,
        kind: QuestionKind,
        earlier: Sequence[Any],
        stored: Mapping[str, Any],
        change: Callable[[Mapping[str, Any]], Definition],
    ) -> Drawn:
        is_sent = request.method == "POST"
        typed = typed_values() | {"shown_when": request.form.getlist("shown_when")} if is_sent else stored
        page = _form_page(call, _("Question"), kept)

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> Sequence[pages.FieldView]:
            page.groups = groups_of_question(kind, earlier, told, problems)
            return ()

        def carry_out() -> tuple[str, str]:
            self._save(call, change(typed))
            return url_for("CallForms.index", pk=call.id), _("Saved: %(section)s", section=typed.get("label"))

        return form_or_done(self, page, fields=fields, carry_out=carry_out, typed=typed)

    # Order

    @door("/<int:pk>/form/arrange", "change", methods=("POST",))
    def arrange(self, pk: int) -> Any:
        """Move a section or a question by one place, or take it out."""
        call, kept = find(Call, pk), form_of(pk)
        what, key = request.form.get("what", ""), request.form.get("key", "")
        if what not in MOVES or kept is None:
            raise NotFound
        try:
            with transaction():
                self._save(call, MOVES[what](kept.form, key))
        except (Refused, Stale) as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(find(Call, pk), told), HTTPStatus.CONFLICT
        return redirect(f"{url_for('CallForms.index', pk=pk)}#{key}")

    @door("/<int:pk>/form/standard", "change", methods=("POST",))
    def standard(self, pk: int) -> Any:
        """Put a standard form behind what is there."""
        call, kept = find(Call, pk), form_of(pk)
        chosen = standard_forms().get(request.form.get("code", ""))
        if chosen is None:
            raise NotFound
        try:
            with transaction():
                self._save(call, append(kept.form if kept else Definition(), chosen.form))
        except (Refused, Stale) as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(find(Call, pk), told), HTTPStatus.CONFLICT
        flash(_("“%(name)s” is taken over", name=_name(chosen)), "success")
        return redirect(url_for("CallForms.index", pk=pk))

    def _save(self, call: Call, form: Definition) -> None:
        save_form(call, actor=current_actor(), form=form, version=version_typed())

    # After the publication

    @door("/<int:pk>/form/propose", "propose", methods=("GET", "POST"))
    def propose(self, pk: int) -> Drawn:
        """Ask the director to publish a changed form."""
        call = find(Call, pk)

        def done(**told: Any) -> tuple[str, str]:
            propose_form_change(call, actor=current_actor(), **told)
            return url_for("CallForms.index", pk=pk), _("The change waits for the director")

        return self._ask(call, propose_form_change, _("Propose the change"), done)

    @door("/<int:pk>/form/publish", "publish", methods=("POST",))
    def publish(self, pk: int) -> Any:
        """Freeze the changed form for the applications that are begun from now on."""
        call = find(Call, pk)
        try:
            with transaction():
                version = publish_form_change(call, actor=current_actor())
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(find(Call, pk), told), HTTPStatus.CONFLICT
        flash(_("Version %(n)s of the form is published", n=version.number), "success")
        return redirect(url_for("CallForms.index", pk=pk))

    @door("/<int:pk>/form/return", "return_change", methods=("GET", "POST"))
    def send_back(self, pk: int) -> Drawn:
        """Send a proposed change back to the officer."""
        call = find(Call, pk)

        def done(**told: Any) -> tuple[str, str]:
            return_form_change(call, actor=current_actor(), **told)
            return url_for("CallForms.index", pk=pk), _("The change was sent back")

        return self._ask(call, return_form_change, _("Send the change back"), done)

    def _ask(self, call: Call, deed: Callable[..., Any], title: str, done: Callable[..., tuple[str, str]]) -> Drawn:
        back = url_for("CallForms.index", pk=call.id)
        return ask(self, deed, title=title, done=done, back_url=back, crumbs=_crumbs(call, title), lead=call.title)


def _form_page(call: Call, title: str, kept: CallForm | None) -> pages.FormPage:
    back = url_for("CallForms.index", pk=call.id)
    crumbs = [*_crumbs(call, _("Form"))[:-1], (_("Form"), back), (title, None)]
    page = pages.FormPage(title, request.path, lead=call.title, crumbs=crumbs, back_url=back)
    page.version = kept.version if kept else 0
    return page


def _crumbs(call: Call, title: str) -> list[tuple[str, str | None]]:
    return [
        (_("Calls"), url_for("CallView.index")),
        (call.number, url_for("CallView.record", pk=call.id)),
        (title, None),
    ]


def _standards() -> list[tuple[str, str, str]]:
    zh = current_locale() == "zh"
    return [(one.code, _name(one), one.text if zh else one.text_en) for one in standard_forms().values()]


def _name(standard: Any) -> str:
    return str(standard.name if current_locale() == "zh" else standard.name_en)
