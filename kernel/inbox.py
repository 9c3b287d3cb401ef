"""One's own messages, and the settings of how they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import ColumnElement, select

from kernel import pages
from kernel.clock import local
from kernel.db import db, transaction
from kernel.errors import Invalid
from kernel.identity import current_actor, current_identity
from kernel.lists import Column, Filter, ListState, count_rows, narrowed, paging_of
from kernel.notices import (
    NOTICES,
    Message,
    Topic,
    Way,
    locale_of,
    mark_all_read,
    mark_read,
    save_settings,
    settings_of,
)
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import PUBLIC, Page, door, find
from kernel.words import Sentence

LANGUAGES = (("zh", "中文"), ("en", "English"))
EVERYTHING = select(Message)
COLUMNS = (Column("when", _l("When"), lambda message: message.created_at, sort=Message.created_at),)


def _is_about(topic: str) -> ColumnElement[bool]:
    return Message.kind.in_([key for key, notice in NOTICES.items() if notice.topic.value == topic])


FILTERS = (
    Filter("view", "", lambda: [("unread", _("Unread"))], lambda _told: Message.read_at.is_(None)),
    Filter("topic", _l("About"), lambda: [(topic.value, _(topic.word)) for topic in Topic], _is_about),
)


def _sign_in_first() -> Response:
    return redirect(url_for("SignIn.login", next=request.path))  # type: ignore[return-value]


class Inbox(Page):
    """What was told to me."""

    kind = "Inbox"
    route_base = "/inbox"

    @door("/", PUBLIC)
    def index(self) -> Response | str:
        if current_actor().user_id is None:
            return _sign_in_first()
        state = ListState.read(request.args, columns=COLUMNS, filters=FILTERS, order="-when")
        wanted = narrowed(EVERYTHING, state, filters=FILTERS, search=None)
        total, estimated = count_rows(db.session(), wanted)
        messages = db.session.scalars(state.page_of(wanted, COLUMNS, Message, total, ())).all()
        inbox = pages.InboxPage(
            _("Messages"),
            [_shown(message) for message in messages],
            read_url=url_for("Inbox.read") if _unread() else "",
            views=_views(state),
            filters=state.filters_view(FILTERS, _url),
            keep=state.kept(FILTERS),
            paging=paging_of(state, total, _url, estimated=estimated),
            actions=[pages.Link(_("Notification settings"), url_for("NoticeSettings.index"), "gear")],
            empty=_empty(state),
        )
        return self.render("kernel/inbox.html", inbox=inbox)

    @door("/<int:pk>", PUBLIC)
    def message(self, pk: int) -> Response:
        """Open what a message is about; from here on it counts as read."""
        actor = current_actor()
        if actor.user_id is None:
            return _sign_in_first()
        message = find(Message, pk)
        if message.read_at is None:
            with transaction():
                mark_read(pk, actor=actor)
        return redirect(message.link)  # type: ignore[return-value]

    @door("/read", PUBLIC, methods=("POST",))
    def read(self) -> Response:
        actor = current_actor()
        if actor.user_id is None:
            return _sign_in_first()
        with transaction():
            mark_all_read(actor=actor)
        return redirect(url_for("Inbox.index"))  # type: ignore[return-value]


def _url(**values: Any) -> str:
    return url_for("Inbox.index", **values)


def _unread() -> int:
    identity = current_identity()
    return identity.unread if identity else 0


def _shown(message: Message) -> pages.MessageView:
    return pages.MessageView(
        id=message.id,
        subject=message.title.render(),
        text=message.told.render(),
        when=pages.moment_words(local(message.created_at)),
        url=url_for("Inbox.message", pk=message.id),
        unread=message.read_at is None,
    )


def _views(state: ListState) -> list[pages.TabView]:
    here = state.chosen.get("view", "")
    return [
        pages.TabView(_("All"), _url(**state.values(view="", page=1)), current=here == ""),
        pages.TabView(_("Unread"), _url(**state.values(view="unread", page=1)), _unread(), current=here == "unread"),
    ]


def _empty(state: ListState) -> pages.EmptyView:
    if state.is_narrowed:
        return pages.EmptyView(
            _("Nothing matches"), _("Try fewer filters or another word."), "search", pages.Link(_("Show all"), _url())
        )
    return pages.EmptyView(_("No messages"), _("When somebody waits for you, it will stand here."), "envelope-open")


HINTS: Mapping[Topic, Any] = {
    Topic.TASKS: _l("Somebody handed something in, or waits for your decision."),
    Topic.DEADLINES: _l(
        "Corrections, reports and objections until a day. They can come together, but never fail to come."
    ),
    Topic.DECISIONS: _l("What was decided about your applications, projects and evaluations."),
    Topic.PAYMENTS: _l("Contracts, payment requests and what was paid."),
    Topic.PROGRESS: _l("What others did, for your knowledge."),
    Topic.ACCOUNT: _l("Passwords, sign-in and roles. These letters always come at once."),
}


class NoticeSettings(Page):
    """How my messages reach me besides the inbox: topic by topic."""

    kind = "NoticeSettings"
    route_base = "/account/notices"

    @door("/", PUBLIC, methods=("GET", "POST"))
    def index(self) -> Response | str | tuple[str, int]:
        actor = current_actor()
        if actor.user_id is None:
            return _sign_in_first()
        if request.method == "GET":
            return self._form(settings_of(actor.user_id), locale_of(actor.user_id), {})
        typed = {topic: request.form.get(topic.value, "") for topic in Topic}
        locale = request.form.get("locale", "")
        known = set(Way)
        if wrong := [topic.value for topic, way in typed.items() if way not in known]:
            told = Sentence("A value is not one of the choices.")
            return self._form(typed, locale, {name: [told] for name in wrong}), 422
        try:
            with transaction():
                save_settings(actor=actor, ways={topic: Way(way) for topic, way in typed.items()}, locale=locale)
        except Invalid as invalid:
            return self._form(typed, locale, invalid.problems), 422
        flash(_("Your settings are saved."), "success")
        return redirect(url_for("NoticeSettings.index"))  # type: ignore[return-value]

    def _form(self, ways: Mapping[Topic, str], locale: str, problems: Mapping[str, Sequence[Sentence]]) -> str:
        fields = [_topic_field(topic, ways[topic], problems.get(topic.value, ())) for topic in Topic]
        told = [sentence.render() for sentence in problems.get("locale", ())]
        language = pages.FieldView("locale", _("Language"), "choice", choices=LANGUAGES, value=locale, errors=told)
        form = pages.FormPage(
            title=_("Notification settings"),
            lead=_("Every message stands in your inbox. Here you choose how it comes to you by mail as well."),
            crumbs=[(_("Account and security"), url_for("Account.index")), (_("Notification settings"), None)],
            url=url_for("NoticeSettings.index"),
            groups=[
                (_("By mail"), _("Summaries come on working days at half past eight, Shanghai time."), fields),
                (_("Language of your letters"), "", [language]),
            ],
            back_url=url_for("Inbox.index"),
        )
        return self.render("kernel/form.html", form_page=form)


def _topic_field(topic: Topic, way: str, problems: Sequence[Sentence]) -> pages.FieldView:
    return pages.FieldView(
        topic.value,
        _(topic.word),
        "choice",
        hint=str(HINTS[topic]),
        choices=[(offered.value, _(offered.word)) for offered in topic.ways],
        value=str(way),
        errors=[sentence.render() for sentence in problems],
    )
