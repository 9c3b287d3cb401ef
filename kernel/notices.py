"""Who is told what: a step writes notices in its own transaction; a job carries them out by mail.

The inbox is the record, kept exactly once by a unique key; mail is a copy, at least once with the same Message-ID.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Index, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.clock import now
from kernel.db import Choice, Fact, db, transaction
from kernel.people import Account, addresses_of, users_with_role
from kernel.scope import Reader, Rows, scope, whole
from kernel.words import Sentence

MOST_ATTEMPTS = 8
LEASE = timedelta(minutes=2)


class MailState(StrEnum):
    """Where the mail copy of a notice stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


class Message(Fact):
    """One notice to one person: the sentences, and the text as it was first told, kept as evidence."""

    __tablename__ = "message"
    __table_args__ = (
        Index("uq_message_occasion", "kind", "subject_kind", "subject_id", "recipient_id", "occasion", unique=True),
        Index("ix_message_recipient", "recipient_id", "read_at"),
        Index("ix_message_mail", "mail_state", "not_before"),
    )

    kind: Mapped[str]
    recipient_id: Mapped[int]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    occasion: Mapped[str]
    headline: Mapped[dict[str, Any]]
    body: Mapped[dict[str, Any]]
    text: Mapped[str]
    link: Mapped[str]
    read_at: Mapped[datetime | None]
    mail_state: Mapped[MailState] = mapped_column(Choice(MailState), default=MailState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    @property
    def title(self) -> Sentence:
        return Sentence.load(self.headline)

    @property
    def told(self) -> Sentence:
        return Sentence.load(self.body)


@scope(Message)
def visible_messages(reader: Reader) -> Rows:
    own = Message.__table__.c.recipient_id == reader.user_id
    return {kind: own for kind in ReaderKind if kind not in {ReaderKind.DEED, ReaderKind.PUBLIC}}


Recipients = Callable[[Any], Iterable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One kind of message: to whom, with which words; `headline` and `body` are msgids over `params(record)`."""

    key: str
    to: Recipients
    headline: str
    body: str
    params: Callable[[Any], dict[str, Any]] = lambda _record: {}
    link: Callable[[Any], str] = lambda _record: "/"
    by_mail: bool = True

    def send(self, record: Any, *, actor: Actor, occasion: str = "") -> None:
        """Write the notice for each recipient, in the deed's own transaction; the same occasion is told once."""
        params = self.params(record)
        headline, body = Sentence(self.headline, **params), Sentence(self.body, **params)
        rows = [
            {
                "kind": self.key,
                "recipient_id": user_id,
                "subject_kind": type(record).__name__,
                "subject_id": record.id,
                "occasion": occasion or str(getattr(record, "version", "")),
                "headline": headline.dump(),
                "body": body.dump(),
                "text": f"{headline.render('zh')}\n{body.render('zh')}",
                "link": self.link(record),
                "mail_state": MailState.PENDING if self.by_mail else MailState.SENT,
            }
            for user_id in sorted(set(self.to(record)))
            if user_id != actor.user_id
        ]
        if rows:
            with whole(actor, self.key) as session:
                session.flush()
                session.connection().execute(insert(Message).on_conflict_do_nothing(), rows)


SECRET_LINKS: dict[str, Callable[[Message], str]] = {}


def carry_secret_link(key: str, path_of: Callable[[Message], str]) -> None:
    """Let the letters of this kind of notice carry a path that stands nowhere else, told when a letter is written."""
    SECRET_LINKS[key] = path_of


def path_in_letter(message: Message) -> str:
    """Give the path under a letter's text: the notice's own, or its secret one; for deeds."""
    return SECRET_LINKS[message.kind](message) if message.kind in SECRET_LINKS else message.link


def to_role(*codes: str) -> Recipients:
    """Tell everybody who holds one of these roles."""
    return lambda _record: users_with_role(*codes)


def members_of(organization_id: Callable[[Any], int | None], *codes: str) -> Recipients:
    """Tell the people of the organization that a record belongs to; with codes, only who holds one of them."""

    def found(record: Any) -> Sequence[int]:
        wanted = select(Account.user_id).where(Account.organization_id == organization_id(record))
        people = db.session.scalars(wanted).all()
        holders = set(users_with_role(*codes)) if codes else set(people)
        return [user for user in people if user in holders]

    return found


def unread_count(user_id: int) -> int:
    """Count what a person has not read yet."""
    wanted = select(func.count()).select_from(Message).where(Message.recipient_id == user_id, Message.read_at.is_(None))
    return db.session.scalar(wanted) or 0


def inbox_of(user_id: int, *, limit: int = 100) -> Sequence[Message]:
    """Give a person's newest notices."""
    wanted = select(Message).where(Message.recipient_id == user_id).order_by(Message.id.desc()).limit(limit)
    return db.session.scalars(wanted).all()


def mark_read(user_id: int, *, actor: Actor) -> None:
    """Mark all of a person's notices as read."""
    with whole(actor, "Message.read"):
        unread = (Message.recipient_id == user_id, Message.read_at.is_(None))
        db.session.execute(update(Message).where(*unread).values(read_at=now()))


class Post(Protocol):
    """What carries a letter out of the house."""

    def __call__(self, letter: EmailMessage) -> None: ...


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server; each letter gets a connection of its own, so that one failure stays one."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    starttls: bool = False

    def __call__(self, letter: EmailMessage) -> None:
        with smtplib.SMTP(self.host, self.port, timeout=10) as server:
            if self.starttls:
                server.starttls()
            if self.user and self.password:
                server.login(self.user, self.password)
            server.send_message(letter)


def claim() -> Message | None:
    """Take the oldest letter that waits, for two minutes; others take other letters."""
    moment = now()
    waiting = or_(
        (Message.mail_state == MailState.PENDING) & (Message.not_before <= moment),
        (Message.mail_state == MailState.SENDING) & (Message.lease_until < moment),
    )
    first = select(Message.id).where(waiting).order_by(Message.id).limit(1).with_for_update(skip_locked=True)
    taken = {"mail_state": MailState.SENDING, "lease_until": moment + LEASE, "attempts": Message.attempts + 1}
    wanted = update(Message).where(Message.id == first.scalar_subquery()).values(**taken).returning(Message)
    return db.session.scalars(wanted, execution_options={"populate_existing": True}).first()


def deliver(post: Post, *, sender: str, address: str, most: int = 200) -> int:
    """Send waiting letters one by one; gives how many went out.

    A letter whose sender died is sent again after its lease, under the same Message-ID.
    """
    actor = Actor.system("deliver-mail")
    sent = 0
    for _ in range(most):
        with transaction(), whole(actor, "mail.claim"):
            message = claim()
            to = addresses_of([message.recipient_id]).get(message.recipient_id) if message else None
            path = path_in_letter(message) if message else ""
        if message is None:
            break
        # Outside a transaction: a slow mail server would hold it open until the database ends it.
        values = _carry(message, to, post, sender=sender, address=address, path=path)
        still_ours = (Message.id == message.id, Message.attempts == message.attempts)
        with transaction(), whole(actor, "mail.mark"):
            db.session.execute(update(Message).where(*still_ours).values(**values))
        sent += values["mail_state"] is MailState.SENT
    return sent


def _carry(message: Message, to: str | None, post: Post, *, sender: str, address: str, path: str) -> dict[str, Any]:
    """Send one letter, and give what is to be written down of it; whatever goes wrong is this letter's alone."""
    if to is None:
        return {"mail_state": MailState.DEAD, "last_error": "nobody with a living account"}
    try:
        post(_letter(message, to, sender=sender, address=address, path=path))
    except Exception as failure:  # noqa: BLE001  (a letter that cannot be written must not hold up the others)
        return {
            "mail_state": MailState.DEAD if message.attempts >= MOST_ATTEMPTS else MailState.PENDING,
            "not_before": now() + timedelta(seconds=15 * 2**message.attempts),
            "last_error": f"{type(failure).__name__}: {failure}"[:300],
        }
    return {"mail_state": MailState.SENT, "sent_at": now(), "last_error": None}


def _letter(message: Message, to: str, *, sender: str, address: str, path: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = sender, to
    letter["Subject"] = " ".join(message.title.render("zh").split())  # a title of two lines is no header
    letter["Message-ID"] = f"<message-{message.id}@{address.rsplit('://', maxsplit=1)[-1].split(':', maxsplit=1)[0]}>"
    letter.set_content(f"{message.told.render('zh')}\n\n{address}{path}\n")
    return letter
