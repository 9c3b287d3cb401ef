"""Delivery: letters are claimed one by one under a lease, sent outside of any transaction, and marked.

Who dies between the server's yes and our mark leaves the letter to the next, after its lease, under the same
Message-ID: at least once, and never more than one letter twice for each death.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import and_, exists, or_, select, update

from kernel.actor import Actor
from kernel.clock import now, today
from kernel.db import db, transaction
from kernel.notices.letters import envelope, secret_link_of
from kernel.notices.messages import Letter, LetterState
from kernel.notices.smtp import LetterFailed, Line, Post, PostAway
from kernel.notices.telling import NOTICES, Notice, to_role
from kernel.notices.topics import Topic
from kernel.people import addresses_of
from kernel.scope import whole

MOST_TRIES = 8
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(minutes=1)
GROWS = 3
LONGEST_PAUSE = timedelta(hours=12)
SPREAD = 0.25
NOBODY = "nobody with a living account"
INTERRUPTED = "interrupted again and again while it was sent"

DEAD_LETTERS = Notice(
    key="mail.undelivered",
    to=to_role("sysadmin"),
    topic=Topic.TASKS,
    headline="Letters could not be delivered on {day}",
    body="See to whom, and what the mail server answered; send them again or give them up.",
    params=lambda day: {"day": day.day},
    link=lambda _day: "/messages/undelivered/",
)


@dataclass(frozen=True, slots=True)
class DayOfMail:
    """The day on which letters died: the administrators are told once a day."""

    day: Any

    @property
    def id(self) -> int:
        return int(self.day.toordinal())


def deliver(post: Post, *, sender: str, most: int = 200) -> int:
    """Send waiting letters over one connection, one by one; gives how many went out.

    Raises PostAway when the mail server cannot be reached: then no letter has lost a try.
    """
    actor = Actor.system("deliver-mail")
    line: Line | None = None
    sent = 0
    _bury_the_interrupted(actor)
    try:
        for _ in range(most):
            if line is None:
                if not _anything_waits(actor):
                    break
                line = post.open()
            with transaction(), whole(actor, "mail.lease"):
                letter = claim()
                to = _address_of(letter) if letter else None
                secret = secret_link_of(letter) if letter else ""
            if letter is None:
                break
            # Outside a transaction: a slow mail server would hold it open until the database ends it.
            outcome = _carry(letter, to, line, sender=sender, secret=secret)
            _mark(letter, outcome.values, actor=actor)
            sent += outcome.values["state"] is LetterState.SENT
            if outcome.away is not None:
                raise outcome.away
            if outcome.line_lost:
                line.close()
                line = None
    finally:
        if line is not None:
            line.close()
    return sent


def _address_of(letter: Letter) -> str | None:
    return letter.address or addresses_of([letter.recipient_id]).get(letter.recipient_id)


def _waiting() -> Any:
    moment = now()
    return or_(
        and_(Letter.state == LetterState.PENDING, Letter.not_before <= moment),
        and_(Letter.state == LetterState.SENDING, Letter.lease_until < moment),
    )


def _anything_waits(actor: Actor) -> bool:
    with transaction(), whole(actor, "mail.look"):
        return bool(db.session.scalar(select(exists().where(_waiting()))))


def claim() -> Letter | None:
    """Take the oldest letter that waits, for the time of a lease; others take other letters."""
    first = select(Letter.id).where(_waiting()).order_by(Letter.id).limit(1).with_for_update(skip_locked=True)
    taken = {"state": LetterState.SENDING, "lease_until": now() + LEASE, "tries": Letter.tries + 1}
    wanted = update(Letter).where(Letter.id == first.scalar_subquery()).values(**taken).returning(Letter)
    return db.session.scalars(wanted, execution_options={"populate_existing": True}).first()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be written down of a try, and what became of the connection."""

    values: dict[str, Any]
    line_lost: bool = False
    away: PostAway | None = None


def _carry(letter: Letter, to: str | None, line: Line, *, sender: str, secret: str) -> Outcome:
    """Send one letter; whatever goes wrong is this letter's alone, unless the server takes nothing from us."""
    if to is None:
        return Outcome({"state": LetterState.DEAD, "last_answer": NOBODY})
    try:
        line.send(envelope(letter, to, sender=sender, secret=secret, can_be_less=_can_be_less(letter.kind)))
    except PostAway as away:
        waits = {"state": LetterState.PENDING, "tries": letter.tries - 1, "not_before": now() + FIRST_PAUSE}
        return Outcome({**waits, "last_answer": str(away)}, away=away)
    except LetterFailed as failure:
        return Outcome(_after_failure(letter, failure.answer, for_good=failure.for_good), failure.line_lost)
    except Exception as failure:  # noqa: BLE001  (a letter that cannot be written must not hold up the others)
        return Outcome(_after_failure(letter, f"{type(failure).__name__}: {failure}"[:300]))
    return Outcome({"state": LetterState.SENT, "sent_at": now(), "last_answer": None})


def _can_be_less(kind: str) -> bool:
    return kind not in NOTICES or len(NOTICES[kind].topic.ways) > 1


def _after_failure(letter: Letter, answer: str, *, for_good: bool = False) -> dict[str, Any]:
    is_over = for_good or letter.tries >= MOST_TRIES
    return {
        "state": LetterState.DEAD if is_over else LetterState.PENDING,
        "not_before": now() + pause_after(letter.id, letter.tries),
        "last_answer": answer,
    }


def pause_after(letter_id: int, tries: int) -> timedelta:
    """Give how long a letter waits after so many tries: each pause three times the last, spread by a quarter.

    Spread, so that letters which failed together do not come back together.
    """
    grown = min(FIRST_PAUSE * GROWS ** (tries - 1), LONGEST_PAUSE)
    return grown * Random(f"{letter_id}/{tries}").uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  (no secret)


def _mark(letter: Letter, values: dict[str, Any], *, actor: Actor) -> None:
    """Write down what came of a letter, if it is still ours."""
    still_ours = (Letter.id == letter.id, Letter.tries == letter.tries, Letter.state == LetterState.SENDING)
    with transaction(), whole(actor, "mail.mark"):
        marked = db.session.connection().execute(update(Letter).where(*still_ours).values(**values)).rowcount
        if marked and values["state"] is LetterState.DEAD:
            _tell_of_dead([letter.kind], actor=actor)


def _bury_the_interrupted(actor: Actor) -> None:
    """Let a letter be dead whose last try never came to an end: it may be what kills its senders."""
    over = (Letter.state == LetterState.SENDING, Letter.lease_until < now(), Letter.tries >= MOST_TRIES)
    buried = update(Letter).where(*over).values(state=LetterState.DEAD, last_answer=INTERRUPTED)
    with transaction(), whole(actor, "mail.bury"):
        kinds = db.session.connection().execute(buried.returning(Letter.kind)).scalars().all()
        _tell_of_dead(kinds, actor=actor)


def _tell_of_dead(kinds: Any, *, actor: Actor) -> None:
    # A letter that tells of dead letters and dies itself is told nobody: that would never end.
    if set(kinds) - {DEAD_LETTERS.key}:
        DEAD_LETTERS.send(DayOfMail(today()), actor=actor, occasion=f"{today():%Y-%m-%d}")
