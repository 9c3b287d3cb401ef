"""What is kept of notices: the message in the inbox, the letter that copies it, who wants which, and its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text, true, update
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor, ReaderKind
from kernel.audit import UNWRITTEN
from kernel.choices import Coded
from kernel.clock import now
from kernel.db import Choice, Fact, Record, db, tell_constraints
from kernel.encryption import Encrypted
from kernel.notices.topics import Topic, Way
from kernel.people import Account
from kernel.scope import Reader, Rows, scope, whole
from kernel.words import Sentence


class LetterState(Coded):
    """Where a letter stands."""

    PENDING = "pending", "Waits to be sent", "bud", "hourglass-split"
    SENDING = "sending", "Being sent", "info", "play-circle-fill"
    SENT = "sent", "Sent", "ok", "check-circle-fill"
    DEAD = "dead", "Could not be delivered", "bad", "x-octagon-fill"
    GIVEN_UP = "given_up", "Given up", "idle", "dash-circle"


class MailTemplate(Fact):
    """One version of the words of one kind of mail; the highest number counts, an empty one means the built-in words."""

    __tablename__ = "mail_template"
    __append_only__ = True
    __table_args__ = (
        UniqueConstraint("kind", "number"),
        CheckConstraint(
            "(subject_zh IS NULL) = (body_zh IS NULL) AND (subject_zh IS NULL) = (subject_en IS NULL)"
            " AND (subject_zh IS NULL) = (body_en IS NULL)",
            name="both_languages",
        ),
    )

    kind: Mapped[str]
    number: Mapped[int]
    subject_zh: Mapped[str | None]
    body_zh: Mapped[str | None]
    subject_en: Mapped[str | None]
    body_en: Mapped[str | None]
    by_id: Mapped[int | None]

    @property
    def is_built_in(self) -> bool:
        return self.subject_zh is None

    def words(self, locale: str) -> tuple[str, str]:
        """Give subject and body in a language."""
        subject, body = (self.subject_en, self.body_en) if locale == "en" else (self.subject_zh, self.body_zh)
        return subject or "", body or ""


class Letter(Fact):
    """One letter to one person, as it was written: it never changes, only its way through the mail does.

    `address` is kept for a letter to somebody without an account, or whose account is closed by the same deed; all
    others go to the address that the recipient has when they go out.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("kind", "recipient_id", "occasion"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="moment_if_sent"),
        CheckConstraint("address ~ '^gAAAA'", name="address_is_sealed"),
        Index("ix_letter_waiting", "not_before", "id", postgresql_where=text("state IN ('pending', 'sending')")),
        Index("ix_letter_state", "state", "id"),
    )

    kind: Mapped[str]
    recipient_id: Mapped[int]
    occasion: Mapped[str]
    address: Mapped[str | None] = mapped_column(Encrypted, info=UNWRITTEN)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("mail_template.id"))
    locale: Mapped[str]
    subject: Mapped[str] = mapped_column(info=UNWRITTEN)
    text: Mapped[str] = mapped_column(info=UNWRITTEN)
    state: Mapped[LetterState] = mapped_column(Choice(LetterState), default=LetterState.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(default=now)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    last_answer: Mapped[str | None]


class Message(Fact):
    """One notice to one person: the sentences, and the text as it was first told, kept as evidence."""

    __tablename__ = "message"
    __table_args__ = (
        Index("uq_message_occasion", "kind", "subject_kind", "subject_id", "recipient_id", "occasion", unique=True),
        Index("ix_message_recipient", "recipient_id", "read_at"),
        Index(
            "ix_message_for_digest",
            "recipient_id",
            "created_at",
            postgresql_where=text("way IN ('daily', 'weekly') AND digest_id IS NULL AND read_at IS NULL"),
        ),
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
    way: Mapped[Way] = mapped_column(Choice(Way), default=Way.INBOX)
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))

    @property
    def title(self) -> Sentence:
        return Sentence.load(self.headline)

    @property
    def told(self) -> Sentence:
        return Sentence.load(self.body)


class NoticePreference(Record):
    """In which way a person wants the notices of one topic; without a row it is by mail at once."""

    __tablename__ = "notice_preference"
    __table_args__ = (
        UniqueConstraint("user_id", "topic"),
        CheckConstraint(
            "topic NOT IN ('account', 'deadlines') OR way = 'at_once' OR (topic = 'deadlines' AND way = 'daily')",
            name="not_silenced",
        ),
    )

    user_id: Mapped[int]
    topic: Mapped[Topic] = mapped_column(Choice(Topic))
    way: Mapped[Way] = mapped_column(Choice(Way))


tell_constraints(
    {
        "uq_letter_kind_recipient_id_occasion": Sentence("This letter is written already."),
        "ck_letter_moment_if_sent": Sentence("A letter that is sent says when."),
        "ck_letter_address_is_sealed": Sentence("Addresses are kept encrypted alone."),
        "uq_mail_template_kind_number": Sentence("Somebody else saved these words since you opened them."),
        "ck_mail_template_both_languages": Sentence("The words are needed in both languages."),
        "uq_notice_preference_user_id_topic": Sentence("You changed this in another window. Please look at it again."),
        "ck_notice_preference_not_silenced": Sentence("Messages about safety and deadlines cannot be silenced."),
    }
)

SIGNED_IN = tuple(kind for kind in ReaderKind if kind not in {ReaderKind.DEED, ReaderKind.PUBLIC})


@scope(Message)
def visible_messages(reader: Reader) -> Rows:
    return dict.fromkeys(SIGNED_IN, Message.__table__.c.recipient_id == reader.user_id)


@scope(NoticePreference)
def visible_preferences(reader: Reader) -> Rows:
    return dict.fromkeys(SIGNED_IN, NoticePreference.__table__.c.user_id == reader.user_id)


@scope(Letter)
def visible_letters(_reader: Reader) -> Rows:
    return {ReaderKind.KEEPER: true()}


@scope(MailTemplate)
def visible_templates(_reader: Reader) -> Rows:
    return {ReaderKind.KEEPER: true(), ReaderKind.STAFF: true()}


def mark_read(message_id: int, *, actor: Actor) -> None:
    """Mark one of the actor's own messages as read."""
    _mark_read(actor, Message.id == message_id)


def mark_all_read(*, actor: Actor) -> None:
    """Mark all of the actor's own messages as read."""
    _mark_read(actor)


def _mark_read(actor: Actor, *which: Any) -> None:
    with whole(actor, "Message.read"):
        unread = (Message.recipient_id == actor.user_id, Message.read_at.is_(None), *which)
        db.session.execute(update(Message).where(*unread).values(read_at=now()))


@dataclass(frozen=True, slots=True)
class Listener:
    """How one person wants to be told: in which language, in which way."""

    locale: str = "zh"
    way: Way = Way.AT_ONCE


def listeners(user_ids: Iterable[int], topic: Topic) -> dict[int, Listener]:
    """Give how each of these people wants to be told of a topic; for deeds, which alone may read it."""
    wanted = (
        select(Account.user_id, Account.locale, NoticePreference.way)
        .outerjoin(NoticePreference, (NoticePreference.user_id == Account.user_id) & (NoticePreference.topic == topic))
        .where(Account.user_id.in_(list(user_ids)))
    )
    return {user_id: Listener(locale, way or Way.AT_ONCE) for user_id, locale, way in db.session.execute(wanted)}


def settings_of(user_id: int) -> Mapping[Topic, Way]:
    """Give in which way a person is told of each topic."""
    wanted = select(NoticePreference.topic, NoticePreference.way).where(NoticePreference.user_id == user_id)
    return dict.fromkeys(Topic, Way.AT_ONCE) | {row.topic: row.way for row in db.session.execute(wanted)}


def locale_of(user_id: int) -> str:
    """Give the language of a person's letters, as their account says."""
    return db.session.scalar(select(Account.locale).where(Account.user_id == user_id)) or "zh"
