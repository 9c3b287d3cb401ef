"""One-time links by mail: to activate a new account, and to choose a new password when the old one is forgotten.

The database keeps a seed and the hash of the token; the token itself is derived when the letter is written, from the
seed and a key that no database holds. It stands after the # of the link, which browsers send to no server, so that
neither a log nor a Referer knows it. Source: OWASP ASVS 5.0 items 6.4.1, 6.4.3 and 14.2.1.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor
from kernel.audit import UNWRITTEN, note_event
from kernel.clock import now
from kernel.db import Choice, Record, db
from kernel.errors import Invalid, Refused
from kernel.notices import Message, Notice, Topic, carry_secret_link
from kernel.passwords import choose_password
from kernel.scope import Reader, Rows, scope, whole
from kernel.secrets import derive
from kernel.words import Sentence

PAGE = "/login/link/"


class Purpose(StrEnum):
    """What a link is for."""

    ACTIVATION = "activation"
    RESET = "reset"


LASTS = {Purpose.ACTIVATION: timedelta(days=7), Purpose.RESET: timedelta(minutes=30)}
OVER = Sentence("This link is used up or too old. Please ask for a new one.")


class OneTimeLink(Record):
    """One link that was sent to one person: worth something once, for a while."""

    __tablename__ = "one_time_link"

    user_id: Mapped[int] = mapped_column(index=True)
    purpose: Mapped[Purpose] = mapped_column(Choice(Purpose))
    seed: Mapped[str] = mapped_column(info=UNWRITTEN)
    token_hash: Mapped[str] = mapped_column(unique=True, info=UNWRITTEN)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


@scope(OneTimeLink)
def visible_links(_reader: Reader) -> Rows:
    return {}


def _token_of(seed: str) -> str:
    return derive("one-time-link", seed).hex()


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _to_its_person(link: OneTimeLink) -> Sequence[int]:
    return [link.user_id]


ACTIVATE = Notice(
    key="activation_link",
    topic=Topic.ACCOUNT,
    to=_to_its_person,
    headline="Your account at Yulan is ready",
    body="Open the link below within {days} days and choose your password. Nobody else knows this link.",
    params=lambda _link: {"days": LASTS[Purpose.ACTIVATION].days},
    link=lambda _link: "/account/",
)
RESET = Notice(
    key="reset_link",
    topic=Topic.ACCOUNT,
    to=_to_its_person,
    headline="Choose a new password",
    body="Open the link below within {minutes} minutes and choose a new password. If you did not ask for it, do"
    " nothing: your password stays as it is.",
    params=lambda _link: {"minutes": LASTS[Purpose.RESET].seconds // 60},
    link=lambda _link: "/account/",
)
NOTICES = {Purpose.ACTIVATION: ACTIVATE, Purpose.RESET: RESET}


_USED: list[Callable[[int], None]] = []


def after_link(follow: Callable[[int], None]) -> Callable[[int], None]:
    """Let a module follow when somebody chose a password by a link, in the same deed; it is given the user's id."""
    _USED.append(follow)
    return follow


def in_letters_of(notice: Notice) -> Notice:
    """Let a module's own notice carry links, in words that say more than those of the house."""
    carry_secret_link(notice.key, link_in_letter)
    return notice


def send_link(user_id: int, purpose: Purpose, *, actor: Actor, notice: Notice | None = None) -> OneTimeLink:
    """Write a link and its letter; earlier links of the person are worth nothing from here on. For deeds."""
    cancel_links(user_id)
    seed = secrets.token_hex(16)
    link = OneTimeLink(
        user_id=user_id,
        purpose=purpose,
        seed=seed,
        token_hash=_hash_of(_token_of(seed)),
        expires_at=now() + LASTS[purpose],
    )
    db.session.add(link)
    db.session.flush()
    (notice or NOTICES[purpose]).send(link, actor=actor)
    return link


def cancel_links(user_id: int) -> None:
    """Make the links of a person that are not used yet worth nothing. For deeds."""
    link = OneTimeLink.__table__.c
    living = (link.user_id == user_id, link.used_at.is_(None))
    db.session.execute(update(OneTimeLink).where(*living).values(used_at=now()))


def ask_for_link(told: str, *, actor: Actor) -> None:
    """Send a reset link to whoever has this account name or address.

    Nobody learns whether there is such a person: an unknown one costs the same statements, which are then undone.
    """
    user = User.__table__.c
    with whole(actor, "User.ask_for_link"):
        wanted = select(user.id).where(
            (user.username == told) | (func.lower(user.email) == told.casefold()), user.active
        )
        user_id = db.session.scalars(wanted.order_by(user.id).limit(1)).first()
        undone = db.session.begin_nested()
        send_link(user_id or 0, Purpose.RESET, actor=actor)
        undone.rollback() if user_id is None else undone.commit()
        note_event("User", actor=actor, action="ask_for_link", subject_id=user_id)


def use_link(token: str, *, new: str, again: str, actor: Actor) -> int:
    """Take a link and the new password of its person; gives the user's id, whose sessions the door then ends.

    Raises Refused when the link is unknown, used or too old, Invalid when the password cannot be.
    """
    with whole(actor, "User.use_link"):
        wanted = select(OneTimeLink).where(OneTimeLink.token_hash == _hash_of(token)).with_for_update()
        link = db.session.scalars(wanted).first()
        if link is None or link.used_at is not None or link.expires_at < now():
            raise Refused(OVER)
        user = User.__table__.c
        if not db.session.scalar(select(user.active).where(user.id == link.user_id)):
            raise Refused(OVER)
        if new != again:
            raise Invalid({"again": [Sentence("The two new passwords are not the same.")]})
        choose_password(link.user_id, new)
        cancel_links(link.user_id)
        note_event("User", actor=actor, action=f"User.{link.purpose.value}", subject_id=link.user_id)
        for follow in _USED:
            follow(link.user_id)
        return link.user_id


def link_in_letter(message: Message) -> str:
    """Give the path that stands in the letter of a link, with its token after the #."""
    link = db.session.scalars(select(OneTimeLink).where(OneTimeLink.id == message.subject_id)).first()
    return PAGE if link is None else f"{PAGE}#{_token_of(link.seed)}"


for _notice in NOTICES.values():
    in_letters_of(_notice)
