"""The way out by mail, for who looks after it: letters that could not be delivered, and the words of each kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import load_only

from kernel import pages
from kernel.arguments import arguments_of, read_arguments
from kernel.clock import local
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.notices import (
    NOTICES,
    PLACEHOLDER,
    Allowed,
    Letter,
    LetterState,
    MailTemplate,
    Notice,
    Topic,
    check_words,
    fill,
    give_up_letters,
    in_use,
    restore_words,
    sample_of,
    save_words,
    send_letters_again,
    versions_of,
)
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.views import Column, Filter, Page, RecordView, door, field_of, typed_values
from kernel.words import Sentence, one_after_another

MOST_AT_ONCE = 200
SEVERAL_DOTS = re.compile(r"…(\s*…)+")
SAVE = tuple(argument for argument in arguments_of(save_words) if argument.name not in {"allowed", "after"})
SHOWN = (Letter.id, Letter.kind, Letter.recipient_id, Letter.state, Letter.tries, Letter.last_answer, Letter.created_at)
DEEDS: Mapping[str, Callable[..., int]] = {"send_again": send_letters_again, "give_up": give_up_letters}
STATES = (LetterState.DEAD, LetterState.PENDING, LetterState.SENDING, LetterState.GIVEN_UP, LetterState.SENT)


def kind_words(kind: str) -> str:
    """Name a kind of mail in the reader's language: its headline, with dots where a record's own words would be."""
    if kind not in NOTICES:
        return kind
    return SEVERAL_DOTS.sub("…", PLACEHOLDER.sub("…", _(NOTICES[kind].headline)))


class UndeliveredView(RecordView):
    """Letters and their way: to whom, of what kind, what the mail server said; never what they say."""

    model = Letter
    has_records = False
    kind = "Letter"
    route_base = "/messages/undelivered"
    title = _l("Undelivered letters")
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, _(state.word)) for state in STATES],
            lambda told: Letter.state == LetterState(told),
        ),
    )
    columns = (
        Column("to", _l("To whom"), lambda letter: letter.to_name),
        Column("kind", _l("Kind"), lambda letter: kind_words(letter.kind), sort=Letter.kind),
        Column("state", _l("State"), lambda letter: _(letter.state.word), sort=Letter.state),
        Column("answer", _l("Last answer"), lambda letter: letter.last_answer or ""),
        Column("tries", _l("Tries"), lambda letter: letter.tries, sort=Letter.tries, numeric=True),
        Column(
            "when",
            _l("Written"),
            lambda letter: f"{local(letter.created_at):%Y-%m-%d %H:%M}",
            sort=Letter.created_at,
            hide_phone=True,
        ),
    )

    def query(self) -> Select[Any]:
        wanted = select(Letter).options(load_only(*SHOWN, raiseload=True))
        return wanted if request.args.get("state") else wanted.where(Letter.state == LetterState.DEAD)

    def list_lead(self) -> str:
        return _("What these letters say stands in their readers' inboxes all the same.")

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        names = names_of(letter.recipient_id for letter in records)
        for letter in records:
            letter.to_name = names.get(letter.recipient_id) or _("somebody without an account")
        page = super().list_page(state, records, paging)
        if current_actor().may("send_again", "Letter") and state.chosen.get("state", "dead") == "dead":
            page.bulk_url = url_for("UndeliveredView.decide")
            page.bulk = (
                ("send_again", _("Send again"), "send"),
                ("give_up", _("Give up"), "dash-circle"),
            )
        return page

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        return pages.EmptyView(_("Every letter was delivered"), icon="check2-circle")

    def record_url(self, record: Letter) -> str:
        return ""

    def row_label(self, record: Letter) -> str:
        return f"{record.to_name} {kind_words(record.kind)}"  # type: ignore[attr-defined]

    @door("/decide", "send_again", methods=("POST",))
    def decide(self) -> Response:
        """Send the chosen letters again, or give them up."""
        name = request.form.get("action", "")
        if name not in DEEDS:
            raise NotFound
        told = [int(one) for one in request.form.getlist("rowid")[:MOST_AT_ONCE] if one.isdecimal() and len(one) < 19]  # noqa: PLR2004
        try:
            with transaction():
                count = DEEDS[name](told, actor=current_actor())
        except Refused as refused:
            flash(one_after_another(reason.render() for reason in refused.reasons), "warning")
        else:
            flash(_done(name, count), "success")
        return redirect(self.list_url())  # type: ignore[return-value]


def _done(name: str, count: int) -> str:
    if name == "send_again":
        return ngettext("%(num)s letter is sent again", "%(num)s letters are sent again", count)
    return ngettext("%(num)s letter is given up", "%(num)s letters are given up", count)


class WordsView(Page):
    """The words of each kind of mail: read, tried out, changed in versions, brought back."""

    kind = "MailTemplate"
    route_base = "/messages/words"

    @door("/", "list")
    def index(self) -> str:
        changed = in_use(NOTICES)
        groups = [
            (
                _(topic.word),
                [
                    (kind_words(key), url_for("WordsView.edit", key=key), changed.get(key))
                    for key, notice in sorted(NOTICES.items())
                    if notice.topic is topic and notice.by_mail
                ],
            )
            for topic in Topic
        ]
        return self.render("kernel/words.html", groups=groups)

    @door("/<key>", "edit", methods=("GET", "POST"))
    def edit(self, key: str) -> Response | str | tuple[str, int]:
        """Show the words in force with their versions; save others, or show first how they would look."""
        notice = _notice(key)
        versions = versions_of(key)
        if request.method == "GET":
            return self._page(notice, versions, _chosen(notice, versions))
        typed = typed_values()
        try:
            words = read_arguments(SAVE, typed)
            check_words(_allowed(notice), words)
            if typed.get("then") == "preview":
                return self._page(notice, versions, words, preview=_previews(notice, words))
            with transaction():
                save_words(_allowed(notice), actor=current_actor(), after=_after(typed), **words)
        except Invalid as invalid:
            return self._page(notice, versions, typed, problems=invalid.problems), 422
        except (Refused, Stale) as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._page(notice, versions_of(key), typed, errors=told), 409
        flash(_("These words are used from now on."), "success")
        return redirect(url_for("WordsView.edit", key=key))  # type: ignore[return-value]

    @door("/<key>/built-in", "edit", methods=("POST",))
    def restore(self, key: str) -> Response | tuple[str, int]:
        """Go back to the words that the program brings."""
        notice = _notice(key)
        try:
            with transaction():
                restore_words(_allowed(notice), actor=current_actor(), after=_after(request.form))
        except (Refused, Stale) as refused:
            flash(one_after_another(reason.render() for reason in refused.reasons), "warning")
        else:
            flash(_("The built-in words are used from now on."), "success")
        return redirect(url_for("WordsView.edit", key=key))  # type: ignore[return-value]

    def _page(
        self,
        notice: Notice,
        versions: Sequence[MailTemplate],
        words: Mapping[str, Any],
        *,
        problems: Mapping[str, Sequence[Sentence]] | None = None,
        errors: Sequence[str] = (),
        preview: Sequence[tuple[str, str, str]] = (),
    ) -> str:
        title = kind_words(notice.key)
        fields = [field_of(argument, words, problems or {}) for argument in SAVE]
        names = names_of(version.by_id for version in versions)
        form = pages.FormPage(
            title=title,
            url=url_for("WordsView.edit", key=notice.key),
            fields=fields,
            crumbs=[(_("Words of the letters"), url_for("WordsView.index")), (title, None)],
            errors=errors,
            back_url=url_for("WordsView.index"),
        )
        return self.render(
            "kernel/words_form.html",
            form_page=form,
            placeholders=["{" + name + "}" for name in notice.placeholders],
            after=versions[0].number if versions else 0,
            preview=preview,
            history=[_entry(notice, version, names) for version in versions],
            restore_url=url_for("WordsView.restore", key=notice.key) if in_use([notice.key]) else "",
        )


def _notice(key: str) -> Notice:
    if key not in NOTICES or not NOTICES[key].by_mail:
        raise NotFound
    return NOTICES[key]


def _allowed(notice: Notice) -> Allowed:
    return Allowed(notice.key, notice.placeholders, notice.keeps)


def _after(typed: Mapping[str, Any]) -> int:
    told = typed.get("after", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else -1  # noqa: PLR2004


def _chosen(notice: Notice, versions: Sequence[MailTemplate]) -> Mapping[str, Any]:
    """Give the words to begin with: those of a version that was asked for, those in force, or the built-in."""
    asked = request.args.get("version", "")
    picked = next((one for one in versions if str(one.number) == asked), versions[0] if versions else None)
    if picked is not None and not picked.is_built_in:
        return {argument.name: getattr(picked, argument.name) for argument in SAVE}
    told = {name: "{" + name + "}" for name in notice.placeholders}
    return {
        f"{part}_{locale}": Sentence(words, **told).render(locale)
        for part, words in (("subject", notice.headline), ("body", notice.body))
        for locale in ("zh", "en")
    }


def _previews(notice: Notice, words: Mapping[str, str]) -> list[tuple[str, str, str]]:
    values = sample_of(notice.placeholders)
    return [
        (label, fill(words[f"subject_{locale}"], values) or "", fill(words[f"body_{locale}"], values) or "")
        for locale, label in (("zh", "中文"), ("en", "English"))
    ]


def _entry(notice: Notice, version: MailTemplate, names: Mapping[int, str]) -> tuple[int, str, str, str, str]:
    """Give a version as its line in the history: number, when, who, which words, and where to take them up again."""
    again = "" if version.is_built_in else url_for("WordsView.edit", key=notice.key, version=version.number)
    what = _("Built-in words") if version.is_built_in else version.subject_zh or ""
    when = f"{local(version.created_at):%Y-%m-%d %H:%M}"
    return version.number, when, names.get(version.by_id or 0, ""), what, again
