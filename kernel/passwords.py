"""Passwords: at least twelve characters, nothing that everybody guesses, no rule of composition.

Source: OWASP ASVS 5.0 items 6.2.1 to 6.2.12.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import Annotated

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select, update
from werkzeug.security import check_password_hash, generate_password_hash

from kernel.actor import Actor
from kernel.arguments import Ask, arguments_of
from kernel.audit import note_event
from kernel.db import db
from kernel.errors import Invalid, NotFound
from kernel.people import Account
from kernel.scope import whole
from kernel.words import Sentence

SHORTEST = 12
LONGEST = 128
WEAKEST = 3  # of zxcvbn's 0 to 4: ten to the eighth guesses are not enough
COST = 2**15  # of scrypt: 32 MB and a moment for each try
LOOKED_AT = 72  # characters that zxcvbn weighs; more would only cost time
PRODUCT = ("yulan", "玉兰")
SHORTEST_WORD = {True: 3, False: 2}  # by whether it is ASCII: 李 or "an" may stand in any password, 示例中心 may not

_AVOIDED: list[Callable[[int], Iterable[str]]] = []


def avoid_in_passwords(names_of: Callable[[int], Iterable[str]]) -> Callable[[int], Iterable[str]]:
    """Let no password of a user hold the names that this function of a module gives, as those of their organization."""
    _AVOIDED.append(names_of)
    return names_of


def problem_with(password: str, *own_words: str) -> Sentence | None:
    """Say what is wrong with a new password of somebody with these names, and what to do; or None."""
    if len(password) < SHORTEST:
        return Sentence(
            "A password has at least {least} characters. Make it longer: a sentence is fine.", least=SHORTEST
        )
    if len(password) > LONGEST:
        return Sentence("A password has at most {most} characters. Please shorten it.", most=LONGEST)
    told = password.casefold()
    words = [word.casefold() for word in (*own_words, *PRODUCT) if len(word) >= SHORTEST_WORD[word.isascii()]]
    if any(word in told for word in words):
        return Sentence("A password must not contain your name, your organization's or Yulan's. Leave it out.")
    if _is_guessed(told, words):
        return Sentence("This password is easy to guess. Take several words that do not belong together.")
    return None


def _is_guessed(password: str, words: list[str]) -> bool:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # noqa: PLC0415  (its lists take a moment to read, and few processes need them)

    return bool(zxcvbn(password[:LOOKED_AT], user_inputs=words)["score"] < WEAKEST)


def hash_of_password(password: str) -> str:
    """Give what is stored of a password: scrypt with a salt of its own."""
    return generate_password_hash(password, f"scrypt:{COST}:8:1")


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
    """Change one's own password, proving the present one. The door counts the attempts.

    Raises Invalid when the present one is wrong, the two new ones differ, or the new one is weak.
    """
    user = User.__table__.c
    with whole(actor, "User.change_password"):
        row = db.session.execute(select(user.username, user.password).where(user.id == actor.user_id)).first()
        if row is None or actor.user_id is None:
            raise NotFound
        if not check_password_hash(row.password, current):
            raise Invalid({"current": [Sentence("This is not your present password.")]})
        if new != again:
            raise Invalid({"again": [Sentence("The two new passwords are not the same.")]})
        if new == current:
            raise Invalid({"new": [Sentence("This is your present password. Please choose another.")]})
        choose_password(actor.user_id, new)
        note_event("User", actor=actor, action="change_password", subject_id=actor.user_id)


def is_password_of(user_id: int, password: str, *, actor: Actor) -> bool:
    """Say whether this is the person's password. The door counts the attempts."""
    user = User.__table__.c
    with whole(actor, "User.check_password"):
        stored = db.session.scalar(select(user.password).where(user.id == user_id))
    return stored is not None and check_password_hash(stored, password)


def choose_password(user_id: int, password: str) -> None:
    """Store the password that a person chose for themselves; for deeds.

    Raises Invalid under "new" when it cannot be.
    """
    if (weak := problem_with(password, *_words_of(user_id))) is not None:
        raise Invalid({"new": [weak]})
    set_password(user_id, password, must_change=False)


def set_password(user_id: int, password: str, *, must_change: bool) -> None:
    """Store a password for somebody, who changes it at the next sign-in if they must; for deeds."""
    changed = update(User.__table__).where(User.__table__.c.id == user_id)
    db.session.execute(changed.values(password=hash_of_password(password)))
    flagged = update(Account).where(Account.user_id == user_id)
    db.session.execute(flagged.values(must_change_password=must_change))


def _words_of(user_id: int) -> list[str]:
    """Give what a person's password must not hold: account, name, address, and the names of their organization."""
    user = User.__table__.c
    row = db.session.execute(
        select(user.username, user.last_name, user.first_name, user.email).where(user.id == user_id)
    ).one()
    own = [row.username, row.email.partition("@")[0], row.last_name, f"{row.last_name}{row.first_name}"]
    return [*own, *(name for names_of in _AVOIDED for name in names_of(user_id))]


CHANGE = arguments_of(change_password)
