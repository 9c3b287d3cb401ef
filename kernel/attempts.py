"""An attempt to come in by a password: counted, tried and written down in one way, for pages and for programs."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import current_app

from kernel.actor import Actor
from kernel.audit import note_event
from kernel.db import transaction
from kernel.sessions import (
    attempts_left,
    door as door_tables,
    forget_attempts,
    give_back_attempt,
    start_session,
)

log = logging.getLogger("yulan.door")

MOST_FAILURES = 10  # of one account from one address
MOST_FAILURES_OF_ADDRESS = 60
MOST_FAILURES_OF_ACCOUNT = 100  # from everywhere: far enough off that a stranger locks nobody out with a few guesses
MINUTES = 15
LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt came to: whose password it was, or nobody's; below 0 left it was not looked at."""

    username: str
    user_id: int | None
    left: int

    @property
    def is_one_too_many(self) -> bool:
        return self.left < 0


def try_password(username: str, password: str, *, address: str) -> Attempt:
    """Count an attempt and look at its password; a wrong one is written down."""
    username = username.replace("\x00", "").strip()[:LONGEST_NAME]
    here, place, account = _counts_of(username, address)
    left = min(attempts_left(key, most=most, minutes=MINUTES) for key, most in (here, place, account))
    if left < 0:
        log.warning("too many attempts to sign in from %s", address)
        return Attempt(username, None, left)
    with door_tables():
        user = current_app.appbuilder.sm.auth_user_db(username, password)  # type: ignore[attr-defined]
        user_id = user.id if user is not None and user.is_active else None
    if user_id is None:
        note_attempt("sign_in_failed", username, None, address=address)
        return Attempt(username, None, left)
    forget_attempts(here[0])
    give_back_attempt(place[0], account[0])
    return Attempt(username, user_id, left)


def let_in(attempt: Attempt, *, locale: str, address: str, agent: str, is_program: bool = False) -> str:
    """Open the session of an attempt that succeeded and write it down; gives the session's token."""
    assert attempt.user_id is not None
    token = start_session(attempt.user_id, locale=locale, address=address, agent=agent, is_program=is_program)
    note_attempt("sign_in", attempt.username, attempt.user_id, address=address)
    return token


def note_attempt(action: str, username: str, user_id: int | None, *, address: str) -> None:
    """Write an attempt into the trail."""
    actor = Actor(name=username or "?", user_id=user_id)
    with transaction():
        note_event(action, "User", actor=actor, subject_id=user_id, address=address)


def _counts_of(username: str, address: str) -> tuple[tuple[str, int], ...]:
    """Give the three counts that an attempt adds to, each with its most: this account here, this address, this account."""
    name = username.casefold()
    return (
        (f"login:{name}@{address}", MOST_FAILURES),
        (f"login-from:{address}", MOST_FAILURES_OF_ADDRESS),
        (f"login-to:{name}", MOST_FAILURES_OF_ACCOUNT),
    )
