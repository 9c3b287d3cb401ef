"""When a list may be put on public notice, when the notice may end, and what an objection needs."""

from __future__ import annotations

from typing import Final

from grants.models import Application, AwardList, NoticeEntry, PublicNotice
from grants.states import ApplicationState, AwardListState
from kernel.actor import Actor
from kernel.clock import today
from kernel.words import Sentence

OBJECTION_DAYS: Final = 5


def list_is_confirmed(award_list: AwardList) -> Sentence | None:
    if award_list.state is AwardListState.CONFIRMED:
        return None
    return Sentence("The list is “{state}”; only a confirmed list is put on public notice.", state=award_list.state)


def not_on_notice_yet(published: PublicNotice | None) -> Sentence | None:
    if published is None:
        return None
    return Sentence("This list is on public notice already, as {number}.", number=published.number)


def notice_is_over(notice: PublicNotice) -> Sentence | None:
    if today() > notice.ends_on:
        return None
    return Sentence("The notice runs until {day}; it can be closed after that.", day=notice.ends_on)


def notice_is_not_closed(notice: PublicNotice) -> Sentence | None:
    return None if notice.closed_at is None else Sentence("This notice is closed already.")


def no_open_objection(count: int) -> Sentence | None:
    if count == 0:
        return None
    return Sentence("Open objections: {count}. Each has to be answered first.", count=count)


def notice_is_running(entry: NoticeEntry) -> Sentence | None:
    notice = entry.notice
    if notice.closed_at is None and notice.starts_on <= today() <= notice.ends_on:
        return None
    return Sentence("Objections can be raised until {day}, while the notice runs.", day=notice.ends_on)


def is_still_on_notice(application: Application) -> Sentence | None:
    if application.state is ApplicationState.NOTICED:
        return None
    return Sentence("This project is “{state}” now; an objection cannot be raised.", state=application.state)


def not_own_entry(entry: NoticeEntry, actor: Actor) -> Sentence | None:
    if actor.organization_id is None or actor.organization_id != entry.organization_id:
        return None
    return Sentence("This is your own project; an objection is for others to raise.")
