"""Questions about calls: asked on a page of the call, kept in a register of staff, answered to everybody."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import joinedload

from grants.models import Call, CallQuestion
from grants.operations.call_questions import answer_question, ask_question
from grants.rules.call_questions import last_day_of_questions, may_be_answered
from grants.views import cells
from grants.views.deeds import Drawn
from grants.views.forms import ask
from kernel import pages
from kernel.actor import Actor, ReaderKind
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, door, find


class CallQuestionView(RecordView):
    """What organizations ask about calls; staff see who asks, everybody else only the published answers."""

    model = CallQuestion
    kind = "CallQuestion"
    route_base = "/call-questions"
    title = _l("Questions about calls")
    base_order = "-asked"
    options = (joinedload(CallQuestion.call), joinedload(CallQuestion.answer))
    record_options = (*options, joinedload(CallQuestion.organization))
    columns = (
        Column("text", _l("Question"), str),
        Column("call", _l("Call"), lambda one: one.call.title, hide_phone=True),
        Column("state", _l("State"), lambda one: _state(one)),  # noqa: PLW0108  (the function stands further down)
        Column("asked", _l("Asked on"), lambda one: cells.moment(one.created_at), sort=CallQuestion.created_at),
    )
    filters = (
        Filter(
            "answered",
            _l("Answered"),
            lambda: [("no", _("Waits for an answer")), ("yes", _("Answered"))],
            lambda value: CallQuestion.answer.has() if value == "yes" else ~CallQuestion.answer.has(),
        ),
    )
    labels = {"text": _l("Question")}

    def empty(self, state: Any) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        told = _("Questions are asked on the page of a call and answered to everybody, without names.")
        return pages.EmptyView(_("No questions yet"), told, "chat-left-text")

    def record_page(self, record: CallQuestion) -> pages.RecordPage:
        page = super().record_page(record)
        actor = current_actor()
        page.title = _("Question about %(number)s", number=record.call.number)
        page.facts = _facts(record, actor)
        page.cards = [pages.PanelView("text", _("As it was asked"), cells.drawn("prose", record.text))]
        if record.answer is not None:
            words = f"{record.answer.question}\n\n{record.answer.answer}"
            page.cards.append(pages.PanelView("answer", _("As everybody reads it"), cells.drawn("prose", words)))
        if actor.may("answer", "CallQuestion"):
            closed = may_be_answered(record.call)
            if closed is not None:
                page.notes = [("info", closed.render())]
            else:
                label = _("Answer") if record.answer is None else _("Correct the answer")
                page.actions = [
                    pages.Link(label, url_for("CallQuestionView.reply", pk=record.id), "reply", primary=True)
                ]
        return page

    @door("/<int:pk>/answer", "answer", methods=("GET", "POST"))
    def reply(self, pk: int) -> Drawn:
        """Answer to everybody, or correct the answer."""
        question = find(CallQuestion, pk, *self.record_options)
        kept = question.answer
        defaults = {
            "published": kept.question if kept else question.text,
            "answer": kept.answer if kept else "",
        }

        def done(**told: Any) -> tuple[str, str]:
            answer_question(question, actor=current_actor(), **told)
            return self.record_url(question), _("The answer is published with the call")

        return ask(
            self,
            answer_question,
            title=_("Answer"),
            done=done,
            back_url=self.record_url(question),
            crumbs=[*self.crumbs(question)[:-1], (_("Answer"), None)],
            defaults=defaults,
            lead=question.call.title,
            confirm=_("Publish the answer"),
            note=("info", question.text),
        )

    @door("/about/<int:pk>", "ask", methods=("GET", "POST"))
    def put(self, pk: int) -> Drawn:
        """Ask about a call."""
        call = find(Call, pk)
        back = url_for("CallView.record", pk=pk)

        def done(**told: Any) -> tuple[str, str]:
            ask_question(call, actor=current_actor(), **told)
            return back, _("Your question has arrived; the answer is published here")

        last = last_day_of_questions(call)
        return ask(
            self,
            ask_question,
            title=_("Ask about this call"),
            done=done,
            back_url=back,
            crumbs=[(_("Calls"), url_for("CallView.index")), (call.number, back), (_("Ask"), None)],
            lead=call.title,
            confirm=_("Send the question"),
            note=("info", _("Questions are taken until %(day)s.", day=last)),
        )


def _state(question: CallQuestion) -> Any:
    if question.answer is None:
        return _("Waits for an answer")
    return _("Answer corrected") if question.answer.corrected_at else _("Answered")


def _facts(question: CallQuestion, actor: Actor) -> list[tuple[Any, ...]]:
    call = question.call
    facts: list[tuple[Any, ...]] = [
        (_("Call"), cells.drawn("linked", call.title, url_for("CallView.record", pk=call.id))),
        (_("Asked on"), cells.moment(question.created_at)),
        (_("State"), _state(question)),
    ]
    if actor.kind is ReaderKind.STAFF:
        facts.insert(1, (_("Organization"), question.organization.name))
    return facts
