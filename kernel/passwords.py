"""Passwords: at least twelve characters, nothing that everybody guesses, no rule of composition.

Source: OWASP ASVS 5.0 items 6.2.1 to 6.2.5.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, update
from werkzeug.security import check_password_hash, generate_password_hash

from kernel.actor import Actor
from kernel.arguments import Ask, arguments_of
from kernel.audit import note_event
from kernel.db import db
from kernel.errors import Invalid, NotFound
from kernel.scope import whole
from kernel.words import Sentence

SHORTEST = 12
LONGEST = 128
GUESSED = ("password", "123456", "qwerty", "abc123", "111111", "iloveyou", "admin", "shanghai", "yulan", "letmein")
FEWEST_SIGNS = 5


def problem_with(password: str, username: str) -> Sentence | None:
    """Say what is wrong with a new password, or None."""
    if len(password) < SHORTEST:
        return Sentence("A password has at least {least} characters.", least=SHORTEST)
    if len(password) > LONGEST:
        return Sentence("A password has at most {most} characters.", most=LONGEST)
    told = password.casefold()
    if len(set(told)) < FEWEST_SIGNS or any(told.strip("0123456789!.-_ ") == guess for guess in GUESSED):
        return Sentence("This password is among the first that others try. Please choose another.")
    if username and username.casefold() in told:
        return Sentence("A password must not contain the account's name.")
    return None


def hash_of_password(password: str) -> str:
    """Give what is stored of a password: scrypt with a salt of its own."""
    return generate_password_hash(password)


def random_password() -> str:
    """Give a password for somebody else's first sign-in, 96 bits strong and easy to read out."""
    return "-".join(secrets.token_hex(3) for _ in range(4))


def change_password(
    *,
    actor: Actor,
    current: Annotated[str, Ask("Present password")],
    new: Annotated[str, Ask("New password", hint="At least 12 characters; a sentence is fine.")],
    again: Annotated[str, Ask("New password again")],
) -> None:
    """Change one's own password, proving the present one.

    Raises Invalid when the present one is wrong, the two new ones differ, or the new one is weak.
    """
    user = User.__table__.c
    with whole(actor, "User.change_password"):
        row = db.session.execute(select(user.username, user.password).where(user.id == actor.user_id)).first()
        if row is None:
            raise NotFound
        if not check_password_hash(row.password, current):
            raise Invalid({"current": [Sentence("This is not your present password.")]})
        if new != again:
            raise Invalid({"again": [Sentence("The two new passwords are not the same.")]})
        if (weak := problem_with(new, row.username)) is not None:
            raise Invalid({"new": [weak]})
        _store(actor.user_id, new)
        note_event("change_password", "User", actor=actor, subject_id=actor.user_id)


def _store(user_id: int | None, password: str) -> None:
    wanted = update(User.__table__).where(User.__table__.c.id == user_id)
    db.session.execute(wanted.values(password=hash_of_password(password)))


def set_password(user_id: int, password: str) -> None:
    """Store a password for somebody; for deeds."""
    _store(user_id, password)


CHANGE = arguments_of(change_password)
