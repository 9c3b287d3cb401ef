"""The summary of what was told: planned by working days and Shanghai's clock, once for each person and day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import and_, or_, select, update

from kernel.actor import Actor
from kernel.calendar import add_working_days, is_working_day
from kernel.clock import at, day_of, now
from kernel.db import db, transaction
from kernel.notices.letters import Occasion, link_to, write_letters
from kernel.notices.messages import Message, listeners
from kernel.notices.telling import NOTICES, Notice
from kernel.notices.topics import Topic, Way
from kernel.scope import whole
from kernel.words import Sentence

HOUR, MINUTE = 8, 30
MOST_LINES = 100

DIGEST = Notice(
    key="digest",
    to=lambda _person: (),
    headline="{count} messages for you",
    body="What was told to you since the last summary:\n\n{messages}",
    keeps=("messages",),
)


def planned(way: Way, moment: datetime) -> datetime | None:
    """Give the moment up to which messages of this way are due now; None outside of working days and before half past eight.

    It follows from the calendar alone, so a process that was away makes up for it on the next working day.
    """
    day = day_of(moment)
    if not is_working_day(day) or moment < at(day, HOUR, MINUTE):
        return None
    if way is Way.DAILY:
        return at(day, HOUR, MINUTE)
    before_monday = day - timedelta(days=day.weekday() + 1)
    return at(add_working_days(before_monday, 1), HOUR, MINUTE)


def write_digests(actor: Actor) -> int:
    """Write today's summaries of all for whom something is due; gives how many. A second run changes nothing."""
    moment = now()
    with whole(actor, "digest.plan"):
        daily, weekly = planned(Way.DAILY, moment), planned(Way.WEEKLY, moment)
    if daily is None or weekly is None:
        return 0
    due = and_(
        Message.digest_id.is_(None),
        Message.read_at.is_(None),
        or_(
            and_(Message.way == Way.DAILY, Message.created_at < daily),
            and_(Message.way == Way.WEEKLY, Message.created_at < weekly),
        ),
    )
    with transaction(), whole(actor, "digest.look"):
        people = db.session.scalars(select(Message.recipient_id).where(due).distinct()).all()
    day = f"{day_of(moment):%Y-%m-%d}"
    written = 0
    for person in sorted(people):
        # Each for itself: one that cannot be written must not hold up the others.
        with transaction(), whole(actor, "digest.write"):
            own = select(Message).where(due, Message.recipient_id == person).order_by(Message.id)
            written += _write(person, db.session.scalars(own).all(), day)
    return written


def _write(person: int, messages: Sequence[Message], day: str) -> int:
    listener = listeners([person], Topic.PROGRESS).get(person)
    locale = listener.locale if listener else "zh"
    told = {"count": len(messages), "messages": lines_of(messages, locale)}
    occasion = Occasion(DIGEST.key, Sentence(DIGEST.headline, **told), Sentence(DIGEST.body, **told), "/inbox/")
    letters = write_letters(occasion, [(person, locale, day)])
    if not letters:
        return 0
    carried = update(Message).where(Message.id.in_([message.id for message in messages]))
    db.session.execute(carried.values(digest_id=letters[0]), execution_options={"synchronize_session": False})
    return 1


def lines_of(messages: Sequence[Message], locale: str) -> str:
    """Give the messages grouped by topic, each with its headline and where it leads."""
    places = {topic: place for place, topic in enumerate(Topic)}
    shown = sorted(messages[:MOST_LINES], key=lambda message: (places[topic_of(message.kind)], message.id))
    parts = []
    for topic, some in groupby(shown, key=lambda message: topic_of(message.kind)):
        lines = [f"· {message.title.render(locale)}\n  {link_to(message.link)}" for message in some]
        parts.append("\n".join([f"[{Sentence(topic.word).render(locale)}]", *lines]))
    if len(messages) > MOST_LINES:
        more = Sentence("… and {count} more in your messages.", count=len(messages) - MOST_LINES)
        parts.append(more.render(locale))
    return "\n\n".join(parts)


def topic_of(kind: str) -> Topic:
    """Give the topic of a kind of message; of one that the house knows no more, the general one."""
    return NOTICES[kind].topic if kind in NOTICES else Topic.PROGRESS
