"""What people do about their notices and letters: choose the ways, send dead letters again, give them up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Select, select, update

from kernel.actor import Actor
from kernel.audit import acting, note
from kernel.clock import now
from kernel.db import db
from kernel.errors import Invalid, Refused
from kernel.notices.messages import Letter, LetterState, Message, NoticePreference
from kernel.notices.telling import NOTICES
from kernel.notices.topics import Topic, Way
from kernel.people import Account
from kernel.scope import whole
from kernel.words import Sentence
from kernel.workflow import deed

LOCALES = ("zh", "en")


def save_settings(*, actor: Actor, ways: Mapping[Topic, Way], locale: str) -> None:
    """Choose one's own ways, topic by topic, and the language of one's letters.

    What already waits for a summary follows the new choice. Raises Invalid for a way that a topic does not have.
    """
    refused = [topic for topic, way in ways.items() if way not in topic.ways]
    problems = {topic.value: [Sentence("Messages about safety and deadlines cannot be silenced.")] for topic in refused}
    if locale not in LOCALES:
        problems["locale"] = [Sentence("Please choose one of the choices.")]
    if problems:
        raise Invalid(problems)
    with whole(actor, "NoticePreference.save") as session, acting(actor, "NoticePreference.save"):
        mine = {row.topic: row for row in session.scalars(_own(actor).with_for_update())}
        for topic, way in ways.items():
            if topic in mine:
                mine[topic].way = way
            elif way is not Way.AT_ONCE:
                session.add(NoticePreference(user_id=actor.user_id, topic=topic, way=way))
            _move_what_waits(actor, topic, way)
        account = session.scalars(select(Account).where(Account.user_id == actor.user_id)).first()
        if account is not None:
            account.locale = locale
        session.flush()


def _own(actor: Actor) -> Select[tuple[NoticePreference]]:
    return select(NoticePreference).where(NoticePreference.user_id == actor.user_id)


def _move_what_waits(actor: Actor, topic: Topic, way: Way) -> None:
    kinds = [key for key, notice in NOTICES.items() if notice.topic is topic]
    waits = (
        Message.recipient_id == actor.user_id,
        Message.kind.in_(kinds),
        Message.way.in_((Way.DAILY, Way.WEEKLY)),
        Message.digest_id.is_(None),
    )
    # What was put off goes out with the next summary: a letter of its own would come late and look new.
    then = Way.DAILY if way is Way.AT_ONCE else way
    db.session.execute(update(Message).where(*waits).values(way=then))


@deed("send_again", "Letter")
def send_letters_again(ids: Collection[int], *, actor: Actor) -> int:
    """Put dead letters back on their way, with all their tries; gives how many.

    Raises Refused when none of them is dead.
    """
    letters = _dead(ids)
    for letter in letters:
        letter.state, letter.tries, letter.not_before = LetterState.PENDING, 0, now()
        letter.lease_until = None
        note("Letter.send_again", letter, actor=actor, kind=letter.kind, answer=letter.last_answer)
    db.session.flush()
    return len(letters)


@deed("give_up", "Letter")
def give_up_letters(ids: Collection[int], *, actor: Actor) -> int:
    """Send these dead letters no more; what they say stands in the inbox all the same. Gives how many.

    Raises Refused when none of them is dead.
    """
    letters = _dead(ids)
    for letter in letters:
        letter.state = LetterState.GIVEN_UP
        note("Letter.give_up", letter, actor=actor, kind=letter.kind, answer=letter.last_answer)
    db.session.flush()
    return len(letters)


def _dead(ids: Collection[int]) -> Sequence[Letter]:
    wanted = select(Letter).where(Letter.id.in_(list(ids)), Letter.state == LetterState.DEAD).order_by(Letter.id)
    letters = db.session.scalars(wanted.with_for_update()).all()
    if not letters:
        raise Refused(Sentence("None of these letters waits for your decision any more."))
    return letters
